"""Published and hand-computable numbers, restated here so that they hold without other files."""

import numpy as np
import pytest

from analyzer.scenarios import closed_forms as cf
from analyzer.scenarios.concentration import effective_number, herfindahl
from analyzer.scenarios.impact import (
    LinearImpact,
    SigmaAbs,
    SigmaRet,
    athl,
    square_root_mean_cost,
    square_root_peak,
)
from analyzer.scenarios.liquidity import days_to_liquidate, put_discount, spread_var
from analyzer.scenarios.shocks import structural_shock

SIGMA = SigmaAbs(0.95)
IMPACT = LinearImpact(half_spread=0.0625, permanent=2.5e-7, temporary=2.5e-6)


@pytest.mark.parametrize(
    ("aversion", "cost", "variance", "efolding"),
    [
        (1e-9, 662500.9036702958, 1081191800978.2051, 51.299729815270055),
        (2e-9, 662503.6078305765, 1079388742436.0558, 36.274961114396945),
        (2e-6, 1140715.1670497851, 201931287150.52435, 1.181618085696727),
        (-2e-7, 717958.104273158, 1584210709653.3535, 3.6158320952208767),
    ],
)
def test_almgren_chriss(aversion: float, cost: float, variance: float, efolding: float) -> None:
    # Almgren and Chriss 2000, Table 1 inputs; recomputed by closed form, linear solve and QP.
    found = cf.almgren_chriss(1e6, 5.0, 5, SIGMA, IMPACT, aversion)
    assert (found.cost, found.variance, found.efolding) == pytest.approx(
        (cost, variance, efolding), rel=1e-9
    )


def test_simple_sales_and_static_holding() -> None:
    even = cf.even_sale(1e6, 5.0, 5, SIGMA, IMPACT)
    block = cf.block_sale(1e6, 5.0, 5, SIGMA, IMPACT)
    assert (even.cost, even.variance) == pytest.approx((662_500.0, 1.083e12), rel=1e-12)
    assert (block.cost, block.variance) == pytest.approx((2_562_500.0, 0.0), rel=1e-12)
    assert cf.static_holding(0.02, 1e-6, SIGMA) == pytest.approx(11080.3324, abs=1e-3)
    assert cf.normal_cvar_multiplier(0.95) == pytest.approx(2.0627128075074275, rel=1e-9)


def test_athl_dri() -> None:
    # Almgren, Thum, Hauptmann and Li 2005, worked example, ten per cent of volume in half a day.
    found = athl(192_900.0, 1.929e6, 1.68e8, SigmaRet(0.0226), 0.5)
    assert found.permanent_bp == pytest.approx(21.67865583837209, rel=1e-9)
    assert found.temporary_bp == pytest.approx(12.218412440253992, rel=1e-9)
    assert found.realized_bp == pytest.approx(23.05774035944004, rel=1e-9)
    assert not found.extrapolated


def test_square_root_law() -> None:
    shares = np.array([0.001, 0.01, 0.1, 0.25, 1.0])
    peak = 1e4 * square_root_peak(shares, 1.0, SigmaRet(0.02))
    assert peak == pytest.approx([6.3246, 20.0, 63.2456, 100.0, 200.0], abs=1e-3)
    mean = 1e4 * square_root_mean_cost(shares, 1.0, SigmaRet(0.02))
    assert mean == pytest.approx([4.2164, 13.3333, 42.1637, 66.6667, 133.3333], abs=1e-3)


def test_obizhaeva_wang_continuous() -> None:
    found = cf.obizhaeva_wang_continuous(1e5, 1e-4, 2.231, 1.0)
    assert (found.block, found.rate, found.cost) == pytest.approx(
        (23635.07445048452, 52729.851099030966, 236350.7445048452), rel=1e-12
    )
    many = cf.obizhaeva_wang(1e5, 1e-4, 2.231, 1.0, 101)
    assert many.cost == pytest.approx(236355.91365676897, rel=1e-9)


def test_water_filling_and_latest_safe_start() -> None:
    volume = np.array([100.0, 200.0, 100.0, 400.0, 200.0])
    sold = cf.water_filling(volume, np.full(5, 20.0), 80.0)
    assert sold == pytest.approx([10.0, 20.0, 10.0, 20.0, 20.0], abs=1e-9)
    assert cf.latest_safe_start(np.full(20, 0.06), 1.0).tolist() == [3]  # 17 sessions needed
    assert cf.latest_safe_start(np.full(20, 0.06), 1.3).tolist() == [-1]
    assert cf.feasibility_frontier(np.array([1.0, 2.0, 3.0])).tolist() == [6.0, 5.0, 3.0]


def test_two_lines_without_constraints() -> None:
    held = cf.almgren_chriss_portfolio(
        np.array([[0.9, 0.3], [0.3, 1.6]]), np.array([2.5e-6, 1e-6]), np.array([1e6, 5e5]), 10, 1e-6
    )
    assert held[1] == pytest.approx([548404.2575, 91608.2776], abs=0.01)
    assert held[2] == pytest.approx([305227.041, -5688.9232], abs=0.01)


def test_liquidity_numbers() -> None:
    days = days_to_liquidate(1e6, 4e5, 0.2)
    assert (days.exact, days.sessions, days.sold_by(5)) == (12.5, 13, 0.4)
    found = spread_var(1e6, 0.01, 19.6, 20.4, 1.65)
    assert (found.var, found.lvar) == pytest.approx((16_500.0, 36_500.0))
    assert put_discount(0.35, 2.0) == pytest.approx(0.19546893781687658, abs=1e-9)
    assert structural_shock(0.05, 0.003, SigmaRet(0.02)) == pytest.approx(-0.0816497, abs=1e-6)


def test_exposure_numbers() -> None:
    assert herfindahl(np.array([0.5, 0.3, 0.2])) == pytest.approx(0.38)
    assert effective_number(np.array([0.5, 0.3, 0.2])) == pytest.approx(2.6315789474, abs=1e-9)
