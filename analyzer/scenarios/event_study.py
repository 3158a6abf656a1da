"""Event study: market model, abnormal returns and the tests of the field.

Arrays are sessions by names; a missing return is NaN and counts nowhere. One estimation window
serves all names of an event; names with a short history use what they have.

References
----------
MacKinlay, J. Econ. Lit. 35, 1997. Patell, J. Accounting Research 14, 1976. Boehmer, Musumeci and
Poulsen (BMP), J. Financial Economics 30, 1991. Kolari and Pynnonen, Review of Financial Studies
23, 2010: names hit on one day are correlated, and every test that ignores it over-rejects.
Corrado, J. Financial Economics 23, 1989; Corrado and Zivney, J. Fin. Quant. Analysis 27, 1992.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy.stats import rankdata

from analyzer.core.errors import QueryError
from analyzer.scenarios.impact import FloatArray

MINIMUM_DAYS = 100
MODEL_PARAMETERS = 2


class Convention(StrEnum):
    """How the residual variance and the market's moments are computed.

    `textbook` divides by `L - 2` and takes the market over the name's own days. `estudy2`, the R
    package, divides by `L - 1` and takes the market over the whole window, also for names with a
    short history; its rank test scales a session's mean deviation by all names over the names
    present. It is kept to check against its published numbers.
    """

    TEXTBOOK = "textbook"
    ESTUDY2 = "estudy2"


@dataclass(frozen=True, slots=True)
class MarketModel:
    """Ordinary least squares of each name on the market over the estimation window.

    Parameters
    ----------
    alpha, beta, sd, days
        (N,) coefficients, residual standard deviation and days used.
    market_mean, market_squares
        (N,) mean and sum of squared deviations of the market.
    residuals
        (L, N).
    convention
        Whose formulas were used.
    """

    alpha: FloatArray
    beta: FloatArray
    sd: FloatArray
    days: FloatArray
    market_mean: FloatArray
    market_squares: FloatArray
    residuals: FloatArray
    convention: Convention = Convention.TEXTBOOK


def fit_market_model(
    returns: FloatArray, market: FloatArray, convention: Convention = Convention.TEXTBOOK
) -> MarketModel:
    """Fit `r = alpha + beta m + e` for every name.

    Parameters
    ----------
    returns
        (L, N) returns over the estimation window.
    market
        (L,) market returns; days on which the market is missing are left out.

    Raises
    ------
    QueryError
        If a name has fewer than `MINIMUM_DAYS` returns: too few for a variance to trust.
    """
    known = np.isfinite(returns) & np.isfinite(market)[:, None]
    days = known.sum(axis=0).astype(np.float64)
    if bool((days < MINIMUM_DAYS).any()):
        raise QueryError(
            f"a name has {int(days.min())} returns in the estimation window; "
            f"{MINIMUM_DAYS} are needed"
        )
    m = np.where(known, np.nan_to_num(market)[:, None], 0.0)
    r = np.where(known, np.nan_to_num(returns), 0.0)
    m_mean, r_mean = m.sum(axis=0) / days, r.sum(axis=0) / days
    m_dev = np.where(known, m - m_mean, 0.0)
    squares = (m_dev**2).sum(axis=0)
    beta = (m_dev * (r - r_mean)).sum(axis=0) / squares
    alpha = r_mean - beta * m_mean
    residuals = np.where(known, r - alpha - beta * m, np.nan)
    lost = MODEL_PARAMETERS
    if convention is Convention.ESTUDY2:
        whole = market[np.isfinite(market)]
        lost = 1
        m_mean = np.full_like(m_mean, whole.mean())
        squares = np.full_like(squares, ((whole - whole.mean()) ** 2).sum())
    sd = np.sqrt(np.nansum(residuals**2, axis=0) / (days - lost))
    return MarketModel(alpha, beta, sd, days, m_mean, squares, residuals, convention)


@dataclass(frozen=True, slots=True)
class Abnormal:
    """Abnormal returns over the event window.

    Parameters
    ----------
    returns
        (W, N) abnormal returns.
    standardised
        (W, N) divided by their forecast standard deviation (Patell 1976).
    market
        (W,) market returns.
    model
        What they are measured against.
    """

    returns: FloatArray
    standardised: FloatArray
    market: FloatArray
    model: MarketModel


def abnormal_returns(model: MarketModel, returns: FloatArray, market: FloatArray) -> Abnormal:
    """Take the model's forecast off the returns of the event window."""
    out = returns - model.alpha - model.beta * market[:, None]
    spread = (market[:, None] - model.market_mean) ** 2 / model.market_squares
    forecast = model.sd * np.sqrt(1.0 + 1.0 / model.days + spread)
    return Abnormal(out, out / forecast, market, model)


@dataclass(frozen=True, slots=True)
class Tests:
    """Test statistics of one mean abnormal return, or one per session; standard normal under H0.

    `t` is the cross-sectional test. `kolari_pynnonen` is `bmp` corrected for correlation between
    names and the one to trust when they were hit together. NaN where there are too few names.
    """

    mean: FloatArray
    names: FloatArray
    t: FloatArray
    patell: FloatArray
    bmp: FloatArray
    kolari_pynnonen: FloatArray
    rank: FloatArray
    modified_rank: FloatArray


