"""Receipts in a portfolio: sell them, or convert them and sell the local shares."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from analyzer.core.verdict import Key
from analyzer.exposure import Analysis, LineJudgement
from analyzer.law import Law
from analyzer.market.prices import Listing, PriceBook
from analyzer.scenarios.impact import FloatArray
from analyzer.scenarios.receipts import (
    Fee,
    ReceiptTerms,
    RouteComparison,
    compare_routes,
    receipt_terms,
    sale_duty,
    surrender_fee,
)
from analyzer.scenarios.schedule import LineInputs, SessionInputs
from analyzer.scenarios.selldown import Left, lock_losses
from analyzer.scenarios.spec import Market, ReceiptSale, Scenario
from analyzer.scenarios.windows import (
    barred_spans,
    black_out,
    open_weights,
    shut,
    suspended_spans,
    union_sessions,
)


@dataclass(frozen=True, slots=True)
class ReceiptResult:
    """The ways out of one receipt.

    Parameters
    ----------
    comparison, cheap
        At the high and at the low end of the fee; the same where it is known.
    source
        Where volume and volatility come from.
    """

    asked: ReceiptSale
    terms: ReceiptTerms
    shares: float
    price: float
    comparison: RouteComparison
    source: str
    fee: Fee
    cheap: RouteComparison

    @property
    def depends_on_fee(self) -> bool:
        """Whether the best way out differs between the ends of an unknown fee."""
        return self.comparison.best.name != self.cheap.best.name


def receipt_routes(
    analysis: Analysis, law: Law, scenario: Scenario, prices: PriceBook
) -> tuple[tuple[ReceiptResult, ...], tuple[Left, ...]]:
    """Compare the routes of every receipt the scenario names; what cannot be is said."""
    found: list[ReceiptResult] = []
    left: list[Left] = []
    for asked in scenario.receipts:
        made = _routes(asked, receipt_terms()[asked.receipt], analysis, law, scenario, prices)
        if isinstance(made, ReceiptResult):
            found.append(made)
        else:
            left.append(made)
    return tuple(found), tuple(left)


def _routes(
    asked: ReceiptSale,
    terms: ReceiptTerms,
    analysis: Analysis,
    law: Law,
    scenario: Scenario,
    prices: PriceBook,
) -> ReceiptResult | Left:
    lines = analysis.lines
    rows = lines.loc[(lines["ticker"] == terms.receipt).to_numpy(dtype=bool)]
    shares = float(rows["quantity"].sum())
    value = float(rows["market_value_base"].sum(min_count=1))
    if not (shares > 0 and value > 0):
        return Left(terms.receipt, len(rows), None, "no long position with quantity and value")
    fee = surrender_fee(terms, asked.cancel_fee, _per_dollar(rows, analysis.question.base))
    if fee is None:
        reason = "a fee in dollars needs a rate: state cancel_fee in the base currency"
        return Left(terms.receipt, len(rows), value, reason)
    start = scenario.sale.start or analysis.question.as_of.day
    listings = [Listing(terms.receipt, terms.mic), Listing(terms.local, terms.local_mic)]
    isin = next((str(code) for code in rows["isin"].dropna()), "")
    liquidity = [
        _liquidity(scenario.market, keys, listing, prices.quotes([listing], start))
        for listing, keys in zip(
            listings, ((isin, terms.receipt), (terms.local, "local")), strict=True
        )
    ]
    missing = [words for volume, sigma, words in liquidity if not (volume > 0 and sigma > 0)]
    if missing:
        return Left(terms.receipt, len(rows), value, "; ".join(missing))
    price = value / shares
    each = np.array([price, price / terms.ratio])
    mics = [listing.mic for listing in listings]
    days, _ = union_sessions(mics, start, asked.until)
    if not days:
        return Left(terms.receipt, len(rows), value, f"no session from {start} to {asked.until}")
    answer = analysis.judged[int(rows["judged"].iloc[0])]
    when = _when(days, mics, answer, law, analysis, scenario)
    sigma = np.array([s for _, s, _ in liquidity])
    inputs = LineInputs(
        lines=(terms.receipt, f"{terms.local} {terms.local_mic}"),
        shares=np.array([shares, 0.0]),
        price=each,
        sigma=sigma,
        adv=np.array([v for v, _, _ in liquidity]),
        bid_ask=each * scenario.market.spread_bp / 1e4,
        loadings=sigma[:, None],  # one share in two places: the same risk
        specific=np.zeros(2),
        duty=np.array([sale_duty(listing.mic, days) for listing in listings]),
    )
    policy = scenario.sale.policy
    if not policy.economic_discount:
        # What no route gets out is not worth its market price to this holder.
        loss = float(lock_losses(sigma[:1], scenario.sale)[0])
        policy = replace(policy, economic_discount=loss)
    comparison = compare_routes(terms, inputs, when, policy, fee.high)
    cheap = comparison if fee.known else compare_routes(terms, inputs, when, policy, fee.low)
    source = "; ".join(dict.fromkeys(words for _, _, words in liquidity))
    return ReceiptResult(asked, terms, shares, price, comparison, source, fee, cheap)


def _when(
    days: tuple[date, ...],
    mics: Sequence[str],
    answer: LineJudgement,
    law: Law,
    analysis: Analysis,
    scenario: Scenario,
) -> SessionInputs:
    """Return when either line trades and may be sold."""
    weights = open_weights(mics, days, scenario.market.closures)
    legal = np.ones(weights.shape)
    if answer.match is not None:
        _apply_law(weights, legal, days, mics, answer, law, analysis)
    black_out(legal, days, scenario.sale)
    return SessionInputs(sessions=days, open_weight=weights, legal_weight=legal)


def _per_dollar(rows: pd.DataFrame, base: str | None) -> float | None:
    """Return base currency per dollar, from the receipt's own line where it is in dollars."""
    if base == "USD":
        return 1.0
    dollars = rows.loc[(rows["value_currency"] == "USD").to_numpy(dtype=bool)]
    local = float(dollars["market_value"].sum())
    return float(dollars["market_value_base"].sum()) / local if local > 0 else None


