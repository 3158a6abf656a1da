"""What a price is here, who may supply one, and in which order they are asked.

Positions are valued with raw closes, as traded on the day. Closes adjusted for later dividends
or splits change with the day they are downloaded and never value anything. Every request is
answered for every listing: a price, or a status and a reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Protocol

import pandas as pd

from analyzer.core.frames import DAY, NUMBER, Column, FrameSpec
from analyzer.market.sessions import sessions

STALE_AFTER_SESSIONS = 5
VOLUME_SESSIONS = 20
VOLATILITY_SESSIONS = 60

_CODE_LENGTH = {"XHKG": 4, "XGEM": 4, "XSHG": 6, "XSHE": 6, "BJSE": 6, "XTKS": 4}


class PriceStatus(StrEnum):
    """How a request for one listing ended."""

    OK = "ok"
    STALE = "stale"  # a close older than five sessions; usable, and said so
    NOT_FOUND = "not_found"  # the source does not know the listing
    NO_HISTORY = "no_history"  # it knows the listing, but has nothing at this date
    SUSPECT = "suspect"  # the series contradicts itself near this date
    NETWORK = "network"  # the source could not be reached
    RATE_LIMITED = "rate_limited"  # the source refused for now

    @property
    def priced(self) -> bool:
        """Whether there is a close."""
        return self in (PriceStatus.OK, PriceStatus.STALE)


# When every source failed, the status shown is the one that leaves most to hope for.
_HOPE = (
    PriceStatus.NETWORK,
    PriceStatus.RATE_LIMITED,
    PriceStatus.SUSPECT,
    PriceStatus.NO_HISTORY,
    PriceStatus.NOT_FOUND,
)


@dataclass(frozen=True, slots=True)
class Listing:
    """One line on one venue.

    Parameters
    ----------
    ticker, mic
        Ticker without suffix and ISO 10383 market code; empty where not known.
    isin
        ISO 6166 code, if known. An ISIN alone names no venue and no currency.
    """

    ticker: str = ""
    mic: str = ""
    isin: str = ""

    @property
    def key(self) -> str:
        """`0981:XHKG`; the ISIN where ticker or venue is missing."""
        if not (self.ticker and self.mic):
            return self.isin.strip().upper()
        mic, ticker = self.mic.strip().upper(), self.ticker.strip().upper()
        if ticker.isdigit():
            ticker = ticker.lstrip("0").rjust(_CODE_LENGTH.get(mic, 1), "0")
        return f"{ticker}:{mic}"

    @property
    def name(self) -> str:
        """The key, or words that say there is none."""
        return self.key or "a line without ticker, venue and ISIN"


BARS = FrameSpec(
    "BARS",
    (
        Column("security", "str", "", "listing key", nullable=False),
        Column("date", DAY, "", "session", nullable=False),
        Column("close", NUMBER, "currency per share", "raw close, as traded"),
        Column("adjusted", NUMBER, "currency per share", "close adjusted for later events"),
        Column("dividend", NUMBER, "currency per share", "dividend with this ex-date; 0 if none"),
        Column("split", NUMBER, "new per old share", "split with this ex-date; 0 if none"),
        Column("volume", NUMBER, "shares", "shares traded"),
        Column("currency", "str", "ISO 4217 or GBX", "currency of the prices"),
        Column("source", "str", "", "where the bar comes from, in words"),
        Column("fetched_at", DAY, "UTC", "when it was fetched; missing for files"),
    ),
)

QUOTES = FrameSpec(
    "QUOTES",
    (
        Column("security", "str", "", "listing key, one row for each asked", nullable=False),
        Column("status", "str", "", "a PriceStatus, of the close", nullable=False),
        Column("reason", "str", "", "why there is no close, or what was tried first"),
        Column("close", NUMBER, "currency per share", "raw close"),
        Column("currency", "str", "ISO 4217 or GBX", "currency of the close"),
        Column("close_day", DAY, "", "session of the close, never after the day asked"),
        Column("source", "str", "", "source of the close"),
        Column("median_volume", NUMBER, "shares per session", "median of 20 sessions"),
        Column("mean_volume", NUMBER, "shares per session", "mean of the same sessions"),
        Column("volatility", NUMBER, "per square root day", "daily, sample, of 60 returns"),
        Column("liquidity_day", DAY, "", "last session of the volume window"),
        Column("liquidity_source", "str", "", "source of volume and volatility"),
        Column("note", "str", "", "defects found in the series and what was done"),
        Column("fetched_at", DAY, "UTC", "when the close was fetched; missing for files"),
    ),
)

_CLOSE = ["status", "close", "currency", "close_day", "source", "fetched_at"]
_LIQUIDITY = ["median_volume", "mean_volume", "volatility", "liquidity_day", "liquidity_source"]


@dataclass(frozen=True, slots=True)
class Failure:
    """Why one listing has no series."""

    status: PriceStatus
    reason: str


@dataclass(frozen=True, slots=True)
class Bars:
    """Daily series and, for every listing asked that has none, the failure.

    Parameters
    ----------
    frame
        BARS, ordered by security and date.
    failures
        By listing key.
    """

    frame: pd.DataFrame
    failures: dict[str, Failure]


class PriceProvider(Protocol):
    """Anything that answers for a day."""

    @property
    def name(self) -> str:
        """A word for reasons and sources."""

    def quotes(self, listings: Sequence[Listing], day: date) -> pd.DataFrame:
        """Return QUOTES: exactly one row per distinct listing key, in the order asked."""


class SeriesProvider(PriceProvider, Protocol):
    """A provider that also has the series behind its quotes."""

    def bars(self, listings: Sequence[Listing], start: date, end: date) -> Bars:
        """Return daily bars from `start` through `end` and a failure for every other listing."""


def quote_frame(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Build QUOTES from one mapping per row; columns not given are missing."""
    frame = pd.DataFrame(list(rows), columns=QUOTES.names)
    return QUOTES.check(frame.astype({c.name: c.dtype for c in QUOTES.columns}))


