"""A user's work around an analysis: files and mapping, review, saved runs, what-if variants.

The names are imported when first used: a command that analyses a file needs no scenarios.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analyzer.ingest import Ingested
    from analyzer.lists import Edition, ImportReport, diff_editions, import_file
    from analyzer.scenarios.run import ScenarioResult
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

_HOMES = {
    "CHART_ACTS": ("analyzer.workspace.replay", "CHART_ACTS"),
    "Changed": ("analyzer.workspace.history", "Changed"),
    "Desk": ("analyzer.workspace.desk", "Desk"),
    "Edition": ("analyzer.lists", "Edition"),
    "Effective": ("analyzer.workspace.review", "Effective"),
    "Form": ("analyzer.workspace.whatif", "Form"),
    "GROUPINGS": ("analyzer.workspace.grouping", "GROUPINGS"),
    "HYPOTHESES": ("analyzer.workspace.whatif", "HYPOTHESES"),
    "Hypothesis": ("analyzer.workspace.whatif", "Hypothesis"),
    "ImportReport": ("analyzer.lists", "ImportReport"),
    "Ingested": ("analyzer.ingest", "Ingested"),
    "NS_CMIC": ("analyzer.workspace.whatif", "NS_CMIC"),
    "Preview": ("analyzer.workspace.preview", "Preview"),
    "Replay": ("analyzer.workspace.replay", "Replay"),
    "ReviewItem": ("analyzer.workspace.review", "ReviewItem"),
    "ScenarioResult": ("analyzer.scenarios.run", "ScenarioResult"),
    "State": ("analyzer.workspace.review", "State"),
    "TEMPLATES": ("analyzer.workspace.whatif", "TEMPLATES"),
    "analyze_desk": ("analyzer.workspace.desk", "analyze_desk"),
    "changes": ("analyzer.workspace.history", "changes"),
    "decide": ("analyzer.workspace.review", "decide"),
    "diff_editions": ("analyzer.lists", "diff_editions"),
    "differing": ("analyzer.workspace.whatif", "differing"),
    "effective": ("analyzer.workspace.review", "effective"),
    "evidence": ("analyzer.workspace.review", "evidence"),
    "fields": ("analyzer.workspace.preview", "fields"),
    "fingerprint": ("analyzer.workspace.preview", "fingerprint"),
    "forget": ("analyzer.workspace.places", "forget"),
    "grouped": ("analyzer.workspace.grouping", "grouped"),
    "held_issuers": ("analyzer.workspace.replay", "held_issuers"),
    "import_file": ("analyzer.lists", "import_file"),
    "issuer_of": ("analyzer.workspace.whatif", "issuer_of"),
    "legal_questions": ("analyzer.workspace.review", "legal_questions"),
    "line_table": ("analyzer.workspace.grouping", "line_table"),
    "load_profile": ("analyzer.workspace.preview", "load_profile"),
    "load_run": ("analyzer.workspace.history", "load_run"),
    "load_settings": ("analyzer.workspace.places", "load_settings"),
    "on_day": ("analyzer.workspace.replay", "on_day"),
    "pack_desk": ("analyzer.workspace.desk", "pack"),
    "pick": ("analyzer.workspace.grouping", "pick"),
    "preview": ("analyzer.workspace.preview", "preview"),
    "read_desk": ("analyzer.workspace.desk", "read_desk"),
    "replay": ("analyzer.workspace.replay", "replay"),
    "results_of": ("analyzer.workspace.history", "results_of"),
    "resume": ("analyzer.workspace.places", "resume"),
    "review_queue": ("analyzer.workspace.review", "review_queue"),
    "run_form": ("analyzer.workspace.whatif", "run_form"),
    "save_profile": ("analyzer.workspace.preview", "save_profile"),
    "save_run": ("analyzer.workspace.history", "save_run"),
    "save_settings": ("analyzer.workspace.places", "save_settings"),
    "scenario_of": ("analyzer.workspace.whatif", "scenario_of"),
    "scenario_text": ("analyzer.workspace.whatif", "scenario_text"),
    "shock_presets": ("analyzer.workspace.whatif", "shock_presets"),
    "status_matrix": ("analyzer.workspace.whatif", "status_matrix"),
    "store_folder": ("analyzer.workspace.places", "store_folder"),
    "suspend": ("analyzer.workspace.places", "suspend"),
    "tornado": ("analyzer.workspace.whatif", "tornado"),
    "unpack_desk": ("analyzer.workspace.desk", "unpack"),
    "with_judgements": ("analyzer.workspace.review", "with_judgements"),
    "withdraw": ("analyzer.workspace.review", "withdraw"),
    "world_of": ("analyzer.workspace.desk", "world_of"),
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
    """Import a public name on first use."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, inner = _HOMES[name]
    return getattr(import_module(module), inner)
