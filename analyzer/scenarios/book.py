"""The whole book as a scenario sees it: one entry per security, with what its market is like.

Rows of one security are one entry, whichever portfolio or account they lie in. What no source
knows is missing here, never zero.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from analyzer.core.frames import group_rows
from analyzer.core.verdict import Status
from analyzer.exposure import Analysis, LineJudgement
from analyzer.market.prices import Listing, PriceBook
from analyzer.resolve.lines import DERIVATIVES
from analyzer.scenarios.impact import FloatArray
from analyzer.scenarios.selldown import Position, stated
from analyzer.scenarios.spec import Market


@dataclass(frozen=True, slots=True)
class Book:
    """M securities; base currency, shares, sessions.

    Parameters
    ----------
    names, isins, mics, countries
        As the file prints them; the country is the file's, else the first two letters of the
        ISIN: where the security was registered, not where the issuer is.
    sectors
        As the file prints them, in its own classification; empty where it prints none.
    judged
        The answer on each; the first row's where portfolios differ.
    value, shares
        (M,) net of shorts; NaN where the file gives none.
    selling
        (M,) value that the sell-down sells.
    cash, derivative
        (M,) whether it is money; whether it is a contract on something else, whose market value
        is not what it is exposed to.
    low, high
        (M,) exposure to the underlying, signed; NaN where a line is no derivative or prints no
        notional.
    volume, sigma
        (M,) shares per session and daily volatility; NaN where no source knows.
    sources
        Where volume and volatility come from.
    """

    names: tuple[str, ...]
    isins: tuple[str, ...]
    mics: tuple[str, ...]
    countries: tuple[str, ...]
    sectors: tuple[str, ...]
    judged: tuple[LineJudgement, ...]
    value: FloatArray
    shares: FloatArray
    selling: FloatArray
    cash: np.ndarray
    derivative: np.ndarray
    low: FloatArray
    high: FloatArray
    volume: FloatArray
    sigma: FloatArray
    sources: tuple[str, ...]

    def volatility(self, otherwise: float) -> FloatArray:
        """Daily volatility, (M,): 0 for cash, `otherwise` where no source knows."""
        known = np.where(np.isfinite(self.sigma), self.sigma, otherwise)
        return np.where(self.cash, 0.0, known)

    @property
    def units(self) -> FloatArray:
        """Shares, (M,); a line without a quantity, such as a cash balance, is as many as its value.

        Such units are no shares: they may be compared with nothing but themselves.
        """
        return np.asarray(np.where(np.isfinite(self.shares), self.shares, self.value))

    def status(self, *words: Status) -> np.ndarray:
        """Whether each security has one of the statuses, (M,)."""
        return np.array([answer.status in words for answer in self.judged])


def open_book(
    analysis: Analysis,
    positions: Sequence[Position],
    market: Market,
    prices: PriceBook,
    day: date,
) -> Book:
    """Gather the book and ask prices for the volume and volatility of every listed line."""
    lines = analysis.lines
    groups, first = _securities(lines)
    size = len(first)

    def total(column: str) -> FloatArray:
        cells = lines[column].to_numpy(dtype=float)
        return np.bincount(groups, cells, size).astype(np.float64)

    selling = np.zeros(size)
    for position in positions:
        if position.rows:
            selling[groups[position.rows[0]]] += position.value
    head = lines.iloc[first]
    names, isins, tickers = (_words(head[c]) for c in ("name", "isin", "ticker"))
    judged = tuple(analysis.judged[c] for c in head["judged"].to_numpy())
    mics = tuple(a.mic or m for a, m in zip(judged, _words(head["mic"]), strict=True))
    volume, sigma, sources = _liquidity(
        [Listing(t, m, i) for t, m, i in zip(tickers, mics, isins, strict=True)],
        [a.match.entity_id if a.match else "" for a in judged],
        market,
        prices,
        day,
    )
    derivative = np.array([a.instrument in DERIVATIVES for a in judged], dtype=bool)
    return Book(
        names=names,
        isins=isins,
        mics=mics,
        countries=tuple(
            c or i[:2] or "unknown" for c, i in zip(_words(head["country"]), isins, strict=True)
        ),
        sectors=_words(head["sector"]),
        judged=judged,
        value=total("market_value_base"),
        shares=total("quantity"),
        selling=selling,
        cash=np.array([word == "cash" for word in _words(head["instrument"])], dtype=bool),
        derivative=derivative,
        low=total("underlying_low"),
        high=total("underlying_high"),
        # A contract carries the identifiers of what it is about, whose market is not its own.
        volume=np.where(derivative, np.nan, volume),
        sigma=sigma,
        sources=sources,
    )


def _words(column: "pd.Series[str]") -> tuple[str, ...]:
    return tuple(text if isinstance(text, str) else "" for text in column.astype(object))


def _securities(lines: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Group rows by ISIN, else ticker and venue, else name; contracts by counterparty too."""
    isin, ticker, name = (lines[c].astype(object) for c in ("isin", "ticker", "name"))
    key = isin.where(isin.notna(), ticker.where(ticker.notna(), name))
    mic = lines["mic"].astype(object).where(isin.isna(), "")
    parts = (key, mic, lines["instrument"], lines["counterparty"])
    coded = []
    for part in parts:
        codes, values = pd.factorize(part.astype(object))
        coded.append((codes.astype(np.int64) + 1, len(values) + 1))
    return group_rows(coded, len(lines))


def _liquidity(
    listings: Sequence[Listing],
    entities: Sequence[str],
    market: Market,
    prices: PriceBook,
    day: date,
) -> tuple[FloatArray, FloatArray, tuple[str, ...]]:
    wanted = [item for item in listings if item.key]
    quotes = {
        str(row["security"]): row
        for row in (prices.quotes(wanted, day).to_dict("records") if wanted else [])
    }
    volume, sigma = np.full(len(listings), np.nan), np.full(len(listings), np.nan)
    sources = []
    for at, (listing, entity) in enumerate(zip(listings, entities, strict=True)):
        quote = quotes.get(listing.key, {})
        said = [stated(t, listing.isin, entity) for t in (market.volume, market.volatility)]
        found = [quote.get("median_volume"), quote.get("volatility")]
        v, s = (a if a is not None else b for a, b in zip(said, found, strict=True))
        volume[at] = np.nan if v is None else v
        sigma[at] = np.nan if s is None else s
        from_quote = any(a is None and b is not None for a, b in zip(said, found, strict=True))
        sources.append(str(quote.get("liquidity_source")) if from_quote else "stated")
    return volume, sigma, tuple(sources)
