"""Why an answer is what it is, step by step; and which single thing would turn it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from analyzer.core.asof import AsOf
from analyzer.core.events import EventKind, LegalEvent
from analyzer.core.verdict import Key, Outcome, Verdict
from analyzer.law.combine import strictest
from analyzer.law.instant import Case, Instant
from analyzer.law.reach import Reach
from analyzer.law.replay import Record
from analyzer.law.spec import CLOCK_NAMES, FactTest, Regime, Rule

if TYPE_CHECKING:
    from analyzer.law.query import Law

_VERSIONS = frozenset({EventKind.ENACT, EventKind.AMEND, EventKind.REVOKE})


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the fold.

    Parameters
    ----------
    kind
        `event`, `clock` (an instant counted from a listing has passed) or `rule` (the row that
        answers).
    id, text, cites
        The event, clock or rule; what it says; its sources.
    at, known
        When it takes effect, and when it was first public (events only).
    before, after
        The answer to the act without it and with it, all later steps left out.
    """

    kind: str
    id: str
    text: str
    cites: tuple[str, ...]
    at: datetime | None
    known: datetime | None
    before: Outcome
    after: Outcome

    @property
    def changed(self) -> bool:
        """Whether the answer turned here."""
        return self.before is not self.after


@dataclass(frozen=True, slots=True)
class Flip:
    """A single thing that would turn the answer: an event's absence, a fact, a reading, time."""

    kind: str  # event | fact | question | clock
    id: str
    text: str
    before: Outcome
    after: Outcome


def explain(law: "Law", key: Key, act: str, holder: str, as_of: AsOf) -> tuple[Step, ...]:
    """Return the fold, event by event, then the clocks, then the row that answers.

    The instant explained is the one of the span whose answer stands.
    """
    law.check_words(key, holder, (act,))
    case = law.case(key, holder)
    at, final = _deciding(law, case, act, as_of)
    relevant = [e for e in law.record.events if e.id in set(_bearing(law, case, final, at, as_of))]
    steps: list[Step] = []
    before = Outcome.PERMITTED
    for count in range(1, len(relevant) + 1):
        record = Record(tuple(relevant[:count]), law.record.relations)
        shorter = replace(law, record=record)
        after = shorter.verdict(key, act, holder, AsOf(at, at, as_of.known)).outcome
        event = relevant[count - 1]
        steps.append(
            Step(
                "event",
                event.id,
                event.text,
                event.cites,
                event.effective,
                event.known,
                before,
                after,
            )
        )
        before = after
    instant = Instant(law.setting, law.view(as_of.known), case, at)
    steps += _clocks(instant, at, final.outcome)
    steps += _rules(law, final)
    return tuple(steps)


def _deciding(law: "Law", case: Case, act: str, as_of: AsOf) -> tuple[datetime, Verdict]:
    """Return the instant of the span whose answer stands, and that answer."""
    view = law.view(as_of.known)
    instants = law.instants(case.key, as_of)
    answers = [Instant(law.setting, view, case, t).answer(act)[0] for t in instants]
    worst = strictest(answers)
    return instants[answers.index(worst)], worst


def _bearing(law: "Law", case: Case, final: Verdict, at: datetime, as_of: AsOf) -> Iterator[str]:
    """Yield the ids of the events that bear on an answer, and of what replaced any of them."""
    record, known = law.record, as_of.known
    names = {case.key.entity, *(owner for owner, _ in case.facts.get("owner") or ())}
    names |= {owner for name in tuple(names) for owner in record.upstream(name)}
    lists = {name for regime, _, _ in case.regimes for name in regime.lists}
    regimes = {regime.id for regime, bound, _ in case.regimes if bound}
    because = set(final.because)
    for event in record.events:
        if event.effective > at or not record.visible(event, known):
            continue
        listing = event.list_id in lists and not names.isdisjoint(event.targets)
        policy = "list_kind" in event.params and not names.isdisjoint(event.targets)
        version = event.kind in _VERSIONS and event.regime in regimes
        if listing or policy or version or event.id in because:
            yield event.id


def _clocks(instant: Instant, at: datetime, outcome: Outcome) -> Iterator[Step]:
    for scene in instant.scenes:
        for reach in scene.found if scene.bound else ():
            for name, words in (
                ("ban_from", "the ban begins"),
                ("window_end", "the divestment window closes"),
            ):
                when = reach.clocks[name]
                if when is not None:
                    yield _clock(scene.regime, reach, name, words, when, at, outcome)


def _clock(
    regime: Regime,
    reach: Reach,
    name: str,
    words: str,
    when: datetime,
    at: datetime,
    outcome: Outcome,
) -> Step:
    tense = "has passed" if when <= at else "lies ahead"
    text = f"{words} at {when:%Y-%m-%d %H:%M} New York time, counted from {reach.listed:%Y-%m-%d}"
    return Step(
        "clock",
        f"{regime.id}/{reach.version.id}/{name}",
        f"{text}: it {tense}",
        (),
        when,
        None,
        outcome,
        outcome,
    )


