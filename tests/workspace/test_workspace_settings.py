"""Settings and versions say what is installed, in force and set; reasons say where they stand."""

import hashlib
import re
from importlib.metadata import version
from pathlib import Path

import pytest

from analyzer.market import fx
from analyzer.service import World, load_world
from analyzer.workspace import choices, grounds, rules_at_hand, thresholds, versions


@pytest.fixture(scope="module")
def world() -> World:
    return load_world()


def test_versions_are_those_installed_and_asked_for() -> None:
    found = {v.name: v for v in versions()}
    assert found["pandas"].installed == version("pandas")
    assert found["pandas"].wanted
    assert (found["pandas"].use, found["streamlit"].use) == ("always", "app")
    assert not {"pytest", "mypy", "cvxpy"} & found.keys()


def test_settings_follow_the_environment_and_what_was_chosen(tmp_path: Path) -> None:
    now = {s.what: s for s in choices({"BANIMPACT_HOME": str(tmp_path)}, {"four_eyes": True})}
    assert now["Store"].value == str(tmp_path)
    assert now["Four eyes"].value == "on"
    assert "X-User" not in now["Who decides"].value
    named = {s.what: s for s in choices({"BANIMPACT_USER_HEADER": "X-User"}, {})}
    assert "X-User" in named["Who decides"].value
    assert named["Four eyes"].value == "off"


def test_thresholds_are_those_of_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fx, "STALE_AFTER_DAYS", 11)
    assert any(s.value == "11 days" for s in thresholds())


def test_every_regime_says_how_far_it_was_verified(world: World) -> None:
    found = rules_at_hand(world)
    assert {regime for regime, _, _ in found} == set(world.law.regimes)
    days = {regime: day for regime, _, day in found}
    assert days.pop("POLICY") == "as given"
    assert all(re.fullmatch(r"20\d\d-\d{2}-\d{2}", day) for day in days.values())


def test_each_reason_names_its_edition_or_file_with_the_digest(world: World) -> None:
    listed, ruling, rule = "US-DOD-1237/xiaomi/2021-01-14", "xiaomi-pi", "US-EO13959/v2/buy"
    found = grounds(world, [listed, ruling, rule, "nonsense"], {"US-DOD-1237": "2021-03-09"})
    assert set(found) == {listed, ruling, rule}
    editions = {e.date.isoformat(): e for e in world.lists.editions["US-DOD-1237"]}
    edition = editions["2021-01-14"]
    assert found[listed].text == "US-DOD-1237, edition of 2021-01-14"
    assert found[listed].sha256 == hashlib.sha256(edition.path.read_bytes()).hexdigest()
    assert found[listed].in_force_sha256 == editions["2021-03-09"].sha256
    for reason in (ruling, rule):
        name = found[reason].text.partition(":")[0]
        path = Path(__file__).resolve().parents[2] / "analyzer" / "data" / name
        assert found[reason].sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_every_event_and_rule_has_a_digest(world: World) -> None:
    rules = [
        f"{regime.id}/{version_.id}/{rule.id}"
        for regime in world.law.regimes.values()
        for version_ in regime.versions
        for rule in version_.rules
    ]
    ids = [*world.law.record.by_id, *rules]
    found = grounds(world, ids, {})
    assert set(found) == set(ids)
    assert all(re.fullmatch("[0-9a-f]{64}", g.sha256) for g in found.values())
