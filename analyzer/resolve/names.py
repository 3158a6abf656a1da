"""What a printed security name says: which words name the issuer, which describe the line.

`XIAOMI CORP-CLASS B`, `Xiaomi Corporation` and `XIAOMI CORP UNSPON ADR` name one company. The
parse drops share classes, depositary wording, par values, coupons and maturities, spells legal
forms one way, and keeps apart the words that name the issuer (`core`) from those that only say
what kind of company it is.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache

from analyzer.resolve.cuts import (
    DATE,
    DECIMAL,
    SMALL_WORDS,
    cut_class,
    cut_debt,
    cut_receipt,
    cut_terms,
    is_cut_form,
    misspelt_form,
)
from analyzer.resolve.disguise import disguise, together, uncover
from analyzer.resolve.eastern import simple
from analyzer.resolve.eastern import words as eastern_words
from analyzer.resolve.script import latin
from analyzer.resolve.tables import abbreviations, legal_forms
from analyzer.resolve.wordclass import singular

MAX_CHARACTERS = 512  # of a name that are read; real ones end well before
OPEN_WIDTH = 20  # shorter names have room for another word
CUSTODIAN_WIDTH = 28  # custodians cut names at 28 to 40 characters; shorter ones are whole

_DIGIT = re.compile(r"\d")
_APOSTROPHES = re.compile("['’‘`´ʼ]")
_INITIALS = re.compile(r"(?<![^\W_])(?:[^\W\d_]\.){2,}(?:[^\W\d_](?![^\W_]))?")
_SLASHED = re.compile(r"\b([a-z])/([a-z])\b")
_PAR = re.compile(
    r"\b\d+(?:\.\d+)?p\b|\b(?:usd|hkd|cny|rmb|eur|gbp|jpy|inr|krw|twd|sgd|cad|aud|chf|hk\$|us\$)\s?\d[\d.,]*"
)
_GERMAN = re.compile(
    r"(?:\b[abh]\s+)?\b(?:yc|dl|eo|hd|sf|ls|yn|sk|nk|rc|rd)\s?-?\s?[,.]?\d[\d.,]*|\bo\.\s?n\.?"
)
_DEPOSITARY = re.compile(
    r"\b(?:american|global|european)?\s*deposit[ao]ry\s+(?:share|receipt|interest|unit|sh)s?\b"
)
_WORD = re.compile(r"\d+(?:[.,/]\d+)*%?(?![^\W_])|[^\W_]+|-")
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af]")
_VOICING = "\u3099\u309a"  # marks that make another kana of one

_DERIVATIVE = frozenset(
    {"call", "put", "option", "options", "opt", "future", "futures", "fut", "warrant", "warrants"}
    | {"wts", "wt", "swap", "trs", "cfd", "equity", "index", "total", "return", "on", "exp", "cash"}
)
_TERM = re.compile(r"[cp]?\d[\d.,/%]*$|" + DATE.pattern)
_CLOSING = frozenset('"”»’』」')  # a quotation that ends is whole
# `SiemensAG`; in one case the two cannot be told apart
_GLUED = re.compile(r"(?<=[a-zß-öø-ÿ])(AG|SE|NV|GmbH|LLC|PLC)\b")
_COUNTRY = {"ch": "switzerland"}  # a code; where it begins a name it may be short for China
_BRACKETED = re.compile(r"\(\s*(?:group|groupe|grp|holdings?)\s*\)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ParsedName:
    """One name, read.

    Parameters
    ----------
    strict
        Issuer words and legal forms, each spelled one way; equal for two spellings of one name.
    core
        Issuer words alone, in the singular. The distinctive words in the sense of screening.
    tokens
        Every word of `core` and every reading of its abbreviations.
    cut
        The text the core may have been cut off in, or empty when the name looks whole.
    depositary
        The line is a depositary receipt by its own words.
    forms
        Legal forms, spelled one way, and `group` or `holding`, in their order.
    bracketed
        The group word stands in brackets, as listed companies of a group write it.
    open_end
        No legal form and no room for another word ends the name: words may have been cut off.
    signs
        The signs of a Chinese, Japanese or Korean name, without legal forms.
    sounds
        Initials of their syllables.
    words
        All words and legal forms, as printed.
    debt
        The line is a bond by its own words.
    disguise
        What of the name does not read as it is stored, in words; see `disguise.disguise`.
    text
        The name as printed; of a derivative, the words that name the underlying.
    """

    strict: str
    core: tuple[str, ...]
    tokens: frozenset[str]
    cut: str = ""
    depositary: bool = False
    forms: tuple[str, ...] = ()
    bracketed: bool = False
    open_end: bool = False
    words: tuple[str, ...] = ()
    signs: str = ""
    sounds: str = ""
    text: str = ""
    debt: bool = False
    disguise: str = ""

    @property
    def initials(self) -> tuple[str, str]:
        """First letters of all words and legal forms, without and with small words (`de`)."""
        named = [w for w in self.words if w[0] > "9"]  # digits and the dash come before letters
        return "".join([w[0] for w in named if w not in SMALL_WORDS]), "".join(
            [w[0] for w in named]
        )


def fold(text: str) -> str:
    """Return `text` in one case, width and spelling of accents, at most 512 characters.

    Characters that do not show are gone; letters that only look Latin are (`disguise.uncover`).
    """
    text = text[:MAX_CHARACTERS]
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKD", uncover(text).casefold())
    text = "".join(c for c in text if unicodedata.category(c) != "Mn" or c in _VOICING)
    return unicodedata.normalize("NFC", text)[:MAX_CHARACTERS]


@cache
def _phrases() -> dict[str, list[tuple[list[str], str]]]:
    """Return legal forms of several words by their first word, longest first."""
    found: dict[str, list[tuple[list[str], str]]] = {}
    for phrase, form in legal_forms().phrases:
        words = phrase.split()
        found.setdefault(words[0], []).append((words, form))
    return found


def _join_phrases(words: list[str]) -> list[str]:
    """Spell legal forms of several words as one."""
    phrases = _phrases()
    if phrases.keys().isdisjoint(words):
        return words
    out: list[str] = []
    at = 0
    while at < len(words):
        for phrase, form in phrases.get(words[at], ()):
            if words[at : at + len(phrase)] == phrase or _is_cut_phrase(words[at:], phrase):
                out.append(form)
                at += len(phrase)
                break
        else:
            out.append(words[at])
            at += 1
    return out


def _is_cut_phrase(words: list[str], phrase: list[str]) -> bool:
    """Say whether the words that end a name begin a long phrase: `joint stock compan`."""
    return (
        len(words) == len(phrase) > 2
        and words[:-1] == phrase[:-1]
        and len(words[-1]) > 2
        and phrase[-1].startswith(words[-1])
    )


def _words(text: str) -> tuple[list[str], bool]:
    """Return the words of a name in one spelling, and whether any of its signs is a digit."""
    text = latin(fold(text))
    if not text.isascii() or "'" in text or "`" in text:
        text = _APOSTROPHES.sub("", text)
    if "/" in text:
        text = _SLASHED.sub(r"\1\2", text)
    numbered = _DIGIT.search(text) is not None
    if numbered or "o." in text:
        text = _GERMAN.sub(" ", text)
    if "." in text:
        text = _INITIALS.sub(lambda m: m.group().replace(".", "") + " ", text)
    if "deposit" in text:
        text = _DEPOSITARY.sub(" adr ", text)
    if numbered:
        text = _PAR.sub(" ", text)
    return _join_phrases(_WORD.findall(text)), numbered


def split_cjk(word: str) -> list[tuple[str, bool]]:
    """Part a name written without spaces from its legal forms, and spell it in Latin words."""
    word = simple(word)
    ends: list[tuple[str, bool]] = []
    suffixes = legal_forms().cjk
    while word:
        for suffix, form in suffixes:
            if word.endswith(suffix):
                word = word[: -len(suffix)]
                ends.append((form, True))
                break
            if word.startswith(suffix) and len(suffix) > 2:
                word = word[len(suffix) :]
                ends.append((form, True))
                break
        else:
            break
    return [*((part, False) for part, _ in eastern_words(word)), *reversed(ends)]


def _signs(text: str) -> str:
    """Return the signs of a Chinese, Japanese or Korean name without its legal form, or nothing."""
    if not _CJK.search(text):
        return ""
    signs = "".join(c for c in simple(fold(text)) if _CJK.match(c))
    for suffix, _ in legal_forms().cjk:
        signs = signs.removesuffix(suffix)
    return signs


def _spell(words: list[str]) -> list[tuple[str, bool]]:
    """Pair each word, legal forms spelled one way, with whether it is a legal form."""
    forms = legal_forms()
    out: list[tuple[str, bool]] = []
    for at, word in enumerate(words):
        form = forms.anywhere.get(word) or (misspelt_form(word) if len(word) > 8 else None)
        if form is None and at == 0 and len(words) > 1:
            form = forms.at_start.get(word)
        if form is not None:
            out.append((form, True))
        elif at and word in _COUNTRY:
            out.append((_COUNTRY[word], False))
        elif word.isascii() or not _CJK.search(word):
            out.append((word, False))
        else:
            out.extend(split_cjk(word))
    for at in range(len(out) - 1, 0, -1):
        word, known = out[at]
        if not known:
            if word not in forms.at_end:
                break
            out[at] = (forms.at_end[word], True)
    return out


def _cut_text(core: list[str], last: str) -> str:
    """Return the text that a longer listed name would continue."""
    readings = abbreviations().get(last, ())
    if len(readings) == 1 and not readings[0].startswith(last):
        last = readings[0]
    elif len(last) >= 5:
        last = last.removesuffix("s").removesuffix("ie")
    return " ".join([*core, last])


def _strict(spelled: list[tuple[str, bool]]) -> str:
    """Join words and forms; `Co., Ltd.` and `Ltd` are one form to every custodian."""
    kept: list[str] = []
    for word, form in spelled:
        if form and word == "ltd" and kept and kept[-1] == "co":
            kept.pop()
        kept.append(word)
    return " ".join(kept)


def _expand(spelled: list[tuple[str, bool]]) -> tuple[list[tuple[str, bool]], set[str]]:
    """Spell out abbreviations with one reading; return also every reading of the others."""
    table = abbreviations()
    readings: set[str] = set()
    if table.keys().isdisjoint([word for word, _ in spelled]):
        return spelled, readings
    out: list[tuple[str, bool]] = []
    for word, form in spelled:
        longs = None if form else table.get(word)
        if longs is None:
            out.append((word, form))
        elif len(longs) == 1:
            out.extend((part, False) for part in longs[0].split())
        else:
            out.append((word, form))
            readings.update(singular(part) for long in longs for part in long.split())
    return out, readings


@lru_cache(maxsize=1 << 14)
def parse(text: str, derivative: bool = False) -> ParsedName:
    """Read a name; `derivative` drops the wording of options, futures, warrants and swaps."""
    plain = text.isascii()
    joined = together(text)
    printed, numbered = _words(joined if joined.isupper() else _GLUED.sub(r" \1", joined))
    words, depositary = cut_receipt(printed)
    if derivative:
        words = [w for w in words if w not in _DERIVATIVE and not _TERM.match(w)]
    coupon = numbered and any(DECIMAL.match(word) for word in words[1:])
    words, debt = cut_debt(cut_class(cut_terms(words, numbered)), numbered)
    spelled = _spell([w for w in words if w != "-" and w not in SMALL_WORDS])
    shown = text.strip()
    width = 0 if shown[-1:] in _CLOSING else len(shown)
    wide = width >= CUSTODIAN_WIDTH and not depositary and len(spelled) > 1
    last = spelled[-1][0] if wide and not spelled[-1][1] else ""
    whole = spelled[:-1] if last and is_cut_form(last) else spelled
    expanded, readings = _expand(whole)
    core = list(dict.fromkeys([singular(w) for w, form in expanded if not form]))
    forms = tuple([w for w, form in expanded if form])
    cut = ""
    if last and not (len(spelled) > 1 and spelled[-2][1]):
        stem = [singular(w) for w, form in _expand(spelled[:-1])[0] if not form]
        cut = _cut_text(stem, last)
    if not core:
        core = [w for w, _ in expanded]
    begun = whole is not spelled and (len(last) > 2 or last[0] == "l")  # `in` may be `industry`
    ended = begun or depositary or bool(spelled and spelled[-1][1])
    return ParsedName(
        _strict(expanded),
        tuple(core),
        frozenset(core) | readings if readings else frozenset(core),
        cut,
        depositary,
        forms,
        "(" in text and _BRACKETED.search(text) is not None,
        not ended and width >= OPEN_WIDTH,
        tuple(words),
        signs := "" if plain else _signs(text),
        signs and "".join(initials for _, initials in eastern_words(signs)),
        " ".join(words) if derivative else text[:MAX_CHARACTERS],
        debt or coupon,
        "" if plain and joined == text else disguise(text[:MAX_CHARACTERS]),
    )
