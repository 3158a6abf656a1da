"""How a regime reaches an entity at an instant: version in force, designation, clocks, phase."""

from dataclasses import dataclass
from datetime import datetime

from analyzer.core.entities import RelationKind
from analyzer.core.events import EventKind, LegalEvent
from analyzer.law.replay import Membership, Record
from analyzer.law.spec import Phase, Regime, Version, Via

_LINKS = (RelationKind.SUBSIDIARY, RelationKind.ASSOCIATE, RelationKind.PARENT)


@dataclass(frozen=True, slots=True)
class Reach:
    """One designation through which a regime's version in force reaches an entity.

    `entity` is the designated one: another than the entity asked about when reached by name or
    ownership.
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


def version_in_force(
    record: Record, regime: Regime, at: datetime, known: datetime
) -> Version | None:
    """Return the newest version enacted by an event in effect and known, or None."""
    current: str | None = None
    for event in record.by_regime.get(regime.id, ()):
        if event.effective > at or not record.visible(event, known):
            continue
        if event.kind in (EventKind.ENACT, EventKind.AMEND):
            current = event.id
        elif event.kind is EventKind.REVOKE:
            current = None
    if current is None:
        return None
    return next((v for v in regime.versions if v.event == current), None)


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


def _reach(
    version: Version, member: Membership, entity: str, via: Via, at: datetime
) -> Reach | None:
    if member.listed is None:
        return None
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
    )


def reaches(
    record: Record, regime: Regime, entity: str, at: datetime, known: datetime
) -> list[Reach]:
    """Return every designation through which the regime reaches the entity at an instant."""
    version = version_in_force(record, regime, at, known)
    if version is None:
        return []
    found = _direct(record, version, entity, entity, Via.LISTED, at, known)
    if version.close_names and not found:
        for relation in record.relations_of(entity, RelationKind.CLOSE_NAME, at):
            found += _direct(record, version, entity, relation.other, Via.CLOSE_NAME, at, known)
    return found


def _direct(
    record: Record,
    version: Version,
    entity: str,
    designated: str,
    via: Via,
    at: datetime,
    known: datetime,
) -> list[Reach]:
    found = []
    for list_id in version.lists:
        member = record.membership(list_id, designated, at, known)
        reach = _reach(version, member, designated, via, at) if member else None
        if reach is not None:
            found.append(reach)
    return found


def former(
    record: Record, regime: Regime, entity: str, at: datetime, known: datetime
) -> tuple[str, ...]:
    """Return the events that ended an earlier designation under the regime, or nothing.

    A designation also ends when the version it fed was replaced by one that reads another list.
    """
    lists = {list_id for v in regime.versions for list_id in v.lists}
    because: list[str] = []
    for list_id in sorted(lists):
        member = record.membership(list_id, entity, at, known)
        if member is not None and member.formerly:
            because += member.because
    version = version_in_force(record, regime, at, known)
    if because and version is not None:
        because.append(version.event)
    return tuple(because)


def affiliations(
    record: Record, regime: Regime, entity: str, at: datetime, known: datetime
) -> list[tuple[str, Reach]]:
    """Return designated entities this one is related to, with the relation as a word.

    The relation itself brings no prohibition; a regime with an ownership rule reaches its
    subsidiaries by other means.
    """
    version = version_in_force(record, regime, at, known)
    if version is None:
        return []
    found: list[tuple[str, Reach]] = []
    for kind in _LINKS:
        for relation in record.relations_of(entity, kind, at):
            for reach in _direct(record, version, entity, relation.other, Via.LISTED, at, known):
                found.append((kind.value, reach))
    return found


def boundaries(record: Record, regime: Regime, entity: str, known: datetime) -> set[datetime]:
    """Return every instant at which the regime's answer for the entity may change."""
    found: set[datetime] = set()
    others = [
        r.other
        for r in record.related.get(entity, ())
        if r.kind in (*_LINKS, RelationKind.CLOSE_NAME)
    ]
    listed: list[datetime] = []
    for name in (entity, *others):
        for list_id in record.lists_of.get(name, ()):
            if not any(list_id in v.lists for v in regime.versions):
                continue
            for event in record.listing[list_id, name]:
                if record.visible(event, known):
                    found.add(event.effective)
                    if event.kind is EventKind.DESIGNATE:
                        listed.append(event.effective)
    if not found:
        return {e.effective for e in _questions(record, regime, entity)}
    for version in regime.versions:
        for start in listed:
            ban, window = version.clocks(start)
            found.update(c.boundary(start) for c in (ban, window) if c is not None)
        for rule in version.rules:
            found.update(t for t in (rule.since, rule.before) if t is not None)
    for event in record.by_regime.get(regime.id, ()):
        if record.visible(event, known):
            found.add(event.effective)
            end = event.params.get("until")
            if isinstance(end, datetime):
                found.add(end)
    found.add(regime.verified_through)
    return found


def _questions(record: Record, regime: Regime, entity: str) -> list[LegalEvent]:
    return [
        e
        for e in record.by_regime.get(regime.id, ())
        if e.kind is EventKind.UNCERTAIN and entity in e.targets
    ]
