"""What goes into the store comes out of it; the trail shows every change."""

import sqlite3
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from analyzer.core.errors import DataError, InputError
from analyzer.core.matching import Decision, JudgementRecord
from analyzer.store import (
    EditionReference,
    Run,
    Snapshot,
    Store,
    judgements_from_csv,
    judgements_to_csv,
    schema,
)

NOON = datetime(2021, 5, 25, 12, 0, tzinfo=UTC)
ANNA = "anna@fund"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "folder", ANNA, NOON)


def judgement(
    security: str = "isin:KYG9830T1067",
    entity: str = "xiaomi",
    decision: Decision = Decision.CONFIRM,
    when: datetime = NOON,
    why: str = "the ISIN is on the annual report",
) -> JudgementRecord:
    return JudgementRecord(security, entity, decision, ANNA, when, why, "0123456789abcdef")


def snapshot(content: bytes = b"rows") -> Snapshot:
    return Snapshot("Growth", date(2021, 1, 14), "growth.csv", "a" * 64, 3, content)


def test_judgement_comes_back_as_given(store: Store) -> None:
    record = judgement()
    assert store.add_judgements([record], ANNA, NOON) == (1,)
    assert store.judgements() == (record,)


def test_judgement_already_held_is_left_alone(store: Store) -> None:
    store.add_judgements([judgement()], ANNA, NOON)
    entries = len(store.audit_trail())
    assert store.add_judgements([judgement()], "bert", NOON + timedelta(days=1)) == ()
    assert len(store.audit_trail()) == entries


def test_later_decision_supersedes_whatever_the_order_of_arrival(store: Store) -> None:
    early, late = judgement(), judgement(decision=Decision.REJECT, when=NOON + timedelta(hours=1))
    other = judgement(entity="xiaomi-finance")
    store.add_judgements([late, other], ANNA, NOON)
    store.add_judgements([early], ANNA, NOON)
    assert set(store.judgements()) == {late, other}
    assert set(store.judgements(superseded=True)) == {early, late, other}
    assert store.verify_chain().holds


def test_zone_of_a_decision_does_not_change_its_order(store: Store) -> None:
    east = timezone(timedelta(hours=8))
    first = judgement(when=datetime(2021, 5, 25, 19, 0, tzinfo=east))  # 11:00 UTC
    second = judgement(decision=Decision.REJECT, when=NOON)
    store.add_judgements([second, first], ANNA, NOON)
    assert store.judgements() == (second,)


def test_one_bad_record_saves_none(store: Store) -> None:
    naive = judgement(entity="b", when=NOON.replace(tzinfo=None))
    with pytest.raises(ValueError, match="time zone"):
        store.add_judgements([judgement(), naive], ANNA, NOON)
    assert store.judgements(superseded=True) == ()
    assert [entry.action for entry in store.audit_trail()] == ["migrate"]


def test_nobody_may_not_change_anything(store: Store) -> None:
    with pytest.raises(ValueError, match="name"):
        store.save_snapshot(snapshot(), " ", NOON)
    assert store.portfolios() == ()


def test_snapshots_newest_first_and_content_kept_once(store: Store, tmp_path: Path) -> None:
    one = store.save_snapshot(snapshot(b"x" * 1000), ANNA, NOON)
    two = store.save_snapshot(snapshot(b"x" * 1000), ANNA, NOON + timedelta(days=1))
    assert store.portfolios() == ("Growth",)
    saved = store.snapshots("Growth")
    assert [item.id for item in saved] == [two, one]
    assert (saved[1].date, saved[1].at, saved[1].who) == (date(2021, 1, 14), NOON, ANNA)
    assert store.snapshot_content(one) == b"x" * 1000
    with sqlite3.connect(tmp_path / "folder" / "store.sqlite") as raw:
        assert raw.execute("SELECT count(*) FROM blobs").fetchone() == (1,)
    assert store.snapshots("Income") == ()
    with pytest.raises(DataError, match="number 99"):
        store.snapshot_content(99)


def test_runs_with_manifest_and_results(store: Store) -> None:
    manifest = {"version": "0.1.0", "inputs": ["growth.csv"], "fx": {"HKD/USD": 0.128972}}
    for day, portfolio in ((1, "Growth"), (2, None), (3, "Growth")):
        run = Run(portfolio, f"2021-01-{day:02}", "2021-02-01", manifest, f"{{{day}}}".encode())
        store.save_run(run, ANNA, NOON + timedelta(days=day))
    assert [run.as_of for run in store.runs()] == ["2021-01-03", "2021-01-02", "2021-01-01"]
    latest = store.runs("Growth", limit=1)
    assert [run.as_of for run in latest] == ["2021-01-03"]
    assert latest[0].manifest == manifest
    assert store.run_results(latest[0].id) == b"{3}"


def test_editions_are_references(store: Store) -> None:
    reference = EditionReference("my-list", "2021-01-14", "lists/mine.csv", "b" * 64, 12)
    number = store.save_edition(reference, ANNA, NOON)
    (saved,) = store.editions()
    assert (saved.id, saved.reference, saved.at) == (number, reference, NOON)


