"""What is held instead, as figures and as JSON: tracking, drift by sector and by country."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from analyzer.report.contract import money, number
from analyzer.report.headline_figure import Figure
from analyzer.report.scenario import Result
from analyzer.scenarios.impact import FloatArray
from analyzer.scenarios.replacement import Basket
from analyzer.scenarios.substitutes import Substitutes

_FIGURES = (
    ("tracking error, best basket", "percent"),
    ("tracking error, pro rata", "percent"),
    ("tracking error, cash", "percent"),
    ("active share, best basket", "percent"),
    ("widest drift of a sector, best basket", "percent"),
    ("widest drift of a sector, pro rata", "percent"),
    ("widest drift of a country, best basket", "percent"),
    ("widest drift of a country, pro rata", "percent"),
    ("cost of trading the best basket", "money"),
)


def basket_figures(found: Substitutes | None) -> list[Figure]:
    """Return the headline figures of the baskets; None throughout where none was asked for."""
    if found is None:
        return [Figure(name, kind, None) for name, kind in _FIGURES]
    best, pro_rata, cash = found.comparison.baskets
    values = (
        best.tracking_error,
        pro_rata.tracking_error,
        cash.tracking_error,
        best.active_share,
        *(_widest(b.sector_drift) if found.sectors else None for b in (best, pro_rata)),
        *(_widest(b.country_drift) for b in (best, pro_rata)),
        best.cost * found.value,
    )
    return [Figure(name, kind, v) for (name, kind), v in zip(_FIGURES, values, strict=True)]


def _widest(drift: FloatArray) -> float:
    return float(np.abs(drift).max(initial=0.0))


def group_results(found: Substitutes | None) -> Iterator[Result]:
    """Yield the weight of each sector and country, now and in each basket."""
    if found is None:
        return
    for kind, weights in (("sector", found.sectors), ("country", found.countries)):
        for code, (word, before) in enumerate(weights.items()):
            yield Result(f"weight of {kind} {word}, now", before, "fraction")
            for basket in found.comparison.baskets:
                after = before + float(_drift(basket, kind)[code])
                yield Result(f"weight of {kind} {word}, {basket.method.value}", after, "fraction")


def _drift(basket: Basket, kind: str) -> FloatArray:
    return basket.sector_drift if kind == "sector" else basket.country_drift


def substitutes_json(found: Substitutes | None) -> dict[str, Any] | None:
    """Return the baskets, with the weight of every sector and country now and in each."""
    if found is None:
        return None
    comparison = found.comparison

    def groups(basket: Basket, kind: str, weights: Mapping[str, float]) -> dict[str, Any]:
        drift = zip(weights, _drift(basket, kind), strict=False)
        return {word: number(float(v)) for word, v in drift}

    def basket(b: Basket) -> dict[str, Any]:
        return {
            "method": b.method.value,
            "tracking_error": number(b.tracking_error),
            "active_share": number(b.active_share),
            "turnover": number(b.turnover),
            "cost": money(b.cost * found.value),
            "cash": number(b.cash),
            "sector_drift": groups(b, "sector", found.sectors),
            "country_drift": groups(b, "country", found.countries),
            "weights": {
                name: number(float(w))
                for name, w in zip(found.names, b.weights, strict=True)
                if w > 0
            },
        }

    return {
        "sectors": {word: number(w) for word, w in found.sectors.items()},
        "countries": {word: number(w) for word, w in found.countries.items()},
        "baskets": [basket(b) for b in comparison.baskets],
        "excluded": [
            name for name, out in zip(found.names, comparison.excluded, strict=True) if out
        ],
        "solver": comparison.solver,
        "messages": list(found.messages),
    }
