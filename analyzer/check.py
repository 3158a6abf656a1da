"""Validation of every bundled data file: what `banimpact check` runs.

Broken syntax stops the load itself; this finds what is well-formed and wrong.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from analyzer.core.asof import NEW_YORK, end_of_day
from analyzer.core.errors import AnalyzerError
from analyzer.core.events import EventKind
from analyzer.law import Law, failed_expectations
from analyzer.lists import ListData
from analyzer.service import World, load_world
from analyzer.store import Store

# A listing is published within weeks of its date; more is a slip of the keyboard.
_PUBLICATION_DAYS = 40


@dataclass(frozen=True)
class CheckResult:
    """What was checked, what is wrong, and what a person should look at."""

    checked: Mapping[str, int]
    errors: tuple[str, ...]
    warnings: tuple[str, ...]


def check_data(today: date, world: World | None = None) -> CheckResult:
    """Check all bundled data.

    Parameters
    ----------
    today
        The day from which manual checks are overdue; never affects the errors.
    world
        An already loaded world; loaded when not given.
    """
    try:
        world = world or load_world()
    except AnalyzerError as error:
        return CheckResult({}, (str(error),), ())
    law, lists = world.law, world.lists
    errors = [
        *_citations(law),
        *_targets(world),
        *_versions(law, lists),
        *_dates(law),
        *_rosters(law, lists),
        *_identity(world),
        *failed_expectations(law, world.expectations),
    ]
    checked = {
        "regimes": len(law.regimes),
        "events": len(law.record.events),
        "editions": sum(len(e) for e in lists.editions.values()),
        "entities": len(world.identity.entities),
        "securities": len(world.identity.securities),
        "expectations": len(world.expectations),
    }
    return CheckResult(checked, tuple(errors), tuple(_overdue(world, today)))


def with_store(result: CheckResult, store: Store | None, head: str | None = None) -> CheckResult:
    """Return the result with the store's audit chain verified too.

    Parameters
    ----------
    store
        None when there is none; that is an error only where `head` says there was one.
    head
        A hash of the chain noted earlier, for instance by a run's manifest.
    """
    if store is None:
        missing = () if head is None else (f"store: no store holds the entry {head}",)
        return replace(result, errors=(*result.errors, *missing))
    chain = store.verify_chain(head)
    problems = (f"store: {problem}" for problem in chain.problems)
    return CheckResult(
        {**result.checked, "audit entries": chain.entries},
        (*result.errors, *problems),
        result.warnings,
    )


def _citations(law: Law) -> Iterator[str]:
    for event in law.record.events:
        if not event.cites:
            yield f"{event.where}: event {event.id} cites nothing"
        for cite in event.cites:
            if cite not in law.citations:
                yield f"{event.where}: event {event.id} cites {cite!r}, which nobody describes"
    for regime in law.regimes.values():
        for version in regime.versions:
            for rule in version.rules:
                if not rule.cites:
                    yield f"{rule.where}: rule {rule.id} cites nothing"
                for cite in rule.cites:
                    if cite not in law.citations:
                        yield f"{rule.where}: rule {rule.id} cites {cite!r}, which nobody describes"


def _targets(world: World) -> Iterator[str]:
    known = set(world.identity.entities) | {e.id for e in world.lists.entities}
    ids = {event.id for event in world.law.record.events}
    lists = _known_lists(world.law, world.lists)
    for event in world.law.record.events:
        for target in event.targets:
            if target not in known:
                yield f"{event.where}: event {event.id} targets {target!r}, which nobody describes"
        for other in (*event.supersedes, *((event.follows,) if event.follows else ())):
            if other not in ids:
                yield f"{event.where}: event {event.id} refers to {other!r}, which does not exist"
        if event.list_id is not None and event.list_id not in lists:
            yield f"{event.where}: event {event.id} is about unknown list {event.list_id!r}"
        if event.regime is not None and event.regime not in world.law.regimes:
            yield f"{event.where}: event {event.id} is about unknown regime {event.regime!r}"


def _known_lists(law: Law, lists: ListData) -> set[str]:
    """Return the lists with a folder, and those a regime declares without one."""
    return set(lists.known).union(*(regime.open_lists for regime in law.regimes.values()))


def _versions(law: Law, lists: ListData) -> Iterator[str]:
    known = _known_lists(law, lists)
    for regime in law.regimes.values():
        seen: set[str] = set()
        for version in regime.versions:
            event = law.record.by_id.get(version.event)
            if event is None or event.regime != regime.id:
                yield f"{regime.where}: version {version.id} names event {version.event!r}"
            for list_id in version.lists:
                if list_id not in known:
                    yield f"{regime.where}: version {version.id} reads unknown list {list_id!r}"
            for rule in version.rules:
                if f"{version.id}/{rule.id}" in seen:
                    yield f"{rule.where}: rule {rule.id} appears twice in {version.id}"
                seen.add(f"{version.id}/{rule.id}")


def _dates(law: Law) -> Iterator[str]:
    seen: dict[str, str] = {}
    for event in law.record.events:
        if event.id in seen:
            yield f"{event.where}: event id {event.id!r} is also at {seen[event.id]}"
        seen[event.id] = event.where
        end = event.params.get("until")
        if end is not None and end < event.effective:
            yield f"{event.where}: event {event.id} ends before it begins"
        for other in (*event.supersedes, *((event.follows,) if event.follows else ())):
            cause = law.record.by_id.get(other)
            if cause is not None and event.known < cause.known:
                yield f"{event.where}: event {event.id} was known before {other}"
        late = event.known > event.effective + timedelta(days=_PUBLICATION_DAYS)
        if event.kind is EventKind.DESIGNATE and late:
            yield f"{event.where}: event {event.id} became public on {event.known}, long after"
    for regime in law.regimes.values():
        if regime.verified_from >= regime.verified_through:
            yield f"{regime.where}: verified span is empty"


def _rosters(law: Law, lists: ListData) -> Iterator[str]:
    """Replay at each edition's date must equal the edition."""
    for list_id, editions in lists.editions.items():
        targets = [t for t, on in law.record.lists_of.items() if list_id in on]
        for edition in editions:
            end = max(end_of_day(edition.date), edition.published)
            view = law.view(end)
            states = {t: view.member(list_id, t, end - timedelta(minutes=1)) for t in targets}
            replayed = {t for t, m in states.items() if m is not None and m.listed is not None}
            published = {row.entity for row in edition.rows}
            for name in sorted(replayed - published):
                yield f"{list_id} {edition.date}: replay holds {name}, the edition does not"
            for name in sorted(published - replayed):
                yield f"{list_id} {edition.date}: the edition holds {name}, replay does not"


