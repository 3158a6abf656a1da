"""A tidy table that every format writes: typed columns, each with its meaning."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from analyzer.core.asof import NEW_YORK


class Kind(StrEnum):
    """How the cells of a column read."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"  # up to six decimals
    MONEY = "money"  # two decimals
    SHARE = "share"  # a fraction, shown in per cent
    DAY = "day"  # ISO 8601
    INSTANT = "instant"  # ISO 8601 with offset, as text


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Parameters
    ----------
    key
        Stable name, the heading in CSV and parquet.
    heading
        Words for people; names the currency or unit where there is one.
    meaning
        One sentence for the dictionary.
    width
        In characters.
    """

    key: str
    heading: str
    kind: Kind = Kind.TEXT
    meaning: str = ""
    width: int = 14


@dataclass(frozen=True)
class Table:
    """Rows under columns; `note` says what a reader must know beside them."""

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: Sequence[Sequence[Any]]
    note: str = ""

    def column(self, key: str) -> list[Any]:
        """Return the cells of one column."""
        at = [c.key for c in self.columns].index(key)
        return [row[at] for row in self.rows]


def is_missing(value: Any) -> bool:
    """Whether a cell is empty: None, NaN or empty text."""
    return value is None or value == "" or (isinstance(value, float) and math.isnan(value))


def shown(value: Any, kind: Kind) -> str:
    """Render a cell for people; a dash where a figure is missing, never a zero."""
    if is_missing(value):
        return "" if kind in (Kind.TEXT, Kind.INSTANT) else "—"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.astimezone(NEW_YORK).isoformat(timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float):
        return _figure(value, kind)
    return str(value)


def _figure(value: float, kind: Kind) -> str:
    if kind is Kind.MONEY:
        return f"{value + 0.0:,.2f}"
    if kind is Kind.SHARE:
        return f"{value:.2%}"
    if kind is Kind.INTEGER or float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:,.6f}".rstrip("0").rstrip(".") if abs(value) >= 1e-6 else f"{value:.3g}"
