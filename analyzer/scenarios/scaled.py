"""The sale of a portfolio in fractions, and the one-line problems its solver is made of.

Every line sells a total of one; costs are per unit of the value sold. Here are the objective with
its certified gap, the projection onto caps and total, and the proximal step of the trade cost.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analyzer.scenarios.impact import FloatArray, dents
from analyzer.scenarios.schedule import LiquidationProblem

PROJECTION_STEPS = 100
ROUNDING = 1e-13
NEWTON_STEPS = 60
NEWTON_ACCURACY = 1e-10
TINY = 1e-300


@dataclass(frozen=True, slots=True)
class Scaled:
    """The problem in fractions of each line's target and of the value sold.

    Parameters
    ----------
    linear, power
        (N, T) cost coefficients of a fraction and of its `exponent`-th power, per unit of value.
    cap
        (N, T) largest fraction per session.
    loadings, specific
        (N, K) and (N,), of the line's share of the value sold; risk aversion is multiplied in.
    value
        Base currency that the unit of value stands for.
    decay
        What is left of a session's impact one session later; `exponent` is 2 where it is not 0,
        and `power` one figure per line.
    """

    linear: FloatArray
    power: FloatArray
    exponent: float
    cap: FloatArray
    loadings: FloatArray
    specific: FloatArray
    value: float
    decay: float = 0.0

    def objective(self, sold: FloatArray) -> float:
        """Cost plus risk of (N, T) fractions, per unit of value."""
        held = 1.0 - np.cumsum(sold, axis=1)[:, :-1]
        exposure = self.loadings.T @ held
        risk = float((self.specific[:, None] * held**2).sum() + (exposure**2).sum())
        trade = self.linear * sold + self.power * sold**self.exponent
        if self.decay:
            trade += 2.0 * self.power * sold * dents(sold, self.decay)
        return float(trade.sum()) + risk

    def gradient(self, sold: FloatArray) -> FloatArray:
        """Gradient of `objective` with respect to the fractions sold, (N, T)."""
        held = 1.0 - np.cumsum(sold, axis=1)[:, :-1]
        by_holding = self.specific[:, None] * held + self.loadings @ (self.loadings.T @ held)
        later = np.zeros_like(sold)
        later[:, :-1] = 2.0 * np.cumsum(by_holding[:, ::-1], axis=1)[:, ::-1]
        marginal = self.exponent * self.power * sold ** (self.exponent - 1.0)
        if self.decay:
            after = dents(sold[:, ::-1], self.decay)[:, ::-1]
            marginal = marginal + 2.0 * self.power * (dents(sold, self.decay) + after)
        return np.asarray(self.linear + marginal - later)

    def gap(self, sold: FloatArray) -> float:
        """Upper bound on `objective(sold) - optimum` (Frank-Wolfe gap), per unit of value."""
        slope = self.gradient(sold)
        order = np.argsort(slope, axis=1, kind="stable")
        room = np.take_along_axis(self.cap, order, axis=1)
        before = np.cumsum(room, axis=1) - room
        best = np.clip(1.0 - before, 0.0, room)
        cheapest = (np.take_along_axis(slope, order, axis=1) * best).sum()
        return max(float((slope * sold).sum() - cheapest), 0.0)


def scale(problem: LiquidationProblem) -> tuple[Scaled, npt.NDArray[np.intp]]:
    """Scale the lines that have something to sell; return them with their row numbers."""
    rows = np.flatnonzero(problem.target > 0.0)
    target = problem.target[rows]
    price = problem.price[rows]
    value = float(target @ price)
    weight = target * price / max(value, 1e-300)
    aversion = problem.policy.risk_aversion * value
    exponent = problem.curve.exponent
    scaled = Scaled(
        linear=problem.linear[rows] * target[:, None] / value,
        power=problem.curve.temporary[rows] * target[:, None] ** exponent / value,
        exponent=exponent,
        cap=problem.cap[rows] / target[:, None],
        loadings=np.sqrt(aversion) * weight[:, None] * problem.loadings[rows],
        specific=aversion * weight**2 * problem.specific[rows],
        value=value,
        decay=problem.curve.decay,
    )
    return scaled, rows


def project(sold: FloatArray, cap: FloatArray) -> FloatArray:
    """Nearest (N, T) fractions with `0 <= s <= cap` and row sums 1.

    One shift per line solves `sum clip(s - shift, 0, cap) = 1`; the sum is piecewise linear in
    the shift, so Newton, kept in a bracket, ends in a few steps. Rows whose caps sum to one or
    less are filled to the caps.
    """
    low, high = (sold - cap).min(axis=1), sold.max(axis=1)
    shift = np.clip(np.zeros(len(sold)), low, high)
    for _ in range(PROJECTION_STEPS):
        out = np.clip(sold - shift[:, None], 0.0, cap)
        excess = out.sum(axis=1) - 1.0
        if float(np.max(np.abs(excess))) < ROUNDING:
            return np.asarray(out)
        low = np.where(excess > 0.0, shift, low)
        high = np.where(excess > 0.0, high, shift)
        free = ((out > 0.0) & (out < cap)).sum(axis=1)
        newton = shift + excess / np.maximum(free, 1)
        inside = (free > 0) & (newton > low) & (newton < high)
        new = np.where(inside, newton, 0.5 * (low + high))
        shift = np.where(np.abs(excess) < ROUNDING, shift, new)
    out = np.clip(sold - low[:, None], 0.0, cap)
    return np.asarray(np.where((cap.sum(axis=1) <= 1.0)[:, None], cap, out))


def proximal(
    point: FloatArray, penalty: FloatArray, problem: Scaled, root: FloatArray | None = None
) -> FloatArray:
    """Minimise `a s + k s^p + rho/2 (s - point)^2` over `[0, cap]`, elementwise.

    Closed form for `p` = 2 and 3/2; Newton otherwise. `root`, for `p` = 1.6, is where Newton
    starts and is overwritten with where it ends: the next iteration begins next door.
    """
    rho = penalty[:, None]
    target = np.maximum(point - problem.linear / rho, 0.0)
    p, k = problem.exponent, problem.power
    if p == 2.0:
        found = rho * target / (rho + 2.0 * k)
    elif p == 1.5:
        root = np.sqrt(2.25 * k**2 + 4.0 * rho**2 * target) - 1.5 * k
        found = (root / (2.0 * rho)) ** 2
    elif p == 1.6:
        found = _newton_fifths(target, 1.6 * k / rho, root)
    else:
        found = _newton(target, p * k / rho, p - 1.0)
    return np.asarray(np.minimum(found, problem.cap))


def _newton_fifths(target: FloatArray, ratio: FloatArray, root: FloatArray | None) -> FloatArray:
    """Solve `ratio s^0.6 + s = target`: in `w = s^0.2` a polynomial, so without powers.

    The polynomial is convex and increasing: a start below the root jumps above it, and from
    there the iterates fall to it.
    """
    bound = np.cbrt(target / np.maximum(ratio, TINY))
    w = (
        np.minimum(bound, target**0.2)
        if root is None
        else np.minimum(np.maximum(root, 0.3 * bound), bound)
    )
    moving = np.arange(w.size)
    x, goal, top, slope = w.ravel(), target.ravel(), bound.ravel(), ratio.ravel()
    ends = np.empty(w.size)
    for _ in range(NEWTON_STEPS):
        square = x * x
        step = square * x * (slope + square) - goal
        step /= square * (3.0 * slope + 5.0 * square) + TINY
        x = np.minimum(np.maximum(x - step, 0.0), top)
        ends[moving] = x
        far = np.abs(step) > NEWTON_ACCURACY
        left = int(np.count_nonzero(far))
        if left == 0:
            break
        if 2 * left < len(far):  # few are still on their way: the rest stay where they ended
            moving, x, goal, top, slope = (a[far] for a in (moving, x, goal, top, slope))
    w = ends.reshape(target.shape)
    if root is not None:
        root[:] = w
    square = w * w
    return np.asarray(square * square * w)


def _newton(target: FloatArray, ratio: FloatArray, q: float) -> FloatArray:
    """Solve `ratio s^q + s = target` for `s >= 0`.

    In `s^q` for `q < 1`, in `s` for `q > 1`: both make the left side convex and increasing, so
    iterates that start above the root fall to it.
    """
    power = 1.0 / q if q < 1.0 else q
    slope, curve = (ratio, 1.0) if q < 1.0 else (np.ones_like(ratio), ratio)
    bound = target / np.maximum(ratio, TINY)
    x = np.minimum(bound, target**q) if q < 1.0 else np.minimum(bound ** (1.0 / q), target)
    for _ in range(NEWTON_STEPS):
        raised = curve * x ** (power - 1.0)
        step = (slope * x + raised * x - target) / (slope + power * raised + TINY)
        x = np.maximum(x - step, 0.0)
        if float(np.max(step - NEWTON_ACCURACY * x, initial=0.0)) <= 0.0:
            break
    return np.asarray(x ** (1.0 / q) if q < 1.0 else x)
