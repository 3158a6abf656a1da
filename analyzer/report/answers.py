"""An answer about one name, and a timeline, as JSON and as rows."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from analyzer.core.asof import NEW_YORK
from analyzer.core.matching import Candidate
from analyzer.core.verdict import Status, Verdict
from analyzer.exposure import Answer, Question
from analyzer.exposure.notes import event_notes
from analyzer.law import Interval, Law
from analyzer.report.contract import instant, verdict_json
from analyzer.report.tables import verdict_words

STATUS_SCHEMA = "banimpact/status/v1"
TIMELINE_SCHEMA = "banimpact/timeline/v1"


def _reasoned(verdict: Verdict, law: Law) -> dict[str, Any]:
    """Return a verdict with its chain of events and its sources in full."""
    notes = event_notes(law, verdict.because)
    refs = {c["ref"]: c for note in notes.values() for c in note.cites}
    refs |= {
        law.citations[c].ref: {"ref": law.citations[c].ref, "url": law.citations[c].url}
        for c in verdict.cites
        if c in law.citations
    }
    body = verdict_json(verdict)
    body["because"] = [
        {"event": note.id, "date": note.date, "text": note.text} for note in notes.values()
    ]
    body["cites"] = [{"ref": c["ref"], "url": c["url"]} for c in refs.values()]
    return body


def answer_json(answer: Answer, law: Law) -> dict[str, Any]:
    """Return the published JSON of one answer."""
    question, judgement = answer.question, answer.judgement
    entity = answer.entity
    return {
        "schema": STATUS_SCHEMA,
        "query": answer.query,
        "as_of": str(question.as_of),
        "known": instant(question.as_of.known),
        "holder": question.holder,
        "holder_assumed": question.holder_assumed,
        "without_rulings": question.without_rulings,
        "entity": None
        if entity is None
        else {"id": entity.entity_id, "name": entity.entity, "how": entity.evidence},
        "candidates": [
            {"id": c.entity_id, "name": c.entity, "how": c.evidence} for c in answer.candidates
        ],
        "status": judgement.status.value if judgement else None,
        "flags": list(judgement.standing.flags) if judgement else [],
        "listed_on": list(judgement.standing.listed_on) if judgement else [],
        "verdicts": {act: _reasoned(v, law) for act, v in answer.verdicts.items()},
        "by_regime": [
            {
                "regime": regime,
                "verdicts": {act: _reasoned(v, law) for act, v in verdicts.items()},
            }
            for regime, verdicts in (judgement.by_regime if judgement else ())
        ],
        "changes": [
            {"at": instant(c.at), "act": c.act, "from": c.before.value, "to": c.after.value}
            for c in (judgement.changes if judgement else ())
        ],
        "deadlines": [
            {
                "regime": d.regime,
                "kind": d.kind,
                "at": instant(d.at),
                "inclusive": d.inclusive,
                "text": d.text,
            }
            for d in (judgement.deadlines if judgement else ())
        ],
        "lists": [
            {"id": c.id, "edition": c.edition.isoformat() if c.edition else None, "rows": c.rows}
            for c in answer.lists
        ],
    }


def answer_notes(answer: Answer, law: Law) -> Mapping[str, str]:
    """Return the reasons of an answer in words, by id."""
    ids = [reason for verdict in answer.verdicts.values() for reason in verdict.because]
    found = {}
    for key, note in event_notes(law, ids).items():
        refs = "; ".join(c["ref"] for c in note.cites)
        found[key] = f"{note.date}: {note.text}" + (f" [{refs}]" if refs else "")
    return found


def interval_rows(
    intervals: Iterable[Interval],
) -> Iterator[tuple[str, date | None, date | None, str, Status]]:
    """Yield act, first and last-exclusive New York day, answer and position status."""
    for item in intervals:
        start = item.start.astimezone(NEW_YORK).date() if item.start else None
        end = item.end.astimezone(NEW_YORK).date() if item.end else None
        yield item.act, start, end, verdict_words(item.verdict), item.status


def timeline_json(
    query: str, found: Candidate, question: Question, intervals: Iterable[Interval], law: Law
) -> dict[str, Any]:
    """Return the published JSON of a timeline."""
    return {
        "schema": TIMELINE_SCHEMA,
        "query": query,
        "entity": {"id": found.entity_id, "name": found.entity, "how": found.evidence},
        "known": instant(question.as_of.known),
        "holder": question.holder,
        "without_rulings": question.without_rulings,
        "intervals": [
            {
                "act": item.act,
                "from": instant(item.start),
                "to": instant(item.end),
                "position": item.status.value,
                **_reasoned(item.verdict, law),
            }
            for item in intervals
        ],
    }
