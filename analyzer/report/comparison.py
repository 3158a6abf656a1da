"""Scenarios side by side: the figures a reader asks for first, and all of it as JSON."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from analyzer.core.asof import NEW_YORK
from analyzer.core.verdict import Status
from analyzer.report.contract import instant, money, number, totals_json
from analyzer.scenarios.routes import ReceiptResult
from analyzer.scenarios.run import CourtResult, ScenarioResult

SCHEMA = "banimpact/scenarios/v1"
_BARRED = (
    Status.BLOCKED,
    Status.REVIEW,
    Status.LOCKED,
    Status.SELL_WINDOW,
    Status.RESTRICTED,
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One headline figure; `kind` is money, percent, bp, date, number or text."""

    name: str
    kind: str
    value: float | str | None


def headline(result: ScenarioResult) -> tuple[Figure, ...]:
    """Return the figures of one scenario; those that do not apply are None."""
    return (*_exposure(result), *_sale(result), *_courts(result), *_receipts(result))


def _held(result: ScenarioResult, *statuses: Status) -> float | None:
    found = [s for k, s in result.analysis.totals.by_status.items() if k in statuses]
    return sum(s.market_value for s in found if s.market_value is not None)


def _exposure(result: ScenarioResult) -> list[Figure]:
    ends = [d.deadline.at for d in result.analysis.deadlines if d.deadline.kind == "window_closes"]
    first = min(ends).astimezone(NEW_YORK).date().isoformat() if ends else None
    return [
        Figure("as of", "text", str(result.analysis.question.as_of)),
        Figure("no purchases, or in doubt", "money", _held(result, *_BARRED)),
        Figure("ban to come", "money", _held(result, Status.UPCOMING)),
        Figure("suspended by a court", "money", _held(result, Status.SUSPENDED)),
        Figure("locked or blocked today", "money", _held(result, Status.LOCKED, Status.BLOCKED)),
        Figure("first window closes", "date", first),
        Figure("loss from the stated price move", "money", result.shock_loss),
    ]


_SALE = (
    ("value to sell", "money"),
    ("expected cost of selling", "money"),
    ("expected cost, of value sold", "bp"),
    ("timing risk, one sd", "money"),
    ("cost at 95 % (L-VaR)", "money"),
    ("latest safe start", "date"),
    ("last sale", "date"),
    ("stranded behind the window", "money"),
    ("stranded, worth to this holder", "money"),
    ("fall in volume that misses the date", "percent"),
)


def _sale(result: ScenarioResult) -> list[Figure]:
    plan, stress = result.plan, result.stress
    if plan is None or stress is None:
        return [Figure(name, kind, None) for name, kind in _SALE]
    problem = plan.problem
    sold = float(plan.value_sold.sum())
    wanted = float((problem.wanted * problem.price).sum())
    stranded = plan.stranded * problem.price
    worth = stranded * (1.0 - problem.policy.economic_discount)
    starts = [d for d in plan.latest_safe_date if d is not None]
    sales = [d for d in plan.last_sale if d is not None]
    values: tuple[float | str | None, ...] = (
        wanted,
        plan.expected_cost,
        plan.expected_cost / sold * 1e4 if sold else None,
        plan.timing_sd,
        plan.liquidity_var(),
        min(starts).isoformat() if len(starts) == len(plan.latest_safe_date) else "too late",
        max(sales).isoformat() if sales else None,
        float(stranded.sum()),
        float(worth.sum()),
        float(stress.volume_fall.min()),
    )
    return [Figure(name, kind, value) for (name, kind), value in zip(_SALE, values, strict=True)]


_COURT = (
    ("chance of relief used", "percent"),
    ("value of waiting", "money"),
    ("break-even chance of relief", "percent"),
    ("to sell before the ruling", "money"),
    ("point of no return", "date"),
)


def _courts(result: ScenarioResult) -> list[Figure]:
    if not result.courts:
        return [Figure(name, kind, None) for name, kind in _COURT]
    found = result.courts[0]
    values: tuple[float | str | None, ...] = (
        found.relief,
        float(found.value.total.sum()),
        break_even(found),
        sold_before(found),
        point_of_no_return(result, found),
    )
    return [Figure(name, kind, value) for (name, kind), value in zip(_COURT, values, strict=True)]


def _receipts(result: ScenarioResult) -> list[Figure]:
    names = ("best way out of the receipt", "net, best way", "net, selling the receipt")
    if not result.receipts:
        return [Figure(n, k, None) for n, k in zip(names, ("text", "money", "money"), strict=True)]
    found = result.receipts[0]
    plain = next(r for r in found.comparison.routes if r.name == "sell the receipt")
    best = found.comparison.best
    return [
        Figure(names[0], "text", f"{found.terms.receipt}: {best.name}"),
        Figure(names[1], "money", best.net),
        Figure(names[2], "money", plain.net),
    ]


def break_even(found: CourtResult) -> float | None:
    """Return the chance of relief at which waiting for the court and selling now cost the same."""
    gap = (found.over.wait - found.over.commit).sum(axis=1)
    chance = found.over.probability
    for a, b, p, q in zip(gap, gap[1:], chance, chance[1:], strict=False):
        if a > 0 >= b:
            return float(p + (q - p) * a / (a - b))
    return None


def sold_before(found: CourtResult) -> float:
    """Return the value the best policy sells before the ruling, base currency."""
    problem = found.solution.problem
    early = found.solution.plan[:, : found.session].sum(axis=1)
    return float((early * problem.price).sum())


