"""A user's work around an analysis: files and mapping, review, saved runs, what-if variants."""

from analyzer.workspace.calendar import deadlines_ics
from analyzer.workspace.desk import Desk, analyze_desk, read_desk, world_of
from analyzer.workspace.desk import pack as pack_desk
from analyzer.workspace.desk import unpack as unpack_desk
from analyzer.workspace.history import Changed, changes, load_run, results_of, save_run
from analyzer.workspace.places import forget, resume, store_folder, suspend
from analyzer.workspace.preview import (
    Preview,
    fields,
    fingerprint,
    load_profile,
    preview,
    save_profile,
)
from analyzer.workspace.review import (
    Effective,
    ReviewItem,
    State,
    decide,
    effective,
    evidence,
    legal_questions,
    review_queue,
    with_judgements,
    withdraw,
)
from analyzer.workspace.whatif import (
    HYPOTHESES,
    Hypothesis,
    Variant,
    analyze_variant,
    assumed_event,
    law_of,
)

__all__ = [
    "HYPOTHESES",
    "Changed",
    "Desk",
    "Effective",
    "Hypothesis",
    "Preview",
    "ReviewItem",
    "State",
    "Variant",
    "analyze_desk",
    "analyze_variant",
    "assumed_event",
    "changes",
    "deadlines_ics",
    "decide",
    "effective",
    "evidence",
    "fields",
    "fingerprint",
    "forget",
    "law_of",
    "legal_questions",
    "load_profile",
    "load_run",
    "pack_desk",
    "preview",
    "read_desk",
    "results_of",
    "resume",
    "review_queue",
    "save_profile",
    "save_run",
    "store_folder",
    "suspend",
    "unpack_desk",
    "with_judgements",
    "withdraw",
    "world_of",
]
