"""The dates on which what is permitted changes."""

from datetime import datetime

from analyzer.core.asof import END_OF_TIME
from analyzer.core.verdict import Deadline
from analyzer.law.instant import Case
from analyzer.law.reach import Reach, licence_end, reaches
from analyzer.law.spec import Regime, Via
from analyzer.law.view import View


def deadlines_of(view: View, regime: Regime, case: Case, start: datetime) -> list[Deadline]:
    """Return the dates of one regime still ahead of `start` for the holder of a case."""
    entity = case.key.entity
    found: list[Deadline] = []
    for reach in reaches(view, regime, entity, start, case.facts):
        if reach.suspended or reach.via is Via.CLASS:
            continue
        found += _clocks(regime, reach, entity, start) if not reach.undated else []
        found += _licences(view, regime, reach, case, start)
    return found


def _clocks(regime: Regime, reach: Reach, entity: str, start: datetime) -> list[Deadline]:
    found = []
    if reach.ban_from is not None and reach.ban_from > start:
        text = "last instant before purchases are prohibited"
        found.append(
            Deadline(entity, regime.id, "purchases_end", reach.ban_from, False, text, reach.because)
        )
    if reach.window_end is not None and reach.window_end >= start:
        text = "sales to divest end; afterwards the position may be held, not sold"
        if any(r.acts == {"hold"} and r.id == "hold-closed" for r in reach.version.rules):
            text = "sales to divest end, and possession becomes prohibited"
        found.append(
            Deadline(
                entity,
                regime.id,
                "window_closes",
                reach.window_end,
                reach.window_inclusive,
                text,
                reach.because,
            )
        )
    return found


def _licences(
    view: View, regime: Regime, reach: Reach, case: Case, start: datetime
) -> list[Deadline]:
    found = []
    entity = case.key.entity
    for event in view.regime(regime.id).licences:
        end = min(licence_end(event.params, reach.listed), view.licence_limit(event))
        words = event.params.get("via")
        if (
            event.effective > start
            or not start < end < END_OF_TIME
            or (event.targets and reach.entity not in event.targets)
            or not case.lineage.intersection(event.params.get("holders", case.lineage))
            or (reach.via.value not in words if words else reach.via is Via.CLOSE_NAME)
            or reach.listed < (event.params.get("listed_from") or reach.listed)
        ):
            continue
        inclusive = bool(event.params.get("until_inclusive", False))
        at = event.params.get("until") or end
        because = (*reach.because, event.id)
        found.append(
            Deadline(entity, regime.id, "licence_ends", at, inclusive, event.text, because)
        )
    return found
