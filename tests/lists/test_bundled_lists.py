"""One suite over every list shipped with the package."""

from datetime import timedelta
from pathlib import Path

import pytest

from analyzer.core.asof import END_OF_TIME, end_of_day, parse_instant, start_of_day
from analyzer.core.events import EventKind
from analyzer.core.yamltext import LINE, parse_yaml
from analyzer.law import Record, load_law_data
from analyzer.lists import (
    BUNDLED,
    catalogue,
    discover,
    editions,
    list_events,
    load_lists,
    roster_at,
)

SPECS = discover()
EVERY = pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)


def test_the_lists_the_law_reads_are_there() -> None:
    assert set(SPECS) == {
        "US-BIS-EL",
        "US-DOD-1237",
        "US-DOD-1260H",
        "US-OFAC-NS-CCMC",
        "US-OFAC-NS-CMIC",
    }


@EVERY
def test_replay_at_each_edition_equals_its_roster(spec) -> None:
    events = list_events(spec)
    record = Record(events)
    for edition in editions(spec):
        at = end_of_day(edition.date) - timedelta(minutes=1)
        assert roster_at(events, spec.id, at, END_OF_TIME) == edition.roster
        folded = {}
        for list_id, entity in record.listing:
            state = record.membership(list_id, entity, at, END_OF_TIME)
            if state and state.listed:
                folded[entity] = state.listed.date()
        assert folded == edition.roster


@EVERY
def test_nobody_is_on_the_list_before_the_first_edition_was_public(spec) -> None:
    events = list_events(spec)
    first = editions(spec)[0]
    eve = start_of_day(min(first.roster.values(), default=first.date)) - timedelta(minutes=1)
    assert roster_at(events, spec.id, eve, END_OF_TIME) == {}
    assert roster_at(events, spec.id, END_OF_TIME, eve) == {}


@EVERY
def test_event_ids_are_unique_and_sources_exist(spec) -> None:
    events = list_events(spec)
    assert len({e.id for e in events}) == len(events)
    authorities = parse_yaml(
        (BUNDLED.parent / "data" / "authorities.yml").read_text(encoding="utf-8"), "authorities"
    )
    cited = {c for e in events for c in e.cites} | set(spec.cites)
    assert cited <= set(authorities) - {LINE}
    assert all(e.cites and e.text and e.where for e in events)


@EVERY
def test_the_newest_edition_lies_within_its_band(spec) -> None:
    newest = editions(spec)[-1]
    assert spec.count_min <= newest.entries <= spec.count_max
    assert spec.verified_through >= start_of_day(newest.date)


@EVERY
def test_every_list_has_a_runbook(spec) -> None:
    assert (spec.folder / "MAINTENANCE.md").read_text(encoding="utf-8").startswith("# ")


@pytest.mark.parametrize("spec", catalogue().values(), ids=catalogue())
def test_every_list_that_can_be_imported_is_described(spec) -> None:
    assert (spec.folder / "MAINTENANCE.md").read_text(encoding="utf-8").startswith("# ")
    assert spec.title
    assert spec.publisher
    assert spec.url.startswith("https://")
    assert spec.count_min <= spec.count_max
    assert all(url.startswith("https://") for url in spec.urls)


def test_every_list_a_regime_reads_is_known() -> None:
    lists = load_lists()
    read = {x for r in load_law_data().regimes.values() for v in r.versions for x in v.lists}
    assert read <= set(lists.known)


@pytest.mark.parametrize(
    ("list_id", "counts"),
    [
        ("US-DOD-1237", [20, 31, 35, 44, 44, 0]),
        ("US-OFAC-NS-CCMC", [4, 0]),
        ("US-OFAC-NS-CMIC", [59, 60, 68, 68]),
        ("US-DOD-1260H", [47, 60, 73, 71, 134, 188]),
        ("US-BIS-EL", [34]),
    ],
)
def test_editions_have_the_published_number_of_entries(list_id: str, counts: list[int]) -> None:
    assert [e.entries for e in editions(SPECS[list_id])] == counts


def test_the_first_tranche_was_not_public_until_24_june_2020() -> None:
    events = load_lists().events
    day = end_of_day(parse_instant("2020-06-20").date())
    assert roster_at(events, "US-DOD-1237", day, day) == {}
    later = parse_instant("2020-06-25")
    assert len(roster_at(events, "US-DOD-1237", day, later)) == 20


def test_luokung_leaves_and_enters_on_one_day() -> None:
    kinds = [
        (e.kind, e.effective.date().isoformat())
        for e in list_events(SPECS["US-DOD-1237"])
        if e.targets == ("luokung",)
    ]
    assert kinds == [
        (EventKind.DESIGNATE, "2021-01-14"),
        (EventKind.DELIST, "2021-03-09"),
        (EventKind.DESIGNATE, "2021-03-09"),
        (EventKind.DELIST, "2021-06-03"),
    ]


def test_a_withdrawn_notice_moves_nobody() -> None:
    events = list_events(SPECS["US-DOD-1260H"])
    notice = next(e for e in events if e.kind is EventKind.WITHDRAW)
    before = roster_at(events, "US-DOD-1260H", notice.effective - timedelta(days=1), END_OF_TIME)
    after = roster_at(events, "US-DOD-1260H", notice.effective + timedelta(days=5), END_OF_TIME)
    assert before == after


def test_the_old_lists_end_no_earlier_than_the_order_that_ended_them() -> None:
    posted = parse_instant("2021-06-03T14:19")
    ends = [
        e
        for name in ("US-DOD-1237", "US-OFAC-NS-CCMC")
        for e in list_events(SPECS[name])
        if e.kind is EventKind.DELIST and e.known.year == 2021 and e.effective.month == 6
    ]
    assert len(ends) == 48
    assert {(e.effective, e.known) for e in ends} == {(posted, posted)}


def test_published_dates_are_sixty_and_three_hundred_sixty_five_days_after_listing() -> None:
    rows = editions(SPECS["US-OFAC-NS-CMIC"])[-1].rows
    assert len(rows) == 68
    for row in rows:
        assert row.ban_from == row.listed + timedelta(days=60)
        assert row.divest_until == row.listed + timedelta(days=365)


def test_rosters_agree_with_the_reference_tables(shared: Path) -> None:
    import csv

    with (shared / "domain" / "ns_cmic_entities.csv").open(encoding="utf-8") as handle:
        reference = {
            (r["ofac_uid"], r["entity_name"], r["listing_date"], r["effective_date"])
            for r in csv.DictReader(handle)
        }
    rows = editions(SPECS["US-OFAC-NS-CMIC"])[-1].rows
    assert {(r.uid, r.name_as_published, str(r.listed), str(r.ban_from)) for r in rows} == reference
