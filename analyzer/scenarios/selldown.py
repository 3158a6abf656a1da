"""From an analysis to a sale: which lines must go, by when, and what is known of their markets.

A line is sold when the law will bar its sale within the horizon. The instants come from the
same timeline that judged it; the sessions from the line's own venue.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd

from analyzer.core.asof import NEW_YORK
from analyzer.core.verdict import Key, Status
from analyzer.exposure import Analysis, LineJudgement
from analyzer.law import Law
from analyzer.market.prices import Listing, PriceBook
from analyzer.scenarios.flows import flow_by_session
from analyzer.scenarios.impact import FloatArray
from analyzer.scenarios.liquidity import average_strike_discount, put_discount
from analyzer.scenarios.receipts import sale_duty
from analyzer.scenarios.schedule import LineInputs, SessionInputs
from analyzer.scenarios.spec import LockLoss, LockModel, Market, Sale, Scenario
from analyzer.scenarios.windows import (
    Span,
    barred_spans,
    black_out,
    horizon_end,
    open_weights,
    shut,
    suspended_spans,
    union_sessions,
)

TRADING_DAYS = 252
_SOLD = frozenset({Status.SELL_WINDOW, Status.RESTRICTED, Status.UPCOMING, Status.SUSPENDED})
_OVER_THE_COUNTER = "otc-swap"
_LISTED = frozenset({"option", "future"})  # they carry the identifiers of what they are about
_SHUT = frozenset({Status.LOCKED, Status.BLOCKED})


@dataclass(frozen=True, slots=True)
class Position:
    """All rows of one security, as one line to sell.

    Parameters
    ----------
    shares, price, value
        Held; base currency per share and in all.
    barred, suspended
        Spans in which the law bars the sale, and in which the venue does not trade the line; an
        open end is None.
    rows
        Its rows of `Analysis.lines`.
    sector
        As the file prints it; empty where it prints none.
    """

    label: str
    entity: str
    entity_name: str
    isin: str
    ticker: str
    mic: str
    status: Status
    shares: float
    price: float
    value: float
    barred: tuple[Span, ...]
    suspended: tuple[Span, ...] = ()
    rows: tuple[int, ...] = ()
    sector: str = ""

    @property
    def window_end(self) -> datetime | None:
        """First instant at which the sale is barred."""
        return self.barred[0][0] if self.barred else None


@dataclass(frozen=True, slots=True)
class Left:
    """Rows that are not planned, and why."""

    name: str
    rows: int
    value: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class SellDown:
    """What a sale is planned from.

    Parameters
    ----------
    positions
        N lines, as in `inputs`.
    sources
        Per line, where volume and volatility come from.
    left
        Rows that cannot or need not be planned.
    provisional
        A calendar beyond its announced holidays was used.
    """

    positions: tuple[Position, ...]
    inputs: LineInputs
    when: SessionInputs
    sources: tuple[str, ...]
    left: tuple[Left, ...]
    provisional: bool


Liquid = tuple[Position, float, float, str]
"""A line with its shares per session, daily volatility and where both come from."""


def gather(analysis: Analysis, law: Law) -> tuple[tuple[Position, ...], tuple[Left, ...]]:
    """Return the lines the law will stop from being sold, and what is left aside with a reason."""
    lines = analysis.lines
    found: list[Position] = []
    left: list[Left] = []
    groups: dict[tuple[str, str, str, str], list[int]] = {}
    codes = lines["judged"].to_numpy()
    for at in np.flatnonzero([analysis.judged[c].status in _SOLD | _SHUT for c in codes]):
        answer = analysis.judged[codes[at]]
        if answer.match is None or not answer.match.confirmed:
            continue
        row = lines.iloc[int(at)]
        isin, ticker = _text(row["isin"]), _text(row["ticker"])
        where = f"{answer.mic or ''} {answer.instrument}"
        code = "" if _contract(answer) else isin or ticker
        key = (answer.match.entity_id, code or _text(row["name"]), where, answer.holder)
        groups.setdefault(key, []).append(int(at))
    for rows in groups.values():
        part = lines.iloc[rows]
        answer = analysis.judged[codes[rows[0]]]
        made = _position(part, answer, law, analysis, tuple(rows))
        if isinstance(made, Position):
            found.append(made)
        else:
            left.append(made)
    return tuple(found), tuple(left)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _contract(answer: LineJudgement) -> bool:
    """Say whether a line ends with its counterparty, not by a sale on a venue."""
    return answer.instrument == _OVER_THE_COUNTER or answer.only_counterparty


def _position(
    part: pd.DataFrame,
    answer: LineJudgement,
    law: Law,
    analysis: Analysis,
    rows: tuple[int, ...],
) -> Position | Left:
    match = answer.match
    assert match is not None  # noqa: S101 (gather keeps confirmed matches only)
    name = _text(part["name"].iloc[0]) or match.entity
    values = part["market_value_base"].to_numpy(dtype=float)
    quantity = part["quantity"].to_numpy(dtype=float)
    value = float(values.sum()) if np.isfinite(values).all() else None
    shares = float(quantity.sum())

    def aside(reason: str) -> Left:
        return Left(name, len(part), value, reason)

    if answer.status in _SHUT and _contract(answer):
        due = answer.verdicts["hold"].report_due
        words = "neither closed out, netted nor paid without a licence"
        return aside(f"{answer.status.value}: {words}" + (f"; {due}" if due else ""))
    if answer.status in _SHUT:
        return aside(f"{answer.status.value}: no sale is lawful")
    if _contract(answer):
        return aside("a contract is closed out with its counterparty, not sold on a venue")
    if answer.instrument in _LISTED:
        return aside("an option or a future: its own volume is not known")
    if not np.isfinite(shares) or value is None:
        return aside("the file gives no quantity or no value in the base currency")
    if shares <= 0 or value <= 0:
        return aside("not a long position")
    key = Key.of(match.entity_id, answer.instrument)
    question = analysis.question
    known = question.as_of.known
    barred = barred_spans(law, key, answer.holder, known, question.as_of.start)
    if not barred:
        return aside("the law, as known, bars no sale ahead")
    code = _text(part["isin"].iloc[0]) or _text(part["ticker"].iloc[0]) or match.entity_id
    return Position(
        f"{name} ({code})",
        match.entity_id,
        match.entity,
        _text(part["isin"].iloc[0]),
        _text(part["ticker"].iloc[0]),
        answer.mic or "",
        answer.status,
        shares,
        value / shares,
        value,
        tuple(barred),
        tuple(suspended_spans(law, key, answer.mic or "", known)),
        rows,
        _text(part["sector"].iloc[0]),
    )


def plan_inputs(
    analysis: Analysis, law: Law, scenario: Scenario, prices: PriceBook
) -> SellDown | tuple[Left, ...]:
    """Build the inputs of a sale, or return why there is none.

    Parameters
    ----------
    prices
        Asked for volume and volatility; what the scenario states wins.
    """
    positions, left = gather(analysis, law)
    start = scenario.sale.start or analysis.question.as_of.day
    positions, away = _where_traded(positions, start, scenario)
    known, more = _with_liquidity(positions, scenario.market, prices, start)
    left = (*left, *away, *more)
    if not known:
        return left
    lines = tuple(position for position, _, _, _ in known)
    dates, weights, provisional = _calendar(lines, start, scenario)
    volume = np.array([v for _, v, _, _ in known])
    sigma = np.array([s for _, _, s, _ in known])
    price = np.array([p.price for p in lines])
    rho = scenario.market.correlation
    inputs = LineInputs(
        lines=tuple(p.label for p in lines),
        shares=np.array([p.shares for p in lines]),
        price=price,
        sigma=sigma,
        adv=volume,
        bid_ask=price * scenario.market.spread_bp / 1e4,
        loadings=(np.sqrt(rho) * sigma)[:, None],
        specific=(1.0 - rho) * sigma**2,
        duty=np.array([sale_duty(p.mic, dates) for p in lines]),
    )
    when = SessionInputs(
        sessions=dates,
        open_weight=weights,
        legal_weight=_legal(lines, dates, scenario),
        crowding=scenario.market.crowding * volume[:, None] * weights
        + flow_by_session(
            scenario.market.index_flow, law, [(p.isin, p.entity) for p in lines], dates, weights
        ),
    )
    return SellDown(lines, inputs, when, tuple(source for *_, source in known), left, provisional)


def lock_losses(sigma: FloatArray, sale: Sale) -> FloatArray:
    """Return by how much a locked share is worth less to this holder, (N,) fractions.

    Parameters
    ----------
    sigma
        (N,) daily volatility.
    """
    if isinstance(sale.lock_loss, float):
        return np.full(len(sigma), sale.lock_loss)
    loss = sale.lock_loss or LockLoss(years=sale.lock_years)
    annual = sigma * np.sqrt(TRADING_DAYS)
    if loss.volatility is not None:
        annual = np.full(len(sigma), loss.volatility)
    if loss.model is LockModel.PUT:
        return np.array([put_discount(float(s), loss.years) for s in annual])
    return np.array(
        [average_strike_discount(float(s), loss.years, loss.dividend_yield) for s in annual]
    )


def stated(table: Mapping[str, float], isin: str, entity: str) -> float | None:
    """Return what a scenario states of a line: by ISIN, else by entity, else for all lines."""
    for key in (isin, entity, "*"):
        if key and key in table:
            return table[key]
    return None


def _with_liquidity(
    positions: Sequence[Position], market: Market, prices: PriceBook, day: date
) -> tuple[list[Liquid], tuple[Left, ...]]:
    """Pair each line with volume, volatility and their source; a line without both is left."""
    listings = [Listing(p.ticker, p.mic, p.isin) for p in positions]
    quotes = {
        str(row["security"]): row
        for row in (prices.quotes(listings, day).to_dict("records") if listings else [])
    }
    known, left = [], []
    for position, listing in zip(positions, listings, strict=True):
        quote = quotes.get(listing.key, {})
        volume, sigma = (
            stated(table, position.isin, position.entity)
            for table in (market.volume, market.volatility)
        )
        source = "stated in the scenario"
        if volume is None or sigma is None:
            found = (quote.get("median_volume"), quote.get("volatility"))
            volume = found[0] if volume is None else volume
            sigma = found[1] if sigma is None else sigma
            source = f"{quote.get('liquidity_source')}, {quote.get('liquidity_day')}"
        if volume is None or sigma is None or not (volume > 0 and sigma > 0):
            reason = _text(quote.get("reason")) or "no source has it"
            words = f"volume or volatility is not known: {reason}"
            left.append(Left(position.label, 1, position.value, words))
        else:
            known.append((position, float(volume), float(sigma), source))
    return known, tuple(left)


def _where_traded(
    positions: tuple[Position, ...], start: date, scenario: Scenario
) -> tuple[tuple[Position, ...], tuple[Left, ...]]:
    """Set lines aside whose venue trades them in no session of the horizon."""
    if not positions:
        return (), ()
    _, weights, _ = _calendar(positions, start, scenario)
    traded, left = [], []
    for position, row in zip(positions, weights, strict=True):
        if row.any():
            traded.append(position)
            continue
        since = position.suspended
        words = f"since {since[0][0].date()}" if since else "in any session ahead"
        reason = f"{position.mic or 'its venue'} does not trade it {words}"
        left.append(Left(position.label, len(position.rows), position.value, reason))
    return tuple(traded), tuple(left)


def _calendar(
    lines: Sequence[Position], start: date, scenario: Scenario
) -> tuple[tuple[date, ...], np.ndarray, bool]:
    """Return the sessions of all venues together, and each line's weight in them, (N, T)."""
    horizon = scenario.sale.horizon
    ends = [p.window_end for p in lines if p.window_end is not None]
    last = max(ends).astimezone(NEW_YORK).date()
    # A day with a session must follow, even where the window closes at once.
    last = min(max(last, start) + timedelta(days=1), horizon_end(start, horizon))
    mics = [p.mic for p in lines]
    days, provisional = union_sessions(mics, start, last)
    days = days[:horizon]
    weights = open_weights(mics, days, scenario.market.closures)
    for row, position in zip(weights, lines, strict=True):
        shut(row, days, position.mic, position.suspended)
    return days, weights, provisional


def _legal(lines: Sequence[Position], days: Sequence[date], scenario: Scenario) -> np.ndarray:
    """Return 1 where the sale is lawful through the venue's close, else 0, (N, T)."""
    legal = np.ones((len(lines), len(days)))
    for row, position in zip(legal, lines, strict=True):
        shut(row, days, position.mic, position.barred)
    black_out(legal, days, scenario.sale)
    return legal
