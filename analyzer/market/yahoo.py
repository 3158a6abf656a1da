"""Prices from Yahoo through `yfinance`: opt-in, with one deadline and a circuit breaker.

`yfinance` answers a dead network, a refused request and an unknown ticker alike with an empty
frame, and behind a dead proxy takes minutes to do so. The session below is the place to tell
them apart and to stop: every request is cut to what is left of the batch's deadline, the first
failure to connect opens the circuit, and refusals are met with pauses, then with silence.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analyzer.core.errors import QueryError
from analyzer.market.prices import (
    BARS,
    Bars,
    Failure,
    Listing,
    PriceStatus,
    bar_frame,
    distinct,
)
from analyzer.market.series import LOOK_AHEAD, LOOK_BACK, quotes_from_bars, split_steps
from analyzer.market.sessions import last_lawful_session

TERMS = (
    "Prices come from Yahoo Finance through yfinance, which is not affiliated with Yahoo. "
    "Yahoo's terms intend this data for personal use only; a fund should use its own prices."
)

# What yfinance lets escape when an answer is not what it expects.
_PARSING = (ValueError, LookupError, TypeError, AttributeError)

_SUFFIX = {
    "XHKG": ".HK",
    "XGEM": ".HK",
    "XSHG": ".SS",
    "XSHE": ".SZ",
    "XNYS": "",
    "XNAS": "",
    "XASE": "",
    "ARCX": "",
    "BATS": "",
    "OTCM": "",
    "PINX": "",
    "XLON": ".L",
    "XTKS": ".T",
    "XTAI": ".TW",
    "ROCO": ".TWO",
    "XKRX": ".KS",
    "XKOS": ".KQ",
    "XSES": ".SI",
    "XTSE": ".TO",
    "XTSX": ".V",
    "XASX": ".AX",
    "XETR": ".DE",
    "XFRA": ".F",
    "XSTU": ".SG",
    "XMUN": ".MU",
    "XBER": ".BE",
    "XPAR": ".PA",
    "XAMS": ".AS",
    "XBRU": ".BR",
    "XLIS": ".LS",
    "XDUB": ".IR",
    "XSWX": ".SW",
    "XMIL": ".MI",
    "MTAA": ".MI",
    "XMAD": ".MC",
    "XWBO": ".VI",
    "XSTO": ".ST",
    "XOSL": ".OL",
    "XCSE": ".CO",
    "XHEL": ".HE",
    "XWAR": ".WA",
    "XIST": ".IS",
    "XTAE": ".TA",
    "XJSE": ".JO",
    "XSAU": ".SR",
    "XBOM": ".BO",
    "XNSE": ".NS",
    "XBKK": ".BK",
    "XKLS": ".KL",
    "XIDX": ".JK",
    "BVMF": ".SA",
    "XMEX": ".MX",
}


def yahoo_symbol(listing: Listing) -> str | None:
    """Return Yahoo's symbol (`0981.HK`, `688981.SS`, `BRK-B`), or None for an unknown venue."""
    ticker, separator, mic = listing.key.partition(":")
    if not separator or mic not in _SUFFIX:
        return None
    return ticker.replace(".", "-").replace("/", "-") + _SUFFIX[mic]


@dataclass
class Circuit:
    """The state of one batch: time left, whether to go on, and why not.

    Parameters
    ----------
    deadline
        `time.monotonic` value after which nothing is asked.
    timeout
        Longest time for one request, in seconds.
    pause
        Pause after the first refusal, in seconds; doubled at each further one.
    refusals
        Refusals (HTTP 429) after which the circuit opens.
    statuses
        HTTP statuses of the price requests for the current listing.
    """

    deadline: float
    timeout: float = 5.0
    pause: float = 1.0
    refusals: int = 3
    refused: int = 0
    open_: Failure | None = None
    statuses: list[int] = field(default_factory=list)

    @property
    def left(self) -> float:
        """Seconds until the deadline."""
        return self.deadline - time.monotonic()

    def check(self) -> Failure | None:
        """Return the failure that forbids the next request, if any."""
        if self.open_ is None and self.left <= 0:
            self.open_ = Failure(PriceStatus.NETWORK, "the time allowed for the batch is used up")
        return self.open_

    def refuse(self) -> None:
        """Note a refusal: pause, and after several stop asking."""
        self.refused += 1
        wait = self.pause * 2 ** (self.refused - 1)
        if self.refused >= self.refusals or wait >= self.left:
            words = f"refused {self.refused} times (HTTP 429); try again later"
            self.open_ = Failure(PriceStatus.RATE_LIMITED, words)
        else:
            time.sleep(wait)


