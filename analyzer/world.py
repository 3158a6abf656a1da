"""Law, lists and identity, loaded once and never changed."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from analyzer.core.asof import AsOf
from analyzer.core.entities import Security
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
    """

    law: Law
    lists: ListData
    identity: Identity
    resolver: Resolver
    expectations: tuple[Expectation, ...] = ()
    securities: Mapping[str, Security] = field(default_factory=dict)

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


def load_world(*list_roots: Path) -> World:
    """Load the bundled facts, and lists imported under further roots.

    Raises
    ------
    DataError
        Naming file and line of the first fact that is malformed.
    """
    data = load_law_data()
    lists = load_lists(*list_roots)
    identity = load_identity()
    law = Law.of(data, lists.events, lists.horizons, identity.relations)
    listed = set(law.record.lists_of)
    securities = {s.isin: s for s in identity.securities if s.isin}
    return World(law, lists, identity, Resolver(identity, listed), data.expectations, securities)
