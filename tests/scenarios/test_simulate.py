"""The profit-and-loss distribution: against exact mixtures, name by name, and itself in chunks."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from analyzer.core.errors import QueryError
from analyzer.scenarios.courts import (
    Belief,
    CourtModel,
    CourtState,
    Hazard,
    Jump,
    Ruling,
    belief,
    scheduled,
)
from analyzer.scenarios.holdings import Strategy, leg, leg_money, scheduled_leg
from analyzer.scenarios.simulate import (
    Risk,
    exact,
    leaf_moments,
    line_quantiles,
    mixture_quantile,
    rest_of_book,
    simulate,
)
from analyzer.scenarios.tree import enumerate_tree, sample_tree
from analyzer.scenarios.wait import WaitProblem, WaitSolution, solve
from analyzer.scenarios.wait_value import evaluate

S = CourtState
SESSIONS = 30


def beliefs(*, hazards: bool = False) -> tuple[Belief, ...]:
    chance = (Hazard(S.PENDING, S.REMOVED, 0.01, "t"),) if hazards else ()
    first = CourtModel(
        "first",
        S.PENDING,
        hazards=chance,
        rulings=(Ruling(S.PENDING, 12, ((S.REPRIEVED, 0.4), (S.LOST, 0.6)), "t"),),
        jumps=(Jump(S.PENDING, S.REPRIEVED, 0.12, "t"), Jump(S.PENDING, S.LOST, -0.08, "t")),
        window_end=25,
    )
    second = scheduled("second", 20, 0.7, basis="t", jumps=(0.05, -0.1), window_end=25)
    return belief(first, SESSIONS), belief(second, SESSIONS)


def book(*, hazards: bool = False) -> tuple[WaitSolution, Risk, dict[str, np.ndarray]]:
    rng = np.random.default_rng(8)
    names, factors, others = 5, 3, 40
    problem = WaitProblem(
        shares=rng.uniform(1e3, 1e4, names),
        price=rng.uniform(10, 50, names),
        sigma=np.full(names, 0.02),
        linear=np.full((names, SESSIONS), 0.02),
        temporary=rng.uniform(1e-4, 1e-3, (names, SESSIONS)),
        exponent=1.5,
        cap=np.full((names, SESSIONS), 700.0),
        deadline=np.full(names, 25),
        lock_loss=np.full(names, 0.2),
        docket=np.array([0, 0, 1, 1, 1]),
        beliefs=beliefs(hazards=hazards),
        risk_aversion=1e-8,
        grid=41,
    )
    loadings = rng.normal(0, 0.01, (names, factors))
    own = rng.uniform(0.01, 0.03, names)
    value = rng.uniform(1e3, 5e4, others)
    other_loadings = rng.normal(0, 0.01, (others, factors))
    other_own = rng.uniform(0.01, 0.03, others)
    exposure, variance = rest_of_book(value, other_loadings, other_own)
    raw = {"value": value, "loadings": other_loadings, "own": other_own}
    return solve(problem), Risk(loadings, own, exposure, variance), raw


def test_monte_carlo_is_within_three_standard_errors_of_the_exact_mixture() -> None:
    solution, risk, _ = book()
    tree = enumerate_tree(solution.problem.beliefs, SESSIONS)
    assert tree is not None
    selling = partial(leg, solution, strategy=Strategy.OPTIMAL)
    known = exact(solution.problem, selling, risk, tree)
    count = 40_000
    found = simulate(solution.problem, selling, risk, scenarios=count, seed=1)
    assert abs(found.mean[-1] - known.total_mean) < 3 * found.standard_error
    kurtosis = ((found.final - found.mean[-1]) ** 4).mean() / found.sd[-1] ** 4
    assert abs(found.sd[-1] / known.total_sd - 1) < 3 * np.sqrt((kurtosis - 1) / 4 / count)
    for level in (0.05, 0.5, 0.95):
        share = (found.final < known.quantile(level)).mean()
        assert abs(share - level) < 3 * np.sqrt(level * (1 - level) / count)


def test_the_exact_mean_is_minus_the_expected_cost_of_the_policy() -> None:
    solution, risk, _ = book()
    problem = solution.problem
    tree = enumerate_tree(problem.beliefs, SESSIONS)
    assert tree is not None
    for strategy, row in (
        (Strategy.OPTIMAL, solution.court.start[problem.docket]),
        (Strategy.WAITING, np.full(5, solution.court.waiting)),
        (Strategy.COMMITTED, np.full(5, solution.court.committed)),
    ):
        selling = partial(leg, solution, strategy=strategy)
        parts = evaluate(problem, solution.court, solution.policy, row)
        cost = parts.impact.sum() + parts.jump.sum() + parts.lock_in.sum()
        known = exact(problem, selling, risk, tree)
        assert known.total_mean == pytest.approx(-cost, rel=1e-9)


def test_collapsing_equals_simulating_every_name() -> None:
    solution, risk, raw = book()
    problem = solution.problem
    selling = partial(leg, solution, strategy=Strategy.OPTIMAL)
    tree = sample_tree(problem.beliefs, SESSIONS, 50, seed=4)
    mean, sd = leaf_moments(problem, selling, risk, tree)
    loadings = np.vstack([raw["loadings"], risk.factors])
    own = np.concatenate([raw["own"], risk.idiosyncratic])
    covariance = loadings @ loadings.T + np.diag(own**2)
    parts = [selling(c, states) for c, states in enumerate(tree.paths)]
    for scenario in (0, 17, 49):
        certain = np.zeros(SESSIONS)
        held = np.tile(raw["value"], (SESSIONS, 1))
        lines = np.zeros((SESSIONS, 5))
        for c, part in enumerate(parts):
            path = tree.leaf[scenario, c]
            lines[:, part.names] = part.kept[path] * problem.price[part.names]
            certain += leg_money(problem, problem.beliefs[c], tree.paths[c], part)[path]
        held = np.hstack([held, lines])
        variance = np.einsum("ti,ij,tj->t", held, covariance, held)
        assert sd[scenario] ** 2 == pytest.approx(variance, rel=1e-5)
        assert mean[scenario] == pytest.approx(certain, rel=1e-12)


def test_results_do_not_depend_on_chunks_threads_or_scenario_count() -> None:
    solution, risk, _ = book(hazards=True)
    selling = partial(leg, solution, strategy=Strategy.OPTIMAL)
    run = partial(simulate, solution.problem, selling, risk, seed=2)
    whole = run(scenarios=700, chunk=8192)
    for other in (
        run(scenarios=700, chunk=64),
        run(scenarios=700, chunk=97, threads=2),
        run(scenarios=900, chunk=500),
    ):
        assert np.array_equal(other.final[:700], whole.final)
        assert np.array_equal(other.worst[:700], whole.worst)
    assert not np.array_equal(
        simulate(solution.problem, selling, risk, seed=3, scenarios=700).final, whole.final
    )


def test_a_table_over_budget_is_split_without_changing_anything(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    solution, risk, _ = book(hazards=True)
    selling = partial(leg, solution, strategy=Strategy.OPTIMAL)
    whole = simulate(solution.problem, selling, risk, seed=2, scenarios=500)
    monkeypatch.setattr("analyzer.scenarios.simulate._BUDGET", 4000)
    split = simulate(solution.problem, selling, risk, seed=2, scenarios=500)
    assert np.array_equal(whole.final, split.final)


def test_strategies_meet_the_same_courts_and_markets() -> None:
    solution, risk, _ = book()
    final = {
        s: simulate(
            solution.problem, partial(leg, solution, strategy=s), risk, scenarios=4000, seed=7
        ).final
        for s in Strategy
    }
    together = (final[Strategy.OPTIMAL] - final[Strategy.COMMITTED]).std()
    apart = np.hypot(final[Strategy.OPTIMAL].std(), final[Strategy.COMMITTED].std())
    assert together < 0.7 * apart
    assert final[Strategy.OPTIMAL].std() < final[Strategy.KEEP].std()


def test_every_sale_respects_window_and_holding() -> None:
    solution, _, _ = book(hazards=True)
    problem = solution.problem
    paths = sample_tree(problem.beliefs, SESSIONS, 400, seed=1).paths
    for strategy in Strategy:
        for c, states in enumerate(paths):
            part = leg(solution, c, states, strategy=strategy)
            before = np.broadcast_to(problem.shares[part.names], part.kept[:, :1].shape)
            sold = -np.diff(np.concatenate([before, part.kept], axis=1), axis=1)
            assert sold.min() >= -1e-9
            assert part.kept.min() >= -1e-9
            assert np.abs(sold[:, 25:]).max() == 0.0
            cost = problem.temporary[part.names].T * np.maximum(sold, 0) ** 1.5 + 0.02 * sold
            assert part.cost == pytest.approx(cost, abs=1e-6)


def test_a_given_schedule_can_stop_at_relief_or_go_on() -> None:
    solution, _, _ = book()
    problem = solution.problem
    paths = sample_tree(problem.beliefs, SESSIONS, 200, seed=1).paths
    plan = np.zeros((5, SESSIONS))
    plan[:, :20] = problem.shares[:, None] / 20
    selling = partial(scheduled_leg, problem, 0, paths[0])
    stopping = selling(plan=plan, stop_when_free=True)
    going = selling(plan=plan, stop_when_free=False)
    freed = paths[0][:, 13] == S.REPRIEVED
    assert (stopping.kept[freed, -1] > 0).all()
    assert stopping.kept[~freed, -1] == pytest.approx(0.0, abs=1e-6)
    assert going.kept[:, -1] == pytest.approx(0.0, abs=1e-6)
    with pytest.raises(QueryError):
        selling(plan=plan * 1.1, stop_when_free=True)
    with pytest.raises(QueryError):
        selling(plan=np.roll(plan, 9, axis=1), stop_when_free=True)


def test_what_is_locked_is_marked_down_and_relief_gives_it_back() -> None:
    model = CourtModel(
        "d",
        S.PENDING,
        rulings=(Ruling(S.WINDOW_END, 6, ((S.REMOVED, 0.5),), "t"),),
        window_end=3,
    )
    seen = belief(model, 8)
    problem = WaitProblem(
        shares=np.array([100.0]),
        price=np.array([2.0]),
        sigma=np.array([0.0]),
        linear=np.zeros((1, 8)),
        temporary=np.ones((1, 8)),
        exponent=2.0,
        cap=np.zeros((1, 8)),
        deadline=np.array([3]),
        lock_loss=np.array([0.25]),
        docket=np.array([0]),
        beliefs=(seen,),
        grid=11,
    )
    tree = enumerate_tree((seen,), 8)
    assert tree is not None
    part = leg(solve(problem), 0, tree.paths[0], strategy=Strategy.OPTIMAL)
    money = leg_money(problem, seen, tree.paths[0], part).cumsum(axis=1)
    freed = tree.paths[0][:, -1] == S.REMOVED
    assert money[freed][0].tolist() == [0, 0, -50, -50, -50, 0, 0, 0]
    assert money[~freed][0].tolist() == [0, 0, -50, -50, -50, -50, -50, -50]


def test_student_markets_keep_the_variance_and_fatten_the_tail() -> None:
    solution, risk, _ = book()
    selling = partial(leg, solution, strategy=Strategy.KEEP)
    run = partial(
        simulate,
        solution.problem,
        selling,
        risk,
        scenarios=30_000,
        seed=5,
        sessions=np.array([1, SESSIONS]),
    )
    normal, student = run(), run(degrees_of_freedom=4.0)
    assert student.sd[-1] == pytest.approx(normal.sd[-1], rel=0.03)
    assert student.quantiles[0, 0] < normal.quantiles[0, 0]
    with pytest.raises(QueryError):
        run(degrees_of_freedom=2.0)


def test_line_quantiles_are_those_of_simulated_lines() -> None:
    solution, risk, _ = book()
    problem = solution.problem
    tree = enumerate_tree(problem.beliefs, SESSIONS)
    assert tree is not None
    selling = partial(leg, solution, strategy=Strategy.OPTIMAL)
    found = line_quantiles(problem, selling, risk, tree, np.array([0.05, 0.95]))
    rng = np.random.default_rng(0)
    part = selling(0, tree.paths[0])
    weight = np.bincount(tree.leaf[:, 0], tree.weight)
    path = rng.choice(len(weight), 20_000, p=weight)
    daily = np.sqrt((risk.factors[0] ** 2).sum() + risk.idiosyncratic[0] ** 2)
    shock = rng.normal(size=(20_000, SESSIONS)) * daily
    alone = part.line(0)
    certain = leg_money(problem, problem.beliefs[0], tree.paths[0], alone).sum(axis=1)
    total = certain[path] + (shock * part.kept[path, :, 0]).sum(axis=1) * problem.price[0]
    for level, value in zip((0.05, 0.95), found[0], strict=True):
        share = (total < value).mean()
        assert abs(share - level) < 3 * np.sqrt(level * (1 - level) / 20_000)


def test_mixture_quantile_of_one_normal_and_of_a_point() -> None:
    one = mixture_quantile(np.ones(1), np.array([[2.0]]), np.array([[3.0]]), 0.975)
    assert one[0] == pytest.approx(2 + 3 * 1.959963984540054, rel=1e-12)
    point = mixture_quantile(np.ones(1), np.array([[-5.0]]), np.zeros((1, 1)), 0.5)
    assert point[0] == pytest.approx(-5.0)
    two = mixture_quantile(np.array([0.5, 0.5]), np.array([[-1.0], [1.0]]), np.ones((2, 1)), 0.5)
    assert two[0] == pytest.approx(0.0, abs=1e-9)


def test_an_exact_distribution_needs_every_path() -> None:
    solution, risk, _ = book()
    selling = partial(leg, solution, strategy=Strategy.OPTIMAL)
    tree = sample_tree(solution.problem.beliefs, SESSIONS, 20, seed=0)
    with pytest.raises(QueryError):
        exact(solution.problem, selling, risk, tree)


def test_missing_risk_is_refused() -> None:
    solution, risk, _ = book()
    with pytest.raises(QueryError):
        replace(risk, idiosyncratic=np.full(5, np.nan))
    with pytest.raises(QueryError):
        replace(risk, factors=risk.factors[:4])
    run = partial(simulate, solution.problem, partial(leg, solution, strategy=Strategy.KEEP), risk)
    with pytest.raises(QueryError):
        run(scenarios=1, seed=1)
    with pytest.raises(QueryError):
        run(scenarios=10, seed=1, sessions=np.array([5, SESSIONS + 1]))
    short = replace(risk, factors=risk.factors[:4], idiosyncratic=risk.idiosyncratic[:4])
    selling = partial(leg, solution, strategy=Strategy.KEEP)
    with pytest.raises(QueryError):
        simulate(solution.problem, selling, short, scenarios=10, seed=1)


def test_tail_measures_are_losses_beyond_the_quantile() -> None:
    solution, risk, _ = book()
    selling = partial(leg, solution, strategy=Strategy.KEEP)
    found = simulate(solution.problem, selling, risk, scenarios=5000, seed=1)
    assert found.expected_shortfall(0.95) > found.value_at_risk(0.95) > 0
    assert (found.worst <= np.minimum(found.final, 0.0) + 1e-9).all()
    assert found.quantiles.shape == (len(found.sessions), 7)
    assert (np.diff(found.quantiles, axis=1) >= 0).all()


def test_a_book_without_dockets_is_one_normal() -> None:
    solution, risk, _ = book()
    lines = replace(
        solution.problem,
        **{k: getattr(solution.problem, k)[:0] for k in ("shares", "price", "sigma", "docket")},
        **{k: getattr(solution.problem, k)[:0] for k in ("linear", "temporary", "cap")},
        **{k: getattr(solution.problem, k)[:0] for k in ("deadline", "lock_loss")},
        beliefs=(),
    )
    selling = partial(leg, solution, strategy=Strategy.KEEP)
    none = replace(risk, factors=risk.factors[:0], idiosyncratic=risk.idiosyncratic[:0])
    found = simulate(lines, selling, none, scenarios=5000, seed=1)
    daily = risk.rest_exposure @ risk.rest_exposure + risk.rest_variance
    assert abs(found.sd[-1] / np.sqrt(SESSIONS * daily) - 1) < 3 / np.sqrt(2 * 5000)
    assert abs(found.mean[-1]) < 3 * found.standard_error
