"""Tax lots, liquidity metrics, shocks, receipts and venue costs."""

import json
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.core.asof import AsOf
from analyzer.core.errors import QueryError
from analyzer.exposure import Question
from analyzer.ingest import read_holdings
from analyzer.resolve.lookthrough import look_through
from analyzer.scenarios.concentration import effective_number, herfindahl
from analyzer.scenarios.impact import SigmaRet
from analyzer.scenarios.liquidity import (
    Bucket,
    bucket_of,
    days_to_liquidate,
    liquidity_buckets,
    put_discount,
    reverse_stress,
    spread_var,
)
from analyzer.scenarios.lots import (
    Lot,
    LotOrder,
    TaxRates,
    dispose,
    realised_gain,
    tax_due,
    tax_of_sale,
)
from analyzer.scenarios.plan import make_plan
from analyzer.scenarios.receipts import compare_routes, receipt_terms, sale_duty, venue_costs
from analyzer.scenarios.schedule import LineInputs, Policy, SessionInputs, build_problem
from analyzer.scenarios.shocks import (
    ShockShape,
    preset,
    shock_cases,
    shock_path,
    shock_presets,
    structural_shock,
)
from analyzer.service import analyze
from analyzer.world import World

DAY = date(2021, 1, 4)
QUESTION = Question(AsOf.of("2021-09-01"))


def oracle(shared: Path, name: str) -> dict[str, Any]:
    table = json.loads((shared / "models" / "oracles.json").read_text())["oracles"]
    (found,) = [row for row in table if row["id"] == name]
    return dict(found)


# Lots ---------------------------------------------------------------------------------------

LOTS = (
    Lot(date(2019, 1, 1), 100.0, 10.0),
    Lot(date(2019, 2, 1), 100.0, 30.0),
    Lot(date(2019, 3, 1), 100.0, 20.0),
)


@pytest.mark.parametrize(("order", "gain"), [("fifo", 1250.0), ("lifo", 250.0), ("hifo", -250.0)])
def test_lot_orders(order: str, gain: float) -> None:
    done, left = dispose(LOTS, [(date(2019, 6, 1), 150.0, 25.0)], LotOrder(order))
    assert realised_gain(done) == gain
    assert sum(lot.shares for lot in left) == 150.0


def test_lot_oracle(shared: Path) -> None:
    for name, gain in oracle(shared, "lots")["expected"].items():
        done, _ = dispose(LOTS, [(date(2019, 6, 1), 150.0, 25.0)], LotOrder(name.lower()))
        assert realised_gain(done) == gain


def test_tax_by_holding_period() -> None:
    done, _ = dispose(LOTS, [(date(2020, 1, 2), 250.0, 25.0)], LotOrder.FIFO)
    assert [d.long_term for d in done] == [True, False, False]
    rates = TaxRates(short_term=0.4, long_term=0.2)
    assert tax_due(done, rates) == pytest.approx(0.2 * 1500.0)  # short gains net to a loss
    with pytest.raises(QueryError, match="no lot holds"):
        dispose(LOTS, [(date(2020, 1, 2), 301.0, 25.0)], LotOrder.FIFO)


def test_tax_of_a_plan() -> None:
    inputs = LineInputs(
        lines=("A",),
        shares=np.array([150.0]),
        price=np.array([25.0]),
        sigma=np.array([0.02]),
        adv=np.array([500.0]),
        bid_ask=np.array([0.2]),
    )
    days = (date(2020, 1, 6), date(2020, 1, 7))
    when = SessionInputs(sessions=days, open_weight=np.ones((1, 2)), legal_weight=np.ones((1, 2)))
    plan = make_plan(build_problem(inputs, when, Policy(model="sqrt", participation=0.2)))
    price = float(plan.net_price[0])
    assert price == pytest.approx(25.0 - plan.expected_cost / 150.0)
    assert price < 24.9
    rates = TaxRates(short_term=0.4, long_term=0.2)
    found = tax_of_sale(LOTS, days, plan.sold[0].tolist(), price, LotOrder.FIFO, rates)
    assert found.gain == pytest.approx(100.0 * (price - 10.0) + 50.0 * (price - 30.0))
    assert found.tax == pytest.approx(0.2 * 100.0 * (price - 10.0))
    assert sum(lot.shares for lot in found.left) == pytest.approx(150.0)


