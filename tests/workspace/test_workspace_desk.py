"""Desks: packed and resumed, saved as runs, compared, previewed, dated."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.core.errors import DataError, QueryError
from analyzer.core.verdict import Status
from analyzer.exposure import Analysis
from analyzer.service import World, load_world
from analyzer.store import Store
from analyzer.workspace import (
    Desk,
    Hypothesis,
    Variant,
    analyze_desk,
    analyze_variant,
    changes,
    forget,
    load_profile,
    load_run,
    pack_desk,
    preview,
    read_desk,
    results_of,
    resume,
    save_profile,
    save_run,
    suspend,
    unpack_desk,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SAMPLES = Path(__file__).resolve().parents[2] / "sample_portfolios"
TOKEN = "a" * 43


@pytest.fixture(scope="module")
def world() -> World:
    return load_world()


def desk_of(name: str, **settings: str) -> Desk:
    return Desk(name=name, files=((name, (SAMPLES / name).read_bytes()),), **settings)


@pytest.fixture(scope="module")
def desk() -> Desk:
    return desk_of("emerging_markets_fund.csv", as_of="2021-03-09")


@pytest.fixture(scope="module")
def analysis(world: World, desk: Desk) -> Analysis:
    return analyze_desk(world, desk, read_desk(desk))


@given(
    names=st.lists(st.text(max_size=20), max_size=3),
    content=st.binary(max_size=50),
    as_of=st.dates().map(str),
)
def test_a_desk_comes_back_as_it_was(names: list[str], content: bytes, as_of: str) -> None:
    desk = Desk(
        name="x",
        files=tuple((n, content) for n in names),
        mappings={n: {"isin": "ISIN"} for n in names},
        constituents={n: (n, content) for n in names},
        as_of=as_of,
        without_rulings=True,
    )
    assert unpack_desk(pack_desk(desk)) == desk
    assert pack_desk(desk) == pack_desk(desk)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b'{"files": []}'])
def test_what_is_no_desk_is_refused(content: bytes) -> None:
    with pytest.raises(DataError):
        unpack_desk(content)


def test_a_browser_gets_its_own_desk_and_no_other(tmp_path: Path, desk: Desk) -> None:
    suspend(tmp_path, TOKEN, desk)
    assert resume(tmp_path, TOKEN) == desk
    assert resume(tmp_path, "b" * 43) is None
    assert resume(tmp_path, "../../etc/passwd") is None
    (kept,) = (tmp_path / "desks").iterdir()
    assert TOKEN not in kept.name
    assert kept.stat().st_mode & 0o077 == 0
    kept.write_bytes(b"damaged")
    assert resume(tmp_path, TOKEN) is None
    suspend(tmp_path, TOKEN, desk)
    forget(tmp_path, TOKEN)
    assert resume(tmp_path, TOKEN) is None


def test_a_saved_run_resumes_and_reports_no_change_against_itself(
    tmp_path: Path, desk: Desk, analysis: Analysis
) -> None:
    store = Store.open(tmp_path, "Ann", NOW)
    number = save_run(store, desk, analysis, "Ann", NOW)
    assert load_run(store, number) == desk
    assert changes(results_of(store, number), analysis) == ()
    with pytest.raises(DataError, match="no run 99"):
        load_run(store, 99)


def test_what_changed_since_names_the_lines_and_the_dates(
    tmp_path: Path, world: World, desk: Desk, analysis: Analysis
) -> None:
    store = Store.open(tmp_path, "Ann", NOW)
    number = save_run(store, desk, analysis, "Ann", NOW)
    later = replace(desk, as_of="2021-03-16")
    found = changes(results_of(store, number), analyze_desk(world, later, read_desk(later)))
    lines = {c.name: (c.before, c.after) for c in found if c.what == "line"}
    assert ("upcoming", "suspended") in lines.values()  # Xiaomi: enjoined on 12 March
    assert any(c.what == "deadline" for c in found)


def test_a_variant_replays_the_same_law_with_a_hypothesis(world: World, desk: Desk) -> None:
    on_march_9 = replace(desk, as_of="2021-03-16")
    inputs = read_desk(desk)

    def xiaomi(variant: Variant) -> Status:
        result = analyze_variant(world, on_march_9, inputs, variant)
        return next(j.status for j in result.judged if j.match and j.match.entity_id == "xiaomi")

    assert xiaomi(Variant("base")) is Status.SUSPENDED
    assert xiaomi(Variant("no courts", rulings=False)) is Status.SELL_WINDOW
    reversed_ = Hypothesis("resume", "xiaomi", "2021-03-15", "US-DOD-1237")
    assert xiaomi(Variant("reversed", (reversed_,))) is Status.SELL_WINDOW
    vacated = Hypothesis("vacate", "xiaomi", "2021-03-15", "US-DOD-1237")
    assert xiaomi(Variant("vacated", (vacated,))) is Status.RELEASED


def test_hypotheses_that_say_too_little_are_refused(world: World, desk: Desk) -> None:
    for hypothesis in (
        Hypothesis("repeal", "xiaomi", "2021-03-15"),
        Hypothesis("license", "xiaomi", "2021-03-15"),
        Hypothesis("suspend", "xiaomi", "soon"),
    ):
        with pytest.raises(QueryError):
            analyze_variant(world, desk, read_desk(desk), Variant("x", (hypothesis,)))


@pytest.mark.parametrize(
    "name", ["emerging_markets_fund.csv", "bond_book.xlsx", "model_weights.json"]
)
def test_a_preview_shows_every_mapped_column_with_samples(name: str) -> None:
    source = (name, (SAMPLES / name).read_bytes())
    (item,) = read_desk(Desk(files=(source,)))
    seen = preview(source)
    headings = {h.casefold() for h in seen.headings}
    assert {c.strip().casefold() for c in item.mapping.values()} <= headings
    assert len(seen.samples) == len(seen.headings)
    assert any(seen.samples)


def test_a_mapping_is_found_again_by_its_headings(tmp_path: Path) -> None:
    save_profile(tmp_path, ["A", "B"], {"isin": "A"})
    assert load_profile(tmp_path, ["a ", "B"]) == {"isin": "A"}
    assert load_profile(tmp_path, ["A", "C"]) == {}
    save_profile(tmp_path, ["A", "B"], {})
    assert load_profile(tmp_path, ["A", "B"]) == {}
