"""Quotes from daily series, and the defects of free data."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.market.prices import Bars, Failure, Listing, PriceStatus, bar_frame
from analyzer.market.series import (
    DefectKind,
    find_defects,
    quotes_from_bars,
    returns,
    split_steps,
)
from analyzer.market.sessions import sessions

XIAOMI = Listing("1810", "XHKG")
START = date(2021, 1, 4)


def make_bars(close: list[float], listing: Listing = XIAOMI, **columns: object) -> pd.DataFrame:
    days = sessions(listing.mic, START, START + timedelta(days=2 * len(close) + 20))
    return bar_frame(
        pd.DataFrame(
            {
                "security": listing.key,
                "date": days["date"].head(len(close)),
                "close": close,
                "volume": 1e6,
                "currency": "HKD",
                "source": "test",
                **columns,
            }
        )
    )


def quote(bars: pd.DataFrame, day: date, listing: Listing = XIAOMI) -> pd.Series:
    frame = quotes_from_bars(Bars(bars, {}), [listing], day)
    assert len(frame) == 1
    return frame.iloc[0]


def reference(shared: Path, name: str) -> pd.DataFrame:
    frame = pd.read_csv(shared / "data" / "prices" / "yfinance_defects" / name)
    dates = frame.iloc[:, 0].str[:10]
    return bar_frame(
        pd.DataFrame(
            {
                "security": "X:XLON",
                "date": pd.to_datetime(dates).astype("datetime64[s]"),
                "close": frame["Close"],
                "adjusted": frame["Adj Close"],
                "dividend": frame["Dividends"],
                "split": frame["Stock Splits"],
                "volume": frame["Volume"],
                "currency": "GBX",
                "source": "test",
            }
        )
    )


def test_close_is_the_newest_not_after_the_day() -> None:
    bars = make_bars([10.0, 11.0, 12.0])
    row = quote(bars, date(2021, 1, 5))
    assert (row["close"], row["close_day"].date()) == (11.0, date(2021, 1, 5))
    assert (row["status"], row["currency"]) == (PriceStatus.OK, "HKD")


def test_old_close_is_stale_and_a_series_that_starts_later_has_none() -> None:
    bars = make_bars([10.0, 11.0])
    assert quote(bars, date(2021, 1, 12))["status"] == PriceStatus.OK  # fifth session after
    stale = quote(bars, date(2021, 1, 13))
    assert (stale["status"], stale["close"]) == (PriceStatus.STALE, 11.0)
    assert "2021-01-05" in stale["reason"]
    none = quote(bars, date(2020, 12, 31))
    assert none["status"] == PriceStatus.NO_HISTORY
    assert "runs from 2021-01-04" in none["reason"]


def test_adjusted_closes_never_value_a_line() -> None:
    bars = make_bars([float("nan")] * 3, adjusted=[9.0, 9.1, 9.2])
    row = quote(bars, date(2021, 1, 6))
    assert row["status"] == PriceStatus.NO_HISTORY
    assert np.isnan(row["close"])


def test_volume_and_volatility_by_hand() -> None:
    close = [100.0 * (1.01 if i % 2 else 1.0) for i in range(70)]
    volume = [float(i) for i in range(70)]
    bars = make_bars(close, volume=volume)
    row = quote(bars, bars["date"].iloc[-1].date())
    assert row["median_volume"] == np.median(volume[-20:])
    assert row["mean_volume"] == np.mean(volume[-20:])
    up, down = 0.01, 1 / 1.01 - 1
    assert row["volatility"] == pytest.approx(np.std([up, down] * 30, ddof=1))
    assert "20 sessions" in row["liquidity_source"]


def test_too_few_sessions_give_no_volume_and_no_volatility() -> None:
    row = quote(make_bars([10.0] * 9), date(2021, 1, 14))
    assert np.isnan(row["median_volume"])
    assert np.isnan(row["volatility"])
    assert row["close"] == 10.0


def test_dividends_and_splits_are_put_back_into_returns() -> None:
    bars = make_bars([100.0, 95.0, 19.0], dividend=[0.0, 5.0, 0.0], split=[0.0, 0.0, 5.0])
    values, notes = returns(bars)
    assert values == pytest.approx([0.0, 0.0])
    assert notes == []


def test_jump_without_a_split_is_left_out_of_the_volatility_and_said() -> None:
    close = [3.0, 3.03] * 20 + [90.0, 90.9] * 10
    bars = make_bars(close)
    row = quote(bars, bars["date"].iloc[-1].date())
    assert row["volatility"] < 0.02
    assert "30-fold" in row["note"]
    assert (row["status"], row["close"]) == (PriceStatus.OK, 90.9)


def test_crash_is_not_a_defect() -> None:
    assert find_defects(make_bars([10.0, 5.7, 5.6])) == ()


def test_closes_adjusted_for_a_later_split_are_refused() -> None:
    close = [300.0] * 5 + [301.0] * 30
    split = [0.0] * 20 + [1 / 30] + [0.0] * 14
    bars = make_bars(close, split=split)
    row = quote(bars, date(2021, 1, 6))
    assert row["status"] == PriceStatus.SUSPECT
    assert "adjusted for the split" in row["reason"]
    after = quote(bars, bars["date"].iloc[-1].date())
    assert (after["status"], after["close"]) == (PriceStatus.OK, 301.0)


def test_unknown_listing_and_reported_failure_keep_their_rows() -> None:
    failures = {"0981:XHKG": Failure(PriceStatus.NETWORK, "down")}
    asked = [Listing("0981", "XHKG"), XIAOMI, Listing("9999", "XHKG"), Listing("1810", "XHKG")]
    frame = quotes_from_bars(Bars(make_bars([10.0]), failures), asked, START)
    assert frame["security"].tolist() == ["0981:XHKG", "1810:XHKG", "9999:XHKG"]
    assert frame["status"].tolist() == ["network", "ok", "not_found"]


@given(
    st.lists(st.floats(0.01, 1e4), min_size=1, max_size=60),
    st.integers(-20, 150),
)
@settings(max_examples=60, deadline=None)
def test_every_listing_gets_a_row_and_no_close_from_the_future(
    close: list[float], offset: int
) -> None:
    day = START + timedelta(days=offset)
    row = quote(make_bars(close), day)
    status = PriceStatus(row["status"])
    assert status.priced == np.isfinite(row["close"])
    assert status is PriceStatus.OK or row["reason"]
    if status.priced:
        assert row["close_day"].date() <= day


@pytest.mark.parametrize(
    ("ticker", "mic", "key"),
    [
        ("981", "XHKG", "0981:XHKG"),
        ("00981", "xhkg", "0981:XHKG"),
        ("80700", "XHKG", "80700:XHKG"),
        ("2415", "XSHE", "002415:XSHE"),
        ("brk.b", "XNYS", "BRK.B:XNYS"),
        ("0981", "", ""),
    ],
)
def test_listing_keys(ticker: str, mic: str, key: str) -> None:
    assert Listing(ticker, mic).key == key


def test_isin_stands_in_for_an_unknown_venue() -> None:
    assert Listing("0981", "", "KYG8020E1199").key == "KYG8020E1199"


def test_pence_mixed_with_pounds_are_caught(shared: Path) -> None:
    bars = reference(shared, "AET-L-1d-100x-error.csv")
    defects = find_defects(bars)
    assert [d.kind for d in defects] == [DefectKind.UNITS] * 2
    listing = Listing("X", "XLON")
    for day in (date(2022, 5, 4), date(2022, 5, 18), date(2022, 6, 6)):
        row = quote(bars, day, listing)
        assert row["status"] == PriceStatus.SUSPECT
        assert "100-fold" in row["reason"]
    repaired = reference(shared, "AET-L-1d-100x-error-fixed.csv")
    assert find_defects(repaired) == ()
    assert quote(repaired, date(2022, 5, 4), listing)["close"] == pytest.approx(14.55)


@pytest.mark.parametrize("ticker", ["1398", "3988"])
def test_dividend_missing_from_adjusted_closes_is_caught(shared: Path, ticker: str) -> None:
    defects = find_defects(reference(shared, f"{ticker}-HK-1d-bad-div.csv"))
    assert [d.kind for d in defects] == [DefectKind.DIVIDEND]
    assert defects[0].day == date(2024, 7, 8)


def test_repaired_dividends_are_not_reported(shared: Path) -> None:
    assert find_defects(reference(shared, "1398-HK-1d-bad-div-fixed.csv")) == ()


def test_split_recorded_a_day_late_and_not_applied_is_found(shared: Path) -> None:
    bars = reference(shared, "4063-T-1d-bad-stock-split.csv")
    days = bars["date"].dt.date.tolist()
    steps = split_steps(bars["close"].to_numpy(), bars["split"].to_numpy())
    assert {days[i]: days[j] for i, j in steps.items() if j is not None} == {
        date(2023, 3, 30): date(2023, 3, 29)
    }
    values, _ = returns(bars)
    assert np.abs(values).max() < 0.06
    assert quote(bars, date(2023, 3, 24), Listing("X", "XLON"))["close"] == 20885
