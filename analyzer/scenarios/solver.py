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
from scipy.fft import dst

from analyzer.scenarios.impact import FloatArray
from analyzer.scenarios.scaled import TINY, Scaled, project, proximal, scale
from analyzer.scenarios.schedule import LiquidationProblem

RELAXATION = 1.6
CHECK_EVERY = 10
MEMORY = 6
PATIENCE = 20
SLOW_DRIFT = 3.0  # measured: fewest iterations over risk aversions of five decades


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
        # One small product per mode: BLAS would share one large product among threads, which then
        # wait for more in a loop while the rest runs.
        inner = (self.factors.T * self.inverse.T[:, None]) @ self.factors
        # Modes last, so that a sum over factors runs along memory.
        self.small = np.moveaxis(np.linalg.inv(inner + np.eye(k)) if k else inner, 0, 2).copy()
        self.first = np.zeros((n, sessions))
        self.first[:, 0] = 1.0

    def sales(self, aim: FloatArray) -> FloatArray:
        """Return the sales `-diff(h)` of the holdings that best follow `aim` under risk."""
        shifted = aim - self.first
        right = self.penalty * (shifted[:, 1:] - shifted[:, :-1])
        bare = dst(right, type=1, axis=1, norm="ortho") * self.inverse
        if len(self.small):
            common = np.einsum("klt,lt->kt", self.small, self.factors.T @ bare)
            bare = bare - self.inverse * (self.factors @ common)
        held = dst(bare, type=1, axis=1, norm="ortho")
        sales = self.first.copy()
        sales[:, :-1] -= held
        sales[:, 1:] += held
        return sales


def _penalty(problem: Scaled) -> FloatArray:
    """Geometric mean of the extreme curvatures of the objective in the slices sold, per line.

    Trade cost adds its curvature `c` at the even rate; risk adds between `s / 2` (alternating
    slices) and `2 s (T / pi)^2` (a slow drift). `s` is the absolute row sum of the covariance, not
    its diagonal: what drives a small line is its covariance with the large ones.
    """
    count = np.maximum((problem.cap > 0.0).sum(axis=1), 1)
    p = problem.exponent
    cost = p * (p - 1.0) * problem.power.sum(axis=1) / count ** (p - 1.0)
    usable = problem.cap > 0.0
    dear = np.where(usable, problem.linear, -np.inf).max(axis=1)
    cheap = np.where(usable, problem.linear, np.inf).min(axis=1)
    cost = cost + (dear - cheap) * count  # a jump in duties moves whole slices: slope per slice
    common = np.abs(problem.loadings @ problem.loadings.T).sum(axis=1)
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
    iteration goes on from the last good image, where the plain step contracts. When the residual
    stops falling, as many plain steps follow as were wasted. Sums run in numpy, not in BLAS, so
    that the thread count cannot change a digit.
    """

    def __init__(self, size: int) -> None:
        self.moves = np.zeros((MEMORY, size))
        self.images = np.zeros((MEMORY, size))
        self.gram = np.zeros((MEMORY, MEMORY))
        self.safe: FloatArray | None = None
        self.plain = 0
        self._forget()

    def _forget(self) -> None:
        self.kept, self.slot, self.stale, self.least = 0, 0, 0, np.inf
        self.former: tuple[FloatArray, FloatArray] | None = None

    def next(self, point: FloatArray, image: FloatArray) -> FloatArray:
        """Return the next point from the last one and its image."""
        if self.plain > 0:
            self.plain -= 1
            return image
        residual = image - point
        size = float(np.sqrt(np.einsum("i,i->", residual, residual)))
        if size > 2.0 * self.least and self.safe is not None:
            back, self.safe = self.safe, None
            self._forget()
            return back
        self.stale = 0 if size < 0.9 * self.least else self.stale + 1
        self.least, self.safe = min(size, self.least), image
        if self.stale >= PATIENCE:
            self._forget()
            self.plain = PATIENCE
            return image
        if self.former is not None:
            self._remember(residual - self.former[0], image - self.former[1])
        self.former = (residual, image)
        if self.kept == 0:
            return image
        moves, gram = self.moves[: self.kept], self.gram[: self.kept, : self.kept]
        ridge = 1e-10 * float(np.trace(gram)) + TINY
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
    whole = problem
    usable = np.where(problem.cap > 0.0, problem.linear, np.inf)
    # Every line sells a total of one, so a cost common to its sessions moves only the multiplier.
    problem = replace(whole, linear=whole.linear - usable.min(axis=1, keepdims=True))
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
            if best_gap <= tolerance * max(abs(whole.objective(best) - best_gap), TINY):
                point = image
                break
        flat = speed.next((scales * point).ravel(), (scales * image).ravel())
        point = flat.reshape(point.shape) / scales
    return best, float(best_gap), done, Start(point[0], point[1], penalty)


def with_risk_aversion(problem: LiquidationProblem, risk_aversion: float) -> LiquidationProblem:
    """Return the same sale with another risk aversion."""
    return replace(problem, policy=replace(problem.policy, risk_aversion=risk_aversion))
