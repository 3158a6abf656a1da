"""What is held and sold on each legal path, by strategy. Given the path, nothing is random."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

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
    paths, sessions = len(states), states.shape[1] - 1
    lots = np.zeros((paths, sessions, len(members)), dtype=solution.policy.dtype)
    held = np.full((paths, len(members)), problem.grid - 1, dtype=np.int32)
    if strategy is not Strategy.KEEP and len(members):
        rows = _rows(solution, states, strategy)
        live = (rows >= 0).T[:, :, None]
        # Positions in the flattened policy of one session: name, then row, then lots held.
        width = solution.court.rows
        place = (members * width)[None, None, :] + np.maximum(rows, 0).T[:, :, None]
        place = (place * problem.grid).astype(np.int32)
        for t in range(int(problem.deadline[members].max())):
            sold = solution.policy[t].reshape(-1).take(place[t] + held) * live[t]
            lots[:, t] = sold
            held -= sold
    lot = problem.lot[members]
    kept = (problem.grid - 1 - np.cumsum(lots, axis=1, dtype=np.int32)) * lot
    return Leg(members, kept, _lots_cost(problem, members, lots))


def _lots_cost(problem: WaitProblem, members: IntArray, lots: NDArray[np.unsignedinteger]) -> Array:
    """Cost of whole lots sold (U, T, n); powers are taken once per number of lots."""
    lot = problem.lot[members]
    ladder = np.arange(int(lots.max(initial=0)) + 1.0) ** problem.exponent
    cost = ladder.take(lots)
    cost *= problem.temporary[members].T * lot**problem.exponent
    if problem.linear[members].any():
        cost += lots * (problem.linear[members].T * lot)
    return np.asarray(cost)


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