@given(
    st.lists(st.tuples(st.integers(0, 400), st.floats(1, 99), st.floats(1, 99)), min_size=1),
    st.lists(st.floats(0.01, 0.99), min_size=1, max_size=5),
)
def test_lots_lose_nothing(bought: list[tuple[int, float, float]], parts: list[float]) -> None:
    lots = [Lot(date(2019, 1, 1) + timedelta(days=d), s, c) for d, s, c in bought]
    held = sum(lot.shares for lot in lots)
    sales = [(date(2021, 1, 1), held * p / len(parts), 50.0) for p in parts]
    least, most = [], []
    for order in LotOrder:
        done, left = dispose(lots, sales, order)
        assert sum(d.shares for d in done) + sum(lot.shares for lot in left) == pytest.approx(held)
        (least if order is LotOrder.HIFO else most).append(realised_gain(done))
    assert least[0] <= min(most) + 1e-6 * held  # highest cost first never realises more


# Liquidity ----------------------------------------------------------------------------------


def test_days_to_liquidate(shared: Path) -> None:
    row = oracle(shared, "days_to_liquidate")
    given_, want = row["inputs"], row["expected"]
    found = days_to_liquidate(given_["shares"], given_["adv"], given_["participation"])
    assert found.exact == want["days_exact"] == 12.5
    assert found.sessions == want["sessions"] == 13
    shares = [round(100 * found.sold_by(d)) for d in (1, 5, 10)]
    assert shares == [want["pct_1d"], want["pct_5d"], want["pct_10d"]] == [8, 40, 80]
    with pytest.raises(QueryError, match="positive"):
        days_to_liquidate(1.0, 0.0, 0.2)


def test_spread_var(shared: Path) -> None:
    found = spread_var(1e6, 0.01, 19.6, 20.4, 1.65)
    assert found.var == pytest.approx(16_500.0, abs=1e-6)
    assert found.lvar == pytest.approx(36_500.0, abs=1e-6)
    want = oracle(shared, "lvar_constant_spread")["expected"]
    assert (found.var, found.lvar) == pytest.approx((want["var"], want["lvar"]))
    wider = spread_var(1e6, 0.01, 19.6, 20.4, 1.65, spread_sd=0.01, spread_multiple=2.0)
    assert wider.lvar == pytest.approx(46_500.0)


def test_locked_put_discount(shared: Path) -> None:
    assert put_discount(0.35, 2.0) == pytest.approx(0.19546893781687658, abs=1e-9)
    row = oracle(shared, "locked_put_discount")
    found = put_discount(row["inputs"]["sigma"], row["inputs"]["T"])
    assert found == pytest.approx(row["expected"]["discount"], abs=1e-9)


def test_bucket_edges() -> None:
    # 17 CFR 270.22e-4(a): three business days to cash, seven calendar days to cash or to sale.
    monday = date(2026, 11, 23)
    assert bucket_of(monday, monday, date(2026, 11, 26)) is Bucket.HIGHLY
    assert bucket_of(monday, monday, date(2026, 11, 27)) is Bucket.MODERATELY
    assert bucket_of(monday, date(2026, 11, 30), date(2026, 11, 30)) is Bucket.MODERATELY
    assert bucket_of(monday, date(2026, 11, 30), date(2026, 12, 1)) is Bucket.LESS
    assert bucket_of(monday, date(2026, 12, 1), date(2026, 12, 1)) is Bucket.ILLIQUID


