"""Saving a session as one archive, and opening one again."""

import streamlit as st

from analyzer.core.errors import AnalyzerError
from analyzer.workspace import Session, pack_session, unpack_session
from dashboards import cache, state
from dashboards.components.variants import variants
from dashboards.words import plain


def show() -> None:
    """Draw the two ways: down to a file, and back from one."""
    if state.desk().files:
        st.download_button(
            "Save this session (.zip)",
            _pack,
            _name(),
            "application/zip",
            key="save_session",
            on_click="ignore",
            width="stretch",
            help="Files, mapping, question, what-if forms and the decisions that count. It holds "
            "your holdings: keep it as you keep them.",
        )
    file = st.file_uploader("Restore a session", type=["zip"], key="session_file")
    if file is None:
        return
    try:
        found = unpack_session(file.name, file.getvalue())
    except AnalyzerError as error:
        st.error(str(error))
        return
    wrong = state.not_acceptable(found.desk)
    if wrong:
        st.error(f"{plain(file.name)}: {wrong}")
        return
    st.caption(
        f"{plain(found.desk.name)} as of {plain(found.desk.as_of)}: {len(found.desk.files)} "
        f"file(s), {len(found.forms)} what-if form(s), {len(found.records)} decision(s)"
    )
    if found.records:
        st.toggle("Take its decisions into this store", value=True, key="session_decisions")
    st.button("Restore", key="restore_session", on_click=_restore, args=(found,), type="primary")


def _pack() -> bytes:
    forms = tuple(v.form for v in variants().values() if v.form is not None)
    records = state.decisions().records
    return pack_session(Session(state.desk(), state.beside(), forms, records))


def _name() -> str:
    desk = state.desk()
    kept = "".join(c if c.isalnum() or c in "._-" else "-" for c in desk.name)
    return f"{kept.strip('-.')[:60] or 'session'}_{desk.as_of[:10]}.zip"


def _restore(found: Session) -> None:
    state.put(found.desk, found.beside)
    st.session_state["restored_forms"] = found.forms
    words = "The session is restored."
    if found.forms:
        words += " Its what-if forms are under Start from."
    if found.records and st.session_state.get("session_decisions"):
        try:
            added = cache.store().add_judgements(found.records, cache.person(), cache.now())
            words += f" {len(added)} of its {len(found.records)} decisions were new to this store."
        except ValueError as error:
            words += f" Its decisions were not taken: {error}."
    st.session_state["notice"] = words
