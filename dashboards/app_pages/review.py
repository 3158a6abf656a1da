"""Review: the queue of matches a person must decide, the evidence, and the keys to decide."""

import pandas as pd
import streamlit as st

from analyzer.exposure import Analysis
from analyzer.workspace import (
    ORDERS,
    ReviewItem,
    State,
    compared,
    decision_words,
    evidence,
    facts,
    history_of,
    legal_questions,
    load_settings,
    ordered,
    save_settings,
    taken_back,
)
from dashboards import cache, state
from dashboards.components import status
from dashboards.components.deciding import buttons, queue_of, reopen, several, undo
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
_ALWAYS = ("to decide", "open", "confirmed", "rejected", "escalated", "all")


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


def filters(items: tuple[ReviewItem, ...]) -> tuple[ReviewItem, ...]:
    """Draw chips for where a match stands, and the order; return what is shown."""
    counts = {"to decide": sum(i.state in _TO_DECIDE for i in items), "all": len(items)}
    counts |= {s.value: sum(i.state is s for i in items) for s in State}
    views = [v for v in _VIEWS if counts[v] or v in _ALWAYS]
    left, right = st.columns([7, 3], vertical_alignment="bottom")
    view = left.pills(
        "Show",
        views,
        default="to decide",
        key="queue_view",
        format_func=lambda v: f"{v.removeprefix('confirmed ')} ({counts[v]:,})",
        label_visibility="collapsed",
    )
    by = right.segmented_control("Order", ORDERS, default=ORDERS[0], key="queue_order")
    if view == "all":
        return ordered(items, by or ORDERS[0])
    wanted = _TO_DECIDE if view in (None, "to decide") else (State(view),)
    return ordered((i for i in items if i.state in wanted), by or ORDERS[0])


def queue(shown: tuple[ReviewItem, ...], base: str | None) -> list[ReviewItem]:
    """Draw the queue; return the matches that are selected, or the first when none is."""
    if not shown:
        st.info("Nothing here.")
        return []
    table = pd.DataFrame(
        [
            {
                "In your file": i.line.name,
                "On the list": i.match.entity,
                "Value": i.market_value,
                "Score": f"{i.match.score:.2f}",
                "State": f"{_MARKS[i.state]} {i.state.value}",
                "Basis": i.match.kind.value.replace("_", " "),
                "Portfolios": ", ".join(i.portfolios),
            }
            for i in shown
        ]
    )
    if len(set(table["Portfolios"])) == 1:
        table = table.drop(columns="Portfolios")
    event = st.dataframe(
        table,
        hide_index=True,
        key="queue",
        on_select="rerun",
        selection_mode="multi-row",
        height=min(423, 35 * (len(shown) + 1) + 3),  # whole rows
        column_config={
            "Value": st.column_config.NumberColumn(f"Value, {base}", format="localized"),
            "In your file": st.column_config.TextColumn(width=175),
            "On the list": st.column_config.TextColumn(width=150),
            "Score": st.column_config.TextColumn(width=56),
        },
        alt="Matches to review; select one to see the evidence, several to decide them together",
    )
    st.caption("Tick one for its evidence; tick several, or all at once, for one decision on them.")
    rows = [r for r in event["selection"]["rows"] if r < len(shown)]
    return [shown[r] for r in rows] or [shown[0]]


def card(item: ReviewItem, analysis: Analysis) -> None:
    """Draw the evidence for one match, file and list side by side."""
    st.markdown(f"##### {plain(item.line.name)} · {_MARKS[item.state]} {item.state.value}")
    rows = ", ".join(f"{r:,}" for r in item.rows[:8]) + (" …" if len(item.rows) > 8 else "")
    word = "Row" if len(item.rows) == 1 else "Rows"
    st.caption(
        f"{word} {rows} of {plain(', '.join(item.portfolios))}; {money(item.market_value)} "
        f"{analysis.question.base}"
    )
    st.markdown(f"**Evidence**: {plain(item.match.evidence)}")
    for words in item.match.contradictions:
        st.markdown(f"▲ **Speaks against it**: {plain(words)}")
    listed = item.entity.name if item.entity else item.match.entity
    mine, theirs = compared(item.line.name, listed)
    shown = [("Name", _words(mine), _words(theirs))]
    shown += [
        (label, plain(one), plain(other))
        for label, one, other in evidence(item)
        if label != "Name" and (one or other)
    ]
    st.table(
        pd.DataFrame(shown, columns=["", "Your file", "The list"]),
        hide_index=True,
        border="horizontal",
        alt="Your file beside the list; words that only one name has are in bold with ≠",
    )
    known = facts(state.world(), item, analysis.question.as_of.day)
    for fact in known:
        source = f" [source]({fact.url})" if fact.url else ""
        st.caption(f"**{plain(fact.label)}**: {plain(fact.text)}{source}")
    others = [c for c in item.match.candidates if c.entity_id != item.match.entity_id]
    if others:
        st.caption(
            "Other candidates: "
            + "; ".join(f"{plain(c.entity)} ({c.kind.value}, {c.score:.2f})" for c in others[:5])
        )
    history(item)


def _words(found: tuple[tuple[str, bool], ...]) -> str:
    """Return a name with the words that the other lacks in bold, each with its mark."""
    return " ".join(plain(word) if there else f"**≠{plain(word)}**" for word, there in found)


def history(item: ReviewItem) -> None:
    """Draw who decided the match before, and the way to take that back."""
    found = history_of(item, state.decisions())
    if not found:
        return
    lines = "\n".join(
        f"- {r.when:%Y-%m-%d %H:%M} UTC: **{decision_words(r)}** by {plain(r.who)}: {plain(r.why)}"
        for r in found[-6:]
    )
    st.markdown(f"**Decided before**\n{lines}")
    last = item.record
    if last is None or taken_back(last):
        return
    if item.state not in (State.OPEN, State.AUTOMATIC):
        st.button(
            f"Take back: {decision_words(last)} by {last.who}",
            key="reopen",
            on_click=reopen,
            args=(last,),
        )


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
    items = queue_of(analysis)
    progress(items)
    who_and_how()
    problem = st.session_state.pop("review_problem", "")
    done = st.session_state.pop("review_done", "")
    if problem:
        st.error(problem)
    if done:
        st.success(plain(done), icon=":material/check_circle:")
    base = analysis.question.base
    shown = filters(items)
    left, right = st.columns([8, 7], gap="medium")
    with left:
        chosen = queue(shown, base)
    with right, st.container(border=True):
        if len(chosen) > 1:
            several(chosen, analysis)
        elif chosen:
            card(chosen[0], analysis)
            buttons(chosen[0])
        else:
            undo(st)
    questions(analysis)


st.title("Review")
result = status.need_result()
if result is not None:
    show(result.analysis)