def test_a_locked_line_is_illiquid_and_uses_up_the_headroom() -> None:
    as_of = date(2026, 11, 23)
    sessions = [as_of + timedelta(days=d) for d in (0, 1, 2, 3, 4, 7, 8, 9)]
    shares, price = np.array([100.0, 300.0, 50.0]), np.array([1.0, 2.0, 4.0])
    cap = np.array([[100.0] * 8, [50.0] * 8, [0.0] * 8])
    found = liquidity_buckets(as_of, sessions, shares, price, cap, [1, 1, 2], 1000.0)
    assert found.by_line == (Bucket.HIGHLY, Bucket.LESS, Bucket.ILLIQUID)
    assert sum(found.value.values()) == pytest.approx(900.0)
    assert found.value[Bucket.ILLIQUID] == pytest.approx(200.0)
    assert found.illiquid_share == pytest.approx(0.2)
    assert found.headroom == pytest.approx(-50.0)
    with pytest.raises(QueryError, match="net assets"):
        liquidity_buckets(as_of, sessions, shares, price, cap, [1, 1, 2], 0.0)


def _stress_case(crowd: float) -> tuple[LineInputs, SessionInputs, Policy]:
    inputs = LineInputs(
        lines=("A", "B", "C"),
        shares=np.array([600.0, 2000.0, 0.0]),
        price=np.ones(3),
        sigma=np.full(3, 0.02),
        adv=np.array([1000.0, 500.0, 100.0]),
        bid_ask=np.zeros(3),
    )
    when = SessionInputs(
        sessions=tuple(DAY + timedelta(days=d) for d in range(10)),
        open_weight=np.ones((3, 10)),
        legal_weight=np.ones((3, 10)),
        crowding=np.full((3, 10), crowd),
    )
    return inputs, when, Policy(model="sqrt", participation=0.1)


def test_reverse_stress_is_the_edge() -> None:
    found = reverse_stress(*_stress_case(0.0))
    assert found.volume_fall == pytest.approx([0.4, 0.0, 1.0], abs=1e-9)
    assert found.participation_needed == pytest.approx([0.06, 0.4, 0.0])
    assert found.weakest == 1
    inputs, when, policy = _stress_case(100.0)
    edge = float(reverse_stress(inputs, when, policy).volume_fall[0])
    assert edge == pytest.approx(0.3, abs=1e-9)  # 0.1 * (1000 (1 - f) - 100) * 10 = 600
    for fall, feasible in ((edge - 1e-6, True), (edge + 1e-6, False)):
        stressed = build_problem(replace(inputs, adv=inputs.adv * (1 - fall)), when, policy)
        assert bool(stressed.stranded[0] == 0.0) is feasible


def test_concentration(shared: Path) -> None:
    weights = np.array(oracle(shared, "hhi")["inputs"]["w"])
    assert herfindahl(weights) == pytest.approx(0.38, abs=1e-12)
    assert effective_number(weights) == pytest.approx(2.6315789474, abs=1e-9)


def read_rows(heading: str, *rows: str) -> pd.DataFrame:
    text = "\n".join((heading, *rows)) + "\n"
    return read_holdings(("rows.csv", text.encode())).frame


def test_an_option_counts_as_its_delta_of_the_underlying(shared: Path, world: World) -> None:
    given_ = oracle(shared, "delta_adjusted")
    notional = 100 * 100 * 50  # contracts, multiplier, price
    heading = "name,asset class,market value,notional,delta,currency"
    text = f"{heading}\nX call,Option,1,{notional},0.6,USD\n"
    found = analyze(world, [read_holdings(("o.csv", text.encode()))], QUESTION).lines
    assert found["underlying_low"].iloc[0] == given_["expected"]["exposure"]
    assert found["underlying_high"].iloc[0] == given_["expected"]["exposure"]


