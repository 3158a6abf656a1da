"""The what-if variants of a session: run, looked at, renamed, removed."""

import time
from dataclasses import dataclass, replace

import streamlit as st

from analyzer.core.errors import AnalyzerError, InputError
from analyzer.workspace import (
    Form,
    Scenario,
    ScenarioResult,
    renamed,
    run_form,
    scenario_from,
    scenario_of,
    scenario_text,
)
from dashboards import state
from dashboards.words import plain

_MOST = 4


@dataclass(frozen=True)
class Kept:
    """A variant that was run.

    Parameters
    ----------
    text
        The scenario file that `banimpact scenario` runs alike.
    form, template
        What it was filled in from; None and empty for a variant from a file.
    desk_key
        Changes when it would have to be run again.
    """

    text: str
    result: ScenarioResult
    desk_key: str
    seconds: float
    form: Form | None = None
    template: str = ""


def variants() -> dict[str, Kept]:
    """Return the variants of this session by title."""
    found: dict[str, Kept] = st.session_state.setdefault("variants", {})
    return found


def desk_key(found: state.Result) -> str:
    """Return a text that changes when a variant would have to be run again."""
    inputs = "".join(item.sha256 for item in found.inputs)
    asked = found.desk
    beside = f"{found.beside.valuation_date} {found.beside.digests()}"
    return (
        f"{inputs} {asked.as_of} {asked.known} {asked.holder} {asked.base} {asked.reading} {beside}"
    )


def run(found: state.Result, scenario: Scenario, text: str, form: Form | None, name: str) -> None:
    """Run a scenario as a variant, with its steps shown."""
    kept = variants()
    title = scenario.title
    if title not in kept and len(kept) >= _MOST:
        st.error(f"{_MOST} variants are kept; remove one first.")
        return
    with st.status(f"Running {plain(title)} …") as steps:
        start = time.perf_counter()
        try:
            result = run_form(
                found.ready,
                found.desk,
                found.inputs,
                scenario,
                found.decisions.records,
                st.session_state.get("own_prices"),
            )
        except AnalyzerError as error:
            steps.update(label="Not run", state="error", expanded=True)
            st.error(str(error))
            return
        seconds = time.perf_counter() - start
        steps.update(label="Done", state="complete")
    kept[title] = Kept(text, result, desk_key(found), seconds, form, name)
    st.session_state["variant"] = title
    st.rerun()  # the sidebar was drawn before there was this variant


def run_filled_in(found: state.Result, form: Form, name: str) -> None:
    """Run a form, unless something in it cannot be read."""
    try:
        text = scenario_text(form, state.world().law)
        scenario = scenario_of(form, state.world().law)
    except AnalyzerError as error:
        problems(error)
        return
    run(found, scenario, text, form, name)


def problems(error: AnalyzerError) -> None:
    """Draw everything that is wrong with a scenario."""
    found = error.problems if isinstance(error, InputError) else (str(error),)
    st.error("Not run:\n" + "\n".join(f"- {plain(words)}" for words in found))


def own_file(found: state.Result) -> None:
    """Draw the upload of a scenario file, which may say more than the form."""
    file = st.file_uploader("A scenario file (.yml)", type=["yml", "yaml"], key="scenario_upload")
    if file is None or not st.button("Run this file", key="run_file"):
        return
    try:
        text = file.getvalue().decode("utf-8-sig")
        scenario = scenario_from(text, file.name)
    except UnicodeDecodeError:
        st.error(f"{plain(file.name)} is not a text in UTF-8.")
    except AnalyzerError as error:
        problems(error)
    else:
        run(found, scenario, text, None, "")


def chosen(found: state.Result) -> str:
    """Draw the variants that are kept; return the one looked at."""
    kept = variants()
    old = [title for title, v in kept.items() if v.desk_key != desk_key(found)]
    if old:
        st.warning(
            f"Run on another portfolio or question: {plain(', '.join(old))}. Run again or remove.",
            icon=":material/update:",
        )
    row = st.container(horizontal=True, vertical_alignment="bottom")
    if st.session_state.get("variant") not in kept:
        st.session_state["variant"] = next(reversed(kept))
    title = row.segmented_control("Variant", list(kept), key="variant") or next(iter(kept))
    with row.popover("Rename"):
        st.text_input("New name", value=title, key=f"name_{title}", max_chars=60)
        st.button("Rename", key="rename_variant", on_click=rename, args=(title,))
    row.button("Remove", key="remove_variant", on_click=remove, args=(title,))
    return title


def remove(title: str) -> None:
    """Forget a variant."""
    variants().pop(title, None)


def rename(title: str) -> None:
    """Give a variant another name, which tables, charts and exports repeat."""
    fresh = str(st.session_state[f"name_{title}"]).strip()
    kept = variants()
    if not fresh or fresh in kept:
        st.session_state["notice"] = "A variant needs a name that no other one has."
        return
    st.session_state["variants"] = {
        (fresh if name == title else name): _renamed(v, fresh) if name == title else v
        for name, v in kept.items()
    }
    st.session_state["variant"] = fresh


def _renamed(kept: Kept, title: str) -> Kept:
    form = replace(kept.form, title=title) if kept.form else None
    text = scenario_text(form, state.world().law) if form else kept.text
    return replace(kept, form=form, text=text, result=renamed(kept.result, title))
