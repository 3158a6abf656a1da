"""Reading the small tables that ship with this package."""

import csv
from datetime import date
from importlib.resources import files

from analyzer.core.errors import DataError


def rows(name: str, needed: tuple[str, ...]) -> list[dict[str, str]]:
    """Read a bundled CSV file; every row must fill the `needed` columns.

    Raises
    ------
    DataError
        If a needed cell is empty; names file and line.
    """
    text = files("analyzer.scenarios").joinpath(name).read_text(encoding="utf-8")
    found = list(csv.DictReader(text.splitlines()))
    for number, row in enumerate(found, start=2):
        for column in needed:
            if not (row.get(column) or "").strip():
                raise DataError(f"{name}:{number}: {column} is empty")
    return found


def day(text: str) -> date | None:
    """Read an ISO date; empty means open."""
    return date.fromisoformat(text) if text else None
