"""Choosing a reading of the open questions: the same facts, as a strict or a lenient reader."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from analyzer.core.events import EventKind, LegalEvent
from analyzer.core.verdict import Outcome
from analyzer.law.spec import Question, Regime, Rule, Version


def answer(question: Question, reading: str) -> Outcome:
    """Return what a reading answers to a question."""
    return question.strict if reading == "strict" else question.lenient


def read_regimes(
    regimes: Mapping[str, Regime], questions: Mapping[str, Question], reading: str
) -> dict[str, Regime]:
    """Return the regimes with every row that turns on a question answered."""

    def row(rule: Rule) -> Rule:
        asked = questions.get(rule.question)
        if asked is None or rule.outcome not in (Outcome.REVIEW, Outcome.UNKNOWN):
            return rule
        return replace(rule, outcome=answer(asked, reading))

    def version(one: Version) -> Version:
        return replace(one, rules=tuple(row(rule) for rule in one.rules))

    return {
        key: replace(regime, versions=tuple(version(v) for v in regime.versions))
        for key, regime in regimes.items()
    }


def read_events(
    events: Iterable[LegalEvent], questions: Mapping[str, Question], reading: str
) -> tuple[LegalEvent, ...]:
    """Return the events with every open question answered.

    A question of scope `vacatur` decides whether a vacated designation was void from the start;
    one of scope `injunction` whether an injunction protects every name of the same act. Both are
    the lenient readings.
    """
    all_events = tuple(events)
    scopes = {q.scope for q in questions.values() if q.scope} if reading == "lenient" else set()
    return tuple(_read(e, all_events, questions, reading, scopes) for e in all_events)


def _read(
    event: LegalEvent,
    events: tuple[LegalEvent, ...],
    questions: Mapping[str, Question],
    reading: str,
    scopes: set[str],
) -> LegalEvent:
    if event.kind is EventKind.UNCERTAIN and event.id in questions:
        if event.params.get("effect") == "lapse":
            return event
        effect = answer(questions[event.id], reading).value
        return replace(event, params={**event.params, "effect": effect})
    if event.kind is EventKind.VACATE and "vacatur" in scopes:
        return replace(event, params={**event.params, "ab_initio": True})
    if event.kind is EventKind.SUSPEND and event.court and "injunction" in scopes:
        return replace(event, targets=_same_act(event, events))
    return event


def _same_act(event: LegalEvent, events: tuple[LegalEvent, ...]) -> tuple[str, ...]:
    """Return the plaintiff and every name put on the list by the act that named it."""
    acts = {
        e.effective
        for e in events
        if e.kind is EventKind.DESIGNATE
        and e.list_id == event.list_id
        and e.effective <= event.effective
        and set(e.targets) & set(event.targets)
    }
    named = [
        target
        for e in events
        if e.kind is EventKind.DESIGNATE and e.list_id == event.list_id and e.effective in acts
        for target in e.targets
    ]
    return tuple(dict.fromkeys([*event.targets, *named]))
