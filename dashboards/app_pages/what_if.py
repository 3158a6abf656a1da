"""What-if: suppose events, readings and markets; sell down; compare up to four variants."""

from dataclasses import replace
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from analyzer.report.chart import Chart
from analyzer.report.charts_scenarios import scenario_charts
from analyzer.report.comparison import headline
from analyzer.report.comparison import show as figure_words
from analyzer.report.from_scenarios import scenario_reports
from analyzer.report.scenario import ScenarioReport
from analyzer.report.wording import RESTRICTED
from analyzer.workspace import (
    TEMPLATES,
    Form,
    Known,
    ScenarioResult,
    differing,
    from_link,
    portfolio_matrix,
    status_matrix,
    to_link,
    tornado,
)
from dashboards import cache, state
from dashboards.components import charts, status
from dashboards.components import scenario_charts as drawn
from dashboards.components.drawing import draw
from dashboards.components.scenario_form import ask_form
from dashboards.components.variants import Kept, chosen, own_file, run_filled_in, variants
from dashboards.memory import remembered
from dashboards.words import money, percent, plain, status_label


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
    st.caption(f"Run in {kept.seconds:.1f} s.")
    for event in result.scenario.events:
        st.caption(f"Supposed: {event.effective.date()}: {plain(event.text)}")
    before_after(found, result)
    report, drawable = remembered(f"report {title}", (result,), None, lambda: _report(result))
    for chart in drawable:
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
        kept.text,
        "scenario.yml",
        "application/yaml",
        key="scenario_file",
        on_click="ignore",
        help="banimpact scenario scenario.yml HOLDINGS runs the same.",
    )


def _report(result: ScenarioResult) -> tuple[ScenarioReport, list[Chart]]:
    """Return a variant as reports print it, and its charts."""
    (report,) = scenario_reports([result])
    return report, drawn.drawable(list(scenario_charts(report)))


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
    draw("tornado", (data,), unit, lambda: drawn.tornado(data, unit), f"{unit}. {words}")
    st.dataframe(data, hide_index=True, alt="Numbers of the tornado")


def compare(found: state.Result) -> None:
    """Draw every variant side by side with the law as it stands."""
    kept = variants()
    results = {title: v.result for title, v in kept.items()}
    st.subheader("Side by side")
    owners = tuple(results.values())
    columns = {
        title: remembered(f"headline {title}", (result,), None, partial(headline, result))
        for title, result in results.items()
    }
    names = [figure.name for figure in next(iter(columns.values()))]
    rows = []
    for at, name in enumerate(names):
        cells = {title: figures[at] for title, figures in columns.items()}
        if any(figure.value is not None for figure in cells.values()):
            rows.append({"Figure": name, **{t: figure_words(f) for t, f in cells.items()}})
    st.table(rows, hide_index=True, border="horizontal", alt="Figures of every variant")
    data = remembered("matrix", owners, tuple(results), lambda: status_matrix(results))
    if len(data):
        data = data.assign(shown=[status_label(s) for s in data["status"]], group=data["variant"])
        measure = "value" if data["value"].notna().all() else "weight"
        unit = f"Value, {found.analysis.question.base}" if measure == "value" else "Weight"
        form = money if measure == "value" else percent
        drawn_cells = zip(data["variant"], data["shown"], data[measure], strict=True)
        words = "; ".join(
            f"{title}, {word}: {form(float(size))}" for title, word, size in drawn_cells
        )
        st.markdown(f"**{unit} by status**")
        draw(
            "variants by status",
            owners,
            (*results, unit),
            lambda: charts.heat(data, "shown", measure, unit),
            words,
        )
    by_portfolio(results)
    differences(results)


