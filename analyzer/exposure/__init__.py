"""Verdicts joined to lines, added up and reconciled."""

from analyzer.exposure.assess import LINES, Screening, assess
from analyzer.exposure.result import (
    Analysis,
    Answer,
    Coverage,
    EventNote,
    IndirectHolding,
    InputNote,
    KnownNow,
    LineDeadline,
    LineJudgement,
    ListCoverage,
    Question,
    Sum,
    Totals,
)

__all__ = [
    "LINES",
    "Analysis",
    "Answer",
    "Coverage",
    "EventNote",
    "IndirectHolding",
    "InputNote",
    "KnownNow",
    "LineDeadline",
    "LineJudgement",
    "ListCoverage",
    "Question",
    "Screening",
    "Sum",
    "Totals",
    "assess",
]
