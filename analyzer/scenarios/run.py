"""One scenario, run: the analysis under its law, the sale, the court, the replacement."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from analyzer.core.asof import NEW_YORK
from analyzer.core.errors import QueryError
from analyzer.exposure import Analysis
from analyzer.law import Law
from analyzer.market.prices import PriceBook
from analyzer.scenarios.book import open_book
from analyzer.scenarios.concentration import Concentration, concentration
from analyzer.scenarios.contracts import Contract, contract_words, touched_contracts
from analyzer.scenarios.engine import unknown_to_waiting
from analyzer.scenarios.index_flow import FlowResult, flow_words, index_flows
from analyzer.scenarios.ladder import Ladder, ladder, venue_halts
from analyzer.scenarios.limits import limit_words
from analyzer.scenarios.liquidity import ReverseStress, reverse_stress
from analyzer.scenarios.outlook import Outlook, look_ahead
from analyzer.scenarios.plan import (
    FrontierPoint,
    LiquidationPlan,
    efficient_frontier,
    in_board_lots,
    make_plan,
)
from analyzer.scenarios.price_moves import PriceMoves, price_moves
from analyzer.scenarios.receipts import board_lot
from analyzer.scenarios.redemption import RedemptionResult, redemption
from analyzer.scenarios.routes import ReceiptResult, receipt_routes
from analyzer.scenarios.rulings import CourtResult, judge_court
from analyzer.scenarios.schedule import LiquidationProblem, Parameter, SaleLimits, build_problem
from analyzer.scenarios.selldown import Left, SellDown, lock_losses, plan_inputs, stated
from analyzer.scenarios.spec import Sale, Scenario
from analyzer.scenarios.substitutes import NO_SECTOR, Substitutes, substitutes
from analyzer.scenarios.taxes import SaleTax, sale_tax


@dataclass(frozen=True)
class ScenarioResult:
    """A scenario and everything it led to.

    Parameters
    ----------
    plan, stress, frontier, tax
        None or empty when nothing has to be sold or nothing can be planned; `left` says why.
    moves
        The stated price move beside the structural one.
    ladder
        Liquidity of the book before and after; None without net assets.
    substitutes
        What is held instead; None when the scenario does not ask.
    outlook
        Distribution of profit and loss; None when nothing is drawn.
    index_flows
        What index funds must sell of the lines held.
    contracts
        Swaps, forwards and options about a listed issuer or with a listed counterparty.
    concentration
        Of the long book before the sale and after; None without long lines.
    redemption
        How a redemption is met; None when the scenario has none.
    """

    scenario: Scenario
    analysis: Analysis
    sell: SellDown | None
    left: tuple[Left, ...]
    receipts: tuple[ReceiptResult, ...]
    moves: PriceMoves
    ladder: Ladder | None
    substitutes: Substitutes | None
    messages: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    plan: LiquidationPlan | None = None
    stress: ReverseStress | None = None
    frontier: tuple[FrontierPoint, ...] = ()
    tax: SaleTax | None = None
    courts: tuple[CourtResult, ...] = ()
    outlook: Outlook | None = None
    index_flows: tuple[FlowResult, ...] = ()
    contracts: tuple[Contract, ...] = ()
    concentration: tuple[Concentration, Concentration] | None = None
    redemption: RedemptionResult | None = None

    @property
    def shock_loss(self) -> float | None:
        """Loss of the stated price move on the value held, base currency; negative for a gain."""
        return self.moves.loss


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
    start = scenario.sale.start or analysis.question.as_of.day
    found = plan_inputs(analysis, law, scenario, prices)
    built = found if isinstance(found, SellDown) else None
    receipts, no_route = receipt_routes(analysis, law, scenario, prices)
    left = (*(found.left if isinstance(found, SellDown) else found), *no_route)
    book = open_book(analysis, built.positions if built else (), scenario.market, prices, start)
    moves = price_moves(book, built, scenario)
    flows = index_flows(book, law, scenario)
    contracts = touched_contracts(analysis)
    other = substitutes(book, scenario)
    halts = venue_halts(book, law, analysis.question.as_of.known)
    assets = analysis.totals.market_value
    paid = redemption(book, built, scenario, start, assets, halts)
    result = ScenarioResult(
        scenario=scenario,
        analysis=analysis,
        sell=built,
        left=left,
        receipts=receipts,
        moves=moves,
        index_flows=flows,
        contracts=contracts,
        concentration=concentration(book),
        ladder=ladder(book, built, scenario, start, assets, halts),
        substitutes=other if isinstance(other, Substitutes) else None,
        messages=(
            *_messages(left, built),
            *flow_words(flows, _asked(analysis)),
            *contract_words(contracts),
            *(w for w in (other, paid) if isinstance(w, str)),
        ),
        parameters=scenario.parameters(),
        redemption=paid if isinstance(paid, RedemptionResult) else None,
    )
    if built is not None:
        result = _with_sale(result, built)
    # A file of weights alone has no money to draw.
    if scenario.simulation.scenarios and bool(np.isfinite(book.value).any()):
        sale = None
        if built is not None and result.plan is not None:
            sale = (built, result.plan, lock_losses(built.inputs.sigma, scenario.sale))
        loss = moves.loss or 0.0
        outlook = look_ahead(book, scenario, start, sale, result.courts, loss)
        result = replace(result, outlook=outlook, messages=(*result.messages, *outlook.messages))
    return result


def _asked(analysis: Analysis) -> date:
    """Return the last day whose facts are known to the question."""
    return analysis.question.as_of.known.astimezone(NEW_YORK).date()


def _with_sale(result: ScenarioResult, built: SellDown) -> ScenarioResult:
    """Add the plan, its stress, its frontier, its tax and the courts."""
    scenario = result.scenario
    policy = scenario.sale.policy
    losses = lock_losses(built.inputs.sigma, scenario.sale)
    policy = replace(policy, economic_discount=policy.economic_discount or float(losses.mean()))
    problem = build_problem(built.inputs, built.when, policy)
    try:
        problem = replace(problem, limits=_limits(scenario.sale, built, problem))
        plan = make_plan(problem)
    except QueryError as error:
        if scenario.sale.cash_budget is None and scenario.sale.sector_neutral is None:
            raise
        return replace(result, messages=(*result.messages, str(error)))
    frontier = _frontier(plan, scenario.sale.frontier)
    words: list[str] = []
    if scenario.sale.whole_lots:
        plan, said = _in_lots(plan, built, scenario.sale)
        words += [*said, *(f"in whole lots {w}" for w in limit_words(problem, plan.sold))]
    if scenario.courts:
        words += unknown_to_waiting(problem)
    tax, untaxed = sale_tax(scenario.tax, built, plan)
    known = _asked(result.analysis)
    courts = [judge_court(court, built, problem, losses, known) for court in scenario.courts]
    words += [*untaxed, *(said for _, more in courts for said in more)]
    return replace(
        result,
        plan=plan,
        stress=reverse_stress(built.inputs, built.when, policy),
        frontier=frontier,
        tax=tax,
        courts=tuple(found for found, _ in courts if found is not None),
        messages=(*result.messages, *plan.messages, *words),
    )


def _limits(sale: Sale, built: SellDown, problem: LiquidationProblem) -> SaleLimits | None:
    """Return the limits across lines that a scenario states, or None.

    Raises
    ------
    QueryError
        When sectors are to be kept and the holdings file prints none.
    """
    budget, band = sale.cash_budget, sale.sector_neutral
    if budget is None and band is None:
        return None
    sectors = [p.sector or NO_SECTOR for p in built.positions]
    if band is not None and set(sectors) == {NO_SECTOR}:
        raise QueryError("sale.sector_neutral needs a holdings file with a sector column")
    names, codes = np.unique(np.array(sectors, dtype=str), return_inverse=True)
    least = None
    if budget is not None and budget.least is not None and budget.through is not None:
        early = np.array([day <= budget.through for day in problem.sessions])
        least = np.where(early & (problem.cap > 0.0).any(axis=0), budget.least, 0.0)
    return SaleLimits(
        most=budget.most if budget is not None else None,
        least=least,
        sectors=tuple(names.tolist()),
        sector=codes.astype(np.int64),
        band=band,
    )


def _frontier(plan: LiquidationPlan, points: int) -> tuple[FrontierPoint, ...]:
    """Return efficient schedules from risk-neutral to as fast as the caps let go."""
    if points < 2 or plan.timing_sd == 0.0:
        return ()
    # Where cost and risk weigh the same; the scale on which the frontier bends.
    unit = plan.expected_cost / plan.timing_sd**2
    aversions = [0.0, *(unit * np.geomspace(1e-2, 1e2, points - 1)).tolist()]
    return efficient_frontier(plan.problem, aversions, tolerance=1e-3)


def _in_lots(
    plan: LiquidationPlan, built: SellDown, sale: Sale
) -> tuple[LiquidationPlan, list[str]]:
    """Round the plan to whole board lots; a line without a known lot trades single shares."""
    lots, words = [], []
    for position in built.positions:
        lot = stated(sale.board_lots, position.isin, position.entity)
        if lot is None:
            lot = board_lot(position.ticker, position.mic)
        if lot is None:
            words.append(f"{position.label}: the board lot is not known; single shares are planned")
        lots.append(int(lot or 1))
    return in_board_lots(plan, lots), words


def _messages(left: Sequence[Left], built: SellDown | None) -> tuple[str, ...]:
    words = [f"{item.name}: not planned: {item.reason}" for item in left]
    if built is not None and built.provisional:
        words.append("sessions beyond the announced holidays are provisional")
    return tuple(words)
