"""Printed cells to numbers, dates and clean text: vectorised, or once per distinct value."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analyzer.core.frames import codes_present, of_codes
from analyzer.ingest.model import BoolArray, FloatArray, IntArray

NULLS = frozenset(
    {"", "-", "--", "---", "–", "—", "n/a", "na", "#n/a", "n.a.", "nan", "null", "none", "nil", "."}
)
LIMIT = 1e18

_PLAIN = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_GROUPED = {
    ".": r"^[+-]?\d{1,3}(,\d{2,3})*,\d{3}(\.\d*)?$",
    ",": r"^[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d*)?$",
}
_MONEY = re.compile(r"(?:US|AU?|CA?|HK|S|NZ|R|NT)?[$€£¥₩₹]|\b[A-Z]{3}\b|%", re.IGNORECASE)
_SPACES = re.compile(r"[\s\u00a0\u2007\u202f'’]")


@dataclass(frozen=True, slots=True)
class Numbers:
    """A column of numbers.

    Parameters
    ----------
    amounts
        One float per row; NaN where the cell is empty or unreadable.
    bad
        Rows whose cell is neither empty nor a number.
    percent
        Rows whose cell carries a per cent sign.
    """

    amounts: FloatArray
    bad: BoolArray
    percent: BoolArray


def clean(text: str) -> str:
    """Return `text` without byte-order marks, no-break spaces and repeated blanks."""
    return " ".join(text.replace("\ufeff", "").replace("&nbsp;", " ").split())


def is_null(text: str) -> bool:
    """Say whether a cell is empty or one of the usual marks for nothing."""
    return text.strip().casefold() in NULLS


def parse_number(text: str, mark: str = ".") -> float | None:
    """Return the number a cell prints, None when it is not one.

    Parameters
    ----------
    text
        The cell: ``(1,234.50)``, ``12.5%``, ``US$3,362``, ``1'276.60``, ``1.276,60``, ``12-``.
    mark
        Decimal mark of the file; the other mark groups thousands.
    """
    body = unicodedata.normalize("NFKC", text).replace("\u2212", "-").strip()
    negative = body.startswith("(") and body.endswith(")")
    body = body[1:-1] if negative else body
    body = _SPACES.sub("", _MONEY.sub("", body))
    if body.endswith("-") and not body.startswith("-"):
        body, negative = body[:-1], True
    if re.match(_GROUPED[mark], body):
        body = body.replace("," if mark == "." else ".", "")
    elif mark == "," and "," not in body and not re.match(_PLAIN, body):
        return None
    body = body.replace(",", ".") if mark == "," else body
    if not re.match(_PLAIN, body):
        return None
    return -float(body) if negative else float(body)


SIGNS = {
    "US$": "USD", "A$": "AUD", "AU$": "AUD", "C$": "CAD", "CA$": "CAD", "HK$": "HKD", "S$": "SGD",
    "NZ$": "NZD", "R$": "BRL", "NT$": "TWD", "€": "EUR", "£": "GBP", "₹": "INR", "₩": "KRW",
}  # fmt: skip
"""Signs that name one currency; ``$`` and ``¥`` alone name several and are not here."""


def sign_currency(texts: Iterable[str]) -> str | None:
    """Return the currency whose sign or code every filled cell carries, else None."""
    found: set[str | None] = set()
    for text in texts:
        if is_null(text):
            continue
        mark = re.sub(r"[\d.,\s()+\-'’%]", "", text).upper()
        found.add(SIGNS.get(mark) or (mark if re.fullmatch("[A-Z]{3}", mark) else None))
        if len(found) > 1:
            return None
    return found.pop() if found else None


def decimal_mark(texts: Iterable[str]) -> str | None:
    """Return the decimal mark the cells prove, None when they prove neither (or both)."""
    votes = {".": 0, ",": 0}
    for text in texts:
        body = _SPACES.sub("", _MONEY.sub("", text)).strip("()+-")
        if not re.fullmatch(r"[\d.,]+", body):
            continue
        dots, commas = body.count("."), body.count(",")
        if dots and commas:
            votes["." if body.rfind(".") > body.rfind(",") else ","] += 1
        elif dots + commas > 1:
            votes["," if dots else "."] += 1
        elif dots + commas == 1:
            mark = "." if dots else ","
            head, tail = body.split(mark)
            if len(tail) != 3 or len(head) > 3 or head.startswith("0") or not head:
                votes[mark] += 1
    winner = max(votes, key=lambda m: votes[m])
    loser = "," if winner == "." else "."
    return winner if votes[winner] > 4 * votes[loser] else None


def parse_numbers(cells: Any, mark: str = ".") -> Numbers:
    """Parse a whole column.

    Parameters
    ----------
    cells
        Arrow array of strings (plain or dictionary) or of numbers.
    mark
        Decimal mark of the column.
    """
    rows = len(cells)
    none = np.zeros(rows, dtype=bool)
    if not (pa.types.is_dictionary(cells.type) or _is_text(cells.type)):
        values = pc.cast(cells, pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        return Numbers(np.asarray(values, dtype="float64"), none, none)
    if pa.types.is_dictionary(cells.type):
        cells = pc.cast(cells, pa.string())
    text = pc.utf8_trim_whitespace(cells)
    readable = pc.match_substring_regex(text, _PLAIN)
    body = text
    if mark == ".":
        grouped = pc.match_substring_regex(text, _GROUPED["."])
        readable = pc.or_(readable, grouped)
        body = pc.replace_substring(text, ",", "")
    else:
        readable = pc.match_substring_regex(text, _GROUPED[","])
        body = pc.replace_substring(pc.replace_substring(text, ".", ""), ",", ".")
    readable = pc.fill_null(readable, False)
    values = pc.cast(pc.if_else(readable, body, None), pa.float64())
    out = np.array(values.to_numpy(zero_copy_only=False), dtype="float64")
    left = np.flatnonzero(~readable.to_numpy(zero_copy_only=False))
    bad, percent = none.copy(), none.copy()
    if len(left):
        _parse_left(text, left, mark, out, bad, percent)
    return Numbers(out, bad, percent)


def _is_text(kind: Any) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _parse_left(
    text: Any, left: IntArray, mark: str, out: FloatArray, bad: BoolArray, percent: BoolArray
) -> None:
    """Parse the cells the fast rule left over, once per distinct cell."""
    codes, distinct = pd.factorize(text.take(pa.array(left)).to_numpy(zero_copy_only=False))
    parsed = np.full(len(distinct) + 1, np.nan)
    wrong = np.zeros(len(distinct) + 1, dtype=bool)
    per_cent = np.zeros(len(distinct) + 1, dtype=bool)
    for position, cell in enumerate(distinct):
        number = parse_number(cell, mark)
        per_cent[position] = "%" in cell
        if number is not None:
            parsed[position] = number
        else:
            wrong[position] = not is_null(cell)
    out[left], bad[left], percent[left] = parsed[codes], wrong[codes], per_cent[codes]


def text_codes(cells: Any) -> tuple[IntArray, list[str]]:
    """Return integer codes (-1 for nothing) and the distinct cleaned texts of a column."""
    if not pa.types.is_dictionary(cells.type):
        if not _is_text(cells.type):
            cells = pc.cast(cells, pa.string())
        cells = pc.dictionary_encode(cells)
    raw = cells.indices
    codes = np.asarray(pc.fill_null(raw, -1).to_numpy(zero_copy_only=False), dtype="int32")
    return recode(codes, cells.dictionary.to_pylist(), _text_or_none)


def _text_or_none(text: str | None) -> str | None:
    if text is None or is_null(text):
        return None
    return clean(text) or None


def recode(
    codes: IntArray, values: list[Any], function: Callable[[Any], str | None]
) -> tuple[IntArray, list[str]]:
    """Apply `function` once per distinct value and merge equal results."""
    new: dict[str, int] = {}
    table = np.full(len(values) + 1, -1, dtype="int32")
    for position, value in enumerate(values):
        result = function(value)
        if result is not None:
            table[position] = new.setdefault(result, len(new))
    if len(new) == len(values) and bool((table[:-1] == np.arange(len(values))).all()):
        return codes, list(new)
    return of_codes(table, codes), list(new)


def categorical(codes: IntArray, values: list[str]) -> pd.Series:
    """Return a categorical series from integer codes, without categories no row has."""
    if not values:
        missing = np.full(len(codes), -1, dtype="int8")
        return pd.Series(pd.Categorical.from_codes(missing, pd.Index([], dtype="str")), copy=False)
    used = codes_present(codes, len(values))[:-1]
    kept = int(used.sum())
    if not used[:kept].all():
        moved = np.append(np.cumsum(used) - 1, -1)
        codes = of_codes(moved, codes)
    values = [v for v, yes in zip(values, used, strict=True) if yes]
    dtype = "int8" if len(values) < 127 else "int16" if len(values) < 32767 else "int32"
    labels = pd.Index(values, dtype="str")
    out = pd.Categorical.from_codes(codes.astype(dtype), categories=labels, validate=False)
    return pd.Series(out, copy=False)


_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january gennaio gen januar jän januari janvier enero ene",
            "feb february febbraio februar februari février fev fév febrero",
            "mar march marzo märz mär maart mrt mars",
            "apr april aprile avril avr abril abr",
            "may maggio mag mai mei mayo",
            "jun june giugno giu juni juin junio",
            "jul july luglio lug juli juillet juil julio",
            "aug august agosto ago augustus août aout",
            "sep sept september settembre set septembre septiembre",
            "oct october ottobre ott oktober okt octobre octubre",
            "nov november novembre noviembre",
            "dec december dicembre dic dezember dez décembre diciembre",
        ),
        start=1,
    )
    for name in names.split()
}
_NAMED = re.compile(r"\b(\d{1,2})[\s./-]*([^\W\d_]{3,10})\.?[\s./,-]*(\d{4}|\d{2})\b")
_NAMED_FIRST = re.compile(r"\b([^\W\d_]{3,10})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})\b")
_ISO = re.compile(r"\b(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_NUMERIC = re.compile(r"\b(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})(?!\d)")
_DIGITS = re.compile(r"^\s*(\d{4})(\d{2})(\d{2})(?:[;T ].*)?$")


@lru_cache(maxsize=16384)
def parse_date(text: str, day_first: bool | None = None) -> date | None:
    """Return the date a text states, None when it states none or could be two dates.

    Parameters
    ----------
    day_first
        Order of ``03/04/2024``; None refuses such a date unless one part exceeds 12.
    """
    for pattern, order in ((_ISO, "ymd"), (_DIGITS, "ymd"), (_NAMED, "dmy"), (_NAMED_FIRST, "mdy")):
        found = pattern.search(text)
        if found:
            parts = dict(zip(order, found.groups(), strict=True))
            month = _MONTHS.get(parts["m"].casefold(), 0) if order != "ymd" else int(parts["m"])
            made = _date(int(parts["y"]), month, int(parts["d"]))
            if made is not None:
                return made
    found = _NUMERIC.search(text)
    if not found:
        return None
    first, second, year = (int(g) for g in found.groups())
    if first <= 12 and second <= 12 and first != second and day_first is None:
        return None
    if first > 12 or (second <= 12 and day_first):
        return _date(year, second, first)
    return _date(year, first, second)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        made = datetime(year + (2000 if year < 100 else 0), month, day).date()  # noqa: DTZ001
    except ValueError:
        return None
    return made if 1900 <= made.year <= 2200 else None


def day_order(texts: Iterable[str]) -> bool | None:
    """Say whether numeric dates put the day first; None when the column does not tell."""
    for text in texts:
        found = _NUMERIC.search(text)
        if found and not _ISO.search(text):
            if int(found.group(1)) > 12:
                return True
            if int(found.group(2)) > 12:
                return False
    return None


def parse_dates(
    codes: IntArray,
    values: list[str],
    day_first: bool | None,
    stated: bool | None = None,
) -> tuple[pd.Series, list[int]]:
    """Parse a coded column of dates, once per distinct text.

    Parameters
    ----------
    day_first
        Order of numeric dates where the column does not tell.
    stated
        Order the user states; a date that contradicts it is none.

    Returns
    -------
    tuple
        The dates, and the codes of the texts that are no date.
    """
    if not values:
        return pd.Series(np.full(len(codes), np.datetime64("NaT", "s")), copy=False), []
    if stated is None:
        order = day_order(values)
        order = day_first if order is None else order
        parsed = [parse_date(v, order) for v in values]
    else:
        parsed = [
            parse_date(v, stated) if day_order([v]) in (None, stated) else None for v in values
        ]
    table = np.array([*parsed, None], dtype="datetime64[s]")
    wrong = [i for i, d in enumerate(parsed) if d is None]
    return pd.Series(of_codes(table, codes), copy=False), wrong
