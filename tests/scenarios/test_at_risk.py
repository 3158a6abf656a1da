"""The distribution of a book with contracts, against every name drawn on its own."""

from pathlib import Path

import numpy as np
import pytest

from analyzer.core.asof import AsOf
from analyzer.exposure import Question
from analyzer.scenarios.outlook import Outlook
from analyzer.scenarios.read import parse_scenario
from analyzer.scenarios.run import ScenarioResult
from analyzer.service import read_inputs, run_scenario
from analyzer.world import World

HEAD = "name,isin,asset class,side,quantity,price,notional,delta,market_value,currency,date\n"
DAY = "USD,2021-06-30"
SAMSUNG, TSMC = "KR7005930003", "US8740391003"
SIGMA, RHO, SESSIONS = 0.02, 0.3, 20


def drawn(world: World, folder: Path, *rows: str) -> ScenarioResult:
    (folder / "book.csv").write_text(HEAD + "".join(f"{row},{DAY}\n" for row in rows))
    text = (
        "title: t\nas_of: 2021-06-30\n"
        f"market: {{volatility: {SIGMA}, volume: 1.0e+6, correlation: {RHO}}}\n"
        f"sale: {{horizon: {SESSIONS}}}\nsimulate: {{scenarios: 20000, seed: 3}}\n"
    )
    scenario = parse_scenario(text, "t.yml")
    inputs = read_inputs([folder / "book.csv"])
    return run_scenario(world, inputs, scenario, Question(AsOf.of("2021-06-30")))


def outlook(result: ScenarioResult) -> Outlook:
    assert result.outlook is not None
    return result.outlook


def by_name(exposure: dict[str, float], sessions: int) -> np.ndarray:
    """Profit and loss with a factor and one residual drawn for each underlying and session."""
    rng = np.random.default_rng(1)
    factor = rng.normal(size=(20_000, sessions)).sum(axis=1)
    total = np.zeros(20_000)
    for money in exposure.values():
        own = rng.normal(size=(20_000, sessions)).sum(axis=1)
        total += money * SIGMA * (np.sqrt(RHO) * factor + np.sqrt(1 - RHO) * own)
    return total


SHARES = f"Samsung Electronics Ltd,{SAMSUNG},Equity,long,100,10,,,1000.00"


def test_contracts_move_with_their_underlying_and_net_with_its_shares(
    world: World, tmp_path: Path
) -> None:
    result = drawn(
        world,
        tmp_path,
        SHARES,
        f"TRS Samsung (pay),{SAMSUNG},Swap,short,,,700.00,,5.00",
        f"TSMC future,{TSMC},Future,long,2,,900.00,,1.00",
        f"TSMC put sold,{TSMC},Option,short,-4,,800.00,-0.25,-20.00",
    )
    found = outlook(result).distribution
    # 1000 - 700 of the one; 900 and a quarter of 800, sold, of the other.
    brute = by_name({SAMSUNG: 300.0, TSMC: 1100.0}, int(found.sessions[-1]))
    assert found.sd[-1] == pytest.approx(brute.std(), rel=0.02)
    for level, drawn_at in zip(found.levels, found.quantiles[-1], strict=True):
        assert drawn_at == pytest.approx(np.quantile(brute, level), abs=0.03 * brute.std())


def test_without_a_delta_the_bound_that_widens_is_taken(world: World, tmp_path: Path) -> None:
    sold = f"Samsung call sold,{SAMSUNG},Option,short,-4,,800.00,,-20.00"
    bare, hedged = (drawn(world, tmp_path, *rows) for rows in ([SHARES], [SHARES, sold]))
    # A sold call on what is held would hedge it: nothing is counted on it.
    assert outlook(hedged).distribution.sd[-1] == pytest.approx(outlook(bare).distribution.sd[-1])
    assert any("no delta is known for Samsung call sold" in m for m in hedged.messages)
    alone = outlook(drawn(world, tmp_path, sold)).distribution
    brute = by_name({SAMSUNG: 800.0}, int(alone.sessions[-1]))
    assert alone.sd[-1] == pytest.approx(brute.std(), rel=0.02)


@pytest.mark.parametrize("delta", ["", "0.9"])
def test_a_bought_option_loses_no_more_than_its_value(
    world: World, tmp_path: Path, delta: str
) -> None:
    row = f"Samsung call,{SAMSUNG},Option,long,4,,5000.00,{delta},20.00"
    found = outlook(drawn(world, tmp_path, row)).distribution
    assert found.quantiles[-1][0] == pytest.approx(-20.0, rel=0.05)
    # One worth more than its underlying can lose is not cut.
    row = f"Samsung call,{SAMSUNG},Option,long,4,,50.00,{delta or 1.0},20.00"
    found = outlook(drawn(world, tmp_path, row)).distribution
    brute = by_name({SAMSUNG: 50.0 * float(delta or 1.0)}, int(found.sessions[-1]))
    assert found.sd[-1] == pytest.approx(brute.std(), rel=0.02)


def test_a_contract_without_a_notional_is_said(world: World, tmp_path: Path) -> None:
    result = drawn(world, tmp_path, f"Samsung call,{SAMSUNG},Option,long,4,,,,20.00")
    assert any("contracts without a notional" in m for m in result.messages)
