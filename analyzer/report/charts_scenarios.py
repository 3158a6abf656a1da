"""Charts of scenarios: leaving in time, cost, chance, courts, and what replaces what is sold."""

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from analyzer.report.chart import Chart, records
from analyzer.report.scenario import ScenarioReport
from analyzer.scenarios.courts import CourtState

_LONGEST = 40
_COSTS = (
    ("spread", "spread"),
    ("temporary", "temporary impact"),
    ("permanent", "permanent impact"),
    ("duties", "duties"),
    ("fx", "currency"),
    ("fees", "fees"),
)


def slug(text: str) -> str:
    """Return text as part of a file name."""
    kept = "".join(c if c.isascii() and c.isalnum() else "-" for c in text.casefold())
    whole = "-".join(part for part in kept.split("-") if part)
    if whole and len(whole) <= _LONGEST and text.isascii():
        return whole
    # What was cut or could not be kept still tells two titles apart.
    return f"{whole[:_LONGEST] or 'scenario'}-{hashlib.sha256(text.encode()).hexdigest()[:6]}"


def scenario_charts(scenario: ScenarioReport) -> Iterator[Chart]:
    """Yield every chart the scenario has data for, in reading order."""
    for make in (
        sell_down_chart,
        waterfall_chart,
        fan_chart,
        waiting_chart,
        waiting_parts_chart,
        court_chart,
        tracking_chart,
    ):
        chart = make(scenario)
        if chart is not None:
            yield chart


def sell_down_data(scenario: ScenarioReport) -> pd.DataFrame:
    """Return per session the value still held and the most that could still be sold from there.

    Returns
    -------
    DataFrame
        session (ISO day, end of session), held, sellable: base currency at arrival prices.
    """
    plan = scenario.plan
    if plan is None:
        return pd.DataFrame({"session": [], "held": [], "sellable": []})
    price = plan.problem.price
    held = price @ (plan.held[:, 1:] - plan.problem.residual[:, None])
    later = np.column_stack([plan.frontier[:, 1:], np.zeros(len(price))])
    wanted = (plan.problem.wanted * price).sum()
    sellable = price @ np.minimum(later, plan.problem.wanted[:, None])
    days = [d.isoformat() for d in plan.problem.sessions]
    start = pd.DataFrame({"session": ["start"], "held": [wanted], "sellable": [_reach(scenario)]})
    rest = pd.DataFrame({"session": days, "held": held, "sellable": sellable})
    return pd.concat([start, rest], ignore_index=True)


def _reach(scenario: ScenarioReport) -> float:
    plan = scenario.plan
    if plan is None:
        return 0.0
    first = np.minimum(plan.frontier[:, 0], plan.problem.wanted)
    return float(plan.problem.price @ first)


def sell_down_chart(scenario: ScenarioReport) -> Chart | None:
    """Return the sell-down curve with the feasibility frontier."""
    plan = scenario.plan
    if plan is None or len(plan.problem.sessions) == 0:
        return None
    data = sell_down_data(scenario)
    unit = scenario.currency
    left = float(data["held"].iloc[-1])
    last = max((d for d in plan.last_sale if d is not None), default=None)
    alt = (
        f"Value still to sell falls from {unit} {data['held'].iloc[0]:,.0f} to {left:,.0f}; last "
        f"sale {last or 'none'}; the dashed frontier is the most that the caps still let out."
    )
    if not plan.feasible:
        stuck = float((plan.stranded * plan.problem.price).sum())
        alt += f" {unit} {stuck:,.0f} cannot be sold in time."
    extra = {"unit": unit, "window_ends": scenario.window_ends, "left": left}
    title = f"Still to sell, {unit}: {scenario.title}"
    return Chart("sell_down", f"sell-down-{slug(scenario.title)}", title, alt, data, extra)


def waterfall_data(scenario: ScenarioReport) -> pd.DataFrame:
    """Return cost by cause with its start and end on the axis, and the total."""
    parts: list[tuple[str, float]] = []
    if scenario.plan is not None:
        plan = scenario.plan
        parts = [(words, float(getattr(plan, name).sum())) for name, words in _COSTS]
    elif scenario.waiting is not None:
        found = scenario.waiting
        parts = [
            ("impact", float(found.impact.sum())),
            ("risk", float(found.risk.sum())),
            ("price jumps", float(found.jump.sum())),
            ("lock-in", float(found.lock_in.sum())),
        ]
    return _stacked(parts)


