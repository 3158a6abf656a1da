"""What must hold of every answer, whatever is asked."""

import random
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer.core.asof import NEW_YORK, AsOf
from analyzer.core.entities import Relation, RelationKind
from analyzer.core.events import EventKind, LegalEvent
from analyzer.core.verdict import PROHIBITIONS, Key, Outcome
from analyzer.law import Law, Record, timeline
from tests.law_world import build_law

BAN = "US-EO13959"
LAW = build_law()
LISTED = sorted(
    {
        target
        for (list_id, target) in LAW.record.listing
        if list_id in ("US-DOD-1237", "US-OFAC-NS-CCMC", "US-OFAC-NS-CMIC")
    }
)
ALL = sorted({*LAW.record.lists_of, *LAW.record.related})
RULED = {t for e in LAW.record.events if e.court for t in e.targets}
QUIET = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)

moments = st.datetimes(datetime(2018, 1, 1), datetime(2027, 6, 1)).map(  # noqa: DTZ001
    lambda t: t.replace(second=0, microsecond=0, tzinfo=NEW_YORK)
)
names = st.sampled_from(LISTED)
anyone = st.sampled_from(ALL)
acts = st.sampled_from(sorted(LAW.vocabulary.acts))
holders = st.sampled_from(sorted(LAW.vocabulary.holders))
instruments = st.sampled_from(sorted(LAW.vocabulary.instruments))


def at(moment: datetime, known: datetime | None = None) -> AsOf:
    return AsOf(moment, moment, known or moment)


@st.composite
def later_events(draw: st.DrawFn, after: datetime) -> LegalEvent:
    """An event of any kind that becomes public after an instant, whenever it takes effect."""
    kind = draw(
        st.sampled_from(
            [
                EventKind.DESIGNATE,
                EventKind.DELIST,
                EventKind.SUSPEND,
                EventKind.RESUME,
                EventKind.VACATE,
                EventKind.CORRECT,
                EventKind.WITHDRAW,
                EventKind.LICENSE,
            ]
        )
    )
    known = after + timedelta(minutes=draw(st.integers(1, 500_000)))
    effective = draw(moments)
    target = draw(names)
    replaced = (draw(st.sampled_from([e.id for e in LAW.record.events])),)
    if kind is EventKind.LICENSE:
        params = {"until": effective + timedelta(days=30)}
        return LegalEvent("later", kind, effective, known, regime=BAN, params=params)
    return LegalEvent(
        "later",
        kind,
        effective,
        known,
        list_id="US-OFAC-NS-CMIC",
        targets=(target,),
        supersedes=replaced if kind in (EventKind.CORRECT, EventKind.WITHDRAW) else (),
    )


@QUIET
@given(st.data(), names, acts, holders, instruments, moments, moments)
def test_later_knowledge_never_changes_an_answer(
    data: st.DataObject,
    entity: str,
    act: str,
    holder: str,
    instrument: str,
    moment: datetime,
    known: datetime,
) -> None:
    event = data.draw(later_events(known))
    key = Key(entity, instrument)
    before = LAW.verdict(key, act, holder, at(moment, known))
    assert LAW.assuming([event]).verdict(key, act, holder, at(moment, known)) == before


@QUIET
@given(st.integers(0, 10**6), anyone, acts, holders, moments)
def test_order_of_the_files_is_irrelevant(
    seed: int, entity: str, act: str, holder: str, moment: datetime
) -> None:
    events, relations = list(LAW.record.events), list(LAW.record.relations)
    random.Random(seed).shuffle(events)  # noqa: S311
    other = Law(
        Record(tuple(events), tuple(relations)),
        LAW.regimes,
        LAW.vocabulary,
        LAW.citations,
        LAW.horizons,
        LAW.questions,
        LAW.entity_facts,
    )
    key = Key(entity)
    assert other.judge(key, holder, at(moment), (act,)) == LAW.judge(
        key, holder, at(moment), (act,)
    )


@QUIET
@given(names, holders, instruments, moments)
def test_holding_is_never_barred_since_june_2021(
    entity: str, holder: str, instrument: str, moment: datetime
) -> None:
    start = datetime(2021, 6, 3, 14, 19, tzinfo=NEW_YORK)
    when = max(moment, start)
    judged = dict(LAW.judge(Key(entity, instrument), holder, at(when)).by_regime)
    if BAN in judged:
        assert judged[BAN]["hold"].outcome not in PROHIBITIONS


@QUIET
@given(names, acts, instruments, moments, st.sampled_from(["non-us-person", "eu-person"]))
def test_nothing_is_barred_abroad(
    entity: str, act: str, instrument: str, moment: datetime, holder: str
) -> None:
    judged = dict(LAW.judge(Key(entity, instrument), holder, at(moment), (act,)).by_regime)
    for verdict in judged.get(BAN, {}).values():
        assert verdict.outcome in (Outcome.NOT_APPLICABLE, Outcome.PERMITTED)


