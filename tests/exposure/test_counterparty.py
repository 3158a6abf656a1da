"""A contract with a blocked counterparty is blocked, whatever it is about, and never no match."""

from dataclasses import replace

import pytest

from analyzer.core.asof import AsOf
from analyzer.core.matching import MatchKind
from analyzer.core.verdict import Outcome, Status
from analyzer.exposure import Analysis, LineJudgement, Question
from analyzer.ingest import read_holdings
from analyzer.report.contract import analysis_json
from analyzer.service import analyze
from analyzer.world import World

HEADING = (
    "name,underlying,isin,asset class,counterparty,counterparty lei,notional,market value,"
    "currency\n"
)


def ask(world: World, rows: str, day: str, holder: str = "") -> Analysis:
    question = Question(AsOf.of(day))
    if holder:
        question = replace(question, holder=holder, holder_assumed=False)
    return analyze(world, [read_holdings(("s.csv", (HEADING + rows).encode()))], question)


def one(world: World, row: str, day: str = "2022-06-30", holder: str = "") -> LineJudgement:
    analysis = ask(world, row + "\n", day, holder)
    return analysis.judged[int(analysis.lines["judged"].iloc[0])]


@pytest.mark.parametrize(
    "row",
    [
        "TRS on Apple,Apple Inc,,Swap,VTB Bank,,5000000,120000,USD",
        "Forward EUR USD,,,Cash,VTB Bank,,5000000,-9000,USD",
        "Time deposit,,,Cash,VTB Bank,,,9000,USD",
    ],
)
def test_whatever_a_blocked_bank_is_party_to_is_blocked_and_reported(
    world: World, row: str
) -> None:
    answer = one(world, row)
    assert answer.status is Status.BLOCKED
    assert answer.verdicts["hold"].outcome is Outcome.BLOCK_AND_REPORT
    assert "10 business days" in (answer.verdicts["hold"].report_due or "")
    assert answer.verdicts["sell"].outcome is Outcome.PROHIBITED
    assert answer.only_counterparty
    assert answer.match is not None
    assert answer.match.entity_id == "vtb"
    assert answer.reasons[0].startswith("counterparty VTB Bank: property is blocked")


def test_the_same_contract_before_the_designation_is_not_blocked(world: World) -> None:
    answer = one(world, "TRS,Apple Inc,,Swap,VTB Bank,,5000000,120000,USD", "2021-06-30")
    assert answer.status is not Status.BLOCKED
    assert answer.verdicts["hold"].outcome is Outcome.PERMITTED


def test_a_licence_to_wind_down_contracts_is_seen_and_ends_on_its_day(world: World) -> None:
    row = "TRS,Apple Inc,,Swap,VTB Bank,,5000000,120000,USD"
    during, after = one(world, row, "2022-04-01"), one(world, row, "2022-05-26")
    assert during.verdicts["sell"].outcome is Outcome.REVIEW
    assert during.verdicts["sell"].needs == ("contract_date",)
    assert after.verdicts["sell"].outcome is Outcome.PROHIBITED
    licences = ask(world, row + "\n", "2022-04-01").deadlines
    assert {d.deadline.at.date().isoformat() for d in licences} == {"2022-05-25"}


def test_part_of_a_name_goes_to_a_person(world: World) -> None:
    answer = one(world, "TRS,Apple Inc,,Swap,Sberbank Europe AG,,5000000,120000,USD")
    assert answer.status is Status.REVIEW
    assert answer.counterparty is not None
    assert not answer.counterparty.confirmed
    assert answer.verdicts["sell"].outcome is Outcome.REVIEW
    assert "whether the counterparty is Sberbank of Russia" in answer.verdicts["sell"].needs


def test_an_lei_names_the_counterparty(world: World) -> None:
    entity = next(e for e in world.identity.entities.values() if e.lei)
    answer = one(world, f"TRS,Apple Inc,,Swap,The other bank,{entity.lei},5000000,120000,USD")
    assert answer.counterparty is not None
    assert (answer.counterparty.entity_id, answer.counterparty.kind) == (entity.id, MatchKind.LEI)


def test_lists_that_bar_securities_do_not_reach_who_trades_with_the_issuer(world: World) -> None:
    row = "TRS,Apple Inc,,Swap,China Mobile Limited,,5000000,120000,USD"
    answer = one(world, row, "2022-06-30")
    assert answer.status is Status.WATCH
    assert answer.verdicts["sell"].outcome is Outcome.PERMITTED
    assert any("no freeze of its contracts" in words for words in answer.reasons)


