"""Tampering is found, writers lose nothing, a killed process leaves a consistent store."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from analyzer.core.matching import Decision, JudgementRecord
from analyzer.store import EditionReference, Run, Snapshot, Store
from analyzer.store import store as store_module

NOON = datetime(2021, 5, 25, 12, 0, tzinfo=UTC)


def judgement(number: int, writer: str = "anna") -> JudgementRecord:
    when = NOON + timedelta(seconds=number)
    key = f"isin:{writer}{number}"
    return JudgementRecord(key, "xiaomi", Decision.CONFIRM, writer, when, "seen", "0" * 16)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    store = Store.open(tmp_path, "anna", NOON)
    store.add_judgements([judgement(1), judgement(2)], "anna", NOON)
    store.save_snapshot(Snapshot("Growth", None, "g.csv", "a" * 64, 3, b"rows"), "anna", NOON)
    store.save_run(Run("Growth", "2021", "2021", {"a": 1}, b"{}"), "anna", NOON)
    store.save_edition(EditionReference("l", "2021-01-14", "l.csv", "b" * 64, 1), "anna", NOON)
    assert store.verify_chain().holds
    return tmp_path / "store.sqlite"


def tamper(path: Path, *statements: str) -> None:
    """Change the file as someone would who does not care for triggers."""
    raw = sqlite3.connect(path)
    triggers = raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for (name,) in triggers:
        raw.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        raw.execute(statement)
    raw.commit()
    raw.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET who = 'eve' WHERE sequence = 2",
        "DELETE FROM audit WHERE sequence = 1",
        "UPDATE judgements SET why = 'x' WHERE id = 1",
        "DELETE FROM judgements",
        "UPDATE runs SET manifest = '{}' WHERE id = 1",
        "DELETE FROM editions",
    ],
)
def test_database_itself_refuses_changes(path: Path, statement: str) -> None:
    raw = sqlite3.connect(path)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        raw.execute(statement)
    raw.close()


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE audit SET who = 'eve' WHERE sequence = 3", "entry 3 does not follow"),
        ("UPDATE audit SET details = '{}' WHERE sequence = 2", "entry 2 does not follow"),
        ("DELETE FROM audit WHERE sequence = 2", "entry 2 is missing"),
        ("DELETE FROM audit WHERE sequence = 6", "editions 1 is in no entry"),
        ("UPDATE judgements SET decision = 'reject' WHERE id = 1", "judgements 1 was changed"),
        ("UPDATE judgements SET superseded_by = 2 WHERE id = 1", "superseded"),
        ("DELETE FROM judgements WHERE id = 2", "judgements 2 was removed"),
        ("UPDATE runs SET manifest = '{\"a\":2}'", "runs 1 was changed"),
        ("UPDATE snapshots SET portfolio = 'Income'", "snapshots 1 was changed"),
        ("UPDATE editions SET location = 'x'", "editions 1 was changed"),
        ("UPDATE blobs SET content = X'00'", "was changed"),
        ("INSERT INTO editions SELECT 9, 'l', 'e', 'x', 'c', 1, 'eve', 'now'", "editions 9 is in"),
    ],
)
def test_tampering_is_found(path: Path, statement: str, words: str) -> None:
    tamper(path, statement)
    check = Store.open(path.parent, "anna", NOON).verify_chain()
    assert not check.holds
    assert words in "; ".join(check.problems)


def test_cut_off_end_is_found_with_a_noted_hash(path: Path) -> None:
    head = Store.open(path.parent, "anna", NOON).verify_chain().head
    tamper(path, "DELETE FROM audit WHERE sequence = 6", "DELETE FROM editions")
    store = Store.open(path.parent, "anna", NOON)
    assert store.verify_chain().holds  # nothing inside the file can tell
    assert "cut off" in store.verify_chain(head).problems[0]


def test_noted_hash_stays_valid_as_the_trail_grows(path: Path) -> None:
    store = Store.open(path.parent, "anna", NOON)
    head = store.verify_chain().head
    store.add_judgements([judgement(3)], "anna", NOON)
    check = store.verify_chain(head)
    assert check.holds
    assert (check.entries, check.head != head) == (7, True)


WRITER = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from analyzer.core.matching import Decision, JudgementRecord
from analyzer.store import Store

folder, writer, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
noon = datetime(2021, 5, 25, 12, 0, tzinfo=UTC)
store = Store.open(folder, writer, noon)
for number in range(count):
    records = [
        JudgementRecord(f"isin:{writer}{number}{half}", "xiaomi", Decision.CONFIRM, writer,
                        noon + timedelta(seconds=number), "seen", "0" * 16)
        for half in "ab"
    ]
    store.add_judgements(records, writer, noon)
    print(number, flush=True)
"""


