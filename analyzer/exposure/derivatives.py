"""What a derivative is worth as its underlying: by delta where it is known, else within bounds.

Market value is what the holder would get; this is what the holder is exposed to. It stands
beside the totals and is never added to them.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analyzer.core.frames import of_codes
from analyzer.exposure.result import LineJudgement

_LINEAR = frozenset({"future", "otc-swap"})  # a unit of notional moves with a unit of underlying
_CONVEX = frozenset({"option", "warrant", "convertible"})


def underlying_exposure(
    holdings: pd.DataFrame, values: np.ndarray, groups: np.ndarray, judged: Sequence[LineJudgement]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the lowest and highest exposure to the underlying, base currency, shapes (n,).

    Parameters
    ----------
    holdings
        HOLDINGS, n rows.
    values
        Market value in the base currency, shape (n,).
    groups, judged
        Index of each row's answer, shape (n,), and the answers.

    Notes
    -----
    Delta times notional where both are known. Futures and swaps have a delta of one. Without a
    delta a warrant or a call lies between nothing and its notional, a put between its notional
    the other way and nothing, an option that says neither between both. Without a notional, or for
    a line that is no derivative, both are NaN. The sign is that of the position; the rate is the
    one its market value was converted with, or, for a contract worth nothing, another line's in
    the same currency.
    """
    kinds = np.array([(j.instrument in _LINEAR, j.instrument in _CONVEX) for j in judged])
    if not kinds.any():
        nothing = np.full(len(holdings), np.nan)
        return nothing, nothing
    linear, convex = kinds[groups].T
    notional = notional_in_base(holdings, values)
    notional[~(linear | convex)] = np.nan
    sign = np.where((holdings["side"] == "short").to_numpy(), -1.0, 1.0)
    delta = holdings["delta"].to_numpy(dtype=float)
    known = np.isfinite(delta)
    option = of_codes(np.array([j.instrument == "option" for j in judged]), groups)
    call, put = ((holdings["put_call"] == word).to_numpy() for word in ("call", "put"))
    least = np.where(linear, 1.0, np.where(option & ~call, -1.0, 0.0))
    low = np.where(known, delta, least) * notional * sign
    high = np.where(known, delta, np.where(put, 0.0, 1.0)) * notional * sign
    return np.minimum(low, high), np.maximum(low, high)


def notional_in_base(holdings: pd.DataFrame, values: np.ndarray) -> np.ndarray:
    """Return notional amounts in base currency, unsigned, (n,); NaN where none is stated.

    Parameters
    ----------
    holdings, values
        HOLDINGS, and market value in the base currency.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = values / holdings["market_value"].to_numpy(dtype=float)
    known = np.isfinite(rate)
    currency = holdings["value_currency"].cat.codes.to_numpy()
    table = np.full(len(holdings["value_currency"].cat.categories) + 1, np.nan)
    table[currency[known]] = rate[known]
    table[-1] = np.nan  # no currency, no rate
    rate = np.where(known, rate, table[currency])
    return np.asarray(np.abs(holdings["notional"].to_numpy(dtype=float)) * rate)
