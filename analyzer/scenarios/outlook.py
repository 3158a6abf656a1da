"""Profit and loss of the whole book under a scenario: fan by session, courts and markets drawn.

Every scenario that starts on one day with one seed meets the same markets on the same calendar,
so a variant and its baseline are compared draw by draw.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

import numpy as np
from scipy.special import ndtri

from analyzer.scenarios.at_risk import AtRisk, at_risk
from analyzer.scenarios.book import Book
from analyzer.scenarios.courts import Belief, CourtModel, CourtState, belief
from analyzer.scenarios.engine import NO_DOCKET, Variant, deadlines, wait_problem
from analyzer.scenarios.holdings import Leg, Strategy, leg, scheduled_leg
from analyzer.scenarios.impact import CostCurve, FloatArray
from analyzer.scenarios.plan import LiquidationPlan
from analyzer.scenarios.rulings import CourtResult
from analyzer.scenarios.schedule import build_problem
from analyzer.scenarios.selldown import SellDown
from analyzer.scenarios.simulate import Distribution, Risk, Selling, simulate
from analyzer.scenarios.spec import Scenario
from analyzer.scenarios.tree import States
from analyzer.scenarios.wait import WaitProblem, solve
from analyzer.scenarios.windows import HOME_MIC, horizon_end, union_sessions

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
_GRID = 101
_REPORTED = 50


@dataclass(frozen=True, slots=True)
class Outlook:
    """The fan, its days, and what it rests on.

    Parameters
    ----------
    dates
        (D,) last day of each column of the distribution.
    strategy
        How the designated lines are sold: the plan, or the sell-or-wait policy.
    assumed
        Exposure without a volatility from any source, base currency: `rest_volatility` stands
        in for it.
    messages
        What a reader must know of the contracts in it.
    """

    distribution: Distribution
    dates: tuple[date, ...]
    strategy: str
    assumed: float
    messages: tuple[str, ...] = ()


def look_ahead(
    book: Book,
    scenario: Scenario,
    start: date,
    sale: tuple[SellDown, LiquidationPlan, FloatArray] | None,
    courts: Sequence[CourtResult],
    shock_loss: float,
) -> Outlook:
    """Simulate the book; the stated price move is taken at the start.

    Parameters
    ----------
    sale
        What is sold, the plan, and the loss on a locked share by line.
    """
    days, _ = union_sessions(
        {HOME_MIC, *(m for m in book.mics if m)}, start, horizon_end(start, scenario.sale.horizon)
    )
    rho = scenario.market.correlation
    sigma = book.volatility(scenario.market.rest_volatility)
    found = at_risk(book, sigma, -float(ndtri(LEVELS[0])) * np.sqrt(len(days)))
    exposure, variance = found.rest(book, np.sqrt(rho) * sigma, np.sqrt(1.0 - rho) * sigma)
    if sale is None:
        problem, strategy = _nothing_to_sell(len(days)), "nothing is sold"
        selling: Selling = partial(_keep, problem)
        factors, own = np.zeros((1, 1)), np.zeros(1)
    else:
        problem, selling, strategy = _sale(days, *sale, courts)
        specific = sale[0].inputs.specific
        loadings = sale[0].inputs.loadings
        assert loadings is not None  # noqa: S101 (plan_inputs sets both)
        assert specific is not None  # noqa: S101
        factors, own = loadings, np.sqrt(specific)
    report = np.unique(np.linspace(1, len(days), _REPORTED).round().astype(np.int64))
    drawn = simulate(
        problem,
        selling,
        Risk(factors, own, exposure, variance),
        scenarios=scenario.simulation.scenarios,
        seed=scenario.simulation.seed,
        sessions=report,
        levels=LEVELS,
    )
    assumed = np.abs(found.exposure[~np.isfinite(book.sigma) & ~book.cash]).sum()
    return Outlook(
        _shifted(drawn, shock_loss),
        tuple(days[t - 1] for t in report),
        strategy,
        float(assumed),
        tuple(_words(book, found)),
    )


def _words(book: Book, found: AtRisk) -> Iterator[str]:
    """Yield what a reader must know of contracts in the distribution."""
    names = [book.names[i] for i in np.flatnonzero(found.bounded)]
    if names:
        yield (
            f"simulation: no delta is known for {', '.join(names)}: the bound that widens the "
            "distribution is taken; a bought option loses at most its value at the lowest level"
        )
    silent = [book.names[i] for i in np.flatnonzero(found.unsized)]
    if silent:
        yield (
            "simulation: contracts without a notional count at their value at most, which is "
            f"less than they are exposed to: {', '.join(silent)}"
        )


def _shifted(found: Distribution, loss: float) -> Distribution:
    return replace(
        found,
        quantiles=found.quantiles - loss,
        mean=found.mean - loss,
        final=found.final - loss,
        worst=found.worst - loss,
    )


def _keep(problem: WaitProblem, docket: int, states: States) -> Leg:
    plan = np.zeros(problem.cap.shape)
    return scheduled_leg(problem, docket, states, plan=plan, stop_when_free=True)


def _nothing_to_sell(sessions: int) -> WaitProblem:
    """Return a problem of one line of which nothing is held."""
    one, row = np.ones(1), np.zeros((1, sessions))
    return WaitProblem(
        shares=np.zeros(1),
        price=one,
        sigma=np.zeros(1),
        linear=row,
        temporary=row,
        exponent=1.5,
        cap=row,
        deadline=np.full(1, sessions, dtype=np.int64),
        lock_loss=np.zeros(1),
        docket=np.zeros(1, dtype=np.int64),
        beliefs=(belief(CourtModel("none", CourtState.PENDING), sessions),),
    )


def _with_dents(problem: WaitProblem, curve: CostCurve, sold: FloatArray) -> WaitProblem:
    """Return the problem with each planned slice paying for the dents of those before it.

    A sale that is cut short by relief would have left them all the same.
    """
    if not curve.decay:
        return problem
    whole = curve.temporary_cost(sold)
    each = np.divide(whole, sold**2, out=problem.temporary.copy(), where=sold > 0)
    return replace(problem, temporary=each)


def _sale(
    days: tuple[date, ...],
    built: SellDown,
    plan: LiquidationPlan,
    losses: FloatArray,
    courts: Sequence[CourtResult],
) -> tuple[WaitProblem, Selling, str]:
    """Lay the sale out over the calendar of the book."""
    index = [bisect_left(days, day) for day in built.when.sessions]
    wide = (len(built.positions), len(days))

    def spread(values: FloatArray) -> FloatArray:
        found = np.zeros(wide)
        found[:, index] = values
        return found

    when = replace(
        built.when,
        sessions=days,
        open_weight=spread(built.when.open_weight),
        legal_weight=spread(built.when.legal_weight),
        crowding=None if built.when.crowding is None else spread(built.when.crowding),
    )
    duty = None if built.inputs.duty is None else spread(built.inputs.duty)
    sale = build_problem(replace(built.inputs, duty=duty), when, plan.problem.policy)
    docket = np.full(wide[0], NO_DOCKET, dtype=np.int64)
    beliefs: list[Belief] = []
    for at, found in enumerate(courts):
        docket[list(found.rows)] = at
        beliefs.append(found.path.belief(days))
    variant = Variant(
        label="sale",
        sale=sale,
        deadline=deadlines(when.legal_weight),
        docket=docket,
        beliefs=tuple(beliefs),
        lock_loss=losses,
        rest_exposure=np.zeros(1),
    )
    problem = wait_problem(variant, grid=_GRID)
    if courts:
        return problem, partial(leg, solve(problem), strategy=Strategy.OPTIMAL), "sell-or-wait"
    sold = spread(plan.sold)
    problem = _with_dents(problem, sale.curve, sold)
    planned = partial(scheduled_leg, problem, plan=sold, stop_when_free=True)
    return problem, planned, "liquidation plan"
