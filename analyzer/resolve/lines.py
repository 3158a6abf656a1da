"""The distinct securities of a holdings frame: what each line says about its issuer."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

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


class Line(NamedTuple):
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
    numbers = frame["row"].iloc[first].tolist() if "row" in frame.columns else (first + 1).tolist()
    files: list[str | None] = [None] * len(first)
    if "input" in frame.columns:
        files = [*_texts(*_codes_of(frame["input"].iloc[first]))]
    said = {name: _texts(codes[first], texts) for name, (codes, texts) in columns.items()}
    return combined.astype(np.int32), _lines(said, numbers, files)


def _texts(codes: npt.NDArray[np.integer[Any]], texts: Sequence[str]) -> list[str]:
    return [texts[code] for code in codes.tolist()]


def _lines(
    said: Mapping[str, list[str]], rows: list[int], files: Sequence[str | None]
) -> list[Line]:
    """Read lines from the texts of their columns; a column that is absent is missing."""
    nothing = [""] * len(rows)
    name, ticker, instrument, underlying = (
        said.get(column, nothing) for column in ("name", "ticker", "instrument", "underlying")
    )
    mic: Sequence[str | None] = [None] * len(rows)
    if "mic" in said or "board" in said:
        mic = list(map(clean_mic, said.get("mic", nothing), said.get("board", nothing)))
    country = [countries().get(text.strip().casefold()) for text in said.get("country", nothing)]
    derivative = [word in DERIVATIVES for word in instrument]
    called = [
        (base if of else "") or own
        for own, base, of in zip(name, underlying, derivative, strict=True)
    ]
    parsed = map(parse, called, derivative)
    codes = _codes(said, len(rows))
    tickers = [text or None for text in ticker]
    cells = zip(called, codes, tickers, mic, country, instrument, parsed, rows, files, strict=True)
    return list(map(Line._make, cells))


def _codes(said: Mapping[str, list[str]], count: int) -> list[tuple[tuple[MatchKind, str], ...]]:
    """Return the valid codes of each line, the strongest first."""
    columns = []
    for kind, name in _SCHEMES:
        if name in said:
            codes = (clean_code(kind, text) for text in said[name])
            columns.append([(kind, code) if code is not None else None for code in codes])
    if not columns:
        return [()] * count
    return [tuple(filter(None, row)) for row in zip(*columns, strict=True)]
