"""Text that is safe in a spreadsheet."""

from typing import Any

# What spreadsheet programs take for the start of a formula, full-width forms included (CWE-1236).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def plain_cell(value: Any) -> Any:
    """Return a cell that no spreadsheet program will run; numbers pass unchanged.

    Text that would read as a formula is preceded by an apostrophe. Text that is itself a number
    ("-12.50") is left alone, so that negative values stay values.
    """
    if not isinstance(value, str) or not value.startswith(_FORMULA):
        return value
    try:
        float(value)
    except ValueError:
        return f"'{value}"
    return value
