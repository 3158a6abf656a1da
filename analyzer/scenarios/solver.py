"""Spectral ADMM for the portfolio sale: exact feasibility, a certified gap, no solver library.

Minimises `sum_it a_it n + k_it n^p + lambda sum_t x_t'(BB' + D)x_t` over `0 <= n <= cap`,
`sum_t n_it = target_i`. Trade costs and caps sit in the proximal step, one scalar problem per
line and session. The holdings step is `rho_i L + 2 lambda (D + BB')` with `L` the second
difference over sessions: the sine transform diagonalises `L`, and Woodbury handles the K factors
in each of the T - 1 modes, so one iteration costs O(NT(K + log T)).

Risk is that of the shares being sold (implementation shortfall); what is kept or locked is a
holding, valued elsewhere.

The answer is projected onto the caps and the total, and its distance from the optimum is bounded
by the Frank-Wolfe gap, which needs no reference solver: for convex `F` and feasible `s`,
`F(n) - F* <= max_s grad F(n)'(n - s)`.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.fft import dst

from analyzer.scenarios.impact import FloatArray
from analyzer.scenarios.schedule import LiquidationProblem

RELAXATION = 1.6
CHECK_EVERY = 10
MEMORY = 6
SLOW_DRIFT = 3.0  # measured: fewest iterations over risk aversions of five decades
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
    """

    linear: FloatArray
    power: FloatArray
    exponent: float
    cap: FloatArray
    loadings: FloatArray
    specific: FloatArray
    value: float

    def objective(self, sold: FloatArray) -> float:
        """Cost plus risk of (N, T) fractions, per unit of value."""
        held = 1.0 - np.cumsum(sold, axis=1)[:, :-1]
        exposure = self.loadings.T @ held
        risk = float((self.specific[:, None] * held**2).sum() + (exposure**2).sum())
        return float((self.linear * sold + self.power * sold**self.exponent).sum()) + risk

    def gradient(self, sold: FloatArray) -> FloatArray:
        """Gradient of `objective` with respect to the fractions sold, (N, T)."""
        held = 1.0 - np.cumsum(sold, axis=1)[:, :-1]
        by_holding = self.specific[:, None] * held + self.loadings @ (self.loadings.T @ held)
        later = np.zeros_like(sold)
        later[:, :-1] = 2.0 * np.cumsum(by_holding[:, ::-1], axis=1)[:, ::-1]
        marginal = self.exponent * self.power * sold ** (self.exponent - 1.0)
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
    )
    return scaled, rows


@dataclass(frozen=True, slots=True)
class Start:
    """Where a solve ended, to begin the next from (the same lines and sessions)."""

    sold: FloatArray
    dual: FloatArray
    penalty: FloatArray


@dataclass(frozen=True, slots=True)
class Solution:
    """A feasible schedule and how good it is.

    Parameters
    ----------
    sold
        (N, T) shares.
    objective
        Cost proportional to shares, temporary impact and `lambda` times variance, base currency;
        permanent impact is a constant and left out.
    gap_bound
        Certified upper bound on `(objective - optimum) / optimum`.
    iterations
        ADMM iterations; 0 for a closed form.
    converged
        Whether `gap_bound` reached the tolerance.
    """

    sold: FloatArray
    objective: float
    gap_bound: float
    iterations: int
    converged: bool
    start: Start | None = None


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
    for _ in range(NEWTON_STEPS):
        square = w * w
        step = square * w * (ratio + square) - target
        step /= square * (3.0 * ratio + 5.0 * square) + TINY
        w = np.minimum(np.maximum(w - step, 0.0), bound)
        if float(np.abs(step).max(initial=0.0)) <= NEWTON_ACCURACY:
            break
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


