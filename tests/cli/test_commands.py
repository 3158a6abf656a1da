"""The command line as a user meets it: formats, exit codes, one clear line for an error."""

import json
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from analyzer.cli import banimpact, main


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(banimpact, [str(w) for w in words], catch_exceptions=True)


def test_help_names_every_command() -> None:
    text = run("--help").stdout
    for command in (
        "analyze",
        "check-portfolio",
        "report",
        "status",
        "timeline",
        "lists",
        "check",
        "validate",
    ):
        assert command in text


def test_analyze_prints_json_on_stdout_and_coverage_on_stderr(samples: Path) -> None:
    result = run("analyze", samples / "emerging_markets_fund.csv", "--as-of", "2021-03-16")
    assert result.exit_code == 0
    body = json.loads(result.stdout)
    assert body["schema"] == "banimpact/analysis/v1"
    assert body["as_of"] == "2021-03-16"
    assert body["coverage"]["sentence"] in result.stderr
    xiaomi = next(p for p in body["positions"] if p["isin"] == "KYG9830T1067")
    assert xiaomi["status"] == "suspended"
    assert "xiaomi-pi" in xiaomi["verdicts"]["buy"]["because"]


def test_analyze_without_rulings_bars_xiaomi(samples: Path) -> None:
    result = run(
        "analyze",
        samples / "emerging_markets_fund.csv",
        "--as-of",
        "2021-03-16",
        "--without-rulings",
    )
    positions = json.loads(result.stdout)["positions"]
    assert next(p for p in positions if p["ticker"] == "1810")["status"] == "sell_window"


def test_all_lists_lines_without_a_match(samples: Path) -> None:
    sample = samples / "emerging_markets_fund.csv"
    some = json.loads(run("analyze", sample, "--as-of", "2021-03-16").stdout)
    every = json.loads(run("analyze", sample, "--as-of", "2021-03-16", "--all").stdout)
    assert len(every["positions"]) == every["totals"]["rows"] > len(some["positions"])


def test_csv_and_table_formats(samples: Path) -> None:
    sample = samples / "emerging_markets_fund.csv"
    text = run("analyze", sample, "--as-of", "2021-03-16", "--format", "csv").stdout
    assert text.splitlines()[0].startswith("input,")
    table = run("analyze", sample, "--as-of", "2021-03-16", "--format", "table").stdout
    assert "suspended" in table
    assert "XIAOMI" in table


@pytest.mark.parametrize("suffix", [".json", ".csv", ".xlsx"])
def test_output_files(samples: Path, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"report{suffix}"
    result = run("analyze", samples / "bond_book.xlsx", "--as-of", "2021-11-15", "-o", out)
    assert result.exit_code == 0, result.output
    assert out.stat().st_size > 500
    assert [p.name for p in tmp_path.iterdir()] == [out.name]


def test_check_portfolio_exit_codes(samples: Path) -> None:
    sample = samples / "emerging_markets_fund.csv"
    assert run("check-portfolio", sample, "--as-of", "2021-09-01").exit_code == 3
    only_blocked = run("check-portfolio", sample, "--as-of", "2021-09-01", "--fail-on", "blocked")
    assert only_blocked.exit_code in {0, 4}
    late = run("check-portfolio", sample, "--as-of", "2026-11-24", "--fail-on", "never")
    assert late.exit_code == 4  # beyond what was verified: never clear


def test_unknown_words_are_one_line(samples: Path) -> None:
    result = run("check-portfolio", samples / "bond_book.xlsx", "--fail-on", "forbidden")
    assert "unknown status forbidden" in str(result.exception)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["status", "Xiaomi", "--as-of", "2021-13-01"], "is not a date"),
        (["status", "Xiaomi", "--act", "juggle"], "unknown act 'juggle'"),
        (["status", "Xiaomi", "--holder", "martian"], "unknown holder 'martian'"),
        (["status", "Xiaomi", "--fact", "colour=red"], "unknown fact colour"),
        (["timeline", "Nonexistent Widgets"], "finds no entity"),
    ],
)
def test_a_users_error_is_one_line_and_exit_code_2(
    words: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["banimpact", *words])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 2
    err = capsys.readouterr().err
    assert said in err
    assert "Traceback" not in err
    assert err.count("\n") == 1


