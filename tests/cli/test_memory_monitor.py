"""Monitoring: only what is new since the run before, in every form, with an exit code for cron."""

import json
from datetime import UTC, datetime
from email import message_from_bytes
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from analyzer.cli import banimpact
from analyzer.core.errors import AnalyzerError
from analyzer.store import Snapshot, Store
from analyzer.workspace import Desk, pack_desk


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(banimpact, [str(w) for w in words], catch_exceptions=True)


def watch(day: str, *more: str | Path) -> tuple[int, dict]:
    result = run("monitor", "--as-of", day, "--format", "json", *more)
    assert result.exit_code in {0, 3}, (result.stderr, result.exception)
    return result.exit_code, json.loads(result.stdout)


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BANIMPACT_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def kept(own: Path, samples: Path) -> Path:
    run("portfolio", "add", "EM", samples / "emerging_markets_fund.csv")
    return own


def by_kind(body: dict) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for alert in body["alerts"]:
        found.setdefault(alert["kind"], []).append(alert["name"])
    return found


def test_a_first_screening_reports_every_line_and_the_next_day_nothing(kept: Path) -> None:
    code, first = watch("2021-03-09")
    assert code == 3
    kinds = by_kind(first)
    assert len(kinds["listing"]) + len(kinds["review"]) == 12
    assert "Xiaomi Corporation" in kinds["ban_begins"]
    assert first["portfolios"][0]["baseline_run"] is None
    code, second = watch("2021-03-10")
    assert (code, second["alerts"]) == (0, [])
    assert second["portfolios"][0]["baseline_run"] == 1


def test_a_ruling_and_what_it_turns_are_reported_once(kept: Path) -> None:
    watch("2021-03-09")
    code, body = watch("2021-03-16")
    assert code == 3
    turned = [a for a in body["alerts"] if a["kind"] == "status"]
    assert [(a["before"], a["after"]) for a in turned] == [("upcoming", "suspended")]
    rulings = [a["event"] for a in body["alerts"] if a["kind"] == "ruling"]
    assert rulings == ["xiaomi-pi", "xiaomi-faq-880"]
    assert watch("2021-03-17") == (0, {**watch("2021-03-17")[1], "alerts": []})


def test_a_new_order_moves_dates_and_names_the_rule(kept: Path) -> None:
    watch("2021-03-17")
    kinds = by_kind(watch("2021-06-04")[1])
    assert "China Mobile Limited" in kinds["date_moved"]
    (rule,) = [a for a in watch("2021-06-04", "--since", "1")[1]["alerts"] if a["kind"] == "rule"]
    assert "EO 14032" in rule["text"]


def test_a_window_is_reported_when_it_comes_near_and_not_again(kept: Path) -> None:
    watch("2021-12-20")
    assert watch("2022-03-01")[0] == 0
    assert watch("2022-05-01", "--days", "30", "--no-save")[0] == 0
    kinds = by_kind(watch("2022-05-10", "--days", "30")[1])
    assert set(kinds) == {"window_closes"}
    assert watch("2022-05-11", "--days", "30")[0] == 0
    assert by_kind(watch("2022-06-03")[1])["status"]  # it has closed


def test_without_saving_the_same_is_new_again(kept: Path) -> None:
    one = watch("2021-03-09", "--no-save")
    assert one == watch("2021-03-09", "--no-save")
    assert one[0] == 3


def test_a_list_imported_since_names_the_line_it_touches(kept: Path, tmp_path: Path) -> None:
    watch("2021-03-09")
    mine = tmp_path / "mine.csv"
    mine.write_text("name\nTencent Holdings Limited\n", encoding="utf-8")
    run("lists", "import", mine, "--edition", "2021-03-10", "--as", "HOUSE")
    code, body = watch("2021-03-10")
    assert code == 3
    (alert,) = body["alerts"]
    assert (alert["kind"], alert["name"], alert["after"]) == (
        "listing",
        "TENCENT HOLDINGS LTD",
        "locked",
    )


