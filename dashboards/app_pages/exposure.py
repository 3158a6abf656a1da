"""Exposure: what is touched, by issuer, portfolio, regime, status or country, and through funds."""

from typing import Any

import pandas as pd
import streamlit as st

from analyzer.core.verdict import Status
from analyzer.exposure import Analysis
from analyzer.report.sections import indirect_table
from analyzer.report.wording import RESTRICTED
from analyzer.workspace import GROUPINGS, grouped, pick
from dashboards.components import charts, lines, status
from dashboards.words import status_label

_VIEWS = {**{by: by.capitalize() for by in GROUPINGS}, "funds": "Through funds"}
_BARS = 25


def shortcuts(analysis: Analysis) -> None:
    """Draw one button for each tile and status that opens its lines."""
    present = list(analysis.totals.by_status)
    options = ["touched", "prohibited", *[s.value for s in present], "all"]
    words = {"touched": "All touched", "prohibited": "Under a prohibition", "all": "Every line"}
    counts = {s.value: f" ({entry.rows:,})" for s, entry in analysis.totals.by_status.items()}
    st.pills(
        "Lines shown",
        options,
        default="touched",
        key="shown",
        format_func=lambda o: words.get(o) or status_label(o) + counts.get(o, ""),
    )


def statuses_shown() -> tuple[tuple[Status, ...], bool]:
    """Return the statuses asked for, and whether untouched lines are wanted too."""
    chosen = st.session_state.get("shown") or "touched"
    if chosen == "touched":
        return (), False
    if chosen == "all":
        return (), True
    if chosen == "prohibited":
        return RESTRICTED, False
    return (Status(chosen),), chosen == Status.NO_MATCH.value


def measure_of(data: pd.DataFrame, base: str | None) -> tuple[str, str]:
    """Return which column to draw, and its title: values where there are any, else weights."""
    if len(data) and data["value"].notna().all():
        return "value", f"Value, {base}"
    return "weight", "Share of net value"


def group_view(analysis: Analysis, by: str) -> str:
    """Draw treemap, bars and table of the same numbers; return the group that is picked."""
    statuses, everything = statuses_shown()
    data = grouped(analysis, by, everything)
    if statuses:
        data = data.loc[data["status"].isin([s.value for s in statuses])].reset_index(drop=True)
    if data.empty:
        st.info("No line of this kind.")
        return ""
    measure, unit = measure_of(data, analysis.question.base)
    drawn = data.loc[data[measure].notna()].head(_BARS)
    picked = ""
    if len(drawn):
        left, right = st.columns([3, 2])
        with left:
            st.echarts_chart(
                charts.treemap(drawn, measure, unit),
                height=max(260, min(520, 26 * len(drawn) + 60)),
                key=f"treemap_{by}",
                alt=_words(drawn, by, measure, unit),
            )
        with right:
            event: Any = st.altair_chart(
                charts.bars(drawn, measure, unit),
                width="stretch",
                key=f"bars_{by}",
                on_select="rerun",
                alt=_words(drawn, by, measure, unit),
            )
            found = event["selection"].get("bar") or []
            picked = str(found[0]["group"]) if found else ""
    if len(data) > len(drawn):
        st.caption(f"Drawn: {len(drawn)} of {len(data)} groups; the table has all.")
    return table_view(data, by, analysis.question.base) or picked


def table_view(data: pd.DataFrame, by: str, base: str | None) -> str:
    """Draw the numbers of the charts; return the group of the selected row."""
    shown = data.assign(status=[status_label(s) for s in data["status"]])
    event: Any = st.dataframe(
        shown.rename(columns={"group": by.capitalize(), "status": "Status", "lines": "Lines"}),
        hide_index=True,
        key=f"groups_{by}",
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "value": st.column_config.NumberColumn(f"Value, {base}", format="localized"),
            "weight": st.column_config.NumberColumn("Weight", format="percent"),
        },
        alt=f"Exposure by {by}: select a row to see its lines",
    )
    rows = event["selection"]["rows"]
    return str(data["group"].iloc[rows[0]]) if rows and rows[0] < len(data) else ""


def _words(data: pd.DataFrame, by: str, measure: str, unit: str) -> str:
    form = ",.0f" if measure == "value" else ".2%"
    top = [
        f"{group} ({status_label(word)}) {size:{form}}"
        for group, word, size in data[["group", "status", measure]].head(5).itertuples(index=False)
    ]
    return f"{unit} by {by}, {len(data)} bars: " + "; ".join(top)


def by_portfolio(analysis: Analysis) -> None:
    """Draw regime by portfolio, where there are several portfolios."""
    if len(analysis.portfolios) < 2:
        return
    data = grouped(analysis, "portfolio").assign(
        shown=lambda frame: [status_label(s) for s in frame["status"]]
    )
    measure, unit = measure_of(data, analysis.question.base)
    data = data.loc[data[measure].notna()]
    if len(data):
        st.altair_chart(
            charts.heat(data, "shown", measure, unit),
            width="stretch",
            alt=_words(data, "portfolio", measure, unit),
        )


def through_funds(analysis: Analysis) -> None:
    """Draw issuers held through funds; never added to the direct values."""
    table = indirect_table(analysis)
    st.caption(table.note)
    if not table.rows:
        st.info("Nothing is held through a fund that was looked through.")
        st.page_link("app_pages/portfolio.py", label="Say what a fund holds")
        return
    frame = pd.DataFrame(table.rows, columns=[column.heading for column in table.columns])
    st.dataframe(frame, hide_index=True, alt="Issuers held through funds, as bounds")


def show(analysis: Analysis) -> None:
    """Draw the page."""
    status.tiles(analysis)
    status.coverage(analysis)
    shortcuts(analysis)
    by = st.segmented_control(
        "By", list(_VIEWS), default="issuer", key="by", format_func=lambda key: _VIEWS[key]
    )
    if by == "funds":
        through_funds(analysis)
        return
    by = by or "issuer"
    group = group_view(analysis, by)
    if by == "portfolio":
        by_portfolio(analysis)
    st.markdown(f"##### Lines{f' of {group}' if group else ''}")
    statuses, everything = statuses_shown()
    at = pick(analysis, by if group else "", group, statuses, everything)
    chosen = lines.lines(analysis, at, "lines")
    if chosen is None:
        st.caption("Select a line to see why it stands as it does.")
    else:
        lines.reason_card(analysis, chosen)


st.title("Exposure")
result = status.need_result()
if result is not None:
    show(result.analysis)
