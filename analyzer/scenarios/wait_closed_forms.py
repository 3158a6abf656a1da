"""Sell now or wait, where the answer is a formula: quadratic cost, one line, no caps.

Cost of a session is `eta n^2`, shares `n`; with `kappa_squared = risk_aversion sigma^2 / eta` the
risk of the shares kept is `eta kappa_squared x^2`. Relief stops the sale at no further cost.
Money throughout; these formulas check the numeric programme and answer at once in a front end.

References
----------
Almgren and Chriss 2000 for no hazard. Derived for the reprieve; cf. Yang, Ching, Gu and Wong 2017
on randomly terminated horizons.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analyzer.core.errors import QueryError

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class HazardAnswer:
    """Optimal sale under a constant chance of reprieve after each session.

    Parameters
    ----------
    shares_sold
        Planned sale per session while no reprieve has come, (N,).
    value
        Expected cost of that plan.
    commit
        Cost of an even sale carried through whatever the court does.
    even_until_relief
        Expected cost of an even sale stopped by relief.
    wait_to_last
        Expected cost of keeping everything for the last session.
    """

    shares_sold: Array
    value: float
    commit: float
    even_until_relief: float
    wait_to_last: float


def reprieve_hazard(shares: float, sessions: int, chance: float, eta: float) -> HazardAnswer:
    """Return the back-loaded optimum under a reprieve hazard, without risk aversion.

    Parameters
    ----------
    shares
        To sell, >= 0.
    sessions
        Sessions left, >= 1.
    chance
        Of reprieve after each session, in [0, 1).
    eta
        Money per share squared.

    References
    ----------
    n_j = X r^(j-1) / b, V = eta X^2 / b with r = 1/(1-p), b = (r^N - 1)/(r - 1).
    """
    if not (0.0 <= chance < 1.0 and sessions >= 1):
        raise QueryError(f"chance {chance} over {sessions} sessions has no plan")
    growth = (1.0 - chance) ** -np.arange(sessions, dtype=float)
    still_barred = 1.0 / growth
    sold = shares * growth / growth.sum()
    even = eta * (shares / sessions) ** 2
    return HazardAnswer(
        shares_sold=sold,
        value=float(eta * shares**2 / growth.sum()),
        commit=float(even * sessions),
        even_until_relief=float(even * still_barred.sum()),
        wait_to_last=float(eta * shares**2 * still_barred[-1]),
    )


@dataclass(frozen=True, slots=True)
class RulingAnswer:
    """Optimal sale before a scheduled ruling.

    Parameters
    ----------
    sold_before
        Shares sold before the ruling, spread evenly.
    value
        Expected cost.
    commit, wait
        Costs of selling evenly to the end regardless, and of selling nothing before.
    break_even
        Probability of relief at which `commit` equals `wait`.
    """

    sold_before: float
    value: float
    commit: float
    wait: float
    break_even: float


def scheduled_ruling(
    shares: float,
    before: int,
    after: int,
    probability: float,
    eta: float,
    *,
    cap: float | None = None,
    expected_jump: float = 0.0,
) -> RulingAnswer:
    """Return how much to sell in `before` sessions ahead of a ruling, `after` remaining behind it.

    Parameters
    ----------
    probability
        Of relief, in [0, 1].
    cap
        Shares per session; None without a cap.
    expected_jump
        `m`, money per share expected from the ruling's jump on shares still held; a gain is
        positive and rewards holding. Zero when jumps are market-consistent.

    Raises
    ------
    QueryError
        When the cap cannot bring the shares out by the end.

    References
    ----------
    y = ((1-p) X/N2 - m/(2 eta)) / (1/N1 + (1-p)/N2), clipped to what caps allow; X - cap N2 <= y.
    """
    if min(before, after) < 1 or not 0.0 <= probability <= 1.0:
        raise QueryError("a scheduled ruling needs sessions on both sides and a probability")
    loss = 1.0 - probability
    floor, ceiling = 0.0, shares
    if cap is not None:
        floor, ceiling = max(0.0, shares - cap * after), min(shares, cap * before)
        if floor > ceiling * (1 + 1e-12):
            raise QueryError(f"{shares} shares do not fit {before + after} sessions of {cap}")
    best = (loss * shares / after - expected_jump / (2 * eta)) / (1 / before + loss / after)
    sold = float(np.clip(best, floor, ceiling))
    held = shares - sold
    sessions = before + after
    return RulingAnswer(
        sold_before=sold,
        value=eta * sold**2 / before + loss * eta * held**2 / after - expected_jump * held,
        commit=eta * shares**2 / sessions - expected_jump * shares * after / sessions,
        wait=loss * eta * shares**2 / after - expected_jump * shares,
        break_even=before / (before + after),
    )


@dataclass(frozen=True, slots=True)
class RiskyHazardAnswer:
    """Optimal sale under a reprieve hazard and risk aversion.

    Parameters
    ----------
    holdings
        Shares held after sessions 0..N while no reprieve has come, (N + 1,).
    value
        Expected cost, risk included.
    """

    holdings: Array
    value: float


def reprieve_hazard_with_risk(
    shares: float, sessions: int, chance: float, eta: float, kappa_squared: float
) -> RiskyHazardAnswer:
    """Return the optimum when the shares kept also carry risk.

    Parameters
    ----------
    chance
        Of reprieve after each session, in [0, 1); 0 gives Almgren and Chriss.
    kappa_squared
        `risk_aversion sigma^2 / eta`, per session squared, with sigma in money per share.

    References
    ----------
    With q = 1 - p, holdings obey q x_{j+1} - (1 + q + kappa^2) x_j + x_{j-1} = 0, x_0 = X, x_N = 0.
    """
    if not (0.0 <= chance < 1.0 and sessions >= 1 and kappa_squared >= 0.0):
        raise QueryError(f"chance {chance} over {sessions} sessions has no plan")
    stay = 1.0 - chance
    middle = 1.0 + stay + kappa_squared
    root = np.sqrt(middle**2 - 4.0 * stay)
    small, large = (middle - root) / (2.0 * stay), (middle + root) / (2.0 * stay)
    j = np.arange(sessions + 1, dtype=float)
    if large - small < 1e-12:
        held = shares * (1.0 - j / sessions)
    else:
        # Written with the ratio below one, so that long horizons do not overflow.
        ratio = small / large
        held = shares * small**j * (1.0 - ratio ** (sessions - j)) / (1.0 - ratio**sessions)
    sold = -np.diff(held)
    weight = stay ** j[:-1]
    cost = weight * (sold**2 + kappa_squared * held[1:] ** 2)
    return RiskyHazardAnswer(holdings=held, value=float(eta * cost.sum()))


def holdings_continuous(
    shares: float, horizon: float, hazard: float, kappa: float, times: Array
) -> Array:
    """Return the continuous-time holdings at `times` while no reprieve has come.

    Parameters
    ----------
    hazard, kappa
        Per session, >= 0: reprieve intensity and risk urgency sqrt(lam sigma^2 / eta).

    References
    ----------
    x(t) = X e^(ht/2) sinh(w(T-t)) / sinh(wT), w = sqrt(kappa^2 + h^2/4); w -> 0 is an even sale.
    """
    speed = np.sqrt(kappa**2 + hazard**2 / 4.0)
    if speed * horizon < 1e-8:
        return np.asarray(shares * (1.0 - times / horizon))
    shape = np.exp((hazard / 2.0 - speed) * times)
    shape *= np.expm1(-2.0 * speed * (horizon - times)) / np.expm1(-2.0 * speed * horizon)
    return np.asarray(shares * shape)
