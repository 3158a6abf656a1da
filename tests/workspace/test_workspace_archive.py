"""Saved analyses: packed whole, read back, and run again, those of the app too."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.core.errors import DataError
from analyzer.core.matching import Decision
from analyzer.service import load_world
from analyzer.store import Store
from analyzer.workspace import (
    Desk,
    State,
    analyze_desk,
    decide,
    effective,
    pack_desk,
    read_desk,
    review_queue,
    save_whole,
    unpack_desk,
)
from analyzer.workspace.archive import Basis, Beside, basis_of, pack_whole, unpack_whole
from analyzer.workspace.rerun import kept_run, rerun

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SAMPLES = Path(__file__).resolve().parents[2] / "sample_portfolios"

FILES = st.tuples(st.text(min_size=1, max_size=9), st.binary(max_size=30))


@given(
    rates=st.none() | FILES,
    parties=st.none() | FILES,
    own=st.lists(FILES, max_size=2),
    day=st.dates().map(str) | st.just(""),
    specs=st.dictionaries(st.sampled_from(["a/list.yml", "b/list.yml"]), st.binary(max_size=9)),
    based=st.booleans(),
)
def test_what_is_packed_comes_back(
    rates: tuple[str, bytes] | None,
    parties: tuple[str, bytes] | None,
    own: list[tuple[str, bytes]],
    day: str,
    specs: dict[str, bytes],
    based: bool,
) -> None:
    desk = Desk("x", (("f.csv", b"a,b"),), as_of="2021-03-16")
    beside = Beside(day, rates, parties, tuple(own))
    basis = Basis({"a.py": "0"}, {"a/x.csv": "1"}, specs) if based else None
    content = pack_whole(desk, beside, basis)
    assert unpack_whole(content) == (desk, beside, basis)
    assert pack_whole(desk, beside, basis) == content
    assert unpack_desk(content) == desk  # a reader of desks alone passes over the rest


def test_a_desk_alone_has_nothing_beside_it() -> None:
    desk = Desk("x", (("f.csv", b"a,b"),))
    assert unpack_whole(pack_desk(desk)) == (desk, Beside(), None)
    with pytest.raises(DataError):
        unpack_whole(b"PK\x03\x04")


def test_the_basis_names_rules_lists_and_code() -> None:
    package = basis_of(None).package
    assert "data/regimes/US-EO13959/regime.yml" in package
    assert "lists/us_ofac_ns_cmic/list.yml" in package
    assert "law/replay.py" in package
    assert all(len(digest) == 64 for digest in package.values())


def test_a_run_the_app_saved_gives_the_same_bytes_with_its_decisions(tmp_path: Path) -> None:
    world, store = load_world(), Store.open(tmp_path, "Ann", NOW)
    name = "messy_custody_statement.csv"
    desk = Desk("custody", ((name, (SAMPLES / name).read_bytes()),), as_of="2021-03-09")
    inputs = read_desk(desk)
    first = analyze_desk(world, desk, inputs)
    queue = review_queue(world, first, effective(()))
    item = next(i for i in queue if i.state is State.OPEN)
    decide(store, item, Decision.REJECT, "Ann", NOW, "another company")
    records = effective(store.judgements(superseded=True)).records
    head = store.audit_trail()[-1].hash
    analysis = analyze_desk(world, desk, inputs, records, head)
    number = save_whole(store, desk, Beside(), basis_of(None), analysis, "Ann", NOW)
    again = rerun(store, number, None)
    assert again.same
    assert again.differences == ()
    assert [r.who for r in kept_run(store, number).judgements] == ["Ann"]


def test_a_decision_that_is_gone_is_named(tmp_path: Path) -> None:
    world, store = load_world(), Store.open(tmp_path, "Ann", NOW)
    name = "messy_custody_statement.csv"
    desk = Desk("custody", ((name, (SAMPLES / name).read_bytes()),), as_of="2021-03-09")
    inputs = read_desk(desk)
    other = Store.open(tmp_path / "other", "Ann", NOW)
    queue = review_queue(world, analyze_desk(world, desk, inputs), effective(()))
    item = next(i for i in queue if i.state is State.OPEN)
    decide(other, item, Decision.CONFIRM, "Ann", NOW, "same LEI")
    records = effective(other.judgements(superseded=True)).records
    analysis = analyze_desk(world, desk, inputs, records)
    number = save_whole(store, desk, Beside(), Basis(), analysis, "Ann", NOW)
    again = rerun(store, number, None)
    assert not again.same
    kinds = {(d.kind, d.before, d.after) for d in again.differences}
    assert ("data", "confirm", "") in kinds
    assert any(kind == "result" for kind, _, _ in kinds)
