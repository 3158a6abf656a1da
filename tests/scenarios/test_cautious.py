"""Nested conditional value at risk over the court's moves, and where the parts are reported."""

import io
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.core.asof import AsOf
from analyzer.exposure import Question
from analyzer.report.comparison import scenarios_json
from analyzer.report.files import render
from analyzer.scenarios.base_rates import Stage
from analyzer.scenarios.courts import FREE, CourtState
from analyzer.scenarios.read import read_scenario
from analyzer.scenarios.run import ScenarioResult
from analyzer.scenarios.wait import WaitProblem, solve
from analyzer.scenarios.wait_value import evaluate
from analyzer.service import read_inputs, run_scenario
from analyzer.world import World
from tests.scenarios.test_court_path import dated, full_court, market_problem

FOLDER = Path(__file__).resolve().parents[2] / "sample_portfolios" / "scenarios"


def tail_mean(outcome: np.ndarray, chance: np.ndarray, tail: float) -> float:
    """Conditional value at risk as Rockafellar and Uryasev define it: a minimum over levels."""
    return min(level + chance @ np.maximum(outcome - level, 0.0) / tail for level in outcome)


def brute_force(problem: WaitProblem) -> float:
    """Try every sale at every holding; the court's next move by mean and tail."""
    seen, lots = problem.beliefs[0], problem.cap_lots()[0]
    lot, price, w = problem.lot[0], problem.price[0], problem.cvar_weight
    held = np.arange(problem.grid) * lot
    bound = np.array([s not in FREE for s in CourtState])
    value = problem.lock_loss[0] * price * held * bound[:, None]
    for t in range(int(problem.deadline[0]) - 1, -1, -1):
        new = np.empty_like(value)
        for s in CourtState:
            chance = seen.matrices[t, s]
            rest = np.empty(problem.grid)
            for x in range(problem.grid):
                outcome = value[:, x] - held[x] * price * seen.jumps[t, s]
                reached = chance > 0
                worst = tail_mean(outcome[reached], chance[reached], problem.cvar_tail)
                rest[x] = (1 - w) * chance @ outcome + w * worst
            rest += problem.risk_aversion * (problem.sigma[0] * price * held) ** 2 * bound[s]
            for x in range(problem.grid):
                new[s, x] = min(
                    problem.linear[0, t] * n * lot
                    + problem.temporary[0, t] * (n * lot) ** problem.exponent
                    + rest[x - n]
                    for n in range(min(x, lots[t]) + 1)
                )
        value = new
    return float(value[seen.start, -1])


@settings(max_examples=8, deadline=None)
@given(st.floats(0.0, 1.0), st.floats(0.01, 1.0), st.floats(0.0, 1.0))
def test_the_cautious_programme_equals_brute_force(
    weight: float, tail: float, relief: float
) -> None:
    rulings = (dated(Stage.PRELIMINARY, 4, relief, 0.05), dated(Stage.MERITS, 9, 0.4, 0.05))
    court = full_court(rulings=rulings, removal_hazard=0.02, relisting_hazard=0.01)
    problem = market_problem(
        court, deadline=np.array([14]), grid=9, cvar_weight=weight, cvar_tail=tail
    )
    assert solve(problem).value[0] == pytest.approx(brute_force(problem), rel=1e-9)


def test_caution_costs_on_average_and_grows_with_its_weight() -> None:
    neutral = market_problem(full_court())
    best = solve(neutral).value[0]
    worth, cost = [], []
    for weight in (0.0, 0.2, 0.6, 1.0):
        found = solve(market_problem(full_court(), cvar_weight=weight))
        worth.append(found.value[0])
        parts = evaluate(neutral, found.court, found.policy, found.court.start[neutral.docket])
        cost.append(parts.total[0])
    assert worth == sorted(worth)
    assert cost[0] == pytest.approx(best)
    assert min(cost) >= best - 1e-9
    assert cost[-1] > best
    # A tail as wide as the distribution is the mean.
    same = solve(market_problem(full_court(), cvar_weight=1.0, cvar_tail=1.0))
    assert same.value[0] == pytest.approx(best)


@pytest.fixture(scope="module")
def alibaba(world: World, samples: Path) -> ScenarioResult:
    scenario = read_scenario(FOLDER / "alibaba_court_path.yml", {"simulate.scenarios": "50"})
    inputs = read_inputs([samples / "large_em_mandate.csv"])
    return run_scenario(world, inputs, scenario, Question(AsOf.of("2026-09-02")))


def test_a_path_is_reported_whole(alibaba: ScenarioResult) -> None:
    (court,) = scenarios_json([alibaba])["scenarios"][0]["courts"]
    assert [r["stage"] for r in court["rulings"]] == ["preliminary", "merits", "appeal"]
    assert sum(court["ends"].values()) == pytest.approx(1.0)
    free = sum(court["ends"][s] for s in ("enjoined", "reprieved", "removed"))
    assert court["relief"] == pytest.approx(free)
    assert sum(map(float, court["parts"].values())) == pytest.approx(
        float(court["value_of_waiting"]), abs=0.05
    )
    low, high = map(float, court["value_of_waiting_at_interval"])
    assert low < float(court["value_of_waiting"]) < high
    cautious = court["cautious"]
    assert float(cautious["price_of_caution"]) >= 0
    assert float(cautious["value"]) >= float(cautious["expected_cost"])


def test_the_workbook_has_the_courts(alibaba: ScenarioResult) -> None:
    book = openpyxl.load_workbook(
        io.BytesIO(render(alibaba.analysis, ".xlsx", scenarios=[alibaba])), read_only=True
    )
    rows = list(book["Courts"].iter_rows(values_only=True, min_row=2))
    counts = {block: sum(r[2] == block for r in rows) for block in {r[2] for r in rows}}
    assert counts["regret"] == 11 * 11
    assert counts["value of waiting"] == 5
    assert counts["cost"] == 33
    assert counts["cautious"] == 4
    assert counts["policy"] % 11 == 0
    (court,) = scenarios_json([alibaba])["scenarios"][0]["courts"]
    regret = [r[6] for r in rows if r[2] == "regret"]
    assert regret[10] == pytest.approx(float(court["by_chance"][0]["regret"][10]))
    assert min(regret) >= 0
