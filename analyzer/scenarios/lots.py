"""Tax lots: which shares a sale disposes of, and the gain that realises.

26 CFR 1.1012-1(c): first in, first out unless lots are identified; the other orders are forms of
identification. The order changes the tax, not the schedule.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from analyzer.core.errors import QueryError

ROUNDING = 1e-9
LONG_TERM_DAYS = 365  # held "more than 1 year": 26 USC 1222(3)


class LotOrder(StrEnum):
    """Order in which lots are used up."""

    FIFO = "fifo"
    LIFO = "lifo"
    HIFO = "hifo"  # highest unit cost first: the least gain today


@dataclass(frozen=True, slots=True)
class Lot:
    """Shares bought together; `unit_cost` in the currency of the sale prices."""

    acquired: date
    shares: float
    unit_cost: float


@dataclass(frozen=True, slots=True)
class Disposal:
    """Part of a lot sold: its gain is `shares * (price - unit_cost)`."""

    sold: date
    acquired: date
    shares: float
    unit_cost: float
    price: float

    @property
    def gain(self) -> float:
        """Gain, or loss if negative."""
        return self.shares * (self.price - self.unit_cost)

    @property
    def long_term(self) -> bool:
        """Whether the shares were held for more than a year."""
        return (self.sold - self.acquired).days > LONG_TERM_DAYS


@dataclass(frozen=True, slots=True)
class TaxRates:
    """Rates on realised gains; negative gains offset within their own class."""

    short_term: float
    long_term: float


def ordered(lots: Sequence[Lot], order: LotOrder) -> list[Lot]:
    """Sort lots as they will be used; equal lots keep their given order."""
    if order is LotOrder.FIFO:
        return sorted(lots, key=lambda lot: lot.acquired)
    if order is LotOrder.LIFO:
        return sorted(lots, key=lambda lot: lot.acquired, reverse=True)
    return sorted(lots, key=lambda lot: -lot.unit_cost)


def dispose(
    lots: Sequence[Lot], sales: Sequence[tuple[date, float, float]], order: LotOrder
) -> tuple[tuple[Disposal, ...], tuple[Lot, ...]]:
    """Use up lots for a series of sales.

    Parameters
    ----------
    lots
        What is held.
    sales
        (date, shares, net price per share), in order of time; zero shares are passed over.
    order
        Which lots go first.

    Returns
    -------
    disposals, left
        One disposal per lot and sale, and the lots that remain.

    Raises
    ------
    QueryError
        If more is sold than the lots hold.
    """
    queue = ordered(lots, order)
    rest = [lot.shares for lot in queue]
    done: list[Disposal] = []
    for sold_on, shares, price in sales:
        need = float(shares)
        for index, lot in enumerate(queue):
            take = min(need, rest[index])
            if take > 0.0:
                done.append(Disposal(sold_on, lot.acquired, take, lot.unit_cost, price))
                rest[index] -= take
                need -= take
        if need > ROUNDING * max(float(shares), 1.0):
            raise QueryError(f"{sold_on}: {need:,.4f} shares sold that no lot holds")
    left = (
        Lot(lot.acquired, shares, lot.unit_cost)
        for lot, shares in zip(queue, rest, strict=True)
        if shares > 0.0
    )
    return tuple(done), tuple(left)


@dataclass(frozen=True, slots=True)
class LineTax:
    """What a sell-down of one line realises.

    Parameters
    ----------
    disposals, left
        Lots used up, by session, and lots that remain.
    gain, tax
        Realised gain, negative for a loss, and the tax due on it.
    """

    disposals: tuple[Disposal, ...]
    left: tuple[Lot, ...]
    gain: float
    tax: float


def tax_of_sale(
    lots: Sequence[Lot],
    sessions: Sequence[date],
    sold: Sequence[float],
    net_price: float,
    order: LotOrder,
    rates: TaxRates,
) -> LineTax:
    """Tax one line of a plan.

    Parameters
    ----------
    sessions, sold
        T sessions and the shares sold in each.
    net_price
        Average price after costs, in the currency of the lots (`LiquidationPlan.net_price`).

    Raises
    ------
    QueryError
        If the plan sells more than the lots hold.
    """
    sales = [(day, float(n), net_price) for day, n in zip(sessions, sold, strict=True)]
    done, left = dispose(lots, sales, order)
    return LineTax(done, left, realised_gain(done), tax_due(done, rates))


def realised_gain(disposals: Sequence[Disposal]) -> float:
    """Add up the gains."""
    return float(sum(d.gain for d in disposals))


def tax_due(disposals: Sequence[Disposal], rates: TaxRates) -> float:
    """Compute tax on the net gain of each class; a net loss in a class gives no refund here."""
    long = sum(d.gain for d in disposals if d.long_term)
    short = sum(d.gain for d in disposals if not d.long_term)
    return float(max(long, 0.0) * rates.long_term + max(short, 0.0) * rates.short_term)
