"""Sell-down schedules that have a formula; also the yardsticks of the numeric solver.

Holdings `x_0 = X, ..., x_N`; `n_t = x_{t-1} - x_t` shares are sold in session `t`.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.special import ndtri

from analyzer.core.errors import QueryError
from analyzer.scenarios.impact import FloatArray, LinearImpact, SigmaAbs

TWAP_LIMIT = 1e-6  # below this urgency the hyperbolic sines lose all digits; the limit is exact


@dataclass(frozen=True, slots=True)
class Trajectory:
    """A single-line schedule with the mean and variance of its cost.

    Parameters
    ----------
    holdings
        (N + 1,) shares held, from `X` to 0.
    cost
        Expected cost, money.
    variance
        Variance of the cost, money squared.
    efolding
        Sessions in which an unconstrained holding falls by a factor `e`; infinite without
        risk aversion. The paper calls it the half-life.
    """

    holdings: FloatArray
    cost: float
    variance: float
    efolding: float

    @property
    def slices(self) -> FloatArray:
        """Shares sold per session, (N,)."""
        return -np.diff(self.holdings)

    @property
    def sd(self) -> float:
        """Standard deviation of the cost, money."""
        return math.sqrt(self.variance)


def almgren_chriss(
    shares: float,
    days: float,
    periods: int,
    sigma: SigmaAbs,
    impact: LinearImpact,
    risk_aversion: float,
) -> Trajectory:
    """Optimal static schedule under linear impact (Almgren-Chriss 2000, section 2.2).

    Parameters
    ----------
    shares, days, periods
        `X`, horizon `T` in days, number of slices `N`.
    sigma
        Money per share per square root of a day.
    impact
        Half-spread, permanent and temporary coefficients.
    risk_aversion
        `lambda`, per unit of money. A small negative value back-loads.

    Raises
    ------
    QueryError
        If `eta <= gamma tau / 2` (the problem is not convex), or if a negative risk aversion is
        so large that the optimum would first buy.
    """
    tau = days / periods
    adjusted = impact.temporary - impact.permanent * tau / 2.0
    if adjusted <= 0.0:
        raise QueryError("temporary impact must exceed half the permanent impact of one slice")
    step = 0.5 * risk_aversion * sigma**2 * tau**2 / adjusted
    shape, urgency = _hyperbolic_shape(step, periods)
    return _evaluate(shares * shape, tau, sigma, impact, tau / urgency if urgency else math.inf)


def _hyperbolic_shape(step: float, periods: int) -> tuple[FloatArray, float]:
    """Solve `x_{j-1} - 2(1 + step) x_j + x_{j+1} = 0`, x_0 = 1, x_N = 0; return x and `kappa tau`.

    In exponentials rather than hyperbolic sines, which overflow at 710.
    """
    left = np.arange(periods, -1.0, -1.0)
    if step < 0.0:
        angle = math.acos(max(1.0 + step, -1.0))
        if angle * periods >= math.pi:
            raise QueryError("risk aversion is too negative: the schedule would buy before selling")
        if angle * periods < TWAP_LIMIT:
            return left / periods, 0.0
        shape = np.sin(angle * left) / math.sin(angle * periods)
        shape[-1] = 0.0
        return shape, angle
    urgency = math.acosh(1.0 + step)
    if urgency * periods < TWAP_LIMIT:
        return left / periods, 0.0
    gone = urgency * (periods - left)
    shape = (np.exp(-gone) - np.exp(gone - 2.0 * urgency * periods)) / -math.expm1(
        -2.0 * urgency * periods
    )
    shape[-1] = 0.0
    return shape, urgency


def _evaluate(
    holdings: FloatArray, tau: float, sigma: SigmaAbs, impact: LinearImpact, efolding: float
) -> Trajectory:
    """Mean and variance of the cost of any full exit (Almgren-Chriss 2000, eqs 5 and 6)."""
    total = float(holdings[0])
    slices = -np.diff(holdings)
    adjusted = impact.temporary - impact.permanent * tau / 2.0
    cost = (
        impact.permanent * total**2 / 2.0
        + impact.half_spread * float(np.abs(slices).sum())
        + adjusted / tau * float(slices @ slices)
    )
    variance = sigma**2 * tau * float(holdings[1:] @ holdings[1:])
    return Trajectory(holdings, cost, variance, efolding)


def even_sale(
    shares: float, days: float, periods: int, sigma: SigmaAbs, impact: LinearImpact
) -> Trajectory:
    """Equal slices: the cheapest schedule when risk does not matter."""
    return almgren_chriss(shares, days, periods, sigma, impact, 0.0)


def block_sale(
    shares: float, days: float, periods: int, sigma: SigmaAbs, impact: LinearImpact
) -> Trajectory:
    """Everything in the first slice: no timing risk, the dearest impact."""
    holdings = np.zeros(periods + 1)
    holdings[0] = shares
    return _evaluate(holdings, days / periods, sigma, impact, 0.0)


def static_holding(drift: float, risk_aversion: float, sigma: SigmaAbs) -> float:
    """Return the shares a risk-averse holder keeps for a drift (Almgren-Chriss 2000, section 4)."""
    return drift / (2.0 * risk_aversion * sigma**2)


@dataclass(frozen=True, slots=True)
class LiquidityVar:
    """The schedule that minimises `E + z sd`, and the risk aversion that gives it."""

    value: float
    risk_aversion: float
    trajectory: Trajectory


def minimal_lvar(
    shares: float,
    days: float,
    periods: int,
    sigma: SigmaAbs,
    impact: LinearImpact,
    z: float = 1.645,
) -> LiquidityVar:
    """Minimise liquidity-adjusted value at risk over risk aversion (Almgren-Chriss 2000, s. 3).

    At the optimum `lambda = z / (2 sd)`. Every efficient schedule is optimal for some lambda, so
    a one-dimensional search over log lambda is exact.
    """

    def at(log_lam: float) -> Trajectory:
        return almgren_chriss(shares, days, periods, sigma, impact, math.exp(log_lam))

    even = even_sale(shares, days, periods, sigma, impact)
    scale = math.log(z / (2.0 * even.sd)) if even.sd > 0.0 else 0.0
    found = minimize_scalar(
        lambda v: at(v).cost + z * at(v).sd,
        bounds=(scale - 10.0, scale + 25.0),
        method="bounded",
        options={"xatol": 1e-10},
    )
    best = at(float(found.x))
    return LiquidityVar(best.cost + z * best.sd, math.exp(float(found.x)), best)


def normal_cvar_multiplier(level: float) -> float:
    """Return `m` such that the expected shortfall of a normal loss is `mean + m sd`."""
    density = math.exp(-(ndtri(level) ** 2) / 2.0) / math.sqrt(2.0 * math.pi)
    return float(density / (1.0 - level))


@dataclass(frozen=True, slots=True)
class BlockAndRate:
    """Obizhaeva-Wang continuous schedule: a block at each end, a constant rate between."""

    block: float
    rate: float
    cost: float


@dataclass(frozen=True, slots=True)
class TransientSchedule:
    """A schedule under a limit-order book that refills; `cost` in money, spread left out."""

    slices: FloatArray
    cost: float


def transient_cost(slices: FloatArray, kappa: float, decay: float) -> float:
    """Cost of any slices in a block-shaped book refilling by `decay` between them.

    `kappa/2 sum n_i^2 + kappa sum_{j<i} n_i n_j decay^(i-j)`, with `1/kappa` the book depth in
    shares per unit of price.
    """
    dent = 0.0
    cost = 0.0
    for n in slices:
        cost += kappa * n * (dent + n / 2.0)
        dent = (dent + n) * decay
    return float(cost)


def obizhaeva_wang(
    shares: float, kappa: float, resilience: float, days: float, trades: int
) -> TransientSchedule:
    """Optimal schedule in a book that refills exponentially (Obizhaeva and Wang 2013).

    Parameters
    ----------
    kappa
        Price dent per share, money.
    resilience
        `rho` per day, `ln 2` over the half-life of a dent.
    trades
        Number of trades, at both ends of `[0, days]` and evenly between; at least 2.
    """
    if trades < 2:
        return TransientSchedule(np.array([shares]), kappa * shares**2 / 2.0)
    decay = math.exp(-resilience * days / (trades - 1))
    unit = shares / (2.0 + (trades - 2) * (1.0 - decay))
    slices = np.full(trades, unit * (1.0 - decay))
    slices[0] = slices[-1] = unit
    return TransientSchedule(slices, kappa * shares * unit * (1.0 + decay) / 2.0)


def obizhaeva_wang_continuous(
    shares: float, kappa: float, resilience: float, days: float
) -> BlockAndRate:
    """Return the limit of ever more trades: blocks of `X / (rho T + 2)` and a rate between."""
    block = shares / (resilience * days + 2.0)
    return BlockAndRate(block, resilience * block, kappa * shares * block)


def power_law_holdings(
    shares: float,
    exponent: float,
    temporary: float,
    risk_aversion: float,
    sigma: SigmaAbs,
    times: FloatArray,
) -> FloatArray:
    """Optimal holdings for impact `eta v^k` without a deadline (Almgren 2003, section 3).

    `x(t) = X (1 + (1-k)/(1+k) t/T*)^(-(1+k)/(1-k))` with the characteristic time
    `T* = (k eta X^(k-1) / (lambda sigma^2))^(1/(k+1))`. For `k > 1` the sale ends at a finite
    time; for `k = 1` it is exponential.
    """
    pace = exponent * temporary * shares ** (exponent - 1.0) / (risk_aversion * sigma**2)
    relative = np.asarray(times) / pace ** (1.0 / (exponent + 1.0))
    if math.isclose(exponent, 1.0):
        return np.asarray(shares * np.exp(-relative))
    base = 1.0 + (1.0 - exponent) / (1.0 + exponent) * relative
    power = -(1.0 + exponent) / (1.0 - exponent)
    return np.asarray(shares * np.maximum(base, 0.0) ** power)


def almgren_chriss_portfolio(
    covariance: FloatArray,
    temporary: FloatArray,
    shares: FloatArray,
    periods: int,
    risk_aversion: float,
) -> FloatArray:
    """Optimal unconstrained holdings of several lines, (periods + 1, N).

    Minimises `sum n'Hn + lambda sum x'Cx` with `H = diag(temporary)`. The two matrices are
    diagonalised together and each mode follows the single-line formula. Nothing keeps a line
    from going short: a lawful schedule needs the constrained solver.
    """
    scale = np.sqrt(temporary)
    values, vectors = np.linalg.eigh(covariance / np.outer(scale, scale))
    start = vectors.T @ (scale * shares)
    modes = np.empty((periods + 1, len(shares)))
    for k, value in enumerate(values):
        shape, _ = _hyperbolic_shape(0.5 * risk_aversion * float(value), periods)
        modes[:, k] = start[k] * shape
    return np.asarray(modes @ vectors.T / scale)


def water_filling(volume: FloatArray, cap: FloatArray, shares: float) -> FloatArray:
    """Cheapest sale under caps when risk does not matter: `n_t = min(cap_t, mu V_t)`.

    Optimal for any cost `sum V_t f(n_t / V_t)` with `f` convex (the KKT condition is one common
    participation rate `mu`). Sessions without volume sell nothing.

    Parameters
    ----------
    volume, cap
        (T,) shares.
    shares
        What must be sold.

    Raises
    ------
    QueryError
        If the caps do not suffice; a cap is never raised.
    """
    usable = np.where(volume > 0.0, cap, 0.0)
    room = float(usable.sum())
    if shares > room * (1.0 + 1e-12):
        raise QueryError(f"caps allow {room:,.0f} shares, {shares:,.0f} must be sold")
    safe = np.where(volume > 0.0, volume, 1.0)
    level = usable / safe
    order = np.argsort(level, kind="stable")
    filled = np.concatenate([[0.0], np.cumsum(usable[order])])
    rest = np.concatenate([np.cumsum(volume[order][::-1])[::-1], [0.0]])
    for rank, index in enumerate(order):
        if filled[rank] + level[index] * rest[rank] >= shares:
            mu = (shares - filled[rank]) / rest[rank] if rest[rank] > 0.0 else 0.0
            return np.asarray(np.where(volume > 0.0, np.minimum(usable, mu * volume), 0.0))
    return np.asarray(usable.copy())


def feasibility_frontier(cap: FloatArray) -> FloatArray:
    """Most that can still be sold from session `t` on, along the last axis."""
    return np.asarray(np.cumsum(cap[..., ::-1], axis=-1)[..., ::-1])


def latest_safe_start(cap: FloatArray, shares: FloatArray | float) -> npt.NDArray[np.int64]:
    """Last session index from which the whole sale still fits; -1 when no start suffices.

    A relative 1e-12 is allowed for rounding of the sums.
    """
    frontier = feasibility_frontier(np.atleast_2d(cap))
    need = np.atleast_1d(np.asarray(shares, dtype=np.float64))[:, None]
    fits = frontier * (1.0 + 1e-12) >= need
    return np.asarray(fits.sum(axis=1) - 1)
