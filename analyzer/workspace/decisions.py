"""Records of decisions: what one says, and the record that takes it back."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from analyzer.core.matching import Decision, JudgementRecord
from analyzer.store import AuditEntry

_WITHDRAWN = "Withdrawn: "


def withdrawal(record: JudgementRecord, who: str, when: datetime) -> JudgementRecord:
    """Return the record that takes another back."""
    why = f"{_WITHDRAWN}{record.decision.value} of {record.who}"
    return replace(record, decision=Decision.ESCALATE, who=who.strip(), when=when, why=why)


def standing(records: Iterable[JudgementRecord]) -> tuple[JudgementRecord, ...]:
    """Return the decisions on one pair that nobody has taken back.

    Parameters
    ----------
    records
        Every decision on the pair, oldest first.
    """
    kept: list[JudgementRecord] = []
    for record in records:
        if not taken_back(record):
            kept.append(record)
            continue
        gone = next(
            (r for r in reversed(kept) if withdrawal(r, "", r.when).why == record.why), None
        )
        if gone is not None:
            kept.remove(gone)
    return tuple(kept)


def taken_back(record: JudgementRecord) -> bool:
    """Say whether a record takes an earlier decision back."""
    return record.why.startswith(_WITHDRAWN)


def decision_words(record: JudgementRecord) -> str:
    """Return what a record did in one word or two: `confirmed`, `taken back`."""
    return _words(record.decision, record.why)


def _words(decision: str, why: str) -> str:
    if why.startswith(_WITHDRAWN):
        return "taken back"
    return {"confirm": "confirmed", "reject": "rejected"}.get(decision, "escalated")


def trail_words(entry: AuditEntry) -> str:
    """Return what an entry of the audit trail is about; a decision taken back says so."""
    body = json.loads(entry.details)
    if entry.action == "judgements":
        what = _words(body["decision"], body["why"])
        return (
            f"{body['security_key']} / {body['entity_id']} {what} by {body['who']}: {body['why']}"
        )
    shown = ("portfolio", "as_of", "list_id", "edition", "file", "rows", "id")
    return ", ".join(f"{key} {body[key]}" for key in shown if body.get(key))
