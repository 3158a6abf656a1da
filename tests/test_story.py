"""The story the product was born from, asked as a user would ask it."""

import pytest

from analyzer.core.asof import AsOf
from analyzer.core.verdict import Outcome, Status
from analyzer.exposure import Answer, Question
from analyzer.service import World, ask


def answer(world: World, name: str, on: str, **question: bool) -> Answer:
    return ask(world, name, Question(AsOf.of(on), **question))


@pytest.mark.parametrize(
    ("on", "status", "buy"),
    [
        ("2021-01-20", Status.UPCOMING, Outcome.PERMITTED),
        ("2021-03-16", Status.SUSPENDED, Outcome.PERMITTED),
        ("2021-05-26", Status.RELEASED, Outcome.PERMITTED),
        ("2021-06-04", Status.RELEASED, Outcome.PERMITTED),
    ],
)
def test_xiaomi(world: World, on: str, status: Status, buy: Outcome) -> None:
    found = answer(world, "Xiaomi", on)
    assert found.judgement is not None
    assert found.judgement.status is status
    assert found.verdicts["buy"].outcome is buy


def test_xiaomi_was_to_be_barred_on_15_march(world: World) -> None:
    until = answer(world, "Xiaomi", "2021-01-20").verdicts["buy"].until
    assert until is not None
    assert until.isoformat() == "2021-03-15T09:30:00-04:00"


def test_xiaomi_answer_names_the_docket(world: World) -> None:
    found = answer(world, "Xiaomi", "2021-03-16")
    assert "xiaomi-pi" in found.verdicts["buy"].because
    assert found.verdicts["buy"].basis == "court"


def test_xiaomi_without_the_ruling(world: World) -> None:
    found = answer(world, "Xiaomi", "2021-03-16", without_rulings=True)
    assert found.judgement is not None
    assert found.judgement.status is Status.SELL_WINDOW
    assert found.verdicts["buy"].outcome is Outcome.PROHIBITED
    assert found.verdicts["sell"].outcome is Outcome.PERMITTED_UNTIL
    assert "xiaomi-pi" not in found.verdicts["buy"].because


@pytest.mark.parametrize(
    ("on", "status", "buy", "sell", "hold"),
    [
        ("2021-03-01", "sell_window", "prohibited", "permitted_until", "permitted_until"),
        ("2021-07-15", "upcoming", "permitted", "permitted", "permitted"),
        ("2021-09-01", "sell_window", "prohibited", "permitted_until", "permitted"),
        ("2022-06-04", "locked", "prohibited", "prohibited", "permitted"),
    ],
)
def test_smic(world: World, on: str, status: str, buy: str, sell: str, hold: str) -> None:
    found = answer(world, "SMIC", on)
    assert found.judgement is not None
    assert found.judgement.status.value == status
    assert [found.verdicts[a].outcome.value for a in ("buy", "sell", "hold")] == [buy, sell, hold]


def test_the_entity_list_alone_bars_no_investment(world: World) -> None:
    found = answer(world, "Huawei", "2020-06-01")  # on the Entity List since May 2019
    assert found.judgement is not None
    assert found.judgement.status is Status.WATCH
    assert found.verdicts["buy"].outcome is Outcome.PERMITTED
    assert any("US-BIS-EL" in flag for flag in found.judgement.standing.flags)


def test_huawei_was_later_barred_under_another_list(world: World) -> None:
    found = answer(world, "Huawei", "2021-09-01")
    assert found.verdicts["buy"].outcome is Outcome.PROHIBITED
    assert found.verdicts["buy"].regime == "US-EO13959"


def test_an_unknown_name_is_permitted_only_against_named_lists(world: World) -> None:
    found = answer(world, "Nonexistent Widgets of Liechtenstein", "2021-03-16")
    assert found.entity is None
    verdict = found.verdicts["buy"]
    assert verdict.outcome is Outcome.PERMITTED
    assert "US-OFAC-NS-CMIC" in verdict.conditions[0]
