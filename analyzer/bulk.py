"""Many funds at once: position files in parquet, screened file by file.

Identifiers are read as dictionary codes. Each distinct security is judged once, each file is
summed by integer code, and sums of files are added: one pure function per file and an
associative merge, so that any executor with `map` can run the files.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analyzer.core.errors import InputError
from analyzer.core.frames import HOLDINGS
from analyzer.core.verdict import Status
from analyzer.exposure import Question
from analyzer.exposure.assess import NO_FUNDS
from analyzer.exposure.judge import Judge
from analyzer.world import World

STATUSES = tuple(Status)
_FUND = ("portfolio", "fund", "fund_id", "account")
_ISIN = ("isin",)
_VALUE = ("market_value", "mv", "value")


@dataclass(frozen=True)
class BulkScreen:
    """What files are screened with.

    Parameters
    ----------
    world, question
        The law and what is asked of it.
    """

    world: World
    question: Question

    @cached_property
    def known(self) -> pd.Series:
        """Index in `STATUSES` of every known security, by ISIN."""
        isins = sorted(self.world.securities)
        frame = HOLDINGS.empty(len(isins))
        texts = {"portfolio": "bulk", "input": "bulk", "side": "long"}
        frame = frame.assign(
            isin=pd.Categorical(isins),
            **{name: pd.Categorical([text] * len(isins)) for name, text in texts.items()},
            row=np.arange(len(isins)),
        )
        resolution = self.world.resolver.resolve(frame)
        law = self.world.under(self.question)
        judge = Judge(law, self.question, self.world.securities, "the lists at hand", NO_FUNDS)
        groups, answers = judge.lines(frame, resolution.codes, resolution.matches)
        codes = [STATUSES.index(answers[group].status) for group in groups]
        return pd.Series(codes, index=pd.Index(isins, dtype="str"), dtype="int64")

    def statuses(self, isins: Sequence[str]) -> np.ndarray:
        """Return the index in `STATUSES` of each ISIN, shape (n,)."""
        at = self.known.index.get_indexer(pd.Index(pd.Series(isins, dtype="str")))
        codes = self.known.to_numpy()[at]
        codes[at < 0] = STATUSES.index(Status.UNKNOWN)  # nothing but the code speaks for it
        return codes


@dataclass(frozen=True, slots=True)
class BulkSums:
    """Rows and value by fund and status.

    Parameters
    ----------
    funds
        F names, sorted.
    rows, value
        (F, len(STATUSES)); value in the currency of the files.
    unvalued
        Rows without a value; counted in `rows`, adding nothing.
    """

    funds: tuple[str, ...]
    rows: np.ndarray
    value: np.ndarray
    unvalued: int

    def frame(self) -> pd.DataFrame:
        """Return one row per fund and status held: fund, status, rows, market_value, weight."""
        fund, status = np.nonzero(self.rows)
        net = self.value.sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            weight = self.value[fund, status] / net[fund]
        return pd.DataFrame(
            {
                "fund": np.array(self.funds, dtype=object)[fund],
                "status": [STATUSES[s].value for s in status],
                "rows": self.rows[fund, status],
                "market_value": self.value[fund, status],
                "weight": weight,
            }
        )


def screen_file(path: Path, screen: BulkScreen) -> BulkSums:
    """Screen one parquet file of positions: fund, isin, market value.

    Raises
    ------
    InputError
        Naming the file and every column that is missing.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise InputError(f"{path.name}: {error}") from None
    names = [_column(schema.names, wanted) for wanted in (_FUND, _ISIN, _VALUE)]
    missing = [w[0] for w, n in zip((_FUND, _ISIN, _VALUE), names, strict=True) if n is None]
    if missing:
        raise InputError(f"{path.name}: no column for {', '.join(missing)}")
    fund, isin, value = (str(name) for name in names)
    table = pq.read_table(path, columns=[fund, isin, value], read_dictionary=[fund, isin])
    fund_codes, funds = _codes(table.column(fund))
    isin_codes, isins = _codes(table.column(isin))
    money = table.column(value).to_numpy().astype(np.float64, copy=False)
    finite = np.isfinite(money)
    status = screen.statuses([str(code or "") for code in isins])
    cells = status.astype(np.int32)[isin_codes]
    cells += fund_codes.astype(np.int32, copy=False) * len(STATUSES)
    shape = (len(funds), len(STATUSES))
    rows = np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape)
    if not finite.all():
        money = np.where(finite, money, 0.0)
    sums = np.bincount(cells, money, shape[0] * shape[1]).reshape(shape)
    order = np.argsort(np.array([str(f) for f in funds]))
    return BulkSums(
        tuple(str(funds[i]) for i in order), rows[order], sums[order], int((~finite).sum())
    )


def _column(names: Sequence[str], wanted: Sequence[str]) -> str | None:
    lower = {name.lower(): name for name in names}
    return next((lower[word] for word in wanted if word in lower), None)


def _codes(column: Any) -> tuple[np.ndarray, list[Any]]:
    """Return integer codes and the distinct values; a missing value is one of them."""
    import pyarrow as pa

    whole = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    if not pa.types.is_dictionary(whole.type):
        whole = whole.dictionary_encode()
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.unify_dictionaries().combine_chunks()
    values = whole.dictionary.to_pylist()
    if whole.null_count:
        return whole.indices.fill_null(len(values)).to_numpy(), [*values, None]
    return whole.indices.to_numpy(), values


def merge(one: BulkSums, other: BulkSums) -> BulkSums:
    """Add two results; associative, and funds come out sorted whatever the order of files."""
    funds = tuple(sorted({*one.funds, *other.funds}))
    index = {name: at for at, name in enumerate(funds)}
    rows = np.zeros((len(funds), len(STATUSES)), dtype=np.int64)
    value = np.zeros((len(funds), len(STATUSES)))
    for part in (one, other):
        at = np.array([index[name] for name in part.funds], dtype=np.int64)
        rows[at] += part.rows
        value[at] += part.value
    return BulkSums(funds, rows, value, one.unvalued + other.unvalued)


def screen_files(
    paths: Iterable[Path],
    screen: BulkScreen,
    run: Callable[[Callable[[Path], BulkSums], Iterable[Path]], Iterable[BulkSums]] = map,
) -> BulkSums:
    """Screen many files; `run` is `map`, or the `map` of any executor.

    Raises
    ------
    InputError
        If there are no files, or one of them cannot be read.
    """
    # A fixed order of addition keeps the last digits the same whatever ran the files.
    results = list(run(_Screener(screen), sorted(paths)))
    if not results:
        raise InputError("no files to screen")
    return reduce(merge, results)


@dataclass(frozen=True)
class _Screener:
    """`screen_file` with its screen bound, as something a process pool can send."""

    screen: BulkScreen

    def __call__(self, path: Path) -> BulkSums:
        return screen_file(path, self.screen)
