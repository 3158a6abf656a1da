"""A user's work around an analysis: files and mapping, review, saved runs, what-if variants."""

from analyzer.ingest import Ingested
from analyzer.lists import Edition, ImportReport, diff_editions, import_file
from analyzer.workspace.desk import Desk, analyze_desk, read_desk, world_of
from analyzer.workspace.desk import pack as pack_desk
from analyzer.workspace.desk import unpack as unpack_desk
from analyzer.workspace.grouping import GROUPINGS, grouped, line_table, pick
from analyzer.workspace.history import Changed, changes, load_run, results_of, save_run
from analyzer.workspace.places import (
    forget,
    load_settings,
    resume,
    save_settings,
    store_folder,
    suspend,
)
from analyzer.workspace.preview import (
    Preview,
    fields,
    fingerprint,
    load_profile,
    preview,
    save_profile,
)
from analyzer.workspace.replay import CHART_ACTS, Replay, held_issuers, on_day, replay
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
    "CHART_ACTS",
    "GROUPINGS",
    "HYPOTHESES",
    "Changed",
    "Desk",
    "Edition",
    "Effective",
    "Hypothesis",
    "ImportReport",
    "Ingested",
    "Preview",
    "Replay",
    "ReviewItem",
    "State",
    "Variant",
    "analyze_desk",
    "analyze_variant",
    "assumed_event",
    "changes",
    "decide",
    "diff_editions",
    "effective",
    "evidence",
    "fields",
    "fingerprint",
    "forget",
    "grouped",
    "held_issuers",
    "import_file",
    "law_of",
    "legal_questions",
    "line_table",
    "load_profile",
    "load_run",
    "load_settings",
    "on_day",
    "pack_desk",
    "pick",
    "preview",
    "read_desk",
    "replay",
    "results_of",
    "resume",
    "review_queue",
    "save_profile",
    "save_run",
    "save_settings",
    "store_folder",
    "suspend",
    "unpack_desk",
    "with_judgements",
    "withdraw",
    "world_of",
]
