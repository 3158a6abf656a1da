"""Impact that fades: a sale of several lines into books that refill, as a quadratic program.

Each line has its own book. A share sold dents its price by `kappa`; of a dent `decay` is left one
session later. The cost of a line is `kappa/2 n'Gn` with `G_st = decay^|s-t|`, which is the
covariance of a first-order autoregression: its inverse is tridiagonal, so in `y = Gn` the cost is
`kappa/2 y'G^-1 y` and the whole program, caps, closed sessions and risk across lines included, is
sparse. Clarabel solves it; the answer is projected onto caps and totals and its distance from the
optimum bounded, as for every other model.

References
----------
Obizhaeva and Wang, "Optimal trading strategy and supply/demand dynamics", J. Financial Markets
16, 2013, for one line without caps; the closed form is the check.
"""

from typing import Any

import numpy as np
from scipy import sparse

from analyzer.core.errors import AnalyzerError, QueryError
from analyzer.scenarios.impact import FloatArray
from analyzer.scenarios.scaled import Scaled, project, scale
from analyzer.scenarios.schedule import LiquidationProblem
from analyzer.scenarios.solver import Solution

LARGEST = 60_000
"""Lines times sessions that are solved; beyond, the factorisation takes minutes."""

_ACCEPTED = frozenset({"Solved", "AlmostSolved", "InsufficientProgress"})
_FULL = 1.0 + 1e-9  # caps that sum to this leave no choice


def solve_transient(problem: LiquidationProblem, tolerance: float = 1e-6) -> Solution:
    """Sell lines whose impact fades, at least cost plus risk.

    Raises
    ------
    QueryError
        For more than `LARGEST` lines times sessions.
    AnalyzerError
        If Clarabel does not report a solution.
    """
    scaled, rows = scale(problem)
    sold = np.zeros(problem.cap.shape)
    if len(rows) == 0:
        return Solution(sold, 0.0, 0.0, 0, True)
    if scaled.cap.size > LARGEST:
        raise QueryError(
            f"fading impact over {scaled.cap.size:,} line-sessions; at most {LARGEST:,} are "
            "solved: shorten sale.horizon or take another model"
        )
    raw, iterations = _clarabel(scaled, min(tolerance, 1e-8) * 1e-2)
    fractions = project(raw, scaled.cap)
    sold[rows] = np.minimum(fractions * problem.target[rows, None], problem.cap[rows])
    objective = scaled.objective(fractions)
    gap = scaled.gap(fractions) / max(abs(objective), 1e-300)
    return Solution(sold, objective * scaled.value, gap, iterations, gap <= tolerance)


def inverse_kernel(sessions: int, decay: float) -> sparse.csc_array:
    """Return the inverse of `decay^|s-t|`, tridiagonal, (sessions, sessions)."""
    if sessions == 1:
        return sparse.csc_array(np.ones((1, 1)))
    middle = np.full(sessions, 1.0 + decay**2)
    middle[[0, -1]] = 1.0
    beside = np.full(sessions - 1, -decay)
    bands = sparse.diags_array([beside, middle, beside], offsets=(-1, 0, 1))
    return sparse.csc_array(bands / (1.0 - decay**2))


def _clarabel(problem: Scaled, accuracy: float) -> tuple[FloatArray, int]:
    """Return fractions sold, (N, T), not yet projected."""
    import clarabel  # here, so that who solves nothing loads no solver

    n, t = problem.cap.shape
    inverse = inverse_kernel(t, problem.decay)
    sell = sparse.csc_array(sparse.kron(sparse.eye_array(n), inverse))  # y to fractions sold
    dents = sparse.kron(sparse.diags_array(2.0 * problem.power[:, 0]), inverse)
    risky = bool(problem.specific.any() or problem.loadings.any())
    held = n * (t - 1) if risky else 0
    common = problem.loadings.shape[1] * (t - 1) if risky else 0
    risk = np.concatenate(
        [2.0 * np.repeat(problem.specific, t - 1), np.full(common, 2.0)] if risky else [np.zeros(0)]
    )
    hessian = sparse.block_diag([dents, sparse.diags_array(risk)] if risk.size else [dents])
    cost = np.concatenate([sell.T @ problem.linear.ravel(), np.zeros(held + common)])
    equal, right = _equalities(problem, sell, held, common)
    free = np.flatnonzero(~_fixed(problem).ravel())
    most = sparse.hstack([sell[free], sparse.csc_array((len(free), held + common))])
    rows = sparse.vstack([equal, most, -most])
    bounds = np.concatenate([right, problem.cap.ravel()[free], np.zeros(len(free))])
    cones = [clarabel.ZeroConeT(len(right)), clarabel.NonnegativeConeT(2 * len(free))]
    answer = clarabel.DefaultSolver(
        sparse.csc_matrix(sparse.triu(hessian)),
        cost,
        sparse.csc_matrix(rows),
        bounds,
        cones,
        _settings(accuracy),
    ).solve()
    if str(answer.status) not in _ACCEPTED:
        raise AnalyzerError(f"the solver of fading impact stopped: {answer.status}")
    found = sell @ np.asarray(answer.x)[: n * t]
    return np.asarray(found.reshape(n, t)), int(answer.iterations)


def _fixed(problem: Scaled) -> np.ndarray:
    """Whether a session leaves no choice, (N, T): closed, or in a line that fills its caps."""
    full = problem.cap.sum(axis=1) <= _FULL
    return np.asarray((problem.cap <= 0.0) | full[:, None])


def _equalities(
    problem: Scaled, sell: sparse.csc_array, held: int, common: int
) -> tuple[sparse.csc_array, FloatArray]:
    """Totals, sessions without choice, and, with risk, what is held and its exposure."""
    n, t = problem.cap.shape
    total = sparse.csc_array(sparse.kron(sparse.eye_array(n), np.ones((1, t))))
    chosen = np.flatnonzero(problem.cap.sum(axis=1) > _FULL)
    fixed = np.flatnonzero(_fixed(problem).ravel())
    own = sparse.vstack([total[chosen] @ sell, sell[fixed]])
    right = [np.ones(len(chosen)), problem.cap.ravel()[fixed]]
    if not held:
        return sparse.csc_array(own), np.concatenate(right)
    # h_1 + s_1 = 1, h_t - h_(t-1) + s_t = 0 before the last session.
    step = sparse.eye_array(t - 1) - sparse.eye_array(t - 1, k=-1)
    before = sparse.csc_array(sparse.kron(sparse.eye_array(n), sparse.eye_array(t - 1, t)))
    balance = sparse.hstack([before @ sell, sparse.kron(sparse.eye_array(n), step)])
    first = np.zeros((n, t - 1))
    first[:, 0] = 1.0
    exposure = sparse.hstack(
        [
            sparse.csc_array((common, n * t)),
            sparse.kron(problem.loadings.T, sparse.eye_array(t - 1)),
            -sparse.eye_array(common),
        ]
    )
    blocks = [
        sparse.hstack([own, sparse.csc_array((own.shape[0], held + common))]),
        sparse.hstack([balance, sparse.csc_array((held, common))]),
        *([exposure] if common else []),
    ]
    return (
        sparse.csc_array(sparse.vstack(blocks)),
        np.concatenate([*right, first.ravel(), np.zeros(common)]),
    )


def _settings(accuracy: float) -> Any:
    import clarabel

    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.max_threads = 1
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = accuracy
    return settings
