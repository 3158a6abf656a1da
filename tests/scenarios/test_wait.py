"""Sell now or wait: closed forms, brute force, properties."""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.core.errors import QueryError
from analyzer.scenarios.closed_forms import almgren_chriss
from analyzer.scenarios.courts import (
    FREE,
    Belief,
    CourtModel,
    CourtState,
    Hazard,
    Jump,
    Ruling,
    belief,
    scheduled,
)
from analyzer.scenarios.impact import LinearImpact, SigmaAbs
from analyzer.scenarios.wait import WaitProblem, solve
from analyzer.scenarios.wait_closed_forms import (
    holdings_continuous,
    reprieve_hazard,
    reprieve_hazard_with_risk,
    scheduled_ruling,
)

S = CourtState


def hazard_belief(chance: float, sessions: int) -> Belief:
    hazards = (Hazard(S.PENDING, S.REPRIEVED, chance, "test"),)
    return belief(CourtModel("d", S.PENDING, hazards=hazards), sessions)


def ruling_belief(
    probability: float,
    before: int,
    sessions: int,
    jumps: tuple[float, float] | None = None,
    *,
    consistent: bool = True,
) -> Belief:
    model = scheduled("d", before, probability, basis="test", jumps=jumps)
    return belief(model, sessions, consistent=consistent)


def one_line(seen: Belief, sessions: int, **parts: object) -> WaitProblem:
    defaults: dict = {
        "shares": np.array([1.0]),
        "price": np.array([1.0]),
        "sigma": np.array([0.0]),
        "linear": np.zeros((1, sessions)),
        "temporary": np.ones((1, sessions)),
        "exponent": 2.0,
        "cap": np.full((1, sessions), np.inf),
        "deadline": np.array([sessions]),
        "lock_loss": np.array([np.inf]),
        "docket": np.array([0]),
        "beliefs": (seen,),
    }
    return WaitProblem(**(defaults | parts))


# X, N, p, V*, n_1: derived by hand, b_N = (r^N - 1)/(r - 1), r = 1/(1 - p).
@pytest.mark.parametrize(
    ("shares", "sessions", "chance", "value", "first"),
    [(2.0, 2, 0.5, 4 / 3, 2 / 3), (1.0, 5, 0.1, 0.1602158677443774, 0.1602158677443774)],
)
def test_reprieve_hazard_literals(
    shares: float, sessions: int, chance: float, value: float, first: float
) -> None:
    answer = reprieve_hazard(shares, sessions, chance, 1.0)
    assert answer.value == pytest.approx(value, rel=1e-12)
    assert answer.shares_sold[0] == pytest.approx(first, rel=1e-12)
    assert answer.shares_sold.sum() == pytest.approx(shares, rel=1e-12)


def test_two_sessions_by_hand() -> None:
    answer = reprieve_hazard(2.0, 2, 0.5, 1.0)
    assert (answer.commit, answer.even_until_relief, answer.wait_to_last) == (2.0, 1.5, 2.0)
    seen = hazard_belief(0.5, 2)
    found = solve(one_line(seen, 2, shares=np.array([2.0]), grid=301))
    assert found.value[0] == pytest.approx(4 / 3, rel=1e-12)
    assert found.plan[0] == pytest.approx([2 / 3, 4 / 3], rel=1e-12)
    assert found.commit[0] == pytest.approx(2.0)
    assert found.wait[0] == pytest.approx(2.0)
    assert found.latest_safe_start[0] == 1


