"""Banners and tiles: what was screened, what is open, what is out of date."""

from typing import Any

import streamlit as st

from analyzer.exposure import Analysis
from analyzer.report.wording import (
    NOT_ADVICE,
    RESTRICTED,
    headline,
    incomplete_reasons,
    restricted_issuers,
    restricted_lines,
)
from dashboards import state
from dashboards.words import money, percent


def footer() -> None:
    """Draw the line that stands under every page."""
    st.caption(NOT_ADVICE)


def need_result() -> state.Result | None:
    """Return the result for a page, with the states without one drawn in its place."""
    notice = st.session_state.pop("notice", "")
    if notice:
        st.info(notice)
    found = state.ensure()
    if found is not None:
        out_of_date()
        return found
    problem = st.session_state.get("problem")
    if problem:
        st.error(problem, icon=":material/error:")
        st.page_link("app_pages/portfolio.py", label="Correct the files or the mapping")
    else:
        st.info("No portfolio is loaded yet.", icon=":material/folder_open:")
        st.page_link("app_pages/home.py", label="Upload a file or try a sample")
    return None


def out_of_date() -> None:
    """Say that the result shown answers another question than the sidebar now asks."""
    changed = state.stale()
    if not changed:
        return
    left, right = st.columns([5, 1], vertical_alignment="center")
    left.warning(
        f"Results are out of date: the {', '.join(changed)} changed since they were computed.",
        icon=":material/update:",
    )
    right.button(
        "Recompute", key="recompute_page", on_click=state.recompute, type="primary", width="stretch"
    )


def coverage(analysis: Analysis) -> None:
    """Draw the coverage line: green only when every line was screened and nothing stands open."""
    sentence = analysis.coverage.sentence()
    if analysis.coverage.complete:
        st.success(sentence, icon=":material/check_circle:")
    else:
        reasons = "; ".join(incomplete_reasons(analysis))
        st.warning(f"**Incomplete**: {reasons}.  \n{sentence}", icon=":material/pending:")


def tiles(analysis: Analysis) -> None:
    """Draw the headline and the five numbers; each opens its lines."""
    st.markdown(f"#### {headline(analysis)}")
    rows, value, weight = restricted_lines(analysis)
    base = analysis.question.base
    ahead = analysis.deadlines[0] if analysis.deadlines else None
    day = analysis.question.as_of.day
    cells = st.columns(5)
    figure = money(value) if value is not None else percent(weight)
    share = f"{percent(weight)}, {rows:,} {_lines(rows)}" if rows else "no line"
    cells[0].metric(f"Under a prohibition, {base}", figure if rows else "none", share, **_STYLE)
    cells[1].metric("Issuers under one", f"{restricted_issuers(analysis):,}", " ", **_STYLE)
    hit = _portfolios_hit(analysis)
    cells[2].metric("Portfolios hit", f"{hit} of {len(analysis.portfolios)}", " ", **_STYLE)
    if ahead is None:
        cells[3].metric("Next legal date", "none ahead", " ", **_STYLE)
    else:
        left = (ahead.deadline.at.date() - day).days
        cells[3].metric(
            "Next legal date",
            ahead.deadline.at.date().isoformat(),
            f"in {left} days: {ahead.deadline.kind.replace('_', ' ')}",
            **_STYLE,
        )
    reviews = analysis.coverage.open_reviews
    share_screened = analysis.coverage.value_screened_weight
    cells[4].metric(
        "Value screened",
        percent(share_screened),
        f"{reviews:,} {_lines(reviews)} in review",
        **_STYLE,
    )


_STYLE: dict[str, Any] = {
    "border": True,
    "height": "stretch",
    "delta_color": "off",
    "delta_arrow": "off",
}


def _lines(count: int) -> str:
    return "line" if count == 1 else "lines"


def _portfolios_hit(analysis: Analysis) -> int:
    return sum(
        1
        for totals in analysis.portfolios.values()
        if any(status in totals.by_status for status in RESTRICTED)
    )
