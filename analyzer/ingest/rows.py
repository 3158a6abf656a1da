"""Which records are holdings; every other one is skipped or rejected with the reason."""

import re
from dataclasses import dataclass

import numpy as np

from analyzer.ingest.cells import Cells
from analyzer.ingest.headers import MEASURES, Layout
from analyzer.ingest.model import CUT_OFF, BoolArray, FloatArray, Log, RowNote, Table
from analyzer.ingest.securities import recognise
from analyzer.ingest.unvalued import without_amounts

_CODES = ("isin", "cusip", "sedol", "figi", "lei", "identifier")
_TOTAL = re.compile(
    r"^(sub-? ?totals?|grand totals?|totals?|totale|totaal|gesamt|gesamtsumme|summe|somme|suma|"
    r"total général|nav|net assets?|net asset value|(?:fund|portfolio|report|account|overall) "
    r"totals?|totals? (?:of |for )?(?:the )?(?:net |gross )?(?:equit(?:y|ies)|bonds?|"
    r"fixed income|cash|assets?|net assets?|portfolio|fund|market value|value|investments?|"
    r"securities|holdings?|liabilities|long|short|positions?|common stocks?|stocks?|weight|"
    r"account|nav|funds?)(?: value| positions?)?)\s*[:=]?$",
    re.IGNORECASE,
)
_PARTIAL = re.compile(r"^(?:sub-?)?totals?\b|\b(?:sub-?)?totals?$", re.IGNORECASE)
_LONG_NAME, _LONG_TICKER, _LONG_NUMBER = 120, 24, 30


@dataclass(frozen=True)
class Sorted:
    """The outcome of sorting records.

    Parameters
    ----------
    holding
        Records that are holdings.
    skipped, rejected
        The others.
    stated_total
        Market value of the last total row, in the unit printed.
    """

    holding: BoolArray
    skipped: list[RowNote]
    rejected: list[RowNote]
    stated_total: float | None


def sort_rows(table: Table, cells: Cells, layout: Layout, log: Log) -> Sorted:
    """Sort the records of a table.

    A holding has an identity (identifier, ticker or name) and at least one amount, or an
    identifier alone, or stands among holdings (`unvalued`). Other text without amounts is a note;
    amounts without an identity are rejected
    unless they repeat the total of the rows above.
    """
    coded, ticker, named = _identities(cells)
    amount = np.zeros(cells.size, dtype=bool)
    unread = np.zeros(cells.size, dtype=bool)
    for name in MEASURES:
        if name in cells.numbers:
            amount |= ~np.isnan(cells.numbers[name].amounts)
            unread |= cells.numbers[name].bad
    unread &= ~_long_cells(table, layout, unread & ~amount)
    prose = _prose(cells) & ~amount
    totals = _totals(cells, coded, ticker, amount)
    heading = _repeated_heading(cells, layout)
    detail = np.zeros(cells.size, dtype="int8")
    for name in ("asset_class", "currency", "listing_currency", "value_currency", "country"):
        detail += cells.column(name).filled
    identity = coded | ticker | named
    holding = identity & (amount | coded | unread | (ticker & named) | (detail >= 2))
    holding &= ~totals & ~heading & ~prose
    lots = _lots(cells)
    holding &= ~lots
    holding |= without_amounts(cells, table.rows, holding, totals | heading | prose | lots)
    cut = np.zeros(cells.size, dtype=bool)
    if table.cut_off and cells.size:
        cut[-1] = True
        log.caution("W210", "the file ends within a row")
    surplus = np.zeros(cells.size, dtype=bool)
    surplus[table.ragged] = holding[table.ragged]
    orphan = amount & ~identity & ~totals & ~heading
    orphan_total = orphan
    if orphan.any():
        orphan_total = orphan & _repeats_total(cells, holding & ~surplus & ~cut)
    bad = (
        ("E107", CUT_OFF, cut),
        ("E106", "more cells than the heading; the surplus cannot be placed", surplus & ~cut),
        ("E101", "no usable identifier and no name", orphan & ~orphan_total & ~cut),
    )
    rejected = []
    out = np.zeros(cells.size, dtype=bool)
    for code, why, rows in bad:
        out |= rows
        for row in np.flatnonzero(rows):
            rejected.append(_note(table, int(row), why))
            log.problem(code, why, int(table.rows[row]))
    holding &= ~out
    left = ~holding & ~out
    skipped = [
        _note(table, int(row), _why(int(row), totals | orphan_total, heading, lots, holding))
        for row in np.flatnonzero(left)
    ]
    return Sorted(holding, skipped, rejected, _stated(cells, totals | orphan_total))


def _identities(cells: Cells) -> tuple[BoolArray, BoolArray, BoolArray]:
    """Return the rows with an identifier, with a ticker, with a name."""
    coded = np.zeros(cells.size, dtype=bool)
    for name in _CODES:
        if name in cells.text:
            coded |= cells.text[name].where(_code_like)
    ticker = cells.column("ticker").where(lambda t: len(t) <= _LONG_TICKER)
    return coded, ticker, cells.column("name").filled


