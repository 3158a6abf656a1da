"""Price files, printed prices, and the order in which sources are asked."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analyzer.core.errors import InputError
from analyzer.core.frames import HOLDINGS
from analyzer.market.files import FilePrices, HoldingsPrices, SnapshotPrices
from analyzer.market.prices import (
    QUOTES,
    Failure,
    Listing,
    PriceBook,
    PriceStatus,
    failure_row,
    quote_frame,
)

XIAOMI, SMIC = Listing("1810", "XHKG"), Listing("0981", "XHKG")
DAY = date(2021, 1, 14)


def price_file(tmp_path: Path, text: str, name: str = "prices.csv") -> FilePrices:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return FilePrices.load(path)


def test_csv_by_ticker_and_venue(tmp_path: Path) -> None:
    prices = price_file(
        tmp_path,
        "Ticker,MIC,Date,Close,Currency,Volume\n"
        "1810,XHKG,2021-01-13,33.00,HKD,1000\n"
        "1810,XHKG,2021-01-14,32.65,HKD,2000\n"
        "1810,XHKG,2021-01-15,29.30,HKD,3000\n",
    )
    row = prices.quotes([XIAOMI], DAY).iloc[0]
    assert (row["close"], row["currency"], row["status"]) == (32.65, "HKD", "ok")
    assert "prices.csv" in row["source"]


def test_parquet_by_isin(tmp_path: Path) -> None:
    path = tmp_path / "prices.parquet"
    pd.DataFrame(
        {
            "isin": ["KYG9830T1067"],
            "date": pd.to_datetime(["2021-01-14"]),
            "price": [32.65],
            "currency": ["HKD"],
        }
    ).to_parquet(path)
    asked = [Listing("1810", "XHKG", "KYG9830T1067"), Listing(isin="KYG9830T1067"), SMIC]
    frame = FilePrices.load(path).quotes(asked, DAY)
    assert frame["status"].tolist() == ["ok", "ok", "not_found"]
    assert frame["close"].tolist()[:2] == [32.65, 32.65]


def test_series_for_a_span_keeps_a_failure_for_what_lies_outside(tmp_path: Path) -> None:
    prices = price_file(tmp_path, "ticker,mic,date,close,currency\n1810,XHKG,2021-01-14,1,HKD\n")
    found = prices.bars([XIAOMI, SMIC], date(2020, 1, 1), date(2020, 12, 31))
    assert found.frame.empty
    assert found.failures["1810:XHKG"].status is PriceStatus.NO_HISTORY
    assert found.failures["0981:XHKG"].status is PriceStatus.NOT_FOUND


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ticker,mic,date,adj close,currency\n1810,XHKG,2021-01-14,1,HKD\n", "do not value"),
        ("ticker,date,close,currency\n1810,2021-01-14,1,HKD\n", "ticker and mic"),
        ("ticker,mic,date,close,currency\n1810,XHKG,soon,1,HKD\n", "record 1: cannot use date"),
        ("ticker,mic,date,close,currency\n1810,XHKG,2021-01-14,x,HKD\n", "cannot use close 'x'"),
        ("ticker,mic,date,close,currency\n1810,XHKG,2021-01-14,-1,HKD\n", "cannot use close"),
        ("ticker,mic,date,close,currency\n1810,XHKG,2021-01-14,1,\n", "currency"),
        ("ticker,mic,date,close,currency\n1810,,2021-01-14,1,HKD\n", "ticker and mic, or isin"),
        ("ticker,mic,date,close,price,currency\n1810,XHKG,2021-01-14,1,2,HKD\n", "two columns"),
        (
            "ticker,mic,date,close,currency\n1810,XHKG,2021-01-14,1,HKD\n01810,XHKG,2021-01-14,2,HKD",
            "second close",
        ),
    ],
)
def test_unusable_file_is_refused_in_words(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        price_file(tmp_path, text)


def test_file_that_is_no_parquet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"prices\.parquet"):
        price_file(tmp_path, "not parquet", "prices.parquet")


def holdings(**columns: object) -> pd.DataFrame:
    rows = len(next(iter(columns.values())))  # type: ignore[arg-type]
    frame = HOLDINGS.empty(rows)
    for name, values in columns.items():
        dtype = {c.name: c.dtype for c in HOLDINGS.columns}[name]
        frame[name] = pd.Series(values).astype(dtype)
    return frame


def test_printed_price_currency_is_told_by_quantity_and_value() -> None:
    frame = holdings(
        ticker=["1810", "0981", "0941"],
        mic=["XHKG"] * 3,
        price=[4.21, 28.15, 6.08],
        quantity=[1000.0, 1000.0, 1000.0],
        market_value=[4210.0, 28150.0 / 7.7536, 5000.0],
        value_currency=["USD"] * 3,
        listing_currency=["HKD"] * 3,
        fx_rate=[7.7536] * 3,
        date=[pd.Timestamp(DAY)] * 3,
    )
    quotes = HoldingsPrices.of(frame).quotes([XIAOMI, SMIC, Listing("0941", "XHKG")], DAY)
    assert quotes["currency"].tolist()[:2] == ["USD", "HKD"]
    assert quotes["status"].tolist() == ["ok", "ok", "not_found"]


def test_contradictory_and_future_printed_prices_are_not_used() -> None:
    frame = holdings(
        ticker=["1810", "1810", "0981"],
        mic=["XHKG"] * 3,
        price=[32.65, 29.30, 28.0],
        listing_currency=["HKD"] * 3,
        date=[pd.Timestamp(DAY), pd.Timestamp(DAY), pd.Timestamp(2021, 2, 1)],
    )
    quotes = HoldingsPrices.of(frame).quotes([XIAOMI, SMIC], DAY)
    assert quotes["status"].tolist() == ["suspect", "no_history"]
    assert "32.65" in quotes["reason"].iloc[0]
    assert quotes["close"].isna().all()


@dataclass
class Stub:
    """Answers from a table and counts what it is asked."""

    name: str
    answers: dict[str, dict[str, object]]
    asked: list[str] = field(default_factory=list)

    def quotes(self, listings: Sequence[Listing], day: date) -> pd.DataFrame:
        self.asked += [f"{listing.key}@{day}" for listing in listings]
        none = Failure(PriceStatus.NOT_FOUND, "unknown")
        return quote_frame(
            [
                {"security": item.key, **self.answers[item.key]}
                if item.key in self.answers
                else failure_row(item, none)
                for item in listings
            ]
        )


def close(value: float, status: str = "ok", day: str = "2021-01-14", **more: object) -> dict:
    return {
        "status": status,
        "close": value,
        "currency": "HKD",
        "close_day": pd.Timestamp(day),
        "source": "stub",
        **more,
    }


LIQUID = {"median_volume": 5e6, "mean_volume": 6e6, "volatility": 0.02, "liquidity_source": "stub"}


def test_first_source_wins_and_later_ones_complete_it() -> None:
    first = Stub("file", {XIAOMI.key: close(32.65)})
    second = Stub("snapshot", {XIAOMI.key: close(99.0, **LIQUID), SMIC.key: close(28.15, **LIQUID)})
    third = Stub("late", {})
    book = PriceBook((first, second, third))
    frame = book.quotes([XIAOMI, SMIC, XIAOMI], DAY)
    assert frame["close"].tolist() == [32.65, 28.15]
    assert frame["median_volume"].tolist() == [5e6, 5e6]
    assert frame["reason"].iloc[1] == "file: unknown"
    assert third.asked == []
    assert QUOTES.problems(frame) == []
    assert book.name == "file > snapshot > late"


def test_fresh_close_replaces_a_stale_one_and_not_the_other_way() -> None:
    stale, fresh = close(1.0, "stale", "2021-01-01"), close(2.0)
    for order in ((stale, fresh), (fresh, stale)):
        stubs = tuple(Stub(f"s{i}", {XIAOMI.key: answer}) for i, answer in enumerate(order))
        row = PriceBook(stubs).quotes([XIAOMI], DAY).iloc[0]
        assert (row["close"], row["status"]) == (2.0, "ok")


def test_when_all_fail_every_reason_is_kept_and_a_dead_network_is_named() -> None:
    dead = Stub("yfinance", {XIAOMI.key: {"status": "network", "reason": "no route"}})
    row = PriceBook((Stub("file", {}), dead, Stub("snapshot", {}))).quotes([XIAOMI], DAY).iloc[0]
    assert row["status"] == "network"
    assert row["reason"] == "file: unknown; yfinance: no route; snapshot: unknown"
    assert np.isnan(row["close"])


def test_without_sources_every_listing_still_has_a_row() -> None:
    frame = PriceBook(()).quotes([XIAOMI, Listing()], DAY)
    assert frame["status"].tolist() == ["not_found", "not_found"]
    assert frame["reason"].notna().all()


def test_user_file_with_snapshot_liquidity(tmp_path: Path) -> None:
    own = price_file(tmp_path, "ticker,mic,date,close,currency\n1810,XHKG,2021-01-14,32.7,HKD\n")
    row = PriceBook((own, SnapshotPrices())).quotes([XIAOMI], DAY).iloc[0]
    assert row["close"] == 32.7
    assert row["median_volume"] > 1e8
    assert "snapshot" in row["liquidity_source"]
