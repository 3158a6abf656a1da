"""What-if variants: what moves the cost, and several side by side."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from analyzer.core.matching import JudgementRecord
from analyzer.core.verdict import Status
from analyzer.ingest import Ingested
from analyzer.report.wording import RESTRICTED
from analyzer.scenarios.run import ScenarioResult
from analyzer.scenarios.spec import Scenario
from analyzer.service import World
from analyzer.workspace.beside import Ready
from analyzer.workspace.desk import Desk
from analyzer.workspace.whatif import run_form

_DRIVERS: tuple[tuple[str, str, float, float], ...] = (
    ("participation", "share of volume, half to double", 0.5, 2.0),
    ("volume_multiplier", "volume, half to double", 0.5, 2.0),
    ("spread_bp", "spread, half to double", 0.5, 2.0),
    ("sqrt_y", "impact coefficient, half to double", 0.5, 2.0),
    ("risk_aversion", "risk aversion, a tenth to tenfold", 0.1, 10.0),
)


def tornado(
    world: World | Ready,
    desk: Desk,
    inputs: Sequence[Ingested],
    scenario: Scenario,
    records: Iterable[JudgementRecord] = (),
    prices: tuple[str, bytes] | None = None,
) -> pd.DataFrame:
    """Return the expected cost at either end of each driver's range, others held.

    Returns
    -------
    DataFrame
        driver (words), low, high: base currency; a driver that is zero, or without a plan at
        either end, is left out.
    """
    decisions = tuple(records)
    rows = []
    for name, words, down, up in _DRIVERS:
        ends = []
        for factor in (down, up):
            moved = _moved(scenario, name, factor)
            result = run_form(world, desk, inputs, moved, decisions, prices) if moved else None
            if result is not None and result.plan is not None:
                ends.append(result.plan.expected_cost)
        if len(ends) == 2:
            rows.append((words, ends[0], ends[1]))
    return pd.DataFrame(rows, columns=["driver", "low", "high"])


def _moved(scenario: Scenario, name: str, factor: float) -> Scenario | None:
    """Return the scenario with one driver multiplied; None where that changes nothing."""
    if name == "spread_bp":
        spread = scenario.market.spread_bp * factor
        return replace(scenario, market=replace(scenario.market, spread_bp=spread), courts=())
    policy = scenario.sale.policy
    value = float(getattr(policy, name)) * factor
    if not value:
        return None
    if name == "participation":
        value = min(value, 1.0)
    change: dict[str, Any] = {name: value}
    sale = replace(scenario.sale, policy=replace(policy, **change))
    return replace(scenario, sale=sale, courts=())


def status_matrix(results: Mapping[str, ScenarioResult]) -> pd.DataFrame:
    """Return variant, status, lines, value and weight of every touched status."""
    rows = [
        (title, status.value, entry.rows, entry.market_value, entry.weight)
        for title, result in results.items()
        for status, entry in result.analysis.totals.by_status.items()
        if status is not Status.NO_MATCH
    ]
    frame = pd.DataFrame(rows, columns=["variant", "status", "lines", "value", "weight"])
    return frame.astype({"value": float, "weight": float})


def differing(results: Mapping[str, ScenarioResult]) -> pd.DataFrame:
    """Return the lines whose status is not the same in every variant, one column each."""
    frames = {title: r.analysis.lines["status"].astype(str) for title, r in results.items()}
    first = next(iter(results.values())).analysis.lines
    table = pd.DataFrame({"Row": first["row"], "Name": first["name"].astype(str), **frames})
    columns = list(frames)
    changed = table[columns].ne(table[columns[0]], axis=0).any(axis=1)
    return table.loc[changed].reset_index(drop=True)


_BP = 1e4


def portfolio_matrix(results: Mapping[str, ScenarioResult]) -> pd.DataFrame:
    """Return what is under a prohibition in each portfolio, variant by variant.

    Returns
    -------
    DataFrame
        group (the portfolio), variant, bp: basis points of the portfolio's net value; missing
        where the portfolio has no weights.
    """
    rows = [
        (name, title, _restricted(totals.by_status))
        for title, result in results.items()
        for name, totals in result.analysis.portfolios.items()
    ]
    return pd.DataFrame(rows, columns=["group", "variant", "bp"]).astype({"bp": float})


def _restricted(by_status: Mapping[Status, Any]) -> float | None:
    found = [entry.weight for status, entry in by_status.items() if status in RESTRICTED]
    weights = [weight for weight in found if weight is not None]
    return _BP * float(sum(weights)) if len(weights) == len(found) else None


def renamed(result: ScenarioResult, title: str) -> ScenarioResult:
    """Return a variant under another title."""
    return replace(result, scenario=replace(result.scenario, title=title))
