"""Baseline and variants side by side."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from analyzer.core.errors import QueryError
from analyzer.scenarios.courts import Belief, View, belief, scheduled, with_relief
from analyzer.scenarios.engine import (
    NO_DOCKET,
    Variant,
    compare,
    deadlines,
    run_variant,
    wait_problem,
)
from analyzer.scenarios.holdings import Strategy
from analyzer.scenarios.schedule import (
    LineInputs,
    Policy,
    SaleLimits,
    SessionInputs,
    build_problem,
)

SESSIONS = 30
MODEL = scheduled("suit", 12, 0.4, basis="market price", jumps=(0.09, -0.06))


def court(user: float | None = None) -> Belief:
    view = None if user is None else with_relief(MODEL, user, view=View.USER, basis="counsel")
    return belief(MODEL, SESSIONS, user=view)


def variant(
    label: str,
    *,
    volume: float = 1.0,
    user: float | None = None,
    end: int = 25,
    model: str = "athl",
) -> Variant:
    shares = np.array([40_000.0, 5_000.0, 90_000.0])
    inputs = LineInputs(
        lines=("a", "b", "c"),
        shares=shares,
        price=np.array([10.0, 55.0, 3.0]),
        sigma=np.array([0.02, 0.025, 0.03]),
        adv=np.array([30_000.0, 20_000.0, 40_000.0]),
        bid_ask=np.array([0.02, 0.1, 0.01]),
        shares_outstanding=np.array([1e7, 1e7, 5e7]),
        loadings=np.full((3, 1), 0.01),
        specific=np.array([3e-4, 5e-4, 8e-4]),
    )
    legal = np.ones((3, SESSIONS))
    legal[:, end:] = 0
    when = SessionInputs(
        sessions=tuple(date(2021, 6, 4) + timedelta(days=i) for i in range(SESSIONS)),
        open_weight=np.ones((3, SESSIONS)),
        legal_weight=legal,
    )
    policy = Policy(model=model, risk_aversion=1e-6, volume_multiplier=volume)
    return Variant(
        label=label,
        sale=build_problem(inputs, when, policy),
        deadline=deadlines(legal),
        docket=np.array([0, NO_DOCKET, 0]),
        beliefs=(court(user),),
        lock_loss=np.full(3, 0.2),
        rest_exposure=np.array([1e5]),
    )


def test_the_same_variant_twice_differs_by_nothing() -> None:
    found = compare(variant("base"), [variant("again")], scenarios=500, seed=4, grid=61)
    assert found.paired_mean == (0.0,)
    assert found.paired_error == (0.0,)
    for figure in found.figures:
        assert figure.differences == (0.0,)
    assert found.baseline.variant.label == "base"


def test_less_volume_and_a_shorter_window_cost_more() -> None:
    found = compare(
        variant("base"),
        [variant("half the volume", volume=0.5), variant("ten sessions", end=10)],
        scenarios=500,
        seed=4,
        grid=61,
    )
    rows = {figure.name: figure for figure in found.figures}
    assert rows["expected cost of the plan"].differences[0] > 0
    assert rows["cost of the optimum"].differences[1] > 0
    assert rows["lines that cannot get out"].values[0] == 0
    assert len({figure.name for figure in found.figures}) == len(found.figures)
    assert all(figure.source and figure.unit for figure in found.figures)


def test_pairing_is_sharper_than_two_samples() -> None:
    keep = replace(variant("follow the plan"), strategy=None)
    found = compare(variant("base"), [keep], scenarios=2000, seed=4, grid=61)
    apart = np.hypot(*(o.distribution.standard_error for o in found.outcomes))
    assert found.paired_error[0] < 0.5 * apart


def test_every_assumption_has_a_source() -> None:
    found = run_variant(variant("counsel's view", user=0.7), scenarios=200, seed=9, grid=41)
    names = {p.name: p for p in found.parameters}
    assert names["seed"].value == "9"
    assert names["court suit: view"].value == "user"
    assert names["court suit: view"].source == "market price; counsel"
    assert float(names["court suit: largest expected jump"].value) == pytest.approx(0.045)
    assert all(p.source for p in found.parameters)
    assert names["court suit: largest expected jump"].source == "user against the market"
    neutral = run_variant(variant("market"), scenarios=200, seed=9, grid=41)
    jump = {p.name: p for p in neutral.parameters}["court suit: largest expected jump"]
    assert float(jump.value) == pytest.approx(0.0, abs=1e-15)
    assert jump.source == "market-consistent"


def test_a_line_without_a_docket_gains_nothing_by_waiting() -> None:
    found = run_variant(variant("base"), scenarios=200, seed=1, grid=61)
    assert found.waiting.total[1] == pytest.approx(0.0, abs=1e-9)
    assert found.waiting.total[0] > 0
    assert wait_problem(variant("base")).docket.tolist() == [0, 1, 0]


def test_strategies_are_variants_too() -> None:
    wait = replace(variant("wait"), strategy=Strategy.WAITING)
    commit = replace(variant("commit"), strategy=Strategy.COMMITTED)
    found = compare(variant("base"), [wait, commit], scenarios=3000, seed=2, grid=61)
    spread = [outcome.distribution.sd[-1] for outcome in found.outcomes]
    assert spread[1] > spread[0] > spread[2]  # waiting holds most, the committed seller least


def test_deadlines_are_read_off_the_law() -> None:
    legal = np.array([[1, 1, 0, 0], [1, 0, 1, 0], [0, 0, 0, 0], [1, 1, 1, 1]], dtype=float)
    assert deadlines(legal).tolist() == [2, 3, 0, 4]


def test_inconsistent_variants_are_refused() -> None:
    base = variant("base")
    with pytest.raises(QueryError, match="after its deadline"):
        run_variant(replace(base, deadline=np.full(3, 20)), scenarios=10, seed=1)
    with pytest.raises(QueryError, match="must be stated"):
        run_variant(replace(base, lock_loss=np.full(3, np.inf)), scenarios=10, seed=1)
    with pytest.raises(QueryError, match="docket"):
        run_variant(replace(base, docket=np.array([0, 1, 0])), scenarios=10, seed=1)
    with pytest.raises(QueryError, match="one label"):
        compare(base, [variant("base")], scenarios=10, seed=1)


def test_what_the_programme_leaves_out_is_said_whatever_the_strategy() -> None:
    plain, fading = variant("plain"), variant("fading", model="ow")
    limits = SaleLimits(most=1e9)
    bound = replace(plain, label="bound", sale=replace(plain.sale, limits=limits))
    for strategy in (None, Strategy.OPTIMAL):
        asked = [replace(v, strategy=strategy) for v in (plain, bound, fading)]
        said = [run_variant(v, scenarios=2, seed=1, grid=11).messages for v in asked]
        assert said[0] == ()
        assert ["the sale's limits" in words for words in said[1]] == [True]
        assert ["the impact of earlier sales" in words for words in said[2]] == [True]
