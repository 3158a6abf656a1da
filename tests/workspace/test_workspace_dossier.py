"""What a person sees of a match: words that differ, listings and owners of the day."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.core.entities import Grade, Relation, RelationKind
from analyzer.core.matching import Decision
from analyzer.service import World, load_world
from analyzer.store import Store
from analyzer.workspace import (
    Desk,
    ReviewItem,
    State,
    analyze_desk,
    check_total,
    compared,
    decide,
    effective,
    facts,
    read_desk,
    review_queue,
    trail_words,
    withdraw,
)
from analyzer.workspace.grouping import crossed

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SAMPLE = Path(__file__).resolve().parents[2] / "sample_portfolios" / "messy_custody_statement.csv"


@pytest.fixture(scope="module")
def world() -> World:
    return load_world()


@pytest.fixture(scope="module")
def item(world: World) -> ReviewItem:
    desk = Desk("custody", ((SAMPLE.name, SAMPLE.read_bytes()),), as_of="2021-03-09")
    queue = review_queue(world, analyze_desk(world, desk, read_desk(desk)), effective(()))
    return next(i for i in queue if i.match.entity_id == "xiaomi" and i.state is State.OPEN)


def differing(one: str, other: str) -> tuple[list[str], ...]:
    found = compared(one, other)
    return tuple([word for word, there in words if not there] for words in found)


def test_only_words_that_the_other_name_lacks_are_marked() -> None:
    assert differing("XIAOMI CORP-CLASS B", "Xiaomi Corporation") == (
        ["CORP-CLASS", "B"],
        ["Corporation"],
    )
    assert differing("Société Générale, S.A.", "SOCIETE GENERALE SA") == ([], [])
    assert differing("China China Ltd", "China Ltd") == (["China"], [])
    assert differing("", "Xiaomi") == ([], ["Xiaomi"])


@given(name=st.text(max_size=30))
def test_a_name_never_differs_from_itself(name: str) -> None:
    assert differing(name, name) == ([], [])
    assert [word for word, _ in compared(name, "")[0]] == name.split()


def test_listings_are_those_of_the_day(world: World, item: ReviewItem) -> None:
    then = facts(world, item, date(2021, 3, 9))
    assert any("Xiaomi" in f.text and "2021-01-14" in f.text and f.url for f in then)
    assert not facts(world, item, date(2020, 1, 1))


def test_owners_are_named_with_their_share_once(world: World, item: ReviewItem) -> None:
    edges = [
        Relation("xiaomi", RelationKind.OWNED, "smic", None, None, 0.25, "report", Grade.SECONDARY),
        Relation("smic", RelationKind.OWNED, "xiaomi", None, None, 0.1, "loop", Grade.SECONDARY),
        Relation("xiaomi", RelationKind.OWNED, "luokung", None, date(2020, 1, 1), 0.5, "gone"),
    ]
    law = world.law.assuming(relations=edges)
    known = facts(replace(world, law=law), item, date(2021, 3, 9))
    owners = [f for f in known if f.label == "Owner"]
    assert len(owners) == 2
    assert "25.0%" in owners[0].text
    assert "report" in owners[0].text


def test_the_trail_says_what_was_decided_and_taken_back(item: ReviewItem, tmp_path: Path) -> None:
    store = Store.open(tmp_path, "Ann", NOW)
    record = decide(store, item, Decision.REJECT, "Ann", NOW, "another company")
    withdraw(store, record, "Bob", NOW)
    said = [trail_words(e) for e in store.audit_trail() if e.action == "judgements"]
    assert "rejected by Ann: another company" in said[0]
    assert "taken back by Bob" in said[1]


def test_a_total_agrees_within_a_thousandth(world: World) -> None:
    content = b"name,isin,market value,currency\nX,US0378331005,1000,USD\nY,,,USD\n"
    desk = Desk("x", (("h.csv", content),), as_of="2021-03-09", base="USD")
    analysis = analyze_desk(world, desk, read_desk(desk))
    found = check_total(analysis, 1000.0)
    assert (found.read, found.difference) == (1000.0, 0.0)
    assert found.agrees == (found.unvalued == 0)
    assert check_total(analysis, 999.5).share == pytest.approx(0.5 / 999.5)
    assert not check_total(analysis, 900.0).agrees
    assert check_total(analysis, 0.0).share is None


def test_crossing_adds_every_touched_line_once(world: World) -> None:
    folder = SAMPLE.parent
    desk = Desk(
        "f",
        (("fund_of_funds.csv", (folder / "fund_of_funds.csv").read_bytes()),),
        as_of="2021-11-15",
    )
    analysis = analyze_desk(world, desk, read_desk(desk))
    data = crossed(analysis, "regime")
    touched = analysis.lines["status"].astype(str) != "no_match"
    assert data["lines"].sum() == int(touched.sum())
