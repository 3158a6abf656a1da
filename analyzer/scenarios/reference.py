"""The same sale as a conic program for Clarabel: the yardstick of the spectral solver.

Variables: fractions sold `s` (N, T), fractions held `h` (N, T - 1), factor exposures `f`
(K, T - 1) and, unless the cost is quadratic, one epigraph variable per line and session in a
power cone. Slow and general; the spectral solver is checked against it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from analyzer.core.errors import AnalyzerError, QueryError
from analyzer.scenarios.closed_forms import TransientSchedule, transient_cost
from analyzer.scenarios.impact import FloatArray
from analyzer.scenarios.scaled import Scaled, project, scale
from analyzer.scenarios.schedule import LiquidationProblem
from analyzer.scenarios.solver import Solution
from analyzer.scenarios.transient import solve_transient

# Power cones seldom reach 1e-10; the certified gap of the answer says how good it is all the same.
ACCEPTED = frozenset({"Solved", "AlmostSolved", "InsufficientProgress"})


def solve_reference(problem: LiquidationProblem, accuracy: float = 1e-10) -> Solution:
    """Solve with Clarabel; the schedule is projected onto caps and totals like the other.

    Raises
    ------
    AnalyzerError
        If Clarabel does not report a solution.
    """
    if problem.curve.decay:
        return solve_transient(problem, accuracy)
    scaled, rows = scale(problem)
    sold = np.zeros(problem.cap.shape)
    if len(rows) == 0:
        return Solution(sold, 0.0, 0.0, 0, True)
    raw, iterations = conic_sale(scaled, accuracy)
    fractions = project(raw, scaled.cap)
    sold[rows] = np.minimum(fractions * problem.target[rows, None], problem.cap[rows])
    objective = scaled.objective(fractions)
    gap = scaled.gap(fractions) / max(abs(objective), 1e-300)
    return Solution(sold, objective * scaled.value, gap, iterations, True)


def transient_schedule(
    shares: float, kappa: float, decay: float, cap: FloatArray
) -> TransientSchedule:
    """Cheapest capped sale into a book that refills (Obizhaeva and Wang 2013, with caps).

    The closed form knows no caps; here the same cost, `kappa/2 n'Gn` with
    `G_ij = decay^|i-j|`, is minimised over `0 <= n <= cap`, `sum n = shares`.

    Parameters
    ----------
    kappa, decay
        Price dent per share, and what is left of it one trade later, in [0, 1).
    cap
        (T,) shares.

    Raises
    ------
    QueryError
        If the caps do not suffice; a cap is never raised.
    """
    import clarabel  # here, so that who solves nothing loads no solver

    room = float(cap.sum())
    if shares > room * (1.0 + 1e-12):
        raise QueryError(f"caps allow {room:,.0f} shares, {shares:,.0f} must be sold")
    t = len(cap)
    gap = np.abs(np.subtract.outer(np.arange(t), np.arange(t)))
    kernel = sparse.csc_matrix(np.triu(decay**gap))
    rows = sparse.vstack([sparse.csc_matrix(np.ones((1, t))), sparse.eye(t), -sparse.eye(t)])
    right = np.concatenate([[1.0], cap / shares, np.zeros(t)])
    cones = [clarabel.ZeroConeT(1), clarabel.NonnegativeConeT(2 * t)]
    answer = clarabel.DefaultSolver(
        kernel, np.zeros(t), sparse.csc_matrix(rows), right, cones, _settings(1e-11)
    ).solve()
    if str(answer.status) not in ACCEPTED:
        raise AnalyzerError(f"the reference solver stopped: {answer.status}")
    slices = project(np.asarray(answer.x)[None, :], (cap / shares)[None, :])[0] * shares
    return TransientSchedule(slices, transient_cost(slices, kappa, decay))


def _settings(accuracy: float) -> Any:
    import clarabel

    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.max_threads = 1
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = accuracy
    return settings


@dataclass(frozen=True, slots=True)
class Coupling:
    """Rows `matrix x <= right` over fractions sold (N, T) and held (N, T - 1), line by line."""

    matrix: Any
    right: FloatArray


def conic_sale(
    problem: Scaled, accuracy: float, coupling: Coupling | None = None
) -> tuple[FloatArray, int]:
    """Return the cheapest fractions sold, (N, T), and the iterations taken.

    Raises
    ------
    AnalyzerError
        If Clarabel does not report a solution.
    """
    import clarabel

    n, t = problem.cap.shape
    k = problem.loadings.shape[1]
    quadratic = problem.exponent == 2.0
    sales, held, common = n * t, n * (t - 1), k * (t - 1)
    epigraph = 0 if quadratic else sales
    hessian = np.concatenate(
        [
            2.0 * problem.power.ravel() if quadratic else np.zeros(sales),
            2.0 * np.repeat(problem.specific, t - 1),
            np.full(common, 2.0),
            np.zeros(epigraph),
        ]
    )
    cost = np.concatenate(
        [
            problem.linear.ravel(),
            np.zeros(held),
            np.zeros(common),
            problem.power.ravel() / t**problem.exponent if epigraph else np.zeros(0),
        ]
    )
    equal, right = balance(problem, epigraph)
    bounds = sparse.vstack(
        [sparse.eye(sales, held + common + epigraph + sales), -sparse.eye(sales, cost.size)]
    )
    blocks = [equal, bounds]
    rights = [right, np.minimum(problem.cap, 1.0).ravel(), np.zeros(sales)]
    if coupling is not None:
        rest = sparse.csc_matrix((coupling.right.size, common + epigraph))
        blocks.append(sparse.hstack([coupling.matrix, rest]))
        rights.append(coupling.right)
    most = sum(r.size for r in rights[1:])
    cones: list[Any] = [clarabel.ZeroConeT(right.size), clarabel.NonnegativeConeT(most)]
    if epigraph:
        cone_rows, cone_right = _power_rows(sales, held + common, float(t))
        blocks.append(cone_rows)
        rights.append(cone_right)
        cones += [clarabel.PowerConeT(1.0 / problem.exponent)] * sales
    unit = 1.0 / max(abs(problem.objective(project(problem.cap * 0.0, problem.cap))), 1e-300)
    solver = clarabel.DefaultSolver(
        sparse.diags(hessian * unit, format="csc"),
        cost * unit,
        sparse.csc_matrix(sparse.vstack(blocks)),
        np.concatenate(rights),
        cones,
        _settings(accuracy),
    )
    answer = solver.solve()
    if str(answer.status) not in ACCEPTED:
        raise AnalyzerError(f"the reference solver stopped: {answer.status}")
    return np.asarray(answer.x[:sales]).reshape(n, t), int(answer.iterations)


def balance(problem: Scaled, epigraph: int) -> tuple[sparse.spmatrix, FloatArray]:
    """Rows `s_t + h_t - h_{t-1} = [t = 1]` and `f_t = C'h_t`."""
    n, t = problem.cap.shape
    k = problem.loadings.shape[1]
    step = sparse.eye(t, t - 1) - sparse.eye(t, t - 1, k=-1)
    start = np.zeros((n, t))
    start[:, 0] = 1.0
    holding = sparse.hstack(
        [
            sparse.eye(n * t),
            sparse.kron(sparse.eye(n), step),
            sparse.csc_matrix((n * t, k * (t - 1) + epigraph)),
        ]
    )
    if k == 0:
        return holding, start.ravel()
    exposure = sparse.hstack(
        [
            sparse.csc_matrix((k * (t - 1), n * t)),
            sparse.kron(sparse.csc_matrix(problem.loadings.T), sparse.eye(t - 1)),
            -sparse.eye(k * (t - 1)),
            sparse.csc_matrix((k * (t - 1), epigraph)),
        ]
    )
    rows = sparse.vstack([holding, exposure])
    return rows, np.concatenate([start.ravel(), np.zeros(k * (t - 1))])


def _power_rows(sales: int, between: int, unit: float) -> tuple[sparse.spmatrix, FloatArray]:
    """Rows placing `(e, 1, unit s)` of every line and session in the power cone.

    `unit` brings the fractions to about one: the cone is poorly conditioned near its tip.
    """
    index = np.arange(sales)
    rows = np.concatenate([3 * index, 3 * index + 2])
    columns = np.concatenate([sales + between + index, index])
    matrix = sparse.csc_matrix(
        (-np.repeat([1.0, unit], sales), (rows, columns)), shape=(3 * sales, 2 * sales + between)
    )
    right = np.zeros(3 * sales)
    right[1::3] = 1.0
    return matrix, right
