"""Every regime, every act: what is permitted or barred cites an authority; the rest is review."""

from datetime import datetime, timedelta

import pytest

from analyzer.core.asof import NEW_YORK, AsOf
from analyzer.core.events import EventKind, LegalEvent
from analyzer.core.verdict import Key, Outcome, Status
from tests.law_world import build_law

LAW = build_law()
INSTRUMENTS = ("equity", "bond", "etf", "otc-swap", "private-interest")
LISTS = [(r.id, name) for r in LAW.regimes.values() for name in r.lists]
TODAY = datetime(2026, 1, 5, tzinfo=NEW_YORK)
IN_FORCE = [
    (r.id, name)
    for r in LAW.regimes.values()
    if (version := LAW.view(TODAY).regime(r.id).version(TODAY)) is not None
    for name in version.lists
]


def listed_on(list_id: str, day: datetime) -> LegalEvent:
    return LegalEvent("acme", EventKind.DESIGNATE, day, day, list_id=list_id, targets=("acme",))


@pytest.mark.parametrize(("regime_id", "list_id"), LISTS)
def test_an_answer_has_a_source_or_is_review(regime_id: str, list_id: str) -> None:
    regime = LAW.regimes[regime_id]
    holder = min(regime.binds) if regime.binds else "us-person"
    for version in regime.versions:
        started = LAW.record.by_id[version.event].effective
        law = LAW.assuming([listed_on(list_id, started)])
        for days in (1, 100, 400):
            moment = started + timedelta(days=days)
            as_of = AsOf(moment, moment, datetime(2030, 1, 1, tzinfo=NEW_YORK))
            for instrument in INSTRUMENTS:
                acts = tuple(law.vocabulary.acts)
                parts = dict(law.judge(Key("acme", instrument), holder, as_of, acts).by_regime)
                for act, verdict in parts.get(regime_id, {}).items():
                    if not verdict.cites:
                        assert verdict.outcome in (Outcome.REVIEW, Outcome.UNKNOWN), act
                        assert verdict.needs, act


@pytest.mark.parametrize(("regime_id", "list_id"), IN_FORCE)
def test_a_listed_name_is_never_without_a_trace(regime_id: str, list_id: str) -> None:
    """Whoever asks: a list read by a regime in force shows, unless it is a stranger's mandate."""
    regime = LAW.regimes[regime_id]
    law = LAW.assuming([listed_on(list_id, TODAY)])
    for holder in (*regime.binds, "us-person", "eu-person"):
        bound = not regime.binds.isdisjoint(law.vocabulary.lineage(holder))
        if bound or not regime.personal:
            judged = law.judge(Key("acme"), holder, AsOf(TODAY, TODAY, TODAY))
            assert list_id in judged.standing.listed_on
            assert judged.status is not Status.NO_MATCH
