"""OpenSanctions exports, for users who hold a licence: `targets.simple.csv` and FtM JSON lines.

The dates `first_seen` and `last_seen` are when the crawler saw an entry, never when it was listed.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from analyzer.core.entities import EntityName, NameKind
from analyzer.core.errors import InputError
from analyzer.core.identifiers import valid_isin, valid_lei
from analyzer.lists.formats.publication import (
    Entry,
    Oddities,
    Publication,
    csv_rows,
    decoded,
    read_date,
)

COLUMNS = (
    *("id", "schema", "name", "aliases", "birth_date", "countries", "addresses", "identifiers"),
    *("sanctions", "phones", "emails", "program_ids", "dataset", "first_seen", "last_seen"),
    "last_change",
)
_KINDS = {
    "Person": "individual",
    "Company": "entity",
    "Organization": "entity",
    "LegalEntity": "entity",
    "PublicBody": "entity",
    "Vessel": "vessel",
    "Airplane": "aircraft",
}
_OTHER = frozenset(
    (
        *("Security", "Sanction", "Address", "Identification", "Passport", "Ownership"),
        *("Directorship", "Family", "Associate", "Membership", "Employment", "UnknownLink"),
        *("Representation", "Position", "Occupancy", "CryptoWallet", "Debt", "Asset", "Succession"),
    )
)


def read_csv(name: str, raw: bytes) -> Publication:
    """Read `targets.simple.csv`; its edition is the newest `last_seen`.

    Raises
    ------
    InputError
        If a required column is missing, a row has another width, or the file breaks off.
    """
    odd = Oddities(name)
    entries: list[Entry] = []
    seen: list[date] = []
    for line, row in csv_rows(raw, ("id", "schema", "name", "last_seen"), COLUMNS, odd):
        entries.append(_simple(row, line, odd))
        if (day := read_date(row["last_seen"][:10])) is not None:
            seen.append(day)
    if not entries:
        raise InputError(f"{name}: the file has no entries")
    return Publication(
        "opensanctions-csv",
        "opensanctions",
        max(seen, default=None),
        tuple(entries),
        findings=odd.findings(),
    )


def _kind(schema: str, line: int, odd: Oddities) -> str:
    if schema not in _KINDS:
        odd.note("W702", f"schema {schema!r} is not understood", line)
    return _KINDS.get(schema, "entity")


def _split(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(";") if part.strip()]


def _simple(row: Mapping[str, str], line: int, odd: Oddities) -> Entry:
    if not row["id"] or not row["name"]:
        raise InputError(f"{odd.file}:{line}: the row has no id or no name")
    codes = _split(row.get("identifiers"))
    countries = [c for c in _split(row.get("countries")) if len(c) == 2]
    return Entry(
        uid=row["id"],
        name=row["name"],
        kind=_kind(row["schema"], line, odd),
        tags=frozenset(("*", *_split(row.get("dataset")), *_split(row.get("program_ids")))),
        names=tuple(EntityName(a, NameKind.ALIAS) for a in _split(row.get("aliases"))),
        country=countries[0].upper() if countries else "",
        lei=next((c for c in codes if valid_lei(c)), ""),
        codes=tuple(("isin", c) for c in codes if valid_isin(c)),
        note=row.get("sanctions") or "",
        line=line,
    )


def read_ftm(name: str, raw: bytes) -> Publication:
    """Read FtM JSON lines: targets with their sanctions and securities.

    Raises
    ------
    InputError
        If a line is not whole JSON or not an entity.
    """
    odd = Oddities(name)
    targets: list[tuple[int, dict[str, Any]]] = []
    of_target: dict[str, list[dict[str, Any]]] = defaultdict(list)
    seen: list[date] = []
    for line, text in enumerate(decoded(name, raw).splitlines(), start=1):
        if not text.strip():
            continue
        row = _entity(name, line, text)
        if (day := read_date(str(row.get("last_seen") or "")[:10])) is not None:
            seen.append(day)
        schema = row["schema"]
        if schema in ("Sanction", "Security"):
            for owner in _values(row, "entity") + _values(row, "issuer"):
                of_target[owner].append(row)
        elif row.get("target") and schema not in _OTHER:
            targets.append((line, row))
        elif schema not in _OTHER and schema not in _KINDS:
            odd.note("W702", f"schema {schema!r} is not understood", line)
    if not targets:
        raise InputError(f"{name}: the file has no targets")
    entries = tuple(_target(row, line, of_target[row["id"]], odd) for line, row in targets)
    return Publication(
        "opensanctions-ftm",
        "opensanctions",
        max(seen, default=None),
        entries,
        findings=odd.findings(),
    )


def _entity(name: str, line: int, text: str) -> dict[str, Any]:
    try:
        row = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(
            f"{name}:{line}: not whole JSON: {error.msg}; the file is cut off"
        ) from None
    if not isinstance(row, dict) or not _is_entity(row):
        raise InputError(f"{name}:{line}: not an entity (id, schema and properties are expected)")
    return row


def _is_entity(row: Mapping[str, Any]) -> bool:
    properties = row.get("properties")
    return (
        isinstance(row.get("id"), str)
        and isinstance(row.get("schema"), str)
        and isinstance(row.get("datasets", []), list)
        and isinstance(properties, dict)
        and all(isinstance(values, list) for values in properties.values())
    )


def _values(row: Mapping[str, Any], *names: str) -> list[str]:
    properties = row["properties"]
    return [
        str(value.get("id") if isinstance(value, dict) else value)
        for name in names
        for value in properties.get(name, ())
    ]


def _named(row: Mapping[str, Any], kind: NameKind, *fields: str) -> Iterable[EntityName]:
    return (EntityName(text, kind) for text in _values(row, *fields))


def _target(
    row: Mapping[str, Any], line: int, beside: list[dict[str, Any]], odd: Oddities
) -> Entry:
    name = str(row.get("caption") or next(iter(_values(row, "name")), ""))
    if not name:
        raise InputError(f"{odd.file}:{line}: the entity has no name")
    sanctions = [r for r in beside if r["schema"] == "Sanction"]
    securities = [r for r in beside if r["schema"] == "Security"]
    still = [r for r in sanctions if not _values(r, "endDate")]
    if sanctions and not still:
        odd.note("W704", f"every listing of {name} carries an end date; it is kept as listed", line)
    days = [read_date(d[:10]) for r in still for d in _values(r, "listingDate", "startDate")]
    countries = [c for c in _values(row, "jurisdiction", "country") if len(c) == 2]
    programs = _values(row, "programId") + [p for r in sanctions for p in _values(r, "programId")]
    codes = [("isin", c) for c in _values(row, "isinCode", "isin")]
    for security in securities:
        codes += [("isin", c) for c in _values(security, "isin")]
        codes += [("ticker", c) for c in _values(security, "ticker")]
    names = (
        *_named(row, NameKind.ALIAS, "name", "alias"),
        *_named(row, NameKind.WEAK_ALIAS, "weakAlias", "abbreviation"),
        *_named(row, NameKind.FORMER, "previousName"),
    )
    return Entry(
        uid=row["id"],
        name=name,
        kind=_kind(row["schema"], line, odd),
        tags=frozenset(("*", *map(str, row.get("datasets", ())), *programs)),
        names=tuple(dict.fromkeys(n for n in names if n.text != name)),
        country=countries[0].upper() if countries else "",
        lei=next(iter(_values(row, "leiCode")), ""),
        uscc=next(iter(_values(row, "uscCode")), ""),
        listed=min((d for d in days if d is not None), default=None),
        codes=tuple(dict.fromkeys(codes)),
        line=line,
    )
