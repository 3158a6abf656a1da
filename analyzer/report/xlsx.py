"""The analysis as a workbook: no macros, no formulas, same input same bytes."""

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import xlsxwriter

from analyzer.exposure import Analysis
from analyzer.report.audit import audit_table, dictionary_table
from analyzer.report.court_table import court_table
from analyzer.report.memo import make_memo
from analyzer.report.options import ReportOptions
from analyzer.report.positions import positions_table
from analyzer.report.scenario import ScenarioReport, scenarios_table
from analyzer.report.sections import (
    deadlines_table,
    exposure_table,
    issues_table,
    known_now_table,
    matches_table,
    status_table,
)
from analyzer.report.table import Column, Kind, Table, is_missing, shown

# A workbook records when it was made; a fixed instant keeps equal inputs equal byte for byte.
_MADE = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
SHEET_ROWS = 1_048_576
"""Rows of an Excel sheet, the heading row included."""
CELL_CHARACTERS = 32_767
_CUT = " … [cut here; JSON and CSV have all of it]"
_FORMATS = {
    Kind.INTEGER: "#,##0",
    Kind.NUMBER: "#,##0.######",
    Kind.MONEY: "#,##0.00",
    Kind.SHARE: "0.00%",
    Kind.DAY: "yyyy-mm-dd",
}


def workbook_tables(
    analysis: Analysis, scenarios: Sequence[ScenarioReport], options: ReportOptions
) -> list[Table]:
    """Return the tables of a workbook after its summary, in the order of the sheets."""
    courts = court_table(scenarios)
    tables = [
        exposure_table(analysis),
        positions_table(analysis),
        matches_table(analysis, options),
        deadlines_table(analysis),
        scenarios_table(scenarios),
        *([courts] if courts.rows else []),
        issues_table(analysis),
    ]
    return [*tables, dictionary_table(tables), audit_table(analysis, scenarios, options)]


def analysis_xlsx(
    analysis: Analysis,
    scenarios: Sequence[ScenarioReport] = (),
    options: ReportOptions | None = None,
    sheet_rows: int = SHEET_ROWS,
) -> bytes:
    """Return a workbook: Summary, Exposure, Positions, Matches, Deadlines, Scenarios and so on.

    Parameters
    ----------
    sheet_rows
        Most rows of a sheet. A longer table is cut with a line that says where the rest is.
    """
    options = options or ReportOptions()
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "nan_inf_to_errors": False,
        },
    )
    book.set_properties({"title": "Investment ban exposure", "created": _MADE})
    styles = _Styles(book)
    tables = workbook_tables(analysis, scenarios, options)
    long = [
        f"{t.title}: {len(t.rows):,} rows; the sheet holds the first {sheet_rows - 1:,}, the "
        f"parquet file beside this workbook holds all positions, the CSV folder all tables"
        for t in tables
        if len(t.rows) > sheet_rows - 1
    ]
    _summary(book, styles, analysis, options, long)
    for table in tables:
        sheet = book.add_worksheet(table.title)
        _write(sheet, styles, table, table.rows[: sheet_rows - 1])
    book.close()
    return buffer.getvalue()


class _Styles:
    """Formats of one workbook."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.strong = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        self.alarm = book.add_format({"bold": True, "bg_color": "#E69F00"})
        self.wrap = book.add_format({"text_wrap": True, "valign": "top"})
        self.of_kind = {k: book.add_format({"num_format": f}) for k, f in _FORMATS.items()}


def sheet_text(text: str) -> str:
    """Return text that a cell holds; a cut is marked, never silent."""
    whole = text.encode("utf-8", "replace").decode()
    if len(whole) <= CELL_CHARACTERS:
        return whole
    return whole[: CELL_CHARACTERS - len(_CUT)] + _CUT


def _cell(sheet: Any, row: int, column: int, value: Any, kind: Kind, form: Any) -> None:
    """Write one value by its type; text is always written as text."""
    if isinstance(value, bool):
        sheet.write_string(row, column, "yes" if value else "no")
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value, form)
    elif isinstance(value, date) and not isinstance(value, datetime):
        if value.year < 1900:  # before the sheet's calendar
            sheet.write_string(row, column, value.isoformat())
        else:
            sheet.write_datetime(row, column, value, form)
    else:
        text = value if isinstance(value, str) else shown(value, kind)
        sheet.write_string(row, column, sheet_text(text))


def _write(
    sheet: Any, styles: _Styles, table: Table, rows: Sequence[Sequence[Any]], top: int = 0
) -> int:
    """Write a table; return the row below it. At the top it is frozen, filtered and repeated."""
    kinds = [column.kind for column in table.columns]
    forms = [styles.of_kind.get(kind) for kind in kinds]
    for at, column in enumerate(table.columns):
        sheet.write_string(top, at, column.heading, styles.head)
        if top == 0:
            sheet.set_column(at, at, column.width)
    for number, row in enumerate(rows, start=top + 1):
        for at, value in enumerate(row):
            if not is_missing(value):
                _cell(sheet, number, at, value, kinds[at], forms[at])
    if top == 0:
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        if rows:
            sheet.autofilter(0, 0, len(rows), len(kinds) - 1)
    return top + len(rows) + 1


def _summary(
    book: Any,
    styles: _Styles,
    analysis: Analysis,
    options: ReportOptions,
    long: Sequence[str],
) -> None:
    memo = make_memo(analysis, (), replace(options, law=None), rows=1)
    sheet = book.add_worksheet("Summary")
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 3, 20)
    sheet.set_column(4, 4, 60)
    sheet.write_string(0, 0, sheet_text(memo.title), styles.title)
    at = 1
    if memo.banner:
        sheet.write_string(at, 0, "INCOMPLETE", styles.alarm)
        sheet.write_string(at, 1, sheet_text(memo.banner), styles.alarm)
        at += 1
    facts = [("Answer", memo.headline), ("Coverage", memo.coverage)]
    facts += [(tile.name, tile.value) for tile in (*memo.tiles, *memo.question)]
    facts += [("Base currency", analysis.question.base or "none")]
    facts += [("Longer than a sheet", words) for words in long]
    for name, value in facts:
        sheet.write_string(at, 0, name, styles.strong)
        sheet.write_string(at, 1, sheet_text(value))
        at += 1
    for table in (status_table(analysis), known_now_table(analysis), _lists(analysis)):
        sheet.write_string(at + 1, 0, table.title, styles.strong)
        if table.note:
            sheet.write_string(at + 1, 1, table.note)
        at = _write(sheet, styles, table, table.rows, at + 2) if table.rows else at + 2
    sheet.write_string(at + 1, 0, memo.notice)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _lists(analysis: Analysis) -> Table:
    columns = (
        Column("list", "List"),
        Column("edition", "Edition", Kind.DAY),
        Column("names", "Names", Kind.INTEGER),
        Column("sha256", "SHA-256"),
        Column("title", "Title"),
    )
    rows = [(c.id, c.edition, c.rows, c.sha256, c.title) for c in analysis.coverage.lists]
    return Table("lists", "Lists screened against", columns, rows)
