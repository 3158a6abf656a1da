"""How fast the book turns into cash, before and after the law and the market of a scenario."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from analyzer.core.verdict import Key, Status
from analyzer.law import Law
from analyzer.scenarios.book import Book
from analyzer.scenarios.impact import FloatArray
from analyzer.scenarios.liquidity import (
    Buckets,
    DaysToLiquidate,
    days_to_liquidate,
    liquidity_buckets,
)
from analyzer.scenarios.selldown import SellDown
from analyzer.scenarios.spec import Scenario
from analyzer.scenarios.windows import Span, open_weights, shut, suspended_spans, union_sessions

_LOOK = timedelta(days=14)  # the rule looks seven calendar days ahead; holidays in between
NEVER = 10**9
"""Sessions of a sale that no volume serves."""
Halts = tuple[tuple[Span, ...], ...]
"""By line of a book, the spans in which its venue does not trade it; an open end is None."""
_SHUT = (Status.LOCKED, Status.BLOCKED)


@dataclass(frozen=True, slots=True)
class Ladder:
    """Liquidity of the long book by 17 CFR 270.22e-4 categories.

    Parameters
    ----------
    before, after
        As usual, and under the scenario's law, venues and volume.
    unclassified
        Value of lines that may be sold and of which no source knows the volume, or the file the
        quantity: in no category.
    days
        By line of the sale, sessions needed at the participation rate.
    """

    before: Buckets
    after: Buckets
    unclassified: float
    days: tuple[DaysToLiquidate, ...]


def venue_halts(book: Book, law: Law, known: datetime) -> Halts:
    """Return, for each line of the book, the spans in which its venue does not trade it."""
    found: list[tuple[Span, ...]] = []
    for answer, mic in zip(book.judged, book.mics, strict=True):
        if answer.match is None:
            found.append(())
            continue
        key = Key.of(answer.match.entity_id, answer.instrument)
        found.append(tuple(suspended_spans(law, key, mic, known)))
    return tuple(found)


def ladder(
    book: Book,
    built: SellDown | None,
    scenario: Scenario,
    start: date,
    net_assets: float | None,
    halts: Halts,
) -> Ladder | None:
    """Classify every long line with a known volume; None without net assets to compare with.

    What may not be sold at all, or is traded nowhere, is illiquid whatever its volume.

    Parameters
    ----------
    halts
        See `venue_halts`.
    """
    if net_assets is None or net_assets <= 0.0:
        return None
    known, locked, unknown = sellable(book)
    volume = np.where(known, np.nan_to_num(book.volume), 0.0)
    mics = [book.mics[i] for i in np.flatnonzero(known | locked)]
    days, _ = union_sessions(mics or [""], start, start + _LOOK)
    policy = scenario.sale.policy
    stress = volume_left(scenario)

    def buckets(select: np.ndarray, pace: float, after: bool) -> Buckets:
        at = np.flatnonzero(select)
        if after:
            caps = capacity(book, at, days, pace, scenario, built, halts)
        else:
            caps = pace * volume[at][:, None] * open_weights([book.mics[i] for i in at], days, ())
            _place_cash(caps, book, at)
        settle = np.where(book.cash[at], 0, scenario.market.settlement_days)
        units = book.units[at]
        price = book.value[at] / units
        return liquidity_buckets(start, days, units, price, caps, settle.tolist(), net_assets)

    return Ladder(
        buckets(known, policy.participation, after=False),
        buckets(known | locked, policy.participation * stress, after=True),
        float(book.value[unknown].sum()),
        days_needed(built, policy.participation * stress),
    )


def volume_left(scenario: Scenario) -> float:
    """Return the part of usual volume that other sellers and the designation leave."""
    return max(scenario.sale.policy.volume_multiplier - scenario.market.crowding, 0.0)


def sellable(book: Book) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return which long lines have a market or are cash, may not be sold, are of unknown liquidity.

    A line that may not be sold may have a market all the same.
    """
    long = (book.value > 0) & (book.units > 0)
    traded = np.isfinite(book.volume) & (book.volume > 0) & np.isfinite(book.shares)
    known = long & (traded | book.cash)
    locked = long & book.status(*_SHUT)
    return known, locked, long & ~known & ~locked


def capacity(
    book: Book,
    at: np.ndarray,
    days: tuple[date, ...],
    pace: float,
    scenario: Scenario,
    built: SellDown | None,
    halts: Halts,
) -> FloatArray:
    """Return the shares of lines `at` that can be sold per session under a scenario, (n, T).

    Parameters
    ----------
    pace
        Shares sold per share of usual volume.
    """
    volume = np.nan_to_num(book.volume[at])[:, None]
    weights = open_weights([book.mics[i] for i in at], days, scenario.market.closures)
    caps = np.asarray(pace * volume * weights)
    for row, i in zip(caps, at, strict=True):
        shut(row, days, book.mics[i], halts[i])
    _place_cash(caps, book, at)
    caps[book.status(*_SHUT)[at]] = 0.0  # money at a blocked bank too
    _apply_law(caps, book, at, built, days)
    return caps


def _place_cash(caps: FloatArray, book: Book, at: np.ndarray) -> None:
    """Let cash be had in the first session, in place."""
    money = book.cash[at]
    caps[money] = 0.0
    caps[money, 0] = book.units[at][money]


def _apply_law(
    caps: FloatArray, book: Book, at: np.ndarray, built: SellDown | None, days: tuple[date, ...]
) -> None:
    """Set to 0, in place, the sessions in which a line of the sale may not be sold."""
    if built is None:
        return
    index = {d: t for t, d in enumerate(built.when.sessions)}
    rows = [index.get(d) for d in days]
    places = {book.isins[i]: n for n, i in enumerate(at) if book.isins[i]}
    for line, position in enumerate(built.positions):
        place = places.get(position.isin)
        if place is None:
            continue
        for t, row in enumerate(rows):
            # Beyond the sessions of the sale its window has closed; between them nothing trades.
            past = days[t] > built.when.sessions[-1]
            if past if row is None else built.when.legal_weight[line, row] == 0.0:
                caps[place, t] = 0.0


def days_needed(built: SellDown | None, pace: float) -> tuple[DaysToLiquidate, ...]:
    """Return the sessions each line of the sale takes at a steady share of usual volume.

    Infinite where other sellers leave no volume.
    """
    if built is None:
        return ()
    if pace <= 0.0:
        return tuple(DaysToLiquidate(float("inf"), NEVER) for _ in built.positions)
    return tuple(
        days_to_liquidate(float(x), float(v), pace)
        for x, v in zip(built.inputs.shares, built.inputs.adv, strict=True)
    )
