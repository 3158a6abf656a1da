"""Which currency values are in, and which sign amounts have."""

import pytest

from analyzer.core.errors import InputError
from analyzer.ingest import Ingested, read_holdings, safety


def read(text: str, **options: str) -> Ingested:
    return read_holdings(("f.csv", text.encode()), **options)  # type: ignore[arg-type]


def codes(result: Ingested) -> set[str]:
    return {f.code for f in result.findings}


ROWS = "Apple Inc,{a},1000,10\nTencent,{b},2000,20\nNestle,{c},3000,30\nSony,{d},4000,40\n"


def table(heading: str, currencies: str, values: str = "") -> str:
    body = ROWS.format(**dict(zip("abcd", currencies.split(), strict=True)))
    for old, new in zip(("1000", "2000", "3000", "4000"), values.split(), strict=False):
        body = body.replace(old, new)
    return f"Name,{heading},Market Value,Weight (%)\n{body}"


def test_weight_by_value_constant_means_one_currency_the_file_does_not_name() -> None:
    result = read(table("Market Currency", "USD HKD CHF JPY"))
    assert result.frame["value_currency"].isna().all()
    assert any(f.code == "W212" and "one currency" in f.message for f in result.findings)
    assert list(result.frame["listing_currency"]) == ["USD", "HKD", "CHF", "JPY"]


def test_a_currency_the_user_states_overrides() -> None:
    result = read(table("Market Currency", "USD HKD CHF JPY"), currency="eur")
    assert set(result.frame["value_currency"]) == {"EUR"}
    assert list(result.frame["listing_currency"]) == ["USD", "HKD", "CHF", "JPY"]


def test_weight_by_value_differing_means_each_row_its_own() -> None:
    result = read(table("Currency", "USD HKD CHF JPY", "1000 15600 2700 600000"))
    assert list(result.frame["value_currency"]) == ["USD", "HKD", "CHF", "JPY"]
    assert "W205" in codes(result)


def test_both_columns_printed() -> None:
    text = (
        "Name,Market Value,Currency,Market Currency,FX Rate\n"
        "Apple Inc,1000,AUD,USD,0.66\nCSL,10,AUD,AUD,1\n"
    )
    result = read(text)
    assert set(result.frame["value_currency"]) == {"AUD"}
    assert list(result.frame["listing_currency"]) == ["USD", "AUD"]
    assert list(result.frame["fx_rate"]) == [0.66, 1.0]


def test_the_rate_of_one_names_the_currency() -> None:
    text = (
        "Name,Market Value,Market Currency,FX Rate\n"
        "Apple Inc,1000,USD,0.66\nTencent,10,HKD,5.1\nCSL,10,AUD,1\n"
    )
    result = read(text)
    assert set(result.frame["value_currency"]) == {"AUD"}
    assert any(f.code == "W205" and "rate" in f.message for f in result.findings)


@pytest.mark.parametrize(
    ("cell", "currency"),
    [("€1000", "EUR"), ("US$1000", "USD"), ("GBP 1000", "GBP"), ("$1000", None)],
)
def test_signs(cell: str, currency: str | None) -> None:
    result = read(f"Name,ISIN,Market Value\nApple Inc,US0378331005,{cell}\n")
    assert list(result.frame["market_value"]) == [1000]
    assert list(result.frame["value_currency"].astype(object).where(lambda s: s.notna(), None)) == [
        currency
    ]
    assert ("W212" in codes(result)) is (currency is None)


def test_heading_names_the_currency() -> None:
    result = read("Name,Currency,Market Value (CHF)\nApple Inc,USD,5\n")
    assert (result.frame["value_currency"].iloc[0], result.frame["listing_currency"].iloc[0]) == (
        "CHF",
        "USD",
    )


def test_the_fund_currency_column_wins_over_the_local_one() -> None:
    text = "Name,Local Market Value,Market Value (USD)\nTencent,7800,1000\n"
    result = read(text)
    assert list(result.frame["market_value"]) == [1000]
    assert result.mapping["market_value"] == "Market Value (USD)"


def test_unsigned_short_is_signed_and_reported() -> None:
    result = read("Name,Quantity,Market Value,Weight (%)\nApple Inc,-10,100,5\nSony,10,100,5\n")
    assert list(result.frame["market_value"]) == [-100, 100]
    assert list(result.frame["weight"]) == [-0.05, 0.05]
    assert "W215" in codes(result)


def test_short_future_in_profit_keeps_its_value() -> None:
    result = read("Name,Asset Class,Side,Quantity,Market Value\nDAX MAR 25,Future,Short,10,100\n")
    row = result.frame.iloc[0]
    assert (row["side"], row["quantity"], row["market_value"]) == ("short", -10, 100)


def test_a_fund_of_funds_holds_what_its_fund_column_names() -> None:
    result = read("Fund,ISIN,Weight (%)\nFund A,US0378331005,60\nFund B,US5949181045,40\n")
    assert list(result.frame["name"]) == ["Fund A", "Fund B"]
    assert set(result.frame["portfolio"]) == {"f"}
    assert "name" in result.guessed


def test_lone_carriage_returns_end_lines() -> None:
    result = read("My fund\rName,ISIN,Quantity\rApple Inc,US0378331005,1\rSony,,2\r")
    assert list(result.frame["row"]) == [3, 4]
    assert result.rows_read == 4


def test_giant_files_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safety, "MAX_BYTES", 10)
    with pytest.raises(InputError, match="larger than"):
        read("Name,ISIN,Quantity\nApple Inc,US0378331005,1\n")


def test_reading_twice_gives_the_same() -> None:
    text = table("Currency", "USD USD USD USD")
    first, second = read(text), read(text)
    assert first.sha256 == second.sha256
    assert first.findings == second.findings
    assert first.frame.equals(second.frame)
