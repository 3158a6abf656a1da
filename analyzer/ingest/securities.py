"""Identifier columns: shape and check digit, once per distinct value."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from analyzer.core.identifiers import (
    cusip_check_digit,
    valid_cusip,
    valid_figi,
    valid_isin,
    valid_lei,
    valid_sedol,
)

_VALID: dict[str, Callable[[str], bool]] = {
    "isin": valid_isin,
    "cusip": valid_cusip,
    "sedol": valid_sedol,
    "figi": valid_figi,
    "lei": valid_lei,
}
_WIDTH = {"cusip": 9, "sedol": 7}
_PLACEHOLDER = re.compile(
    r"^(0+|X+|9{6,}|N/?A.*|NONE|TBD|UNKNOWN|UNASSIGNED|NOTAVAILABLE|VARIOUS|CASH.*|"
    r"NO ?(CUSIP|ISIN))$"
)


@dataclass(frozen=True, slots=True)
class Code:
    """An identifier, read.

    Parameters
    ----------
    kind, value
        Which identifier it is, and its valid form; `value` is None when it is not valid.
    problem
        Why not, in words; None for a placeholder such as ``000000000``.
    completed, restored
        An 8-character CUSIP got its check digit; zeros lost to a spreadsheet were put back.
    """

    kind: str
    value: str | None
    problem: str | None = None
    completed: bool = False
    restored: bool = False


def read_code(kind: str, printed: str) -> Code:
    """Read one identifier of a stated kind.

    Parameters
    ----------
    kind
        ``isin``, ``cusip``, ``sedol``, ``figi`` or ``lei``.
    printed
        The cell.
    """
    text = re.sub(r"[\s'\"\-]", "", printed).upper().lstrip("=")
    if _PLACEHOLDER.match(text):
        return Code(kind, None)
    valid = _VALID[kind]
    if valid(text):
        return Code(kind, text)
    width = _WIDTH.get(kind)
    if width and text.isdigit() and len(text) < width and valid(text.zfill(width)):
        return Code(kind, text.zfill(width), restored=True)
    if kind == "cusip" and len(text) == 8 and any(c.isdigit() for c in text):
        digit = cusip_check_digit(text)
        if digit is not None:
            return Code(kind, text + digit, completed=True)
    return Code(kind, None, _problem(kind, printed, text))


def _problem(kind: str, printed: str, text: str) -> str:
    width = {"isin": 12, "cusip": 9, "sedol": 7, "figi": 12, "lei": 20}[kind]
    label = kind.upper()
    if re.fullmatch(r"\d(\.\d+)?E\+?\d+", text):
        return f"{label} {printed!r} was turned into a number by a spreadsheet"
    if len(text) != width:
        return f"{label} {printed!r} has {len(text)} characters, not {width}"
    return f"{label} {printed!r} fails its check digit"


def recognise(printed: str) -> Code | None:
    """Read an identifier of unstated kind by its shape and check digit.

    Returns None when it has the shape of none; a code of the right shape and a wrong check
    digit comes back as an ISIN or a CUSIP with its problem.
    """
    text = re.sub(r"[\s\-]", "", printed).upper()
    for kind, valid in _VALID.items():
        if valid(text):
            return Code(kind, text)
    if len(text) == 8 and text[:3].isalnum() and sum(c.isdigit() for c in text) >= 5:
        return read_code("cusip", text)
    if re.fullmatch(r"[A-Z]{2}[A-Z0-9]{9}\d", text):
        return read_code("isin", printed)
    if re.fullmatch(r"[A-Z0-9]{8}\d", text) and sum(c.isdigit() for c in text) >= 5:
        return read_code("cusip", printed)
    return None
