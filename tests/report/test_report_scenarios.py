"""Scenarios in reports: every part has its figure, its rows and its words."""

import io
import json
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import jsonschema
import numpy as np
import openpyxl
import pypdf
import pytest

from analyzer.core.asof import AsOf
from analyzer.exposure import Analysis, Question
from analyzer.report import charts_scenarios as cs
from analyzer.report import figures
from analyzer.report.contract import json_schema
from analyzer.report.files import render
from analyzer.report.from_scenarios import scenario_reports
from analyzer.report.options import ReportOptions
from analyzer.report.scenario import Result, ScenarioReport, comparison_table, scenarios_table
from analyzer.scenarios.courts import belief, scheduled
from analyzer.scenarios.holdings import Strategy, leg
from analyzer.scenarios.plan import LiquidationPlan, make_plan
from analyzer.scenarios.read import parse_scenario
from analyzer.scenarios.replacement import Method, Reach, Universe, measure, replace_banned
from analyzer.scenarios.run import ScenarioResult
from analyzer.scenarios.schedule import (
    LineInputs,
    Parameter,
    Policy,
    SessionInputs,
    build_problem,
)
from analyzer.scenarios.simulate import Risk, simulate
from analyzer.scenarios.tree import legal_tree
from analyzer.scenarios.wait import WaitProblem, solve
from analyzer.scenarios.wait_value import sweep, value_of_waiting
from analyzer.service import World, default_prices, read_inputs, run_scenario

SESSIONS = 12
START = date(2021, 3, 1)


def plan() -> LiquidationPlan:
    """Two lines; the second does not fit its cap of 10 % of 1,000 shares a session."""
    days = tuple(START + timedelta(days=i) for i in range(SESSIONS))
    ones = np.ones((2, SESSIONS))
    inputs = LineInputs(
        lines=("A", "B"),
        shares=np.array([600.0, 2_000.0]),
        price=np.array([10.0, 5.0]),
        sigma=np.array([0.02, 0.03]),
        adv=np.array([1_000.0, 1_000.0]),
        bid_ask=np.array([0.02, 0.01]),
    )
    policy = Policy(model="sqrt", participation=0.1)
    when = SessionInputs(sessions=days, open_weight=ones, legal_weight=ones)
    return make_plan(build_problem(inputs, when, policy))


def wait_problem() -> tuple[WaitProblem, ScenarioReport]:
    model = scheduled("docket", 6, 0.4, basis="t", jumps=(0.1, -0.05), window_end=10)
    problem = WaitProblem(
        shares=np.array([1_000.0]),
        price=np.array([10.0]),
        sigma=np.array([0.02]),
        linear=np.full((1, SESSIONS), 0.01),
        temporary=np.full((1, SESSIONS), 1e-4),
        exponent=1.5,
        cap=np.full((1, SESSIONS), 300.0),
        deadline=np.array([10]),
        lock_loss=np.array([0.2]),
        docket=np.array([0]),
        beliefs=(belief(model, SESSIONS),),
        grid=41,
    )
    solution = solve(problem)
    risk = Risk(np.zeros((1, 1)), problem.sigma, np.zeros(1), 0.0)
    selling = partial(leg, solution, strategy=Strategy.OPTIMAL)
    report = ScenarioReport(
        "Wait",
        "The court rules in six sessions.",
        "USD",
        sweep=sweep(problem, (model,), np.linspace(0, 1, 11), grid=41),
        sweep_lines=("A",),
        tree=legal_tree(problem.beliefs, SESSIONS, scenarios=100, seed=3),
        value_of_waiting=value_of_waiting(solution),
        distribution=simulate(problem, selling, risk, scenarios=400, seed=5),
        seed=5,
    )
    return problem, report


