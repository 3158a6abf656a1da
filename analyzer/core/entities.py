"""Issuers, their names and securities, and how issuers relate to each other."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class NameKind(StrEnum):
    """What kind of name a published or known name is."""

    PRIMARY = "primary"
    ALIAS = "alias"
    WEAK_ALIAS = "weak_alias"
    FORMER = "former"
    MISSPELLING = "misspelling"
    ISSUER = "issuer"  # the issuer name beside a published security


class RelationKind(StrEnum):
    """How one issuer stands to another."""

    SUBSIDIARY = "subsidiary"
    OWNED = "owned"  # some fraction of it is held, however small
    ASSOCIATE = "associate"
    PARENT = "parent"
    CLOSE_NAME = "close_name"  # name "closely matches" a listed name (EO 13959 before June 2021)
    NOT_SAME = "not_same"  # confusable and known to be different


class Grade(StrEnum):
    """How well a fact is attested; shown beside every verdict."""

    PRIMARY_FULL = "P-full"
    PRIMARY_EXCERPT = "P-excerpt"
    SECONDARY = "S"
    DERIVED = "D"
    MEMORY = "M"


@dataclass(frozen=True, slots=True)
class EntityName:
    """One name of an entity."""

    text: str
    kind: NameKind


@dataclass(frozen=True, slots=True)
class Relation:
    """`entity` is a `kind` of `other` over `[since, until)`; `fraction` where it is ownership."""

    entity: str
    kind: RelationKind
    other: str
    since: date | None = None
    until: date | None = None
    fraction: float | None = None
    source: str = ""
    grade: Grade = Grade.MEMORY


@dataclass(frozen=True, slots=True)
class Security:
    """One line of an issuer: the pairing of identifiers, ticker and board.

    `instrument` is a word of the published vocabulary; `mic` the ISO 10383 market code.
    """

    entity: str
    instrument: str
    name: str = ""
    isin: str | None = None
    cusip: str | None = None
    sedol: str | None = None
    figi: str | None = None
    ticker: str | None = None
    mic: str | None = None
    since: date | None = None
    until: date | None = None
    note: str = ""
    source: str = ""
    grade: Grade = Grade.SECONDARY


@dataclass(frozen=True, slots=True)
class Entity:
    """A company or body that a list names, or that is kept apart from one."""

    id: str
    name: str
    country: str = ""
    lei: str | None = None
    uscc: str | None = None
    names: tuple[EntityName, ...] = field(default=())
