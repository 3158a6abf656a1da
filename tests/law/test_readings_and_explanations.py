"""Open questions read strictly or leniently, answers explained, and what would turn them."""

import pytest

from analyzer.core.asof import AsOf
from analyzer.core.errors import QueryError
from analyzer.core.verdict import PROHIBITIONS, Key, Outcome
from analyzer.law import Flip
from tests.law_world import build_law

LAW = build_law()


def outcome(
    name: str, act: str, day: str, reading: str = "", instrument: str = "equity"
) -> Outcome:
    law = LAW.reading(reading) if reading else LAW
    return law.verdict(Key(name, instrument), act, "us-person", AsOf.of(day)).outcome


@pytest.mark.parametrize(
    ("name", "act", "day", "instrument"),
    [
        ("smic", "sell", "2022-07-01", "etf"),
        ("smic", "buy", "2021-12-11", "otc-swap"),
        ("smic", "convert_dr", "2022-07-01", "adr"),
        ("china-mobile-limited", "buy", "2021-01-12", "adr"),
        ("cnooc-limited", "buy", "2021-02-01T10:00", "adr"),
        ("sensetime-group-inc", "buy", "2022-03-01", "equity"),
    ],
)
def test_without_a_reading_the_question_shows(
    name: str, act: str, day: str, instrument: str
) -> None:
    if name != "cnooc-limited":
        assert outcome(name, act, day, "", instrument) is Outcome.REVIEW
    assert outcome(name, act, day, "lenient", instrument) is Outcome.PERMITTED
    if name != "cnooc-limited":
        assert outcome(name, act, day, "strict", instrument) is Outcome.PROHIBITED
        as_of = AsOf.of(day)
        verdict = LAW.verdict(Key(name, instrument), act, "us-person", as_of)
        assert verdict.questions


def test_a_reading_is_strict_or_lenient() -> None:
    with pytest.raises(QueryError, match="known: strict, lenient"):
        LAW.reading("bold")


def test_a_universal_injunction_is_a_lenient_reading() -> None:
    assert outcome("amec", "buy", "2021-04-01") is Outcome.PROHIBITED
    assert outcome("amec", "buy", "2021-04-01", "strict") is Outcome.PROHIBITED
    assert outcome("amec", "buy", "2021-04-01", "lenient") is Outcome.PERMITTED
    assert outcome("smic", "buy", "2021-04-01", "lenient") is Outcome.PROHIBITED


def test_void_from_the_start_is_a_lenient_reading() -> None:
    stripped = LAW.without(["xiaomi-pi"])
    day = AsOf.of("2021-03-20", "2021-06-01")
    key = Key("xiaomi")
    assert stripped.verdict(key, "buy", "us-person", day).outcome is Outcome.PROHIBITED
    lenient = stripped.reading("lenient")
    assert lenient.verdict(key, "buy", "us-person", day).outcome is Outcome.PERMITTED
    then = AsOf.of("2021-03-20", "2021-03-20")
    assert lenient.verdict(key, "buy", "us-person", then).outcome is Outcome.PROHIBITED


def test_an_explanation_tells_the_turns_in_order() -> None:
    steps = LAW.explain(Key("xiaomi"), "buy", "us-person", AsOf.of("2021-06-04"))
    turns = [(s.id, s.before, s.after) for s in steps if s.changed]
    assert turns == [
        ("US-DOD-1237/xiaomi/2021-01-14", Outcome.PERMITTED, Outcome.PROHIBITED),
        ("xiaomi-pi", Outcome.PROHIBITED, Outcome.PERMITTED),
    ]
    assert [s.id for s in steps if s.kind == "event"].index("xiaomi-vacatur") > 0
    assert all(s.cites for s in steps if s.kind == "event")


def test_an_explanation_ends_in_the_row_and_its_sources() -> None:
    steps = LAW.explain(Key("smic"), "sell", "us-person", AsOf.of("2022-07-01"))
    assert steps[-1].kind == "rule"
    assert steps[-1].id == "US-EO13959/v3/sell-barred"
    assert "faq-1046" in steps[-1].cites
    assert steps[-1].after is Outcome.PROHIBITED
    clocks = {s.id: s.text for s in steps if s.kind == "clock"}
    assert "2022-06-03 00:01" in clocks["US-EO13959/v3/window_end"]


def test_an_explanation_uses_nothing_learned_later() -> None:
    steps = LAW.explain(Key("xiaomi"), "buy", "us-person", AsOf.of("2021-03-20", "2021-03-11"))
    assert "xiaomi-pi" not in {s.id for s in steps}
    assert steps[-1].after in PROHIBITIONS


def found(
    name: str, act: str, day: str, instrument: str = "equity", **facts: object
) -> tuple[Flip, ...]:
    return LAW.flips(Key.of(name, instrument, facts), act, "us-person", AsOf.of(day))


def test_the_injunction_alone_turns_the_answer() -> None:
    flips = found("xiaomi", "buy", "2021-03-16")
    assert (flips[0].kind, flips[0].id) == ("event", "xiaomi-pi")
    assert flips[0].after is Outcome.PROHIBITED


def test_a_fact_alone_turns_the_answer() -> None:
    flips = {f.id: f for f in found("smic", "buy", "2021-12-11", "etf")}
    assert flips["fund_divesting"].after is Outcome.PERMITTED_UNTIL


def test_a_reading_alone_turns_the_answer() -> None:
    flips = [f for f in found("smic", "sell", "2022-07-01", "etf") if f.kind == "question"]
    assert {f.after for f in flips} == {Outcome.PROHIBITED, Outcome.PERMITTED}


def test_time_alone_turns_the_answer() -> None:
    flips = [f for f in found("smic", "sell", "2022-06-01") if f.kind == "clock"]
    assert [f.id for f in flips] == ["2022-06-03T00:01:00-04:00"]


def test_what_venues_and_indexes_did_stands_beside_the_law() -> None:
    beside = LAW.market_events("xiaomi", LAW.newest_known)
    assert "ftse-2021-03-12" in {e.id for e in beside}
    legal = {t.isoformat() for t in LAW.boundaries("xiaomi", LAW.newest_known)}
    assert not {e.effective.isoformat() for e in beside} & legal
