"""The law folder: what it holds, what it refuses, and that growing it takes no Python."""

import shutil
from pathlib import Path

import pytest

from analyzer.core.asof import AsOf
from analyzer.core.errors import DataError, QueryError
from analyzer.core.verdict import Key, Outcome
from analyzer.law import Law, failed_expectations, load_law_data
from analyzer.law.load import DATA
from tests.law_world import build_law

DATA_LAW = load_law_data()
FAMILIES = ("regimes", "dockets", "vocabulary.yml", "authorities.yml", "questions.yml")
ACTS = sorted(DATA_LAW.vocabulary.acts)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the law folder to grow or to break."""
    for name in FAMILIES:
        source = DATA / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name)
        else:
            shutil.copy(source, tmp_path / name)
    return tmp_path


def test_every_sentence_of_a_lawyer_holds() -> None:
    assert failed_expectations(build_law(), DATA_LAW.expectations) == ()


def test_a_sentence_that_does_not_hold_is_named_with_its_line(folder: Path) -> None:
    docket = folder / "dockets" / "dcd-1-21-cv-00280.yml"
    text = docket.read_text(encoding="utf-8")
    docket.write_text(
        text
        + '  - {name: "wrong", on: 2021-03-16, target: xiaomi, act: buy, outcome: prohibited}\n',
        encoding="utf-8",
    )
    failed = failed_expectations(build_law(), load_law_data(folder).expectations)
    line = len(text.splitlines()) + 1
    assert failed == (
        f"dockets/dcd-1-21-cv-00280.yml:{line}: wrong: buy is permitted, expected prohibited",
    )


def test_every_docket_says_what_it_does() -> None:
    said = {e.where.split(":")[0] for e in DATA_LAW.expectations}
    for path in (DATA / "dockets").glob("*.yml"):
        assert f"dockets/{path.name}" in said


def test_every_source_exists_and_every_row_and_event_has_one() -> None:
    rows = [r for g in DATA_LAW.regimes.values() for v in g.versions for r in v.rules]
    cited = [*rows, *DATA_LAW.events, *DATA_LAW.questions.values()]
    for one in cited:
        assert one.cites, one.where
        assert set(one.cites) <= set(DATA_LAW.citations), one.where


def test_every_question_a_row_turns_on_is_described() -> None:
    rows = [r for g in DATA_LAW.regimes.values() for v in g.versions for r in v.rules]
    assert {r.question for r in rows} - {""} <= set(DATA_LAW.questions)


@pytest.mark.parametrize("act", ACTS)
def test_an_act_without_authority_is_review_never_inherited(act: str) -> None:
    """Whatever answers an act does so by a row that cites, or asks for the authority."""
    law, key = build_law(), Key("smic")
    verdict = law.verdict(key, act, "us-person", AsOf.of("2022-07-01T12:00"))
    stated = verdict.cites or act in ("export", "procure", "trade_on_venue")
    if not stated:
        assert verdict.outcome is Outcome.REVIEW
        assert act in verdict.needs[0]


@pytest.mark.parametrize(
    "act",
    [
        "lend",
        "recall",
        "pledge",
        "accept_collateral",
        "vote",
        "tender",
        "take_up_rights",
        "take_scrip",
        "exercise",
        "redeem_in_kind",
        "create_etf",
        "redeem_etf",
        "cross_trade",
    ],
)
def test_acts_nobody_ruled_on_are_review_under_the_securities_ban(act: str) -> None:
    verdict = build_law().verdict(Key("smic"), act, "us-person", AsOf.of("2022-07-01"))
    assert verdict.outcome is Outcome.REVIEW


def test_a_docket_is_one_file(folder: Path) -> None:
    (folder / "dockets" / "dcd-supposed.yml").write_text(
        """
id: dcd-supposed
title: "Supposed v. Department of Defense"
court: "D.D.C."
kind: court
events:
  - {id: supposed-pi, kind: suspend, list: US-OFAC-NS-CMIC, targets: [smic], effective: 2021-09-01, known: 2021-09-01, text: "Supposed injunction", cites: [eo-14032]}
expect:
  - {name: "before 16:00 on the day of a date-only order", on: 2021-09-01T15:59, target: smic, act: buy, outcome: prohibited}
  - {name: "from 16:00", on: 2021-09-01T16:00, target: smic, act: buy, outcome: permitted, status: suspended}
  - {name: "without rulings", on: 2021-09-02, target: smic, act: buy, without_rulings: true, outcome: prohibited}
""",  # noqa: E501
        encoding="utf-8",
    )
    data = load_law_data(folder)
    base = build_law()
    listings = [e for e in base.record.events if e.where.find("editions") >= 0 or e.list_id]
    known = {e.id for e in data.events}
    law = Law.of(data, [e for e in listings if e.id not in known], base.horizons)
    supposed = [e for e in data.expectations if "dcd-supposed" in e.where]
    assert len(supposed) == 3
    assert failed_expectations(law, supposed) == ()


def test_a_regime_is_one_folder(folder: Path) -> None:
    home = folder / "regimes" / "ZZ-SUPPOSED"
    home.mkdir()
    (home / "regime.yml").write_text(
        """
