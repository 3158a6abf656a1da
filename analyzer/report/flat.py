"""Tables as CSV, parquet, and a folder of CSV files."""

import csv
import io
import zipfile
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from analyzer.exposure import Analysis
from analyzer.report.options import ReportOptions
from analyzer.report.positions import positions_table
from analyzer.report.scenario import ScenarioReport
from analyzer.report.table import Kind, Table, is_missing, shown
from analyzer.report.text import plain_cell
from analyzer.report.xlsx import workbook_tables

_TYPES = {
    Kind.INTEGER: pa.int64(),
    Kind.NUMBER: pa.float64(),
    Kind.MONEY: pa.float64(),
    Kind.SHARE: pa.float64(),
    Kind.DAY: pa.date32(),
}
# The first instant a zip archive can carry.
_MADE = (1980, 1, 1, 0, 0, 0)


def table_csv(table: Table) -> str:
    """Return a table as CSV under its keys; text that looks like a formula is defused."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([c.key for c in table.columns])
    kinds = [c.kind for c in table.columns]
    for row in table.rows:
        writer.writerow([_csv_cell(v, k) for v, k in zip(row, kinds, strict=True)])
    return out.getvalue()


def _csv_cell(value: Any, kind: Kind) -> Any:
    if is_missing(value):
        return ""
    if kind is Kind.MONEY and isinstance(value, float):
        return f"{value + 0.0:.2f}"
    if isinstance(value, float):
        return f"{value:.12g}"
    return plain_cell(value if isinstance(value, str | int) else shown(value, kind))


def positions_csv(analysis: Analysis, everything: bool = False) -> str:
    """Return the positions as CSV, a valid input again."""
    return table_csv(positions_table(analysis, everything))


def table_parquet(table: Table) -> bytes:
    """Return a table as parquet under its keys, with the meaning of each column."""
    arrays, fields = [], []
    for at, column in enumerate(table.columns):
        kind = _TYPES.get(column.kind, pa.string())
        cells = [None if is_missing(row[at]) else row[at] for row in table.rows]
        if pa.types.is_string(kind):
            cells = [None if c is None else _text(c, column.kind) for c in cells]
        arrays.append(pa.array(cells, type=kind))
        words = {"heading": column.heading, "meaning": column.meaning}
        fields.append(pa.field(column.key, kind, metadata=words))
    out = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(arrays, schema=pa.schema(fields)), out, compression="zstd")
    return out.getvalue()


def _text(value: Any, kind: Kind) -> str:
    return shown(value, kind).encode("utf-8", "replace").decode()


def folder_zip(
    analysis: Analysis, scenarios: Sequence[ScenarioReport], options: ReportOptions
) -> bytes:
    """Return every table of the workbook as CSV, in one archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for table in workbook_tables(analysis, scenarios, options):
            info = zipfile.ZipInfo(f"{table.key}.csv", _MADE)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, table_csv(table).encode("utf-8-sig", "replace"))
    return out.getvalue()
