"""Portfolios, runs, re-runs and evidence: the same bytes, or what is another."""

import hashlib
import io
import json
import sqlite3
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from analyzer.cli import banimpact
from analyzer.core.errors import AnalyzerError
from analyzer.store.store import FILE
from analyzer.workspace import archive


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(banimpact, [str(w) for w in words], catch_exceptions=True)


def body(*words: str | Path) -> dict:
    result = run(*words, "--format", "json")
    assert result.exit_code in {0, 4}, (result.stderr, result.exception)
    return json.loads(result.stdout)


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BANIMPACT_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def fund(samples: Path) -> Path:
    return samples / "emerging_markets_fund.csv"


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "mine.csv"
    path.write_text("name,isin\nTencent Holdings Limited,KYG875721634\n", encoding="utf-8")
    return path


def save(fund: Path, *more: str | Path) -> None:
    result = run("analyze", fund, "--as-of", "2021-03-16", "--save", "EM", *more)
    assert result.exit_code == 0, (result.stderr, result.exception)


def test_portfolios_are_kept_with_their_history(own: Path, fund: Path, samples: Path) -> None:
    assert body("portfolio", "list")["portfolios"] == []
    assert run("portfolio", "add", "EM", fund).exit_code == 0
    assert run("portfolio", "add", "EM", samples / "messy_custody_statement.csv").exit_code == 0
    (kept,) = body("portfolio", "list")["portfolios"]
    assert (kept["portfolio"], kept["rows"], kept["snapshot"]) == ("EM", 12, 2)
    shown = body("portfolio", "show", "EM")
    assert [s["rows"] for s in shown["snapshots"]] == [12, 20]
    assert shown["snapshots"][1]["sha256"] == hashlib.sha256(fund.read_bytes()).hexdigest()
    assert shown["runs"] == []
    error = run("portfolio", "show", "other").exception
    assert isinstance(error, AnalyzerError)
    assert "kept: EM" in str(error)


def test_a_run_is_what_analyze_printed_and_comes_out_again(own: Path, fund: Path) -> None:
    printed = body("analyze", fund, "--as-of", "2021-03-16", "--save", "EM", "--base", "EUR")
    assert json.loads(run("runs", "show", "1").stdout) == printed
    again = body("runs", "rerun", "1")
    assert again == {
        "schema": "banimpact/rerun/v1",
        "run": 1,
        "same": True,
        "differences": [],
    }


def test_a_run_with_everything_beside_it_gives_the_same_bytes(
    own: Path, tmp_path: Path, samples: Path, mine: Path
) -> None:
    run("lists", "import", mine, "--edition", "2021-02-01", "--as", "HOUSE")
    rates, parties = tmp_path / "rates.csv", tmp_path / "parties.yml"
    rates.write_text("date,currency,base,rate\n2021-03-05,USD,EUR,0.9\n", encoding="utf-8")
    parties.write_text('"*": {owner: us-person}\n', encoding="utf-8")
    save(
        samples / "messy_custody_statement.csv",
        *("--rates", rates, "--parties", parties, "--base", "EUR"),
        *("--valuation-date", "2021-03-05", "--list", mine),
    )
    for path in (rates, parties, mine):
        path.unlink()
    assert body("runs", "rerun", "1")["same"]


def test_lists_and_decisions_that_came_later_change_no_old_run(
    own: Path, fund: Path, mine: Path, tmp_path: Path
) -> None:
    run("lists", "import", mine, "--edition", "2021-02-01", "--as", "HOUSE")
    save(fund)
    mine.write_text("name\nXiaomi Corporation\n", encoding="utf-8")
    run("lists", "import", mine, "--edition", "2021-03-01", "--as", "HOUSE", "--accept-loss")
    rows = "security_key,entity_id,entry_hash,decision,why,who,when\n"
    row = "isin:KYG9830T1067,xiaomi,0123456789abcdef,reject,no,Ann,2026-01-01T00:00:00+00:00\n"
    decisions = tmp_path / "j.csv"
    decisions.write_text(rows + row, encoding="utf-8")
    run("judgements", "import", decisions)
    assert body("runs", "rerun", "1")["same"]
    save(fund)
    found = body("runs", "diff", "1", "2")["found"]
    assert ["data", "edition of HOUSE"] in [[d["kind"], d["what"]] for d in found]
    changed = {d["what"]: (d["before"], d["after"]) for d in found if d["kind"] == "result"}
    assert any(after == "locked" for _, after in changed.values())


