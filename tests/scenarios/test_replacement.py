"""Replacement baskets: the three-asset case by hand, optimality, rules, exclusions."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from analyzer.core.errors import AnalyzerError, QueryError
from analyzer.scenarios.replacement import (
    SESSIONS_A_YEAR,
    Reach,
    Rules,
    Universe,
    excluded,
    replace_banned,
)


def three_assets() -> Universe:
    """Annual volatilities 20, 25, 30 %, correlations 1/2; the third of 50/30/20 is banned."""
    daily = np.array([0.20, 0.25, 0.30]) / np.sqrt(SESSIONS_A_YEAR)
    target = np.array([0.5, 0.3, 0.2])
    return Universe(
        target=target,
        held=target,
        factors=(daily * np.sqrt(0.5))[:, None],
        idiosyncratic=daily * np.sqrt(0.5),
        reach=np.array([0, 0, Reach.DESIGNATED]),
        sector=np.array([0, 0, 1]),
        country=np.array([0, 1, 1]),
        cost=np.full(3, 0.001),
    )


def market(names: int = 60, seed: int = 2) -> Universe:
    rng = np.random.default_rng(seed)
    target = rng.dirichlet(np.ones(names))
    reach = np.zeros(names, dtype=np.int64)
    reach[:4], reach[4:6], reach[6:9] = Reach.DESIGNATED, Reach.AFFILIATE, Reach.WATCH
    return Universe(
        target=target,
        held=target,
        factors=rng.normal(0, 0.01, (names, 4)),
        idiosyncratic=rng.uniform(0.01, 0.03, names),
        reach=rng.permutation(reach),
        sector=rng.integers(0, 4, names),
        country=rng.integers(0, 3, names),
        cost=rng.uniform(0.0005, 0.005, names),
    )


def test_three_assets_by_hand() -> None:
    found = replace_banned(three_assets())
    # Gradient of the two that stay equal: w = (43/70, 27/70); 4.9135 % against 4.9197 %.
    assert found.optimal.weights == pytest.approx([43 / 70, 27 / 70, 0], abs=1e-7)
    assert round(found.optimal.weights[0], 5) == 0.61429
    assert found.optimal.tracking_error == pytest.approx(0.049135, abs=5e-7)
    assert found.pro_rata.tracking_error == pytest.approx(0.049197, abs=5e-7)
    assert found.pro_rata.weights == pytest.approx([0.625, 0.375, 0.0])
    assert found.cash.cash == pytest.approx(0.2)
    assert found.cash.tracking_error == pytest.approx(0.2 * 0.30)
    assert [b.active_share for b in found.baskets] == pytest.approx([0.2, 0.2, 0.2])
    assert [b.turnover for b in found.baskets] == pytest.approx([0.2, 0.2, 0.2])
    assert found.optimal.sector_drift == pytest.approx([0.2, -0.2])
    assert found.pro_rata.cost == pytest.approx(0.0004)


def test_the_optimum_satisfies_its_kkt_conditions() -> None:
    universe = market()
    found = replace_banned(universe).optimal
    covariance = universe.factors @ universe.factors.T + np.diag(universe.idiosyncratic**2)
    gradient = 2 * covariance @ (found.weights - universe.target)
    stays = ~excluded(universe, exclude_watch=False)
    inside = found.weights > 1e-5
    level = np.median(gradient[inside])
    scale = np.abs(gradient[stays]).max()
    assert np.abs(gradient[inside] - level).max() < 1e-4 * scale
    assert (gradient[stays & ~inside] > level - 1e-4 * scale).all()


def test_an_independent_solver_agrees() -> None:
    universe = market(12, seed=5)
    stays = ~excluded(universe, exclude_watch=False)
    covariance = universe.factors @ universe.factors.T + np.diag(universe.idiosyncratic**2)

    def risk(w: np.ndarray) -> float:
        active = w - universe.target
        return float(1e4 * active @ covariance @ active)

    answer = minimize(
        risk,
        np.where(stays, 1 / stays.sum(), 0.0),
        method="SLSQP",
        bounds=[(0, 1) if ok else (0, 0) for ok in stays],
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
        options={"ftol": 1e-14, "maxiter": 500},
    )
    found = replace_banned(universe).optimal
    assert found.weights == pytest.approx(answer.x, abs=1e-4)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_optimal_never_tracks_worse_and_never_holds_the_excluded(seed: int) -> None:
    universe = market(30, seed=seed)
    for watch in (False, True):
        found = replace_banned(universe, Rules(exclude_watch=watch))
        out = found.excluded
        assert found.optimal.tracking_error <= found.pro_rata.tracking_error * (1 + 1e-7)
        for basket in found.baskets:
            assert basket.weights[out].max() == 0.0
            assert basket.weights.min() >= 0.0
            assert basket.weights.sum() + basket.cash == pytest.approx(1.0, abs=1e-12)
        assert (out == (universe.reach >= (Reach.WATCH if watch else Reach.AFFILIATE))).all()


def test_the_watch_list_is_a_choice() -> None:
    universe = market()
    on_watch = universe.reach == Reach.WATCH
    assert replace_banned(universe).optimal.weights[on_watch].sum() > 0
    assert replace_banned(universe, Rules(exclude_watch=True)).optimal.weights[on_watch].sum() == 0


def test_bands_hold_and_cost_tracking() -> None:
    universe = market()
    free = replace_banned(universe).optimal
    bound = replace_banned(universe, Rules(sector_band=0.002, country_band=0.003)).optimal
    assert np.abs(bound.sector_drift).max() <= 0.002 + 1e-7
    assert np.abs(bound.country_drift).max() <= 0.003 + 1e-7
    assert np.abs(free.sector_drift).max() > 0.002
    assert bound.tracking_error > free.tracking_error


def test_an_empty_sector_with_a_band_is_named() -> None:
    with pytest.raises(AnalyzerError, match=r"sector 1 has no name left but weighs 20\.00%"):
        replace_banned(three_assets(), Rules(sector_band=0.05))


def test_cost_and_turnover_limits_bind() -> None:
    universe = replace(market(), held=np.roll(market().target, 1))
    free = replace_banned(universe).optimal
    dear = replace_banned(universe, Rules(cost_weight=0.05)).optimal
    assert dear.cost < free.cost
    assert dear.tracking_error > free.tracking_error
    stays = ~excluded(universe, exclude_watch=False)
    within = float(np.abs(free.weights - universe.held)[stays].sum())
    least = float(universe.held[~stays].sum())
    limit = 0.5 * (within + least)
    held = replace_banned(universe, Rules(turnover_limit=limit)).optimal
    assert np.abs(held.weights - universe.held)[stays].sum() <= limit + 1e-6
    with pytest.raises(AnalyzerError):
        replace_banned(universe, Rules(turnover_limit=0.5 * least))


def test_a_name_limit_is_kept_and_called_heuristic() -> None:
    universe = market()
    found = replace_banned(universe, Rules(max_names=15))
    assert (found.optimal.weights > 0).sum() <= 15
    assert found.heuristic
    assert not replace_banned(universe, Rules(max_names=60)).heuristic
    top = np.argsort(-np.where(found.excluded, 0, universe.target))[:15]
    naive = np.zeros(len(universe.target))
    naive[top] = universe.target[top] / universe.target[top].sum()
    active = naive - universe.target
    risk = ((active @ universe.factors) ** 2).sum() + (active**2 @ universe.idiosyncratic**2)
    assert found.optimal.tracking_error <= np.sqrt(SESSIONS_A_YEAR * risk)


@pytest.mark.parametrize(
    "parts",
    [
        {"target": np.array([0.5, 0.3, 0.3])},
        {"target": np.array([0.9, 0.3, -0.2])},
        {"reach": np.full(3, Reach.DESIGNATED)},
        {"cost": np.zeros(2)},
        {"idiosyncratic": np.array([0.01, np.nan, 0.01])},
    ],
)
def test_what_is_not_a_portfolio_is_refused(parts: dict) -> None:
    with pytest.raises(QueryError):
        replace_banned(replace(three_assets(), **parts))