def test_every_hazard_and_ruling_oracle(shared: Path) -> None:
    oracles = json.loads((shared / "models/oracles.json").read_text())["oracles"]
    seen = 0
    for row in oracles:
        expected, name = row["expected"], row["id"]
        if name.startswith("reprieve_hazard_"):
            shares, sessions, chance = (
                float(part[1:]) for part in name.removeprefix("reprieve_hazard_").split("_")
            )
            hazard = reprieve_hazard(shares, int(sessions), chance, row["inputs"]["eta"])
            assert hazard.value == pytest.approx(expected["V"], rel=1e-12)
            assert hazard.shares_sold == pytest.approx(expected["n"], rel=1e-12)
            assert hazard.commit == pytest.approx(expected["twap_commit"], rel=1e-12)
            assert hazard.even_until_relief == pytest.approx(expected["twap_stop"], rel=1e-12)
            assert hazard.wait_to_last == pytest.approx(expected["wait_to_last"], rel=1e-12)
        elif name.startswith("scheduled_ruling_("):
            i = row["inputs"]
            ruling = scheduled_ruling(i["X"], i["N1"], i["N2"], i["p"], i["eta"])
            assert ruling.sold_before == pytest.approx(expected["y"], rel=1e-12)
            assert ruling.value == pytest.approx(expected["V"], rel=1e-12)
            assert ruling.commit == pytest.approx(expected["commit"], rel=1e-12)
            assert ruling.wait == pytest.approx(expected["wait"], rel=1e-12)
        elif name == "scheduled_ruling_jump":
            i = row["inputs"]
            ruling = scheduled_ruling(
                i["X"], i["N1"], i["N2"], i["p"], i["eta"], expected_jump=i["m"]
            )
            assert ruling.sold_before == pytest.approx(expected["y"], abs=1e-12)
            assert ruling.value == pytest.approx(expected["V"], abs=1e-12)
        elif name == "reprieve_grid_convergence":
            for grid, value in zip(row["inputs"]["G"], expected, strict=True):
                found = solve(one_line(hazard_belief(0.2, 10), 10, grid=grid))
                assert found.value[0] == pytest.approx(value, rel=1e-9)
        else:
            continue
        seen += 1
    assert seen == 8


def test_the_grid_converges_from_above() -> None:
    exact = reprieve_hazard(1.0, 10, 0.2, 1.0).value
    assert exact == pytest.approx(0.03007256240041785, rel=1e-12)
    # Grid values of the specification, N = 10, p = 0.2.
    for grid, value in {51: 0.0302626875392, 201: 0.030084114944}.items():
        found = solve(one_line(hazard_belief(0.2, 10), 10, grid=grid)).value[0]
        assert found == pytest.approx(value, rel=1e-9)
        assert found > exact


def test_scheduled_ruling_on_the_grid() -> None:
    # X = 1, five sessions each side, p = 1/2: y* = 1/3, V* = 1/15, commit = wait = 1/10.
    closed = scheduled_ruling(1.0, 5, 5, 0.5, 1.0)
    assert closed.sold_before == pytest.approx(1 / 3, rel=1e-12)
    assert closed.value == pytest.approx(1 / 15, rel=1e-12)
    assert closed.break_even == 0.5
    found = solve(one_line(ruling_belief(0.5, 5, 10), 10, grid=301))
    assert found.value[0] == pytest.approx(1 / 15, rel=1e-12)
    assert found.plan[0].sum() == pytest.approx(1 / 3, rel=1e-12)
    assert found.commit[0] == pytest.approx(0.1, rel=1e-12)
    assert found.wait[0] == pytest.approx(0.1, rel=1e-12)


def test_scheduled_ruling_with_an_expected_jump() -> None:
    # Jump of +4 % on relief at p = 1/2, not recentred: m = 0.02 per share.
    seen = ruling_belief(0.5, 5, 10, (0.04, 0.0), consistent=False)
    found = solve(one_line(seen, 10, grid=201))
    assert found.value[0] == pytest.approx(0.053, abs=1e-12)
    assert found.plan[0].sum() == pytest.approx(0.3, abs=1e-12)
    fair = solve(one_line(ruling_belief(0.5, 5, 10, (0.04, 0.0)), 10, grid=301))
    assert fair.value[0] == pytest.approx(1 / 15, rel=1e-9)


def test_a_cap_forces_a_floor_before_the_ruling() -> None:
    closed = scheduled_ruling(1.0, 5, 5, 0.9, 1.0, cap=0.15)
    assert closed.sold_before == pytest.approx(0.25)  # X - cap N2
    found = solve(one_line(ruling_belief(0.9, 5, 10), 10, cap=np.full((1, 10), 0.15), grid=401))
    assert found.plan[0].sum() == pytest.approx(0.25, abs=1e-9)
    assert found.value[0] == pytest.approx(closed.value, rel=1e-9)
    with pytest.raises(QueryError):
        scheduled_ruling(1.0, 5, 5, 0.5, 1.0, cap=0.09)


