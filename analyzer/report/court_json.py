"""A court of a scenario as JSON: chances, value of waiting, regret, policy."""

from typing import Any

import numpy as np

from analyzer.report.contract import money, number
from analyzer.report.headline import break_even, point_of_no_return, relief_basis, sold_before
from analyzer.scenarios.base_rates import BaseRate
from analyzer.scenarios.court_path import Step
from analyzer.scenarios.rulings import CourtResult
from analyzer.scenarios.run import ScenarioResult


def court_json(result: ScenarioResult, found: CourtResult) -> dict[str, Any]:
    """Return what was found for one court."""
    value, rate, seen = found.value, found.rate, found.seen
    parts = ("impact_avoided", "compression", "jump", "risk", "lock_in")
    held, sold = found.heatmap()
    assert result.plan is not None  # noqa: S101 (a court is weighed against a plan)
    days = result.plan.problem.sessions
    used = np.flatnonzero(sold.any(axis=1))
    return {
        "docket": found.court.docket,
        "ruling": next((s.day.isoformat() for s in found.path.steps if s.day), None),
        "rulings": [_ruling(step) for step in found.path.steps],
        "state": found.court.state.name.lower(),
        "appeal": None if found.path.appeal is None else number(found.path.appeal),
        "appeal_basis": None if found.path.appeal_basis is None else str(found.path.appeal_basis),
        "ends": {state.name.lower(): number(p) for state, p in found.ends.items()},
        "view": seen.view.value,
        "relief": number(found.relief),
        "relief_basis": relief_basis(found),
        "base_rate": _base_rate(rate),
        "market_relief": number(found.path.steps[0].market_relief) if found.path.single else None,
        "largest_expected_jump": number(float(np.abs(seen.expected_jump).max(initial=0.0))),
        "sources": list(seen.sources),
        "lines": list(found.lines),
        "value_of_waiting": money(float(value.total.sum())),
        "value_of_waiting_at_interval": None
        if found.interval is None
        else [money(float(v)) for v in (found.interval.commit - found.interval.value).sum(axis=1)],
        "parts": {name: money(float(getattr(value, name).sum())) for name in parts},
        "break_even": number(break_even(found)),
        "sold_before_ruling": money(sold_before(found)),
        "point_of_no_return": point_of_no_return(result, found),
        "cautious": None
        if found.cautious is None
        else {
            "cvar_weight": found.court.cvar_weight,
            "cvar_tail": found.court.cvar_tail,
            "value": money(found.cautious.value),
            "expected_cost": money(found.cautious.expected_cost),
            "price_of_caution": money(
                found.cautious.expected_cost - float(found.solution.value.sum())
            ),
            "sold_before_ruling": money(found.cautious.sold_before),
        },
        "by_chance": [
            {
                "relief": number(float(p)),
                "best": money(float(found.over.value[i].sum())),
                "sell_now": money(float(found.over.commit[i].sum())),
                "wait": money(float(found.over.wait[i].sum())),
                "regret": [money(float(v)) for v in found.over.regret[i].sum(axis=1)],
            }
            for i, p in enumerate(found.over.probability)
        ],
        "policy": {
            "held": [number(float(h)) for h in held],
            "rows": [
                {"date": days[t].isoformat(), "sell": [number(float(v)) for v in sold[t]]}
                for t in used
            ],
        },
    }


def _ruling(step: Step) -> dict[str, Any]:
    return {
        "stage": None if step.stage is None else step.stage.value,
        "date": None if step.day is None else step.day.isoformat(),
        "chance_per_session": number(step.hazard) if step.day is None else None,
        "relief": number(step.relief),
        "basis": step.basis,
        "base_rate": _base_rate(step.rate),
        "relief_move": number(step.move),
        "market_relief": number(step.market_relief),
    }


def _base_rate(rate: BaseRate | None) -> dict[str, Any] | None:
    if rate is None:
        return None
    return {
        "pool": rate.pool.value,
        "wins": rate.wins,
        "decided": rate.decided,
        "low": number(rate.low),
        "median": number(rate.median),
        "high": number(rate.high),
        "caution": rate.caution,
        "cases": [case.case for case in rate.cases],
    }
