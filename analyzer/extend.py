"""What a user knows beyond the bundled facts: ownership edges and securities of his own."""

import csv
import io
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path

from analyzer.core.entities import (
    Entity,
    EntityName,
    Grade,
    NameKind,
    Relation,
    RelationKind,
    Security,
)
from analyzer.core.errors import InputError
from analyzer.core.matching import certain
from analyzer.resolve import Resolver, load_gleif, load_openfigi, load_security_master
from analyzer.world import World

_COLUMNS = ("owner", "owned", "fraction")
_MAJORITY = 0.5


def with_edges(world: World, path: Path) -> World:
    """Return the world with ownership edges: owner, owned, fraction, from, to, source.

    Owner and owned are entity ids, identifiers or names; one that finds no entity becomes a new
    one. An edge of more than half makes a subsidiary, any other is a holding; what a regime makes
    of the fraction is the regime's business.

    Raises
    ------
    InputError
        Naming file, line and cause of every row that cannot be used.
    """
    rows = _rows(path)
    problems: list[str] = []
    made: dict[str, Entity] = {}
    relations = []
    for line, row in rows:
        place = f"{path.name}:{line}"
        owner, owned = (
            _entity(world, row[key], made, f"{place}:{key}", problems) for key in ("owner", "owned")
        )
        fraction = _fraction(row["fraction"], f"{place}:fraction", problems)
        since, until = (
            _day(row.get(key) or "", f"{place}:{key}", problems) for key in ("from", "to")
        )
        kind = RelationKind.OWNED
        if fraction is not None and fraction > _MAJORITY:
            kind = RelationKind.SUBSIDIARY
        source = row.get("source") or path.name
        relations.append(
            Relation(owned, kind, owner, since, until, fraction, source, Grade.SECONDARY)
        )
    if problems:
        raise InputError(*problems)
    return _extended(replace(world, law=world.law.assuming(relations=relations)), made.values(), ())


def with_securities(world: World, path: Path) -> World:
    """Return the world with a user's securities.

    A security master (CSV or parquet), a GLEIF ISIN-LEI file or an OpenFIGI answer (JSON), told
    apart by ending and headings. Lines never displace bundled ones.

    Raises
    ------
    InputError
        If the file is none of these.
    """
    if path.suffix.lower() == ".json":
        lines = load_openfigi(path, world.identity)
    elif _is_gleif(path):
        lines = load_gleif(path, world.identity)
    else:
        lines = load_security_master(path, world.identity)
    return _extended(world, (), lines)


def _extended(world: World, entities: Iterable[Entity], lines: tuple[Security, ...]) -> World:
    identity = world.identity.extended(lines)
    known = {**identity.entities, **{e.id: e for e in entities}}
    identity = replace(identity, entities=known)
    listed = {*world.law.record.lists_of, *(e.id for e in entities)}
    resolver = Resolver(identity, listed, world.judgements)
    securities = {s.isin: s for s in lines if s.isin} | dict(world.securities)
    return replace(world, identity=identity, resolver=resolver, securities=securities)


def _is_gleif(path: Path) -> bool:
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        heading = file.readline().strip().replace('"', "").upper().split(",")
    return heading == ["LEI", "ISIN"]


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path.name}: {error}") from None
    reader = csv.DictReader(io.StringIO(text))
    missing = [c for c in _COLUMNS if c not in (reader.fieldnames or ())]
    if missing:
        raise InputError(f"{path.name}: no column {', '.join(missing)}")
    return [
        (reader.line_num, {k: (v or "").strip() for k, v in row.items() if k}) for row in reader
    ]


def _entity(
    world: World, text: str, made: dict[str, Entity], place: str, problems: list[str]
) -> str:
    """Return the id a text means; a name nobody knows becomes an entity of its own."""
    if not text:
        problems.append(f"{place}: empty")
        return ""
    found = world.resolver.look_up(text)
    one = certain(found)
    if one is not None:
        return one.entity_id
    if found:
        names = ", ".join(c.entity_id for c in found[:5])
        problems.append(f"{place}: {text!r} may mean {names}; write the id")
        return ""
    key = "user-" + "-".join("".join(c if c.isalnum() else " " for c in text.lower()).split())
    made.setdefault(key, Entity(key, text, names=(EntityName(text, NameKind.PRIMARY),)))
    return key


def _fraction(text: str, place: str, problems: list[str]) -> float | None:
    if not text:
        return None
    try:
        value = float(text.removesuffix("%")) / (100.0 if text.endswith("%") else 1.0)
    except ValueError:
        value = -1.0
    if not 0.0 <= value <= 1.0:
        problems.append(f"{place}: {text!r} is not between 0 and 1")
        return None
    return value


def _day(text: str, place: str, problems: list[str]) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        problems.append(f"{place}: {text!r} is not a date")
        return None


__all__ = ["with_edges", "with_securities"]