def test_without_a_hazard_it_is_almgren_chriss() -> None:
    # Almgren-Chriss table 1 inputs with gamma = eps = 0: kappa^2 = lam sigma^2 / eta.
    lam, sigma, eta = 1e-6, 0.95, 2.5e-6
    path = almgren_chriss(1e6, 5, 5, SigmaAbs(sigma), LinearImpact(0.0, 0.0, eta), lam)
    answer = reprieve_hazard_with_risk(1e6, 5, 0.0, eta, lam * sigma**2 / eta)
    assert answer.holdings == pytest.approx(path.holdings, abs=1e-4)
    found = solve(
        one_line(
            belief(CourtModel("d", S.PENDING), 5),
            5,
            shares=np.array([1e6]),
            sigma=np.array([sigma]),
            temporary=np.full((1, 5), eta),
            risk_aversion=lam,
            grid=2001,
        )
    )
    assert found.plan[0] == pytest.approx(-np.diff(path.holdings), abs=2 * 1e6 / 2000)
    assert found.value[0] == pytest.approx(answer.value, rel=1e-6)
    assert found.value[0] == pytest.approx(found.commit[0], rel=1e-12)


@pytest.mark.parametrize(("chance", "kappa"), [(0.1, 0.3), (0.3, 0.0), (0.02, 0.5)])
def test_hazard_with_risk_on_the_grid(chance: float, kappa: float) -> None:
    closed = reprieve_hazard_with_risk(1.0, 8, chance, 1.0, kappa**2)
    parts = {"sigma": np.array([kappa]), "risk_aversion": 1.0, "grid": 2001}
    found = solve(one_line(hazard_belief(chance, 8), 8, **parts))
    assert found.value[0] == pytest.approx(closed.value, rel=1e-5)
    assert found.value[0] >= closed.value
    if kappa == 0.0:
        plain = reprieve_hazard(1.0, 8, chance, 1.0)
        assert closed.value == pytest.approx(plain.value, rel=1e-12)
        assert -np.diff(closed.holdings) == pytest.approx(plain.shares_sold, rel=1e-12)


def test_continuous_holdings() -> None:
    times = np.array([0, 2.5, 5, 7.5, 10])
    # x(5) with h = 0.1, kappa = 0.3, T = 10, worked from the formula with sinh.
    speed = np.sqrt(0.3**2 + 0.1**2 / 4)
    by_sinh = np.exp(0.05 * times) * np.sinh(speed * (10 - times)) / np.sinh(speed * 10)
    found = holdings_continuous(1.0, 10.0, 0.1, 0.3, times)
    assert found == pytest.approx(by_sinh, abs=1e-14)
    assert found[2] == pytest.approx(0.26784317355855836, abs=1e-12)
    assert holdings_continuous(1.0, 10.0, 0.0, 0.0, times)[2] == pytest.approx(0.5)
    fine = reprieve_hazard_with_risk(1.0, 10000, 0.1 / 1000, 1.0, (0.3 / 1000) ** 2)
    assert fine.holdings[[0, 2500, 5000, 7500, 10000]] == pytest.approx(found, abs=1e-3)


def test_continuous_oracles(shared: Path) -> None:
    oracles = json.loads((shared / "models/oracles.json").read_text())["oracles"]
    rows = [o for o in oracles if o["id"].startswith("ac_with_reprieve_hazard_continuous")]
    assert len(rows) == 2
    for row in rows:
        i = row["inputs"]
        found = holdings_continuous(i["X"], i["T"], i["h"], i["k"], np.array(i["t"], dtype=float))
        assert found == pytest.approx(row["expected"], abs=row["tolerance"]["abs"])


def brute_force(problem: WaitProblem) -> float:
    """Evaluate the recursion by trying every sale at every holding, without convexity."""
    seen = problem.beliefs[0]
    lots, lot, price = problem.cap_lots()[0], problem.lot[0], problem.price[0]
    held = np.arange(problem.grid) * lot
    loss = problem.lock_loss[0] * price
    bound_states = [s not in FREE for s in CourtState]
    value = np.stack([loss * held * bound for bound in bound_states])
    for t in range(int(problem.deadline[0]) - 1, -1, -1):
        new = np.empty_like(value)
        for s in CourtState:
            risk = problem.risk_aversion * (problem.sigma[0] * price * held) ** 2 * bound_states[s]
            rest = risk - held * price * (seen.matrices[t, s] * seen.jumps[t, s]).sum()
            rest = rest + seen.matrices[t, s] @ value
            for x in range(problem.grid):
                most = min(x, lots[t]) if s is not S.WINDOW_END else 0
                new[s, x] = min(
                    problem.linear[0, t] * n * lot
                    + problem.temporary[0, t] * (n * lot) ** problem.exponent
                    + rest[x - n]
                    for n in range(most + 1)
                )
        value = new
    return float(value[seen.start, -1])


