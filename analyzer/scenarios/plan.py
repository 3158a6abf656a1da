"""A liquidation plan: what to sell when, what it costs, what cannot be sold."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from analyzer.scenarios.closed_forms import water_filling
from analyzer.scenarios.impact import ATHL_FITTED_PARTICIPATION, FloatArray
from analyzer.scenarios.limits import solve_limited
from analyzer.scenarios.reference import solve_reference
from analyzer.scenarios.scaled import scale
from analyzer.scenarios.schedule import LiquidationProblem, Parameter
from analyzer.scenarios.solver import Solution, Start, solve, with_risk_aversion
from analyzer.scenarios.transient import solve_transient

REFERENCE_GAP = 1e-5


@dataclass(frozen=True, slots=True, kw_only=True)
class LiquidationPlan:
    """The result of a sell-down; arrays follow the problem's lines and sessions.

    Costs are in base currency against arrival prices, one figure per line: `spread`,
    `temporary`, `permanent` impact, `duties`, `fx`, `fees`. `timing_sd` is the standard
    deviation of the cost; `timing_by_line` its Euler shares, which add up to it.

    Parameters
    ----------
    sold, held
        (N, T) shares sold and (N, T + 1) shares held, the first column before the first session.
    stranded
        (N,) shares that the caps do not let out before the window closes: may be held, may not
        be sold.
    locked_market, locked_carrying, locked_economic
        (N,) value of everything still held at the end: at the arrival price, as carried in the
        books, and to this holder. Three columns, never added or mixed.
    frontier
        (N, T) most that can still be sold from each session on.
    latest_safe_start
        Per line the last session index from which the sale still fits; -1 when none does.
    gap_bound
        Certified relative distance from the optimum; `reference_gap` is the distance from
        Clarabel's answer where it was asked for.
    messages
        What a reader must know, in words.
    """

    problem: LiquidationProblem
    sold: FloatArray
    held: FloatArray
    spread: FloatArray
    temporary: FloatArray
    permanent: FloatArray
    duties: FloatArray
    fx: FloatArray
    fees: FloatArray
    timing_sd: float
    timing_by_line: FloatArray
    stranded: FloatArray
    locked_market: FloatArray
    locked_carrying: FloatArray
    locked_economic: FloatArray
    frontier: FloatArray
    latest_safe_start: tuple[int, ...]
    solver: str
    iterations: int
    objective: float
    gap_bound: float
    reference_gap: float | None
    converged: bool
    messages: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    start: Start | None = None

    @property
    def cost_by_line(self) -> FloatArray:
        """Expected cost of each line, (N,) base currency."""
        return np.asarray(
            self.spread + self.temporary + self.permanent + self.duties + self.fx + self.fees
        )

    @property
    def expected_cost(self) -> float:
        """Expected cost of the sale, base currency."""
        return float(self.cost_by_line.sum())

    @property
    def value_sold(self) -> FloatArray:
        """Value sold at arrival prices, (N,) base currency."""
        return np.asarray(self.sold.sum(axis=1) * self.problem.price)

    @property
    def net_price(self) -> FloatArray:
        """Average price after costs, (N,) base currency per share; NaN where nothing is sold."""
        total = self.sold.sum(axis=1)
        net = self.value_sold - self.cost_by_line
        return np.asarray(np.divide(net, total, out=np.full_like(net, np.nan), where=total > 0.0))

    @property
    def feasible(self) -> bool:
        """Whether everything that should be sold can be."""
        return not bool((self.stranded > 0.0).any())

    @property
    def last_sale(self) -> tuple[date | None, ...]:
        """Date of each line's last slice; None where nothing is sold."""
        dates: list[date | None] = []
        for row in self.sold:
            used = np.flatnonzero(row > 0.0)
            dates.append(self.problem.sessions[int(used[-1])] if len(used) else None)
        return tuple(dates)

    @property
    def latest_safe_date(self) -> tuple[date | None, ...]:
        """Date of each line's latest safe start; None when no start suffices."""
        return tuple(self.problem.sessions[t] if t >= 0 else None for t in self.latest_safe_start)

    def liquidity_var(self, z: float = 1.645) -> float:
        """Return expected cost plus `z` standard deviations (Almgren-Chriss 2000, section 3)."""
        return self.expected_cost + z * self.timing_sd


