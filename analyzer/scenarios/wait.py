"""Sell now, or wait for the court: a dynamic programme over session, holding and court state.

    V_t(x, s) = min over 0 <= n <= min(x, cap_t) of
        c_t(n) + lam sigma^2 (x - n)^2 + sum_s' P_t(s'|s) [V_{t+1}(x - n, s') - (x - n) S J_ss']

with V_T the loss on what is locked. Cost and terminal loss are convex, so V is convex in x, and a
minimum over a split of x between two convex functions merges their sorted slopes: one sort per
session answers every name, state and holding at once, exactly on the grid.

Money is one currency, holdings are shares, time is sessions of the line's venue. Only temporary
impact enters: lasting impact costs a full sale the same whenever it happens, and a reprieve
recovers part of it, so leaving it out favours selling.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analyzer.core.errors import QueryError
from analyzer.scenarios.closed_forms import latest_safe_start
from analyzer.scenarios.courts import FREE, Belief, CourtState, occupancy

Array = NDArray[np.float64]
IntArray = NDArray[np.int64]

_DOMINANT = 1e9  # a slope that no sale can be worth, for holdings that must be out


@dataclass(frozen=True, slots=True)
class WaitProblem:
    """Lines to sell or keep, with N names over T sessions.

    Parameters
    ----------
    shares, price, sigma
        (N,) shares held, money per share, daily return volatility.
    half_spread
        (N,) money per share.
    temporary, exponent
        (N, T) and scalar >= 1: a session that sells n costs `temporary n**exponent`.
    cap
        (N, T) shares per session; zero where the venue or the law is closed.
    deadline
        (N,) first session in which a sale is barred, <= T.
    lock_loss
        (N,) fraction of value lost on a share locked at the deadline; infinite when it must go.
    docket
        (N,) index into `beliefs`.
    beliefs
        Court arrays by docket, over at least T sessions.
    risk_aversion
        `lam`, per unit of money.
    grid
        Holdings per line, >= 2; a lot is `shares / (grid - 1)`.
    cvar_weight, cvar_tail
        Weight of the conditional value at risk over the court's next move, and its tail.
    """

    shares: Array
    price: Array
    sigma: Array
    half_spread: Array
    temporary: Array
    exponent: float
    cap: Array
    deadline: IntArray
    lock_loss: Array
    docket: IntArray
    beliefs: tuple[Belief, ...]
    risk_aversion: float = 0.0
    grid: int = 201
    cvar_weight: float = 0.0
    cvar_tail: float = 0.05

    def __post_init__(self) -> None:
        names, sessions = self.cap.shape
        short = [b.docket for b in self.beliefs if len(b.matrices) < sessions]
        wrong = {
            "a line array does not have one value per name": any(
                len(a) != names
                for a in (self.shares, self.price, self.sigma, self.half_spread, self.deadline)
            )
            or self.temporary.shape != self.cap.shape,
            "negative shares, price, spread, impact, cap or loss": any(
                bool((a < 0).any())
                for a in (
                    self.shares,
                    self.price,
                    self.half_spread,
                    self.temporary,
                    self.cap,
                    self.lock_loss,
                )
            ),
            "deadlines lie outside the sessions": bool(
                ((self.deadline < 0) | (self.deadline > sessions)).any()
            ),
            "the cost of a session is not convex": self.exponent < 1.0,
            "the grid needs two holdings": self.grid < 2,
            f"dockets end before the sessions do: {short}": bool(short),
            "a tail risk weight needs a finite lock loss": self.cvar_weight > 0
            and not bool(np.isfinite(self.lock_loss).all()),
        }
        problems = [text for text, holds in wrong.items() if holds]
        if problems:
            raise QueryError("; ".join(problems))

    @property
    def lot(self) -> Array:
        """Shares per grid step, (N,)."""
        return self.shares / (self.grid - 1)

    def cap_lots(self) -> IntArray:
        """Whole lots that may be sold, (N, T).

        Rounded on the running total, so no date is ahead of its true capacity; one session may
        exceed its own cap by less than a lot.
        """
        lot = np.where(self.lot > 0, self.lot, np.inf)[:, None]
        barred = np.arange(self.cap.shape[1]) >= self.deadline[:, None]
        usable = np.where(barred, 0.0, np.minimum(self.cap, self.shares[:, None]))
        running = np.cumsum(usable, axis=1) / lot
        # A multiple of the lot must not fall short of itself by a rounding error.
        whole = np.floor(running * (1 + 1e-12) + 1e-9).astype(np.int64)
        return np.minimum(np.diff(whole, axis=1, prepend=0), self.grid - 1)


@dataclass(frozen=True, slots=True)
class WaitSolution:
    """Optimal policy and what it is worth, before it is split into parts.

    Parameters
    ----------
    value
        (N,) expected cost of the optimal policy from the full holding.
    commit
        (N,) expected cost of the best schedule fixed today and carried through.
    commit_lots
        (N, T) that schedule.
    wait
        (N,) expected cost of selling nothing until the court moves or the point of no return.
    plan
        (N, T) shares the optimal policy sells while the court has not moved; zero in sessions
        that cannot come without a move.
    policy
        (T, N, A, grid) lots to sell, by session, name, state of `states` and lots held.
    latest_safe_start
        (N,) last session from which the whole holding still fits its caps; -1 if none.
    first_sale
        (N,) first session in which `plan` sells; T when it never does.
    """

    problem: WaitProblem
    states: tuple[CourtState, ...]
    value: Array
    commit: Array
    commit_lots: IntArray
    wait: Array
    plan: Array
    policy: NDArray[np.unsignedinteger]
    latest_safe_start: IntArray
    first_sale: IntArray

    @property
    def value_of_waiting(self) -> Array:
        """Cost saved by staying flexible, (N,): `commit - value`."""
        return self.commit - self.value

    @property
    def sell_now(self) -> Array:
        """Shares to sell in the first session, (N,), within its cap."""
        return np.minimum(self.plan[:, 0], self.problem.cap[:, 0])


@dataclass(frozen=True, slots=True)
class Chain:
    """Court arrays cut down to the states that matter, (C dockets, A states).

    Parameters
    ----------
    matrices, jumps
        (C, T, A, A).
    start
        (C,) positions in `states`.
    bound
        (A,) whether the ban binds.
    may_sell
        (A,) false once the window has closed.
    """

    states: tuple[CourtState, ...]
    matrices: Array
    jumps: Array
    start: IntArray
    bound: NDArray[np.bool_]
    may_sell: NDArray[np.bool_]

    @property
    def expected_jump(self) -> Array:
        """Expected jump, fraction of price, (C, T, A)."""
        return np.asarray(np.einsum("ctij,ctij->cti", self.matrices, self.jumps))


def chain(beliefs: tuple[Belief, ...], sessions: int) -> Chain:
    """Keep the states that some docket can reach within the sessions."""
    reach = np.zeros(len(CourtState), dtype=bool)
    for seen in beliefs:
        reach |= (occupancy(seen.matrices[:sessions], seen.start) > 0).any(axis=0)
    keep = np.flatnonzero(reach)
    states = tuple(CourtState(int(s)) for s in keep)
    cut = np.ix_(np.arange(sessions), keep, keep)
    return Chain(
        states=states,
        matrices=np.stack([b.matrices[:sessions][cut] for b in beliefs]),
        jumps=np.stack([b.jumps[:sessions][cut] for b in beliefs]),
        start=np.array([states.index(b.start) for b in beliefs]),
        bound=np.array([s not in FREE for s in states]),
        may_sell=np.array([s is not CourtState.WINDOW_END for s in states]),
    )


def commit_chain(court: Chain) -> Chain:
    """Return the one-state chain of a seller who never looks at the court.

    Price moves still reach the shares held: their expectation over the court's states stays.
    """
    dockets, sessions = court.matrices.shape[:2]
    chance = np.zeros((dockets, len(court.states)))
    chance[np.arange(dockets), court.start] = 1.0
    expected = court.expected_jump
    jumps = np.empty((dockets, sessions, 1, 1))
    for t in range(sessions):
        jumps[:, t, 0, 0] = (chance * expected[:, t]).sum(axis=1)
        chance = np.einsum("ci,cij->cj", chance, court.matrices[:, t])
    return Chain(
        states=(CourtState.PENDING,),
        matrices=np.ones((dockets, sessions, 1, 1)),
        jumps=jumps,
        start=np.zeros(dockets, dtype=np.int64),
        bound=np.ones(1, dtype=bool),
        may_sell=np.ones(1, dtype=bool),
    )


def solve(problem: WaitProblem) -> WaitSolution:
    """Solve every line: optimal policy, the committed schedule, and waiting for the court."""
    names, sessions = problem.cap.shape
    court = chain(problem.beliefs, sessions)
    lots = problem.cap_lots()
    slopes, policy = backward(problem, court, lots)
    fixed = commit_chain(court)
    fixed_slopes, fixed_policy = backward(replace(problem, cvar_weight=0.0), fixed, lots)
    safe = latest_safe_start(
        np.where(np.arange(sessions) < problem.deadline[:, None], problem.cap, 0.0), problem.shares
    )
    last = latest_safe_start(lots.astype(float), np.full(names, float(problem.grid - 1)))
    wait_slopes, _ = backward(problem, court, lots, hold_until=last, keep_policy=False)
    start = court.start[problem.docket]
    rows = np.arange(names)
    plan = follow(policy, start, problem.grid) * problem.lot[:, None]
    plan *= unmoved(court)[problem.docket] > 0
    sells = plan > 0
    return WaitSolution(
        problem=problem,
        states=court.states,
        value=slopes[rows, start].sum(axis=1),
        commit=fixed_slopes[:, 0].sum(axis=1),
        commit_lots=follow(fixed_policy, np.zeros(names, dtype=np.int64), problem.grid),
        wait=wait_slopes[rows, start].sum(axis=1),
        plan=plan,
        policy=policy,
        latest_safe_start=safe,
        first_sale=np.where(sells.any(axis=1), sells.argmax(axis=1), sessions),
    )


def unmoved(court: Chain) -> Array:
    """Chance that the court has not moved before each session, (C, T)."""
    dockets, sessions = court.matrices.shape[:2]
    stay = court.matrices[np.arange(dockets), :, court.start, court.start]
    before = np.ones((dockets, sessions))
    before[:, 1:] = np.cumprod(stay[:, :-1], axis=1)
    return before


def follow(policy: NDArray[np.unsignedinteger], state: IntArray, grid: int) -> IntArray:
    """Lots sold per session from a full holding that stays in `state`, (N, T)."""
    sessions, names = policy.shape[:2]
    rows = np.arange(names)
    held = np.full(names, grid - 1)
    sold = np.zeros((names, sessions), dtype=np.int64)
    for t in range(sessions):
        sold[:, t] = policy[t, rows, state, held]
        held -= sold[:, t]
    return sold


def backward(
    problem: WaitProblem,
    court: Chain,
    lots: IntArray,
    *,
    hold_until: IntArray | None = None,
    keep_policy: bool = True,
) -> tuple[Array, NDArray[np.unsignedinteger]]:
    """Return value slopes (N, A, grid - 1) at session 0, money per lot, and the policy.

    `hold_until` forbids sales in the starting state before that session, (N,).
    """
    names, sessions = problem.cap.shape
    steps, width = problem.grid - 1, int(lots.max(initial=0))
    size = np.min_scalar_type(width)
    states = len(court.states)
    policy = np.zeros((sessions if keep_policy else 0, names, states, problem.grid), dtype=size)
    slopes = np.repeat(terminal_slopes(problem, court)[:, :, None], steps, axis=2)
    risk = risk_slopes(problem)
    waiting = np.zeros((names, states), dtype=bool)
    waiting[np.arange(names), court.start[problem.docket]] = True
    for t in range(sessions - 1, -1, -1):
        rows = np.flatnonzero(problem.deadline > t)
        if not len(rows):
            continue
        keep = _continuation(problem, court, t, rows, slopes[rows], risk)
        sale = _sale_slopes(problem, t, rows, width)
        barred = np.arange(width) >= lots[rows, t, None]
        closed = ~court.may_sell[None, :] | np.zeros((len(rows), 1), dtype=bool)
        if hold_until is not None:
            closed |= waiting[rows] & (t < hold_until[rows])[:, None]
        offered = np.where(barred[:, None, :] | closed[:, :, None], np.inf, sale[:, None, :])
        both = np.concatenate([offered, keep], axis=2)
        if keep_policy:
            # Stable: at equal cost the sale comes first.
            order = np.argsort(both, axis=2, kind="stable")[:, :, :steps]
            policy[t, rows, :, 1:] = np.cumsum(order < width, axis=2)
            slopes[rows] = np.take_along_axis(both, order, axis=2)
        else:
            slopes[rows] = np.sort(both, axis=2)[:, :, :steps]
    return slopes, policy


def terminal_slopes(problem: WaitProblem, court: Chain) -> Array:
    """Loss per lot locked at the deadline, (N, A); zero where no ban binds."""
    lot, top = problem.lot, problem.shares**problem.exponent
    must = _DOMINANT * (
        problem.shares * (problem.price + problem.half_spread)
        + top * problem.temporary.max(axis=1, initial=0.0)
        + problem.risk_aversion * (problem.sigma * problem.price * problem.shares) ** 2
    )
    finite = np.isfinite(problem.lock_loss)
    loss = np.where(finite, np.where(finite, problem.lock_loss, 0.0) * problem.price * lot, must)
    return np.asarray(loss[:, None] * court.bound)


def risk_slopes(problem: WaitProblem) -> Array:
    """Risk charged on each further lot kept over a session, (N, grid - 1), where a ban binds."""
    scale = problem.risk_aversion * (problem.sigma * problem.price * problem.lot) ** 2
    return np.asarray(scale[:, None] * (2 * np.arange(problem.grid - 1) + 1))


def _sale_slopes(problem: WaitProblem, t: int, rows: IntArray, width: int) -> Array:
    ladder = np.diff(np.arange(width + 1, dtype=float) ** problem.exponent)
    lot = problem.lot[rows]
    temporary = problem.temporary[rows, t] * lot**problem.exponent
    return np.asarray((problem.half_spread[rows] * lot)[:, None] + temporary[:, None] * ladder)


def _continuation(
    problem: WaitProblem, court: Chain, t: int, rows: IntArray, slopes: Array, risk: Array
) -> Array:
    """Slopes of what is kept: risk, the court's next move, and the jump on the shares held."""
    docket = problem.docket[rows]
    matrix = court.matrices[docket, t]
    unit = (problem.lot * problem.price)[rows]
    mean = np.matmul(matrix, slopes)
    mean -= unit[:, None, None] * court.expected_jump[docket, t][:, :, None]
    if problem.cvar_weight > 0.0:
        tail = _tail_slopes(problem, matrix, court.jumps[docket, t], slopes, unit)
        mean = (1.0 - problem.cvar_weight) * mean + problem.cvar_weight * tail
    mean[:, court.bound] += risk[rows, None, :]
    return np.asarray(mean)


def _tail_slopes(
    problem: WaitProblem, matrix: Array, jumps: Array, slopes: Array, unit: Array
) -> Array:
    """Slopes of the conditional value at risk of the next value over the court's moves."""
    values = np.concatenate([np.zeros_like(slopes[:, :, :1]), slopes.cumsum(axis=2)], axis=2)
    held = unit[:, None, None, None] * np.arange(problem.grid)
    outcome = values[:, None] - jumps[..., None] * held
    order = np.argsort(-outcome, axis=2, kind="stable")
    chance = np.broadcast_to(matrix[..., None], outcome.shape)
    chance = np.take_along_axis(chance, order, axis=2)
    before = np.cumsum(chance, axis=2) - chance
    weight = np.clip(problem.cvar_tail - before, 0.0, chance) / problem.cvar_tail
    worst = (weight * np.take_along_axis(outcome, order, axis=2)).sum(axis=2)
    return np.diff(worst, axis=2)
