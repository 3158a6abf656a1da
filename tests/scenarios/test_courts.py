"""Dockets: transitions, market-consistent jumps, base rates with their cases."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.core.errors import QueryError
from analyzer.scenarios.base_rates import Pool, Prior, base_rate, cases
from analyzer.scenarios.courts import (
    FREE,
    MOVES,
    STATES,
    CourtModel,
    CourtState,
    Hazard,
    Jump,
    Ruling,
    View,
    belief,
    occupancy,
    per_session,
    price_jumps,
    scheduled,
    transitions,
    with_relief,
)
from analyzer.scenarios.implied import fair_loss_jump, market_implied

S = CourtState

# Wins, decided, then mean and 5 / 50 / 95 % of a uniform-prior Beta posterior (scipy.stats.beta).
POSTERIORS = {
    Pool.US_COURT: (2, 4, 0.5, 0.1892553774, 0.5, 0.8107446226),
    Pool.S1237: (2, 2, 0.75, 0.3684031498, 0.7937005260, 0.9830475725),
    Pool.S1260H: (0, 2, 0.25, 0.0169524275, 0.2062994740, 0.6315968501),
    Pool.US_OFF_LIST: (3, 5, 0.5714285714, 0.2713383725, 0.5785928093, 0.8468388820),
}


def full_model(window_end: int | None = None) -> CourtModel:
    return CourtModel(
        docket="test docket",
        start=S.PENDING,
        hazards=(
            Hazard(S.PENDING, S.REMOVED, 0.01, "test"),
            Hazard(S.PENDING, S.ENJOINED, 0.02, "test"),
            Hazard(S.LOST, S.APPEAL, 0.10, "test"),
            Hazard(S.REPRIEVED, S.RELISTED, 0.005, "test"),
        ),
        rulings=(
            Ruling(S.PENDING, 10, ((S.REPRIEVED, 0.4), (S.LOST, 0.5)), "test"),
            Ruling(S.APPEAL, 25, ((S.REPRIEVED, 0.3), (S.UPHELD, 0.7)), "test"),
        ),
        jumps=(
            Jump(S.PENDING, S.REPRIEVED, 0.1, "test"),
            Jump(S.PENDING, S.LOST, -0.08, "test"),
            Jump(S.PENDING, S.REMOVED, 0.05, "test"),
        ),
        window_end=window_end,
    )


@pytest.mark.parametrize("pool", list(POSTERIORS))
def test_base_rates_reproduce_the_posteriors_and_name_their_cases(pool: Pool) -> None:
    wins, decided, mean, low, median, high = POSTERIORS[pool]
    rate = base_rate(pool)
    assert (rate.wins, rate.decided, len(rate.cases)) == (wins, decided, decided)
    assert (rate.mean, rate.low, rate.median, rate.high) == pytest.approx(
        (mean, low, median, high), abs=1e-9
    )
    assert all(case.source_url.startswith("http") for case in rate.cases)


def test_every_posterior_of_the_specification(shared: Path) -> None:
    oracles = json.loads((shared / "models/oracles.json").read_text())["oracles"]
    expected = next(o for o in oracles if o["id"] == "beta_posteriors")["expected"]
    names = {
        Pool.US_COURT: "beta_court decisi",
        Pool.S1237: "beta_s1237 only",
        Pool.S1260H: "beta_s1260H distr",
        Pool.US_OFF_LIST: "beta_off-list by ",
    }
    seen = 0
    for pool, name in names.items():
        for prior in Prior:
            row = expected[f"{name}_{prior.value}"]
            rate = base_rate(pool, prior)
            assert rate.mean == pytest.approx(row["mean"], abs=1e-6)
            assert (rate.low, rate.median, rate.high) == pytest.approx(row["q"], abs=1e-6)
            seen += 1
    assert seen == len(expected)


def test_cases_left_out_say_why() -> None:
    left_out = [case for case in cases() if not case.counted]
    assert {case.case_id for case in left_out} >= {"idg", "gowin", "ymtc"}
    assert all(case.note for case in left_out)


def test_the_pooled_rate_warns_that_it_pools() -> None:
    assert "statutes" in base_rate(Pool.US_COURT).caution
    assert "statutes" not in base_rate(Pool.S1237).caution
    assert "[0.19, 0.81]" in str(base_rate(Pool.US_COURT))


def test_transitions_are_distributions_and_make_only_declared_moves() -> None:
    matrices = transitions(full_model(), 40)
    assert matrices.shape == (40, STATES, STATES)
    assert np.allclose(matrices.sum(axis=2), 1.0, atol=1e-15)
    assert matrices.min() >= 0.0
    for source in CourtState:
        moves = {CourtState(s) for s in np.flatnonzero(matrices[:, source].any(axis=0))}
        assert moves - {source} <= MOVES[source]


def test_a_ruling_replaces_hazards_and_leaves_no_decision_in_place() -> None:
    row = transitions(full_model(), 40)[9, S.PENDING]
    assert row[S.REPRIEVED] == pytest.approx(0.4)
    assert row[S.LOST] == pytest.approx(0.5)
    assert row[S.PENDING] == pytest.approx(0.1)
    assert row[S.REMOVED] == 0.0


def test_at_the_window_end_only_free_states_remain_free() -> None:
    chance = occupancy(transitions(full_model(window_end=30), 40), S.PENDING)
    bound = [s for s in CourtState if s not in FREE and s is not S.WINDOW_END]
    assert chance[29, bound].sum() > 0.1
    assert chance[30, bound] == pytest.approx(0.0, abs=1e-15)
    assert chance.sum(axis=1) == pytest.approx(1.0)
    free = occupancy(transitions(full_model(), 40), S.PENDING)[30, sorted(FREE)]
    assert chance[30, sorted(FREE)] == pytest.approx(free)


def test_market_consistent_jumps_have_no_expectation() -> None:
    for end in (None, 10, 30):
        model = full_model(window_end=end)
        jumps = price_jumps(model, 40)
        expected = np.einsum("tij,tij->ti", transitions(model, 40), jumps)
        assert np.abs(expected).max() < 1e-15


def test_a_fair_ruling_is_left_as_quoted() -> None:
    view = market_implied(100.0, 110.0, 92.0, basis="quoted")
    assert view.probability == pytest.approx(4 / 9, abs=1e-12)  # (100-92)/(110-92)
    model = scheduled(
        "d", 5, view.probability, basis="quoted", jumps=(view.jump_relief, view.jump_loss)
    )
    jumps = price_jumps(model, 10)[4, S.PENDING]
    assert jumps[S.REPRIEVED] == pytest.approx(0.10)
    assert jumps[S.LOST] == pytest.approx(-0.08)
    assert fair_loss_jump(view.probability, view.jump_relief) == pytest.approx(-0.08)


def test_market_implied_oracle(shared: Path) -> None:
    oracles = json.loads((shared / "models/oracles.json").read_text())["oracles"]
    row = next(o for o in oracles if o["id"] == "market_implied_prob")
    given_ = row["inputs"]
    view = market_implied(given_["S0"], given_["SW"], given_["SL"], basis="oracle")
    assert view.probability == pytest.approx(row["expected"]["p"], abs=row["tolerance"]["abs"])


@pytest.mark.parametrize(("price", "relief", "loss"), [(120, 110, 92), (80, 110, 92), (1, 1, 1)])
def test_a_price_outside_its_outcomes_is_refused(price: float, relief: float, loss: float) -> None:
    with pytest.raises(QueryError):
        market_implied(price, relief, loss, basis="x")


def test_a_user_view_moves_probabilities_and_keeps_the_markets_jumps() -> None:
    market = scheduled("d", 5, 0.4, basis="market", jumps=(0.09, -0.06))
    user = with_relief(market, 0.7, view=View.USER, basis="counsel")
    seen = belief(market, 10, user=user)
    assert seen.view is View.USER
    assert seen.matrices[4, S.PENDING, S.REPRIEVED] == pytest.approx(0.7)
    assert np.array_equal(seen.jumps, price_jumps(market, 10))
    assert seen.expected_jump[4, S.PENDING] == pytest.approx(0.7 * 0.09 - 0.3 * 0.06)
    assert belief(market, 10).expected_jump == pytest.approx(0.0, abs=1e-15)
    assert seen.sources == ("market", "counsel")
    with pytest.raises(QueryError):
        belief(market, 10, user=replace(user, docket="another"))


@given(st.floats(0.0, 1.0))
def test_with_relief_sets_exactly_the_relief(probability: float) -> None:
    model = CourtModel(
        docket="d",
        start=S.PENDING,
        rulings=(
            Ruling(S.PENDING, 3, ((S.ENJOINED, 0.2), (S.REPRIEVED, 0.1), (S.LOST, 0.4)), "b"),
        ),
    )
    row = transitions(with_relief(model, probability, view=View.USER, basis="u"), 5)[2, S.PENDING]
    assert row[sorted(FREE)].sum() == pytest.approx(probability, abs=1e-12)
    assert row[S.ENJOINED] == pytest.approx(2 * row[S.REPRIEVED], abs=1e-12)
    assert row.sum() == pytest.approx(1.0)


def test_a_hazard_reaches_its_probability() -> None:
    hazard = per_session(0.5, 100)
    model = CourtModel("d", S.PENDING, hazards=(Hazard(S.PENDING, S.REMOVED, hazard, "b"),))
    assert occupancy(transitions(model, 100), S.PENDING)[100, S.REMOVED] == pytest.approx(0.5)


@pytest.mark.parametrize(
    "parts",
    [
        {"hazards": (Hazard(S.UPHELD, S.ENJOINED, 0.1, "b"),)},
        {"hazards": (Hazard(S.PENDING, S.LOST, 0.7, "b"), Hazard(S.PENDING, S.REMOVED, 0.7, "b"))},
        {"rulings": (Ruling(S.PENDING, 0, ((S.LOST, 1.0),), "b"),)},
        {"rulings": (Ruling(S.PENDING, 2, ((S.LOST, 1.2),), "b"),)},
        {"rulings": (Ruling(S.PENDING, 2, ((S.LOST, 1.0),), "b"),) * 2},
        {"jumps": (Jump(S.REMOVED, S.LOST, 0.1, "b"),)},
    ],
)
def test_an_impossible_docket_is_refused(parts: dict) -> None:
    with pytest.raises(QueryError):
        CourtModel("d", S.PENDING, **parts)