def test_a_share_through_funds_in_funds(shared: Path, world: World) -> None:
    given_ = oracle(shared, "look_through")["inputs"]
    smic = "Semiconductor Manufacturing International Corp,KYG8020E1199,Equity"
    heading = "name,isin,asset class,weight (%)"
    rest = "Samsung Electronics Ltd,KR7005930003,Equity"

    def fund(direct: float, inner: str = "", weight: float = 0.0) -> pd.DataFrame:
        rows = [f"{smic},{100 * direct}", f"{rest},{100 * (1 - direct - weight)}"]
        return read_rows(heading, *rows, *([f"{inner},,ETF,{100 * weight}"] if inner else []))

    funds = look_through(
        {
            "TOP": fund(given_["direct"], "MID", given_["fund_w"]),
            "MID": fund(given_["fund_X"], "LOW", given_["fund_in_fund"]),
            "LOW": fund(given_["sub_X"]),
        },
        world.resolver,
    )
    (share,) = [s for s in funds.views[0].shares if s.match.entity_id == "smic"]
    assert share.low == pytest.approx(0.027, abs=1e-12)
    assert share.high == pytest.approx(0.027, abs=1e-12)


# Shocks -------------------------------------------------------------------------------------


def test_structural_shock(shared: Path) -> None:
    assert structural_shock(0.05, 0.003, SigmaRet(0.02)) == pytest.approx(-0.0816497, abs=1e-6)
    row = oracle(shared, "forced_flow_shock")
    given_ = row["inputs"]
    found = structural_shock(
        given_["holder_share_of_float"],
        given_["adv_share_of_float"],
        given_["sigma_d"],
        given_["Y"],
    )
    assert -found == pytest.approx(row["expected"]["shock"], abs=row["tolerance"]["abs"])
    with pytest.raises(QueryError, match="volume"):
        structural_shock(0.05, 0.0, SigmaRet(0.02))


def test_presets_have_cases_and_grow_with_severity() -> None:
    for shock in shock_presets():
        assert shock.cases
        assert all(case.source_url and case.grade for case in shock.cases)
        assert -1.0 <= shock.value <= 1.0
    for kind in ("list_only", "invest_ban", "delist_venue", "sdn", "relief_injunction"):
        low, base, high = (abs(preset(kind, s).value) for s in ("low", "base", "high"))
        assert low < base < high
    used = {case.case for shock in shock_presets() for case in shock.cases}
    assert used == set(shock_cases())  # no case lies idle
    assert preset("invest_ban").value == pytest.approx(-0.08)
    with pytest.raises(QueryError, match="no shock preset"):
        preset("sdn", "mild")


def test_shock_paths() -> None:
    assert shock_path(-0.1, 3).tolist() == [-0.1, -0.1, -0.1]
    assert shock_path(-0.1, 4, ShockShape.LINEAR) == pytest.approx([-0.025, -0.05, -0.075, -0.1])
    over = shock_path(-0.1, 40, ShockShape.OVERSHOOT, overshoot=1.0, half_life=2.0)
    assert over[[0, 2]] == pytest.approx([-0.2, -0.15])
    assert over[-1] == pytest.approx(-0.1, abs=1e-6)
    assert shock_path(-0.9, 2, ShockShape.OVERSHOOT).min() == -1.0


# Venue costs and receipts -------------------------------------------------------------------


def test_hong_kong_stamp_duty_by_date() -> None:
    days = [date(2021, 7, 30), date(2021, 8, 1), date(2023, 11, 16), date(2023, 11, 17)]
    assert sale_duty("XHKG", days).tolist() == [0.0010, 0.0013, 0.0013, 0.0010]
    assert sale_duty("XSHG", [date(2023, 8, 25), date(2023, 8, 28)]).tolist() == [0.001, 0.0005]
    assert sale_duty("XLON", days).tolist() == [0.0] * 4


def test_venue_periods_neither_overlap_nor_gap() -> None:
    by_item: dict[tuple[str, str, str], list[tuple[date, date | None]]] = {}
    for cost in venue_costs():
        key = (cost.mic, cost.item, cost.side)
        by_item.setdefault(key, []).append((cost.start, cost.end))
        assert 0.0 < cost.rate < 0.05
    for spans in by_item.values():
        ordered = sorted(spans)
        for (_, end), (start, _) in pairwise(ordered):
            assert end == start
        assert ordered[-1][1] is None


