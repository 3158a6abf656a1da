"""Scenario files: read whole or refused whole; hypothetical law beside the real one."""

from dataclasses import replace
from pathlib import Path

import pytest

from analyzer.core.asof import AsOf
from analyzer.core.errors import InputError
from analyzer.core.verdict import Status
from analyzer.exposure import Question
from analyzer.ingest import Ingested
from analyzer.report.comparison import headline, paired, scenarios_json
from analyzer.report.contract import analysis_json, dumps
from analyzer.scenarios.read import parse_scenario, read_scenario
from analyzer.scenarios.run import ScenarioResult
from analyzer.scenarios.spec import Market, Sale, Scenario
from analyzer.service import analyze, read_inputs, run_scenario
from analyzer.world import World

FOLDER = Path(__file__).resolve().parents[2] / "sample_portfolios" / "scenarios"
FILES = sorted(FOLDER.glob("*.yml"))
MARKET = Market(volume={"*": 60e6}, volatility={"*": 0.03})


@pytest.fixture(scope="module")
def mandate(samples: Path) -> tuple[Ingested, ...]:
    return read_inputs([samples / "large_em_mandate.csv"])


def outcome(world: World, mandate: tuple[Ingested, ...], name: str) -> ScenarioResult:
    scenario = read_scenario(FOLDER / f"{name}.yml")
    return run_scenario(world, mandate, scenario, Question(AsOf.of("2021-01-20")))


def figure(result: ScenarioResult, name: str) -> float | str | None:
    return next(f.value for f in headline(result) if f.name == name)


def test_there_are_a_dozen_worked_scenarios() -> None:
    assert len(FILES) >= 12


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_every_sample_scenario_runs_and_exports(
    world: World, mandate: tuple[Ingested, ...], path: Path
) -> None:
    result = outcome(world, mandate, path.stem)
    body = scenarios_json([result])
    assert dumps(body)
    assert result.scenario.title
    assert any(f.value is not None for f in headline(result))
    for parameter in result.parameters:
        assert parameter.source


def test_an_injunction_frees_xiaomi_from_the_sale(
    world: World, mandate: tuple[Ingested, ...]
) -> None:
    enjoined = outcome(world, mandate, "xiaomi_enjoined")
    denied = outcome(world, mandate, "xiaomi_denied")
    assert enjoined.sell is not None
    assert denied.sell is not None
    assert "xiaomi" not in {p.entity for p in enjoined.sell.positions}
    assert "xiaomi" in {p.entity for p in denied.sell.positions}


def test_a_reversal_brings_the_window_back(world: World, mandate: tuple[Ingested, ...]) -> None:
    reversed_ = outcome(world, mandate, "xiaomi_reversed")
    assert reversed_.sell is not None
    xiaomi = next(p for p in reversed_.sell.positions if p.entity == "xiaomi")
    assert xiaomi.window_end is not None
    assert xiaomi.window_end.date().isoformat() == "2022-01-15"  # 23:59 on the 14th still counts


def test_repeal_leaves_nothing_to_sell(world: World, mandate: tuple[Ingested, ...]) -> None:
    repeal = outcome(world, mandate, "smic_hikvision_wait_for_repeal")
    assert repeal.plan is None
    assert all("bars no sale ahead" in item.reason for item in repeal.left)


def test_what_is_locked_is_never_sold(world: World, mandate: tuple[Ingested, ...]) -> None:
    locked = outcome(world, mandate, "locked_after_june_2022")
    assert locked.plan is None
    assert Status.LOCKED in locked.analysis.totals.by_status
    assert figure(locked, "locked or blocked today") == pytest.approx(937_860_000.0)


def test_a_blocked_bank_is_blocked_and_not_planned(
    world: World, mandate: tuple[Ingested, ...]
) -> None:
    result = outcome(world, mandate, "sdn_on_a_bank")
    assert result.analysis.totals.by_status[Status.BLOCKED].rows == 1
    assert result.shock_loss == pytest.approx(0.5 * 197_600_000.0)
    assert any("blocked" in item.reason for item in result.left)


