"""What is held and sold on each legal path, by strategy. Given the path, nothing is random."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from analyzer.core.errors import QueryError
from analyzer.scenarios.courts import FREE, STATES, Belief
from analyzer.scenarios.tree import States
from analyzer.scenarios.wait import WaitProblem, WaitSolution
from analyzer.scenarios.wait_chain import Array, IntArray

_BOUND = np.array([state not in FREE for state in range(STATES)])


class Strategy(StrEnum):
    """How the designated lines are sold."""

    OPTIMAL = "optimal"  # the sell-or-wait policy, revised at each move of the court
    WAITING = "waiting"  # nothing until the court moves or the point of no return
    COMMITTED = "committed"  # the schedule of a seller who never looks at the court
    KEEP = "keep"  # no sale at all


@dataclass(frozen=True, slots=True)
class Leg:
    """The designated lines of one docket on its U paths.

    Parameters
    ----------
    names
        (n,) positions in the problem.
    kept
        (U, T, n) shares held after each session.
    cost
        (U, T, n) money that the session's sale costs.
    """

    names: IntArray
    kept: Array
    cost: Array

    def line(self, position: int) -> "Leg":
        """One line of the leg."""
        one = slice(position, position + 1)
        return Leg(self.names[one], self.kept[:, :, one], self.cost[:, :, one])


def leg(solution: WaitSolution, docket: int, states: States, *, strategy: Strategy) -> Leg:
    """Follow the strategy along the paths (U, T + 1) of one docket."""
    problem = solution.problem
    members = np.flatnonzero(problem.docket == docket)
    lot = problem.lot[members]
    # Session by session in memory, so that each step works on what is in cache.
    kept = np.empty((states.shape[1] - 1, len(states), len(members)))
    cost = np.zeros_like(kept)
    held = np.full(kept.shape[1:], problem.grid - 1, dtype=np.int32)
    last = int(problem.deadline[members].max(initial=0)) if strategy is not Strategy.KEEP else 0
    # Positions in the flattened policy of one session: name, then row, then lots held.
    rows = (_rows(solution, states, strategy).T[:, :, None] * problem.grid).astype(np.int32)
    base = (members * solution.court.rows * problem.grid).astype(np.int32)
    lots = np.arange(float(problem.grid))
    ladder = lots**problem.exponent
    power = problem.temporary[members].T * lot**problem.exponent
    linear = problem.linear[members].T * lot
    own = (np.arange(len(members)) * problem.grid).astype(np.int32)
    for t in range(last):
        place = np.maximum(rows[t], 0) + base
        place += held
        sold = solution.policy[t].reshape(-1).take(place)
        sold *= rows[t] >= 0
        if not sold.any():
            kept[t], cost[t] = (kept[t - 1] if t else held * lot), 0.0
            continue
        held -= sold
        np.multiply(held, lot, out=kept[t])
        costs = ladder * power[t][:, None] + lots * linear[t][:, None]
        np.take(costs.reshape(-1), own + sold, out=cost[t], mode="clip")
    kept[last:] = held * lot
    return Leg(members, kept.transpose(1, 0, 2), cost.transpose(1, 0, 2))


def scheduled_leg(
    problem: WaitProblem, docket: int, states: States, *, plan: Array, stop_when_free: bool
) -> Leg:
    """Sell by a given schedule (N, T) in shares, ended by relief or carried through.

    Raises
    ------
    QueryError
        When the schedule sells more than is held, or after a deadline.
    """
    if bool((plan.sum(axis=1) > problem.shares * (1 + 1e-9)).any()):
        raise QueryError("the schedule sells more than is held")
    late = np.arange(plan.shape[1]) >= problem.deadline[:, None]
    if bool((plan * late).any()):
        raise QueryError("the schedule sells after a deadline")
    members = np.flatnonzero(problem.docket == docket)
    selling = _BOUND[states[:, :-1]] if stop_when_free else np.ones(states[:, :-1].shape)
    session = plan[members]
    cost = problem.linear[members] * session
    cost += problem.temporary[members] * session**problem.exponent
    sold = selling[:, :, None] * session.T
    kept = problem.shares[members] - np.cumsum(sold, axis=1)
    return Leg(members, kept, selling[:, :, None] * cost.T)


def _rows(solution: WaitSolution, states: States, strategy: Strategy) -> IntArray:
    """Policy row by path and session; -1 in states settled for good, where nothing is sold."""
    court = solution.court
    before = states[:, :-1]
    if strategy is Strategy.COMMITTED:
        return np.full(before.shape, court.committed)
    place = np.full(STATES, -1)
    place[list(court.states)] = np.arange(len(court.states))
    rows = place[before]
    if strategy is Strategy.WAITING:
        still = np.logical_and.accumulate(before == states[:, :1], axis=1)
        rows = np.where(still, court.waiting, rows)
    return np.asarray(rows)


def leg_money(problem: WaitProblem, seen: Belief, states: States, held: Leg) -> Array:
    """Profit and loss certain on each path, money, (U, T): costs, jumps, lock-in.

    A line still held behind a closed window is marked down by its lock-in loss; relief gives
    the mark-down back.

    Raises
    ------
    QueryError
        When a line that must be out at any price is stranded: it has no value to report.
    """
    names, sessions = held.names, states.shape[1] - 1
    clock = np.arange(sessions)
    move = seen.jumps[clock, states[:, :-1], states[:, 1:]]
    money = move * (held.kept @ problem.price[names]) - held.cost.sum(axis=2)
    first = max(0, int(problem.deadline[names].min(initial=sessions)) - 1)
    closed = clock[first:, None] + 1 >= problem.deadline[names]
    locked = held.kept[:, first:] * (closed & _BOUND[states[:, first + 1 :]][:, :, None])
    loss = problem.lock_loss[names]
    if bool((locked[:, :, ~np.isfinite(loss)] > 0).any()):
        raise QueryError("shares that must be out are stranded; give them a finite lock loss")
    mark = locked @ (np.where(np.isfinite(loss), loss, 0.0) * problem.price[names])
    money[:, first:] -= np.diff(mark, axis=1, prepend=0.0)
    return np.asarray(money)
