"""Sell-down of 60 lines over 60 sessions: cold solve, slider move, and Clarabel in the same run.

Prints one JSON line. Times are wall milliseconds, the median and the worst of the moves.
"""

import json
import statistics
import time
from dataclasses import replace
from datetime import date, timedelta

import clarabel
import numpy as np

from analyzer.scenarios.reference import solve_reference
from analyzer.scenarios.schedule import (
    LineInputs,
    LiquidationProblem,
    Policy,
    SessionInputs,
    build_problem,
)
from analyzer.scenarios.solver import solve, with_risk_aversion

LINES, SESSIONS, FACTORS = 60, 60, 20


def inputs() -> tuple[LineInputs, SessionInputs]:
    """A book of 500 million to sell, 10 to 60 per cent of what the caps allow."""
    rng = np.random.default_rng(20261124)
    price, sigma = rng.uniform(2.0, 120.0, LINES), rng.uniform(0.012, 0.035, LINES)
    legal = np.ones((LINES, SESSIONS))
    for row in legal:
        start = int(rng.integers(0, SESSIONS - 6))
        row[start : start + 5] = 0.0
    wanted = rng.dirichlet(np.ones(LINES)) * 5e8 / price
    adv = wanted / (rng.uniform(0.1, 0.6, LINES) * 0.2 * legal.sum(axis=1))
    loadings = rng.normal(0.0, 0.003, (LINES, FACTORS))
    loadings[:, 0] += 0.01
    lines = LineInputs(
        lines=tuple(f"L{i}" for i in range(LINES)),
        shares=wanted,
        price=price,
        sigma=sigma,
        adv=adv,
        bid_ask=0.001 * price,
        shares_outstanding=300.0 * adv,
        loadings=loadings,
        specific=sigma**2 / 2.0,
    )
    days = tuple(date(2026, 11, 24) + timedelta(days=t) for t in range(SESSIONS))
    when = SessionInputs(sessions=days, open_weight=np.ones((LINES, SESSIONS)), legal_weight=legal)
    return lines, when


def moves(problem: LiquidationProblem) -> dict[str, float]:
    """Move the risk-aversion and the participation slider up and down in steps of ten per cent."""
    lines, when = inputs()
    begun = solve(problem)
    took, gaps = [], []
    for step in range(20):
        factor = 1.1 ** (1 + step % 10)
        if step < 10:
            moved = with_risk_aversion(problem, problem.policy.risk_aversion * factor)
        else:
            policy = replace(problem.policy, participation=0.2 * 1.1 ** (-(step % 5)))
            moved = build_problem(lines, when, policy)
        tick = time.perf_counter()
        begun = solve(moved, start=begun.start)
        took.append(1e3 * (time.perf_counter() - tick))
        gaps.append(begun.gap_bound)
    return {
        "slider_ms_median": round(statistics.median(took), 1),
        "slider_ms_worst": round(max(took), 1),
        "slider_certified_gap_worst": max(gaps),
    }


def measure(model: str) -> dict[str, object]:
    """Measure one impact model."""
    lines, when = inputs()
    problem = build_problem(lines, when, Policy(model=model, risk_aversion=1e-8))
    solve(problem)
    tick = time.perf_counter()
    cold = solve(problem)
    ours = time.perf_counter() - tick
    tick = time.perf_counter()
    reference = solve_reference(problem)
    theirs = time.perf_counter() - tick
    return {
        "cold_ms": round(1e3 * ours, 1),
        "iterations": cold.iterations,
        "certified_gap": cold.gap_bound,
        "clarabel_ms": round(1e3 * theirs, 1),
        "clarabel_certified_gap": reference.gap_bound,
        "gap_to_clarabel": (cold.objective - reference.objective) / reference.objective,
        **moves(problem),
    }


def main() -> None:
    """Print the result."""
    result = {
        "bench": "liquidation",
        "lines": LINES,
        "sessions": SESSIONS,
        "factors": FACTORS,
        "peer": f"clarabel {clarabel.__version__}",
        "models": {model: measure(model) for model in ("ac_linear", "sqrt", "athl")},
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