id: ZZ-SUPPOSED
title: "Supposed ban on bonds"
kind: securities_ban
binds: [uk-person]
verified: {from: 2020-01-01, through: 2030-01-01}
open_lists: [ZZ-LIST]
versions:
  - id: v1
    event: zz-order
    lists: [ZZ-LIST]
    ban_from: {days: 10, at: "12:00"}
    rules:
      - {id: before, phases: [pending], outcome: permitted, until: ban_from, text: "not begun", cites: [eo-14032]}
      - {id: bonds, acts: [buy], instruments: [debt], outcome: prohibited, text: "bonds", cites: [eo-14032]}
      - {id: other, acts: [buy, hold, sell], outcome: permitted, text: "anything else", cites: [eo-14032]}
""",  # noqa: E501
        encoding="utf-8",
    )
    (home / "events.yml").write_text(
        """
events:
  - {id: zz-order, kind: enact, effective: 2020-01-01, known: 2020-01-01, text: "Order", cites: [eo-14032]}
  - {id: zz-listed, kind: designate, list: ZZ-LIST, targets: [zz], effective: 2021-01-01, known: 2021-01-01, text: "Listed", cites: [eo-14032]}
""",  # noqa: E501
        encoding="utf-8",
    )
    (home / "expect.yml").write_text(
        """
expect:
  - {name: "a minute before", on: 2021-01-11T11:59, target: zz, act: buy, holder: uk-person, instrument: bond, outcome: permitted, until: 2021-01-11T12:00}
  - {name: "begun", on: 2021-01-11T12:00, target: zz, act: buy, holder: uk-person, instrument: convertible, outcome: prohibited}
  - {name: "shares", on: 2021-02-01, target: zz, act: buy, holder: uk-person, outcome: permitted}
  - {name: "nobody spoke of lending", on: 2021-02-01, target: zz, act: lend, holder: uk-person, outcome: review}
  - {name: "abroad", on: 2021-02-01, target: zz, act: buy, holder: us-person, instrument: bond, outcome: permitted}
""",  # noqa: E501
        encoding="utf-8",
    )
    data = load_law_data(folder)
    supposed = [e for e in data.expectations if "ZZ-SUPPOSED" in e.where]
    assert len(supposed) == 5
    assert failed_expectations(Law.of(data), supposed) == ()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'acts: [hold], outcome: permitted, text: "holding',
            'acts: [hodl], outcome: permitted, text: "holding',
            "unknown act: hodl",
        ),
        ('outcome: permitted, text: "holding', 'outcome: allowed, text: "holding', "allowed"),
        ("{id: hold, acts: [hold]", "{id: hold, akts: [hold]", "unknown key: akts"),
        ("binds: [us-person]", "binds: [us-persons]", "unknown holder: us-persons"),
        ("until: ban_from", "until: ban_form", "unknown clock: ban_form"),
        (
            "facts: {principal: us-person}",
            "facts: {principle: us-person}",
            "unknown fact 'principle'",
        ),
    ],
)
def test_a_misspelt_word_is_refused_with_its_file(
    folder: Path, old: str, new: str, message: str
) -> None:
    path = folder / "regimes" / "US-EO13959" / "regime.yml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(DataError, match=rf"regimes/US-EO13959/regime.yml.*{message}"):
        load_law_data(folder)


def test_an_event_with_an_unknown_key_is_refused_with_its_line(folder: Path) -> None:
    path = folder / "regimes" / "US-DOD-1237" / "events.yml"
    path.write_text(path.read_text(encoding="utf-8").replace("known:", "knwon:"), encoding="utf-8")
    with pytest.raises(DataError, match=r"regimes/US-DOD-1237/events.yml:\d+: unknown key: knwon"):
        load_law_data(folder)


@pytest.mark.parametrize(
    ("act", "holder", "instrument", "facts", "word"),
    [
        ("purchase", "us-person", "equity", {}, "unknown act 'purchase'"),
        ("buy", "american", "equity", {}, "unknown holder 'american'"),
        ("buy", "us-person", "stock", {}, "unknown instrument 'stock'"),
        ("buy", "us-person", "equity", {"isued": 1}, "unknown fact 'isued'"),
    ],
)
def test_a_question_in_other_words_is_refused(
    act: str, holder: str, instrument: str, facts: dict[str, object], word: str
) -> None:
    with pytest.raises(QueryError, match=word):
        build_law().verdict(Key.of("smic", instrument, facts), act, holder, AsOf.of("2022-07-01"))