def bar_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Give any frame with a subset of the BARS columns the declared columns and order."""
    whole = frame.reindex(columns=BARS.names).astype({c.name: c.dtype for c in BARS.columns})
    for event in ("dividend", "split"):
        whole[event] = whole[event].fillna(0.0)
    return BARS.check(whole.sort_values(["security", "date"], ignore_index=True))


def failure_row(listing: Listing, failure: Failure) -> dict[str, Any]:
    """Return the row of a listing without a close."""
    return {"security": listing.key, "status": failure.status.value, "reason": failure.reason}


def distinct(listings: Sequence[Listing]) -> list[Listing]:
    """Drop repeated keys, keeping order."""
    return list({listing.key: listing for listing in listings}.values())


def freshness(mic: str, quoted: date, day: date) -> PriceStatus:
    """Say whether a close of `quoted` still stands on `day` at the venue."""
    if quoted >= day:
        return PriceStatus.OK
    missed = len(sessions(mic, quoted, day)) - 1
    return PriceStatus.OK if missed <= STALE_AFTER_SESSIONS else PriceStatus.STALE


@dataclass(frozen=True, slots=True)
class PriceBook:
    """Providers in order of trust: the user's file, the cache or a live source, the snapshot.

    Close and liquidity are taken from the first provider that has each, so a price printed in
    the holdings file can be joined with a volume from elsewhere. A stale close is kept only
    when no later provider has a fresh one.
    """

    providers: tuple[PriceProvider, ...]

    @property
    def name(self) -> str:
        """The chain, in words."""
        return " > ".join(provider.name for provider in self.providers)

    def quotes(self, listings: Sequence[Listing], day: date) -> pd.DataFrame:
        """Return QUOTES for `day`, one row per distinct listing, each with its own status.

        Parameters
        ----------
        listings : sequence of Listing
            Repeated keys are asked once.
        day : date
            Valuation date; nothing after it is used for a close.
        """
        wanted = distinct(listings)
        best: dict[str, dict[str, Any]] = {}
        for provider in self.providers:
            open_ = [item for item in wanted if _unanswered(best.get(item.key))]
            if not open_:
                break
            for row in provider.quotes(open_, day).to_dict("records"):
                key = str(row["security"])
                best[key] = _merge(best.get(key), {str(k): v for k, v in row.items()}, provider)
        nothing = Failure(PriceStatus.NOT_FOUND, "no source of prices is configured")
        return quote_frame([best.get(item.key) or failure_row(item, nothing) for item in wanted])


def _unanswered(row: dict[str, Any] | None) -> bool:
    """Whether a later provider could improve the row."""
    if row is None or row["status"] != PriceStatus.OK:
        return True
    return any(pd.isna(row[column]) for column in ("median_volume", "volatility"))


def _merge(
    row: dict[str, Any] | None, other: dict[str, Any], provider: PriceProvider
) -> dict[str, Any]:
    """Complete `row` with what `other` has and it lacks."""
    failed = not PriceStatus(str(other["status"])).priced
    said = f"{provider.name}: {other['reason']}" if failed and _given(other["reason"]) else ""
    if row is None:
        return {**other, "reason": said or other["reason"]}
    merged = dict(row)
    if _better(PriceStatus(str(other["status"])), PriceStatus(str(row["status"])), other, row):
        merged.update({column: other[column] for column in _CLOSE})
    if pd.isna(row["median_volume"]) and pd.isna(row["volatility"]):
        merged.update({column: other[column] for column in _LIQUIDITY})
    for column, words in (("reason", said), ("note", other["note"])):
        known = [str(text) for text in (row[column], words) if _given(text)]
        merged[column] = "; ".join(dict.fromkeys(known)) or None
    return merged


def _better(new: PriceStatus, old: PriceStatus, other: dict[str, Any], row: dict[str, Any]) -> bool:
    """Whether the new close replaces the old one."""
    if new.priced != old.priced:
        return new.priced
    if not new.priced:
        return _HOPE.index(new) < _HOPE.index(old)
    if old is PriceStatus.OK:
        return False
    return new is PriceStatus.OK or str(other["close_day"]) > str(row["close_day"])


def _given(value: Any) -> bool:
    """Whether a text cell says anything."""
    return isinstance(value, str) and bool(value)
