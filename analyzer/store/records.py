"""What goes into the store and comes out of it, beside judgements (`core.matching`)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The holdings of one portfolio as read from one file.

    Parameters
    ----------
    portfolio
        The portfolio's name.
    date
        Holdings date, if the file states one.
    file, file_sha256
        The input and its hash.
    rows
        Holding rows.
    content
        The rows themselves, in a form the caller chooses (parquet bytes, the file itself).
    """

    portfolio: str
    date: date | None
    file: str
    file_sha256: str
    rows: int
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Run:
    """One analysis: the question, the manifest that reproduces it, the results.

    Parameters
    ----------
    portfolio
        Portfolio analysed, or None for several.
    as_of, known
        The two dates of the question, as the manifest prints them.
    manifest
        JSON-serialisable: versions, inputs, parameters, editions.
    results
        The JSON document, encoded.
    """

    portfolio: str | None
    as_of: str
    known: str
    manifest: Mapping[str, Any]
    results: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class EditionReference:
    """An imported list edition: where its file lies and what it was when imported.

    Parameters
    ----------
    list_id, edition
        The list and the date of the edition (ISO 8601).
    location
        Path or address of the file, as given.
    file_sha256, rows
        Hash and roster rows at import.
    """

    list_id: str
    edition: str
    location: str
    file_sha256: str
    rows: int


@dataclass(frozen=True, slots=True)
class Saved:
    """Something in the store: its number, and who saved it when (UTC)."""

    id: int
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SavedSnapshot(Saved):
    """A snapshot without its content."""

    portfolio: str
    date: date | None
    file: str
    file_sha256: str
    rows: int


@dataclass(frozen=True, slots=True)
class SavedRun(Saved):
    """A run without its results."""

    portfolio: str | None
    as_of: str
    known: str
    manifest: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SavedEdition(Saved):
    """A reference to an imported edition."""

    reference: EditionReference
