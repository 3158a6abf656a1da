"""More event-study tests, thin trading and other clocks: by hand, by size, by simulation."""

import itertools
import math
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from scipy import stats

from analyzer.core.errors import QueryError
from analyzer.scenarios.event_study import abnormal_returns, fit_market_model, window_tests
from analyzer.scenarios.event_tests import (
    fit_trade_to_trade,
    index_on_clock,
    more_tests,
    trade_to_trade,
    wild_bootstrap,
)
from tests.scenarios.test_event_study_engine import made


def test_every_statistic_by_hand() -> None:
    returns, market, after, market_after = made(3, 6, effect=-0.03)
    model = fit_market_model(returns, market)
    found = abnormal_returns(model, after, market_after)
    tests = more_tests(found, 0, 1)
    car = found.returns[0] + found.returns[1]
    # Brown and Warner: the portfolio's deviation in the estimation window, two sessions.
    portfolio = model.residuals.mean(axis=1)
    deviation = math.sqrt(((portfolio - portfolio.mean()) ** 2).sum() / (len(portfolio) - 1))
    assert tests.brown_warner == pytest.approx(car.mean() / (math.sqrt(2) * deviation))
    # J1: the mean over the root of the mean of the forecast variances, over the names.
    scar = window_tests(found, 0, 1).t
    variance = (car / scar) ** 2
    assert tests.j1 == pytest.approx(car.mean() / math.sqrt(variance.sum()) * 6)
    up = int((car > 0).sum())
    usual = (model.residuals > 0).mean()
    assert tests.generalised_sign == pytest.approx(
        (up - 6 * usual) / math.sqrt(6 * usual * (1 - usual))
    )
    tail = sum(math.comb(6, k) for k in range(min(up, 6 - up) + 1)) / 2**6
    assert tests.sign_p == pytest.approx(min(1.0, 2 * tail))
    signs = list(itertools.product([-1, 1], repeat=6))
    reached = [abs(np.dot(s, np.abs(car))) >= abs(car.sum()) - 1e-12 for s in signs]
    assert tests.wild_p == pytest.approx(np.mean(reached))


def test_the_bootstrap_orders_by_t_and_is_exact_for_few_names() -> None:
    values = np.array([0.02, -0.01, 0.03, 0.015, 0.04])
    t = abs(stats.ttest_1samp(values, 0.0).statistic)
    flips = [np.array(s) * values for s in itertools.product([-1, 1], repeat=5)]
    exact = np.mean([abs(stats.ttest_1samp(f, 0.0).statistic) >= t - 1e-9 for f in flips])
    assert wild_bootstrap(values, seed=1) == pytest.approx(exact)
    assert math.isnan(wild_bootstrap(values[:1], seed=1))
    many = np.random.default_rng(4).normal(0.4, 1.0, 40)
    p = wild_bootstrap(many, seed=1)
    assert p == wild_bootstrap(many, seed=1)
    # For many names it is close to the t-test.
    assert p == pytest.approx(stats.ttest_1samp(many, 0.0).pvalue, abs=0.02)


def rejected(shared: float, field: str) -> float:
    count = 0
    for seed in range(300):
        returns, market, after, market_after = made(7000 + seed, 10, shared=shared, days=110)
        model = fit_market_model(returns, market)
        tests = more_tests(abnormal_returns(model, after, market_after), 0, 0)
        value = getattr(tests, field)
        count += value < 0.05 if field.endswith("_p") else abs(value) > 1.96
    return count / 300


@pytest.mark.parametrize("field", ["brown_warner", "j1", "generalised_sign", "sign_p", "wild_p"])
def test_size_without_correlation(field: str) -> None:
    assert rejected(0.0, field) <= 0.10


def test_only_brown_and_warner_survive_clustering() -> None:
    assert rejected(0.5, "brown_warner") < 0.11
    for field in ("j1", "wild_p"):
        assert rejected(0.5, field) > 0.25


def test_windows_are_checked() -> None:
    returns, market, after, market_after = made(3, 2)
    found = abnormal_returns(fit_market_model(returns, market), after, market_after)
    with pytest.raises(QueryError, match="outside"):
        more_tests(found, 3, 9)
    after[1] = np.nan
    found = abnormal_returns(fit_market_model(returns, market), after, market_after)
    with pytest.raises(QueryError, match="no name"):
        more_tests(found, 0, 2)


