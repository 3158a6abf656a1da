"""The fold: which designations are in force for an entity at an instant, as known then."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from analyzer.core.entities import Relation, RelationKind
from analyzer.core.events import EventKind, LegalEvent

_LISTING = frozenset(
    {
        EventKind.DESIGNATE,
        EventKind.DELIST,
        EventKind.SUSPEND,
        EventKind.RESUME,
        EventKind.VACATE,
        EventKind.AFFIRM,
    }
)


@dataclass(frozen=True, slots=True)
class Membership:
    """One entity's state on one list.

    `listed` is None when the name is not on the list; `because` holds the events that made the
    state, `formerly` whether it was ever on it.
    """

    list_id: str
    listed: datetime | None = None
    suspended: bool = False
    formerly: bool = False
    because: tuple[str, ...] = ()


@dataclass(frozen=True)
class Record:
    """All events, indexed. Never changed: a what-if is a new record."""

    events: tuple[LegalEvent, ...]
    relations: tuple[Relation, ...] = ()
    by_id: dict[str, LegalEvent] = field(init=False)
    listing: dict[tuple[str, str], list[LegalEvent]] = field(init=False)
    by_regime: dict[str, list[LegalEvent]] = field(init=False)
    venue: dict[str, list[LegalEvent]] = field(init=False)
    lists_of: dict[str, list[str]] = field(init=False)
    superseded_by: dict[str, list[LegalEvent]] = field(init=False)
    closing: dict[str, list[LegalEvent]] = field(init=False)
    related: dict[str, list[Relation]] = field(init=False)

    def __post_init__(self) -> None:
        """Index the events once."""
        put = object.__setattr__
        kept = _without_orphans(self.events)
        ordered = sorted(kept, key=lambda e: e.order)
        put(self, "events", tuple(ordered))
        put(self, "by_id", {e.id: e for e in ordered})
        listing: dict[tuple[str, str], list[LegalEvent]] = defaultdict(list)
        by_regime: dict[str, list[LegalEvent]] = defaultdict(list)
        venue: dict[str, list[LegalEvent]] = defaultdict(list)
        superseded: dict[str, list[LegalEvent]] = defaultdict(list)
        closing: dict[str, list[LegalEvent]] = defaultdict(list)
        lists_of: dict[str, list[str]] = defaultdict(list)
        for event in ordered:
            if event.list_id is not None and event.kind in _LISTING:
                for target in event.targets:
                    listing[event.list_id, target].append(event)
                    if event.list_id not in lists_of[target]:
                        lists_of[target].append(event.list_id)
            elif event.kind in (EventKind.VENUE, EventKind.INDEX):
                for target in event.targets:
                    venue[target].append(event)
            elif event.regime is not None:
                by_regime[event.regime].append(event)
            for old in event.supersedes:
                superseded[old].append(event)
            for question in event.params.get("closes", ()):
                closing[question].append(event)
        put(self, "listing", dict(listing))
        put(self, "by_regime", dict(by_regime))
        put(self, "venue", dict(venue))
        put(self, "lists_of", dict(lists_of))
        put(self, "superseded_by", dict(superseded))
        put(self, "closing", dict(closing))
        related: dict[str, list[Relation]] = defaultdict(list)
        for relation in self.relations:
            related[relation.entity].append(relation)
        put(self, "related", dict(related))

    def visible(self, event: LegalEvent, known: datetime) -> bool:
        """Whether an event is known and not replaced by a known correction."""
        if event.known > known:
            return False
        return not any(
            newer.known <= known and newer.kind in (EventKind.CORRECT, EventKind.WITHDRAW)
            for newer in self.superseded_by.get(event.id, ())
        )

    def membership(
        self, list_id: str, entity: str, at: datetime, known: datetime
    ) -> Membership | None:
        """Fold the events of one entity on one list; None when it was never on it."""
        listed: datetime | None = None
        suspensions: list[str] = []
        because: list[str] = []
        formerly = False
        for event in self.listing.get((list_id, entity), ()):
            if event.effective > at or not self.visible(event, known):
                continue
            match event.kind:
                case EventKind.DESIGNATE:
                    listed, suspensions, because = event.effective, [], [event.id]
                    formerly = True
                case EventKind.DELIST | EventKind.VACATE:
                    listed, suspensions = None, []
                    because.append(event.id)
                case EventKind.SUSPEND:
                    suspensions.append(event.id)
                    because.append(event.id)
                case EventKind.RESUME:
                    suspensions = []
                    because.append(event.id)
                case _:
                    because.append(event.id)
        if not because:
            return None
        return Membership(list_id, listed, bool(suspensions), formerly, tuple(because))

    def relations_of(self, entity: str, kind: RelationKind, at: datetime) -> Iterable[Relation]:
        """Yield the relations of one kind that hold at an instant."""
        day = at.date()
        for relation in self.related.get(entity, ()):
            if (
                relation.kind is kind
                and (relation.since is None or relation.since <= day)
                and (relation.until is None or day < relation.until)
            ):
                yield relation


def _without_orphans(events: Iterable[LegalEvent]) -> list[LegalEvent]:
    """Drop every event whose cause is not among the events: consequences fall with it."""
    kept = {e.id: e for e in events}
    while True:
        orphans = [e.id for e in kept.values() if e.follows and e.follows not in kept]
        if not orphans:
            return list(kept.values())
        for orphan in orphans:
            del kept[orphan]