class _HoldingsStep:
    """Solve the holdings step for one vector of penalties."""

    def __init__(self, problem: Scaled, penalty: FloatArray) -> None:
        n, sessions = problem.cap.shape
        modes = np.arange(1, sessions)
        eigen = 4.0 * np.sin(np.pi * modes / (2.0 * sessions)) ** 2
        self.penalty = penalty[:, None]
        self.inverse = 1.0 / (self.penalty * eigen + 2.0 * problem.specific[:, None])
        self.factors = np.sqrt(2.0) * problem.loadings
        k = self.factors.shape[1]
        inner = np.einsum("ik,it,il->tkl", self.factors, self.inverse, self.factors, optimize=True)
        self.small = np.linalg.inv(inner + np.eye(k)) if k else inner
        self.first = np.zeros((n, sessions))
        self.first[:, 0] = 1.0

    def sales(self, aim: FloatArray) -> FloatArray:
        """Return the sales `-diff(h)` of the holdings that best follow `aim` under risk."""
        shifted = aim - self.first
        right = self.penalty * (shifted[:, 1:] - shifted[:, :-1])
        bare = dst(right, type=1, axis=1, norm="ortho") * self.inverse
        if self.small.shape[1]:
            common = np.einsum("tkl,lt->kt", self.small, self.factors.T @ bare)
            bare = bare - self.inverse * (self.factors @ common)
        held = dst(bare, type=1, axis=1, norm="ortho")
        sales = self.first.copy()
        sales[:, :-1] -= held
        sales[:, 1:] += held
        return sales


def _penalty(problem: Scaled) -> FloatArray:
    """Geometric mean of the extreme curvatures of the objective in the slices sold, per line.

    Trade cost adds its curvature `c` at the even rate; risk adds between `s / 2` (alternating
    slices) and `2 s (T / pi)^2` (a slow drift). `s` is the row sum of the covariance, not its
    diagonal: what drives a small line is its covariance with the large ones.
    """
    count = np.maximum((problem.cap > 0.0).sum(axis=1), 1)
    p = problem.exponent
    cost = p * (p - 1.0) * problem.power.sum(axis=1) / count ** (p - 1.0)
    usable = problem.cap > 0.0
    dear = np.where(usable, problem.linear, -np.inf).max(axis=1)
    cheap = np.where(usable, problem.linear, np.inf).min(axis=1)
    cost = cost + (dear - cheap) * count  # a jump in duties moves whole slices: slope per slice
    common = np.abs(problem.loadings @ problem.loadings.sum(axis=0))
    risk = problem.specific + common
    drift = 2.0 * risk * (SLOW_DRIFT * problem.cap.shape[1] / np.pi) ** 2
    return np.asarray(np.sqrt((cost + risk / 2.0) * (cost + drift)) + 1e-12)


def solve(
    problem: LiquidationProblem,
    tolerance: float = 1e-5,
    max_iterations: int = 2000,
    start: Start | None = None,
) -> Solution:
    """Solve the sale; the schedule returned always keeps every cap and every total.

    Parameters
    ----------
    tolerance
        Relative gap, certified, at which to stop.
    start
        A former solution's `start` for the same lines and sessions (a slider move).
    """
    scaled, rows = scale(problem)
    sold = np.zeros(problem.cap.shape)
    if len(rows) == 0:
        return Solution(sold, 0.0, 0.0, 0, True)
    if problem.cap.shape[1] == 1:
        sold[rows] = problem.target[rows, None]
        return Solution(
            sold, scaled.objective(np.ones((len(rows), 1))) * scaled.value, 0.0, 0, True
        )
    usable = start if start is not None and start.sold.shape == scaled.cap.shape else None
    fractions, gap, iterations, end = _iterate(scaled, tolerance, max_iterations, usable)
    sold[rows] = np.minimum(fractions * problem.target[rows, None], problem.cap[rows])
    objective = scaled.objective(fractions)
    relative = gap / max(abs(objective - gap), 1e-300)
    return Solution(
        sold, objective * scaled.value, relative, iterations, relative <= tolerance, end
    )


