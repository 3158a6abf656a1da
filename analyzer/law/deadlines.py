"""The dates on which what is permitted changes."""

from datetime import datetime

from analyzer.core.asof import END_OF_TIME
from analyzer.core.verdict import PROHIBITIONS, Deadline
from analyzer.law.instant import Case, Instant
from analyzer.law.reach import Reach, licence_end
from analyzer.law.spec import Phase, Regime, Via
from analyzer.law.view import View


def deadlines_of(instant: Instant) -> tuple[Deadline, ...]:
    """Return the dates still ahead of an instant, for the holder of its case, in order."""
    case, start = instant.case, instant.at
    found: list[Deadline] = []
    for scene in instant.scenes:
        if not (scene.bound and scene.regime.bans):
            continue
        for reach in scene.found:
            if reach.suspended or reach.via is Via.CLASS:
                continue
            if not reach.undated:
                found += _clocks(scene.regime, reach, case.key.entity, start)
            found += _licences(instant.view, scene.regime, reach, case, start)
    return tuple(sorted(found, key=lambda d: (d.at, d.kind)))


def _clocks(regime: Regime, reach: Reach, entity: str, start: datetime) -> list[Deadline]:
    found = []
    if reach.ban_from is not None and reach.ban_from > start:
        text = "last instant before purchases are prohibited"
        found.append(
            Deadline(entity, regime.id, "purchases_end", reach.ban_from, False, text, reach.because)
        )
    if reach.window_end is not None and reach.window_end >= start:
        text = _after_window(reach)
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


def _after_window(reach: Reach) -> str:
    """Return, in words, what the table says of holding and selling once the window has closed."""
    if _barred(reach, "hold"):
        return "sales to divest end, and possession becomes prohibited"
    if _barred(reach, "sell"):
        return "sales to divest end; afterwards the position may be held, not sold"
    return "purchases that divest end"


def _barred(reach: Reach, act: str) -> bool:
    first = next(
        (
            rule
            for rule in reach.version.rules
            if not rule.holders
            and rule.covers(act, Phase.CLOSED, reach.via, "equity", reach.list_id)
        ),
        None,
    )
    return first is not None and first.outcome in PROHIBITIONS
