"""Rosters: one published edition of a list, in the project's own columns."""

import csv
import datetime as dt
import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from pathlib import Path

from analyzer.core.errors import DataError


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One name of one edition.

    Parameters
    ----------
    entity
        Entity id.
    name_as_published
        The name as the publisher printed it in this edition.
    listed
        The day the present listing began; a later one than before is a new listing.
    uid
        The publisher's own key, where it has one.
    ban_from, divest_until
        Dates the publisher itself states, where it does.
    parent
        Entity id under which the publisher groups the name.
    beside
        Entity id of the entry that prints this name as another name of itself.
    note
        Free text.
    """

    entity: str
    name_as_published: str
    listed: date
    uid: str = ""
    ban_from: date | None = None
    divest_until: date | None = None
    parent: str = ""
    beside: str = ""
    note: str = ""


COLUMNS = tuple(f.name for f in fields(RosterRow))
_DATES = frozenset({"listed", "ban_from", "divest_until"})
# A publisher that states no listing dates leaves the column empty; it is settled against the
# edition before (`with_listing_dates`), so that editions may be imported in any order.
UNSTATED = date.min


@dataclass(frozen=True)
class Edition:
    """One published edition, whole.

    Parameters
    ----------
    date
        The edition's own date.
    published
        First public release.
    sha256
        Digest of the stored file.
    source
        Where the roster was read, in words.
    cites
        Citation ids.
    precision
        Of `published`: `minute`, `day` or `month`.
    partial
        Whether the roster is a selection: a name it lacks has not left the list.
    """

    list_id: str
    date: date
    published: datetime
    rows: tuple[RosterRow, ...]
    sha256: str
    source: str
    cites: tuple[str, ...]
    path: Path
    precision: str = "day"
    partial: bool = False

    @property
    def entries(self) -> int:
        """Names the publisher prints as entries of their own."""
        return sum(not row.beside for row in self.rows)

    @property
    def roster(self) -> dict[str, dt.date]:
        """Entity ids with the day of listing; of two names of one entity the earlier counts."""
        found: dict[str, dt.date] = {}
        for row in self.rows:
            found[row.entity] = min(row.listed, found.get(row.entity, row.listed))
        return found


def digest(raw: bytes) -> str:
    """Return the SHA-256 of some bytes, in hexadecimal."""
    return hashlib.sha256(raw).hexdigest()


def read_roster(text: str, where: str) -> tuple[RosterRow, ...]:
    """Read a roster in the project's columns.

    Raises
    ------
    DataError
        Naming file and line for another header, a short row, a bad date or an empty name.
    """
    reader = csv.reader(io.StringIO(text))
    header = tuple(next(reader, ()))
    if header != COLUMNS:
        raise DataError(f"{where}:1: the columns are {', '.join(header)}, not {', '.join(COLUMNS)}")
    return tuple(_row(cells, f"{where}:{reader.line_num}") for cells in reader)


def _row(cells: list[str], where: str) -> RosterRow:
    if len(cells) != len(COLUMNS):
        raise DataError(f"{where}: {len(cells)} cells where {len(COLUMNS)} are expected")
    given = dict(zip(COLUMNS, cells, strict=True))
    if not given["entity"] or not given["name_as_published"]:
        raise DataError(f"{where}: entity and name_as_published must not be empty")
    dates: dict[str, date | None] = {}
    for name in _DATES:
        try:
            dates[name] = date.fromisoformat(given[name]) if given[name] else None
        except ValueError:
            raise DataError(f"{where}: {name} {given[name]!r} is not a date") from None
    return RosterRow(
        entity=given["entity"],
        name_as_published=given["name_as_published"],
        listed=dates["listed"] or UNSTATED,
        uid=given["uid"],
        ban_from=dates["ban_from"],
        divest_until=dates["divest_until"],
        parent=given["parent"],
        beside=given["beside"],
        note=given["note"],
    )


def _cell(value: object) -> str:
    return "" if value is None or value == UNSTATED else str(value)


def with_listing_dates(edition: Edition, before: Edition | None) -> Edition:
    """Return an edition whose unstated listing dates are settled.

    A name that was on the edition before keeps its day; any other is listed from this edition's
    date.
    """
    known = before.roster if before else {}
    rows = tuple(
        replace(row, listed=known.get(row.entity, edition.date)) if row.listed == UNSTATED else row
        for row in edition.rows
    )
    return replace(edition, rows=rows)


def write_roster(rows: Iterable[RosterRow]) -> str:
    """Return rows as CSV text in the project's columns, ordered by entity and name."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in sorted(rows, key=lambda r: (r.entity, r.name_as_published, r.uid)):
        writer.writerow([_cell(getattr(row, column)) for column in COLUMNS])
    return out.getvalue()
