"""Outcomes, verdicts and the one word for a position."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """What the law says of one act, most severe first."""

    BLOCK_AND_REPORT = "block_and_report"
    REJECT_AND_REPORT = "reject_and_report"
    PROHIBITED = "prohibited"
    LICENCE_REQUIRED = "licence_required"
    VENUE_UNAVAILABLE = "venue_unavailable"
    REVIEW = "review"
    UNKNOWN = "unknown"
    PERMITTED_UNTIL = "permitted_until"
    PERMITTED = "permitted"
    NOT_APPLICABLE = "not_applicable"


SEVERITY: dict[Outcome, int] = {outcome: rank for rank, outcome in enumerate(Outcome)}

PROHIBITIONS = frozenset(
    {
        Outcome.BLOCK_AND_REPORT,
        Outcome.REJECT_AND_REPORT,
        Outcome.PROHIBITED,
        Outcome.LICENCE_REQUIRED,
    }
)


class Status(StrEnum):
    """One word for a position; the first that holds."""

    BLOCKED = "blocked"
    REVIEW = "review"
    LOCKED = "locked"
    SELL_WINDOW = "sell_window"
    RESTRICTED = "restricted"
    UNKNOWN = "unknown"
    UPCOMING = "upcoming"
    SUSPENDED = "suspended"
    RELEASED = "released"
    WATCH = "watch"
    NO_MATCH = "no_match"


STATUS_RANK: dict[Status, int] = {status: rank for rank, status in enumerate(Status)}

STATUS_MEANING: dict[Status, str] = {
    Status.BLOCKED: "property is blocked: keep, freeze and report",
    Status.REVIEW: "a person must decide",
    Status.LOCKED: "may hold, may not sell",
    Status.SELL_WINDOW: "no purchases; sale to divest until the window closes",
    Status.RESTRICTED: "no purchases; sale free or conditional",
    Status.UNKNOWN: "not verified; treat as not permitted",
    Status.UPCOMING: "listed; a ban begins on a known date",
    Status.SUSPENDED: "listed, but a court has suspended the effect",
    Status.RELEASED: "designated earlier; no longer",
    Status.WATCH: "on a list that bans no investment, or an affiliate the regime does not reach",
    Status.NO_MATCH: "no match in the lists screened",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one regime, or all of them together, say of one act.

    Parameters
    ----------
    outcome
        The answer.
    until, until_inclusive
        The published instant the answer ends, and whether that minute still counts.
    regime
        The regime that decides; None when none does.
    basis
        `law`, `court`, `licence`, `policy`, `question`, `venue` or `none`.
    because
        Event and rule ids, in the order they bear on the answer.
    cites
        Citation ids.
    conditions, needs, questions
        What the answer is subject to; facts that would settle it; open questions it rests on.
    stale
        The instant lies beyond what was verified.
    grade
        The weakest grade among the facts relied on.
    report_due
        Words for a reporting duty (31 CFR 501.604: 10 business days).
    """

    outcome: Outcome
    until: datetime | None = None
    until_inclusive: bool = False
    regime: str | None = None
    basis: str = "none"
    because: tuple[str, ...] = ()
    cites: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    stale: bool = False
    grade: str = ""
    report_due: str | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """What is asked about: an entity, an instrument, and the facts the answer may turn on.

    `facts` is a sorted tuple of pairs so that keys hash and compare.
    """

    entity: str
    instrument: str = "equity"
    facts: tuple[tuple[str, Any], ...] = ()

    @classmethod
    def of(
        cls, entity: str, instrument: str = "equity", facts: Mapping[str, Any] | None = None
    ) -> "Key":
        """Build from a mapping of facts."""
        return cls(entity, instrument, tuple(sorted((facts or {}).items())))


@dataclass(frozen=True, slots=True)
class Change:
    """An answer that changes within the day asked about."""

    at: datetime
    act: str
    before: Outcome
    after: Outcome


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an entity stands at an instant, apart from any act.

    Parameters
    ----------
    listed_on
        Ids of the lists that name it now.
    flags
        Words for lists that ban no investment ("DoD s.1260H: procurement only").
    pending, suspended, formerly
        A ban is due to begin; a court has suspended it; it was designated earlier.
    because
        The events this rests on.
    close_name
        Reached only because the name closely matches a listed one: a judgement for a person.
    """

    listed_on: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    pending: bool = False
    suspended: bool = False
    formerly: bool = False
    because: tuple[str, ...] = ()
    close_name: bool = False


@dataclass(frozen=True, slots=True)
class Deadline:
    """A date on which what is permitted changes, for one entity under one regime."""

    entity: str
    regime: str
    kind: str  # purchases_end | window_closes | licence_ends
    at: datetime
    inclusive: bool
    text: str
    because: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """Everything the law says of one key at one `AsOf`."""

    key: Key
    status: Status
    verdicts: Mapping[str, Verdict]
    by_regime: tuple[tuple[str, Mapping[str, Verdict]], ...] = ()
    standing: Standing = field(default_factory=Standing)
    changes: tuple[Change, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
