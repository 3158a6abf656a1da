"""The legal oracles: answers written down by hand, from the sources, before the code was asked.

Every row of the map is one question and its answer.
"""

import csv
from pathlib import Path

import pytest

from analyzer.core.verdict import Outcome, Status
from analyzer.law import Law
from analyzer.law.load import DATA
from tests.law_world import Row, answer, build_law, fixture_events, fixtures, judge, rows

SURE = frozenset({"P", "S", "high"})


@pytest.fixture(scope="session")
def law() -> Law:
    return build_law()


@pytest.mark.parametrize("row", [pytest.param(row, id=row.case) for row in rows()])
def test_oracle(law: Law, row: Row) -> None:
    judgement = judge(law, row)
    reasons = judgement.verdicts[row.act]
    assert answer(row, judgement) == row.expected, (row.note, reasons)


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(row, id=row.case)
        for row in rows()
        if row.outcome == Outcome.PERMITTED
        and any(row.entity in event.targets for event in fixture_events(row))
    ],
)
def test_permission_of_a_listed_name_knows_of_the_listing(law: Law, row: Row) -> None:
    """Nothing is permitted only because no regime reads the list."""
    assert judge(law, row).standing.because


def test_map_covers_every_case_with_its_confidence(shared: Path) -> None:
    mapped = {(row.source, row.base, row.confidence) for row in rows()}
    given = set()
    for source in ("legal", "timeline"):
        path = shared / "domain" / f"{source}_oracles.csv"
        with path.open(encoding="utf-8", newline="") as file:
            given |= {(source, r["case_id"], r["confidence"]) for r in csv.DictReader(file)}
    assert mapped == given


def test_only_derived_answers_are_waived_and_each_says_why() -> None:
    for row in rows():
        if not row.waiver:
            continue
        assert row.confidence not in SURE, row.case
        given, _, reason = row.waiver.partition(":")
        assert Outcome(given) != row.outcome, row.case
        assert len(reason.split()) >= 5, row.case


def test_answers_from_memory_are_review_or_unknown() -> None:
    remembered = [row for row in rows() if row.confidence == "M"]
    assert remembered
    assert {row.outcome for row in remembered} <= {Outcome.REVIEW, Outcome.UNKNOWN}


def test_map_is_well_formed() -> None:
    with (DATA / "entities" / "entities.csv").open(encoding="utf-8", newline="") as file:
        bundled = {row["id"] for row in csv.DictReader(file)}
    supposed = fixtures()
    assert len({row.case for row in rows()}) == len(rows())
    assert {row.fixture for row in rows()} - {""} == set(supposed)
    for row in rows():
        known = supposed[row.fixture].entities if row.fixture else bundled
        assert row.entity in known, row.case
        assert row.outcome in set(Outcome), row.case
        assert row.status in {"", *Status}, row.case
        assert row.without_rulings in {"", "yes"}, row.case
        permits = row.outcome in {Outcome.PERMITTED, Outcome.PERMITTED_UNTIL}
        assert permits or not row.until, row.case
        assert row.until or row.outcome != Outcome.PERMITTED_UNTIL, row.case
