"""Decisions of people are applied to their security and entity, until the entry changes."""

from dataclasses import replace
from datetime import UTC, datetime

import pandas as pd
import pytest

from analyzer.core.entities import Entity, EntityName, NameKind
from analyzer.core.matching import Decision, JudgementRecord
from analyzer.resolve import Identity, Resolver, entry_hash

ACME = Entity(
    "acme", "Acme Rockets Ltd", "CN", names=(EntityName("Acme Rockets Ltd", NameKind.PRIMARY),)
)
GROUP = Entity(
    "acme-group", "Acme Rockets Group Co.", "CN",
    names=(EntityName("Acme Rockets Group Co.", NameKind.PRIMARY),),
)  # fmt: skip
LINE = {"name": "ACME ROCKETS", "isin": "CNE1000002V2"}


def judgement(entity: Entity, decision: Decision, **other) -> JudgementRecord:
    record = JudgementRecord(
        "isin:CNE1000002V2",
        entity.id,
        decision,
        "A. Reviewer",
        datetime(2021, 6, 1, tzinfo=UTC),
        "prospectus read",
        entry_hash(entity),
    )
    return replace(record, **other)


def resolve(*records: JudgementRecord):
    identity = Identity({"acme": ACME, "acme-group": GROUP}, (), ())
    resolution = Resolver(identity, judgements=records).resolve(pd.DataFrame([LINE]))
    return resolution.matches[0]


def test_without_a_decision_the_family_is_in_review():
    match = resolve()
    assert not match.confirmed
    assert {c.entity_id for c in match.candidates} == {"acme", "acme-group"}
    assert "identifier is needed" in match.evidence


def test_a_confirmation_confirms_and_says_who_and_why():
    first = resolve().entity_id
    match = resolve(judgement({"acme": ACME, "acme-group": GROUP}[first], Decision.CONFIRM))
    assert match.confirmed
    assert "A. Reviewer" in match.evidence
    assert "prospectus read" in match.evidence


def test_a_candidate_may_be_confirmed_against_the_order():
    first = resolve().entity_id
    other = GROUP if first == "acme" else ACME
    match = resolve(judgement(other, Decision.CONFIRM))
    assert match.confirmed
    assert match.entity_id == other.id


def test_a_rejection_passes_to_the_next_candidate_and_then_to_nobody():
    first = resolve().entity_id
    one, two = (ACME, GROUP) if first == "acme" else (GROUP, ACME)
    match = resolve(judgement(one, Decision.REJECT))
    assert match.entity_id == two.id
    assert not match.confirmed
    assert resolve(judgement(one, Decision.REJECT), judgement(two, Decision.REJECT)) is None


def test_an_escalation_stays_in_review():
    first = resolve().entity_id
    match = resolve(judgement({"acme": ACME, "acme-group": GROUP}[first], Decision.ESCALATE))
    assert not match.confirmed
    assert "Escalated by A. Reviewer" in match.evidence


@pytest.mark.parametrize("decision", list(Decision))
def test_a_decision_lapses_when_the_entry_changes(decision):
    first = resolve().entity_id
    record = judgement({"acme": ACME, "acme-group": GROUP}[first], decision, entry_hash="0" * 16)
    match = resolve(record)
    assert match.entity_id == first
    assert not match.confirmed
    assert "lapsed" in match.evidence


def test_a_decision_about_another_security_changes_nothing():
    first = resolve().entity_id
    entity = {"acme": ACME, "acme-group": GROUP}[first]
    assert resolve(judgement(entity, Decision.CONFIRM, security_key="isin:XX")) == resolve()


def test_the_latest_decision_counts():
    first = resolve().entity_id
    entity = {"acme": ACME, "acme-group": GROUP}[first]
    later = judgement(entity, Decision.CONFIRM, when=datetime(2022, 1, 1, tzinfo=UTC))
    assert resolve(later, judgement(entity, Decision.REJECT)).confirmed
    earlier = replace(later, when=datetime(2020, 1, 1, tzinfo=UTC))
    assert resolve(judgement(entity, Decision.REJECT), earlier).entity_id != first


def test_the_hash_changes_with_every_part_of_an_entry():
    hashes = {
        entry_hash(ACME),
        entry_hash(replace(ACME, name="Acme Rockets Limited")),
        entry_hash(replace(ACME, country="HK")),
        entry_hash(replace(ACME, names=())),
        entry_hash(replace(ACME, lei="529900T8BM49AURSDO55")),
    }
    assert len(hashes) == 5
