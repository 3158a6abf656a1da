"""Sorted, parsed cells to a HOLDINGS frame."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from analyzer.core.frames import HOLDINGS, of_codes
from analyzer.core.identifiers import cusip_check_digit
from analyzer.ingest.boards import split_ticker
from analyzer.ingest.cells import Cells, Text, pair_codes
from analyzer.ingest.currencies import settle
from analyzer.ingest.headers import Layout
from analyzer.ingest.instruments import CASH, DERIVATIVES, instrument_word, kind_of, side_of
from analyzer.ingest.model import FloatArray, IntArray, Log
from analyzer.ingest.securities import Code, read_code, recognise
from analyzer.ingest.values import categorical, parse_dates

_KINDS = ("isin", "cusip", "sedol", "figi", "lei")
_SIGNED_AS_PRINTED = DERIVATIVES | {CASH}
_DATES = ("date", "issued", "maturity", "acquired")
_AS_PRINTED = ("name", "country", "asset_class", "sector", "counterparty", "account_type")


@dataclass(frozen=True)
class Context:
    """What is known about a file besides its cells.

    Parameters
    ----------
    file, sheet, portfolio
        Name of the input, of the worksheet, and of the portfolio where no column states one.
    date
        Holdings date from the preamble.
    currency
        Currency of the values, stated by the user.
    fixed_currency
        Currency of the values, fixed by the layout.
    scale
        Factor on the values: 1,000 where the file prints thousands.
    day_first
        Order of numeric dates in the language of the file, where the dates do not tell.
    stated_order
        Whether numeric dates put the day first, stated by the user.
    """

    file: str
    sheet: str | None
    portfolio: str
    date: date | None
    currency: str | None
    fixed_currency: str | None
    scale: float
    day_first: bool | None
    stated_order: bool | None = None


def build(cells: Cells, rows: IntArray, layout: Layout, context: Context, log: Log) -> pd.DataFrame:
    """Return the HOLDINGS frame of the holding rows.

    Parameters
    ----------
    cells
        Cells of the holding rows only.
    rows
        Physical row of each.
    """
    text = _identifiers(cells, rows, layout, log)
    text |= _listing(cells, rows, layout, log)
    text |= _instruments(cells)
    instrument = text["instrument"] = _not_cash(text["instrument"], text)
    money = settle(cells, layout, context.fixed_currency, context.currency, log)
    text |= {name: cells.column(name) for name in _AS_PRINTED}
    portfolio = cells.column("portfolio")
    if (portfolio.codes < 0).any():
        portfolio = _filled(portfolio, context.portfolio)
    text |= {
        "portfolio": portfolio,
        "value_currency": money.value,
        "listing_currency": money.listing,
    }
    missing = _same(None, cells.size)
    columns = {n: categorical(t.codes, t.labels) if t.labels else missing for n, t in text.items()}
    columns["input"] = _same(context.file, cells.size)
    columns["sheet"] = missing if context.sheet is None else _same(context.sheet, cells.size)
    columns["row"] = pd.Series(np.asarray(rows, dtype="int64"), copy=False)
    for name in ("price", "delta", "notional", "fund_share"):
        columns[name] = pd.Series(cells.number(name), copy=False)
    rate = cells.number("fx_rate")
    rate = np.where(rate > 0, rate, np.nan) if "fx_rate" in cells.numbers else rate
    columns["fx_rate"] = pd.Series(rate, copy=False)
    weight = _weights(cells, layout, portfolio, log)
    columns |= _amounts(cells, context, instrument, weight, log)
    columns |= _dates(cells, rows, layout, context, log)
    frame = pd.DataFrame({n: columns[n] for n in HOLDINGS.names}, copy=False)
    problems = HOLDINGS.problems(frame)
    if problems:
        raise ValueError("; ".join(problems))
    return frame


def _same(value: str | None, size: int) -> pd.Series:
    code = -1 if value is None else 0
    return categorical(np.full(size, code, dtype="int8"), [] if value is None else [value])


def _filled(column: Text, value: str) -> Text:
    values = [*column.labels] if value in column.labels else [*column.labels, value]
    return Text(np.where(column.codes < 0, values.index(value), column.codes), values)


def _first_row(codes: IntArray, code: int, rows: IntArray) -> tuple[int, int]:
    """Return the physical row where a code first appears, and how often it appears."""
    at = np.flatnonzero(codes == code)
    return int(rows[at[0]]), len(at)


def _identifiers(cells: Cells, rows: IntArray, layout: Layout, log: Log) -> dict[str, Text]:
    """Validate identifier columns and deal out a mixed column by what its cells are."""
    out: dict[str, Text] = {}
    for kind in _KINDS:
        column = cells.column(kind)
        codes = [_in_column(kind, v, column.labels) for v in column.labels]
        out[kind] = _report(column, codes, kind, rows, layout, log)
    other = cells.column("counterparty_lei")
    codes = [read_code("lei", v) for v in other.labels]
    out["counterparty_lei"] = _report(other, codes, "counterparty_lei", rows, layout, log)
    if "identifier" in cells.text:
        column = cells.text["identifier"]
        eights = [v for v in column.labels if len(v) == 8]
        read = [recognise(v) for v in column.labels]
        if len(eights) * 2 > len(column.labels):
            read = [
                _in_column("cusip", v, column.labels)
                if len(v) == 8 and v[:3].isalnum() and any(c.isdigit() for c in v)
                else r
                for v, r in zip(column.labels, read, strict=True)
            ]
        for kind in _KINDS:
            codes = [r if r is not None and r.kind == kind else Code(kind, None) for r in read]
            mixed = _report(column, codes, "identifier", rows, layout, log)
            out[kind] = _either(out[kind], mixed)
    return out


def _in_column(kind: str, value: str, values: list[str]) -> Code:
    """Read a code, letting its column tell an 8-character CUSIP from one that lost its zero."""
    if kind == "cusip" and len(value) == 8 and value.isdigit():
        eights = sum(len(v) == 8 and not v.isdigit() for v in values)
        if eights > sum(len(v) == 9 for v in values):
            return _completed(value)
    return read_code(kind, value)


def _completed(value: str) -> Code:
    digit = cusip_check_digit(value)
    return Code("cusip", value + digit if digit else None, completed=True)


def _report(
    column: Text,
    codes: list[Code],
    field: str,
    rows: IntArray,
    layout: Layout,
    log: Log,
) -> Text:
    """Report bad, completed and restored codes; return the column of valid ones."""
    position = layout.fields.get(field)
    heading = layout.headings[position].printed if position is not None else field
    present = (
        set(np.unique(column.codes).tolist())
        if any(c.problem or c.completed or c.restored for c in codes)
        else set()
    )
    for code, read in enumerate(codes):
        if read.problem and code in present:
            row, times = _first_row(column.codes, code, rows)
            more = f" ({times} rows)" if times > 1 else ""
            log.problem("E104", f"{read.problem}{more}; the row is kept without it", row, heading)
    for what, code_name, picked in (
        (
            "8-character CUSIPs completed with their check digit",
            "W208",
            [c.completed for c in codes],
        ),
        ("codes had lost leading zeros; restored", "W203", [c.restored for c in codes]),
    ):
        hit = [c for c, yes in enumerate(picked) if yes and c in present]
        if hit:
            row, _ = _first_row(column.codes, hit[0], rows)
            log.caution(code_name, f"{len(hit)} {what}", row, heading)
    table = {v: c.value for v, c in zip(column.labels, codes, strict=True)}
    return column.map(lambda v: table[v])


def _either(first: Text, second: Text) -> Text:
    """Return the first column with its gaps filled from the second."""
    if not second.labels:
        return first
    if not first.labels:
        return second
    values = [*first.labels, *(v for v in second.labels if v not in set(first.labels))]
    place = {v: i for i, v in enumerate(values)}
    table = np.array([*(place[v] for v in second.labels), -1], dtype="int32")
    moved = of_codes(table, second.codes)
    return Text(np.where(first.codes >= 0, first.codes, moved), values)


def _listing(cells: Cells, rows: IntArray, layout: Layout, log: Log) -> dict[str, Text]:
    """Split tickers from boards once per distinct pair."""
    ticker, board, mic = (cells.column(n) for n in ("ticker", "board", "mic"))
    mixed = cells.text.get("identifier")
    if not ticker.labels and mixed is not None:
        ticker = mixed.map(lambda v: None if recognise(v) or len(v) > 24 else v)
    if not (ticker.labels or board.labels or mic.labels):
        return {"ticker": ticker, "board": board, "mic": mic}
    codes, first = pair_codes(ticker.codes, board.codes, mic.codes)
    listed = list(map(split_ticker, *(c.take(first) for c in (ticker, board, mic))))
    restored = np.array([bool(x.restored) for x in listed], dtype=bool)
    if restored.any():
        at = int(np.flatnonzero(restored[codes])[0])
        heading = layout.heading("ticker")
        log.caution(
            "W203",
            f"{int(restored.sum())} tickers lack the leading zeros their board prints; restored "
            f"({ticker.at(at)} is {listed[codes[at]].ticker})",
            int(rows[at]),
            heading.printed if heading else "",
        )
    return {
        "ticker": _spread(codes, [x.ticker for x in listed]),
        "board": _spread(codes, [x.board for x in listed]),
        "mic": _spread(codes, [x.mic for x in listed]),
    }


def _spread(codes: IntArray, per_code: list[str | None]) -> Text:
    """Return the text column that holds `per_code` at each code."""
    values = list(dict.fromkeys(v for v in per_code if v is not None))
    place = {v: i for i, v in enumerate(values)}
    table = np.array([-1 if v is None else place[v] for v in per_code] + [-1], dtype="int32")
    return Text(of_codes(table, codes), values)


def _instruments(cells: Cells) -> dict[str, Text]:
    """Return what instruments are, and what options are on, once per distinct description."""
    sources = [
        cells.column(n) for n in ("asset_class", "name", "ticker", "put_call", "class_title")
    ]
    codes, first = pair_codes(*(s.codes for s in sources))
    kinds = list(map(kind_of, *(s.take(first) for s in sources)))
    given = cells.column("instrument").map(instrument_word)
    instrument = _spread(codes, [k.instrument for k in kinds])
    if given.labels:
        instrument = _either(given, instrument)
    underlying = _either(cells.column("underlying"), _spread(codes, [k.underlying for k in kinds]))
    derivative = instrument.where(lambda w: w in DERIVATIVES)
    return {
        "instrument": instrument,
        "underlying": Text(np.where(derivative, underlying.codes, -1), underlying.labels),
        "put_call": _spread(codes, [k.put_call for k in kinds]),
    }


def _not_cash(instrument: Text, codes: dict[str, Text]) -> Text:
    """Return instruments without cash where the row carries the code of a security.

    Commercial paper, bills and fund shares are often classed as cash; their issuers are screened.
    """
    coded = np.zeros(len(instrument.codes), dtype=bool)
    for kind in ("isin", "cusip", "sedol", "figi"):
        coded |= codes[kind].filled
    cash = instrument.where(lambda w: w == CASH) & coded
    return (
        Text(np.where(cash, -1, instrument.codes), instrument.labels) if cash.any() else instrument
    )


def _amounts(
    cells: Cells, context: Context, instrument: Text, weight: FloatArray, log: Log
) -> dict[str, pd.Series]:
    """Return signed quantity, value and weight, and the side.

    The side is the one stated; else the sign of the quantity, else of the value or weight. A
    short position printed with unsigned amounts gets its sign here. The value of a derivative
    keeps its sign: a short future in profit has a positive value.
    """
    quantity, principal = cells.number("quantity"), cells.number("principal")
    if "principal" in cells.numbers:
        without = np.isnan(quantity) | ((quantity == 0) & (np.abs(principal) > 0))
        quantity = np.where(without, principal, quantity)
    value = cells.number("market_value") * context.scale
    short, even = quantity < 0, ~((quantity < 0) | (quantity > 0))
    for amount in (value, weight):
        if even.any():
            short |= even & (amount < 0)
            even &= ~((amount < 0) | (amount > 0))
    stated = cells.column("side").map(side_of)
    if stated.labels:
        says_short = stated.where(lambda s: s == "short")
        short = says_short | (short & ~stated.where(lambda s: s == "long"))
        quantity = np.where(says_short, -np.abs(quantity), quantity)
    unsigned = short
    if short.any():
        plain = short & ~instrument.where(lambda w: w in _SIGNED_AS_PRINTED)
        unsigned = plain & ((value > 0) | (weight > 0))
    if unsigned.any():
        log.caution("W215", f"{int(unsigned.sum())} short positions are printed without a sign")
        value = np.where(unsigned, -np.abs(value), value)
        weight = np.where(unsigned, -np.abs(weight), weight)
    return {
        "quantity": pd.Series(quantity, copy=False),
        "market_value": pd.Series(value, copy=False),
        "weight": pd.Series(weight, copy=False),
        "side": categorical(short.astype("int8"), ["long", "short"]),
    }


def _weights(cells: Cells, layout: Layout, portfolio: Text, log: Log) -> FloatArray:
    """Return weights as fractions, from per cent where the file says so or the sum shows it."""
    if "weight" not in cells.numbers:
        return np.full(cells.size, np.nan)
    weight = cells.numbers["weight"].amounts
    heading = layout.headings[layout.fields["weight"]]
    if cells.numbers["weight"].percent.any():
        return weight / 100
    funds = max(1, len(np.unique(portfolio.codes)))
    added = float(np.nansum(np.abs(weight))) / funds
    if heading.percent and not (len(weight) > 1 and 0.9 <= added <= 1.1):
        return weight / 100
    if added > 2.0 or float(np.nanmax(np.abs(weight), initial=0.0)) > 1.5:
        log.inferred(
            "W214", f"weights add up to {added:.4g}: read as per cent", None, heading.printed
        )
        return weight / 100
    log.inferred("W214", f"weights add up to {added:.4g}: read as fractions", None, heading.printed)
    return weight


def _dates(
    cells: Cells, rows: IntArray, layout: Layout, context: Context, log: Log
) -> dict[str, pd.Series]:
    missing = pd.Series(np.full(cells.size, np.datetime64("NaT", "s")), copy=False)
    out: dict[str, pd.Series] = {}
    for name in _DATES:
        column = cells.column(name)
        if not column.labels and (name != "date" or context.date is None):
            out[name] = missing
            continue
        days, wrong = parse_dates(
            column.codes, column.labels, context.day_first, context.stated_order
        )
        present = set(np.unique(column.codes).tolist()) if wrong else set()
        for code in (c for c in wrong if c in present):
            row, times = _first_row(column.codes, code, rows)
            heading = layout.headings[layout.fields[name]].printed
            more = f" ({times} rows)" if times > 1 else ""
            log.problem(
                "E105", f"{column.labels[code]!r} states no single date{more}", row, heading
            )
        if name == "date" and context.date is not None:
            days = days.fillna(pd.Timestamp(context.date))
        out[name] = days.astype("datetime64[s]")
    return out
