"""Swaps on a blocked bank and swaps with it: found, sized, and what may be done with each."""

from pathlib import Path

import pytest

from analyzer.core.asof import AsOf
from analyzer.core.errors import InputError
from analyzer.core.verdict import Status
from analyzer.exposure import Question
from analyzer.ingest import read_holdings
from analyzer.report.comparison import headline, scenarios_json
from analyzer.report.from_scenarios import scenario_reports
from analyzer.scenarios.contracts import Contract, Role, party_exposures
from analyzer.scenarios.read import parse_scenario, read_scenario
from analyzer.scenarios.run import ScenarioResult
from analyzer.service import read_inputs, run_scenario
from analyzer.world import World

QUESTION = Question(AsOf.of("2021-06-30"))
MARKET = {"simulate.scenarios": "0", "market.volume": "1.0e+8", "market.volatility": "0.03"}


@pytest.fixture(scope="module")
def result(world: World, samples: Path) -> ScenarioResult:
    scenario = read_scenario(samples / "scenarios" / "sdn_on_a_bank.yml")
    return run_scenario(world, read_inputs([samples / "swap_book.csv"]), scenario, QUESTION)


def named(result: ScenarioResult, text: str) -> Contract:
    (found,) = [c for c in result.contracts if text in c.name]
    return found


def test_every_contract_with_or_about_the_bank_is_found_and_no_other(
    result: ScenarioResult,
) -> None:
    roles = {c.row: c.role for c in result.contracts}
    assert roles == {
        3: Role.UNDERLYING,
        4: Role.UNDERLYING,
        5: Role.UNDERLYING,
        6: Role.COUNTERPARTY,
        7: Role.COUNTERPARTY,
        8: Role.COUNTERPARTY,
        10: Role.COUNTERPARTY,
    }
    status = {
        int(r): s
        for r, s in zip(result.analysis.lines["row"], result.analysis.lines["status"], strict=True)
    }
    assert [status[r] for r in (3, 4, 5, 6, 7, 8)] == ["blocked"] * 6
    assert status[10] == "review"
    assert status[9] == status[11] == "no_match"


def test_exposure_is_notional_by_side_and_an_option_lies_between_bounds(
    result: ScenarioResult,
) -> None:
    assert (named(result, "H (receive)").low, named(result, "H (pay)").low) == (45.6e6, -15.2e6)
    option = named(result, "call")
    assert (option.low, option.high) == (0.0, 3.04e6)
    assert named(result, "Tencent").low is None
    figures = {f.name: f.value for f in headline(result)}
    assert figures["exposure to listed issuers, lowest"] == 45.6e6 - 15.2e6
    assert figures["exposure to listed issuers, highest"] == 45.6e6 - 15.2e6 + 3.04e6


def test_what_may_be_done_is_said_with_the_duty_to_report(result: ScenarioResult) -> None:
    for text in ("Tencent", "H (pay)", "forward"):
        found = named(result, text)
        assert dict(found.may) == {"hold": "block_and_report", "sell": "prohibited"}
        assert "10 business days" in found.report_due
    doubtful = named(result, "Alibaba")
    assert (doubtful.status, doubtful.confirmed) == (Status.REVIEW, False)
    assert dict(doubtful.may) == {"hold": "review", "sell": "review"}


def test_close_out_is_a_claim_or_a_debt_and_never_added_to_exposure(
    result: ScenarioResult,
) -> None:
    (bank,) = party_exposures(result.contracts)
    assert (bank.contracts, bank.claims, bank.owed) == (4, 1_200_000.0, 570_000.0)
    assert bank.netted == 630_000.0


def test_the_price_move_bears_on_exposure_and_not_on_market_value(result: ScenarioResult) -> None:
    # The shares, the two swaps by their notional, and of the call no more than it is worth.
    assert result.moves.loss == pytest.approx(0.5 * (39.52e6 + 45.6e6 - 15.2e6) + 120_000.0)
    assert not any("Tencent" in line.name for line in result.moves.lines)


def test_contracts_are_closed_out_and_not_planned_as_sales(world: World) -> None:
    book = (
        b"name,underlying,isin,mic,asset class,quantity,notional,market value,currency\n"
        b"Xiaomi,,KYG9830T1067,XHKG,Equity,1000000,,3900000,USD\n"
        b"TRS Xiaomi,Xiaomi Corp,KYG9830T1067,,Swap,,5000000,100000,USD\n"
    )
    samples = Path(__file__).resolve().parents[2] / "sample_portfolios" / "scenarios"
    scenario = read_scenario(samples / "xiaomi_denied.yml", MARKET)
    found = run_scenario(world, [read_holdings(("b.csv", book))], scenario, QUESTION)
    assert found.sell is not None
    assert [p.label for p in found.sell.positions] == ["Xiaomi (KYG9830T1067)"]
    assert found.sell.positions[0].shares == 1_000_000.0
    reasons = {item.name: item.reason for item in found.left}
    assert "closed out with its counterparty" in reasons["TRS Xiaomi"]


