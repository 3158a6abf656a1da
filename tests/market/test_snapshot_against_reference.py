"""The bundled snapshot equals what the reference series give, and stands where they are absent."""

import csv
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analyzer.market.files import SnapshotPrices
from analyzer.market.prices import Bars, Listing, PriceStatus, bar_frame
from analyzer.market.series import quotes_from_bars

SNAPSHOT = Path(__file__).parents[2] / "analyzer" / "market" / "snapshot.csv"


def put_dividends_back(adjusted: np.ndarray, dividend: np.ndarray) -> np.ndarray:
    """Raw closes from closes adjusted for the dividends of the same series, newest first."""
    raw, factor = adjusted.copy(), 1.0
    for i in range(len(raw) - 2, -1, -1):
        raw[i] = adjusted[i] / factor
        if dividend[i + 1] > 0:
            raw[i] += dividend[i + 1]
            factor = adjusted[i] / raw[i]
    return raw


def hong_kong(prices: Path, ticker: str) -> pd.DataFrame:
    with_dividends = prices / "hk_with_dividends" / f"{ticker}.HK.csv"
    if with_dividends.exists():
        frame = pd.read_csv(with_dividends)
        frame["Date"] = frame["Date"].str[:10]
        raw = put_dividends_back(frame["Close"].to_numpy(), frame["Dividends"].to_numpy())
        return frame.assign(close=raw, dividend=frame["Dividends"], adjusted=frame["Close"])
    frame = pd.read_csv(prices / "hk" / f"{ticker}.HK.csv", skiprows=[1, 2])
    return frame.rename(columns={"Price": "Date"}).assign(
        adjusted=lambda f: f["Close"], close=np.nan
    )


def mainland(prices: Path, ticker: str) -> pd.DataFrame:
    frame = pd.read_csv(prices / "cn_a" / f"{ticker}.csv")
    # SMIC paid no dividend, so its adjusted closes are raw; volumes are in lots of 100
    close = frame["close"] if ticker == "688981" else np.nan
    return frame.assign(
        Date=frame["date"], adjusted=frame["close"], close=close, Volume=frame["volume"] * 100
    )


def american(prices: Path, ticker: str) -> pd.DataFrame:
    if ticker == "LKCO":  # the later 1:30 consolidation is taken out again
        frame = pd.read_csv(prices / "us" / "LKCO_split_adjusted.csv")
        return frame.assign(
            close=frame["Close"] / 30, adjusted=frame["Close"] / 30, Volume=frame["Volume"] * 30
        )
    frame = pd.read_csv(prices / "us" / f"{ticker}.csv")
    return frame.assign(close=frame["Close"], adjusted=frame["Adj Close"])


READERS = {"XHKG": hong_kong, "XSHG": mainland, "XSHE": mainland}


def series(prices: Path, ticker: str, mic: str) -> pd.DataFrame:
    frame = READERS.get(mic, american)(prices, ticker)
    columns = [c for c in ("close", "adjusted", "dividend") if c in frame]
    bars = frame[columns].assign(
        security=Listing(ticker, mic).key,
        date=pd.to_datetime(frame["Date"]).astype("datetime64[s]"),
        volume=frame["Volume"],
        currency="HKD",
        source="reference",
    )
    return bar_frame(bars)


def snapshot_rows() -> list[dict[str, str]]:
    with SNAPSHOT.open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def test_every_row_is_what_the_reference_series_give(shared: Path) -> None:
    rows = snapshot_rows()
    lines = sorted({(row["ticker"], row["mic"]) for row in rows})
    for ticker, mic in lines:
        bars = Bars(series(shared / "data" / "prices", ticker, mic), {})
        for row in rows:
            if (row["ticker"], row["mic"]) != (ticker, mic):
                continue
            day = date.fromisoformat(row["date"])
            quote = quotes_from_bars(bars, [Listing(ticker, mic)], day).iloc[0]
            place = f"{ticker} {day}"
            assert quote["liquidity_day"].date() == day, place
            assert float(row["median_volume"]) == pytest.approx(quote["median_volume"], abs=1)
            assert float(row["mean_volume"]) == pytest.approx(quote["mean_volume"], abs=1)
            assert float(row["volatility"]) == pytest.approx(quote["volatility"], abs=1e-5)
            if row["close"]:
                assert float(row["close"]) == pytest.approx(quote["close"], abs=6e-4), place
            else:
                assert quote["status"] == PriceStatus.NO_HISTORY, place