def basket() -> ScenarioReport:
    daily = np.array([0.20, 0.25, 0.30]) / np.sqrt(252)
    target = np.array([0.5, 0.3, 0.2])
    universe = Universe(
        target=target,
        held=target,
        factors=(daily * np.sqrt(0.5))[:, None],
        idiosyncratic=daily * np.sqrt(0.5),
        reach=np.array([0, 0, Reach.DESIGNATED]),
        sector=np.array([0, 0, 1]),
        country=np.array([0, 1, 1]),
        cost=np.full(3, 0.001),
    )
    return ScenarioReport(
        "Replace",
        "The third name goes.",
        "USD",
        replacement=replace_banned(universe),
        current=measure(universe, universe.held, Method.OPTIMAL),
        impact_bp={"Growth": -12.5, "Income": 3.0},
    )


@pytest.fixture(scope="module")
def made() -> tuple[ScenarioReport, ...]:
    parameters = (Parameter("participation", "0.1", "fraction", "desk"),)
    sale = ScenarioReport(
        "Sell",
        "Ten per cent of volume.",
        "USD",
        parameters=parameters,
        events=("2021-03-05: a window is set",),
        plan=plan(),
        window_ends=(date(2021, 3, 12),),
        impact_bp={"Growth": -40.0, "Income": -1.0},
    )
    return (sale, wait_problem()[1], basket())


def test_the_sell_down_reconciles_with_the_plan(made: tuple[ScenarioReport, ...]) -> None:
    sale = made[0]
    assert sale.plan is not None
    data = cs.sell_down_data(sale)
    assert data["held"].iloc[0] == pytest.approx(600 * 10 + 2_000 * 5)
    assert data["held"].iloc[-1] == pytest.approx(float((sale.plan.stranded * [10, 5]).sum()))
    # Twelve sessions of 100 shares: line A fits, of B 1,200 of 2,000 shares can go.
    assert data["sellable"].iloc[0] == pytest.approx(600 * 10 + 1_200 * 5)
    assert data["sellable"].iloc[-1] == 0.0
    chart = cs.sell_down_chart(sale)
    assert chart is not None
    assert "USD 4,000 cannot be sold in time" in chart.alt


def test_the_waterfall_ends_at_the_expected_cost(made: tuple[ScenarioReport, ...]) -> None:
    sale = made[0]
    assert sale.plan is not None
    data = cs.waterfall_data(sale)
    assert data["cause"].iloc[-1] == "total"
    assert data["end"].iloc[-1] == pytest.approx(sale.plan.expected_cost)
    parts = data.iloc[:-1]
    assert parts["cost"].sum() == pytest.approx(sale.plan.expected_cost)
    assert (parts["start"].to_numpy()[1:] == parts["end"].to_numpy()[:-1]).all()


def test_the_value_of_waiting_is_what_the_policies_differ_by(
    made: tuple[ScenarioReport, ...],
) -> None:
    data = cs.waiting_data(made[1])
    assert (data["value_of_waiting"] >= -1e-9).all()
    difference = data["committed"] - data["optimal"]
    assert difference.to_numpy() == pytest.approx(data["value_of_waiting"].to_numpy())
    assert list(data["probability"]) == pytest.approx(np.linspace(0, 1, 11))
    parts = cs.waiting_parts_data(made[1])
    assert made[1].value_of_waiting is not None
    assert parts["end"].iloc[-1] == pytest.approx(float(made[1].value_of_waiting.total.sum()))


def test_chances_out_of_a_state_are_those_of_the_ruling(made: tuple[ScenarioReport, ...]) -> None:
    data = cs.court_data(made[1]).set_index(["source", "target"])["chance"]
    assert data["pending", "reprieved"] == pytest.approx(0.4)
    assert data["pending", "lost"] == pytest.approx(0.6)


def test_quantiles_of_the_fan_are_in_order(made: tuple[ScenarioReport, ...]) -> None:
    data = cs.fan_data(made[1])
    names = [c for c in data.columns if c.startswith("q")]
    assert (np.diff(data[names].to_numpy(), axis=1) >= 0).all()
    chart = cs.fan_chart(made[1])
    assert chart is not None
    assert "400 scenarios, seed 5" in chart.alt


