"""Portfolio: what was read from each file, every problem at once, and which column is which."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from analyzer.core.errors import AnalyzerError
from analyzer.core.findings import CODES, Finding, Severity
from analyzer.workspace import (
    Desk,
    Ingested,
    Preview,
    fields,
    load_profile,
    preview,
    save_profile,
)
from dashboards import cache, state
from dashboards.components import status
from dashboards.words import plain

TYPES = ["csv", "tsv", "txt", "xlsx", "xls", "xml", "json", "jsonl", "parquet", "zip"]
_NONE = "(not used)"


def files_on_the_desk() -> None:
    """Draw the uploader and the list of files."""
    desk = state.desk()
    added = st.file_uploader(
        "Add holdings files", type=TYPES, accept_multiple_files=True, key="portfolio_files"
    )
    if added and st.session_state.get("portfolio_taken") != [f.file_id for f in added]:
        st.session_state["portfolio_taken"] = [f.file_id for f in added]
        files = {**dict(desk.files), **{f.name: f.getvalue() for f in added}}
        name = desk.name or Path(added[0].name).stem
        state.open_desk(replace(desk, files=tuple(files.items()), name=name))
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


def ask_as_of(day: str) -> None:
    """Move the as-of date."""
    st.session_state["pending"] = replace(state.desk(), as_of=day)


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
                table.to_csv(index=False).encode("utf-8-sig"),
                f"findings_{level.value}.csv",
                "text/csv",
                key=f"findings_{level.value}",
                on_click="ignore",
            )


def mapping(name: str, content: bytes, item: Ingested | None) -> None:
    """Draw which column is read as what, with samples; let the user say otherwise."""
    desk = state.desk()
    given = dict(desk.mappings.get(name, {}))
    try:
        seen = preview((name, content), given)
    except AnalyzerError as error:
        st.error(str(error))
        return
    if not seen.headings:
        st.caption(f"Read as {seen.found}.")
        return
    offer_profile(name, seen, given)
    st.caption(f"Read as {seen.found}. Choose another meaning where one is wrong, then apply.")
    current = {column.casefold(): field for field, column in (item.mapping if item else {}).items()}
    current |= {column.casefold(): field for field, column in given.items()}
    guessed = set(item.guessed) if item else set()
    with st.form(f"mapping_{name}", border=True):
        chosen = _columns(name, seen, current, guessed)
        keep = st.checkbox("Remember for files with these headings", key=f"keep_{name}")
        done = st.form_submit_button("Apply this mapping", type="primary")
    if done:
        wanted = {field: column for column, field in chosen.items() if field != _NONE}
        if keep:
            save_profile(cache.home(), seen.headings, wanted)
        state.open_desk(with_mapping(desk, name, wanted))


def _columns(
    name: str, seen: Preview, current: dict[str, str], guessed: set[str]
) -> dict[str, str]:
    options = [_NONE, *fields()]
    chosen: dict[str, str] = {}
    for at, (heading, cells) in enumerate(zip(seen.headings, seen.samples, strict=True)):
        field = current.get(heading.casefold(), _NONE)
        left, middle, right = st.columns([2, 3, 2], vertical_alignment="center")
        left.markdown(f"**{plain(heading)}**")
        middle.caption(plain(" · ".join(cells)) or "empty")
        how = " (found by content)" if field in guessed else ""
        chosen[heading] = right.selectbox(
            f"{heading}{how}",
            options,
            index=options.index(field) if field in options else 0,
            key=f"map_{name}_{at}",
            format_func=lambda word: word.replace("_", " "),
            label_visibility="visible" if how else "collapsed",
        )
    return chosen


def offer_profile(name: str, seen: Preview, given: dict[str, str]) -> None:
    """Offer the mapping saved for a file with these headings."""
    saved = load_profile(cache.home(), seen.headings)
    if saved and saved != given:
        left, right = st.columns([4, 1], vertical_alignment="center")
        left.info("A mapping was saved for files with these headings.", icon=":material/save:")
        if right.button("Use it", key=f"profile_{name}", width="stretch"):
            state.open_desk(with_mapping(state.desk(), name, saved))


def with_mapping(desk: Desk, name: str, wanted: dict[str, str]) -> Desk:
    """Return the desk with another mapping of one file."""
    return replace(desk, mappings={**desk.mappings, name: wanted})


def constituents() -> None:
    """Draw what funds hold: one file for each fund."""
    desk = state.desk()
    st.caption(
        "A fund whose holdings are not known counts as not screened. Name the fund by its "
        "ticker, ISIN or name in your file, and give the file of what it holds."
    )
    for fund, (name, _) in desk.constituents.items():
        left, right = st.columns([5, 1], vertical_alignment="center")
        left.markdown(f"**{plain(fund)}** holds what {plain(name)} says")
        if right.button("Remove", key=f"fund_{fund}", width="stretch"):
            left_over = {k: v for k, v in desk.constituents.items() if k != fund}
            state.open_desk(replace(desk, constituents=left_over))
    with st.form("constituents", clear_on_submit=True, border=False):
        left, right = st.columns(2)
        fund = left.text_input("Fund (ticker, ISIN or name)", key="fund_key")
        file = right.file_uploader("What it holds", type=TYPES, key="fund_file")
        done = st.form_submit_button("Add")
    if done and fund.strip() and file is not None:
        added = {**desk.constituents, fund.strip(): (file.name, file.getvalue())}
        state.open_desk(replace(desk, constituents=added))
    elif done:
        st.error("Both a fund and a file are needed.")


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
if state.desk().files:
    show_files(result)
    with st.expander(f"What funds hold ({len(state.desk().constituents)})"):
        constituents()
