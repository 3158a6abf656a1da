"""What-if: suppose events, readings and markets; sell down; compare up to four variants."""

import time
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import streamlit as st

from analyzer.core.errors import AnalyzerError
from analyzer.report.charts_scenarios import scenario_charts
from analyzer.report.comparison import headline
from analyzer.report.comparison import show as figure_words
from analyzer.report.from_scenarios import scenario_reports
from analyzer.report.wording import RESTRICTED
from analyzer.workspace import (
    TEMPLATES,
    Form,
    ScenarioResult,
    differing,
    run_form,
    scenario_of,
    scenario_text,
    status_matrix,
    tornado,
)
from dashboards import state
from dashboards.components import charts, status
from dashboards.components import scenario_charts as drawn
from dashboards.components.scenario_form import ask_form
from dashboards.words import money, percent, plain, status_label

_MOST = 4


@dataclass(frozen=True)
class Kept:
    """A variant that was run: its form, its result, and the portfolio it was run on."""

    form: Form
    result: ScenarioResult
    desk_key: str
    seconds: float


def variants() -> dict[str, Kept]:
    """Return the variants of this session by title."""
    found: dict[str, Kept] = st.session_state.setdefault("variants", {})
    return found


def desk_key(found: state.Result) -> str:
    """Return a text that changes when a variant would have to be run again."""
    inputs = "".join(item.sha256 for item in found.inputs)
    asked = found.desk
    return f"{inputs} {asked.as_of} {asked.known} {asked.holder} {asked.base} {asked.reading}"


def run(found: state.Result, form: Form) -> None:
    """Run a form as a variant, with its steps shown."""
    kept = variants()
    if form.title not in kept and len(kept) >= _MOST:
        st.error(f"{_MOST} variants are kept; remove one first.")
        return
    with st.status(f"Running {plain(form.title)} …") as steps:
        start = time.perf_counter()
        try:
            scenario = scenario_of(form, state.world().law)
            result = run_form(
                found.ready,
                found.desk,
                found.inputs,
                scenario,
                found.decisions.records,
                st.session_state.get("own_prices"),
            )
        except AnalyzerError as error:
            steps.update(label="Not run", state="error", expanded=True)
            st.error(str(error))
            return
        seconds = time.perf_counter() - start
        steps.update(label=f"Done in {seconds:.1f} s", state="complete")
    kept[form.title] = Kept(form, result, desk_key(found), seconds)
    st.session_state["variant"] = form.title


def chosen(found: state.Result) -> str:
    """Draw the variants that are kept; return the one looked at."""
    kept = variants()
    old = [title for title, v in kept.items() if v.desk_key != desk_key(found)]
    if old:
        st.warning(
            f"Run on another portfolio or question: {plain(', '.join(old))}. Run again or remove.",
            icon=":material/update:",
        )
    row = st.container(horizontal=True, vertical_alignment="bottom")
    if st.session_state.get("variant") not in kept:
        st.session_state["variant"] = next(reversed(kept))
    title = row.segmented_control("Variant", list(kept), key="variant") or next(iter(kept))
    row.button("Remove", key="remove_variant", on_click=remove, args=(title,))
    return title


def remove(title: str) -> None:
    """Forget a variant."""
    variants().pop(title, None)


def before_after(found: state.Result, result: ScenarioResult) -> None:
    """Draw the figures before and after."""
    cells = st.columns(4)
    before, after = found.analysis, result.analysis
    for cell, (words, one, other) in zip(
        cells,
        (
            ("Prohibited", _held(before, RESTRICTED), _held(after, RESTRICTED)),
            ("In review", before.coverage.open_reviews, after.coverage.open_reviews),
            ("Dates ahead", len(before.deadlines), len(after.deadlines)),
        ),
        strict=False,
    ):
        cell.metric(
            words,
            money(float(other)),
            f"was {money(float(one))}",
            delta_color="off",
            delta_arrow="off",
            border=True,
            height="stretch",
        )
    loss = result.shock_loss
    cost = result.plan.expected_cost if result.plan else None
    words, figure = ("Loss from the price move", loss) if loss else ("Cost of selling", cost)
    cells[3].metric(
        words,
        money(figure),
        " ",
        delta_color="off",
        delta_arrow="off",
        border=True,
        height="stretch",
    )


def _held(analysis: Any, statuses: Any) -> float:
    found = (analysis.totals.by_status.get(s) for s in statuses)
    return sum(entry.market_value or 0.0 for entry in found if entry is not None)


def one(found: state.Result, title: str) -> None:
    """Draw one variant: figures, sale, court, assumptions."""
    kept = variants()[title]
    result = kept.result
    for event in result.scenario.events:
        st.caption(f"Supposed: {event.effective.date()}: {plain(event.text)}")
    before_after(found, result)
    (report,) = scenario_reports([result])
    for chart in drawn.drawable(list(scenario_charts(report))):
        drawn.show(chart)
    left_out(result)
    if result.plan is not None:
        drivers(found, kept)
    with st.expander("Every assumption, with its source"):
        st.dataframe(
            [
                {"Assumption": p.name, "Value": p.value, "Unit": p.unit, "Source": p.source}
                for p in report.assumptions
            ],
            hide_index=True,
            alt="Assumptions",
        )
    st.download_button(
        "This variant as a scenario file (.yml)",
        scenario_text(kept.form, state.world().law),
        "scenario.yml",
        "application/yaml",
        key="scenario_file",
        on_click="ignore",
        help="banimpact scenario scenario.yml HOLDINGS runs the same.",
    )


