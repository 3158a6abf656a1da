"""Which column of a file is read as what, and the mapping kept for next time."""

from dataclasses import replace

import streamlit as st

from analyzer.core.errors import AnalyzerError
from analyzer.workspace import (
    DELIMITERS,
    ENCODINGS,
    Desk,
    Ingested,
    Preview,
    fields,
    load_profile,
    preview,
    recoded,
    save_profile,
    sheets,
)
from dashboards import cache, state
from dashboards.words import plain

_NONE = "(not used)"


def mapping(name: str, content: bytes, item: Ingested | None) -> None:
    """Draw which column is read as what, with samples; let the user say otherwise."""
    desk = state.desk()
    given = dict(desk.mappings.get(name, {}))
    how_read(name, content)
    try:
        seen = preview(recoded((name, content), desk.readings.get(name, {})), given)
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


_FOUND = "as found"


def how_read(name: str, content: bytes) -> None:
    """Draw how the file is read; what is found by itself can be said otherwise."""
    given = state.desk().readings.get(name, {})
    try:
        leaves = sheets((name, content))
    except AnalyzerError:
        leaves = ()
    binary = leaves or name.lower().endswith((".parquet", ".xml", ".json", ".jsonl"))
    choices = {"sheet": leaves} if binary else {"encoding": ENCODINGS, "delimiter": DELIMITERS}
    words = {"sheet": "Sheet", "encoding": "Encoding", "delimiter": "Between cells"}
    offered = {what: [_FOUND, *options] for what, options in choices.items() if len(options) > 1}
    for cell, (what, options) in zip(st.columns(3), offered.items(), strict=False):
        wanted = given.get(what, _FOUND)
        cell.selectbox(
            words[what],
            options,
            index=options.index(wanted) if wanted in options else 0,
            key=f"read_{what}_{name}",
            on_change=_read_otherwise,
            args=(name, what),
        )


def _read_otherwise(name: str, what: str) -> None:
    desk, chosen = state.desk(), str(st.session_state[f"read_{what}_{name}"])
    told = {k: v for k, v in desk.readings.get(name, {}).items() if k != what}
    if chosen != _FOUND:
        told[what] = chosen
    readings = {k: v for k, v in desk.readings.items() if k != name}
    state.put(replace(desk, readings={**readings, name: told} if told else readings))


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
