"""A scenario as a user states it: hypothetical law, market, sale, court.

Every assumption has a default that is named in the result; what a scenario file states wins.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from analyzer.core.events import LegalEvent
from analyzer.scenarios.base_rates import Pool, Stage
from analyzer.scenarios.courts import CourtState
from analyzer.scenarios.flows import CashBudget, IndexFlow, flow_parameters
from analyzer.scenarios.lots import Lot, LotOrder, TaxRates
from analyzer.scenarios.schedule import Parameter, Policy

DEFAULT_SPREAD_BP = 20.0
DEFAULT_CORRELATION = 0.4
DEFAULT_HORIZON = 260
DEFAULT_REST_VOLATILITY = 0.02
DEFAULT_SETTLEMENT_DAYS = 2
DEFAULT_SCENARIOS = 2_000
DEFAULT_SEED = 7


@dataclass(frozen=True, slots=True)
class Closure:
    """A venue that does not trade over `[start, end)`; an open end lasts to the horizon."""

    mic: str
    start: date
    end: date | None = None


@dataclass(frozen=True, slots=True)
class Market:
    """What is assumed of prices and volumes.

    Parameters
    ----------
    volume, volatility
        Shares per session and daily volatility by ISIN, entity id or `*`; they win over any
        source.
    spread_bp
        Quoted spread, basis points of price.
    crowding
        Shares other barred holders sell per session, as a fraction of usual volume.
    correlation
        Between any two lines: one common factor.
    shock
        Lasting price move on the designated lines, fraction; None for none.
    shock_source, shock_kind
        The preset or the statement it comes from, and the type of event of a preset.
    closures
        Venues that do not trade.
    forced
        Shares that all barred holders must sell, by ISIN, entity id or `*`: sizes the structural
        price move. What is not stated is this holding and what `crowding` sells beside it.
    rest_volatility
        Daily volatility of lines of which no source knows one.
    settlement_days
        Business days from trade to cash.
    index_flow
        What index funds must sell, around which day.
    """

    volume: Mapping[str, float] = field(default_factory=dict)
    volatility: Mapping[str, float] = field(default_factory=dict)
    spread_bp: float = DEFAULT_SPREAD_BP
    crowding: float = 0.0
    correlation: float = DEFAULT_CORRELATION
    shock: float | None = None
    shock_source: str = ""
    shock_kind: str = ""
    closures: tuple[Closure, ...] = ()
    forced: Mapping[str, float] = field(default_factory=dict)
    rest_volatility: float = DEFAULT_REST_VOLATILITY
    settlement_days: int = DEFAULT_SETTLEMENT_DAYS
    index_flow: tuple[IndexFlow, ...] = ()


class LockModel(StrEnum):
    """How the loss on a locked share is modelled."""

    PUT = "put"  # an at-the-money put
    FINNERTY = "finnerty"  # a put struck at the average price


@dataclass(frozen=True, slots=True)
class LockLoss:
    """A model of how much less a locked share is worth to this holder.

    Parameters
    ----------
    volatility
        Annual; None takes each line's own.
    years
        How long the lock is thought to last.
    dividend_yield
        Annual, `finnerty` only.
    """

    model: LockModel = LockModel.PUT
    volatility: float | None = None
    years: float = 1.0
    dividend_yield: float = 0.0

    @property
    def source(self) -> str:
        """What the formula rests on."""
        if self.model is LockModel.PUT:
            return "at-the-money put without rates or dividends"
        return "Finnerty (2012), formula not checked against the paper"


@dataclass(frozen=True, slots=True)
class Sale:
    """How the designated lines are sold.

    Parameters
    ----------
    policy
        Impact model, participation, risk aversion, multipliers, discounts.
    start
        First day of selling; the as-of day when not given.
    blackouts
        `(first, last)` days without selling, both included.
    horizon
        Most sessions that are planned.
    lock_years
        Years a locked holding is thought to stay so: sets what it is worth less to this holder
        (an at-the-money put, see `liquidity.put_discount`) unless `lock_loss` is stated.
    lock_loss
        Fraction by which a locked share is worth less to this holder, or a model of it.
    whole_lots
        Round every slice to whole board lots where the lot is known.
    board_lots
        Shares per lot by ISIN, entity id or `*`; they win over the bundled ones.
    cash_budget
        Proceeds per session; None for no limit.
    sector_neutral
        Widest drift of a sector's weight in what remains to be sold, as a fraction of the value
        to sell; None for no bound.
    frontier
        Points of the efficient frontier of expected cost against risk; 0 for none.
    """

    policy: Policy = field(default_factory=lambda: Policy(model="sqrt"))
    start: date | None = None
    blackouts: tuple[tuple[date, date], ...] = ()
    horizon: int = DEFAULT_HORIZON
    lock_years: float = 1.0
    lock_loss: float | LockLoss | None = None
    whole_lots: bool = False
    board_lots: Mapping[str, float] = field(default_factory=dict)
    cash_budget: CashBudget | None = None
    sector_neutral: float | None = None
    frontier: int = 5


@dataclass(frozen=True, slots=True)
class ExpectedRuling:
    """A ruling that is waited for: on a day, or at any time.

    Parameters
    ----------
    stage
        What it decides; None where only relief or loss is stated.
    day
        Day it is expected; None when `ruling_hazard` says how likely it is in each session.
    relief
        Chance of relief. None takes the base rate, with its interval.
    relief_move
        Price move on relief, fraction. The move on loss is the fair one against it.
    market_relief
        Chance of relief that prices imply. None: prices agree with the chance used.
    """

    stage: Stage | None = None
    day: date | None = None
    ruling_hazard: float = 0.0
    relief: float | None = None
    relief_move: float = 0.0
    market_relief: float | None = None


@dataclass(frozen=True, slots=True)
class Court:
    """A docket whose rulings are waited for.

    Parameters
    ----------
    docket
        A name for it, e.g. a docket id.
    targets
        Entity ids it would free.
    rulings
        In the order in which they may come.
    pool
        Cases the base rates are taken from.
    state
        Where the docket stands today.
    removal_hazard
        Chance per session that the agency takes the name off before a court has decided.
    relisting_hazard
        Chance per session that a name set free is listed again.
    appeal
        Chance that a loser appeals; None takes the base rate. Asked only where an appeal is
        among the rulings.
    cvar_weight, cvar_tail
        For a cautious holder beside the neutral one: weight of the conditional value at risk over
        each move of the court, and its tail. 0: none is asked for.
    """

    docket: str
    targets: tuple[str, ...]
    rulings: tuple[ExpectedRuling, ...]
    pool: Pool = Pool.US_COURT
    state: CourtState = CourtState.PENDING
    removal_hazard: float = 0.0
    relisting_hazard: float = 0.0
    appeal: float | None = None
    cvar_weight: float = 0.0
    cvar_tail: float = 0.05


@dataclass(frozen=True, slots=True)
class ReceiptSale:
    """A depositary receipt to sell, or to convert and sell locally, by a day.

    Parameters
    ----------
    receipt
        Ticker of the bundled programme.
    until
        Last day on which either line is sold.
    cancel_fee
        Base currency per receipt surrendered; None takes the programme's, or where that is not
        known the two ends of what depositaries charge.
    """

    receipt: str
    until: date
    cancel_fee: float | None = None


@dataclass(frozen=True, slots=True)
class Issuer:
    """A hypothetical or unlisted issuer, or counterparty, that a scenario's events name."""

    id: str
    name: str
    isins: tuple[str, ...] = ()
    lei: str = ""


