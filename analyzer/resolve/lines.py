"""The distinct securities of a holdings frame: what each line says about its issuer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from analyzer.core.frames import group_rows
from analyzer.core.matching import MatchKind
from analyzer.resolve.codes import SCHEMES, board_ticker, clean_code, clean_mic
from analyzer.resolve.names import ParsedName, parse
from analyzer.resolve.tables import countries

KEY = (
    "name",
    "isin",
    "cusip",
    "sedol",
    "figi",
    "lei",
    "ticker",
    "mic",
    "board",
    "country",
    "instrument",
    "underlying",
)
_SCHEMES = tuple((kind, kind.value) for kind in SCHEMES)
DERIVATIVES = frozenset({"option", "future", "otc-swap", "warrant"})
FUNDS = frozenset({"etf", "mutual-fund", "private-fund"})


@dataclass(frozen=True, slots=True)
class Line:
    """One distinct security as a file describes it, its codes checked and spelled one way."""

    name: str
    codes: tuple[tuple[MatchKind, str], ...]
    ticker: str | None
    mic: str | None
    country: str | None
    instrument: str
    parsed: ParsedName
    row: int = 0
    file: str | None = None

    @property
    def isin(self) -> str | None:
        """The line's valid ISIN."""
        return next((code for kind, code in self.codes if kind is MatchKind.ISIN), None)


def line_from(cells: Mapping[str, str], row: int = 0, file: str | None = None) -> Line:
    """Read one line from the text of its columns; a column that is absent is missing."""

    def cell(name: str) -> str:
        return cells.get(name, "")

    codes = tuple(
        (kind, code)
        for kind, column in _SCHEMES
        if column in cells and (code := clean_code(kind, cells[column])) is not None
    )
    instrument = cell("instrument")
    derivative = instrument in DERIVATIVES
    name = (cell("underlying") if derivative else "") or cell("name")
    return Line(
        name=name,
        codes=codes,
        ticker=cell("ticker") or None,
        mic=clean_mic(cell("mic"), cell("board")) if "mic" in cells or "board" in cells else None,
        country=countries().get(cells["country"].strip().casefold())
        if "country" in cells
        else None,
        instrument=instrument,
        parsed=parse(name, derivative),
        row=row,
        file=file,
    )


def security_key(line: Line) -> str:
    """Return the name under which judgements about the line are kept.

    The strongest identifier of the line itself (an LEI names only its issuer), else ticker with
    board, else the name as read.
    """
    for kind, code in line.codes:
        if kind is not MatchKind.LEI:
            return f"{kind.value}:{code}"
    key = board_ticker(line.ticker, line.mic)
    return f"ticker:{key[1]}@{key[0]}" if key else f"name:{line.parsed.strict}"


def _codes_of(column: pd.Series) -> tuple[npt.NDArray[np.integer[Any]], list[str]]:
    """Return integer codes, -1 where missing, and the text of each; the last is that of -1."""
    series = column if isinstance(column.dtype, pd.CategoricalDtype) else column.astype("category")
    return series.cat.codes.to_numpy(), [*map(str, series.cat.categories.tolist()), ""]


def distinct_lines(frame: pd.DataFrame) -> tuple[npt.NDArray[np.int32], list[Line]]:
    """Return, for each row, which distinct line it is, and the lines in order of appearance.

    Columns of `KEY` that the frame lacks count as missing everywhere.
    """
    rows = len(frame)
    stated = [name for name in KEY if name in frame.columns and frame[name].notna().any()]
    columns = {name: _codes_of(frame[name]) for name in stated}
    combined, first = group_rows([(c, len(texts) - 1) for c, texts in columns.values()], rows)
    files = _codes_of(frame["input"].iloc[first]) if "input" in frame.columns else None
    numbers = frame["row"].to_numpy() if "row" in frame.columns else np.arange(1, rows + 1)
    cells_of = [[texts[c] for c in codes[first].tolist()] for codes, texts in columns.values()]
    lines = []
    for at, row in enumerate(numbers[first].tolist()):
        cells = {name: texts[at] for name, texts in zip(stated, cells_of, strict=True)}
        file = files[1][files[0][at]] if files else None
        lines.append(line_from(cells, row, file))
    return combined.astype(np.int32), lines
