"""JSON and parquet to tables."""

import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from analyzer.core.errors import InputError
from analyzer.ingest.headers import MEASURES, NUMERIC, Layout, known_fields, map_columns
from analyzer.ingest.model import Log, Table, note_text
from analyzer.ingest.ole import plain
from analyzer.ingest.records import columns_of
from analyzer.ingest.refuse import refuse_others

MAX_DEPTH = 20
MAX_UNPACKED = 8 << 30
_SAMPLE = 200


def json_table(file: str, data: bytes, wanted: Mapping[str, str], log: Log) -> tuple[Table, Layout]:
    """Return the list of objects that reads most like holdings, wherever it stands.

    Nested objects are flattened to their last key. Numbers keep the digits printed.

    Raises
    ------
    InputError
        When the text is no JSON or holds no list of holdings.
    """
    document = _parse(file, data)
    best: tuple[int, int] = (0, 0)
    records: list[dict[str, str]] = []
    parent: Any = None
    for holder, candidate in _lists(document):
        flat = [_flat(r) for r in candidate]
        fields = known_fields(list(dict.fromkeys(k for r in flat[:_SAMPLE] for k in r)))
        score = len(fields) if any(m in fields for m in MEASURES) or wanted else 0
        if score > 1 and (score, len(flat)) > best:
            best, records, parent = (score, len(flat)), flat, holder
    if not records:
        raise InputError(f"{file}: no list of holdings in this JSON")
    headings = list(dict.fromkeys(k for r in records for k in r))
    rows = [[r.get(h, "") for h in headings] for r in records]
    refuse_others(file, [headings, *rows[:_SAMPLE]], 0)
    layout = map_columns(headings, rows[:_SAMPLE], wanted)
    _report_partial(parent, len(records), log)
    numbers = np.arange(1, len(rows) + 1, dtype="int64")
    table = Table(
        tuple(headings),
        columns_of(rows, len(headings)),
        numbers,
        lambda i: note_text(", ".join(rows[i])),
    )
    return table, layout


def _parse(file: str, data: bytes) -> Any:
    text = data.decode("utf-8")
    options: dict[str, Any] = {"parse_float": plain, "parse_int": str, "parse_constant": str}
    try:
        return json.loads(text, **options)
    except RecursionError as exc:
        raise InputError(f"{file}: JSON nested too deeply") from exc
    except json.JSONDecodeError as first:
        try:
            return [json.loads(line, **options) for line in text.splitlines() if line.strip()]
        except (json.JSONDecodeError, RecursionError):
            place = f"line {first.lineno}, column {first.colno}"
            raise InputError(f"{file}: no valid JSON ({first.msg}, {place})") from first


def _lists(node: Any, parent: Any = None, depth: int = 0) -> Iterator[tuple[Any, list[Any]]]:
    """Yield every list of objects, with the object that holds it."""
    if depth > MAX_DEPTH:
        return
    if isinstance(node, list):
        if node and all(isinstance(i, dict) for i in node):
            yield parent, node
        for item in node:
            yield from _lists(item, node, depth + 1)
    elif isinstance(node, dict):
        columns, rows = node.get("columns"), node.get("data")
        if isinstance(columns, list) and isinstance(rows, list):
            yield (
                node,
                [
                    dict(zip(map(str, columns), r, strict=False))
                    for r in rows
                    if isinstance(r, list)
                ],
            )
        for item in node.values():
            yield from _lists(item, node, depth + 1)


def _flat(node: Mapping[str, Any], depth: int = 0) -> dict[str, str]:
    out: dict[str, str] = {}
    for key, value in node.items():
        if isinstance(value, dict) and depth < MAX_DEPTH:
            for inner, text in _flat(value, depth + 1).items():
                out.setdefault(inner, text)
        elif not isinstance(value, list):
            out[key] = "" if value is None else str(value)
    return out


def _report_partial(parent: Any, rows: int, log: Log) -> None:
    """Report a list shorter than the count its document states."""
    if not isinstance(parent, dict):
        return
    for key, value in parent.items():
        if (
            "total" in key.lower()
            and isinstance(value, str)
            and value.isdigit()
            and int(value) > rows
        ):
            log.caution("W210", f"{key} is {int(value):,}, the file holds {rows:,} of them")


def parquet_table(file: str, data: bytes, wanted: Mapping[str, str]) -> tuple[Table, Layout]:
    """Return the table of a parquet file; nested columns are left out.

    Raises
    ------
    InputError
        When the file is damaged, encrypted, unpacks to more than 8 GiB or holds no holdings.
    """
    try:
        source = pq.ParquetFile(io.BytesIO(data))
        groups = [source.metadata.row_group(i) for i in range(source.metadata.num_row_groups)]
        if sum(g.total_byte_size for g in groups) > MAX_UNPACKED:
            raise InputError(f"{file}: unpacks to more than {MAX_UNPACKED >> 30} GiB")
        names = [f.name for f in source.schema_arrow if not pa.types.is_nested(f.type)]
        head = source.read_row_group(0, columns=names).slice(0, _SAMPLE) if groups else None
    except (pa.ArrowException, OSError) as exc:
        raise InputError(f"{file}: the parquet file cannot be read ({exc})") from exc
    rows = [] if head is None else [[_text(c) for c in r.values()] for r in head.to_pylist()]
    refuse_others(file, [names, *rows], 0)
    layout = map_columns(names, rows, wanted)
    if len(layout.fields) < 2:
        raise InputError(f"{file}: no columns of a holdings table among {', '.join(names[:12])}")
    used = [names[p] for p in layout.fields.values()]
    read = source.read(columns=used)
    columns: list[Any] = [None] * len(names)
    for field, position in layout.fields.items():
        columns[position] = _column(read.column(names[position]), field in NUMERIC)
    numbers = np.arange(1, read.num_rows + 1, dtype="int64")
    text = _row_text(read)
    return Table(tuple(names), columns, numbers, text), layout


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell)


def _column(chunked: Any, number: bool) -> Any:
    whole = chunked.combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = pa.concat_arrays(whole.chunks) if whole.num_chunks else pa.array([], whole.type)
    if pa.types.is_dictionary(whole.type):
        values = pc.cast(whole.dictionary, pa.string())
        return pa.DictionaryArray.from_arrays(whole.indices, values)
    plain = pa.types.is_integer(whole.type) or pa.types.is_floating(whole.type)
    if number and (plain or pa.types.is_decimal(whole.type)):
        return pc.cast(whole, pa.float64(), safe=False)
    return pc.cast(whole, pa.string())


def _row_text(table: Any) -> Any:
    return lambda i: note_text(
        ", ".join(_text(c) for c in table.slice(i, 1).to_pylist()[0].values())
    )
