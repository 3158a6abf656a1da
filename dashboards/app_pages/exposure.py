"""Exposure: what is touched, by issuer, portfolio, regime, status or country, and through funds."""

from typing import Any

import pandas as pd
import streamlit as st

from analyzer.core.verdict import Status
from analyzer.exposure import Analysis
from analyzer.report.sections import indirect_table
from analyzer.report.wording import RESTRICTED
from analyzer.workspace import GROUPINGS, crossed, grouped, pick
from dashboards.components import charts, lines, status
from dashboards.components.drawing import draw
from dashboards.memory import remembered
from dashboards.words import money, percent, plain, status_label

_VIEWS = {**{by: by.capitalize() for by in GROUPINGS}, "funds": "Through funds"}
_BARS = 25

# What was clicked last, wherever: group and status.
Pick = tuple[str, str]
_NOTHING: Pick = ("", "")


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


def group_view(analysis: Analysis, by: str) -> Pick:
    """Draw treemap, bars and table of the same numbers; return the group and status picked."""
    statuses, everything = statuses_shown()
    data = remembered(
        f"grouped {by} {everything}", (analysis,), None, lambda: grouped(analysis, by, everything)
    )
    if statuses:
        data = data.loc[data["status"].isin([s.value for s in statuses])].reset_index(drop=True)
    if data.empty:
        st.info("No line of this kind.")
        return _NOTHING
    measure, unit = measure_of(data, analysis.question.base)
    drawn = data.loc[data[measure].notna()].head(_BARS)
    if len(drawn):
        left, right = st.columns([3, 2])
        with left:
            _treemap(drawn, by, measure, unit)
        with right:
            _bars(analysis, drawn, by, measure, unit)
    if len(data) > len(drawn):
        st.caption(f"Drawn: {len(drawn)} of {len(data)} groups; the table has all.")
    table_view(data, by, analysis.question.base)
    return picked()


def _key(what: str, by: str) -> str:
    """Return the key of a chart: another filter, or a cleared pick, is another chart."""
    state = st.session_state
    return f"{what}_{by}_{state.get('shown') or 'touched'}_{state.get('pick_round', 0)}"


def _note(key: str, found: Pick) -> None:
    """Take a click for the pick, where it is another than this chart had before."""
    seen: dict[str, Pick] = st.session_state.setdefault("picks_seen", {})
    if seen.get(key, _NOTHING) != found:
        seen[key] = found
        st.session_state["pick"] = found


def picked() -> Pick:
    """Return what was clicked last."""
    found: Pick = st.session_state.get("pick", _NOTHING)
    return found


def clear_pick() -> None:
    """Forget what was clicked; for callbacks."""
    st.session_state["pick_round"] = st.session_state.get("pick_round", 0) + 1
    st.session_state["picks_seen"] = {}
    st.session_state["pick"] = _NOTHING


def _treemap(drawn: pd.DataFrame, by: str, measure: str, unit: str) -> None:
    key = _key("treemap", by)
    event: Any = st.echarts_chart(
        charts.treemap(drawn, measure, unit),
        height=max(260, min(520, 26 * len(drawn) + 60)),
        key=key,
        on_select="rerun",
        alt=_words(drawn, by, measure, unit),
    )
    tiles = [i for series in event["selection"]["selected"] for i in series["data_indices"]]
    _note(key, charts.tile_at(drawn, measure, int(tiles[0])) if tiles else _NOTHING)


def _bars(analysis: Analysis, drawn: pd.DataFrame, by: str, measure: str, unit: str) -> None:
    key = _key("bars", by)
    event: Any = draw(
        f"bars {by} {st.session_state.get('shown')}",
        (analysis,),
        None,
        lambda: charts.bars(drawn, measure, unit),
        _words(drawn, by, measure, unit),
        key=key,
        on_select="rerun",
    )
    found = event["selection"].get("bar") or []
    _note(key, (str(found[0]["group"]), str(found[0]["status"])) if found else _NOTHING)


def table_view(data: pd.DataFrame, by: str, base: str | None) -> None:
    """Draw the numbers of the charts; a row picks what a click on its tile picks."""
    key = _key("groups", by)
    shown = data.assign(status=[status_label(s) for s in data["status"]])
    event: Any = st.dataframe(
        shown.rename(columns={"group": by.capitalize(), "status": "Status", "lines": "Lines"}),
        hide_index=True,
        key=key,
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "value": st.column_config.NumberColumn(f"Value, {base}", format="localized"),
            "weight": st.column_config.NumberColumn("Weight", format="percent"),
        },
        alt=f"Exposure by {by}: select a row to see its lines",
    )
    rows = [r for r in event["selection"]["rows"] if r < len(data)]
    found = [(str(g), str(s)) for g, s in data.iloc[rows[:1]][["group", "status"]].to_numpy()]
    _note(key, found[0] if found else _NOTHING)


def _words(data: pd.DataFrame, by: str, measure: str, unit: str) -> str:
    form = ",.0f" if measure == "value" else ".2%"
    top = [
        f"{group} ({status_label(word)}) {size:{form}}"
        for group, word, size in data[["group", "status", measure]].head(5).itertuples(index=False)
    ]
    return f"{unit} by {by}, {len(data)} bars: " + "; ".join(top)


def by_portfolio(analysis: Analysis) -> None:
    """Draw portfolio by regime, where there are several portfolios."""
    if len(analysis.portfolios) < 2:
        return
    data = remembered("crossed", (analysis,), None, lambda: crossed(analysis, "regime"))
    measure, unit = measure_of(data, analysis.question.base)
    drawn = data.loc[data[measure].notna()]
    if drawn.empty:
        return
    form = money if measure == "value" else percent
    cells = drawn[["group", "across", measure]].head(12).itertuples(index=False)
    words = "; ".join(f"{fund}, {regime}: {form(size)}" for fund, regime, size in cells)
    st.markdown(f"**Portfolio by regime**, {unit.lower() if measure == 'weight' else unit}")
    draw(
        "portfolio by regime",
        (analysis,),
        None,
        lambda: charts.heat(drawn, "across", measure, unit),
        f"{unit} by portfolio and regime: {words}",
    )
    with st.expander("The numbers of this chart"):
        st.dataframe(data, hide_index=True, alt="Portfolio by regime")


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
    if st.session_state.get("pick_by") != (by, st.session_state.get("shown")):
        st.session_state["pick_by"] = (by, st.session_state.get("shown"))
        clear_pick()
    group, word = group_view(analysis, by)
    if by in ("portfolio", "regime"):
        by_portfolio(analysis)
    statuses, everything = statuses_shown()
    if word:
        statuses, everything = (Status(word),), word == Status.NO_MATCH.value
    row = st.container(horizontal=True, vertical_alignment="center")
    of = " · ".join(w for w in (plain(group), status_label(word) if word else "") if w)
    row.markdown(f"##### Lines{f' of {of}' if of else ''}", width="content")
    if of:
        row.button("All lines again", key="clear_pick", on_click=clear_pick)
    asked = (by if group else "", group, statuses, everything)
    at = remembered("picked", (analysis,), asked, lambda: pick(analysis, *asked))
    chosen = lines.lines(analysis, at, "lines")
    if chosen is None:
        st.caption("Select a line to see why it stands as it does.")
    else:
        lines.reason_card(analysis, chosen)


st.title("Exposure")
result = status.need_result()
if result is not None:
    show(result.analysis)
