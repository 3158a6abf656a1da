"""What-if: a link restores the form, nonsense in it is named; variants are renamed and copied."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

Open = Callable[..., AppTest]
Visit = Callable[[AppTest, str], AppTest]
EM = "emerging_markets_fund.csv"
SCENARIOS = Path(__file__).resolve().parents[2] / "sample_portfolios" / "scenarios"
EVENT = "suspend,US-DOD-1237,xiaomi,2021-03-08"


def words(app: AppTest) -> str:
    parts = [*app.markdown, *app.caption, *app.info, *app.warning, *app.error, *app.success]
    return "\n".join(str(part.value) for part in parts)


def run_variant(app: AppTest) -> AppTest:
    next(b for b in app.button if b.label == "Run this variant").click().run()
    assert not app.exception
    assert not app.error
    return app


def query(app: AppTest) -> dict[str, str]:
    return {
        key: value[0] if isinstance(value, list) else value
        for key, value in app.query_params.items()
    }


def test_a_link_restores_template_knobs_and_events(open_app: Open, visit: Visit) -> None:
    first = visit(open_app(EM), "what_if")
    first.selectbox(key="template").select("A court enjoins").run()
    key = "A_court_enjoins"
    first.selectbox(key=f"{key}_kind_0").select("suspend")
    first.selectbox(key=f"{key}_who_0").select("Xiaomi Corporation (held)")
    day = first.date_input(key=f"{key}_on_0")
    day.set_value(day.value.replace(day=8))
    first.selectbox(key=f"{key}_list_0").select("US-DOD-1237")
    first.number_input(key=f"{key}_participation").set_value(7.5)
    run_variant(first)
    link = query(first)
    assert link["wi_events"] == EVENT
    assert link["wi_share"] == "0.075"
    for secret in ("emerging", "KYG9830T1067", "taiwan"):
        assert secret.lower() not in str(link).lower()

    second = visit(open_app(EM, **link), "what_if")
    assert second.selectbox(key="template").value == "A court enjoins"
    assert second.number_input(key=f"{key}_participation").value == 7.5
    assert second.selectbox(key=f"{key}_kind_0").value == "suspend"
    assert second.selectbox(key=f"{key}_who_0").value == "Xiaomi Corporation (held)"
    assert second.date_input(key=f"{key}_on_0").value.isoformat() == "2021-03-08"
    assert query(second)["wi_events"] == EVENT  # it stays in the address until another is run
    run_variant(second)
    assert "Supposed: 2021\\-03\\-08" in words(second) or "Supposed: 2021-03-08" in words(second)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("wi_events", "<img src=x onerror=alert(1)>"),
        ("wi_events", "suspend,US-DOD-1237,nobody,2021-03-08"),
        ("wi_share", "1e999"),
        ("template", "../../etc/passwd"),
    ],
)
def test_nonsense_in_a_link_is_ignored_and_said_so(
    name: str, value: str, open_app: Open, visit: Visit
) -> None:
    app = visit(open_app(EM, **{name: value}), "what_if")
    assert f"Ignored in the link: {name}." in words(app)
    assert value not in words(app)
    run_variant(app)


def test_an_event_about_an_own_line_stands_in_no_link(open_app: Open, visit: Visit) -> None:
    app = visit(open_app(EM), "what_if")
    app.selectbox(key="template").select("A name is added").run()
    key = "A_name_is_added"
    options = app.selectbox(key=f"{key}_who_0").options
    mine = next(o for o in options if o.startswith("RELIANCE"))
    app.selectbox(key=f"{key}_who_0").select(mine)
    run_variant(app)
    assert "The link leaves 1 event" in words(app)
    assert mine.split(" (")[0].lower() not in str(query(app)).lower()
    assert "what-if-" not in str(query(app))


def test_a_variant_is_renamed_copied_and_removed(open_app: Open, visit: Visit) -> None:
    app = run_variant(visit(open_app(EM), "what_if"))
    app.text_input(key="name_The law as it stands").input("Base")
    app.button(key="rename_variant").click().run()
    assert list(app.session_state["variants"]) == ["Base"]
    assert app.session_state["variants"]["Base"].result.scenario.title == "Base"
    assert "title: Base" in app.session_state["variants"]["Base"].text
    app.selectbox(key="template").select("Copy of Base").run()
    run_variant(app)
    assert list(app.session_state["variants"]) == ["Base", "Base, changed"]
    figures = next(t.value for t in app.table if "Figure" in t.value.columns)
    assert {"Base", "Base, changed"} <= set(figures.columns)
    app.button(key="remove_variant").click().run()
    assert list(app.session_state["variants"]) == ["Base"]


def test_a_scenario_file_is_run_as_the_command_runs_it(open_app: Open, visit: Visit) -> None:
    app = visit(open_app(EM), "what_if")
    good = b"title: No court\nas_of: 2021-03-16\nwithout_rulings: true\n"
    app.file_uploader(key="scenario_upload").set_value(("s.yml", good, "application/yaml")).run()
    app.button(key="run_file").click().run()
    assert not app.exception
    assert list(app.session_state["variants"]) == ["No court"]
    assert "stands in no link" in words(app)


def test_everything_wrong_with_a_scenario_file_is_named(open_app: Open, visit: Visit) -> None:
    app = visit(open_app(EM), "what_if")
    bad = b"title: x\ncolour: red\nsale: {participation: -1}\n"
    app.file_uploader(key="scenario_upload").set_value(("s.yml", bad, "application/yaml")).run()
    app.button(key="run_file").click().run()
    said = "\n".join(str(e.value) for e in app.error)
    assert "colour" in said
    assert "participation" in said
    assert not app.session_state["variants"]