def test_the_security_keeps_its_own_match_and_the_severer_answer_stands(world: World) -> None:
    answer = one(world, "TRS,China Mobile Limited,HK0941009539,Swap,VTB Bank,,5000000,120000,USD")
    assert answer.match is not None
    assert answer.match.entity_id == "china-mobile-limited"
    assert answer.counterparty is not None
    assert answer.counterparty.entity_id == "vtb"
    assert answer.status is Status.BLOCKED
    assert not answer.only_counterparty


def test_rows_without_a_counterparty_are_answered_as_before(world: World) -> None:
    rows = (
        "Xiaomi,,KYG9830T1067,Equity,,,,100,USD\nApple,,US0378331005,Equity,,,,100,USD\n"
        "TRS,Apple Inc,,Swap,JPMorgan Chase Bank,,5000000,120000,USD\n"
        "TRS,Apple Inc,,Swap,VTB Bank,,5000000,120000,USD\n"
        "TRS,Apple Inc,,Swap,VTB Bank,,7000000,80000,USD\n"
    )
    analysis = ask(world, rows, "2022-06-30")
    assert list(analysis.lines["status"]) == ["released", "no_match", "no_match"] + ["blocked"] * 2
    codes = list(analysis.lines["judged"])
    assert codes[3] == codes[4]
    assert analysis.totals.by_status[Status.BLOCKED].market_value == 200_000.0


def test_the_contract_names_the_counterparty_apart(world: World) -> None:
    rows = "TRS,Apple Inc,,Swap,VTB Bank,,5000000,120000,USD\n"
    position = analysis_json(ask(world, rows, "2022-06-30"))["positions"]
    found = next(iter(position))
    assert found["counterparty"]["entity_id"] == found["match"]["entity_id"] == "vtb"


def test_where_an_assumed_holder_would_fare_differently_is_said(world: World) -> None:
    answer = one(world, "TRS,Apple Inc,,Swap,VTB Bank,,5000000,120000,USD")
    assert answer.elsewhere.get("eu-person") is not Status.BLOCKED
    assert "eu-person" in answer.elsewhere
    stated = one(world, "TRS,Apple Inc,,Swap,VTB Bank,,5000000,120000,USD", holder="us-person")
    assert stated.elsewhere == {}


def test_a_person_rejects_a_counterparty(world: World) -> None:
    from datetime import UTC, datetime

    from analyzer.core.matching import Decision, JudgementRecord
    from analyzer.resolve import entry_hash
    from analyzer.resolve.counterparty import counterparty_frame
    from analyzer.resolve.lines import distinct_lines, security_key
    from analyzer.workspace import with_judgements

    row = "TRS,Apple Inc,,Swap,Sberbank Europe AG,,5000000,120000,USD"
    before = ask(world, row + "\n", "2022-06-30")
    line = distinct_lines(counterparty_frame(before.lines)[1])[1][0]
    record = JudgementRecord(
        security_key(line),
        "sberbank",
        Decision.REJECT,
        "an officer",
        datetime(2022, 7, 1, tzinfo=UTC),
        "another firm",
        entry_hash(world.identity.entities["sberbank"]),
    )
    answer = one(with_judgements(world, [record]), row)
    assert answer.counterparty is None or answer.counterparty.entity_id != "sberbank"


def test_a_doubtful_counterparty_stands_in_the_review_queue(world: World) -> None:
    from analyzer.workspace import effective, review_queue

    rows = "TRS,Apple Inc,,Swap,Sberbank Europe AG,,5000000,120000,USD\n"
    (item,) = review_queue(world, ask(world, rows, "2022-06-30"), effective([]))
    assert (item.match.entity_id, item.line.name) == ("sberbank", "Sberbank Europe AG")
    assert (item.rows, item.market_value) == ((2,), 120_000.0)
    assert item.state == "open"


def test_tables_say_who_is_only_a_counterparty(world: World) -> None:
    from analyzer.report.options import ReportOptions
    from analyzer.report.sections import exposures, matches_table
    from analyzer.workspace import grouped

    rows = (
        "TRS,Apple Inc,,Swap,VTB Bank,,5000000,120000,USD\n"
        "TRS,Apple Inc,,Swap,Sberbank of Russia,,5000000,90000,USD\n"
        "TRS,China Mobile Limited,HK0941009539,Swap,VTB Bank,,5000000,120000,USD\n"
    )
    analysis = ask(world, rows, "2022-06-30")
    names = {e.issuer for e in exposures(analysis)}
    assert names == {
        "VTB Bank (counterparty)",
        "Sberbank of Russia (counterparty)",
        "China Mobile Limited",
    }
    assert set(grouped(analysis, "issuer")["group"]) == names
    found = [(row[0], row[5], row[2]) for row in matches_table(analysis, ReportOptions()).rows]
    assert ("counterparty VTB Bank", "vtb", 2) in found
    assert ("counterparty Sberbank of Russia", "sberbank", 1) in found
    assert ("TRS", "china-mobile-limited", 1) in found
