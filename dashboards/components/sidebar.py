"""The sidebar of every page: what is looked at, for whom, as of when, and how far it is known."""

from datetime import date

import streamlit as st

from analyzer.exposure import Analysis
from dashboards import cache, state
from dashboards.components import inputs, session
from dashboards.components.variants import variants
from dashboards.words import plain

_CURRENCIES = ("USD", "EUR", "GBP", "CHF", "JPY", "HKD", "CNY", "AUD", "CAD", "SEK", "NOK")
_AMBER, _RED = 7, 30  # days since the newest edition at the as-of date


def show() -> None:
    """Draw the sidebar and take the question from it."""
    with st.sidebar:
        _portfolio()
        _dates()
        _holder()
        state.take_question()
        _result()
        with st.expander("Save or restore this session"):
            session.show()


def _portfolio() -> None:
    desk = state.desk()
    if not desk.files:
        st.markdown("**Portfolio**  \nnone loaded")
        return
    files = "1 file" if len(desk.files) == 1 else f"{len(desk.files)} files"
    st.markdown(f"**Portfolio**  \n{plain(desk.name or desk.files[0][0])} · {files}")
    more = inputs.summary()
    if more:
        st.caption(f"With {more}")


def _dates() -> None:
    left, right = st.columns([3, 2])
    left.date_input(
        "As of",
        key="as_of_day",
        min_value=state.FIRST,
        max_value=state.LAST,
        format="YYYY-MM-DD",
        help="The law in force on this New York day.",
    )
    clock = right.text_input(
        "Time",
        key="as_of_clock",
        placeholder="whole day",
        help="HH:MM in New York for one instant. Empty: the whole day, each act at its strictest.",
    )
    if not state.valid_clock(clock):
        st.caption("⚠ not a time of day (HH:MM): the whole day is asked about")
    st.date_input(
        "Known on",
        key="known_day",
        min_value=state.FIRST,
        max_value=state.LAST,
        format="YYYY-MM-DD",
        help="Only what was public by then. Empty: by the end of the as-of date.",
    )


def _holder() -> None:
    holders = cache.world().law.vocabulary.holders
    st.selectbox(
        "Holder",
        ["", *holders],
        key="holder",
        format_func=lambda word: word or "US person (assumed)",
        help="Whose law is asked about. Left open, a US person is assumed and the answer says so.",
    )
    with st.expander("Currency, rulings, open questions"):
        base = st.session_state["base"]
        options = ["", *dict.fromkeys((*_CURRENCIES, *([base] if base else [])))]
        st.selectbox(
            "Base currency",
            options,
            key="base",
            format_func=lambda word: word or "as in the files",
        )
        st.toggle("Leave out court rulings", key="without_rulings")
        st.selectbox(
            "Open questions of law",
            ["", "strict", "lenient"],
            key="reading",
            format_func=lambda word: f"{word} reading" if word else "leave to review",
        )


def _result() -> None:
    found = state.result()
    st.divider()
    if found is None:
        st.caption("No result yet.")
        return
    analysis = found.analysis
    question, coverage = analysis.question, analysis.coverage
    assumed = " (assumed)" if question.holder_assumed else ""
    share = coverage.value_screened_weight
    screened = f"{coverage.rows_screened:,} of {coverage.rows_total:,} lines"
    by_value = "" if share is None else f", {share:.1%} of value"
    st.caption(
        f"Result for **{question.as_of}**, holder {question.holder}{assumed}, "
        f"base {question.base}  \n"
        f"Screened: {screened}{by_value}; {coverage.open_reviews:,} in review  \n"
        f"{age_words(analysis)}"
    )
    st.caption(_progress(analysis))
    changed = state.stale()
    if changed:
        st.warning("Out of date: " + ", ".join(changed), icon=":material/update:")
        st.button(
            "Recompute",
            key="recompute_sidebar",
            on_click=state.recompute,
            type="primary",
            width="stretch",
        )


def _progress(analysis: Analysis) -> str:
    """Return the steps with what is done and what stands open in each."""
    open_ = analysis.coverage.open_reviews
    tried, ahead = len(variants()), len(analysis.deadlines)
    steps = (
        ("Portfolio", True, ""),
        ("Review", not open_, f"{open_:,} open" if open_ else ""),
        ("Exposure", not state.stale(), "out of date" if state.stale() else ""),
        ("Timeline", True, f"{ahead:,} {'date' if ahead == 1 else 'dates'} ahead"),
        ("What-if", bool(tried), f"{tried} of 4 variants" if tried else ""),
        ("Export", bool(st.session_state.get("saved_run")), ""),
    )
    return "  \n".join(
        f"{'✓' if done else '○'} {at} {name}" + (f" ({words})" if words else "")
        for at, (name, done, words) in enumerate(steps, start=1)
    )


def age_words(analysis: Analysis) -> str:
    """Return how old the newest list edition is at the as-of date."""
    newest: date | None = analysis.coverage.newest
    if newest is None:
        return "No list had an edition yet"
    days = (analysis.question.as_of.day - newest).days
    mark = "●" if days <= _AMBER else "▲" if days <= _RED else "■"
    colour = "green" if days <= _AMBER else "orange" if days <= _RED else "red"
    return f":{colour}[{mark}] newest list edition {newest}, {days} days before the as-of date"
