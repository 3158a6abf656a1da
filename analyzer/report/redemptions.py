"""A redemption of a scenario, as it is reported."""

from typing import Any

from analyzer.report.contract import money, number
from analyzer.report.headline_figure import Figure
from analyzer.scenarios.redemption import SOURCE, RedemptionResult


def redemption_json(found: RedemptionResult | None) -> dict[str, Any] | None:
    """Return both ways of meeting a redemption; None where there is none."""
    if found is None:
        return None
    shares = ("locked_share", "illiquid_share", "cash_share")
    return {
        "source": SOURCE,
        "demand": money(found.demand),
        "due": found.due.isoformat(),
        "last_sale": None if found.last_sale is None else found.last_sale.isoformat(),
        "before": {name: number(getattr(found, name)) for name in shares},
        "volume_not_known": money(found.unclassified),
        "not_decided": money(found.undecided),
        "ways": [
            {
                "approach": way.approach.value,
                "raised": money(way.raised),
                "shortfall": money(way.shortfall),
                "cost": money(way.cost),
                "sessions": way.sessions,
                "remaining": money(way.remaining),
                **{name: number(getattr(way, name)) for name in shares},
                "sold": {
                    name: number(float(x)) for name, x in zip(found.lines, way.sold, strict=True)
                },
            }
            for way in found.ways
        ],
    }


def redemption_figures(found: RedemptionResult | None) -> list[Figure]:
    """Return the figures of a redemption that a reader asks for first."""
    ways = (None, None) if found is None else found.ways
    rows = [
        Figure("redemption to meet", "money", found.demand if found else None),
        Figure("locked share, before", "percent", found.locked_share if found else None),
    ]
    for name, way in zip(("slicing", "waterfall"), ways, strict=True):
        rows += [
            Figure(f"not raised in time, {name}", "money", way.shortfall if way else None),
            Figure(f"cost of raising it, {name}", "money", way.cost if way else None),
            Figure(f"locked share left, {name}", "percent", way.locked_share if way else None),
            Figure(f"illiquid share left, {name}", "percent", way.illiquid_share if way else None),
        ]
    return rows
