"""A user's own restricted list: a CSV with a name, identifiers, acts, dates and a reason."""

import csv
import io
from collections.abc import Callable

from analyzer.core.entities import EntityName, NameKind
from analyzer.core.errors import InputError
from analyzer.core.identifiers import valid_cusip, valid_figi, valid_isin, valid_lei, valid_sedol
from analyzer.lists.formats.publication import (
    Entry,
    Oddities,
    Publication,
    read_date,
    surplus,
    windows_text,
)

COLUMNS = (
    *("name", "aliases", "country", "lei", "isin", "cusip", "sedol", "figi", "ticker"),
    *("identifiers", "acts", "from", "to", "reason", "uid"),
)
_CHECKS: dict[str, Callable[[str], bool]] = {
    "isin": valid_isin,
    "lei": valid_lei,
    "figi": valid_figi,
    "cusip": valid_cusip,
    "sedol": valid_sedol,
}


def read(name: str, raw: bytes) -> Publication:
    """Read the list. Only `name` is required; several values in a cell are split at semicolons.

    `identifiers` holds codes of any scheme, told apart by shape and check digit. `to` is the last
    day of the restriction. Empty `acts` bar every act.

    Raises
    ------
    InputError
        For an unknown column, a row without a name, a bad date, or a `to` before its `from`.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = windows_text(name, raw)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    odd = Oddities(name)
    entries: list[Entry] = []
    try:
        header = [cell.strip().lower() for cell in next(reader, [])]
        if "name" not in header:
            raise InputError(f"{name}:1: no column 'name'")
        unknown = surplus(header, COLUMNS)
        if unknown:
            raise InputError(
                f"{name}:1: unknown column {', '.join(map(repr, unknown))};"
                f" known: {', '.join(COLUMNS)}"
            )
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                raise InputError(
                    f"{name}:{reader.line_num}: {len(cells)} cells where {len(header)} are expected"
                )
            row = dict(zip(header, (cell.strip() for cell in cells), strict=True))
            entries.append(_entry(row, reader.line_num, odd))
    except csv.Error as error:
        raise InputError(f"{name}:{reader.line_num}: {error}; the file is cut off") from None
    if not entries:
        raise InputError(f"{name}: the file has no entries")
    return Publication("plain-csv", "plain", None, tuple(entries), findings=odd.findings())


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


def _entry(row: dict[str, str], line: int, odd: Oddities) -> Entry:
    if not row["name"]:
        raise InputError(f"{odd.file}:{line}: the row has no name")
    dates = {}
    for column in ("from", "to"):
        printed = row.get(column, "")
        dates[column] = read_date(printed) if printed else None
        if printed and dates[column] is None:
            raise InputError(f"{odd.file}:{line}: {column} {printed!r} is not a date (2026-11-23)")
    if dates["from"] and dates["to"] and dates["to"] < dates["from"]:
        raise InputError(f"{odd.file}:{line}: 'to' lies before 'from'")
    codes = [(scheme, c) for scheme in (*_CHECKS, "ticker") for c in _split(row.get(scheme, ""))]
    for code in _split(row.get("identifiers", "")):
        bare = code.replace(" ", "").upper()
        scheme = next((s for s, check in _CHECKS.items() if check(bare)), None)
        if scheme is None:
            odd.note("W703", f"identifier {code!r} of {row['name']} is of no known scheme", line)
        else:
            codes.append((scheme, bare))
    for scheme, code in codes:
        if scheme in _CHECKS and not _CHECKS[scheme](code):
            odd.note("W703", f"{scheme} {code!r} of {row['name']} fails its check digit", line)
    return Entry(
        uid=row.get("uid", ""),
        name=row["name"],
        tags=frozenset({"*"}),
        names=tuple(EntityName(a, NameKind.ALIAS) for a in _split(row.get("aliases", ""))),
        country=row.get("country", "").upper(),
        lei=next((c for s, c in codes if s == "lei"), ""),
        listed=dates["from"],
        codes=tuple(dict.fromkeys(c for c in codes if c[0] != "lei")),
        note=row.get("reason", ""),
        until=dates["to"],
        acts=tuple(_split(row.get("acts", ""))),
        line=line,
    )
