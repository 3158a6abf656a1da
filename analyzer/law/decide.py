"""Reading a decision table for one designation, one act and one holder."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from analyzer.core.asof import END_OF_TIME
from analyzer.core.events import LegalEvent
from analyzer.core.verdict import Key, Outcome, Verdict
from analyzer.law.reach import Reach, licence_end
from analyzer.law.spec import FactTest, Phase, Regime, Rule, Via
from analyzer.law.view import View

_FREE = frozenset({Outcome.PERMITTED, Outcome.PERMITTED_UNTIL, Outcome.NOT_APPLICABLE})


@dataclass(frozen=True, slots=True)
class Asked:
    """One act of one holder at one instant, with every fact stated or on record.

    `bound` says whether the regime binds the holder.
    """

    key: Key
    act: str
    lineage: frozenset[str]
    bound: bool
    at: datetime
    facts: Mapping[str, Any]


NO_DAY = "the day the name was listed: the list gives none"

Rows = dict[tuple[Any, ...], tuple[Rule, ...]]


def decide(view: View, regime: Regime, reach: Reach, asked: Asked, rows: Rows) -> Verdict:
    """Return what a regime says of one act through one designation.

    The order is: a court's suspension, then the table, then licences, which lift what the table
    does not permit.

    Parameters
    ----------
    rows
        Memory of which rows of a table bear on an act; filled here.
    """
    if reach.suspended:
        return Verdict(
            Outcome.PERMITTED,
            regime=regime.id,
            basis="court",
            because=reach.because,
            cites=view.cites(reach.because),
            conditions=("pending further order of the court",) if asked.bound else (),
        )
    if reach.undated and reach.ban_from is not None and asked.bound:
        verdict = _any_phase(view, regime, reach, asked, rows)
    else:
        verdict = _table(view, regime, reach, asked, rows)
    if verdict.outcome in _FREE or not asked.bound:
        return verdict
    licence = _licence(view, regime, reach, asked)
    return licence if licence is not None else verdict


def _candidates(regime: Regime, reach: Reach, asked: Asked, rows: Rows) -> tuple[Rule, ...]:
    key = (
        regime.id,
        reach.version.id,
        asked.act,
        reach.phase,
        reach.via,
        reach.list_id,
        asked.key.instrument,
        asked.lineage,
    )
    found = rows.get(key)
    if found is None:
        found = rows[key] = tuple(
            rule
            for rule in reach.version.rules
            if rule.covers(asked.act, reach.phase, reach.via, asked.key.instrument, reach.list_id)
            and rule.binds(asked.lineage, asked.bound)
        )
    return found


def _table(view: View, regime: Regime, reach: Reach, asked: Asked, rows: Rows) -> Verdict:
    if asked.bound and reach.unstated:
        return Verdict(
            Outcome.REVIEW,
            regime=regime.id,
            because=reach.because,
            needs=tuple(f"owner={owner}:FRACTION" for owner in reach.unstated),
        )
    if asked.bound and reach.acts and asked.act not in reach.acts:
        return Verdict(
            Outcome.PERMITTED, regime=regime.id, basis=regime.basis, because=reach.because
        )
    facts = {**reach.clocks, **asked.facts}
    needs: list[str] = []
    for rule in _candidates(regime, reach, asked, rows):
        if not rule.speaks(asked.at, view.known):
            continue
        missing = _missing(rule.facts, facts)
        if missing is None or (missing and rule.missing == "pass"):
            continue
        if missing and rule.missing == "skip":
            needs += missing
            continue
        outcome = Outcome.REVIEW if missing else rule.outcome
        return _answer(regime, reach, rule, outcome, (*needs, *(missing or rule.needs)))
    if not asked.bound:
        return Verdict(
            Outcome.NOT_APPLICABLE,
            regime=regime.id,
            basis=regime.basis,
            because=reach.because,
            conditions=(f"{regime.id} does not bind this holder",),
        )
    return Verdict(
        Outcome.REVIEW,
        regime=regime.id,
        because=reach.because,
        needs=(
            *needs,
            f"no authority found for {asked.act} ({asked.key.instrument}) under {regime.id}",
        ),
    )


def _any_phase(view: View, regime: Regime, reach: Reach, asked: Asked, rows: Rows) -> Verdict:
    """Return the answer if it is the same in every phase; otherwise the listing's day is needed."""
    bare = replace(reach, ban_from=None, window_end=None)
    answers = [
        _table(view, regime, replace(bare, phase=phase), asked, rows)
        for phase in (Phase.PENDING, Phase.WINDOW, Phase.CLOSED)
    ]
    if len({answer.outcome for answer in answers}) == 1:
        return answers[-1]
    needs = tuple(dict.fromkeys(n for a in answers for n in a.needs))
    return Verdict(
        Outcome.REVIEW,
        regime=regime.id,
        because=reach.because,
        needs=(NO_DAY, *needs),
    )


