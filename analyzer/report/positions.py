"""Every holding row with its answer, under headings that are a valid input again."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from analyzer.core.verdict import Status, Verdict
from analyzer.exposure import Analysis, LineJudgement
from analyzer.report.contract import instant, touched
from analyzer.report.table import Column, Kind, Table
from analyzer.report.wording import Reason, no_match_words, why

_SOURCE = "as read from the file"

# Key, heading, column of the lines, kind, width. A reader of holdings knows these headings, so
# that a report can be analysed again; the first column wins a field, hence values before base.
_READ: tuple[tuple[str, str, str, Kind, int], ...] = (
    ("isin", "ISIN", "isin", Kind.TEXT, 14),
    ("cusip", "CUSIP", "cusip", Kind.TEXT, 11),
    ("sedol", "SEDOL", "sedol", Kind.TEXT, 9),
    ("figi", "FIGI", "figi", Kind.TEXT, 14),
    ("lei", "LEI", "lei", Kind.TEXT, 22),
    ("ticker", "Ticker", "ticker", Kind.TEXT, 9),
    ("exchange", "Exchange", "board", Kind.TEXT, 14),
    ("mic", "MIC", "mic", Kind.TEXT, 7),
    ("country", "Country", "country", Kind.TEXT, 12),
    ("asset_class", "Asset class", "asset_class", Kind.TEXT, 12),
    ("sector", "Sector", "sector", Kind.TEXT, 16),
    ("side", "Side", "side", Kind.TEXT, 7),
    ("quantity", "Quantity", "quantity", Kind.NUMBER, 14),
    ("price", "Price", "price", Kind.NUMBER, 11),
    ("market_value", "Market value", "market_value", Kind.MONEY, 18),
    ("currency", "Value currency", "value_currency", Kind.TEXT, 9),
    ("listing_currency", "Listing currency", "listing_currency", Kind.TEXT, 9),
    ("fx_rate", "FX rate", "fx_rate", Kind.NUMBER, 10),
    ("date", "Holdings date", "date", Kind.DAY, 12),
    ("issue_date", "Issue date", "issued", Kind.DAY, 12),
    ("maturity", "Maturity", "maturity", Kind.DAY, 12),
    ("acquired", "Acquired", "acquired", Kind.DAY, 12),
    ("fund_share", "Fund share", "fund_share", Kind.NUMBER, 10),
    ("underlying", "Underlying", "underlying", Kind.TEXT, 16),
    ("delta", "Delta", "delta", Kind.NUMBER, 8),
    ("notional", "Notional amount", "notional", Kind.MONEY, 16),
    ("counterparty", "Counterparty", "counterparty", Kind.TEXT, 20),
    ("counterparty_lei", "Counterparty LEI", "counterparty_lei", Kind.TEXT, 22),
)
_SEEN_ALWAYS = frozenset({"isin", "cusip", "sedol", "ticker", "mic", "side", "quantity"})
_SEEN_ALWAYS |= {"market_value", "currency"}


def positions_table(analysis: Analysis, everything: bool = True) -> Table:
    """Return one row per holding row, in input order.

    Parameters
    ----------
    everything
        Also the lines without a match.
    """
    lines = analysis.lines if everything else touched(analysis)
    base = analysis.question.base
    columns: list[Column] = []
    cells: list[list[Any]] = []

    def add(column: Column, values: list[Any]) -> None:
        columns.append(column)
        cells.append(values)

    _place(lines, add)
    _answer_columns(analysis, lines, add)
    for key, heading, name, kind, width in _READ:
        series = lines[name]
        if key in _SEEN_ALWAYS or bool(series.notna().any()):
            add(Column(key, heading, kind, _SOURCE, width), _cells(series, kind))
    add(
        Column("market_value_base", f"Value in base, {base}", Kind.MONEY, f"signed, {base}", 18),
        _cells(lines["market_value_base"], Kind.MONEY),
    )
    add(
        Column("weight", "Weight", Kind.SHARE, "fraction of the portfolio's net value", 9),
        _cells(lines["weight_net"], Kind.SHARE),
    )
    _evidence_columns(analysis, lines, add)
    rows = list(zip(*cells, strict=True))
    return Table("positions", "Positions", tuple(columns), rows)


def _place(lines: pd.DataFrame, add: Callable[[Column, list[Any]], None]) -> None:
    add(Column("input", "File", meaning="input file", width=18), _cells(lines["input"]))
    if bool(lines["sheet"].notna().any()):
        add(Column("sheet", "Sheet", meaning="worksheet of the input"), _cells(lines["sheet"]))
    meaning = "line (CSV), sheet row (XLSX) or record (XML, JSON) of the input"
    add(Column("row", "Row", Kind.INTEGER, meaning, 7), lines["row"].tolist())
    add(Column("portfolio", "Portfolio", meaning="portfolio", width=14), _cells(lines["portfolio"]))
    add(Column("name", "Name", meaning="security as printed", width=34), _cells(lines["name"]))


def _answer_columns(
    analysis: Analysis, lines: pd.DataFrame, add: Callable[[Column, list[Any]], None]
) -> None:
    codes = lines["judged"].to_numpy()
    # Thousands of answers without a match share one reason.
    nothing = Reason(no_match_words(analysis))
    reasons = {
        code: nothing if answer.status is Status.NO_MATCH else why(analysis, answer)
        for code in np.unique(codes).tolist()
        for answer in (analysis.judged[code],)
    }
    spread = _spreader(analysis, codes)
    add(
        Column("status", "Status", meaning="one word for the position", width=12),
        spread(lambda a: a.status.value),
    )
    add(
        Column("why", "Why", meaning="why the line has its status, in one sentence", width=60),
        [reasons[c].sentence for c in codes.tolist()],
    )
    add(
        Column("citation", "Citation", meaning="sources of the reason, with grades", width=40),
        [reasons[c].citation for c in codes.tolist()],
    )
    for act, words in (("buy", "Buy"), ("sell", "Sell to divest"), ("hold", "May keep")):
        column = Column(act, words, meaning=f"what the law says of: {words.lower()}", width=16)
        add(column, spread(lambda a, act=act: a.verdicts[act].outcome.value))  # type: ignore[misc]
        end = Column(f"{act}_until", f"{words} until", Kind.INSTANT, "New York time", 22)
        add(end, spread(lambda a, act=act: _until(a.verdicts[act])))  # type: ignore[misc]


def _evidence_columns(
    analysis: Analysis, lines: pd.DataFrame, add: Callable[[Column, list[Any]], None]
) -> None:
    spread = _spreader(analysis, lines["judged"].to_numpy())
    add(
        Column("instrument", "Instrument judged", meaning="as the law sees the line"),
        spread(lambda a: a.instrument),
    )
    add(
        Column("entity", "Listed entity", meaning="who the line was matched with", width=30),
        spread(lambda a: a.listed_name or None),
    )
    add(
        Column("match", "Basis", meaning="kind of evidence for the match", width=12),
        spread(lambda a: a.match.kind.value if a.match else None),
    )
    add(
        Column("evidence", "Evidence", meaning="the match in words", width=40),
        spread(lambda a: a.match.evidence if a.match else None),
    )
    add(
        Column("holder", "Judged for", meaning="holder the answer is for", width=14),
        spread(lambda a: a.holder),
    )
    add(
        Column("elsewhere", "Elsewhere", meaning="status for another holder, if it differs"),
        spread(lambda a: "; ".join(f"{who}: {s.value}" for who, s in a.elsewhere.items())),
    )
    add(
        Column("flags", "Flags", meaning="lists that ban no investment", width=30),
        spread(lambda a: "; ".join(a.standing.flags)),
    )
    add(
        Column("reasons", "All reasons", meaning="every reason, the deciding one first", width=60),
        spread(lambda a: " | ".join(a.reasons)),
    )


def _spreader(
    analysis: Analysis, codes: np.ndarray
) -> Callable[[Callable[[LineJudgement], Any]], list[Any]]:
    """Return a function that asks each answer once and repeats it over its rows."""
    used = np.unique(codes).tolist()
    rows = codes.tolist()

    def spread(ask: Callable[[LineJudgement], Any]) -> list[Any]:
        found = {code: ask(analysis.judged[code]) for code in used}
        return [found[code] for code in rows]

    return spread


def _until(verdict: Verdict) -> str | None:
    words = instant(verdict.until)
    return f"{words} inclusive" if words and verdict.until_inclusive else words


def _cells(series: pd.Series, kind: Kind = Kind.TEXT) -> list[Any]:
    if kind is Kind.DAY:
        return [None if pd.isna(v) else v.date() for v in series]
    if kind is Kind.TEXT:
        return series.astype(object).where(series.notna(), None).tolist()
    values = series.to_numpy(dtype=float)
    return [v if ok else None for v, ok in zip(values.tolist(), np.isfinite(values), strict=True)]