def _identity(world: World) -> Iterator[str]:
    entities = world.identity.entities
    for security in world.identity.securities:
        if security.entity not in entities:
            code = security.isin or security.ticker
            yield f"securities: {code}: unknown entity {security.entity}"
    for relation in world.identity.relations:
        for name in (relation.entity, relation.other):
            if name not in entities:
                yield f"relations: unknown entity {name}"
        if relation.since and relation.until and relation.since >= relation.until:
            yield f"relations: {relation.entity}/{relation.other}: dates out of order"
    holders: dict[str, str] = {}
    for security in world.identity.securities:
        if security.isin:
            first = holders.setdefault(security.isin, security.entity)
            if first != security.entity:
                yield f"securities: {security.isin} belongs to {first} and {security.entity}"


def _overdue(world: World, today: date) -> Iterator[str]:
    for regime in world.law.regimes.values():
        if regime.last_checked and regime.interval_days:
            due = date.fromisoformat(regime.last_checked) + timedelta(days=regime.interval_days)
            if today > due:
                yield f"{regime.id}: manual check was due on {due}"
    for spec in world.lists.specs.values():
        due = date.fromisoformat(spec.last_checked) + timedelta(days=spec.interval_days)
        if today > due:
            yield f"{spec.id}: manual check was due on {due}"
    for regime in world.law.regimes.values():
        through = regime.verified_through.astimezone(NEW_YORK).date()
        if regime.bans and today > through + timedelta(days=30):
            yield f"{regime.id}: verified only through {through}; later answers say so"
