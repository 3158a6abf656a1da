"""Delimited text to a table: arrow for clean files, the csv module for the others.

Arrow counts records, people count lines. The fast path is taken only when the two agree, that
is when no blank line and no line break inside quotes shifts the numbering.
"""

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from analyzer.ingest.headers import NUMERIC, Layout
from analyzer.ingest.model import RowNote, Table, note_text
from analyzer.ingest.values import decimal_mark, parse_number

FLOAT, TEXT = pa.float64(), pa.dictionary(pa.int32(), pa.string())
_PLAIN_CHARACTERS = frozenset("0123456789.-")


@dataclass(frozen=True)
class Source:
    """UTF-8 text of a file with its dialect and the place of its heading."""

    data: bytes
    delimiter: str
    rows: list[list[str]]
    ends: list[int]
    header: int

    @property
    def headings(self) -> list[str]:
        """The heading row as printed."""
        return self.rows[self.header]

    @property
    def body(self) -> list[list[str]]:
        """Sample of the rows below the heading."""
        return self.rows[self.header + 1 :]


def read_body(source: Source, layout: Layout) -> Table:
    """Read every record below the heading.

    Parameters
    ----------
    source
        The text and its heading.
    layout
        Fields and their columns; other columns are not read.
    """
    table = _fast(source, layout)
    return table if table is not None else _slow(source, layout)


def _above(source: Source) -> list[RowNote]:
    """Account for the preamble and the heading."""
    notes, start = [], 1
    for position in range(source.header + 1):
        cells = source.rows[position]
        text = note_text(source.delimiter.join(cells))
        blank = not any(c.strip() for c in cells)
        why = "heading" if position == source.header else "blank" if blank else "preamble"
        notes.append(RowNote(start, None, why, text))
        start = source.ends[position] + 1
    return notes


def _offset(data: bytes, lines: int) -> int:
    """Return the byte position after so many lines."""
    at = 0
    for _ in range(lines):
        at = data.find(b"\n", at) + 1
        if at == 0:
            return len(data)
    return at


def _column_types(source: Source, layout: Layout) -> dict[str, Any]:
    """Return the type to read each mapped column as.

    Columns are read as numbers directly only when the sample proves a decimal point: beside
    ``1,01``, the plain-looking ``1.000`` is a thousand.
    """
    types: dict[str, Any] = {}
    samples = {
        p: [r[p] for r in source.body if p < len(r)]
        for f, p in layout.fields.items()
        if f in NUMERIC
    }
    pointed = decimal_mark(c for cells in samples.values() for c in cells) == "."
    for name, position in layout.fields.items():
        if name not in NUMERIC:
            types[f"f{position}"] = TEXT
            continue
        plain = pointed and all(set(c) <= _PLAIN_CHARACTERS for c in samples[position])
        types[f"f{position}"] = FLOAT if plain else pa.string()
    return types


def _fast(source: Source, layout: Layout) -> Table | None:
    """Read with arrow; None when records and lines do not agree or cells need repair."""
    first = source.ends[source.header] + 1
    start = _offset(source.data, first - 1)
    if start == len(source.data) or _lone_returns(source.data):
        return None
    body = pa.py_buffer(source.data).slice(start)
    odd: list[Any] = []
    types = _column_types(source, layout)
    try:
        read = _arrow(body, source, types, None)
    except pa.ArrowInvalid:
        try:
            read = _arrow(
                body,
                source,
                {n: TEXT if t == TEXT else pa.string() for n, t in types.items()},
                odd.append,
            )
        except pa.ArrowInvalid:
            return None
    lines = _count(source.data, b"\n") - first + 1 + (not source.data.endswith(b"\n"))
    if lines != read.num_rows + len(odd) or any(o.number is None for o in odd):
        return None
    misfit = np.array([o.number for o in odd], dtype="int64")
    positions = np.delete(np.arange(lines, dtype="int64"), misfit - 1)
    if any(o.actual_columns > 1 for o in odd):
        return None
    skipped = [*_above(source), *(_misfit(o, first) for o in odd)]
    columns: list[Any] = [None] * len(source.headings)
    for name in types:
        columns[int(name[1:])] = _whole(read.column(name))
    return Table(
        tuple(source.headings),
        columns,
        positions + first,
        _line_text(source.data, positions + first - 1),
        skipped=skipped,
        preamble=source.rows[: source.header],
        cut_off=False,
    )


def _count(data: bytes, character: bytes) -> int:
    """Count a frequent byte; several times as fast as ``bytes.count``."""
    view = np.frombuffer(data, dtype="uint8")
    parts = range(0, len(view), 1 << 20)
    return sum(int(np.count_nonzero(view[i : i + (1 << 20)] == character[0])) for i in parts)


def _lone_returns(body: bytes) -> bool:
    return b"\r" in body and _count(body, b"\r") != body.count(b"\r\n")


