"""Which column of a file is read as what, and the mapping kept for next time."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import streamlit as st

from analyzer.core.dialect import DATES, DECIMALS, DELIMITERS, ENCODINGS, Dialect
from analyzer.core.errors import AnalyzerError
from analyzer.workspace import (
    Desk,
    Ingested,
    Preview,
    Profile,
    fields,
    load_profile,
    preview,
    save_profile,
    sheets,
)
from dashboards import cache, state
from dashboards.words import plain

_NONE = "(not used)"


def mapping(name: str, content: bytes, item: Ingested | None) -> None:
    """Draw which column is read as what, with samples; let the user say otherwise."""
    desk = state.desk()
    given, told = dict(desk.mappings.get(name, {})), dict(desk.readings.get(name, {}))
    how_read(name, content)
    try:
        seen = preview((name, content), given, Dialect.of(name, told))
    except AnalyzerError as error:
        st.error(str(error))
        return
    if not seen.headings:
        st.caption(f"Read as {seen.found}.")
        return
    offer_profile(name, seen, Profile(given, told))
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
            rows = [_found_headings(name, content), seen.headings] if told else [seen.headings]
            save_profile(cache.home(), rows, Profile(wanted, told))
        state.open_desk(with_mapping(desk, name, wanted))


_FOUND = "as found"
_OFFERED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "sheet": ("Sheet", ()),
    "encoding": ("Encoding", ENCODINGS),
    "delimiter": ("Between cells", tuple(DELIMITERS)),
    "decimal": ("Decimal mark", tuple(DECIMALS)),
    "dates": ("Dates like 03/04/2021", tuple(DATES)),
}
_SAID = {
    "point": "point: 1,234.50",
    "comma": "comma: 1.234,50",
    "dmy": "day first: 3 April",
    "mdy": "month first: March 4",
}


def _found_headings(name: str, content: bytes) -> tuple[str, ...]:
    """Return the headings a file shows while nothing is stated; none when it cannot be read."""
    try:
        return preview((name, content)).headings
    except AnalyzerError:
        return ()


def _said(words: Mapping[str, str], option: str) -> str:
    return words.get(option, option)


def how_read(name: str, content: bytes) -> None:
    """Draw how the file is read; what is found by itself can be said otherwise."""
    given = state.desk().readings.get(name, {})
    try:
        leaves = sheets((name, content))
    except AnalyzerError:
        leaves = ()
    ending = name.lower().rpartition(".")[2]
    if ending == "xml":
        return
    if leaves:
        asked = ["sheet", "decimal", "dates"] if len(leaves) > 1 else ["decimal", "dates"]
    elif ending in {"parquet", "json", "jsonl"}:
        asked = ["decimal", "dates"]
    else:
        asked = ["encoding", "delimiter", "decimal", "dates"]
    rows = ending not in {"parquet", "json", "jsonl"}
    cells = iter(st.columns(5, vertical_alignment="bottom"))
    for what in asked:
        label, words = _OFFERED[what]
        options: list[str] = [_FOUND, *(leaves if what == "sheet" else words)]
        wanted = given.get(what, _FOUND)
        said = _SAID if what in ("decimal", "dates") else {}
        next(cells).selectbox(
            label,
            options,
            index=options.index(wanted) if wanted in options else 0,
            key=f"read_{what}_{name}",
            format_func=partial(_said, said),
            on_change=_read_otherwise,
            args=(name, what),
        )
    if rows:
        row, key = given.get("header_row", ""), f"read_header_row_{name}"
        if key not in st.session_state and row.isdigit():
            st.session_state[key] = int(row)
        next(cells).number_input(
            "Row of the headings",
            min_value=1,
            value=None,
            step=1,
            key=key,
            placeholder=_FOUND,
            on_change=_read_otherwise,
            args=(name, "header_row"),
        )


def _read_otherwise(name: str, what: str) -> None:
    desk, chosen = state.desk(), st.session_state[f"read_{what}_{name}"]
    told = {k: v for k, v in desk.readings.get(name, {}).items() if k != what}
    if chosen is not None and chosen != _FOUND:
        told[what] = str(chosen)
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


def offer_profile(name: str, seen: Preview, given: Profile) -> None:
    """Offer what was saved for a file with these headings."""
    saved = load_profile(cache.home(), seen.headings)
    if not saved.empty and saved != given:
        left, right = st.columns([4, 1], vertical_alignment="center")
        told = "".join(f"; {k.replace('_', ' ')} {v}" for k, v in saved.dialect.items())
        left.info(
            f"A mapping was saved for files with these headings{told}.", icon=":material/save:"
        )
        if right.button("Use it", key=f"profile_{name}", width="stretch"):
            desk = with_mapping(state.desk(), name, dict(saved.mapping))
            readings = {**desk.readings, name: dict(saved.dialect)}
            for what in ("header_row", *_OFFERED):
                st.session_state.pop(f"read_{what}_{name}", None)
            state.open_desk(replace(desk, readings=readings if saved.dialect else desk.readings))


def with_mapping(desk: Desk, name: str, wanted: dict[str, str]) -> Desk:
    """Return the desk with another mapping of one file."""
    return replace(desk, mappings={**desk.mappings, name: wanted})
