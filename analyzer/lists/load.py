"""Loading lists whole: specifications, editions, events and horizons."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from analyzer.core.asof import start_of_day
from analyzer.core.entities import Entity, Security
from analyzer.core.errors import DataError
from analyzer.core.events import LegalEvent
from analyzer.core.findings import Finding, Severity
from analyzer.lists.events import events_between, own_events, read_notices
from analyzer.lists.issuers import Issuers
from analyzer.lists.roster import Edition, digest, read_roster, with_listing_dates
from analyzer.lists.spec import EditionSpec, ListSpec, catalogue, horizon, read_spec


@dataclass(frozen=True)
class ListData:
    """Every list, ready for the law and the resolver.

    Parameters
    ----------
    specs, editions
        By list id; editions oldest first.
    events
        Designations, delistings and notices of all lists.
    horizons
        For each list the span over which its roster was verified.
    entities, securities
        Issuers, and their lines, that only imported lists name.
    findings
        Editions that were refused; the previous one stays in force.
    known
        Every list that can be imported, those without a stored edition included.
    """

    specs: Mapping[str, ListSpec]
    editions: Mapping[str, tuple[Edition, ...]]
    events: tuple[LegalEvent, ...]
    horizons: Mapping[str, tuple[datetime, datetime]]
    entities: tuple[Entity, ...] = ()
    securities: tuple[Security, ...] = ()
    findings: tuple[Finding, ...] = ()
    known: Mapping[str, ListSpec] = field(default_factory=dict)


def editions(spec: ListSpec) -> tuple[Edition, ...]:
    """Return the editions of a list, oldest first.

    Raises
    ------
    DataError
        If an edition is missing, edited or malformed, or a roster has no entry in `list.yml`.
    """
    found: list[Edition] = []
    for one in (spec, *spec.also):
        _refuse_strays(one)
        found += [read_edition(spec.id, entry) for entry in one.editions]
    return _settled(found)


def _settled(found: Iterable[Edition]) -> tuple[Edition, ...]:
    """Order editions, one a day (the first read stands), and settle their listing dates."""
    by_day: dict[date, Edition] = {}
    for edition in found:
        by_day.setdefault(edition.date, edition)
    ordered: list[Edition] = []
    for day in sorted(by_day):
        ordered.append(with_listing_dates(by_day[day], ordered[-1] if ordered else None))
    return tuple(ordered)


def read_edition(list_id: str, entry: EditionSpec) -> Edition:
    """Read one stored edition.

    Raises
    ------
    DataError
        If it is missing, malformed, or not the file that was recorded.
    """
    where = f"{entry.path.parent.parent.name}/editions/{entry.path.name}"
    try:
        raw = entry.path.read_bytes()
    except FileNotFoundError:
        raise DataError(f"{where}: the edition named in list.yml is missing") from None
    sha256 = digest(raw)
    if entry.sha256 and entry.sha256 != sha256:
        raise DataError(f"{where}: the file was edited after it was recorded (SHA-256 differs)")
    return Edition(
        list_id,
        entry.date,
        entry.published,
        read_roster(raw.decode("utf-8"), where),
        sha256,
        entry.source,
        entry.cites,
        entry.path,
        entry.precision,
        entry.partial,
    )


def _refuse_strays(spec: ListSpec) -> None:
    known = {entry.path.name for entry in spec.editions}
    for path in sorted((spec.folder / "editions").glob("*.csv")):
        if path.name not in known:
            raise DataError(
                f"{spec.folder.name}/editions/{path.name}: the edition has no entry in list.yml"
            )


def list_events(spec: ListSpec) -> tuple[LegalEvent, ...]:
    """Return the designations, delistings and notices of one list."""
    return _events(spec, editions(spec))


def _events(spec: ListSpec, kept: tuple[Edition, ...]) -> tuple[LegalEvent, ...]:
    if spec.own:
        return own_events(spec, kept)
    return events_between(spec, kept, read_notices(spec))


def load_lists(*roots: Path) -> ListData:
    """Load the lists shipped with the package and those under further roots.

    A stored edition of an imported list that was edited or cannot be read is left out with a
    finding, and the previous edition stays in force; in the package it stops the load.

    Raises
    ------
    DataError
        Naming file and line of what is malformed in the package.
    """
    known = catalogue(*roots)
    specs = {k: s for k, s in known.items() if s.editions or s.also}
    kept: dict[str, tuple[Edition, ...]] = {}
    events: list[LegalEvent] = []
    horizons: dict[str, tuple[datetime, datetime]] = {}
    findings: list[Finding] = []
    issuers = Issuers()
    for list_id, spec in specs.items():
        kept[list_id] = _kept(spec, findings)
        events += _events(spec, kept[list_id])
        span = _horizon(spec, kept[list_id])
        if span is not None:
            horizons[list_id] = span
        for one in (spec, *spec.also):
            issuers.read(one, {e.date for e in kept[list_id]}, findings)
    return ListData(
        specs,
        kept,
        tuple(events),
        horizons,
        issuers.entities,
        issuers.securities,
        tuple(findings),
        known,
    )


def _horizon(spec: ListSpec, kept: tuple[Edition, ...]) -> tuple[datetime, datetime] | None:
    """Return the span verified: that of the package, carried on by accepted imports."""
    imported = {e.date for s in (spec, *spec.also) if s.imported for e in s.editions}
    days = sorted(imported & {e.date for e in kept})
    if spec.imported:
        if not days:
            return None
        since, through = horizon(days, spec.interval_days)
        if spec.own:
            # The user's own list is whole by definition, as far back as it goes.
            since = min([since, *(start_of_day(r.listed) for e in kept for r in e.rows)])
        return since, through
    own = read_spec(spec.folder / "list.yml")
    newest = [start_of_day(day) for day in days]
    return own.verified_from, max([own.verified_through, *newest])


def _kept(spec: ListSpec, findings: list[Finding]) -> tuple[Edition, ...]:
    found: list[Edition] = []
    for one in (spec, *spec.also):
        if not one.imported:
            _refuse_strays(one)
            found += [read_edition(spec.id, entry) for entry in one.editions]
            continue
        for entry in one.editions:
            try:
                found.append(read_edition(spec.id, entry))
            except DataError as error:
                findings.append(Finding(Severity.ERROR, "E701", str(error)))
    return _settled(found)
