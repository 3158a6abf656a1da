"""What a scenario brings to a report: assumptions, results, and the parts figures are drawn from.

Every part is optional; a report shows what is there.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from analyzer.report.table import Column, Kind, Table, shown
from analyzer.scenarios.schedule import Parameter

if TYPE_CHECKING:  # these load solvers, which only a scenario that was run needs
    from analyzer.scenarios.plan import LiquidationPlan
    from analyzer.scenarios.replacement import Basket, Comparison
    from analyzer.scenarios.simulate import Distribution
    from analyzer.scenarios.tree import LegalTree
    from analyzer.scenarios.wait_value import CostParts, Sweep, WaitingValue

_COST_PARTS = ("spread", "temporary", "permanent", "duties", "fx", "fees")
_COST_WORDS = {
    "temporary": "temporary impact",
    "permanent": "permanent impact",
    "fx": "currency conversion",
}


@dataclass(frozen=True, slots=True)
class Result:
    """One figure of a scenario; `headline` ones are compared side by side."""

    name: str
    value: float | str | date | None
    unit: str = ""
    headline: bool = False


@dataclass(frozen=True)
class ScenarioReport:
    """One scenario as it is reported.

    Parameters
    ----------
    title, question
        A short name, and what is supposed in one sentence.
    currency
        Of every amount.
    parameters, results
        Assumptions with their sources, and figures beyond those the parts give.
    events
        Hypothetical events in words.
    plan, window_ends
        The sell-down, and the first days on which sale of its lines is barred.
    sweep, sweep_lines
        Costs over the probability of relief, and the names of its lines.
    distribution
        Simulated profit and loss.
    tree
        Legal paths.
    replacement, current
        Baskets compared, and the holdings before, measured alike.
    waiting
        Expected cost by cause of the sell-or-wait policy.
    impact_bp
        Portfolio to effect on net value, basis points; negative is a loss.
    value_of_waiting
        What flexibility is worth, by cause.
    seed
        Of every random draw.
    contract
        The published JSON of the scenario, where it was run from a scenario file.
    """

    title: str
    question: str
    currency: str
    parameters: tuple[Parameter, ...] = ()
    results: tuple[Result, ...] = ()
    events: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()
    plan: "LiquidationPlan | None" = None
    window_ends: tuple[date, ...] = ()
    sweep: "Sweep | None" = None
    sweep_lines: tuple[str, ...] = ()
    distribution: "Distribution | None" = None
    tree: "LegalTree | None" = None
    replacement: "Comparison | None" = None
    current: "Basket | None" = None
    waiting: "CostParts | None" = None
    value_of_waiting: "WaitingValue | None" = None
    impact_bp: Mapping[str, float] = field(default_factory=dict)
    seed: int | None = None
    contract: Mapping[str, Any] | None = None

    @property
    def assumptions(self) -> tuple[Parameter, ...]:
        """Every parameter, those of the plan included, each name once."""
        found = {p.name: p for p in (*(self.plan.parameters if self.plan else ()),)}
        found |= {p.name: p for p in self.parameters}
        return tuple(found.values())

    @property
    def figures(self) -> tuple[Result, ...]:
        """Every result: the given ones, then those of the parts."""
        return (
            *self.results,
            *_plan_results(self),
            *_distribution_results(self),
            *_sweep_results(self),
            *_basket_results(self),
        )

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a reader must know, in words."""
        return (*self.messages, *(self.plan.messages if self.plan else ()))


