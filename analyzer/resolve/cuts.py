"""Words of a name that tell the line or the legal form, not the issuer, and how they are cut."""

import re
from functools import cache, lru_cache

from rapidfuzz.distance.DamerauLevenshtein import distance

from analyzer.resolve.tables import debt_words, legal_forms
from analyzer.resolve.wordclass import word_class

_CLASS = frozenset({"class", "cl", "cls", "ser", "series"})
_RECEIPT = frozenset(
    {"adr", "ads", "adrs", "gdr", "gds", "gdrs", "bdr", "cdr", "dr", "nvdr", "cedear"}
)
_SPONSOR = frozenset({"sponsored", "spon", "spons", "sp", "uns", "unsp", "unspon", "unsponsored"})
_SHARE = frozenset(
    {"shs", "sh", "shares", "share", "ord", "ordinary", "com", "common", "stock", "stk", "npv"}
    | {"reg", "registered", "pref", "prf", "preferred", "preference", "144a", "regs"}
    | {"vz", "vzo", "sta", "vna", "na", "rmb", "rg", "new", "bearer"}
)
_DEBT_PROGRAMMES = frozenset({"mtn", "emtn", "frn", "perp"})  # no issuer is known by these
_LETTERS = frozenset("abchnrwsep") | {"sw", "ss"}
_LISTING_LETTERS = frozenset("abh")  # the boards of Chinese issuers
_CUT_FORMS = ("limited", "ltd", "company", "corporation", "incorporated", "group", "holdings")
_CUT_STARTS = frozenset(form[:at] for form in _CUT_FORMS for at in range(1, len(form) + 1))
DATE = re.compile(
    r"\d{1,2}[a-z]{3}\d{2,4}$|(?:19|20)\d\d$|"
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\d*$"
)
SMALL_WORDS = frozenset(
    {"and", "the", "of", "for", "de", "del", "der", "des", "di", "da", "do", "dos", "das", "du"}
    | {"la", "le", "les", "el", "los", "las", "y", "et", "und"}
)
DECIMAL = re.compile(r"\d+[.,/]\d|\d+%")
_YEAR = re.compile(r"(?:19|20)\d\d$")
_LONG = 10  # letters of a legal form that is no other word misspelt
_MATURES = frozenset({"-", "due"})


def cut_receipt(words: list[str]) -> tuple[list[str], bool]:
    """Drop depositary wording; what follows it describes the receipt, save a legal form."""
    if _RECEIPT.isdisjoint(words):
        return words, False
    for at, word in enumerate(words):
        if word in _RECEIPT and (at or len(words) > 1):
            forms = legal_forms().anywhere
            head = [w for w in words[:at] if w not in _SPONSOR]
            if len(head) > 1 and head[-1] in _LETTERS:
                head.pop()
            tail = words[at + 1 :]
            if not [w for w in head if w != "-"]:
                return [w for w in tail if w not in _SPONSOR], True
            return head + [w for w in tail if w in forms], True
    return words, False


def cut_terms(words: list[str], numbered: bool) -> list[str]:
    """Drop a coupon or a fraction and all after it, and years and counts that end the name."""
    if numbered:
        for at, word in enumerate(words):
            if at and DECIMAL.match(word):
                words = words[:at]
                break
    while len(words) > 1 and (words[-1] in _MATURES or (numbered and _YEAR.match(words[-1]))):
        words.pop()
    return words


def cut_debt(words: list[str], numbered: bool) -> tuple[list[str], bool]:
    """Drop the wording of a bond that ends the name (`SR NTS 15JUN2027`), and say whether any."""
    table = debt_words()
    at = len(words)
    while at > 1 and (
        (last := words[at - 1]) in table or last == "-" or last in _SHARE or DATE.match(last)
    ):
        at -= 1
    if table.isdisjoint(words[at:]):
        return words, False
    return cut_class(cut_terms(words[:at], numbered)), True


@cache
def _line_words() -> frozenset[str]:
    forms = legal_forms()
    cut = frozenset(start for start in _CUT_STARTS if len(start) > 3)
    own = _SHARE | _RECEIPT | _SPONSOR | _CLASS | SMALL_WORDS | _DEBT_PROGRAMMES
    return own | cut | forms.anywhere.keys() | forms.at_end.keys()


def is_line_word(word: str) -> bool:
    """Say whether a word tells the line or the legal form, wherever in a name it stands."""
    return word in _line_words()


@lru_cache(maxsize=1 << 14)
def misspelt_form(word: str) -> str | None:
    """Return the long legal form that a word misspells by one letter (`Aktiengeselschaft`)."""
    for form, canonical in _long_forms().get(word[:2], ()):
        if abs(len(form) - len(word)) < 2 and distance(form, word) == 1 and not word_class(word):
            return canonical
    return None


@cache
def _long_forms() -> dict[str, list[tuple[str, str]]]:
    """Return the long legal forms by their first two letters."""
    forms = legal_forms()
    found: dict[str, list[tuple[str, str]]] = {}
    for form, canonical in (forms.anywhere | forms.at_end).items():
        if len(form) >= _LONG:
            found.setdefault(form[:2], []).append((form, canonical))
    return found


def _is_form(word: str) -> bool:
    forms = legal_forms()
    return word in forms.anywhere or word in forms.at_end


def cut_class(words: list[str]) -> list[str]:
    """Drop the share class and other words of the line that end the name."""
    while len(words) > 1:
        last, before = words[-1], words[-2]
        if last == "-" or last in _SHARE or (last in _LISTING_LETTERS and len(words) > 2):
            words = words[:-1]
        elif len(last) <= 2 and before in _CLASS and len(words) > 2:
            words = words[:-2]
        elif (last in _CLASS and len(words) > 2) or (
            last in _LETTERS and (before == "-" or before == "reg" or _is_form(before))
        ):
            words = words[:-1]
        else:
            break
    return words


def is_cut_form(word: str) -> bool:
    """Say whether the last word of a cut name reads as the beginning of a legal form."""
    return word in _CUT_STARTS
