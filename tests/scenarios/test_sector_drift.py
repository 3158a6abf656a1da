"""Drift by sector and country: what is measured, what a band holds, what is said without one."""

from pathlib import Path

import numpy as np
import pytest

from analyzer.core.asof import AsOf
from analyzer.exposure import Question
from analyzer.report.comparison import headline, scenarios_json
from analyzer.report.from_scenarios import scenario_reports
from analyzer.scenarios.read import parse_scenario
from analyzer.scenarios.run import ScenarioResult
from analyzer.service import read_inputs, run_scenario
from analyzer.world import World

DAY = "2026-09-02"
BARRED = """
title: band
replacement: {%s}
simulate: {scenarios: 0}
"""


def run(world: World, samples: Path, options: str, cut: bool = False) -> ScenarioResult:
    source = (samples / "large_em_mandate.csv").read_bytes()
    if cut:
        lines = [line.rpartition(b",")[0] for line in source.splitlines()]
        source = b"\n".join(lines) + b"\n"
    inputs = read_inputs([("large_em_mandate.csv", source)])
    scenario = parse_scenario(BARRED % options, "band.yml")
    return run_scenario(world, inputs, scenario, Question(AsOf.of(DAY)))


def test_a_band_holds_and_costs_tracking(world: World, samples: Path) -> None:
    free = run(world, samples, "cost_bp: 20").substitutes
    assert free is not None
    drift = np.abs(free.comparison.optimal.sector_drift).max()
    bound = run(world, samples, f"sector_band: {drift * 0.9:.6f}")
    assert bound.substitutes is not None, bound.messages
    kept = bound.substitutes.comparison.optimal
    assert np.abs(kept.sector_drift).max() <= drift * 0.9 + 1e-6
    assert kept.tracking_error >= free.comparison.optimal.tracking_error - 1e-9


def test_weights_by_group_add_up_before_and_after(world: World, samples: Path) -> None:
    found = run(world, samples, "cost_bp: 20").substitutes
    assert found is not None
    for weights in (found.sectors, found.countries):
        assert sum(weights.values()) == pytest.approx(1.0)
    for basket in found.comparison.baskets:
        for drift in (basket.sector_drift, basket.country_drift):
            assert drift.sum() == pytest.approx(-basket.cash, abs=1e-9)


def test_every_output_prints_the_drift(world: World, samples: Path) -> None:
    result = run(world, samples, "cost_bp: 20")
    found = result.substitutes
    assert found is not None
    body = scenarios_json([result])["scenarios"][0]["replacement"]
    assert set(body["sectors"]) == set(body["baskets"][0]["sector_drift"]) == set(found.sectors)
    figures = {f.name: f.value for f in headline(result)}
    assert figures["widest drift of a sector, best basket"] == pytest.approx(
        max(abs(v) for v in body["baskets"][0]["sector_drift"].values())
    )
    (report,) = scenario_reports([result])
    named = {r.name: r.value for r in report.figures}
    for word, weight in found.sectors.items():
        assert named[f"weight of sector {word}, now"] == pytest.approx(weight)


def test_without_a_sector_column_drift_is_not_measured_and_a_band_is_refused(
    world: World, samples: Path
) -> None:
    plain = run(world, samples, "cost_bp: 20", cut=True)
    assert plain.substitutes is not None
    assert plain.substitutes.sectors == {}
    figures = {f.name: f.value for f in headline(plain)}
    assert figures["widest drift of a sector, best basket"] is None
    refused = run(world, samples, "sector_band: 0.1", cut=True)
    assert refused.substitutes is None
    assert "sector_band needs a holdings file with a sector column" in " ".join(refused.messages)


def test_a_country_with_nothing_left_is_named(world: World, samples: Path) -> None:
    refused = run(world, samples, "country_band: 0.01")
    assert refused.substitutes is None
    (words,) = [m for m in refused.messages if m.startswith("replacement")]
    assert "no basket meets the rules" in words
    assert "country HK has no name left but weighs" in words