def rich_belief(relief: float, sessions: int, window_end: int | None = None) -> Belief:
    model = CourtModel(
        "d",
        S.PENDING,
        hazards=(
            Hazard(S.PENDING, S.REMOVED, 0.02, "t"),
            Hazard(S.LOST, S.APPEAL, 0.3, "t"),
            Hazard(S.ENJOINED, S.LOST, 0.1, "t"),
        ),
        rulings=(Ruling(S.PENDING, 4, ((S.ENJOINED, relief), (S.LOST, 1 - relief)), "t"),),
        jumps=(Jump(S.PENDING, S.ENJOINED, 0.1, "t"), Jump(S.ENJOINED, S.LOST, -0.12, "t")),
        window_end=window_end,
    )
    return belief(model, sessions)


@settings(max_examples=25, deadline=None)
@given(
    st.floats(0.0, 1.0),
    st.sampled_from([1.0, 1.5, 1.6, 2.0]),
    st.floats(0.0, 0.5),
    st.floats(0.0, 2e-3),
    st.integers(3, 9),
    st.sampled_from([None, 6]),
)
def test_the_programme_equals_brute_force(
    relief: float, exponent: float, loss: float, lam: float, deadline: int, end: int | None
) -> None:
    rng = np.random.default_rng(deadline)
    problem = one_line(
        rich_belief(relief, 9, end),
        9,
        shares=np.array([1000.0]),
        price=np.array([20.0]),
        sigma=np.array([0.03]),
        linear=np.full((1, 9), 0.02),
        temporary=rng.uniform(0.001, 0.01, (1, 9)),
        exponent=exponent,
        cap=rng.uniform(0.0, 300.0, (1, 9)),
        deadline=np.array([deadline]),
        lock_loss=np.array([loss]),
        risk_aversion=lam,
        grid=31,
    )
    assert solve(problem).value[0] == pytest.approx(brute_force(problem), rel=1e-9, abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0.0, 1.0), min_size=2, max_size=4), st.floats(0.05, 1.0))
def test_more_chance_of_reprieve_never_lowers_the_value_of_waiting(
    chances: list[float], loss: float
) -> None:
    worth = [
        solve(
            one_line(
                ruling_belief(p, 4, 9, (0.1, -0.08)),
                9,
                price=np.array([3.0]),
                sigma=np.array([0.05]),
                risk_aversion=1.0,
                cap=np.full((1, 9), 0.2),
                lock_loss=np.array([loss]),
                grid=41,
            )
        ).value_of_waiting[0]
        for p in sorted(chances)
    ]
    assert all(a <= b + 1e-12 for a, b in pairwise(worth))
    assert worth[0] >= -1e-12


def test_names_solved_together_equal_names_solved_alone() -> None:
    rng = np.random.default_rng(5)
    beliefs = (rich_belief(0.3, 12), ruling_belief(0.6, 7, 12, (0.05, -0.05)))
    parts = {
        "shares": rng.uniform(10, 1e5, 6),
        "price": rng.uniform(1, 50, 6),
        "sigma": rng.uniform(0.01, 0.05, 6),
        "linear": rng.uniform(0, 0.1, (6, 12)),
        "temporary": rng.uniform(1e-6, 1e-4, (6, 12)),
        "exponent": 1.6,
        "cap": rng.uniform(0, 2e4, (6, 12)),
        "deadline": np.array([12, 3, 8, 12, 1, 0]),
        "lock_loss": rng.uniform(0.1, 0.5, 6),
        "docket": np.array([0, 1, 0, 1, 0, 1]),
        "risk_aversion": 1e-7,
        "grid": 61,
    }
    together = solve(WaitProblem(beliefs=beliefs, **parts))
    for i in range(6):
        alone = solve(
            WaitProblem(
                beliefs=beliefs,
                **{k: v[i : i + 1] if isinstance(v, np.ndarray) else v for k, v in parts.items()},
            )
        )
        assert alone.value[0] == pytest.approx(together.value[i], rel=1e-12)
        assert alone.wait[0] == pytest.approx(together.wait[i], rel=1e-12)
        assert np.array_equal(alone.plan[0], together.plan[i])
    assert (together.value <= together.wait * (1 + 1e-12)).all()
    assert (together.value <= together.commit * (1 + 1e-12)).all()


