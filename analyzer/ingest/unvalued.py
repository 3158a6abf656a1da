"""Rows that name a security and state no amount: holdings without a value, not headings."""

import re

import numpy as np

from analyzer.ingest.cells import Cells
from analyzer.ingest.instruments import instrument_word
from analyzer.ingest.model import BoolArray, IntArray

# how companies end their names and custodians their lines; headings of sections do neither
_COMPANY = re.compile(
    r"\b(?:inc|corp|corporation|incorporated|ltd|limited|plc|llc|co|company|ag|kgaa|n\.?v|s\.?a|"
    r"s\.?p\.?a|oyj|asa|a/s|bhd|tbk|pjsc|k\.?k|adr|ads|gdr|class [a-c]|cl [a-c])\.?$",
    re.IGNORECASE,
)
_NOTICE = re.compile(
    r"[:©]|\b(?:source|prepared|provided|managed|issued|copyright|by)\b", re.IGNORECASE
)


def without_amounts(
    cells: Cells, rows: IntArray, holding: BoolArray, other: BoolArray
) -> BoolArray:
    """Return the rows that are holdings although no amount of theirs can be read.

    A name like a company's, or a name with any other cell, that follows holdings without a blank
    row; a name like a company's with any other cell, wherever it stands. An asset class, a name in
    capitals alone or before a colon, and a name alone that is like no company's, head a section.

    Parameters
    ----------
    rows
        Physical row of each record.
    holding
        Rows known to be holdings.
    other
        Rows known to be something else: totals, repeated headings, prose, lots.
    """
    named = cells.column("name")
    maybe = named.filled & ~holding & ~other
    if not maybe.any() or not holding.any():
        return np.zeros(cells.size, dtype=bool)
    company = named.where(lambda t: bool(_COMPANY.search(t)) and not _NOTICE.search(t))
    heading = named.where(_heads_a_section)
    more = np.zeros(cells.size, dtype=bool)
    for name in cells.text.keys() - {"name", "sector"}:  # tables of sector totals stand below
        more |= cells.text[name].filled
    maybe &= company | (more & ~heading)
    gap = np.diff(rows, prepend=rows[0]) > 1  # a blank row before this one
    after = _follows(~(holding | maybe) | gap, holding)
    found: BoolArray = maybe & (after | (company & more))
    return found


def _heads_a_section(text: str) -> bool:
    return text.isupper() or text.endswith(":") or instrument_word(text) is not None


def _follows(apart: BoolArray, holding: BoolArray) -> BoolArray:
    """Return the records that follow a holding of their run; `apart` marks where runs begin."""
    places = np.arange(len(apart))
    start = np.maximum.accumulate(np.where(apart, places, 0))
    last = np.maximum.accumulate(np.where(holding, places, -1))
    follows: BoolArray = last >= start
    return follows
