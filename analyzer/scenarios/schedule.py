"""The sell-down problem of a portfolio: lines, sessions, caps, costs and risk as arrays.

`N` lines, `T` sessions. A session of which a line's venue is closed, halted or gone, or on which
the law or a blackout forbids the sale, has weight 0 there; a half day has a weight between.
Nothing here knows a calendar or a law: weights arrive as arrays.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt

from analyzer.core.errors import QueryError
from analyzer.scenarios.closed_forms import feasibility_frontier, latest_safe_start
from analyzer.scenarios.impact import (
    CostCurve,
    FloatArray,
    athl_curve,
    linear_curve,
    power_curve,
    square_root_curve,
    transient_curve,
)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One assumption of a result: what it is, its value and unit, and where it comes from."""

    name: str
    value: str
    unit: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineInputs:
    """What is known of the lines to sell; every array has N rows.

    Parameters
    ----------
    lines
        Line labels, unique.
    shares
        Held shares, not negative.
    price
        Base currency per share, unadjusted.
    sigma
        Daily return volatility.
    adv
        Average daily volume, shares.
    bid_ask
        Quoted spread, base currency per share.
    shares_outstanding
        Needed by the `athl` model only.
    loadings, specific
        (N, K) daily return loadings on factors with unit variance and (N,) specific daily
        variance. Without them lines are independent with variance `sigma**2`.
    residual
        Shares that are to be kept on purpose; default none.
    duty
        (N, T) or (N, 1) duties and fees as a fraction of value sold; default none.
    fx_cost
        Cost of turning proceeds into base currency, fraction of value.
    fee_per_share
        Conversion or cancellation fee, base currency per share sold.
    """

    lines: tuple[str, ...]
    shares: FloatArray
    price: FloatArray
    sigma: FloatArray
    adv: FloatArray
    bid_ask: FloatArray
    shares_outstanding: FloatArray | None = None
    loadings: FloatArray | None = None
    specific: FloatArray | None = None
    residual: FloatArray | None = None
    duty: FloatArray | None = None
    fx_cost: FloatArray | None = None
    fee_per_share: FloatArray | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionInputs:
    """When selling is possible and allowed.

    Parameters
    ----------
    sessions
        T dates in order; each counts one day of risk for every line.
    open_weight
        (N, T): 1 a full session of the line's venue, a fraction for a half day, 0 closed, halted
        or delisted.
    legal_weight
        (N, T): 1 where the law and the holder's own blackouts allow the sale, else 0.
    crowding
        (N, T) shares per session that other barred holders are expected to sell; they are taken
        out of the volume before participation and impact are computed.
    """

    sessions: tuple[date, ...]
    open_weight: FloatArray
    legal_weight: FloatArray
    crowding: FloatArray | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How to sell, and the assumptions that no market datum settles.

    Parameters
    ----------
    model
        `ac_linear`, `athl`, `sqrt`, `power` or `ow`.
    participation
        Largest share of a session's absorbing volume; 0.20 by default, 0.10 is conservative.
    risk_aversion
        `lambda` per unit of base currency: the objective is `E[cost] + lambda Var[cost]`.
    volume_multiplier, spread_multiplier
        Change of volume and spread after the designation.
    sqrt_y
        Constant of the square-root law.
    power_coefficient, power_exponent
        Of the `power` model: fraction of price at a full session's volume, and its exponent.
    ow_depth, ow_half_life
        Of the `ow` model: fraction of a session's volume whose sale dents the price by one
        spread, and sessions in which half of a dent refills.
    carrying_discount
        Fraction taken off what stays locked in the books. 0: a restriction on the holder, unlike
        one on the security, generally does not reduce fair value (ASC 820-10).
    economic_discount
        Fraction by which what stays is worth less to this holder. Never mixed with the former.
    sources
        Where each assumption comes from, by field name; anything absent is "default".
    """

    model: str = "athl"
    participation: float = 0.20
    risk_aversion: float = 0.0
    volume_multiplier: float = 1.0
    spread_multiplier: float = 1.0
    sqrt_y: float = 1.0
    power_coefficient: float = 0.01
    power_exponent: float = 0.5
    ow_depth: float = 0.10
    ow_half_life: float = 1.0
    carrying_discount: float = 0.0
    economic_discount: float = 0.0
    sources: dict[str, str] = field(default_factory=dict)

    def parameters(self) -> tuple[Parameter, ...]:
        """List every assumption with its source."""
        units = {
            "participation": "fraction of absorbing volume",
            "risk_aversion": "1/base currency",
            "ow_depth": "fraction of volume per spread",
            "ow_half_life": "sessions",
            "carrying_discount": "fraction of value",
            "economic_discount": "fraction of value",
        }
        names = [name for name in self.__dataclass_fields__ if name != "sources"]
        return tuple(
            Parameter(
                name,
                str(getattr(self, name)),
                units.get(name, ""),
                self.sources.get(name, "default"),
            )
            for name in names
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleLimits:
    """Limits that couple the lines of a sale; each is None where it is not set.

    Parameters
    ----------
    most
        Most proceeds of a session, base currency at arrival prices.
    least
        (T,) least proceeds of each session, base currency; 0 where nothing is asked.
    sectors, sector
        Names, and (N,) the code of each line.
    band
        Widest drift of a sector's weight in what remains to be sold, fraction of the value to
        sell.
    """

    most: float | None = None
    least: FloatArray | None = None
    sectors: tuple[str, ...] = ()
    sector: npt.NDArray[np.int64] | None = None
    band: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LiquidationProblem:
    """A portfolio sale in the form the solvers take.

    Parameters
    ----------
    shares, price, residual
        (N,) held shares, base currency per share, shares to keep on purpose.
    volume
        (N, T) absorbing volume: open-weighted volume less what others must sell, shares.
    cap
        (N, T) most that may be sold, shares: participation times volume where lawful.
    linear
        (N, T) cost proportional to the shares sold (spread, duties, fees, FX), base currency per
        share; its parts are in `half_spread`, `duty`, `fx_cost`, `fee_per_share`.
    curve
        Impact.
    loadings, specific
        (N, K) factor loadings and (N,) specific variances of daily returns.
    limits
        Rows that couple the lines; None for none.
    """

    lines: tuple[str, ...]
    sessions: tuple[date, ...]
    shares: FloatArray
    price: FloatArray
    residual: FloatArray
    adv: FloatArray
    volume: FloatArray
    cap: FloatArray
    half_spread: FloatArray
    duty: FloatArray
    fx_cost: FloatArray
    fee_per_share: FloatArray
    curve: CostCurve
    loadings: FloatArray
    specific: FloatArray
    policy: Policy
    limits: SaleLimits | None = None

    @property
    def linear(self) -> FloatArray:
        """Costs proportional to the shares sold, (N, T), base currency per share."""
        per_share = self.half_spread + self.price * self.fx_cost + self.fee_per_share
        return np.asarray(per_share[:, None] + self.price[:, None] * self.duty)

    @property
    def wanted(self) -> FloatArray:
        """Shares the holder wants to sell, (N,)."""
        return np.asarray(np.maximum(self.shares - self.residual, 0.0))

    @property
    def target(self) -> FloatArray:
        """Shares that will be sold, (N,): what is wanted, or all that the caps allow."""
        return np.asarray(np.minimum(self.wanted, self.cap.sum(axis=1)))

    @property
    def stranded(self) -> FloatArray:
        """Shares that cannot be sold within the caps, (N,)."""
        return np.asarray(self.wanted - self.target)

    @property
    def frontier(self) -> FloatArray:
        """Most that can still be sold from each session on, (N, T) shares."""
        return feasibility_frontier(self.cap)

    @property
    def latest_safe_start(self) -> tuple[int, ...]:
        """Last session index per line from which the sale still fits; -1 when none does."""
        return tuple(int(t) for t in latest_safe_start(self.cap, self.wanted))


def build_problem(inputs: LineInputs, when: SessionInputs, policy: Policy) -> LiquidationProblem:
    """Check the inputs and turn them into caps, costs and risk.

    Raises
    ------
    QueryError
        If shapes disagree, a number is missing, negative or not finite, or the model is unknown.
    """
    n, t = len(inputs.lines), len(when.sessions)
    _check(inputs, when, policy, n, t)
    adv = inputs.adv * policy.volume_multiplier
    crowding = when.crowding if when.crowding is not None else np.zeros((n, t))
    volume = np.maximum(adv[:, None] * when.open_weight - crowding, 0.0)
    cap = policy.participation * volume * when.legal_weight
    bid_ask = inputs.bid_ask * policy.spread_multiplier
    loadings = inputs.loadings if inputs.loadings is not None else np.zeros((n, 0))
    specific = inputs.specific if inputs.specific is not None else inputs.sigma**2
    zero = np.zeros(n)
    return LiquidationProblem(
        lines=inputs.lines,
        sessions=when.sessions,
        shares=inputs.shares.astype(np.float64),
        price=inputs.price,
        residual=inputs.residual if inputs.residual is not None else zero,
        adv=adv,
        volume=volume,
        cap=cap,
        half_spread=bid_ask / 2.0,
        duty=np.broadcast_to(inputs.duty if inputs.duty is not None else 0.0, (n, t)).astype(float),
        fx_cost=inputs.fx_cost if inputs.fx_cost is not None else zero,
        fee_per_share=inputs.fee_per_share if inputs.fee_per_share is not None else zero,
        curve=_curve(inputs, policy, bid_ask, adv, volume),
        loadings=loadings,
        specific=specific,
        policy=policy,
    )


def _curve(
    inputs: LineInputs, policy: Policy, bid_ask: FloatArray, adv: FloatArray, volume: FloatArray
) -> CostCurve:
    if policy.model == "ac_linear":
        return linear_curve(bid_ask, adv, volume)
    if policy.model == "sqrt":
        return square_root_curve(inputs.price, inputs.sigma, volume, policy.sqrt_y)
    if policy.model == "power":
        coefficient = policy.power_coefficient * inputs.price
        return power_curve(coefficient, policy.power_exponent, volume)
    if policy.model == "ow":
        return transient_curve(bid_ask, volume, policy.ow_depth, policy.ow_half_life)
    if policy.model != "athl":
        raise QueryError(
            f"impact model {policy.model!r} is not one of ac_linear, athl, sqrt, power, ow"
        )
    if inputs.shares_outstanding is None:
        raise QueryError("the athl model needs the shares outstanding of every line")
    return athl_curve(inputs.price, inputs.sigma, adv, inputs.shares_outstanding, volume)


def _check(inputs: LineInputs, when: SessionInputs, policy: Policy, n: int, t: int) -> None:
    if t == 0 or n == 0:
        raise QueryError("a sell-down needs at least one line and one session")
    if len(set(inputs.lines)) != n:
        raise QueryError("line labels repeat")
    if list(when.sessions) != sorted(set(when.sessions)):
        raise QueryError("sessions must be in order and unique")
    if not 0.0 < policy.participation <= 1.0:
        raise QueryError("participation must lie in (0, 1]")
    if policy.risk_aversion < 0.0:
        raise QueryError("risk aversion must not be negative")
    _positive(inputs, ("price", "adv"), n)
    _not_negative(inputs, ("shares", "sigma", "bid_ask"), (n,))
    _not_negative(inputs, ("residual", "fx_cost", "fee_per_share", "specific"), (n,))
    _not_negative(when, ("open_weight", "legal_weight", "crowding"), (n, t))
    if inputs.loadings is not None and inputs.specific is None:
        raise QueryError("factor loadings need specific variances")
    if inputs.loadings is not None and not np.isfinite(inputs.loadings).all():
        raise QueryError("factor loadings must be finite")
    if inputs.duty is not None and not (
        np.isfinite(inputs.duty).all() and (inputs.duty >= 0).all()
    ):
        raise QueryError("duties must be finite and not negative")
    if float(np.max(when.open_weight)) > 1.0 or float(np.max(when.legal_weight)) > 1.0:
        raise QueryError("session weights must lie in [0, 1]")


def _positive(source: object, names: Sequence[str], n: int) -> None:
    for name in names:
        values = np.asarray(getattr(source, name))
        if values.shape != (n,) or not np.isfinite(values).all() or not (values > 0).all():
            raise QueryError(f"{name} must be {n} positive numbers")


def _not_negative(source: object, names: Sequence[str], shape: tuple[int, ...]) -> None:
    for name in names:
        values = getattr(source, name)
        if values is None:
            continue
        array = np.asarray(values)
        if array.shape != shape or not np.isfinite(array).all() or not (array >= 0).all():
            raise QueryError(f"{name} must be numbers of shape {shape}, none negative")