def test_an_empty_scenario_is_the_law_as_it_stands(
    world: World, mandate: tuple[Ingested, ...]
) -> None:
    question = Question(AsOf.of("2021-08-03"))
    plain = analyze(world, mandate, question)
    empty = run_scenario(world, mandate, Scenario("empty", market=MARKET), question)
    assert analysis_json(empty.analysis, True) == analysis_json(plain, True)
    same = parse_scenario(
        'title: same\nmarket: {volume: {"*": 60000000}, volatility: {"*": 0.03}}\n', "same.yml"
    )
    again = run_scenario(world, mandate, same, question)
    difference = paired(again, empty)
    assert difference is not None
    assert not difference.any()
    assert headline(again) == headline(empty)


def test_slices_sum_and_caps_hold(world: World, mandate: tuple[Ingested, ...]) -> None:
    result = outcome(world, mandate, "window_75_days")
    assert result.plan is not None
    problem = result.plan.problem
    total = result.plan.sold.sum(axis=1) + result.plan.stranded
    assert total == pytest.approx(problem.wanted, rel=1e-9)
    assert (result.plan.sold <= problem.cap * (1 + 1e-9) + 1e-6).all()


def test_a_longer_window_or_a_larger_cap_never_costs_more(
    world: World, mandate: tuple[Ingested, ...]
) -> None:
    question = Question(AsOf.of("2021-08-03"))

    def cost(window: int | None, participation: float) -> float:
        policy = replace(Sale().policy, participation=participation)
        scenario = Scenario("w", market=MARKET, sale=Sale(policy=policy), window_days=window)
        result = run_scenario(world, mandate, scenario, question)
        assert result.plan is not None
        stuck = result.plan.stranded * result.plan.problem.price
        return float(result.plan.expected_cost + stuck.sum())

    assert cost(200, 0.2) >= cost(None, 0.2)
    assert cost(100, 0.1) >= cost(100, 0.3)


def test_more_hope_never_lowers_the_value_of_waiting(
    world: World, mandate: tuple[Ingested, ...]
) -> None:
    values = []
    for relief in ("0.1", "0.5", "0.9"):
        scenario = read_scenario(FOLDER / "xiaomi_denied.yml", {"courts.0.relief": relief})
        result = run_scenario(world, mandate, scenario, Question(AsOf.of("2021-01-20")))
        values.append(float(result.courts[0].value.total.sum()))
    assert values == sorted(values)


def test_every_problem_is_named_with_its_line() -> None:
    text = (
        "title: bad\n"
        "reading: hopeful\n"
        "events:\n"
        "  - {id: x, kind: smite, effective: 2021-01-01}\n"
        "market: {spread_bp: -3, shock: nonsense/base, colour: red}\n"
        "sale: {participation: lots}\n"
        "courts:\n"
        "  - {docket: d}\n"
        "receipts:\n"
        "  - {receipt: NOPE, until: 2021-02-01, cancel_fee: 0}\n"
    )
    with pytest.raises(InputError) as caught:
        parse_scenario(text, "bad.yml")
    said = str(caught.value)
    for words in (
        "reading 'hopeful'",
        "bad.yml:4",
        "market.spread_bp -3",
        "no shock preset nonsense",
        "unknown key 'colour' in market",
        "'lots' is not a number",
        "a court needs docket",
        "no terms of 'NOPE'",
    ):
        assert words in said, words


def test_set_replaces_what_the_file_states() -> None:
    path = FOLDER / "xiaomi_denied.yml"
    scenario = read_scenario(path, {"sale.participation": "0.33", "title": "other"})
    assert scenario.sale.policy.participation == 0.33
    assert scenario.title == "other"
    sources = {p.name: p.source for p in scenario.parameters()}
    assert sources["sale.participation"] == "xiaomi_denied.yml"
    assert sources["sale.sqrt_y"] == "default of this tool"