def _stacked(parts: list[tuple[str, float]]) -> pd.DataFrame:
    """Put parts end to end; those that are zero are left out."""
    shown = [(words, value) for words, value in parts if value != 0.0]
    ends = np.cumsum([value for _, value in shown])
    rows = [
        (words, value, float(end - value), float(end))
        for (words, value), end in zip(shown, ends, strict=True)
    ]
    if rows:
        rows.append(("total", rows[-1][3], 0.0, rows[-1][3]))
    return pd.DataFrame(rows, columns=["cause", "cost", "start", "end"])


def waiting_parts_data(scenario: ScenarioReport) -> pd.DataFrame:
    """Return the value of waiting by cause with its start and end on the axis, and the total."""
    found = scenario.value_of_waiting
    names = ("impact_avoided", "compression", "jump", "risk", "lock_in")
    parts = [] if found is None else [(n, float(getattr(found, n).sum())) for n in names]
    return _stacked([(name.replace("_", " "), value) for name, value in parts])


def waiting_parts_chart(scenario: ScenarioReport) -> Chart | None:
    """Return the value of waiting by cause."""
    data, unit = waiting_parts_data(scenario), scenario.currency
    if data.empty:
        return None
    parts = "; ".join(f"{r.cause} {r.cost:,.0f}" for r in records(data))
    title = f"Value of waiting by cause, {unit}: {scenario.title}"
    alt = f"Waterfall of the value of waiting in {unit}: {parts}; above zero favours waiting."
    extra = {"unit": unit, "gain_is_up": True}
    return Chart("waterfall", f"waiting-parts-{slug(scenario.title)}", title, alt, data, extra)


def waterfall_chart(scenario: ScenarioReport) -> Chart | None:
    """Return expected cost by cause."""
    data = waterfall_data(scenario)
    if data.empty:
        return None
    unit = scenario.currency
    parts = "; ".join(f"{r.cause} {r.cost:,.0f}" for r in records(data))
    title = f"Expected cost by cause, {unit}: {scenario.title}"
    alt = f"Waterfall of expected cost in {unit}: {parts}."
    return Chart(
        "waterfall",
        f"cost-{slug(scenario.title)}",
        title,
        alt,
        data,
        {"unit": unit, "gain_is_up": False},
    )


def fan_data(scenario: ScenarioReport) -> pd.DataFrame:
    """Return quantiles and mean of cumulative profit and loss by session."""
    found = scenario.distribution
    if found is None:
        return pd.DataFrame()
    data = pd.DataFrame(found.quantiles, columns=[f"q{level:g}" for level in found.levels])
    data.insert(0, "session", found.sessions)
    data["mean"] = found.mean
    return data


def fan_chart(scenario: ScenarioReport) -> Chart | None:
    """Return the fan of profit and loss."""
    found = scenario.distribution
    if found is None:
        return None
    unit, data = scenario.currency, fan_data(scenario)
    low, high = f"q{found.levels[0]:g}", f"q{found.levels[-1]:g}"
    last = data.iloc[-1]
    alt = (
        f"Cumulative profit and loss in {unit}, {len(found.final):,} scenarios, seed {found.seed}: "
        f"after {int(last['session'])} sessions mean {last['mean']:,.0f}, "
        f"{found.levels[0]:.0%} quantile {last[low]:,.0f}, "
        f"{found.levels[-1]:.0%} quantile {last[high]:,.0f}."
    )
    title = f"Profit and loss, {unit}: {scenario.title}"
    extra = {"unit": unit, "seed": found.seed, "count": len(found.final)}
    return Chart("fan", f"fan-{slug(scenario.title)}", title, alt, data, extra)


def waiting_data(scenario: ScenarioReport) -> pd.DataFrame:
    """Return expected cost of three policies over the probability of relief, all lines added."""
    found = scenario.sweep
    if found is None:
        return pd.DataFrame()
    return pd.DataFrame(
        {
            "probability": found.probability,
            "optimal": found.value.sum(axis=1),
            "committed": found.commit.sum(axis=1),
            "waiting": found.wait.sum(axis=1),
            "value_of_waiting": (found.commit - found.value).sum(axis=1),
        }
    )


