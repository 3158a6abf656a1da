"""The cost of a sale by cause, the matrix of timing and outcome, concentration before and after."""

from pathlib import Path

import numpy as np
import pytest

from analyzer.core.asof import AsOf
from analyzer.exposure import Question
from analyzer.report.comparison import headline, scenarios_json
from analyzer.scenarios.read import read_scenario
from analyzer.scenarios.run import ScenarioResult
from analyzer.service import read_inputs, run_scenario
from analyzer.world import World

QUESTION = Question(AsOf.of("2021-01-20"))


@pytest.fixture(scope="module")
def result(world: World, samples: Path) -> ScenarioResult:
    changes = {"simulate.scenarios": "0", "sale.frontier": "0"}
    scenario = read_scenario(samples / "scenarios" / "xiaomi_sell_or_wait.yml", changes)
    return run_scenario(world, read_inputs([samples / "large_em_mandate.csv"]), scenario, QUESTION)


@pytest.fixture(scope="module")
def figures(result: ScenarioResult) -> dict[str, float]:
    return {f.name: f.value for f in headline(result) if isinstance(f.value, float | int)}


def test_causes_add_up_to_the_expected_cost(figures: dict[str, float]) -> None:
    parts = [value for name, value in figures.items() if name.startswith("of it ")]
    assert len(parts) >= 3
    assert sum(parts) == pytest.approx(figures["expected cost of selling"])


def test_the_matrix_is_the_sweep_where_the_outcome_is_certain(
    result: ScenarioResult, figures: dict[str, float]
) -> None:
    over = result.courts[0].over
    assert (over.probability[0], over.probability[-1]) == (0.0, 1.0)
    for outcome, at in (("it refuses", 0), ("it grants relief", -1)):
        sold, held = (
            figures[f"cost, {t}, {outcome}"] for t in ("sold at once", "held for the court")
        )
        assert sold == pytest.approx(float(over.commit[at].sum()))
        assert held == pytest.approx(float(over.wait[at].sum()))
        assert over.value[at].sum() <= min(sold, held) + 1e-6
    refused = figures["cost, held for the court, it refuses"]
    assert refused > figures["cost, held for the court, it grants relief"]


def test_a_sale_leaves_the_rest_in_its_weights(
    result: ScenarioResult, figures: dict[str, float]
) -> None:
    assert result.concentration is not None
    before, after = result.concentration
    lines = result.analysis.lines
    held = lines.loc[lines["instrument"] != "cash"].groupby(
        [a.match.entity_id if a.match and a.match.confirmed else str(i)
         for i, a in enumerate(result.analysis.judged[c] for c in lines["judged"])
         if lines["instrument"].iloc[i] != "cash"]
    )["market_value_base"].sum()  # fmt: skip
    weights = (held / held.sum()).to_numpy()
    assert before.issuers == pytest.approx(1.0 / np.sum(weights**2))
    assert before.issuer_index == pytest.approx(1.0 / before.issuers)
    assert after.issuers < before.issuers
    assert figures["effective number of issuers, before"] == round(before.issuers, 1)
    body = scenarios_json([result])["scenarios"][0]["concentration"]
    assert body["after"]["effective_sectors"] == pytest.approx(after.sectors)