def test_tracking_error_before_and_after(made: tuple[ScenarioReport, ...]) -> None:
    data = cs.tracking_data(made[2]).set_index("basket")["tracking_error"]
    assert data["before"] == pytest.approx(0.0)
    assert data["after: optimal"] == pytest.approx(0.049135, abs=5e-7)
    assert data["after: optimal"] <= data["after: pro-rata"]


def test_every_chart_is_drawn_with_words(made: tuple[ScenarioReport, ...]) -> None:
    charts = [c for s in made for c in cs.scenario_charts(s)]
    heat = cs.heatmap_chart(made)
    assert heat is not None
    assert "worst -40.0 bp in Sell for Growth" in heat.alt
    charts.append(heat)
    assert {c.kind for c in charts} == {
        "sell_down",
        "waterfall",
        "waiting",
        "court",
        "fan",
        "tracking",
        "heatmap",
    }
    assert len({c.name for c in charts}) == len(charts)
    for chart in charts:
        assert chart.alt
        assert figures.svg(chart).count("<svg") == 1
        assert figures.png(chart) == figures.png(chart)


def test_titles_that_look_alike_get_names_of_their_own() -> None:
    long = "SMIC and Hikvision: sell everything by the end of the window, "
    names = {cs.slug(long + "slowly"), cs.slug(long + "fast"), cs.slug("小米"), cs.slug("华为")}
    assert len(names) == 4
    assert cs.slug("Xiaomi: denied") == "xiaomi-denied"


def test_rows_give_inputs_with_sources_then_results(made: tuple[ScenarioReport, ...]) -> None:
    table = scenarios_table(made)
    rows = [dict(zip([c.key for c in table.columns], r, strict=True)) for r in table.rows]
    mine = [r for r in rows if r["scenario"] == "Sell"]
    order = [r["block"] for r in mine]
    assert list(dict.fromkeys(order)) == [
        "question",
        "event",
        "input",
        "result",
        "schedule",
        "remark",
    ]
    (given,) = [r for r in mine if r["item"] == "participation"]
    assert (given["value"], given["unit"], given["source"]) == (0.1, "fraction", "desk")
    sold = sum(r["value"] for r in mine if r["block"] == "schedule")
    assert made[0].plan is not None
    assert sold == pytest.approx(float(made[0].plan.sold.sum()))
    seeds = [r["value"] for r in rows if r["block"] == "input" and r["item"] == "seed"]
    assert seeds == [5]


def test_side_by_side_leaves_out_what_no_scenario_has() -> None:
    one = ScenarioReport("One", "q", "USD", results=(Result("cost", 1234.5, "USD", True),))
    two = ScenarioReport(
        "Two", "q", "USD", results=(Result("last sale", date(2021, 5, 1), "day", True),)
    )
    none = ScenarioReport("None", "q", "USD", results=(Result("other", None, "USD", True),))
    table = comparison_table((one, two, none))
    assert [tuple(row) for row in table.rows] == [
        ("Cost, USD", "1,234.50", "—", "—"),
        ("Last sale", "—", "2021-05-01", "—"),
    ]


DENIED = """
title: "Xiaomi: denied"
note: The motion fails; the clocks run as the listing set them.
as_of: 2021-01-20
sale: {participation: 0.10, risk_aversion: 1.0e-9}
market: {shock: invest_ban/high, crowding: 0.10}
courts:
  - {docket: Xiaomi, targets: [xiaomi], ruling: 2021-03-12, relief: 0.05, relief_move: 0.08}
"""
ENJOINED = """
title: "Xiaomi: enjoined on 12 March"
as_of: 2021-01-20
events:
  - {id: hypothetical-injunction, kind: suspend, list: US-DOD-1237, targets: [xiaomi],
     effective: 2021-03-12}
sale: {participation: 0.10}
"""


@pytest.fixture(scope="module")
def ran(world: World, samples: Path) -> list[ScenarioResult]:
    inputs = read_inputs([samples / "emerging_markets_fund.csv"])
    question, prices = Question(AsOf.of("2021-03-09"), base="USD"), default_prices()
    return [
        run_scenario(world, inputs, parse_scenario(text, name), question, prices=prices)
        for name, text in (("denied.yml", DENIED), ("enjoined.yml", ENJOINED))
    ]


