"""The columns of a holdings file as printed, with samples; and mappings saved for next time."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from analyzer.core.errors import InputError
from analyzer.ingest import sniff
from analyzer.ingest.excel import workbook
from analyzer.ingest.headers import field_names, find_header
from analyzer.ingest.model import Log, Table
from analyzer.ingest.safety import Kind, kind_of, load, text_kind
from analyzer.ingest.structured import json_table, parquet_table

_SAMPLES = 3
_HEAD = 60
_FILE = "mappings.json"


@dataclass(frozen=True, slots=True)
class Preview:
    """Headings of a file's table and the first cells below each.

    Parameters
    ----------
    headings
        As printed, in order; empty for a filing, whose fields are fixed.
    samples
        Up to three non-empty cells of each column.
    found
        Where the headings stand, in words.
    """

    headings: tuple[str, ...]
    samples: tuple[tuple[str, ...], ...]
    found: str


def fields() -> tuple[str, ...]:
    """Return every field a column may be mapped to."""
    return tuple(dict.fromkeys(field_names()))


def preview(source: tuple[str, bytes], mapping: Mapping[str, str] | None = None) -> Preview:
    """Return the columns of a holdings file.

    Raises
    ------
    InputError
        When the file is unsafe or holds no table.
    """
    name, data = load(source)
    wanted = mapping or {}
    kind = kind_of(name, data)
    if kind in {Kind.ZIP_WORKBOOK, Kind.OLE_WORKBOOK}:
        return _of_workbook(name, data, wanted)
    if kind is Kind.PARQUET:
        return _of_table(parquet_table(name, data, wanted)[0], "parquet columns")
    utf8, encoding = sniff.to_utf8(data, name)
    kind = text_kind(name, utf8)
    if kind is Kind.XML:
        return Preview((), (), "a filing in XML, whose fields are fixed")
    if kind is Kind.JSON:
        return _of_table(json_table(name, utf8, wanted, Log(name))[0], "JSON records")
    head = sniff.sample_text(utf8)
    delimiter = sniff.find_delimiter(head, wanted)
    rows, _ = sniff.sample_rows(head, delimiter)
    marks = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
    how = f"{encoding}, {marks.get(delimiter, delimiter)} between cells"
    return _of_rows(rows, find_header(rows, wanted), how)


def _of_workbook(name: str, data: bytes, wanted: Mapping[str, str]) -> Preview:
    grids = workbook(name, data, Log(name))
    for grid in grids:
        head = grid.rows[:_HEAD]
        at = find_header(head, wanted)
        if at is not None:
            return _of_rows(head, at, f"sheet {grid.name!r}")
    if not grids:
        raise InputError(f"{name}: the workbook has no sheet")
    return _of_rows(grids[0].rows[:_HEAD], None, f"sheet {grids[0].name!r}")


def _of_rows(rows: list[list[str]], at: int | None, how: str) -> Preview:
    """Describe a table of text; without a known heading row the widest of the first rows is."""
    if not rows:
        return Preview((), (), how)
    if at is None:
        at = max(range(min(len(rows), 20)), key=lambda i: sum(1 for c in rows[i] if c.strip()))
    heading, body = rows[at], rows[at + 1 :]
    named = [(i, text.strip()) for i, text in enumerate(heading) if text.strip()]
    samples = tuple(_first(row[i] for row in body if i < len(row)) for i, _ in named)
    return Preview(tuple(text for _, text in named), samples, f"{how}, headings in row {at + 1}")


def _of_table(table: Table, how: str) -> Preview:
    columns = [
        _first("" if v is None else str(v) for v in column[:_HEAD].to_pylist())
        if column is not None
        else ()
        for column in table.columns
    ]
    return Preview(table.headings, tuple(columns), how)


def _first(cells: Iterable[str]) -> tuple[str, ...]:
    found = [cell.strip() for cell in cells if cell.strip()]
    return tuple(found[:_SAMPLES])


# -- mappings saved for next time -------------------------------------------------------------


def fingerprint(headings: Iterable[str]) -> str:
    """Return a digest of a heading row: the key under which its mapping is kept."""
    return hashlib.sha256("\n".join(h.strip().casefold() for h in headings).encode()).hexdigest()


def _profiles(folder: Path) -> dict[str, dict[str, str]]:
    path = folder / _FILE
    if not path.is_file():
        return {}
    body: dict[str, dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
    return body


def load_profile(folder: Path, headings: Iterable[str]) -> dict[str, str]:
    """Return the mapping saved for a heading row; empty when none was."""
    return dict(_profiles(folder).get(fingerprint(headings), {}))


def save_profile(folder: Path, headings: Iterable[str], mapping: Mapping[str, str]) -> None:
    """Keep a mapping for files with the same heading row; an empty one deletes it."""
    kept = _profiles(folder)
    key = fingerprint(headings)
    kept.pop(key, None)
    if mapping:
        kept[key] = dict(mapping)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = folder / f".{_FILE}.partial"
    partial.write_text(json.dumps(kept, indent=1, sort_keys=True), encoding="utf-8")
    partial.replace(folder / _FILE)
