"""Receipts in a portfolio: sell them, or convert them and sell the local shares."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analyzer.exposure import Analysis
from analyzer.market.prices import Listing, PriceBook
from analyzer.market.sessions import sessions
from analyzer.scenarios.receipts import (
    ReceiptTerms,
    RouteComparison,
    compare_routes,
    receipt_terms,
    sale_duty,
)
from analyzer.scenarios.schedule import LineInputs, SessionInputs
from analyzer.scenarios.selldown import Left
from analyzer.scenarios.spec import Market, ReceiptSale, Scenario


@dataclass(frozen=True, slots=True)
class ReceiptResult:
    """The ways out of one receipt, and where volume and volatility come from."""

    asked: ReceiptSale
    terms: ReceiptTerms
    shares: float
    price: float
    comparison: RouteComparison
    source: str


def receipt_routes(
    analysis: Analysis, scenario: Scenario, prices: PriceBook
) -> tuple[tuple[ReceiptResult, ...], tuple[Left, ...]]:
    """Compare the routes of every receipt the scenario names; what cannot be is said."""
    found: list[ReceiptResult] = []
    left: list[Left] = []
    for asked in scenario.receipts:
        made = _routes(asked, receipt_terms()[asked.receipt], analysis, scenario, prices)
        if isinstance(made, ReceiptResult):
            found.append(made)
        else:
            left.append(made)
    return tuple(found), tuple(left)


def _routes(
    asked: ReceiptSale,
    terms: ReceiptTerms,
    analysis: Analysis,
    scenario: Scenario,
    prices: PriceBook,
) -> ReceiptResult | Left:
    lines = analysis.lines
    rows = lines.loc[(lines["ticker"] == terms.receipt).to_numpy(dtype=bool)]
    shares = float(rows["quantity"].sum())
    value = float(rows["market_value_base"].sum(min_count=1))
    if not (shares > 0 and value > 0):
        return Left(terms.receipt, len(rows), None, "no long position with quantity and value")
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
    frames = [sessions(listing.mic, start, asked.until) for listing in listings]
    days = sorted({d.date() for frame in frames for d in frame["date"]})
    weights = np.zeros((2, len(days)))
    for i, frame in enumerate(frames):
        at = np.searchsorted(pd.DatetimeIndex(days), pd.DatetimeIndex(frame["date"]))
        weights[i, at] = frame["weight"].to_numpy(dtype=float)
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
    when = SessionInputs(
        sessions=tuple(days), open_weight=weights, legal_weight=np.ones(weights.shape)
    )
    comparison = compare_routes(terms, inputs, when, scenario.sale.policy, asked.cancel_fee)
    source = "; ".join(dict.fromkeys(words for _, _, words in liquidity))
    return ReceiptResult(asked, terms, shares, price, comparison, source)


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
