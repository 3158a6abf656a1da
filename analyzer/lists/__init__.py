"""Published lists: editions stored whole, events by difference."""

from analyzer.lists.events import roster_at
from analyzer.lists.load import ListData, editions, list_events, load_lists
from analyzer.lists.roster import Edition, RosterRow
from analyzer.lists.spec import BUNDLED, ListSpec, discover

__all__ = [
    "BUNDLED",
    "Edition",
    "ListData",
    "ListSpec",
    "RosterRow",
    "discover",
    "editions",
    "list_events",
    "load_lists",
    "roster_at",
]
