"""The state of one session: the desk, its result, and what of it stands in the URL.

The URL holds the question (dates, holder, reading), each value checked against what it may be;
it never holds anything of a portfolio. The desk itself is kept in the store's folder under the
browser's token, so that a refresh resumes.
"""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import streamlit as st

from analyzer.core.asof import AsOf
from analyzer.core.errors import AnalyzerError, InputError, QueryError
from analyzer.exposure import Analysis
from analyzer.service import World
from analyzer.workspace import (
    Beside,
    Desk,
    Effective,
    Ingested,
    Ready,
    analyze_desk,
    effective,
    load_settings,
    read_desk,
    resume,
    suspend,
    world_beside,
)
from dashboards import cache
from dashboards.memory import forget_all

FIRST, LAST = date(2015, 1, 1), date(2035, 12, 31)
_CURRENCY = re.compile(r"[A-Z]{3}")
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


@dataclass(frozen=True)
class Result:
    """An analysis and what it was made of.

    Parameters
    ----------
    world
        The law, lists and securities it was judged under, before anything beside the holdings.
    ready
        The same with everything beside the holdings; no decisions applied.
    """

    desk: Desk
    beside: Beside
    world: World
    ready: Ready
    inputs: tuple[Ingested, ...]
    analysis: Analysis
    decisions: Effective


# -- beginning ---------------------------------------------------------------------------------


def begin() -> None:
    """Set the session up on its first run, and take up a desk that a page has asked for."""
    st.session_state["page_url"] = {}
    st.session_state.pop("decisions", None)
    if "desk" not in st.session_state:
        # The link as it was opened: pages read their part of it when they are first drawn.
        st.session_state["link"] = {key: str(value) for key, value in st.query_params.items()}
        first, next_to_it = _first_desk()
        _take_up(_from_url(first), next_to_it)
    pending = st.session_state.pop("pending", None)
    put_beside = st.session_state.pop("pending_beside", None)
    if pending is not None or put_beside is not None:
        _take_up(pending or desk(), beside() if put_beside is None else put_beside)


def _first_desk() -> tuple[Desk, Beside]:
    kept = resume(cache.home(), cache.token())
    given = Path(os.environ.get("BANIMPACT_FILE") or "/nonexistent")
    if given.is_file() and (kept is None or given.name not in [n for n, _ in kept[0].files]):
        file = (given.name, given.read_bytes())
        return Desk(given.stem, (file,), as_of=cache.today().isoformat()), Beside()
    return kept or (Desk(as_of=cache.today().isoformat()), Beside())


def _take_up(desk: Desk, beside: Beside) -> None:
    state = st.session_state
    state["desk"], state["beside"] = desk, beside
    _no_problem()
    state.pop("result", None)
    day, _, clock = desk.as_of.partition("T")
    state["as_of_day"] = date.fromisoformat(day)
    state["as_of_clock"] = clock[:5]
    state["known_day"] = date.fromisoformat(desk.known[:10]) if desk.known else None
    state["holder"] = desk.holder
    state["base"] = desk.base
    state["reading"] = desk.reading
    state["without_rulings"] = desk.without_rulings


def put(desk: Desk, beside: Beside | None = None) -> None:
    """Put another desk in place of this one on the next run; for callbacks.

    Parameters
    ----------
    beside
        What lies beside it; None leaves there what does.
    """
    st.session_state["pending"] = desk
    if beside is not None:
        st.session_state["pending_beside"] = beside


def open_desk(desk: Desk, beside: Beside | None = None) -> None:
    """Put another desk in place of this one, and start the page again."""
    put(desk, beside)
    st.rerun()


def _no_problem() -> None:
    st.session_state["problem"] = ""
    st.session_state["problems"] = ()


# -- the question --------------------------------------------------------------------------------


def desk() -> Desk:
    """Return the desk with the question as the sidebar now has it."""
    found: Desk = st.session_state["desk"]
    return found


def beside() -> Beside:
    """Return what lies beside the desk: rates, parties, lists, ownership, securities."""
    found: Beside = st.session_state["beside"]
    return found


def world() -> World:
    """Return the world of the result at hand, or the one every session shares."""
    found = result()
    return found.ready.world if found is not None else cache.world()


def take_question() -> None:
    """Read the sidebar's widgets into the desk."""
    state = st.session_state
    as_of = state["as_of_day"].isoformat()
    clock = str(state["as_of_clock"]).strip()
    if _CLOCK.fullmatch(clock):
        as_of += f"T{clock}"
    state["desk"] = replace(
        desk(),
        as_of=as_of,
        known=state["known_day"].isoformat() if state["known_day"] else "",
        holder=state["holder"] or "",
        base=state["base"] or "",
        reading=state["reading"] or "",
        without_rulings=bool(state["without_rulings"]),
    )


def is_currency(text: str) -> bool:
    """Say whether text has the form of a currency code."""
    return _CURRENCY.fullmatch(text) is not None


def valid_clock(text: str) -> bool:
    """Say whether text is a time of day, or empty."""
    return not text.strip() or bool(_CLOCK.fullmatch(text.strip()))


def _plain(asked: Desk) -> dict[str, str]:
    found = {
        "as_of": asked.as_of,
        "known": asked.known,
        "holder": asked.holder,
        "base": asked.base,
        "reading": asked.reading,
        "rulings": "off" if asked.without_rulings else "",
    }
    return {key: value for key, value in found.items() if value}


def to_url() -> None:
    """Write the question, and what the page adds to it, into the URL."""
    wanted = {**_plain(desk()), **st.session_state.get("page_url", {})}
    if dict(st.query_params) != wanted:
        st.query_params.from_dict(wanted)