def test_reports_carry_every_contract(result: ScenarioResult) -> None:
    body = scenarios_json([result])["scenarios"][0]["contracts"]
    assert len(body["lines"]) == len(result.contracts)
    assert body["counterparties"][0]["claims"] == "1200000.00"
    (report,) = scenario_reports([result])
    words = {r.name: r.value for r in report.figures if r.name.startswith("contract ")}
    (place,) = [name for name in words if "Tencent" in name and ": " not in name]
    assert "hold: block_and_report" in str(words[place])
    assert words[f"{place}: close-out value"] == 940_000.0


def test_a_contract_worth_nothing_still_has_an_exposure(world: World) -> None:
    from analyzer.service import analyze

    book = (
        b"name,asset class,notional,market value,currency\n"
        b"Xiaomi Corp,Swap,5000000,0,HKD\nCash,Cash,,7800,HKD\n"
    )
    question = Question(AsOf.of("2021-03-09"), base="USD")
    lines = analyze(world, [read_holdings(("b.csv", book))], question).lines
    rate = lines["market_value_base"].iloc[1] / 7800
    assert 0.12 < rate < 0.14
    assert lines["underlying_low"].iloc[0] == pytest.approx(5e6 * rate)


def test_each_blocked_contract_is_left_with_what_the_law_asks(result: ScenarioResult) -> None:
    reasons = {item.name: item.reason for item in result.left}
    for name in ("H (receive)", "H (pay)", "Tencent", "Samsung", "FX forward"):
        (reason,) = [words for line, words in reasons.items() if name in line]
        assert "without a licence" in reason
        assert "10 business days" in reason


LEI = "529900T8BM49AURSDO55"
BANK = """
title: bank
as_of: 2021-06-30
issuers: [{id: some-bank, name: Some Bank, lei: %s}]
events: [{id: e, kind: designate, list: US-OFAC-SDN, targets: [some-bank], effective: 2021-06-30}]
simulate: {scenarios: 0}
"""


def test_a_supposed_counterparty_is_found_by_its_lei(world: World) -> None:
    heading = "name,asset class,counterparty lei,notional,market value,currency"
    book = f"{heading}\nSwap A,Swap,{LEI},9,5,USD\n"
    inputs = [read_holdings(("b.csv", book.encode()))]
    found = run_scenario(world, inputs, parse_scenario(BANK % LEI, "b.yml"), QUESTION)
    (contract,) = found.contracts
    assert (contract.status, contract.counterparty) == (Status.BLOCKED, "Some Bank")
    with pytest.raises(InputError, match="not a valid LEI"):
        parse_scenario(BANK % LEI.replace("55", "56"), "b.yml")


def test_money_at_a_blocked_bank_is_not_liquid_and_contracts_have_no_market(
    world: World, samples: Path
) -> None:
    book = (
        b"name,isin,asset class,counterparty,quantity,notional,market value,currency\n"
        b"Time deposit,,Cash,China Construction Bank Corporation,600,,600,USD\n"
        b"Money market account,,Cash,,400,,400,USD\n"
        b"Tencent call,KYG875721634,Option,,10,5000,100,USD\n"
    )
    scenario = read_scenario(samples / "scenarios" / "sdn_on_a_bank.yml", MARKET)
    found = run_scenario(world, [read_holdings(("b.csv", book))], scenario, QUESTION)
    assert found.ladder is not None
    assert found.ladder.before.illiquid_share == 0.0
    assert found.ladder.after.illiquid_share == pytest.approx(600 / 1100)
    assert found.ladder.unclassified == 100.0


def test_an_option_is_not_sold_in_the_market_of_its_underlying(world: World, samples: Path) -> None:
    book = (
        b"name,underlying,isin,asset class,quantity,notional,market value,currency\n"
        b"Xiaomi 30 call DEC21,Xiaomi Corp,KYG9830T1067,Option,1000,90000,7000,USD\n"
    )
    scenario = read_scenario(samples / "scenarios" / "xiaomi_denied.yml", MARKET)
    found = run_scenario(world, [read_holdings(("b.csv", book))], scenario, QUESTION)
    assert found.sell is None
    (item,) = found.left
    assert item.reason == "an option or a future: its own volume is not known"