def test_status_json_has_the_contract(samples: Path) -> None:
    body = json.loads(run("status", "Xiaomi", "--as-of", "2021-03-16", "--format", "json").stdout)
    assert body["query"] == "Xiaomi"
    assert body["entity"]["id"] == "xiaomi"
    buy = body["verdicts"]["buy"]
    assert buy["status"] == "permitted"
    assert buy["regime"] == "US-EO13959"
    assert {"event", "date", "text"} <= set(buy["because"][0])
    assert {"ref", "url"} <= set(buy["cites"][0])
    assert body["by_regime"]


def test_status_of_nothing_is_permitted_against_named_lists() -> None:
    body = json.loads(run("status", "Nonexistent Widgets", "--format", "json").stdout)
    assert body["entity"] is None
    assert body["verdicts"]["buy"]["status"] == "permitted"
    assert "no designated issuer found on" in body["verdicts"]["buy"]["conditions"][0]


def test_status_of_several_is_review() -> None:
    body = json.loads(run("status", "China Mobile", "--format", "json").stdout)
    assert body["entity"] is None
    assert {c["id"] for c in body["candidates"]} >= {"china-mobile-limited", "china-mobile-group"}
    assert body["verdicts"]["buy"]["status"] == "review"


def test_timeline_tells_the_story() -> None:
    body = json.loads(run("timeline", "Xiaomi", "--format", "json").stdout)
    buy = [i for i in body["intervals"] if i["act"] == "buy"]
    assert "suspended" in [i["position"] for i in buy]
    for one, other in pairwise(buy):
        assert one["to"] == other["from"]


def test_how_a_file_is_written_is_stated_the_same_way_everywhere(tmp_path: Path) -> None:
    path = tmp_path / "de.csv"
    path.write_text("Name;Market value;Date\nXIAOMI CORP;1.234;03/04/2021\n", encoding="utf-8")
    words = ("--decimal", "comma", "--dates", "dmy", "--delimiter", "semicolon")
    body = json.loads(run("validate", path, *words).stdout)
    assert body["inputs"][0]["date"] == "2021-04-03"
    assert "decimal comma" in next(f for f in body["findings"] if f["code"] == "I305")["message"]
    answer = json.loads(
        run("analyze", path, *words, "--all", "--no-store", "--format", "json").stdout
    )
    assert [row["market_value"] for row in answer["positions"]] == ["1234.00"]
    assert json.loads(run("map", path, *words).stdout)["mapping"]["date"] == "Date"
    refused = run("analyze", path, "--header-row", "9", "--no-store")
    assert "heading row 9" in str(refused.exception)
    assert run("validate", path, "--decimal", "dash").exit_code == 2


def test_validate_counts_every_row(samples: Path) -> None:
    result = run("validate", samples / "messy_custody_statement.csv", "--format", "json")
    (reading,) = json.loads(result.stdout)["inputs"]
    assert (
        reading["rows_read"]
        == reading["rows_holding"] + reading["rows_skipped"] + reading["rows_rejected"]
    )


def test_map_shows_the_columns(samples: Path) -> None:
    text = run("map", samples / "europaeischer_fonds.csv", "--format", "table").stdout
    assert "Kurswert (EUR)" in text


def test_demo_writes_its_report(tmp_path: Path) -> None:
    result = run("demo", "-o", tmp_path)
    assert result.exit_code == 0, result.output
    reports = sorted(tmp_path.iterdir())
    assert [r.suffix for r in reports] == [".html", ".xlsx"]
    assert all(str(r) in result.stderr for r in reports)


def test_report_writes_every_format_asked_for_and_prints_no_table(
    samples: Path, tmp_path: Path
) -> None:
    sample = samples / "emerging_markets_fund.csv"
    paper, book = tmp_path / "memo.pdf", tmp_path / "book.xlsx"
    asked = ("report", sample, "--as-of", "2021-03-16", "-o", paper, "-o", book)
    result = run(*asked)
    assert result.exit_code == 0, result.output
    assert paper.read_bytes().startswith(b"%PDF")
    assert book.read_bytes().startswith(b"PK")
    assert result.stdout == ""
    assert "positions" in result.stderr
    nowhere = run("report", sample, "--as-of", "2021-03-16")
    assert nowhere.exit_code == 2
    assert "-o" in nowhere.stderr
