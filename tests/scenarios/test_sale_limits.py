"""Cash per session and sector neutrality over a sale: kept, never relaxed, and worth their cost."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer.core.asof import AsOf
from analyzer.core.errors import InputError, QueryError
from analyzer.exposure import Question
from analyzer.report.comparison import scenarios_json
from analyzer.scenarios.impact import FloatArray
from analyzer.scenarios.limits import limit_words
from analyzer.scenarios.plan import LiquidationPlan, make_plan
from analyzer.scenarios.read import parse_scenario
from analyzer.scenarios.run import ScenarioResult
from analyzer.scenarios.schedule import (
    LineInputs,
    LiquidationProblem,
    Policy,
    SaleLimits,
    SessionInputs,
    build_problem,
)
from analyzer.service import read_inputs, run_scenario
from analyzer.world import World

NAMES = ("energy", "technology", "utilities")


def sale(
    seed: int, n: int = 6, t: int = 20, model: str = "sqrt", risk: float = 3.0
) -> LiquidationProblem:
    """A random sale that fits its caps; `risk` times the aversion at which risk equals cost."""
    rng = np.random.default_rng(seed)
    price, adv = rng.uniform(1.0, 100.0, n), 10 ** rng.uniform(5.0, 7.0, n)
    legal = (rng.random((n, t)) > 0.15).astype(float)
    legal[:, 0] = 1.0
    room = 0.2 * (adv[:, None] * legal).sum(axis=1)
    inputs = LineInputs(
        lines=tuple(f"line {i}" for i in range(n)),
        shares=rng.uniform(0.2, 0.8, n) * room,
        price=price,
        sigma=rng.uniform(0.01, 0.04, n),
        adv=adv,
        bid_ask=price * 0.002,
        loadings=rng.uniform(0.005, 0.02, (n, 1)),
        specific=rng.uniform(0.01, 0.03, n) ** 2,
    )
    days = tuple(date(2026, 11, 23) + timedelta(days=i) for i in range(t))
    when = SessionInputs(sessions=days, open_weight=np.ones((n, t)), legal_weight=legal)
    plain = build_problem(inputs, when, Policy(model=model))
    at_once = make_plan(plain)
    unit = at_once.expected_cost / max(at_once.timing_sd**2, 1e-300)
    return replace(plain, policy=replace(plain.policy, risk_aversion=risk * unit))


def limited(problem: LiquidationProblem, **limits: object) -> LiquidationProblem:
    codes = np.arange(len(problem.lines)) % len(NAMES)
    return replace(problem, limits=SaleLimits(sectors=NAMES, sector=codes, **limits))  # type: ignore[arg-type]


def proceeds(plan: LiquidationPlan) -> FloatArray:
    return np.asarray(plan.problem.price @ plan.sold)


def drift(plan: LiquidationPlan) -> float:
    """Widest drift of a sector's weight of what remains, fraction of the value to sell."""
    value = plan.problem.target * plan.problem.price
    left = value[:, None] - np.cumsum(plan.sold, axis=1) * plan.problem.price[:, None]
    limits = plan.problem.limits
    assert limits is not None
    assert limits.sector is not None
    widest = 0.0
    for code in range(len(NAMES)):
        mine = limits.sector == code
        share = value[mine].sum() / value.sum()
        off = left[mine].sum(axis=0) - share * left.sum(axis=0)
        widest = max(widest, float(np.abs(off).max() / value.sum()))
    return widest


def whole(plan: LiquidationPlan) -> None:
    problem = plan.problem
    assert bool((plan.sold >= 0.0).all())
    assert bool((plan.sold <= problem.cap * (1.0 + 1e-9)).all())
    assert plan.sold.sum(axis=1) == pytest.approx(problem.target, rel=1e-9)
    assert plan.gap_bound <= 1e-4


@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 10_000), part=st.floats(0.3, 0.9))
def test_a_cash_budget_is_kept_and_a_looser_one_never_costs_more(seed: int, part: float) -> None:
    problem = sale(seed)
    free = make_plan(problem)
    peak = float(proceeds(free).max())
    least = float((problem.target @ problem.price) / len(problem.sessions))
    tight = make_plan(limited(problem, most=least + part * (peak - least)))
    loose = make_plan(limited(problem, most=least + (part + 0.05) * (peak - least)))
    limits = tight.problem.limits
    assert limits is not None
    assert limits.most is not None
    assert proceeds(tight).max() <= limits.most * (1.0 + 1e-6)
    for plan in (tight, loose):
        whole(plan)
    assert loose.objective <= tight.objective * (1.0 + 1e-5)
    assert free.objective <= loose.objective * (1.0 + 1e-5)


@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 10_000), part=st.floats(0.4, 0.9))
def test_sectors_stay_within_their_band_and_a_wider_one_never_costs_more(
    seed: int, part: float
) -> None:
    problem = sale(seed)
    free = replace(make_plan(problem), problem=limited(problem, band=1.0))
    widest = drift(free)
    tight = make_plan(limited(problem, band=part * widest))
    loose = make_plan(limited(problem, band=(part + 0.05) * widest))
    assert drift(tight) <= part * widest + 1e-7
    for plan in (tight, loose):
        whole(plan)
    assert free.objective * (1.0 - 1e-5) <= loose.objective <= tight.objective * (1.0 + 1e-5)


