"""Charts on screen draw the numbers that the figures in files draw."""

import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analyzer.core.verdict import Status
from analyzer.exposure import Analysis
from analyzer.report.charts import exposure_chart, exposure_data
from analyzer.report.charts_scenarios import scenario_charts
from analyzer.report.from_scenarios import scenario_reports
from analyzer.service import World
from analyzer.workspace import (
    Desk,
    Form,
    analyze_desk,
    grouped,
    line_table,
    pick,
    read_desk,
    replay,
    run_form,
    scenario_of,
)
from dashboards.components import charts
from dashboards.components import scenario_charts as drawn
from dashboards.words import ANSWERS, COLOURS, MARKS, plain

EM = "emerging_markets_fund.csv"


@pytest.fixture(scope="module")
def desk(samples: Path) -> Desk:
    return Desk(files=((EM, (samples / EM).read_bytes()),), as_of="2021-03-09")


@pytest.fixture(scope="module")
def analysis(world: World, desk: Desk) -> Analysis:
    return analyze_desk(world, desk, read_desk(desk))


def rows_of(spec: dict[str, Any]) -> list[dict[str, Any]]:
    return [row for rows in spec["datasets"].values() for row in rows]


def test_bars_show_what_the_report_shows(analysis: Analysis) -> None:
    chart = exposure_chart(analysis)
    assert chart is not None
    shown = {r["group"]: r["value"] for r in rows_of(drawn._exposure(chart).to_dict())}
    expected = dict(zip(chart.data["issuer"], chart.data["value"], strict=True))
    assert shown == expected


def test_groups_add_up_to_the_totals(analysis: Analysis) -> None:
    for by in ("issuer", "portfolio", "regime", "status", "country", "sector"):
        data = grouped(analysis, by, everything=True)
        assert data["lines"].sum() == analysis.totals.rows
        assert math.isclose(data["value"].sum(), analysis.totals.market_value or 0.0)
    touched = grouped(analysis, "issuer").set_index("group")["value"]
    report = exposure_data(analysis, limit=100).set_index("issuer")["value"]
    pd.testing.assert_series_equal(
        touched.sort_index(), report.sort_index(), check_names=False, check_dtype=False
    )


def test_the_treemap_holds_every_value_once(analysis: Analysis) -> None:
    data = grouped(analysis, "issuer")
    option = charts.treemap(data, "value", "Value")
    leaves = [leaf for node in option["series"][0]["data"] for leaf in node["children"]]
    assert sorted(leaf["value"] for leaf in leaves) == sorted(data["value"].abs())
    assert option["aria"]["decal"]["show"] is True


def test_a_group_opens_exactly_its_lines(analysis: Analysis) -> None:
    data = grouped(analysis, "country", everything=True)
    for group, found in data.groupby("group")["lines"].sum().items():
        at = pick(analysis, "country", str(group), everything=True)
        assert len(at) == found == len(line_table(analysis, at))


def test_every_scenario_chart_is_drawn_with_its_numbers(world: World, desk: Desk) -> None:
    form = Form(
        "sale",
        volume=2e6,
        volatility=0.025,
        participation=0.02,
        risk_aversion=1e-6,
        ruling="2021-05-11",
        targets=("xiaomi",),
        relief=0.5,
        relief_move=0.1,
    )
    result = run_form(world, desk, read_desk(desk), scenario_of(form, world.law))
    (report,) = scenario_reports([result])
    found = list(scenario_charts(report))
    assert {"sell_down", "waterfall", "waiting", "court"} <= {c.kind for c in found}
    assert {c.kind for c in drawn.drawable(found)} == {c.kind for c in found}
    for chart in found:
        spec = drawn._DRAWN[chart.kind](chart).to_dict()
        values = {v for row in rows_of(spec) for v in row.values() if isinstance(v, float)}
        column = {"sell_down": "held", "waterfall": "cost", "waiting": "optimal"}.get(chart.kind)
        if column:
            wanted = chart.data[column].iloc[1:4] if len(chart.data) > 4 else chart.data[column]
            assert {float(v) for v in wanted} <= values, chart.kind
        encodings = str(spec).split("datasets", maxsplit=1)[0]
        assert "q0." not in encodings, "Vega reads a dot in a field's name as a path"


def test_the_timeline_says_in_words_what_it_draws(world: World, desk: Desk) -> None:
    found = replay(world, "xiaomi", desk.question, world.law.newest_known)
    day = desk.question.as_of.day
    said = charts.gantt_words(found, day)
    for word in (
        "upcoming from 2021-01-14",
        "suspended from 2021-03-12",
        "released from 2021-05-25",
    ):
        assert word in said
    lanes = {row.get("lane") for row in rows_of(charts.gantt(found).to_dict())}
    assert {"position", "buy", "sell to divest", "hold"} <= lanes


def test_words_on_a_bar_stand_out_from_its_colour(world: World, desk: Desk) -> None:
    found = replay(world, "xiaomi", desk.question, world.law.newest_known)
    layer = next(x for x in charts.gantt(found).to_dict()["layer"] if x["mark"]["type"] == "text")
    colour = layer["encoding"]["color"]
    assert colour["condition"]["test"]["oneOf"] == [charts.status_label(Status.SUSPENDED)]
    assert (colour["condition"]["value"], colour["value"]) == ("#fff", "#111")


def test_no_two_statuses_look_alike() -> None:
    assert len(set(MARKS.values())) == len(Status)
    assert len(set(COLOURS.values())) == len(Status)
    assert len({mark for _, mark in ANSWERS.values()}) == len(ANSWERS)


@pytest.mark.parametrize("text", ["[x](http://evil)", "<b>", "$a$", ":red[x]", "**b**", "`c`"])
def test_text_of_a_file_is_never_markup(text: str) -> None:
    escaped = plain(text)
    assert escaped.replace("\\", "") == text
    assert all(escaped[i - 1] == "\\" for i, c in enumerate(escaped) if c in "[]<>$:*`()")
