"""The columns of a holdings file as printed, with samples; and mappings saved for next time."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from analyzer.core.dialect import DELIMITERS, Dialect
from analyzer.core.errors import InputError
from analyzer.ingest import sniff
from analyzer.ingest.excel import workbook
from analyzer.ingest.grids import HEAD
from analyzer.ingest.headers import field_names, find_header
from analyzer.ingest.model import Log, Table
from analyzer.ingest.safety import Kind, kind_of, load, text_kind
from analyzer.ingest.structured import json_table, parquet_table

_SAMPLES = 3
_CELLS = 60
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


def preview(
    source: tuple[str, bytes],
    mapping: Mapping[str, str] | None = None,
    dialect: Dialect | None = None,
) -> Preview:
    """Return the columns of a holdings file.

    Parameters
    ----------
    mapping
        Field to column heading, where the user said so.
    dialect
        How the file is written, where the user said so.

    Raises
    ------
    InputError
        When the file is unsafe or holds no table.
    """
    name, data = load(source)
    wanted, told = mapping or {}, dialect or Dialect()
    kind = kind_of(name, data)
    if kind in {Kind.ZIP_WORKBOOK, Kind.OLE_WORKBOOK}:
        return _of_workbook(name, data, wanted, told)
    if kind is Kind.PARQUET:
        return _of_table(parquet_table(name, data, wanted)[0], "parquet columns")
    utf8, encoding = sniff.to_utf8(data, name, told.encoding)
    kind = text_kind(name, utf8)
    if kind is Kind.XML:
        return Preview((), (), "a filing in XML, whose fields are fixed")
    if kind is Kind.JSON:
        return _of_table(json_table(name, utf8, wanted, Log(name))[0], "JSON records")
    head = sniff.sample_text(utf8)
    delimiter = DELIMITERS.get(told.delimiter) or sniff.find_delimiter(head, wanted)
    rows, ends = sniff.sample_rows(head, delimiter)
    marks = {mark: word for word, mark in DELIMITERS.items()}
    how = f"{encoding}, {marks.get(delimiter, delimiter)} between cells"
    starts = [1, *(end + 1 for end in ends[:-1])]
    at = told.heading(name, len(rows), starts)
    return _of_rows(rows, find_header(rows, wanted) if at is None else at, how)


def _of_workbook(name: str, data: bytes, wanted: Mapping[str, str], told: Dialect) -> Preview:
    grids = workbook(name, data, Log(name))
    grids = [g for g in grids if told.sheet in ("", g.name)] or grids
    for grid in grids:
        head = grid.rows[:HEAD]
        if 0 < told.header_row <= len(head):
            at: int | None = told.heading(name, len(head))
        else:
            at = find_header(head, wanted)
        if at is not None:
            return _of_rows(head, at, f"sheet {grid.name!r}")
    if not grids:
        raise InputError(f"{name}: the workbook has no sheet")
    return _of_rows(grids[0].rows[:HEAD], None, f"sheet {grids[0].name!r}")


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
        _first("" if v is None else str(v) for v in column[:_CELLS].to_pylist())
        if column is not None
        else ()
        for column in table.columns
    ]
    return Preview(table.headings, tuple(columns), how)


def _first(cells: Iterable[str]) -> tuple[str, ...]:
    found = [cell.strip() for cell in cells if cell.strip()]
    return tuple(found[:_SAMPLES])


def sheets(source: tuple[str, bytes]) -> tuple[str, ...]:
    """Return the sheets of a workbook; none for any other file."""
    name, data = source
    if kind_of(name, data) not in {Kind.ZIP_WORKBOOK, Kind.OLE_WORKBOOK}:
        return ()
    return tuple(grid.name for grid in workbook(name, data, Log(name)))


# -- mappings saved for next time -------------------------------------------------------------


def fingerprint(headings: Iterable[str]) -> str:
    """Return a digest of a heading row: the key under which its mapping is kept."""
    return hashlib.sha256("\n".join(h.strip().casefold() for h in headings).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Profile:
    """How files with some heading row are read.

    Parameters
    ----------
    mapping
        Field to column heading.
    dialect
        The words of `Dialect` the user stated, other than the sheet.
    """

    mapping: Mapping[str, str] = field(default_factory=dict)
    dialect: Mapping[str, str] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether it says nothing."""
        return not (self.mapping or self.dialect)


def _profiles(folder: Path) -> dict[str, dict[str, dict[str, str]]]:
    path = folder / _FILE
    if not path.is_file():
        return {}
    body: dict[str, dict[str, dict[str, str]]] = json.loads(path.read_text(encoding="utf-8"))
    return body


def load_profile(folder: Path, headings: Iterable[str]) -> Profile:
    """Return what was saved for a heading row; an empty profile when nothing was."""
    found = _profiles(folder).get(fingerprint(headings), {})
    return Profile(found.get("mapping", {}), found.get("dialect", {}))


def save_profile(folder: Path, headings: Iterable[Iterable[str]], profile: Profile) -> None:
    """Keep how a file is read, for files with the same heading row; an empty one deletes it.

    Parameters
    ----------
    headings
        The heading row as read, and as it is found where nothing is stated: the next file shows
        the latter before the profile is taken up.
    """
    kept = _profiles(folder)
    for row in headings:
        key = fingerprint(row)
        kept.pop(key, None)
        if not profile.empty:
            dialect = {k: v for k, v in profile.dialect.items() if k != "sheet"}
            kept[key] = {"mapping": dict(profile.mapping), "dialect": dialect}
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = folder / f".{_FILE}.partial"
    partial.write_text(json.dumps(kept, indent=1, sort_keys=True), encoding="utf-8")
    partial.replace(folder / _FILE)
