"""Reading a decision table for one designation, one act and one holder."""

from datetime import datetime

from analyzer.core.events import EventKind, LegalEvent
from analyzer.core.verdict import Key, Outcome, Verdict
from analyzer.law.reach import Reach
from analyzer.law.replay import Record
from analyzer.law.spec import Clock, Regime, Rule, Via

_FREE = frozenset({Outcome.PERMITTED, Outcome.PERMITTED_UNTIL, Outcome.NOT_APPLICABLE})


def decide(
    record: Record,
    regime: Regime,
    reach: Reach,
    key: Key,
    act: str,
    lineage: frozenset[str],
    at: datetime,
    known: datetime,
) -> Verdict:
    """Return what a regime says of one act through one designation.

    The order is: a court's suspension, then the table, then licences, which lift what the table
    does not permit.
    """
    bound = bool(regime.binds & lineage)
    if reach.suspended:
        return Verdict(
            Outcome.PERMITTED,
            regime=regime.id,
            basis="court",
            because=reach.because,
            conditions=("pending further order of the court",) if bound else (),
        )
    verdict = _table(regime, reach, key, act, lineage, bound, at, known)
    if verdict.outcome in _FREE or not bound:
        return verdict
    licence = _licence(record, regime, reach, key, act, lineage, at, known)
    return licence if licence is not None else verdict


def _table(
    regime: Regime,
    reach: Reach,
    key: Key,
    act: str,
    lineage: frozenset[str],
    bound: bool,
    at: datetime,
    known: datetime,
) -> Verdict:
    facts = dict(key.facts)
    needs: list[str] = []
    for rule in reach.version.rules:
        if not (
            rule.speaks(at, known)
            and rule.covers(act, reach.phase, reach.via, key.instrument)
            and rule.binds(lineage, bound)
        ):
            continue
        tests = [(test.fact, test.holds(facts)) for test in rule.facts]
        if any(result is False for _, result in tests):
            continue
        missing = [fact for fact, result in tests if result is None]
        if missing and rule.missing == "skip":
            needs += missing
            continue
        if missing:
            return _answer(regime, reach, rule, Outcome.REVIEW, (*needs, *missing))
        return _answer(regime, reach, rule, rule.outcome, (*needs, *rule.needs))
    if not bound:
        return Verdict(
            Outcome.NOT_APPLICABLE,
            regime=regime.id,
            basis="law",
            because=reach.because,
            conditions=(f"{regime.id} does not bind this holder",),
        )
    return Verdict(
        Outcome.REVIEW,
        regime=regime.id,
        basis="none",
        because=reach.because,
        needs=(f"no authority found for {act} ({key.instrument}) under {regime.id}",),
    )


def _answer(
    regime: Regime, reach: Reach, rule: Rule, outcome: Outcome, needs: tuple[str, ...]
) -> Verdict:
    until, inclusive = None, False
    if rule.until == "ban_from":
        until = reach.ban_from
    elif rule.until == "window_end":
        until, inclusive = reach.window_end, reach.window_inclusive
    return Verdict(
        outcome,
        until,
        inclusive,
        regime.id,
        "law",
        (*reach.because, rule_id(regime, reach, rule)),
        rule.cites,
        rule.conditions,
        needs,
        (rule.question,) if rule.question else (),
        report_due=rule.report_due or None,
    )


def rule_id(regime: Regime, reach: Reach, rule: Rule) -> str:
    """Return the id under which a rule stands in a reason chain."""
    return f"{regime.id}/{reach.version.id}/{rule.id}"


def _licence(
    record: Record,
    regime: Regime,
    reach: Reach,
    key: Key,
    act: str,
    lineage: frozenset[str],
    at: datetime,
    known: datetime,
) -> Verdict | None:
    """Return the answer of the licence in force that covers the act, the longest one first."""
    best: tuple[datetime, LegalEvent] | None = None
    for event in record.by_regime.get(regime.id, ()):
        if event.kind is not EventKind.LICENSE or not record.visible(event, known):
            continue
        end = _licence_end(record, event, reach, known)
        if not event.effective <= at < end or not _covered(event, reach, key, act, lineage):
            continue
        if best is None or end > best[0]:
            best = (end, event)
    if best is None:
        return None
    _, event = best
    return Verdict(
        Outcome.PERMITTED_UNTIL,
        _stated_end(event, reach),
        bool(event.params.get("until_inclusive", False)),
        regime.id,
        "licence",
        (*reach.because, event.id),
        event.cites,
        tuple(event.params.get("conditions", ())),
    )


def _stated_end(event: LegalEvent, reach: Reach) -> datetime:
    rule = event.params.get("until_after_listing")
    if isinstance(rule, Clock):
        return rule.instant(reach.listed)
    end: datetime = event.params["until"]
    return end


def _licence_end(record: Record, event: LegalEvent, reach: Reach, known: datetime) -> datetime:
    """Return when a licence ends: its own date, or when a later one takes its place."""
    ends = [_stated_end(event, reach)]
    ends += [
        newer.effective
        for newer in record.superseded_by.get(event.id, ())
        if newer.known <= known and newer.kind is not EventKind.CORRECT
    ]
    return min(ends)


def _covered(event: LegalEvent, reach: Reach, key: Key, act: str, lineage: frozenset[str]) -> bool:
    params = event.params
    reach_words = params.get("via")
    after = params.get("listed_from")
    return (
        (not event.targets or reach.entity in event.targets)
        and (not params.get("acts") or act in params["acts"])
        and (not params.get("instruments") or key.instrument in params["instruments"])
        and (not params.get("holders") or bool(lineage & set(params["holders"])))
        and (reach.via.value in reach_words if reach_words else reach.via is not Via.CLOSE_NAME)
        and (after is None or reach.listed >= after)
    )
