"""The analysis as a workbook: no macros, no formulas, same input same bytes."""

import io
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import xlsxwriter

from analyzer.core.asof import NEW_YORK
from analyzer.core.verdict import STATUS_MEANING
from analyzer.exposure import Analysis
from analyzer.report.contract import positions_json

# A workbook records when it was made; a fixed instant keeps equal inputs equal byte for byte.
_MADE = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_EXCEL_ROWS = 1_048_576


def analysis_xlsx(analysis: Analysis) -> bytes:
    """Return a workbook with Summary, Positions, Data issues and Audit."""
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
    _summary(book, styles, analysis)
    _positions(book, styles, analysis)
    _issues(book, styles, analysis)
    _audit(book, styles, analysis)
    book.close()
    return buffer.getvalue()


class _Styles:
    """Formats of one workbook."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.alarm = book.add_format({"bold": True, "bg_color": "#E69F00"})
        self.money = book.add_format({"num_format": "#,##0.00"})
        self.share = book.add_format({"num_format": "0.00%"})
        self.day = book.add_format({"num_format": "yyyy-mm-dd"})
        self.wrap = book.add_format({"text_wrap": True, "valign": "top"})


def _cell(sheet: Any, row: int, column: int, value: Any, form: Any = None) -> None:
    """Write one value by its type; text is always written as text."""
    if value is None or value == "":
        return
    if isinstance(value, bool):
        sheet.write_string(row, column, "yes" if value else "no", form)
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value, form)
    elif isinstance(value, datetime):
        sheet.write_string(row, column, value.astimezone(NEW_YORK).isoformat(timespec="minutes"))
    elif isinstance(value, date):
        sheet.write_datetime(row, column, datetime(value.year, value.month, value.day), form)  # noqa: DTZ001
    else:
        sheet.write_string(row, column, str(value)[:32_767], form)


def _table(
    sheet: Any,
    styles: _Styles,
    heading: Sequence[tuple[str, int, Any]],
    rows: Sequence[Sequence[Any]],
    top: int = 0,
) -> int:
    """Write a table with frozen, filtered headings; return the row below it."""
    for column, (name, width, _) in enumerate(heading):
        sheet.write_string(top, column, name, styles.head)
        sheet.set_column(column, column, width)
    for at, row in enumerate(rows, start=top + 1):
        for column, value in enumerate(row):
            _cell(sheet, at, column, value, heading[column][2])
    if top == 0:
        sheet.freeze_panes(1, 0)
        if rows:
            sheet.autofilter(0, 0, len(rows), len(heading) - 1)
    return top + len(rows) + 1


def _summary(book: Any, styles: _Styles, analysis: Analysis) -> None:
    sheet = book.add_worksheet("Summary")
    question, coverage = analysis.question, analysis.coverage
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 3, 20)
    sheet.set_column(4, 4, 60)
    sheet.write_string(0, 0, "Investment ban exposure", styles.title)
    at = 1
    if not coverage.complete:
        sheet.write_string(at, 0, "INCOMPLETE", styles.alarm)
        sheet.write_string(at, 1, "this result cannot be called clear: see the coverage line")
        at += 1
    facts = (
        ("Coverage", coverage.sentence()),
        ("Law in force on", str(question.as_of)),
        ("Known on", question.as_of.known),
        ("Holder", question.holder + (" (assumed)" if question.holder_assumed else "")),
        ("Base currency", question.base),
        ("Court rulings", "left out" if question.without_rulings else "applied"),
    )
    for name, value in facts:
        sheet.write_string(at, 0, name, styles.head)
        _cell(sheet, at, 1, value)
        at += 1
    heading: tuple[tuple[str, int, Any], ...] = (
        ("Status", 26, None),
        ("Rows", 20, None),
        (f"Value, {question.base}", 20, styles.money),
        ("Weight", 20, styles.share),
        ("Meaning", 60, None),
    )
    rows = [
        (s.value, e.rows, e.market_value, e.weight, STATUS_MEANING[s])
        for s, e in analysis.totals.by_status.items()
    ]
    rows.append(("total", analysis.totals.rows, analysis.totals.market_value, None, ""))
    at = _table(sheet, styles, heading, rows, at + 1)
    lists = [(c.id, c.edition, c.rows, c.title) for c in coverage.lists]
    heading = (
        ("List", 26, None),
        ("Edition", 20, styles.day),
        ("Names", 20, None),
        ("Title", 20, None),
    )
    at = _table(sheet, styles, heading, lists, at + 1)
    sheet.write_string(at + 1, 0, "Not legal advice; decisions belong to the firm.")


def _positions(book: Any, styles: _Styles, analysis: Analysis) -> None:
    sheet = book.add_worksheet("Positions")
    heading = (
        ("File", 18, None),
        ("Row", 7, None),
        ("Portfolio", 14, None),
        ("Name", 36, None),
        ("ISIN", 14, None),
        ("Ticker", 9, None),
        ("Side", 7, None),
        ("Instrument", 11, None),
        ("Quantity", 14, styles.money),
        ("Value", 18, styles.money),
        ("Currency", 9, None),
        (f"Value, {analysis.question.base}", 18, styles.money),
        ("Weight", 9, styles.share),
        ("Status", 12, None),
        ("Buy", 16, None),
        ("Buy until", 22, None),
        ("Sell to divest", 16, None),
        ("Sell until", 22, None),
        ("Hold", 16, None),
        ("Issuer", 30, None),
        ("Basis", 12, None),
        ("Evidence", 40, None),
        ("Reason", 80, None),
    )
    rows = []
    for row in positions_json(analysis, everything=True):
        match, verdicts = row["match"] or {}, row["verdicts"]
        value = None if row["market_value"] is None else float(row["market_value"])
        base = None if row["market_value_base"] is None else float(row["market_value_base"])
        rows.append(
            (
                row["input"],
                row["row"],
                row["portfolio"],
                row["name"],
                row["isin"],
                row["ticker"],
                row["side"],
                row["instrument"],
                row["quantity"],
                value,
                row["currency"],
                base,
                row["weight"],
                row["status"],
                verdicts["buy"]["status"],
                verdicts["buy"]["until"],
                verdicts["sell"]["status"],
                verdicts["sell"]["until"],
                verdicts["hold"]["status"],
                match.get("entity"),
                match.get("kind"),
                match.get("evidence"),
                " | ".join(row["reasons"]),
            )
        )
    _table(sheet, styles, heading, rows[: _EXCEL_ROWS - 1])


def _issues(book: Any, styles: _Styles, analysis: Analysis) -> None:
    sheet = book.add_worksheet("Data issues")
    heading = (
        ("Severity", 10, None),
        ("Code", 8, None),
        ("File", 24, None),
        ("Row", 8, None),
        ("Column", 18, None),
        ("What", 100, None),
    )
    rows: list[Sequence[Any]] = [
        (f.severity.value, f.code, f.file, f.row, f.column, f.message) for f in analysis.findings
    ]
    for note in analysis.inputs:
        rows += [
            ("rejected", "", note.path, r.row, "", f"{r.why}: {r.text}") for r in note.rejected
        ]
        rows += [("skipped", "", note.path, r.row, "", f"{r.why}: {r.text}") for r in note.skipped]
    _table(sheet, styles, heading, rows)


def _audit(book: Any, styles: _Styles, analysis: Analysis) -> None:
    sheet = book.add_worksheet("Audit")
    rows: list[tuple[str, str, str]] = []
    for note in analysis.inputs:
        parts = (note.rows_read, note.rows_holding, note.rows_skipped, note.rows_rejected)
        rows.append(("input", note.path, f"sha256 {note.sha256}"))
        rows.append(
            (
                "rows",
                f"{note.path}: read = holdings + skipped + rejected",
                "{} = {} + {} + {}".format(*parts),
            )
        )
    rows += [
        ("list", c.id, f"edition {c.edition}, sha256 {c.sha256}") for c in analysis.coverage.lists
    ]
    rows += _flatten("manifest", analysis.manifest)
    rows += [
        (
            "event",
            key,
            f"{note.date}: {note.text}" + "".join(f" [{c['ref']}]" for c in note.cites),
        )
        for key, note in analysis.events.items()
    ]
    _table(sheet, styles, (("Kind", 14, None), ("What", 44, None), ("Value", 110, None)), rows)


def _flatten(kind: str, value: Any, path: str = "") -> list[tuple[str, str, str]]:
    if isinstance(value, dict):
        return [
            row
            for key, inner in value.items()
            for row in _flatten(kind, inner, f"{path}.{key}" if path else str(key))
        ]
    return [(kind, path, str(value))]