def _missing(tests: tuple[FactTest, ...], facts: Mapping[str, Any]) -> list[str] | None:
    """Return the facts not stated; None when a stated one fails its test."""
    missing: list[str] = []
    for test in tests:
        result = test.holds(facts)
        if result is False:
            return None
        if result is None:
            missing.append(test.fact if facts.get(test.fact) is None else NO_DAY)
    return missing


def _answer(
    regime: Regime, reach: Reach, rule: Rule, outcome: Outcome, needs: tuple[str, ...]
) -> Verdict:
    until, inclusive = reach.until, False
    if rule.until == "ban_from":
        until = reach.ban_from
    elif rule.until == "window_end":
        until, inclusive = reach.window_end, reach.window_inclusive
    elif rule.until_at is not None:
        until = rule.until_at
    return Verdict(
        outcome,
        until,
        inclusive,
        regime.id,
        regime.basis,
        (*reach.because, rule_id(regime, reach, rule)),
        rule.cites,
        (*rule.conditions, reach.note) if reach.note else rule.conditions,
        tuple(dict.fromkeys(needs)),
        (rule.question,) if rule.question else (),
        report_due=rule.report_due or None,
    )


def rule_id(regime: Regime, reach: Reach, rule: Rule) -> str:
    """Return the id under which a rule stands in a reason chain."""
    return f"{regime.id}/{reach.version.id}/{rule.id}"


def _licence(view: View, regime: Regime, reach: Reach, asked: Asked) -> Verdict | None:
    """Return the answer of the licence in force that covers the act, the longest one first."""
    best: tuple[datetime, LegalEvent] | None = None
    for event in view.regime(regime.id).licences:
        end = min(licence_end(event.params, reach.listed), view.licence_limit(event))
        if not event.effective <= asked.at < end or not _covered(event, reach, asked):
            continue
        if best is None or end > best[0]:
            best = (end, event)
    if best is None:
        return None
    event = best[1]
    needs = _needed(event, asked)
    if needs:
        return Verdict(
            Outcome.REVIEW,
            regime=regime.id,
            basis="licence",
            because=(*reach.because, event.id),
            cites=event.cites,
            needs=needs,
        )
    until = _stated_end(event, reach)
    conditions = (*event.params.get("conditions", ()), *_unstated(event, asked))
    return Verdict(
        Outcome.PERMITTED if until is None else Outcome.PERMITTED_UNTIL,
        until,
        bool(event.params.get("until_inclusive", False)),
        regime.id,
        "licence",
        (*reach.because, event.id),
        event.cites,
        tuple(dict.fromkeys(conditions)),
    )


def _stated_end(event: LegalEvent, reach: Reach) -> datetime | None:
    clock = event.params.get("until_after_listing")
    if clock is not None:
        end: datetime = clock.instant(reach.listed)
        return end
    until: datetime | None = event.params.get("until")
    return until if until != END_OF_TIME else None


def _needed(event: LegalEvent, asked: Asked) -> tuple[str, ...]:
    """Return the facts without which a licence cannot be said to cover the act."""
    wanted = event.params.get("needs", ())
    tests: tuple[FactTest, ...] = event.params.get("facts", ())
    return tuple(t.fact for t in tests if t.fact in wanted and t.holds(asked.facts) is None)


def _unstated(event: LegalEvent, asked: Asked) -> list[str]:
    """Return, as conditions, the facts a licence turns on that were not stated."""
    tests: tuple[FactTest, ...] = event.params.get("facts", ())
    return [
        f"only if {t.fact} is {_WORDS.get(t.op, t.op)} {_text(t.value)}"
        for t in tests
        if t.holds(asked.facts) is None
    ]


_WORDS = {"equal": "", "ge": "at least", "le": "at most", "gt": "above", "lt": "below"}


def _text(value: Any) -> str:
    return value.date().isoformat() if isinstance(value, datetime) else str(value)


def _covered(event: LegalEvent, reach: Reach, asked: Asked) -> bool:
    params = event.params
    words = params.get("via")
    after = params.get("listed_from")
    return (
        (not event.targets or reach.entity in event.targets)
        and (not params.get("acts") or asked.act in params["acts"])
        and (not params.get("instruments") or asked.key.instrument in params["instruments"])
        and (not params.get("holders") or bool(asked.lineage & set(params["holders"])))
        and (reach.via.value in words if words else reach.via is not Via.CLOSE_NAME)
        and (after is None or reach.listed >= after)
        and not any(t.holds(asked.facts) is False for t in params.get("facts", ()))
    )