def test_the_plan_never_runs_ahead_of_its_capacity() -> None:
    cap = np.full((1, 30), 0.0033)
    problem = one_line(hazard_belief(0.01, 30), 30, cap=cap, lock_loss=np.array([0.3]), grid=101)
    found = solve(problem)
    assert (found.plan[0].cumsum() <= cap[0].cumsum() + 1e-12).all()
    assert found.sell_now[0] <= cap[0, 0]
    assert found.latest_safe_start[0] == -1  # 30 sessions of 0.33 % are not enough


def test_latest_safe_start_is_the_point_of_no_return() -> None:
    # 17 sessions of 6 % are needed out of 20: index 3.
    problem = one_line(hazard_belief(0.01, 20), 20, cap=np.full((1, 20), 0.06), grid=201)
    assert solve(problem).latest_safe_start[0] == 3


def test_tail_risk_sells_sooner_and_costs_more() -> None:
    parts = {
        "price": np.array([10.0]),
        "lock_loss": np.array([0.4]),
        "temporary": np.full((1, 9), 2.0),
        "grid": 101,
    }
    neutral = solve(one_line(ruling_belief(0.6, 5, 9, (0.1, -0.15)), 9, **parts))
    averse = solve(
        one_line(ruling_belief(0.6, 5, 9, (0.1, -0.15)), 9, cvar_weight=0.5, cvar_tail=0.3, **parts)
    )
    assert averse.plan[0].sum() > neutral.plan[0].sum()
    assert averse.value[0] > neutral.value[0]


def test_the_tail_is_the_worst_outcome_when_it_is_smaller_than_its_chance() -> None:
    # Weight 1 and a tail below P(loss) = 0.4: only the loss counts, as if p were 0.
    jumpless = ruling_belief(0.6, 5, 9)
    parts = {"lock_loss": np.array([0.5]), "grid": 101}
    averse = solve(one_line(jumpless, 9, cvar_weight=1.0, cvar_tail=0.3, **parts))
    certain = solve(one_line(ruling_belief(0.0, 5, 9), 9, **parts))
    assert averse.value[0] == pytest.approx(certain.value[0], rel=1e-9)


@pytest.mark.parametrize(
    "parts",
    [
        {"exponent": 0.5},
        {"grid": 1},
        {"deadline": np.array([7])},
        {"cap": -np.ones((1, 5))},
        {"cvar_weight": 0.5},
        {"shares": np.array([1.0, 2.0])},
        {"price": np.array([np.nan])},
        {"cap": np.full((1, 5), np.nan)},
        {"docket": np.array([1])},
    ],
)
def test_a_problem_outside_the_model_is_refused(parts: dict) -> None:
    with pytest.raises(QueryError):
        one_line(hazard_belief(0.1, 5), 5, **parts)


def test_the_heatmap_is_the_policy_in_shares() -> None:
    found = solve(one_line(ruling_belief(0.5, 5, 10), 10, shares=np.array([300.0]), grid=301))
    lost = found.heatmap(0, S.LOST)
    assert lost.shape == (10, 301)
    assert lost[9] == pytest.approx(np.arange(301.0))  # the last session sells what is left
    assert lost[5, 200] == pytest.approx(40.0)  # five sessions left: a fifth
    with pytest.raises(QueryError):
        found.heatmap(0, S.REPRIEVED)


def test_settled_states_are_left_out_and_revocable_relief_is_not() -> None:
    found = solve(one_line(rich_belief(0.5, 9), 9, lock_loss=np.array([0.5]), grid=21))
    assert S.REMOVED not in found.court.states  # free for good
    assert S.ENJOINED in found.court.states  # an injunction may still be lost
    enjoined = found.policy[:, 0, found.court.states.index(S.ENJOINED)]
    assert enjoined.max() > 0  # so selling under it can be right
