"""Whose portfolio it is decides what may be done with it."""

from pathlib import Path

import pytest

from analyzer.core.asof import AsOf
from analyzer.core.errors import InputError
from analyzer.core.verdict import Outcome, Status
from analyzer.exposure import Question
from analyzer.exposure.parties import read_parties
from analyzer.service import World, analyze, read_constituents, read_inputs


def parties_file(folder: Path, text: str) -> Path:
    path = folder / "parties.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_each_portfolio_answers_for_its_owner(world: World, samples: Path, tmp_path: Path) -> None:
    path = parties_file(
        tmp_path,
        "Growth: {owner: us-person, adviser: us-person}\nIncome: {owner: eu-person}\n",
    )
    analysis = analyze(
        world,
        read_inputs([samples / "fund_of_funds.csv"]),
        Question(AsOf.of("2021-09-01")),
        constituents=read_constituents([str(samples / "constituents")]),
        parties=read_parties(path, world.law.vocabulary),
    )
    lines = analysis.lines
    answers = {
        (p, t): analysis.judged[c]
        for p, t, c in zip(lines["portfolio"], lines["ticker"], lines["judged"], strict=True)
    }
    assert answers["Growth", "EEMX"].status is Status.SELL_WINDOW
    assert answers["Income", "EEMX"].verdicts["buy"].outcome is Outcome.PERMITTED
    assert analysis.question.holder == "by-portfolio"
    assert not analysis.question.holder_assumed


def test_every_wrong_word_is_named_at_once(world: World, tmp_path: Path) -> None:
    path = parties_file(
        tmp_path, "A: {owner: martian}\nB: {adviser: us-person}\nC: {owner: us-person, x: 1}\n"
    )
    with pytest.raises(InputError) as caught:
        read_parties(path, world.law.vocabulary)
    for words in ("'martian' is not a holder", "'B' states no owner", "unknown key 'x'"):
        assert words in str(caught.value)