def _apply_law(
    weights: FloatArray,
    legal: FloatArray,
    days: Sequence[date],
    mics: Sequence[str],
    answer: LineJudgement,
    law: Law,
    analysis: Analysis,
) -> None:
    """Close, in place, what the law bars (`legal`) and venues suspend (`weights`), (2, T)."""
    assert answer.match is not None  # noqa: S101 (the caller asks for matched lines only)
    as_of = analysis.question.as_of
    for row, mic, instrument in zip(range(2), mics, (answer.instrument, "equity"), strict=True):
        key = Key.of(answer.match.entity_id, instrument)
        barred = barred_spans(law, key, answer.holder, as_of.known, as_of.start)
        shut(legal[row], days, mic, barred)
        shut(weights[row], days, mic, suspended_spans(law, key, mic, as_of.known))


def _liquidity(
    market: Market, keys: tuple[str, ...], listing: Listing, quotes: pd.DataFrame
) -> tuple[float, float, str]:
    """Return volume, volatility and their source, or zeros and the reason."""
    quote = quotes.iloc[0]
    volume = next((market.volume[k] for k in keys if k in market.volume), None)
    sigma = next((market.volatility[k] for k in keys if k in market.volatility), None)
    stated = volume is not None and sigma is not None
    volume = quote["median_volume"] if volume is None else volume
    sigma = quote["volatility"] if sigma is None else sigma
    if not (volume > 0 and sigma > 0):
        return 0.0, 0.0, f"{listing.key}: volume or volatility is not known ({quote['reason']})"
    source = "stated in the scenario" if stated else str(quote["liquidity_source"])
    return float(volume), float(sigma), f"{listing.key}: {source}"
