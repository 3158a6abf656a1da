"""Lists from the command line: imported, screened against, compared, exported."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from analyzer.cli import banimpact
from analyzer.core.errors import AnalyzerError
from analyzer.service import load_world
from analyzer.store import Store
from analyzer.store.store import FILE

MBS = "Non-SDN Menu-Based Sanctions List (NS-MBS List) - Treasury Department"
SDN = "Specially Designated Nationals (SDN) - Treasury Department"


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(banimpact, [str(w) for w in words], catch_exceptions=True)


def body(*words: str | Path) -> dict:
    result = run(*words)
    assert result.exit_code == 0, (result.stderr, result.exception)
    return json.loads(result.stdout)


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    monkeypatch.setenv("BANIMPACT_HOME", str(folder))
    return folder


def screening(path: Path, *names: str, source: str = MBS) -> Path:
    rows = [
        {"id": f"9{i:04}", "entity_number": f"9{i:04}", "name": name, "source": source}
        for i, name in enumerate(names)
    ]
    path.write_text(json.dumps(rows), encoding="utf-8")
    return path


NAMES = tuple(f"Sample Works {word}" for word in ("Alder", "Birch", "Cedar", "Damson", "Elder"))


def custom(path: Path) -> Path:
    path.write_text("name,isin\nZephyr Foundry,US0378331005\n", encoding="utf-8")
    return path


def holdings(path: Path) -> Path:
    path.write_text(
        "Name,ISIN,Shares,Market Value,Currency,Country\n"
        "ZEPHYR FOUNDRY INC,US0378331005,10,1000.00,USD,United States\n"
        "SAMPLE WORKS CEDAR,,10,500.00,USD,Elsewhere\n",
        encoding="utf-8",
    )
    return path


def test_no_home_is_made_by_reading(own: Path, samples: Path) -> None:
    assert run("analyze", samples / "bond_book.xlsx", "--as-of", "2021-11-15").exit_code == 0
    assert run("lists").exit_code == 0
    assert not own.exists()


def test_status_names_lists_that_are_not_imported(own: Path) -> None:
    found = body("lists", "status", "--format", "json")
    assert "US-OFAC-SDN" in {row["id"] for row in found["not_imported"]}
    assert "US-OFAC-SDN" not in {row["id"] for row in found["lists"]}


def test_an_import_is_screened_against_and_recorded(own: Path, tmp_path: Path) -> None:
    file = screening(tmp_path / "mbs.json", *NAMES)
    found = body("lists", "import", file, "--edition", "2026-05-01", "--format", "json")
    assert [(i["list"], i["entries"], i["new"]) for i in found["imported"]] == [
        ("US-OFAC-NS-MBS", 5, True)
    ]
    again = body("lists", "import", file, "--edition", "2026-05-01", "--format", "json")
    assert [i["new"] for i in again["imported"]] == [False]
    answer = body("status", NAMES[0], "--as-of", "2026-05-02", "--format", "json")
    assert answer["entity"]["id"] == "ofac-90000"
    assert answer["listed_on"] == ["US-OFAC-NS-MBS"]
    bare = body("status", NAMES[0], "--as-of", "2026-05-02", "--no-store", "--format", "json")
    assert bare["entity"] is None
    recorded = json.loads(run("check", "--format", "json").stdout)
    assert recorded["checked"]["audit entries"] == 2  # the store's making, and one edition


def test_imported_names_join_the_bundled_identity_without_repeats(
    own: Path, tmp_path: Path
) -> None:
    run("lists", "import", custom(tmp_path / "mine.csv"), "--edition", "2026-05-01", "--as", "MINE")
    bundled, found = load_world(), load_world(own / "lists")
    assert found.identity.entities.keys() - bundled.identity.entities.keys() == {
        "mine-zephyr-foundry"
    }
    assert len(found.identity.securities) == len(bundled.identity.securities) + 1
    assert found.securities["US0378331005"].entity == "mine-zephyr-foundry"
    lines = [(s.entity, s.isin) for s in found.identity.securities if s.isin]
    assert len(lines) == len(set(lines))


def test_a_list_for_one_run_restricts_and_leaves_nothing_behind(own: Path, tmp_path: Path) -> None:
    file, mine = holdings(tmp_path / "fund.csv"), custom(tmp_path / "mine.csv")
    asked = ("analyze", file, "--as-of", "2026-05-02")
    with_list = body(*asked, "--list", mine, "--format", "json")
    assert [(p["isin"], p["status"]) for p in with_list["positions"]] == [
        ("US0378331005", "locked")
    ]
    assert with_list["positions"][0]["verdicts"]["buy"]["basis"] == "policy"
    assert with_list["manifest"]["arguments"]["own_lists"] == [str(mine)]
    assert body(*asked, "--format", "json")["positions"] == []
    assert not own.exists()


def test_a_regime_without_an_imported_list_is_named_and_not_counted(
    own: Path, tmp_path: Path
) -> None:
    file = holdings(tmp_path / "fund.csv")
    asked = ("analyze", file, "--as-of", "2026-05-02", "--format", "json")
    before = body(*asked)
    (missing,) = [f["message"] for f in before["findings"] if f["code"] == "W607"]
    assert "US-OFAC-SDN" in missing
    in_force = [entry for entry in before["coverage"]["lists"] if entry["edition"]]
    assert f"against {len(in_force)} lists" in before["coverage"]["sentence"]
    sdn = screening(tmp_path / "sdn.json", *NAMES, source=SDN)
    run("lists", "import", sdn, "--edition", "2026-05-01", "--accept-loss")
    after = body(*asked)
    said = [f["message"] for f in after["findings"] if f["code"] == "W607"]
    assert not any("US-OFAC-SDN" in text for text in said)
    assert f"against {len(in_force) + 1} lists" in after["coverage"]["sentence"]
    (cedar,) = after["positions"]
    assert (cedar["name"], cedar["status"]) == ("SAMPLE WORKS CEDAR", "review")
    earlier = body("analyze", file, "--as-of", "2026-04-01", "--format", "json")
    (missing,) = [f["message"] for f in earlier["findings"] if f["code"] == "W607"]
    assert "US-OFAC-SDN" in missing  # imported, but not in force then


def test_a_name_found_nowhere_says_what_was_not_searched(own: Path) -> None:
    found = body("status", "Nonexistent Widgets", "--as-of", "2026-05-02", "--format", "json")
    searched, missing = found["verdicts"]["buy"]["conditions"]
    assert searched.startswith("no designated issuer found on")
    assert "US-OFAC-SDN" in missing
    person = ("--holder", "florida-sba")  # bound by a list that is in the package
    found = body("status", "Nonexistent Widgets", *person, "--format", "json")
    assert all("EU-833-2014" not in text for text in found["verdicts"]["buy"]["conditions"])


def test_an_edited_edition_is_left_out_with_a_finding(own: Path, tmp_path: Path) -> None:
    run("lists", "import", custom(tmp_path / "mine.csv"), "--edition", "2026-05-01", "--as", "MINE")
    edition = own / "lists" / "mine" / "editions" / "2026-05-01.csv"
    edition.write_text(edition.read_text().replace("Zephyr", "Zealous"))
    found = body("analyze", holdings(tmp_path / "fund.csv"), "--format", "json")
    assert [f["code"] for f in found["findings"] if f["code"][0] == "E"] == ["E701"]


def test_a_difference_shows_the_lines_it_touches(samples: Path) -> None:
    sample = samples / "emerging_markets_fund.csv"
    found = body(
        "lists",
        "diff",
        "US-DOD-1237@2020-12-03",
        "US-DOD-1237@2021-01-14",
        "--portfolio",
        sample,
        "--format",
        "json",
    )
    assert "xiaomi" in {row["entity"] for row in found["added"]}
    assert not found["removed"]
    (line,) = [row for row in found["impact"] if row["entity"] == "xiaomi"]
    assert (line["change"], line["before"], line["after"]) == ("added", "no_match", "upcoming")
    assert line["market_value_base"] == "1932800.00"


def test_a_difference_takes_a_file(tmp_path: Path, own: Path) -> None:
    run("lists", "import", screening(tmp_path / "a.json", *NAMES), "--edition", "2026-05-01")
    newer = screening(tmp_path / "2026-05-20.json", *NAMES[:4], "Newcomer Works")
    found = body("lists", "diff", "US-OFAC-NS-MBS", newer, "--format", "json")
    assert found["to"]["edition"] == "2026-05-20"
    (change,) = found["changed"]  # the same key under another name
    assert (change["from"]["name"], change["to"]["name"]) == (NAMES[4], "Newcomer Works")
    assert "2026-05-20.csv" not in {p.name for p in own.rglob("*.csv")}


def test_export_writes_a_roster(tmp_path: Path) -> None:
    out = tmp_path / "roster.csv"
    assert run("lists", "export", "US-OFAC-NS-CMIC", "2021-06-03", "-o", out).exit_code == 0
    text = run("lists", "export", "US-OFAC-NS-CMIC", "2021-06-03").stdout
    assert out.read_text(encoding="utf-8") == text
    assert text.startswith("entity,name_as_published,listed")
    assert text.count("\n") == 60  # the annex of EO 14032 named 59


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("lists", "export", "NO-SUCH-LIST"), "unknown list 'NO-SUCH-LIST'"),
        (("lists", "export", "US-OFAC-SDN"), "has no edition"),
        (("lists", "export", "US-OFAC-NS-CMIC", "2021-06-31"), "is not a date"),
        (("lists", "diff", "US-OFAC-NS-CMIC@1999-01-01", "US-OFAC-NS-CMIC"), "has no edition of"),
        (("lists", "update", "NO-SUCH-LIST"), "unknown list"),
    ],
)
def test_errors_are_one_sentence(words: tuple[str, ...], said: str) -> None:
    error = run(*words).exception
    assert isinstance(error, AnalyzerError)
    assert said in str(error)


def test_update_downloads_and_says_what_failed(
    own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import date

    from analyzer.lists import Fetched, update

    def fetch(url: str) -> Fetched:
        content = screening(tmp_path / "x.json", *NAMES).read_bytes()
        return Fetched(content, date(2026, 5, 1))

    def offline(spec, into, **options):
        return update(spec, into, fetch=fetch, **options)

    monkeypatch.setattr("analyzer.lists.update", offline)
    found = run("lists", "update", "US-OFAC-NS-MBS", "US-31CFR850", "--format", "json")
    assert found.exit_code == 2
    assert [i["list"] for i in json.loads(found.stdout)["imported"]] == ["US-OFAC-NS-MBS"]
    assert "US-31CFR850" in found.stderr
    store = Store.open(own, "test", _now())
    assert [e.reference.list_id for e in store.editions()] == ["US-OFAC-NS-MBS"]
    assert (own / FILE).is_file()


def _now():
    from datetime import UTC, datetime

    return datetime(2026, 11, 20, tzinfo=UTC)