def test_an_edition_that_was_edited_or_lost_is_named(own: Path, fund: Path, mine: Path) -> None:
    run("lists", "import", mine, "--edition", "2021-02-01", "--as", "HOUSE")
    save(fund)
    edition = own / "lists" / "house" / "editions" / "2021-02-01.csv"
    edition.write_text(edition.read_text().replace("tencent", "xiaomi"))
    result = run("runs", "rerun", "1", "--format", "json")
    assert result.exit_code == 4
    found = json.loads(result.stdout)
    assert not found["same"]
    named = [d["what"] for d in found["differences"] if d["kind"] == "data"]
    assert named == ["imported list file house/editions/2021-02-01.csv"]
    edition.unlink()
    assert (
        json.loads(run("runs", "rerun", "1", "--format", "json").stdout)["differences"][0]["after"]
        == ""
    )


def test_rules_and_code_that_changed_are_named(
    own: Path, fund: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = archive._digests

    def other(root: Path, suffixes: frozenset[str]) -> dict[str, str]:
        found = honest(root, suffixes)
        return {**found, "data/regimes/US-EO13959/regime.yml": "0" * 64, "service.py": "1" * 64}

    monkeypatch.setattr(archive, "_digests", other)
    save(fund)
    monkeypatch.undo()
    monkeypatch.setenv("BANIMPACT_HOME", str(own))
    found = body("runs", "rerun", "1")
    assert found["same"]  # it rests on other files, and still answers the same
    assert {(d["kind"], d["what"]) for d in found["differences"]} == {
        ("rules", "data/regimes/US-EO13959/regime.yml"),
        ("code", "service.py"),
    }


def test_evidence_is_whole_and_the_same_each_time(
    own: Path, fund: Path, mine: Path, tmp_path: Path
) -> None:
    run("lists", "import", mine, "--edition", "2021-02-01", "--as", "HOUSE")
    save(fund)
    one, two = tmp_path / "one.zip", tmp_path / "two.zip"
    assert run("evidence", "1", "-o", one).exit_code == 0
    run("portfolio", "add", "later", fund)
    assert run("evidence", "1", "-o", two).exit_code == 0
    assert one.read_bytes() == two.read_bytes()
    with zipfile.ZipFile(io.BytesIO(one.read_bytes())) as pack:
        names = set(pack.namelist())
        sums = dict(
            reversed(line.split("  ", 1)) for line in pack.read("SHA256SUMS").decode().splitlines()
        )
        assert sums.keys() == names - {"SHA256SUMS"}
        for name, digest in sums.items():
            assert hashlib.sha256(pack.read(name)).hexdigest() == digest
        assert pack.read("inputs/00_emerging_markets_fund.csv") == fund.read_bytes()
        saved = run("runs", "show", "1").stdout.rstrip("\n")
        assert pack.read("reports/analysis.json").decode() == saved
        assert {"reports/analysis.csv", "reports/analysis.xlsx", "reports/analysis.ics"} <= names
        assert "law/data/regimes/US-EO13959/regime.yml" in names
        assert "lists/house/editions/2021-02-01.csv" in names
        assert json.loads(pack.read("differences.json")) == {"same": True, "found": []}
        trail = json.loads(pack.read("audit.json"))["entries"]
        assert trail[-1]["action"] == "runs"


def test_check_finds_a_tampered_trail(own: Path, fund: Path) -> None:
    save(fund)
    assert run("check").exit_code == 0
    with sqlite3.connect(own / FILE) as database:
        database.execute("DROP TRIGGER audit_no_update")
        database.execute("UPDATE audit SET who = 'nobody' WHERE sequence = 2")
    found = json.loads(run("check", "--format", "json").stdout)
    assert any("entry 2 does not follow" in error for error in found["errors"])
    assert run("check").exit_code == 2
    assert run("check", "--no-store").exit_code == 0


def test_check_misses_a_trail_that_is_gone(own: Path) -> None:
    result = run("check", "--head", "f" * 64, "--format", "json")
    assert result.exit_code == 2
    assert "no store holds the entry" in json.loads(result.stdout)["errors"][0]


@pytest.mark.parametrize(
    "words", [("runs", "show", "9"), ("runs", "rerun", "9"), ("runs", "diff", "1", "9")]
)
def test_a_run_that_is_not_there_is_one_sentence(own: Path, words: tuple[str, ...]) -> None:
    assert isinstance(run(*words).exception, AnalyzerError)
    run("portfolio", "add", "x", Path(__file__).parents[2] / "sample_portfolios/bond_book.xlsx")
    error = run(*words).exception
    assert isinstance(error, AnalyzerError)
    assert "no run" in str(error)
