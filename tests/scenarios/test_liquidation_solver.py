"""The portfolio sale: feasibility, optimality against Clarabel, and what must never happen."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer.core.errors import QueryError
from analyzer.scenarios import closed_forms as cf
from analyzer.scenarios.impact import CostCurve, FloatArray, LinearImpact, SigmaAbs
from analyzer.scenarios.plan import (
    efficient_frontier,
    in_board_lots,
    make_plan,
    minimal_lvar_plan,
)
from analyzer.scenarios.reference import solve_reference
from analyzer.scenarios.scaled import project, scale
from analyzer.scenarios.schedule import (
    LineInputs,
    LiquidationProblem,
    Policy,
    SessionInputs,
    build_problem,
)
from analyzer.scenarios.solver import solve, with_risk_aversion

DAY = date(2026, 11, 23)


def days(count: int) -> tuple[date, ...]:
    return tuple(DAY + timedelta(days=i) for i in range(count))


def book(
    n: int, t: int, seed: int, model: str = "athl", k: int = 3, urgency: float = 1.0
) -> LiquidationProblem:
    """A random sale: blackouts, half days, crowding, correlated lines, all of it feasible."""
    rng = np.random.default_rng(seed)
    price, adv = rng.uniform(1.0, 100.0, n), 10 ** rng.uniform(4.0, 7.0, n)
    sigma = rng.uniform(0.01, 0.04, n)
    opened = np.where(rng.random((n, t)) < 0.1, 0.5, 1.0)
    legal = (rng.random((n, t)) > 0.15).astype(float)
    legal[:, 0] = 1.0
    crowd = adv[:, None] * rng.uniform(0.0, 0.3, (n, t))
    room = 0.2 * (np.maximum(adv[:, None] * opened - crowd, 0.0) * legal).sum(axis=1)
    shares = rng.uniform(0.1, 0.9, n) * room
    loadings = rng.normal(0.0, 0.005, (n, k))
    if k:
        loadings[:, 0] += 0.01
    inputs = LineInputs(
        lines=tuple(f"L{i}" for i in range(n)),
        shares=shares,
        price=price,
        sigma=sigma,
        adv=adv,
        bid_ask=0.001 * price,
        shares_outstanding=300.0 * adv,
        loadings=loadings,
        specific=sigma**2 / 2.0,
    )
    when = SessionInputs(sessions=days(t), open_weight=opened, legal_weight=legal, crowding=crowd)
    aversion = urgency / float(shares @ price)
    return build_problem(inputs, when, Policy(model=model, risk_aversion=aversion))


def raw_problem(
    shares: FloatArray, cap: FloatArray, eta: FloatArray, covariance: FloatArray, aversion: float
) -> LiquidationProblem:
    """A bare quadratic problem, price one."""
    n = len(shares)
    values, vectors = np.linalg.eigh(covariance)
    zero = np.zeros(n)
    return LiquidationProblem(
        lines=tuple(map(str, range(n))),
        sessions=days(cap.shape[1]),
        shares=shares,
        price=np.ones(n),
        residual=zero,
        adv=np.ones(n),
        volume=np.ones(cap.shape),
        cap=cap,
        half_spread=zero,
        duty=np.zeros(cap.shape),
        fx_cost=zero,
        fee_per_share=zero,
        curve=CostCurve("ac_linear", 2.0, np.broadcast_to(eta[:, None], cap.shape).copy(), zero),
        loadings=vectors * np.sqrt(values),
        specific=zero,
        policy=Policy(model="ac_linear", risk_aversion=aversion),
    )


def assert_lawful(problem: LiquidationProblem, sold: FloatArray) -> None:
    """Caps, totals, long-only and monotone."""
    assert (sold >= 0.0).all()
    assert (sold <= problem.cap * (1.0 + 1e-9)).all()
    assert (sold[problem.cap == 0.0] == 0.0).all()
    assert sold.sum(axis=1) == pytest.approx(problem.target, rel=1e-9)
    held = problem.shares[:, None] - np.cumsum(sold, axis=1)
    assert (held >= -1e-9 * problem.shares[:, None]).all()


@pytest.mark.parametrize("model", ["ac_linear", "athl", "sqrt", "power"])
@pytest.mark.parametrize("urgency", [0.0, 1.0, 30.0])
@pytest.mark.parametrize("seed", [1, 2])
def test_agrees_with_clarabel(model: str, urgency: float, seed: int) -> None:
    problem = book(8, 12, seed, model, urgency=urgency)
    plan = make_plan(problem, check_reference=True)
    assert_lawful(problem, plan.sold)
    assert plan.converged
    assert plan.gap_bound <= 1e-5
    assert plan.reference_gap is not None
    assert plan.reference_gap <= 1e-5
    # Clarabel's own answer is within its certified gap of ours, so ours is no lower bound fluke.
    reference = solve_reference(problem)
    assert_lawful(problem, reference.sold)
    assert reference.objective * (1.0 - reference.gap_bound) <= plan.objective * (1.0 + 1e-9)


def test_agrees_with_clarabel_at_the_promised_size() -> None:
    problem = book(60, 60, 7, "athl", k=10, urgency=3.0)
    plan = make_plan(problem, check_reference=True)
    assert_lawful(problem, plan.sold)
    assert plan.reference_gap is not None
    assert plan.reference_gap <= 1e-5


def test_capped_almgren_chriss(shared: Path) -> None:
    table = json.loads((shared / "models" / "oracles.json").read_text())["oracles"]
    (row,) = [r for r in table if r["id"] == "constrained_ac_blackout_[]"]
    given_, want, within = row["inputs"], row["expected"], row["tolerance"]
    problem = raw_problem(
        np.array([given_["X"]]),
        np.full((1, given_["N"]), given_["cap"]),
        np.array([given_["eta"]]),
        np.array([[given_["sigma"] ** 2]]),
        given_["lam"],
    )
    found = solve(problem, tolerance=1e-10)
    assert found.sold[0] == pytest.approx(want["n"], abs=within["n_abs"])
    assert found.objective == pytest.approx(want["obj"], rel=within["obj_rel"])


def test_capped_almgren_chriss_literal() -> None:
    # Made with cvxpy and Clarabel at 1e-11: X = 1e6, ten sessions, cap 150,000, lambda = 1e-6.
    problem = raw_problem(
        np.array([1e6]), np.full((1, 10), 1.5e5), np.array([2.5e-6]), np.array([[0.9025]]), 1e-6
    )
    found = solve(problem, tolerance=1e-10)
    assert found.objective == pytest.approx(1919692.675933752, rel=1e-6)
    assert found.sold[0, 4:8] == pytest.approx([1.5e5, 112558.281, 62941.821, 36047.358], abs=1.0)


def test_without_caps_it_is_the_closed_form() -> None:
    impact = LinearImpact(0.0, 0.0, 2.5e-6)
    free = cf.almgren_chriss(1e6, 10.0, 10, SigmaAbs(0.95), impact, 1e-6)
    problem = raw_problem(
        np.array([1e6]), np.full((1, 10), 1e6), np.array([2.5e-6]), np.array([[0.9025]]), 1e-6
    )
    found = solve(problem, tolerance=1e-12)
    assert found.sold[0] == pytest.approx(free.slices, abs=1.0)
    assert found.objective == pytest.approx(free.cost + 1e-6 * free.variance, rel=1e-9)


def test_the_second_line_is_never_sold_short() -> None:
    # Without constraints the optimum of these two lines is short 5,689 of the second.
    covariance = np.array([[0.9, 0.3], [0.3, 1.6]])
    shares, eta = np.array([1e6, 5e5]), np.array([2.5e-6, 1e-6])
    problem = raw_problem(shares, np.tile(shares[:, None], (1, 10)), eta, covariance, 1e-6)
    found = solve(problem, tolerance=1e-9)
    free = cf.almgren_chriss_portfolio(covariance, eta, shares, 10, 1e-6)
    assert free.min() < -5000.0
    assert_lawful(problem, found.sold)
    assert found.objective > 1333185.2174  # the unlawful optimum
    assert found.objective == pytest.approx(solve_reference(problem).objective, rel=1e-6)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    n=st.integers(1, 6),
    t=st.integers(2, 14),
    seed=st.integers(0, 10_000),
    model=st.sampled_from(["ac_linear", "athl", "sqrt"]),
    urgency=st.sampled_from([0.0, 0.5, 5.0, 100.0]),
)
def test_every_schedule_is_lawful_and_near_the_optimum(
    n: int, t: int, seed: int, model: str, urgency: float
) -> None:
    problem = book(n, t, seed, model, urgency=urgency)
    plan = make_plan(problem)
    assert_lawful(problem, plan.sold)
    assert plan.gap_bound <= 1e-5
    assert plan.timing_by_line.sum() == pytest.approx(plan.timing_sd, rel=1e-9)
    parts = plan.expected_cost - float(plan.permanent.sum())
    risk = problem.policy.risk_aversion * plan.timing_sd**2
    assert parts + risk == pytest.approx(plan.objective, rel=1e-9)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), model=st.sampled_from(["ac_linear", "athl", "sqrt"]))
def test_more_room_never_costs_more(seed: int, model: str) -> None:
    tight = book(4, 10, seed, model, urgency=2.0)
    wider = replace(tight, cap=tight.cap * 1.3)
    longer = replace(
        tight,
        sessions=days(13),
        cap=np.pad(tight.cap, ((0, 0), (0, 3)), mode="edge"),
        volume=np.pad(tight.volume, ((0, 0), (0, 3)), mode="edge"),
        duty=np.pad(tight.duty, ((0, 0), (0, 3))),
        curve=replace(
            tight.curve, temporary=np.pad(tight.curve.temporary, ((0, 0), (0, 3)), mode="edge")
        ),
    )
    base = solve(tight, tolerance=1e-8)
    for more in (wider, longer):
        assert solve(more, tolerance=1e-8).objective <= base.objective * (1.0 + 2e-7)


@pytest.mark.parametrize("kind", ["barely feasible", "duties that jump", "tiny beside large"])
def test_hard_cases_converge(kind: str) -> None:
    for seed in range(25):
        rng = np.random.default_rng(seed)
        n, t = int(rng.integers(1, 12)), int(rng.integers(2, 40))
        model = str(rng.choice(["ac_linear", "athl", "sqrt", "power"]))
        problem = book(n, t, seed, model, urgency=float(rng.choice([0.0, 1.0, 30.0, 1e4])))
        if kind == "barely feasible":
            shares = problem.cap.sum(axis=1) * rng.uniform(0.99, 1.01, n)
            problem = replace(problem, shares=shares)
        elif kind == "duties that jump":
            problem = replace(problem, duty=rng.uniform(0.0, 0.02, (n, t)))
        else:
            problem = replace(problem, shares=problem.shares * 10 ** rng.uniform(-6.0, 0.0, n))
        found = solve(problem)
        assert_lawful(problem, found.sold)
        assert found.converged, (kind, seed)
        assert found.iterations <= 400


def test_a_warm_start_reaches_the_same_answer() -> None:
    first = book(10, 15, 3, urgency=1.0)
    begun = solve(first)
    moved = with_risk_aversion(first, first.policy.risk_aversion * 1.2)
    warm, cold = solve(moved, start=begun.start), solve(moved)
    assert_lawful(moved, warm.sold)
    assert warm.objective == pytest.approx(cold.objective, rel=1e-5)
    assert warm.converged
    other = solve(book(4, 9, 3), start=begun.start)  # a start of another shape is ignored
    assert other.converged


def test_lines_do_not_depend_on_their_order_or_company() -> None:
    problem = book(6, 10, 11, k=0, urgency=2.0)
    whole = solve(problem, tolerance=1e-9).objective
    parts = 0.0
    for i in range(6):
        keep = np.array([i])
        parts += solve(_rows(problem, keep), tolerance=1e-9).objective
    assert whole == pytest.approx(parts, rel=1e-6)
    turned = _rows(problem, np.arange(6)[::-1])
    assert solve(turned, tolerance=1e-9).objective == pytest.approx(whole, rel=1e-6)


def _rows(problem: LiquidationProblem, keep: FloatArray) -> LiquidationProblem:
    arrays = ["shares", "price", "residual", "adv", "volume", "cap", "half_spread", "duty"]
    arrays += ["fx_cost", "fee_per_share", "loadings", "specific"]
    curve = replace(
        problem.curve,
        temporary=problem.curve.temporary[keep],
        permanent=problem.curve.permanent[keep],
    )
    return replace(
        problem,
        lines=tuple(problem.lines[int(i)] for i in keep),
        curve=curve,
        **{name: getattr(problem, name)[keep] for name in arrays},
    )


SCRIPT = """
import sys
sys.path.insert(0, {folder!r})
from test_liquidation_solver import book
from analyzer.scenarios.solver import solve
print(solve(book(40, 40, 5, k=8, urgency=3.0)).sold.tobytes().hex())
"""


def test_the_thread_count_changes_nothing() -> None:
    script = SCRIPT.format(folder=str(Path(__file__).parent))
    found = []
    for threads in ("1", "2"):
        limits = dict.fromkeys(
            ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), threads
        )
        out = subprocess.run(  # noqa: S603
            [sys.executable, "-c", script],
            env=os.environ | limits,
            capture_output=True,
            check=True,
            text=True,
        )
        found.append(np.frombuffer(bytes.fromhex(out.stdout.strip())))
    assert len(found[0]) == 1600
    assert found[0] == pytest.approx(found[1], rel=1e-9, abs=1e-6)


def test_what_cannot_be_sold_is_stranded_not_forced() -> None:
    problem = book(3, 8, 4)
    problem = replace(problem, shares=problem.shares * np.array([1.0, 40.0, 1.0]))
    problem = replace(
        problem, policy=replace(problem.policy, carrying_discount=0.0, economic_discount=0.2)
    )
    plan = make_plan(problem)
    room = problem.cap.sum(axis=1)
    assert not plan.feasible
    assert plan.stranded == pytest.approx([0.0, problem.shares[1] - room[1], 0.0])
    assert plan.sold[1] == pytest.approx(problem.cap[1])  # everything the caps allow, no more
    assert plan.latest_safe_start[1] == -1
    assert plan.latest_safe_date[1] is None
    assert plan.latest_safe_start[0] >= 0
    left = plan.held[1, -1] * problem.price[1]
    assert plan.locked_market[1] == pytest.approx(left)
    assert plan.locked_carrying[1] == pytest.approx(left)
    assert plan.locked_economic[1] == pytest.approx(0.8 * left)
    assert "cannot be sold" in plan.messages[0]
    assert plan.frontier[:, 0] == pytest.approx(room)


def test_a_latest_safe_start_is_the_last_one() -> None:
    for seed in range(20):
        problem = book(4, 12, seed)
        for i, start in enumerate(problem.latest_safe_start):
            assert problem.cap[i, start:].sum() >= problem.shares[i] * (1.0 - 1e-9)
            assert problem.cap[i, start + 1 :].sum() < problem.shares[i]


def test_residual_is_kept_and_a_closed_line_sells_nothing() -> None:
    problem = book(3, 6, 9)
    residual = problem.shares * np.array([0.5, 0.0, 1.0])
    cap = problem.cap.copy()
    cap[1] = 0.0
    plan = make_plan(replace(problem, residual=residual, cap=cap))
    assert plan.held[0, -1] == pytest.approx(residual[0])
    assert plan.sold[1].sum() == 0.0
    assert plan.sold[2].sum() == 0.0
    assert plan.stranded == pytest.approx([0.0, problem.shares[1], 0.0])
    assert plan.last_sale[1] is None
    nothing = make_plan(replace(problem, cap=np.zeros_like(problem.cap)))
    assert nothing.expected_cost == 0.0
    assert nothing.timing_sd == 0.0
    one = make_plan(replace(problem, sessions=days(1), **_first_session(problem)))
    assert_lawful(one.problem, one.sold)


def _first_session(problem: LiquidationProblem) -> dict[str, object]:
    curve = replace(problem.curve, temporary=problem.curve.temporary[:, :1])
    parts = {name: getattr(problem, name)[:, :1] for name in ("volume", "cap", "duty")}
    return parts | {"curve": curve}


def test_caps_follow_volume_law_half_days_and_other_sellers() -> None:
    inputs = LineInputs(
        lines=("A",),
        shares=np.array([100.0]),
        price=np.array([10.0]),
        sigma=np.array([0.02]),
        adv=np.array([1000.0]),
        bid_ask=np.array([0.02]),
    )
    when = SessionInputs(
        sessions=days(4),
        open_weight=np.array([[1.0, 3.5 / 6.5, 0.0, 1.0]]),
        legal_weight=np.array([[1.0, 1.0, 1.0, 0.0]]),
        crowding=np.array([[400.0, 0.0, 0.0, 0.0]]),
    )
    policy = Policy(model="sqrt", participation=0.1, volume_multiplier=2.0, spread_multiplier=3.0)
    problem = build_problem(inputs, when, policy)
    assert problem.cap[0] == pytest.approx([160.0, 200.0 * 3.5 / 6.5, 0.0, 0.0])
    assert problem.half_spread[0] == pytest.approx(0.03)
    plan = make_plan(problem)
    assert plan.solver.startswith("water-filling")
    assert {p.name for p in plan.parameters} >= {"participation", "risk_aversion", "model"}
    assert all(p.source for p in plan.parameters)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"shares": np.array([-1.0])}, "shares"),
        ({"price": np.array([0.0])}, "price"),
        ({"adv": np.array([np.nan])}, "adv"),
        ({"loadings": np.ones((1, 1))}, "specific"),
        ({"duty": np.array([[-0.1]])}, "duties"),
        ({"lines": ()}, "at least one"),
    ],
)
def test_bad_inputs_are_named(change: dict[str, object], word: str) -> None:
    inputs = LineInputs(
        lines=("A",),
        shares=np.array([1.0]),
        price=np.array([1.0]),
        sigma=np.array([0.02]),
        adv=np.array([1.0]),
        bid_ask=np.array([0.0]),
    )
    when = SessionInputs(
        sessions=days(1), open_weight=np.ones((1, 1)), legal_weight=np.ones((1, 1))
    )
    with pytest.raises(QueryError, match=word):
        build_problem(replace(inputs, **change), when, Policy(model="sqrt"))  # type: ignore[arg-type]
    with pytest.raises(QueryError, match="outstanding"):
        build_problem(inputs, when, Policy(model="athl"))
    with pytest.raises(QueryError, match="not one of"):
        build_problem(inputs, when, Policy(model="magic"))
    with pytest.raises(QueryError, match="participation"):
        build_problem(inputs, when, Policy(model="sqrt", participation=0.0))


def test_duties_that_change_move_the_sale() -> None:
    problem = book(1, 10, 2, "athl", k=0, urgency=0.0)
    duty = np.zeros((1, 10))
    duty[0, :5] = 0.05
    dear = replace(problem, duty=duty)
    even, moved = make_plan(problem), make_plan(dear, check_reference=True)
    assert moved.solver == "spectral ADMM"
    assert moved.sold[0, 5:].sum() > even.sold[0, 5:].sum()
    assert moved.reference_gap is not None
    assert moved.reference_gap <= 1e-5
    assert moved.duties[0] == pytest.approx(float((duty * moved.sold).sum() * problem.price[0]))


def test_frontier_and_least_liquidity_var() -> None:
    problem = book(5, 10, 6, "athl")
    unit = problem.policy.risk_aversion
    points = efficient_frontier(problem, [unit * f for f in (0.0, 0.1, 1.0, 10.0, 100.0)])
    costs, sds = [p.expected_cost for p in points], [p.sd for p in points]
    assert all(b >= a * (1.0 - 1e-5) for a, b in pairwise(costs))
    assert all(b <= a * (1.0 + 1e-3) for a, b in pairwise(sds))
    best = minimal_lvar_plan(problem, tolerance=1e-8)
    assert all(
        best.liquidity_var() <= (p.expected_cost + 1.645 * p.sd) * (1.0 + 1e-5) for p in points
    )


def test_least_liquidity_var_is_the_published_one() -> None:
    problem = raw_problem(
        np.array([1e6]), np.full((1, 5), 1e6), np.array([2.375e-6]), np.array([[0.9025]]), 0.0
    )
    problem = replace(
        problem,
        half_spread=np.array([0.0625]),
        curve=replace(problem.curve, permanent=np.array([2.5e-7])),
    )
    best = minimal_lvar_plan(problem, tolerance=1e-10)
    assert best.liquidity_var() == pytest.approx(1877206.7015160492, rel=1e-6)


def test_board_lots_keep_caps_and_say_what_is_left() -> None:
    plan = make_plan(book(5, 10, 8))
    rounded = in_board_lots(plan, [500, 100, 1, 200, 1000])
    lots = np.array([500.0, 100.0, 1.0, 200.0, 1000.0])
    assert (rounded.sold % lots[:, None] == 0.0).all()
    assert (rounded.sold <= plan.problem.cap * (1.0 + 1e-9)).all()
    left = plan.problem.target - rounded.sold.sum(axis=1)
    assert (left >= -1e-6).all()
    spare = plan.problem.cap - rounded.sold
    fits = (spare >= lots[:, None]).any(axis=1)
    assert (left[fits] < lots[fits]).all()
    assert sum("lot" in message for message in rounded.messages) == int((left > 1e-6).sum())


def test_projection_is_the_nearest_point() -> None:
    rng = np.random.default_rng(0)
    cap = rng.uniform(0.05, 0.6, (50, 8))
    point = rng.normal(0.1, 0.3, (50, 8))
    found = project(point, cap)
    reachable = cap.sum(axis=1) >= 1.0
    assert found[reachable].sum(axis=1) == pytest.approx(np.ones(int(reachable.sum())), abs=1e-12)
    assert found[~reachable] == pytest.approx(cap[~reachable])
    for _ in range(50):  # no other feasible point is nearer
        other = project(rng.uniform(0.0, 1.0, (50, 8)), cap)
        near = ((found - point) ** 2).sum(axis=1)
        far = ((other - point) ** 2).sum(axis=1)
        assert (near[reachable] <= far[reachable] + 1e-12).all()


def test_the_gap_bound_is_an_upper_bound() -> None:
    rng = np.random.default_rng(1)
    for seed in range(10):
        problem = book(4, 8, seed, "ac_linear")
        scaled, _ = scale(problem)
        best = solve(problem, tolerance=1e-10).objective / scaled.value
        rough = project(rng.uniform(0.0, 0.5, scaled.cap.shape), scaled.cap)
        assert scaled.objective(rough) - best <= scaled.gap(rough) * (1.0 + 1e-9)
