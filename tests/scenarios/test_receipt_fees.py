"""What a surrender costs: stated, read, or between two ends."""

from pathlib import Path

import pytest

from analyzer.core.asof import AsOf
from analyzer.exposure import Question
from analyzer.report.comparison import headline, scenarios_json
from analyzer.scenarios.read import parse_scenario
from analyzer.scenarios.receipts import receipt_terms, surrender_fee
from analyzer.scenarios.run import ScenarioResult
from analyzer.service import read_inputs, run_scenario
from analyzer.world import World

TEXT = (
    "title: t\nmarket: {volume: {CHL: 2000000}, volatility: {CHL: 0.0228}}\n"
    "sale: {participation: 0.15}\nsimulate: {scenarios: 0}\n"
    "receipts: [{receipt: CHL, until: 2021-01-29%s}]\n"
)


def test_where_a_fee_comes_from() -> None:
    terms = receipt_terms()
    stated = surrender_fee(terms["CHL"], 0.02, None)
    assert stated is not None
    assert (stated.low, stated.high, stated.known) == (0.02, 0.02, True)
    read = surrender_fee(terms["CEO"], None, 0.8)
    assert read is not None
    assert (read.low, read.known) == (pytest.approx(0.04), True)
    assert "letter to a holder" in read.source
    open_ended = surrender_fee(terms["CHL"], None, 0.8)
    assert open_ended is not None
    assert (open_ended.low, open_ended.high) == (0.0, pytest.approx(0.04))
    assert not open_ended.known
    assert "not read" in open_ended.source
    assert surrender_fee(terms["CHL"], None, None) is None


def test_an_unknown_fee_bounds_the_routes(world: World, samples: Path) -> None:
    inputs = read_inputs([samples / "large_em_mandate.csv"])
    question = Question(AsOf.of("2021-01-05"))

    def run(fee: str = "") -> ScenarioResult:
        return run_scenario(world, inputs, parse_scenario(TEXT % fee, "t.yml"), question)

    result = run()
    (found,) = result.receipts
    dear = {r.name: r for r in found.comparison.routes}
    cheap = {r.name: r for r in found.cheap.routes}
    whole = "convert and sell locally"
    # Every receipt is surrendered: the ends differ by the fee on each of them.
    assert cheap[whole].net - dear[whole].net == pytest.approx(0.05 * 2_400_000)
    assert cheap["sell the receipt"].net == pytest.approx(dear["sell the receipt"].net)
    assert dear["split"].net <= cheap["split"].net <= dear["split"].net + 0.05 * 2_400_000
    for fee in ("0", "0.05"):
        (exact,) = run(f", cancel_fee: {fee}").receipts
        assert exact.fee.known
        assert exact.cheap is exact.comparison
        side = found.cheap if fee == "0" else found.comparison
        assert exact.comparison.best.net == pytest.approx(side.best.net)
    figures = {f.name: f.value for f in headline(result)}
    assert figures["net, best way if surrender is free"] == pytest.approx(found.cheap.best.net)
    (body,) = scenarios_json([result])["scenarios"][0]["receipts"]
    assert body["cancel_fee"]["low"] == 0.0
    assert body["cancel_fee"]["high"] == pytest.approx(0.05)
    assert len(body["routes_at_low_fee"]) == 3
