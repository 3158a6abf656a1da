"""Portfolio: everything an analysis may read beside the holdings, problems, pasting, sessions."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from analyzer.cli.portfolio import analyze
from analyzer.ingest import read_holdings
from analyzer.workspace import csv_bytes, load_run, pasted, template

Open = Callable[..., AppTest]
Visit = Callable[[AppTest, str], AppTest]
EM = "emerging_markets_fund.csv"
MESSY = "messy_custody_statement.csv"

FILES = {
    "rates": ("r.csv", b"date,currency,base,rate\n2021-03-05,USD,EUR,0.5\n", "text/csv"),
    "parties": ("p.yml", b"'*': {owner: eu-person}\n", "application/yaml"),
    "own_lists": ("policy.csv", b"name,isin\nRELIANCE,INE002A01018\n", "text/csv"),
    "edges": ("e.csv", b"owner,owned,fraction\nxiaomi,INE002A01018,60%\n", "text/csv"),
    "securities": ("m.csv", b"isin,issuer\nINE002A01018,Xiaomi Corporation\n", "text/csv"),
}
# What each file is given for, on the command line: the page must be able to do the same.
ROLES = {
    "--rates": "rates",
    "--parties": "parties",
    "--list": "own_lists",
    "--edges": "edges",
    "--securities": "securities",
}
ELSEWHERE = {
    *("--as-of", "--known", "--holder", "--without-rulings", "--reading", "--map", "--base"),
    *("--currency", "--valuation-date", "--constituents"),
    *("--encoding", "--delimiter", "--sheet", "--decimal", "--header-row", "--dates"),
}
# These say where results go or come from, and change no answer.
NO_ANSWER = {"--store", "--no-store", "--all", "--output", "--save", "--format", "--help"}


def words(app: AppTest) -> str:
    parts = [*app.markdown, *app.caption, *app.info, *app.warning, *app.error, *app.success]
    return "\n".join(str(part.value) for part in parts)


def give(app: AppTest, role: str, file: tuple[str, bytes, str]) -> AppTest:
    app.file_uploader(key=f"beside_{role}").set_value(file).run()
    assert not app.exception
    return app


def statuses(app: AppTest) -> list[str]:
    lines = app.session_state["result"].analysis.lines
    return [str(s) for s in lines["status"]]


@pytest.fixture
def portfolio(open_app: Open, visit: Visit) -> AppTest:
    app = visit(open_app(EM), "portfolio")
    assert "beside_rates" not in {u.key for u in app.file_uploader}  # drawn when wanted
    app.session_state["beside_wanted"] = True
    return app.run()


def test_every_option_of_the_command_that_changes_the_answer_is_on_the_page() -> None:
    options = {max(p.opts, key=len) for p in analyze.params if p.param_type_name == "option"}
    assert options - NO_ANSWER == ELSEWHERE | set(ROLES)


@pytest.mark.parametrize("role", sorted(FILES))
def test_a_file_beside_the_holdings_is_used_named_and_removed(
    role: str, portfolio: AppTest
) -> None:
    name = FILES[role][0]
    before = statuses(portfolio)
    value = portfolio.session_state["result"].analysis.totals.market_value
    if role == "rates":
        portfolio.session_state["base"] = "EUR"
    give(portfolio, role, FILES[role])
    found = portfolio.session_state["result"]
    assert found.analysis.manifest["beside"][role][0]["name"] == name
    assert len(found.analysis.manifest["beside"][role][0]["sha256"]) == 64
    assert f"✔ **{name.replace('.', chr(92) + '.')}**" in words(portfolio)
    assert "With " in "\n".join(str(c.value) for c in portfolio.sidebar.caption)
    if role == "parties":
        assert {j.holder for j in found.analysis.judged} == {"eu-person"}
    elif role == "rates":
        assert found.analysis.totals.market_value == pytest.approx(value / 2)
    elif role != "edges":
        assert statuses(portfolio) != before
    portfolio.button(key=f"remove_{role}_{name}").click().run()
    assert "beside" not in portfolio.session_state["result"].analysis.manifest


def test_every_problem_is_shown_and_no_upload_is_lost(portfolio: AppTest) -> None:
    bad = b"date,currency,base,rate\nsoon,USD,EUR,0.9\n2021-03-05,DOLLAR,EUR,-1\n"
    give(portfolio, "rates", ("bad.csv", bad, "text/csv"))
    give(portfolio, "edges", ("loop.csv", b"owner,owned,fraction\nvtb,A LLC,1.7\n", "text/csv"))
    table = next(d.value for d in portfolio.dataframe if "What is wrong" in d.value.columns)
    found = {tuple(row) for row in table[["File", "Row", "Column"]].to_numpy()}
    assert found == {
        ("bad.csv", "2", "date"),
        ("bad.csv", "3", "currency"),
        ("bad.csv", "3", "rate"),
        ("loop.csv", "2", "fraction"),
    }
    assert "✖ **bad" in words(portfolio)
    assert [name for name, _ in portfolio.session_state["desk"].files] == [EM]
    good = b"date,currency,base,rate\n2021-03-05,USD,EUR,0.84\n"
    portfolio.button(key="remove_edges_loop.csv").click().run()
    give(portfolio, "rates", ("bad.csv", good, "text/csv"))  # corrected, under its name
    assert not portfolio.error
    assert "lines read and judged" in words(portfolio)


def test_the_currency_of_the_values_and_the_day_of_rates(portfolio: AppTest) -> None:
    portfolio.text_input(key="value_currency").input("eur").run()
    assert portfolio.session_state["desk"].currency == "EUR"
    assert set(portfolio.session_state["result"].analysis.lines["value_currency"]) == {"EUR"}
    day = portfolio.session_state["as_of_day"].replace(day=1)
    portfolio.date_input(key="valuation_day").set_value(day).run()
    assert portfolio.session_state["beside"].valuation_date == "2021-03-01"
    portfolio.text_input(key="value_currency").input("e1").run()
    assert portfolio.session_state["desk"].currency == "EUR"
    assert "is not a currency" in words(portfolio)


def test_lines_are_pasted_and_the_template_reads_without_mapping(
    open_app: Open, visit: Visit
) -> None:
    app = visit(open_app(), "portfolio")
    app.text_area(key="pasted").input("nothing but a heading").run()
    app.button(key="take_pasted").click().run()
    assert "Not taken" in words(app)
    app.text_area(key="pasted").input("Name\tISIN\tMarket value\nXIAOMI\tKYG9830T1067\t5\n").run()
    app.button(key="take_pasted").click().run()
    assert not app.error
    assert "1 lines read and judged" in words(app)
    read = read_holdings(("t.csv", template()))
    assert (read.rows_holding, read.rows_rejected) == (2, 0)
    assert not read.guessed
    assert pasted("a\n\n1\n", 3) == ("pasted_3.csv", b"a\n1\n")


def test_a_file_is_read_with_another_delimiter(open_app: Open, visit: Visit) -> None:
    app = visit(open_app(), "portfolio")
    content = b"Name|ISIN|Market value\nXIAOMI|KYG9830T1067|5\n"
    app.file_uploader(key="portfolio_files").set_value([("bars.csv", content, "text/csv")]).run()
    app.selectbox(key="read_delimiter_bars.csv").select("semicolon").run()
    assert any("bars.csv" in str(e.value) for e in app.error)
    assert app.session_state["desk"].files == (("bars.csv", content),)
    app.selectbox(key="read_delimiter_bars.csv").select("bar").run()
    assert not app.error
    assert app.session_state["desk"].readings == {"bars.csv": {"delimiter": "bar"}}
    assert "1 lines read and judged" in words(app)


def test_decimal_mark_dates_and_heading_row_are_stated(open_app: Open, visit: Visit) -> None:
    app = visit(open_app(), "portfolio")
    content = b"Name;Market value;Date\nXIAOMI CORP;1.234;03/04/2021\n"
    app.file_uploader(key="portfolio_files").set_value([("de.csv", content, "text/csv")]).run()
    app.selectbox(key="read_decimal_de.csv").select("comma").run()
    app.selectbox(key="read_dates_de.csv").select("dmy").run()
    assert not app.error
    (read,) = app.session_state["result"].inputs
    assert list(read.frame["market_value"]) == [1234.0]
    assert str(read.date) == "2021-04-03"
    app.number_input(key="read_header_row_de.csv").set_value(9).run()
    assert any("heading row 9 is beyond the 2 rows" in str(e.value) for e in app.error)
    app.number_input(key="read_header_row_de.csv").set_value(None).run()
    assert not app.error
    assert app.session_state["desk"].readings == {"de.csv": {"decimal": "comma", "dates": "dmy"}}


def test_a_total_is_checked(portfolio: AppTest) -> None:
    read = portfolio.session_state["result"].analysis.totals.market_value
    portfolio.number_input(key="expected_total").set_value(read * 1.0001).run()
    assert any("difference" in str(s.value) for s in portfolio.success)
    portfolio.number_input(key="expected_total").set_value(read * 2).run()
    assert any("-50.00%" in str(w.value) for w in portfolio.warning)


def test_rows_that_were_not_used_are_downloaded(open_app: Open, visit: Visit) -> None:
    app = visit(open_app(MESSY), "portfolio")
    labels = {b.label for b in app.get("download_button")}
    assert "Rows that were not used, as CSV" in labels
    assert csv_bytes(("a",), [("=1+1",)]).decode("utf-8-sig") == "a\n'=1+1\n"


def test_a_run_is_saved_with_everything_beside_it(portfolio: AppTest, visit: Visit) -> None:
    give(portfolio, "parties", FILES["parties"])
    give(portfolio, "edges", FILES["edges"])
    visit(portfolio, "export")
    portfolio.button(key="save_run").click().run()
    from dashboards import cache

    desk, beside = load_run(cache.store(), 1)
    assert [name for name, _ in desk.files] == [EM]
    assert [role for role, _ in beside.files()] == ["parties", "edges"]
    visit(portfolio, "home")
    portfolio.button(key="clear_desk").click().run()
    assert not portfolio.session_state["beside"].files()
    portfolio.button(key="open_run").click().run()
    assert [role for role, _ in portfolio.session_state["beside"].files()] == ["parties", "edges"]


def test_a_session_is_restored_with_its_files_forms_and_decisions(
    open_app: Open, visit: Visit, own_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from analyzer.workspace import Beside, Form, Session, pack_session

    app = visit(open_app(MESSY), "review")
    app.button(key="confirm").click().run()
    records = app.session_state["decisions"].records
    desk = app.session_state["desk"]
    kept = pack_session(Session(desk, Beside("2021-03-01"), (Form("Mine"),), records))

    monkeypatch.setenv("BANIMPACT_HOME", str(tmp_path / "other"))
    other = open_app()
    other.file_uploader(key="session_file").set_value(("s.zip", kept, "application/zip")).run()
    assert "1 what-if form(s), 1 decision(s)" in words(other)
    other.button(key="restore_session").click().run()
    assert not other.exception
    assert other.session_state["desk"] == desk
    assert other.session_state["beside"].valuation_date == "2021-03-01"
    visit(other, "what_if")
    assert "Restored: Mine" in other.selectbox(key="template").options
    assert len(other.session_state["decisions"].records) == 1


@pytest.mark.parametrize("holder", ["martian", "us-person"])
def test_a_session_that_asks_for_nonsense_is_refused(holder: str, open_app: Open) -> None:
    from analyzer.workspace import Beside, Desk, Session, pack_session

    desk = Desk("x", (("h.csv", b"a"),), as_of="2021-03-09", holder=holder)
    app = open_app()
    content = pack_session(Session(desk, Beside()))
    app.file_uploader(key="session_file").set_value(("s.zip", content, "application/zip")).run()
    assert not app.exception
    assert bool(app.error) == (holder == "martian")


def test_the_sidebar_says_how_far_one_is(open_app: Open) -> None:
    app = open_app(EM)
    said = "\n".join(str(c.value) for c in app.sidebar.caption)
    assert "✓ 1 Portfolio" in said
    assert "○ 2 Review (1 open)" in said
    assert "dates ahead" in said


def test_each_file_has_its_digest_beside_it(open_app: Open, visit: Visit) -> None:
    app = visit(open_app(EM), "export")
    app.button(key="hashes").click().run()
    assert sum("SHA-256 `" in str(c.value) for c in app.caption) >= 5
    app.text_input(key="report_reason").input("another reason").run()
    assert not any("SHA-256 `" in str(c.value) for c in app.caption)
