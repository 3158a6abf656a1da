"""Market impact: what selling costs, per share or per session, in money.

Sign convention: `n >= 0` shares sold in one session, cost `> 0` is a loss against the arrival
price. Volatility comes in two units that must never meet: `SigmaRet` is a daily return,
`SigmaAbs` is money per share per square root of a day.

Sources: Almgren and Chriss, "Optimal execution of portfolio transactions", J. Risk 3(2), 2000;
Almgren, Thum, Hauptmann and Li, "Direct estimation of equity market impact", Risk 18(7), 2005;
Almgren, "Optimal execution with nonlinear impact functions", Appl. Math. Finance 10, 2003.
"""

from dataclasses import dataclass
from typing import Literal, NewType

import numpy as np
import numpy.typing as npt

from analyzer.core.errors import QueryError

SigmaRet = NewType("SigmaRet", float)
SigmaAbs = NewType("SigmaAbs", float)
FloatArray = npt.NDArray[np.float64]
Model = Literal["ac_linear", "athl", "sqrt", "power", "ow"]

BASIS_POINT = 1e-4
ATHL_PERMANENT = 0.314  # Almgren et al. 2005, gamma
ATHL_TEMPORARY = 0.142  # Almgren et al. 2005, eta
ATHL_EXPONENT = 0.6  # Almgren et al. 2005, beta
ATHL_TURNOVER_EXPONENT = 0.25  # Almgren et al. 2005, delta
ATHL_FITTED_PARTICIPATION = 0.25
SQRT_MEAN_OF_PEAK = 2.0 / 3.0  # mean slippage of a constant-rate order under a square-root path


def absolute_sigma(sigma: SigmaRet, price: float) -> SigmaAbs:
    """Turn a daily return volatility into money per share per square root of a day."""
    return SigmaAbs(sigma * price)


@dataclass(frozen=True, slots=True)
class LinearImpact:
    """Linear impact of one line (Almgren-Chriss 2000, section 1.3).

    Parameters
    ----------
    half_spread
        `epsilon`, money per share.
    permanent
        `gamma`, money per share per share sold.
    temporary
        `eta`, money per share per (share per session).
    """

    half_spread: float
    permanent: float
    temporary: float

    @classmethod
    def from_market(cls, bid_ask: float, volume: float) -> "LinearImpact":
        """Apply the paper's recipe (its Table 1).

        Trading one per cent of daily volume costs one bid-ask spread; selling ten per cent moves
        the price by one spread for good.
        """
        return cls(bid_ask / 2.0, bid_ask / (0.1 * volume), bid_ask / (0.01 * volume))


@dataclass(frozen=True, slots=True)
class AthlCost:
    """Impact of one order in the form of the paper's worked table; basis points of price."""

    inverse_turnover: float
    normalised_permanent: float
    permanent_bp: float
    normalised_temporary: float
    temporary_bp: float
    realized_bp: float
    extrapolated: bool


def athl(
    shares: float, volume: float, shares_outstanding: float, sigma: SigmaRet, days: float
) -> AthlCost:
    """Cost an order with Almgren, Thum, Hauptmann and Li (2005).

    `I = gamma sigma (X/V)(Theta/V)^(1/4)`, `K = eta sigma |X/(V T)|^(3/5)`, `J = I/2 + K`.

    Parameters
    ----------
    shares, volume, shares_outstanding
        Order size `X`, average daily volume `V` and shares outstanding `Theta`, in shares.
    sigma
        Daily return volatility.
    days
        Trading days the order takes.

    Raises
    ------
    QueryError
        If volume, shares outstanding or days is not positive.
    """
    if min(volume, shares_outstanding, days) <= 0.0:
        raise QueryError("volume, shares outstanding and days must be positive")
    inverse_turnover = shares_outstanding / volume
    relative = shares / volume
    permanent = ATHL_PERMANENT * relative * inverse_turnover**ATHL_TURNOVER_EXPONENT
    pace = abs(relative / days)
    temporary = ATHL_TEMPORARY * pace**ATHL_EXPONENT
    scale = sigma / BASIS_POINT
    return AthlCost(
        inverse_turnover=inverse_turnover,
        normalised_permanent=permanent,
        permanent_bp=permanent * scale,
        normalised_temporary=temporary,
        temporary_bp=temporary * scale,
        realized_bp=(permanent / 2.0 + temporary) * scale,
        extrapolated=pace > ATHL_FITTED_PARTICIPATION,
    )


def square_root_peak(
    quantity: FloatArray | float, volume: FloatArray | float, sigma: SigmaRet, y: float = 1.0
) -> FloatArray:
    """Return the price move at the end of an order, `Y sigma sqrt(Q/V)`, as a return."""
    return np.asarray(y * sigma * np.sqrt(np.asarray(quantity) / np.asarray(volume)))


def square_root_mean_cost(
    quantity: FloatArray | float, volume: FloatArray | float, sigma: SigmaRet, y: float = 1.0
) -> FloatArray:
    """Return the mean slippage of a constant-rate order, two thirds of the peak, as a return."""
    return np.asarray(SQRT_MEAN_OF_PEAK * square_root_peak(quantity, volume, sigma, y))


