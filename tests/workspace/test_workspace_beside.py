"""What lies beside the holdings: read, refused with every cause, named, and used."""

from datetime import date
from pathlib import Path

import pytest

from analyzer.core.errors import InputError
from analyzer.core.verdict import Status
from analyzer.exposure import Analysis
from analyzer.service import World, load_world
from analyzer.workspace import Beside, Desk, analyze_desk, read_desk, where, world_beside

DAY = date(2021, 3, 9)
RATES = b"date,currency,base,rate\n2021-03-08,TWD,USD,0.05\n"
HOLDINGS = b"isin,name,market value,currency\nXS0000000009,Note 5%,100,TWD\n"
MASTER = b"isin,issuer\nXS0000000009,Semiconductor Manufacturing International Corporation\n"


@pytest.fixture(scope="module")
def world() -> World:
    return load_world()


def analysed(world: World, beside: Beside, **settings: str) -> Analysis:
    desk = Desk("x", (("h.csv", HOLDINGS),), as_of=DAY.isoformat(), base="USD", **settings)
    ready = world_beside(world, beside, DAY)
    return analyze_desk(ready, desk, read_desk(desk), beside=beside)


def test_nothing_beside_changes_nothing(world: World) -> None:
    assert world_beside(world, Beside(), DAY).world is world
    assert "beside" not in analysed(world, Beside()).manifest


def test_rates_value_what_the_bundled_ones_cannot(world: World) -> None:
    bare = analysed(world, Beside())
    assert bare.totals.market_value is None
    found = analysed(world, Beside(rates=("r.csv", RATES)))
    assert found.totals.market_value == pytest.approx(5.0)
    assert [row["name"] for row in found.manifest["beside"]["rates"]] == ["r.csv"]


def test_the_day_of_rates_can_be_chosen(world: World) -> None:
    rates = b"date,currency,base,rate\n2021-03-08,TWD,USD,0.05\n2021-03-03,TWD,USD,0.04\n"
    beside = Beside("2021-03-03", rates=("r.csv", rates))
    assert analysed(world, beside).totals.market_value == pytest.approx(4.0)


def test_securities_name_the_issuer_and_a_list_of_ones_own_counts(world: World) -> None:
    found = analysed(world, Beside(securities=(("m.csv", MASTER),)))
    assert found.judged[0].match is not None
    assert found.judged[0].match.entity_id == "smic"
    policy = b"name,isin\nNote 5%,XS0000000009\n"
    listed = analysed(world, Beside(own_lists=(("policy.csv", policy),)))
    assert listed.judged[0].status is not Status.NO_MATCH
    assert analysed(world, Beside()).judged[0].status is Status.NO_MATCH


def test_parties_answer_for_the_portfolio(world: World) -> None:
    beside = Beside(parties=("parties.yml", b"'*': {owner: eu-person}\n"))
    found = analysed(world, beside)
    assert not found.question.holder_assumed
    assert found.judged[0].holder == "eu-person"


def test_every_problem_of_every_file_is_named_with_its_place(world: World) -> None:
    beside = Beside(
        "soon",
        rates=("r.csv", b"date,currency,base,rate\nx,USD,HKD,-1\n"),
        parties=("p.yml", b"A: {owner: martian}\nB: {}\n"),
        own_lists=(("l.csv", b"\x00\x01"),),
        edges=(("e.csv", b"owner,owned,fraction\nvtb,A LLC,1.7\n"),),
        securities=(("s.json", b"{}"), ("t.csv", b"a,b\n1,2\n")),
    )
    with pytest.raises(InputError) as caught:
        world_beside(world, beside, DAY)
    found = [where(text) for text in caught.value.problems]
    places = {(file, row, column) for file, row, column, _ in found}
    assert {
        ("r.csv", "2", "date"),
        ("r.csv", "2", "rate"),
        ("p.yml", "1", "owner"),
        ("e.csv", "2", "fraction"),
    } <= places
    assert {"r.csv", "p.yml", "l.csv", "e.csv", "s.json", "t.csv"} <= {f for f, *_ in places}
    assert all("/tmp" not in text for text in caught.value.problems)  # noqa: S108
    assert ("", "", "", "'soon' is not a date") in found


def test_files_are_added_replaced_and_taken_away() -> None:
    beside = Beside().with_file("edges", ("a.csv", b"1")).with_file("edges", ("b.csv", b"2"))
    beside = beside.with_file("edges", ("a.csv", b"3")).with_file("rates", ("r.csv", b"4"))
    assert beside.edges == (("b.csv", b"2"), ("a.csv", b"3"))
    assert [role for role, _ in beside.files()] == ["rates", "edges", "edges"]
    assert beside.without("edges", "b.csv").without("rates", "r.csv") == Beside(
        edges=(("a.csv", b"3"),)
    )


def test_a_file_cannot_choose_where_it_is_laid_out(world: World, tmp_path: Path) -> None:
    name = f"../../{tmp_path.name}.csv"
    ready = world_beside(world, Beside(rates=(name, RATES)), DAY)
    assert ready.rates.rate("TWD", "USD", date(2021, 3, 8)).value == pytest.approx(0.05)
    assert not list(tmp_path.parent.glob(f"{tmp_path.name}.csv"))
