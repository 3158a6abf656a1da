"""Fading impact over several lines: closed form, dense kernel, an independent optimiser."""

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import toeplitz
from scipy.optimize import LinearConstraint, minimize

import analyzer.scenarios.transient as transient
from analyzer.core.errors import QueryError
from analyzer.scenarios.closed_forms import obizhaeva_wang
from analyzer.scenarios.impact import dents
from analyzer.scenarios.plan import efficient_frontier, make_plan
from analyzer.scenarios.reference import transient_schedule
from analyzer.scenarios.schedule import (
    LineInputs,
    LiquidationProblem,
    Policy,
    SessionInputs,
    build_problem,
)
from analyzer.scenarios.transient import inverse_kernel


def sale(
    lines: int = 1,
    sessions: int = 6,
    *,
    participation: float = 1.0,
    aversion: float = 0.0,
    half_life: float = 1.0,
    shares: float = 1e5,
    closed: tuple[tuple[int, int], ...] = (),
    spread: float = 0.02,
) -> LiquidationProblem:
    rng = np.random.default_rng(lines * 100 + sessions)
    inputs = LineInputs(
        lines=tuple(f"line {i}" for i in range(lines)),
        shares=np.full(lines, shares) * rng.uniform(0.5, 1.5, lines) if lines > 1 else [shares],
        price=np.full(lines, 50.0),
        sigma=np.full(lines, 0.02),
        adv=np.full(lines, 1e6),
        bid_ask=np.full(lines, spread),
        loadings=np.full((lines, 1), 0.012),
        specific=np.full(lines, 0.016**2),
    )
    inputs = replace(inputs, shares=np.asarray(inputs.shares, dtype=float))
    legal = np.ones((lines, sessions))
    for line, session in closed:
        legal[line, session] = 0.0
    days = tuple(date(2026, 1, 5) + timedelta(days=i) for i in range(sessions))
    when = SessionInputs(sessions=days, open_weight=np.ones((lines, sessions)), legal_weight=legal)
    policy = Policy(
        model="ow", participation=participation, risk_aversion=aversion, ow_half_life=half_life
    )
    return build_problem(inputs, when, policy)


@pytest.mark.parametrize("sessions", [2, 6, 60])
@pytest.mark.parametrize("half_life", [0.3, 1.0, 5.0])
def test_one_line_without_caps_is_the_closed_form(sessions: int, half_life: float) -> None:
    problem = sale(sessions=sessions, half_life=half_life)
    plan = make_plan(problem)
    kappa = 0.02 / (0.10 * 1e6)
    rho = np.log(2) / half_life
    closed = obizhaeva_wang(1e5, kappa, rho, sessions - 1, sessions)
    assert plan.sold[0] == pytest.approx(closed.slices, rel=1e-3)
    assert plan.temporary[0] == pytest.approx(closed.cost, rel=1e-9)
    assert plan.spread[0] == pytest.approx(1e5 * 0.01)
    assert plan.gap_bound < 1e-6
    # Equal blocks at both ends, one rate between.
    assert plan.sold[0, 0] == pytest.approx(plan.sold[0, -1], rel=1e-3)


def test_every_published_figure(shared: Path) -> None:
    found = json.loads((shared / "models" / "oracles.json").read_text())["oracles"]
    rows = [row for row in found if row["id"].startswith("ow2013_N")]
    assert len(rows) == 3
    for row in rows:
        given, want = row["inputs"], row["expected"]
        steps = given["N"] - 1
        half_life = np.log(2) / given["rho"] * steps / given["T"]
        # kappa = spread / (depth * volume) with a tenth of a million shares.
        spread = given["kappa"] * 1e5
        problem = sale(sessions=given["N"], half_life=half_life, shares=given["X"], spread=spread)
        plan = make_plan(problem)
        assert plan.sold[0, 0] == pytest.approx(want["n_first_last"], rel=1e-5)
        assert plan.sold[0, 1:-1] == pytest.approx(want["n_interior"], rel=1e-4)
        assert plan.temporary[0] == pytest.approx(want["cost"], rel=1e-9)
        even = np.full((1, given["N"]), given["X"] / given["N"])
        assert problem.curve.temporary_cost(even).sum() == pytest.approx(want["twap_cost"])