def make_plan(
    problem: LiquidationProblem,
    *,
    tolerance: float = 1e-5,
    start: Start | None = None,
    check_reference: bool = False,
) -> LiquidationPlan:
    """Solve a sale and lay out its result.

    Parameters
    ----------
    tolerance
        Certified relative gap at which the solver stops.
    start
        `start` of a former plan for the same lines and sessions.
    check_reference
        Also solve with Clarabel and record the gap.
    """
    name, solution = _solve(problem, tolerance, start)
    gap = None
    if check_reference:
        reference = solve_reference(problem).objective
        gap = (solution.objective - reference) / max(abs(reference), 1e-300)
    return _lay_out(problem, name, solution, gap)


def _solve(
    problem: LiquidationProblem, tolerance: float, start: Start | None
) -> tuple[str, Solution]:
    if problem.limits is not None:
        return "Clarabel, with limits across lines", solve_limited(problem, tolerance)
    if problem.curve.decay:
        return "Clarabel, fading impact", solve_transient(problem, tolerance)
    usable = problem.cap > 0.0
    linear = problem.linear
    steady = np.where(usable, linear, linear.max(axis=1, keepdims=True))
    level = steady.max(axis=1, keepdims=True)
    even = bool((level - steady <= 1e-12 * np.maximum(level, 1e-300)).all())
    if problem.policy.risk_aversion == 0.0 and even and problem.curve.model != "ac_linear":
        sold = np.zeros(problem.cap.shape)
        for i, target in enumerate(problem.target):
            sold[i] = water_filling(problem.volume[i], problem.cap[i], float(target))
        scaled, rows = scale(problem)
        share = sold[rows] / problem.target[rows, None]
        value = scaled.objective(share) * scaled.value if len(rows) else 0.0
        gap = scaled.gap(share) / max(abs(scaled.objective(share)), 1e-300) if len(rows) else 0.0
        return "water-filling (closed form)", Solution(sold, value, gap, 0, True)
    return "spectral ADMM", solve(problem, tolerance=tolerance, start=start)


def _lay_out(
    problem: LiquidationProblem, name: str, solution: Solution, gap: float | None
) -> LiquidationPlan:
    sold = solution.sold
    total = sold.sum(axis=1)
    held = problem.shares[:, None] - np.concatenate(
        [np.zeros((len(sold), 1)), np.cumsum(sold, axis=1)], axis=1
    )
    held = np.maximum(held, 0.0)
    sd, by_line = timing_risk(problem, sold)
    locked = held[:, -1] * problem.price
    policy = problem.policy
    return LiquidationPlan(
        problem=problem,
        sold=sold,
        held=held,
        spread=problem.half_spread * total,
        temporary=problem.curve.temporary_cost(sold).sum(axis=1),
        permanent=problem.curve.permanent_cost(sold),
        duties=(problem.price[:, None] * problem.duty * sold).sum(axis=1),
        fx=problem.price * problem.fx_cost * total,
        fees=problem.fee_per_share * total,
        timing_sd=sd,
        timing_by_line=by_line,
        stranded=problem.stranded,
        locked_market=locked,
        locked_carrying=locked * (1.0 - policy.carrying_discount),
        locked_economic=locked * (1.0 - policy.economic_discount),
        frontier=problem.frontier,
        latest_safe_start=problem.latest_safe_start,
        solver=name,
        iterations=solution.iterations,
        objective=solution.objective,
        gap_bound=solution.gap_bound,
        reference_gap=gap,
        converged=solution.converged,
        messages=_messages(problem, solution, gap),
        parameters=policy.parameters(),
        start=solution.start,
    )


def timing_risk(problem: LiquidationProblem, sold: FloatArray) -> tuple[float, FloatArray]:
    """Return the standard deviation of the cost and its Euler shares by line, base currency."""
    left = problem.target[:, None] - np.cumsum(sold, axis=1)
    value = np.maximum(left, 0.0) * problem.price[:, None]
    common = problem.loadings @ (problem.loadings.T @ value)
    parts = (value * (common + problem.specific[:, None] * value)).sum(axis=1)
    variance = float(parts.sum())
    sd = float(np.sqrt(max(variance, 0.0)))
    return sd, np.asarray(parts / sd if sd > 0.0 else np.zeros_like(parts))


