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
    sold, kept
        (U, T, n) shares sold in each session and held after it.
    """

    names: IntArray
    sold: Array
    kept: Array


def legs(solution: WaitSolution, paths: tuple[States, ...], strategy: Strategy) -> tuple[Leg, ...]:
    """Follow the strategy along every path of every docket; one leg per docket."""
    names = [np.flatnonzero(solution.problem.docket == c) for c in range(len(paths))]
    return tuple(
        _follow(solution, members, states, strategy)
        for members, states in zip(names, paths, strict=True)
    )


def scheduled_legs(
    problem: WaitProblem, plan: Array, paths: tuple[States, ...], *, stop_when_free: bool
) -> tuple[Leg, ...]:
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
    found = []
    for c, states in enumerate(paths):
        members = np.flatnonzero(problem.docket == c)
        selling = _BOUND[states[:, :-1]] if stop_when_free else np.ones(states[:, :-1].shape)
        sold = selling[:, :, None] * plan[members].T
        found.append(Leg(members, sold, problem.shares[members] - np.cumsum(sold, axis=1)))
    return tuple(found)


def _follow(solution: WaitSolution, members: IntArray, states: States, strategy: Strategy) -> Leg:
    problem = solution.problem
    paths, sessions = len(states), states.shape[1] - 1
    lots = np.zeros((paths, sessions, len(members)), dtype=np.int64)
    held = np.full((paths, len(members)), problem.grid - 1)
    if strategy is not Strategy.KEEP and len(members):
        rows = _rows(solution, states, strategy)
        live = rows >= 0
        last = int(problem.deadline[members].max())
        for t in range(last):
            row = rows[:, t, None]
            sold = solution.policy[t, members, np.maximum(row, 0), held]
            lots[:, t] = np.where(live[:, t, None], sold, 0)
            held = held - lots[:, t]
    lot = problem.lot[members]
    kept = (problem.grid - 1 - np.cumsum(lots, axis=1)) * lot
    return Leg(members, lots * lot, kept)


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


def leg_money(problem: WaitProblem, seen: Belief, states: States, leg: Leg) -> Array:
    """Profit and loss certain on each path, money, (U, T): costs, jumps, lock-in.

    A line still held behind a closed window is marked down by its lock-in loss; relief gives
    the mark-down back.

    Raises
    ------
    QueryError
        When a line that must be out at any price is stranded: it has no value to report.
    """
    names, sessions = leg.names, states.shape[1] - 1
    impact = problem.temporary[names].T * leg.sold**problem.exponent
    cost = (impact + problem.linear[names].T * leg.sold).sum(axis=2)
    clock = np.arange(sessions)
    move = seen.jumps[clock, states[:, :-1], states[:, 1:]]
    jump = move * (leg.kept @ problem.price[names])
    closed = clock[:, None] + 1 >= problem.deadline[names]
    locked = leg.kept * (closed & _BOUND[states[:, 1:]][:, :, None])
    loss = problem.lock_loss[names]
    if bool((locked[:, :, ~np.isfinite(loss)] > 0).any()):
        raise QueryError("shares that must be out are stranded; give them a finite lock loss")
    mark = locked @ (np.where(np.isfinite(loss), loss, 0.0) * problem.price[names])
    return np.asarray(jump - cost - np.diff(mark, axis=1, prepend=0.0))
