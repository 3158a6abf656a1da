"""Importing a published file into the user's data directory."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from analyzer.core.asof import start_of_day
from analyzer.core.entities import Entity
from analyzer.core.errors import InputError
from analyzer.core.findings import Finding, Severity
from analyzer.lists.diff import EditionDiff, diff_editions
from analyzer.lists.formats import Entry, Publication, gather
from analyzer.lists.load import editions, load_lists
from analyzer.lists.names import Directory, slug
from analyzer.lists.parsers import read_files
from analyzer.lists.roster import (
    UNSTATED,
    Edition,
    RosterRow,
    digest,
    with_listing_dates,
    write_roster,
)
from analyzer.lists.spec import ListSpec, catalogue, folder_of
from analyzer.lists.stored import store

# A list that loses a fifth of its entries between two editions is more likely cut off than short.
_LOSS = 0.8
# Scopes whose notes are short: a citation, a footnote, the user's reason.
_NOTED = frozenset({"plain", "bis", "dod-1260h"})
_ISO_DATE = re.compile(r"(20\d\d)-?(0[1-9]|1[0-2])-?([0-3]\d)")


@dataclass(frozen=True, slots=True)
class Imported:
    """One edition taken up.

    `new` is false when an edition of that day was there already: one of the package stands, and
    `diff` is against it. Otherwise `diff` is against the newest edition before it.
    """

    list_id: str
    date: date
    path: Path
    entries: int
    new: bool
    diff: EditionDiff | None


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import took up, and what it did not understand or refused."""

    format: str
    imported: tuple[Imported, ...]
    removed_by_publisher: tuple[str, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class _Job:
    """One import under way."""

    publication: Publication
    day: date
    into: Path
    specs: Mapping[str, ListSpec]
    directory: Directory
    provenance: Mapping[str, str]
    accept_loss: bool


def import_file(
    path: Path,
    into: Path,
    *,
    edition: date | None = None,
    modified: date | None = None,
    list_id: str | None = None,
    entities: Iterable[Entity] = (),
    url: str = "",
    accept_loss: bool = False,
) -> ImportReport:
    """Take a published file up into the user's data directory, list by list.

    Parameters
    ----------
    path
        A file, a folder holding one set of files, or a zip archive of it.
    into
        The user's data directory for lists; never the package.
    edition
        The edition's date, needed where neither the file nor its name states one.
    modified
        The day a server gives for the file; taken for its date where nothing else states one.
    list_id
        Take up only this list of those the file holds; for a user's own list, its id.
    entities
        Known issuers, so that entries are recognised by their official names.
    url
        Where the file was downloaded from.
    accept_loss
        Take an edition up although it lost a fifth of its entries or lies outside the list's band.

    Raises
    ------
    InputError
        If the file is refused for every list it holds, with the reasons; nothing is written.
    """
    files = gather(path)
    known = catalogue(into)
    publication = read_files(files, known)
    job = _Job(
        publication,
        _edition_date(publication, edition, modified, path),
        into,
        known,
        _directory(entities),
        {
            "input": "; ".join(sorted(files)),
            "input_sha256": digest(b"".join(files[name] for name in sorted(files))),
            "url": url,
            "format": publication.format,
        },
        accept_loss,
    )
    chosen, findings = _assign(job, path, list_id)
    imported: list[Imported] = []
    for spec, entries in chosen:
        try:
            imported.append(_take(job, spec, entries, findings))
        except InputError as error:
            findings.append(Finding(Severity.ERROR, "E701", str(error), file=path.name))
    if not imported:
        reasons = [f.message for f in findings if f.severity is Severity.ERROR]
        raise InputError(
            "; ".join(reasons) or f"{path.name}: no entry belongs to a list that is known"
        )
    return ImportReport(
        publication.format,
        tuple(imported),
        publication.removed,
        (*publication.findings, *findings),
    )


def _directory(entities: Iterable[Entity]) -> Directory:
    shipped = load_lists()
    return Directory(shipped.specs, shipped.editions, entities)


def _edition_date(
    publication: Publication, given: date | None, modified: date | None, path: Path
) -> date:
    if publication.date is not None:
        if given is not None and given != publication.date:
            raise InputError(
                f"{path.name}: the file states {publication.date}, not {given}, as its date"
            )
        return publication.date
    if given is not None:
        return given
    if modified is not None:
        return modified
    for text in (path.name, path.parent.name):
        for match in _ISO_DATE.finditer(text):
            try:
                return date(*map(int, match.groups()))
            except ValueError:
                continue
    raise InputError(f"{path.name}: neither the file nor its name states its date; give it")


# -- which entries belong to which list ----------------------------------------------------------


def _assign(
    job: _Job, path: Path, list_id: str | None
) -> tuple[list[tuple[ListSpec, list[Entry]]], list[Finding]]:
    scope = job.publication.scope
    if scope == "plain":
        return [(_own_list(job, path, list_id), list(job.publication.entries))], []
    wanted = [s for s in job.specs.values() if scope in s.selects]
    if list_id is not None:
        wanted = [s for s in wanted if s.id == list_id]
        if not wanted:
            raise InputError(f"{path.name}: a {job.publication.format} file holds no {list_id}")
    chosen: list[tuple[ListSpec, list[Entry]]] = []
    taken: set[int] = set()
    for spec in wanted:
        tags = spec.selects[scope]
        found = [
            (i, e) for i, e in enumerate(job.publication.entries) if "*" in tags or e.tags & tags
        ]
        taken.update(i for i, _ in found)
        if found or _before(spec, job.day):
            chosen.append((spec, [e for _, e in found]))
    findings = [] if list_id is not None else _left(job, path, taken)
    return chosen, findings


def _left(job: _Job, path: Path, taken: set[int]) -> list[Finding]:
    """Report entries that belong to no known list, by what they are tagged with."""
    left = [e for i, e in enumerate(job.publication.entries) if i not in taken]
    counts = Counter(", ".join(sorted(e.tags)) for e in left)
    return [
        Finding(
            Severity.WARNING,
            "W704",
            f"{count} entries tagged {tags!r} belong to no list that can be told from this format",
            file=path.name,
        )
        for tags, count in counts.items()
    ]


def _own_list(job: _Job, path: Path, list_id: str | None) -> ListSpec:
    """Return the specification of a user's own list, made from the file's name."""
    key = (list_id or f"custom-{slug(_ISO_DATE.sub('', path.stem))}").upper().replace("_", "-")
    if key in job.specs:
        spec = job.specs[key]
        if not spec.imported:
            raise InputError(f"{path.name}: {key} is a published list; choose another id")
        return spec
    return ListSpec(
        id=key,
        title=path.stem,
        publisher="the user",
        url="",
        folder=job.into / folder_of(key),
        verified_from=start_of_day(job.day),
        verified_through=start_of_day(job.day),
        last_checked=job.day.isoformat(),
        interval_days=365,
        count_min=1,
        count_max=1_000_000,
        authority="the user's own policy",
        dated_rows=True,
        imported=True,
        own=True,
    )


# -- one edition ---------------------------------------------------------------------------------


def _before(spec: ListSpec, day: date) -> Edition | None:
    """Return the newest edition before a day."""
    if not spec.editions and not spec.also:
        return None
    return next((e for e in reversed(editions(spec)) if e.date < day), None)


def _take(job: _Job, spec: ListSpec, entries: list[Entry], findings: list[Finding]) -> Imported:
    named = [(job.directory.entity_of(spec, entry), entry) for entry in entries]
    found = sum(key in job.directory.known for key, _ in named)
    if found:
        text = f"{spec.id}: {found} of {len(named)} entries are issuers already known"
        findings.append(Finding(Severity.INFO, "I705", text))
    previous = _before(spec, job.day)
    rows = _rows(job, spec, named)
    path = job.into / folder_of(spec.id) / "editions" / f"{job.day}.csv"
    edition = Edition(
        spec.id,
        job.day,
        start_of_day(job.day),
        tuple(rows),
        digest(write_roster(rows).encode()),
        f"{spec.title}, edition of {job.day}, imported from {job.provenance['input']}",
        (),
        path,
    )
    settled = with_listing_dates(edition, previous)
    shipped = _shipped(spec, job.day)
    if shipped is not None:
        # The edition of the package stands; the reader sees where the file differs from it.
        against = diff_editions(shipped, settled)
        return Imported(spec.id, job.day, shipped.path, len(rows), new=False, diff=against)
    if not job.accept_loss:
        _refuse_loss(spec, settled, previous)
    new = _is_new(spec, edition)
    if new:
        store(spec, edition, named, job.directory.known, job.provenance)
    diff = diff_editions(previous, settled) if previous else None
    return Imported(spec.id, job.day, path, len(rows), new, diff)


def _shipped(spec: ListSpec, day: date) -> Edition | None:
    """Return the whole edition of a day that the package ships, if it ships one."""
    entry = next((e for e in spec.editions if e.date == day and not spec.imported), None)
    if entry is None or entry.partial:
        return None
    return next(e for e in editions(spec) if e.date == day)


def _is_new(spec: ListSpec, edition: Edition) -> bool:
    """Whether the edition is not recorded yet; another one of its date is refused."""
    recorded = {
        entry.path.resolve(): entry.sha256 for s in (spec, *spec.also) for entry in s.editions
    }
    before = recorded.get(edition.path.resolve())
    if before is not None and before != edition.sha256:
        raise InputError(
            f"{spec.id}: an edition of {edition.date} with other content is there already"
        )
    return before is None


def _refuse_loss(spec: ListSpec, edition: Edition, previous: Edition | None) -> None:
    count = edition.entries
    whole = previous if previous is not None and not previous.partial else None
    if whole is not None and count <= _LOSS * whole.entries and whole.entries:
        raise InputError(
            f"{spec.id}: {count} entries where the edition of {whole.date} has"
            f" {whole.entries}; a fifth or more is gone, so the file may be cut off"
        )
    newest = max((e.date for s in (spec, *spec.also) for e in s.editions), default=edition.date)
    if edition.date >= newest and not spec.count_min <= count <= spec.count_max:
        raise InputError(
            f"{spec.id}: {count} entries, outside the band of {spec.count_min} to"
            f" {spec.count_max} that the list is known for"
        )


def _rows(job: _Job, spec: ListSpec, named: list[tuple[str, Entry]]) -> list[RosterRow]:
    plain = job.publication.scope == "plain"
    tags = spec.selects.get(job.publication.scope, frozenset())
    by_name = {entry.name: key for key, entry in named}
    found = []
    for key, entry in named:
        under = [day for tag, day in entry.dates if tag in tags]
        stated = entry.listed or min(under, default=None)
        listed = stated or (job.day if plain else UNSTATED)
        if plain and (listed > job.day or (entry.until and entry.until < job.day)):
            continue
        found.append(
            RosterRow(
                entity=key,
                name_as_published=entry.name,
                listed=listed,
                uid=entry.uid,
                ban_from=entry.ban_from,
                divest_until=entry.divest_until,
                parent=by_name.get(entry.parent) or job.directory.named(entry.parent) or "",
                beside=by_name.get(entry.beside, ""),
                note=entry.note if job.publication.scope in _NOTED else "",
            )
        )
    return found
