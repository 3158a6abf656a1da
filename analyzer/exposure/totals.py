"""Sums by answer, status and portfolio; every row counts once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analyzer.core.frames import codes_present
from analyzer.core.verdict import Status
from analyzer.exposure.result import LineJudgement, Sum, Totals

STATUSES = tuple(Status)
_SHOWN = 1000  # rows that show which code is common


@dataclass(frozen=True)
class Sums:
    """Sums over the rows of each answer, or of each status, in their order.

    Parameters
    ----------
    rows, valued
        Number of rows, and of those with a base value; shape (k,).
    money
        Base currency, rows without a value left out; shape (k,).
    """

    rows: np.ndarray
    valued: np.ndarray
    money: np.ndarray


def sum_answers(lines: pd.DataFrame, count: int) -> Sums:
    """Add up lines by answer.

    Parameters
    ----------
    lines
        Columns `judged` (index of the answer) and `market_value_base` (base currency).
    count
        Number of answers.
    """
    return _sums(lines["judged"].to_numpy(), lines["market_value_base"], count)


def sum_statuses(held: Sums, judged: Sequence[LineJudgement]) -> Sums:
    """Add up the sums of answers by status, in the order of `STATUSES`."""
    place = {status: at for at, status in enumerate(STATUSES)}
    codes = np.array([place[answer.status] for answer in judged], dtype=np.intp)
    count = len(STATUSES)
    return Sums(
        np.bincount(codes, held.rows, count).astype(np.int64),
        np.bincount(codes, held.valued, count).astype(np.int64),
        np.bincount(codes, held.money, count),
    )


def _sums(codes: np.ndarray, column: "pd.Series[float]", count: int) -> Sums:
    """Add up values by code.

    Nearly all rows of a large portfolio have one code, no match; they are added up together, for
    adding one by one to the same sum waits for each addition to end.
    """
    values = column.to_numpy(dtype=float)
    finite = np.isfinite(values)
    whole = bool(finite.all())
    values = values if whole else np.where(finite, values, 0.0)
    common = int(np.bincount(codes[:_SHOWN], minlength=1).argmax())
    others = np.flatnonzero(codes != common)
    rows = np.bincount(codes[others], minlength=count)
    money = np.zeros(count) + np.bincount(codes[others], values[others], count)
    if len(codes):
        rows[common] = len(codes) - len(others)
        alike = values.copy()
        alike[others] = 0.0
        money[common] = alike.sum()
    valued = rows if whole else np.bincount(codes, finite, count).astype(rows.dtype)
    return Sums(rows, valued, money)


def sum_lines(lines: pd.DataFrame, sums: Sums | None = None, weights: bool = True) -> Totals:
    """Add up lines by status.

    Parameters
    ----------
    lines
        Columns `status` (category), `market_value_base` (base currency), `weight_net` (fraction).
    sums
        Their sums by status, where these are known.
    weights
        False where lines of several portfolios are added: weights then come from values alone.
    """
    values = lines["market_value_base"].to_numpy(dtype=float)
    codes = lines["status"].cat.codes.to_numpy()
    if sums is None:
        sums = _sums(codes.astype(np.intp), lines["market_value_base"], len(STATUSES))
    valued, whole = bool(sums.valued.any()), bool((sums.valued == sums.rows).all())
    known = values if whole else values[np.isfinite(values)]
    net = float(known.sum())
    by_weight = np.full(len(STATUSES), np.nan)
    if whole and net:
        by_weight = sums.money / net
    elif weights:  # NaN where one line has no weight
        printed = lines["weight_net"].to_numpy(dtype=float)
        by_weight = np.bincount(codes.astype(np.intp), printed, len(STATUSES))
    by_status = {
        STATUSES[at]: Sum(
            int(sums.rows[at]),
            float(sums.money[at]) if sums.valued[at] else None,
            float(by_weight[at]) if np.isfinite(by_weight[at]) else None,
        )
        for at in np.flatnonzero(sums.rows)
    }
    one_way = not valued or known.min() >= 0
    long = (net if one_way else float(known[known > 0].sum())) if valued else None
    short = (0.0 if one_way else float(known[known < 0].sum())) if valued else None
    return Totals(
        len(lines),
        net if valued else None,
        by_status,
        None if long is None or short is None else long - short,
        long,
        short,
        len(values) - len(known),
    )


def sum_portfolios(lines: pd.DataFrame, sums: Sums) -> dict[str, Totals]:
    """Add up each portfolio by itself, in order of name.

    Parameters
    ----------
    sums
        Of all lines, by status.
    """
    names = [str(name) for name in lines["portfolio"].cat.categories]
    codes = lines["portfolio"].cat.codes.to_numpy()
    present = np.flatnonzero(codes_present(codes, len(names))[:-1])
    if len(present) == 1:
        return {names[present[0]]: sum_lines(lines, sums)}
    order = np.argsort(codes, kind="stable")
    lines = lines[["market_value_base", "weight_net", "status"]].iloc[order]
    starts, ends = (np.searchsorted(codes[order], present, side) for side in ("left", "right"))
    found = {
        names[code]: sum_lines(lines.iloc[start:end])
        for code, start, end in zip(present, starts, ends, strict=True)
    }
    return dict(sorted(found.items()))
