"""Depositary receipts and venue costs: sell the receipt, or convert and sell the local line.

The two routes are compared on what they bring in after every cost, including what stays unsold
when the receipt's venue goes. Terms are data: ratio, fee, books-closed days, programme end.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

import numpy as np
from scipy.optimize import minimize_scalar

from analyzer.core.errors import QueryError
from analyzer.scenarios.bundled import day, rows
from analyzer.scenarios.impact import FloatArray
from analyzer.scenarios.plan import LiquidationPlan, make_plan
from analyzer.scenarios.schedule import LineInputs, Policy, SessionInputs, build_problem


@dataclass(frozen=True, slots=True)
class VenueCost:
    """A duty or fee of a venue over `[start, end)`, as a fraction of value."""

    mic: str
    item: str
    side: str
    rate: float
    start: date
    end: date | None
    source: str
    source_url: str
    grade: str


@cache
def venue_costs() -> tuple[VenueCost, ...]:
    """Read the bundled venue costs."""
    found = []
    for row in rows("venues.csv", ("mic", "item", "side", "rate", "from", "source", "grade")):
        start = day(row["from"])
        assert start is not None  # noqa: S101 - `from` is checked above
        found.append(
            VenueCost(
                row["mic"],
                row["item"],
                row["side"],
                float(row["rate"]),
                start,
                day(row["to"]),
                row["source"],
                row["source_url"],
                row["grade"],
            )
        )
    return tuple(found)


def sale_duty(mic: str, sessions: Sequence[date]) -> FloatArray:
    """Duty on a sale at a venue in each session, (T,) fraction of value; 0 where none is known."""
    duty = np.zeros(len(sessions))
    for cost in venue_costs():
        if cost.mic == mic and cost.side == "sell":
            for t, session in enumerate(sessions):
                if cost.start <= session and (cost.end is None or session < cost.end):
                    duty[t] += cost.rate
    return duty


@dataclass(frozen=True, slots=True)
class ReceiptTerms:
    """Terms of a receipt programme.

    Parameters
    ----------
    ratio
        Local shares per receipt.
    cancel_fee
        US dollars per receipt surrendered; None when not known.
    conversion_days
        Sessions from surrender until the local shares can be sold.
    books_closed
        Spans in which the depositary takes no surrender, both ends included.
    venue_lost, programme_end
        Last dates of the receipt's venue and of its programme; None when open or not known.
    local_lot
        Board lot of the local line; None when not known.
    """

    receipt: str
    mic: str
    name: str
    local: str
    local_mic: str
    ratio: float
    cancel_fee: float | None
    conversion_days: int
    books_closed: tuple[tuple[date, date], ...]
    venue_lost: date | None
    programme_end: date | None
    local_lot: int | None
    source: str
    source_url: str
    grade: str
    note: str = ""

    def surrender_on(self, sessions: Sequence[date], asked: int = 0) -> int | None:
        """First session from `asked` on at which receipts can be surrendered; None if none."""
        for t in range(asked, len(sessions)):
            shut = any(a <= sessions[t] <= b for a, b in self.books_closed)
            over = self.programme_end is not None and sessions[t] >= self.programme_end
            if not shut and not over:
                return t
        return None


@cache
def receipt_terms() -> dict[str, ReceiptTerms]:
    """Read the bundled programmes by receipt symbol."""
    found = {}
    for row in rows("receipts.csv", ("receipt", "local", "ratio", "conversion_days", "source")):
        spans = [span.split("/") for span in row["books_closed"].split(";") if span]
        found[row["receipt"]] = ReceiptTerms(
            receipt=row["receipt"],
            mic=row["mic"],
            name=row["name"],
            local=row["local"],
            local_mic=row["local_mic"],
            ratio=float(row["ratio"]),
            cancel_fee=float(row["cancel_fee_usd"]) if row["cancel_fee_usd"] else None,
            conversion_days=int(row["conversion_days"]),
            books_closed=tuple((date.fromisoformat(a), date.fromisoformat(b)) for a, b in spans),
            venue_lost=day(row["venue_lost"]),
            programme_end=day(row["programme_end"]),
            local_lot=int(row["local_lot"]) if row["local_lot"] else None,
            source=row["source"],
            source_url=row["source_url"],
            grade=row["grade"],
            note=row["note"],
        )
    return found


USUAL_FEE_USD = (0.0, 0.05)
"""Least and most that a surrender costs where a programme's fee was not read, dollars per receipt:
nothing, and the five dollars per hundred of the schedules that were read (CNOOC's letter to a
holder; Form 20-F, exhibit 12 of another programme of its depositary: "up to")."""


@dataclass(frozen=True, slots=True)
class Fee:
    """What a surrender costs, base currency per receipt: two ends where it is not known."""

    low: float
    high: float
    source: str

    @property
    def known(self) -> bool:
        """Whether the two ends are one."""
        return self.low == self.high


def surrender_fee(
    terms: ReceiptTerms, stated: float | None, per_dollar: float | None
) -> Fee | None:
    """Return the fee of a programme in base currency; None where dollars have no rate.

    Parameters
    ----------
    stated
        What the scenario states, base currency per receipt; wins.
    per_dollar
        Base currency per dollar; None when not known.
    """
    if stated is not None:
        return Fee(stated, stated, "stated in the scenario")
    if per_dollar is None:
        return None
    if terms.cancel_fee is not None:
        fee = terms.cancel_fee * per_dollar
        return Fee(fee, fee, terms.source)
    low, high = (per_dollar * fee for fee in USUAL_FEE_USD)
    return Fee(low, high, "not read for this programme: nothing, and 5 dollars per 100 receipts")


_BOARD_LOTS = {"XSHG": 100, "XSHE": 100, "XNYS": 1, "XNAS": 1}
"""Shares per lot where a venue has one for all lines: mainland A shares 100, the United States
single shares. General knowledge, not read in a rule book; a scenario may state its own."""


def board_lot(ticker: str, mic: str) -> int | None:
    """Return the shares per board lot of a line, None when not known.

    Hong Kong lots are each issuer's own; those of bundled receipt programmes are known.
    """
    for terms in receipt_terms().values():
        if terms.local_mic == mic and terms.local.lstrip("0") == ticker.lstrip("0"):
            return terms.local_lot
    return _BOARD_LOTS.get(mic)


@dataclass(frozen=True, slots=True)
class Route:
    """One way out: receipts converted, what it nets, and its plan (receipt line, local line).

    `net` is value sold less expected cost plus the economic value of what stays, base currency;
    `score` takes off risk aversion times the variance.
    """

    name: str
    converted: float
    net: float
    score: float
    plan: LiquidationPlan


@dataclass(frozen=True, slots=True)
class RouteComparison:
    """Sell the receipt, convert everything, and the best split; best first."""

    routes: tuple[Route, ...]
    messages: tuple[str, ...]

    @property
    def best(self) -> Route:
        """The route that nets most after risk."""
        return self.routes[0]


def compare_routes(
    terms: ReceiptTerms,
    inputs: LineInputs,
    when: SessionInputs,
    policy: Policy,
    cancel_fee: float,
) -> RouteComparison:
    """Compare selling the receipt with converting it, net.

    Parameters
    ----------
    inputs
        Two lines: the receipt, with the receipts held, and the local line, whose own `shares`
        are added to what is converted. Prices in base currency.
    when
        Weights of the two lines; the receipt's are cut at its venue's end here, and the
        local line's until the converted shares arrive.
    cancel_fee
        Base currency per receipt (the terms may not know it, so it is asked for).

    Raises
    ------
    QueryError
        If there are not exactly two lines, or the local line already holds shares.
    """
    if len(inputs.lines) != 2:
        raise QueryError("comparing routes takes the receipt line and the local line")
    if float(inputs.shares[1]) != 0.0:
        raise QueryError("plan local shares already held as a line of their own")
    when, arrival = _cut(terms, when)
    held = float(inputs.shares[0])

    def route(name: str, converted: float) -> Route:
        fee = np.array([0.0, cancel_fee / terms.ratio])
        if inputs.fee_per_share is not None:
            fee = fee + inputs.fee_per_share
        lines = replace(
            inputs,
            shares=np.array([held - converted, converted * terms.ratio]),
            fee_per_share=fee,
        )
        plan = make_plan(build_problem(lines, when, policy), tolerance=1e-7)
        net = float(plan.value_sold.sum()) - plan.expected_cost + float(plan.locked_economic.sum())
        return Route(name, converted, net, net - policy.risk_aversion * plan.timing_sd**2, plan)

    routes = [route("sell the receipt", 0.0)]
    words = []
    if arrival is None:
        words.append(f"{terms.receipt}: no surrender is possible before the last session")
    else:
        routes.append(route("convert and sell locally", held))
        found = minimize_scalar(
            lambda y: -route("", float(y)).score,
            bounds=(0.0, held),
            method="bounded",
            options={"xatol": max(held * 1e-6, 1e-9)},
        )
        routes.append(route("split", float(np.round(found.x))))
    if not terms.books_closed:
        words.append(f"{terms.receipt}: days of closed books are not known; none are counted")
    if terms.note:
        words.append(f"{terms.receipt}: {terms.note}")
    ranked = sorted(routes, key=lambda r: -r.score)
    return RouteComparison(tuple(ranked), tuple(words))


def _cut(terms: ReceiptTerms, when: SessionInputs) -> tuple[SessionInputs, int | None]:
    """Close the receipt's venue at its end and the local line until converted shares arrive."""
    weights = np.array(when.open_weight, dtype=np.float64, copy=True)
    if terms.venue_lost is not None:
        weights[0, [session >= terms.venue_lost for session in when.sessions]] = 0.0
    surrender = terms.surrender_on(when.sessions)
    arrival = None if surrender is None else surrender + terms.conversion_days
    weights[1, : len(when.sessions) if arrival is None else arrival] = 0.0
    if arrival is not None and arrival >= len(when.sessions):
        arrival = None
    return replace(when, open_weight=weights), arrival
