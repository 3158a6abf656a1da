"""Delimited text that arrow cannot number or split: read by the csv module, line by line."""

import csv
import io
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from analyzer.ingest.headers import NUMERIC, Layout
from analyzer.ingest.model import RowNote, Table, note_text
from analyzer.ingest.values import parse_number


@dataclass(frozen=True)
class Source:
    """UTF-8 text of a file with its dialect and the place of its heading.

    `mark` is the decimal mark where the user states one.
    """

    data: bytes
    delimiter: str
    rows: list[list[str]]
    ends: list[int]
    header: int
    mark: str | None = None

    @property
    def headings(self) -> list[str]:
        """The heading row as printed."""
        return self.rows[self.header]

    @property
    def body(self) -> list[list[str]]:
        """Sample of the rows below the heading."""
        return self.rows[self.header + 1 :]


def offset_of(data: bytes, lines: int) -> int:
    """Return the byte position after so many lines, whatever ends them."""
    end, at = b"\n" if b"\n" in data else b"\r", 0
    for _ in range(lines):
        at = data.find(end, at) + 1
        if at == 0:
            return len(data)
    return at


def read_records(source: Source, layout: Layout, above: list[RowNote]) -> Table:
    """Read every record below the heading, keeping the line each one starts on.

    Parameters
    ----------
    above
        Notes on the rows above, already accounted for.
    """
    first = source.ends[source.header] + 1
    text = source.data[offset_of(source.data, first - 1) :].decode("utf-8")
    width = len(source.headings)
    numeric = [p for f, p in layout.fields.items() if f in NUMERIC]
    records, starts, broken = _records(list(io.StringIO(text, newline="")), source, numeric)
    blank = [not j or j.isspace() for j in map("".join, records)]
    skipped = [
        RowNote(first + starts[i], None, "blank", note_text(source.delimiter.join(records[i])))
        for i, empty in enumerate(blank)
        if empty
    ]
    kept = [r for r, empty in zip(records, blank, strict=True) if not empty]
    rows = np.array(starts, dtype="int64")[~np.array(blank, dtype=bool)] + first
    ragged = [i for i, r in enumerate(kept) if len(r) > width and any(map(str.strip, r[width:]))]
    cut = bool(kept) and 1 < len(kept[-1]) < width and not text.endswith(("\n", "\r"))
    cut = cut and all(len(r) >= width for r in kept[-50:-1])
    padded = [r if len(r) >= width else r + ("",) * (width - len(r)) for r in kept]
    columns: list[Any] = [None] * width
    for position in layout.fields.values():
        columns[position] = pa.array([r[position] for r in padded], type=pa.string())
    return Table(
        tuple(source.headings),
        columns,
        rows,
        lambda i: note_text(source.delimiter.join(kept[i])),
        skipped=[*above, *skipped],
        rejected=[RowNote(first + i, None, BROKEN, note_text(line)) for i, line in broken],
        preamble=source.rows[: source.header],
        ragged=np.array(ragged, dtype="int64"),
        cut_off=cut,
    )


# tuples of text leave the garbage collector's books; a million lists take it seconds
Record = tuple[str, ...]
BROKEN = "a quote is opened and never closed"


def _records(
    lines: list[str], source: Source, numeric: list[int]
) -> tuple[list[Record], list[int], list[tuple[int, str]]]:
    """Split lines into records, each with the line it starts on, counted from 0.

    A quote that never closes costs its own line, not the rest of the file.
    """
    records: list[Record] = []
    broken: list[tuple[int, str]] = []
    starts: list[int] = []
    at = 0
    while at < len(lines):
        end = _read_until_broken(lines, at, source, numeric, records, starts)
        if end < len(lines):
            broken.append((end, lines[end]))
        at = end + 1
    return records, starts, broken


def _read_until_broken(
    lines: list[str],
    at: int,
    source: Source,
    numeric: list[int],
    records: list[Record],
    starts: list[int],
) -> int:
    """Read records from a line on; return the line whose quote never closes, or the end."""
    reader = csv.reader((lines[i] for i in range(at, len(lines))), delimiter=source.delimiter)
    begin = at
    try:
        for cells in reader:
            end = at + reader.line_num
            several = end - begin > 1
            if several and _swallowed(cells, source.delimiter, len(source.headings), numeric):
                return begin
            records.append(tuple(cells))
            starts.append(begin)
            begin = end
    except csv.Error:  # a cell beyond 128 KiB: the rest of the file behind an open quote
        return begin
    return len(lines)


def _swallowed(cells: list[str], delimiter: str, width: int, numeric: list[int]) -> bool:
    """Say whether a multi-line record swallowed whole records into one cell.

    A disclaimer may run over many lines and hold many commas; a swallowed record has as many
    cells as the heading and a number where the heading promises one.
    """
    for cell in (c for c in cells if "\n" in c):
        for parts in csv.reader(cell.split("\n")[1:], delimiter=delimiter):
            if len(parts) >= width and any(parse_number(parts[i]) is not None for i in numeric):
                return True
    return False


def columns_of(records: list[list[str]], width: int) -> list[Any]:
    """Turn records of strings into arrow columns; short records are padded with nothing."""
    padded = [r if len(r) == width else (r + [""] * width)[:width] for r in records]
    return [pa.array(c, type=pa.string()) for c in zip(*padded, strict=True)] or [
        pa.array([], type=pa.string()) for _ in range(width)
    ]
