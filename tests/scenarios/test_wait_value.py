"""The value of waiting: parts that add up, break-even, regret."""

from dataclasses import replace

import numpy as np
import pytest

from analyzer.core.errors import QueryError
from analyzer.scenarios.courts import (
    CourtModel,
    CourtState,
    Hazard,
    Jump,
    Ruling,
    View,
    belief,
    scheduled,
    with_relief,
)
from analyzer.scenarios.wait import WaitProblem, committed_jump, follow, solve
from analyzer.scenarios.wait_value import evaluate, sweep, value_of_waiting

S = CourtState


def docket(relief: float) -> CourtModel:
    return CourtModel(
        "d",
        S.PENDING,
        hazards=(
            Hazard(S.PENDING, S.REMOVED, 0.01, "t"),
            Hazard(S.LOST, S.APPEAL, 0.2, "t"),
            Hazard(S.ENJOINED, S.LOST, 0.05, "t"),
        ),
        rulings=(Ruling(S.PENDING, 6, ((S.ENJOINED, relief), (S.LOST, 1 - relief)), "t"),),
        jumps=(Jump(S.PENDING, S.ENJOINED, 0.1, "t"), Jump(S.PENDING, S.LOST, -0.05, "t")),
    )


def lines(model: CourtModel, sessions: int = 14, *, user: float | None = None) -> WaitProblem:
    rng = np.random.default_rng(3)
    view = None if user is None else with_relief(model, user, view=View.USER, basis="u")
    return WaitProblem(
        shares=rng.uniform(1e3, 1e5, 4),
        price=rng.uniform(5, 40, 4),
        sigma=rng.uniform(0.01, 0.04, 4),
        linear=rng.uniform(0.0, 0.05, (4, sessions)),
        temporary=rng.uniform(1e-5, 1e-4, (4, sessions)),
        exponent=1.6,
        cap=rng.uniform(0, 4e4, (4, sessions)),
        deadline=np.array([sessions, 9, 5, sessions]),
        lock_loss=np.full(4, 0.2),
        docket=np.zeros(4, dtype=np.int64),
        beliefs=(belief(model, sessions, user=view),),
        risk_aversion=1e-7,
        grid=61,
    )


def unit(model: CourtModel, sessions: int, grid: int = 301) -> WaitProblem:
    """One share, cost n^2, no cap, must be out: the setting of the closed forms."""
    return WaitProblem(
        shares=np.ones(1),
        price=np.ones(1),
        sigma=np.zeros(1),
        linear=np.zeros((1, sessions)),
        temporary=np.ones((1, sessions)),
        exponent=2.0,
        cap=np.ones((1, sessions)),
        deadline=np.array([sessions]),
        lock_loss=np.array([np.inf]),
        docket=np.zeros(1, dtype=np.int64),
        beliefs=(belief(model, sessions),),
        grid=grid,
    )


@pytest.mark.parametrize("user", [None, 0.8])
def test_the_evaluated_policy_costs_what_the_programme_says(user: float | None) -> None:
    problem = lines(docket(0.4), user=user)
    found = solve(problem)
    court = found.court
    fixed = follow(found.policy, np.full(4, court.committed))
    fixed_jump = committed_jump(problem, court, fixed)
    assert (abs(fixed_jump).max() > 1) == (user is not None)
    for row, value in (
        (court.start[problem.docket], found.value),
        (np.full(4, court.waiting), found.wait),
        (np.full(4, court.committed), found.commit - fixed_jump),
    ):
        parts = evaluate(problem, court, found.policy, row)
        assert parts.total == pytest.approx(value, rel=1e-9)


@pytest.mark.parametrize("user", [None, 0.8])
def test_the_parts_of_waiting_add_up(user: float | None) -> None:
    found = solve(lines(docket(0.4), user=user))
    parts = value_of_waiting(found)
    assert parts.total == pytest.approx(found.value_of_waiting, rel=1e-9)
    assert (parts.total >= 0).all()
    assert (parts.impact_avoided > 0).all()
    if user is None:  # market-consistent: nothing is earned on the jump
        assert parts.jump == pytest.approx(0.0, abs=1e-9 * float(found.commit.max()))
    else:
        assert (parts.jump > 0).any()


def test_parts_of_the_scheduled_ruling_by_hand() -> None:
    # Commit 1/10; optimum sells 1/3 in five sessions, then with 1/2 the other 2/3 in five:
    # 1/45 + 2/45 = 1/15. Relief spares half of the second five sessions of the commit: 5/200.
    parts = value_of_waiting(solve(unit(scheduled("d", 5, 0.5, basis="t"), 10)))
    assert parts.impact_avoided[0] == pytest.approx(0.025, rel=1e-12)
    assert parts.compression[0] == pytest.approx(0.075 - 1 / 15, rel=1e-9)
    assert parts.total[0] == pytest.approx(0.1 - 1 / 15, rel=1e-9)


def test_break_even_is_the_share_of_time_before_the_ruling() -> None:
    # N1 / (N1 + N2) with N1 = 4 and N2 = 6.
    model = scheduled("d", 4, 0.3, basis="t", jumps=(0.1, -0.04))
    found = sweep(unit(model, 10), [model], np.linspace(0, 1, 11), grid=301)
    assert found.break_even[0] == pytest.approx(0.4, abs=1e-4)
    assert np.isnan(sweep(unit(model, 10), [model], np.array([0.6, 0.9])).break_even[0])


def test_regret_is_never_negative_and_nothing_at_the_truth() -> None:
    model = docket(0.4)
    found = sweep(lines(model), [model], np.linspace(0, 1, 5), grid=61)
    assert found.regret.shape == (5, 5, 4)
    assert found.regret.min() >= -1e-9 * found.commit.max()
    assert found.regret[range(5), range(5)] == pytest.approx(0.0)
    assert found.regret[0, 4].max() > 0
    alone = solve(replace(lines(model, user=0.75), beliefs=(belief(docket(0.75), 14),)))
    assert found.value[3] == pytest.approx(alone.value, rel=1e-9)


def test_without_repricing_a_sweep_carries_the_users_alpha() -> None:
    model = docket(0.4)
    probability = np.array([0.1, 0.9])
    fair = sweep(lines(model), [model], probability, grid=61)
    alpha = sweep(lines(model), [model], probability, repriced=False, grid=61)
    reached = [0, 1, 3]  # line 2 is closed before the ruling
    assert (alpha.value[1] < fair.value[1])[reached].all()  # optimists gain on what they keep
    assert (alpha.value[0] > fair.value[0])[reached].all()
    assert alpha.value[:, 2] == pytest.approx(fair.value[:, 2])
    assert (alpha.repriced, fair.repriced) == (False, True)


def test_a_sweep_refuses_what_it_cannot_compare() -> None:
    model = docket(0.4)
    with pytest.raises(QueryError):
        sweep(lines(model), [replace(model, docket="e")], np.array([0.5]))
    with pytest.raises(QueryError):
        sweep(replace(lines(model), cvar_weight=0.2), [model], np.array([0.5]))
