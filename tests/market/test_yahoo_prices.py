"""The opt-in live source, without a network: recorded answers and local sockets."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

yfinance = pytest.importorskip("yfinance")
from curl_cffi import CurlOpt  # noqa: E402
from curl_cffi.requests import Session  # noqa: E402

from analyzer.market.prices import Listing, PriceStatus  # noqa: E402
from analyzer.market.yahoo import TERMS, YahooPrices, yahoo_symbol  # noqa: E402

HONG_KONG = ZoneInfo("Asia/Hong_Kong")
FETCHED = datetime(2026, 8, 7, 12, 0, tzinfo=UTC)  # after the Hong Kong close
DAY = date(2026, 8, 6)


class Answer:
    """What curl_cffi returns, as far as yfinance looks."""

    def __init__(self, url: str, status: int, body: object) -> None:
        self.url, self.status_code, self.body = url, status, body
        self.text = body if isinstance(body, str) else json.dumps(body)
        self.content = self.text.encode()
        self.cookies: dict[str, str] = {}

    def json(self) -> object:
        return json.loads(self.text)

    def raise_for_status(self) -> None:
        assert self.status_code < 400


def chart(
    symbol: str,
    closes: dict[date, float | None],
    events: dict[str, Any] | None = None,
    **meta: object,
) -> dict:
    stamps = [
        int(datetime(d.year, d.month, d.day, 9, 30, tzinfo=HONG_KONG).timestamp()) for d in closes
    ]
    prices = list(closes.values())
    result = {
        "meta": {
            "currency": "HKD",
            "symbol": symbol,
            "exchangeTimezoneName": "Asia/Hong_Kong",
            "timezone": "HKT",
            "gmtoffset": 28800,
            "instrumentType": "EQUITY",
            "priceHint": 3,
            **meta,
        },
        "timestamp": stamps,
        "indicators": {
            "quote": [
                {
                    "open": prices,
                    "high": prices,
                    "low": prices,
                    "close": prices,
                    "volume": [1000 if p else None for p in prices],
                }
            ],
            "adjclose": [{"adjclose": prices}],
        },
    }
    if events:
        result["events"] = events
    return {"chart": {"result": [result], "error": None}}


def replay(answers: dict[str, object], status: dict[str, int] | None = None) -> type[Session]:
    """A session class that serves recorded charts by symbol and counts requests."""

    class Replay(Session):
        requests: ClassVar[list[str]] = []

        def request(self, *args: str, **kwargs: object) -> Answer:  # type: ignore[override]
            url = args[1]
            assert kwargs["timeout"], "a request without a time limit"
            type(self).requests.append(url)
            if "/chart/" not in url:
                return Answer(url, (status or {}).get("crumb", 200), "crumb")
            symbol = url.rpartition("/")[2]
            code = (status or {}).get(symbol, 200 if symbol in answers else 404)
            missing = {"chart": {"result": None, "error": {"code": "Not Found"}}}
            return Answer(url, code, answers.get(symbol, missing))

    return Replay


@pytest.fixture(autouse=True)
def _fresh_yfinance() -> Iterator[None]:
    """yfinance keeps cookies, crumbs and answers for the life of the process."""
    from yfinance.data import YfData

    YfData._instances.clear()
    YfData.cache_get.cache_clear()
    yield
    YfData._instances.clear()


def provider(tmp_path: Path, session: type[Session], **options: Any) -> YahooPrices:
    return YahooPrices(FETCHED, tmp_path / "yf", session_class=session, pause=0.01, **options)


def closes_to(last: date, value: float, count: int = 40) -> dict[date, float | None]:
    days = [last - timedelta(days=n) for n in range(count)]
    return {d: value for d in sorted(days) if d.weekday() < 5}


def test_terms_say_personal_use() -> None:
    assert "personal use" in TERMS


def test_symbols() -> None:
    pairs = {
        ("981", "XHKG"): "0981.HK",
        ("688981", "XSHG"): "688981.SS",
        ("002415", "XSHE"): "002415.SZ",
        ("BRK.B", "XNYS"): "BRK-B",
        ("TCEHY", "OTCM"): "TCEHY",
        ("0981", "XKUW"): None,
        ("0981", ""): None,
    }
    assert {pair: yahoo_symbol(Listing(*pair)) for pair in pairs} == pairs


def test_recorded_answer_becomes_a_quote(tmp_path: Path, shared: Path) -> None:
    folder = shared / "data" / "prices" / "yfinance_fixtures"
    (path,) = folder.glob("yahoo_chart_v8_0700.HK*.json")
    recorded = json.loads(path.read_text(encoding="utf-8"))
    prices = provider(tmp_path, replay({"0700.HK": recorded}))
    row = prices.quotes([Listing("0700", "XHKG")], date(2026, 8, 6)).iloc[0]
    assert row["status"] == PriceStatus.OK
    assert row["close"] == pytest.approx(479.2)
    assert (row["currency"], row["close_day"].date()) == ("HKD", date(2026, 8, 6))
    assert "0700.HK" in row["source"]


def test_later_split_is_taken_out_of_closes_and_volumes(tmp_path: Path) -> None:
    closes = closes_to(date(2026, 8, 6), 10.0)
    when = datetime(2026, 7, 30, 9, 30, tzinfo=HONG_KONG).timestamp()
    split = {"date": when, "numerator": 5, "denominator": 1, "splitRatio": "5:1"}
    answer = chart("0001.HK", closes, {"splits": {str(int(when)): split}})
    listing = Listing("0001", "XHKG")
    prices = provider(tmp_path, replay({"0001.HK": answer}))
    bars = prices.bars([listing], date(2026, 7, 1), date(2026, 8, 6)).frame.set_index("date")
    assert bars.loc["2026-07-29", ["close", "volume"]].tolist() == [50.0, 200.0]
    assert bars.loc["2026-07-30", ["close", "volume"]].tolist() == [10.0, 1000.0]
    early = prices.quotes([listing], date(2026, 7, 29)).iloc[0]
    assert (early["status"], early["close"]) == (PriceStatus.OK, 50.0)
    assert pd.isna(early["note"])


def test_unfinished_session_is_left_out(tmp_path: Path) -> None:
    answer = chart("0001.HK", closes_to(date(2026, 8, 7), 10.0))
    for hour, last in ((5, date(2026, 8, 6)), (9, date(2026, 8, 7))):  # 13:00 and 17:00 local
        prices = YahooPrices(
            datetime(2026, 8, 7, hour, tzinfo=UTC),
            tmp_path,
            session_class=replay({"0001.HK": answer}),
        )
        found = prices.bars([Listing("0001", "XHKG")], date(2026, 7, 1), date(2026, 8, 31))
        assert found.frame["date"].iloc[-1].date() == last


def test_unknown_ticker_unknown_venue_and_known_one_each_get_their_word(tmp_path: Path) -> None:
    answer = chart("0001.HK", closes_to(DAY, 10.0))
    asked = [Listing("9999", "XHKG"), Listing("0001", "XKUW"), Listing("0001", "XHKG")]
    frame = provider(tmp_path, replay({"0001.HK": answer})).quotes(asked, DAY)
    assert frame["status"].tolist() == ["not_found", "not_found", "ok"]
    assert "404" in frame["reason"].iloc[0]
    assert "XKUW" in frame["reason"].iloc[1]


def test_empty_answer_is_no_history(tmp_path: Path) -> None:
    answer = chart("0001.HK", {})
    frame = provider(tmp_path, replay({"0001.HK": answer})).quotes([Listing("0001", "XHKG")], DAY)
    assert frame["status"].tolist() == ["no_history"]
    assert frame["reason"].notna().all()


def test_refusals_are_met_with_silence(tmp_path: Path) -> None:
    session = replay({}, {"0001.HK": 429, "0002.HK": 429, "crumb": 429})
    asked = [Listing(f"{n:04d}", "XHKG") for n in range(1, 41)]
    frame = provider(tmp_path, session).quotes(asked, DAY)
    assert set(frame["status"]) == {"rate_limited"}
    assert "429" in frame["reason"].iloc[-1]
    assert len(session.requests) <= 6  # type: ignore[attr-defined]


def test_server_error_is_the_network(tmp_path: Path) -> None:
    session = replay({}, {"0001.HK": 503})
    frame = provider(tmp_path, session).quotes([Listing("0001", "XHKG")], DAY)
    assert frame["status"].tolist() == ["network"]


@pytest.fixture
def black_hole() -> Iterator[int]:
    """A proxy that takes connections and never answers."""
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen(64)
    server.settimeout(0.1)
    held: list[socket.socket] = []
    stop = threading.Event()

    def accept() -> None:
        while not stop.is_set():
            try:
                held.append(server.accept()[0])
            except TimeoutError:
                continue

    thread = threading.Thread(target=accept)
    thread.start()
    yield server.getsockname()[1]
    stop.set()
    thread.join()
    for connection in (*held, server):
        connection.close()


def through(port: int) -> type[Session]:
    """A real curl session that can reach nothing but a proxy on this machine."""

    class Proxied(Session):
        def __init__(self) -> None:
            proxy = f"http://127.0.0.1:{port}"
            super().__init__(
                proxies={"http": proxy, "https": proxy}, curl_options={CurlOpt.NOPROXY: ""}
            )

    return Proxied


def test_dead_proxy_costs_seconds_for_any_number_of_names(tmp_path: Path, black_hole: int) -> None:
    asked = [Listing(f"{n:04d}", "XHKG") for n in range(1, 21)]
    started = time.monotonic()
    frame = provider(tmp_path, through(black_hole), timeout=0.5, seconds=5).quotes(asked, DAY)
    assert time.monotonic() - started < 3
    assert set(frame["status"]) == {"network"}
    assert frame["reason"].notna().all()


def test_closed_port_is_the_network_at_once(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    frame = provider(tmp_path, through(port)).quotes([Listing("0001", "XHKG")], DAY)
    assert frame["status"].tolist() == ["network"]


def test_deadline_covers_the_whole_batch(tmp_path: Path) -> None:
    answer = chart("0001.HK", closes_to(DAY, 10.0))

    class Slow(replay({"0001.HK": answer})):  # type: ignore[misc]
        def request(self, *args: Any, **kwargs: Any) -> Answer:
            time.sleep(0.15)
            return super().request(*args, **kwargs)

    asked = [Listing(f"{n:04d}", "XHKG") for n in range(1, 31)]
    started = time.monotonic()
    frame = provider(tmp_path, Slow, seconds=1.0).quotes(asked, DAY)
    assert time.monotonic() - started < 2.5
    assert frame["status"].iloc[0] == "ok"
    assert frame["status"].iloc[-1] == "network"
    assert "time allowed" in frame["reason"].iloc[-1]
