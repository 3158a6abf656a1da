"""Concentration and exposure in one number each."""

import numpy as np

from analyzer.core.errors import QueryError
from analyzer.scenarios.impact import FloatArray


def herfindahl(weights: FloatArray) -> float:
    """Sum of squared weights."""
    return float(np.sum(np.asarray(weights) ** 2))


def effective_number(weights: FloatArray) -> float:
    """Return the number of equal positions with the same concentration."""
    return 1.0 / herfindahl(weights)


def delta_adjusted(
    contracts: float, multiplier: float, delta: float, price: float, fx: float = 1.0
) -> float:
    """Exposure of a derivative as that of its underlying, base currency."""
    return contracts * multiplier * delta * price * fx


def look_through(direct: FloatArray, holdings: FloatArray) -> FloatArray:
    """Exposure of each portfolio or fund to an issuer through any number of fund layers.

    Solves `e = direct + H e`.

    Parameters
    ----------
    direct
        (M,) direct weight of the issuer in each portfolio or fund.
    holdings
        (M, M) weight of fund `j` in portfolio or fund `i`.

    Raises
    ------
    QueryError
        If funds hold one another in a circle that does not contract.
    """
    if float(np.max(np.abs(np.linalg.eigvals(holdings)), initial=0.0)) >= 1.0:
        raise QueryError("funds hold one another in a circle of weight one or more")
    return np.asarray(np.linalg.solve(np.eye(len(direct)) - holdings, direct))