def point_of_no_return(result: ScenarioResult, found: CourtResult) -> str | None:
    """Return the last day on which the whole holding can still be sold within its caps."""
    if result.plan is None:
        return None
    latest = int(found.solution.latest_safe_start.min())
    return result.plan.problem.sessions[latest].isoformat() if latest >= 0 else "passed"


def scenarios_json(results: Sequence[ScenarioResult]) -> dict[str, Any]:
    """Return everything, side by side, as JSON."""
    return {"schema": SCHEMA, "scenarios": [_scenario(result) for result in results]}


def _scenario(result: ScenarioResult) -> dict[str, Any]:
    analysis = result.analysis
    return {
        "title": result.scenario.title,
        "note": result.scenario.note,
        "as_of": str(analysis.question.as_of),
        "known": instant(analysis.question.as_of.known),
        "base_currency": analysis.question.base,
        "coverage": analysis.coverage.sentence(),
        "events": [
            {"id": e.id, "kind": e.kind.value, "targets": list(e.targets), "text": e.text}
            for e in result.scenario.events
        ],
        "headline": {
            f.name: money(f.value)
            if f.kind == "money" and not isinstance(f.value, str)
            else number(f.value)
            if isinstance(f.value, float | int)
            else f.value
            for f in headline(result)
        },
        "totals": totals_json(analysis.totals),
        "sale": _sale_json(result),
        "courts": [_court_json(found) for found in result.courts],
        "receipts": [_receipt_json(found) for found in result.receipts],
        "left": [asdict(item) for item in result.left],
        "messages": list(result.messages),
        "parameters": [asdict(p) for p in result.parameters],
    }


def _sale_json(result: ScenarioResult) -> dict[str, Any] | None:
    plan, sell = result.plan, result.sell
    if plan is None or sell is None:
        return None
    problem = plan.problem
    dates = [d.isoformat() for d in problem.sessions]
    lines = []
    for i, position in enumerate(sell.positions):
        slices = np.flatnonzero(plan.sold[i] > 0)
        lines.append(
            {
                "line": position.label,
                "entity_id": position.entity,
                "mic": position.mic,
                "shares": number(float(problem.shares[i])),
                "price": number(float(problem.price[i])),
                "market_source": sell.sources[i],
                "window_closes": instant(position.window_end),
                "latest_safe_start": str(plan.latest_safe_date[i] or "") or None,
                "last_sale": str(plan.last_sale[i] or "") or None,
                "cost": {
                    "spread": money(float(plan.spread[i])),
                    "temporary": money(float(plan.temporary[i])),
                    "permanent": money(float(plan.permanent[i])),
                    "duties": money(float(plan.duties[i])),
                    "fx": money(float(plan.fx[i])),
                    "fees": money(float(plan.fees[i])),
                },
                "stranded_shares": number(float(plan.stranded[i])),
                "locked_market": money(float(plan.locked_market[i])),
                "locked_carrying": money(float(plan.locked_carrying[i])),
                "locked_economic": money(float(plan.locked_economic[i])),
                "schedule": [
                    {"date": dates[t], "shares": number(float(plan.sold[i, t]))} for t in slices
                ],
            }
        )
    return {
        "expected_cost": money(plan.expected_cost),
        "timing_sd": money(plan.timing_sd),
        "liquidity_var_95": money(plan.liquidity_var()),
        "solver": plan.solver,
        "gap_bound": number(plan.gap_bound),
        "lines": lines,
    }


def _court_json(found: CourtResult) -> dict[str, Any]:
    value = found.value
    parts = ("impact_avoided", "compression", "jump", "risk", "lock_in")
    return {
        "docket": found.court.docket,
        "ruling": found.court.ruling.isoformat(),
        "relief": number(found.relief),
        "relief_basis": str(found.rate) if found.rate else "stated in the scenario",
        "lines": list(found.lines),
        "value_of_waiting": money(float(value.total.sum())),
        "parts": {name: money(float(getattr(value, name).sum())) for name in parts},
        "break_even": number(break_even(found)),
        "sold_before_ruling": money(sold_before(found)),
        "by_chance": [
            {
                "relief": number(float(p)),
                "best": money(float(found.over.value[i].sum())),
                "sell_now": money(float(found.over.commit[i].sum())),
                "wait": money(float(found.over.wait[i].sum())),
            }
            for i, p in enumerate(found.over.probability)
        ],
    }


def _receipt_json(found: ReceiptResult) -> dict[str, Any]:
    return {
        "receipt": found.terms.receipt,
        "local": f"{found.terms.local} {found.terms.local_mic}",
        "ratio": found.terms.ratio,
        "terms": {"source": found.terms.source, "grade": found.terms.grade},
        "receipts_held": number(found.shares),
        "market_source": found.source,
        "routes": [
            {
                "name": route.name,
                "receipts_converted": number(route.converted),
                "net": money(route.net),
                "cost": money(route.plan.expected_cost),
                "stranded_value": money(
                    float((route.plan.stranded * route.plan.problem.price).sum())
                ),
            }
            for route in found.comparison.routes
        ],
        "messages": list(found.comparison.messages),
    }


def show(figure: Figure) -> str:
    """Render one figure for people."""
    value = figure.value
    if value is None:
        return "—"
    if isinstance(value, str):
        return value
    formats = {"money": f"{value:,.0f}", "percent": f"{value:.1%}", "bp": f"{value:.1f} bp"}
    return formats.get(figure.kind, f"{value:g}")