@QUIET
@given(anyone, acts, holders, moments)
def test_turning_the_courts_off_changes_only_those_with_a_ruling(
    entity: str, act: str, holder: str, moment: datetime
) -> None:
    key = Key(entity)
    stripped = LAW.without_rulings().judge(key, holder, at(moment), (act,))
    if entity not in RULED:
        assert stripped == LAW.judge(key, holder, at(moment), (act,))


def test_turning_the_courts_off_does_change_the_plaintiff() -> None:
    moment = datetime(2021, 3, 16, tzinfo=NEW_YORK)
    stripped = LAW.without_rulings().verdict(Key("xiaomi"), "buy", "us-person", at(moment))
    assert stripped.outcome is Outcome.PROHIBITED


@QUIET
@given(anyone, names, st.floats(0, 1), acts, instruments, moments)
def test_ownership_never_changes_what_the_ban_reaches(
    owned: str, owner: str, fraction: float, act: str, instrument: str, moment: datetime
) -> None:
    edge = Relation(owned, RelationKind.SUBSIDIARY, owner, fraction=fraction)
    key = Key(owned, instrument)
    before = dict(LAW.judge(key, "us-person", at(moment), (act,)).by_regime).get(BAN)
    after = dict(
        LAW.assuming(relations=[edge]).judge(key, "us-person", at(moment), (act,)).by_regime
    ).get(BAN)
    assert after == before


@QUIET
@given(anyone, anyone, acts, holders, moments)
def test_a_withdrawn_event_changes_nothing(
    target: str, entity: str, act: str, holder: str, moment: datetime
) -> None:
    day = datetime(2021, 6, 3, tzinfo=NEW_YORK)
    posted = LegalEvent(
        "posted", EventKind.DESIGNATE, day, day, list_id="US-OFAC-NS-CMIC", targets=(target,)
    )
    taken_back = LegalEvent(
        "back", EventKind.WITHDRAW, day, day, list_id="US-OFAC-NS-CMIC", supersedes=("posted",)
    )
    changed = LAW.assuming([posted, taken_back])
    assert changed.judge(Key(entity), holder, at(moment), (act,)) == LAW.judge(
        Key(entity), holder, at(moment), (act,)
    )


@QUIET
@given(anyone, acts, holders, instruments, moments, moments)
def test_timeline_at_an_instant_is_the_verdict_there(
    entity: str, act: str, holder: str, instrument: str, moment: datetime, known: datetime
) -> None:
    key = Key(entity, instrument)
    drawn = [
        i
        for i in timeline(LAW, key, holder, known, (act,))
        if (i.start is None or i.start <= moment) and (i.end is None or moment < i.end)
    ]
    assert len(drawn) == 1
    judged = LAW.judge(key, holder, at(moment, known), (act,))
    assert (
        drawn[0].verdict == judged.verdicts[act] == LAW.verdict(key, act, holder, at(moment, known))
    )
    assert drawn[0].status is judged.status


@pytest.mark.parametrize("entity", ["smic", "xiaomi", "china-mobile-limited", "luokung", "rusal"])
def test_timeline_turns_exactly_at_its_edges(entity: str) -> None:
    key, known = Key(entity), LAW.newest_known
    for interval in timeline(LAW, key, "us-person", known):
        for moment in (interval.start, interval.end and interval.end - timedelta(minutes=1)):
            if moment is not None:
                verdict = LAW.verdict(key, interval.act, "us-person", at(moment, known))
                assert verdict == interval.verdict


@QUIET
@given(anyone, holders, st.dates(datetime(2018, 1, 1).date(), datetime(2027, 1, 1).date()))  # noqa: DTZ001
def test_a_day_answers_with_its_strictest_state(entity: str, holder: str, day: object) -> None:
    as_of = AsOf.of(day)  # type: ignore[arg-type]
    key = Key(entity)
    judged = LAW.judge(key, holder, as_of)
    for moment in LAW.instants(key, as_of):
        then = LAW.verdict(key, "buy", holder, at(moment, as_of.known))
        assert list(Outcome).index(judged.verdicts["buy"].outcome) <= list(Outcome).index(
            then.outcome
        )


@QUIET
@given(names, moments)
def test_windows_lie_in_order(entity: str, moment: datetime) -> None:
    for deadline in LAW.deadlines(entity, "us-person", at(moment)):
        assert deadline.at >= moment
    ends = {d.kind: d.at for d in LAW.deadlines(entity, "us-person", at(moment))}
    if {"purchases_end", "window_closes"} <= ends.keys():
        assert ends["purchases_end"] < ends["window_closes"]