def test_recovered_raw_closes_equal_the_published_raw_ones(shared: Path) -> None:
    prices = shared / "data" / "prices"
    for ticker in ("0941", "0883"):
        recovered = series(prices, ticker, "XHKG").set_index("date")["close"]
        raw = pd.read_csv(prices / "hk_raw" / f"{ticker}.HK.csv")
        raw["Date"] = pd.to_datetime(raw["Date"], format="%d/%m/%Y")
        both = raw.set_index("Date")["Close"].to_frame("raw").join(recovered, how="inner")
        assert len(both) > 200
        assert (both["raw"] / both["close"] - 1).abs().max() < 1e-5


def quote(ticker: str, mic: str, day: date) -> pd.Series:
    frame = SnapshotPrices().quotes([Listing(ticker, mic)], day)
    assert len(frame) == 1
    return frame.iloc[0]


def test_china_mobile_is_valued_as_traded_not_as_adjusted() -> None:
    row = quote("0941", "XHKG", date(2021, 1, 13))
    assert row["close"] == pytest.approx(45.95)  # adjusted closes of that day: 34.20, 33.24, 32.22
    assert row["currency"] == "HKD"
    assert "dividend" in row["source"]


def test_xiaomi_falls_on_its_listing_and_rises_on_the_injunction() -> None:
    before, after = (quote("1810", "XHKG", date(2021, 1, d))["close"] for d in (14, 15))
    assert after / before - 1 == pytest.approx(-0.1026, abs=5e-5)
    friday, monday = (quote("1810", "XHKG", date(2021, 3, d))["close"] for d in (12, 15))
    assert monday / friday - 1 == pytest.approx(0.0703, abs=5e-5)


def test_mean_volumes_to_the_day_of_the_listing() -> None:
    day = date(2021, 1, 14)
    for ticker, millions in (("1810", 184.5), ("0981", 179.5), ("0941", 172.6), ("0883", 358.5)):
        assert quote(ticker, "XHKG", day)["mean_volume"] / 1e6 == pytest.approx(millions, abs=0.06)
    assert quote("002415", "XSHE", day)["mean_volume"] / 1e6 == pytest.approx(77.5, abs=0.06)


def test_luokung_before_its_consolidation() -> None:
    assert quote("LKCO", "XNAS", date(2021, 1, 14))["close"] == pytest.approx(0.828)


def test_name_without_dividend_record_has_volume_but_no_close() -> None:
    row = quote("1186", "XHKG", date(2021, 1, 14))
    assert row["status"] == PriceStatus.NO_HISTORY
    assert "adjusted" in row["reason"]
    assert np.isnan(row["close"])
    assert row["median_volume"] > 0
    assert row["volatility"] > 0


def test_snapshot_stands_for_five_sessions_and_no_longer() -> None:
    held = quote("1810", "XHKG", date(2021, 1, 22))
    assert (held["status"], held["close_day"].date()) == (PriceStatus.OK, date(2021, 1, 15))
    late = quote("1810", "XHKG", date(2021, 1, 25))
    assert late["status"] == PriceStatus.NO_HISTORY
    assert "none near 2021-01-25" in late["reason"]
    assert quote("9999", "XHKG", date(2021, 1, 14))["status"] == PriceStatus.NOT_FOUND


def test_every_row_states_currency_and_sources() -> None:
    rows = snapshot_rows()
    assert len({(r["ticker"], r["mic"], r["date"]) for r in rows}) == len(rows)
    for row in rows:
        assert row["currency"] in {"HKD", "CNY", "USD"}
        assert row["close_source"]
        assert row["liquidity_source"]