def test_receipt_terms() -> None:
    terms = receipt_terms()
    assert (terms["CHL"].local, terms["CHL"].ratio) == ("0941", 5.0)
    assert {name: t.ratio for name, t in terms.items()} == {
        "CHL": 5.0,
        "CHA": 100.0,
        "CHU": 10.0,
        "CEO": 100.0,
    }
    assert terms["CHL"].programme_end == date(2021, 9, 13)
    days = [date(2021, 9, 10), date(2021, 9, 13), date(2021, 9, 14)]
    assert terms["CHL"].surrender_on(days) == 0
    assert terms["CHL"].surrender_on(days, 1) is None
    shut = replace(terms["CHL"], books_closed=((date(2021, 9, 8), date(2021, 9, 10)),))
    assert shut.surrender_on(days) is None


def _receipt_case(
    local_price: float, sessions: tuple[date, ...], receipts: float = 1e5
) -> tuple[LineInputs, SessionInputs]:
    t = len(sessions)
    inputs = LineInputs(
        lines=("CHL", "0941"),
        shares=np.array([receipts, 0.0]),
        price=np.array([28.0, local_price]),
        sigma=np.array([0.018, 0.018]),
        adv=np.array([3e6, 1.2e8]),
        bid_ask=np.array([0.02, 0.007]),
        duty=np.array([np.zeros(t), sale_duty("XHKG", sessions)]),
    )
    when = SessionInputs(
        sessions=sessions, open_weight=np.ones((2, t)), legal_weight=np.ones((2, t))
    )
    return inputs, when


def test_one_receipt_is_five_shares_and_the_routes_are_compared_net() -> None:
    terms = receipt_terms()["CHL"]
    days = tuple(date(2020, 12, 14) + timedelta(days=d) for d in range(5))
    for local_price, winner in ((5.5, "sell the receipt"), (5.8, "convert and sell locally")):
        found = compare_routes(terms, *_receipt_case(local_price, days), Policy(model="sqrt"), 0.05)
        by_name = {route.name: route for route in found.routes}
        assert by_name[winner].net > 0.0
        others = [r for r in found.routes if r.name not in (winner, "split")]
        assert all(by_name[winner].net > other.net for other in others)
        assert by_name["split"].score >= by_name[winner].score * (1.0 - 1e-6)
        assert found.best.score == max(route.score for route in found.routes)
        converted = by_name["convert and sell locally"].plan
        assert converted.sold[0].sum() == 0.0
        assert converted.sold[1].sum() == pytest.approx(5.0 * 1e5)
        assert converted.sold[1, : terms.conversion_days].sum() == 0.0
        assert converted.fees[1] == pytest.approx(0.05 * 1e5)
        assert converted.duties[1] == pytest.approx(0.001 * 5e5 * local_price)
        assert any("fee" in message for message in found.messages)


def test_when_the_venue_goes_only_the_local_line_is_left() -> None:
    terms = receipt_terms()["CHL"]
    days = tuple(date(2021, 1, 8) + timedelta(days=d) for d in range(8))
    policy = Policy(model="sqrt", economic_discount=0.5)
    inputs, when = _receipt_case(5.6, days, receipts=1e7)
    found = compare_routes(terms, inputs, when, policy, 0.05)
    by_name = {route.name: route for route in found.routes}
    stuck = by_name["sell the receipt"].plan
    assert stuck.sold[0, 3:].sum() == 0.0  # 2021-01-11 and after
    assert stuck.stranded[0] > 0.0
    assert found.best.name != "sell the receipt"
    late = tuple(date(2021, 9, 13) + timedelta(days=d) for d in range(3))
    over = compare_routes(terms, *_receipt_case(5.6, late), policy, 0.05)
    assert [route.name for route in over.routes] == ["sell the receipt"]
    assert any("no surrender" in message for message in over.messages)


def test_routes_want_two_lines() -> None:
    terms = receipt_terms()["CHL"]
    inputs, when = _receipt_case(5.6, (DAY, DAY + timedelta(days=1)))
    with pytest.raises(QueryError, match="line of their own"):
        compare_routes(
            terms, replace(inputs, shares=np.array([1.0, 1.0])), when, Policy(model="sqrt"), 0.0
        )