@dataclass(frozen=True, slots=True)
class Replacement:
    """How the proceeds are used: limits on the basket that takes the place of what is sold.

    Parameters
    ----------
    exclude_watch
        Leave out names on watch lists and names that only a court keeps off a list.
    cost_bp
        Of trading a name, basis points of the value traded.
    sector_band, country_band
        Widest drift of a sector's or a country's weight, fraction; None for no bound.
    turnover_limit
        Most that may be bought and sold among names that stay, fraction; None for no limit.
    max_names
        Most names held; None for no limit.
    """

    exclude_watch: bool = False
    cost_bp: float = DEFAULT_SPREAD_BP
    sector_band: float | None = None
    country_band: float | None = None
    turnover_limit: float | None = None
    max_names: int | None = None


@dataclass(frozen=True, slots=True)
class Redemption:
    """Holders who leave: a share of net assets, in cash by a day."""

    share_of_nav: float
    due: date


@dataclass(frozen=True, slots=True)
class Simulation:
    """Draws of courts and markets; results do not depend on threads, only on the seed."""

    scenarios: int = DEFAULT_SCENARIOS
    seed: int = DEFAULT_SEED


@dataclass(frozen=True, slots=True)
class Tax:
    """Lots by ISIN, ticker or entity id, unit cost in base currency, and the rates on gains."""

    lots: Mapping[str, tuple[Lot, ...]]
    rates: TaxRates
    order: LotOrder = LotOrder.FIFO


