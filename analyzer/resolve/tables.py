"""The word tables beside this module, read once: legal forms, abbreviations, boards, countries."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


def _rows(name: str) -> list[dict[str, str]]:
    text = files("analyzer.resolve").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@dataclass(frozen=True, slots=True)
class LegalForms:
    """Words that say what kind of company it is, not which.

    Parameters
    ----------
    anywhere, at_end, at_start
        Word to canonical form, by the place where the word counts as a legal form.
    phrases
        Several words to one canonical form, longest first.
    cjk
        Suffixes of names written without spaces, longest first.
    structure
        Canonical forms that describe a group rather than an incorporation.
    """

    anywhere: dict[str, str]
    at_end: dict[str, str]
    at_start: dict[str, str]
    phrases: tuple[tuple[str, str], ...]
    cjk: tuple[tuple[str, str], ...]
    structure: frozenset[str]


_TELLING = 3  # letters; shorter forms of phrases are words of many languages


@cache
def legal_forms() -> LegalForms:
    """Return the legal forms."""
    rows = _rows("legal_forms.csv")
    words = {place: dict[str, str]() for place in ("any", "end", "start", "cjk")}
    phrases: dict[str, str] = {}
    for row in rows:
        target = phrases if " " in row["form"] else words[row["place"]]
        target[row["form"]] = row["canonical"]
    for form in phrases.values():  # what a phrase is spelled as is a form, wherever it was found
        words["end"].setdefault(form, form)
        if len(form) >= _TELLING:
            words["start"].setdefault(form, form)
    return LegalForms(
        words["any"],
        words["end"],
        words["start"],
        tuple(sorted(phrases.items(), key=lambda p: (-len(p[0]), p[0]))),
        tuple(sorted(words["cjk"].items(), key=lambda p: (-len(p[0]), p[0]))),
        frozenset(r["canonical"] for r in rows if r["class"] == "structure"),
    )


@cache
def abbreviations() -> dict[str, tuple[str, ...]]:
    """Return each abbreviation with every word it may stand for."""
    found: dict[str, list[str]] = {}
    for row in _rows("abbreviations.csv"):
        found.setdefault(row["short"], []).append(row["long"])
    return {short: tuple(longs) for short, longs in found.items()}


@cache
def common_words() -> dict[str, str]:
    """Return words that many companies share, each with its class."""
    return {row["word"]: row["class"] for row in _rows("common_words.csv")}


@cache
def debt_words() -> frozenset[str]:
    """Return the words that describe a bond, not its issuer, where they end a name."""
    return frozenset(row["word"] for row in _rows("debt_words.csv"))


@dataclass(frozen=True, slots=True)
class Board:
    """A market: where it is, and who lists there.

    `reach` is `home` (boards of Chinese issuers), `international` (foreign issuers are usual) or
    `local` (foreign issuers appear only through depositary receipts).
    """

    mic: str
    country: str
    reach: str
    market: str
    digits: int


@cache
def boards() -> dict[str, Board]:
    """Return boards by MIC."""
    return {
        r["mic"]: Board(r["mic"], r["country"], r["reach"], r["market"], int(r["digits"]))
        for r in _rows("boards.csv")
    }


@cache
def board_suffixes() -> dict[str, str]:
    """Return the MIC of each ticker suffix and of each MIC itself; the first use wins."""
    found: dict[str, str] = {}
    for row in _rows("boards.csv"):
        for suffix in (row["mic"], *row["suffixes"].split()):
            found.setdefault(suffix, row["mic"])
    return found


@cache
def countries() -> dict[str, str]:
    """Return ISO 3166-1 codes by spelling, case-folded."""
    return {row["spelling"]: row["code"] for row in _rows("countries.csv")}


@cache
def hanzi_words() -> tuple[dict[str, tuple[str, ...]], int]:
    """Return English words by Chinese, Japanese or Korean word, and the longest such word."""
    found = {row["hanzi"]: tuple(row["words"].split()) for row in _rows("hanzi_words.csv")}
    return found, max(map(len, found))


@cache
def hanzi_readings() -> dict[str, str]:
    """Return the pinyin of simplified Chinese signs (GB 2312), without tones; one for each sign.

    Readings of the Unicode CLDR transform Han-Latin, save where company names have another (长 is
    `chang`, 厦 is `xia`).
    """
    return {
        sign: row["reading"] for row in _rows("hanzi_readings.csv") for sign in row["characters"]
    }


@cache
def hanzi_variants() -> dict[int, str]:
    """Return the simplified sign of each traditional or Japanese one, for `str.translate`.

    From the Unicode CLDR transform Traditional-Simplified.
    """
    return {
        ord(sign): row["simplified"]
        for row in _rows("hanzi_variants.csv")
        for sign in row["variants"]
    }
