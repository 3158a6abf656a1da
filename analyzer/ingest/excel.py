"""Workbooks to grids of text: XLSX and XLS by calamine, SpreadsheetML 2003 by lxml.

Formulas are never computed: the result stored beside a formula is read, and a formula without a
stored result is reported.
"""

import io
import re
import zipfile
from typing import Any

import python_calamine
from lxml import etree

from analyzer.core.errors import InputError
from analyzer.ingest.grids import Grid
from analyzer.ingest.model import Log
from analyzer.ingest.ole import plain, sheets_apart, sheets_of

_FORMULA = re.compile(rb"<f[ >/]")
_UNCACHED = re.compile(
    rb'<c r="([A-Z]+\d+)"[^>]*>\s*<f[^>]*(?:/>|>[^<]*</f>)\s*(?:</c>|<v\s*/>|<v>\s*</v>)'
)
_SS = "{urn:schemas-microsoft-com:office:spreadsheet}"


def workbook(file: str, data: bytes, log: Log) -> list[Grid]:
    """Return every worksheet of an XLSX or XLS workbook.

    Raises
    ------
    InputError
        When the workbook is damaged or protected by a password.
    """
    try:
        read = sheets_of if data.startswith(b"PK") else sheets_apart
        grids = [Grid(sheet, rows) for sheet, rows in read(data)]
    except python_calamine.PasswordError as exc:
        raise InputError(f"{file}: protected by a password; remove it first") from exc
    except (python_calamine.CalamineError, OSError, ValueError) as exc:
        raise InputError(f"{file}: the workbook cannot be read ({_line(exc)})") from exc
    except BaseException as exc:
        if type(exc).__name__ != "PanicException":
            raise
        raise InputError(f"{file}: the workbook is damaged ({_line(exc)})") from exc
    if data.startswith(b"PK"):
        _report_formulas(data, log)
    return grids


def _line(exc: BaseException) -> str:
    return " ".join(str(exc).split())


def _report_formulas(data: bytes, log: Log) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in archive.namelist():
            if not re.match(r"xl/worksheets/[^/]+\.xml$", member):
                continue
            body = archive.read(member)
            count = len(_FORMULA.findall(body))
            if not count:
                continue
            empty = [c.decode() for c in _UNCACHED.findall(body)]
            without = f"; {len(empty)} hold no result, from {empty[0]}" if empty else ""
            log.caution(
                "W209", f"{count} formulas in {member}: their stored results were read{without}"
            )


def spreadsheet_ml(file: str, data: bytes) -> list[Grid]:
    """Return every worksheet of an XML spreadsheet of 2003, the ``.xls`` some issuers publish.

    Raises
    ------
    InputError
        When the XML is beyond repair (issuers print a bare ``&``, which is repaired).
    """
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, huge_tree=False, encoding="utf-8"
    )
    root = etree.fromstring(data, parser)
    if root is None:
        raise InputError(f"{file}: the XML spreadsheet cannot be read")
    return [
        Grid(sheet.get(f"{_SS}Name") or "", _ml_rows(sheet))
        for sheet in root.iter(f"{_SS}Worksheet")
    ]


def _ml_rows(sheet: Any) -> list[list[str]]:
    rows: list[list[str]] = []
    for row in sheet.iter(f"{_SS}Row"):
        place = row.get(f"{_SS}Index")
        if place and place.isdigit() and len(rows) < int(place) - 1 <= 1_048_576:
            rows.extend([] for _ in range(int(place) - 1 - len(rows)))
        cells: list[str] = []
        for cell in row.iter(f"{_SS}Cell"):
            column = cell.get(f"{_SS}Index")
            if column and column.isdigit() and len(cells) < int(column) - 1 <= 16_384:
                cells.extend("" for _ in range(int(column) - 1 - len(cells)))
            value = cell.find(f"{_SS}Data")
            text = "" if value is None else "".join(value.itertext()).strip()
            stored = value is not None and value.get(f"{_SS}Type") == "Number"
            cells.append(plain(text) if stored else text)
        rows.append(cells)
    return rows
