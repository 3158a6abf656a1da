"""The page of acts is what the engine answers, and no permission stands on it without a source."""

import runpy
from pathlib import Path
from typing import Any

import pytest

from analyzer.core.asof import AsOf
from analyzer.core.events import EventKind
from analyzer.core.verdict import PROHIBITIONS, Key, Outcome
from analyzer.law import Law

SCRIPT = Path(__file__).resolve().parents[2] / "docs" / "acts.py"
SURE = PROHIBITIONS | {Outcome.PERMITTED, Outcome.PERMITTED_UNTIL, Outcome.NOT_APPLICABLE}


@pytest.fixture(scope="module")
def acts() -> dict[str, Any]:
    return runpy.run_path(str(SCRIPT))


@pytest.fixture(scope="module")
def law(acts: dict[str, Any]) -> Law:
    built: Law = acts["build"]()
    return built


def test_the_page_is_current(acts: dict[str, Any], law: Law) -> None:
    assert acts["PAGE"].read_text(encoding="utf-8") == acts["page"](law), "run docs/acts.py"


def test_every_sure_cell_has_a_source(acts: dict[str, Any], law: Law) -> None:
    seen = 0
    for regime in law.regimes.values():
        for version in regime.versions if regime.binds else ():
            for moment in acts["moments"](law, regime, version):
                for (act, _), verdict in acts["answers"](regime, moment).items():
                    if verdict.outcome in SURE:
                        seen += 1
                        assert verdict.cites, (regime.id, version.id, moment.label, act)
                        assert set(verdict.cites) <= set(law.citations)
    assert seen > 300


def test_goods_and_loans_are_no_dealing_in_a_listed_security(
    acts: dict[str, Any], law: Law
) -> None:
    regime = law.regimes["US-31CFR850"]
    (moment,) = acts["moments"](law, regime, regime.versions[0])
    found = acts["answers"](regime, moment)
    assert found["buy", "equity"].outcome == Outcome.PERMITTED
    assert found["trade_goods", "equity"].outcome == Outcome.REVIEW
    assert found["make_funds_available", "equity"].outcome == Outcome.REVIEW


def test_a_day_from_general_knowledge_shows_in_the_grade(law: Law) -> None:
    for event in law.record.events:
        if event.kind is EventKind.DESIGNATE and "general knowledge" in event.text:
            assert "M" in {law.citations[c].grade for c in event.cites}, event.id
    for entity in ("veb", "sberbank"):
        judged = law.judge(Key(entity), "us-person", AsOf.of("2022-06-01"))
        assert judged.verdicts["hold"].grade == "M", entity


def test_every_source_says_what_it_is_and_where_it_was_read(law: Law) -> None:
    for cite in law.citations.values():
        assert cite.ref, cite.id
        assert cite.url or cite.copy, cite.id
        assert cite.grade, cite.id