def test_reopening_keeps_everything_and_files_are_private(store: Store, tmp_path: Path) -> None:
    store.add_judgements([judgement()], ANNA, NOON)
    again = Store.open(tmp_path / "folder", "bert", NOON)
    assert again.judgements() == (judgement(),)
    assert [entry.action for entry in again.audit_trail()] == ["migrate", "judgements"]
    assert (tmp_path / "folder" / "store.sqlite").stat().st_mode & 0o077 == 0


def test_file_that_is_no_store_is_refused_and_untouched(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    path.write_bytes(b"these are not the bytes of a database" * 100)
    before = path.read_bytes()
    with pytest.raises(DataError, match="cannot be used"):
        Store.open(tmp_path, ANNA, NOON)
    assert path.read_bytes() == before


def test_store_of_a_newer_release_is_refused(store: Store, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "folder" / "store.sqlite") as raw:
        raw.execute("UPDATE schema_version SET version = 99")
    with pytest.raises(DataError, match="upgrade"):
        Store.open(tmp_path / "folder", ANNA, NOON)


def test_older_schema_is_brought_forward_once(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.add_judgements([judgement()], ANNA, NOON)

    def step(connection: Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE notes (id INTEGER PRIMARY KEY)")

    monkeypatch.setattr(schema, "VERSION", 2)
    with pytest.raises(DataError, match="no migration"):
        Store.open(tmp_path / "folder", ANNA, NOON)
    monkeypatch.setattr(schema, "MIGRATIONS", {1: step})
    for _ in range(2):
        newer = Store.open(tmp_path / "folder", ANNA, NOON)
    assert newer.judgements() == (judgement(),)
    details = [e.details for e in newer.audit_trail() if e.action == "migrate"]
    assert details == ['{"from":0,"to":1}', '{"from":1,"to":2}']
    assert newer.verify_chain().holds


def test_failed_migration_leaves_the_old_schema(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def step(connection: Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE notes (id INTEGER PRIMARY KEY)")
        raise RuntimeError("power cut")

    with monkeypatch.context() as patch:
        patch.setattr(schema, "VERSION", 2)
        patch.setattr(schema, "MIGRATIONS", {1: step})
        with pytest.raises(RuntimeError):
            Store.open(tmp_path / "folder", ANNA, NOON)
    with sqlite3.connect(tmp_path / "folder" / "store.sqlite") as raw:
        tables = {name for (name,) in raw.execute("SELECT name FROM sqlite_master")}
        assert raw.execute("SELECT version FROM schema_version").fetchone() == (1,)
    assert "notes" not in tables


# CSV

TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20).filter(
    lambda text: bool(text.strip())
)
RECORDS = st.builds(
    JudgementRecord,
    security_key=TEXT,
    entity_id=TEXT,
    decision=st.sampled_from(Decision),
    who=TEXT,
    when=st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    why=TEXT,
    entry_hash=TEXT,
)


@given(st.lists(RECORDS, max_size=5))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_csv_round_trip(records: list[JudgementRecord]) -> None:
    assert judgements_from_csv(judgements_to_csv(records), "x.csv") == tuple(records)


def test_formulas_are_disarmed_and_come_back() -> None:
    record = judgement(why='=HYPERLINK("http://x")')
    text = judgements_to_csv([record])
    assert "\"'=HYPERLINK" in text
    assert judgements_from_csv(text, "x.csv") == (record,)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("k,e,h,maybe,w,me,2021-01-01T00:00:00+00:00", "x.csv:2: 'maybe' is none of confirm"),
        ("k,e,h,confirm,w,me,yesterday", "x.csv:2: 'yesterday' is not an instant"),
        ("k,e,h,confirm,w,me,2021-01-01T00:00:00", "offset"),
        ("k,e,h,confirm,,me,2021-01-01T00:00:00+00:00", "why is empty"),
    ],
)
def test_unusable_csv_line_is_named(line: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        judgements_from_csv(
            f"security_key,entity_id,entry_hash,decision,why,who,when\n{line}\n", "x.csv"
        )


def test_csv_without_its_columns_is_refused() -> None:
    with pytest.raises(InputError, match="entry_hash"):
        judgements_from_csv("security_key,entity_id\n", "x.csv")


def test_export_and_import_between_stores(store: Store, tmp_path: Path) -> None:
    late = judgement(decision=Decision.REJECT, when=NOON + timedelta(hours=1))
    store.add_judgements([judgement(), late], ANNA, NOON)
    text = judgements_to_csv(store.judgements(superseded=True))
    other = Store.open(tmp_path / "other", "bert", NOON)
    other.add_judgements(judgements_from_csv(text, "x.csv"), "bert", NOON + timedelta(days=9))
    assert other.judgements(superseded=True) == store.judgements(superseded=True)
    assert other.judgements() == (late,)
    assert {e.who for e in other.audit_trail()} == {"bert"}
