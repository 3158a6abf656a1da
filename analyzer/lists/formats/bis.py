"""The Entity List and the Military End User List of BIS: one row per name and address."""

import csv
import io
from dataclasses import replace

from analyzer.core.entities import EntityName, NameKind
from analyzer.core.errors import InputError
from analyzer.lists.formats.ofac import country_code
from analyzer.lists.formats.publication import (
    Entry,
    Oddities,
    Publication,
    decoded,
    read_date,
    surplus,
)

COLUMNS = (
    *("Source List", "Entity Number", "SDN Type", "Programs", "Name", "Title", "Address", "City"),
    *("State/Province", "Postal Code", "Country", "Federal Register Notice", "Effective Date"),
    *("Date Lifted/Waived/Expired", "Standard Order", "License Requirement", "License Policy"),
    *("Call Sign", "Vessel Type", "Gross Tonnage", "Gross Register Tonnage", "Vessel Flag"),
    *("Vessel Owner", "Remarks/Notes", "Address Number", "Address Remarks", "Alternate Number"),
    *("Alternate Type", "Alternate Name", "Alternate Remarks", "Web Link"),
)
_REQUIRED = ("Source List", "Name", "Federal Register Notice", "Effective Date")


def read(name: str, raw: bytes) -> Publication:
    """Read the file; rows of one name and source are one entry, with the earliest date.

    Raises
    ------
    InputError
        If a required column is missing, a row has another width or no name, or the file breaks
        off.
    """
    reader = csv.reader(io.StringIO(decoded(name, raw), newline=""), strict=True)
    odd = Oddities(name)
    found: dict[tuple[str, str], Entry] = {}
    try:
        header = next(reader, [])
        # The published header ends in empty columns that the rows lack.
        while header and not header[-1]:
            header.pop()
        width = len(header)
        missing = surplus(_REQUIRED, header)
        if missing:
            raise InputError(f"{name}:1: no column {', '.join(missing)}")
        for word in surplus(filter(None, header), COLUMNS):
            odd.note("W702", f"column {word!r} is not understood", 1)
        for cells in reader:
            if len(cells) < width or any(cells[width:]):
                raise InputError(
                    f"{name}:{reader.line_num}: {len(cells)} cells where {width} are expected; the"
                    " file was edited or is cut off"
                )
            row = dict(zip(header, cells, strict=False))
            entry = _entry(row, reader.line_num, odd)
            key = (entry.name, row["Source List"])
            found[key] = _merged(found[key], entry) if key in found else entry
    except csv.Error as error:
        raise InputError(f"{name}:{reader.line_num}: {error}; the file is cut off") from None
    if not found:
        raise InputError(f"{name}: the file has no entries")
    return Publication("bis-csv", "bis", None, tuple(found.values()), findings=odd.findings())


def _entry(row: dict[str, str], line: int, odd: Oddities) -> Entry:
    name = row["Name"].strip()
    if not name or not row["Source List"].strip():
        raise InputError(f"{odd.file}:{line}: the row has no name or no source list")
    printed = row["Effective Date"].strip()
    listed = read_date(printed) if printed else None
    if printed and listed is None:
        odd.note("W702", f"Effective Date {printed!r} is not a date", line)
    alias = row.get("Alternate Name", "").strip()
    return Entry(
        uid="",
        name=name,
        tags=frozenset({row["Source List"].strip()}),
        names=(EntityName(alias, NameKind.ALIAS),) if alias and alias != name else (),
        country=country_code(row.get("Country", "")),
        listed=listed,
        note=row["Federal Register Notice"].strip(),
        line=line,
    )


def _merged(first: Entry, second: Entry) -> Entry:
    dates = [d for d in (first.listed, second.listed) if d is not None]
    notes = dict.fromkeys(n for n in (*first.note.split("; "), second.note) if n)
    return replace(
        first,
        names=tuple(dict.fromkeys((*first.names, *second.names))),
        country=first.country or second.country,
        listed=min(dates, default=None),
        note="; ".join(notes),
    )
