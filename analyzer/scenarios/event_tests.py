"""More event-study tests, thin trading, and markets that close at other hours.

The tests take what `event_study` made. Only Brown and Warner's allows for names that move
together; the sign tests and the bootstrap treat them as independent and say so by their names.

References
----------
Brown and Warner, J. Financial Economics 14, 1985: the portfolio's own time-series deviation.
MacKinlay, J. Econ. Lit. 35, 1997: `J1`; his `J2` is the Patell statistic of `event_study`.
Cowan, Review of Quantitative Finance and Accounting 2, 1992: the generalised sign test.
Wu, Annals of Statistics 14, 1986, and Liu, Annals of Statistics 16, 1988: the wild bootstrap.
Maynes and Rumsey, J. Banking and Finance 17, 1993: trade-to-trade returns.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from scipy.stats import binomtest

from analyzer.core.errors import QueryError
from analyzer.scenarios.event_study import MINIMUM_DAYS, Abnormal
from analyzer.scenarios.impact import FloatArray

EXACT_NAMES = 12
"""Up to so many names every pattern of signs is tried, beyond them patterns are drawn."""
DRAWS = 4_096


@dataclass(frozen=True, slots=True)
class MoreTests:
    """Tests of a mean cumulative abnormal return.

    Parameters
    ----------
    brown_warner, j1, generalised_sign
        Standard normal under the null; NaN where undefined.
    sign_p
        Two-sided p-value that as many names fall as did, were falls and rises as likely.
    wild_p
        Two-sided p-value of the cross-sectional t under random signs (Rademacher weights, the
        null imposed); NaN for one name.
    """

    brown_warner: float
    j1: float
    generalised_sign: float
    sign_p: float
    wild_p: float


def more_tests(found: Abnormal, first: int, last: int, *, seed: int = 1986) -> MoreTests:
    """Test rows `first..last` of the event window, both included.

    Raises
    ------
    QueryError
        If the rows do not lie within the event window, or no name traded in all of them.
    """
    if not 0 <= first <= last < len(found.returns):
        raise QueryError("the window lies outside the event window")
    window = found.returns[first : last + 1]
    car = window.sum(axis=0)
    there = np.isfinite(car)
    if not there.any():
        raise QueryError("no name has a return on every session of the window")
    model, width = found.model, last - first + 1
    market = (found.market[first : last + 1, None] - model.market_mean).sum(axis=0)
    variance = model.sd**2 * (width + width**2 / model.days + market**2 / model.market_squares)
    car, names = car[there], int(there.sum())
    positive = int((car > 0).sum())
    usual = float(np.nanmean(model.residuals[:, there] > 0)) if names else 0.5
    spread = np.sqrt(names * usual * (1.0 - usual))
    return MoreTests(
        brown_warner=_brown_warner(found, window, there),
        j1=float(car.mean() / np.sqrt(variance[there].sum() / names**2)),
        generalised_sign=float((positive - names * usual) / spread) if spread > 0 else float("nan"),
        sign_p=float(binomtest(positive, names, 0.5).pvalue),
        wild_p=wild_bootstrap(car, seed=seed),
    )


def _brown_warner(found: Abnormal, window: FloatArray, there: np.ndarray) -> float:
    """Sum of the portfolio's abnormal returns over its deviation in the estimation window."""
    before = found.model.residuals[:, there]
    traded = np.isfinite(before).any(axis=1)
    portfolio = np.nanmean(before[traded], axis=1)
    total = float(np.nanmean(window[:, there], axis=1).sum())
    return total / float(np.sqrt(len(window)) * portfolio.std(ddof=1))


def wild_bootstrap(values: FloatArray, *, seed: int, draws: int = DRAWS) -> float:
    """Return the two-sided p-value of a mean of zero under random signs of (N,) values.

    All `2^N` patterns are tried for few names, so the answer is exact and needs no seed.
    """
    names = len(values)
    if names < 2:
        return float("nan")
    if names <= EXACT_NAMES:
        patterns = (np.arange(2**names)[:, None] >> np.arange(names)) & 1
    else:
        rng = np.random.Generator(np.random.Philox(seed))
        patterns = rng.integers(0, 2, (draws, names))
        patterns[0] = 1  # the sample itself is one of its patterns
    flipped = np.abs(values) * (2.0 * patterns - 1.0)
    # The squares do not change with signs, so the t-statistic is ordered as the mean is.
    extreme = np.abs(flipped.sum(axis=1)) >= abs(values.sum()) * (1.0 - 1e-12)
    return float(extreme.mean())


