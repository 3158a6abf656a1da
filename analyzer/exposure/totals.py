"""Sums by answer, status and portfolio; every row counts once."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analyzer.core.frames import codes_present
from analyzer.core.verdict import Status
from analyzer.exposure.result import Sum, Totals


@dataclass(frozen=True)
class AnswerSums:
    """Sums over the rows of each answer, in the order of the answers.

    Parameters
    ----------
    rows, valued
        Number of rows, and of those with a base value; shape (answers,).
    money
        Base currency, rows without a value left out; shape (answers,).
    """

    rows: np.ndarray
    valued: np.ndarray
    money: np.ndarray


def sum_answers(lines: pd.DataFrame, count: int) -> AnswerSums:
    """Add up lines by answer.

    Parameters
    ----------
    lines
        Columns `judged` (index of the answer) and `market_value_base` (base currency).
    count
        Number of answers.
    """
    return AnswerSums(*_sums(lines["judged"].to_numpy(), lines["market_value_base"], count))


def _sums(
    codes: np.ndarray, column: "pd.Series[float]", count: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return rows, rows with a value, and the sum of values, by code."""
    values = column.to_numpy(dtype=float)
    rows = np.bincount(codes, minlength=count)
    finite = np.isfinite(values)
    if finite.all():
        return rows, rows, np.bincount(codes, values, count)
    money = np.bincount(codes, np.where(finite, values, 0.0), count)
    return rows, np.bincount(codes, finite, count).astype(rows.dtype), money


def sum_lines(lines: pd.DataFrame, weights: bool = True) -> Totals:
    """Add up lines by status.

    Parameters
    ----------
    lines
        Columns `status` (category), `market_value_base` (base currency), `weight_net` (fraction).
    weights
        False where lines of several portfolios are added: weights then come from values alone.
    """
    values = lines["market_value_base"].to_numpy(dtype=float)
    printed = lines["weight_net"].to_numpy(dtype=float)
    codes = lines["status"].cat.codes.to_numpy().astype(np.intp)
    words = [Status(word) for word in lines["status"].cat.categories]
    rows, with_value, money = _sums(codes, lines["market_value_base"], len(words))
    valued, whole = bool(with_value.any()), bool((with_value == rows).all())
    known = values if whole else values[np.isfinite(values)]
    net = float(known.sum())
    by_weight = rows  # of no use where values tell
    if weights and not (whole and net):
        by_weight = np.bincount(codes, printed, len(words))  # NaN where one line has no weight
    by_status: dict[Status, Sum] = {}
    for code, word in enumerate(words):
        if not rows[code]:
            continue
        if whole and net:
            weight: float | None = float(money[code] / net)
        else:
            weight = float(by_weight[code]) if weights and np.isfinite(by_weight[code]) else None
        value = float(money[code]) if with_value[code] else None
        by_status[word] = Sum(int(rows[code]), value, weight)
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


def sum_portfolios(lines: pd.DataFrame) -> dict[str, Totals]:
    """Add up each portfolio by itself, in order of name."""
    names = [str(name) for name in lines["portfolio"].cat.categories]
    codes = lines["portfolio"].cat.codes.to_numpy()
    present = set(np.flatnonzero(codes_present(codes, len(names))[:-1]).tolist())
    if len(present) > 1:
        lines = lines[["portfolio", "market_value_base", "weight_net", "status"]]
    return {
        name: sum_lines(lines if len(present) == 1 else lines.loc[codes == code])
        for code, name in sorted(enumerate(names), key=lambda pair: pair[1])
        if code in present
    }