def _lots(cells: Cells) -> BoolArray:
    """Return the rows that detail a position summed in another row of the same file."""
    role = cells.column("account_type")
    summary = role.where(lambda t: t.casefold() in {"summary", "position", "total"})
    lot = role.where(lambda t: t.casefold() in {"lot", "closed_lot", "tax lot"})
    return lot if summary.any() else np.zeros(cells.size, dtype=bool)


def _prose(cells: Cells) -> BoolArray:
    """Return the rows with a cell longer than any name: notes that commas cut into cells."""
    found = np.zeros(cells.size, dtype=bool)
    for name, column in cells.text.items():
        limit = _LONG_TICKER if name == "ticker" else _LONG_NAME
        found |= column.where(lambda t, most=limit: len(t) > most)  # type: ignore[misc]
    return found


def _long_cells(table: Table, layout: Layout, rows: BoolArray) -> BoolArray:
    """Return the rows whose unreadable amounts are sentences, not numbers gone wrong."""
    found = np.zeros(len(rows), dtype=bool)
    for row in np.flatnonzero(rows):
        texts = [
            table.columns[layout.fields[m]][int(row)].as_py()
            for m in MEASURES
            if m in layout.fields
        ]
        found[row] = any(len(str(t or "")) > _LONG_NUMBER for t in texts)
    return found


def _code_like(text: str) -> bool:
    return 5 <= len(text) <= 24 and (" " not in text or recognise(text) is not None)


def _totals(cells: Cells, coded: BoolArray, ticker: BoolArray, amount: BoolArray) -> BoolArray:
    """Return the rows that print a total or a subtotal.

    ``TOTAL`` with a ticker or an identifier is the oil company. A label such as
    ``Technology total`` counts only when its amount is the sum of the rows above it.
    """
    found = np.zeros(cells.size, dtype=bool)
    maybe = found.copy()
    for name in ("name", "ticker", "asset_class", "portfolio", "identifier", "class_title"):
        if name not in cells.text:
            continue
        alone = ~coded | cells.column("identifier").where(lambda t: bool(_TOTAL.match(t)))
        if name != "ticker":
            alone &= ~ticker | cells.column("ticker").where(lambda t: bool(_TOTAL.match(t)))
        else:
            alone &= ~cells.column("name").filled
        found |= cells.text[name].where(lambda t: bool(_TOTAL.match(t))) & alone
        maybe |= cells.text[name].where(lambda t: bool(_PARTIAL.search(t))) & alone & amount
    maybe &= ~found
    for row in np.flatnonzero(maybe):
        found[row] = _sums_block(cells, int(row), found)
    return found


def _sums_block(cells: Cells, row: int, totals: BoolArray) -> bool:
    earlier = np.flatnonzero(totals[:row])
    for start in {0, int(earlier[-1]) + 1} if len(earlier) else {0}:
        for name in ("market_value", "weight"):
            values = cells.number(name)
            block = np.where(totals[start:row], 0.0, np.nan_to_num(values[start:row]))
            if row - start > 1 and _close(values[row], float(block.sum()), row - start):
                return True
    return False


def _close(stated: float, added: float, rows: int) -> bool:
    return bool(stated != 0 and abs(stated - added) <= max(1e-6 * abs(added), 0.005 * rows))


def _repeats_total(cells: Cells, holding: BoolArray) -> BoolArray:
    """Return the rows whose market value or weight is the sum of all holdings."""
    found = np.zeros(cells.size, dtype=bool)
    rows = int(holding.sum())
    for name in ("market_value", "weight"):
        values: FloatArray = cells.number(name)
        added = float(np.nansum(values[holding]))
        if rows > 1 and added:
            with np.errstate(invalid="ignore"):
                near = np.abs(values - added) <= max(1e-6 * abs(added), 0.005 * rows)
            found |= near & ~holding
    return found


def _repeated_heading(cells: Cells, layout: Layout) -> BoolArray:
    hits = np.zeros(cells.size, dtype="int8")
    for name, column in cells.text.items():
        printed = layout.headings[layout.fields[name]].printed.casefold()
        hits += column.where(lambda t, h=printed: bool(h) and t.casefold() == h)  # type: ignore[misc]
    return hits >= 2


def _stated(cells: Cells, totals: BoolArray) -> float | None:
    values = cells.number("market_value")
    rows = [r for r in np.flatnonzero(totals) if not np.isnan(values[r])]
    return float(values[rows[-1]]) if rows else None


def _note(table: Table, row: int, why: str) -> RowNote:
    return RowNote(int(table.rows[row]), table.sheet, why, table.text_of(row))


def _why(
    row: int, totals: BoolArray, heading: BoolArray, lots: BoolArray, holding: BoolArray
) -> str:
    if lots[row]:
        return "lot of a position that has its own row"
    if totals[row]:
        return "total or subtotal"
    if heading[row]:
        return "heading repeated"
    return "section heading or note" if holding[row:].any() else "footer, note or disclaimer"