@dataclass(frozen=True, slots=True)
class TradeModel:
    """Market model of thinly traded names over spans from trade to trade.

    Parameters
    ----------
    alpha, beta, sd, trades
        (N,) coefficients per session, residual deviation of one session, spans used.
    inverse
        (N, 2, 2) inverse moments of the regression, for the forecast error.
    """

    alpha: FloatArray
    beta: FloatArray
    sd: FloatArray
    trades: FloatArray
    inverse: FloatArray

    def standardised(self, spans: "Spans") -> tuple[FloatArray, FloatArray]:
        """Return abnormal returns of (T, N) spans, and those over their forecast deviation."""
        point = np.stack([spans.sessions, spans.market], axis=-1)
        out = spans.returns - self.alpha * spans.sessions - self.beta * spans.market
        error = np.einsum("tni,nij,tnj->tn", point, self.inverse, point)
        forecast = self.sd * np.sqrt(spans.sessions + error)
        return out, np.asarray(out / forecast)


@dataclass(frozen=True, slots=True)
class Spans:
    """Returns from a name's trade to its next, (T, N); NaN in sessions without a trade.

    Parameters
    ----------
    returns, market
        Log returns of the name and of the market over the same span.
    sessions
        Sessions the span covers.
    """

    returns: FloatArray
    market: FloatArray
    sessions: FloatArray

    def rows(self, part: slice) -> "Spans":
        """Return a part of the sessions."""
        return Spans(self.returns[part], self.market[part], self.sessions[part])


def trade_to_trade(levels: FloatArray, market: FloatArray) -> Spans:
    """Measure each name from trade to trade, the market over the same spans.

    Parameters
    ----------
    levels
        (T, N) closes; NaN where a name did not trade.
    market
        (T,) closes of the index, on every session.
    """
    log, index = np.log(levels), np.log(market)
    sessions, names = log.shape
    clock = np.where(np.isfinite(log), np.arange(sessions)[:, None], -1)
    before = np.full((sessions, names), -1)
    before[1:] = np.maximum.accumulate(clock, axis=0)[:-1]
    traded = np.isfinite(log) & (before >= 0)
    last = np.maximum(before, 0)
    found = log - np.take_along_axis(log, last, axis=0)
    return Spans(
        np.where(traded, found, np.nan),
        np.where(traded, index[:, None] - index[last], np.nan),
        np.where(traded, np.arange(sessions)[:, None] - last, np.nan).astype(np.float64),
    )


def fit_trade_to_trade(spans: Spans) -> TradeModel:
    """Fit `r = alpha n + beta m + e` with `Var e = n sd^2`, n the sessions a span covers.

    Without gaps it is the ordinary market model.

    Raises
    ------
    QueryError
        If a name has fewer than `MINIMUM_DAYS` spans.
    """
    names = spans.returns.shape[1]
    parts = []
    for i in range(names):
        known = np.isfinite(spans.returns[:, i]) & np.isfinite(spans.market[:, i])
        trades = int(known.sum())
        if trades < MINIMUM_DAYS:
            raise QueryError(f"a name has {trades} trades in the window; {MINIMUM_DAYS} are needed")
        root = np.sqrt(spans.sessions[known, i])
        rows = np.column_stack([root, spans.market[known, i] / root])
        answer = spans.returns[known, i] / root
        inverse = np.linalg.inv(rows.T @ rows)
        fit = inverse @ rows.T @ answer
        left = answer - rows @ fit
        parts.append((*fit, np.sqrt(left @ left / (trades - 2)), float(trades), inverse))
    alpha, beta, sd, count, inverses = (np.array(a) for a in zip(*parts, strict=True))
    return TradeModel(alpha, beta, sd, count, inverses)


def index_on_clock(
    closes: Sequence[datetime], index_closes: Sequence[datetime], levels: FloatArray
) -> FloatArray:
    """Return the index level a local close could know: its last close at or before, (T,).

    A Hong Kong close precedes New York's of the same date, so a New York index is the one of the
    day before. NaN before the index begins.

    Parameters
    ----------
    closes, index_closes
        Instants with a zone, in order.
    levels
        (M,) of the index.
    """
    at = np.searchsorted(
        [moment.timestamp() for moment in index_closes],
        [moment.timestamp() for moment in closes],
        side="right",
    )
    return np.asarray(np.where(at > 0, levels[np.maximum(at - 1, 0)], np.nan))
