"""How a regime reaches an entity at an instant: version in force, designation, clocks, phase."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from analyzer.core.asof import END_OF_TIME, start_of_day
from analyzer.core.entities import RelationKind
from analyzer.core.events import EventKind, LegalEvent
from analyzer.law.ownership import Owned, edges_at, owned_by
from analyzer.law.replay import Membership, holds_on
from analyzer.law.spec import CLOCK_NAMES, Phase, Regime, Version, Via
from analyzer.law.view import View

_LINKS = frozenset(
    {
        RelationKind.SUBSIDIARY,
        RelationKind.OWNED,
        RelationKind.ASSOCIATE,
        RelationKind.PARENT,
    }
)


@dataclass(frozen=True, slots=True)
class Reach:
    """One designation (or class) through which a regime's version in force reaches an entity.

    `entity` is the designated one: another than the entity asked about when reached by name or
    ownership. `acts` limits a policy entry; `until` ends it. `unstated` names owners whose
    fraction would decide whether the entity is reached at all. From a listing that is `undated`
    nothing may be counted.
    """

    version: Version
    entity: str
    via: Via
    phase: Phase
    listed: datetime
    suspended: bool
    list_id: str
    ban_from: datetime | None = None
    window_end: datetime | None = None
    window_inclusive: bool = False
    because: tuple[str, ...] = ()
    acts: frozenset[str] = frozenset()
    until: datetime | None = None
    note: str = ""
    unstated: tuple[str, ...] = ()
    undated: bool = False

    @property
    def clocks(self) -> dict[str, datetime | None]:
        """The instants a rule may compare a fact with; none where the listing has no day."""
        if self.undated:
            return dict.fromkeys(CLOCK_NAMES)
        return {"listed": self.listed, "ban_from": self.ban_from, "window_end": self.window_end}


def phase_at(
    version: Version, listed: datetime, at: datetime
) -> tuple[Phase, datetime | None, datetime | None, bool]:
    """Return the phase, the ban's start, the window's end and whether its minute is included."""
    ban, window = version.clocks(listed)
    starts = ban.instant(listed) if ban else None
    ends = window.instant(listed) if window else None
    inclusive = bool(window and window.inclusive)
    if starts is not None and at < starts:
        phase = Phase.PENDING
    elif window is None:
        phase = Phase.ACTIVE
    elif at < window.boundary(listed):
        phase = Phase.WINDOW
    else:
        phase = Phase.CLOSED
    return phase, starts, ends, inclusive


def _reach(version: Version, member: Membership, entity: str, via: Via, at: datetime) -> Reach:
    assert member.listed is not None  # noqa: S101 (callers pass listed members only)
    phase, starts, ends, inclusive = phase_at(version, member.listed, at)
    return Reach(
        version,
        entity,
        via,
        phase,
        member.listed,
        member.suspended,
        member.list_id,
        starts,
        ends,
        inclusive,
        (*member.because, version.event),
        undated=member.undated,
    )


def reaches(
    view: View, regime: Regime, entity: str, at: datetime, facts: Mapping[str, Any]
) -> list[Reach]:
    """Return every designation or class through which the regime reaches the entity."""
    version = view.regime(regime.id).version(at)
    if version is None:
        return []
    found = _direct(view, version, entity, Via.LISTED, at)
    if version.list_kinds:
        found += _policies(view, version, entity, at)
    if not found and version.close_names:
        for relation in view.record.relations_of(entity, RelationKind.CLOSE_NAME, at):
            found += _direct(view, version, relation.other, Via.CLOSE_NAME, at)
    if not found and version.ownership is not None:
        found += _owned(view, version, entity, at, facts)
    if version.classes:
        found += _class(view, version, entity, at, facts)
    return found


def _direct(view: View, version: Version, designated: str, via: Via, at: datetime) -> list[Reach]:
    for names in (version.lists, version.fallback_lists):
        members = (view.member(name, designated, at) for name in names)
        found = [
            _reach(version, member, designated, via, at)
            for member in members
            if member is not None and member.listed is not None
        ]
        if found:
            return found
    return []


def _policies(view: View, version: Version, entity: str, at: datetime) -> list[Reach]:
    """Return the entries of policy lists in force: each stands for itself."""
    found = []
    events = [e for e in view.record.policies.get(entity, ()) if view.record.visible(e, view.known)]
    for event in events:
        end = event.params.get("until")
        ended = any(
            e.kind is EventKind.DELIST
            and e.list_id == event.list_id
            and event.effective < e.effective <= at
            for e in events
        )
        if (
            event.kind is not EventKind.DESIGNATE
            or event.params["list_kind"] not in version.list_kinds
            or not event.effective <= at
            or (end is not None and at >= end)
            or ended
        ):
            continue
        member = Membership(str(event.list_id), event.effective, because=(event.id,))
        reach = _reach(version, member, entity, Via.LISTED, at)
        reason = str(event.params.get("reason", ""))
        found.append(
            replace(reach, acts=frozenset(event.params.get("acts", ())), until=end, note=reason)
        )
    return found


def ownership_of(
    view: View,
    version: Version,
    entity: str,
    at: datetime,
    facts: Mapping[str, Any],
    later: dict[str, LegalEvent] | None = None,
) -> Owned | None:
    """Return how persons on the version's lists own the entity; None where none does.

    With `later`, owners count whom a list without dates names only after the instant; their
    listings are put there.
    """
    stated = tuple(facts.get("owner") or ())
    if version.ownership is None or (not stated and entity not in view.record.owners):
        return None

    def listed(name: str) -> Membership | None:
        for list_id in (*version.lists, *version.fallback_lists):
            member = view.member(list_id, name, at)
            if member is not None and member.listed is not None and not member.suspended:
                return member
            unsaid = view.undated(list_id, name, at) if later is not None else None
            if later is not None and unsaid is not None:
                later[name] = unsaid
                return Membership(list_id, unsaid.effective, undated=True)
        return None

    edges = edges_at(view.record, entity, at, stated)
    return owned_by(version.ownership, edges, entity, listed)


def undated_listings(
    view: View, version: Version, entity: str, at: datetime, facts: Mapping[str, Any]
) -> tuple[LegalEvent, ...]:
    """Return listings that may have reached the entity before the day their list speaks from.

    They are its own, or those of owners who would bring it within reach.
    """
    names = (*version.lists, *version.fallback_lists)
    own = (view.undated(name, entity, at) for name in names)
    found = tuple(event for event in own if event is not None)
    if found or version.ownership is None:
        return found
    later: dict[str, LegalEvent] = {}
    owned = ownership_of(view, version, entity, at, facts, later)
    return tuple(later.values()) if owned is not None and owned.possible else ()


def _owned(
    view: View, version: Version, entity: str, at: datetime, facts: Mapping[str, Any]
) -> list[Reach]:
    owned = ownership_of(view, version, entity, at, facts)
    rule = version.ownership
    if owned is None or owned.root is None or rule is None:
        return []
    controlled = rule.control and facts.get("controlled") is True
    if not (owned.possible or controlled):
        return []
    name, member = owned.root
    reach = _reach(version, member, name, Via.OWNED, at)
    if owned.reached:
        note = (
            f"owned {owned.fraction:.4g} by {', '.join(owned.owners)}, who are themselves reached"
        )
    else:
        note = f"controlled by {name}" if controlled else ""
    return [
        replace(reach, note=note, unstated=() if owned.reached or controlled else owned.unstated)
    ]


def _class(
    view: View, version: Version, entity: str, at: datetime, facts: Mapping[str, Any]
) -> list[Reach]:
    if not any(all(t.holds(facts) for t in tests) for tests in version.classes):
        return []
    start = view.record.by_id[version.event].effective
    return [_reach(version, Membership("", start), entity, Via.CLASS, at)]


def former(view: View, regime: Regime, entity: str, at: datetime) -> tuple[str, ...]:
    """Return the events that ended an earlier designation under the regime, or nothing.

    A designation also ends when the version it fed was replaced by one that reads another list.
    Nothing has ended where it is verified that the regime had not begun.
    """
    because: list[str] = []
    edges = view.regime(regime.id).edges
    if regime.verified_from <= at and not (edges and edges[0] <= at):
        return ()
    for list_id in regime.lists:
        member = view.member(list_id, entity, at)
        if member is not None and member.formerly:
            because += member.because
    version = view.regime(regime.id).version(at)
    if because and version is not None:
        because.append(version.event)
    return tuple(because)


def affiliations(
    view: View, regime: Regime, entity: str, at: datetime, facts: Mapping[str, Any]
) -> list[tuple[str, Reach]]:
    """Return designated entities this one is related to, with the relation as a word.

    The relation itself brings no prohibition: the regime has no ownership rule, or its threshold
    is not attained.
    """
    version = view.regime(regime.id).version(at)
    if version is None:
        return []
    found: list[tuple[str, Reach]] = []
    day = at.date()
    for relation in view.record.related.get(entity, ()):
        if relation.kind in _LINKS and holds_on(relation, day):
            words = f"{relation.kind.value} of"
            found += [(words, r) for r in _direct(view, version, relation.other, Via.LISTED, at)]
    owned = ownership_of(view, version, entity, at, facts)
    if owned is not None and owned.root is not None and not found:
        name, member = owned.root
        words = f"owned {owned.fraction:.4g} through reached owners, below the threshold; upstream"
        found.append((words, _reach(version, member, name, Via.OWNED, at)))
    return found


def boundaries(
    view: View, regime: Regime, entity: str, facts: Mapping[str, Any], horizons: set[datetime]
) -> set[datetime]:
    """Return every instant at which the regime's answer for the entity may change."""
    found, listed = _listing_edges(view, regime, entity, facts)
    folded = view.regime(regime.id)
    if regime.by_class:
        listed += folded.edges
    for version in regime.versions:
        for start in dict.fromkeys(listed):
            found.update(c.boundary(start) for c in version.clocks(start) if c is not None)
        for rule in version.rules:
            found.update(t for t in (rule.since, rule.before) if t is not None)
    for licence in folded.licences:
        found.update((licence.effective, view.licence_limit(licence)))
        found.update(licence_end(licence.params, start) for start in listed or [licence.effective])
    for question in folded.questions:
        found.update((question.start, question.end))
    found.update(folded.edges)
    found.update((regime.verified_from, *horizons))
    found.update(_relation_edges(view, entity))
    return found


