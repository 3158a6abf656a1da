"""Desks: packed and resumed, saved as runs, compared, previewed, dated."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.core.errors import AnalyzerError, DataError
from analyzer.core.verdict import Status
from analyzer.exposure import Analysis
from analyzer.service import World, load_world
from analyzer.store import Store
from analyzer.workspace import (
    TEMPLATES,
    Beside,
    Desk,
    Form,
    Hypothesis,
    Profile,
    analyze_desk,
    basis_of,
    changes,
    differing,
    forget,
    issuer_of,
    load_profile,
    load_run,
    pack_desk,
    preview,
    read_desk,
    results_of,
    resume,
    run_form,
    save_profile,
    save_whole,
    scenario_of,
    status_matrix,
    suspend,
    tornado,
    unpack_desk,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SAMPLES = Path(__file__).resolve().parents[2] / "sample_portfolios"
TOKEN = "a" * 43
BESIDE = Beside("2021-03-08", ("r.csv", b"date,currency,base,rate\n"), edges=(("e.csv", b"x"),))


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
    suspend(tmp_path, TOKEN, desk, BESIDE)
    assert resume(tmp_path, TOKEN) == (desk, BESIDE)
    assert resume(tmp_path, "b" * 43) is None
    assert resume(tmp_path, "../../etc/passwd") is None
    (kept,) = (tmp_path / "desks").iterdir()
    assert TOKEN not in kept.name
    assert kept.stat().st_mode & 0o077 == 0
    kept.write_bytes(b"damaged")
    assert resume(tmp_path, TOKEN) is None
    suspend(tmp_path, TOKEN, desk, BESIDE)
    forget(tmp_path, TOKEN)
    assert resume(tmp_path, TOKEN) is None


def test_a_saved_run_resumes_and_reports_no_change_against_itself(
    tmp_path: Path, desk: Desk, analysis: Analysis
) -> None:
    store = Store.open(tmp_path, "Ann", NOW)
    number = save_whole(store, desk, BESIDE, basis_of(None), analysis, "Ann", NOW)
    assert load_run(store, number) == (desk, BESIDE)
    assert changes(results_of(store, number), analysis) == ()
    with pytest.raises(DataError, match="no run 99"):
        load_run(store, 99)


def test_what_changed_since_names_the_lines_and_the_dates(
    tmp_path: Path, world: World, desk: Desk, analysis: Analysis
) -> None:
    store = Store.open(tmp_path, "Ann", NOW)
    number = save_whole(store, desk, BESIDE, basis_of(None), analysis, "Ann", NOW)
    later = replace(desk, as_of="2021-03-16")
    found = changes(results_of(store, number), analyze_desk(world, later, read_desk(later)))
    lines = {c.name: (c.before, c.after) for c in found if c.what == "line"}
    assert ("upcoming", "suspended") in lines.values()  # Xiaomi: enjoined on 12 March
    assert any(c.what == "deadline" for c in found)


def test_a_form_is_the_scenario_file_it_writes(world: World, desk: Desk) -> None:
    at = replace(desk, as_of="2021-03-16")
    inputs = read_desk(desk)

    def xiaomi(form: Form) -> Status:
        result = run_form(world, at, inputs, scenario_of(form, world.law))
        found = result.analysis.judged
        return next(j.status for j in found if j.match and j.match.entity_id == "xiaomi")

    assert xiaomi(TEMPLATES["The law as it stands"]) is Status.SUSPENDED
    assert xiaomi(TEMPLATES["Had no court acted"]) is Status.SELL_WINDOW
    reversed_ = Hypothesis("resume", "xiaomi", "2021-03-15", "US-DOD-1237")
    assert xiaomi(Form("reversed", hypotheses=(reversed_,))) is Status.SELL_WINDOW
    vacated = Hypothesis("vacate", "xiaomi", "2021-03-15", "US-DOD-1237")
    assert xiaomi(Form("vacated", hypotheses=(vacated,))) is Status.RELEASED


@pytest.mark.parametrize(
    ("name", "isin"),
    [("TAIWAN SEMICONDUCTOR MANUFACTURING", "TW0002330008"), ("RELIANCE", "INE002A01018")],
)
def test_a_held_name_can_be_supposed_to_be_listed(
    world: World, desk: Desk, name: str, isin: str
) -> None:
    at = replace(desk, as_of="2021-03-16")
    entity, own_name, own_isin = issuer_of(world, name, isin)
    added = Hypothesis(
        "designate", entity, "2021-03-10", "US-DOD-1237", name=own_name, isin=own_isin
    )
    form = Form("added", hypotheses=(added,))
    result = run_form(world, at, read_desk(desk), scenario_of(form, world.law))
    rows = result.analysis.lines.set_index("isin")["status"].astype(str)
    assert rows[isin] == Status.UPCOMING.value


def test_a_sale_is_planned_and_its_drivers_move_its_cost(world: World, desk: Desk) -> None:
    form = Form("sale", volume=2e6, volatility=0.025, participation=0.01, risk_aversion=1e-6)
    scenario = scenario_of(form, world.law)
    result = run_form(world, desk, read_desk(desk), scenario)
    assert result.plan is not None
    swings = tornado(world, desk, read_desk(desk), scenario).set_index("driver")
    spread = swings.loc["spread, half to double"]
    assert spread["low"] < result.plan.expected_cost < spread["high"]
    both = {"a": result, "b": run_form(world, desk, read_desk(desk), scenario)}
    assert differing(both).empty
    assert set(status_matrix(both)["variant"]) == {"a", "b"}


@pytest.mark.parametrize(
    "form",
    [
        Form("x", hypotheses=(Hypothesis("repeal", "xiaomi", "2021-03-15"),)),
        Form("x", hypotheses=(Hypothesis("suspend", "xiaomi", "soon"),)),
        Form("x", participation=-1.0),
        Form("x", shock="earthquake/base"),
        Form("x", as_of="soon"),
    ],
)
def test_a_form_that_says_too_little_is_refused(world: World, form: Form) -> None:
    with pytest.raises(AnalyzerError):
        scenario_of(form, world.law)


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
    save_profile(tmp_path, [["A", "B"]], Profile({"isin": "A"}))
    assert load_profile(tmp_path, ["a ", "B"]) == Profile({"isin": "A"})
    assert load_profile(tmp_path, ["A", "C"]).empty
    save_profile(tmp_path, [["A", "B"]], Profile())
    assert load_profile(tmp_path, ["A", "B"]).empty
