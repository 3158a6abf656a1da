"""The append-only trail: each entry's hash covers the entry and the hash before it.

A changed, inserted or removed entry breaks the chain from there on. Cutting off the end does
not, so the newest hash is to be kept elsewhere too (the run manifest prints it), and every row
of the data tables must have its entry.
"""

import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Table, insert, select

from analyzer.store.schema import DATA_TABLES, DERIVED_COLUMNS, audit, blobs, judgements

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One change: when, who, to which table, the row as written, and the chained hash."""

    sequence: int
    at: str
    who: str
    action: str
    details: str
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class ChainCheck:
    """The result of `Store.verify_chain`.

    Parameters
    ----------
    entries
        Entries read.
    head
        Hash of the newest entry.
    problems
        What does not hold, in words; empty when all does.
    """

    entries: int
    head: str
    problems: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing was changed, inserted or removed."""
        return not self.problems


def canonical(value: Any) -> str:
    """Return JSON text that is the same for equal values."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _digest(sequence: int, at: str, who: str, action: str, details: str, previous: str) -> str:
    text = canonical([sequence, at, who, action, details, previous])
    return hashlib.sha256(text.encode()).hexdigest()


class Trail:
    """The end of the trail, within a transaction that holds the write lock.

    Parameters
    ----------
    connection
        The transaction's connection.
    who, at
        Author and time (as stored) of every entry added through this object.
    """

    def __init__(self, connection: Connection, who: str, at: str) -> None:
        self.connection = connection
        self._who, self._at = who, at
        newest = select(audit.c.sequence, audit.c.hash).order_by(audit.c.sequence.desc()).limit(1)
        last = connection.execute(newest).first()
        self._sequence: int = last.sequence if last else 0
        self._hash: str = last.hash if last else GENESIS

    def append(self, action: str, details: Mapping[str, Any]) -> None:
        """Add one entry."""
        text, sequence, previous = canonical(details), self._sequence + 1, self._hash
        digest = _digest(sequence, self._at, self._who, action, text, previous)
        entry = AuditEntry(sequence, self._at, self._who, action, text, previous, digest)
        self.connection.execute(insert(audit), asdict(entry))
        self._sequence, self._hash = sequence, digest


def entries(connection: Connection) -> list[AuditEntry]:
    """Return all entries, oldest first."""
    rows = connection.execute(select(audit).order_by(audit.c.sequence))
    return [AuditEntry(*row) for row in rows]


def check(connection: Connection, head: str | None) -> ChainCheck:
    """Recompute the chain and compare every data row and blob with it."""
    problems: list[str] = []
    previous, written = GENESIS, {table.name: dict[int, str]() for table in DATA_TABLES}
    trail = entries(connection)
    for position, entry in enumerate(trail, start=1):
        if entry.sequence != position:
            problems.append(f"entry {position} is missing")
            break
        expected = _digest(
            entry.sequence, entry.at, entry.who, entry.action, entry.details, previous
        )
        if entry.previous != previous or entry.hash != expected:
            problems.append(f"entry {position} does not follow from the one before it")
            break
        previous = entry.hash
        if entry.action in written:
            written[entry.action][json.loads(entry.details)["id"]] = entry.details
    if head is not None and not any(entry.hash == head for entry in trail):
        problems.append(f"no entry has the hash {head}: the end was cut off or rewritten")
    for table in DATA_TABLES:
        problems += _compare(connection, table, written[table.name])
    problems += _wrong_supersession(connection) + _damaged_blobs(connection)
    return ChainCheck(len(trail), trail[-1].hash if trail else GENESIS, tuple(problems))


def _compare(connection: Connection, table: Table, written: Mapping[int, str]) -> list[str]:
    """Compare a table's rows with what the trail says was written."""
    columns = [column for column in table.columns if column.name not in DERIVED_COLUMNS]
    found = connection.execute(select(*columns)).mappings()
    rows = {int(row["id"]): canonical(dict(row)) for row in found}
    return [
        *(f"{table.name} {key} is in no entry" for key in sorted(rows.keys() - written.keys())),
        *(f"{table.name} {key} was removed" for key in sorted(written.keys() - rows.keys())),
        *(
            f"{table.name} {key} was changed"
            for key in sorted(rows.keys() & written.keys())
            if rows[key] != written[key]
        ),
    ]


def _wrong_supersession(connection: Connection) -> list[str]:
    """List decisions that do not point to the next one on their security and entity."""
    columns = judgements.c
    query = select(columns.id, columns.superseded_by, columns.security_key, columns.entity_id)
    rows = connection.execute(query.order_by(columns.at, columns.id)).all()
    following: dict[tuple[str, str], int] = {}
    wrong = []
    for row in reversed(rows):
        pair = (row.security_key, row.entity_id)
        if row.superseded_by != following.get(pair):
            wrong.append(f"judgements {row.id} is superseded by {row.superseded_by}, wrongly")
        following[pair] = row.id
    return wrong


def _damaged_blobs(connection: Connection) -> list[str]:
    """List stored contents that no longer have their hash."""
    damaged = []
    for digest, content in connection.execute(select(blobs).order_by(blobs.c.sha256)):
        try:
            held = hashlib.sha256(zlib.decompress(content)).hexdigest()
        except zlib.error:
            held = ""
        if held != digest:
            damaged.append(f"the stored content {digest} was changed")
    return damaged
