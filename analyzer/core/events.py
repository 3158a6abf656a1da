"""Dated legal facts: immutable, append-only, each with its source.

An event says when it takes effect and when it was first public. Corrections supersede; nothing
is edited.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from analyzer.core.entities import Grade


class EventKind(StrEnum):
    """What an event does. The order here is the order at one instant."""

    REVOKE = "revoke"  # a rule ends
    EXPIRE = "expire"  # a licence or a stay ends
    DELIST = "delist"  # a name leaves a list
    ENACT = "enact"  # a rule begins
    AMEND = "amend"  # a later version of a rule begins
    DESIGNATE = "designate"  # a name enters a list
    CORRECT = "correct"  # an official correction of an earlier event
    WITHDRAW = "withdraw"  # a publication taken back: no legal effect
    LICENSE = "license"  # an authorisation, usually with an end
    GUIDANCE = "guidance"  # a published reading that the rules cite
    SUSPEND = "suspend"  # a court (or an agency for it) stays the effect on one name
    RESUME = "resume"  # the stay ends
    VACATE = "vacate"  # the designation is void
    AFFIRM = "affirm"  # a court leaves the designation standing: nothing changes
    UNCERTAIN = "uncertain"  # an open question over a span
    VENUE = "venue"  # an exchange suspends or restores trading: never a legal date
    INDEX = "index"  # an index provider acts: never a legal date


RANK: dict[EventKind, int] = {kind: rank for rank, kind in enumerate(EventKind)}


@dataclass(frozen=True, slots=True)
class Citation:
    """A primary instrument, the copy that was read, and how well it attests the fact."""

    id: str
    ref: str
    url: str = ""
    copy: str = ""
    grade: Grade = Grade.SECONDARY


@dataclass(frozen=True, slots=True)
class LegalEvent:
    """One dated legal fact.

    Parameters
    ----------
    id
        Unique across all data, stable for ever.
    kind
        What it does.
    effective, known
        When it takes effect; when it was first public.
    regime
        The regime it belongs to, if it changes a rule.
    list_id
        The list it belongs to, if it changes or suspends a listing.
    targets
        Entity ids it concerns; empty for all.
    text
        One sentence for people.
    cites
        Citation ids.
    params
        What the kind needs: `until`, `version`, `acts`, `instruments`, `mic`, `question`, ...
    supersedes
        Ids of events it replaces from the moment it is known.
    follows
        The event whose consequence this is; it goes when that goes.
    court
        Docket id when a court, or someone implementing a court's order, is the source.
    precision
        `minute`, `day` or `month`.
    where
        `file:line` in the data.
    """

    id: str
    kind: EventKind
    effective: datetime
    known: datetime
    regime: str | None = None
    list_id: str | None = None
    targets: tuple[str, ...] = ()
    text: str = ""
    cites: tuple[str, ...] = ()
    params: dict[str, Any] = field(default_factory=dict)
    supersedes: tuple[str, ...] = ()
    follows: str | None = None
    court: str | None = None
    precision: str = "day"
    where: str = ""

    @property
    def order(self) -> tuple[datetime, int, str]:
        """Sort key: instant, then kind, then id."""
        return (self.effective, RANK[self.kind], self.id)
