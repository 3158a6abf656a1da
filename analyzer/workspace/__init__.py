"""A user's work around an analysis: files and mapping, review, saved runs, what-if variants.

What-if is imported when first used: it brings in the solvers, and most commands need none.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from analyzer.scenarios.run import ScenarioResult
    from analyzer.workspace.whatif import (
        HYPOTHESES,
        NS_CMIC,
        TEMPLATES,
        Form,
        Hypothesis,
        differing,
        issuer_of,
        run_form,
        scenario_of,
        scenario_text,
        shock_presets,
        status_matrix,
        tornado,
    )

_LATER = {
    "Form": "analyzer.workspace.whatif",
    "HYPOTHESES": "analyzer.workspace.whatif",
    "Hypothesis": "analyzer.workspace.whatif",
    "NS_CMIC": "analyzer.workspace.whatif",
    "ScenarioResult": "analyzer.scenarios.run",
    "TEMPLATES": "analyzer.workspace.whatif",
    "differing": "analyzer.workspace.whatif",
    "issuer_of": "analyzer.workspace.whatif",
    "run_form": "analyzer.workspace.whatif",
    "scenario_of": "analyzer.workspace.whatif",
    "scenario_text": "analyzer.workspace.whatif",
    "shock_presets": "analyzer.workspace.whatif",
    "status_matrix": "analyzer.workspace.whatif",
    "tornado": "analyzer.workspace.whatif",
}

__all__ = [
    "CHART_ACTS",
    "GROUPINGS",
    "HYPOTHESES",
    "NS_CMIC",
    "TEMPLATES",
    "Changed",
    "Desk",
    "Edition",
    "Effective",
    "Form",
    "Hypothesis",
    "ImportReport",
    "Ingested",
    "Preview",
    "Replay",
    "ReviewItem",
    "ScenarioResult",
    "State",
    "analyze_desk",
    "changes",
    "decide",
    "diff_editions",
    "differing",
    "effective",
    "evidence",
    "fields",
    "fingerprint",
    "forget",
    "grouped",
    "held_issuers",
    "import_file",
    "issuer_of",
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
    "run_form",
    "save_profile",
    "save_run",
    "save_settings",
    "scenario_of",
    "scenario_text",
    "shock_presets",
    "status_matrix",
    "store_folder",
    "suspend",
    "tornado",
    "unpack_desk",
    "with_judgements",
    "withdraw",
    "world_of",
]


def __getattr__(name: str) -> Any:
    """Import a what-if name on first use."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATER[name]), name)
