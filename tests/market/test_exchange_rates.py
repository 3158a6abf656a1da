"""Exchange rates: ECB crosses, the user's table, staleness, units, vectorised conversion."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.core.errors import InputError
from analyzer.market.fx import NoRate, Rate, Rates

DAY = date(2021, 1, 14)


def table(tmp_path: Path, *lines: str) -> Rates:
    path = tmp_path / "rates.csv"
    path.write_text("\n".join(["date,currency,base,rate", *lines]), encoding="utf-8")
    return Rates.load(path)


def rate(rates: Rates, currency: str, base: str, day: date = DAY) -> Rate:
    found = rates.rate(currency, base, day)
    assert isinstance(found, Rate), found
    return found


def test_hong_kong_dollar_on_the_day_of_the_xiaomi_listing() -> None:
    found = rate(Rates.load(), "USD", "HKD")
    assert round(found.value, 4) == 7.7536
    assert found.day == DAY
    assert not found.stale
    assert "ECB" in found.source


def test_weekend_takes_the_friday_before_and_never_the_monday_after() -> None:
    found = rate(Rates.load(), "HKD", "USD", date(2021, 1, 17))
    assert (found.day, found.age_days, found.stale) == (date(2021, 1, 15), 2, False)


def test_same_currency_needs_no_table() -> None:
    assert rate(Rates.load(), "twd", "TWD").value == 1.0


def test_rouble_after_the_ecb_stopped_quoting_it_has_no_rate() -> None:
    rates = Rates.load()
    assert rate(rates, "RUB", "USD", date(2022, 3, 5)).day == date(2022, 3, 1)
    found = rates.rate("RUB", "USD", date(2022, 6, 1))
    assert isinstance(found, NoRate)
    assert "RUB from" in found.reason


def test_date_past_the_history_is_stale_and_date_before_it_has_none() -> None:
    rates = Rates.load()
    late = rate(rates, "USD", "EUR", date(2060, 1, 1))
    assert late.stale
    assert late.age_days > 7
    assert isinstance(rates.rate("USD", "EUR", date(1998, 12, 31)), NoRate)


@pytest.mark.parametrize("currency", ["TWD", "SAR", "AED", "XYZ"])
def test_currency_the_ecb_lacks_says_so(currency: str) -> None:
    found = Rates.load().rate(currency, "USD", DAY)
    assert isinstance(found, NoRate)
    assert currency in found.reason


def test_user_rate_wins_either_way_round(tmp_path: Path) -> None:
    rates = table(tmp_path, "2021-01-14,USD,HKD,7.75")
    assert rate(rates, "USD", "HKD").value == 7.75
    assert rate(rates, "HKD", "USD").value == pytest.approx(1 / 7.75)
    assert "rates.csv" in rate(rates, "HKD", "USD").source
    assert "ECB" in rate(rates, "USD", "HKD", date(2021, 1, 13)).source


def test_stale_user_rate_yields_to_a_fresh_ecb_rate_but_beats_nothing(tmp_path: Path) -> None:
    rates = table(tmp_path, "2020-12-31,USD,HKD,7.00", "2020-12-31,TWD,USD,0.0356")
    assert round(rate(rates, "USD", "HKD").value, 4) == 7.7536
    taiwan = rate(rates, "TWD", "USD")
    assert (taiwan.value, taiwan.age_days, taiwan.stale) == (0.0356, 14, True)


def test_currency_the_ecb_lacks_is_crossed_through_the_users_pair(tmp_path: Path) -> None:
    rates = table(tmp_path, "2021-01-14,USD,TWD,28.0", "2021-01-13,AED,USD,0.2723")
    hkd = rate(rates, "TWD", "HKD")
    assert hkd.value == pytest.approx(7.7536 / 28.0, rel=1e-4)
    assert "through USD" in hkd.source
    assert "ECB" in hkd.source
    crossed = rate(rates, "AED", "TWD")
    assert crossed.value == pytest.approx(0.2723 * 28.0)
    assert crossed.day == date(2021, 1, 13)


def test_pence_are_not_pounds(tmp_path: Path) -> None:
    rates = Rates.load()
    pound = rate(rates, "GBP", "USD").value
    for pence in ("GBX", "GBp", "gbx"):
        assert rate(rates, pence, "USD").value == pytest.approx(pound / 100)
    assert rate(rates, "GBX", "GBP").value == 0.01
    assert rate(rates, "GBP", "GBX").value == 100.0
    assert rate(table(tmp_path, "2021-01-14,GBX,USD,0.0137"), "GBP", "USD").value == pytest.approx(
        1.37
    )


def test_offshore_renminbi_is_valued_as_onshore_and_says_so() -> None:
    rates = Rates.load()
    assert rate(rates, "CNH", "USD").value == rate(rates, "CNY", "USD").value
    assert "CNH" in rate(rates, "CNH", "USD").source


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("2021-13-01,USD,HKD,7.75", "rates.csv:2"),
        ("2021-01-14,USD,HKD,0", "rates.csv:2"),
        ("2021-01-14,USD,HKD,nan", "rates.csv:2"),
        ("2021-01-14,DOLLAR,HKD,7.75", "rates.csv:2"),
        ("2021-01-14,USD,HKD,7.75\n2021-01-14,USD,HKD,7.76", "second rate"),
    ],
)
def test_unusable_line_is_named(tmp_path: Path, line: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        table(tmp_path, line)


def test_every_unusable_cell_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        table(tmp_path, "soon,USD,HKD,7.75\n2021-01-14,DOLLAR,HKD,-1")
    assert caught.value.problems == (
        "rates.csv:2:date: 'soon' is not a date",
        "rates.csv:3:currency: 'DOLLAR' is not a currency",
        "rates.csv:3:rate: '-1' is not a rate above zero",
    )


def test_table_without_its_columns_or_absent_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("date,rate\n2021-01-14,7\n", encoding="utf-8")
    with pytest.raises(InputError, match="currency, base"):
        Rates.load(path)
    with pytest.raises(InputError, match="absent"):
        Rates.load(tmp_path / "absent.csv")


def test_to_base_converts_what_it_can_and_explains_the_rest() -> None:
    values = pd.Series([100.0, 200.0, 300.0, 400.0, np.nan], index=[9, 8, 7, 6, 5])
    currencies = pd.Series(["HKD", "TWD", "USD", None, "HKD"], index=values.index, dtype="category")
    converted, rates = Rates.load().to_base(values, currencies, "USD", DAY)
    assert converted.index.tolist() == [9, 8, 7, 6, 5]
    assert converted.loc[9] == pytest.approx(100 / 7.7536, rel=1e-5)
    assert converted.loc[7] == 300.0
    assert converted.loc[[8, 6, 5]].isna().all()
    by_currency = rates.set_index("currency")
    assert int(rates["rows"].sum()) == len(values)
    assert int(by_currency.loc["HKD", "rows"]) == 2
    assert "TWD" in str(by_currency.loc["TWD", "reason"])
    assert rates.loc[rates["currency"].isna(), "reason"].tolist() == ["no currency is stated"]


def test_to_base_takes_one_day_per_row() -> None:
    days = pd.to_datetime(pd.Series(["2021-01-14", "2020-01-14", None, "2021-01-14"]))
    values = pd.Series([1.0, 1.0, 1.0, 1.0])
    currencies = pd.Series(["HKD"] * 4)
    rates = Rates.load()
    converted, used = rates.to_base(values, currencies, "USD", days)
    assert converted[0] == rate(rates, "HKD", "USD").value
    assert converted[1] == rate(rates, "HKD", "USD", date(2020, 1, 14)).value
    assert np.isnan(converted[2])
    assert converted[3] == converted[0]
    assert len(used) == 3
    assert used.loc[used["day"].isna(), "reason"].tolist() == ["no valuation date"]


def test_to_base_of_nothing() -> None:
    converted, used = Rates.load().to_base(
        pd.Series([], dtype="float64"), pd.Series([], dtype="category"), "USD", DAY
    )
    assert converted.empty
    assert used.empty


CODES = st.sampled_from(["USD", "HKD", "CNY", "GBP", "EUR", "JPY", "GBX"])


@given(a=CODES, b=CODES, c=CODES, day=st.dates(date(2006, 1, 1), date(2026, 10, 1)))
@settings(max_examples=80, deadline=None)
def test_crosses_are_consistent_and_never_from_the_future(
    a: str, b: str, c: str, day: date
) -> None:
    rates = Rates.load()
    ab, bc, ac = rate(rates, a, b, day), rate(rates, b, c, day), rate(rates, a, c, day)
    assert ab.day <= day
    assert ab.value * bc.value == pytest.approx(ac.value, rel=1e-9)
    assert ab.value * rate(rates, b, a, day).value == pytest.approx(1.0)
