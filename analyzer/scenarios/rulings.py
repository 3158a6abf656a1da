"""A ruling that is waited for: what it is worth to the holder of the lines it would free."""

from bisect import bisect_left
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from analyzer.scenarios.base_rates import BaseRate, base_rate
from analyzer.scenarios.courts import (
    Belief,
    CourtModel,
    CourtState,
    Hazard,
    View,
    belief,
    fair_loss_jump,
    scheduled,
)
from analyzer.scenarios.engine import deadlines
from analyzer.scenarios.impact import FloatArray
from analyzer.scenarios.schedule import LiquidationProblem
from analyzer.scenarios.selldown import SellDown
from analyzer.scenarios.spec import Court
from analyzer.scenarios.wait import WaitProblem, WaitSolution, solve
from analyzer.scenarios.wait_value import Sweep, WaitingValue, sweep, value_of_waiting

_PROBABILITIES = np.linspace(0.0, 1.0, 11)
_HOLDINGS = 10


@dataclass(frozen=True, slots=True)
class CourtResult:
    """What a ruling is worth to the holder, over the lines it would free.

    Parameters
    ----------
    relief
        Chance of relief that was used; `rate` is the base rate it comes from, if any.
    seen
        The docket's chances and the jumps the market prices.
    rows
        Rows of the sell-down, in the order of the arrays; `lines` are their labels.
    session
        Index of the first session after the ruling.
    value
        The value of waiting by cause.
    over
        Costs over all chances of relief, with the break-even and the regret.
    interval
        Costs at the ends of the base rate's interval, where there is one.
    """

    court: Court
    relief: float
    rate: BaseRate | None
    seen: Belief
    rows: tuple[int, ...]
    lines: tuple[str, ...]
    session: int
    solution: WaitSolution
    value: WaitingValue
    over: Sweep
    interval: Sweep | None

    def heatmap(self) -> tuple[FloatArray, FloatArray]:
        """Policy while the court has not moved, all lines together.

        Returns
        -------
        held, sold
            (H,) fraction of the holding still held, and (T, H) fraction of the holding to sell
            in each session, weighted by value.
        """
        problem = self.solution.problem
        at = np.linspace(0, problem.grid - 1, _HOLDINGS + 1).astype(np.int64)
        value = problem.shares * problem.price
        sold = np.zeros((problem.cap.shape[1], len(at)))
        for line, shares in enumerate(problem.shares):
            table = self.solution.heatmap(line, CourtState.PENDING)[:, at]
            sold += table / shares * value[line] / value.sum()
        return at / (problem.grid - 1), sold


def judge_court(
    court: Court, built: SellDown, problem: LiquidationProblem, losses: FloatArray, known: date
) -> CourtResult | str:
    """Value waiting for one ruling on the lines it would free, or say why that cannot be.

    Parameters
    ----------
    losses
        (N,) fraction by which a locked share is worth less, by line of the sell-down.
    known
        A base rate counts the cases resolved by this day.
    """
    rows = [i for i, p in enumerate(built.positions) if p.entity in court.targets]
    session = bisect_left(problem.sessions, court.ruling)
    if not rows:
        return f"{court.docket}: no line to sell would be freed"
    if not 1 <= session < len(problem.sessions):
        return f"{court.docket}: {court.ruling} is not within the sessions planned"
    rate = base_rate(court.pool, until=known) if court.relief is None else None
    relief = rate.mean if rate else float(court.relief or 0.0)
    seen = court_belief(court, session, relief, rate, len(problem.sessions))
    waiting = _problem(built, problem, losses, rows, seen)
    solution = solve(waiting)
    # A sweep sets its own chances; it only needs both outcomes to be there to weigh.
    even = _model(court, session, 0.5, View.MARKET, "sweep")
    return CourtResult(
        court,
        relief,
        rate,
        seen,
        tuple(rows),
        tuple(problem.lines[i] for i in rows),
        session,
        solution,
        value_of_waiting(solution),
        sweep(waiting, (even,), _PROBABILITIES),
        None if rate is None else sweep(waiting, (even,), np.array([rate.low, rate.high])),
    )


def court_belief(
    court: Court, session: int, relief: float, rate: BaseRate | None, sessions: int
) -> Belief:
    """Return the docket's chances, and jumps that are fair at the market's chance of relief.

    Without a stated market chance the price is taken to agree with the chance used, so that
    waiting earns nothing from prices.
    """
    basis = f"base rate {rate}" if rate else "stated in the scenario"
    view = View.BASE_RATE if rate else View.USER
    if court.market_relief is None:
        return belief(_model(court, session, relief, view, basis), sessions)
    market = _model(court, session, court.market_relief, View.MARKET, "market chance as stated")
    return belief(market, sessions, user=_model(court, session, relief, view, basis))


def _model(court: Court, session: int, relief: float, view: View, basis: str) -> CourtModel:
    moves = None
    if court.relief_move and relief < 1.0:
        moves = (court.relief_move, fair_loss_jump(relief, court.relief_move))
    model = scheduled(court.docket, session, relief, basis=basis, jumps=moves, view=view)
    if not court.removal_hazard:
        return model
    removal = Hazard(CourtState.PENDING, CourtState.REMOVED, court.removal_hazard, "as stated")
    return replace(model, hazards=(removal,))


def _problem(
    built: SellDown,
    problem: LiquidationProblem,
    losses: FloatArray,
    rows: list[int],
    seen: Belief,
) -> WaitProblem:
    at = np.array(rows)
    return WaitProblem(
        shares=problem.wanted[at],
        price=problem.price[at],
        sigma=built.inputs.sigma[at],
        linear=problem.linear[at],
        temporary=problem.curve.temporary[at],
        exponent=problem.curve.exponent,
        cap=problem.cap[at],
        # The first session after the last lawful one; a blackout before it is no deadline.
        deadline=deadlines(built.when.legal_weight[at]),
        lock_loss=losses[at],
        docket=np.zeros(len(at), dtype=np.int64),
        beliefs=(seen,),
        risk_aversion=problem.policy.risk_aversion,
        grid=101,
    )
