"""Several rulings on one docket: one chain for the programme, the enumeration and the draws."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.core.errors import InputError
from analyzer.scenarios.base_rates import Pool, Stage, appeal_rate, base_rate
from analyzer.scenarios.court_path import court_path, end_states, free_at_end
from analyzer.scenarios.courts import FREE, CourtState, belief, scheduled
from analyzer.scenarios.holdings import Strategy, leg, leg_money
from analyzer.scenarios.read import parse_scenario
from analyzer.scenarios.spec import Court, ExpectedRuling
from analyzer.scenarios.tree import LegalTree, enumerate_tree, sample_tree
from analyzer.scenarios.wait import WaitProblem, solve
from tests.scenarios.test_wait import brute_force, one_line

S = CourtState
DAYS = tuple(date(2026, 9, 1) + timedelta(days=i) for i in range(40))


def dated(stage: Stage, session: int, relief: float, move: float = 0.0) -> ExpectedRuling:
    return ExpectedRuling(stage, DAYS[session], relief=relief, relief_move=move)


def full_court(tro: float = 0.3, **parts: object) -> Court:
    rulings = (
        dated(Stage.TRO, 3, tro, 0.02),
        dated(Stage.PRELIMINARY, 8, 0.5, 0.05),
        dated(Stage.MERITS, 15, 0.4, 0.04),
        dated(Stage.APPEAL, 28, 0.25, 0.06),
    )
    return Court(**({"docket": "d", "targets": ("x",), "rulings": rulings, "appeal": 0.8} | parts))


def test_the_path_by_hand() -> None:
    seen = court_path(full_court(), DAYS[0]).belief(DAYS)
    ends = end_states(seen, 40)
    # From pending or enjoined alike the judgment decides: 0.4 wins, 0.6 loses, 0.8 appeal.
    assert ends == pytest.approx(
        {S.REPRIEVED: 0.4 + 0.6 * 0.8 * 0.25, S.UPHELD: 0.6 * (0.2 + 0.8 * 0.75)}
    )
    assert free_at_end(seen, 40) == pytest.approx(0.52)
    # Enjoined between the orders, then by the injunction alone whatever the order was.
    assert free_at_end(seen, 5) == pytest.approx(0.3)
    assert free_at_end(seen, 10) == pytest.approx(0.5)


def test_a_ruling_at_an_unknown_day() -> None:
    court = Court("d", ("x",), (ExpectedRuling(Stage.MERITS, ruling_hazard=0.03, relief=0.4),))
    seen = court_path(court, DAYS[0]).belief(DAYS)
    decided = 1 - 0.97**40
    assert end_states(seen, 40) == pytest.approx(
        {S.PENDING: 1 - decided, S.REPRIEVED: 0.4 * decided, S.LOST: 0.6 * decided}
    )


def test_the_agency_may_relist() -> None:
    court = full_court(relisting_hazard=0.02, removal_hazard=0.01)
    seen = court_path(court, DAYS[0]).belief(DAYS)
    assert end_states(seen, 40)[S.RELISTED] > 0
    assert free_at_end(seen, 40) < free_at_end(
        court_path(full_court(removal_hazard=0.01), DAYS[0]).belief(DAYS), 40
    )


def test_one_ruling_is_the_scheduled_model() -> None:
    court = Court("d", ("x",), (ExpectedRuling(None, DAYS[9], 0.0, 0.4, 0.09),))
    seen = court_path(court, DAYS[0]).belief(DAYS)
    same = belief(scheduled("d", 9, 0.4, basis="t", jumps=(0.09, -0.06)), 40)
    reached = [S.PENDING, S.REPRIEVED, S.LOST]
    assert np.array_equal(seen.matrices[:, reached], same.matrices[:, reached])
    happens = same.matrices[:, reached] > 0
    assert np.array_equal(seen.jumps[:, reached][happens], same.jumps[:, reached][happens])


@pytest.mark.parametrize("market", [None, 0.2])
def test_prices_are_fair_under_the_market_and_only_there(market: float | None) -> None:
    rulings = tuple(
        ExpectedRuling(r.stage, r.day, 0.0, r.relief, r.relief_move, market)
        for r in full_court().rulings
    )
    seen = court_path(full_court(rulings=rulings), DAYS[0]).belief(DAYS)
    assert (np.abs(seen.expected_jump).max() < 1e-12) == (market is None)


def market_problem(court: Court, **parts: object) -> WaitProblem:
    seen = court_path(court, DAYS[0]).belief(DAYS)
    rng = np.random.default_rng(3)
    given: dict = {
        "shares": np.array([1000.0]),
        "price": np.array([20.0]),
        "sigma": np.array([0.02]),
        "linear": np.full((1, 40), 0.02),
        "temporary": rng.uniform(0.001, 0.01, (1, 40)),
        "exponent": 1.5,
        "cap": rng.uniform(10.0, 80.0, (1, 40)),
        "deadline": np.array([35]),
        "lock_loss": np.array([0.15]),
        "grid": 41,
    }
    return one_line(seen, 40, **(given | parts))


@settings(max_examples=8, deadline=None)
@given(st.floats(0.0, 1.0), st.floats(0.0, 0.05), st.floats(0.0, 0.1), st.floats(0.0, 1e-4))
def test_the_programme_equals_brute_force(
    tro: float, relist: float, hazard: float, lam: float
) -> None:
    unknown = ExpectedRuling(Stage.MERITS, ruling_hazard=hazard or 0.01, relief=0.3)
    rulings = (dated(Stage.TRO, 3, tro, 0.03), unknown, dated(Stage.APPEAL, 20, 0.5, 0.1))
    court = full_court(rulings=rulings, relisting_hazard=relist, removal_hazard=0.01)
    problem = market_problem(court, deadline=np.array([24]), grid=13, risk_aversion=lam)
    assert solve(problem).value[0] == pytest.approx(brute_force(problem), rel=1e-9)


def money(problem: WaitProblem, tree: LegalTree) -> np.ndarray:
    """Cost of the optimal policy on each path of the tree."""
    solution = solve(problem)
    states = tree.paths[0]
    held = leg(solution, 0, states, strategy=Strategy.OPTIMAL)
    return -leg_money(problem, problem.beliefs[0], states, held).sum(axis=1)


def test_programme_enumeration_and_draws_agree() -> None:
    # The programme ends with the window, the draws go on: one end for both.
    problem = market_problem(full_court(relisting_hazard=0.002), deadline=np.array([40]))
    exact = enumerate_tree(problem.beliefs, 40)
    assert exact is not None
    assert exact.weight.sum() == pytest.approx(1.0, abs=1e-12)
    mean = float(exact.weight @ money(problem, exact)[exact.leaf[:, 0]])
    assert mean == pytest.approx(solve(problem).value[0], rel=1e-10)
    drawn = sample_tree(problem.beliefs, 40, 20_000, 11)
    cost = money(problem, drawn)[drawn.leaf[:, 0]]
    error = cost.std(ddof=1) / np.sqrt(len(cost))
    assert abs(cost.mean() - mean) < 3 * error
    free = np.isin(drawn.paths[0][drawn.leaf[:, 0]], sorted(FREE)).mean(axis=0)
    chance = exact.occupancy(0)[:, sorted(FREE)].sum(axis=1)
    assert (np.abs(free - chance) <= 3 * np.sqrt(chance * (1 - chance) / 20_000) + 1e-12).all()


def test_base_rates_by_stage_are_dated() -> None:
    assert base_rate(Pool.US_COURT, stage=Stage.PRELIMINARY).wins == 2
    assert base_rate(Pool.US_COURT, stage=Stage.MERITS).decided == 2
    assert base_rate(Pool.US_COURT, stage=Stage.APPEAL).decided == 0
    early = base_rate(Pool.US_COURT, stage=Stage.PRELIMINARY, until=date(2021, 4, 1))
    assert (early.wins, early.decided) == (1, 1)
    assert appeal_rate(Pool.US_COURT).decided == 2
    assert appeal_rate(Pool.US_COURT, until=date(2025, 12, 30)).decided == 0
    path = court_path(full_court(appeal=None), date(2026, 9, 1))
    assert path.appeal == pytest.approx(0.75)  # Beta(3, 1)
    assert path.appeal_basis is not None


BAD = {
    "rulings: [{stage: merits, date: 2026-10-01, relief: 0.5}], ruling: 2026-10-01": "beside",
    "rulings: [{date: 2026-10-01}]": "needs its stage",
    "rulings: [{stage: merits}]": "ruling_hazard, and not both",
    "rulings: [{stage: merits, date: 2026-10-01}, {stage: tro, date: 2026-11-01}]": "in order",
    "rulings: [{stage: tro, date: 2026-10-02}, {stage: merits, date: 2026-10-01}]": "in order",
    "rulings: [{stage: hearing, date: 2026-10-01}]": "is not one of tro",
    "ruling: 2026-10-01, state: appeal": "list of rulings",
    "rulings: [{stage: merits, date: 2026-10-01}], state: asleep": "is not one of pending",
    "relief: 0.5": "needs the day of the ruling",
    "ruling: 2026-10-01, ruling_hazard: 0.1": "not both",
    "rulings: []": "at least one",
}


@pytest.mark.parametrize("text", list(BAD))
def test_what_is_wrong_with_a_court_is_said(text: str) -> None:
    with pytest.raises(InputError, match=BAD[text]):
        parse_scenario(f"title: t\ncourts:\n  - {{docket: d, targets: [x], {text}}}\n", "bad.yml")


def test_a_list_of_one_is_the_one_ruling() -> None:
    head = "title: t\ncourts:\n  - {docket: d, targets: [x], relief: 0.4, relief_move: 0.1, "
    one = parse_scenario(head + "ruling: 2026-09-20}\n", "one.yml").courts[0]
    many = parse_scenario(head + "rulings: [{stage: merits, date: 2026-09-20}]}\n", "n.yml")
    a, b = (court_path(c, DAYS[0]).belief(DAYS) for c in (one, many.courts[0]))
    assert np.array_equal(a.matrices, b.matrices)
    assert np.array_equal(a.jumps, b.jumps)