def guarded_session(circuit: Circuit, base: type[Any]) -> Any:
    """Return a session of class `base` (curl_cffi's, or a stand-in) that obeys the circuit."""
    from curl_cffi.requests.exceptions import ConnectionError as NotConnected
    from curl_cffi.requests.exceptions import DNSError, RequestException

    class GuardedSession(base):  # type: ignore[misc]
        """A session that stops at the first sign that the network is dead."""

        def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
            """Send one request within the time left."""
            failure = circuit.check()
            if failure is not None:
                raise NotConnected(failure.reason)
            asked = kwargs.get("timeout")
            limits = [circuit.timeout, circuit.left]
            if isinstance(asked, int | float):
                limits.append(float(asked))
            kwargs["timeout"] = max(0.05, min(limits))
            try:
                response = super().request(method, url, *args, **kwargs)
            except RequestException as error:
                # the cookie host stands on many blocklists, and prices can be had without it
                if not (isinstance(error, DNSError) and "//fc.yahoo.com" in url):
                    circuit.open_ = Failure(PriceStatus.NETWORK, _first_line(error))
                raise
            if "/chart/" in url:
                circuit.statuses.append(response.status_code)
            if response.status_code == 429:
                circuit.refuse()
            return response

        def get(self, url: str, **kwargs: Any) -> Any:
            """Send a GET request."""
            return self.request("GET", url, **kwargs)

        def post(self, url: str, **kwargs: Any) -> Any:
            """Send a POST request."""
            return self.request("POST", url, **kwargs)

    return GuardedSession()


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep yfinance from printing guesses ("possibly delisted") beside our reasons."""
    logger = logging.getLogger("yfinance")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(level)


def _first_line(error: Exception) -> str:
    """Return the first line of an error, without the library's advice."""
    text = str(error).strip().splitlines()
    return text[0].split(" See https://")[0] if text else type(error).__name__


