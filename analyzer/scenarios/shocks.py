"""Price shocks on designation and relief: presets with their cases, and a structural estimate.

The presets are ranges chosen from a handful of raw moves, most of them not market-adjusted; they
are assumptions to argue with, not estimates. The structural shock rests on the square-root law
instead. Report both, side by side.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import numpy as np

from analyzer.core.errors import DataError, QueryError
from analyzer.scenarios.bundled import rows
from analyzer.scenarios.impact import FloatArray, SigmaRet


@dataclass(frozen=True, slots=True)
class ShockCase:
    """A price move that stands behind a preset, as published; `move` is a return."""

    case: str
    date: str
    name: str
    event: str
    move: float
    measure: str
    abnormal: bool
    source_url: str
    grade: str


@dataclass(frozen=True, slots=True)
class Shock:
    """A preset price move, as a return, with the cases it was chosen from."""

    event_type: str
    severity: str
    value: float
    cases: tuple[ShockCase, ...]
    basis: str


@cache
def shock_cases() -> dict[str, ShockCase]:
    """Read the bundled cases by id."""
    found = {}
    for row in rows(
        "shock_cases.csv", ("case", "name", "event", "move_pct", "source_url", "grade")
    ):
        found[row["case"]] = ShockCase(
            row["case"],
            row["date"],
            row["name"],
            row["event"],
            float(row["move_pct"]) / 100.0,
            row["measure"],
            row["abnormal"] == "yes",
            row["source_url"],
            row["grade"],
        )
    return found


@cache
def shock_presets() -> tuple[Shock, ...]:
    """Read the bundled presets.

    Raises
    ------
    DataError
        If a preset names a case that does not exist.
    """
    known = shock_cases()
    found = []
    for row in rows("shocks.csv", ("event_type", "severity", "shock_pct", "cases", "basis")):
        names = row["cases"].split(";")
        missing = [name for name in names if name not in known]
        if missing:
            raise DataError(f"shocks.csv: no case {', '.join(missing)}")
        found.append(
            Shock(
                row["event_type"],
                row["severity"],
                float(row["shock_pct"]) / 100.0,
                tuple(known[name] for name in names),
                row["basis"],
            )
        )
    return tuple(found)


def preset(event_type: str, severity: str = "base") -> Shock:
    """Return one preset.

    Raises
    ------
    QueryError
        If there is none for the type and severity; a neighbour is never taken instead.
    """
    for shock in shock_presets():
        if (shock.event_type, shock.severity) == (event_type, severity):
            return shock
    known = sorted({f"{s.event_type}/{s.severity}" for s in shock_presets()})
    raise QueryError(f"no shock preset {event_type}/{severity}; there are {', '.join(known)}")


def structural_shock(
    barred_share: float, adv_share: float, sigma: SigmaRet, y: float = 1.0
) -> float:
    """Return the price move if all barred holders sell: `-Y sigma sqrt(Q / ADV)`.

    Parameters
    ----------
    barred_share
        Shares of barred holders as a fraction of the float.
    adv_share
        Average daily volume as a fraction of the float.
    sigma
        Daily return volatility.

    Raises
    ------
    QueryError
        If volume is not positive.
    """
    if adv_share <= 0.0:
        raise QueryError("volume must be positive")
    return -y * sigma * float(np.sqrt(barred_share / adv_share))


class ShockShape(StrEnum):
    """How a shock unfolds over the sessions after the event."""

    INSTANT = "instant"
    LINEAR = "linear"
    OVERSHOOT = "overshoot"


def shock_path(
    shock: float,
    sessions: int,
    shape: ShockShape = ShockShape.INSTANT,
    overshoot: float = 0.5,
    half_life: float = 5.0,
) -> FloatArray:
    """Cumulative price factor minus one at the end of each session, (sessions,).

    Parameters
    ----------
    shock
        Lasting return.
    shape
        At once; evenly over all sessions; or at once with `overshoot` times the shock on top
        that halves every `half_life` sessions.
    """
    t = np.arange(sessions, dtype=np.float64)
    if shape is ShockShape.LINEAR:
        return np.asarray(shock * (t + 1.0) / sessions)
    if shape is ShockShape.OVERSHOOT:
        path = shock * (1.0 + overshoot * 0.5 ** (t / half_life))
        return np.asarray(np.maximum(path, -1.0))
    return np.full(sessions, shock)
