"""Every page, with and without a portfolio; the question in the sidebar and in the URL."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from analyzer.workspace import save_settings

Open = Callable[..., AppTest]
Visit = Callable[[AppTest, str], AppTest]
EM = "emerging_markets_fund.csv"
MESSY = "messy_custody_statement.csv"
PAGES = ("home", "portfolio", "review", "exposure", "timeline", "what_if", "export", "lists")
SAMPLES = Path(__file__).resolve().parents[2] / "sample_portfolios"


def words(app: AppTest) -> str:
    """Return everything that is said in words on the page."""
    parts = [*app.markdown, *app.caption, *app.info, *app.warning, *app.error, *app.success]
    return "\n".join(str(part.value) for part in parts)


def table(app: AppTest, column: str):
    """Return the first table of the page that has a column."""
    return next(d.value for d in app.dataframe if column in d.value.columns)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_says_what_to_do_without_a_portfolio(
    page: str, open_app: Open, visit: Visit
) -> None:
    app = visit(open_app(), page)
    assert app.title[0].value
    if page in ("review", "exposure", "what_if", "export"):
        assert "No portfolio is loaded" in words(app)


@pytest.mark.parametrize("sample", sorted(p.name for p in SAMPLES.glob("*.*") if p.suffix != ".md"))
def test_every_sample_goes_through_every_page(sample: str, open_app: Open, visit: Visit) -> None:
    app = open_app(sample)
    assert app.title[0].value == "Exposure"
    for page in PAGES:
        visit(app, page)
        assert not app.error


def test_the_sidebar_says_what_the_result_answers(open_app: Open) -> None:
    app = open_app(EM)
    said = "\n".join(str(c.value) for c in app.sidebar.caption)
    for part in (
        "2021-03-09",
        "us-person (assumed)",
        "USD",
        "20 of 20 lines",
        "newest list edition",
    ):
        assert part in said


def test_coverage_is_amber_while_something_is_open(open_app: Open, visit: Visit) -> None:
    app = open_app(EM)
    assert any("Incomplete" in str(w.value) for w in app.warning)
    assert not app.success


def test_a_change_marks_the_result_out_of_date_until_recomputed(open_app: Open) -> None:
    app = open_app(EM)
    before = app.metric[0].value
    app.session_state["as_of_day"] = app.session_state["as_of_day"].replace(year=2022)
    app.run()
    assert any("as-of date" in str(w.value) for w in app.warning)
    assert app.metric[0].value == before
    app.button(key="recompute_page").click().run()
    assert not any("out of date" in str(w.value).lower() for w in app.warning)
    assert "2022-03-09" in "\n".join(str(c.value) for c in app.sidebar.caption)


def test_the_url_holds_the_question_and_nothing_of_the_holdings(
    open_app: Open, visit: Visit
) -> None:
    app = open_app(EM)
    app.sidebar.selectbox(key="holder").select("eu-person").run()
    url = {key: str(value) for key, value in app.query_params.items()}
    assert url["as_of"] in ("2021-03-09", "['2021-03-09']")
    assert "eu-person" in url["holder"]
    visit(app, "timeline")
    said = str(dict(app.query_params.items())).lower()
    for secret in ("emerging", "taiwan", "hk0941009539", "1765400"):
        assert secret not in said


def test_a_link_sets_the_question(open_app: Open) -> None:
    app = open_app(as_of="2021-05-25T15:59", holder="uk-person", rulings="off", base="EUR")
    assert str(app.session_state["as_of_day"]) == "2021-05-25"
    assert app.session_state["as_of_clock"] == "15:59"
    assert app.session_state["holder"] == "uk-person"
    assert app.session_state["without_rulings"] is True
    assert app.session_state["base"] == "EUR"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("as_of", "yesterday"),
        ("as_of", "1066-10-14"),
        ("known", "2021-03-09T10:00"),
        ("holder", "martian"),
        ("base", "US$"),
        ("reading", "<script>"),
    ],
)
def test_a_link_that_says_nonsense_is_ignored_and_said_so(
    name: str, value: str, open_app: Open
) -> None:
    app = open_app(**{name: value})
    assert f"Ignored in the link: {name}" in words(app)


def test_an_unreadable_file_is_named_with_the_reason_and_can_be_removed(
    open_app: Open, visit: Visit
) -> None:
    app = open_app()
    upload = app.file_uploader(key="home_files")
    upload.set_value([("not_holdings.csv", b"a,b\n1,2\n", "text/csv")]).run()
    assert app.title[0].value == "Portfolio"
    assert any("not_holdings.csv" in str(e.value) for e in app.error)
    app.selectbox(key="gone").select("not_holdings.csv").run()
    assert "No portfolio is loaded" in words(app)


def test_rows_and_problems_of_a_file_are_all_shown(open_app: Open, visit: Visit) -> None:
    app = visit(open_app(MESSY), "portfolio")
    figures = {m.label: m.value for m in app.metric}
    assert int(figures["Rows read"]) == sum(
        int(figures[name]) for name in ("Holdings", "Skipped", "Rejected")
    )
    problems = table(app, "Code")
    assert "E104" in set(problems["Code"])


def test_another_mapping_is_applied_and_remembered(open_app: Open, visit: Visit) -> None:
    app = visit(open_app(MESSY), "portfolio")
    heading = next(s for s in app.selectbox if str(s.key) == f"map_{MESSY}_6")
    assert heading.value == "(not used)"
    heading.select("asset_class")
    app.checkbox(key=f"keep_{MESSY}").check()
    app.button(key=f"FormSubmitter:mapping_{MESSY}-Apply this mapping").click().run()
    assert not app.exception
    assert app.session_state["desk"].mappings[MESSY]["asset_class"] == "Note"
    other = visit(open_app(MESSY), "portfolio")
    assert "A mapping was saved" in words(other)


def test_the_date_of_the_file_is_offered(open_app: Open, visit: Visit) -> None:
    app = visit(open_app(EM), "portfolio")
    button = next(b for b in app.button if b.label.startswith("Ask as of 2021-03-05"))
    button.click().run()
    assert app.session_state["desk"].as_of == "2021-03-05"


def test_review_keys_decide_and_undo(open_app: Open, visit: Visit) -> None:
    app = visit(open_app(MESSY), "review")
    queue = table(app, "In your file")
    first = queue["In your file"].iloc[0]
    app.button(key="reject").click().run()
    assert any("needs a reason" in str(e.value) for e in app.error)
    app.text_input(key="reason").input("another company").run()
    app.button(key="reject").click().run()
    assert not app.exception
    assert first not in set(table(app, "In your file")["In your file"]) or len(
        table(app, "In your file")
    ) == len(queue)
    assert any("review decisions" in str(w.value) for w in app.warning)
    app.button(key="undo").click().run()
    assert set(table(app, "In your file")["In your file"]) == set(queue["In your file"])


def test_under_four_eyes_one_person_does_not_decide(
    open_app: Open, visit: Visit, own_store: Path
) -> None:
    save_settings(own_store, {"four_eyes": True})
    app = visit(open_app(MESSY), "review")
    app.button(key="confirm").click().run()
    assert "awaiting second person" in " ".join(table(app, "In your file")["State"])
    app.text_input(key="person_typed").input("Bob").run()
    queue = table(app, "In your file")
    at = next(i for i, s in enumerate(queue["State"]) if "awaiting" in s)
    app.session_state["queue"] = {"selection": {"rows": [at], "columns": [], "cells": []}}
    app.run()
    app.button(key="confirm").click().run()
    left = table(app, "In your file")
    assert "awaiting second person" not in " ".join(left["State"])
    assert len(left) == len(queue) - 1


def test_selecting_a_group_and_a_line_opens_its_reasons(open_app: Open) -> None:
    app = open_app(EM)
    groups = table(app, "Issuer")
    at = list(groups["Issuer"]).index("Xiaomi Corporation")
    chosen = {"selection": {"rows": [at], "columns": [], "cells": []}}
    app.session_state["groups_issuer_touched_1"] = chosen
    app.session_state["lines"] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    app.run()
    lines = table(app, "Row")
    assert list(lines["Name"]) == ["XIAOMI CORP CLASS B"]
    said = words(app)
    assert "Because" in said
    assert "2021-01-14" in said


def test_pills_filter_the_lines(open_app: Open) -> None:
    app = open_app(EM)
    everything = len(table(app, "Row"))
    app.session_state["shown"] = "all"
    app.run()
    assert len(table(app, "Row")) == 20 > everything


def test_the_slider_replays_the_story_of_xiaomi(open_app: Open, visit: Visit) -> None:
    app = visit(open_app(EM, issuer="xiaomi"), "timeline")
    app.selectbox(key="issuer").select("xiaomi").run()

    def on(day: str) -> str:
        slider = app.slider(key="day_xiaomi")
        slider.set_value(slider.value.fromisoformat(day)).run()
        assert not app.exception
        return next(str(m.value) for m in app.markdown if str(m.value).startswith(f"#### {day}"))

    assert "upcoming" in on("2021-03-11")
    assert "suspended" in on("2021-03-13")
    assert "suspended" in on("2021-05-24")
    assert "released" in on("2021-06-04")


def test_deadlines_come_as_calendar_and_csv(open_app: Open, visit: Visit) -> None:
    app = visit(open_app(EM), "timeline")
    labels = {b.label for b in app.get("download_button")}
    assert {"Calendar (.ics)", "CSV"} <= labels


def test_variants_are_run_and_compared(open_app: Open, visit: Visit) -> None:
    app = open_app(EM)
    app.session_state["pending"] = None
    app.sidebar.date_input(key="as_of_day").set_value("2021-03-16").run()
    app.button(key="recompute_page").click().run()
    visit(app, "what_if")
    for name in ("The law as it stands", "Had no court acted"):
        app.selectbox(key="template").select(name).run()
        submit = next(b for b in app.button if b.label == "Run this variant")
        submit.click().run()
        assert not app.exception
        assert not app.error
    differing = table(app, "The law as it stands")
    row = differing.loc[differing["Name"].str.contains("XIAOMI")].iloc[0]
    assert "suspended" in row["The law as it stands"]
    assert "sell window" in row["Had no court acted"]


def test_export_offers_every_format_and_saves_the_run(open_app: Open, visit: Visit) -> None:
    app = visit(open_app(EM), "export")
    keys = {str(b.key) for b in app.get("download_button")}
    assert {"download.xlsx", "download.pdf", "download.json", "download.csv"} <= keys
    app.button(key="save_run").click().run()
    assert any("Saved as run 1" in str(s.value) for s in app.success)
    visit(app, "home")
    assert "What changed since last time" in [s.value for s in app.subheader]
    app.button(key="open_run").click().run()
    assert app.title[0].value == "Exposure"


def test_a_list_of_ones_own_is_imported_and_counts(
    open_app: Open, visit: Visit, own_store: Path
) -> None:
    app = visit(open_app(EM), "lists")
    app.session_state["lists_view"] = "Import"
    app.run()
    content = b"name,isin\nTaiwan Semiconductor Manufacturing,TW0002330008\n"
    app.file_uploader(key="list_file").set_value(("policy.csv", content, "text/csv"))
    next(b for b in app.button if b.label == "Import").click().run()
    assert not app.exception
    assert any("taken up" in str(s.value) for s in app.success), words(app)
    assert list((own_store / "lists").rglob("list.yml"))


@pytest.mark.parametrize(
    "view", ["Lists", "Editions", "Import", "Runs", "Decisions", "Audit", "Settings"]
)
def test_every_view_of_lists_and_audit(view: str, open_app: Open, visit: Visit) -> None:
    app = visit(open_app(), "lists")
    app.session_state["lists_view"] = view
    app.run()
    assert not app.exception
    if view == "Audit":
        assert any("holds" in str(s.value) for s in app.success)
    if view == "Settings":
        tables = [t.value for t in app.table]
        assert any("Four eyes" in set(t["What"]) for t in tables)
        assert any("Part" in d.value.columns for d in app.dataframe)
