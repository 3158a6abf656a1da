"""Editions and notices become dated events: designations and delistings by difference."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from analyzer.core.asof import END_OF_TIME, NEW_YORK, end_of_day, parse_instant, start_of_day
from analyzer.core.errors import AnalyzerError, DataError
from analyzer.core.events import EventKind, LegalEvent
from analyzer.core.yamltext import LINE, parse_yaml
from analyzer.lists.roster import Edition, RosterRow
from analyzer.lists.spec import ListSpec

# How the law knows a list of the user's own: its entries bar as policy.
OWN_KIND = "custom"
_NOTICE_KEYS = frozenset(
    (
        *("id", "kind", "effective", "known", "targets", "text", "cites", "params"),
        *("supersedes", "follows", "precision", "note"),
    )
)
_NOTICE_KINDS = frozenset(
    {
        EventKind.DESIGNATE,
        EventKind.DELIST,
        EventKind.CORRECT,
        EventKind.WITHDRAW,
        EventKind.AFFIRM,
    }
)


def designation_id(list_id: str, entity: str, day: date) -> str:
    """Return the id of a designation, stable for ever."""
    return f"{list_id}/{entity}/{day.isoformat()}"


def delisting_id(list_id: str, entity: str, day: date) -> str:
    """Return the id of a delisting, stable for ever."""
    return f"{designation_id(list_id, entity, day)}/delisted"


def events_between(
    spec: ListSpec, editions: Iterable[Edition], notices: Iterable[LegalEvent]
) -> tuple[LegalEvent, ...]:
    """Return the designations and delistings that editions and notices amount to.

    A notice between two editions is applied before they are compared, so nothing is said twice.

    Parameters
    ----------
    spec
        The list.
    editions
        In any order.
    notices
        Events published between editions.
    """
    waiting = sorted(notices, key=lambda e: e.order)
    found = list(waiting)
    state: dict[str, date] = {}
    previous: Edition | None = None
    for edition in sorted(editions, key=lambda e: e.date):
        close = end_of_day(edition.date)
        due = [n for n in waiting if n.effective < close and n.known < close]
        for notice in due:
            _apply(state, notice)
        waiting = [n for n in waiting if n not in due]
        found += _difference(spec, state, edition, previous)
        state, previous = _after(state, edition, previous), edition
    return tuple(sorted(found, key=lambda e: e.order))


def _apply(state: dict[str, date], notice: LegalEvent) -> None:
    for target in notice.targets:
        if notice.kind is EventKind.DESIGNATE:
            state[target] = notice.effective.astimezone(NEW_YORK).date()
        elif notice.kind is EventKind.DELIST:
            state.pop(target, None)


def _selected(edition: Edition, previous: Edition | None) -> bool:
    """Whether a name may be missing although it is still on the list.

    Of two selections the newer is complete as far as the older was.
    """
    return edition.partial and previous is not None and not previous.partial


def _after(
    state: Mapping[str, date], edition: Edition, previous: Edition | None
) -> dict[str, date]:
    kept = state if _selected(edition, previous) else {}
    return {**kept, **edition.roster}


def _difference(
    spec: ListSpec, state: Mapping[str, date], edition: Edition, previous: Edition | None
) -> list[LegalEvent]:
    found = []
    first_row: dict[str, RosterRow] = {}
    for row in sorted(edition.rows, key=lambda r: (r.listed, bool(r.beside))):
        first_row.setdefault(row.entity, row)
    for entity, listed in sorted(edition.roster.items()):
        if state.get(entity) == listed:
            continue
        found.append(_designation(spec, edition, first_row[entity], listed))
    names = {row.entity: row.name_as_published for row in previous.rows} if previous else {}
    gone = [] if _selected(edition, previous) else sorted(set(state) - set(edition.roster))
    found += [_delisting(spec, edition, entity, names.get(entity, entity)) for entity in gone]
    return found


def _undated(spec: ListSpec, edition: Edition, listed: date) -> bool:
    """Whether the listing day is only the day of the first edition that showed the name.

    Nothing may be counted from such a day: the name may have been listed long before.
    """
    imported = {e.path for s in (spec, *spec.also) if s.imported for e in s.editions}
    return listed == edition.date and edition.path in imported and not spec.own


def _designation(spec: ListSpec, edition: Edition, row: RosterRow, listed: date) -> LegalEvent:
    # The edition is the first sight of the name, unless its listing day is a day of publication.
    earlier = spec.dated_rows and listed < edition.date
    return LegalEvent(
        id=designation_id(spec.id, row.entity, listed),
        kind=EventKind.DESIGNATE,
        effective=start_of_day(listed),
        known=start_of_day(listed) if earlier else edition.published,
        list_id=spec.id,
        targets=(row.entity,),
        text=f"{row.name_as_published} is on the {spec.title} from {listed.isoformat()}",
        cites=edition.cites,
        params={"undated": True} if _undated(spec, edition, listed) else {},
        precision="day" if earlier else edition.precision,
        where=f"{edition.path.parent.parent.name}/editions/{edition.path.name}",
    )


def _delisting(spec: ListSpec, edition: Edition, entity: str, name: str) -> LegalEvent:
    # A name leaves when that is public, never earlier on the same day.
    return LegalEvent(
        id=delisting_id(spec.id, entity, edition.date),
        kind=EventKind.DELIST,
        effective=max(start_of_day(edition.date), edition.published),
        known=edition.published,
        list_id=spec.id,
        targets=(entity,),
        text=f"{name} is no longer on the {spec.title} from {edition.date.isoformat()}",
        cites=edition.cites,
        precision=edition.precision,
        where=f"{edition.path.parent.parent.name}/editions/{edition.path.name}",
    )


def read_notices(spec: ListSpec) -> tuple[LegalEvent, ...]:
    """Read `notices.yml` of a list: what was published between editions.

    Raises
    ------
    DataError
        Naming file and line for an unknown key or kind, a bad date or a missing field.
    """
    found: list[LegalEvent] = []
    for folder in (spec.folder, *(s.folder for s in spec.also)):
        path = folder / "notices.yml"
        if path.exists():
            found += _notices(spec, path)
    return tuple(found)


def own_events(spec: ListSpec, editions: Sequence[Edition]) -> tuple[LegalEvent, ...]:
    """Return the events of a user's own list, whose rows say when they begin and end.

    The newest edition that names an issuer is the user's word on it; an issuer that the next
    edition no longer names leaves on that edition's date.

    Parameters
    ----------
    spec
        The list.
    editions
        Oldest first.
    """
    last: dict[str, tuple[int, list[LegalEvent]]] = {}
    known: dict[str, datetime] = {}
    for at, edition in enumerate(editions):
        path = edition.path.parent.parent / "notices" / f"{edition.date}.yml"
        named: dict[str, list[LegalEvent]] = {}
        for event in _notices(spec, path) if path.exists() else ():
            known[event.id] = min(event.known, known.get(event.id, event.known))
            named.setdefault(event.targets[0], []).append(event)
        last.update({entity: (at, events) for entity, events in named.items()})
    found: list[LegalEvent] = []
    for entity, (at, events) in last.items():
        found += [replace(event, known=known[event.id]) for event in events]
        if at + 1 == len(editions):
            continue
        after = editions[at + 1]
        opened = start_of_day(after.date)
        if entity in roster_at(events, spec.id, opened, END_OF_TIME):
            names = {r.entity: r.name_as_published for r in editions[at].rows}
            gone = _delisting(spec, after, entity, names.get(entity, entity))
            found.append(replace(gone, params={"list_kind": OWN_KIND}))
    return tuple(sorted(found, key=lambda e: e.order))


def _notices(spec: ListSpec, path: Path) -> list[LegalEvent]:
    label = f"{spec.folder.name}/{path.name}"
    body = parse_yaml(path.read_text(encoding="utf-8"), label)
    if not isinstance(body, dict) or set(body) - {LINE, "notices"}:
        raise DataError(f"{label}: only the key 'notices' is expected")
    return [_notice(spec, row, f"{label}:{row[LINE]}") for row in body.get("notices", ())]


def _notice(spec: ListSpec, row: Mapping[str, Any], where: str) -> LegalEvent:
    surplus = sorted(set(row) - _NOTICE_KEYS - {LINE})
    if surplus:
        raise DataError(f"{where}: unknown key: {', '.join(surplus)}")
    try:
        kind = EventKind(row["kind"])
        effective = parse_instant(str(row["effective"]))
        event = LegalEvent(
            id=str(row["id"]),
            kind=kind,
            effective=effective,
            known=parse_instant(str(row["known"])),
            list_id=spec.id,
            targets=tuple(row.get("targets", ())),
            text=str(row["text"]),
            cites=tuple(row.get("cites", ())),
            params={k: v for k, v in row.get("params", {}).items() if k != LINE},
            supersedes=tuple(row.get("supersedes", ())),
            follows=row.get("follows"),
            precision=str(row.get("precision", "day")),
            where=where,
        )
    except (KeyError, TypeError, ValueError, AnalyzerError) as error:
        raise DataError(f"{where}: {type(error).__name__}: {error}") from None
    if kind not in _NOTICE_KINDS:
        raise DataError(f"{where}: a notice cannot be of kind {kind.value!r}")
    if kind in (EventKind.DESIGNATE, EventKind.DELIST) and not event.targets:
        raise DataError(f"{where}: a notice of kind {kind.value!r} needs targets")
    return event


def roster_at(
    events: Iterable[LegalEvent], list_id: str, at: datetime, known: datetime
) -> dict[str, date]:
    """Return who is on a list at an instant, as known at another, with the day of listing.

    Only designations and delistings count: what a court did to a listing is not the roster.
    """
    roster: dict[str, date] = {}
    events = list(events)
    gone = {
        old
        for e in events
        if e.kind in (EventKind.CORRECT, EventKind.WITHDRAW) and e.known <= known
        for old in e.supersedes
    }
    for event in sorted(events, key=lambda e: e.order):
        if event.list_id != list_id or event.id in gone:
            continue
        if event.effective <= at and event.known <= known:
            _apply(roster, event)
    return roster
