"""Scenarios side by side, as JSON: every figure with what it rests on."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from analyzer.report.baskets import substitutes_json
from analyzer.report.contract import instant, money, number, totals_json
from analyzer.report.contracts import contracts_json
from analyzer.report.cost_parts import concentration_json
from analyzer.report.court_json import court_json
from analyzer.report.headline import (
    headline,
    paired,
    show,
)
from analyzer.report.headline_figure import Figure
from analyzer.report.index_flows import flows_json
from analyzer.report.redemptions import redemption_json
from analyzer.scenarios.ladder import NEVER, Ladder
from analyzer.scenarios.liquidity import Buckets
from analyzer.scenarios.outlook import Outlook
from analyzer.scenarios.price_moves import PriceMoves
from analyzer.scenarios.receipts import Route
from analyzer.scenarios.routes import ReceiptResult
from analyzer.scenarios.run import ScenarioResult
from analyzer.scenarios.taxes import SaleTax

SCHEMA = "banimpact/scenarios/v1"
__all__ = ["SCHEMA", "Figure", "headline", "paired", "scenarios_json", "show"]


def scenarios_json(results: Sequence[ScenarioResult]) -> dict[str, Any]:
    """Return everything, side by side, as JSON; the first result is what others compare with."""
    return {"schema": SCHEMA, "scenarios": [_scenario(r, results[0]) for r in results]}


def _scenario(result: ScenarioResult, baseline: ScenarioResult) -> dict[str, Any]:
    analysis = result.analysis
    return {
        "title": result.scenario.title,
        "note": result.scenario.note,
        "as_of": str(analysis.question.as_of),
        "known": instant(analysis.question.as_of.known),
        "holder": analysis.question.holder,
        "base_currency": analysis.question.base,
        "coverage": analysis.coverage.sentence(),
        "events": [
            {"id": e.id, "kind": e.kind.value, "targets": list(e.targets), "text": e.text}
            for e in result.scenario.events
        ],
        "headline": {f.name: _plain(f) for f in headline(result, baseline)},
        "totals": totals_json(analysis.totals),
        "sale": _sale(result),
        "courts": [court_json(result, found) for found in result.courts],
        "receipts": [_receipt(found) for found in result.receipts],
        "price_moves": _moves(result.moves),
        "concentration": concentration_json(result.concentration),
        "contracts": contracts_json(result.contracts),
        "index_flow": flows_json(result.index_flows),
        "liquidity": _ladder(result.ladder),
        "redemption": redemption_json(result.redemption),
        "replacement": substitutes_json(result.substitutes),
        "tax": _tax(result.tax),
        "distribution": _outlook(result.outlook, paired(result, baseline)),
        "left": [asdict(item) for item in result.left],
        "messages": list(result.messages),
        "parameters": [asdict(p) for p in result.parameters],
    }


def _plain(figure: Figure) -> str | float | None:
    value = figure.value
    if value is None or isinstance(value, str):
        return value
    return money(value) if figure.kind == "money" else number(value)


def _sale(result: ScenarioResult) -> dict[str, Any] | None:
    plan, sell = result.plan, result.sell
    if plan is None or sell is None:
        return None
    return {
        "expected_cost": money(plan.expected_cost),
        "timing_sd": money(plan.timing_sd),
        "liquidity_var_95": money(plan.liquidity_var()),
        "solver": plan.solver,
        "gap_bound": number(plan.gap_bound),
        "provisional_calendar": sell.provisional,
        "frontier": [
            {
                "risk_aversion": number(point.risk_aversion),
                "expected_cost": money(point.expected_cost),
                "sd": money(point.sd),
            }
            for point in result.frontier
        ],
        "lines": [_line(result, i) for i in range(len(sell.positions))],
    }


def _line(result: ScenarioResult, i: int) -> dict[str, Any]:
    plan, sell, stress = result.plan, result.sell, result.stress
    assert plan is not None  # noqa: S101 (the caller has checked)
    assert sell is not None  # noqa: S101
    assert stress is not None  # noqa: S101 (made with the plan)
    problem, position = plan.problem, sell.positions[i]
    days = result.ladder.days[i] if result.ladder else None
    causes = ("spread", "temporary", "permanent", "duties", "fx", "fees")
    return {
        "line": position.label,
        "entity_id": position.entity,
        "mic": position.mic,
        "shares": number(float(problem.shares[i])),
        "price": number(float(problem.price[i])),
        "market_source": sell.sources[i],
        "window_closes": instant(position.window_end),
        "venue_suspended": [
            [instant(a), None if b is None else instant(b)] for a, b in position.suspended
        ],
        "sessions_needed": days.sessions if days and days.sessions < NEVER else None,
        "latest_safe_start": str(plan.latest_safe_date[i] or "") or None,
        "last_sale": str(plan.last_sale[i] or "") or None,
        "cost": {name: money(float(getattr(plan, name)[i])) for name in causes},
        "timing_sd_share": money(float(plan.timing_by_line[i])),
        "volume_fall_that_misses": number(float(stress.volume_fall[i])),
        "participation_needed": number(float(stress.participation_needed[i])),
        "stranded_shares": number(float(plan.stranded[i])),
        "locked_market": money(float(plan.locked_market[i])),
        "locked_carrying": money(float(plan.locked_carrying[i])),
        "locked_economic": money(float(plan.locked_economic[i])),
        "schedule": [
            {"date": problem.sessions[t].isoformat(), "shares": number(float(plan.sold[i, t]))}
            for t in np.flatnonzero(plan.sold[i] > 0)
        ],
    }


def _receipt(found: ReceiptResult) -> dict[str, Any]:
    return {
        "receipt": found.terms.receipt,
        "local": f"{found.terms.local} {found.terms.local_mic}",
        "ratio": found.terms.ratio,
        "terms": {"source": found.terms.source, "grade": found.terms.grade},
        "cancel_fee": {
            "low": number(found.fee.low),
            "high": number(found.fee.high),
            "source": found.fee.source,
        },
        "best_depends_on_fee": found.depends_on_fee,
        "receipts_held": number(found.shares),
        "market_source": found.source,
        "routes": [_route(route) for route in found.comparison.routes],
        "routes_at_low_fee": [_route(route) for route in found.cheap.routes],
        "messages": list(found.comparison.messages),
    }


def _route(route: Route) -> dict[str, Any]:
    return {
        "name": route.name,
        "receipts_converted": number(route.converted),
        "net": money(route.net),
        "cost": money(route.plan.expected_cost),
        "stranded_value": money(float((route.plan.stranded * route.plan.problem.price).sum())),
    }


def _moves(moves: PriceMoves) -> dict[str, Any]:
    return {
        "loss_stated": None if moves.loss is None else money(moves.loss),
        "lines": [
            {
                "line": line.name,
                "value": money(line.value),
                "stated": number(line.stated),
                "structural": number(line.structural),
                "forced_shares": number(line.forced),
                "volume": number(line.volume),
                "basis": line.basis,
            }
            for line in moves.lines
        ],
        "presets": [
            {"severity": s.severity, "move": number(s.value), "basis": s.basis}
            for s in moves.presets
        ],
        "cases": [asdict(case) for case in moves.cases],
    }


def _ladder(steps: Ladder | None) -> dict[str, Any] | None:
    if steps is None:
        return None

    def side(found: Buckets) -> dict[str, Any]:
        return {
            "value": {bucket.value: money(v) for bucket, v in found.value.items()},
            "illiquid_share": number(found.illiquid_share),
            "headroom": money(found.headroom),
        }

    return {
        "rule": "17 CFR 270.22e-4",
        "before": side(steps.before),
        "after": side(steps.after),
        "unclassified": money(steps.unclassified),
    }


def _tax(found: SaleTax | None) -> dict[str, Any] | None:
    if found is None or not found.lines:
        return None
    orders = list(next(iter(found.lines.values())))
    totals = {order.value: found.total(order) for order in orders}
    return {
        "order": found.chosen.value,
        "by_order": {k: {"gain": money(g), "tax": money(t)} for k, (g, t) in totals.items()},
        "lines": {
            line: {o.value: {"gain": money(t.gain), "tax": money(t.tax)} for o, t in each.items()}
            for line, each in found.lines.items()
        },
    }


def _outlook(outlook: Outlook | None, against: np.ndarray | None) -> dict[str, Any] | None:
    if outlook is None:
        return None
    found = outlook.distribution
    return {
        "scenarios": len(found.final),
        "seed": found.seed,
        "strategy": outlook.strategy,
        "locked_valued_at": "economic value to this holder, not carrying value",
        "volatility_assumed_for": money(outlook.assumed),
        "value_at_risk_95": money(found.value_at_risk()),
        "expected_shortfall_95": money(found.expected_shortfall()),
        "standard_error": money(found.standard_error),
        "levels": [number(float(level)) for level in found.levels],
        "fan": [
            {
                "date": day.isoformat(),
                "mean": money(float(found.mean[at])),
                "sd": money(float(found.sd[at])),
                "quantiles": [money(float(v)) for v in found.quantiles[at]],
            }
            for at, day in enumerate(outlook.dates)
        ],
        "against_first": None
        if against is None
        else {
            "mean": money(float(against.mean())),
            "standard_error": money(float(against.std(ddof=1) / np.sqrt(len(against)))),
            "p5": money(float(np.quantile(against, 0.05))),
            "p95": money(float(np.quantile(against, 0.95))),
        },
    }
