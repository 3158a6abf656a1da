"""The record of all events and relations, and the fold of one name's listing events."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from analyzer.core.entities import Relation, RelationKind
from analyzer.core.events import RANK, EventKind, LegalEvent

_LISTING = frozenset(
    {
        EventKind.DESIGNATE,
        EventKind.DELIST,
        EventKind.EXPIRE,
        EventKind.SUSPEND,
        EventKind.RESUME,
        EventKind.VACATE,
        EventKind.AFFIRM,
    }
)
_OWNING = (RelationKind.SUBSIDIARY, RelationKind.OWNED)


@dataclass(frozen=True, slots=True)
class Membership:
    """One entity's state on one list.

    `listed` is None when the name is not on the list; `because` holds the events that made the
    state, `formerly` whether it was ever on it. `undated`: `listed` is only the first day the name
    was seen on an imported list, and nothing may be counted from it.
    """

    list_id: str
    listed: datetime | None = None
    suspended: bool = False
    formerly: bool = False
    because: tuple[str, ...] = ()
    undated: bool = False


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
    policies: dict[str, list[LegalEvent]] = field(init=False)
    undated: frozenset[str] = field(init=False)
    superseded_by: dict[str, list[LegalEvent]] = field(init=False)
    closing: dict[str, list[LegalEvent]] = field(init=False)
    asked_of: dict[str, set[str]] = field(init=False)
    related: dict[str, list[Relation]] = field(init=False)
    owners: dict[str, list[Relation]] = field(init=False)

    def __post_init__(self) -> None:
        """Index the events once."""
        ordered = sorted(_without_orphans(_once(self.events)), key=lambda e: e.order)
        self._put("events", tuple(ordered))
        self._put("by_id", {e.id: e for e in ordered})
        self._index_events(ordered)
        related: dict[str, list[Relation]] = defaultdict(list)
        owners: dict[str, list[Relation]] = defaultdict(list)
        for relation in self.relations:
            related[relation.entity].append(relation)
            if relation.kind in _OWNING:
                owners[relation.entity].append(relation)
        self._put("related", dict(related))
        self._put("owners", dict(owners))

    def _put(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    def _index_events(self, ordered: list[LegalEvent]) -> None:
        listing: dict[tuple[str, str], list[LegalEvent]] = defaultdict(list)
        by_regime: dict[str, list[LegalEvent]] = defaultdict(list)
        venue: dict[str, list[LegalEvent]] = defaultdict(list)
        superseded: dict[str, list[LegalEvent]] = defaultdict(list)
        closing: dict[str, list[LegalEvent]] = defaultdict(list)
        for event in ordered:
            if event.kind in (EventKind.VENUE, EventKind.INDEX):
                for target in event.targets:
                    venue[target].append(event)
            elif event.list_id is not None and event.kind in _LISTING:
                for target in event.targets:
                    listing[event.list_id, target].append(event)
            elif event.regime is not None:
                by_regime[event.regime].append(event)
            for old in event.supersedes:
                superseded[old].append(event)
            for question in event.params.get("closes", ()):
                closing[question].append(event)
        self._put("listing", dict(listing))
        self._put("by_regime", dict(by_regime))
        self._put("venue", dict(venue))
        self._put("superseded_by", dict(superseded))
        self._put("closing", dict(closing))
        self._index_names(listing, by_regime)

    def _index_names(
        self,
        listing: dict[tuple[str, str], list[LegalEvent]],
        by_regime: dict[str, list[LegalEvent]],
    ) -> None:
        """Index, per entity, the lists, policy entries and open questions that name it."""
        lists_of: dict[str, list[str]] = defaultdict(list)
        policies: dict[str, list[LegalEvent]] = defaultdict(list)
        asked_of: dict[str, set[str]] = defaultdict(set)
        undated: set[str] = set()
        for (list_id, target), events in listing.items():
            lists_of[target].append(list_id)
            kept = [e for e in events if "list_kind" in e.params]
            if kept:
                policies[target] += kept
            undated |= {target} if any(e.params.get("undated") for e in events) else set()
        for regime, events in by_regime.items():
            for event in events:
                if event.kind is EventKind.UNCERTAIN:
                    for target in event.targets:
                        asked_of[target].add(regime)
        self._put("lists_of", dict(lists_of))
        self._put("policies", dict(policies))
        self._put("undated", frozenset(undated))
        self._put("asked_of", dict(asked_of))

    def visible(self, event: LegalEvent, known: datetime) -> bool:
        """Whether an event is known and not replaced by a known correction or withdrawal.

        A correction that was itself withdrawn replaces nothing.
        """
        if event.known > known:
            return False
        return not any(
            newer.kind in (EventKind.CORRECT, EventKind.WITHDRAW) and self.visible(newer, known)
            for newer in self.superseded_by.get(event.id, ())
        )

    def membership(
        self, list_id: str, entity: str, at: datetime, known: datetime
    ) -> Membership | None:
        """Return one entity's state on one list, folded afresh; None when it was never on it."""
        events = [e for e in self.listing.get((list_id, entity), ()) if self.visible(e, known)]
        states = [member for when, member in fold(list_id, events) if when <= at]
        return states[-1] if states else None

    def relations_of(self, entity: str, kind: RelationKind, at: datetime) -> Iterable[Relation]:
        """Yield the relations of one kind that hold at an instant."""
        day = at.date()
        for relation in self.related.get(entity, ()):
            if relation.kind is kind and holds_on(relation, day):
                yield relation

    def upstream(self, entity: str) -> set[str]:
        """Return every direct and indirect owner on record, at any time."""
        found: set[str] = set()
        waiting = [entity]
        while waiting:
            for relation in self.owners.get(waiting.pop(), ()):
                if relation.other not in found:
                    found.add(relation.other)
                    waiting.append(relation.other)
        return found


