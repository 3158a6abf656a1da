"""A sale under limits that couple its lines: cash per session, sector weights of what is left.

The spectral solver takes no rows across lines; Clarabel does. Whether the limits can be kept is
asked first, by a linear program: what cannot be kept is refused with the limit that could, never
relaxed. The distance from the optimum is bounded by a second linear program over the same limits
(the Frank-Wolfe gap).
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse

from analyzer.core.errors import QueryError
from analyzer.scenarios.impact import FloatArray
from analyzer.scenarios.reference import Coupling, balance, conic_sale
from analyzer.scenarios.scaled import Scaled, project, scale
from analyzer.scenarios.schedule import LiquidationProblem, SaleLimits
from analyzer.scenarios.solver import Solution

LARGEST = 60_000
"""Lines times sessions that are solved; beyond, the factorisation takes minutes."""

KEPT = 1e-8  # fraction of the value to sell by which a limit may be missed: rounding
_ACCURACY = 1e-10
_CERTIFIED = 1e-4  # the bound carries the rounding of both programs; the answer is far nearer
_MOST, _LEAST, _BAND = range(3)


@dataclass(frozen=True, slots=True)
class _Rows:
    """The limits as rows; `kind` says which limit each row belongs to."""

    coupling: Coupling
    kind: Any


def solve_limited(problem: LiquidationProblem, tolerance: float = 1e-5) -> Solution:
    """Sell at least cost plus risk within the caps and the limits across lines.

    Raises
    ------
    QueryError
        When the limits cannot be kept, naming each and what could be kept in its place; for more
        than `LARGEST` lines times sessions; and with impact that fades.
    """
    limits = problem.limits
    assert limits is not None  # noqa: S101 (the caller has looked)
    if problem.curve.decay:
        raise QueryError("sale.model ow takes neither cash_budget nor sector_neutral")
    scaled, at = scale(problem)
    sold = np.zeros(problem.cap.shape)
    if len(at) == 0:
        return Solution(sold, 0.0, 0.0, 0, True)
    if scaled.cap.size > LARGEST:
        raise QueryError(
            f"limits over {scaled.cap.size:,} line-sessions; at most {LARGEST:,} are solved: "
            "shorten sale.horizon"
        )
    rows = _rows(limits, problem, scaled, at)
    _refuse(limits, scaled, rows)
    raw, iterations = conic_sale(scaled, _ACCURACY, rows.coupling)
    fractions = project(raw, scaled.cap)
    sold[at] = np.minimum(fractions * problem.target[at, None], problem.cap[at])
    objective = scaled.objective(fractions)
    gap = _gap(scaled, fractions, rows.coupling)
    relative = gap / max(abs(objective - gap), 1e-300)
    near = relative <= max(tolerance, _CERTIFIED)
    return Solution(sold, objective * scaled.value, relative, iterations, near)


def limit_words(problem: LiquidationProblem, sold: FloatArray) -> tuple[str, ...]:
    """Say which limits a schedule of (N, T) shares misses, and by how much."""
    if problem.limits is None:
        return ()
    scaled, at = scale(problem)
    if len(at) == 0:
        return ()
    rows = _rows(problem.limits, problem, scaled, at)
    share = sold[at] / problem.target[at, None]
    held = 1.0 - np.cumsum(share, axis=1)[:, :-1]
    over = rows.coupling.matrix @ np.concatenate([share.ravel(), held.ravel()])
    over = over - rows.coupling.right
    names = ("sale.cash_budget.most", "sale.cash_budget.least", "sale.sector_neutral")
    words = []
    for kind, name in enumerate(names):
        worst = float(over[rows.kind == kind].max(initial=0.0))
        if worst > KEPT:
            amount = f"{worst:.2%} of the sale" if kind == _BAND else f"{worst * scaled.value:,.0f}"
            words.append(f"{name} is missed by {amount} in a session")
    return tuple(words)


def _rows(limits: SaleLimits, problem: LiquidationProblem, scaled: Scaled, at: Any) -> _Rows:
    """Return the limits over fractions sold and held, in fractions of the value to sell."""
    n, t = scaled.cap.shape
    weight = problem.target[at] * problem.price[at] / scaled.value
    raised = sparse.hstack(
        [
            sparse.kron(sparse.csr_array(weight[None, :]), sparse.eye_array(t)),
            sparse.csr_array((t, n * (t - 1))),
        ]
    ).tocsr()
    parts: list[Any] = []
    rights: list[FloatArray] = []
    kinds: list[FloatArray] = []

    def add(kind: int, matrix: Any, right: FloatArray) -> None:
        parts.append(matrix)
        rights.append(right)
        kinds.append(np.full(right.size, kind))

    if limits.most is not None:
        add(_MOST, raised, np.full(t, limits.most / scaled.value))
    if limits.least is not None:
        asked = np.flatnonzero(limits.least > 0.0)
        add(_LEAST, -raised[asked], -limits.least[asked] / scaled.value)
    if limits.band is not None and limits.sector is not None and t > 1:
        member = np.equal.outer(np.arange(len(limits.sectors)), limits.sector[at]) * weight
        drift = member - member.sum(axis=1, keepdims=True) * weight  # (sectors, N)
        left = sparse.hstack(
            [
                sparse.csr_array((len(drift) * (t - 1), n * t)),
                sparse.kron(sparse.csr_array(drift), sparse.eye_array(t - 1)),
            ]
        ).tocsr()
        for side in (left, -left):
            add(_BAND, side, np.full(left.shape[0], limits.band))
    if not parts:
        return _Rows(Coupling(sparse.csr_array((0, n * (2 * t - 1))), np.zeros(0)), np.zeros(0))
    matrix = sparse.vstack(parts).tocsc()
    return _Rows(Coupling(matrix, np.concatenate(rights)), np.concatenate(kinds))


def _refuse(limits: SaleLimits, scaled: Scaled, rows: _Rows) -> None:
    """Find the least by which the limits would have to give; refuse when they would."""
    kinds = np.unique(rows.kind)
    slack = -np.equal.outer(rows.kind, kinds).astype(float)
    found = _linear_program(scaled, rows.coupling, np.zeros(scaled.cap.size), slack)
    words = []
    for kind, short in zip(kinds, found[-len(kinds) :] if len(kinds) else (), strict=True):
        if short <= KEPT:
            continue
        if kind == _BAND:
            words.append(
                f"sale.sector_neutral {limits.band:.2%} cannot be kept: "
                f"{(limits.band or 0.0) + short:.2%} of the sale can"
            )
        elif kind == _MOST:
            words.append(
                f"sale.cash_budget.most {limits.most:,.0f} a session cannot be kept: "
                f"{(limits.most or 0.0) + short * scaled.value:,.0f} can"
            )
        else:
            words.append(
                f"sale.cash_budget.least cannot be raised: some session falls "
                f"{short * scaled.value:,.0f} short"
            )
    if words:
        raise QueryError("; ".join(words) + "; nothing is planned")


def _gap(scaled: Scaled, fractions: FloatArray, coupling: Coupling) -> float:
    """Upper bound on the distance from the optimum within the limits, per unit of value."""
    slope = scaled.gradient(fractions)
    best = _linear_program(scaled, coupling, slope.ravel(), None)
    cheapest = float(slope.ravel() @ best[: slope.size])
    return max(float((slope * fractions).sum()) - cheapest, 0.0)


def _linear_program(
    scaled: Scaled, coupling: Coupling, cost: FloatArray, slack: FloatArray | None
) -> FloatArray:
    """Minimise `cost` over fractions sold within caps, totals and limits, by HiGHS.

    Parameters
    ----------
    slack
        (rows, kinds) coefficients of one slack per kind of limit, whose sum is minimised too;
        None keeps the limits as they are.
    """
    from scipy.optimize import linprog  # here, so that who has no limits loads no solver

    n, t = scaled.cap.shape
    extra = 0 if slack is None else slack.shape[1]
    bare = replace(scaled, loadings=np.zeros((n, 0)))
    equal, right = balance(bare, 0)
    above = coupling.matrix
    if slack is not None:
        equal = sparse.hstack([equal, sparse.csc_matrix((equal.shape[0], extra))])
        above = sparse.hstack([above, sparse.csc_matrix(slack)])
    room = coupling.right if slack is not None else coupling.right + KEPT
    upper = np.concatenate(
        [np.minimum(scaled.cap, 1.0).ravel(), np.ones(n * (t - 1)), np.full(extra, np.inf)]
    )
    answer = linprog(
        np.concatenate([cost, np.zeros(n * (t - 1)), np.ones(extra)]),
        A_ub=sparse.csr_matrix(above) if above.shape[0] else None,
        b_ub=room if above.shape[0] else None,
        A_eq=sparse.csr_matrix(equal),
        b_eq=right,
        bounds=np.stack([np.zeros(upper.size), upper], axis=1),
        method="highs",
    )
    if answer.status != 0:
        raise QueryError(f"the limits of the sale could not be checked: {answer.message}")
    return np.asarray(answer.x)
