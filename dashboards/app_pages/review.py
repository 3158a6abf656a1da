"""Review: the queue of matches a person must decide, the evidence, and the keys to decide."""

from typing import Any

import pandas as pd
import streamlit as st

from analyzer.core.matching import Decision, JudgementRecord
from analyzer.exposure import Analysis
from analyzer.workspace import (
    ReviewItem,
    State,
    decide,
    evidence,
    legal_questions,
    load_settings,
    review_queue,
    save_settings,
    withdraw,
)
from dashboards import cache, state
from dashboards.components import status
from dashboards.words import money, plain, status_label

_MARKS = {
    State.OPEN: "?",
    State.ESCALATED: "▲",
    State.SECOND: "◑",
    State.CONFIRMED: "✔",
    State.REJECTED: "✕",
    State.AUTOMATIC: "=",
}
_VIEWS = ("to decide", *(s.value for s in State), "all")
_TO_DECIDE = (State.OPEN, State.ESCALATED, State.SECOND)


def progress(items: tuple[ReviewItem, ...]) -> None:
    """Draw how far the review has come."""
    asked = [i for i in items if i.state is not State.AUTOMATIC]
    left = [i for i in asked if i.state in _TO_DECIDE]
    if not asked:
        st.success("No match needs a person.", icon=":material/check_circle:")
        return
    done = len(asked) - len(left)
    st.progress(
        done / len(asked), text=f"{done} of {len(asked)} matches decided, {len(left)} to decide"
    )


def who_and_how() -> None:
    """Draw who decides, and whether two people must."""
    left, right = st.columns(2)
    if cache.named_by_proxy():
        left.markdown(f"Signed in as **{plain(cache.person()) or 'nobody'}**")
    else:
        left.text_input(
            "Your name, kept with every decision",
            value=cache.person(),
            key="person_typed",
            on_change=take_name,
        )
    settings = load_settings(cache.home())
    right.toggle(
        "Four eyes: a decision counts once a second person agrees",
        value=bool(settings.get("four_eyes")),
        key="four_eyes",
        on_change=take_four_eyes,
    )


def take_name() -> None:
    """Remember who is at the keyboard for this session."""
    st.session_state["person"] = st.session_state["person_typed"].strip()


def take_four_eyes() -> None:
    """Keep the choice for everyone who uses the store."""
    settings = {**load_settings(cache.home()), "four_eyes": bool(st.session_state["four_eyes"])}
    save_settings(cache.home(), settings)


def queue(items: tuple[ReviewItem, ...], base: str | None) -> ReviewItem | None:
    """Draw the queue and return the match that is looked at."""
    view = st.pills(
        "Show", _VIEWS, default="to decide", key="queue_view", label_visibility="collapsed"
    )
    if view == "all":
        shown = list(items)
    elif view and view != "to decide":
        shown = [i for i in items if i.state.value == view]
    else:
        shown = [i for i in items if i.state in _TO_DECIDE]
    if not shown:
        st.info("Nothing here.")
        return None
    table = pd.DataFrame(
        [
            {
                "In your file": i.line.name,
                "On the list": i.match.entity,
                "Basis": i.match.kind.value.replace("_", " "),
                "Score": f"{i.match.score:.2f}",
                "Value": i.market_value,
                "State": f"{_MARKS[i.state]} {i.state.value}",
            }
            for i in shown
        ]
    )
    event = st.dataframe(
        table,
        hide_index=True,
        key="queue",
        on_select="rerun",
        selection_mode="single-row",
        height=min(420, 37 * (len(shown) + 1)),
        column_config={
            "Value": st.column_config.NumberColumn(f"Value, {base}", format="localized"),
            "In your file": st.column_config.TextColumn(width="medium"),
            "On the list": st.column_config.TextColumn(width="medium"),
        },
        alt="Matches to review; select one to see the evidence",
    )
    rows = event["selection"]["rows"]
    return shown[rows[0]] if rows and rows[0] < len(shown) else shown[0]