def page_url(values: Mapping[str, str]) -> None:
    """Name plain values of a page that stand in the URL beside the question."""
    st.session_state["page_url"] = {k: v for k, v in values.items() if v}


def from_page_url(name: str, pattern: str) -> str:
    """Return a value of the link that was opened, if it has the form it must have; or empty."""
    text = str(st.session_state["link"].get(name, ""))
    return text if re.fullmatch(pattern, text) else ""


def _from_url(asked: Desk) -> Desk:
    """Return the desk with the question the URL states; what it may not state is ignored."""
    given: dict[str, str] = st.session_state["link"]
    changes: dict[str, Any] = {}
    ignored = []
    for name, check in _CHECKS.items():
        if name in given:
            if check(given[name]):
                changes[name] = given[name]
            else:
                ignored.append(name)
    rulings = changes.pop("rulings", "")
    if rulings:
        changes["without_rulings"] = rulings == "off"
    if ignored:
        st.session_state["notice"] = f"Ignored in the link: {', '.join(ignored)}."
    if changes and "known" not in changes:
        changes["known"] = ""
    return replace(asked, **changes)


def _is_as_of(text: str) -> bool:
    try:
        return FIRST <= AsOf.of(text).day <= LAST and len(text) in (10, 16)
    except QueryError:
        return False


def _is_known(text: str) -> bool:
    return _is_as_of(text) and len(text) == len("2021-03-12")


_CHECKS: Mapping[str, Callable[[str], bool]] = {
    "as_of": _is_as_of,
    "known": _is_known,
    "holder": lambda text: text in cache.world().law.vocabulary.holders,
    "base": is_currency,
    "reading": lambda text: text in ("strict", "lenient"),
    "rulings": lambda text: text in ("on", "off"),
}


def not_acceptable(asked: Desk) -> str:
    """Return what keeps a desk from another place from being taken up; empty when nothing does."""
    values = {**_plain(asked), "reading": asked.reading, "holder": asked.holder}
    wrong = [n for n, v in values.items() if v and n in _CHECKS and not _CHECKS[n](str(v))]
    if not asked.as_of:
        wrong.append("as_of")
    return f"no value the page knows: {', '.join(wrong)}" if wrong else ""


# -- the result ----------------------------------------------------------------------------------


def result() -> Result | None:
    """Return the result at hand, however old."""
    found: Result | None = st.session_state.get("result")
    return found


def decisions() -> Effective:
    """Return people's decisions that count now; read once in each run of the page."""
    found: Effective | None = st.session_state.get("decisions")
    if found is None:
        four_eyes = bool(load_settings(cache.home()).get("four_eyes"))
        found = effective(cache.store().judgements(superseded=True), four_eyes)
        st.session_state["decisions"] = found
    return found


def stale() -> tuple[str, ...]:
    """Return what has changed since the result was computed, in words; empty when nothing."""
    found = result()
    if found is None:
        return ()
    before, after = found.desk, desk()
    words = {
        "as_of": "as-of date",
        "known": "known-on date",
        "holder": "holder",
        "base": "base currency",
        "reading": "reading of open questions",
        "without_rulings": "court rulings",
    }
    changed = [
        text for name, text in words.items() if getattr(before, name) != getattr(after, name)
    ]
    if found.decisions.records != decisions().records:
        changed.append("review decisions")
    return tuple(changed)


def compute() -> None:
    """Read and judge what lies on the desk, step by step, and keep the desk for a refresh."""
    asked, around = desk(), beside()
    _no_problem()
    with st.status("Working …", expanded=True) as status:
        try:
            status.update(label="1 of 3: rules, lists, rulings and what lies beside the holdings")
            ready = _ready(asked, around)
            status.update(label=f"2 of 3: reading {len(asked.files)} file(s)")
            before = result()
            same = before is not None and _reads_alike(before.desk, asked)
            inputs = before.inputs if before is not None and same else read_desk(asked)
            status.update(label=f"3 of 3: judging {sum(i.rows_holding for i in inputs):,} lines")
            counted = decisions()
            analysis = analyze_desk(ready, asked, inputs, counted.records, beside=around)
        except AnalyzerError as error:
            st.session_state["problem"] = str(error)
            st.session_state["problems"] = (
                error.problems if isinstance(error, InputError) else (str(error),)
            )
            status.update(label="Could not be read", state="error", expanded=False)
            return
        found = Result(asked, around, cache.world(), ready, inputs, analysis, counted)
        st.session_state["result"] = found
        forget_all()
        status.update(label="Done", state="complete", expanded=False)
    suspend(cache.home(), cache.token(), asked, around)


def _ready(asked: Desk, around: Beside) -> Ready:
    """Return the world with everything beside the desk; read again only when that changed."""
    before, day = result(), asked.question.as_of.day
    if before is not None and before.world is cache.world() and before.beside == around:
        undated = bool(around.own_lists) and before.desk.as_of != asked.as_of
        if not undated:
            return before.ready
    return world_beside(cache.world(), around, day, cache.lists_folder())


def _reads_alike(one: Desk, other: Desk) -> bool:
    names = ("files", "mappings", "currency", "readings")
    return all(getattr(one, name) == getattr(other, name) for name in names)


def recompute() -> None:
    """Ask for a new result; for callbacks."""
    st.session_state["recompute"] = True


def ensure() -> Result | None:
    """Return the result, computing it first where there is none or the user asked for it."""
    asked = bool(st.session_state.pop("recompute", False))
    if desk().files and (asked or (result() is None and not st.session_state.get("problem"))):
        place = st.empty()
        with place.container():
            compute()
        place.empty()
        if result() is not None:
            st.rerun()  # the sidebar was drawn before there was a result
    return result()
