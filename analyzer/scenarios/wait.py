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

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analyzer.core.errors import QueryError
from analyzer.scenarios.closed_forms import latest_safe_start
from analyzer.scenarios.courts import Belief, CourtState
from analyzer.scenarios.wait_chain import Array, Chain, IntArray, build_chain

Lots = NDArray[np.unsignedinteger]
Rows = IntArray | slice

_KEPT = np.uint64(1)
_NARROW = 32  # lots; measured: a third block costs more passes than it saves
_DOMINANT = 1e9  # a slope that no sale can be worth, for holdings that must be out


@dataclass(frozen=True, slots=True)
class WaitProblem:
    """Lines to sell or keep, with N names over T sessions.

    Parameters
    ----------
    shares, price, sigma
        (N,) shares held, money per share, daily return volatility.
    linear
        (N, T) money per share sold: half the spread, duties, fees, currency.
    temporary, exponent
        (N, T) and scalar >= 1: a session that sells n costs `linear n + temporary n**exponent`.
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
    linear: Array
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
                for a in (self.shares, self.price, self.sigma, self.deadline, self.docket)
            )
            or not self.temporary.shape == self.linear.shape == self.cap.shape,
            "negative shares, price, spread, impact, cap or loss": any(
                bool((a < 0).any())
                for a in (
                    self.shares,
                    self.price,
                    self.linear,
                    self.temporary,
                    self.cap,
                    self.lock_loss,
                )
            ),
            "a number is missing or not finite": not all(
                bool(np.isfinite(a).all())
                for a in (self.shares, self.price, self.sigma, self.linear, self.temporary)
            )
            or bool(np.isnan(self.cap).any() or np.isnan(self.lock_loss).any()),
            "a line names a docket that is not there": bool(
                ((self.docket < 0) | (self.docket >= len(self.beliefs))).any()
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
        (N,) expected cost of the schedule that would be best if there were no court, carried
        through whatever the court does.
    wait
        (N,) expected cost of selling nothing until the court moves or the point of no return.
    plan
        (N, T) shares the optimal policy sells while the court has not moved; zero in sessions
        that cannot come without a move.
    policy
        (T, N, R, grid) lots to sell, by session, name, row of `court` and lots held.
    latest_safe_start
        (N,) last session from which the whole holding still fits its caps; -1 if none.
    first_sale
        (N,) first session in which `plan` sells; T when it never does.
    """

    problem: WaitProblem
    court: Chain
    value: Array
    commit: Array
    wait: Array
    plan: Array
    policy: Lots
    latest_safe_start: IntArray
    first_sale: IntArray

    @property
    def value_of_waiting(self) -> Array:
        """Cost saved by staying flexible, (N,): `commit - value`."""
        return self.commit - self.value

    def heatmap(self, line: int, state: CourtState) -> Array:
        """Shares to sell by session and lots held, (T, grid), while the docket is in `state`.

        Raises
        ------
        QueryError
            When no docket reaches the state, or nothing is left to decide in it.
        """
        if state not in self.court.states:
            raise QueryError(f"there is nothing to decide once a docket is {state.name}")
        row = self.court.states.index(state)
        return np.asarray(self.policy[:, line, row] * self.problem.lot[line])

    @property
    def sell_now(self) -> Array:
        """Shares to sell in the first session, (N,), within its cap."""
        return np.minimum(self.plan[:, 0], self.problem.cap[:, 0])


