"""The mapped columns of a table, parsed: numbers as arrays, text as codes of distinct values."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from analyzer.core.frames import group_rows, of_codes
from analyzer.ingest.headers import NUMERIC, Layout
from analyzer.ingest.model import BoolArray, FloatArray, IntArray, Log, Table
from analyzer.ingest.values import (
    LIMIT,
    Numbers,
    decimal_mark,
    parse_numbers,
    recode,
    sign_currency,
    text_codes,
)

# direction overrides; Latin letters beside Cyrillic or Greek ones that look the same
_DISGUISE = re.compile(
    r"[\u202a-\u202e\u2066-\u2069]|[A-Za-z][\u0370-\u03ff\u0400-\u04ff]|"
    r"[\u0370-\u03ff\u0400-\u04ff][A-Za-z]"
)


@dataclass
class Text:
    """A text column: code per row (-1 for nothing) and the distinct values."""

    codes: IntArray
    labels: list[str]

    @property
    def filled(self) -> BoolArray:
        """Rows that hold something."""
        return self.codes >= 0

    def at(self, row: int) -> str | None:
        """Return the text of a row."""
        code = self.codes[row]
        return self.labels[code] if code >= 0 else None

    def take(self, rows: IntArray) -> list[str | None]:
        """Return the text of some rows."""
        labels = [*self.labels, None]
        return [labels[code] for code in self.codes[rows].tolist()]

    def map(self, function: Callable[[str], str | None]) -> "Text":
        """Return the column with `function` applied once per distinct value."""
        return Text(*recode(self.codes, self.labels, function))

    def where(self, test: Callable[[str], bool]) -> BoolArray:
        """Return the rows whose text passes a test, made once per distinct value."""
        table = np.array([*(test(v) for v in self.labels), False], dtype=bool)
        if table[:-1].all():
            return self.filled
        return of_codes(table, self.codes) if table.any() else np.zeros(len(self.codes), dtype=bool)

    def keep(self, rows: BoolArray) -> "Text":
        """Return the column cut to some rows."""
        return Text(self.codes[rows], self.labels)


@dataclass
class Cells:
    """Parsed columns of one table.

    Parameters
    ----------
    size
        Number of records.
    text, numbers
        Columns by field.
    mark
        Decimal mark of the file.
    value_sign
        Currency printed as a sign in every value, other than a bare dollar.
    """

    size: int
    text: dict[str, Text] = field(default_factory=dict)
    numbers: dict[str, Numbers] = field(default_factory=dict)
    mark: str = "."
    value_sign: str | None = None

    @cached_property
    def _nothing(self) -> IntArray:
        """Codes of a column the table lacks, made once; nobody writes to codes."""
        return np.full(self.size, -1, dtype="int32")

    @cached_property
    def _unknown(self) -> FloatArray:
        return np.full(self.size, np.nan)

    def column(self, name: str) -> Text:
        """Return a text column; an empty one when the table lacks it."""
        found = self.text.get(name)
        return found if found is not None else Text(self._nothing, [])

    def number(self, name: str) -> FloatArray:
        """Return a number column; all NaN when the table lacks it."""
        found = self.numbers.get(name)
        return found.amounts if found is not None else self._unknown

    def keep(self, rows: BoolArray) -> "Cells":
        """Return the cells cut to some rows."""
        if rows.all():
            return self
        numbers = {
            n: Numbers(v.amounts[rows], v.bad[rows], v.percent[rows])
            for n, v in self.numbers.items()
        }
        text = {n: t.keep(rows) for n, t in self.text.items()}
        return Cells(int(rows.sum()), text, numbers, self.mark, self.value_sign)


def parse_cells(table: Table, layout: Layout, log: Log, mark: str | None = None) -> Cells:
    """Parse every mapped column.

    The decimal mark is voted on by all number columns of the file; a column that proves the
    other mark by itself is read with its own. A mark the user states holds for every column.
    """
    cells = Cells(len(table.rows))
    samples: dict[str, list[str]] = {}
    for name, position in layout.fields.items():
        column = table.columns[position]
        if name not in NUMERIC:
            cells.text[name] = Text(*text_codes(column))
        elif str(column.type) in {"string", "large_string"}:
            samples[name] = _sample(column)
    cells.value_sign = sign_currency(samples.get("market_value", ()))
    everything = [t for sample in samples.values() for t in sample]
    voted = mark or decimal_mark(everything)
    cells.mark = voted or "."
    if voted is None and any(_ambiguous(t) for t in everything):
        log.caution(
            "W213",
            "no number proves the decimal mark: a point was read as decimal mark, a comma as "
            "grouping thousands",
        )
    for name, position in layout.fields.items():
        if name in NUMERIC:
            own = mark or decimal_mark(samples.get(name, ()))
            cells.numbers[name] = parse_numbers(table.columns[position], own or cells.mark)
    if "issuer" in cells.text:
        cells.text["name"] = _called(cells.column("name"), cells.text["issuer"])
    return cells


def _called(name: Text, issuer: Text) -> Text:
    """Return names that say both what the security and what its issuer is called.

    A bond is printed under its coupon, its issuer in a column of its own; screened under either
    name alone a designated issuer would be missed.
    """
    codes, first = pair_codes(name.codes, issuer.codes)
    texts = list(map(_both, name.take(first), issuer.take(first)))
    labels = list(dict.fromkeys(t for t in texts if t is not None))
    place = {t: i for i, t in enumerate(labels)}
    table = np.array([-1 if t is None else place[t] for t in texts], dtype="int32")
    return Text(of_codes(table, codes), labels)


def _both(name: str | None, issuer: str | None) -> str | None:
    if name is None or issuer is None:
        return name or issuer
    one, other = name.casefold(), issuer.casefold()
    if other in one:
        return name
    return issuer if one in other else f"{issuer} {name}"


def _sample(column: Any, size: int = 2000) -> list[str]:
    length = len(column)
    step = max(1, length // size)
    picked = column[::step] if step > 1 else column
    return [t for t in picked.to_pylist() if t]


def _ambiguous(text: str) -> bool:
    head, mark, tail = text.strip().partition("," if "," in text else ".")
    return bool(mark) and len(tail) == 3 and tail.isdigit() and head.lstrip("-").isdigit()


def report_numbers(cells: Cells, table: Table, layout: Layout, log: Log, records: IntArray) -> None:
    """Report unreadable and impossible numbers of the rows kept; their cells stay empty.

    Parameters
    ----------
    cells
        Cells of the rows kept.
    records
        Position of each of these rows in the table.
    """
    for name, column in list(cells.numbers.items()):
        heading = layout.headings[layout.fields[name]].printed
        for row in np.flatnonzero(column.bad):
            record = int(records[row])
            printed = table.columns[layout.fields[name]][record].as_py()
            what = "a formula" if str(printed).lstrip().startswith("=") else "no number"
            log.problem("E102", f"{printed!r} is {what}", int(table.rows[record]), heading)
        wrong = (column.amounts > LIMIT) | (column.amounts < -LIMIT)
        for row in np.flatnonzero(wrong):
            place = int(table.rows[records[row]])
            log.problem("E103", f"{column.amounts[row]} is impossible", place, heading)
        if wrong.any():
            cells.numbers[name] = replace(column, amounts=np.where(wrong, np.nan, column.amounts))


def report_formulas(cells: Cells, rows: IntArray, layout: Layout, log: Log) -> None:
    """Report text that a spreadsheet would run as a formula; it stays text."""
    for name, column in cells.text.items():
        live = np.flatnonzero(column.where(lambda t: t.startswith(("=", "@"))))
        if len(live):
            first, heading = int(live[0]), layout.headings[layout.fields[name]].printed
            more = f" ({len(live)} rows)" if len(live) > 1 else ""
            log.caution(
                "W209",
                f"{column.at(first)!r} reads like a formula{more}; kept as text",
                int(rows[first]),
                heading,
            )


def report_disguised(cells: Cells, rows: IntArray, layout: Layout, log: Log) -> None:
    """Report names that do not read as they are stored: no list would find them."""
    for name in ("name", "underlying", "counterparty"):
        column = cells.column(name)
        hit = np.flatnonzero(column.where(lambda t: bool(_DISGUISE.search(t))))
        if len(hit):
            first = int(hit[0])
            heading = layout.heading(name)
            more = f" ({len(hit)} rows)" if len(hit) > 1 else ""
            log.caution(
                "W218",
                f"{column.at(first)!a} holds marks that turn its direction, or mixes letters "
                f"of two alphabets in one word{more}; check it by eye",
                int(rows[first]),
                heading.printed if heading else "",
            )


def pair_codes(*columns: IntArray) -> tuple[IntArray, IntArray]:
    """Return one code per distinct combination of codes, and a row that shows each."""
    return group_rows([(c, int(c.max(initial=-1)) + 1) for c in columns], len(columns[0]))
