"""Export: what a report would hold, what is missing in it, and one button for each format."""

import hashlib
import operator
import re
from collections.abc import Callable
from typing import Any

import streamlit as st

from analyzer.core.errors import AnalyzerError
from analyzer.report.files import SUFFIXES, render
from analyzer.report.options import ReportOptions
from analyzer.report.wording import incomplete_reasons
from analyzer.workspace import ScenarioResult, basis_of, save_whole
from dashboards import cache, state
from dashboards.components import status
from dashboards.words import plain

# Ending: what it is for, media type.
FORMATS = {
    ".xlsx": (
        "Workbook: every row, match, date and source",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    ".pdf": ("Memo to print and sign", "application/pdf"),
    ".html": ("One page for a browser, works offline", "text/html"),
    ".json": ("For machines; the published schema", "application/json"),
    ".csv": ("Touched lines", "text/csv"),
    ".zip": ("Folder of CSV files", "application/zip"),
    ".parquet": ("Every line, for analysts", "application/vnd.apache.parquet"),
    ".ics": ("Legal dates for a calendar", "text/calendar"),
}


def contents(found: state.Result) -> None:
    """Draw what goes into a report, and what is open in it."""
    analysis = found.analysis
    status.coverage(analysis)
    rows = [
        ("Question", f"as of {analysis.question.as_of}, holder {analysis.question.holder}"),
        ("Lines", f"{len(analysis.lines):,} from {len(analysis.inputs)} file(s)"),
        ("Dates ahead", f"{len(analysis.deadlines):,}"),
        ("Held through funds", f"{len(analysis.indirect):,} issuers"),
        ("Findings", f"{len(analysis.findings):,}"),
        ("Decisions of people applied", f"{len(found.decisions.records):,}"),
        ("Scenarios", f"{len(st.session_state.get('variants', {})):,}"),
        ("Law and lists", f"SHA-256 {str(analysis.manifest['law_sha256'])[:16]}…"),
    ]
    left, right = st.columns(2)
    left.table(
        [{"Part": part, "What is in it": words} for part, words in rows],
        hide_index=True,
        border="horizontal",
        alt="Contents of the report",
    )
    with right:
        reasons = incomplete_reasons(analysis)
        st.markdown("**What is open**" if reasons else "**Nothing is open**")
        for words in reasons:
            st.markdown(f"- ◐ {plain(words)}")
        stale = state.stale()
        if stale:
            st.markdown(f"- ⏳ the {', '.join(stale)} changed since; recompute first")


def options_form(found: state.Result) -> ReportOptions:
    """Draw the words for the first page; return what the report is told."""
    left, middle, right = st.columns(3)
    title = left.text_input("Title", value=found.desk.name, key="report_title")
    by = middle.text_input("Prepared by", value=cache.person(), key="report_by")
    reason = right.text_input("Reason", key="report_reason", placeholder="e.g. monthly review")
    everything = st.toggle("List untouched lines too, where a format leaves them out", key="all")
    law = found.ready.world.under(found.analysis.question)
    return ReportOptions(everything, law, found.decisions.records, title, by, reason)


def file_name(found: state.Result, suffix: str) -> str:
    """Return `portfolio_asof_run.ending`; the run is named by its manifest's hash."""
    analysis = found.analysis
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", found.desk.name or "portfolio").strip("-.")[:60]
    seed = repr((str(analysis.question), sorted(n.sha256 for n in analysis.inputs)))
    run = hashlib.sha256(seed.encode()).hexdigest()[:8]
    return f"{name or 'portfolio'}_{analysis.question.as_of.day}_{run}{suffix}"


def _card() -> Any:
    return st.container(border=True, height="stretch", vertical_alignment="distribute")


def downloads(found: state.Result, told: ReportOptions) -> None:
    """Draw one button for each format; a file is made when its button is pressed."""
    scenarios = tuple(v.result for v in st.session_state.get("variants", {}).values())

    def maker(suffix: str) -> Callable[[], bytes]:
        return lambda: render(found.analysis, suffix, scenarios=scenarios, options=told)

    known = digests(found, told, scenarios)
    offered = sorted(SUFFIXES, key=lambda s: list(FORMATS).index(s) if s in FORMATS else 99)
    for row in range(0, len(offered), 4):
        for cell, suffix in zip(st.columns(4), offered[row : row + 4], strict=False):
            words, mime = FORMATS.get(suffix, ("", "application/octet-stream"))
            with cell, _card():
                st.markdown(f"**{suffix[1:].upper()}**  \n{words}")
                st.download_button(
                    f"Download {suffix[1:].upper()}",
                    maker(suffix),
                    file_name(found, suffix),
                    mime,
                    key=f"download{suffix}",
                    on_click="ignore",
                    width="stretch",
                )
                if suffix in known:
                    st.caption(known[suffix])


def digests(
    found: state.Result, told: ReportOptions, scenarios: tuple[ScenarioResult, ...]
) -> dict[str, str]:
    """Return SHA-256 and size of every file by its ending, once the user asks for them."""
    words = (told.everything, told.title, told.prepared_by, told.reason)
    left, right = st.columns([1, 3], vertical_alignment="center")
    asked = left.button("Work out SHA-256", key="hashes", width="stretch")
    right.caption("Of each file: the same result gives the same bytes, today and next year.")
    if asked:
        with st.spinner("Making every file once …"):
            made = {suffix: _digest(found, suffix, scenarios, told) for suffix in SUFFIXES}
        st.session_state["digests"] = (found, scenarios, words, made)
    kept = st.session_state.get("digests")
    # Another result, another reason or another variant makes other files.
    if kept is None or kept[0] is not found or kept[2] != words:
        return {}
    same = len(kept[1]) == len(scenarios) and all(map(operator.is_, kept[1], scenarios))
    found_words: dict[str, str] = kept[3] if same else {}
    return found_words


def _digest(
    found: state.Result, suffix: str, scenarios: tuple[ScenarioResult, ...], told: ReportOptions
) -> str:
    try:
        content = render(found.analysis, suffix, scenarios=scenarios, options=told)
    except AnalyzerError as error:
        return str(error)
    return f"SHA-256 `{hashlib.sha256(content).hexdigest()}`, {len(content):,} bytes"


def keep(found: state.Result) -> None:
    """Draw the button that saves this run."""
    st.subheader("Keep this run")
    st.caption(
        "Files, mapping, question and result go into the store of this machine; everyone who "
        "uses this store can open them. Home then says what changed since."
    )
    if st.button("Save this run", key="save_run", disabled=not cache.person()):
        number = save_whole(
            cache.store(),
            found.desk,
            found.beside,
            basis_of(cache.lists_folder()),
            found.analysis,
            cache.person(),
            cache.now(),
        )
        st.session_state["saved_run"] = number
        st.success(f"Saved as run {number}.", icon=":material/check_circle:")


def show(found: state.Result) -> None:
    """Draw the page."""
    contents(found)
    told = options_form(found)
    downloads(found, told)
    keep(found)


st.title("Export")
result = status.need_result()
if result is not None:
    show(result)
