"""Published lists: editions stored whole, events by difference, imports into the user's folder."""

from analyzer.lists.diff import EditionDiff, diff_editions
from analyzer.lists.events import roster_at
from analyzer.lists.files import export
from analyzer.lists.importing import Imported, ImportReport, import_file
from analyzer.lists.load import ListData, editions, list_events, load_lists
from analyzer.lists.roster import Edition, RosterRow
from analyzer.lists.spec import BUNDLED, ListSpec, catalogue, discover
from analyzer.lists.update import Fetched, fetch_url, update

__all__ = [
    "BUNDLED",
    "Edition",
    "EditionDiff",
    "Fetched",
    "ImportReport",
    "Imported",
    "ListData",
    "ListSpec",
    "RosterRow",
    "catalogue",
    "diff_editions",
    "discover",
    "editions",
    "export",
    "fetch_url",
    "import_file",
    "list_events",
    "load_lists",
    "roster_at",
    "update",
]
