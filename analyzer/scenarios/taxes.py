"""Gains that a sell-down realises, under each order of using up lots.

Holdings files carry no cost, so the lots are stated in the scenario.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from analyzer.core.errors import QueryError
from analyzer.scenarios.lots import LineTax, LotOrder, tax_of_sale
from analyzer.scenarios.plan import LiquidationPlan
from analyzer.scenarios.selldown import Position, SellDown
from analyzer.scenarios.spec import Tax


@dataclass(frozen=True, slots=True)
class SaleTax:
    """Tax of the plan by line and order; `chosen` is the order the scenario names."""

    chosen: LotOrder
    lines: Mapping[str, Mapping[LotOrder, LineTax]]

    def total(self, order: LotOrder) -> tuple[float, float]:
        """Gain and tax of all lines under an order, base currency."""
        found = [line[order] for line in self.lines.values()]
        return sum(line.gain for line in found), sum(line.tax for line in found)


def sale_tax(
    tax: Tax | None, built: SellDown, plan: LiquidationPlan
) -> tuple[SaleTax | None, tuple[str, ...]]:
    """Tax every planned line whose lots are stated; say which lines have none or too few."""
    if tax is None:
        return None, ()
    lines: dict[str, Mapping[LotOrder, LineTax]] = {}
    words = []
    for i, position in enumerate(built.positions):
        lots = next((tax.lots[k] for k in _keys(position) if k in tax.lots), None)
        if lots is None:
            words.append(f"{position.label}: no tax lots are stated; no gain is computed")
            continue
        if not plan.sold[i].sum() > 0:
            continue
        try:
            lines[position.label] = {
                order: tax_of_sale(
                    lots,
                    plan.problem.sessions,
                    plan.sold[i].tolist(),
                    float(plan.net_price[i]),
                    order,
                    tax.rates,
                )
                for order in LotOrder
            }
        except QueryError as error:
            words.append(f"{position.label}: {error}")
    return SaleTax(tax.order, lines), tuple(words)


def _keys(position: Position) -> tuple[str, ...]:
    return (position.isin, position.ticker, position.entity)
