"""Explanations: the fold step by step, and the one thing that would turn the answer."""

import json
from itertools import pairwise

import pytest
from click.testing import CliRunner, Result

from analyzer.cli import banimpact
from analyzer.core.errors import AnalyzerError


def run(*words: str) -> Result:
    return CliRunner().invoke(banimpact, list(words), catch_exceptions=True)


def explained(*words: str) -> dict:
    result = run("explain", *words, "--format", "json")
    assert result.exit_code == 0, result.exception
    return json.loads(result.stdout)


def test_the_steps_lead_to_the_answer_and_cite_their_sources() -> None:
    body = explained("Xiaomi", "--act", "buy", "--as-of", "2021-03-16")
    steps = {step["id"]: step for step in body["steps"]}
    assert steps["xiaomi-pi"]["changed"]
    assert (steps["xiaomi-pi"]["before"], steps["xiaomi-pi"]["after"]) == (
        "prohibited",
        "permitted",
    )
    assert "1:21-cv-00280" in steps["xiaomi-pi"]["cites"][0]["ref"]
    events = [step for step in body["steps"] if step["kind"] == "event"]
    for one, other in pairwise(events):
        assert one["after"] == other["before"]
        assert one["at"] <= other["at"]
    assert events[-1]["after"] == body["verdict"]["status"] == "permitted"
    assert "ban_from" in {step["id"].rsplit("/")[-1] for step in body["steps"]}


def test_the_answer_is_that_of_status() -> None:
    for act in ("buy", "hold", "sell"):
        asked = ("SMIC", "--act", act, "--as-of", "2021-09-01")
        verdict = explained(*asked)["verdict"]
        status = json.loads(run("status", *asked, "--format", "json").stdout)["verdicts"][act]
        assert verdict["status"] == status["status"]
        assert verdict["because"] == [reason["event"] for reason in status["because"]]


def test_what_was_not_known_is_no_step() -> None:
    body = explained("Xiaomi", "--as-of", "2021-03-16", "--known", "2021-03-11")
    assert "xiaomi-pi" not in {step["id"] for step in body["steps"]}
    assert body["verdict"]["status"] == "prohibited"
    without = explained("Xiaomi", "--as-of", "2021-03-16", "--without-rulings")
    assert without["verdict"]["status"] == "prohibited"


def test_flips_name_the_injunction_and_stand_in_status() -> None:
    body = explained("Xiaomi", "--as-of", "2021-03-16")
    first = body["flips"][0]
    assert (first["kind"], first["id"], first["after"]) == ("event", "xiaomi-pi", "prohibited")
    status = json.loads(run("status", "Xiaomi", "--as-of", "2021-03-16", "--format", "json").stdout)
    assert status["flips"]["buy"] == body["flips"]
    table = run("status", "Xiaomi", "--as-of", "2021-03-16", "--format", "table").stdout
    assert "would turn buy: without: Preliminary injunction" in table
    nothing = json.loads(run("status", "Nonexistent Widgets", "--format", "json").stdout)
    assert nothing["flips"] == {"buy": [], "hold": [], "sell": []}


def test_the_table_shows_the_turn() -> None:
    text = run("explain", "Xiaomi", "--as-of", "2021-03-16", "--format", "table").stdout
    assert "prohibited -> permitted" in text
    assert "buy as of 2021-03-16: permitted" in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("Nonexistent Widgets",), "finds no entity"),
        (("China Mobile",), "China Mobile Limited (china-mobile-limited)"),
        (("Xiaomi", "--act", "juggle"), "unknown act 'juggle'"),
        (("Xiaomi", "--fact", "colour=red"), "unknown fact colour"),
    ],
)
def test_a_users_error_is_one_sentence(words: tuple[str, ...], said: str) -> None:
    error = run("explain", *words).exception
    assert isinstance(error, AnalyzerError)
    assert said in str(error)
