"""Portfolio: what was read from each file, every problem at once, and which column is which."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from analyzer.core.errors import InputError
from analyzer.core.findings import CODES, Finding, Severity
from analyzer.exposure import Analysis
from analyzer.workspace import (
    Ingested,
    check_total,
    csv_bytes,
    pasted,
    template,
    unused_rows,
    where,
)
from dashboards import state
from dashboards.components import inputs, status
from dashboards.components.mapping import mapping
from dashboards.words import money, percent


def files_on_the_desk() -> None:
    """Draw the uploader, the paste box, the template and the list of files."""
    desk = state.desk()
    added = st.file_uploader(
        "Add holdings files", type=inputs.TYPES, accept_multiple_files=True, key="portfolio_files"
    )
    if added and st.session_state.get("portfolio_taken") != [f.file_id for f in added]:
        st.session_state["portfolio_taken"] = [f.file_id for f in added]
        files = {**dict(desk.files), **{f.name: f.getvalue() for f in added}}
        name = desk.name or Path(added[0].name).stem
        state.open_desk(replace(desk, files=tuple(files.items()), name=name))
    left, right = st.columns([3, 1])
    with left.expander("Paste lines instead"):
        paste()
    right.download_button(
        "Template (.csv)",
        template(),
        "holdings_template.csv",
        "text/csv",
        key="template_file",
        on_click="ignore",
        width="stretch",
        help="Headings that need no mapping, and two lines to replace.",
    )
    if not desk.files:
        return
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    left.text_input("Name of this portfolio", value=desk.name, key="desk_name", on_change=rename)
    gone = right.selectbox(
        "Remove a file", [n for n, _ in desk.files], index=None, key="gone", placeholder="none"
    )
    if gone:
        kept = tuple((n, c) for n, c in desk.files if n != gone)
        st.session_state.pop("gone")
        state.open_desk(replace(desk, files=kept))


def paste() -> None:
    """Draw the box for a few lines copied from a spreadsheet or a message."""
    text = st.text_area(
        "A row of headings, and lines below it",
        key="pasted",
        height=140,
        placeholder="Name\tISIN\tMarket value\nCHINA MOBILE LTD\tHK0941009539\t500000",
    )
    if st.button("Take these lines", key="take_pasted"):
        desk = state.desk()
        number = 1 + sum(name.startswith("pasted_") for name, _ in desk.files)
        try:
            file = pasted(text, number)
        except InputError as error:
            st.error(f"Not taken: {error}.")
            return
        name = desk.name or "pasted lines"
        state.open_desk(replace(desk, files=(*desk.files, file), name=name))


def rename() -> None:
    """Take the typed name; nothing has to be computed again."""
    st.session_state["desk"] = replace(state.desk(), name=st.session_state["desk_name"].strip())
    found = state.result()
    if found is not None:
        renamed = replace(found.desk, name=state.desk().name)
        st.session_state["result"] = replace(found, desk=renamed)


def reading(item: Ingested) -> None:
    """Draw what became of one file."""
    cells = st.columns(5)
    cells[0].metric("Layout", item.layout)
    cells[1].metric("Rows read", f"{item.rows_read:,}")
    cells[2].metric("Holdings", f"{item.rows_holding:,}")
    cells[3].metric("Skipped", f"{item.rows_skipped:,}")
    cells[4].metric("Rejected", f"{item.rows_rejected:,}")
    dated = f"The file is dated {item.date}." if item.date else "The file states no date."
    total = "" if item.stated_total is None else f" It states a total of {item.stated_total:,.2f}."
    st.caption(f"{dated}{total} SHA-256 {item.sha256[:16]}…")
    if item.date and item.date.isoformat() != state.desk().as_of:
        st.button(
            f"Ask as of {item.date}, the date of the file",
            key=f"date_{item.sha256[:12]}",
            on_click=ask_as_of,
            args=(item.date.isoformat(),),
        )
    for title, notes in (("Rejected rows", item.rejected), ("Skipped rows", item.skipped)):
        if notes:
            with st.expander(f"{title} ({len(notes):,})"):
                rows = [
                    {"Row": n.row, "Sheet": n.sheet, "Why": n.why, "Text": n.text}
                    for n in notes[:2_000]
                ]
                st.dataframe(rows, hide_index=True, alt=title)
    if item.rejected or item.skipped:
        st.download_button(
            "Rows that were not used, as CSV",
            unused_rows(item),
            f"{Path(item.path).stem}_not_used.csv",
            "text/csv",
            key=f"unused_{item.sha256[:12]}",
            on_click="ignore",
        )


def ask_as_of(day: str) -> None:
    """Move the as-of date."""
    state.put(replace(state.desk(), as_of=day))


def problems(findings: tuple[Finding, ...]) -> None:
    """Draw every problem, grouped by how it bears on the result."""
    groups = (
        (Severity.ERROR, "Could not be used", "✖"),
        (Severity.WARNING, "Used, but you must know", "▲"),
        (Severity.INFO, "What was inferred", "ℹ"),
    )
    counts = {level: sum(f.severity is level for f in findings) for level, _, _ in groups}
    st.markdown(
        "**Problems**: "
        + ", ".join(f"{mark} {counts[level]:,} {words.lower()}" for level, words, mark in groups)
    )
    for level, words, mark in groups:
        found = [f for f in findings if f.severity is level]
        if not found:
            continue
        with st.expander(f"{mark} {words} ({len(found):,})", expanded=level is Severity.ERROR):
            table = pd.DataFrame(
                [
                    {
                        "Code": f.code,
                        "File": f.file,
                        "Row": f.row,
                        "Column": f.column,
                        "What": f.message,
                        "In general": CODES[f.code],
                    }
                    for f in found
                ]
            )
            st.dataframe(table, hide_index=True, alt=f"{len(found)} findings: {words}")
            st.download_button(
                "These as CSV",
                csv_bytes(list(table.columns), table.astype(object).fillna("").to_numpy().tolist()),
                f"findings_{level.value}.csv",
                "text/csv",
                key=f"findings_{level.value}",
                on_click="ignore",
            )


def refused() -> None:
    """Draw everything that kept the files from being read, file by file."""
    rows = [
        {"File": file, "Row": row, "Column": column, "What is wrong": what}
        for file, row, column, what in map(where, st.session_state.get("problems", ()))
    ]
    if len(rows) > 1 or any(row["Row"] for row in rows):
        st.dataframe(rows, hide_index=True, alt=f"{len(rows)} problems")


def total(analysis: Analysis) -> None:
    """Draw the check of what was read against a net value the user knows from elsewhere."""
    base = analysis.question.base
    left, right = st.columns([1, 3], vertical_alignment="center")
    stated = left.number_input(
        f"Net value you expect, {base}",
        min_value=0.0,
        value=None,
        key="expected_total",
        placeholder="from the administrator",
    )
    if not stated:
        right.caption("Read against it: the value of all lines, long less short.")
        return
    found = check_total(analysis, stated)
    if found.read is None:
        right.warning("No line has a value in the base currency.", icon=":material/pending:")
        return
    words = (
        f"Read: {money(found.read)} {base}; difference {money(found.difference)} "
        f"({percent(found.share)})"
    )
    if found.unvalued:
        words += f"; {found.unvalued:,} lines have no value"
    if found.agrees:
        right.success(words, icon=":material/check_circle:")
    else:
        right.warning(words, icon=":material/pending:")


def where_next(found: state.Result) -> None:
    """Draw the way on."""
    reviews = found.analysis.coverage.open_reviews
    left, right, _ = st.columns([1, 1, 3])
    left.page_link("app_pages/exposure.py", label="See the exposure", icon=":material/bar_chart:")
    if reviews:
        right.page_link(
            "app_pages/review.py", label=f"Review {reviews:,} lines", icon=":material/fact_check:"
        )


def show_files(found: state.Result | None) -> None:
    """Draw one tab for each file."""
    desk = state.desk()
    items: dict[str, Any] = {item.path: item for item in found.inputs} if found else {}
    for tab, (name, content) in zip(
        st.tabs([name for name, _ in desk.files]), desk.files, strict=True
    ):
        with tab:
            item = items.get(name)
            if item is not None:
                reading(item)
            with st.expander("Which column is which", expanded=item is None):
                mapping(name, content, item)


st.title("Portfolio")
files_on_the_desk()
result = status.need_result()
if result is not None:
    st.markdown(f"#### {len(result.analysis.lines):,} lines read and judged")
    status.coverage(result.analysis)
    where_next(result)
    problems(result.analysis.findings)
    total(result.analysis)
else:
    refused()
if state.desk().files:
    show_files(result)
    number = inputs.count()
    wrong = bool(st.session_state.get("problems"))
    beside = st.expander(
        f"Beside the holdings: rates, parties, ownership … ({number})",
        expanded=wrong,
        key="beside_open",
        on_change="rerun",
    )
    if beside.open or wrong:  # its many uploaders are drawn once somebody wants them
        st.session_state["beside_wanted"] = True
    if st.session_state.get("beside_wanted"):
        with beside:
            inputs.values()
            inputs.show()
