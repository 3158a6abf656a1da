"""The `courts` section of a scenario file: one ruling, or a path of them."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from analyzer.scenarios.base_rates import Pool, Stage
from analyzer.scenarios.cells import Cells
from analyzer.scenarios.courts import CourtState
from analyzer.scenarios.spec import Court, ExpectedRuling

CHANCES = frozenset({"relief", "relief_move", "market_relief"})
"""What may be stated of one ruling, and of the court for all of its rulings."""

_ONE = frozenset({"ruling", "ruling_hazard"})
_STATES: Mapping[str, CourtState] = {
    state.name.lower(): state
    for state in (CourtState.PENDING, CourtState.ENJOINED, CourtState.LOST, CourtState.APPEAL)
}
_ORDER = list(Stage)


def read_court(cells: Cells, row: dict[str, Any]) -> Court | None:
    """Read one court; problems are noted in `cells`."""
    cells.known(row, "courts")
    if not row.get("docket") or not row.get("targets"):
        cells.say(row, "a court needs docket and targets")
        return None
    rulings = _rulings(cells, row)
    if not rulings:
        return None
    state = str(row.get("state", "pending"))
    if state not in _STATES:
        cells.say(row, f"state {state!r} is not one of {', '.join(_STATES)}")
        return None
    appeal = None if row.get("appeal") is None else _chance(cells, row, "courts", "appeal", 1.0)
    return Court(
        docket=str(row["docket"]),
        targets=tuple(str(t) for t in row["targets"]),
        rulings=rulings,
        pool=cells.word(row, "pool", Pool, Pool.US_COURT),
        state=_STATES[state],
        removal_hazard=_chance(cells, row, "courts", "removal_hazard", 0.5),
        relisting_hazard=_chance(cells, row, "courts", "relisting_hazard", 0.5),
        appeal=appeal,
        cvar_weight=_chance(cells, row, "courts", "cvar_weight", 1.0),
        cvar_tail=cells.number(row, "courts", "cvar_tail", 0.05, 1e-3, 1.0),
    )


def _rulings(cells: Cells, row: dict[str, Any]) -> tuple[ExpectedRuling, ...]:
    given = row.get("rulings")
    stated = sorted(_ONE & set(row))
    if given is None and not stated:
        cells.say(row, "a court needs the day of the ruling, its hazard, or a list of rulings")
        return ()
    if given is None:
        if row.get("state", "pending") != "pending":
            cells.say(row, "a docket that is not pending needs a list of rulings with stages")
            return ()
        only = _ruling(cells, row, "courts", "ruling", {})
        return (only,) if only else ()
    if stated:
        cells.say(row, f"{' and '.join(stated)} beside rulings: state it in the list")
        return ()
    if not isinstance(given, list) or not given:
        cells.say(row, "rulings must be a list of at least one ruling")
        return ()
    found = []
    for each in given:
        cells.known(each, "rulings")
        if "stage" not in each:
            cells.say(each, f"a ruling needs its stage: {', '.join(_ORDER)}")
            return ()
        ruling = _ruling(cells, each, "rulings", "date", row)
        if ruling is None:
            return ()
        found.append(ruling)
    days = [r.day for r in found if r.day is not None]
    stages = [_ORDER.index(r.stage) for r in found if r.stage is not None]
    if any(a >= b for a, b in pairwise(days)) or stages != sorted(stages):
        cells.say(row, "rulings must be in order of day and of stage")
        return ()
    return tuple(found)


def _ruling(
    cells: Cells, row: dict[str, Any], section: str, day: str, court: dict[str, Any]
) -> ExpectedRuling | None:
    """Read one ruling; what it does not state of its chances is taken from the court."""
    when = cells.day(row, day)
    hazard = _chance(cells, row, section, "ruling_hazard", 0.5)
    if (when is None) == (hazard == 0.0):
        cells.say(row, f"a ruling needs {day} or ruling_hazard, and not both")
        return None
    whole = {**{k: court[k] for k in CHANCES if k in court}, **row}
    return ExpectedRuling(
        stage=cells.word(row, "stage", Stage, Stage.MERITS) if "stage" in row else None,
        day=when,
        ruling_hazard=hazard,
        relief=None
        if whole.get("relief") is None
        else _chance(cells, whole, section, "relief", 1.0),
        relief_move=cells.number(whole, section, "relief_move", 0.0, -1.0, 10.0),
        market_relief=None
        if whole.get("market_relief") is None
        else _chance(cells, whole, section, "market_relief", 0.999),
    )


def _chance(cells: Cells, row: Mapping[str, Any], section: str, key: str, most: float) -> float:
    return cells.number(row, section, key, 0.0, 0.0, most)