def test_caps_agree_with_the_dense_kernel() -> None:
    problem = sale(sessions=30, participation=0.006, closed=((0, 0), (0, 7), (0, 8)))
    dense = transient_schedule(1e5, 2e-7, problem.curve.decay, problem.cap[0])
    plan = make_plan(problem)
    assert plan.temporary[0] == pytest.approx(dense.cost, rel=1e-8)
    assert (plan.sold <= problem.cap * (1 + 1e-9)).all()
    assert plan.sold[0, [0, 7, 8]] == pytest.approx(0.0)


def test_risk_across_lines_agrees_with_another_optimiser() -> None:
    problem = sale(lines=2, sessions=5, participation=0.05, aversion=2e-7, closed=((1, 2),))
    plan = make_plan(problem, tolerance=1e-8)
    target, kernel = problem.target, toeplitz(problem.curve.decay ** np.arange(5))

    def objective(flat: np.ndarray) -> float:
        sold = flat.reshape(2, 5) * target[:, None]
        held = (target[:, None] - np.cumsum(sold, axis=1))[:, :-1] * 50.0
        covariance = np.full((2, 2), 0.012**2) + np.eye(2) * 0.016**2
        risk = np.einsum("it,ij,jt->", held, covariance, held)
        impact = sum(
            problem.curve.temporary[i, 0] * row @ kernel @ row for i, row in enumerate(sold)
        )
        return float((impact + (problem.linear * sold).sum() + 2e-7 * risk) / 1e4)

    caps = np.minimum(problem.cap / target[:, None], 1.0)
    total = LinearConstraint(np.kron(np.eye(2), np.ones(5)), 1.0, 1.0)
    start = (caps / caps.sum(axis=1, keepdims=True)).ravel()
    bounds = list(zip(np.zeros(10), caps.ravel(), strict=True))
    best = minimize(
        objective,
        start,
        bounds=bounds,
        constraints=[total],
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    )
    assert plan.objective / 1e4 == pytest.approx(best.fun, rel=1e-7)
    assert plan.gap_bound < 1e-6
    # Risk is shared: a line alone would sell in another way.
    alone = make_plan(replace(problem, loadings=np.zeros((2, 1))), tolerance=1e-8)
    assert np.abs(plan.sold - alone.sold).max() > 1.0


@settings(max_examples=15, deadline=None)
@given(
    st.integers(1, 4),
    st.integers(2, 25),
    st.floats(0.002, 1.0),
    st.sampled_from([0.0, 1e-8, 1e-5]),
    st.floats(0.05, 20.0),
)
def test_every_plan_is_feasible_and_certified(
    lines: int, sessions: int, participation: float, aversion: float, half_life: float
) -> None:
    problem = sale(
        lines, sessions, participation=participation, aversion=aversion, half_life=half_life
    )
    plan = make_plan(problem)
    assert (plan.sold >= 0).all()
    assert (plan.sold <= problem.cap * (1 + 1e-9)).all()
    assert plan.sold.sum(axis=1) == pytest.approx(problem.target)
    assert plan.gap_bound < 1e-5
    even = problem.cap * (problem.target / problem.cap.sum(axis=1))[:, None]
    assert aversion or plan.temporary.sum() <= problem.curve.temporary_cost(even).sum() * (1 + 1e-9)


def test_without_memory_it_is_quadratic_impact() -> None:
    # A half-life far below a session: what is left next session is nothing.
    plan = make_plan(sale(sessions=10, half_life=0.02))
    assert plan.sold[0] == pytest.approx(1e4, rel=1e-6)


def test_kernel_and_dents() -> None:
    dense = toeplitz(0.7 ** np.arange(6))
    assert inverse_kernel(6, 0.7).toarray() @ dense == pytest.approx(np.eye(6), abs=1e-12)
    assert inverse_kernel(1, 0.7).toarray() == pytest.approx(1.0)
    sold = np.random.default_rng(1).uniform(0, 9, (3, 6))
    assert dents(sold, 0.7) == pytest.approx(sold @ np.triu(dense, 1))


def test_the_frontier_and_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    points = efficient_frontier(sale(3, 12, participation=0.05), [0.0, 1e-7, 1e-5])
    assert points[0].expected_cost <= points[1].expected_cost <= points[2].expected_cost
    assert points[0].sd >= points[1].sd >= points[2].sd
    monkeypatch.setattr(transient, "LARGEST", 10)
    with pytest.raises(QueryError, match=r"shorten sale\.horizon"):
        make_plan(sale(3, 12, participation=0.05))


def test_a_book_needs_depth_and_time() -> None:
    with pytest.raises(QueryError, match="half-life"):
        sale(half_life=0.0)