def test_a_scenario_that_was_run_is_reported_whole(ran: list[ScenarioResult]) -> None:
    (report, _) = scenario_reports(ran)
    kinds = [c.kind for c in cs.scenario_charts(report)]
    assert {"sell_down", "waterfall", "fan", "waiting", "court"} <= set(kinds)
    assert report.distribution is not None
    assert report.seed == report.distribution.seed
    assert report.plan is ran[0].plan
    assert report.assumptions
    assert all(p.source for p in report.assumptions)
    nav = ran[0].analysis.totals.market_value
    assert nav is not None
    assert ran[0].plan is not None
    lost = (ran[0].shock_loss or 0.0) + ran[0].plan.expected_cost
    assert list(report.impact_bp.values()) == [pytest.approx(-1e4 * lost / nav)]


def test_reports_show_scenarios_side_by_side(ran: list[ScenarioResult], world: World) -> None:
    options = ReportOptions(law=world.law)
    first: Analysis = ran[0].analysis
    reader = pypdf.PdfReader(io.BytesIO(render(first, ".pdf", scenarios=ran, options=options)))
    assert len(reader.pages) <= 4
    text = " ".join(" ".join(p.extract_text() for p in reader.pages).split())
    assert "Scenarios side by side" in text
    assert "Expected cost of selling, USD" in text
    assert "Still to sell" not in text  # drawn, not printed
    assert "Value still to sell falls from USD" in text
    page = render(first, ".html", scenarios=ran, options=options).decode()
    drawn = sum(len(list(cs.scenario_charts(s))) for s in scenario_reports(ran))
    assert page.count("<figure>") == 2 + 1 + drawn
    book = openpyxl.load_workbook(io.BytesIO(render(first, ".xlsx", scenarios=ran)))
    assert {row[0] for row in book["Scenarios"].iter_rows(2, values_only=True)} == {
        r.scenario.title for r in ran
    }
    audit = [row for row in book["Audit"].iter_rows(2, values_only=True) if row[0] == "parameter"]
    assert len(audit) >= sum(len(r.parameters) for r in ran)


def test_a_supposed_law_does_not_pass_for_the_law_as_it_stands(ran: list[ScenarioResult]) -> None:
    denied, enjoined = ran
    assert enjoined.scenario.events
    for suffix in (".html", ".xlsx"):
        data = render(enjoined.analysis, suffix, scenarios=[enjoined, denied])
        if suffix == ".html":
            head = data.decode().split("<main>")[0]
            assert '<p class="lead">Supposing Xiaomi: enjoined on 12 March (' in head
        else:
            rows = openpyxl.load_workbook(io.BytesIO(data))["Summary"].values
            answer = next(row[1] for row in rows if row[0] == "Answer")
            assert answer.startswith("Supposing Xiaomi: enjoined on 12 March (")
    plain = render(enjoined.analysis, ".html", scenarios=[denied]).decode()
    assert "Supposing" not in plain.split("<main>")[0]


def test_json_with_scenarios_keeps_to_the_schema(ran: list[ScenarioResult]) -> None:
    body = json.loads(render(ran[0].analysis, ".json", scenarios=ran))
    jsonschema.validate(body, json_schema(), cls=jsonschema.Draft202012Validator)
    assert [s["title"] for s in body["scenarios"]] == [r.scenario.title for r in ran]


def test_json_of_scenarios_put_together_by_hand_has_no_nan(
    made: tuple[ScenarioReport, ...], fund: Analysis
) -> None:
    def refuse(text: str) -> float:
        raise AssertionError(text)

    body = json.loads(render(fund, ".json", scenarios=made), parse_constant=refuse)
    jsonschema.validate(body, json_schema(), cls=jsonschema.Draft202012Validator)
    assert body["scenarios"][0]["inputs"][-1]["source"]
    assert {row["line"] for row in body["scenarios"][0]["schedule"]} == {"A", "B"}