@pytest.mark.parametrize("model", ["sqrt", "ac_linear", "power"])
@pytest.mark.parametrize("risk", [0.0, 3.0])
def test_limits_that_bind_nothing_give_what_is_given_without(model: str, risk: float) -> None:
    problem = sale(7, model=model, risk=risk)
    free = make_plan(problem)
    value = float(problem.target @ problem.price)
    for limits in ({"most": 2 * value}, {"band": 1.0}, {}):
        bound = make_plan(limited(problem, **limits))
        whole(bound)
        # Both are within their certified gaps of one optimum.
        assert bound.objective == pytest.approx(free.objective, rel=2e-5)
    assert make_plan(replace(problem, limits=None)).solver == free.solver


def test_cash_that_must_come_in_comes_in() -> None:
    problem = sale(11, risk=0.0)
    slow = make_plan(problem)
    room = float((problem.price @ problem.cap)[:5].min())
    asked = (float(proceeds(slow)[:5].min()) + room) / 2
    least = np.where(np.arange(20) < 5, asked, 0.0)
    plan = make_plan(limited(problem, least=least))
    whole(plan)
    assert bool((proceeds(plan)[:5] >= asked * (1.0 - 1e-6)).all())
    assert plan.objective >= slow.objective * (1.0 - 1e-6)


def test_limits_that_cannot_be_kept_say_what_could_and_that_can() -> None:
    problem = sale(3)
    value = float(problem.target @ problem.price)
    with pytest.raises(QueryError) as refused:
        make_plan(limited(problem, most=value / 100))
    words = str(refused.value)
    assert "sale.cash_budget.most" in words
    assert words.endswith("nothing is planned")
    possible = float(words.split("kept: ", 1)[1].split(" ", 1)[0].replace(",", ""))
    whole(make_plan(limited(problem, most=possible * (1 + 1e-6) + 1)))
    with pytest.raises(QueryError, match=r"sale\.cash_budget\.most"):
        make_plan(limited(problem, most=possible * 0.999))
    with pytest.raises(QueryError, match=r"sale\.cash_budget\.least cannot be raised"):
        make_plan(limited(problem, least=np.full(20, value)))


def test_a_band_of_nothing_is_refused_where_windows_differ() -> None:
    problem = sale(5, n=3)
    cap = problem.cap.copy()
    cap[0, 3:] = 0.0
    cap[1, :6] = 0.0
    odd = replace(problem, cap=cap, shares=np.minimum(problem.shares, 0.8 * cap.sum(axis=1)))
    with pytest.raises(QueryError, match=r"sale\.sector_neutral 0\.00% cannot be kept: .*% of the"):
        make_plan(limited(odd, band=0.0))


def test_fading_impact_takes_no_limits_across_lines() -> None:
    problem = sale(2, risk=0.0)
    with pytest.raises(QueryError, match="ow takes neither"):
        make_plan(limited(replace(problem, curve=replace(problem.curve, decay=0.5)), most=1e12))


def test_what_rounding_to_lots_breaks_is_said() -> None:
    problem = limited(sale(4), most=1e12)
    plan = make_plan(problem)
    assert limit_words(problem, plan.sold) == ()
    tight = limited(sale(4), most=float(proceeds(plan).max()) / 2)
    (words,) = limit_words(tight, plan.sold)
    assert words.startswith("sale.cash_budget.most is missed by")


# -- scenario files --------------------------------------------------------------------------

BODY = """
title: limits
as_of: 2021-01-20
sale: {participation: 0.10, risk_aversion: 1.0e-9, frontier: 3%s}
simulate: {scenarios: 0}
"""


def run(world: World, samples: Path, limits: str) -> ScenarioResult:
    inputs = read_inputs([samples / "large_em_mandate.csv"])
    scenario = parse_scenario(BODY % limits, "l.yml")
    return run_scenario(world, inputs, scenario, Question(AsOf.of("2021-01-20")))


def test_a_scenario_states_its_limits_and_carries_them(world: World, samples: Path) -> None:
    free, found = (
        run(world, samples, t) for t in ("", ", cash_budget: {most: 5.0e+7}, sector_neutral: 0.05")
    )
    assert free.plan is not None
    assert found.plan is not None
    assert proceeds(found.plan).max() <= 5e7 * (1 + 1e-6)
    assert proceeds(free.plan).max() > 5e7
    assert found.plan.objective > free.plan.objective
    assert all(a.expected_cost > 0 for a in found.frontier)
    body = scenarios_json([found])["scenarios"][0]
    named = {p["name"]: p["value"] for p in body["parameters"]}
    assert named["sale.cash_budget.most"] == "50000000.0"
    assert named["sale.sector_neutral"] == "0.05"


def test_an_impossible_scenario_has_no_plan_and_says_why(world: World, samples: Path) -> None:
    found = run(world, samples, ", cash_budget: {most: 1.0e+6}")
    assert found.plan is None
    assert any("sale.cash_budget.most 1,000,000 a session cannot" in m for m in found.messages)


@pytest.mark.parametrize(
    ("limits", "problem"),
    [
        ("cash_budget: {}", "needs most or least"),
        ("cash_budget: {least: 5}", "least and through go together"),
        ("cash_budget: {through: 2021-02-01}", "needs most or least"),
        ("cash_budget: {most: 5, gross: 3}", "unknown key 'gross'"),
        ("sector_neutral: 2", "not between 0 and 1"),
    ],
)
def test_a_limit_that_is_not_whole_is_refused(limits: str, problem: str) -> None:
    text = BODY % f", {limits}"
    with pytest.raises(InputError, match=problem):
        parse_scenario(text, "l.yml")
