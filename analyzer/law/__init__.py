"""The law: dated rules and events, replayed at an instant."""

from analyzer.law.combine import combine
from analyzer.law.expect import failed_expectations
from analyzer.law.explain import Flip, Step
from analyzer.law.load import Expectation, LawData, event_of, load_law_data
from analyzer.law.parse import fact_value, stated_fact
from analyzer.law.query import ACTS, Law
from analyzer.law.replay import Record
from analyzer.law.spec import Phase, Question, Regime, Via, Vocabulary
from analyzer.law.timeline import Interval, timeline

__all__ = [
    "ACTS",
    "Expectation",
    "Flip",
    "Interval",
    "Law",
    "LawData",
    "Phase",
    "Question",
    "Record",
    "Regime",
    "Step",
    "Via",
    "Vocabulary",
    "combine",
    "event_of",
    "fact_value",
    "failed_expectations",
    "load_law_data",
    "stated_fact",
    "timeline",
]