def waiting_chart(scenario: ScenarioReport) -> Chart | None:
    """Return the value of waiting against the probability of relief."""
    if scenario.sweep is None:
        return None
    data, unit = waiting_data(scenario), scenario.currency
    even = _crossing(data)
    finite = data.loc[np.isfinite(data["value_of_waiting"])]
    words = "no break-even" if even is None else f"waiting breaks even at {even:.0%}"
    span = (
        f"from {finite['value_of_waiting'].min():,.0f} to {finite['value_of_waiting'].max():,.0f}"
        if len(finite)
        else "not finite"
    )
    alt = (
        f"Expected cost in {unit} of selling on a fixed schedule, of waiting for the court and of "
        f"the best policy, over the probability of relief; value of flexibility {span}; {words}."
    )
    extra = {"unit": unit, "break_even": even}
    title = f"Sell now or wait, expected cost, {unit}: {scenario.title}"
    return Chart("waiting", f"waiting-{slug(scenario.title)}", title, alt, data, extra)


def _crossing(data: pd.DataFrame) -> float | None:
    """Return the probability at which waiting for the court costs what the schedule costs."""
    gap = (data["waiting"] - data["committed"]).to_numpy(dtype=float)
    at = data["probability"].to_numpy(dtype=float)
    for i in range(len(gap) - 1):
        if np.isfinite(gap[i : i + 2]).all() and (gap[i] > 0) != (gap[i + 1] > 0):
            return float(at[i] - gap[i] * (at[i + 1] - at[i]) / (gap[i + 1] - gap[i]))
    return None


def court_data(scenario: ScenarioReport) -> pd.DataFrame:
    """Return docket, state before, state after and the expected number of such moves."""
    tree = scenario.tree
    rows = []
    for at, docket in enumerate(tree.dockets if tree else ()):
        flows = tree.flows(at) if tree else np.zeros((0, 0))
        for source, target in zip(*np.nonzero(flows > 5e-4), strict=True):
            names = (CourtState(int(source)).name, CourtState(int(target)).name)
            rows.append((docket, *(n.casefold() for n in names), float(flows[source, target])))
    return pd.DataFrame(rows, columns=["docket", "source", "target", "chance"])


def court_chart(scenario: ScenarioReport) -> Chart | None:
    """Return the moves of the courts with their chances."""
    if scenario.tree is None:
        return None
    data = court_data(scenario)
    if data.empty:
        return None
    parts = "; ".join(
        f"{r.docket}: {r.source} to {r.target.replace('_', ' ')} {r.chance:.0%}"
        for r in records(data)
    )
    how = "every path enumerated" if scenario.tree.exact else f"sampled, seed {scenario.tree.seed}"
    title = f"What the courts may do: {scenario.title}"
    return Chart("court", f"court-{slug(scenario.title)}", title, f"{parts} ({how}).", data)


def tracking_data(scenario: ScenarioReport) -> pd.DataFrame:
    """Return tracking error before and after, by use of the proceeds."""
    rows = []
    if scenario.current is not None:
        rows.append(("before", scenario.current.tracking_error))
    if scenario.replacement is not None:
        rows += [
            (f"after: {b.method.value}", b.tracking_error) for b in scenario.replacement.baskets
        ]
    return pd.DataFrame(rows, columns=["basket", "tracking_error"])


def tracking_chart(scenario: ScenarioReport) -> Chart | None:
    """Return tracking error before and after."""
    if scenario.replacement is None:
        return None
    data = tracking_data(scenario)
    parts = "; ".join(f"{r.basket} {r.tracking_error:.2%}" for r in records(data))
    title = f"Tracking error a year: {scenario.title}"
    return Chart("tracking", f"tracking-{slug(scenario.title)}", title, f"{parts}.", data)


def heatmap_data(scenarios: Sequence[ScenarioReport]) -> pd.DataFrame:
    """Return scenario, portfolio and effect on net value in basis points."""
    rows = [(s.title, name, bp) for s in scenarios for name, bp in s.impact_bp.items()]
    return pd.DataFrame(rows, columns=["scenario", "portfolio", "bp"])


def heatmap_chart(scenarios: Sequence[ScenarioReport]) -> Chart | None:
    """Return scenario by portfolio."""
    data = heatmap_data(scenarios)
    if data.empty:
        return None
    worst = data.iloc[int(data["bp"].to_numpy(dtype=float).argmin())]
    alt = (
        f"Effect on net value in basis points, {data['scenario'].nunique()} scenarios by "
        f"{data['portfolio'].nunique()} portfolios; worst {worst['bp']:,.1f} bp in "
        f"{worst['scenario']} for {worst['portfolio']}."
    )
    return Chart("heatmap", "scenarios", "Effect on net value, basis points", alt, data)