@dataclass(frozen=True, slots=True)
class CostCurve:
    """What `n` shares sold in session `t` of line `i` cost beyond spread and duties.

    Cost is `temporary[i, t] * n**exponent + permanent[i] * q**2 / 2`, where `q` is all that is
    sold of the line. The permanent part depends only on the total, so it does not steer the
    schedule. For `ac_linear` the paper's adjusted coefficient `eta - gamma/2` stands in
    `temporary` (Almgren-Chriss 2000, eq. 20), which makes the two parts add up exactly.

    Parameters
    ----------
    model
        Name of the impact model.
    exponent
        Power of the shares sold in one session.
    temporary
        (N, T), base currency per share to the `exponent`; 0 where no volume exists.
    permanent
        (N,), base currency per share squared.
    decay
        What is left of a session's dent one session later, in [0, 1); 0 for models whose impact
        is gone by then. Where it is not 0, `exponent` is 2 and `temporary` half the dent of a
        share, one figure per line.
    """

    model: str
    exponent: float
    temporary: FloatArray
    permanent: FloatArray
    decay: float = 0.0

    def temporary_cost(self, sold: FloatArray) -> FloatArray:
        """Temporary cost per line and session, base currency, shape of `sold`."""
        own = self.temporary * sold**self.exponent
        if not self.decay:
            return np.asarray(own)
        return np.asarray(own + 2.0 * self.temporary * sold * dents(sold, self.decay))

    def permanent_cost(self, sold: FloatArray) -> FloatArray:
        """Permanent cost per line, base currency, for (N, T) shares sold."""
        return np.asarray(self.permanent * sold.sum(axis=1) ** 2 / 2.0)


def dents(sold: FloatArray, decay: float) -> FloatArray:
    """Return what earlier sales leave of their dents before each session, in shares, (N, T)."""
    before = np.zeros_like(sold)
    for t in range(1, sold.shape[1]):
        before[:, t] = decay * (before[:, t - 1] + sold[:, t - 1])
    return before


def _per_volume(volume: FloatArray, power: float) -> FloatArray:
    """`volume**-power`, and 0 where there is no volume (nothing can be sold there)."""
    out = np.zeros_like(volume)
    np.power(volume, -power, out=out, where=volume > 0.0)
    return out


def linear_curve(bid_ask: FloatArray, adv: FloatArray, volume: FloatArray) -> CostCurve:
    """Almgren-Chriss linear impact, coefficients by the paper's recipe.

    Parameters
    ----------
    bid_ask
        (N,) quoted spread, base currency per share.
    adv
        (N,) average daily volume in shares, for the permanent part.
    volume
        (N, T) volume that absorbs the sale in each session, shares.
    """
    permanent = bid_ask / (0.1 * adv)
    eta = 100.0 * bid_ask[:, None] * _per_volume(volume, 1.0)
    adjusted = np.where(volume > 0.0, eta - permanent[:, None] / 2.0, 0.0)
    return CostCurve("ac_linear", 2.0, np.maximum(adjusted, 0.0), permanent)


def athl_curve(
    price: FloatArray,
    sigma: FloatArray,
    adv: FloatArray,
    shares_outstanding: FloatArray,
    volume: FloatArray,
) -> CostCurve:
    """Almgren-Thum-Hauptmann-Li, each session one order of one day.

    `price` base currency per share, `sigma` daily return volatility, `adv` and
    `shares_outstanding` in shares, all (N,); `volume` (N, T).
    """
    turnover = (shares_outstanding / adv) ** ATHL_TURNOVER_EXPONENT
    permanent = price * ATHL_PERMANENT * sigma * turnover / adv
    scale = (price * ATHL_TEMPORARY * sigma)[:, None]
    temporary = scale * _per_volume(volume, ATHL_EXPONENT)
    return CostCurve("athl", 1.0 + ATHL_EXPONENT, temporary, permanent)


def square_root_curve(
    price: FloatArray, sigma: FloatArray, volume: FloatArray, y: float = 1.0
) -> CostCurve:
    """Square-root law, each session one order whose impact is gone by the next.

    The law's peak already holds the lasting part, so `permanent` is zero. Impact that outlives
    the session is not counted: for long sales of a large stake prefer `athl_curve`.
    """
    scale = (SQRT_MEAN_OF_PEAK * y * price * sigma)[:, None]
    return CostCurve("sqrt", 1.5, scale * _per_volume(volume, 0.5), np.zeros_like(price))


def power_curve(coefficient: FloatArray, exponent: float, volume: FloatArray) -> CostCurve:
    """Almgren (2003): price concession `coefficient * (n/V)**exponent` per share.

    Parameters
    ----------
    coefficient
        (N,) base currency per share when a whole session's volume is sold.
    exponent
        `k > 0`; the cost of a session then grows as `n**(1 + k)`.
    volume
        (N, T) shares.

    Raises
    ------
    QueryError
        If the exponent is not positive: the cost would not be convex.
    """
    if exponent <= 0.0:
        raise QueryError("the impact exponent must be positive")
    temporary = coefficient[:, None] * _per_volume(volume, exponent)
    return CostCurve("power", 1.0 + exponent, temporary, np.zeros(len(coefficient)))


def transient_curve(
    bid_ask: FloatArray, volume: FloatArray, depth: float, half_life: float
) -> CostCurve:
    """Obizhaeva-Wang: a sale dents the price, the dent refills exponentially.

    Parameters
    ----------
    bid_ask
        (N,) quoted spread, base currency per share.
    volume
        (N, T) volume that absorbs the sale, shares; the book is that of the fullest session.
    depth
        Fraction of that volume whose sale dents the price by one spread.
    half_life
        Sessions in which half of a dent refills.

    Raises
    ------
    QueryError
        If depth or half-life is not positive.
    """
    if min(depth, half_life) <= 0.0:
        raise QueryError("the depth and the half-life of the book must be positive")
    full = volume.max(axis=1, initial=0.0)
    kappa = np.divide(bid_ask, depth * full, out=np.zeros_like(bid_ask), where=full > 0.0)
    halves = np.repeat(kappa[:, None] / 2.0, volume.shape[1], axis=1)
    return CostCurve("ow", 2.0, halves, np.zeros(len(kappa)), decay=0.5 ** (1.0 / half_life))
