"""How a file is read where the user says so: encoding, delimiter, sheet; else it is found."""

import csv
import hashlib
import io
from collections.abc import Mapping
from dataclasses import replace

from analyzer.core.errors import InputError
from analyzer.ingest import Ingested, read_holdings
from analyzer.ingest.excel import workbook
from analyzer.ingest.model import Log
from analyzer.ingest.safety import Kind, kind_of
from analyzer.workspace.beside import File

ENCODINGS = ("utf-8", "utf-16", "cp1252", "latin-1", "gb18030", "big5", "shift_jis")
DELIMITERS: Mapping[str, str] = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}


def recoded(file: File, reading: Mapping[str, str]) -> File:
    """Return a text file in UTF-8 with tabs between cells, as the user says it is to be read.

    Rows stay on their lines, so that problems name the row of the file itself.

    Parameters
    ----------
    reading
        `encoding` of `ENCODINGS` and `delimiter` of `DELIMITERS`; what is absent is found.

    Raises
    ------
    InputError
        When the file is not in that encoding, or the words are unknown.
    """
    name, data = file
    encoding, mark = reading.get("encoding", ""), reading.get("delimiter", "")
    if not (encoding or mark):
        return file
    if encoding not in ("", *ENCODINGS) or mark not in ("", *DELIMITERS):
        raise InputError(f"{name}: cannot be read as {encoding} {mark}".rstrip())
    try:
        text = data.decode(encoding or "utf-8-sig").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise InputError(f"{name}: not a text in {encoding or 'utf-8'}: {error.reason}") from None
    if not mark:
        return name, text.encode()
    out = io.StringIO()
    writer = csv.writer(out, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_ALL)
    try:
        writer.writerows(csv.reader(io.StringIO(text, newline=""), delimiter=DELIMITERS[mark]))
    except csv.Error as error:
        raise InputError(f"{name}: {error}") from None
    return name, out.getvalue().encode()


def read_as(
    file: File,
    mapping: Mapping[str, str] | None,
    currency: str | None,
    reading: Mapping[str, str],
) -> Ingested:
    """Read a holdings file; its digest is that of the file as given.

    Raises
    ------
    InputError
        Naming the file, and why it cannot be read.
    """
    found = read_holdings(
        recoded(file, reading),
        mapping=mapping,
        currency=currency,
        sheet=reading.get("sheet") or None,
    )
    return replace(found, sha256=hashlib.sha256(file[1]).hexdigest()) if reading else found


def sheets(file: File) -> tuple[str, ...]:
    """Return the sheets of a workbook; none for any other file."""
    name, data = file
    if kind_of(name, data) not in {Kind.ZIP_WORKBOOK, Kind.OLE_WORKBOOK}:
        return ()
    return tuple(grid.name for grid in workbook(name, data, Log(name)))