@dataclass(frozen=True, slots=True)
class YahooPrices:
    """Daily bars from Yahoo, made raw again.

    Yahoo's closes are adjusted for later splits, so every request runs to `fetched_at` and the
    splits found are taken out again.

    Parameters
    ----------
    fetched_at
        The time of asking, with its zone; the front end reads the clock.
    folder
        Where `yfinance` keeps its own small caches (time zones, cookies).
    seconds
        Time allowed for one batch.
    timeout, pause
        Seconds for one request, and for the pause after a first refusal.
    session_class
        Class of the HTTP session; curl_cffi's by default.
    """

    fetched_at: datetime
    folder: Path
    seconds: float = 20.0
    timeout: float = 5.0
    pause: float = 1.0
    session_class: type[Any] | None = None

    @property
    def name(self) -> str:
        """The name used in reasons, sources and cache files."""
        return "yfinance"

    def quotes(self, listings: Sequence[Listing], day: date) -> pd.DataFrame:
        """Return QUOTES for `day`."""
        found = self.bars(listings, day - LOOK_BACK, day + LOOK_AHEAD)
        return quotes_from_bars(found, listings, day)

    def bars(self, listings: Sequence[Listing], start: date, end: date) -> Bars:
        """Fetch raw daily bars from `start` through `end`, within one deadline for all.

        Raises
        ------
        QueryError
            If `yfinance` is not installed.
        """
        try:
            import yfinance
            from curl_cffi.requests import Session
        except ImportError:
            raise QueryError(
                "live prices need yfinance: pip install 'investment-ban-analyzer[prices]'"
            ) from None
        self.folder.mkdir(parents=True, exist_ok=True)
        yfinance.set_tz_cache_location(str(self.folder))
        circuit = Circuit(time.monotonic() + self.seconds, self.timeout, self.pause)
        session = guarded_session(circuit, self.session_class or Session)
        parts, failures = [BARS.empty()], {}
        for listing in distinct(listings):
            with _quiet():
                result = self._fetch(yfinance, session, circuit, listing, start)
            if isinstance(result, Failure):
                failures[listing.key] = result
                continue
            part = result[result["date"].between(pd.Timestamp(start), pd.Timestamp(end))]
            if part.empty:
                words = f"Yahoo has no session of {listing.name} from {start} to {end}"
                failures[listing.key] = Failure(PriceStatus.NO_HISTORY, words)
            parts.append(part)
        return Bars(bar_frame(pd.concat(parts, ignore_index=True)), failures)

    def _fetch(
        self, yfinance: Any, session: Any, circuit: Circuit, listing: Listing, start: date
    ) -> pd.DataFrame | Failure:
        """Fetch one listing, or say why not."""
        symbol = yahoo_symbol(listing)
        if symbol is None:
            words = f"no Yahoo symbol is known for {listing.name}"
            return Failure(PriceStatus.NOT_FOUND, words)
        stopped = circuit.check()
        if stopped is not None:
            return stopped
        circuit.statuses.clear()
        try:
            ticker = yfinance.Ticker(symbol, session=session)
            frame = ticker.history(
                start=start.isoformat(),
                end=(self.fetched_at.date() + timedelta(days=1)).isoformat(),
                auto_adjust=False,
                actions=True,
                timeout=self.timeout,
            )
        except (yfinance.exceptions.YFException, *_PARSING, OSError) as error:
            return self._failed(circuit, symbol, _first_line(error))
        if frame is None or frame.empty:
            return self._failed(circuit, symbol, "an empty answer")
        currency = (ticker.history_metadata or {}).get("currency")
        if not currency:
            return Failure(PriceStatus.SUSPECT, f"Yahoo states no currency for {symbol}")
        return self._raw(frame, listing, symbol, str(currency))

    @staticmethod
    def _failed(circuit: Circuit, symbol: str, words: str) -> Failure:
        """Name the real cause of an empty answer from what the session saw."""
        if circuit.open_ is not None:
            return circuit.open_
        if 429 in circuit.statuses:
            return Failure(PriceStatus.RATE_LIMITED, f"Yahoo refused {symbol} (HTTP 429)")
        if circuit.statuses and circuit.statuses[-1] == 404:
            return Failure(PriceStatus.NOT_FOUND, f"Yahoo does not know {symbol} (HTTP 404)")
        broken = [code for code in circuit.statuses if code >= 500]
        if broken:
            return Failure(PriceStatus.NETWORK, f"Yahoo failed (HTTP {broken[-1]}) for {symbol}")
        return Failure(PriceStatus.NO_HISTORY, f"Yahoo gave no prices for {symbol}: {words}")

    def _raw(
        self, frame: pd.DataFrame, listing: Listing, symbol: str, currency: str
    ) -> pd.DataFrame:
        """Undo split adjustment, drop the unfinished session, and declare the columns."""
        frame = frame[frame["Close"].notna()]
        days = pd.to_datetime(pd.Index(frame.index).tz_localize(None)).normalize()
        closed = last_lawful_session(listing.mic, self.fetched_at, inclusive=True)
        last = closed.date - timedelta(days=1) if closed.partial else closed.date
        frame, days = frame[days <= pd.Timestamp(last)], days[days <= pd.Timestamp(last)]
        split = frame["Stock Splits"].to_numpy(dtype=float)
        close = frame["Close"].to_numpy(dtype=float)
        factors = np.ones(len(close) + 1)
        for recorded, step in split_steps(close, split).items():
            if step is None:  # applied to the closes before it, as Yahoo means to
                factors[recorded] = split[recorded]
        later = factors[::-1].cumprod()[::-1][1:]
        moment = pd.Timestamp(self.fetched_at).tz_convert("UTC").tz_localize(None)
        return pd.DataFrame(
            {
                "security": listing.key,
                "date": days.to_numpy().astype("datetime64[s]"),
                "close": close * later,
                "adjusted": frame["Adj Close"].to_numpy(dtype=float),
                "dividend": frame["Dividends"].to_numpy(dtype=float) * later,
                "split": split,
                "volume": frame["Volume"].to_numpy(dtype=float) / later,
                "currency": currency,
                "source": f"Yahoo Finance {symbol}, fetched {self.fetched_at:%Y-%m-%d}",
                "fetched_at": moment,
            }
        )
