"""Delimited text to a table: arrow for clean files, the csv module for the others.

Arrow counts records, people count lines. The fast path is taken only when the two agree, that
is when no blank line and no line break inside quotes shifts the numbering.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from analyzer.ingest.headers import NUMERIC, Layout
from analyzer.ingest.model import CUT_OFF, IntArray, RowNote, Table, note_text
from analyzer.ingest.records import Source, offset_of, read_records
from analyzer.ingest.values import decimal_mark

_NEWLINE, _RETURN, _SHORT = 10, 13, 40
_BLOCK = 1 << 22  # bytes; small enough that no thread is left waiting at either end
FLOAT, TEXT = pa.float64(), pa.dictionary(pa.int32(), pa.string())
_PLAIN_CHARACTERS = frozenset("0123456789.-")


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
    return table if table is not None else read_records(source, layout, _above(source))


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


def _column_types(source: Source, layout: Layout) -> dict[str, Any]:
    """Return the type to read each mapped column as.

    Columns are read as numbers directly only when a decimal point is stated or proven: beside
    ``1,01``, the plain-looking ``1.000`` is a thousand.
    """
    types: dict[str, Any] = {}
    samples = {
        p: [r[p] for r in source.body if p < len(r)]
        for f, p in layout.fields.items()
        if f in NUMERIC
    }
    mark = source.mark or decimal_mark(c for cells in samples.values() for c in cells)
    pointed = mark == "."
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
    start = offset_of(source.data, first - 1)
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
    numbers, blank = _line_numbers(source.data, start, first, read.num_rows + len(odd))
    if numbers is None or any(o.number is None or o.actual_columns > 1 for o in odd):
        return None
    misfit = np.array([o.number - 1 for o in odd], dtype="int64")
    skipped = [
        *_above(source),
        *(RowNote(int(n), None, "blank", "") for n in blank),
    ]
    rows = np.delete(numbers, misfit)
    notes = [_misfit(o, int(numbers[o.number - 1]), rows) for o in odd]
    cut = bool(notes) and _is_cut(notes[-1], source.data, rows)
    if cut:
        notes[-1] = replace(notes[-1], why=CUT_OFF)
    columns: list[Any] = [None] * len(source.headings)
    for name in types:
        columns[int(name[1:])] = _whole(read.column(name))
    return Table(
        tuple(source.headings),
        columns,
        rows,
        _line_text(source.data, rows),
        skipped=[*skipped, *notes[: len(notes) - cut]],
        rejected=notes[len(notes) - cut :],
        preamble=source.rows[: source.header],
    )


def _count(data: bytes, character: bytes) -> int:
    """Count a frequent byte; several times as fast as ``bytes.count``."""
    view = np.frombuffer(data, dtype="uint8")
    parts = range(0, len(view), 1 << 20)
    return sum(int(np.count_nonzero(view[i : i + (1 << 20)] == character[0])) for i in parts)


def _lone_returns(body: bytes) -> bool:
    return b"\r" in body and _count(body, b"\r") != body.count(b"\r\n")


def _line_numbers(data: bytes, start: int, first: int, records: int) -> tuple[Any, IntArray]:
    """Return the line of every record and the blank lines; None when the two do not add up.

    They do not when a quoted cell holds a line break.
    """
    nothing = np.empty(0, dtype="int64")
    lines = _count(data, b"\n") - first + 1 + (not data.endswith(b"\n"))
    if lines == records:
        return np.arange(first, first + lines, dtype="int64"), nothing
    view = np.frombuffer(data, dtype="uint8", offset=start)
    breaks = np.flatnonzero(view == _NEWLINE)
    begin = np.concatenate(([0], breaks + 1))[:lines]
    length = np.concatenate((breaks, [len(view)]))[:lines] - begin
    blank = (length == 0) | ((length == 1) & (view[np.minimum(begin, len(view) - 1)] == _RETURN))
    if int((~blank).sum()) != records:
        return None, nothing
    return np.flatnonzero(~blank) + first, np.flatnonzero(blank) + first


def _misfit(odd: Any, row: int, rows: IntArray) -> RowNote:
    """Account for a line of one cell."""
    below = len(rows) == 0 or row > rows[-1]
    why = "footer, note or disclaimer" if below else "section heading or note"
    return RowNote(row, None, why if odd.text.strip() else "blank", note_text(odd.text))


def _is_cut(note: RowNote, data: bytes, rows: IntArray) -> bool:
    """Say whether a short last line, right below a record and without an end, is half a row."""
    last = len(rows) > 0 and note.row == rows[-1] + 1
    return last and not data.endswith(b"\n") and 0 < len(note.text) < _SHORT


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
            column_names=names, use_threads=odd is None, block_size=_BLOCK
        ),
        parse_options=pacsv.ParseOptions(
            delimiter=source.delimiter,
            quote_char='"' if b'"' in source.data else False,  # looking for none is faster
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


def _line_text(data: bytes, rows: IntArray) -> Callable[[int], str]:
    lines: list[bytes] = []

    def text(position: int) -> str:
        if not lines:
            lines.extend(data.split(b"\n"))
        return note_text(lines[rows[position] - 1].decode("utf-8", errors="replace"))

    return text
