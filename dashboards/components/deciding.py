"""Deciding matches: one by its keys, several together, and undo for both."""

from typing import Any

import streamlit as st

from analyzer.core.matching import Decision, JudgementRecord
from analyzer.exposure import Analysis
from analyzer.workspace import (
    ReviewItem,
    Together,
    decide,
    decide_together,
    load_settings,
    review_queue,
    take_back,
    together,
    undecided,
)
from dashboards import cache, state
from dashboards.memory import remembered
from dashboards.words import money, plain

_SAMPLE = 5
_VERBS = {Decision.CONFIRM: "Confirm", Decision.REJECT: "Reject", Decision.ESCALATE: "Escalate"}
_DONE = {Decision.CONFIRM: "confirmed", Decision.REJECT: "rejected", Decision.ESCALATE: "escalated"}
_NO_NAME = "Say who decides: a decision carries a name."


def count(number: int) -> str:
    """Return a number of matches in words."""
    return f"{number:,} match" if number == 1 else f"{number:,} matches"


def queue_of(analysis: Analysis) -> tuple[ReviewItem, ...]:
    """Return the review queue as the decisions now are."""
    world, counted = state.world(), state.decisions()
    raw = remembered("undecided", (world, analysis), None, lambda: undecided(world, analysis))
    return remembered(
        "queue",
        (world, analysis),
        (counted.records, counted.waiting),
        lambda: review_queue(world, analysis, counted, raw),
    )


# -- one ---------------------------------------------------------------------------------------


def buttons(item: ReviewItem) -> None:
    """Draw the three decisions with their keys, the reason, and undo."""
    st.text_input(
        "Reason (a rejection needs one)",
        key="reason",
        placeholder="e.g. another company: different LEI and country",
    )
    row = st.container(horizontal=True)
    press: dict[str, Any] = {"on_click": take}
    row.button(
        "Yes", shortcut="Y", key="confirm", type="primary", args=(item, Decision.CONFIRM), **press
    )
    row.button("No", shortcut="N", key="reject", args=(item, Decision.REJECT), **press)
    row.button("Escalate", shortcut="E", key="escalate", args=(item, Decision.ESCALATE), **press)
    undo(row)
    st.caption("Keys: Y yes, N no, E escalate, U undo. The next match follows by itself.")


def undo(row: Any) -> None:
    """Draw the button that takes the last action of this session back, however many it decided."""
    actions = _actions()
    size = len(actions[-1]) if actions else 0
    row.button(
        "Undo" if size < 2 else f"Undo all {size}",
        shortcut="U",
        key="undo",
        disabled=not actions,
        on_click=undo_last,
    )


def take(item: ReviewItem, decision: Decision) -> None:
    """Record a decision; the reason box empties for the next one."""
    who, why = cache.person(), str(st.session_state.get("reason", ""))
    if not who:
        _problem(_NO_NAME)
        return
    try:
        record = decide(cache.store(), item, decision, who, cache.now(), why)
    except ValueError as error:
        _problem(f"Not recorded: {error}.")
        return
    _actions().append((record,))
    st.session_state["reason"] = ""
    _done(f"{_DONE[decision].capitalize()}: {item.line.name} / {item.match.entity}")


def _actions() -> list[tuple[JudgementRecord, ...]]:
    """Return what this session did, each action with its records."""
    found: list[tuple[JudgementRecord, ...]] = st.session_state.setdefault("actions", [])
    return found


def undo_last() -> None:
    """Take the last action of this session back."""
    actions = _actions()
    if actions and _take_back(actions[-1]):
        actions.pop()


def reopen(record: JudgementRecord) -> None:
    """Take back one decision, whoever made it."""
    _take_back((record,))


def _take_back(records: tuple[JudgementRecord, ...]) -> bool:
    """Take records back; False when nobody is named."""
    who = cache.person()
    if not who:
        _problem(_NO_NAME)
        return False
    undone, overtaken = take_back(cache.store(), records, who, cache.now())
    stands = "stands" if len(undone) == 1 else "stand"
    words = f"Undone: {count(len(undone))} {stands} as before; the trail says {who} took it back."
    if overtaken:
        words += f" {count(len(overtaken))} left: decided again since."
    _done(words)
    return True


def _done(words: str) -> None:
    """Say what happened; the queue is drawn anew, with nothing selected."""
    st.session_state.pop("queue", None)
    st.session_state.pop("plan", None)
    st.session_state["review_done"] = words