def solve(problem: WaitProblem) -> WaitSolution:
    """Solve every line: optimal policy, the committed schedule, and waiting for the court."""
    names, sessions = problem.cap.shape
    court = build_chain(problem.beliefs, sessions)
    lots = problem.cap_lots()
    last = latest_safe_start(lots.astype(float), np.full(names, float(problem.grid - 1)))
    slopes, policy = backward(problem, court, lots, last)
    start, rows = court.start[problem.docket], np.arange(names)
    value = slopes.sum(axis=2)
    plan = follow(policy, start) * problem.lot[:, None]
    plan *= court.unmoved()[problem.docket] > 0
    sells = plan > 0
    fixed = follow(policy, np.full(names, court.committed))
    open_cap = np.where(np.arange(sessions) < problem.deadline[:, None], problem.cap, 0.0)
    return WaitSolution(
        problem=problem,
        court=court,
        value=value[rows, start],
        commit=value[:, court.committed] + committed_jump(problem, court, fixed),
        wait=value[:, court.waiting],
        plan=plan,
        policy=policy,
        latest_safe_start=latest_safe_start(open_cap, problem.shares),
        first_sale=np.where(sells.any(axis=1), sells.argmax(axis=1), sessions),
    )


def committed_jump(problem: WaitProblem, court: Chain, sold: IntArray) -> Array:
    """Return the expected jump cost of a schedule fixed today, lots (N, T); money, (N,)."""
    kept = problem.grid - 1 - np.cumsum(sold, axis=1)
    live = np.arange(sold.shape[1]) < problem.deadline[:, None]
    moves = (kept * court.drift[problem.docket] * live).sum(axis=1)
    return np.asarray(-problem.price * problem.lot * moves)


def follow(policy: Lots, row: IntArray) -> IntArray:
    """Lots sold per session from a full holding that stays in `row`, (N, T)."""
    sessions, names, _, grid = policy.shape
    each = np.arange(names)
    held = np.full(names, grid - 1)
    sold = np.zeros((names, sessions), dtype=np.int64)
    for t in range(sessions):
        sold[:, t] = policy[t, each, row, held]
        held -= sold[:, t]
    return sold


def backward(
    problem: WaitProblem, court: Chain, lots: IntArray, hold_until: IntArray
) -> tuple[Array, Lots]:
    """Return value slopes (N, R, grid - 1) at session 0, money per lot, and the policy.

    `hold_until` forbids the waiting row to sell before that session, (N,).
    """
    names, sessions = problem.cap.shape
    steps, most = problem.grid - 1, lots.max(axis=1, initial=0)
    kind = np.min_scalar_type(int(most.max(initial=0)))
    policy = np.zeros((sessions, names, court.rows, problem.grid), kind)
    slopes = np.repeat(terminal_slopes(problem, court)[:, :, None], steps, axis=2)
    for block in _alike(most):
        risk = risk_slopes(problem, block)[:, None, :]
        risk = risk * court.bound[problem.docket[block]][:, :, None]
        for t in range(int(problem.deadline[block].max()) - 1, -1, -1):
            live = problem.deadline[block] > t
            rows = block[live]
            merged, sold = _merge(
                problem, court, t, rows, slopes[rows], risk[live], lots, hold_until
            )
            slopes[rows] = merged
            policy[t, rows, :, 1:] = np.cumsum(sold, axis=2, dtype=kind)
    return slopes, policy


def _alike(most: IntArray) -> list[IntArray]:
    """Set the lines apart that sell many lots in a session.

    A block is as wide as its widest line, and what is wider than a line is sorted in vain.
    """
    wide = most > _NARROW
    return [block for block in (np.flatnonzero(~wide), np.flatnonzero(wide)) if len(block)]


def _merge(
    problem: WaitProblem,
    court: Chain,
    t: int,
    rows: IntArray,
    slopes: Array,
    risk: Array,
    lots: IntArray,
    hold_until: IntArray,
) -> tuple[Array, NDArray[np.uint8]]:
    """Return the slopes (rows, R, grid - 1) before session `t`, and 1 for each that is a sale."""
    width = int(lots[rows, t].max(initial=0))
    barred = np.arange(width) >= lots[rows, t, None]
    barred = barred[:, None] | ~court.may_sell[problem.docket[rows]][:, :, None]
    barred[:, court.waiting] |= (t < hold_until[rows])[:, None]
    both = np.empty((*slopes.shape[:2], width + slopes.shape[2]))
    bits = both.view(np.uint64)
    # The last bit of a slope (1e-16 of it) says whose it is, so that one plain sort yields both
    # the values and the policy; at equal cost a sale sorts first.
    sale = sale_slopes(problem, t, rows, width)
    sale.view(np.uint64)[:] &= ~_KEPT
    both[:, :, :width] = np.where(barred, np.inf, sale[:, None])
    keep = both[:, :, width:]
    _continuation(problem, court, t, rows, slopes, out=keep)
    keep += risk
    bits[:, :, width:] |= _KEPT
    both.sort(axis=2)
    steps = slopes.shape[2]
    sold = bits[:, :, :steps].astype(np.uint8)
    sold &= 1
    sold ^= 1
    return both[:, :, :steps], sold