def by_portfolio(results: dict[str, ScenarioResult]) -> None:
    """Draw variant by portfolio in basis points of net value."""
    owners = tuple(results.values())
    data = remembered(
        "portfolio matrix", owners, tuple(results), lambda: portfolio_matrix(results).dropna()
    )
    if data.empty:
        return
    unit = "Under a prohibition, bp of net value"
    st.markdown(f"**{unit}, by portfolio**")
    cells = "; ".join(f"{r.group}, {r.variant}: {r.bp:,.0f}" for r in data.itertuples())
    draw(
        "variants by portfolio",
        owners,
        tuple(results),
        lambda: charts.heat(data, "variant", "bp", unit),
        f"{unit}: {cells}",
    )


def differences(results: dict[str, ScenarioResult]) -> None:
    """Draw the lines that a variant answers otherwise."""
    if len(results) < 2:
        st.caption("Run another variant to see the lines it answers otherwise.")
        return
    owners = tuple(results.values())
    table = remembered("differing", owners, tuple(results), lambda: _differing(results))
    st.markdown(f"**{len(table):,} lines stand otherwise in some variant**")
    if len(table):
        st.dataframe(table, hide_index=True, alt="Lines that stand otherwise")


def _differing(results: dict[str, ScenarioResult]) -> pd.DataFrame:
    table = differing(results)
    for title in results:
        table[title] = [status_label(s) for s in table[title]]
    return table


def own_prices() -> None:
    """Draw the upload of the user's own prices and volumes."""
    file = st.file_uploader(
        "Your prices and volumes, daily (CSV or parquet)", type=["csv", "parquet"], key="prices"
    )
    st.session_state["own_prices"] = (file.name, file.getvalue()) if file is not None else None


def known() -> Known:
    """Return what a link may name: nothing that only this session knows."""
    world = cache.world()
    return Known(world.identity.entities.keys(), world.lists.specs.keys())


def starts() -> dict[str, tuple[str, Form]]:
    """Return what a form may start from: templates, the link, variants, a restored session."""
    template, linked, ignored = from_link(st.session_state["link"], known())
    if ignored:
        st.warning(
            f"Ignored in the link: {', '.join(ignored)}. The rest of it is taken.",
            icon=":material/link_off:",
        )
    found = {name: (name, form) for name, form in TEMPLATES.items()}
    first = next(iter(TEMPLATES))
    if template or linked != TEMPLATES[first]:
        template = template or first
        found.pop(template)
        found = {template: (template, linked), **found}
    for form in st.session_state.get("restored_forms", ()):
        found[f"Restored: {form.title}"] = (first, form)
    for title, kept in variants().items():
        if kept.form is not None:
            copied = replace(kept.form, title=f"{title}, changed")
            found[f"Copy of {title}"] = (kept.template, copied)
    return found


def say_in_url(kept: Kept) -> None:
    """Put a variant into the link of the page."""
    if kept.form is None:
        st.caption("A variant from a file stands in no link; keep the file.")
        return
    values, left_out = to_link(kept.template, kept.form, known())
    state.page_url(values)
    if left_out:
        st.caption(
            f"The link leaves {left_out} event(s) out: they name a line of your own file, and a "
            "link holds nothing of a portfolio."
        )


def keep_link(template: str, form: Form) -> None:
    """Leave in the address what a link brought, until a variant takes its place."""
    values, _ = to_link(template, form, known())
    if len(values) > 1 or template != next(iter(TEMPLATES)):
        state.page_url(values)


def show(found: state.Result) -> None:
    """Draw the page."""
    left, right = st.columns([2, 3], gap="medium")
    with left:
        offered = starts()
        name = st.selectbox("Start from", list(offered), key="template")
        template, start = offered[name]
        form = ask_form(found.analysis, name.replace(" ", "_"), start)
        with st.expander("Market data, or a scenario file"):
            own_prices()
            own_file(found)
    with right:
        if form is not None:
            run_filled_in(found, form, template)
        if variants():
            title = chosen(found)
            say_in_url(variants()[title])
            one(found, title)
        else:
            keep_link(*next(iter(offered.values())))
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
