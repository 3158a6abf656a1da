"""Declared schemas of the frames that positions travel in.

Text columns are categorical: identifiers repeat, and everything downstream joins on integer
codes. A weight is a fraction of the portfolio's net value (1.0 is 100 %).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas.api.types import union_categoricals

TEXT, NUMBER, INTEGER, DAY = "category", "float64", "int64", "datetime64[s]"


@dataclass(frozen=True, slots=True)
class Column:
    """One declared column."""

    name: str
    dtype: str
    unit: str
    meaning: str
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class FrameSpec:
    """A named, ordered set of columns."""

    name: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> list[str]:
        """Column names in order."""
        return [c.name for c in self.columns]

    def empty(self, rows: int = 0) -> pd.DataFrame:
        """Return a conforming frame of `rows` rows, every cell missing (integers zero)."""
        data: dict[str, pd.Series] = {}
        for column in self.columns:
            fill = 0 if column.dtype == INTEGER else None
            base = "float64" if column.dtype == NUMBER else column.dtype
            if column.dtype == TEXT:
                codes = np.full(rows, -1, dtype="int8")
                data[column.name] = pd.Series(
                    pd.Categorical.from_codes(codes, categories=pd.Index([], dtype="str"))
                )
            else:
                data[column.name] = pd.Series([fill] * rows, dtype=base)
        return pd.DataFrame(data)

    def problems(self, frame: pd.DataFrame) -> list[str]:
        """List every way `frame` departs from the declaration; empty when it conforms."""
        found = [
            f"{self.name}: unexpected column {c!r}"
            for c in frame.columns.difference(pd.Index(self.names))
        ]
        for column in self.columns:
            if column.name not in frame.columns:
                found.append(f"{self.name}: column {column.name!r} is missing")
                continue
            series = frame[column.name]
            if str(series.dtype) != column.dtype:
                found.append(
                    f"{self.name}: column {column.name!r} is {series.dtype}, not {column.dtype}"
                )
            if not column.nullable and bool(series.isna().any()):
                found.append(f"{self.name}: column {column.name!r} has missing values")
        return found

    def check(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return `frame` with its columns in declared order.

        Raises
        ------
        ValueError
            Listing every violation at once.
        """
        found = self.problems(frame)
        if found:
            raise ValueError("; ".join(found))
        return frame[self.names]


HOLDINGS = FrameSpec(
    "HOLDINGS",
    (
        Column("portfolio", TEXT, "", "portfolio the row belongs to", nullable=False),
        Column("input", TEXT, "", "file the row came from", nullable=False),
        Column("sheet", TEXT, "", "worksheet, where the file has several"),
        Column(
            "row",
            INTEGER,
            "",
            "physical line (CSV), sheet row (XLSX), 1-based record (XML)",
            nullable=False,
        ),
        Column("name", TEXT, "", "security or issuer name as printed"),
        Column("isin", TEXT, "", "ISO 6166 code, valid"),
        Column("cusip", TEXT, "", "9-character CUSIP or CINS, valid"),
        Column("sedol", TEXT, "", "7-character SEDOL, valid"),
        Column("figi", TEXT, "", "12-character FIGI, valid"),
        Column("lei", TEXT, "", "20-character LEI of the issuer, valid"),
        Column("ticker", TEXT, "", "ticker without board"),
        Column("board", TEXT, "", "exchange as printed, or the ticker's suffix"),
        Column("mic", TEXT, "", "ISO 10383 market code derived from the board"),
        Column("country", TEXT, "", "country as printed"),
        Column("asset_class", TEXT, "", "asset class as printed"),
        Column("sector", TEXT, "", "sector as printed, in the file's own classification"),
        Column("instrument", TEXT, "", "instrument, a word of the published vocabulary or cash"),
        Column("side", TEXT, "", "long or short", nullable=False),
        Column("quantity", NUMBER, "units", "signed: negative when short"),
        Column("price", NUMBER, "listing or value currency", "price as printed"),
        Column("market_value", NUMBER, "value currency", "signed: negative when short"),
        Column("value_currency", TEXT, "ISO 4217", "currency of market_value"),
        Column("listing_currency", TEXT, "ISO 4217", "currency the line trades in"),
        Column("fx_rate", NUMBER, "listing per value currency", "rate printed in the file"),
        Column("weight", NUMBER, "fraction of net value", "weight as printed, divided by 100"),
        Column("date", DAY, "", "holdings date of the row"),
        Column("issued", DAY, "", "issue date of a debt or equity security"),
        Column("maturity", DAY, "", "maturity of a debt security"),
        Column("acquired", DAY, "", "acquisition date"),
        Column("fund_share", NUMBER, "fraction by value", "share of a fund in designated names"),
        Column("underlying", TEXT, "", "underlying of a derivative, as printed"),
        Column("put_call", TEXT, "", "put or call, of an option that says which"),
        Column("delta", NUMBER, "per unit", "delta of a derivative"),
        Column("notional", NUMBER, "value currency", "notional amount of a derivative as printed"),
        Column("counterparty", TEXT, "", "other party to a swap, forward or deposit, as printed"),
        Column("counterparty_lei", TEXT, "", "20-character LEI of the counterparty, valid"),
        Column("account_type", TEXT, "", "row role where the file states one"),
    ),
)