def terminal_slopes(problem: WaitProblem, court: Chain) -> Array:
    """Loss per lot locked at the deadline, (N, R); zero where no ban binds."""
    lot, top = problem.lot, problem.shares**problem.exponent
    must = _DOMINANT * (
        problem.shares * (problem.price + problem.linear.max(axis=1, initial=0.0))
        + top * problem.temporary.max(axis=1, initial=0.0)
        + problem.risk_aversion * (problem.sigma * problem.price * problem.shares) ** 2
    )
    finite = np.isfinite(problem.lock_loss)
    loss = np.where(finite, np.where(finite, problem.lock_loss, 0.0) * problem.price * lot, must)
    return np.asarray(loss[:, None] * court.bound[problem.docket])


def risk_slopes(problem: WaitProblem, rows: IntArray) -> Array:
    """Risk charged on each further lot kept over a session under a ban, (rows, grid - 1)."""
    scale = problem.risk_aversion * (problem.sigma * problem.price * problem.lot)[rows] ** 2
    return np.asarray(scale[:, None] * (2 * np.arange(problem.grid - 1) + 1))


def sale_slopes(problem: WaitProblem, t: int, rows: Rows, width: int) -> Array:
    """Cost of each further lot sold in session `t`, (rows, width)."""
    ladder = np.diff(np.arange(width + 1, dtype=float) ** problem.exponent)
    lot = problem.lot[rows]
    temporary = problem.temporary[rows, t] * lot**problem.exponent
    return np.asarray((problem.linear[rows, t] * lot)[:, None] + temporary[:, None] * ladder)


def _continuation(
    problem: WaitProblem, court: Chain, t: int, rows: Rows, slopes: Array, *, out: Array
) -> None:
    """Fill in the slopes of what is kept: the court's next move, the jump on shares held."""
    docket = problem.docket[rows]
    unit = (problem.lot * problem.price)[rows]
    np.matmul(court.matrices[docket, t, :, : court.rows], slopes, out=out)
    out -= (unit[:, None] * court.expected_jump[docket, t])[:, :, None]
    if problem.cvar_weight > 0.0:
        tail = _tail_slopes(problem, court, t, docket, slopes, unit)
        out *= 1.0 - problem.cvar_weight
        out += problem.cvar_weight * tail


def _tail_slopes(
    problem: WaitProblem, court: Chain, t: int, docket: IntArray, slopes: Array, unit: Array
) -> Array:
    """Slopes of the conditional value at risk of the next value over the court's moves."""
    matrix, jumps = court.matrices[docket, t], court.jumps[docket, t]
    values = np.zeros((len(docket), matrix.shape[2], problem.grid))
    np.cumsum(slopes, axis=2, out=values[:, : court.rows, 1:])
    held = unit[:, None, None, None] * np.arange(problem.grid)
    outcome = values[:, None] - jumps[..., None] * held
    order = np.argsort(-outcome, axis=2, kind="stable")
    chance = np.take_along_axis(np.broadcast_to(matrix[..., None], outcome.shape), order, axis=2)
    before = np.cumsum(chance, axis=2) - chance
    weight = np.clip(problem.cvar_tail - before, 0.0, chance) / problem.cvar_tail
    worst = (weight * np.take_along_axis(outcome, order, axis=2)).sum(axis=2)
    return np.diff(worst, axis=2)