def _rules(law: "Law", final: Verdict) -> Iterator[Step]:
    for reason in final.because:
        rule = rule_of(law.regimes.values(), reason)
        if rule is not None:
            yield Step(
                "rule",
                reason,
                rule.text,
                rule.cites,
                None,
                rule.known,
                final.outcome,
                final.outcome,
            )


def rule_of(regimes: Iterable[Regime], reason: str) -> Rule | None:
    """Return the row that stands under an id in a reason chain (`REGIME/version/row`)."""
    parts = reason.split("/")
    if len(parts) != 3:
        return None
    for regime in regimes:
        for version in regime.versions if regime.id == parts[0] else ():
            if version.id == parts[1]:
                return next((r for r in version.rules if r.id == parts[2]), None)
    return None


def flips(law: "Law", key: Key, act: str, holder: str, as_of: AsOf) -> tuple[Flip, ...]:
    """Return every single thing that would turn the answer.

    First events whose absence turns it (the latest first), then one stated or unstated fact, then
    one open question, then the next instant at which time alone does.
    """
    now = law.verdict(key, act, holder, as_of)
    found: list[Flip] = []
    events = [law.record.by_id[r] for r in now.because if r in law.record.by_id]
    for event in sorted(events, key=lambda e: e.order, reverse=True):
        after = law.without([event.id]).verdict(key, act, holder, as_of).outcome
        if after is not now.outcome:
            found.append(Flip("event", event.id, f"without: {event.text}", now.outcome, after))
    found += _fact_flips(law, key, act, holder, as_of, now)
    found += _question_flips(law, key, act, holder, as_of, now)
    found += _clock_flip(law, key, act, holder, as_of, now)
    return tuple(found)


def _fact_flips(
    law: "Law", key: Key, act: str, holder: str, as_of: AsOf, now: Verdict
) -> Iterator[Flip]:
    stated = dict(key.facts)
    for fact, values in sorted(_values(law.case(key, holder)).items()):
        for value in values:
            if fact not in law.vocabulary.facts or stated.get(fact) == value:
                continue
            other = Key.of(key.entity, key.instrument, {**stated, fact: value})
            after = law.verdict(other, act, holder, as_of).outcome
            if after is not now.outcome:
                shown = value.date().isoformat() if isinstance(value, datetime) else value
                yield Flip("fact", fact, f"if {fact} were {shown}", now.outcome, after)
                break


def _values(case: Case) -> dict[str, list[Any]]:
    """Return, per fact a bound regime tests, the values on either side of each test."""
    found: dict[str, list[Any]] = {}
    for regime, bound, _ in case.regimes:
        for version in regime.versions if bound else ():
            for rule in version.rules:
                for test in rule.facts:
                    found.setdefault(test.fact, []).extend(_around(test))
    return {fact: list(dict.fromkeys(values)) for fact, values in found.items()}


def _around(test: FactTest) -> list[Any]:
    value = test.value
    if isinstance(value, str) and value in CLOCK_NAMES:
        return []
    if isinstance(value, bool):
        return [value, not value]
    if isinstance(value, datetime):
        return [value - timedelta(days=1), value, value + timedelta(days=1)]
    if isinstance(value, float | int):
        step = 0.01 if 0 <= value <= 1 else 1
        return [value - step, value, value + step]
    return list(value) if isinstance(value, tuple) else [value, f"not {value}"]


def _question_flips(
    law: "Law", key: Key, act: str, holder: str, as_of: AsOf, now: Verdict
) -> Iterator[Flip]:
    for name in now.questions:
        question = law.questions.get(name)
        if question is None:
            continue
        for reading in ("strict", "lenient"):
            alone = replace(law, questions={name: question}).reading(reading)
            after = alone.verdict(key, act, holder, as_of).outcome
            if after is not now.outcome:
                yield Flip("question", name, f"read {reading}: {question.text}", now.outcome, after)


def _clock_flip(
    law: "Law", key: Key, act: str, holder: str, as_of: AsOf, now: Verdict
) -> Iterator[Flip]:
    case, view = law.case(key, holder), law.view(as_of.known)
    for edge in law.edges(case, as_of.known):
        if edge < max(as_of.end, as_of.start + timedelta(microseconds=1)):
            continue
        after = Instant(law.setting, view, case, edge).answer(act)[0].outcome
        if after is not now.outcome:
            yield Flip("clock", edge.isoformat(), f"from {edge:%Y-%m-%d %H:%M}", now.outcome, after)
            return


def market_events(law: "Law", entity: str, known: datetime) -> tuple[LegalEvent, ...]:
    """Return what venues and index providers did to an issuer: facts beside the law, in order."""
    events = law.record.venue.get(entity, ())
    return tuple(e for e in events if law.record.visible(e, known))
