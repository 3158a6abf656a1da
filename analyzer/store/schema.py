"""Tables of the store and the steps from older versions to this one.

Times are ISO 8601 text in UTC with microseconds, so that text order is time order on any
database. Every row of a data table is written once; `superseded_by` alone may change, and is
derived.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    event,
    insert,
    inspect,
    select,
    update,
)

from analyzer.core.errors import DataError

VERSION = 1
METADATA = MetaData()

schema_version = Table("schema_version", METADATA, Column("version", Integer, primary_key=True))

blobs = Table(
    "blobs",
    METADATA,
    Column("sha256", String(64), primary_key=True),  # of the content before compression
    Column("content", LargeBinary, nullable=False),  # zlib
)

judgements = Table(
    "judgements",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("security_key", Text, nullable=False),
    Column("entity_id", Text, nullable=False),
    Column("entry_hash", Text, nullable=False),
    Column("decision", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("superseded_by", Integer, ForeignKey("judgements.id")),
    Index("judgements_pair", "security_key", "entity_id"),
)

snapshots = Table(
    "snapshots",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("portfolio", Text, nullable=False, index=True),
    Column("date", Text),
    Column("file", Text, nullable=False),
    Column("file_sha256", String(64), nullable=False),
    Column("rows", Integer, nullable=False),
    Column("content_sha256", String(64), ForeignKey("blobs.sha256"), nullable=False),
    Column("who", Text, nullable=False),
    Column("at", Text, nullable=False),
)

runs = Table(
    "runs",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("portfolio", Text, index=True),
    Column("as_of", Text, nullable=False),
    Column("known", Text, nullable=False),
    Column("manifest", Text, nullable=False),  # canonical JSON
    Column("results_sha256", String(64), ForeignKey("blobs.sha256"), nullable=False),
    Column("who", Text, nullable=False),
    Column("at", Text, nullable=False),
)

editions = Table(
    "editions",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("list_id", Text, nullable=False, index=True),
    Column("edition", Text, nullable=False),
    Column("location", Text, nullable=False),
    Column("file_sha256", String(64), nullable=False),
    Column("rows", Integer, nullable=False),
    Column("who", Text, nullable=False),
    Column("at", Text, nullable=False),
)

audit = Table(
    "audit",
    METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("at", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("details", Text, nullable=False),  # canonical JSON
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)

DATA_TABLES = (judgements, snapshots, runs, editions)
DERIVED_COLUMNS = frozenset({"superseded_by"})


def _forbid(table: str, change: str, columns: str = "") -> None:
    """Let SQLite itself refuse to change what was written."""
    statement = (
        f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change}{columns} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )

    @event.listens_for(METADATA.tables[table], "after_create")
    def _created(_table: Table, connection: Connection, **_options: object) -> None:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(statement)


_forbid("audit", "UPDATE")
for _table in (audit, *DATA_TABLES):
    _forbid(_table.name, "DELETE")
for _table in DATA_TABLES:
    _written = [c.name for c in _table.columns if c.name not in DERIVED_COLUMNS]
    _forbid(_table.name, "UPDATE", f" OF {', '.join(_written)}")

# From version n to n + 1. Version 1 is the first.
MIGRATIONS: Mapping[int, Callable[[Connection], None]] = MappingProxyType({})


def migrate(connection: Connection) -> tuple[int, int]:
    """Bring the database to `VERSION` within the caller's transaction.

    Returns
    -------
    tuple of int
        The version found (0 for an empty database) and the version now.

    Raises
    ------
    DataError
        If a newer release wrote the database, or a step is missing.
    """
    if not inspect(connection).has_table(schema_version.name):
        METADATA.create_all(connection)
        connection.execute(insert(schema_version).values(version=VERSION))
        return 0, VERSION
    found = connection.execute(select(schema_version.c.version)).scalar_one()
    if found > VERSION:
        raise DataError(
            f"the store has schema version {found}; this release reads up to {VERSION}: upgrade"
        )
    for version in range(found, VERSION):
        step = MIGRATIONS.get(version)
        if step is None:
            raise DataError(f"no migration leads from schema version {version}")
        step(connection)
    connection.execute(update(schema_version).values(version=VERSION))
    return found, VERSION
