"""Derivatives as their underlying: delta where known, bounds where not, never in the totals."""

import numpy as np
import pytest

from analyzer.core.asof import AsOf
from analyzer.core.verdict import Status
from analyzer.exposure import Analysis, Question
from analyzer.ingest import read_holdings
from analyzer.service import analyze
from analyzer.world import World

FILE = b"""name,asset class,quantity,market value,currency,notional,delta
Xiaomi Corp call 25 30JUN21,Option,10,1000,USD,50000,0.4
Xiaomi Corp call 30 30JUN21,Option,10,500,USD,60000,
Semiconductor Manufacturing International Corp,Future,5,2000,USD,80000,
Samsung Electronics Ltd,Equity,5,4000,USD,,
"""


@pytest.fixture(scope="module")
def analysis(world: World) -> Analysis:
    return analyze(world, [read_holdings(("d.csv", FILE))], Question(AsOf.of("2021-03-09")))


def test_delta_bounds_and_linear(analysis: Analysis) -> None:
    low = analysis.lines["underlying_low"].to_numpy()
    high = analysis.lines["underlying_high"].to_numpy()
    assert (low[0], high[0]) == (20_000.0, 20_000.0)
    assert (low[1], high[1]) == (0.0, 60_000.0)
    assert (low[2], high[2]) == (80_000.0, 80_000.0)
    assert np.isnan(low[3])


def test_totals_count_market_value_alone(analysis: Analysis) -> None:
    assert analysis.totals.market_value == 7_500.0


def test_options_on_a_listed_name_are_found(analysis: Analysis) -> None:
    statuses = list(analysis.lines["status"])
    assert statuses[3] == Status.NO_MATCH.value
    assert Status.NO_MATCH.value not in statuses[:3]


OPTIONS = b"""name,asset class,quantity,market value,currency,notional,put/call
Xiaomi Corp put 30 30JUN21,Option,10,500,USD,60000,
Xiaomi Corp 30JUN21 30,Option,10,500,USD,60000,P
Xiaomi Corp option,Option,10,500,USD,60000,
Xiaomi Corp call 30 30JUN21,Option,-10,-500,USD,60000,
Xiaomi Corp put 30 30JUN21,Option,-10,-500,USD,60000,
Xiaomi Corp warrant,Warrant,10,500,USD,60000,
XIACY 210618P00025000,Option,10,500,USD,60000,
"""
BOUNDS = [
    (-60_000, 0),
    (-60_000, 0),
    (-60_000, 60_000),
    (-60_000, 0),
    (0, 60_000),
    (0, 60_000),
    (-60_000, 0),
]


def test_a_put_is_exposed_the_other_way(world: World) -> None:
    question = Question(AsOf.of("2021-03-09"))
    lines = analyze(world, [read_holdings(("o.csv", OPTIONS))], question).lines
    found = zip(lines["underlying_low"], lines["underlying_high"], strict=True)
    assert [tuple(pair) for pair in found] == BOUNDS