def _plan_results(scenario: ScenarioReport) -> Iterator[Result]:
    plan, unit = scenario.plan, scenario.currency
    if plan is None:
        return
    sold = float(plan.value_sold.sum())
    yield Result("value sold", sold, unit, headline=True)
    yield Result("expected cost", plan.expected_cost, unit, headline=True)
    if sold > 0:
        yield Result("expected cost", 1e4 * plan.expected_cost / sold, "bp of value sold")
    for name in _COST_PARTS:
        words = _COST_WORDS.get(name, name)
        yield Result(f"cost: {words}", float(getattr(plan, name).sum()), unit)
    yield Result("timing risk, one standard deviation", plan.timing_sd, unit, headline=True)
    stranded = float((plan.stranded * plan.problem.price).sum())
    yield Result("cannot be sold in time", stranded, unit, headline=True)
    for name in ("market", "carrying", "economic"):
        words = f"still held at the end, {name} value"
        yield Result(words, float(getattr(plan, f"locked_{name}").sum()), unit)
    dates = [d for d in plan.last_sale if d is not None]
    yield Result("last sale", max(dates, default=None), "day", headline=True)
    yield Result("solver", f"{plan.solver}, certified gap {plan.gap_bound:.1e}")


def _distribution_results(scenario: ScenarioReport) -> Iterator[Result]:
    found, unit = scenario.distribution, scenario.currency
    if found is None:
        return
    yield Result("mean profit and loss", float(found.mean[-1]), unit)
    yield Result("standard error of the mean", found.standard_error, unit)
    yield Result("value at risk, 95 %", found.value_at_risk(), unit, headline=True)
    yield Result("expected shortfall, 95 %", found.expected_shortfall(), unit)
    yield Result("scenarios drawn", float(len(found.final)), "count")
    yield Result("seed", float(found.seed))


def _sweep_results(scenario: ScenarioReport) -> Iterator[Result]:
    if scenario.sweep is None:
        return
    for line, at in zip(scenario.sweep_lines, scenario.sweep.break_even, strict=True):
        words = float(at) if np.isfinite(at) else "one answer is better throughout"
        yield Result(f"break-even probability of relief: {line}", words, "fraction")


def _basket_results(scenario: ScenarioReport) -> Iterator[Result]:
    if scenario.current is not None:
        before = scenario.current.tracking_error
        yield Result("tracking error before", before, "fraction a year", headline=True)
    if scenario.replacement is None:
        return
    for basket in scenario.replacement.baskets:
        words = f"tracking error after, {basket.method.value}"
        yield Result(words, basket.tracking_error, "fraction a year", headline=True)
        yield Result(f"turnover, {basket.method.value}", basket.turnover, "fraction")
        yield Result(f"trading cost, {basket.method.value}", basket.cost, "fraction of portfolio")


def scenarios_table(scenarios: Sequence[ScenarioReport]) -> Table:
    """Return every scenario as tidy rows: events, inputs, results, schedule, remarks."""
    columns = (
        Column("scenario", "Scenario", meaning="short name", width=24),
        Column(
            "block", "Block", meaning="question, event, input, result, schedule, remark", width=10
        ),
        Column("item", "Item", meaning="what the figure is", width=44),
        Column("value", "Value", Kind.NUMBER, "figure", 18),
        Column("words", "In words", meaning="value that is not a number", width=50),
        Column("unit", "Unit", meaning="unit of the figure", width=18),
        Column("source", "Source", meaning="where an input comes from", width=40),
    )
    rows = [row for scenario in scenarios for row in _rows(scenario)]
    note = "Suppositions, not forecasts." if rows else "No scenario was asked for."
    return Table("scenarios", "Scenarios", columns, rows, note)


def _rows(scenario: ScenarioReport) -> Iterator[tuple[Any, ...]]:
    name = scenario.title
    yield (name, "question", "what is supposed", None, scenario.question, "", "")
    for event in scenario.events:
        yield (name, "event", "hypothetical event", None, event, "", "")
    for p in scenario.assumptions:
        number = _number(p.value)
        yield (name, "input", p.name, number, p.value if number is None else "", p.unit, p.source)
    if scenario.seed is not None:
        yield (name, "input", "seed", scenario.seed, "", "", "user")
    for result in scenario.figures:
        yield (name, "result", result.name, *_value(result.value), result.unit, "")
    for portfolio, effect in scenario.impact_bp.items():
        yield (name, "result", f"effect on {portfolio}", effect, "", "bp of net value", "")
    yield from _schedule(scenario)
    for words in scenario.remarks:
        yield (name, "remark", "", None, words, "", "")


