"""Index funds sell around their day: volume taken, caps lowered, the structural move enlarged."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from analyzer.core.asof import AsOf
from analyzer.core.errors import InputError, QueryError
from analyzer.exposure import Question
from analyzer.ingest import Ingested
from analyzer.report.comparison import headline, scenarios_json
from analyzer.scenarios.flows import IndexFlow, flow_by_session
from analyzer.scenarios.read import parse_scenario
from analyzer.scenarios.run import ScenarioResult
from analyzer.service import read_inputs, run_scenario
from analyzer.world import World

QUESTION = Question(AsOf.of("2021-01-20"))
BASE = """
title: flow
sale: {participation: 0.10, frontier: 0}
simulate: {scenarios: 0}
market: {volume: {xiaomi: 1.0e+8}, volatility: {xiaomi: 0.03}%s}
"""
FLOW = ", index_flow: [{line: xiaomi, shares: 2.4e+8, date: 2021-03-12, sessions: 3, source: x}]"


@pytest.fixture(scope="module")
def mandate(samples: Path) -> tuple[Ingested, ...]:
    return read_inputs([samples / "large_em_mandate.csv"])


def run(world: World, mandate: tuple[Ingested, ...], flow: str) -> ScenarioResult:
    return run_scenario(world, mandate, parse_scenario(BASE % flow, "f.yml"), QUESTION)


def line(result: ScenarioResult) -> int:
    assert result.sell is not None
    return [p.entity for p in result.sell.positions].index("xiaomi")


def test_participation_is_taken_of_what_index_funds_leave(
    world: World, mandate: tuple[Ingested, ...]
) -> None:
    plain, with_flow = run(world, mandate, ""), run(world, mandate, FLOW)
    assert plain.plan is not None
    assert with_flow.plan is not None
    i = line(plain)
    days = plain.plan.problem.sessions
    last = days.index(date(2021, 3, 12))
    before, after = plain.plan.problem.cap[i], with_flow.plan.problem.cap[i]
    assert after[last - 2 : last + 1] == pytest.approx(0.10 * (1e8 - 0.8e8))
    untouched = np.delete(np.arange(len(days)), np.arange(last - 2, last + 1))
    assert np.array_equal(before[untouched], after[untouched])
    assert with_flow.plan.sold[i].sum() == pytest.approx(plain.plan.sold[i].sum(), rel=1e-12)
    assert bool((with_flow.plan.sold <= with_flow.plan.problem.cap * (1 + 1e-9)).all())
    assert with_flow.plan.expected_cost >= plain.plan.expected_cost - 1e-6


def test_the_flow_enters_the_structural_move_and_is_printed(
    world: World, mandate: tuple[Ingested, ...]
) -> None:
    result = run(world, mandate, FLOW)
    (flow,) = result.index_flows
    assert flow.of_volume == pytest.approx(2.4)
    assert flow.structural == pytest.approx(-0.03 * np.sqrt(2.4))
    moved = next(m for m in result.moves.lines if m.name.startswith("Xiaomi"))
    assert moved.forced == pytest.approx(95e6 + 2.4e8)
    assert moved.structural == pytest.approx(-0.03 * np.sqrt(3.35))
    assert moved.basis.endswith("and index funds")
    figures = {f.name: f.value for f in headline(result)}
    assert figures["index flow, shares"] == 2.4e8
    assert figures["index flow, sessions of usual volume"] == 2.4
    body = scenarios_json([result])["scenarios"][0]
    assert body["index_flow"][0]["source"] == "x"
    assert any(p["name"] == "market.index_flow xiaomi" for p in body["parameters"])


def test_a_share_of_the_float_is_the_same_as_its_shares(
    world: World, mandate: tuple[Ingested, ...]
) -> None:
    parts = FLOW.replace("shares: 2.4e+8", "share_of_float: 0.02, float_shares: 1.2e+10")
    assert run(world, mandate, parts).index_flows == run(world, mandate, FLOW).index_flows


def test_an_event_of_the_record_gives_the_day_and_hindsight_is_said(
    world: World, mandate: tuple[Ingested, ...]
) -> None:
    result = run(world, mandate, FLOW.replace("date: 2021-03-12", "event: ftse-2021-03-12"))
    (flow,) = result.index_flows
    assert (flow.day, flow.announced) == (date(2021, 3, 12), date(2021, 3, 5))
    assert "FTSE Russell" in flow.event
    assert any("announced on 2021-03-05" in m and "supposition" in m for m in result.messages)
    with pytest.raises(QueryError, match="no index event 'xiaomi-pi'"):
        run(world, mandate, FLOW.replace("date: 2021-03-12", "event: xiaomi-pi"))


def test_a_flow_that_takes_all_volume_leaves_nothing_to_plan(
    world: World, mandate: tuple[Ingested, ...]
) -> None:
    result = run(world, mandate, FLOW.replace("2.4e+8", "4.0e+8"))
    assert result.plan is not None
    i = line(result)
    last = result.plan.problem.sessions.index(date(2021, 3, 12))
    assert not result.plan.problem.cap[i, last - 2 : last + 1].any()
    assert any("take all usual volume" in m for m in result.messages)


@pytest.mark.parametrize(
    ("flow", "problem"),
    [
        ("{line: x, shares: 5, date: 2021-03-12}", "source"),
        ("{line: x, shares: 5, source: s}", "date or event"),
        ("{line: x, date: 2021-03-12, source: s}", "shares, or share_of_float"),
        ("{line: x, shares: 5, share_of_float: 0.1, float_shares: 9, date: 2021-03-12, source: s}",
         "shares, or share_of_float"),
        ("{line: x, share_of_float: 0.1, date: 2021-03-12, source: s}", "float_shares"),
        ("{line: x, shares: 5, date: 2021-03-12, source: s, of: 3}", "unknown key 'of'"),
    ],
)  # fmt: skip
def test_a_flow_that_is_not_whole_is_refused(flow: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        parse_scenario(BASE % f", index_flow: [{flow}]", "f.yml")


def test_sessions_before_the_first_and_after_the_last_take_nothing_from_it() -> None:
    days = [date(2021, 3, d) for d in (8, 9, 10, 11, 12)]
    traded = np.ones((2, 5))
    traded[0, 1] = 0.0

    def flow(day: date, sessions: int) -> np.ndarray:
        stated = IndexFlow("a", 6.0, day, "", sessions, "s")
        return flow_by_session([stated], None, [("a", ""), ("b", "")], days, traded)  # type: ignore[arg-type]

    assert flow(date(2021, 3, 10), 2).tolist()[0] == [3.0, 0.0, 3.0, 0.0, 0.0]
    assert flow(date(2021, 3, 8), 3).tolist()[0] == [2.0, 0.0, 0.0, 0.0, 0.0]
    assert not flow(date(2021, 3, 5), 1).any()
    assert not flow(date(2021, 4, 5), 1).any()
    assert not flow(date(2021, 3, 10), 2)[1].any()
