"""A user's work around an analysis: files and mapping, review, saved runs, what-if variants.

What-if is imported when first used: it brings in the solvers, and most commands need none.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from analyzer.ingest import Ingested
from analyzer.lists import Edition, ImportReport, diff_editions, import_file
from analyzer.workspace.archive import basis_of, save_whole
from analyzer.workspace.beside import ROLES, Beside, Ready, where, world_beside
from analyzer.workspace.deciding import (
    Together,
    decide,
    decide_together,
    take_back,
    together,
    withdraw,
)
from analyzer.workspace.decisions import decision_words, taken_back, trail_words
from analyzer.workspace.desk import Desk, analyze_desk, read_desk, world_of
from analyzer.workspace.desk import pack as pack_desk
from analyzer.workspace.desk import unpack as unpack_desk
from analyzer.workspace.dossier import Fact, compared, facts
from analyzer.workspace.grouping import GROUPINGS, crossed, grouped, line_table, pick
from analyzer.workspace.history import Changed, changes, load_run, results_of
from analyzer.workspace.intake import (
    TotalCheck,
    check_total,
    csv_bytes,
    pasted,
    template,
    unused_rows,
)
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
    Profile,
    fields,
    fingerprint,
    load_profile,
    preview,
    save_profile,
    sheets,
)
from analyzer.workspace.provenance import Ground, grounds
from analyzer.workspace.replay import CHART_ACTS, Replay, held_issuers, on_day, replay
from analyzer.workspace.review import (
    ORDERS,
    Effective,
    ReviewItem,
    State,
    effective,
    evidence,
    history_of,
    legal_questions,
    ordered,
    review_queue,
    undecided,
    with_judgements,
)
from analyzer.workspace.settings import (
    Setting,
    choices,
    rules_at_hand,
    store_size,
    thresholds,
    versions,
)

if TYPE_CHECKING:
    from analyzer.scenarios.run import ScenarioResult
    from analyzer.scenarios.spec import Scenario
    from analyzer.workspace.link import Known, from_link, to_link
    from analyzer.workspace.session import Session, pack_session, unpack_session
    from analyzer.workspace.variants import (
        differing,
        portfolio_matrix,
        renamed,
        status_matrix,
        tornado,
    )
    from analyzer.workspace.whatif import (
        HYPOTHESES,
        MOST_PATHS,
        NS_CMIC,
        TEMPLATES,
        Form,
        Hypothesis,
        issuer_of,
        run_form,
        scenario_from,
        scenario_of,
        scenario_text,
        shock_presets,
    )

_LATER = {
    "Form": "analyzer.workspace.whatif",
    "HYPOTHESES": "analyzer.workspace.whatif",
    "Hypothesis": "analyzer.workspace.whatif",
    "Known": "analyzer.workspace.link",
    "MOST_PATHS": "analyzer.workspace.whatif",
    "NS_CMIC": "analyzer.workspace.whatif",
    "Scenario": "analyzer.scenarios.spec",
    "ScenarioResult": "analyzer.scenarios.run",
    "Session": "analyzer.workspace.session",
    "TEMPLATES": "analyzer.workspace.whatif",
    "differing": "analyzer.workspace.variants",
    "from_link": "analyzer.workspace.link",
    "issuer_of": "analyzer.workspace.whatif",
    "pack_session": "analyzer.workspace.session",
    "portfolio_matrix": "analyzer.workspace.variants",
    "renamed": "analyzer.workspace.variants",
    "run_form": "analyzer.workspace.whatif",
    "scenario_from": "analyzer.workspace.whatif",
    "scenario_of": "analyzer.workspace.whatif",
    "scenario_text": "analyzer.workspace.whatif",
    "shock_presets": "analyzer.workspace.whatif",
    "status_matrix": "analyzer.workspace.variants",
    "to_link": "analyzer.workspace.link",
    "tornado": "analyzer.workspace.variants",
    "unpack_session": "analyzer.workspace.session",
}

__all__ = [
    "CHART_ACTS",
    "GROUPINGS",
    "HYPOTHESES",
    "MOST_PATHS",
    "NS_CMIC",
    "ORDERS",
    "ROLES",
    "TEMPLATES",
    "Beside",
    "Changed",
    "Desk",
    "Edition",
    "Effective",
    "Fact",
    "Form",
    "Ground",
    "Hypothesis",
    "ImportReport",
    "Ingested",
    "Known",
    "Preview",
    "Profile",
    "Ready",
    "Replay",
    "ReviewItem",
    "Scenario",
    "ScenarioResult",
    "Session",
    "Setting",
    "State",
    "Together",
    "TotalCheck",
    "analyze_desk",
    "basis_of",
    "changes",
    "check_total",
    "choices",
    "compared",
    "crossed",
    "csv_bytes",
    "decide",
    "decide_together",
    "decision_words",
    "diff_editions",
    "differing",
    "effective",
    "evidence",
    "facts",
    "fields",
    "fingerprint",
    "forget",
    "from_link",
    "grounds",
    "grouped",
    "held_issuers",
    "history_of",
    "import_file",
    "issuer_of",
    "legal_questions",
    "line_table",
    "load_profile",
    "load_run",
    "load_settings",
    "on_day",
    "ordered",
    "pack_desk",
    "pack_session",
    "pasted",
    "pick",
    "portfolio_matrix",
    "preview",
    "read_desk",
    "renamed",
    "replay",
    "results_of",
    "resume",
    "review_queue",
    "rules_at_hand",
    "run_form",
    "save_profile",
    "save_settings",
    "save_whole",
    "scenario_from",
    "scenario_of",
    "scenario_text",
    "sheets",
    "shock_presets",
    "status_matrix",
    "store_folder",
    "store_size",
    "suspend",
    "take_back",
    "taken_back",
    "template",
    "thresholds",
    "to_link",
    "together",
    "tornado",
    "trail_words",
    "undecided",
    "unpack_desk",
    "unpack_session",
    "unused_rows",
    "versions",
    "where",
    "with_judgements",
    "withdraw",
    "world_beside",
    "world_of",
]


def __getattr__(name: str) -> Any:
    """Import a what-if name on first use."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATER[name]), name)
