"""Law, lists and identity, loaded once and never changed."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from analyzer.core.asof import AsOf
from analyzer.core.entities import Entity, EntityName, NameKind, Security
from analyzer.core.matching import JudgementRecord
from analyzer.exposure import ListCoverage, Question
from analyzer.law import Expectation, Law, load_law_data
from analyzer.lists import Edition, ListData, load_lists
from analyzer.resolve import Identity, Resolver, load_identity

_PACKAGE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class World:
    """Law, lists and identity, loaded; nothing in it changes.

    Parameters
    ----------
    expectations
        What the data itself says the law must answer.
    securities
        Known lines by ISIN.
    judgements
        Decisions of people that the resolver applies.
    """

    law: Law
    lists: ListData
    identity: Identity
    resolver: Resolver
    expectations: tuple[Expectation, ...] = ()
    securities: Mapping[str, Security] = field(default_factory=dict)
    judgements: tuple[JudgementRecord, ...] = ()

    @cached_property
    def names(self) -> dict[str, str]:
        """Official names by entity id."""
        return {key: entity.name for key, entity in self.identity.entities.items()}

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over every bundled rule, docket, roster and identity file, in order of path."""
        digest = hashlib.sha256()
        for folder in ("data", "lists"):
            for path in sorted((_PACKAGE / folder).rglob("*")):
                if path.suffix in (".yml", ".csv"):
                    digest.update(path.relative_to(_PACKAGE).as_posix().encode())
                    digest.update(path.read_bytes())
        return digest.hexdigest()

    def under(self, question: Question) -> Law:
        """Return the law as the question wants it: rulings and reading applied."""
        law = self.law.without_rulings() if question.without_rulings else self.law
        return law.reading(question.reading) if question.reading else law

    def coverage(self, as_of: AsOf) -> tuple[ListCoverage, ...]:
        """Return, for every list, the edition in force and known at the end of the span."""
        found = []
        for list_id, spec in self.lists.specs.items():
            current: Edition | None = None
            for edition in self.lists.editions[list_id]:
                if edition.published <= as_of.known and edition.date <= as_of.day:
                    current = edition
            found.append(
                ListCoverage(
                    list_id,
                    spec.title,
                    current.date if current else None,
                    len(current.rows) if current else 0,
                    current.sha256 if current else "",
                )
            )
        return tuple(found)


def load_world(*list_roots: Path, judgements: Iterable[JudgementRecord] = ()) -> World:
    """Load the bundled facts, and lists imported under further roots.

    Parameters
    ----------
    list_roots
        Folders of imported lists; one that does not exist holds none.
    judgements
        Decisions of people, applied to matches.

    Raises
    ------
    DataError
        Naming file and line of the first fact that is malformed.
    """
    data = load_law_data()
    lists = load_lists(*(root for root in list_roots if root.is_dir()))
    identity = with_imported(load_identity(), lists)
    law = Law.of(data, lists.events, lists.horizons, identity.relations)
    listed = set(law.record.lists_of)
    decided = tuple(judgements)
    return World(
        law,
        lists,
        identity,
        Resolver(identity, listed, decided),
        data.expectations,
        _by_isin(identity.securities),
        decided,
    )


def with_supposed(
    world: World,
    issuers: Mapping[str, tuple[str, Iterable[str], str]],
    listed: set[str],
    source: str,
) -> World:
    """Return the world with issuers that a scenario invents and names that it puts on a list.

    Parameters
    ----------
    issuers
        Entity id to name, ISINs and LEI; an empty LEI is none.
    listed
        Entity ids that hypothetical events are about.
    source
        Where it is said.
    """
    known = {t for event in world.lists.events for t in event.targets}
    if not issuers and listed <= known:
        return world
    names = {
        key: Entity(key, name, lei=lei or None, names=(EntityName(name, NameKind.PRIMARY),))
        for key, (name, _, lei) in issuers.items()
    }
    lines = tuple(
        Security(key, "equity", isin=code, source=source)
        for key, (_, codes, _) in issuers.items()
        for code in codes
    )
    identity = replace(
        world.identity,
        entities={**world.identity.entities, **names},
        securities=(*world.identity.securities, *lines),
    )
    touched = {t for event in world.law.record.events for t in event.targets}
    return replace(world, identity=identity, resolver=Resolver(identity, touched, world.judgements))


def with_imported(identity: Identity, lists: ListData) -> Identity:
    """Return the identity with the issuers and lines that only imported lists name.

    What is bundled stands: an issuer known already keeps its entry, and a line repeated by an
    import is dropped.
    """
    known = {_line(s) for s in identity.securities}
    more = tuple(s for s in lists.securities if _line(s) not in known)
    entities = {e.id: e for e in lists.entities if e.id not in identity.entities}
    found = {**identity.entities, **entities}
    more = tuple(s for s in more if s.entity in found)
    return replace(identity, entities=found, securities=(*identity.securities, *more))


def _line(security: Security) -> tuple[str | None, ...]:
    """Return what makes two lines one: the issuer with the ISIN, or else with all codes."""
    if security.isin:
        return (security.entity, security.isin)
    codes = (security.cusip, security.sedol, security.figi, security.ticker, security.mic)
    return (security.entity, None, *codes)


def _by_isin(securities: Iterable[Security]) -> dict[str, Security]:
    found: dict[str, Security] = {}
    for security in securities:
        if security.isin:
            found.setdefault(security.isin, security)
    return found
