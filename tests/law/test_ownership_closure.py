"""Owned by blocked persons: a closure on being blocked, never a product of percentages."""

from dataclasses import replace
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.core.asof import NEW_YORK, AsOf
from analyzer.core.entities import Relation, RelationKind
from analyzer.core.events import EventKind, LegalEvent
from analyzer.core.verdict import Key, Outcome, Status
from analyzer.law import Law
from analyzer.law.parse import fact_value
from tests.law_world import build_law

START = datetime(2010, 1, 1, tzinfo=NEW_YORK)
NOW = AsOf.of("2026-01-15")


def blocked(*names: str, list_id: str = "US-OFAC-SDN") -> LegalEvent:
    return LegalEvent(
        "supposed",
        EventKind.DESIGNATE,
        START,
        START,
        list_id=list_id,
        targets=names,
        text="supposed",
    )


def owned(entity: str, owner: str, fraction: float | None, **more: date) -> Relation:
    return Relation(entity, RelationKind.OWNED, owner, fraction=fraction, **more)


def buy(law: Law, entity: str, as_of: AsOf = NOW, **facts: object) -> Outcome:
    return law.verdict(Key.of(entity, "equity", facts), "buy", "us-person", as_of).outcome


@pytest.mark.parametrize(
    ("edges", "outcome"),
    [
        ([("c", "b", 0.5), ("b", "p", 0.5)], Outcome.PROHIBITED),
        ([("c", "b", 1.0), ("b", "p", 0.25)], Outcome.PERMITTED),
        ([("c", "b", 0.4), ("b", "p", 0.5), ("c", "p", 0.1)], Outcome.PROHIBITED),
        ([("c", "b", 0.4), ("b", "p", 0.5), ("c", "p", 0.09)], Outcome.PERMITTED),
        ([("c", "p", 0.25), ("c", "q", 0.25)], Outcome.PROHIBITED),
        ([("c", "p", 0.1), ("c", "q", 0.2), ("c", "r", 0.2)], Outcome.PROHIBITED),
        # Cross-holdings: neither can lift the other over the threshold by itself.
        ([("c", "b", 0.3), ("b", "c", 0.3), ("c", "p", 0.25), ("b", "p", 0.25)], Outcome.PERMITTED),
        ([("c", "b", 0.3), ("b", "c", 0.3), ("c", "p", 0.25), ("b", "p", 0.5)], Outcome.PROHIBITED),
    ],
)
def test_closure(edges: list[tuple[str, str, float]], outcome: Outcome) -> None:
    law = build_law().assuming([blocked("p", "q", "r")], [owned(*edge) for edge in edges])
    assert buy(law, "c") is outcome


def test_below_the_threshold_is_watched_and_says_by_how_much() -> None:
    law = build_law().assuming([blocked("p")], [owned("c", "p", 0.25)])
    judged = law.judge(Key("c"), "us-person", NOW)
    assert judged.status is Status.WATCH
    assert any("US-OFAC-SDN" in flag for flag in judged.standing.flags)


def test_a_fraction_nobody_states_is_asked_for() -> None:
    law = build_law().assuming([blocked("p")], [owned("c", "p", None)])
    verdict = law.verdict(Key("c"), "buy", "us-person", NOW)
    assert verdict.outcome is Outcome.REVIEW
    assert verdict.needs == ("owner=p:FRACTION",)


def test_the_fact_owner_answers_it() -> None:
    law = build_law().assuming([blocked("p", "q")], [owned("c", "p", None)])
    some = fact_value("edge", "p:0.25, q:0.25")
    assert buy(law, "c", owner=fact_value("edge", "p:0.5")) is Outcome.PROHIBITED
    assert buy(law, "c", owner=fact_value("edge", "p:0.2")) is Outcome.PERMITTED
    assert buy(law, "c", owner=some) is Outcome.PROHIBITED


def test_ownership_is_dated() -> None:
    edge = owned("c", "p", 0.6, until=date(2025, 1, 1))
    law = build_law().assuming([blocked("p")], [edge])
    assert buy(law, "c", AsOf.of("2024-12-31")) is Outcome.PROHIBITED
    assert buy(law, "c", AsOf.of("2025-01-01")) is Outcome.PERMITTED


def test_aggregation_begins_with_the_guidance_of_august_2014() -> None:
    law = build_law().assuming([blocked("p", "q")], [owned("c", "p", 0.25), owned("c", "q", 0.25)])
    assert buy(law, "c", AsOf.of("2014-08-12")) is Outcome.PERMITTED
    assert buy(law, "c", AsOf.of("2014-08-13")) is Outcome.PROHIBITED


def test_european_threshold_moves_in_july_2024() -> None:
    law = build_law().assuming([blocked("p", list_id="EU-269-2014")], [owned("c", "p", 0.5)])
    key = Key("c")
    answers = [
        law.verdict(key, "make_funds_available", "eu-person", AsOf.of(day)).outcome
        for day in ("2024-07-02", "2024-07-03")
    ]
    assert answers == [Outcome.PERMITTED, Outcome.PROHIBITED]


def test_control_is_enough_in_europe_only() -> None:
    events = [blocked("p", list_id="EU-269-2014"), replace(blocked("p"), id="other")]
    law = build_law().assuming(events, [owned("c", "p", 0.2)])
    key = Key.of("c", "equity", {"controlled": True})
    assert law.verdict(key, "make_funds_available", "eu-person", NOW).outcome is Outcome.PROHIBITED
    assert law.verdict(key, "buy", "us-person", NOW).outcome is Outcome.PERMITTED


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    st.lists(
        st.tuples(st.sampled_from("abcd"), st.sampled_from("abcdp"), st.integers(0, 10)),
        max_size=8,
    ),
    st.tuples(st.sampled_from("abcd"), st.sampled_from("abcdp"), st.integers(0, 10)),
)
def test_a_further_holding_never_frees_anybody(
    edges: list[tuple[str, str, int]], further: tuple[str, str, int]
) -> None:
    def law_of(pairs: list[tuple[str, str, int]]) -> Law:
        kept = {(o, h): n for o, h, n in pairs if o != h}
        return build_law().assuming(
            [blocked("p")], [owned(o, h, n / 10) for (o, h), n in kept.items()]
        )

    before, after = law_of([further, *edges]), law_of(edges)
    if (further[0], further[1]) in {(o, h) for o, h, _ in edges}:
        return
    for name in "abcd":
        if buy(after, name) is Outcome.PROHIBITED:
            assert buy(before, name) is Outcome.PROHIBITED
