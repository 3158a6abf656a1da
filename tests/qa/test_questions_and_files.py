"""Dates, currencies and files as a hurried user gives them."""

from pathlib import Path

import pytest

from analyzer.core.asof import AsOf
from analyzer.core.errors import QueryError
from analyzer.exposure import Analysis, Question
from analyzer.ingest import read_holdings
from analyzer.service import World, analyze

SMIC = "KYG8020E1199"


def held(
    world: World, *files: tuple[str, str], base: str | None = None, day: str = "2021-09-01"
) -> Analysis:
    inputs = [read_holdings((name, text.encode())) for name, text in files]
    return analyze(world, inputs, Question(AsOf.of(day), base=base))


@pytest.mark.parametrize(
    "text",
    [
        "9999-12-31",
        "0001-01-01",
        "0001-01-01T00:00+14:00",
        "9999-12-31T23:59-12:00",
        "1899-12-31",
        "2200-01-01",
        "2021-02-30",
        "20210111",  # would be read as its first instant, before the ban of 09:30
        "2021-W02-1",
        "2021-011",
        "2021-1-11",
        "11/01/2021",
        "",
    ],
)
def test_what_is_no_date_is_refused_in_one_line(text: str) -> None:
    for ask in (lambda: AsOf.of(text), lambda: AsOf.of("2021-01-11", text)):
        with pytest.raises(QueryError) as refused:
            ask()
        assert "\n" not in str(refused.value)


@pytest.mark.parametrize("text", ["1900-01-01", "2199-12-31", "2021-01-11 09:30", "2021-01-11T09Z"])
def test_dates_within_reach_are_read(text: str) -> None:
    asked = AsOf.of(text)
    assert asked.start <= asked.end


@pytest.mark.parametrize("base", ["12", "ZZZZ", "US DOLLAR", "€"])
def test_a_base_that_is_no_currency_is_refused(world: World, base: str) -> None:
    text = f"Name,ISIN,Market Value,Currency\nSMIC,{SMIC},100,EUR\n"
    with pytest.raises(QueryError, match="ISO 4217"):
        held(world, ("a.csv", text), base=base)


def test_a_base_is_read_whatever_its_case(world: World) -> None:
    text = f"Name,ISIN,Market Value,Currency\nSMIC,{SMIC},100,EUR\n"
    assert held(world, ("a.csv", text), base=" usd ").question.base == "USD"


def test_files_that_share_a_name_are_not_weighed_as_one(world: World) -> None:
    one = f"Name,ISIN,Market Value,Currency\nSMIC,{SMIC},100,USD\nFoo,,100,USD\n"
    two = f"Name,ISIN,Market Value,Currency\nSMIC,{SMIC},300,USD\nBar,,100,USD\n"
    found = held(world, ("north/fund.csv", one), ("south/fund.csv", two))
    assert list(found.portfolios) == ["fund", "fund (2)"]
    assert list(found.lines["weight_net"]) == pytest.approx([0.5, 0.5, 0.75, 0.25])
    assert [f.file for f in found.findings if f.code == "W216"] == ["south/fund.csv"]
    assert not [f for f in found.findings if f.code == "W217"]


def test_a_file_given_twice_is_said_to_count_twice(world: World) -> None:
    one = f"Portfolio,Name,ISIN,Market Value,Currency\nP,SMIC,{SMIC},100,USD\n"
    found = held(world, ("a.csv", one), ("copy of a.csv", one))
    assert found.totals.rows == 2
    (said,) = [f for f in found.findings if f.code == "W217"]
    assert "a.csv" in said.message
    assert said.file == "copy of a.csv"


def test_a_portfolio_that_a_column_states_may_span_files(world: World) -> None:
    files = [(f"{n}.csv", f"Portfolio,Name,Market Value,Currency\nP,Foo {n},1,USD\n") for n in "ab"]
    found = held(world, *files)
    assert list(found.portfolios) == ["P"]
    assert not [f for f in found.findings if f.code in {"W216", "W217"}]


def test_weights_of_several_portfolios_are_no_share_of_value(world: World) -> None:
    values = f"Name,ISIN,Market Value,Currency\nSMIC,{SMIC},100,USD\nAn Example ETF,,100,USD\n"
    weights = f"Name,ISIN,Weight\nSMIC,{SMIC},30\nBar,,70\n"
    found = held(world, ("v.csv", values), ("w.csv", weights))
    assert found.coverage.value_screened_weight is None
    assert found.portfolios["v"].market_value == 200
    assert found.portfolios["w"].market_value is None
    alone = held(world, ("w.csv", weights))
    assert alone.coverage.value_screened_weight == pytest.approx(1.0)


def test_the_sample_names_stay(world: World, samples: Path) -> None:
    paths = sorted(samples.glob("*.csv"))[:2]
    inputs = [read_holdings(path) for path in paths]
    found = analyze(world, inputs, Question(AsOf.of("2021-09-01")))
    assert not [f for f in found.findings if f.code in {"W216", "W217"}]
