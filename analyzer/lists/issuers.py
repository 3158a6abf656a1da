"""Issuers that only an imported list names: written beside its editions, read back for matching."""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from analyzer.core.entities import Entity, EntityName, Grade, NameKind, Security
from analyzer.core.errors import DataError
from analyzer.core.findings import Finding, Severity
from analyzer.core.identifiers import valid_isin
from analyzer.lists.formats.publication import Entry
from analyzer.lists.spec import ListSpec

_ENTITY = ("id", "name", "country", "lei", "uscc", "source")
_NAME = ("entity", "name", "kind")
_SECURITY = (
    *("entity", "instrument", "name", "isin", "cusip", "sedol", "figi", "ticker", "mic", "note"),
    "source",
)
# Vessels and aircraft are property, not issuers; their rows stay in the roster.
_ISSUERS = frozenset({"entity", "individual"})
_DEBT_PREFIXES = ("CND", "XS")


def _table(header: tuple[str, ...], rows: Iterable[Mapping[str, str]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, header, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def issuer_tables(
    named: Iterable[tuple[str, Entry]], known: frozenset[str], source: str
) -> dict[str, str]:
    """Return `entities.csv`, `names.csv` and `securities.csv` of an imported edition.

    Parameters
    ----------
    named
        Entity id and entry, for every entry of the edition.
    known
        Ids of entities of the package: their lines are written, their names are not.
    source
        Where the facts come from, in words.
    """
    entities: dict[str, dict[str, str]] = {}
    names: list[dict[str, str]] = []
    securities: list[dict[str, str]] = []
    for key, entry in named:
        if entry.kind not in _ISSUERS:
            continue
        if key not in known and key not in entities:
            entities[key] = {
                "id": key,
                "name": entry.name,
                "country": entry.country,
                "lei": entry.lei,
                "uscc": entry.uscc,
                "source": source,
            }
            every = (EntityName(entry.name, NameKind.PRIMARY), *entry.names)
            names += [{"entity": key, "name": n.text, "kind": n.kind.value} for n in every]
        securities += [_line(key, scheme, code, source) for scheme, code in entry.codes]
    return {
        "entities.csv": _table(_ENTITY, entities.values()),
        "names.csv": _table(_NAME, names),
        "securities.csv": _table(_SECURITY, securities),
    }


def _line(key: str, scheme: str, code: str, source: str) -> dict[str, str]:
    row = dict.fromkeys(_SECURITY, "")
    row |= {"entity": key, "instrument": "equity", "source": source}
    if scheme == "ticker":
        row["ticker"], row["mic"], row["note"] = _board(code)
    else:
        row[scheme] = code
        row["note"] = "kind of security not stated by the publisher"
        if scheme == "isin" and code.startswith(_DEBT_PREFIXES):
            row["instrument"] = "bond"
        if scheme == "isin" and not valid_isin(code):
            row["note"] = "malformed as published; kept"
    return row


def _board(code: str) -> tuple[str, str, str]:
    """Return ticker, market code and note of a ticker printed with its board: `941 HK`.

    Only boards that the suffix alone determines are given: mainland codes tell theirs by their
    first digit, a US suffix does not.
    """
    ticker, _, suffix = code.rpartition(" ")
    if suffix == "HK" and ticker.isdigit():
        return ticker.zfill(4), "XHKG", ""
    if suffix in ("CH", "CN") and ticker.isdigit() and len(ticker) == 6:
        return ticker, "XSHG" if ticker[0] in "69" else "XSHE", ""
    return code, "", "board not determined"


@dataclass
class Issuers:
    """Collects the issuers of imported lists, newest edition last."""

    _entities: dict[str, Entity] = field(default_factory=dict)
    _securities: dict[Security, None] = field(default_factory=dict)

    @property
    def entities(self) -> tuple[Entity, ...]:
        """Each issuer once, with every name any edition printed."""
        return tuple(self._entities.values())

    @property
    def securities(self) -> tuple[Security, ...]:
        """Lines of issuers, without repetition."""
        return tuple(self._securities)

    def read(self, spec: ListSpec, accepted: set[date], findings: list[Finding]) -> None:
        """Read the issuers of the accepted editions of one imported list."""
        for entry in spec.editions:
            folder = spec.folder / "issuers" / entry.date.isoformat()
            if entry.date not in accepted or not folder.is_dir():
                continue
            try:
                self._edition(folder)
            except (DataError, OSError, UnicodeDecodeError, csv.Error) as error:
                findings.append(Finding(Severity.ERROR, "E701", str(error)))

    def _edition(self, folder: Path) -> None:
        names: dict[str, list[EntityName]] = {}
        for row in _rows(folder / "names.csv", _NAME):
            names.setdefault(row["entity"], []).append(
                EntityName(row["name"], NameKind(row["kind"]))
            )
        for row in _rows(folder / "entities.csv", _ENTITY):
            key = row["id"]
            before = self._entities.get(key)
            printed = dict.fromkeys(names.get(key, ()))
            older = before.names if before else ()
            former = (
                replace(n, kind=NameKind.FORMER)
                if n.kind is NameKind.PRIMARY and n.text != row["name"]
                else n
                for n in older
            )
            self._entities[key] = Entity(
                id=key,
                name=row["name"],
                country=row["country"],
                lei=row["lei"] or None,
                uscc=row["uscc"] or None,
                names=tuple(dict.fromkeys((*printed, *former))),
            )
        for row in _rows(folder / "securities.csv", _SECURITY):
            self._securities.setdefault(_security(row))


def _security(row: Mapping[str, str]) -> Security:
    return Security(
        entity=row["entity"],
        instrument=row["instrument"],
        name=row["name"],
        isin=row["isin"] or None,
        cusip=row["cusip"] or None,
        sedol=row["sedol"] or None,
        figi=row["figi"] or None,
        ticker=row["ticker"] or None,
        mic=row["mic"] or None,
        note=row["note"],
        source=row["source"],
        grade=Grade.PRIMARY_FULL,
    )


def _rows(path: Path, header: tuple[str, ...]) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        reader = csv.DictReader(handle)
        if tuple(reader.fieldnames or ()) != header:
            raise DataError(f"{path.parent.name}/{path.name}: the columns are not those expected")
        return list(reader)
