"""Funds in funds: shares, bounds, cycles, and what a fund line may do."""

import io
from pathlib import Path

import pytest

from analyzer.core.asof import AsOf
from analyzer.core.verdict import Outcome, Status
from analyzer.exposure import Analysis, Question
from analyzer.ingest import Ingested, read_holdings
from analyzer.resolve.lookthrough import Funds, look_through
from analyzer.service import World, analyze, read_constituents, read_inputs


def holdings(name: str, rows: list[tuple[str, str, str, float]]) -> Ingested:
    out = io.StringIO()
    out.write("name,isin,asset class,weight (%)\n")
    for security, isin, instrument, weight in rows:
        out.write(f"{security},{isin},{instrument},{weight}\n")
    return read_holdings((f"{name}.csv", out.getvalue().encode()))


SMIC = ("Semiconductor Manufacturing International Corp", "KYG8020E1199", "Equity")
CLEAR = ("Samsung Electronics Ltd", "KR7005930003", "Equity")


def funds_of(world: World, **rows: list[tuple[str, str, str, float]]) -> Funds:
    frames = {key: holdings(key, r).frame for key, r in rows.items()}
    return look_through(frames, world.resolver)


def share(funds: Funds, at: int, entity: str) -> tuple[float, float]:
    found = next(s for s in funds.views[at].shares if s.match.entity_id == entity)
    return found.low, found.high


def test_shares_add_up_through_nested_funds(world: World) -> None:
    # 2 % + 10 % x (5 % + 20 % x 10 %) = 2.7 %
    funds = funds_of(
        world,
        TOP=[(*SMIC, 2.0), ("MID", "", "ETF", 10.0), (*CLEAR, 88.0)],
        MID=[(*SMIC, 5.0), ("LOW", "", "ETF", 20.0), (*CLEAR, 75.0)],
        LOW=[(*SMIC, 10.0), (*CLEAR, 90.0)],
    )
    assert share(funds, 0, "smic") == pytest.approx((0.027, 0.027), abs=1e-12)
    assert funds.views[0].coverage == pytest.approx(1.0)
    assert funds.findings == ()


def test_what_is_left_out_widens_the_share(world: World) -> None:
    funds = funds_of(world, TOP=[(*SMIC, 2.0), (*CLEAR, 88.0)])
    assert share(funds, 0, "smic") == pytest.approx((0.02, 0.12))
    assert funds.views[0].coverage == pytest.approx(0.90)
    assert [f.code for f in funds.findings] == ["W605"]


def test_a_fund_nobody_declared_is_not_covered(world: World) -> None:
    funds = funds_of(world, TOP=[("Unknown Fund", "", "ETF", 30.0), (*CLEAR, 70.0)])
    assert funds.views[0].coverage == pytest.approx(0.70)


def test_cycles_are_reported_and_solved(world: World) -> None:
    funds = funds_of(
        world,
        A=[("B", "", "ETF", 50.0), (*SMIC, 10.0), (*CLEAR, 40.0)],
        B=[("A", "", "ETF", 50.0), (*CLEAR, 50.0)],
    )
    assert "W606" in {f.code for f in funds.findings}
    low, _ = share(funds, 0, "smic")
    assert low == pytest.approx(0.10 / (1 - 0.25))  # s = 0.1 + 0.5 * 0.5 s


@pytest.fixture(scope="module")
def analysis(world: World, samples: Path) -> Analysis:
    inputs = read_inputs([samples / "fund_of_funds.csv"])
    constituents = read_constituents([str(samples / "constituents")])
    question = Question(AsOf.of("2021-09-01"))
    return analyze(world, inputs, question, constituents=constituents)


def test_any_share_bars_the_fund(analysis: Analysis) -> None:
    line = analysis.lines.loc[analysis.lines["ticker"] == "EEMX"].iloc[0]
    answer = analysis.judged[line["judged"]]
    assert answer.status is Status.SELL_WINDOW
    assert answer.verdicts["buy"].outcome is Outcome.PROHIBITED
    assert answer.verdicts["hold"].outcome is Outcome.PERMITTED


def test_a_fund_without_constituents_is_unknown_and_not_screened(analysis: Analysis) -> None:
    line = analysis.lines.loc[analysis.lines["ticker"] == "EUSTX"].iloc[0]
    assert analysis.judged[line["judged"]].status is Status.UNKNOWN
    assert analysis.coverage.rows_screened == len(analysis.lines) - 1
    assert not analysis.coverage.complete


def test_a_fund_counts_once_and_what_it_holds_stands_apart(analysis: Analysis) -> None:
    assert analysis.totals.market_value == pytest.approx(5_580_800.0)
    smic = next(h for h in analysis.indirect if h.entity_id == "smic")
    # 0.9 % of two lines of the fund, 2,808,000 and 486,000
    assert smic.low == pytest.approx(0.009 * 3_294_000)
    assert smic.high == smic.low


def test_issuers_of_one_regime_count_together(world: World) -> None:
    """Three blocked issuers at 20 % each are more than half of a fund; one alone is not."""
    from dataclasses import replace

    from analyzer.core.asof import parse_instant
    from analyzer.core.events import EventKind, LegalEvent
    from analyzer.core.verdict import Status as Word
    from analyzer.exposure.funds import judge_fund

    names = ("tencent", "alibaba", "xiaomi")
    when = parse_instant("2023-06-30")
    events = [
        LegalEvent(f"block-{n}", EventKind.DESIGNATE, when, when, None, "US-OFAC-SDN", (n,))
        for n in names
    ]
    law = world.law.assuming(events)
    isins = {"tencent": "KYG875721634", "alibaba": "US01609W1027", "xiaomi": "KYG9830T1067"}
    rows = [(n, isins[n], "Equity", 20.0) for n in names]
    question = Question(AsOf.of("2023-07-01"))  # the 50 % guidance is of January 2023
    both = funds_of(world, TOP=[*rows, (*CLEAR, 40.0)]).views[0]
    one = replace(both, shares=both.shares[:1])
    blocked = judge_fund(law, question, both, "etf", None, ("buy", "hold", "sell"))
    free = judge_fund(law, question, one, "etf", None, ("buy", "hold", "sell"))
    assert blocked.status is Word.BLOCKED
    assert free.status is not Word.BLOCKED


def test_constituents_nobody_uses_are_named(world: World, samples: Path) -> None:
    inputs = read_inputs([samples / "fund_of_funds.csv"])
    file = holdings("EEMY", [(*SMIC, 100.0)])
    question = Question(AsOf.of("2021-09-01"))
    analysis = analyze(world, inputs, question, constituents={"EEMY": file})
    (finding,) = [f for f in analysis.findings if f.code == "W603"]
    assert "EEMY" in finding.message


def test_a_short_constituent_widens_the_share(world: World) -> None:
    funds = funds_of(world, TOP=[(*SMIC, -5.0), (*CLEAR, 105.0)])
    low, high = share(funds, 0, "smic")
    assert low == 0.0
    assert high == pytest.approx(0.05)


def test_answers_beyond_what_was_verified_say_so(world: World, samples: Path) -> None:
    inputs = read_inputs([samples / "model_weights.json"])
    analysis = analyze(world, inputs, Question(AsOf.of("2026-11-24")))
    assert analysis.coverage.stale
    assert "W601" in {f.code for f in analysis.findings}
