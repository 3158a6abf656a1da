"""A redemption to be met: sell a slice of everything, or the most liquid lines first.

*Slicing* keeps the mix of what can be sold; *waterfall* empties cash and the most liquid lines
and leaves the rest to those who stay. Neither pays with what is locked or blocked, money at a
blocked bank included, nor with what a person must still decide or what is not verified; so both
leave the holders who stay with more of it. Value sold is at prices now; what the sale costs falls
on those who stay.

References
----------
ESMA, guidelines on liquidity stress testing in UCITS and AIFs, ESMA34-39-897, which ask a manager
to test redemptions; their paragraphs on the two ways of selling were not read.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

import numpy as np

from analyzer.core.verdict import Status
from analyzer.scenarios.book import Book
from analyzer.scenarios.closed_forms import water_filling
from analyzer.scenarios.impact import FloatArray
from analyzer.scenarios.ladder import Halts, capacity, sellable, volume_left
from analyzer.scenarios.liquidity import liquidity_buckets
from analyzer.scenarios.receipts import sale_duty
from analyzer.scenarios.schedule import LineInputs, Policy, SessionInputs, build_problem
from analyzer.scenarios.selldown import SellDown
from analyzer.scenarios.spec import Scenario
from analyzer.scenarios.windows import union_sessions

SOURCE = "ESMA34-39-897 (paragraph on slicing and waterfall not read)"
_UNDECIDED = (Status.REVIEW, Status.UNKNOWN)
_LOOK = timedelta(days=14)  # rule 22e-4 looks seven calendar days ahead; holidays in between


class Approach(StrEnum):
    """Which lines are sold."""

    SLICING = "slicing"
    WATERFALL = "waterfall"


@dataclass(frozen=True, slots=True)
class Liquidation:
    """One way of meeting a redemption.

    Parameters
    ----------
    sold
        (n,) shares by line.
    raised, shortfall, cost
        Base currency: value sold, what of the demand it misses, what the sale costs.
    sessions
        Fewest sessions the sale takes at the participation rate.
    remaining
        Net assets of those who stay.
    locked_share, illiquid_share, cash_share
        Of `remaining`: may not be sold; illiquid under 17 CFR 270.22e-4; cash that can be paid.
    """

    approach: Approach
    sold: FloatArray
    raised: float
    shortfall: float
    cost: float
    sessions: int
    remaining: float
    locked_share: float
    illiquid_share: float
    cash_share: float


@dataclass(frozen=True, slots=True)
class RedemptionResult:
    """A redemption met both ways.

    Parameters
    ----------
    demand
        Base currency.
    due, last_sale
        Day the cash is due, and last session whose sales are paid by then; None when there is
        none.
    lines
        Names of the n lines that can be sold or are locked, in the order of `Liquidation.sold`.
    locked_share, illiquid_share, cash_share
        Of net assets before.
    unclassified
        Value of lines whose volume or quantity no source knows: neither way sells them.
    undecided
        Value of other lines in review or not verified, which neither way sells: until someone
        decides they may turn out to be barred.
    """

    demand: float
    due: date
    last_sale: date | None
    lines: tuple[str, ...]
    locked_share: float
    illiquid_share: float
    cash_share: float
    unclassified: float
    undecided: float
    ways: tuple[Liquidation, ...]


@dataclass(frozen=True, slots=True)
class Pool:
    """n lines as a redemption sees them.

    Parameters
    ----------
    shares, price
        (n,) held, base currency each.
    room
        (n, T) shares that can be sold per session with cash in time; 0 for what pays nobody.
    cash
        (n,) whether it is money.
    """

    shares: FloatArray
    price: FloatArray
    room: FloatArray
    cash: np.ndarray

    @property
    def most(self) -> FloatArray:
        """Shares that can be sold in time, (n,)."""
        return np.asarray(np.minimum(self.shares, self.room.sum(axis=1)))

    @property
    def days(self) -> FloatArray:
        """Mean sessions a whole line takes, (n,); 0 for cash, infinite where nothing sells."""
        pace = self.room.sum(axis=1) / max(self.room.shape[1], 1)
        with np.errstate(over="ignore"):  # next to nothing sells: as good as never
            time = np.divide(self.shares, pace, out=np.full(len(pace), np.inf), where=pace > 0)
        return np.asarray(np.where(self.cash, 0.0, time))


def slicing(pool: Pool, demand: float) -> FloatArray:
    """Return the shares sold when every line that sells at all is cut by one fraction, (n,)."""
    sells = pool.most > 0
    value = float((pool.shares * pool.price)[sells].sum())
    fraction = min(demand / value, 1.0) if value > 0 else 0.0
    return np.asarray(np.where(sells, np.minimum(fraction * pool.shares, pool.most), 0.0))


def waterfall(pool: Pool, demand: float) -> FloatArray:
    """Return the shares sold when lines are emptied in order of how fast they sell, (n,)."""
    sold = np.zeros(len(pool.shares))
    left = demand
    for i in np.argsort(pool.days, kind="stable"):
        sold[i] = min(float(pool.most[i]), max(left, 0.0) / float(pool.price[i]))
        left -= float(sold[i] * pool.price[i])
    return sold


def sessions_needed(pool: Pool, sold: FloatArray) -> int:
    """Return the fewest sessions in which the caps let `sold` out, cash apart."""
    reached = np.cumsum(pool.room, axis=1) >= (sold * (1.0 - 1e-12))[:, None]
    need = np.where((sold > 0) & ~pool.cash, reached.argmax(axis=1) + 1, 0)
    return int(need.max(initial=0))


def redemption(
    book: Book,
    built: SellDown | None,
    scenario: Scenario,
    start: date,
    net_assets: float | None,
    halts: Halts,
) -> RedemptionResult | str | None:
    """Meet the scenario's redemption both ways; None when it has none, words when it cannot be."""
    asked = scenario.redemption
    if asked is None:
        return None
    if net_assets is None or net_assets <= 0.0:
        return "redemption: no net assets to take a share of"
    known, locked, unknown = sellable(book)
    at = np.flatnonzero(known | locked)
    mics = [book.mics[i] for i in at]
    days, _ = union_sessions(mics or [""], start, max(asked.due, start + _LOOK))
    policy = scenario.sale.policy
    pace = policy.participation * volume_left(scenario)
    caps = capacity(book, at, days, pace, scenario, built, halts)
    settle = np.where(book.cash[at], 0, scenario.market.settlement_days)
    ready = np.busday_offset(np.array(days, dtype="M8[D]"), settle.max(initial=0), roll="forward")
    paid = ready <= np.datetime64(asked.due)
    undecided = book.status(*_UNDECIDED)[at]
    pays = ~locked[at] & ~undecided
    room = caps * (paid | book.cash[at][:, None]) * pays[:, None]
    units = book.units[at]
    pool = Pool(units, book.value[at] / units, room, book.cash[at])

    def state(shares: FloatArray, assets: float) -> tuple[float, float, float]:
        found = liquidity_buckets(start, days, shares, pool.price, caps, settle.tolist(), assets)
        value = shares * pool.price / assets
        shut, money = float(value[locked[at]].sum()), float(value[pool.cash & pays].sum())
        return shut, found.illiquid_share, money

    demand = asked.share_of_nav * net_assets
    ways = []
    for approach, sell in ((Approach.SLICING, slicing), (Approach.WATERFALL, waterfall)):
        sold = sell(pool, demand)
        raised = float(sold @ pool.price)
        cost = _cost(book, at, pool, sold, days, scenario)
        stay = net_assets - raised - cost
        parts = state(pool.shares - sold, stay) if stay > 0 else (float("nan"),) * 3
        missed = max(demand - raised, 0.0)
        needed = sessions_needed(pool, sold)
        ways.append(Liquidation(approach, sold, raised, missed, cost, needed, stay, *parts))
    return RedemptionResult(
        demand,
        asked.due,
        days[int(np.flatnonzero(paid)[-1])] if paid.any() else None,
        tuple(book.names[i] for i in at),
        *state(pool.shares, net_assets),
        float(book.value[unknown].sum()),
        float(book.value[at][undecided].sum()),
        tuple(ways),
    )


