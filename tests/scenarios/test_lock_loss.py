"""What a lock costs its holder: formulas against the payoffs they price."""

import numpy as np
import pytest
from scipy.stats import norm

from analyzer.core.errors import InputError
from analyzer.scenarios.liquidity import average_strike_discount, put_discount
from analyzer.scenarios.read import parse_scenario
from analyzer.scenarios.selldown import lock_losses


def payoffs(sigma: float, years: float) -> tuple[np.ndarray, np.ndarray]:
    """Draws of the average-strike and of the at-the-money payoff, price 1, no rates."""
    steps, draws = 250, 10_000
    rng = np.random.default_rng(20120531)
    shocks = rng.standard_normal((draws, steps))
    shocks = np.concatenate([shocks, -shocks]) * sigma * np.sqrt(years / steps)
    path = np.exp(np.cumsum(shocks - sigma**2 * years / steps / 2.0, axis=1))
    before = np.concatenate([np.ones((len(path), 1)), path[:, :-1]], axis=1)
    average = ((before + path) / 2.0).mean(axis=1)
    return np.maximum(average - path[:, -1], 0.0), np.maximum(1.0 - path[:, -1], 0.0)


@pytest.mark.parametrize(("sigma", "years", "short"), [(0.2, 1.0, 0.01), (0.35, 2.0, 0.03)])
def test_the_formulas_price_their_payoffs(sigma: float, years: float, short: float) -> None:
    average, plain = payoffs(sigma, years)
    error = 4 * average.std() / np.sqrt(len(average))
    found = average_strike_discount(sigma, years)
    assert (1 - short) * average.mean() - error < found < average.mean() + error
    assert put_discount(sigma, years) == pytest.approx(
        plain.mean(), abs=4 * plain.std() / np.sqrt(len(plain))
    )


def test_the_formula_falls_short_at_high_volatility_as_stated() -> None:
    average, _ = payoffs(1.0, 2.0)
    assert 0.80 < average_strike_discount(1.0, 2.0) / average.mean() < 0.90


def test_limits() -> None:
    assert average_strike_discount(0.0, 2.0) == 0.0
    # ln 2 is the largest variance.
    most = 2 * norm.cdf(np.sqrt(np.log(2)) / 2) - 1
    assert average_strike_discount(20.0, 1.0) == pytest.approx(most)
    assert most == pytest.approx(0.3228, abs=1e-4)
    # The series and the formula meet, and both start as a put of a third of the variance.
    s = 0.01
    assert average_strike_discount(np.sqrt(s * (1 - 1e-9)), 1.0) == pytest.approx(
        average_strike_discount(np.sqrt(s * (1 + 1e-9)), 1.0), rel=1e-6
    )
    assert average_strike_discount(1e-3, 1.0) == pytest.approx(
        put_discount(1e-3 / np.sqrt(3), 1.0), rel=1e-6
    )
    assert average_strike_discount(0.3, 2.0, 0.05) == pytest.approx(
        np.exp(-0.1) * average_strike_discount(0.3, 2.0)
    )


def test_a_scenario_chooses_the_model_and_says_what_it_rests_on() -> None:
    text = "title: t\nsale: {lock_loss: {model: finnerty, volatility: 0.35, years: 2}}\n"
    scenario = parse_scenario(text, "f.yml")
    losses = lock_losses(np.array([0.01, 0.03]), scenario.sale)
    assert losses == pytest.approx([average_strike_discount(0.35, 2.0)] * 2)
    sources = {p.name: p.source for p in scenario.parameters()}
    assert "not checked against the paper" in sources["sale.lock_loss.model"]
    assert sources["sale.lock_loss.years"] == "f.yml"
    default = parse_scenario("title: t\nsale: {lock_years: 2}\n", "g.yml")
    own = parse_scenario("title: t\nsale: {lock_loss: {years: 2}}\n", "h.yml")
    sigma = np.array([0.01, 0.03])
    assert lock_losses(sigma, own.sale) == pytest.approx(lock_losses(sigma, default.sale))


@pytest.mark.parametrize(
    ("loss", "words"),
    [
        ("{model: chaffe}", "is not one of put, finnerty"),
        ("{model: put, dividend_yield: 0.02}", "knows no dividends"),
        ("{strike: 1}", "unknown key 'strike'"),
    ],
)
def test_what_is_wrong_with_a_lock_loss_is_said(loss: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        parse_scenario(f"title: t\nsale: {{lock_loss: {loss}}}\n", "bad.yml")