@dataclass(frozen=True, slots=True)
class Scenario:
    """One what-if.

    Parameters
    ----------
    as_of
        Day it is asked on; the caller's when None.
    events
        Hypothetical events beside the real ones.
    without
        Ids of real events that are left out, with all that follow them.
    window_days
        Days from listing to the end of the sale window, in place of the rule's; None keeps it.
    stated
        Dotted keys the file states, to tell assumptions from defaults.
    """

    title: str
    note: str = ""
    as_of: str | None = None
    events: tuple[LegalEvent, ...] = ()
    without: tuple[str, ...] = ()
    without_rulings: bool = False
    reading: str = ""
    window_days: int | None = None
    market: Market = field(default_factory=Market)
    sale: Sale = field(default_factory=Sale)
    courts: tuple[Court, ...] = ()
    receipts: tuple[ReceiptSale, ...] = ()
    issuers: tuple[Issuer, ...] = ()
    replacement: Replacement | None = None
    redemption: Redemption | None = None
    simulation: Simulation = field(default_factory=Simulation)
    tax: Tax | None = None
    stated: frozenset[str] = frozenset()
    where: str = ""

    @property
    def law_key(self) -> str:
        """Words that are equal for two scenarios under one law on one day."""
        parts = (self.as_of, self.events, self.without, self.without_rulings, self.reading)
        return repr((*parts, self.window_days, self.issuers))

    def parameters(self) -> tuple[Parameter, ...]:
        """List every assumption with its unit and where it comes from."""
        market, sale, drawn = self.market, self.sale, self.simulation

        def row(key: str, value: object, unit: str) -> Parameter:
            source = self.where if key in self.stated else "default of this tool"
            return Parameter(key, str(value), unit, source)

        found = [
            row("market.spread_bp", market.spread_bp, "basis points"),
            row("market.crowding", market.crowding, "fraction of usual volume"),
            row("market.correlation", market.correlation, ""),
            row("market.rest_volatility", market.rest_volatility, "daily return"),
            row("market.settlement_days", market.settlement_days, "business days"),
            row("sale.horizon", sale.horizon, "sessions"),
            row("sale.lock_years", sale.lock_years, "years"),
            row("simulate.scenarios", drawn.scenarios, ""),
            row("simulate.seed", drawn.seed, "Philox, addressed by scenario"),
        ]
        if market.shock is not None:
            found.append(
                Parameter("market.shock", f"{market.shock:.4f}", "return", market.shock_source)
            )
        loss = sale.lock_loss
        if isinstance(loss, LockLoss):
            found.append(Parameter("sale.lock_loss.model", loss.model.value, "", loss.source))
            found.append(row("sale.lock_loss.years", loss.years, "years"))
            volatility = "of each line" if loss.volatility is None else loss.volatility
            found.append(row("sale.lock_loss.volatility", volatility, "annual"))
            found.append(row("sale.lock_loss.dividend_yield", loss.dividend_yield, "a year"))
        elif loss is not None:
            found.append(row("sale.lock_loss", loss, "fraction of value"))
        found += flow_parameters(market.index_flow, sale.cash_budget, self.where)
        if sale.sector_neutral is not None:
            found.append(row("sale.sector_neutral", sale.sector_neutral, "fraction of the sale"))
        for parameter in sale.policy.parameters():
            key = f"sale.{parameter.name}"
            found.append(row(key, parameter.value, parameter.unit))
        if self.redemption is not None:
            share = self.redemption.share_of_nav
            found.append(row("redemption.share_of_nav", share, "fraction of net assets"))
            found.append(row("redemption.date", self.redemption.due, "day"))
        if self.replacement is not None:
            found.append(row("replacement.cost_bp", self.replacement.cost_bp, "basis points"))
            found.append(row("replacement.exclude_watch", self.replacement.exclude_watch, ""))
        return tuple(found)