def _cost(
    book: Book,
    at: np.ndarray,
    pool: Pool,
    sold: FloatArray,
    days: tuple[date, ...],
    scenario: Scenario,
) -> float:
    """Return what the sale costs when each line is spread over the time there is, money."""
    rows = np.flatnonzero((sold > 0) & ~pool.cash)
    if not len(rows):
        return 0.0
    market = scenario.market
    mics = [book.mics[at[i]] for i in rows]
    volume = np.nan_to_num(book.volume[at[rows]])
    inputs = LineInputs(
        lines=tuple(str(i) for i in rows),
        shares=sold[rows],
        price=pool.price[rows],
        sigma=book.volatility(market.rest_volatility)[at[rows]],
        adv=volume,
        bid_ask=pool.price[rows] * market.spread_bp / 1e4,
        duty=np.array([sale_duty(mic, days) for mic in mics]),
    )
    policy = _daily(scenario.sale.policy)
    share = policy.participation * volume_left(scenario) * volume
    weights = np.minimum(pool.room[rows] / share[:, None], 1.0)
    when = SessionInputs(
        sessions=days,
        open_weight=weights,
        legal_weight=(weights > 0).astype(float),
        crowding=market.crowding * volume[:, None] * weights,
    )
    problem = build_problem(inputs, when, policy)
    plan = np.array(
        [
            water_filling(v, c, min(float(x), float(c.sum())))
            for v, c, x in zip(problem.volume, problem.cap, problem.shares, strict=True)
        ]
    )
    curve = problem.curve
    impact = curve.temporary_cost(plan).sum() + curve.permanent_cost(plan).sum()
    return float(impact + (problem.linear * plan).sum())


def _daily(policy: Policy) -> Policy:
    """Return the policy with an impact model that knows one session and no shares outstanding."""
    return replace(policy, model="sqrt") if policy.model not in _MODELS else policy


_MODELS = frozenset({"sqrt", "ac_linear", "power", "ow"})
