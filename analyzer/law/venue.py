"""Whether a venue trades a line: a fact about the venue, never about the law."""

from datetime import datetime

from analyzer.core.events import EventKind
from analyzer.core.verdict import Key, Outcome, Verdict
from analyzer.law.view import View

APART = "a fact about the venue: whether a trade is lawful is what buy and sell answer"


def venue_at(view: View, key: Key, at: datetime) -> Verdict:
    """Return the newest state of the venues that named the line, at an instant."""
    state = Verdict(Outcome.PERMITTED, conditions=(APART,))
    for event in view.record.venue.get(key.entity, ()):
        words = event.params.get("instruments")
        if (
            event.kind is not EventKind.VENUE
            or event.effective > at
            or not view.record.visible(event, view.known)
            or (words and key.instrument not in words)
        ):
            continue
        closed = event.params.get("state") == "suspended"
        state = Verdict(
            Outcome.VENUE_UNAVAILABLE if closed else Outcome.PERMITTED,
            basis="venue",
            because=(event.id,),
            cites=event.cites,
            conditions=(event.text, APART),
        )
    return state