def test_other_holdings_are_told_from_other_law(kept: Path, samples: Path, tmp_path: Path) -> None:
    watch("2021-03-09")
    text = (samples / "emerging_markets_fund.csv").read_text(encoding="utf-8-sig")
    lines = [line for line in text.splitlines(keepends=True) if "CNOOC" not in line]
    assert len(lines) < text.count("\n") + 1
    # the same file name, so that the portfolio inside keeps its name
    fewer = tmp_path / "emerging_markets_fund.csv"
    fewer.write_text("".join(lines), encoding="utf-8")
    run("portfolio", "add", "EM", fewer)
    _, body = watch("2021-03-10")
    sold = [a for a in body["alerts"] if a["kind"] == "holding"]
    assert [(a["before"], a["after"]) for a in sold] == [("sell_window", None)]
    assert "CNOOC" in sold[0]["name"]


def test_text_calendar_and_message_bodies(kept: Path, tmp_path: Path) -> None:
    eml, hook = tmp_path / "b.eml", tmp_path / "b.json"
    result = run("monitor", "--as-of", "2021-03-09", "--format", "text", "--no-save", "--body", eml)
    subject, _, rest = result.stdout.partition("\n")
    message = message_from_bytes(eml.read_bytes())
    assert message["Subject"] == subject
    assert message.get_payload(decode=True).decode().rstrip() == rest.strip()
    calendar = run(
        "monitor", "--as-of", "2021-03-09", "--format", "ics", "--no-save", "--body", hook
    )
    assert calendar.stdout_bytes.startswith(b"BEGIN:VCALENDAR\r\n")
    assert calendar.stdout_bytes.endswith(b"END:VCALENDAR\r\n")
    assert calendar.stdout.count("BEGIN:VEVENT") == calendar.stdout.count("END:VEVENT") > 0
    body = json.loads(hook.read_text(encoding="utf-8"))
    assert body["text"].startswith(subject)
    assert body["alerts"]
    assert calendar.exit_code == 3


def test_two_portfolios_make_one_calendar(kept: Path, samples: Path) -> None:
    run("portfolio", "add", "custody", samples / "messy_custody_statement.csv")
    both = run("monitor", "--as-of", "2021-03-09", "--format", "ics", "--no-save").stdout
    one = run(
        "monitor", "--as-of", "2021-03-09", "--format", "ics", "--no-save", "--portfolio", "EM"
    )
    assert both.count("BEGIN:VCALENDAR") == both.count("END:VCALENDAR") == 1
    assert both.count("BEGIN:VEVENT") > one.stdout.count("BEGIN:VEVENT")


def test_a_hypothetical_run_is_no_baseline(kept: Path, samples: Path) -> None:
    fund = samples / "emerging_markets_fund.csv"
    run("analyze", fund, "--as-of", "2021-03-09", "--save", "EM", "--without-rulings")
    run("analyze", fund, "--as-of", "2021-03-09", "--save", "EM", "--reading", "strict")
    assert watch("2021-03-09")[1]["portfolios"][0]["baseline_run"] is None
    assert watch("2021-03-09")[1]["portfolios"][0]["baseline_run"] == 3


def test_a_portfolio_that_cannot_be_read_hides_no_other(kept: Path) -> None:
    store = Store.open(kept, "test", datetime(2026, 11, 20, tzinfo=UTC))
    broken = pack_desk(Desk("broken", (("x.csv", b"nothing here"),)))
    snapshot = Snapshot("broken", None, "x.csv", "0" * 64, 1, broken)
    store.save_snapshot(snapshot, "test", datetime(2026, 11, 20, tzinfo=UTC))
    result = run("monitor", "--as-of", "2021-03-09", "--format", "json", "--no-save")
    assert result.exit_code == 2
    assert [p["portfolio"] for p in json.loads(result.stdout)["portfolios"]] == ["EM"]
    assert "broken: x.csv" in result.stderr


def test_nothing_to_watch_and_unknown_names_are_one_sentence(own: Path, samples: Path) -> None:
    error = run("monitor").exception
    assert isinstance(error, AnalyzerError)
    assert "no portfolio is kept" in str(error)
    run("portfolio", "add", "EM", samples / "bond_book.xlsx")
    for words, said in (
        (("--portfolio", "x"), "no portfolio x; kept: EM"),
        (("--since", "7"), "no run 7"),
    ):
        error = run("monitor", *words).exception
        assert isinstance(error, AnalyzerError)
        assert said in str(error)