def holds_on(relation: Relation, day: date) -> bool:
    """Whether a relation holds on a day."""
    return (relation.since is None or relation.since <= day) and (
        relation.until is None or day < relation.until
    )


@dataclass(slots=True)
class _Listing:
    """The state of one name on one list while its events are folded."""

    listed: datetime | None = None
    voided: datetime | None = None
    act: str = ""
    stays: set[str] = field(default_factory=set)
    formerly: bool = False
    undated: bool = False
    because: list[str] = field(default_factory=list)

    def apply(self, event: LegalEvent) -> None:
        """Change the state by one event."""
        match event.kind:
            case EventKind.DESIGNATE if self.listed is not None and self._unsure(event):
                self._again(event)
            case EventKind.DESIGNATE:
                self.listed, self.voided, self.formerly = event.effective, None, True
                self.stays.clear()
                self.act, self.because = event.id, [event.id]
                self.undated = bool(event.params.get("undated"))
                return
            case EventKind.DELIST:
                self.listed = self.voided = None
                self.stays.clear()
            case EventKind.VACATE:
                self._vacate(event)
            case EventKind.SUSPEND:
                self.stays.add(event.id)
            case EventKind.RESUME | EventKind.EXPIRE:
                self._resume(event)
        self.because.append(event.id)

    def _unsure(self, event: LegalEvent) -> bool:
        """Whether a listing of a name already listed says nothing new of since when.

        The first sight of a name on a list without dates moves no earlier day. A dated listing
        after such a sight may be a new one, or the day of the first: nothing is counted then.
        """
        return bool(event.params.get("undated")) or self.undated

    def _again(self, event: LegalEvent) -> None:
        """Keep the earlier day; only a dated listing is an act, which no earlier stay reaches."""
        if not event.params.get("undated"):
            self.undated, self.act = True, event.id
            self.stays.clear()

    def _vacate(self, event: LegalEvent) -> None:
        """Void the listing; a judgment that names the acts it annuls touches no later act."""
        acts = event.params.get("designations", ())
        if not acts or self.act in acts:
            self.listed, self.voided = None, self.listed
            self.stays.clear()

    def _resume(self, event: LegalEvent) -> None:
        """End the stays named in `resumes`, or all; a reversed vacatur revives the listing."""
        named = set(event.params.get("resumes", ()))
        self.stays = self.stays - named if named else set()
        if event.kind is EventKind.RESUME and self.voided is not None:
            self.listed, self.voided = self.voided, None

    def state(self, list_id: str) -> Membership:
        """Return the state reached."""
        return Membership(
            list_id,
            self.listed,
            bool(self.stays),
            self.formerly,
            tuple(self.because),
            self.undated,
        )


def fold(list_id: str, events: Iterable[LegalEvent]) -> list[tuple[datetime, Membership]]:
    """Return the state of one name on one list after each instant, in order of time.

    `events` are those visible at one `known`, in order. A stay with `until` ends by itself, and
    so does a listing with `until`. A vacatur marked `ab_initio` empties what went before.
    """
    moments: list[tuple[datetime, int, LegalEvent, bool]] = []
    for event in events:
        moments.append((event.effective, RANK[event.kind], event, False))
        end = event.params.get("until")
        if isinstance(end, datetime):
            moments.append((end, -1, event, True))
    moments.sort(key=lambda m: (m[0], m[1], m[2].id))
    state = _Listing()
    steps: list[tuple[datetime, Membership]] = []
    for at, _, event, over in moments:
        if not over:
            state.apply(event)
        elif event.kind is EventKind.DESIGNATE:
            if state.listed == event.effective:
                state.listed = None
        else:
            state.stays.discard(event.id)
        steps.append((at, state.state(list_id)))
    return _void(steps, moments)


def _void(
    steps: list[tuple[datetime, Membership]],
    moments: list[tuple[datetime, int, LegalEvent, bool]],
) -> list[tuple[datetime, Membership]]:
    """Empty the states before a vacatur that is read as making the listing void from the start."""
    ends = [
        (at, event)
        for at, _, event, _ in moments
        if event.kind is EventKind.VACATE and event.params.get("ab_initio")
    ]
    if not ends:
        return steps
    last, vacatur = ends[-1]
    return [
        (
            at,
            Membership(member.list_id, None, False, True, (*member.because, vacatur.id))
            if at < last
            else member,
        )
        for at, member in steps
    ]


def _once(events: Iterable[LegalEvent]) -> tuple[LegalEvent, ...]:
    """Drop a listing that an earlier source gave already, under the same id: the first stands."""
    first: dict[tuple[object, ...], LegalEvent] = {}
    for event in events:
        same = (event.id, event.kind, event.list_id, event.targets, event.effective)
        first.setdefault(same, event)
    return tuple(first.values())


def _without_orphans(events: Iterable[LegalEvent]) -> list[LegalEvent]:
    """Drop every event whose cause is not among the events: consequences fall with it."""
    kept = {e.id: e for e in events}
    while True:
        orphans = [e.id for e in kept.values() if e.follows and e.follows not in kept]
        if not orphans:
            return list(kept.values())
        for orphan in orphans:
            del kept[orphan]
