"""A court that is waited for: what it is worth to the holder of the lines it would free."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from analyzer.scenarios.base_rates import BaseRate
from analyzer.scenarios.court_path import CourtPath, Step, court_path, end_states, free_at_end
from analyzer.scenarios.courts import Belief, CourtState, View, belief
from analyzer.scenarios.engine import deadlines
from analyzer.scenarios.impact import FloatArray
from analyzer.scenarios.schedule import LiquidationProblem
from analyzer.scenarios.selldown import SellDown
from analyzer.scenarios.spec import Court
from analyzer.scenarios.wait import WaitProblem, WaitSolution, solve
from analyzer.scenarios.wait_value import (
    Sweep,
    WaitingValue,
    evaluate,
    sweep,
    sweep_models,
    value_of_waiting,
)

_PROBABILITIES = np.linspace(0.0, 1.0, 11)
_HOLDINGS = 10


@dataclass(frozen=True, slots=True)
class Cautious:
    """The policy of a holder who minds the worse moves of the court.

    Each session it weighs the mean over the court's next move with the mean of the worst of them
    (nested conditional value at risk, weight and tail as the scenario states).

    Parameters
    ----------
    value
        What the sale is worth to such a holder, as a cost: at least the expected one.
    expected_cost
        What the policy costs on average; `expected_cost` less the optimum is the price of caution.
    sold_before
        Value sold before the first dated ruling.
    """

    solution: WaitSolution
    value: float
    expected_cost: float
    sold_before: float


@dataclass(frozen=True, slots=True)
class CourtResult:
    """What a court is worth to the holder, over the lines it would free.

    Parameters
    ----------
    path
        The rulings and the chances that were used.
    relief
        Chance of relief: of the one ruling, or of being free when the window closes where
        several rulings are waited for.
    seen
        The docket's chances and the jumps the market prices.
    rows
        Rows of the sell-down, in the order of the arrays; `lines` are their labels.
    session
        Index of the first session after the first dated ruling.
    value
        The value of waiting by cause.
    over
        Costs over all chances of relief, with the break-even and the regret.
    interval
        Costs with the base rates at the ends of their intervals, where there are any.
    ends
        Chance of each state of the docket when the last window closes.
    cautious
        The policy of a cautious holder; None where none is asked for.
    """

    path: CourtPath
    relief: float
    seen: Belief
    rows: tuple[int, ...]
    lines: tuple[str, ...]
    session: int
    solution: WaitSolution
    value: WaitingValue
    over: Sweep
    interval: Sweep | None
    ends: Mapping[CourtState, float]
    cautious: Cautious | None = None

    @property
    def court(self) -> Court:
        """The court as the scenario states it."""
        return self.path.court

    @property
    def rate(self) -> BaseRate | None:
        """The base rate of the one ruling, if it comes from one."""
        return self.path.steps[0].rate if self.path.single else None

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
            table = self.solution.heatmap(line, self.seen.start)[:, at]
            sold += table / shares * value[line] / value.sum()
        return at / (problem.grid - 1), sold


def judge_court(
    court: Court, built: SellDown, problem: LiquidationProblem, losses: FloatArray, known: date
) -> tuple[CourtResult | None, tuple[str, ...]]:
    """Value waiting for a court on the lines it would free; what cannot be is said in words.

    Parameters
    ----------
    losses
        (N,) fraction by which a locked share is worth less, by line of the sell-down.
    known
        A base rate counts the cases resolved by this day.
    """
    rows = [i for i, p in enumerate(built.positions) if p.entity in court.targets]
    if not rows:
        return None, (f"{court.docket}: no line to sell would be freed",)
    days = problem.sessions
    path, words = court_path(court, known).within(days)
    if not path.steps:
        return None, words
    seen = path.belief(days)
    waiting = _problem(built, problem, losses, rows, seen)
    solution = solve(waiting)
    # A sweep sets its own chances; it only needs both outcomes to be there to weigh.
    even = path.model(days, lambda _: 0.5, View.MARKET, basis="sweep")
    last = int(waiting.deadline.max())
    found = CourtResult(
        path,
        path.steps[0].relief if path.single else free_at_end(seen, last),
        seen,
        tuple(rows),
        tuple(problem.lines[i] for i in rows),
        path.first_session(days),
        solution,
        value_of_waiting(solution),
        sweep(waiting, (even,), _PROBABILITIES),
        _at_interval(path, waiting, days, last),
        end_states(seen, last),
        _cautious(court, waiting, path.first_session(days)),
    )
    if problem.curve.decay:
        words = (*words, f"{court.docket}: dents are taken to be gone by the next session")
    return found, words


def _cautious(court: Court, waiting: WaitProblem, session: int) -> Cautious | None:
    if not court.cvar_weight:
        return None
    found = solve(replace(waiting, cvar_weight=court.cvar_weight, cvar_tail=court.cvar_tail))
    start = found.court.start[waiting.docket]
    cost = evaluate(waiting, found.court, found.policy, start).total
    early = found.plan[:, :session].sum(axis=1) @ waiting.price
    return Cautious(found, float(found.value.sum()), float(cost.sum()), float(early))


def _at_interval(
    path: CourtPath, waiting: WaitProblem, days: tuple[date, ...], last: int
) -> Sweep | None:
    """Return the costs with every base rate at its low and at its high end."""
    if not any(step.rate for step in path.steps):
        return None
    chances: tuple[Callable[[Step], float], ...] = (
        lambda step: step.rate.low if step.rate else step.relief,
        lambda step: step.rate.high if step.rate else step.relief,
    )
    models = [path.model(days, chance, View.USER, basis="interval") for chance in chances]
    free = [free_at_end(belief(model, len(days)), last) for model in models]
    return sweep_models(waiting, [(model,) for model in models], np.array(free))


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
