"""Tables of one file to the result: sort, parse, build, check, account for every row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from analyzer.core.dialect import Dialect
from analyzer.core.errors import InputError
from analyzer.ingest.build import Context, build
from analyzer.ingest.cells import (
    pair_codes,
    parse_cells,
    report_disguised,
    report_formulas,
    report_numbers,
)
from analyzer.ingest.headers import MEASURES, Layout
from analyzer.ingest.layouts import holdings_date, layout_name, money_of
from analyzer.ingest.model import CUT_OFF, Ingested, Log, RowNote, Table
from analyzer.ingest.rows import sort_rows

SUM_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Request:
    """What was asked: the file, and what the user states about it."""

    file: str
    mapping: Mapping[str, str]
    portfolio: str
    currency: str | None
    dialect: Dialect = field(default_factory=Dialect)


@dataclass(frozen=True)
class Known:
    """What a fixed format states about itself: layout, holdings date, factor, total."""

    layout: str
    date: date | None
    scale: float
    stated_total: float | None


def assemble(
    tables: Sequence[tuple[Table, Layout]],
    container: str,
    request: Request,
    log: Log,
    known: Known | None = None,
) -> Ingested:
    """Return the result for the tables of a file.

    Parameters
    ----------
    tables
        Each table with the layout of its columns.
    container
        ``csv``, ``xlsx``, ``xls``, ``json`` or ``parquet``.
    known
        What the format states, for filings.

    Raises
    ------
    InputError
        When no row of the file is a holding.
    """
    frames, skipped, rejected = [], [], []
    read = 0
    stated = known.stated_total if known else None
    day = known.date if known else None
    for table, layout in tables:
        name = known.layout if known else layout_name(layout, container)
        _refuse_without_amounts(request.file, layout)
        day = day or holdings_date(table.preamble, request.dialect.day_first)
        for note in table.rejected:
            log.problem("E107" if note.why == CUT_OFF else "E108", note.why, note.row)
        cells = parse_cells(table, layout, log, request.dialect.mark)
        outcome = sort_rows(table, cells, layout, log)
        kept = cells.keep(outcome.holding)
        rows = table.rows[outcome.holding]
        report_numbers(kept, table, layout, log, np.flatnonzero(outcome.holding))
        report_formulas(kept, rows, layout, log)
        report_disguised(kept, rows, layout, log)
        money = money_of(name, layout, known.scale if known else 1.0, log)
        context = Context(
            request.file,
            table.sheet,
            request.portfolio,
            day,
            request.currency,
            money.currency,
            money.scale,
            True if kept.mark == "," else None,
            request.dialect.day_first,
        )
        frames.append(build(kept, rows, layout, context, log))
        skipped += [*table.skipped, *outcome.skipped]
        rejected += [*table.rejected, *outcome.rejected]
        read += len(table.rows) + len(table.skipped) + len(table.rejected)
        stated = outcome.stated_total * money.scale if outcome.stated_total is not None else stated
    frame = frames[0] if len(frames) == 1 else _joined(frames)
    if not len(frame):
        raise InputError(_nothing(request.file, rejected))
    return _result(request, name, tables, frame, log, (skipped, rejected, read), day, stated)


def _refuse_without_amounts(file: str, layout: Layout) -> None:
    if not any(m in layout.fields for m in MEASURES):
        headings = ", ".join(repr(h.printed) for h in layout.headings[:12] if h.printed)
        raise InputError(
            f"{file}: no column of quantities, values or weights among {headings}; "
            "name one with a mapping"
        )


def _nothing(file: str, rejected: Sequence[RowNote]) -> str:
    if rejected:
        first = rejected[0]
        return f"{file}: no holding could be read; row {first.row}: {first.why}"
    return f"{file}: a heading but no holdings below it"


def _joined(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Stack frames, keeping text columns categorical."""
    out = {}
    for name in frames[0].columns:
        parts = [f[name] for f in frames]
        if isinstance(parts[0].dtype, pd.CategoricalDtype):
            out[name] = pd.Series(pd.api.types.union_categoricals(parts))
        else:
            out[name] = pd.concat(parts, ignore_index=True)
    return pd.DataFrame(out)


def _result(
    request: Request,
    layout: str,
    tables: Sequence[tuple[Table, Layout]],
    frame: pd.DataFrame,
    log: Log,
    notes: tuple[list[RowNote], list[RowNote], int],
    day: date | None,
    stated: float | None,
) -> Ingested:
    skipped, rejected, read = notes
    days = frame["date"].dropna()
    if day is None and len(days):
        day = days.max().date()
    mapping = {
        name: lay.headings[position].printed
        for _, lay in tables
        for name, position in lay.fields.items()
    }
    guessed = tuple(dict.fromkeys(g for _, lay in tables for g in lay.guessed))
    _closing(frame, guessed, mapping, layout, len(skipped), day, stated, log)
    return Ingested(
        request.file,
        "",
        layout,
        mapping,
        guessed,
        frame,
        tuple(log.findings),
        read,
        len(frame),
        len(skipped),
        len(rejected),
        tuple(sorted(skipped, key=lambda n: (n.sheet or "", n.row))),
        tuple(sorted(rejected, key=lambda n: (n.sheet or "", n.row))),
        day,
        stated,
    )


def _closing(
    frame: pd.DataFrame,
    guessed: Sequence[str],
    mapping: Mapping[str, str],
    layout: str,
    skipped: int,
    day: date | None,
    stated: float | None,
    log: Log,
) -> None:
    """Report what concerns the whole file."""
    log.inferred("I301", f"layout {layout}")
    log.inferred("I302", "; ".join(f"{f} from {c!r}" for f, c in mapping.items()))
    for name in guessed:
        log.caution("W201", f"{name} was found by content", None, mapping[name])
    if skipped:
        log.inferred("I303", f"{skipped} lines skipped")
    if day is None:
        log.caution("W211", "the file states no holdings date")
    value = frame["market_value"]
    if stated is not None and value.notna().any():
        added = float(value.sum())
        if abs(added - stated) > max(SUM_TOLERANCE * abs(stated), 0.005 * len(frame)):
            log.caution("W207", f"rows add up to {added:,.2f}, the file states {stated:,.2f}")
    _report_duplicates(frame, log)


def _report_duplicates(frame: pd.DataFrame, log: Log) -> None:
    """Report rows that agree on every identity; all are kept."""
    keys = ["portfolio", "isin", "cusip", "sedol", "ticker", "mic", "name", "side", "instrument"]
    codes = [frame[k].cat.codes.to_numpy() for k in keys]
    if frame["maturity"].notna().any():
        codes.append(pd.factorize(frame["maturity"])[0])
    code, first = pair_codes(*codes)
    again = len(code) - len(first)
    if again:
        fresh = np.zeros(len(code), dtype=bool)
        fresh[first] = True
        row = int(frame["row"].to_numpy()[int(np.argmin(fresh))])
        log.caution("W204", f"{again:,} rows repeat a security; all are kept", row)
