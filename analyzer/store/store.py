"""The embedded store: one SQLite file in a folder the caller names.

Writers take the write lock first (`BEGIN IMMEDIATE`) and wait for each other, readers see the
last committed state, and a process killed at any point leaves what was committed. SQLAlchemy
Core keeps the statements portable to a server.
"""

import hashlib
import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from time import sleep
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    Table,
    and_,
    create_engine,
    event,
    insert,
    select,
    update,
)
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool

from analyzer.core.errors import DataError
from analyzer.core.matching import Decision, JudgementRecord
from analyzer.store import audit, schema
from analyzer.store.records import (
    EditionReference,
    Run,
    SavedEdition,
    SavedRun,
    SavedSnapshot,
    Snapshot,
)

FILE = "store.sqlite"
_WAIT_MS = 30_000
_PAUSES = tuple(0.02 * 1.4**at for at in range(16))  # seconds; eleven in all


class Store:
    """Judgements, portfolio snapshots, runs and imported editions, with an audit trail.

    Build with `Store.open`. Every method that writes takes who does it and when: the store
    reads no clock. A store may be used by several threads and processes at once.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, folder: Path, who: str, when: datetime) -> "Store":
        """Open the store in `folder`, making or upgrading it if needed.

        Raises
        ------
        DataError
            If the file is not a store, or a newer release wrote it.
        """
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / FILE
        if not path.exists():
            path.touch(mode=0o600)  # SQLite gives its journal the permissions of the file
        engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
        _configure(engine)
        store = cls(engine)
        try:
            with store._write() as connection:
                found, now = schema.migrate(connection)
                if found != now:
                    trail = audit.Trail(connection, _person(who), _utc(when))
                    trail.append("migrate", {"from": found, "to": now})
        except DatabaseError as error:
            raise DataError(f"{path} cannot be used as a store: {error.orig}") from None
        return store

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        """Run a transaction that holds the write lock from its start."""
        engine = self._engine.execution_options(immediate=True)
        with engine.begin() as connection:
            yield connection

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        """Run a read transaction."""
        with self._engine.connect() as connection, connection.begin():
            yield connection

    @staticmethod
    def _add(trail: audit.Trail, table: Table, values: dict[str, Any]) -> int:
        """Insert a row and its audit entry."""
        done = trail.connection.execute(insert(table), values)
        key = done.inserted_primary_key
        if key is None:
            raise DataError(f"the database gave no number for a row of {table.name}")
        number = int(key[0])
        trail.append(table.name, {"id": number, **values})
        return number

    # judgements

    def add_judgements(
        self, records: Iterable[JudgementRecord], who: str, when: datetime
    ) -> tuple[int, ...]:
        """Save decisions, all or none, and return the numbers of those that were new.

        A later decision on the same security and entity supersedes the earlier one, whatever
        the order they arrive in. A decision already held is left alone.

        Parameters
        ----------
        records : iterable of JudgementRecord
            Each names its own author and time.
        who, when
            Who saves or imports them, and when.
        """
        added = []
        with self._write() as connection:
            trail = audit.Trail(connection, _person(who), _utc(when))
            for record in records:
                values: dict[str, Any] = {
                    "security_key": record.security_key,
                    "entity_id": record.entity_id,
                    "entry_hash": record.entry_hash,
                    "decision": record.decision.value,
                    "why": record.why,
                    "who": _person(record.who),
                    "at": _utc(record.when),
                }
                table = schema.judgements
                same = and_(*(table.c[name] == value for name, value in values.items()))
                if connection.execute(select(table.c.id).where(same)).first():
                    continue
                added.append(self._add(trail, table, values))
                _supersede(connection, record.security_key, record.entity_id)
        return tuple(added)

    def judgements(self, *, superseded: bool = False) -> tuple[JudgementRecord, ...]:
        """Return decisions in order of time; with `superseded`, those overtaken as well."""
        table = schema.judgements
        query = select(table).order_by(table.c.at, table.c.id)
        if not superseded:
            query = query.where(table.c.superseded_by.is_(None))
        with self._read() as connection:
            rows = connection.execute(query).all()
        return tuple(
            JudgementRecord(
                security_key=row.security_key,
                entity_id=row.entity_id,
                decision=Decision(row.decision),
                who=row.who,
                when=datetime.fromisoformat(row.at),
                why=row.why,
                entry_hash=row.entry_hash,
            )
            for row in rows
        )

    # portfolios

    def save_snapshot(self, snapshot: Snapshot, who: str, when: datetime) -> int:
        """Save the holdings of a portfolio and return their number."""
        with self._write() as connection:
            values: dict[str, Any] = {
                "portfolio": snapshot.portfolio,
                "date": snapshot.date.isoformat() if snapshot.date else None,
                "file": snapshot.file,
                "file_sha256": snapshot.file_sha256,
                "rows": snapshot.rows,
                "content_sha256": _keep(connection, snapshot.content),
                "who": _person(who),
                "at": _utc(when),
            }
            trail = audit.Trail(connection, values["who"], values["at"])
            return self._add(trail, schema.snapshots, values)

    def portfolios(self) -> tuple[str, ...]:
        """Return the names of all portfolios with a snapshot, in order."""
        column = schema.snapshots.c.portfolio
        with self._read() as connection:
            return tuple(connection.execute(select(column).distinct().order_by(column)).scalars())

    def snapshots(self, portfolio: str) -> tuple[SavedSnapshot, ...]:
        """Return a portfolio's snapshots, newest saved first."""
        table = schema.snapshots
        query = select(table).where(table.c.portfolio == portfolio)
        with self._read() as connection:
            rows = connection.execute(query.order_by(table.c.at.desc(), table.c.id.desc())).all()
        return tuple(
            SavedSnapshot(
                row.id,
                row.who,
                datetime.fromisoformat(row.at),
                row.portfolio,
                date.fromisoformat(row.date) if row.date else None,
                row.file,
                row.file_sha256,
                row.rows,
            )
            for row in rows
        )

    def snapshot_content(self, number: int) -> bytes:
        """Return the content of a snapshot, checked against its hash."""
        return self._content(schema.snapshots, "content_sha256", number)

    # runs

    def save_run(self, run: Run, who: str, when: datetime) -> int:
        """Save an analysis and return its number."""
        with self._write() as connection:
            values: dict[str, Any] = {
                "portfolio": run.portfolio,
                "as_of": run.as_of,
                "known": run.known,
                "manifest": audit.canonical(run.manifest),
                "results_sha256": _keep(connection, run.results),
                "who": _person(who),
                "at": _utc(when),
            }
            trail = audit.Trail(connection, values["who"], values["at"])
            return self._add(trail, schema.runs, values)

    def runs(self, portfolio: str | None = None, limit: int | None = None) -> tuple[SavedRun, ...]:
        """Return runs, newest first; of one portfolio if named."""
        table = schema.runs
        query = select(table).order_by(table.c.at.desc(), table.c.id.desc()).limit(limit)
        if portfolio is not None:
            query = query.where(table.c.portfolio == portfolio)
        with self._read() as connection:
            rows = connection.execute(query).all()
        return tuple(
            SavedRun(
                row.id,
                row.who,
                datetime.fromisoformat(row.at),
                row.portfolio,
                row.as_of,
                row.known,
                json.loads(row.manifest),
            )
            for row in rows
        )

    def run_results(self, number: int) -> bytes:
        """Return the results of a run, checked against their hash."""
        return self._content(schema.runs, "results_sha256", number)

    # editions

    def save_edition(self, reference: EditionReference, who: str, when: datetime) -> int:
        """Save a reference to an imported list edition and return its number."""
        with self._write() as connection:
            values: dict[str, Any] = {
                "list_id": reference.list_id,
                "edition": reference.edition,
                "location": reference.location,
                "file_sha256": reference.file_sha256,
                "rows": reference.rows,
                "who": _person(who),
                "at": _utc(when),
            }
            trail = audit.Trail(connection, values["who"], values["at"])
            return self._add(trail, schema.editions, values)

    def editions(self) -> tuple[SavedEdition, ...]:
        """Return references to imported editions, by list, edition and number."""
        table = schema.editions
        query = select(table).order_by(table.c.list_id, table.c.edition, table.c.id)
        with self._read() as connection:
            rows = connection.execute(query).all()
        return tuple(
            SavedEdition(
                row.id,
                row.who,
                datetime.fromisoformat(row.at),
                EditionReference(row.list_id, row.edition, row.location, row.file_sha256, row.rows),
            )
            for row in rows
        )

    # audit

    def audit_trail(self) -> tuple[audit.AuditEntry, ...]:
        """Return every entry, oldest first."""
        with self._read() as connection:
            return tuple(audit.entries(connection))

    def verify_chain(self, head: str | None = None) -> audit.ChainCheck:
        """Check that nothing was changed, inserted or removed.

        Parameters
        ----------
        head : str, optional
            A hash noted earlier (a run manifest prints it); it must still be in the trail.
        """
        with self._read() as connection:
            return audit.check(connection, head)

    def _content(self, table: Table, column: str, number: int) -> bytes:
        """Read a blob through the row that refers to it."""
        query = select(schema.blobs).join(table, table.c[column] == schema.blobs.c.sha256)
        with self._read() as connection:
            row = connection.execute(query.where(table.c.id == number)).first()
        if row is None:
            raise DataError(f"the store has no {table.name} number {number}")
        content = zlib.decompress(row.content)
        if hashlib.sha256(content).hexdigest() != row.sha256:
            raise DataError(f"the content of {table.name} {number} was changed in the store")
        return content


