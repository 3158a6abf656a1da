"""The published JSON: valid against its schema, reconciled, without a single NaN."""

import json
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest

from analyzer.core.asof import AsOf
from analyzer.exposure import Analysis, Question
from analyzer.report.contract import analysis_json, dumps, json_schema
from analyzer.service import World, analyze, read_inputs

FILES = (
    "emerging_markets_fund.csv",
    "bond_book.xlsx",
    "fund_of_funds.csv",
    "model_weights.json",
    "europaeischer_fonds.csv",
    "messy_custody_statement.csv",
)


@pytest.fixture(scope="module", params=FILES)
def analysis(request: pytest.FixtureRequest, world: World, samples: Path) -> Analysis:
    return analyze(world, read_inputs([samples / request.param]), Question(AsOf.of("2021-03-16")))


@pytest.mark.parametrize("everything", [False, True])
def test_json_is_valid(analysis: Analysis, everything: bool) -> None:
    body = json.loads(dumps(analysis_json(analysis, everything)))
    jsonschema.validate(body, json_schema(), cls=jsonschema.Draft202012Validator)


def test_rows_reconcile(analysis: Analysis) -> None:
    body = analysis_json(analysis, everything=True)
    for note in body["inputs"]:
        assert (
            note["rows_read"] == note["rows_holding"] + note["rows_skipped"] + note["rows_rejected"]
        )
    assert sum(s["rows"] for s in body["totals"]["by_status"].values()) == body["totals"]["rows"]
    assert len(body["positions"]) == body["totals"]["rows"]
    assert body["totals"]["rows"] == sum(n["rows_holding"] for n in body["inputs"])


def test_values_reconcile(analysis: Analysis) -> None:
    body = analysis_json(analysis, everything=True)
    values = [Decimal(p["market_value_base"]) for p in body["positions"] if p["market_value_base"]]
    if values:
        assert abs(sum(values) - Decimal(body["totals"]["market_value"])) < Decimal("0.05")
        by_status = body["totals"]["by_status"].values()
        parts = [Decimal(s["market_value"]) for s in by_status if s["market_value"]]
        assert abs(sum(parts) - Decimal(body["totals"]["market_value"])) < Decimal("0.05")


def test_every_reason_is_described(analysis: Analysis) -> None:
    body = analysis_json(analysis)
    for position in body["positions"]:
        for verdict in position["verdicts"].values():
            assert set(verdict["because"]) <= set(body["events"]), position["name"]


def test_same_input_same_bytes(world: World, samples: Path) -> None:
    def once() -> str:
        inputs = read_inputs([samples / "emerging_markets_fund.csv"])
        return dumps(analysis_json(analyze(world, inputs, Question(AsOf.of("2021-03-16")))))

    assert once() == once()