def _listing_edges(
    view: View, regime: Regime, entity: str, facts: Mapping[str, Any]
) -> tuple[set[datetime], list[datetime]]:
    """Return when listings that bear on the entity change, and the listing instants."""
    lists = frozenset(regime.lists)
    found: set[datetime] = set()
    listed: list[datetime] = []
    for name in _names(view, entity, facts):
        for list_id in lists.intersection(view.record.lists_of.get(name, ())):
            for at, member in zip(*view.steps(list_id, name), strict=True):
                found.add(at)
                listed += [member.listed] if member.listed is not None else []
    if any(v.list_kinds for v in regime.versions):
        for event in view.record.policies.get(entity, ()):
            if view.record.visible(event, view.known):
                found.update((event.effective, event.params.get("until", event.effective)))
    return found, listed


def _relation_edges(view: View, entity: str) -> set[datetime]:
    """Return the instants at which a relation of the entity or of its owners begins or ends."""
    relations = list(view.record.related.get(entity, ()))
    for owner in view.record.upstream(entity):
        relations += view.record.owners.get(owner, ())
    days = {d for r in relations for d in (r.since, r.until) if d is not None}
    return {start_of_day(day) for day in days}


def licence_end(params: Mapping[str, Any], listed: datetime) -> datetime:
    """Return the first instant a licence no longer authorises, by its own terms."""
    clock = params.get("until_after_listing")
    if clock is not None:
        end: datetime = clock.boundary(listed)
        return end
    until = params.get("until")
    if until is None:
        return END_OF_TIME
    stated: datetime = until
    return stated + timedelta(minutes=1) if params.get("until_inclusive") else stated


def _names(view: View, entity: str, facts: Mapping[str, Any]) -> list[str]:
    """Return the entity and every other whose listing may bear on it."""
    names = [entity, *(r.other for r in view.record.related.get(entity, ()))]
    owners = [owner for owner, _ in facts.get("owner") or ()]
    for name in (entity, *owners):
        names += view.record.upstream(name)
    return list(dict.fromkeys([*names, *owners]))
