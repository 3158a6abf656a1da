"""Distribution of profit and loss of the whole book, courts and markets together.

Given the legal path, holdings are known, so the portfolio's change over a session is exactly
normal with variance |B'x_t|^2 + x_t' D x_t. One number per session is drawn instead of one per
name: the law of the total is the same, the work does not grow with the book.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, stdtrit

from analyzer.core.errors import QueryError
from analyzer.scenarios.draws import normals, uniforms
from analyzer.scenarios.holdings import Leg, leg_money
from analyzer.scenarios.tree import LegalTree, States, sample_tree
from analyzer.scenarios.wait import WaitProblem
from analyzer.scenarios.wait_chain import Array, IntArray

Single = NDArray[np.float32]
Selling = Callable[[int, States], Leg]
"""From a docket and its paths to what is held on them; see `holdings.leg`."""

LEVELS = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
_BLOCK = 16  # scenarios summed at a time: small enough to stay in cache
_BUDGET = 2**27  # bytes of exposure tables per thread; more paths than fit are split


@dataclass(frozen=True, slots=True)
class Risk:
    """Daily risk of the book by factors.

    Parameters
    ----------
    factors
        (N, K) return of each designated line per unit factor, factors of unit variance.
    idiosyncratic
        (N,) daily volatility of what the factors leave.
    rest_exposure
        (K,) factor exposure of all other lines, money.
    rest_variance
        Idiosyncratic variance of all other lines, money squared per session.
    """

    factors: Array
    idiosyncratic: Array
    rest_exposure: Array
    rest_variance: float

    def __post_init__(self) -> None:
        parts = (self.factors, self.idiosyncratic, self.rest_exposure, self.rest_variance)
        if not all(bool(np.isfinite(part).all()) for part in parts):
            raise QueryError("a risk number is missing or not finite")
        if len(self.factors) != len(self.idiosyncratic):
            raise QueryError("factors and idiosyncratic risk are of different lines")


def rest_of_book(value: Array, factors: Array, idiosyncratic: Array) -> tuple[Array, float]:
    """Collapse lines that do not change, value (M,), to an exposure (K,) and a variance."""
    return value @ factors, float(((value * idiosyncratic) ** 2).sum())


@dataclass(frozen=True, slots=True)
class Distribution:
    """Simulated profit and loss, money, cumulative from today.

    Parameters
    ----------
    sessions
        (D,) sessions after which the columns of `quantiles`, `mean`, `sd` stand.
    levels, quantiles
        (Q,) and (D, Q).
    mean, sd
        (D,).
    final, worst
        (n,) by scenario: after the last session reported, and the lowest over all sessions.
    seed, degrees_of_freedom
        Of the draws; None for a normal market.
    """

    sessions: IntArray
    levels: Array
    quantiles: Array
    mean: Array
    sd: Array
    final: Array
    worst: Array
    seed: int
    degrees_of_freedom: float | None

    @property
    def standard_error(self) -> float:
        """Standard error of the final mean."""
        return float(self.sd[-1] / np.sqrt(len(self.final)))

    def value_at_risk(self, level: float = 0.95) -> float:
        """Loss not exceeded with chance `level` at the end, positive for a loss."""
        return float(-np.quantile(self.final, 1.0 - level))

    def expected_shortfall(self, level: float = 0.95) -> float:
        """Mean loss in the worst `1 - level` of scenarios at the end."""
        worst = np.sort(self.final)[: max(1, round(len(self.final) * (1.0 - level)))]
        return float(-worst.mean())


def simulate(
    problem: WaitProblem,
    selling: Selling,
    risk: Risk,
    *,
    scenarios: int,
    seed: int,
    sessions: IntArray | None = None,
    levels: tuple[float, ...] = LEVELS,
    degrees_of_freedom: float | None = None,
    chunk: int = 16_384,
    threads: int = 1,
) -> Distribution:
    """Simulate courts and markets.

    Scenario `i` is the same under any `chunk`, `threads` and strategy, so two strategies are
    compared scenario by scenario.

    Parameters
    ----------
    selling
        What is held on each legal path.
    sessions
        (D,) sessions to report after, 1..T increasing; by default about fifty and the last.
    chunk
        Most scenarios simulated at a time: their legal paths are followed once per chunk.
    degrees_of_freedom
        Student t of the portfolio's change per session, scaled to the same variance; > 2.

    Raises
    ------
    QueryError
        For degrees of freedom without a variance, fewer than two scenarios, sessions outside the
        horizon, or risk of other lines than the problem's.
    """
    if degrees_of_freedom is not None and degrees_of_freedom <= 2.0:
        raise QueryError("a Student t needs more than two degrees of freedom to have a variance")
    if scenarios < 2:
        raise QueryError("a distribution needs at least two scenarios")
    if len(risk.factors) != len(problem.shares):
        raise QueryError(f"risk of {len(risk.factors)} lines for {len(problem.shares)} held")
    horizon = problem.cap.shape[1]
    report = _report_sessions(horizon) if sessions is None else sessions
    if (
        len(report) == 0
        or report[0] < 1
        or report[-1] > horizon
        or bool((np.diff(report) < 1).any())
    ):
        raise QueryError(f"sessions to report must rise from 1 to at most {horizon}")
    paths, worst = np.empty((scenarios, len(report))), np.empty(scenarios)
    job = _Job(problem, selling, risk, seed, degrees_of_freedom, report, paths, worst)
    chunk = min(chunk, -(-scenarios // threads))
    parts = [(first, min(chunk, scenarios - first)) for first in range(0, scenarios, chunk)]
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(job.fill, *zip(*parts, strict=True)))
    return Distribution(
        sessions=report,
        levels=np.asarray(levels),
        quantiles=np.quantile(paths, levels, axis=0).T,
        mean=paths.mean(axis=0),
        sd=paths.std(axis=0, ddof=1),
        final=paths[:, -1].copy(),
        worst=worst,
        seed=seed,
        degrees_of_freedom=degrees_of_freedom,
    )


@dataclass(frozen=True, slots=True)
class _Job:
    """One simulation under way; chunks write to their own rows of `paths` and `worst`."""

    problem: WaitProblem
    selling: Selling
    risk: Risk
    seed: int
    degrees_of_freedom: float | None
    report: IntArray
    paths: Array
    worst: Array

    def fill(self, first: int, count: int) -> None:
        """Simulate scenarios `first` .. `first + count - 1`, halved until they fit the budget."""
        horizon = self.problem.cap.shape[1]
        tree = sample_tree(self.problem.beliefs, horizon, count, self.seed, first=first)
        table = sum(len(p) for p in tree.paths) * horizon * self.risk.factors.shape[1] * 4
        if table > _BUDGET and count > 2 * _BLOCK:
            self.fill(first, count // 2)
            self.fill(first + count // 2, count - count // 2)
            return
        mean, sd = leaf_moments(self.problem, self.selling, self.risk, tree)
        draws = _market(self.seed, first, count, horizon, self.degrees_of_freedom)
        draws *= sd
        draws += mean
        np.cumsum(draws, axis=1, out=draws)
        self.paths[first : first + count] = draws[:, self.report - 1]
        self.worst[first : first + count] = np.minimum(draws.min(axis=1), 0.0)


def _report_sessions(horizon: int) -> IntArray:
    return np.unique(np.linspace(1, horizon, min(horizon, 50)).round().astype(np.int64))


def _market(
    seed: int, first: int, count: int, horizon: int, degrees_of_freedom: float | None
) -> Array:
    if degrees_of_freedom is None:
        return normals(seed, "market", first, count, horizon)
    draw = stdtrit(degrees_of_freedom, uniforms(seed, "market", first, count, horizon))
    return np.asarray(draw * np.sqrt((degrees_of_freedom - 2.0) / degrees_of_freedom))


def leaf_moments(
    problem: WaitProblem, selling: Selling, risk: Risk, tree: LegalTree
) -> tuple[Array, Array]:
    """Mean and standard deviation of each session's change, money, (L, T) each.

    Exposures are held in single precision: 1e-7 of a session's standard deviation.
    """
    horizon = problem.cap.shape[1]
    leaves = len(tree.leaf)
    mean = np.zeros((leaves, horizon))
    variance = np.full((leaves, horizon), risk.rest_variance)
    money: list[Array] = []
    specific: list[Array] = []
    base = np.tile(risk.rest_exposure.astype(np.float32), (horizon, 1))
    tables: list[Single] = [] if tree.paths else [base[None]]
    for c, states in enumerate(tree.paths):
        leg = selling(c, states)
        loadings = (risk.factors[leg.names] * problem.price[leg.names, None]).astype(np.float32)
        own = (risk.idiosyncratic * problem.price)[leg.names] ** 2
        money.append(leg_money(problem, problem.beliefs[c], states, leg))
        specific.append(leg.kept**2 @ own)
        table = leg.kept.astype(np.float32) @ loadings
        tables.append(table + base if c == 0 else table)
    leaf = tree.leaf if tree.paths else np.zeros((leaves, 1), dtype=np.int64)
    buffer = np.empty((_BLOCK, *base.shape), dtype=np.float32)
    total = np.empty_like(buffer)
    for first in range(0, leaves, _BLOCK):
        rows = slice(first, min(first + _BLOCK, leaves))
        size = rows.stop - first
        np.take(tables[0], leaf[rows, 0], axis=0, out=total[:size], mode="clip")
        for c, table in enumerate(tables[1:], start=1):
            np.take(table, leaf[rows, c], axis=0, out=buffer[:size], mode="clip")
            total[:size] += buffer[:size]
        variance[rows] += np.einsum("btk,btk->bt", total[:size], total[:size])
        for c in range(len(money)):
            mean[rows] += money[c][leaf[rows, c]]
            variance[rows] += specific[c][leaf[rows, c]]
    return mean, np.sqrt(variance)


@dataclass(frozen=True, slots=True)
class ExactDistribution:
    """Profit and loss at the horizon as a finite mixture of normals, one per joint legal path.

    Parameters
    ----------
    weight, mean, sd
        (L,).
    """

    weight: Array
    mean: Array
    sd: Array

    @property
    def total_mean(self) -> float:
        """Mean of the mixture."""
        return float(self.weight @ self.mean)

    @property
    def total_sd(self) -> float:
        """Standard deviation of the mixture."""
        second = self.weight @ (self.sd**2 + self.mean**2)
        return float(np.sqrt(second - self.total_mean**2))

    def quantile(self, level: float) -> float:
        """Quantile of the mixture."""
        found = mixture_quantile(self.weight, self.mean[:, None], self.sd[:, None], level)
        return float(found[0])


def exact(problem: WaitProblem, selling: Selling, risk: Risk, tree: LegalTree) -> ExactDistribution:
    """Return the distribution at the horizon without simulation, from an enumerated tree."""
    if not tree.exact:
        raise QueryError("the tree is a sample; an exact distribution needs every path")
    mean, sd = leaf_moments(problem, selling, risk, tree)
    return ExactDistribution(tree.weight, mean.sum(axis=1), np.sqrt((sd**2).sum(axis=1)))


def mixture_quantile(weight: Array, mean: Array, sd: Array, level: float) -> Array:
    """Quantile of mixtures of normals, by bisection to 1e-12 of their spread.

    Parameters
    ----------
    weight
        (L,).
    mean, sd
        (L, M) components of M mixtures; sd > 0 or a point mass.

    Returns
    -------
    ndarray
        (M,).
    """
    spread = np.maximum(sd, 1e-300)
    low, high = (mean - 40 * spread).min(axis=0), (mean + 40 * spread).max(axis=0)
    for _ in range(60):
        middle = (low + high) / 2
        below = weight @ ndtr((middle - mean) / spread) < level
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.asarray((low + high) / 2)


def line_quantiles(
    problem: WaitProblem, selling: Selling, risk: Risk, tree: LegalTree, levels: Array
) -> Array:
    """Quantiles of each designated line's own profit and loss at the horizon, (N, Q).

    The lines of a docket share its paths, so each is a mixture of normals over them; sampled
    trees give the mixture over the sampled paths.
    """
    found = np.zeros((len(problem.shares), len(levels)))
    for c, states in enumerate(tree.paths):
        leg = selling(c, states)
        counted = np.bincount(tree.leaf[:, c], tree.weight, len(tree.paths[c]))
        weight = np.asarray(counted, dtype=np.float64)
        for j, name in enumerate(leg.names):
            alone = leg.line(j)
            mean = leg_money(problem, problem.beliefs[c], states, alone).sum(axis=1)
            daily = np.hypot(np.linalg.norm(risk.factors[name]), risk.idiosyncratic[name])
            held = np.sqrt((alone.kept[:, :, 0] ** 2).sum(axis=1))
            sd = daily * problem.price[name] * held
            quantile = partial(mixture_quantile, weight, mean[:, None], sd[:, None])
            found[name] = [float(quantile(float(level))[0]) for level in levels]
    return found
