"""The event study engine: formulas by hand, size under the null, and the bundled study."""

import json
import math
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from analyzer.core.errors import InputError, QueryError
from analyzer.scenarios import study
from analyzer.scenarios.event_study import (
    Abnormal,
    Convention,
    abnormal_returns,
    fit_market_model,
    mean_correlation,
    session_tests,
    window_tests,
)
from analyzer.scenarios.impact import FloatArray


def made(
    seed: int, names: int, effect: float = 0.0, shared: float = 0.0, days: int = 150
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Estimation and event returns of `names` on a market, with a common shock if asked."""
    rng = np.random.default_rng(seed)
    market = rng.normal(0.0, 0.01, days + 5)
    common = rng.normal(0.0, 0.02, days + 5)
    own = rng.normal(0.0, 0.02, (days + 5, names))
    noise = math.sqrt(shared) * common[:, None] + math.sqrt(1.0 - shared) * own
    table = 0.0002 + rng.uniform(0.5, 1.5, names) * market[:, None] + noise
    table[days] += effect
    return table[:days], market[:days], table[days:], market[days:]


def test_ordinary_least_squares_and_missing_days() -> None:
    returns, market, after, market_after = made(1, 3)
    returns[:30, 1] = np.nan
    market[40] = np.nan
    model = fit_market_model(returns, market)
    for i in range(3):
        known = np.isfinite(returns[:, i]) & np.isfinite(market)
        line = stats.linregress(market[known], returns[known, i])
        assert model.beta[i] == pytest.approx(line.slope, rel=1e-10)
        assert model.alpha[i] == pytest.approx(line.intercept, rel=1e-9)
        left = returns[known, i] - line.intercept - line.slope * market[known]
        assert model.sd[i] == pytest.approx(math.sqrt((left**2).sum() / (known.sum() - 2)))
        assert model.days[i] == known.sum()
    found = abnormal_returns(model, after, market_after)
    # The forecast error of a regression, from the prediction interval of the textbook.
    known = np.isfinite(returns[:, 1]) & np.isfinite(market)
    m, x = market[known], market_after[2]
    error = model.sd[1] * math.sqrt(
        1.0 + 1.0 / known.sum() + (x - m.mean()) ** 2 / ((m - m.mean()) ** 2).sum()
    )
    expected = (after[2, 1] - model.alpha[1] - model.beta[1] * x) / error
    assert found.standardised[2, 1] == pytest.approx(expected, rel=1e-10)


def test_the_two_conventions_differ_as_stated() -> None:
    returns, market, _, _ = made(2, 2)
    returns[:20, 1] = np.nan
    book, package = (fit_market_model(returns, market, c) for c in Convention)
    assert package.beta == pytest.approx(book.beta)
    factor = np.sqrt((book.days - 2.0) / (book.days - 1.0))
    assert package.sd == pytest.approx(book.sd * factor)
    assert package.market_mean == pytest.approx(np.full(2, market.mean()))
    assert book.market_mean[1] == pytest.approx(market[20:].mean())
    assert package.market_squares[0] == pytest.approx(book.market_squares[0])


def test_too_short_a_history_is_refused() -> None:
    returns, market, _, _ = made(3, 2)
    returns[:51, 0] = np.nan
    with pytest.raises(QueryError, match="99 returns"):
        fit_market_model(returns, market)


def test_session_statistics_by_hand() -> None:
    returns, market, after, market_after = made(4, 5, effect=0.03)
    model = fit_market_model(returns, market)
    found = abnormal_returns(model, after, market_after)
    tests = session_tests(found)
    ar, sar = found.returns[0], found.standardised[0]
    assert tests.mean[0] == pytest.approx(ar.mean())
    assert tests.t[0] == pytest.approx(stats.ttest_1samp(ar, 0.0).statistic)
    assert tests.bmp[0] == pytest.approx(stats.ttest_1samp(sar, 0.0).statistic)
    d = model.days
    assert tests.patell[0] == pytest.approx(sar.sum() / math.sqrt(((d - 2) / (d - 4)).sum()))
    r = mean_correlation(model)
    pairs = np.corrcoef(model.residuals.T)[np.triu_indices(5, 1)]
    assert r == pytest.approx(pairs.mean())
    assert tests.kolari_pynnonen[0] == pytest.approx(
        tests.bmp[0] * math.sqrt((1 - r) / (1 + 4 * r))
    )
    ranks = stats.rankdata(np.vstack([model.residuals, found.returns]), axis=0)
    share = ranks / (len(ranks) + 1.0) - 0.5
    mean = share.mean(axis=1)
    assert tests.rank[0] == pytest.approx(
        mean[len(model.residuals)] / math.sqrt((mean**2).mean()), rel=1e-9
    )
    # Without missing returns the two rank tests are one.
    assert tests.modified_rank == pytest.approx(tests.rank, rel=1e-9)


def test_one_name_has_no_cross_section() -> None:
    returns, market, after, market_after = made(5, 1, effect=-0.1)
    found = abnormal_returns(fit_market_model(returns, market), after, market_after)
    tests = session_tests(found)
    assert np.isnan(tests.t).all()
    assert np.isnan(tests.bmp).all()
    assert np.isnan(tests.kolari_pynnonen).all()
    assert tests.patell[0] < -3.0
    assert window_tests(found, 0, 0).t[0] == pytest.approx(found.standardised[0, 0])


def test_window_sums_and_limits() -> None:
    returns, market, after, market_after = made(6, 4, effect=0.02)
    found = abnormal_returns(fit_market_model(returns, market), after, market_after)
    whole = window_tests(found, 0, 4)
    assert whole.car == pytest.approx(found.returns.sum(axis=0))
    single = window_tests(found, 0, 0)
    assert single.t == pytest.approx(found.standardised[0])
    assert single.tests.patell[0] == pytest.approx(session_tests(found).patell[0])
    assert single.tests.rank[0] == pytest.approx(session_tests(found).rank[0])
    gap = after.copy()
    gap[3, 0] = np.nan
    holed = window_tests(
        abnormal_returns(fit_market_model(returns, market), gap, market_after), 0, 4
    )
    assert np.isnan(holed.car[0])
    assert holed.tests.names[0] == 3.0
    with pytest.raises(QueryError, match="outside"):
        window_tests(found, 0, 5)


# Published in the introduction to the R package estudy2 (irudnyts/estudy2, commit 14946383,
# docs/articles/estudy2-intro.html): seven names, 16 to 20 March 2020. The textbook rows are its
# inputs under `n - 2` and each name's own window.
PUBLISHED = {
    "mean": [0.0232974, -0.03157867, -0.0161785, 0.07672027, 0.05840545],
    "t": [1.3941497, -1.2769075, -0.4023135, 1.7958275, 5.1233281],
    "patell": [2.5507399, -2.9495613, 0.3283654, 8.4216222, 6.3196352],
    "bmp": [1.20471169, -1.17531339, 0.07606284, 2.16657728, 8.65212561],
    "rank": [0.7962064, -0.1857202, 1.0205417, 2.1127972, 2.9255529],
}
TEXTBOOK = {
    "patell": [2.54443973, -2.94207407, 0.32896293, 8.40269803, 6.30573485],
    "bmp": [1.20428444, -1.17517887, 0.07637747, 2.1668867, 8.654536],
}


def vignette() -> tuple[FloatArray, FloatArray]:
    """Log returns of the seven names and the S&P 500, 1 April 2019 to 20 March 2020.

    Closing prices were collected from public price files, not from the package. The package read
    single-precision prices printed to six decimals, which shows at 1e-6, so they are rounded the
    same way here.
    """
    path = Path(__file__).with_name("closes_2019_2020.csv")
    table = np.genfromtxt(path, delimiter=",", skip_header=1)[:, 1:]
    table = np.round(table.astype(np.float32).astype(np.float64), 6)
    returns = np.diff(np.log(table), axis=0)
    return returns[:, :7], returns[:, 7]


def test_the_published_vignette() -> None:
    returns, market = vignette()
    assert returns.shape == (245, 7)
    for convention, wanted in ((Convention.ESTUDY2, PUBLISHED), (Convention.TEXTBOOK, TEXTBOOK)):
        model = fit_market_model(returns[:240], market[:240], convention)
        assert model.days.tolist() == [240, 227, 212, 240, 240, 240, 240]
        tests = session_tests(abnormal_returns(model, returns[240:], market[240:]))
        for name, values in wanted.items():
            assert getattr(tests, name) == pytest.approx(values, abs=1e-6), name


def test_the_published_vignette_oracle(shared: Path) -> None:
    table = json.loads((shared / "models" / "oracles.json").read_text())["oracles"]
    (row,) = [r for r in table if r["id"] == "event_study_estudy2"]
    want, within = row["expected"], row["tolerance"]["abs"]
    returns, market = vignette()
    found = {}
    for convention in Convention:
        model = fit_market_model(returns[:240], market[:240], convention)
        found[convention] = session_tests(abnormal_returns(model, returns[240:], market[240:]))
    package, book = found[Convention.ESTUDY2], found[Convention.TEXTBOOK]
    assert package.mean == pytest.approx(want["mean_AR"], abs=within)
    assert package.t == pytest.approx(want["t"], abs=within)
    assert package.patell == pytest.approx(want["patell"], abs=within)
    assert package.bmp == pytest.approx(want["bmp"], abs=within)
    assert package.rank == pytest.approx(want["corrado_rank"], abs=within)
    assert book.patell == pytest.approx(want["patell_textbook_n_minus_2"], abs=within)
    assert book.bmp == pytest.approx(want["bmp_textbook"], abs=within)


def _rejections(shared: float, field: str) -> float:
    count = 0
    for seed in range(400):
        returns, market, after, market_after = made(1000 + seed, 10, shared=shared, days=110)
        found: Abnormal = abnormal_returns(fit_market_model(returns, market), after, market_after)
        count += abs(float(getattr(session_tests(found), field)[0])) > 1.96
    return count / 400


@pytest.mark.parametrize("field", ["patell", "rank", "kolari_pynnonen"])
def test_size_under_the_null_without_correlation(field: str) -> None:
    assert 0.02 <= _rejections(0.0, field) <= 0.11


def test_clustering_breaks_bmp_and_the_correction_mends_it() -> None:
    # Ten names hit on one day with correlation one half: the reason the correction exists.
    assert _rejections(0.5, "bmp") > 0.35
    assert _rejections(0.5, "kolari_pynnonen") < 0.12


def test_published_significance_arithmetic(shared: Path) -> None:
    """MacKinlay 1997 gives 0.965 / 0.104 and -0.679 / 0.098; its returns are not public."""
    table = json.loads((shared / "models" / "oracles.json").read_text())["oracles"]
    (row,) = [r for r in table if r["id"] == "mackinlay1997_day0"]
    assert row["status"].startswith("UNVERIFIED")
    for part in row["expected"].values():
        assert part["AR_pct"] / part["se"] == pytest.approx(part["theta1"], abs=5e-3)


def test_bundled_events_are_well_formed() -> None:
    events = study.study_events()
    assert len({event.event for event in events}) == len(events) == 18
    for event in events:
        assert event.venue in study.BENCHMARK
        assert event.names
        assert event.source
        assert event.session.weekday() < 5


def test_the_study_on_real_prices(shared: Path) -> None:
    results = {r.event.event: r for r in study.run_study(shared / "data" / "prices")}
    xiaomi = results["S1237-JAN"]
    assert xiaomi.raw[0] == pytest.approx(-0.1026, abs=5e-5)
    assert xiaomi.windows[0, 0].car[0] == pytest.approx(-0.1163, abs=5e-4)
    assert results["XIAOMI-PI"].raw[0] == pytest.approx(0.0703, abs=5e-5)
    order = results["EO13959"]
    assert order.used == ("0941", "0728", "0762", "1186", "1766", "1800")
    assert order.windows[0, 0].tests.kolari_pynnonen[0] < -2.58
    assert order.correlation > 0.2
    text = study.markdown(list(results.values()))
    assert text.count("\n| S1237-JAN |") == 3
    assert "nan" not in text
    # Six names fell on one day: no pattern of signs is rarer than two in sixty-four.
    assert order.more[0, 0].wild_p == order.more[0, 0].sign_p == 2 / 64
    assert order.more[0, 0].brown_warner < -2.58


def test_thin_names_and_another_index(tmp_path: Path) -> None:
    rng = np.random.default_rng(8)
    days = [date(2019, 1, 1) + timedelta(days=i) for i in range(300)]
    us = np.cumsum(rng.normal(0.0, 0.01, 300))
    # The Hong Kong name follows New York's close of the day before, and often does not trade.
    local = np.concatenate([[0.0], us[:-1]]) + np.cumsum(rng.normal(0.0, 0.004, 300))
    trades = rng.uniform(size=300) > 0.25
    trades[[279, 280]] = True
    files = {
        "index/HSI.csv": np.cumsum(rng.normal(0.0, 0.01, 300)),
        "index/GSPC.csv": us,
        "hk/0001.HK.csv": local,
        "hk/0002.HK.csv": np.where(trades, local, np.nan),
    }
    for name, level in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        rows = [f"{d},{np.exp(x)}" for d, x in zip(days, level, strict=True) if np.isfinite(x)]
        path.write_text("date,close\n" + "\n".join(rows) + "\n")
    event = study.StudyEvent("E", days[280], "XHKG", "order", ("0001", "0002"), "w", "s", "M")
    near = study.run_event(event, tmp_path)
    assert [row[0] for row in near.thin] == ["0002"]
    assert near.thin[0][1] == pytest.approx(0.25, abs=0.06)
    assert abs(near.beta[0]) < 0.3
    abroad = study.run_event(event, tmp_path, "GSPC")
    assert abroad.benchmark == "GSPC"
    assert abroad.beta == pytest.approx([1.0, 1.0], abs=0.15)
    assert abs(abroad.windows[0, 0].car[0]) < abs(near.windows[0, 0].car[0])
    assert "trade-to-trade AR" in study.markdown([abroad])
    assert study.main([str(tmp_path), "DAX"]) == 2


def test_a_folder_without_prices_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert study.main([str(tmp_path)]) == 2
    assert study.main([]) == 2
    err = capsys.readouterr().err
    assert "no such price file" in err
    assert "usage" in err
    bad = tmp_path / "x.csv"
    bad.write_text("date,open\n2020-01-01,1\n", encoding="utf-8")
    with pytest.raises(InputError, match="no close column"):
        study.read_closes(bad)
    odd = tmp_path / "y.csv"
    odd.write_text("Price,Close\nTicker,A\nDate,\n2020-01-02,3.5\n2020-01-03,\n", encoding="utf-8")
    assert study.read_closes(odd) == {date(2020, 1, 2): 3.5}
