"""The review queue in the terminal: keys, reasons, undo, and decisions that take effect."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from analyzer.cli import banimpact
from analyzer.core.errors import AnalyzerError
from analyzer.workspace import save_settings

AS_OF = ("--as-of", "2021-03-09")


def run(*words: str | Path, keys: str | None = None) -> Result:
    return CliRunner().invoke(banimpact, [str(w) for w in words], input=keys, catch_exceptions=True)


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BANIMPACT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BANIMPACT_USER", "Ann")
    return tmp_path / "home"


@pytest.fixture
def custody(samples: Path) -> Path:
    return samples / "messy_custody_statement.csv"


def decided(keys: str, custody: Path) -> dict:
    result = run("review", custody, *AS_OF, "--format", "json", keys=keys)
    assert result.exit_code == 0, (result.stderr, result.exception)
    return json.loads(result.stdout)


def open_reviews(custody: Path, *more: str | Path) -> int:
    result = run("analyze", custody, *AS_OF, "--format", "json", *more)
    return json.loads(result.stdout)["coverage"]["open_reviews"]


def test_quitting_and_the_end_of_the_input_decide_nothing(own: Path, custody: Path) -> None:
    for keys in ("q\n", ""):
        found = decided(keys, custody)
        assert found["decided"] == []
        assert found["open"] > 0


def test_a_confirmation_is_applied_by_the_next_run(own: Path, custody: Path) -> None:
    before = open_reviews(custody)
    found = decided("s\ny\nq\n", custody)
    (record,) = found["decided"]
    assert (record["decision"], record["who"]) == ("confirm", "Ann")
    assert open_reviews(custody) < before
    assert open_reviews(custody, "--no-store") == before
    body = json.loads(run("analyze", custody, *AS_OF, "--format", "json").stdout)
    assert body["manifest"]["judgements"] == [record]
    assert body["manifest"]["store"] == str(own)
    assert len(body["manifest"]["audit_head"]) == 64
    assert run("check", "--head", body["manifest"]["audit_head"]).exit_code == 0


def test_a_rejection_needs_a_reason(own: Path, custody: Path) -> None:
    result = run("review", custody, *AS_OF, "--format", "json", keys="n\n\nq\n")
    assert json.loads(result.stdout)["decided"] == []
    assert "needs a reason" in result.stderr
    (record,) = decided("n\nanother company\nq\n", custody)["decided"]
    assert (record["decision"], record["why"]) == ("reject", "another company")


def test_undo_brings_the_pair_back_and_keeps_both_facts(own: Path, custody: Path) -> None:
    whole = decided("q\n", custody)["open"]
    found = decided("y\nu\nq\n", custody)
    assert found["decided"] == []
    assert found["open"] == whole
    rows = run("judgements", "export").stdout.splitlines()
    assert [row.split(",")[3] for row in rows[1:]] == ["confirm", "escalate"]


def test_every_pair_can_be_decided_and_then_nothing_is_left(own: Path, custody: Path) -> None:
    found = decided("y\n" * 40, custody)
    assert found["open"] == 0
    assert found["decided"]
    result = run("review", custody, *AS_OF, keys="")
    assert "nothing to decide" in result.stderr


def test_an_unknown_key_is_explained(own: Path, custody: Path) -> None:
    result = run("review", custody, *AS_OF, keys="x\nu\nq\n")
    assert "'x' is none of the keys" in result.stderr
    assert "nothing to undo" in result.stderr


def test_judgements_travel_to_another_store(own: Path, custody: Path, tmp_path: Path) -> None:
    decided("s\ny\nn another company\nq\n", custody)
    file, other = tmp_path / "j.csv", tmp_path / "other"
    assert run("judgements", "export", "-o", file).exit_code == 0
    assert "2 new of 2" in run("judgements", "import", file, "--store", other).stderr
    assert "0 new of 2" in run("judgements", "import", file, "--store", other).stderr
    assert open_reviews(custody, "--store", other) == open_reviews(custody)
    file.write_text(file.read_text() + "isin:X,y,z,maybe,why,Ann,2026-01-01T00:00:00+00:00\n")
    error = run("judgements", "import", file, "--store", other).exception
    assert isinstance(error, AnalyzerError)
    assert "j.csv:4" in str(error)


def test_under_four_eyes_one_person_is_not_enough(
    own: Path, custody: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_settings(own, {"four_eyes": True})
    before = open_reviews(custody)
    found = decided("s\ny\nq\n", custody)
    assert len(found["decided"]) == 1
    assert open_reviews(custody) == before
    monkeypatch.setenv("BANIMPACT_USER", "Bob")
    decided("s\n" * (before - 1) + "y\n" + "s\n" * 9, custody)  # what waits for him comes last
    (row,) = [r for r in run("judgements", "export").stdout.splitlines() if ",Bob," in r]
    assert ",confirm," in row
    assert open_reviews(custody) == before - 1


def test_a_store_that_is_not_there_is_an_error(custody: Path, tmp_path: Path) -> None:
    result = run("analyze", custody, "--store", tmp_path / "typo")
    assert result.exit_code == 2
    assert "no folder" in result.stderr
    result = run("analyze", custody, "--save", "x", "--no-store")
    assert result.exit_code == 2
    assert "leave --no-store out" in result.stderr


def test_store_and_no_store_exclude_each_other(custody: Path, tmp_path: Path) -> None:
    result = run("analyze", custody, "--store", tmp_path, "--no-store")
    assert result.exit_code == 2
    assert "exclude each other" in result.stderr