def mean_correlation(model: MarketModel) -> float:
    """Mean correlation of residuals between names over their common days; NaN for one name."""
    n = model.residuals.shape[1]
    found = []
    for i in range(n):
        for j in range(i + 1, n):
            both = np.isfinite(model.residuals[:, i]) & np.isfinite(model.residuals[:, j])
            found.append(np.corrcoef(model.residuals[both, i], model.residuals[both, j])[0, 1])
    return float(np.mean(found)) if found else float("nan")


def _cross_section(
    values: FloatArray, standardised: FloatArray, model: MarketModel
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]:
    """Mean, names, t, Patell, BMP and its correction for (W, N) values."""
    known = np.isfinite(values)
    names = known.sum(axis=1).astype(np.float64)
    mean = np.nanmean(values, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        several = names > 1.0
        t = np.where(several, mean * np.sqrt(names) / _sd(values), np.nan)
        weight = (model.days - 2.0) / (model.days - 4.0)
        total = np.nansum(standardised, axis=1)
        patell = total / np.sqrt(np.where(known, weight, 0.0).sum(axis=1))
        bmp = np.where(several, total / names * np.sqrt(names) / _sd(standardised), np.nan)
    shared = mean_correlation(model)
    corrected = bmp * np.sqrt(max(1.0 - shared, 0.0) / (1.0 + (names - 1.0) * shared))
    return mean, names, np.asarray(t), patell, np.asarray(bmp), np.asarray(corrected)


def _sd(values: FloatArray) -> FloatArray:
    """Cross-sectional standard deviation with `n - 1`, NaN for fewer than two names."""
    known = np.isfinite(values)
    count = known.sum(axis=1)
    mean = np.nansum(values, axis=1) / np.maximum(count, 1)
    squares = np.where(known, (np.nan_to_num(values) - mean[:, None]) ** 2, 0.0).sum(axis=1)
    return np.asarray(np.sqrt(np.where(count > 1, squares / np.maximum(count - 1, 1), np.nan)))


def session_tests(found: Abnormal) -> Tests:
    """Test the mean abnormal return of each session of the event window, (W,) each."""
    parts = _cross_section(found.returns, found.standardised, found.model)
    rank, modified = _rank_tests(found)
    sessions = len(found.returns)
    return Tests(*parts, rank[-sessions:], modified[-sessions:])


def _rank_tests(found: Abnormal) -> tuple[FloatArray, FloatArray]:
    """Corrado (1989) and Corrado-Zivney (1992) statistics per session of both windows."""
    both = np.concatenate([found.model.residuals, found.returns])
    known = np.isfinite(both)
    ranks = np.where(known, rankdata(np.where(known, both, np.inf), axis=0), np.nan)
    days = known.sum(axis=0)
    names = np.maximum(known.sum(axis=1), 1)
    plain = np.nansum(ranks - (days + 1.0) / 2.0, axis=1) / names
    scaled = np.nansum(ranks / (days + 1.0) - 0.5, axis=1) / np.sqrt(names)
    if found.model.convention is Convention.ESTUDY2:
        plain, scaled = (series * known.shape[1] / names for series in (plain, scaled))
    length = days.mean()
    return (
        np.asarray(plain / np.sqrt((plain**2).sum() / length)),
        np.asarray(scaled / np.sqrt((scaled**2).sum() / length)),
    )


@dataclass(frozen=True, slots=True)
class Cumulative:
    """Cumulative abnormal returns over a window and their tests.

    Parameters
    ----------
    car, t
        (N,) by name, and over its forecast standard deviation (Student, `days - 2` degrees).
    tests
        Of the mean over names; its arrays have one element. The rank tests are those of Cowan
        (1992): mean session rank over the window.
    """

    car: FloatArray
    t: FloatArray
    tests: Tests


def window_tests(found: Abnormal, first: int, last: int) -> Cumulative:
    """Cumulate rows `first..last` of the event window, both included.

    A name without a return on one of the sessions is left out of the window.

    Raises
    ------
    QueryError
        If the rows do not lie within the event window.
    """
    if not 0 <= first <= last < len(found.returns):
        raise QueryError("the window lies outside the event window")
    rows = slice(first, last + 1)
    model, width = found.model, last - first + 1
    car = found.returns[rows].sum(axis=0)
    market = (found.market[rows, None] - model.market_mean).sum(axis=0)
    variance = width + width**2 / model.days + market**2 / model.market_squares
    scar = car / (model.sd * np.sqrt(variance))
    parts = _cross_section(car[None, :], scar[None, :], model)
    rank, modified = _rank_tests(found)
    start = len(model.residuals)
    inside = slice(start + first, start + last + 1)
    by_rank, by_share = (
        np.array([np.sqrt(width) * float(series[inside].mean())]) for series in (rank, modified)
    )
    return Cumulative(car, scar, Tests(*parts, by_rank, by_share))