def _problem(words: str) -> None:
    st.session_state["review_problem"] = words


# -- several -----------------------------------------------------------------------------------


def several(items: list[ReviewItem], analysis: Analysis) -> None:
    """Draw one decision for several matches: choice and reason, then what it would do."""
    plan: Together | None = st.session_state.get("plan")
    chosen = {item.key for item in items}
    if plan is not None and not {i.key for i in plan.items} <= chosen:
        plan = None  # other rows were selected since
    st.markdown(f"##### {count(len(items))} selected")
    if plan is None:
        _ask(items)
    else:
        _confirm(plan, analysis)


def _ask(items: list[ReviewItem]) -> None:
    decision = st.segmented_control(
        "One decision for all of them",
        list(_VERBS),
        default=Decision.REJECT,
        format_func=lambda d: _VERBS[d],
        key="bulk_decision",
    )
    st.text_input(
        "One reason, kept with each of them",
        key="bulk_reason",
        placeholder="e.g. same names, other companies: checked against LEI",
    )
    row = st.container(horizontal=True)
    row.button(
        "Look at what it does",
        key="bulk_look",
        type="primary",
        on_click=_plan,
        args=(items,),
        disabled=decision is None,
    )
    undo(row)
    st.caption("Nothing is recorded yet: the next step says how many matches and what value.")


def _plan(items: list[ReviewItem]) -> None:
    who, decision = cache.person(), Decision(st.session_state["bulk_decision"])
    if not who:
        _problem(_NO_NAME)
    elif not str(st.session_state.get("bulk_reason", "")).strip():
        _problem("Not yet: a decision on several matches needs a reason.")
    else:
        st.session_state["plan"] = together(items, decision, who)
        st.session_state["plan_reason"] = st.session_state["bulk_reason"]


def _confirm(plan: Together, analysis: Analysis) -> None:
    verb, number = _VERBS[plan.decision], len(plan.items)
    base = analysis.question.base or ""
    lines = "1 line" if plan.rows == 1 else f"{plan.rows:,} lines"
    st.warning(
        f"**{verb} {count(number)}**, {lines}, {money(plan.value)} {plain(base)} at stake"
        + (f"; {plan.unvalued:,} without a value" if plan.unvalued else "")
        + f".  \nAs {plain(plan.who)}: {plain(st.session_state['plan_reason'])}",
        icon=":material/gavel:",
    )
    if bool(load_settings(cache.home()).get("four_eyes")) and plan.decision != Decision.ESCALATE:
        st.caption("Four eyes: each counts once a second person agrees.")
    if plan.items:
        st.table(
            [
                {
                    "In your file": plain(i.line.name),
                    "On the list": plain(i.match.entity),
                    "Score": f"{i.match.score:.2f}",
                    f"Value, {base}": money(i.market_value),
                }
                for i in plan.items[:_SAMPLE]
            ],
            hide_index=True,
            border="horizontal",
            alt=f"The largest of {number} matches that would be decided",
        )
    if number > _SAMPLE:
        st.caption(f"The largest {_SAMPLE} of {number:,}; the selection on the left has all.")
    if plan.left:
        reasons = dict.fromkeys(why for _, why in plan.left)
        st.caption(f"Left alone: {count(len(plan.left))} ({'; '.join(reasons)}).")
    row = st.container(horizontal=True)
    row.button(
        f"{verb} {count(number)}",
        key="bulk_apply",
        type="primary",
        disabled=not plan.items,
        on_click=_apply,
        args=(plan, analysis),
    )
    row.button("Back", key="bulk_back", on_click=_back)


def _back() -> None:
    st.session_state.pop("plan", None)


def _apply(plan: Together, analysis: Analysis) -> None:
    """Record the plan, unless somebody decided one of its matches since it was shown."""
    st.session_state.pop("decisions", None)
    if not plan.holds(queue_of(analysis)):
        _back()
        _problem("Not recorded: one of these was decided since. Look again at what it does.")
        return
    try:
        records = decide_together(
            cache.store(), plan, cache.now(), str(st.session_state["plan_reason"])
        )
    except ValueError as error:
        _problem(f"Not recorded: {error}.")
        return
    _actions().append(records)
    st.session_state["bulk_reason"] = ""
    _done(f"{count(len(records))} {_DONE[plan.decision]} together; Undo takes all of it back.")
