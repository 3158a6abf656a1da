"""What to hold instead: the basket that tracks best without the names that may not be bought.

    min (w - b)' Sigma (w - b) + cost_weight * cost of trading,  w >= 0, sum w = 1,
    w = 0 where excluded, sectors and countries within bands, turnover within a limit

Excluded are the designated names, affiliates where the regime reaches them, and, by choice, the
watch list, so that no replacement is itself listed. Beside it stand the two usual answers: spread
the proceeds pro rata over what is left, or keep them in cash.

Covariance has factor form F F' + diag(d^2), per session; results are annualised by 252.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from analyzer.core.errors import AnalyzerError, QueryError

Array = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

SESSIONS_A_YEAR = 252
HELD = 1e-7  # weight below which the solver's answer counts as nothing
_TRUSTED = frozenset({"Solved", "AlmostSolved"})


class Reach(IntEnum):
    """Why a name may not serve as a replacement; the higher the number, the firmer."""

    FREE = 0
    WATCH = 1  # a watch list or an affiliate outside the regime
    AFFILIATE = 2  # reached by the regime through ownership
    DESIGNATED = 3


class Method(StrEnum):
    """How the proceeds are used."""

    OPTIMAL = "optimal"
    PRO_RATA = "pro-rata"
    CASH = "cash"


@dataclass(frozen=True, slots=True)
class Universe:
    """Names that are or may be held, N of them.

    Parameters
    ----------
    target
        (N,) weights to track, fractions summing to 1, banned names included.
    held
        (N,) weights held now.
    factors, idiosyncratic
        (N, K) and (N,) returns per session: loadings on unit factors, residual volatility.
    reach
        (N,) values of `Reach`.
    sector, country
        (N,) integer codes from 0.
    cost
        (N,) cost of trading, fraction of the value traded.
    """

    target: Array
    held: Array
    factors: Array
    idiosyncratic: Array
    reach: IntArray
    sector: IntArray
    country: IntArray
    cost: Array


@dataclass(frozen=True, slots=True)
class Rules:
    """What the basket must respect.

    Parameters
    ----------
    exclude_watch
        Leave the watch list out as well, the likely next names.
    sector_band, country_band
        Widest drift of a group's weight from the target, fraction; None for no bound.
    turnover_limit
        Most that may be bought and sold among the names that stay, fraction; None for no limit.
    max_names
        Most names held. Above it the smallest are dropped and the rest solved again: a good
        basket, not a proven best one.
    cost_weight
        Annual variance that one unit of cost is worth; 0 ignores cost.
    """

    exclude_watch: bool = False
    sector_band: float | None = None
    country_band: float | None = None
    turnover_limit: float | None = None
    max_names: int | None = None
    cost_weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Basket:
    """One answer.

    Parameters
    ----------
    weights, cash
        (N,) and the rest, fractions; together 1.
    tracking_error
        Annual, ex ante, fraction.
    active_share
        Half the absolute difference to the target, cash included.
    sector_drift, country_drift
        Weight minus target by group code.
    turnover
        Half the absolute change from the weights held, cash included.
    cost
        Of trading from the weights held, fraction of the portfolio.
    """

    method: Method
    weights: Array
    cash: float
    tracking_error: float
    active_share: float
    sector_drift: Array
    country_drift: Array
    turnover: float
    cost: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """The three answers under the same rules, and what was excluded."""

    optimal: Basket
    pro_rata: Basket
    cash: Basket
    excluded: BoolArray
    rules: Rules
    solver: str
    heuristic: bool

    @property
    def baskets(self) -> tuple[Basket, Basket, Basket]:
        """Optimal, pro rata, cash."""
        return self.optimal, self.pro_rata, self.cash


def excluded(universe: Universe, *, exclude_watch: bool) -> BoolArray:
    """Names that may not serve, (N,)."""
    least = Reach.WATCH if exclude_watch else Reach.AFFILIATE
    return np.asarray(universe.reach >= least)


def replace_banned(universe: Universe, rules: Rules | None = None) -> Comparison:
    """Return the best-tracking basket beside pro rata and cash.

    Raises
    ------
    QueryError
        When weights are not a portfolio or nothing is left to hold.
    AnalyzerError
        When no basket meets the rules; names the bands that cannot be met.
    """
    from clarabel import __version__ as solver  # loaded by those who ask for a basket only

    rules = rules or Rules()
    _check(universe)
    banned = excluded(universe, exclude_watch=rules.exclude_watch)
    stays = np.where(banned, 0.0, universe.target)
    if stays.sum() <= 0.0:
        raise QueryError("nothing of the target is left to hold")
    candidates = ~banned
    best, status = _solve(universe, rules, candidates)
    heuristic = False
    while rules.max_names is not None and (best > HELD).sum() > rules.max_names:
        heuristic = True
        count = int((best > HELD).sum())
        keep = max(rules.max_names, count - max(1, (count - rules.max_names) // 2))
        candidates = np.zeros_like(banned)
        candidates[np.argsort(best, kind="stable")[::-1][:keep]] = True
        best, status = _solve(universe, rules, candidates & ~banned)
    return Comparison(
        optimal=measure(universe, best, Method.OPTIMAL),
        pro_rata=measure(universe, stays / stays.sum(), Method.PRO_RATA),
        cash=measure(universe, stays, Method.CASH),
        excluded=banned,
        rules=rules,
        solver=f"clarabel {solver}: {status}",
        heuristic=heuristic,
    )


def measure(universe: Universe, weights: Array, method: Method) -> Basket:
    """Return the figures of given weights; what they leave to 1 is cash."""
    cash = float(1.0 - weights.sum())
    trade = weights - universe.held
    held_cash = 1.0 - float(universe.held.sum())
    drift = weights - universe.target
    return Basket(
        method=method,
        weights=weights,
        cash=cash,
        tracking_error=float(np.sqrt(SESSIONS_A_YEAR * variance(universe, drift))),
        active_share=float((np.abs(drift).sum() + abs(cash)) / 2),
        sector_drift=by_group(universe.sector, drift),
        country_drift=by_group(universe.country, drift),
        turnover=float((np.abs(trade).sum() + abs(cash - held_cash)) / 2),
        cost=float(universe.cost @ np.abs(trade)),
    )


def by_group(codes: IntArray, weights: Array) -> Array:
    """Sum of weights by group code."""
    return np.bincount(codes, weights).astype(np.float64)


def variance(universe: Universe, active: Array) -> float:
    """Variance per session of active weights (N,)."""
    return float(
        ((active @ universe.factors) ** 2).sum() + ((active * universe.idiosyncratic) ** 2).sum()
    )


def _check(universe: Universe) -> None:
    size = len(universe.target)
    if any(len(getattr(universe, name)) != size for name in universe.__slots__):
        raise QueryError("the universe's arrays differ in length")
    if not all(bool(np.isfinite(getattr(universe, name)).all()) for name in universe.__slots__):
        raise QueryError("a number of the universe is missing or not finite")
    if abs(universe.target.sum() - 1.0) > 1e-6 or bool((universe.target < 0).any()):
        raise QueryError("target weights must be long and sum to 1")


def _solve(universe: Universe, rules: Rules, candidates: BoolArray) -> tuple[Array, str]:
    """Return the optimal weights (N,) over the candidates, and how the solver ended."""
    import clarabel

    names = np.flatnonzero(candidates)
    n, k = len(names), universe.factors.shape[1]
    trades = rules.cost_weight > 0.0 or rules.turnover_limit is not None
    size = n + k + (2 * n if trades else 0)
    start = np.where(candidates, universe.target, 0.0)
    scale = variance(universe, start / max(start.sum(), 1e-300) - universe.target)
    unit = 1.0 / scale if scale > 0.0 else 1.0
    quadratic, linear = np.zeros(size), np.zeros(size)
    quadratic[:n] = 2 * unit * universe.idiosyncratic[names] ** 2
    quadratic[n : n + k] = 2.0
    linear[:n] = -quadratic[:n] * universe.target[names]
    if trades:
        price = rules.cost_weight * unit / SESSIONS_A_YEAR
        linear[n + k :] = price * np.tile(universe.cost[names], 2)
    equal, equal_right = _equalities(universe, names, np.sqrt(unit), trades)
    most, most_right = _inequalities(universe, rules, names, trades)
    cones: list[Any] = [
        clarabel.ZeroConeT(len(equal_right)),
        clarabel.NonnegativeConeT(len(most_right)),
    ]
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.max_threads = 1
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = 1e-10
    solver = clarabel.DefaultSolver(
        sparse.diags(quadratic, format="csc"),
        linear,
        sparse.csc_matrix(sparse.vstack([equal, most])),
        np.concatenate([equal_right, most_right]),
        cones,
        settings,
    )
    answer = solver.solve()
    status = str(answer.status)
    if status not in _TRUSTED:
        raise AnalyzerError(f"no basket meets the rules ({status}){_why(universe, rules)}")
    weights = np.zeros(len(candidates))
    found = np.asarray(answer.x[:n], dtype=np.float64)
    weights[names] = np.where(found > HELD / 10, found, 0.0)
    return weights / weights.sum(), status


def _equalities(
    universe: Universe, names: IntArray, root: float, trades: bool
) -> tuple[Any, Array]:
    """Rows: weights sum to 1; y is the active factor exposure; w - buys + sales = held."""
    n, k = len(names), universe.factors.shape[1]
    total = sparse.hstack([sparse.csc_matrix(np.ones((1, n))), sparse.csc_matrix((1, k))])
    loadings: Array = root * universe.factors
    exposure = sparse.hstack([sparse.csc_matrix(loadings[names].T), -sparse.eye(k)])
    rows, right = [total, exposure], [np.ones(1), np.asarray(loadings.T @ universe.target)]
    if trades:
        rows = [sparse.hstack([row, sparse.csc_matrix((row.shape[0], 2 * n))]) for row in rows]
        eye = sparse.eye(n)
        rows.append(sparse.hstack([eye, sparse.csc_matrix((n, k)), -eye, eye]))
        right.append(universe.held[names])
    return sparse.vstack(rows), np.concatenate(right)


def _inequalities(
    universe: Universe, rules: Rules, names: IntArray, trades: bool
) -> tuple[Any, Array]:
    """Rows `A x <= b`: long only, bands both ways, trades positive and within the limit."""
    n, k = len(names), universe.factors.shape[1]
    size = n + k + (2 * n if trades else 0)
    rows = [-sparse.eye(n, size, format="csc")]
    right = [np.zeros(n)]
    for codes, band in _bands(universe, rules):
        groups = int(codes.max()) + 1
        member = sparse.csc_matrix((np.ones(n), (codes[names], np.arange(n))), (groups, size))
        weight = by_group(codes, universe.target)
        rows += [member, -member]
        right += [weight + band, band - weight]
    if trades:
        rows.append(-sparse.eye(2 * n, size, k=n + k, format="csc"))
        right.append(np.zeros(2 * n))
    if rules.turnover_limit is not None:
        limit = np.zeros((1, size))
        limit[0, n + k :] = 1.0
        rows.append(sparse.csc_matrix(limit))
        right.append(np.array([rules.turnover_limit]))
    return sparse.vstack(rows), np.concatenate(right)


def _bands(universe: Universe, rules: Rules) -> list[tuple[IntArray, float]]:
    both = ((universe.sector, rules.sector_band), (universe.country, rules.country_band))
    return [(codes, band) for codes, band in both if band is not None]


def _why(universe: Universe, rules: Rules) -> str:
    """Name the groups in which nothing may be held and whose band says something must."""
    banned = excluded(universe, exclude_watch=rules.exclude_watch)
    found = []
    for codes, band in _bands(universe, rules):
        weight = by_group(codes, universe.target)
        left = np.bincount(codes, ~banned, len(weight))
        kind = "sector" if codes is universe.sector else "country"
        empty = np.flatnonzero((left == 0) & (weight > band))
        found += [f"{kind} {g} has no name left but weighs {weight[g]:.2%}" for g in empty]
    return ": " + "; ".join(found) if found else ""
