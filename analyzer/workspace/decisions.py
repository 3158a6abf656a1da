"""Records of decisions: what one says, and the record that takes it back."""

from dataclasses import replace
from datetime import datetime

from analyzer.core.matching import Decision, JudgementRecord

_WITHDRAWN = "Withdrawn: "


def withdrawal(record: JudgementRecord, who: str, when: datetime) -> JudgementRecord:
    """Return the record that takes another back."""
    why = f"{_WITHDRAWN}{record.decision.value} of {record.who}"
    return replace(record, decision=Decision.ESCALATE, who=who.strip(), when=when, why=why)


def taken_back(record: JudgementRecord) -> bool:
    """Say whether a record takes an earlier decision back."""
    return record.why.startswith(_WITHDRAWN)


def decision_words(record: JudgementRecord) -> str:
    """Return what a record did in one word or two: `confirmed`, `taken back`."""
    if taken_back(record):
        return "taken back"
    return {"confirm": "confirmed", "reject": "rejected"}.get(record.decision, "escalated")