def left_out(result: ScenarioResult) -> None:
    """Draw what is not planned, by name and reason."""
    if result.left:
        rows = [
            {"Line": item.name, "Value": money(item.value), "Why it is not planned": item.reason}
            for item in result.left
        ]
        with st.expander(f"Not planned: {len(rows)} lines", expanded=result.plan is None):
            st.caption(
                "A sale is planned only where volume and volatility are known. Give a file of "
                "prices and volumes, or assume figures in the form."
            )
            st.dataframe(rows, hide_index=True, alt="Lines that are not planned")
    others = [m for m in result.messages if "not planned" not in m]
    for words in others:
        st.caption(f"▲ {plain(words)}")


def drivers(found: state.Result, kept: Kept) -> None:
    """Draw the tornado, when it is asked for: it runs the sale ten times more."""
    if not st.button("What moves the cost most (tornado)", key="tornado"):
        return
    with st.spinner("Running each driver at both ends …", show_time=True):
        data = tornado(
            found.ready,
            found.desk,
            found.inputs,
            kept.result.scenario,
            found.decisions.records,
            st.session_state.get("own_prices"),
        )
    unit = f"Expected cost, {found.analysis.question.base}"
    words = "; ".join(f"{r.driver}: {r.low:,.0f} to {r.high:,.0f}" for r in data.itertuples())
    st.altair_chart(drawn.tornado(data, unit), width="stretch", alt=f"{unit}. {words}")
    st.dataframe(data, hide_index=True, alt="Numbers of the tornado")


def compare(found: state.Result) -> None:
    """Draw every variant side by side with the law as it stands."""
    kept = variants()
    results = {title: v.result for title, v in kept.items()}
    st.subheader("Side by side")
    columns = {title: headline(result) for title, result in results.items()}
    names = [figure.name for figure in next(iter(columns.values()))]
    rows = []
    for at, name in enumerate(names):
        cells = {title: figures[at] for title, figures in columns.items()}
        if any(figure.value is not None for figure in cells.values()):
            rows.append({"Figure": name, **{t: figure_words(f) for t, f in cells.items()}})
    st.table(rows, hide_index=True, border="horizontal", alt="Figures of every variant")
    data = status_matrix(results)
    if len(data):
        data = data.assign(shown=[status_label(s) for s in data["status"]], group=data["variant"])
        measure = "value" if data["value"].notna().all() else "weight"
        unit = f"Value, {found.analysis.question.base}" if measure == "value" else "Weight"
        form = money if measure == "value" else percent
        drawn_cells = zip(data["variant"], data["shown"], data[measure], strict=True)
        words = "; ".join(
            f"{title}, {word}: {form(float(size))}" for title, word, size in drawn_cells
        )
        chart: Any = charts.heat(data, "shown", measure, unit)
        st.altair_chart(chart, width="stretch", alt=words)
    differences(results)


def differences(results: dict[str, ScenarioResult]) -> None:
    """Draw the lines that a variant answers otherwise."""
    if len(results) < 2:
        st.caption("Run another variant to see the lines it answers otherwise.")
        return
    table = differing(results)
    st.markdown(f"**{len(table):,} lines stand otherwise in some variant**")
    for title in results:
        table[title] = [status_label(s) for s in table[title]]
    if len(table):
        st.dataframe(table, hide_index=True, alt="Lines that stand otherwise")


def own_prices() -> None:
    """Draw the upload of the user's own prices and volumes."""
    file = st.file_uploader(
        "Your prices and volumes, daily (CSV or parquet)", type=["csv", "parquet"], key="prices"
    )
    st.session_state["own_prices"] = (file.name, file.getvalue()) if file is not None else None


def from_url(form: Form) -> Form:
    """Return a template with the values a link carries, each checked."""
    window = state.from_page_url("window", r"\d{1,4}")
    reading = state.from_page_url("wi_reading", r"strict|lenient")
    day = state.from_page_url("wi_as_of", r"20[1-3]\d-[01]\d-[0-3]\d")
    return replace(
        form,
        window_days=int(window) if window else form.window_days,
        reading=reading or form.reading,
        as_of=day if _is_day(day) else form.as_of,
    )


def _is_day(text: str) -> bool:
    try:
        return bool(text and date.fromisoformat(text))
    except ValueError:
        return False


def show(found: state.Result) -> None:
    """Draw the page."""
    left, right = st.columns([2, 3], gap="medium")
    with left:
        names = list(TEMPLATES)
        asked = state.from_page_url("template", r"[A-Za-z -]{3,40}")
        name = st.selectbox(
            "Start from", names, index=names.index(asked) if asked in names else 0, key="template"
        )
        template = from_url(TEMPLATES[name])
        form = ask_form(found.analysis, name, template)
        with st.expander("Market data"):
            own_prices()
    with right:
        if form is not None:
            run(found, form)
            state.page_url(
                {
                    "template": name,
                    "window": str(form.window_days or ""),
                    "wi_reading": form.reading,
                    "wi_as_of": form.as_of,
                }
            )
        if variants():
            one(found, chosen(found))
        else:
            st.info(
                "Choose a template on the left, change what you like, and run it. Up to four "
                "variants are kept and compared.",
                icon=":material/alt_route:",
            )
    if variants():
        compare(found)


st.title("What-if")
result = status.need_result()
if result is not None:
    show(result)