def paths(sessions: int, thin: float) -> tuple[np.ndarray, np.ndarray]:
    """Closes of twenty names of beta 1.2 that trade by chance, and of their index."""
    rng = np.random.default_rng(11)
    market = rng.normal(0.0, 0.01, sessions)
    own = rng.normal(0.0005, 0.02, (sessions, 20))
    levels = np.exp(np.cumsum(1.2 * market[:, None] + own, axis=0))
    levels[rng.uniform(size=levels.shape) < thin] = np.nan
    return levels, np.exp(np.cumsum(market))


def test_trade_to_trade_without_gaps_is_the_market_model() -> None:
    levels, index = paths(200, 0.0)
    spans = trade_to_trade(levels, index)
    assert np.isnan(spans.returns[0]).all()
    assert (spans.sessions[1:] == 1).all()
    made_of = fit_trade_to_trade(spans.rows(slice(0, 180)))
    plain = fit_market_model(np.diff(np.log(levels), axis=0)[:179], np.diff(np.log(index))[:179])
    for name in ("alpha", "beta", "sd"):
        assert getattr(made_of, name) == pytest.approx(getattr(plain, name), rel=1e-8)
    later = spans.rows(slice(180, 200))
    out, scaled = made_of.standardised(later)
    known = abnormal_returns(plain, np.diff(np.log(levels), axis=0)[179:], later.market[:, 0])
    assert out == pytest.approx(known.returns, rel=1e-9)
    assert scaled == pytest.approx(known.standardised, rel=1e-9)


def test_trade_to_trade_by_hand_and_when_trading_is_thin() -> None:
    levels = np.array([[1.0], [np.nan], [np.nan], [1.1], [1.21]])
    spans = trade_to_trade(levels, np.array([1.0, 1.01, 1.02, 1.03, 1.04]))
    assert spans.sessions[3:, 0] == pytest.approx([3.0, 1.0])
    assert spans.returns[3:, 0] == pytest.approx([math.log(1.1)] * 2)
    assert spans.market[3:, 0] == pytest.approx([math.log(1.03), math.log(1.04 / 1.03)])
    assert np.isnan(spans.returns[:3]).all()
    thin = fit_trade_to_trade(trade_to_trade(*paths(1500, 0.7)))
    # Seven sessions in ten without a trade: beta and one session's risk come out all the same.
    assert thin.beta.mean() == pytest.approx(1.2, abs=0.05)
    assert thin.sd.mean() == pytest.approx(0.02, rel=0.05)
    out, scaled = thin.standardised(trade_to_trade(*paths(1500, 0.7)))
    assert np.nanstd(scaled) == pytest.approx(1.0, abs=0.03)
    assert np.nanstd(out) > 0.03  # raw, a span of several sessions is wider
    with pytest.raises(QueryError, match="trades in the window"):
        fit_trade_to_trade(trade_to_trade(*paths(120, 0.7)))


def test_an_index_of_another_clock_is_the_one_that_was_known() -> None:
    hong_kong, new_york = ZoneInfo("Asia/Hong_Kong"), ZoneInfo("America/New_York")
    monday = datetime(2021, 1, 4, tzinfo=UTC)
    days = [monday + timedelta(days=i) for i in range(4)]
    local = [d.replace(hour=16, tzinfo=hong_kong) for d in days]
    abroad = [d.replace(hour=16, tzinfo=new_york) for d in days]
    found = index_on_clock(local, abroad, np.array([1.0, 2.0, 3.0, 4.0]))
    assert math.isnan(found[0])
    assert found[1:] == pytest.approx([1.0, 2.0, 3.0])
    # The other way round New York knows the same date's close.
    assert index_on_clock(abroad, local, np.arange(4.0)) == pytest.approx(np.arange(4.0))


def test_the_shift_finds_the_relation_that_dates_hide() -> None:
    rng = np.random.default_rng(2)
    us = rng.normal(0.0, 0.01, 400)
    local = np.empty(400)
    local[0] = 0.0
    local[1:] = us[:-1] + rng.normal(0.0, 0.005, 399)  # Hong Kong follows overnight
    days = [datetime(2019, 1, 1, tzinfo=UTC) + timedelta(days=i) for i in range(400)]
    hong_kong = [d.replace(hour=16, tzinfo=ZoneInfo("Asia/Hong_Kong")) for d in days]
    new_york = [d.replace(hour=16, tzinfo=ZoneInfo("America/New_York")) for d in days]
    shifted = np.diff(np.log(index_on_clock(hong_kong, new_york, np.exp(np.cumsum(us)))))
    by_date = fit_market_model(local[2:, None], us[2:])
    by_clock = fit_market_model(local[2:, None], shifted[1:])
    assert abs(by_date.beta[0]) < 0.15
    assert by_clock.beta[0] == pytest.approx(1.0, abs=0.1)