def start(folder: Path, writer: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(folder), writer, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603


def test_concurrent_processes_lose_nothing(tmp_path: Path) -> None:
    writers = [start(tmp_path, name, 25) for name in ("anna", "bert", "cleo")]
    for process in writers:
        process.communicate(timeout=60)
        assert process.returncode == 0
    store = Store.open(tmp_path, "anna", NOON)
    assert len(store.judgements()) == 3 * 25 * 2
    check = store.verify_chain()
    assert check.holds
    assert check.entries == 3 * 25 * 2 + 1


def test_concurrent_threads_share_one_store(tmp_path: Path) -> None:
    store = Store.open(tmp_path, "anna", NOON)

    def write(number: int) -> tuple[int, ...]:
        return store.add_judgements([judgement(number)], "anna", NOON)

    with ThreadPoolExecutor(8) as pool:
        numbers = [number for added in pool.map(write, range(80)) for number in added]
    assert sorted(numbers) == list(range(1, 81))
    assert store.verify_chain().holds


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("delay", [0.0, 0.004, 0.011, 0.023])
def test_killed_process_leaves_what_it_committed(tmp_path: Path, delay: float) -> None:
    process = start(tmp_path, "anna", 100_000)
    assert process.stdout is not None
    reported = [int(process.stdout.readline()) for _ in range(5)]
    time.sleep(delay)
    os.kill(process.pid, signal.SIGKILL)
    process.wait(timeout=30)
    reported += [int(line) for line in process.stdout.read().split()]
    process.stdout.close()
    store = Store.open(tmp_path, "bert", NOON)
    held = [record.security_key for record in store.judgements()]
    assert len(held) % 2 == 0, "half a transaction was kept"
    assert {f"isin:anna{n}{half}" for n in reported for half in "ab"} <= set(held)
    assert store.verify_chain().holds
    store.add_judgements([judgement(1, "bert")], "bert", NOON)
    assert store.verify_chain().holds


HOLDER = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from sqlalchemy import insert
from analyzer.store import Store, schema

noon = datetime(2021, 5, 25, 12, 0, tzinfo=UTC)
store = Store.open(Path(sys.argv[1]), "anna", noon)
with store._write() as connection:
    connection.execute(insert(schema.editions).values(
        list_id="l", edition="e", location="x", file_sha256="c", rows=1, who="anna", at="now"))
    print("written", flush=True)
    time.sleep(60)
"""


def test_process_killed_inside_a_transaction_releases_the_lock_and_leaves_nothing(
    tmp_path: Path,
) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "written"
    raw = sqlite3.connect(tmp_path / "store.sqlite")
    assert raw.execute("SELECT count(*) FROM editions").fetchone() == (0,)
    raw.close()
    os.kill(process.pid, signal.SIGKILL)
    process.wait(timeout=30)
    process.stdout.close()
    after = Store.open(tmp_path, "bert", NOON)
    assert after.editions() == ()
    after.add_judgements([judgement(1)], "bert", NOON)
    assert after.verify_chain().holds


class Busy:
    """A connection whose file is locked for the first so many statements."""

    def __init__(self, times: int, words: str) -> None:
        self.left, self.asked, self.words = times, 0, words

    def execute(self, _: str) -> None:
        self.asked += 1
        if self.asked <= self.left:
            raise sqlite3.OperationalError(self.words)


def test_a_new_file_that_another_process_is_opening_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(store_module, "sleep", waited.append)
    busy = Busy(3, "database is locked")
    store_module._keep_journal(busy)
    assert (busy.asked, len(waited)) == (4, 3)
    with pytest.raises(sqlite3.OperationalError):
        store_module._keep_journal(Busy(100, "database is locked"))
    assert sum(waited[3:]) > 10
    broken = Busy(1, "attempt to write a readonly database")
    with pytest.raises(sqlite3.OperationalError):
        store_module._keep_journal(broken)
    assert broken.asked == 1
