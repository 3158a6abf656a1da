"""What kind of instrument a row is, and which side it is on.

The words are those of the published vocabulary, plus ``cash``. Evidence in order: put or call
column, option symbol, asset class as printed, class title, name. Where no class is stated a name
that reads like a fund makes the row a fund: called a share by mistake it would count as screened.
"""

import csv
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from analyzer.core.yamltext import LINE, parse_yaml

CASH = "cash"
DERIVATIVES = frozenset({"option", "future", "otc-swap", "warrant"})

_BOND_NAME = re.compile(
    r"\b\d{1,2}(?:\.\d+)?\s?%|\b\d{1,2}\.\d{2,4}\s+\d{1,2}[/-]\d{1,2}[/-]\d{2,4}|\bMTN\b|"
    r"\bTREASURY (?:NOTE|BILL)\b|\b(?:NOTES|BONDS?|DEBENTURES?)\b|\bSR (?:UN)?SEC|"
    r"\b(?:144A|REGS)\b",
    re.IGNORECASE,
)
_OCC = re.compile(r"^([A-Z]{1,6})\s*(\d{6})([CP])(\d{8})$")
_OPTION_NAME = re.compile(
    r"^(.*?)\s+(?:\d{1,2}[A-Z]{3}\d{2}|\d{1,2}/\d{1,2}/\d{2,4}|[A-Z]{3} ?\d{2,4})?\s*"
    r"(?:\$?\d+(?:\.\d+)? ?(?:CALL|PUT|[CP])|(?:CALL|PUT|[CP]) ?\$?\d+(?:\.\d+)?)\b",
    re.IGNORECASE,
)
_RIGHT = re.compile(
    r"\b(?:(CALL|PUT)S?|\$?\d+(?:\.\d+)? ?([CP])|([CP]) ?\$?\d+(?:\.\d+)?)\b", re.IGNORECASE
)
_RIGHTS = {"P": "put", "C": "call"}
# a name may make the instrument of an asset class more precise, never another one
_REFINES = {
    "equity": frozenset({"adr", "gdr", "warrant", "etf", "option"}),
    "adr": frozenset({"gdr", "option"}),
    "mutual-fund": frozenset({"etf"}),
    "bond": frozenset({"convertible"}),
    CASH: frozenset({"future", "option", "otc-swap"}),
}


@lru_cache(maxsize=8)
def _words(where: str, folded: bool) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return the patterns that name instruments in asset classes or in names, in order.

    The patterns of asset classes are written in small letters, the others in capitals: a text
    `folded` to these needs no comparison of cases, which is several times as slow.
    """
    text = files("analyzer.ingest").joinpath("instrument_words.csv").read_text(encoding="utf-8")
    return tuple(
        (re.compile(row["pattern"], 0 if folded else re.IGNORECASE), row["instrument"])
        for row in csv.DictReader(text.splitlines())
        if row["where"] == where
    )


def _named(where: str, text: str | None) -> str | None:
    if not text:
        return None
    folded = text.isascii()  # in other alphabets a capital may be two letters
    if folded:
        text = text.lower() if where == "class" else text.upper()
    return next((w for p, w in _words(where, folded) if p.search(text)), None)


@dataclass(frozen=True, slots=True)
class Kind:
    """Instrument word and, for an option, the underlying as printed and whether a put or a call."""

    instrument: str | None
    underlying: str | None = None
    put_call: str | None = None


@lru_cache(maxsize=1 << 14)
def kind_of(
    asset_class: str | None,
    name: str | None,
    ticker: str | None = None,
    put_call: str | None = None,
    class_title: str | None = None,
) -> Kind:
    """Return the instrument of a row.

    Parameters
    ----------
    asset_class, name, ticker, class_title
        As printed.
    put_call
        Content of a put/call column: a filled one makes the row an option.
    """
    option = _OCC.match((ticker or "").upper().replace(" ", "")) or _OCC.match(
        (name or "").upper().replace(" ", "")
    )
    if option or (put_call and put_call.strip().upper()[:1] in {"P", "C"}):
        right = option.group(3) if option else (put_call or "").strip()[0]
        return Kind(
            "option", option.group(1) if option else _option_root(name), _RIGHTS[right.upper()]
        )
    stated = _named("class", asset_class)
    word = stated or _named("title", class_title)
    named = _named("name", name) or _named("name", class_title)
    if named is None and stated is None and word in {None, "equity"}:
        # shares of a closed-end fund are titled common stock; only a stated class rules a fund out
        named = word = _named("fund", name) or word
    if named is not None and (word is None or named in _REFINES.get(word, frozenset())):
        word = named
    if word is None and name and _BOND_NAME.search(name):
        word = "bond"
    if word != "option":
        return Kind(word)
    return Kind(word, _option_root(name), _right_of(name))


def _right_of(name: str | None) -> str | None:
    """Return ``put`` or ``call`` where an option's name says one of them; None where both."""
    said = {
        _RIGHTS[found[0].upper()]
        for parts in _RIGHT.findall(name or "")
        for found in parts
        if found
    }
    return said.pop() if len(said) == 1 else None


def _option_root(name: str | None) -> str | None:
    """Return what an option's name says it is written on; the whole name when it only names it."""
    found = _OPTION_NAME.match(name or "")
    return (found.group(1).strip() if found else name) or None


@lru_cache(maxsize=1)
def words() -> frozenset[str]:
    """Return the instruments of the published vocabulary, and cash."""
    text = files("analyzer.data").joinpath("vocabulary.yml").read_text(encoding="utf-8")
    return frozenset(parse_yaml(text, "vocabulary.yml")["instruments"]) - {LINE} | {CASH}


def instrument_word(printed: str) -> str | None:
    """Return the vocabulary word a column of instruments states, None when it states none."""
    word = printed.strip().casefold().replace(" ", "-")
    return word if word in words() else _named("class", printed)


def side_of(text: str | None) -> str | None:
    """Return ``long`` or ``short`` for a side as printed, None when it says neither."""
    word = (text or "").strip().casefold()
    if word in {"short", "s", "sold", "written", "sell", "corto", "leerverkauf", "-"}:
        return "short" if word != "-" else None
    if word in {"long", "l", "purchased", "buy", "lungo", "+"}:
        return "long"
    return None
