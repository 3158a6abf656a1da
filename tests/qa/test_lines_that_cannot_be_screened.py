"""A line is called screened only where something could have been found."""

import pytest

from analyzer.core.asof import AsOf
from analyzer.core.verdict import Outcome, Status
from analyzer.exposure import Analysis, Question
from analyzer.ingest import read_holdings
from analyzer.service import World, analyze


def analysis_of(world: World, text: str, day: str = "2021-03-09") -> Analysis:
    inputs = [read_holdings(("holdings.csv", text.encode()))]
    return analyze(world, inputs, Question(AsOf.of(day)))


def statuses(analysis: Analysis) -> list[str]:
    return [str(word) for word in analysis.lines["status"]]


def test_identifiers_on_no_list_do_not_clear_a_line_without_a_name(world: World) -> None:
    # lists of identifiers are partial: XIACY and the SEDOL are securities of designated issuers
    text = "ISIN,SEDOL,Ticker,Shares\n,,XIACY,1\n,6073556,,1\nUS0378331005,,,1\n,,1810 HK,1\n"
    found = analysis_of(world, text)
    assert statuses(found) == ["unknown", "unknown", "unknown", "upcoming"]
    blind = found.judged[found.lines["judged"].iloc[0]]
    assert {v.outcome for v in blind.verdicts.values()} == {Outcome.UNKNOWN}
    assert found.coverage.rows_screened == 1
    assert not found.coverage.complete
    said = [(f.row, f.message.partition(":")[0]) for f in found.findings if f.code == "W608"]
    assert said == [(2, "XIACY"), (3, "6073556"), (4, "US0378331005")]


def test_cash_needs_no_name(world: World) -> None:
    found = analysis_of(world, "Ticker,Asset Class,Market Value,Currency\nUSD,Cash,5,USD\n")
    assert statuses(found) == ["no_match"]


@pytest.mark.parametrize(
    "name",
    [
        "KRANESHARES TR",
        "PROSHARES TR",
        "Invesco QQQ Trust",
        "SPDR SERIES TRUST",
        "Vanguard Total Intl Stock",
        "AMUNDI MSCI WORLD UCITS",
        "Xtrackers Harvest CSI 300",
        "Hang Seng H-Share Index",
        "FIRST TR EXCHNG TRADED FD VI",
        "Some China Growth Fund",
        "Fidelity Contrafund",
    ],
)
def test_a_fund_is_known_by_its_name_where_no_class_is_stated(world: World, name: str) -> None:
    found = analysis_of(world, f"Name,Market Value,Currency\n{name},5,USD\n")
    assert statuses(found) == [Status.UNKNOWN.value]
    assert [f.code for f in found.findings if f.code == "W602"] == ["W602"]


def test_common_stock_of_a_closed_end_fund_is_a_fund(world: World) -> None:
    text = "nameOfIssuer,titleOfClass,cusip,value\nCHINA FD INC,COM,169373107,5\n"
    assert statuses(analysis_of(world, text)) == ["unknown"]


@pytest.mark.parametrize(
    ("name", "asset_class"),
    [
        ("NETFLIX INC", ""),
        ("WISDOMTREE INVTS INC", ""),
        ("INVESCO LTD", ""),
        ("CAMDEN PPTY TR", ""),
        ("NORTHERN TRUST CORP", ""),
        ("VANGUARD INTERNATIONAL SEMICONDUCTOR", ""),
        ("CORONATION FUND MANAGERS LTD", ""),
        ("MSCI INC", ""),
        ("NASDAQ INC", ""),
        ("NIPPON BUILDING FUND REIT INC", "Equity"),
        ("EMIRA PROPERTY FUND REIT", "Equity"),
        ("JAPAN METROPOLITAN FUND INVESTMENT", "Equity"),
    ],
)
def test_a_company_is_not_taken_for_a_fund(world: World, name: str, asset_class: str) -> None:
    text = f"Name,Asset Class,Market Value,Currency\n{name},{asset_class},5,USD\n"
    assert statuses(analysis_of(world, text)) == ["no_match"]


def test_an_index_level_in_a_name_is_no_strike(world: World) -> None:
    text = "Name,titleOfClass,Market Value,Currency\nPROSHARES TR,ULTRASHRT S&P500,5,USD\n"
    found = analysis_of(world, text)
    assert found.judged[0].instrument == "etf"


def test_a_weight_nobody_knows_is_not_nought(world: World) -> None:
    found = analysis_of(world, "Name,Shares\nXiaomi Corp,60\nApple Inc,40\n")
    assert {s.weight for s in found.totals.by_status.values()} == {None}
    text = "Name,Market Value,Currency\nXiaomi Corp,100,USD\nHon Hai,200,TWD\nNokia,300,EUR\n"
    mixed = analysis_of(world, text)
    assert {s.weight for s in mixed.totals.by_status.values()} == {None}
    assert mixed.totals.unvalued_rows == 1