def stack(frames: Sequence[pd.DataFrame], spec: FrameSpec = HOLDINGS) -> pd.DataFrame:
    """Put conforming frames under one another; text stays categorical.

    Parameters
    ----------
    frames
        Frames that conform to `spec`; at least one.
    """
    if len(frames) == 1:
        return frames[0]
    columns = {}
    for column in spec.columns:
        parts = [frame[column.name] for frame in frames]
        if column.dtype == TEXT:
            columns[column.name] = pd.Series(union_categoricals(parts))
        else:
            columns[column.name] = pd.concat(parts, ignore_index=True)
    return spec.check(pd.DataFrame(columns))


_CODE_LIMIT, _TABLE_LIMIT = 2**62, 2**20
_BLOCK = 2**16  # rows whose codes stay in the processor's cache


def group_rows(parts: Iterable[tuple[np.ndarray, int]], rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Group rows that agree in every part.

    Parameters
    ----------
    parts
        Codes of each row, shape (rows,), with the number of distinct codes; codes are in
        `[-1, number)`, -1 for what is missing.
    rows
        Number of rows.

    Returns
    -------
    groups : ndarray of int64, shape (rows,)
        Numbered in order of first appearance.
    first : ndarray of int64, shape (groups,)
        The first row of each group.
    """
    key, size = np.zeros(rows, dtype=np.int8), 0
    for codes, number in parts:
        if number <= 0 or bool((codes == codes[:1]).all()):
            continue
        if not size:
            key, size = codes, number
        elif _follows(codes, key, size):
            continue
        elif _follows(key, codes, number):
            key, size = codes, number
        else:
            if size + 1 > _CODE_LIMIT // (number + 1):
                key, size = _numbered(key)
            key = (key.astype(np.int64) + 1) * (number + 1) + codes + 1
            size = (size + 1) * (number + 1)
    if size > _TABLE_LIMIT:
        key, size = _numbered(key)
    size = max(size, 1)
    seen = first_rows(key, size)
    present = np.flatnonzero(seen < rows)
    first = seen[present]
    order = np.argsort(first)
    if seen[size] == rows and (order == present).all():  # numbered so already, none missing
        return key.astype(np.int64), first
    place = np.empty(size + 1, dtype=np.int64)
    place[present[order]] = np.arange(len(present))
    return of_codes(place, key), first[order]


def _numbered(key: np.ndarray) -> tuple[np.ndarray, int]:
    """Return codes from 0 in place of sparse ones, and their number."""
    codes = pd.factorize(key)[0].astype(np.int64, copy=False)
    return codes, int(codes.max(initial=-1)) + 1


def first_rows(codes: np.ndarray, size: int) -> np.ndarray:
    """Return where each code first appears.

    Parameters
    ----------
    codes
        Codes in `[-1, size)`.

    Returns
    -------
    ndarray of int64, shape (size + 1,)
        The first row of each code, that of -1 last; `len(codes)` where there is none. Reading
        ends once every code was seen: a few thousand securities are, long before a million rows
        are over.
    """
    rows = len(codes)
    seen = np.full(size + 1, rows, dtype=np.int64)
    wanted = size + int(codes.min(initial=0) < 0)
    for start in range(0, rows, _BLOCK):
        block = codes[start : start + _BLOCK]
        new = np.flatnonzero(of_codes(seen, block) == rows)[::-1]
        if len(new):
            seen[block[new]] = new + start
            if np.count_nonzero(seen < rows) == wanted:
                break
    return seen


def codes_present(codes: np.ndarray, size: int) -> np.ndarray:
    """Return which codes of `[0, size)`, and last whether -1, occur; bool, shape (size + 1,)."""
    seen = np.zeros(size + 1, dtype=bool)
    wanted = size + int(codes.min(initial=0) < 0)
    for start in range(0, len(codes), _BLOCK):
        seen[codes[start : start + _BLOCK]] = True
        if np.count_nonzero(seen) == wanted:
            break
    return seen


def of_codes(table: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Return the entry of each code; the last of `table` is that of -1.

    Several times as fast as indexing by codes narrower than a machine word.
    """
    return table.take(codes, mode="wrap")


def _follows(codes: np.ndarray, key: np.ndarray, size: int) -> bool:
    """Say whether each key in `[-1, size)` comes with one code, so that the codes split nothing.

    A name mostly follows from an ISIN; a table is several times as fast as hashing their pairs.
    """
    if size > _TABLE_LIMIT:
        return False
    shown = first_rows(key, size)
    table = codes[np.where(shown < len(key), shown, 0)]
    return all(
        bool((of_codes(table, key[at : at + _BLOCK]) == codes[at : at + _BLOCK]).all())
        for at in range(0, len(key), _BLOCK)
    )
