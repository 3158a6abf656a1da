"""A thousand names, sixty of them designated: schedule, sell-or-wait, distribution, replacement.

One JSON line: wall seconds per stage, peak memory, and in the same run the two ways it is
usually done, a name-by-name simulation in numpy and (where it is installed) cvxpy with Clarabel,
on an instance small enough to wait for. `--repeat` sets how many warm runs are timed; the
fastest is reported beside the median.
"""

import argparse
import json
import platform
import resource
import statistics
import time
from datetime import date, timedelta
from functools import partial
from typing import Any

import numpy as np
import scipy

from analyzer.scenarios.courts import (
    Belief,
    CourtModel,
    CourtState,
    Hazard,
    Jump,
    Ruling,
    belief,
)
from analyzer.scenarios.holdings import Strategy, leg
from analyzer.scenarios.implied import fair_loss_jump
from analyzer.scenarios.plan import LiquidationPlan, make_plan
from analyzer.scenarios.replacement import Reach, Universe, replace_banned
from analyzer.scenarios.schedule import (
    LineInputs,
    LiquidationProblem,
    Policy,
    SessionInputs,
    build_problem,
)
from analyzer.scenarios.simulate import Risk, rest_of_book, simulate
from analyzer.scenarios.tree import sample_tree
from analyzer.scenarios.wait import WaitProblem, solve
from analyzer.scenarios.wait_value import value_of_waiting

FACTORS, DOCKETS, SEED = 20, 5, 20211112
S = CourtState


class Book:
    """A made-up book: numbers of ordinary size, from one seed."""

    def __init__(self, names: int, designated: int, sessions: int) -> None:
        rng = np.random.default_rng(SEED)
        self.names, self.designated, self.sessions = names, designated, sessions
        self.price = rng.uniform(2, 60, names)
        self.adv = rng.lognormal(13, 1, names)
        self.factors = rng.normal(0, 0.004, (names, FACTORS))
        self.idiosyncratic = rng.uniform(0.008, 0.025, names)
        self.sigma = np.sqrt((self.factors**2).sum(axis=1) + self.idiosyncratic**2)
        self.shares = self.adv * rng.uniform(0.1, 4.0, names)
        self.spread = self.price * rng.uniform(0.0005, 0.004, names)
        self.weight = self.shares * self.price / (self.shares @ self.price)
        self.sector = rng.integers(0, 11, names)
        self.country = rng.integers(0, 30, names)
        self.docket = np.arange(designated) % DOCKETS
        self.deadline = np.full(designated, sessions)


