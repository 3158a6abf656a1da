"""Who exists: entities with their names, securities and relations, read from the bundled tables."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from importlib.resources import files
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
from analyzer.core.errors import DataError

BUNDLED = Path(str(files("analyzer") / "data"))


@dataclass(frozen=True)
class Identity:
    """Everything known about who issued what.

    Parameters
    ----------
    entities
        By id: issuers that some list names, and issuers kept apart from one or related to one.
    securities
        Lines with their identifiers. An earlier line holds its identifiers against a later one
        that assigns them to another issuer.
    relations
        Ownership, closeness of names, and known differences.
    """

    entities: Mapping[str, Entity]
    securities: tuple[Security, ...]
    relations: tuple[Relation, ...]

    def extended(self, securities: tuple[Security, ...]) -> "Identity":
        """Return the identity with further lines, which never displace the ones it has."""
        return replace(self, securities=(*self.securities, *securities))


def _rows(folder: Path, pattern: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield each row of each matching file with the place it stands at."""
    found = sorted(folder.glob(pattern))
    if not found:
        raise DataError(f"{folder}: no {pattern}")
    for path in found:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            for row in reader:
                yield f"{path}:{reader.line_num}", row


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def security_from(row: Mapping[str, str]) -> Security:
    """Return the line that one row of a securities table states; missing columns are empty."""

    def cell(name: str) -> str:
        return row.get(name) or ""

    return Security(
        entity=cell("entity"),
        instrument=cell("instrument") or "equity",
        name=cell("name"),
        isin=cell("isin") or None,
        cusip=cell("cusip") or None,
        sedol=cell("sedol") or None,
        figi=cell("figi") or None,
        ticker=cell("ticker") or None,
        mic=cell("mic") or None,
        since=_day(cell("since")),
        until=_day(cell("until")),
        note=cell("note"),
        source=cell("source"),
        grade=Grade(cell("grade") or Grade.SECONDARY),
    )


def _relation_from(row: Mapping[str, str]) -> Relation:
    return Relation(
        entity=row["entity"],
        kind=RelationKind(row["relation"]),
        other=row["other"],
        since=_day(row["since"]),
        until=_day(row["until"]),
        fraction=float(row["fraction"]) if row["fraction"] else None,
        source=row["source"],
        grade=Grade(row["grade"]),
    )


def load_identity(root: Path = BUNDLED) -> Identity:
    """Return the identity data under `root` (`entities/*.csv`, `securities/*.csv`).

    Raises
    ------
    DataError
        Naming file and line, for a row that cannot be read or that names an unknown entity.
    """
    names: dict[str, list[EntityName]] = {}
    entities: dict[str, Entity] = {}
    securities: list[Security] = []
    relations: list[Relation] = []
    where = str(root)
    try:
        for where, row in _rows(root / "entities", "names*.csv"):  # noqa: B007 (named in errors)
            names.setdefault(row["entity"], []).append(
                EntityName(row["name"], NameKind(row["kind"]))
            )
        for where, row in _rows(root / "entities", "entities*.csv"):
            key = row["id"]
            if key in entities:
                raise DataError(f"{where}: entity {key!r} appears twice")
            entities[key] = Entity(
                key,
                row["name"],
                row["country"],
                row["lei"] or None,
                row["uscc"] or None,
                tuple(names.pop(key, [])),
            )
        for where, row in _rows(root / "securities", "*.csv"):
            securities.append(security_from(row))
            _known(entities, where, row["entity"])
        for where, row in _rows(root / "entities", "relations*.csv"):
            relations.append(_relation_from(row))
            _known(entities, where, row["entity"], row["other"])
    except (ValueError, KeyError) as error:
        raise DataError(f"{where}: {error}") from None
    if names:
        raise DataError(f"{root}: names of entities that do not exist: {sorted(names)}")
    return Identity(entities, tuple(securities), tuple(relations))


def _known(entities: Mapping[str, Entity], where: str, *ids: str) -> None:
    for key in ids:
        if key not in entities:
            raise DataError(f"{where}: entity {key!r} does not exist")
