"""Cells of a scenario file: numbers, days and words, each problem noted with its line."""

from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from analyzer.core.errors import AnalyzerError
from analyzer.core.yamltext import LINE

W = TypeVar("W", bound=StrEnum)


class Cells:
    """Collects problems while it reads, so that a user sees them all.

    Parameters
    ----------
    keys
        Keys that a section may have, by section.
    """

    def __init__(self, name: str, keys: Mapping[str, frozenset[str]]) -> None:
        self.name = name
        self.keys = keys
        self.problems: list[str] = []
        self.stated: set[str] = set()

    def say(self, row: Mapping[str, Any], words: str) -> None:
        """Note a problem of a row."""
        self.problems.append(f"{self.name}:{row.get(LINE, 0)}: {words}")

    def limit(self, row: Mapping[str, Any], key: str, low: float, high: float) -> float | None:
        """Return a limit of the replacement within bounds, None where it is not stated."""
        if row.get(key) is None:
            return None
        return self.number(row, "replacement", key, high, low, high)

    def section(self, body: dict[str, Any], key: str) -> dict[str, Any]:
        """Return a part of the file that must be a mapping; empty when absent."""
        row = body.get(key)
        if row is None:
            return {}
        if not isinstance(row, dict):
            self.say(body, f"{key} must be a mapping")
            return {}
        return row

    def known(self, row: Mapping[str, Any], section: str) -> None:
        """Note every key that the section does not have."""
        for key in row:
            if key != LINE and key not in self.keys[section]:
                place = f" in {section}" if section else ""
                self.say(
                    row,
                    f"unknown key {key!r}{place}; known: {', '.join(sorted(self.keys[section]))}",
                )

    def word(self, row: Mapping[str, Any], key: str, kind: type[W], default: W) -> W:
        """Return a word of a vocabulary."""
        if row.get(key) is None:
            return default
        try:
            return kind(str(row[key]))
        except ValueError:
            known = ", ".join(member.value for member in kind)
            self.say(row, f"{key} {row[key]!r} is not one of {known}")
            return default

    def guard(self, row: Mapping[str, Any], key: str, read: Callable[[], object]) -> None:
        """Note what `read` refuses."""
        try:
            read()
        except AnalyzerError as error:
            self.say(row, f"{key}: {error}")

    def number(
        self,
        row: Mapping[str, Any],
        section: str,
        key: str,
        default: float,
        low: float,
        high: float,
    ) -> float:
        """Return a number within bounds; a problem is noted and the default returned."""
        if key not in row:
            return default
        self.stated.add(f"{section}.{key}")
        try:
            value = float(row[key])
        except (TypeError, ValueError):
            self.say(row, f"{section}.{key} {row[key]!r} is not a number")
            return default
        if not low <= value <= high:
            self.say(row, f"{section}.{key} {value:g} is not between {low:g} and {high:g}")
            return default
        return value

    def numbers(self, row: Mapping[str, Any], section: str, key: str) -> dict[str, float]:
        """Return positive numbers by name; one bare number stands for all names."""
        given = row.get(key) or {}
        if not isinstance(given, dict):
            given = {"*": given}
        found = {}
        for name in given:
            if name != LINE:
                found[str(name)] = self.number(given, f"{section}.{key}", name, 0.0, 1e-12, 1e15)
        return found

    def day(self, row: Mapping[str, Any], key: str) -> date | None:
        """Return a day, or None."""
        if row.get(key) is None:
            return None
        try:
            return date.fromisoformat(str(row[key]))
        except ValueError:
            self.say(row, f"{key} {row[key]!r} is not a date")
            return None
