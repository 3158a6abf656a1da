"""Redemptions: by hand, as properties, and one whole scenario recomputed from its parts."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.core.asof import AsOf
from analyzer.core.errors import InputError
from analyzer.exposure import Question
from analyzer.market.sessions import sessions
from analyzer.scenarios.liquidity import Bucket
from analyzer.scenarios.read import parse_scenario, read_scenario
from analyzer.scenarios.redemption import (
    Approach,
    Pool,
    RedemptionResult,
    sessions_needed,
    slicing,
    waterfall,
)
from analyzer.service import read_inputs, run_scenario
from analyzer.world import World

FOLDER = Path(__file__).resolve().parents[2] / "sample_portfolios" / "scenarios"

# Cash of 10, a liquid line of 50, a slow line of 30 and a locked one of 10; four sessions.
POOL = Pool(
    shares=np.array([10.0, 50.0, 30.0, 10.0]),
    price=np.ones(4),
    room=np.array([[10.0, 0, 0, 0], [25.0] * 4, [5.0] * 4, [0.0] * 4]),
    cash=np.array([True, False, False, False]),
)


def test_a_slice_and_a_waterfall_by_hand() -> None:
    # 27 of the 90 that sell: three tenths of each.
    sold = slicing(POOL, 27.0)
    assert sold == pytest.approx([3.0, 15.0, 9.0, 0.0])
    assert sessions_needed(POOL, sold) == 2
    assert waterfall(POOL, 27.0) == pytest.approx([10.0, 17.0, 0.0, 0.0])
    assert sessions_needed(POOL, waterfall(POOL, 27.0)) == 1


def test_what_time_does_not_let_out_is_missed() -> None:
    # Of the slow line 20 can go in four sessions: 80 in all.
    assert waterfall(POOL, 90.0) == pytest.approx([10.0, 50.0, 20.0, 0.0])
    # A slice of four fifths would take 24 of it.
    assert slicing(POOL, 72.0) == pytest.approx([8.0, 40.0, 20.0, 0.0])


@given(
    st.lists(st.tuples(st.floats(1, 1e4), st.floats(0.1, 100), st.floats(0, 500)), min_size=1),
    st.floats(1e-6, 1e6),
)
def test_neither_way_sells_more_than_asked_or_than_it_can(
    lines: list[tuple[float, float, float]], demand: float
) -> None:
    shares, price, pace = (np.array(column) for column in zip(*lines, strict=True))
    pool = Pool(shares, price, np.repeat(pace[:, None], 3, axis=1), np.zeros(len(lines), bool))
    for sell in (slicing, waterfall):
        sold = sell(pool, demand)
        assert (sold >= 0).all()
        assert (sold <= pool.most * (1 + 1e-12)).all()
        assert sold @ price <= demand * (1 + 1e-9)
    # The waterfall raises all there is before it falls short.
    assert waterfall(pool, demand) @ price == pytest.approx(min(demand, pool.most @ price))
    assert slicing(pool, demand) @ price <= waterfall(pool, demand) @ price * (1 + 1e-9) + 1e-9


def met(world: World, samples: Path, **changes: str) -> RedemptionResult:
    dotted = {k.replace("__", "."): v for k, v in changes.items()}
    scenario = read_scenario(FOLDER / "redemption_with_locked_lines.yml", dotted)
    inputs = read_inputs([samples / "large_em_mandate.csv"])
    found = run_scenario(world, inputs, scenario, Question(AsOf.of("2022-06-06"))).redemption
    assert found is not None
    return found


def test_the_cost_of_a_waterfall_recomputed(world: World, samples: Path) -> None:
    asked = {"simulate__scenarios": "0", "redemption__share_of_nav": "0.05"}
    found = met(world, samples, **asked, market__volatility="{US01609W1027: 0.03}")
    way = next(w for w in found.ways if w.approach is Approach.WATERFALL)
    sold = {n: float(x) for n, x in zip(found.lines, way.sold, strict=True) if x > 0}
    # A twentieth of 3.3 billion: all the cash, and Alibaba, the next to go.
    assert set(sold) == {"USD cash", "Alibaba Group Holding ADR"}
    assert way.raised == pytest.approx(0.05 * 3.3e9)
    assert found.last_sale == date(2022, 6, 16)
    open_days = len(sessions("XNYS", date(2022, 6, 6), date(2022, 6, 16)))
    shares, price = sold["Alibaba Group Holding ADR"], 227.85
    impact = 2 / 3 * price * 0.03 * shares**1.5 / np.sqrt(20e6 * open_days)
    assert way.cost == pytest.approx(impact + shares * price * 10e-4, rel=1e-9)
    assert way.remaining == pytest.approx(0.95 * 3.3e9 - way.cost)
    assert way.locked_share == pytest.approx(937_860_000 / way.remaining)


def test_those_who_stay_hold_more_of_what_is_locked(world: World, samples: Path) -> None:
    asked = {"simulate__scenarios": "0"}
    small = met(world, samples, **asked, redemption__share_of_nav="0.05")
    large = met(world, samples, **asked, redemption__share_of_nav="0.30")
    for a, b in zip(small.ways, large.ways, strict=True):
        assert small.locked_share < a.locked_share < b.locked_share
        assert a.shortfall <= b.shortfall
    slice_, fall = large.ways
    assert fall.illiquid_share >= slice_.illiquid_share
    assert fall.cash_share <= slice_.cash_share
    late = met(world, samples, **asked, redemption__date="2022-06-07")
    # Settlement of two business days: nothing sold is paid by then but cash.
    assert all(w.shortfall > 0 for w in late.ways)


@pytest.mark.parametrize("text", ["{share_of_nav: 0.2}", "{date: 2022-06-20}", "{share_of_nav: 2}"])
def test_a_redemption_needs_a_share_and_a_day(text: str) -> None:
    with pytest.raises(InputError, match="redemption"):
        parse_scenario(f"title: t\nredemption: {text}\n", "bad.yml")


def test_what_its_venue_does_not_trade_raises_no_cash(world: World, samples: Path) -> None:
    # New York stopped trading the China Mobile receipt on 11 January 2021; no ban bound it yet.
    text = (
        "title: t\nas_of: 2021-07-01\nsimulate: {scenarios: 0}\nsale: {participation: 0.2}\n"
        "market: {volume: {US16941M1099: 50000000}}\n"
        "redemption: {share_of_nav: 0.3, date: 2021-07-15}\n"
    )
    inputs = read_inputs([samples / "large_em_mandate.csv"])
    scenario = parse_scenario(text, "t.yml")
    result = run_scenario(world, inputs, scenario, Question(AsOf.of("2021-07-01")))
    found, ladder = result.redemption, result.ladder
    assert found is not None
    assert ladder is not None
    at = found.lines.index("China Mobile Ltd ADR")
    assert all(way.sold[at] == 0.0 for way in found.ways)
    assert ladder.after.value[Bucket.ILLIQUID] >= 68_520_000
    assert ladder.before.value[Bucket.ILLIQUID] < ladder.after.value[Bucket.ILLIQUID]


BANK = """name,isin,asset class,counterparty,quantity,price,market_value,currency,date
Cash at bank A,,Cash,China Construction Bank Corporation,400,1,400.00,USD,2021-06-30
Cash at bank B,,Cash,Fourth Example Dealer plc,,,300.00,USD,2021-06-30
Cash at bank C,,Cash,China Construction Bank (Asia) Corporation Limited,200,1,200.00,USD,2021-06-30
Samsung Electronics Ltd,KR7005930003,Equity,,100,1,100.00,USD,2021-06-30
"""


def test_money_at_a_blocked_or_doubtful_bank_pays_nobody(world: World, tmp_path: Path) -> None:
    (tmp_path / "bank.csv").write_text(BANK)
    changes = {
        "simulate.scenarios": "0",
        "redemption.share_of_nav": "0.9",
        "redemption.date": "2021-07-15",
        "market.volume": "1.0e+6",
        "market.volatility": "0.02",
    }
    scenario = read_scenario(FOLDER / "sdn_on_a_bank.yml", changes)
    inputs = read_inputs([tmp_path / "bank.csv"])
    result = run_scenario(world, inputs, scenario, Question(AsOf.of("2021-06-30")))
    assert list(result.analysis.lines["status"])[:3] == ["blocked", "no_match", "review"]
    found = result.redemption
    assert found is not None
    # Of 1000 only the clean balance and the shares pay; the balance prints no quantity.
    assert found.cash_share == pytest.approx(0.3)
    assert found.locked_share == pytest.approx(0.4)
    assert found.undecided == pytest.approx(200.0)
    for way in found.ways:
        sold = dict(zip(found.lines, way.sold, strict=True))
        assert sold["Cash at bank A"] == sold["Cash at bank C"] == 0.0
        assert way.raised == pytest.approx(400.0)
        assert way.shortfall == pytest.approx(500.0)
        assert way.cash_share == pytest.approx(0.0)
        assert way.locked_share == pytest.approx(400.0 / way.remaining)
