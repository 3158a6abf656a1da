"""Schedules and impact with published or hand-computable numbers."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analyzer.core.errors import QueryError
from analyzer.scenarios import closed_forms as cf
from analyzer.scenarios.impact import (
    LinearImpact,
    SigmaAbs,
    SigmaRet,
    absolute_sigma,
    athl,
    athl_curve,
    linear_curve,
    power_curve,
    square_root_curve,
    square_root_mean_cost,
    square_root_peak,
)
from analyzer.scenarios.reference import transient_schedule
from analyzer.scenarios.scaled import project

# Almgren and Chriss 2000, Table 1: one million shares, five days, annual volatility 30 per cent.
SIGMA = SigmaAbs(0.95)
IMPACT = LinearImpact(half_spread=0.0625, permanent=2.5e-7, temporary=2.5e-6)


def oracle(shared: Path, name: str) -> dict[str, Any]:
    table = json.loads((shared / "models" / "oracles.json").read_text())["oracles"]
    (found,) = [row for row in table if row["id"] == name]
    return dict(found)


def ac(risk_aversion: float) -> cf.Trajectory:
    return cf.almgren_chriss(1e6, 5.0, 5, SIGMA, IMPACT, risk_aversion)


def test_almgren_chriss_table_one() -> None:
    # Recomputed four ways; E and V for 1e-9 and 2e-9 printed by DROP (0.6625, 1.0812, 51.30).
    found = ac(1e-6)
    assert found.cost == pytest.approx(911226.9863037934, rel=1e-9)
    assert found.variance == pytest.approx(364128572058.14105, rel=1e-9)
    assert found.efolding == pytest.approx(1.6472397707913768, rel=1e-9)
    assert found.holdings == pytest.approx(
        [1e6, 541955.5544, 289854.2194, 147897.4878, 62141.8016, 0.0], abs=1e-3
    )
    assert ac(0.0).cost == pytest.approx(662500.0, rel=1e-12)
    assert ac(0.0).variance == pytest.approx(1.083e12, rel=1e-12)
    drop = ac(1e-9)
    assert (round(drop.cost / 1e6, 4), round(drop.variance / 1e12, 4)) == (0.6625, 1.0812)
    assert round(drop.efolding, 2) == 51.30


@pytest.mark.parametrize("lam", ["0", "1e-09", "2e-09", "1e-06", "2e-06", "-2e-07"])
def test_almgren_chriss_oracles(shared: Path, lam: str) -> None:
    row = oracle(shared, f"ac2000_lam_{lam}")
    found, want, within = ac(float(lam)), row["expected"], row["tolerance"]
    assert found.holdings == pytest.approx(want["x"], abs=within["x_abs"])
    assert found.slices == pytest.approx(want["n"], abs=2 * within["x_abs"])
    assert found.cost == pytest.approx(want["E"], rel=within["E_rel"])
    assert found.variance == pytest.approx(want["V"], rel=within["V_rel"])
    if want["theta_days"] is None:
        assert found.efolding == math.inf
    else:
        assert found.efolding == pytest.approx(want["theta_days"], rel=1e-9)


def test_drop_prints_the_same(shared: Path) -> None:
    row = oracle(shared, "ac2000_drop_published")
    want, within = row["expected"], row["tolerance"]
    for i, lam in enumerate(row["inputs"]["lams"]):
        found = ac(lam)
        assert found.cost / 1e6 == pytest.approx(want["E_musd"][i], abs=within["abs"])
        assert found.variance / 1e12 == pytest.approx(want["V_1e12"][i], abs=within["abs"])
        assert found.efolding == pytest.approx(want["theta"][i], abs=within["theta_abs"])


def test_even_and_block_sale(shared: Path) -> None:
    for name, made in (("naive", cf.even_sale), ("block", cf.block_sale)):
        want = oracle(shared, f"ac2000_{name}")["expected"]
        found = made(1e6, 5.0, 5, SIGMA, IMPACT)
        assert found.cost == pytest.approx(want["E"], rel=1e-12)
        assert found.variance == pytest.approx(want["V"], rel=1e-12)
    assert cf.block_sale(1e6, 5.0, 5, SIGMA, IMPACT).cost == pytest.approx(2_562_500.0)


def test_static_holding_and_tail(shared: Path) -> None:
    assert cf.static_holding(0.02, 1e-6, SIGMA) == pytest.approx(11080.3324, abs=1e-3)
    want = oracle(shared, "ac2000_cvar95_lam1e-6")["expected"]
    multiplier = cf.normal_cvar_multiplier(0.95)
    assert multiplier == pytest.approx(want["mult"], rel=1e-9)
    assert ac(1e-6).cost + multiplier * ac(1e-6).sd == pytest.approx(want["cvar"], rel=1e-9)
    row = oracle(shared, "ac2000_static_holding")
    assert cf.static_holding(
        row["inputs"]["alpha"], row["inputs"]["lam"], SigmaAbs(row["inputs"]["sigma"])
    ) == pytest.approx(row["expected"]["xbar"], abs=row["tolerance"]["abs"])


def test_least_liquidity_var() -> None:
    found = cf.minimal_lvar(1e6, 5.0, 5, SIGMA, IMPACT)
    assert found.value == pytest.approx(1877206.7015160492, rel=1e-9)
    assert found.risk_aversion == pytest.approx(1.694389189731984e-06, rel=1e-4)
    # Stationarity along the frontier: lambda = z / (2 sd).
    assert found.risk_aversion == pytest.approx(1.645 / (2.0 * found.trajectory.sd), rel=1e-4)


def test_least_liquidity_var_oracle(shared: Path) -> None:
    row = oracle(shared, "ac2000_lvar95")
    found, want = cf.minimal_lvar(1e6, 5.0, 5, SIGMA, IMPACT), row["expected"]
    assert found.value == pytest.approx(want["min_lvar"], rel=row["tolerance"]["rel"])
    assert found.trajectory.holdings == pytest.approx(want["x"], abs=row["tolerance"]["x_abs"])


def test_long_horizon_does_not_overflow() -> None:
    far = cf.almgren_chriss(1e6, 5000.0, 5000, SIGMA, IMPACT, 1e-2)
    assert np.isfinite(far.holdings).all()
    assert far.holdings[0] == 1e6
    assert far.holdings[-1] == 0.0
    assert (far.slices >= 0.0).all()


def test_meaningless_problems_are_refused() -> None:
    with pytest.raises(QueryError, match="temporary"):
        cf.almgren_chriss(1e6, 5.0, 5, SIGMA, LinearImpact(0.0, 1.0, 0.4), 0.0)
    with pytest.raises(QueryError, match="negative"):
        ac(-1e-5)
    with pytest.raises(QueryError, match="cap"):
        cf.water_filling(np.ones(3), np.ones(3), 3.1)


@pytest.mark.parametrize(
    ("x_over_v", "bp"),
    [
        (0.1, (22.293999999999993, 32.22385095592626)),
        (0.2, (14.708554681385447, 24.638405637311713)),
    ],
)
def test_athl_ibm(x_over_v: float, bp: tuple[float, float]) -> None:
    # Almgren et al. 2005, worked example; `x_over_v` is the time taken for ten per cent of volume.
    found = athl(656_100.0, 6.561e6, 1.728e9, SigmaRet(0.0157), x_over_v)
    assert found.permanent_bp == pytest.approx(19.859701911852525, rel=1e-9)
    assert (found.temporary_bp, found.realized_bp) == pytest.approx(bp, rel=1e-9)
    assert found.extrapolated


@pytest.mark.parametrize("name", ["IBM", "DRI"])
def test_athl_oracles(shared: Path, name: str) -> None:
    row = oracle(shared, f"athl2005_{name}")
    given, want = row["inputs"], row["expected"]
    for i, days in enumerate(given["T_days"]):
        found = athl(
            given["X_over_V"] * given["V"], given["V"], given["Theta"], given["sigma"], days
        )
        exact = want["full_precision"][i]
        assert found.inverse_turnover == pytest.approx(exact["inv_turnover"], rel=1e-6)
        assert found.normalised_permanent == pytest.approx(exact["norm_perm"], rel=1e-6)
        assert found.permanent_bp == pytest.approx(exact["perm_bp"], rel=1e-6)
        assert found.normalised_temporary == pytest.approx(exact["norm_temp"], rel=1e-6)
        assert found.temporary_bp == pytest.approx(exact["temp_bp"], rel=1e-6)
        assert found.realized_bp == pytest.approx(exact["realized_bp"], rel=1e-6)
        assert found.inverse_turnover == pytest.approx(want["inv_turnover"], abs=5e-4)
        assert round(found.temporary_bp) == want["temp_bp"][i]
        assert round(found.realized_bp) == want["realized_bp"][i]


def test_square_root_law(shared: Path) -> None:
    row = oracle(shared, "sqrt_law")
    share, sigma = np.array(row["inputs"]["Q_over_V"]), SigmaRet(row["inputs"]["sigma"])
    peak = square_root_peak(share, 1.0, sigma) * 1e4
    mean = square_root_mean_cost(share, 1.0, sigma) * 1e4
    assert peak == pytest.approx(row["expected"]["peak_bp"], abs=1e-3)
    assert mean == pytest.approx(row["expected"]["avg_cost_bp_two_thirds"], abs=1e-3)
    assert square_root_peak(1.0, 1.0, SigmaRet(0.02)) == pytest.approx(0.02)


def test_obizhaeva_wang_numbers() -> None:
    found = cf.obizhaeva_wang(1e5, 1e-4, 2.231, 1.0, 6)
    assert found.slices[0] == pytest.approx(29071.65196471309, rel=1e-9)
    assert found.slices[2] == pytest.approx(10464.174017643454, rel=1e-9)
    assert found.cost == pytest.approx(238395.6495589137, rel=1e-9)
    assert found.slices.sum() == pytest.approx(1e5, rel=1e-12)
    decay = math.exp(-2.231 / 5)
    assert cf.transient_cost(found.slices, 1e-4, decay) == pytest.approx(found.cost, rel=1e-9)
    assert cf.transient_cost(np.full(6, 1e5 / 6), 1e-4, decay) == pytest.approx(
        251907.88650080282, rel=1e-9
    )


@pytest.mark.parametrize("trades", [2, 6, 101])
def test_obizhaeva_wang_oracles(shared: Path, trades: int) -> None:
    row = oracle(shared, f"ow2013_N{trades}")
    given, want = row["inputs"], row["expected"]
    found = cf.obizhaeva_wang(given["X"], given["kappa"], given["rho"], given["T"], trades)
    assert found.slices[0] == pytest.approx(want["n_first_last"], rel=1e-9)
    assert found.slices[trades // 2] == pytest.approx(want["n_interior"], rel=1e-9)
    assert found.cost == pytest.approx(want["cost"], rel=1e-9)
    decay = math.exp(-given["rho"] * given["T"] / (trades - 1))
    even = cf.transient_cost(np.full(trades, given["X"] / trades), given["kappa"], decay)
    assert even == pytest.approx(want["twap_cost"], rel=1e-9)


def test_obizhaeva_wang_limit(shared: Path) -> None:
    row = oracle(shared, "ow2013_cont")
    given, want = row["inputs"], row["expected"]
    found = cf.obizhaeva_wang_continuous(given["X"], given["kappa"], given["rho"], given["T"])
    assert (found.block, found.rate, found.cost) == pytest.approx(
        (want["n0"], want["rate"], want["cost"]), rel=1e-12
    )
    near = cf.obizhaeva_wang(given["X"], given["kappa"], given["rho"], given["T"], 20001)
    assert near.cost == pytest.approx(found.cost, rel=1e-6)


def test_capped_sale_into_a_refilling_book() -> None:
    decay = math.exp(-2.231 / 5)
    free = cf.obizhaeva_wang(1e5, 1e-4, 2.231, 1.0, 6)
    loose = transient_schedule(1e5, 1e-4, decay, np.full(6, 1e5))
    assert loose.slices == pytest.approx(free.slices, rel=1e-5)
    assert loose.cost == pytest.approx(free.cost, rel=1e-9)
    cap = np.array([20_000.0, 20_000.0, 0.0, 30_000.0, 30_000.0, 25_000.0])
    tight = transient_schedule(1e5, 1e-4, decay, cap)
    assert (tight.slices <= cap + 1e-6).all()
    assert tight.slices.sum() == pytest.approx(1e5)
    assert tight.cost > free.cost
    rng = np.random.default_rng(0)
    for _ in range(200):  # no other capped sale is cheaper
        other = project(rng.uniform(0.0, 0.4, (1, 6)), cap[None, :] / 1e5)[0] * 1e5
        assert cf.transient_cost(other, 1e-4, decay) >= tight.cost * (1.0 - 1e-9)
    with pytest.raises(QueryError, match="caps allow"):
        transient_schedule(1e6, 1e-4, decay, cap)


@pytest.mark.parametrize("k", [0.5, 1.0, 1.7])
def test_power_law_solves_its_euler_lagrange_equation(k: float) -> None:
    # Almgren 2003: along the optimum without a deadline, k eta v^(k+1) = lambda sigma^2 x^2.
    eta, lam, times = 2e-3, 3e-6, np.linspace(0.0, 0.5, 2001)
    held = cf.power_law_holdings(1e4, k, eta, lam, SIGMA, times)
    assert held[0] == pytest.approx(1e4)
    alive = held > 10.0
    speed = -np.gradient(held, times)
    left = k * eta * speed ** (k + 1.0)
    right = lam * SIGMA**2 * held**2
    assert left[alive][5:-5] == pytest.approx(right[alive][5:-5], rel=2e-3)


def test_water_filling(shared: Path) -> None:
    volume = np.array([100.0, 200.0, 100.0, 400.0, 200.0])
    found = cf.water_filling(volume, np.full(5, 20.0), 80.0)
    assert found == pytest.approx([10.0, 20.0, 10.0, 20.0, 20.0], abs=1e-9)
    row = oracle(shared, "waterfill_caps")
    assert float((found**2 / volume).sum()) == pytest.approx(row["expected"]["cost"], abs=1e-9)
    closed = cf.water_filling(np.array([0.0, 5.0, 5.0]), np.array([9.0, 1.0, 4.0]), 5.0)
    assert closed == pytest.approx([0.0, 1.0, 4.0])


def test_water_filling_has_one_participation_rate() -> None:
    rng = np.random.default_rng(5)
    for _ in range(200):
        volume = rng.uniform(0.0, 10.0, 12) * (rng.random(12) > 0.2)
        cap = volume * rng.uniform(0.05, 0.6, 12)
        shares = float(rng.uniform(0.0, 1.0) * cap.sum())
        sold = cf.water_filling(volume, cap, shares)
        assert sold.sum() == pytest.approx(shares, rel=1e-10, abs=1e-12)
        assert (sold <= cap + 1e-12).all()
        inside = (sold < cap - 1e-9) & (volume > 0.0)
        if inside.any():
            rate = (sold / np.where(volume > 0.0, volume, 1.0))[inside]
            assert rate == pytest.approx(np.full(inside.sum(), rate[0]), rel=1e-7, abs=1e-10)


def test_latest_safe_start(shared: Path) -> None:
    row = oracle(shared, "latest_safe_start")
    given = row["inputs"]
    cap = np.full(given["sessions"], given["cap"])
    start = int(cf.latest_safe_start(cap, given["X"])[0])
    assert start == row["expected"]["start_index0"] == 3
    assert given["sessions"] - start == row["expected"]["sessions_needed"] == 17
    assert int(cf.latest_safe_start(cap, 1.3)[0]) == -1
    assert cf.feasibility_frontier(np.array([1.0, 2.0, 3.0])).tolist() == [6.0, 5.0, 3.0]


def test_two_lines_without_constraints_go_short(shared: Path) -> None:
    row = oracle(shared, "two_asset_unconstrained")
    given, want = row["inputs"], row["expected"]
    cost, risk = np.array(given["H"]), np.array(given["C"])
    held = cf.almgren_chriss_portfolio(risk, cost, np.array(given["X"]), given["N"], given["lam"])
    assert held == pytest.approx(np.array(want["x"]), abs=row["tolerance"]["abs"])
    assert held[2, 1] == pytest.approx(-5688.9232, abs=0.01)
    sold = -np.diff(held, axis=0)
    objective = float((cost * sold**2).sum())
    objective += given["lam"] * float(np.einsum("ti,ij,tj->", held[1:], risk, held[1:]))
    assert objective == pytest.approx(want["obj"], rel=1e-9)


def test_curves_agree_with_the_formulas() -> None:
    price, sigma = np.array([40.0]), np.array([0.02])
    adv, outstanding, volume = np.array([1e6]), np.array([2.5e8]), np.array([[1e6, 0.0]])
    sold = np.array([[1e5, 0.0]])
    curve = athl_curve(price, sigma, adv, outstanding, volume)
    whole = athl(1e5, 1e6, 2.5e8, SigmaRet(0.02), 1.0)
    total = float(curve.temporary_cost(sold).sum() + curve.permanent_cost(sold).sum())
    assert total == pytest.approx(whole.realized_bp * 1e-4 * 40.0 * 1e5, rel=1e-12)
    root = square_root_curve(price, sigma, volume)
    mean = float(square_root_mean_cost(1e5, 1e6, SigmaRet(0.02)))
    assert float(root.temporary_cost(sold).sum()) == pytest.approx(mean * 40.0 * 1e5, rel=1e-12)
    spread = np.array([0.05])
    linear, recipe = linear_curve(spread, adv, volume), LinearImpact.from_market(0.05, 1e6)
    block = cf.block_sale(1e5, 1.0, 1, absolute_sigma(SigmaRet(0.02), 40.0), recipe)
    total = float(linear.temporary_cost(sold).sum() + linear.permanent_cost(sold).sum())
    assert total + 0.025 * 1e5 == pytest.approx(block.cost, rel=1e-12)
    power = power_curve(np.array([0.4]), 0.5, volume)
    assert float(power.temporary_cost(sold).sum()) == pytest.approx(0.4 * 0.1**0.5 * 1e5)
    with pytest.raises(QueryError, match="positive"):
        power_curve(np.array([0.4]), 0.0, volume)
