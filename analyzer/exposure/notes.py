"""Events and rules behind verdicts, in words and with their sources."""

from collections.abc import Iterable

from analyzer.core.asof import NEW_YORK
from analyzer.core.verdict import STATUS_MEANING, Judgement, Status, Verdict
from analyzer.exposure.result import EventNote
from analyzer.law import Law

_DECIDING = {
    Status.LOCKED: "sell",
    Status.SELL_WINDOW: "buy",
    Status.RESTRICTED: "buy",
    Status.UPCOMING: "buy",
}


def event_note(law: Law, reason: str) -> EventNote | None:
    """Return the event or rule with this id, or None when the law knows neither."""
    event = law.record.by_id.get(reason)
    if event is not None:
        moment = event.effective.astimezone(NEW_YORK)
        words = (
            moment.strftime("%Y-%m-%dT%H:%M%z")
            if event.precision == "minute"
            else moment.date().isoformat()
        )
        return EventNote(reason, words, event.text, _cites(law, event.cites))
    regime_id, _, rest = reason.partition("/")
    version_id, _, rule_id = rest.partition("/")
    regime = law.regimes.get(regime_id)
    for version in regime.versions if regime else ():
        if version.id != version_id:
            continue
        for rule in version.rules:
            if rule.id == rule_id:
                enacted = law.record.by_id.get(version.event)
                since = enacted.effective.astimezone(NEW_YORK).date().isoformat() if enacted else ""
                return EventNote(reason, since, rule.text, _cites(law, rule.cites))
    return None


def event_notes(law: Law, reasons: Iterable[str]) -> dict[str, EventNote]:
    """Return notes for ids, each once, in the order given; ids nobody knows are left out."""
    found = {reason: event_note(law, reason) for reason in dict.fromkeys(reasons)}
    return {reason: note for reason, note in found.items() if note is not None}


def _cites(law: Law, ids: Iterable[str]) -> tuple[dict[str, str], ...]:
    known = (law.citations[i] for i in ids if i in law.citations)
    return tuple({"ref": c.ref, "url": c.url, "grade": c.grade.value} for c in known)


def because_of(judgement: Judgement) -> tuple[str, ...]:
    """Return every id the answers for a judgement rest on, each once."""
    ids = [
        *judgement.standing.because,
        *(r for v in judgement.verdicts.values() for r in v.because),
    ]
    return tuple(dict.fromkeys(ids))


def sentences(law: Law, judgement: Judgement) -> tuple[str, ...]:
    """Return the reasons of a judgement, the deciding one first, each with its sources."""
    status = judgement.status
    deciding = judgement.verdicts.get(_DECIDING.get(status, "buy"))
    first = STATUS_MEANING[status]
    if deciding is not None and deciding.needs:
        first += f"; turns on {'; '.join(deciding.needs)}"
    notes = event_notes(law, [*(deciding.because if deciding else ()), *because_of(judgement)])
    rest = tuple(_sentence(note) for note in notes.values())
    return (_closing(first, deciding), *judgement.standing.flags, *rest)


def _closing(first: str, deciding: Verdict | None) -> str:
    if deciding is None or deciding.until is None:
        return first
    end = deciding.until.astimezone(NEW_YORK)
    word = "through" if deciding.until_inclusive else "until"
    return f"{first} ({word} {end:%Y-%m-%d %H:%M %Z})"


def _sentence(note: EventNote) -> str:
    refs = "; ".join(c["ref"] for c in note.cites)
    return f"{note.date}: {note.text}" + (f" [{refs}]" if refs else "")