def dockets(sessions: int) -> tuple[Belief, ...]:
    """Five suits: a ruling and an appeal on known days, and a chance of a settlement."""
    found = []
    for c in range(DOCKETS):
        chance, jump = 0.3 + 0.1 * c, 0.10
        loss = fair_loss_jump(chance, jump)
        ruling = sessions // 6 + c * sessions // 12
        outcomes = ((S.REPRIEVED, chance), (S.LOST, 1 - chance))
        model = CourtModel(
            f"docket {c}",
            S.PENDING,
            hazards=(
                Hazard(S.PENDING, S.REMOVED, 4e-4, "made up"),
                Hazard(S.LOST, S.APPEAL, 0.05, "made up"),
                Hazard(S.APPEAL, S.REMOVED, 4e-4, "made up"),
            ),
            rulings=(
                Ruling(S.PENDING, ruling, outcomes, "made up"),
                Ruling(S.APPEAL, 5 * sessions // 6, ((S.REPRIEVED, 0.2), (S.UPHELD, 0.8)), "-"),
            ),
            jumps=(
                Jump(S.PENDING, S.REPRIEVED, jump, "made up"),
                Jump(S.PENDING, S.LOST, loss, "made up"),
                Jump(S.PENDING, S.REMOVED, jump, "made up"),
            ),
        )
        found.append(belief(model, sessions))
    return tuple(found)


def liquidation(book: Book) -> LiquidationProblem:
    """The sell-down of the designated names over all sessions."""
    d, t = slice(0, book.designated), book.sessions
    inputs = LineInputs(
        lines=tuple(f"line {i}" for i in range(book.designated)),
        shares=book.shares[d],
        price=book.price[d],
        sigma=book.sigma[d],
        adv=book.adv[d],
        bid_ask=book.spread[d],
        shares_outstanding=book.adv[d] * 300,
        loadings=book.factors[d],
        specific=book.idiosyncratic[d] ** 2,
    )
    ones = np.ones((book.designated, t))
    first = date(2021, 6, 4)
    when = SessionInputs(
        sessions=tuple(first + timedelta(days=i) for i in range(t)),
        open_weight=ones,
        legal_weight=ones,
    )
    return build_problem(inputs, when, Policy(risk_aversion=1e-9))


def waiting(book: Book, sale: LiquidationProblem, seen: tuple[Belief, ...]) -> WaitProblem:
    """The same lines, caps and impact, with the courts."""
    return WaitProblem(
        shares=sale.shares,
        price=sale.price,
        sigma=book.sigma[: book.designated],
        linear=sale.linear,
        temporary=sale.curve.temporary,
        exponent=sale.curve.exponent,
        cap=sale.cap,
        deadline=book.deadline,
        lock_loss=np.full(book.designated, 0.2),
        docket=book.docket,
        beliefs=seen,
        risk_aversion=1e-9,
    )


def universe(book: Book) -> Universe:
    """The whole book as target, the designated names banned."""
    reach = np.zeros(book.names, dtype=np.int64)
    reach[: book.designated] = Reach.DESIGNATED
    return Universe(
        target=book.weight,
        held=book.weight,
        factors=book.factors,
        idiosyncratic=book.idiosyncratic,
        reach=reach,
        sector=book.sector,
        country=book.country,
        cost=np.full(book.names, 0.001),
    )


def risk_of(book: Book) -> Risk:
    """Factor risk of the designated lines beside the rest of the book, collapsed."""
    d, rest = slice(0, book.designated), slice(book.designated, None)
    value = (book.shares * book.price)[rest]
    exposure, variance = rest_of_book(value, book.factors[rest], book.idiosyncratic[rest])
    return Risk(book.factors[d], book.idiosyncratic[d], exposure, variance)


def run(
    book: Book, scenarios: int, threads: int, chunk: int
) -> tuple[dict[str, float], dict[str, Any]]:
    """One pass: seconds by stage and what came out."""
    seconds: dict[str, float] = {}
    clock = time.perf_counter()

    def lap(stage: str) -> None:
        nonlocal clock
        now = time.perf_counter()
        seconds[stage] = now - clock
        clock = now

    seen = dockets(book.sessions)
    lap("courts")
    plan: LiquidationPlan = make_plan(liquidation(book))
    lap("schedule")
    solution = solve(waiting(book, plan.problem, seen))
    lap("sell_or_wait")
    parts = value_of_waiting(solution)
    lap("value_of_waiting")
    selling = partial(leg, solution, strategy=Strategy.OPTIMAL)
    found = simulate(
        solution.problem,
        selling,
        risk_of(book),
        scenarios=scenarios,
        seed=SEED,
        threads=threads,
        chunk=chunk,
    )
    lap("distribution")
    baskets = replace_banned(universe(book))
    lap("replacement")
    results = {
        "schedule_cost": plan.expected_cost,
        "schedule_gap_bound": plan.gap_bound,
        "value_of_waiting": float(parts.total.sum()),
        "mean": float(found.mean[-1]),
        "sd": float(found.sd[-1]),
        "te_optimal": baskets.optimal.tracking_error,
        "te_pro_rata": baskets.pro_rata.tracking_error,
    }
    return seconds, results


def naive_simulation(book: Book, scenarios: int) -> float:
    """Seconds to draw every name on every session, factors first, legal paths followed."""
    seen = dockets(book.sessions)
    solution = solve(waiting(book, liquidation(book), seen))
    began = time.perf_counter()
    tree = sample_tree(seen, book.sessions, scenarios, SEED)
    parts = [
        leg(solution, c, states, strategy=Strategy.OPTIMAL) for c, states in enumerate(tree.paths)
    ]
    rng = np.random.default_rng(SEED)
    value = book.shares * book.price
    total = np.zeros(scenarios)
    for i in range(scenarios):
        held = np.tile(value, (book.sessions, 1))
        for c, part in enumerate(parts):
            held[:, part.names] = part.kept[tree.leaf[i, c]] * book.price[part.names]
        factor = rng.normal(size=(book.sessions, FACTORS)) @ book.factors.T
        own = rng.normal(size=(book.sessions, book.names)) * book.idiosyncratic
        total[i] = (held * (factor + own)).sum()
    if not np.isfinite(total).all():
        raise RuntimeError("the naive simulation went wrong")
    return time.perf_counter() - began


def through_cvxpy(lines: int, sessions: int) -> dict[str, Any] | None:
    """A smaller sell-down, quadratic cost, by cvxpy with Clarabel and by the library."""
    try:
        import cvxpy
    except ImportError:
        return None
    book = Book(lines, lines, sessions)
    sale = liquidation(book)
    policy = Policy(model="ac_linear", risk_aversion=1e-9)
    d = slice(0, lines)
    inputs = LineInputs(
        lines=sale.lines,
        shares=sale.shares,
        price=sale.price,
        sigma=book.sigma[d],
        adv=book.adv[d],
        bid_ask=book.spread[d],
        loadings=book.factors[d],
        specific=book.idiosyncratic[d] ** 2,
    )
    ones = np.ones((lines, sessions))
    when = SessionInputs(sessions=sale.sessions, open_weight=ones, legal_weight=ones)
    problem = build_problem(inputs, when, policy)
    began = time.perf_counter()
    plan = make_plan(problem)
    ours = time.perf_counter() - began
    target = problem.target[:, None]
    scale = float((problem.curve.temporary * target**2).sum()) / sessions

    def peer() -> float:
        share = cvxpy.Variable((lines, sessions), nonneg=True)
        # Scaled so that every term is of order one: unscaled, the solver stops far from the best.
        value = target * problem.price[:, None] * np.sqrt(policy.risk_aversion / scale)
        held = 1 - cvxpy.cumsum(share, axis=1)
        money = cvxpy.multiply(value, held)
        impact = np.sqrt(problem.curve.temporary / scale) * target
        specific = np.sqrt(problem.specific)[:, None]
        objective = (
            cvxpy.sum_squares(cvxpy.multiply(impact, share))
            + cvxpy.sum_squares(problem.loadings.T @ money)
            + cvxpy.sum_squares(cvxpy.multiply(specific, money))
        )
        rules = [cvxpy.sum(share, axis=1) == 1, share <= problem.cap / target]
        return float(cvxpy.Problem(cvxpy.Minimize(objective), rules).solve(solver="CLARABEL"))

    began = time.perf_counter()
    reference = peer()
    theirs = time.perf_counter() - began
    money = (problem.target[:, None] - np.cumsum(plan.sold, axis=1)) * problem.price[:, None]
    risk = ((problem.loadings.T @ money) ** 2).sum() + (problem.specific[:, None] * money**2).sum()
    cost = (problem.curve.temporary * plan.sold**2).sum()
    here = (cost + policy.risk_aversion * risk) / scale
    return {
        "lines": lines,
        "sessions": sessions,
        "cvxpy": cvxpy.__version__,
        "seconds_cvxpy_clarabel": theirs,
        "seconds_here": ours,
        "times": theirs / ours,
        "objective_here_over_peer": float(here / reference),
    }


def main() -> None:
    """Print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--names", type=int, default=1000)
    parser.add_argument("--designated", type=int, default=60)
    parser.add_argument("--sessions", type=int, default=250)
    parser.add_argument("--scenarios", type=int, default=10_000)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--chunk", type=int, default=16_384)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--naive-scenarios", type=int, default=200)
    parser.add_argument("--peer-lines", type=int, default=60)
    parser.add_argument("--peer-sessions", type=int, default=60)
    given = parser.parse_args()
    book = Book(given.names, given.designated, given.sessions)
    once = partial(run, book, given.scenarios, given.threads, given.chunk)
    cold, results = once()
    used = time.process_time()
    warm = [once()[0] for _ in range(given.repeat)]
    used = (time.process_time() - used) / given.repeat
    totals = [sum(stages.values()) for stages in warm]
    fastest = warm[totals.index(min(totals))]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    report: dict[str, Any] = {
        "bench": "scenarios",
        "names": given.names,
        "designated": given.designated,
        "sessions": given.sessions,
        "scenarios": given.scenarios,
        "threads": given.threads,
        "seconds_warm_best": min(totals),
        "seconds_warm_median": statistics.median(totals),
        "cpu_seconds_warm_mean": used,
        "seconds_cold": sum(cold.values()),
        "stages_best": fastest,
        "peak_mb": peak,
        "results": results,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
    }
    if given.naive_scenarios:
        naive = naive_simulation(book, given.naive_scenarios)
        scaled = naive * given.scenarios / given.naive_scenarios
        report["naive_numpy"] = {
            "scenarios": given.naive_scenarios,
            "seconds": naive,
            "seconds_scaled_to_all": scaled,
            "times_distribution": scaled / fastest["distribution"],
        }
    report["cvxpy_clarabel"] = through_cvxpy(given.peer_lines, given.peer_sessions)
    print(json.dumps(report))


if __name__ == "__main__":
    main()