class _Anderson:
    """Anderson acceleration (type II) of a fixed-point iteration.

    A jump that doubles the least residual seen is taken back: the history is dropped and the
    iteration goes on from the last good image, where the plain step contracts. Sums run in
    numpy, not in BLAS, so that the thread count cannot change a digit.
    """

    def __init__(self, size: int) -> None:
        self.moves = np.zeros((MEMORY, size))
        self.images = np.zeros((MEMORY, size))
        self.gram = np.zeros((MEMORY, MEMORY))
        self.kept = 0
        self.slot = 0
        self.former: tuple[FloatArray, FloatArray] | None = None
        self.least = np.inf
        self.safe: FloatArray | None = None

    def next(self, point: FloatArray, image: FloatArray) -> FloatArray:
        """Return the next point from the last one and its image."""
        residual = image - point
        size = float(np.sqrt(np.einsum("i,i->", residual, residual)))
        if size > 2.0 * self.least and self.safe is not None:
            back, self.safe = self.safe, None
            self.kept, self.slot, self.former, self.least = 0, 0, None, np.inf
            return back
        self.least, self.safe = min(size, self.least), image
        if self.former is not None:
            self._remember(residual - self.former[0], image - self.former[1])
        self.former = (residual, image)
        if self.kept == 0:
            return image
        moves, gram = self.moves[: self.kept], self.gram[: self.kept, : self.kept]
        ridge = 1e-10 * float(np.trace(gram)) + 1e-300
        right = np.einsum("ij,j->i", moves, residual)
        weights = np.linalg.solve(gram + ridge * np.eye(self.kept), right)
        return np.asarray(image - np.einsum("i,ij->j", weights, self.images[: self.kept]))

    def _remember(self, move: FloatArray, image: FloatArray) -> None:
        self.moves[self.slot], self.images[self.slot] = move, image
        self.kept = max(self.kept, self.slot + 1)
        row = np.einsum("ij,j->i", self.moves[: self.kept], move)
        self.gram[self.slot, : self.kept] = self.gram[: self.kept, self.slot] = row
        self.slot = (self.slot + 1) % MEMORY


def _iterate(
    problem: Scaled, tolerance: float, limit: int, start: Start | None
) -> tuple[FloatArray, float, int, Start]:
    penalty = _penalty(problem)
    if start is None:
        sold = project(np.minimum(problem.cap, 1.0 / problem.cap.shape[1]), problem.cap)
        dual = np.zeros_like(sold)
    else:
        sold, dual = start.sold, start.dual * (start.penalty / penalty)[:, None]
    step, speed = _HoldingsStep(problem, penalty), _Anderson(2 * sold.size)
    scales = np.sqrt(penalty)[None, :, None]  # the norm in which the iteration contracts
    point, root = np.stack([sold, dual]), sold**0.2
    best, best_gap, done = project(sold, problem.cap), np.inf, 0
    for done in range(1, limit + 1):
        sold, dual = point
        relaxed = RELAXATION * step.sales(sold - dual) + (1.0 - RELAXATION) * sold
        aim = relaxed + dual
        traded = proximal(aim, penalty, problem, root)
        image = np.stack([traded, aim - traded])
        if done % CHECK_EVERY == 0 or done == limit:
            feasible = project(traded, problem.cap)
            gap = problem.gap(feasible)
            if gap < best_gap:
                best, best_gap = feasible, gap
            if best_gap <= tolerance * max(abs(problem.objective(best) - best_gap), 1e-300):
                point = image
                break
        flat = speed.next((scales * point).ravel(), (scales * image).ravel())
        point = flat.reshape(point.shape) / scales
    return best, float(best_gap), done, Start(point[0], point[1], penalty)


def with_risk_aversion(problem: LiquidationProblem, risk_aversion: float) -> LiquidationProblem:
    """Return the same sale with another risk aversion."""
    return replace(problem, policy=replace(problem.policy, risk_aversion=risk_aversion))
