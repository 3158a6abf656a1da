"""One issuer's law over time, and on one day: what the as-of slider shows."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import pandas as pd

from analyzer.core.asof import NEW_YORK, AsOf
from analyzer.core.events import LegalEvent
from analyzer.core.verdict import STATUS_MEANING, STATUS_RANK, Outcome, Verdict
from analyzer.exposure import Analysis, Question
from analyzer.law import Interval
from analyzer.report.tables import verdict_words
from analyzer.service import World, timeline_of

CHART_ACTS = ("buy", "sell", "hold")
_MARGIN = timedelta(days=75)
_QUIET = frozenset({Outcome.PERMITTED, Outcome.NOT_APPLICABLE})


@dataclass(frozen=True)
class Replay:
    """The answers for one issuer over all time.

    Parameters
    ----------
    entity_id, entity
        Whom it is about.
    spans
        lane (`position`, or an act), start, end (New York wall time), answer (a status, or an
        outcome), words; open ends cut at `first` and `last`.
    events
        at (New York wall time), text, kind, id: what the answers rest on and what concerns the
        issuer, in order.
    first, last
        The days shown.
    """

    entity_id: str
    entity: str
    spans: pd.DataFrame
    events: pd.DataFrame
    first: date
    last: date


def replay(
    world: World, entity_id: str, question: Question, known: datetime, instrument: str = "equity"
) -> Replay:
    """Return the answers for one issuer as known at one instant.

    Raises
    ------
    QueryError
        When the name is not known.
    """
    found, intervals = timeline_of(world, entity_id, question, known, CHART_ACTS, instrument)
    events = _events(world, found.entity_id, intervals, known)
    days = [_day(e.effective) for e in events] + _turns(intervals)
    days = [d for d in days if d.year < 2100] or [question.as_of.day]
    first, last = min(days) - _MARGIN, max(days) + _MARGIN
    acts = pd.DataFrame(
        [
            (i.act, *_edges(i, first, last), answer_kind(i.verdict), verdict_words(i.verdict))
            for i in intervals
        ],
        columns=["lane", "start", "end", "answer", "words"],
    )
    position = pd.DataFrame(
        [
            ("position", *_edges(i, first, last), i.status.value, STATUS_MEANING[i.status])
            for i in intervals
            if i.act == CHART_ACTS[0]
        ],
        columns=acts.columns,
    )
    spans = pd.concat([_joined(position), _joined(acts)], ignore_index=True)
    rows = [(_local(e.effective), e.text, e.kind.value, e.id) for e in events]
    frame = pd.DataFrame(rows, columns=["at", "text", "kind", "id"])
    return Replay(found.entity_id, found.entity, spans, frame, first, last)


def _turns(intervals: Sequence[Interval]) -> list[date]:
    """Return the days on which an answer becomes another one."""
    found = []
    for before, after in itertools.pairwise(intervals):
        same = before.act != after.act or (
            answer_kind(before.verdict) == answer_kind(after.verdict)
            and before.status is after.status
        )
        if not same and after.start is not None:
            found.append(_day(after.start))
    return found


def answer_kind(verdict: Verdict) -> str:
    """Return an outcome as a word; a permission that ends is told from one that does not."""
    if verdict.outcome is Outcome.PERMITTED and verdict.until is not None:
        return Outcome.PERMITTED_UNTIL.value
    return verdict.outcome.value


def _edges(interval: Interval, first: date, last: date) -> tuple[datetime, datetime]:
    start = datetime.combine(first, datetime.min.time())
    end = datetime.combine(last, datetime.min.time())
    return (
        _local(interval.start) if interval.start else start,
        _local(interval.end) if interval.end else end,
    )


def _joined(spans: pd.DataFrame) -> pd.DataFrame:
    """Join neighbours of one lane with the same answer, and drop what lasts no time."""
    spans = spans.loc[spans["start"] < spans["end"]].reset_index(drop=True)
    same = ["lane", "answer", "words"]
    block = (spans[same] != spans[same].shift()).any(axis=1).cumsum()
    joined = spans.groupby(block, sort=False).agg(
        lane=("lane", "first"),
        start=("start", "first"),
        end=("end", "last"),
        answer=("answer", "first"),
        words=("words", "first"),
    )
    return joined.reset_index(drop=True)


def _local(moment: datetime) -> datetime:
    """Return New York wall time without a zone, as charts draw it."""
    return moment.astimezone(NEW_YORK).replace(tzinfo=None)


def _events(
    world: World, entity_id: str, intervals: tuple[Interval, ...], known: datetime
) -> list[LegalEvent]:
    reasons = {r for i in intervals if i.verdict.outcome not in _QUIET for r in i.verdict.because}
    wanted = [
        e
        for e in world.law.record.events
        if e.known <= known and (entity_id in e.targets or e.id in reasons)
    ]
    return sorted(wanted, key=lambda e: e.order)


def _day(moment: datetime) -> date:
    return moment.astimezone(NEW_YORK).date()


def held_issuers(analysis: Analysis) -> dict[str, tuple[str, str]]:
    """Return entity id to name and instrument of every matched issuer, most severe first."""
    order = sorted(
        (a for a in analysis.judged if a.match is not None),
        key=lambda a: (STATUS_RANK[a.status], a.match.entity if a.match else ""),
    )
    found: dict[str, tuple[str, str]] = {}
    for answer in order:
        if answer.match is not None:
            found.setdefault(answer.match.entity_id, (answer.match.entity, answer.instrument))
    return found


def on_day(question: Question, day: date, then: bool, newest: datetime) -> Question:
    """Return the question moved to a day; `then` uses only what was known by its end."""
    as_of = AsOf.of(day)
    if not then:
        as_of = as_of.with_known(max(newest, as_of.known))
    return replace(question, as_of=as_of)