def _configure(engine: Engine) -> None:
    """Set what SQLite needs on each connection, and take over its transactions."""

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver must not begin transactions by itself
        for pragma in (
            f"busy_timeout = {_WAIT_MS}",
            "synchronous = FULL",
            "foreign_keys = ON",
        ):
            connection.execute(f"PRAGMA {pragma}")
        _keep_journal(connection)

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("immediate", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _keep_journal(connection: Any) -> None:
    """Write ahead to a journal.

    SQLite waits for other writers, but not where two processes turn one new file to this at once.
    """
    for pause in (*_PAUSES, None):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if pause is None or "locked" not in str(error):
                raise
            sleep(pause)
        else:
            return


def _supersede(connection: Connection, security_key: str, entity_id: str) -> None:
    """Point each decision on a pair to the one that overtook it."""
    table = schema.judgements
    pair = and_(table.c.security_key == security_key, table.c.entity_id == entity_id)
    query = select(table.c.id, table.c.superseded_by).where(pair)
    rows = connection.execute(query.order_by(table.c.at, table.c.id)).all()
    for row, later in zip(rows, [*(later.id for later in rows[1:]), None], strict=True):
        if row.superseded_by != later:
            change = update(table).where(table.c.id == row.id).values(superseded_by=later)
            connection.execute(change)


def _keep(connection: Connection, content: bytes) -> str:
    """Store content once and return its hash."""
    digest = hashlib.sha256(content).hexdigest()
    table = schema.blobs
    if connection.execute(select(table.c.sha256).where(table.c.sha256 == digest)).first() is None:
        packed = zlib.compress(content)
        connection.execute(insert(table).values(sha256=digest, content=packed))
    return digest


def _utc(when: datetime) -> str:
    """Render an instant so that text order is time order."""
    if when.tzinfo is None:
        raise ValueError(f"{when.isoformat()} carries no time zone")
    return when.astimezone(UTC).isoformat(timespec="microseconds")


def _person(who: str) -> str:
    """Refuse an anonymous change."""
    if not who.strip():
        raise ValueError("a change needs the name of who makes it")
    return who.strip()
