"""Worksheets to tables: the heading row found, rows numbered as the sheet numbers them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analyzer.core.dialect import Dialect
from analyzer.core.errors import InputError
from analyzer.ingest.headers import MEASURES, Layout, find_header, known_fields, map_columns
from analyzer.ingest.model import RowNote, Table, note_text
from analyzer.ingest.records import columns_of
from analyzer.ingest.refuse import refuse_others

HEAD = 200
MAX_COLUMNS = 1000


@dataclass(frozen=True)
class Grid:
    """One worksheet: its name and its cells as text, row by row from sheet row 1."""

    name: str
    rows: list[list[str]]


def tables_of(
    file: str, grids: Sequence[Grid], wanted: Mapping[str, str], told: Dialect
) -> list[tuple[Table, Layout]]:
    """Return the holdings tables of a workbook.

    Sheets without one, and sheets whose holdings all stand in a larger sheet too (a "top ten"
    page), are accounted for as skipped rows of the first table.

    Parameters
    ----------
    file
        Name for messages.
    grids
        Every sheet.
    wanted
        Field to heading, as the user gave it.
    told
        The only sheet to read and the row of its headings, where the user states them.

    Raises
    ------
    InputError
        When no sheet holds a table of holdings, or the named sheet is not there.
    """
    sheet = told.sheet or None
    if sheet is not None and sheet not in {g.name for g in grids}:
        names = ", ".join(repr(g.name) for g in grids)
        raise InputError(f"{file}: no sheet {sheet!r} (sheets: {names})")
    found, other = [], []
    refusal: InputError | None = None
    for grid in grids:
        header = _heading(file, grid, wanted, told)
        if (sheet is not None and grid.name != sheet) or not _amounts(grid, header, wanted):
            other.append((grid, "sheet not asked for" if sheet else "sheet without holdings"))
            refusal = refusal or _refusal(file, grid, header)
            continue
        refusal = refusal or _refusal(file, grid, header)
        if header is not None and _refusal(file, grid, header) is None:
            found.append(_table(file, grid, header, wanted))
        else:
            other.append((grid, "sheet without holdings"))
    if not found:
        raise refusal or InputError(f"{file}: no sheet with a heading row of a holdings table")
    found = _without_extracts(found)
    for grid, why in other:
        found[0][0].skipped.extend(
            RowNote(i, grid.name, why, note_text(" ".join(r))) for i, r in enumerate(grid.rows, 1)
        )
    return found


def _heading(file: str, grid: Grid, wanted: Mapping[str, str], told: Dialect) -> int | None:
    """Return the position of the heading row; a row beyond a sheet matters where it is read."""
    if not told.header_row:
        return find_header(grid.rows[:HEAD], wanted)
    rows = len(grid.rows[:HEAD])
    if told.sheet != grid.name and told.header_row > rows:
        return None
    return told.heading(file, rows)


def _amounts(grid: Grid, header: int | None, wanted: Mapping[str, str]) -> bool:
    if header is None:
        return False
    fields = known_fields(grid.rows[header]).keys() | wanted.keys()
    return any(m in fields for m in MEASURES)


def _refusal(file: str, grid: Grid, header: int | None) -> InputError | None:
    try:
        refuse_others(file, grid.rows[:HEAD], header)
    except InputError as error:
        return error
    return None


def _table(file: str, grid: Grid, header: int, wanted: Mapping[str, str]) -> tuple[Table, Layout]:
    headings = list(grid.rows[header])
    while headings and not headings[-1].strip():
        headings.pop()
    width = len(headings)
    if width > MAX_COLUMNS:
        raise InputError(f"{file}: sheet {grid.name!r} has {width} columns; at most {MAX_COLUMNS}")
    layout = map_columns(headings, grid.rows[header + 1 : header + 1 + HEAD], wanted)
    skipped: list[RowNote] = []
    kept: list[list[str]] = []
    rows: list[int] = []
    ragged: list[int] = []
    for number, cells in enumerate(grid.rows, 1):
        blank = not any(c.strip() for c in cells)
        if number <= header + 1 or blank:
            why = "heading" if number == header + 1 else "blank" if blank else "preamble"
            skipped.append(RowNote(number, grid.name, why, note_text(" ".join(cells))))
            continue
        if any(c.strip() for c in cells[width:]):
            ragged.append(len(kept))
        kept.append(cells)
        rows.append(number)
    table = Table(
        tuple(headings),
        columns_of(kept, width),
        np.array(rows, dtype="int64"),
        lambda i: note_text(" ".join(c for c in kept[i] if c)),
        sheet=grid.name,
        skipped=skipped,
        preamble=grid.rows[:header],
        ragged=np.array(ragged, dtype="int64"),
    )
    return table, layout


def _without_extracts(found: list[tuple[Table, Layout]]) -> list[tuple[Table, Layout]]:
    """Drop tables whose identities all stand in a larger table, so that nothing counts twice."""
    found = sorted(found, key=lambda pair: -len(pair[0].rows))
    keep = found[:1]
    for table, layout in found[1:]:
        mine = _identities(table, layout)
        bigger = next((t for t, lay in keep if mine and mine <= _identities(t, lay)), None)
        if bigger is None:
            keep.append((table, layout))
            continue
        why = f"repeats holdings of sheet {bigger.sheet!r}"
        keep[0][0].skipped.extend(table.skipped)
        keep[0][0].skipped.extend(
            RowNote(int(r), table.sheet, why, table.text_of(i)) for i, r in enumerate(table.rows)
        )
    return keep


def _identities(table: Table, layout: Layout) -> set[str]:
    for name in ("isin", "cusip", "sedol", "identifier", "ticker", "name"):
        if name in layout.fields:
            return {c for c in table.columns[layout.fields[name]].to_pylist() if c and c.strip()}
    return set()
