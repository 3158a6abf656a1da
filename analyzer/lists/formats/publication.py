"""What every reader of a published format returns: entries, their tags, and what was odd."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache

from analyzer.core.entities import EntityName
from analyzer.core.errors import InputError
from analyzer.core.findings import Finding, Severity

Files = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as its publisher prints it.

    Parameters
    ----------
    uid
        The publisher's key; empty where it has none.
    kind
        `entity`, `individual`, `vessel` or `aircraft`.
    tags
        Programs, list names and data sources printed with the entry: what lists select by.
    names
        Other names, the primary one left out.
    country
        ISO 3166 alpha-2 where the format lets it be known.
    listed, ban_from, divest_until
        Dates the publisher states.
    codes
        Scheme (`isin`, `ticker`, `cusip`, `sedol`, `figi`) and value, as printed.
    parent, beside
        Printed name of the entry this one is listed under, or printed as another name of.
    until
        Last day of the listing where the format carries an end.
    acts
        Acts a user's own list bars; empty for all.
    dates
        For a tag, the day the entry was first published under it, where the format tells.
    line
        Physical line or 1-based record in the file.
    """

    uid: str
    name: str
    kind: str = "entity"
    tags: frozenset[str] = frozenset()
    names: tuple[EntityName, ...] = ()
    country: str = ""
    lei: str = ""
    uscc: str = ""
    listed: date | None = None
    ban_from: date | None = None
    divest_until: date | None = None
    codes: tuple[tuple[str, str], ...] = ()
    parent: str = ""
    beside: str = ""
    note: str = ""
    until: date | None = None
    acts: tuple[str, ...] = ()
    dates: tuple[tuple[str, date], ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class Publication:
    """One file, or set of files, read whole.

    Parameters
    ----------
    format
        Name of the reader.
    scope
        What body of lists the file claims to hold whole: `ofac-consolidated`, `ofac-sdn`, `csl`,
        `bis`, `dod-1260h`, `opensanctions`, `plain`.
    date
        The edition date the file states, if it states one.
    entries
        In file order.
    removed
        Names the file says have left.
    findings
        What was not understood.
    """

    format: str
    scope: str
    date: date | None
    entries: tuple[Entry, ...]
    removed: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass
class Oddities:
    """Collects what a reader does not understand, one finding for each kind of it."""

    file: str
    seen: Counter[tuple[str, str]] = field(default_factory=Counter)
    first: dict[tuple[str, str], int] = field(default_factory=dict)

    def note(self, code: str, what: str, line: int = 0) -> None:
        """Record one occurrence."""
        self.seen[code, what] += 1
        self.first.setdefault((code, what), line)

    def findings(self) -> tuple[Finding, ...]:
        """Return one finding for each distinct oddity, with how often it occurs."""
        return tuple(
            Finding(
                Severity.WARNING,
                code,
                what if count == 1 else f"{what} ({count} times)",
                file=self.file,
                row=self.first[code, what] or None,
            )
            for (code, what), count in self.seen.items()
        )


def decoded(name: str, raw: bytes) -> str:
    """Return UTF-8 text, with or without a byte order mark.

    Raises
    ------
    InputError
        If the bytes are not UTF-8.
    """
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{name}: not UTF-8 text (byte {error.start})") from None


def windows_text(name: str, raw: bytes) -> str:
    """Return text in Windows-1252, which older exports and spreadsheets write.

    Raises
    ------
    InputError
        If the bytes are not that either.
    """
    try:
        return raw.decode("cp1252")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{name}: neither UTF-8 nor Windows-1252 text (byte {error.start})"
        ) from None


def surplus(given: Iterable[str], known: Iterable[str]) -> list[str]:
    """Return what is not known, in order."""
    known = set(known)
    return [word for word in given if word not in known]


def csv_rows(
    raw: bytes, required: Iterable[str], columns: Iterable[str], odd: Oddities
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the physical line and the cells by column of each row under a header of fixed names.

    Columns beyond the known ones are noted as W702.

    Raises
    ------
    InputError
        If a required column is missing, a row has another width, or the file breaks off.
    """
    reader = csv.reader(io.StringIO(decoded(odd.file, raw), newline=""), strict=True)
    try:
        header = next(reader, [])
        missing = surplus(required, header)
        if missing:
            raise InputError(f"{odd.file}:1: no column {', '.join(missing)}")
        for word in surplus(header, columns):
            odd.note("W702", f"column {word!r} is not understood", 1)
        for cells in reader:
            if len(cells) != len(header):
                raise InputError(
                    f"{odd.file}:{reader.line_num}: {len(cells)} cells where {len(header)} are"
                    " expected; the file was edited or is cut off"
                )
            yield reader.line_num, dict(zip(header, cells, strict=True))
    except csv.Error as error:
        raise InputError(f"{odd.file}:{reader.line_num}: {error}; the file is cut off") from None


_DATE_FORMATS = ("%Y-%m-%d", "%d %b %Y", "%m/%d/%Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y")


@lru_cache(maxsize=4096)
def read_date(text: str) -> date | None:
    """Return the date in one of the spellings publishers use; None when it is none of them."""
    text = text.strip()
    if not text:
        return None
    for pattern in _DATE_FORMATS:
        try:
            return datetime.strptime(text, pattern).date()  # noqa: DTZ007 (a calendar day)
        except ValueError:
            continue
    return None
