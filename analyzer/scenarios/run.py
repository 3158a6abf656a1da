"""One scenario, run: the analysis under its law, the sale, the court, the replacement."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from analyzer.core.verdict import Status
from analyzer.exposure import Analysis
from analyzer.law import Law
from analyzer.market.prices import PriceBook
from analyzer.scenarios.base_rates import BaseRate, Pool, base_rate
from analyzer.scenarios.courts import CourtModel, belief, fair_loss_jump, scheduled
from analyzer.scenarios.liquidity import ReverseStress, put_discount, reverse_stress
from analyzer.scenarios.plan import LiquidationPlan, make_plan
from analyzer.scenarios.routes import ReceiptResult, receipt_routes
from analyzer.scenarios.schedule import LiquidationProblem, Parameter, build_problem
from analyzer.scenarios.selldown import Left, SellDown, plan_inputs
from analyzer.scenarios.spec import Court, Sale, Scenario
from analyzer.scenarios.wait import WaitProblem, WaitSolution, solve
from analyzer.scenarios.wait_value import Sweep, WaitingValue, sweep, value_of_waiting

TRADING_DAYS = 252
_QUIET = frozenset({Status.NO_MATCH, Status.WATCH, Status.RELEASED})
_PROBABILITIES = np.linspace(0.0, 1.0, 21)


@dataclass(frozen=True, slots=True)
class CourtResult:
    """What a ruling is worth to the holder, over the lines it would free.

    Parameters
    ----------
    relief
        Chance of relief that was used; `rate` is the base rate it comes from, if any.
    session, sessions
        Index of the ruling, and the days planned.
    lines
        Labels of the lines, in the order of the arrays.
    value
        The value of waiting by cause.
    over
        Costs over all chances of relief, with the break-even.
    """

    court: Court
    relief: float
    rate: BaseRate | None
    model: CourtModel
    lines: tuple[str, ...]
    session: int
    solution: WaitSolution
    value: WaitingValue
    over: Sweep


@dataclass(frozen=True)
class ScenarioResult:
    """A scenario and everything it led to.

    Parameters
    ----------
    plan, stress
        None when nothing has to be sold or nothing can be planned; `left` says why.
    shock_loss
        Loss of the stated price move on the designated value held, base currency, >= 0.
    """

    scenario: Scenario
    analysis: Analysis
    sell: SellDown | None
    plan: LiquidationPlan | None
    stress: ReverseStress | None
    left: tuple[Left, ...]
    courts: tuple[CourtResult, ...]
    receipts: tuple[ReceiptResult, ...]
    shock_loss: float | None
    messages: tuple[str, ...]
    parameters: tuple[Parameter, ...]


def law_under(law: Law, scenario: Scenario) -> Law:
    """Return the law of a scenario: events added, events left out, the window moved."""
    if scenario.without_rulings:
        law = law.without_rulings()
    if scenario.without:
        law = law.without(scenario.without)
    if scenario.events:
        law = law.assuming(scenario.events)
    if scenario.window_days is not None:
        law = _with_window(law, scenario.window_days)
    return law.reading(scenario.reading) if scenario.reading else law


def _with_window(law: Law, days: int) -> Law:
    """Return the law with every sale window counted as `days` from listing."""
    regimes = {}
    for key, regime in law.regimes.items():
        versions = tuple(
            replace(v, window_end=replace(v.window_end, days=days)) if v.window_end else v
            for v in regime.versions
        )
        regimes[key] = replace(regime, versions=versions)
    return replace(law, regimes=regimes)


def run(analysis: Analysis, law: Law, scenario: Scenario, prices: PriceBook) -> ScenarioResult:
    """Run one scenario on an analysis that was made under `law` (see `law_under`)."""
    built = plan_inputs(analysis, law, scenario, prices)
    shock = _shock_loss(analysis, scenario)
    receipts, no_route = receipt_routes(analysis, scenario, prices)
    if not isinstance(built, SellDown):
        return ScenarioResult(
            scenario,
            analysis,
            None,
            None,
            None,
            (*built, *no_route),
            (),
            receipts,
            shock,
            _messages((*built, *no_route), None),
            scenario.parameters(),
        )
    policy = scenario.sale.policy
    losses = lock_losses(built, scenario.sale)
    policy = replace(policy, economic_discount=policy.economic_discount or float(losses.mean()))
    problem = build_problem(built.inputs, built.when, policy)
    plan = make_plan(problem)
    return ScenarioResult(
        scenario,
        analysis,
        built,
        plan,
        reverse_stress(built.inputs, built.when, policy),
        (*built.left, *no_route),
        tuple(c for court in scenario.courts if (c := _court(court, built, problem, losses))),
        receipts,
        shock,
        (*_messages((*built.left, *no_route), built), *plan.messages),
        scenario.parameters(),
    )


def lock_losses(built: SellDown, sale: Sale) -> np.ndarray:
    """Return by how much a locked share is worth less to this holder, (N,) fractions."""
    if sale.lock_loss is not None:
        return np.full(len(built.positions), sale.lock_loss)
    annual = built.inputs.sigma * np.sqrt(TRADING_DAYS)
    return np.array([put_discount(float(s), sale.lock_years) for s in annual])


def _shock_loss(analysis: Analysis, scenario: Scenario) -> float | None:
    """Return the loss of the stated move on the names the events are about, or on all touched."""
    if scenario.market.shock is None:
        return None
    about = {target for event in scenario.events for target in event.targets}
    hit = [
        answer.match is not None
        and (answer.match.entity_id in about or (not about and answer.status not in _QUIET))
        for answer in analysis.judged
    ]
    rows = np.array(hit, dtype=bool)[analysis.lines["judged"].to_numpy()]
    held = float(np.nansum(analysis.lines["market_value_base"].to_numpy(dtype=float)[rows]))
    return max(0.0, -scenario.market.shock * held)


def _messages(left: Sequence[Left], built: SellDown | None) -> tuple[str, ...]:
    words = [f"{item.name}: not planned: {item.reason}" for item in left]
    if built is not None and built.provisional:
        words.append("sessions beyond the announced holidays are provisional")
    return tuple(words)


def _court(
    court: Court, built: SellDown, problem: LiquidationProblem, losses: np.ndarray
) -> CourtResult | None:
    """Value waiting for one ruling on the lines it would free."""
    rows = [i for i, p in enumerate(built.positions) if p.entity in court.targets]
    sessions = problem.sessions
    session = bisect_left(sessions, court.ruling)
    if not rows or not 1 <= session < len(sessions):
        return None
    at = np.array(rows)
    legal = built.when.legal_weight[at]
    # The first session after the last lawful one; a blackout before it is no deadline.
    deadline = np.array([int(np.flatnonzero(row)[-1]) + 1 if row.any() else 0 for row in legal])
    rate = base_rate(Pool.US_COURT) if court.relief is None else None
    relief = rate.mean if rate else float(court.relief or 0.0)
    basis = str(rate) if rate else "stated in the scenario"
    moves = None
    if court.relief_move and relief < 1.0:
        moves = (court.relief_move, fair_loss_jump(relief, court.relief_move))
    model = scheduled(court.docket, session, relief, basis=basis, jumps=moves)
    # The sweep sets its own chances; it only needs both outcomes to be there to weigh.
    even = scheduled(court.docket, session, 0.5, basis="sweep", jumps=moves)
    waiting = WaitProblem(
        shares=problem.shares[at],
        price=problem.price[at],
        sigma=built.inputs.sigma[at],
        linear=problem.linear[at],
        temporary=problem.curve.temporary[at],
        exponent=problem.curve.exponent,
        cap=problem.cap[at],
        deadline=deadline,
        lock_loss=losses[at],
        docket=np.zeros(len(at), dtype=np.int64),
        beliefs=(belief(model, len(sessions)),),
        risk_aversion=problem.policy.risk_aversion,
    )
    solution = solve(waiting)
    return CourtResult(
        court,
        relief,
        rate,
        model,
        tuple(problem.lines[i] for i in rows),
        session,
        solution,
        value_of_waiting(solution),
        sweep(waiting, (even,), _PROBABILITIES),
    )
