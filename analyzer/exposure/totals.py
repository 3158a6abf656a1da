"""Sums by status and portfolio; every row counts once."""

import numpy as np
import pandas as pd

from analyzer.core.verdict import Status
from analyzer.exposure.result import Sum, Totals


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
    finite = np.isfinite(values)
    valued = bool(finite.any())
    whole = bool(finite.all())
    net = float((values if whole else values[finite]).sum())
    rows = np.bincount(codes, minlength=len(words))
    money = np.bincount(codes, values if whole else np.where(finite, values, 0.0), len(words))
    with_value = rows if whole else np.bincount(codes, finite, len(words))
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
    long = float(values[finite & (values > 0)].sum()) if valued else None
    short = float(values[finite & (values < 0)].sum()) if valued else None
    return Totals(
        len(lines),
        net if valued else None,
        by_status,
        None if long is None or short is None else long - short,
        long,
        short,
        int((~finite).sum()),
    )


def sum_portfolios(lines: pd.DataFrame) -> dict[str, Totals]:
    """Add up each portfolio by itself, in order of name."""
    names = [str(name) for name in lines["portfolio"].cat.categories]
    codes = lines["portfolio"].cat.codes.to_numpy()
    present = set(np.unique(codes).tolist())
    if len(present) > 1:
        lines = lines[["portfolio", "market_value_base", "weight_net", "status"]]
    return {
        name: sum_lines(lines if len(present) == 1 else lines.loc[codes == code])
        for code, name in sorted(enumerate(names), key=lambda pair: pair[1])
        if code in present
    }
