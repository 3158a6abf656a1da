"""Bringing holdings in: a template, lines pasted, rows that could not be used, a total to check."""

import csv
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analyzer.core.errors import InputError
from analyzer.exposure import Analysis
from analyzer.ingest import Ingested
from analyzer.report.text import plain_cell
from analyzer.workspace.beside import File

_TEMPLATE = """\
Portfolio,Name,ISIN,Ticker,Exchange,Country,Asset class,Quantity,Price,Market value,Currency
Growth,CHINA MOBILE LTD,HK0941009539,941,XHKG,HK,Equity,10000,50.00,500000.00,HKD
Growth,APPLE INC,US0378331005,AAPL,XNAS,US,Equity,100,120.00,12000.00,USD
"""
TOLERANCE = 0.001  # of the stated total: rounding of prices and of rates
_MOST_PASTED = 5_000_000  # characters


def template() -> bytes:
    """Return a holdings file to fill in: headings that need no mapping, and two example lines."""
    return _TEMPLATE.encode("utf-8-sig")


def pasted(text: str, number: int) -> File:
    """Return lines pasted from a spreadsheet or a message as a holdings file.

    Parameters
    ----------
    number
        Which paste it is, for the name.

    Raises
    ------
    InputError
        When there is no heading row with lines below it.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) < 2:
        raise InputError("paste a row of headings and at least one line below it")
    if len(text) > _MOST_PASTED:
        raise InputError("too much for pasting; upload it as a file")
    return f"pasted_{number}.csv", ("\n".join(lines) + "\n").encode()


def unused_rows(item: Ingested) -> bytes:
    """Return the rows of a file that were rejected or skipped, as CSV with the reason of each."""
    rows = [
        (what, note.row, note.sheet or "", note.why, note.text)
        for what, notes in (("rejected", item.rejected), ("skipped", item.skipped))
        for note in notes
    ]
    return csv_bytes(("What", "Row", "Sheet", "Why", "Text"), rows)


def csv_bytes(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return a table as CSV that a spreadsheet opens; text that looks like a formula is defused."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(headings)
    writer.writerows([plain_cell(value) for value in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


@dataclass(frozen=True, slots=True)
class TotalCheck:
    """What was read against a total the user states.

    Parameters
    ----------
    stated, read
        In base currency; `read` is None when no line has a value.
    difference
        read - stated; None without `read`.
    share
        Difference as a fraction of what is stated; None without one.
    agrees
        Within a thousandth, and no line is without a value.
    unvalued
        Lines without a value.
    """

    stated: float
    read: float | None
    difference: float | None
    share: float | None
    agrees: bool
    unvalued: int


def check_total(analysis: Analysis, stated: float) -> TotalCheck:
    """Compare the value of all lines with a net value the user knows from elsewhere.

    Parameters
    ----------
    stated
        Base currency.
    """
    read, unvalued = analysis.totals.market_value, analysis.totals.unvalued_rows
    if read is None or math.isnan(read):
        return TotalCheck(stated, None, None, None, False, unvalued)
    difference = read - stated
    share = difference / abs(stated) if stated else None
    agrees = share is not None and abs(share) <= TOLERANCE and not unvalued
    return TotalCheck(stated, read, difference, share, agrees, unvalued)
