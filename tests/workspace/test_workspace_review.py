"""The review queue: states, four eyes, undo, and decisions that take effect."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from analyzer.core.matching import Decision
from analyzer.core.verdict import Status
from analyzer.exposure import Analysis
from analyzer.service import World, load_world
from analyzer.store import Store
from analyzer.workspace import (
    ORDERS,
    Desk,
    ReviewItem,
    State,
    analyze_desk,
    decide,
    decide_together,
    decision_words,
    effective,
    evidence,
    history_of,
    ordered,
    read_desk,
    review_queue,
    take_back,
    together,
    withdraw,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SAMPLE = Path(__file__).resolve().parents[2] / "sample_portfolios" / "messy_custody_statement.csv"


@pytest.fixture(scope="module")
def world() -> World:
    return load_world()


@pytest.fixture(scope="module")
def desk() -> Desk:
    return Desk(name="custody", files=((SAMPLE.name, SAMPLE.read_bytes()),), as_of="2021-03-09")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path, "Ann", NOW)


def queue(
    world: World, desk: Desk, store: Store, four_eyes: bool = False
) -> tuple[Analysis, tuple[ReviewItem, ...]]:
    decisions = effective(store.judgements(superseded=True), four_eyes)
    analysis = analyze_desk(world, desk, read_desk(desk), decisions.records)
    return analysis, review_queue(world, analysis, decisions)


def open_item(world: World, desk: Desk, store: Store) -> ReviewItem:
    _, items = queue(world, desk, store)
    return next(i for i in items if i.state is State.OPEN)


def test_the_queue_lists_open_matches_first_and_every_row_they_stand_for(
    world: World, desk: Desk, store: Store
) -> None:
    analysis, items = queue(world, desk, store)
    assert items[0].state is State.OPEN
    assert not items[0].match.confirmed
    held = set(analysis.lines["row"])
    assert all(set(item.rows) <= held and item.rows for item in items)
    assert {i.state for i in items} == {State.OPEN, State.AUTOMATIC}
    matched = analysis.lines["judged"].map(lambda code: analysis.judged[code].match is not None)
    assert sum(len(i.rows) for i in items) == int(matched.sum())


def test_a_confirmation_takes_effect_and_is_in_the_manifest(
    world: World, desk: Desk, store: Store
) -> None:
    item = open_item(world, desk, store)
    before, _ = queue(world, desk, store)
    decide(store, item, Decision.CONFIRM, "Ann", NOW, "same LEI")
    after, items = queue(world, desk, store)
    assert after.coverage.open_reviews == before.coverage.open_reviews - len(item.rows)
    assert next(i for i in items if i.key == item.key).state is State.CONFIRMED
    assert [j["who"] for j in after.manifest["judgements"]] == ["Ann"]


def test_a_rejection_clears_the_line_and_needs_a_reason(
    world: World, desk: Desk, store: Store
) -> None:
    item = open_item(world, desk, store)
    with pytest.raises(ValueError, match="reason"):
        decide(store, item, Decision.REJECT, "Ann", NOW, " ")
    decide(store, item, Decision.REJECT, "Ann", NOW, "another company")
    after, items = queue(world, desk, store)
    mine = [i for i in items if i.security_key == item.security_key]
    assert {i.match.entity_id: i.state for i in mine}[item.match.entity_id] is State.REJECTED
    left = [i for i in mine if i.state is State.OPEN]
    rows = after.lines.set_index("row")["status"]
    expected = Status.REVIEW if left else Status.NO_MATCH
    assert {rows[r] for r in item.rows} == {expected.value}


def test_rejecting_every_candidate_leaves_the_line_unmatched(
    world: World, desk: Desk, store: Store
) -> None:
    item = open_item(world, desk, store)
    decided = []
    for step in range(1 + len(item.match.candidates)):
        analysis, items = queue(world, desk, store)
        mine = [i for i in items if i.security_key == item.security_key and i.state is State.OPEN]
        if not mine:
            break
        when = NOW + timedelta(minutes=step)
        decide(store, mine[0], Decision.REJECT, "Ann", when, "another company")
        decided.append(mine[0].key)
    rows = analysis.lines.set_index("row")["status"]
    assert {rows[r] for r in item.rows} == {Status.NO_MATCH.value}
    rejected = {i.key for i in items if i.state is State.REJECTED}
    assert set(decided) <= rejected


def test_undo_adds_a_fact_and_opens_the_pair_again(world: World, desk: Desk, store: Store) -> None:
    item = open_item(world, desk, store)
    record = decide(store, item, Decision.REJECT, "Ann", NOW, "another company")
    withdraw(store, record, "Ann", NOW + timedelta(minutes=1))
    _, items = queue(world, desk, store)
    assert next(i for i in items if i.key == item.key).state is State.OPEN
    assert len(store.judgements(superseded=True)) == 2
    assert store.verify_chain().holds


def test_four_eyes_waits_for_another_person(world: World, desk: Desk, store: Store) -> None:
    item = open_item(world, desk, store)
    decide(store, item, Decision.CONFIRM, "Ann", NOW, "same LEI")
    decide(store, item, Decision.CONFIRM, "ann", NOW + timedelta(minutes=1), "again")
    open_reviews = queue(world, desk, store)[0].coverage.open_reviews + len(item.rows)
    analysis, items = queue(world, desk, store, four_eyes=True)
    assert next(i for i in items if i.key == item.key).state is State.SECOND
    assert analysis.coverage.open_reviews == open_reviews
    decide(store, item, Decision.CONFIRM, "Bob", NOW + timedelta(minutes=2), "checked")
    analysis, items = queue(world, desk, store, four_eyes=True)
    assert next(i for i in items if i.key == item.key).state is State.CONFIRMED
    assert analysis.coverage.open_reviews == open_reviews - len(item.rows)


def test_undoing_the_second_confirmation_waits_for_a_second_person_again(
    world: World, desk: Desk, store: Store
) -> None:
    item = open_item(world, desk, store)
    first = decide(store, item, Decision.CONFIRM, "Ann", NOW, "same LEI")
    second = decide(store, item, Decision.CONFIRM, "Bob", NOW + timedelta(minutes=1), "checked")

    def now() -> ReviewItem:
        found = queue(world, desk, store, four_eyes=True)[1]
        return next(i for i in found if i.key == item.key)

    assert now().state is State.CONFIRMED
    assert take_back(store, [first], "Ann", NOW + timedelta(minutes=2)) == ((), (first,))
    take_back(store, [second], "Bob", NOW + timedelta(minutes=3))
    assert (now().state, now().record) == (State.SECOND, first)
    again = decide(store, item, Decision.CONFIRM, "Cem", NOW + timedelta(minutes=4), "checked too")
    assert now().state is State.CONFIRMED
    take_back(store, [again], "Cem", NOW + timedelta(minutes=5))
    take_back(store, [first], "Ann", NOW + timedelta(minutes=6))
    assert now().state is State.OPEN
    assert len(store.judgements(superseded=True)) == 6


def test_without_four_eyes_a_decision_taken_back_opens_the_pair(
    world: World, desk: Desk, store: Store
) -> None:
    item = open_item(world, desk, store)
    decide(store, item, Decision.CONFIRM, "Ann", NOW, "same LEI")
    second = decide(store, item, Decision.REJECT, "Bob", NOW + timedelta(minutes=1), "no")
    take_back(store, [second], "Bob", NOW + timedelta(minutes=2))
    _, items = queue(world, desk, store)
    assert next(i for i in items if i.key == item.key).state is State.OPEN


def test_four_eyes_does_not_count_people_who_disagree(
    world: World, desk: Desk, store: Store
) -> None:
    item = open_item(world, desk, store)
    decide(store, item, Decision.CONFIRM, "Ann", NOW, "same LEI")
    decide(store, item, Decision.REJECT, "Bob", NOW + timedelta(minutes=1), "no")
    decide(store, item, Decision.CONFIRM, "Ann", NOW + timedelta(minutes=2), "yes")
    found = effective(store.judgements(superseded=True), four_eyes=True)
    assert not found.records
    assert [r.who for r in found.waiting] == ["Ann"]


def test_evidence_puts_the_file_beside_the_list(world: World, desk: Desk, store: Store) -> None:
    item = open_item(world, desk, store)
    rows = {label: (mine, theirs) for label, mine, theirs in evidence(item)}
    assert rows["Name"] == (item.line.name, item.match.entity)


# -- several at once -------------------------------------------------------------------------------


def still_open(items: tuple[ReviewItem, ...]) -> list[ReviewItem]:
    return [i for i in items if i.state is State.OPEN]


def test_several_are_decided_together_and_taken_back_as_one(
    world: World, desk: Desk, store: Store
) -> None:
    before, items = queue(world, desk, store)
    chosen = still_open(items)[:3]
    plan = together(chosen, Decision.REJECT, "Ann")
    values = {i.security_key: abs(i.market_value or 0.0) for i in chosen}
    assert plan.value == pytest.approx(sum(values.values()))
    with pytest.raises(ValueError, match="reason"):
        decide_together(store, plan, NOW, " ")
    records = decide_together(store, plan, NOW, "other companies")
    assert len(records) == len(chosen)
    assert len({(r.when, r.why) for r in records}) == 1
    after, items = queue(world, desk, store)
    assert {i.state for i in items if i.key in {c.key for c in chosen}} == {State.REJECTED}
    undone, overtaken = take_back(store, records, "Bob", NOW + timedelta(minutes=1))
    assert (len(undone), overtaken) == (len(chosen), ())
    again, items = queue(world, desk, store)
    assert {i.key for i in chosen} <= {i.key for i in still_open(items)}
    assert again.coverage.open_reviews == before.coverage.open_reviews
    assert after.coverage.open_reviews != before.coverage.open_reviews
    decisions = effective(store.judgements(superseded=True))
    trail = [(decision_words(r), r.who) for r in history_of(chosen[0], decisions)]
    assert trail == [("rejected", "Ann"), ("taken back", "Bob")]
    assert store.verify_chain().holds


def test_what_somebody_decided_since_is_not_taken_back(
    world: World, desk: Desk, store: Store
) -> None:
    chosen = still_open(queue(world, desk, store)[1])[:2]
    records = decide_together(store, together(chosen, Decision.CONFIRM, "Ann"), NOW, "same LEI")
    decide(store, chosen[0], Decision.REJECT, "Bob", NOW + timedelta(minutes=1), "no")
    undone, overtaken = take_back(store, records, "Ann", NOW + timedelta(minutes=2))
    assert [r.security_key for r in undone] == [chosen[1].security_key]
    assert [r.security_key for r in overtaken] == [chosen[0].security_key]
    _, items = queue(world, desk, store)
    assert next(i for i in items if i.key == chosen[0].key).state is State.REJECTED


def test_several_need_a_second_person_too(world: World, desk: Desk, store: Store) -> None:
    chosen = still_open(queue(world, desk, store)[1])[:2]
    decide_together(store, together(chosen, Decision.CONFIRM, "Ann"), NOW, "same LEI")
    _, items = queue(world, desk, store, four_eyes=True)
    waiting = [i for i in items if i.state is State.SECOND]
    assert {i.key for i in waiting} == {i.key for i in chosen}
    mine = together(waiting, Decision.CONFIRM, " ann")
    assert not mine.items
    assert {why for _, why in mine.left} == {"waits for another person than you"}
    with pytest.raises(ValueError, match="nothing is left"):
        decide_together(store, mine, NOW, "again")
    later = NOW + timedelta(minutes=1)
    decide_together(store, together(waiting, Decision.CONFIRM, "Bob"), later, "checked")
    _, items = queue(world, desk, store, four_eyes=True)
    assert {i.state for i in items if i.key in {c.key for c in chosen}} == {State.CONFIRMED}


def test_a_plan_does_not_hold_once_the_queue_has_changed(
    world: World, desk: Desk, store: Store
) -> None:
    items = queue(world, desk, store)[1]
    plan = together(still_open(items)[:2], Decision.CONFIRM, "Ann")
    assert plan.holds(items)
    decide(store, plan.items[0], Decision.REJECT, "Bob", NOW, "no")
    assert not plan.holds(queue(world, desk, store)[1])
    assert not plan.holds(())


def test_what_stands_so_already_is_left_alone(world: World, desk: Desk, store: Store) -> None:
    items = queue(world, desk, store)[1]
    sure = next(i for i in items if i.state is State.AUTOMATIC)
    plan = together([sure], Decision.CONFIRM, "Ann")
    assert (plan.items, plan.value) == ((), None)
    assert [item for item, _ in plan.left] == [sure]


@pytest.mark.parametrize("by", ORDERS)
def test_the_queue_is_put_in_order(by: str, world: World, desk: Desk, store: Store) -> None:
    items = queue(world, desk, store)[1]
    found = ordered(items, by)
    assert sorted(i.key for i in found) == sorted(i.key for i in items)
    figures = {
        "value at stake": [-abs(i.market_value or 0.0) for i in found],
        "score": [-i.match.score for i in found],
        "name": [i.line.name.casefold() for i in found],
    }[by]
    assert figures == sorted(figures)