def _misfit(odd: Any, first: int) -> RowNote:
    why = "blank" if not odd.text.strip() else "note or disclaimer"
    return RowNote(first + odd.number - 1, None, why, note_text(odd.text))


def _arrow(
    body: Any, source: Source, types: Mapping[str, Any], odd: Callable[[Any], None] | None
) -> Any:
    def keep(row: Any) -> str:
        if odd is not None:
            odd(row)
        return "skip"

    names = [f"f{i}" for i in range(len(source.headings))]
    return pacsv.read_csv(
        pa.BufferReader(body),
        read_options=pacsv.ReadOptions(
            column_names=names, use_threads=odd is None, block_size=1 << 24
        ),
        parse_options=pacsv.ParseOptions(
            delimiter=source.delimiter,
            newlines_in_values=False,
            invalid_row_handler=keep if odd is not None else None,
        ),
        convert_options=pacsv.ConvertOptions(
            column_types=types,
            include_columns=list(types),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
        ),
    )


def _whole(column: Any) -> Any:
    """Return a chunked column as one array."""
    if pa.types.is_dictionary(column.type):
        column = column.unify_dictionaries()
    whole = column.combine_chunks()
    return whole.chunk(0) if isinstance(whole, pa.ChunkedArray) and whole.num_chunks else whole


def _line_text(body: bytes, positions: Any) -> Callable[[int], str]:
    lines: list[bytes] = []

    def text(position: int) -> str:
        if not lines:
            lines.extend(body.split(b"\n"))
        return note_text(lines[positions[position]].decode("utf-8", errors="replace"))

    return text


def _slow(source: Source, layout: Layout) -> Table:
    """Read with the csv module, keeping the line each record starts on."""
    first = source.ends[source.header] + 1
    text = source.data[_offset_any(source, first - 1) :].decode("utf-8")
    width = len(source.headings)
    numeric = [p for f, p in layout.fields.items() if f in NUMERIC]
    records, starts, rejected = _records(text, source, first, numeric)
    skipped = _above(source)
    kept: list[list[str]] = []
    rows: list[int] = []
    ragged: list[int] = []
    for cells, start in zip(records, starts, strict=True):
        if not any(c and not c.isspace() for c in cells):
            skipped.append(RowNote(start, None, "blank", note_text(source.delimiter.join(cells))))
            continue
        if len(cells) > width and any(c.strip() for c in cells[width:]):
            ragged.append(len(kept))
        kept.append(cells)
        rows.append(start)
    cut = bool(kept) and len(kept[-1]) < width and not text.endswith(("\n", "\r"))
    cut = cut and len(kept[-1]) > 1 and all(len(r) >= width for r in kept[-50:-1])
    return Table(
        tuple(source.headings),
        columns_of(kept, width),
        np.array(rows, dtype="int64"),
        lambda i: note_text(source.delimiter.join(kept[i])),
        skipped=skipped,
        rejected=rejected,
        preamble=source.rows[: source.header],
        ragged=np.array(ragged, dtype="int64"),
        cut_off=cut,
    )


def _offset_any(source: Source, lines: int) -> int:
    """Return the byte position after so many lines, whatever ends them."""
    if b"\n" in source.data:
        return _offset(source.data, lines)
    at = 0
    for _ in range(lines):
        at = source.data.find(b"\r", at) + 1
        if at == 0:
            return len(source.data)
    return at


def columns_of(records: list[list[str]], width: int) -> list[Any]:
    """Turn records of strings into arrow columns; short records are padded with nothing."""
    padded = [r if len(r) == width else (r + [""] * width)[:width] for r in records]
    return [pa.array(c, type=pa.string()) for c in zip(*padded, strict=True)] or [
        pa.array([], type=pa.string()) for _ in range(width)
    ]


def _records(
    text: str, source: Source, first: int, numeric: list[int]
) -> tuple[list[list[str]], list[int], list[RowNote]]:
    """Split text into records; a quote that never closes costs its own line, not the rest."""
    records: list[list[str]] = []
    starts: list[int] = []
    rejected: list[RowNote] = []
    offset, width = 0, len(source.headings)
    while True:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=source.delimiter)
        previous, broken = 0, None
        for cells in reader:
            start, previous = previous + 1, reader.line_num
            if previous > start and _swallowed(cells, source.delimiter, width, numeric):
                broken = start
                break
            records.append(cells)
            starts.append(first + offset + start - 1)
        if broken is None:
            return records, starts, rejected
        lines = text.splitlines(keepends=True) if "\n" not in text else text.split("\n")
        joiner = "" if "\n" not in text else "\n"
        why = "a quote is opened and never closed"
        rejected.append(
            RowNote(first + offset + broken - 1, None, why, note_text(lines[broken - 1]))
        )
        text, offset = joiner.join(lines[broken:]), offset + broken


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