def card(item: ReviewItem, base: str | None) -> None:
    """Draw the evidence for one match, file and list side by side."""
    st.markdown(f"##### {plain(item.line.name)} · {_MARKS[item.state]} {item.state.value}")
    rows = ", ".join(f"{r:,}" for r in item.rows[:8]) + (" …" if len(item.rows) > 8 else "")
    st.caption(
        f"Rows {rows} of {plain(', '.join(item.portfolios))}; {money(item.market_value)} {base}"
    )
    st.markdown(f"**Evidence**: {plain(item.match.evidence)}")
    for words in item.match.contradictions:
        st.markdown(f"▲ **Speaks against it**: {plain(words)}")
    table = pd.DataFrame(evidence(item), columns=["", "Your file", "The list"])
    used = table[["Your file", "The list"]].astype(bool).any(axis=1)
    st.table(
        table.loc[used].map(plain),
        hide_index=True,
        border="horizontal",
        alt="Your file beside the list",
    )
    others = [c for c in item.match.candidates if c.entity_id != item.match.entity_id]
    if others:
        st.caption(
            "Other candidates: "
            + "; ".join(f"{plain(c.entity)} ({c.kind.value}, {c.score:.2f})" for c in others[:5])
        )
    record = item.record
    if record is not None:
        st.caption(
            f"Last decision: {record.decision.value} by {plain(record.who)} on "
            f"{record.when:%Y-%m-%d %H:%M} UTC: {plain(record.why)}"
        )


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
    last: JudgementRecord | None = st.session_state.get("last_decision")
    row.button(
        "Undo",
        shortcut="U",
        key="undo",
        disabled=last is None,
        on_click=take_back,
    )
    st.caption("Keys: Y yes, N no, E escalate, U undo. The next match follows by itself.")


def take(item: ReviewItem, decision: Decision) -> None:
    """Record a decision; the reason box empties for the next one."""
    who, why = cache.person(), str(st.session_state.get("reason", ""))
    if not who:
        st.session_state["review_problem"] = "Say who decides: a decision carries a name."
        return
    try:
        record = decide(cache.store(), item, decision, who, cache.now(), why)
    except ValueError as error:
        st.session_state["review_problem"] = f"Not recorded: {error}."
        return
    st.session_state["last_decision"] = record
    st.session_state["reason"] = ""
    st.session_state.pop("queue", None)
    st.session_state["review_done"] = f"{decision.value}: {item.line.name} / {item.match.entity}"


def take_back() -> None:
    """Withdraw the last decision of this session."""
    record: JudgementRecord | None = st.session_state.pop("last_decision", None)
    if record is not None:
        withdraw(cache.store(), record, cache.person(), cache.now())
        st.session_state["review_done"] = "The last decision is withdrawn; both facts are kept."


def questions(analysis: Analysis) -> None:
    """Draw the lines that are in review for a reason of law, not of identity."""
    found = legal_questions(analysis)
    if not found:
        return
    st.subheader("In review for a legal reason")
    st.caption("Who issued these lines is settled; what the law says of them is not.")
    rows = []
    for at, needs in found:
        answer = analysis.judged[at]
        lines = analysis.lines.loc[analysis.lines["judged"] == at]
        rows.append(
            {
                "Line": str(lines["name"].iloc[0]),
                "Issuer": answer.match.entity if answer.match else "",
                "Status": status_label(answer.status),
                "Lines": len(lines),
                "What would settle it": "; ".join(needs),
            }
        )
    st.dataframe(rows, hide_index=True, alt="Lines in review for a legal reason")


def show(analysis: Analysis) -> None:
    """Draw the page."""
    items = review_queue(state.world(), analysis, state.decisions())
    progress(items)
    who_and_how()
    problem = st.session_state.pop("review_problem", "")
    done = st.session_state.pop("review_done", "")
    if problem:
        st.error(problem)
    if done:
        st.toast(plain(done))
    base = analysis.question.base
    left, right = st.columns([1, 1], gap="medium")
    with left:
        item = queue(items, base)
    if item is not None:
        with right, st.container(border=True):
            card(item, base)
            buttons(item)
    questions(analysis)


st.title("Review")
result = status.need_result()
if result is not None:
    show(result.analysis)