def _schedule(scenario: ScenarioReport) -> Iterator[tuple[Any, ...]]:
    plan = scenario.plan
    if plan is None:
        return
    problem = plan.problem
    for line, row in zip(problem.lines, plan.sold, strict=True):
        for t in np.flatnonzero(row > 0.0).tolist():
            item = f"{problem.sessions[t].isoformat()} sell {line}"
            yield (scenario.title, "schedule", item, float(row[t]), "", "shares", "")


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if np.isfinite(value) else None


def _value(value: float | str | date | None) -> tuple[float | None, str]:
    if isinstance(value, int | float):
        return float(value), ""
    return None, "" if value is None else str(value)


def comparison_table(scenarios: Sequence[ScenarioReport]) -> Table:
    """Return the figures to compare: one row per figure, one column per scenario."""
    found = [{(r.name, r.unit): r.value for r in _headline(s)} for s in scenarios]
    names = dict.fromkeys(key for row in found for key, value in row.items() if value is not None)
    columns = (
        Column("figure", "Figure", meaning="what is compared", width=30),
        *(
            Column(f"scenario_{n}", s.title, Kind.INSTANT, "figure in words", 18)
            for n, s in enumerate(scenarios, start=1)
        ),
    )
    rows = [
        (_heading(name, unit), *(_words(row.get((name, unit)), unit) for row in found))
        for name, unit in names
    ]
    return Table("comparison", "Scenarios side by side", columns, rows)


def _headline(scenario: ScenarioReport) -> list[Result]:
    """Return the figures to compare: those the scenario names, else those of its parts."""
    named = [r for r in scenario.results if r.headline]
    return named or [r for r in scenario.figures if r.headline]


def _heading(name: str, unit: str) -> str:
    """Return the name of a figure with its unit."""
    words = name[:1].upper() + name[1:]
    return f"{words}, {unit}" if unit not in ("", "day", "fraction") else words


def _words(value: float | str | date | None, unit: str) -> str:
    if value is None:
        return "—"
    if unit.startswith("fraction"):
        return shown(value, Kind.SHARE)
    if unit.startswith("bp") and isinstance(value, int | float):
        return f"{value:,.1f}"
    return shown(value, Kind.MONEY if len(unit) == len("USD") else Kind.NUMBER)


def scenario_json(scenario: ScenarioReport) -> dict[str, Any]:
    """Return a scenario as plain data: question, events, inputs, results, schedule, remarks."""
    if scenario.contract is not None:
        return dict(scenario.contract)
    return {
        "title": scenario.title,
        "question": scenario.question,
        "currency": scenario.currency,
        "seed": scenario.seed,
        "events": list(scenario.events),
        "inputs": [
            {"name": p.name, "value": p.value, "unit": p.unit, "source": p.source}
            for p in scenario.assumptions
        ],
        "results": [_result_json(r) for r in scenario.figures],
        "impact_bp": {k: _finite(v) for k, v in scenario.impact_bp.items()},
        "schedule": list(_schedule_json(scenario)),
        "remarks": list(scenario.remarks),
    }


def _result_json(result: Result) -> dict[str, Any]:
    value = result.value
    plain = value.isoformat() if isinstance(value, date) else value
    return {
        "name": result.name,
        "value": _finite(plain) if isinstance(plain, float) else plain,
        "unit": result.unit,
    }


def _schedule_json(scenario: ScenarioReport) -> Iterable[dict[str, Any]]:
    plan = scenario.plan
    if plan is None:
        return
    problem = plan.problem
    for line, row in zip(problem.lines, plan.sold, strict=True):
        for t in np.flatnonzero(row > 0.0).tolist():
            day = problem.sessions[t].isoformat()
            yield {"date": day, "line": line, "shares": _finite(float(row[t]))}


def _finite(value: float) -> float | None:
    return float(f"{value:.12g}") if np.isfinite(value) else None
