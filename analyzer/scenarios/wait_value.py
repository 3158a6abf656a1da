"""What waiting is worth, why, and how wrong a probability may be.

The value of waiting is what staying flexible saves against the best schedule of a seller
who never looks at the court. It is split so that the parts add up exactly:

- *impact avoided*: sales of the fixed schedule that relief would have made needless;
- *compression*: extra impact, usually a loss, because the rest must be sold in less time;
- *jump*: price moves on shares held longer (zero in expectation when jumps are market-consistent);
- *risk*: risk charged on shares kept, which ends when the ban does;
- *lock-in*: loss on what is still held when the window closes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from analyzer.core.errors import QueryError
from analyzer.scenarios.courts import CourtModel, View, belief, with_relief
from analyzer.scenarios.wait import (
    Lots,
    WaitProblem,
    WaitSolution,
    committed_jump,
    follow,
    solve,
)
from analyzer.scenarios.wait_chain import Array, Chain, IntArray


@dataclass(frozen=True, slots=True)
class CostParts:
    """Expected cost of a policy by cause, money, (N,) each; negative is a gain."""

    impact: Array
    risk: Array
    jump: Array
    lock_in: Array

    @property
    def total(self) -> Array:
        """Sum of the parts, (N,)."""
        return self.impact + self.risk + self.jump + self.lock_in


@dataclass(frozen=True, slots=True)
class WaitingValue:
    """Value of waiting by cause, money, (N,) each; positive favours waiting."""

    impact_avoided: Array
    compression: Array
    jump: Array
    risk: Array
    lock_in: Array

    @property
    def total(self) -> Array:
        """Sum of the parts, (N,)."""
        return self.impact_avoided + self.compression + self.jump + self.risk + self.lock_in


def evaluate(problem: WaitProblem, court: Chain, policy: Lots, row: IntArray) -> CostParts:
    """Return the expected cost of following `policy` from the full holding in `row`, exactly.

    The distribution over court state and holding is carried forward; a policy may come from
    another problem with the same grid and rows, which is how a wrong belief is priced.
    """
    names, sessions = problem.cap.shape
    mass = np.zeros((names, court.rows, problem.grid))
    mass[np.arange(names), row, -1] = 1.0
    impact, risk, jump, lock = (np.zeros(names) for _ in range(4))
    variance = problem.risk_aversion * (problem.sigma * problem.price * problem.lot) ** 2
    unit = problem.price * problem.lot
    for t in range(sessions + 1):
        ending = np.flatnonzero(problem.deadline == t)
        lock[ending] = _locked(problem, court, mass[ending], ending)
        mass[ending] = 0.0
        place = np.flatnonzero(mass != 0.0)
        if not len(place):
            continue
        name, state, held = np.unravel_index(place, mass.shape)
        weight, docket = mass[name, state, held], problem.docket[name]
        sold = policy[t, name, state, held].astype(np.int64)
        kept = held - sold
        cost = weight * _sale_cost(problem, t, name, sold)
        bound = weight * court.bound[docket, state]
        moves = weight * kept * court.expected_jump[docket, t, state]
        impact += np.bincount(name, cost, names)
        risk += variance * np.bincount(name, bound * kept**2.0, names)
        jump -= unit * np.bincount(name, moves, names)
        target = (name * court.rows)[:, None] + np.arange(court.rows)
        spread = weight[:, None] * court.matrices[docket, t, state, : court.rows]
        reached = target * problem.grid + kept[:, None]
        moved: Array = np.bincount(reached.ravel(), spread.ravel(), mass.size).astype(
            np.float64, copy=False
        )
        mass = moved.reshape(names, court.rows, problem.grid)
    return CostParts(impact, risk, jump, lock)


def _sale_cost(problem: WaitProblem, t: int, name: IntArray, lots: IntArray) -> Array:
    shares = lots * problem.lot[name]
    impact = problem.temporary[name, t] * shares**problem.exponent
    return np.asarray(problem.linear[name, t] * shares + impact)


def _locked(problem: WaitProblem, court: Chain, mass: Array, name: IntArray) -> Array:
    """Return the expected loss on the holdings of `name` that end behind a closed window."""
    bound = court.bound[problem.docket[name]][:, :, None]
    lots = (mass * bound * np.arange(problem.grid)).sum(axis=(1, 2))
    value = lots * problem.lot[name] * problem.price[name]
    loss = np.where(value > 0, problem.lock_loss[name], 0.0)
    return np.asarray(loss * value)


def value_of_waiting(solution: WaitSolution) -> WaitingValue:
    """Split what the optimal policy saves against the best schedule fixed today."""
    problem, court = solution.problem, solution.court
    names, sessions = problem.cap.shape
    optimum = evaluate(problem, court, solution.policy, court.start[problem.docket])
    sold = follow(solution.policy, np.full(names, court.committed))
    kept = problem.grid - 1 - np.cumsum(sold, axis=1)
    live = np.arange(sessions) < problem.deadline[:, None]
    each = np.arange(names)
    cost = np.stack([_sale_cost(problem, t, each, sold[:, t]) for t in range(sessions)], axis=1)
    free = court.free[problem.docket, :-1]
    variance = problem.risk_aversion * (problem.sigma * problem.price * problem.lot) ** 2
    stranded = kept[:, -1] * problem.lot * problem.price
    committed_lock = np.where(stranded > 0, problem.lock_loss, 0.0) * stranded
    return WaitingValue(
        impact_avoided=(cost * free).sum(axis=1),
        compression=(cost * (1.0 - free)).sum(axis=1) - optimum.impact,
        jump=committed_jump(problem, court, sold) - optimum.jump,
        risk=variance * (kept**2.0 * live).sum(axis=1) - optimum.risk,
        lock_in=committed_lock - optimum.lock_in,
    )


@dataclass(frozen=True, slots=True)
class Sweep:
    """Costs over a range of probabilities of relief, R of them.

    Parameters
    ----------
    probability
        (R,).
    value, commit, wait
        (R, N) expected costs: optimal, fixed schedule, waiting for the court.
    sell_now
        (R, N) shares the optimum sells in the first session.
    break_even
        (N,) probability at which `wait` equals `commit`; exact when only rulings move the court
        and come before the point of no return, else interpolated between the probabilities;
        NaN where one is better throughout.
    regret
        (R believed, R true, N) cost of acting on one probability when another is true, beyond
        what acting on the truth would have cost; >= 0.
    repriced
        Whether the price was taken to agree with each probability (no alpha).
    """

    probability: Array
    value: Array
    commit: Array
    wait: Array
    sell_now: Array
    break_even: Array
    regret: Array
    repriced: bool


def sweep(
    problem: WaitProblem,
    models: Sequence[CourtModel],
    probability: Array,
    *,
    repriced: bool = True,
    grid: int = 101,
) -> Sweep:
    """Solve the problem for each probability of relief at every ruling.

    Parameters
    ----------
    models
        The market's model of each docket, aligned with `problem.beliefs`.
    repriced
        True: jumps are fair at each probability. False: jumps stay as the market's own
        probability prices them, and the difference is the user's alpha.

    Raises
    ------
    QueryError
        When models and dockets differ, or a tail-risk weight is set: regret is an expectation.
    """
    views = [
        [with_relief(m, float(p), view=View.USER, basis=f"sweep at {p:.4g}") for m in models]
        for p in probability
    ]
    markets = None if repriced else models
    return sweep_models(problem, views, probability, markets=markets, grid=grid)


def sweep_models(
    problem: WaitProblem,
    models: Sequence[Sequence[CourtModel]],
    probability: Array,
    *,
    markets: Sequence[CourtModel] | None = None,
    grid: int = 101,
) -> Sweep:
    """Solve the problem under each of several views of its dockets; see `sweep`.

    Parameters
    ----------
    models
        R views, each a model for every docket, aligned with `problem.beliefs`.
    probability
        (R,) what tells the views apart, in order.
    markets
        Models whose chances price the jumps; None takes each view's own.

    Raises
    ------
    QueryError
        When models and dockets differ, or a tail-risk weight is set: regret is an expectation.
    """
    dockets = [b.docket for b in problem.beliefs]
    if any([m.docket for m in view] != dockets for view in models):
        raise QueryError("the models are not those of the problem's dockets")
    if problem.cvar_weight > 0:
        raise QueryError("a sweep compares expected costs; set the tail-risk weight to zero")
    stacked = _stack(replace(problem, grid=grid), models, markets)
    solution = solve(stacked)
    shape = (len(probability), len(problem.shares))
    value, commit, wait, now = (
        a.reshape(shape)
        for a in (solution.value, solution.commit, solution.wait, solution.sell_now)
    )
    return Sweep(
        probability=probability,
        value=value,
        commit=commit,
        wait=wait,
        sell_now=now,
        break_even=_crossing(probability, wait - commit),
        regret=_regret(solution, shape, len(dockets)),
        repriced=markets is None,
    )


def _stack(
    problem: WaitProblem,
    models: Sequence[Sequence[CourtModel]],
    markets: Sequence[CourtModel] | None,
) -> WaitProblem:
    sessions, copies = problem.cap.shape[1], len(models)
    beliefs = [
        belief(market, sessions, user=view)
        for views in models
        for view, market in zip(views, markets or views, strict=True)
    ]
    dockets = len(problem.beliefs)
    blocks = np.repeat(np.arange(copies), len(problem.shares))
    return replace(
        problem,
        shares=np.tile(problem.shares, copies),
        price=np.tile(problem.price, copies),
        sigma=np.tile(problem.sigma, copies),
        linear=np.tile(problem.linear, (copies, 1)),
        temporary=np.tile(problem.temporary, (copies, 1)),
        cap=np.tile(problem.cap, (copies, 1)),
        deadline=np.tile(problem.deadline, copies),
        lock_loss=np.tile(problem.lock_loss, copies),
        docket=np.tile(problem.docket, copies) + blocks * dockets,
        beliefs=tuple(beliefs),
    )


def _regret(solution: WaitSolution, shape: tuple[int, int], dockets: int) -> Array:
    """Evaluate every believed policy under every truth, one shift of the truths at a time."""
    copies, names = shape
    problem, court = solution.problem, solution.court
    value = solution.value.reshape(shape)
    regret = np.zeros((copies, copies, names))
    believed = np.arange(copies)
    for shift in range(1, copies):
        true = (believed + shift) % copies
        docket = problem.docket + np.repeat(true - believed, names) * dockets
        moved = replace(problem, docket=docket)
        cost = evaluate(moved, court, solution.policy, court.start[docket]).total.reshape(shape)
        regret[believed, true] = cost - value[true]
    return regret


def _crossing(probability: Array, difference: Array) -> Array:
    """First zero of each column of `difference` (R, N), by linear interpolation."""
    found = np.full(difference.shape[1], np.nan)
    for i in range(len(probability) - 2, -1, -1):
        a, b = difference[i], difference[i + 1]
        crosses = (a > 0) & (b <= 0)
        share = np.divide(a, a - b, out=np.zeros_like(a), where=crosses)
        step = probability[i + 1] - probability[i]
        found = np.where(crosses, probability[i] + share * step, found)
    return found
