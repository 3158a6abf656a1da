"""The courts of scenarios as one tidy table: chances, waiting, regret, policy."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from analyzer.report.scenario import ScenarioReport
from analyzer.report.table import Column, Kind, Table

_COLUMNS = (
    Column("scenario", "Scenario", meaning="short name", width=24),
    Column("docket", "Docket", meaning="name of the case in the scenario", width=24),
    Column(
        "block",
        "Block",
        meaning="ruling, end, value of waiting, cautious, cost, regret or policy",
        width=16,
    ),
    Column("item", "Item", meaning="what the figure is", width=28),
    Column("at", "At", meaning="chance of relief believed, or session", width=12),
    Column("beside", "Beside", Kind.SHARE, "true chance of relief, or share still held", 12),
    Column("value", "Value", Kind.NUMBER, "figure", 18),
    Column("unit", "Unit", meaning="unit of the figure", width=16),
)
_CAUTIOUS = ("value", "expected_cost", "price_of_caution", "sold_before_ruling")


def court_table(scenarios: Sequence[ScenarioReport]) -> Table:
    """Return everything found for the courts of scenarios, one figure a row."""
    rows = [
        (scenario.title, court["docket"], *row)
        for scenario in scenarios
        for court in (scenario.contract or {}).get("courts", ())
        for row in _rows(court, scenario.currency)
    ]
    return Table(
        "courts", "Courts", _COLUMNS, rows, "Costs are expected; regret is never negative."
    )


def _rows(court: Mapping[str, Any], currency: str) -> Iterator[tuple[Any, ...]]:
    for ruling in court["rulings"]:
        name = ruling["stage"] or "ruling"
        when = ruling["date"] or f"{ruling['chance_per_session']:g} a session"
        yield "ruling", f"{name}: chance of relief", when, None, ruling["relief"], "fraction"
        rate = ruling["base_rate"]
        if rate is not None:
            yield "ruling", f"{name}: low end", when, None, rate["low"], "fraction"
            yield "ruling", f"{name}: high end", when, None, rate["high"], "fraction"
    for state, chance in court["ends"].items():
        yield "end", state, "window closes", None, chance, "fraction"
    for part, value in court["parts"].items():
        yield "value of waiting", part.replace("_", " "), "", None, float(value), currency
    if court["cautious"] is not None:
        for part in _CAUTIOUS:
            value = float(court["cautious"][part])
            yield "cautious", part.replace("_", " "), "", None, value, currency
    chances = [row["relief"] for row in court["by_chance"]]
    for row in court["by_chance"]:
        at = f"{row['relief']:.0%}"
        for name in ("best", "sell_now", "wait"):
            yield "cost", name.replace("_", " "), at, None, float(row[name]), currency
        for true, lost in zip(chances, row["regret"], strict=True):
            yield "regret", "believed at, true beside", at, true, float(lost), currency
    held = court["policy"]["held"]
    for row in court["policy"]["rows"]:
        for share, sold in zip(held, row["sell"], strict=True):
            yield "policy", "share of the holding to sell", row["date"], share, sold, "fraction"