def _messages(
    problem: LiquidationProblem, solution: Solution, gap: float | None
) -> tuple[str, ...]:
    words = []
    for line, left, room in zip(
        problem.lines, problem.stranded, problem.cap.sum(axis=1), strict=True
    ):
        if left > 0.0:
            words.append(
                f"{line}: {left:,.0f} shares cannot be sold before the window closes; "
                f"the caps allow {room:,.0f}; what is left may be held and may not be sold"
            )
    if problem.curve.model == "athl":
        pace = np.divide(
            solution.sold,
            problem.volume,
            out=np.zeros_like(solution.sold),
            where=problem.volume > 0,
        )
        for line, most in zip(problem.lines, pace.max(axis=1), strict=True):
            if most > ATHL_FITTED_PARTICIPATION + 1e-9:
                words.append(f"{line}: impact extrapolated, {most:.0%} of volume in a session")
    if not solution.converged:
        words.append(f"solver stopped with a certified gap of {solution.gap_bound:.1e}")
    if gap is not None and gap > REFERENCE_GAP:
        words.append(f"objective exceeds the reference solver's by {gap:.1e}")
    return tuple(words)


@dataclass(frozen=True, slots=True)
class FrontierPoint:
    """One efficient schedule: expected cost and standard deviation, base currency."""

    risk_aversion: float
    expected_cost: float
    sd: float


def efficient_frontier(
    problem: LiquidationProblem, risk_aversions: Sequence[float], tolerance: float = 1e-5
) -> tuple[FrontierPoint, ...]:
    """Trace expected cost against risk over risk aversions, each solve begun from the last."""
    points, start = [], None
    for value in sorted(risk_aversions):
        plan = make_plan(with_risk_aversion(problem, value), tolerance=tolerance, start=start)
        start = plan.start
        points.append(FrontierPoint(value, plan.expected_cost, plan.timing_sd))
    return tuple(points)


def minimal_lvar_plan(
    problem: LiquidationProblem, z: float = 1.645, steps: int = 40, tolerance: float = 1e-5
) -> LiquidationPlan:
    """Plan with the least `E + z sd`, by bisection on `2 lambda sd(lambda) = z`.

    The identity is the stationarity condition of `E + z sd` along the efficient frontier;
    `lambda sd` grows with lambda there.
    """
    plan = make_plan(with_risk_aversion(problem, 0.0), tolerance=tolerance)
    if plan.timing_sd == 0.0:
        return plan
    low = z / (2.0 * plan.timing_sd)  # sd only falls with lambda, so the root lies above
    high, best, start = low, plan, None
    for _ in range(60):
        plan = make_plan(with_risk_aversion(problem, high), tolerance=tolerance, start=start)
        start, best = plan.start, min(best, plan, key=lambda p: p.liquidity_var(z))
        if 2.0 * high * plan.timing_sd >= z or plan.timing_sd == 0.0:
            break
        low, high = high, high * 4.0
    for _ in range(steps):
        middle = float(np.sqrt(low * high))
        plan = make_plan(with_risk_aversion(problem, middle), tolerance=tolerance, start=start)
        start, best = plan.start, min(best, plan, key=lambda p: p.liquidity_var(z))
        low, high = (low, middle) if 2.0 * middle * plan.timing_sd >= z else (middle, high)
        if high / low < 1.0 + 1e-9:
            break
    return best


def in_board_lots(plan: LiquidationPlan, lots: Sequence[int]) -> LiquidationPlan:
    """Round every slice to whole board lots, never above a cap; odd remainders stay unsold.

    What one session rounds off is carried into the next with room. Costs are computed anew; the
    certified gap no longer applies and is set to NaN.
    """
    problem = plan.problem
    lot = np.asarray(lots, dtype=np.float64)
    rounded = np.zeros_like(plan.sold)
    carry = np.zeros(len(lot))
    for t in range(plan.sold.shape[1]):
        wish = plan.sold[:, t] + carry
        allowed = np.minimum(wish * (1.0 + 1e-12), problem.cap[:, t])
        rounded[:, t] = np.floor(allowed / lot) * lot
        carry = wish - rounded[:, t]
    for t in range(plan.sold.shape[1] - 1, -1, -1):
        room = np.minimum(problem.cap[:, t] - rounded[:, t], carry * (1.0 + 1e-12))
        more = np.floor(np.maximum(room, 0.0) / lot) * lot
        rounded[:, t] += more
        carry = carry - more
    words = [
        f"{line}: {left:,.0f} shares are less than a lot or do not fit in whole lots"
        for line, left in zip(problem.lines, carry, strict=True)
        if left > 1e-6
    ]
    scaled, rows = scale(problem)
    objective = scaled.objective(rounded[rows] / problem.target[rows, None]) * scaled.value
    solution = Solution(rounded, objective, float("nan"), plan.iterations, plan.converged)
    made = _lay_out(problem, plan.solver + ", whole lots", solution, None)
    return replace(made, messages=(*made.messages, *words))
