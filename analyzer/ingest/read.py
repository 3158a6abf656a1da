"""Any holdings file to a HOLDINGS frame."""

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from analyzer.core.dialect import DELIMITERS, Dialect
from analyzer.core.errors import InputError
from analyzer.core.identifiers import valid_isin
from analyzer.ingest import sniff
from analyzer.ingest.assemble import Known, Request, assemble
from analyzer.ingest.excel import spreadsheet_ml, workbook
from analyzer.ingest.filings import read_filing, read_submission
from analyzer.ingest.grids import tables_of
from analyzer.ingest.headers import Layout, find_header, map_columns
from analyzer.ingest.model import Ingested, Log, Table
from analyzer.ingest.records import Source
from analyzer.ingest.refuse import refuse_others
from analyzer.ingest.safety import Kind, kind_of, load, refuse_entities, text_kind
from analyzer.ingest.structured import json_table, parquet_table
from analyzer.ingest.text import read_body


def read_holdings(
    source: Path | tuple[str, bytes],
    *,
    mapping: Mapping[str, str] | None = None,
    portfolio: str | None = None,
    currency: str | None = None,
    dialect: Dialect | None = None,
) -> Ingested:
    """Read one holdings file.

    Parameters
    ----------
    source
        A path, or a name to show and the bytes.
    mapping
        Field to column heading, where the file's own headings mislead.
    portfolio
        Portfolio of rows that state none; the file's stem when not given.
    currency
        ISO 4217 currency of the values; overrides what the file says.
    dialect
        How the file is written, where that is not to be found by itself.

    Returns
    -------
    Ingested
        Every row of the file is in it as a holding, skipped or rejected.

    Raises
    ------
    InputError
        When the file is unsafe, holds no table of holdings, or an argument is wrong; one line
        that names the file and the reason.
    """
    name, data = load(source)
    asked = dialect or Dialect()
    request = Request(name, mapping or {}, portfolio or Path(name).stem, currency, asked)
    log = Log(name)
    told = ", ".join(f"{what.replace('_', ' ')} {word}" for what, word in asked.stated())
    if told:
        log.inferred("I305", f"read as stated: {told}")
    try:
        parsed = _parse(data, request, log)
        with ThreadPoolExecutor(max_workers=1) as beside:  # parsing keeps every core busy itself
            digest = beside.submit(hashlib.sha256, data)
            read = assemble(parsed.tables, parsed.container, request, log, parsed.known)
            return replace(read, sha256=digest.result().hexdigest())
    except InputError as error:
        text = " ".join(str(error).split())
        raise InputError(text if text.startswith(name) else f"{name}: {text}") from error


@dataclass(frozen=True)
class _Parsed:
    """Tables of a file, the kind of file, and what a fixed format states about itself."""

    tables: Sequence[tuple[Table, Layout]]
    container: str
    known: Known | None = None


def _parse(data: bytes, request: Request, log: Log) -> _Parsed:
    """Parse the bytes by what they are."""
    name, told = request.file, request.dialect
    kind = kind_of(name, data)
    if kind in {Kind.ZIP_WORKBOOK, Kind.OLE_WORKBOOK}:
        told.refuse(name, "a workbook is no text", "encoding", "delimiter")
        tables = tables_of(name, workbook(name, data, log), request.mapping, told)
        return _Parsed(tables, str(kind))
    told.refuse(name, "no worksheets", "sheet")
    if kind is Kind.PARQUET:
        told.refuse(name, "parquet names its columns", "encoding", "delimiter", "header_row")
        return _Parsed([parquet_table(name, data, request.mapping)], "parquet")
    return _parse_text(data, request, log)


def _parse_text(data: bytes, request: Request, log: Log) -> _Parsed:
    """Parse delimited text, JSON or XML, in whichever encoding."""
    told = request.dialect
    utf8, encoding = sniff.to_utf8(data, request.file, told.encoding)
    kind = text_kind(request.file, utf8)
    if kind is Kind.XML:
        return _parse_xml(utf8, request, log)
    if kind is Kind.JSON:
        told.refuse(request.file, "JSON names its fields", "delimiter", "header_row")
        table, layout = json_table(request.file, utf8, request.mapping, log)
        return _Parsed([(table, layout)], "json")
    if encoding not in {"utf-8", "utf-8-sig", "utf-16", "utf-32", told.encoding}:
        log.inferred("W202", f"read as {encoding}")
    head = sniff.sample_text(utf8)
    delimiter = DELIMITERS.get(told.delimiter) or sniff.find_delimiter(head, request.mapping)
    told.refuse_mark(request.file, delimiter, b'"' in utf8)
    rows, ends = sniff.sample_rows(head, delimiter)
    header = told.heading(request.file, len(rows), [1, *(end + 1 for end in ends[:-1])])
    if header is None:
        header = find_header(rows, request.mapping)
    refuse_others(request.file, rows, header)
    if header is None:
        raise InputError(_no_heading(request.file, rows))
    source = Source(utf8, delimiter, rows, ends, header, told.mark)
    layout = map_columns(source.headings, source.body, request.mapping)
    table = read_body(source, layout)
    return _Parsed([(table, layout)], "csv")


def _no_heading(file: str, rows: list[list[str]]) -> str:
    for number, cells in enumerate(rows[:20], 1):
        code = next((c.strip() for c in cells if valid_isin(c.strip())), None)
        if code is not None:
            return f"{file}: row {number} holds data ({code}) but no row names the columns; add one"
    return f"{file}: no heading row of a holdings table found"


def _parse_xml(data: bytes, request: Request, log: Log) -> _Parsed:
    head = data[:8192].lower()
    if b"urn:schemas-microsoft-com:office:spreadsheet" in head:
        refuse_entities(request.file, data)
        request.dialect.refuse(request.file, "a workbook is no text", "delimiter")
        grids = spreadsheet_ml(request.file, data)
        return _Parsed(tables_of(request.file, grids, request.mapping, request.dialect), "xls")
    fixed = ("delimiter", "decimal", "header_row", "dates")
    request.dialect.refuse(request.file, "a filing has fixed fields", *fixed)
    if request.mapping:
        raise InputError(f"{request.file}: a filing has fixed fields; a mapping does not apply")
    submission = head.lstrip().startswith((b"<sec-document>", b"<sec-header>"))
    read = read_submission if submission else read_filing
    filing = read(request.file, data, log)
    known = Known(filing.layout, filing.date, filing.scale, filing.stated_total)
    return _Parsed([(filing.table, filing.columns)], "xml", known)
