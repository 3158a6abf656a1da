"""Scenarios that were run, as they are reported."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from analyzer.core.asof import NEW_YORK
from analyzer.core.events import LegalEvent
from analyzer.report.scenario import Result, ScenarioReport
from analyzer.scenarios.schedule import Parameter

if TYPE_CHECKING:
    from analyzer.report.headline_figure import Figure
    from analyzer.scenarios.outlook import Outlook
    from analyzer.scenarios.rulings import CourtResult
    from analyzer.scenarios.run import ScenarioResult
    from analyzer.scenarios.tree import LegalTree

_PATHS, _SEED = 20_000, 7  # joint legal paths that are enumerated, else drawn with this seed
_UNITS = {"percent": "fraction", "bp": "bp", "date": "day", "shares": "shares"}


def scenario_reports(
    found: "Sequence[ScenarioReport | ScenarioResult]",
) -> tuple[ScenarioReport, ...]:
    """Return every scenario as it is reported; what already is stays as it is."""
    ran = [s for s in found if not isinstance(s, ScenarioReport)]
    if not ran:
        return tuple(s for s in found if isinstance(s, ScenarioReport))
    from analyzer.report.comparison import scenarios_json

    # The first that ran is what the others are compared with, so they are written together.
    bodies = iter(scenarios_json(ran)["scenarios"])
    return tuple(
        s if isinstance(s, ScenarioReport) else scenario_report(s, next(bodies)) for s in found
    )


def scenario_report(result: "ScenarioResult", contract: Mapping[str, Any]) -> ScenarioReport:
    """Return the report of a scenario that was run.

    Parameters
    ----------
    contract
        Its published JSON.
    """
    from analyzer.report.baskets import group_results
    from analyzer.report.contracts import contract_results
    from analyzer.report.headline import headline

    currency = result.analysis.question.base or ""
    court = result.courts[0] if result.courts else None
    tree = _tree(court) if court else None
    outlook, other = result.outlook, result.substitutes
    assumptions = (*result.parameters, *(_outlook_parameters(outlook) if outlook else ()))
    return ScenarioReport(
        title=result.scenario.title,
        question=result.scenario.note or f"the law as of {result.analysis.question.as_of}",
        currency=currency,
        parameters=assumptions,
        results=(
            *(_result(f, currency) for f in headline(result)),
            *contract_results(result.contracts, currency),
            *group_results(other),
        ),
        events=tuple(_event(e) for e in result.scenario.events),
        messages=(*result.messages, *(other.messages if other else ())),
        plan=result.plan,
        window_ends=_window_ends(result),
        sweep=court.over if court else None,
        sweep_lines=court.lines if court else (),
        distribution=outlook.distribution if outlook else None,
        tree=tree,
        replacement=other.comparison if other else None,
        current=other.current if other else None,
        value_of_waiting=court.value if court else None,
        impact_bp=_impact(result),
        seed=outlook.distribution.seed if outlook else (tree.seed if tree else None),
        contract=contract,
    )


def _outlook_parameters(outlook: "Outlook") -> tuple[Parameter, ...]:
    source = "simulation of the book"
    return (
        Parameter("outlook.strategy", outlook.strategy, "", source),
        Parameter("outlook.draws", str(len(outlook.distribution.final)), "scenarios", source),
        Parameter("outlook.value_assumed", f"{outlook.assumed:.2f}", "base currency", source),
    )


def supposed(result: "ScenarioResult") -> str:
    """Return what a scenario changes in the law, in words; empty when it changes nothing."""
    scenario = result.scenario
    parts = [_event(e) for e in scenario.events]
    parts += [f"{name} left out" for name in scenario.without]
    if scenario.without_rulings:
        parts.append("court rulings left out")
    if scenario.window_days is not None:
        parts.append(f"sale windows of {scenario.window_days} days")
    if scenario.reading:
        parts.append(f"the {scenario.reading} reading of open questions")
    return f"{scenario.title} ({'; '.join(parts)})" if parts else ""


def _result(figure: "Figure", currency: str) -> Result:
    unit = currency if figure.kind == "money" else _UNITS.get(figure.kind, "")
    value = figure.value
    if figure.kind == "date" and isinstance(value, str):
        try:
            return Result(figure.name, date.fromisoformat(value), unit, headline=True)
        except ValueError:  # words such as "too late" stand in place of a day
            return Result(figure.name, value, unit, headline=True)
    return Result(figure.name, value, unit, headline=True)


def _event(event: LegalEvent) -> str:
    day = event.effective.astimezone(NEW_YORK).date().isoformat()
    return f"{day}: {event.text or event.kind.value}"


def _window_ends(result: "ScenarioResult") -> tuple[date, ...]:
    ends = [p.window_end for p in result.sell.positions] if result.sell else []
    return tuple(sorted({e.astimezone(NEW_YORK).date() for e in ends if e is not None}))


def _tree(court: "CourtResult") -> "LegalTree":
    from analyzer.scenarios.tree import legal_tree

    problem = court.solution.problem
    sessions = problem.cap.shape[1]
    return legal_tree(problem.beliefs, sessions, scenarios=_PATHS, seed=_SEED, limit=_PATHS)


def _impact(result: "ScenarioResult") -> dict[str, float]:
    """Return the loss of the price move and the cost of the sale, basis points of net value."""
    nav = result.analysis.totals.market_value
    parts = [result.shock_loss, result.plan.expected_cost if result.plan else None]
    stated = [p for p in parts if p is not None]
    if not nav or not stated:
        return {}
    names = list(result.analysis.portfolios)
    name = names[0] if len(names) == 1 else "all portfolios"
    return {name: -1e4 * sum(stated) / nav}
