"""What reading a holdings file returns, and the intermediate table every format is read into."""

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from analyzer.core.findings import Finding, Severity

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.integer[Any]]
BoolArray = npt.NDArray[np.bool_]

NOTE_LENGTH = 200
CUT_OFF = "the row is cut off"


@dataclass(frozen=True, slots=True)
class RowNote:
    """A row that is no holding, or could not be used as one.

    Parameters
    ----------
    row, sheet
        Physical line (CSV), sheet row (XLSX) or 1-based record (XML, JSON, parquet).
    why
        The reason, in words.
    text
        The row as printed, cut after 200 characters.
    """

    row: int
    sheet: str | None
    why: str
    text: str


@dataclass(frozen=True)
class Ingested:
    """One holdings file, read; every row of it is a holding, skipped or rejected.

    Parameters
    ----------
    path, sha256
        Name shown to people, and the digest of the bytes read.
    layout
        Recognised layout, e.g. ``ishares-csv``, ``generic-csv`` or ``sec-nport-xml``.
    mapping
        Canonical field to the column heading as printed.
    guessed
        Fields found by the content of their column rather than by its heading.
    frame
        HOLDINGS, one row per holding row; cash lines are instrument ``cash``.
    rows_read, rows_holding, rows_skipped, rows_rejected
        ``rows_read`` is the sum of the other three.
    date
        Holdings date, where the file states one.
    stated_total
        Total market value the file itself prints, in the unit of its values.
    """

    path: str
    sha256: str
    layout: str
    mapping: Mapping[str, str]
    guessed: tuple[str, ...]
    frame: pd.DataFrame
    findings: tuple[Finding, ...]
    rows_read: int
    rows_holding: int
    rows_skipped: int
    rows_rejected: int
    skipped: tuple[RowNote, ...]
    rejected: tuple[RowNote, ...]
    date: datetime.date | None
    stated_total: float | None


@dataclass
class Log:
    """Findings of one file, collected while it is read."""

    file: str
    findings: list[Finding] = field(default_factory=list)

    def add(
        self, level: Severity, code: str, message: str, row: int | None = None, column: str = ""
    ) -> None:
        """Record one finding."""
        self.findings.append(Finding(level, code, message, self.file, row, column or None))

    def problem(self, code: str, message: str, row: int | None = None, column: str = "") -> None:
        """Record an error: a cell or a row could not be used."""
        self.add(Severity.ERROR, code, message, row, column)

    def caution(self, code: str, message: str, row: int | None = None, column: str = "") -> None:
        """Record what was used but the reader must know."""
        self.add(Severity.WARNING, code, message, row, column)

    def inferred(self, code: str, message: str, row: int | None = None, column: str = "") -> None:
        """Record what was inferred."""
        self.add(Severity.INFO, code, message, row, column)


@dataclass
class Table:
    """Body of one sheet or file: columns as printed, and the physical row of each record.

    Parameters
    ----------
    headings
        Column headings as printed.
    columns
        Arrow array per heading: ``string``, dictionary of ``string``, or ``float64``; None for
        a column nobody asked for.
    rows
        Physical row of each record.
    skipped, rejected
        Rows already accounted for: preamble, heading, blank lines; rows that do not fit.
    preamble
        Cells of the rows above the heading.
    text_of
        Text of the record at a position, for notes.
    ragged
        Positions of records with more cells than the heading.
    cut_off
        True when the last record was not finished.
    """

    headings: tuple[str, ...]
    columns: list[Any]
    rows: IntArray
    text_of: Callable[[int], str]
    sheet: str | None = None
    skipped: list[RowNote] = field(default_factory=list)
    rejected: list[RowNote] = field(default_factory=list)
    preamble: list[list[str]] = field(default_factory=list)
    ragged: IntArray = field(default_factory=lambda: np.empty(0, dtype="int64"))
    cut_off: bool = False


def note_text(text: str) -> str:
    """Return a row's text on one line, cut to the length notes keep."""
    flat = " ".join(text.split())
    return flat if len(flat) <= NOTE_LENGTH else flat[: NOTE_LENGTH - 1] + "…"
