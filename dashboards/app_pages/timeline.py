"""Timeline: one issuer's law over time, replayed for the day the slider stands on."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pandas as pd
import streamlit as st

from analyzer.core.errors import AnalyzerError
from analyzer.exposure import Analysis, Question
from analyzer.report.answers import answer_json
from analyzer.report.files import render
from analyzer.report.sections import deadlines_table
from analyzer.service import World, ask
from analyzer.workspace import Replay, csv_bytes, held_issuers, on_day, replay
from dashboards import state
from dashboards.components import charts, status
from dashboards.components.drawing import draw
from dashboards.memory import remembered
from dashboards.words import answer_label, badge, plain, status_label

_MATRIX = 40  # issuers in the matrix; each is judged anew for the slider's day


def choose_issuer(world: World, held: dict[str, tuple[str, str]]) -> tuple[str, str] | None:
    """Draw the choice of an issuer; return entity id and instrument."""
    names = {key: entity.name for key, entity in world.identity.entities.items()}
    others = sorted((key for key in names if key not in held), key=lambda key: names[key])
    options = [*held, *others]
    asked = state.from_page_url("issuer", r"[a-z0-9-]{1,80}")
    index = options.index(asked) if asked in options else 0
    chosen = st.selectbox(
        "Issuer",
        options,
        index=index,
        key="issuer",
        format_func=lambda key: f"{names.get(key, key)}{' (held)' if key in held else ''}",
    )
    return (chosen, held[chosen][1] if chosen in held else "equity") if chosen else None


def slider(found: Replay, question: Question) -> date:
    """Draw the slider; it starts at the as-of date, and each step replays the law."""
    key = f"day_{found.entity_id}"
    asked = state.from_page_url("day", r"\d{4}-\d{2}-\d{2}")
    start = _day_of(asked) or question.as_of.day
    start = min(max(start, found.first), found.last)
    row = st.container(horizontal=True, gap=None)
    row.space(charts.LABELS)
    day: date = row.slider(
        "As of (drag, or use the arrow keys)",
        min_value=found.first,
        max_value=found.last,
        value=start,
        format="YYYY-MM-DD",
        key=key,
    )
    return day


def _day_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def standing(world: World, found: Replay, question: Question, instrument: str) -> None:
    """Draw the answer of the day: status, acts, and the chain that decides."""
    acts = tuple(world.law.vocabulary.acts)
    answer = ask(world, found.entity_id, question, acts=acts, instrument=instrument)
    body = answer_json(answer, world.under(question))
    judged = answer.judgement
    word = judged.status if judged else "no_match"
    st.markdown(f"#### {question.as_of.day}: {plain(found.entity)} {badge(word)}")
    cells = st.columns(3)
    for cell, act in zip(cells, ("buy", "sell", "hold"), strict=True):
        verdict = body["verdicts"][act]
        until = f"until {verdict['until'][:16].replace('T', ' ')}" if verdict["until"] else " "
        title = "sell to divest" if act == "sell" else act
        cell.metric(
            title.capitalize(),
            answer_label(verdict["status"]),
            until,
            delta_color="off",
            delta_arrow="off",
            border=True,
            height="stretch",
        )
    for change in body["changes"]:
        at = change["at"][11:16]
        st.caption(
            f"Within this day, at {at}, {change['act']}: {change['from']} becomes {change['to']}"
        )
    _chain(body["verdicts"], [*judged.standing.because] if judged else [], world)
    with st.expander("Every act on this day"):
        st.dataframe(_acts(body["verdicts"], world), hide_index=True, alt="Answer for every act")


def _chain(verdicts: dict[str, Any], standing_ids: list[str], world: World) -> None:
    """Draw the events behind the answers, in order, with their sources."""
    dated = {e["text"]: e["date"] for v in verdicts.values() for e in v["because"]}
    for key in standing_ids:
        event = world.law.record.by_id.get(key)
        if event is not None:
            dated.setdefault(event.text, event.effective.date().isoformat())
    rows = {(day, text) for text, day in dated.items()}
    cites = {(c["ref"], c["url"]) for v in verdicts.values() for c in v["cites"]}
    if rows:
        lines = "\n".join(f"- {day[:16]}: {plain(text)}" for day, text in sorted(rows)[:12])
        st.markdown(f"**Because**\n{lines}")
    if cites:
        links = "; ".join(f"[{plain(r)}]({u})" if u else plain(r) for r, u in sorted(cites)[:8])
        st.caption(f"Sources: {links}")


def _acts(verdicts: dict[str, Any], world: World) -> pd.DataFrame:
    meaning = world.law.vocabulary.acts
    return pd.DataFrame(
        [
            {
                "Act": act.replace("_", " "),
                "Answer": answer_label(v["status"]),
                "Until": (v["until"] or "")[:16].replace("T", " "),
                "Regime": v["regime"] or "",
                "Conditions and needs": "; ".join([*v["conditions"], *v["needs"]]),
                "What it is": meaning.get(act, ""),
            }
            for act, v in verdicts.items()
        ]
    )


def matrix(world: World, held: dict[str, tuple[str, str]], question: Question) -> None:
    """Draw what may be done with every held name on the slider's day."""
    st.subheader(f"What is permitted on {question.as_of.day}")
    rows = []
    for key, (name, instrument) in list(held.items())[:_MATRIX]:
        answer = ask(world, key, question, instrument=instrument)
        body = answer.verdicts
        rows.append(
            {
                "Issuer": name,
                "Status": status_label(answer.judgement.status if answer.judgement else "review"),
                **{
                    words: answer_label(body[act].outcome.value)
                    for act, words in (("buy", "Buy"), ("sell", "Sell to divest"), ("hold", "Hold"))
                },
            }
        )
    if len(held) > _MATRIX:
        st.caption(f"The {_MATRIX} most severe of {len(held)} held names.")
    st.dataframe(rows, hide_index=True, alt=f"Permitted acts on {question.as_of.day}, by issuer")


def deadlines(analysis: Analysis) -> None:
    """Draw the dates ahead of the portfolio, with calendar and CSV."""
    st.subheader(f"Dates ahead of {analysis.question.as_of}")
    if not analysis.deadlines:
        st.info("No legal date lies ahead for what is held.")
        return
    table = deadlines_table(analysis)
    frame = pd.DataFrame(table.rows, columns=[c.heading for c in table.columns])
    st.dataframe(
        frame.drop(columns=["Regime", "Citation", "That minute counts"]),
        hide_index=True,
        alt=f"{len(frame)} dates ahead",
    )
    st.caption(table.note)
    stem = f"deadlines_{analysis.question.as_of.day}"
    left, right, _ = st.columns([1, 1, 3])
    left.download_button(
        "Calendar (.ics)",
        remembered("ics", (analysis,), None, lambda: render(analysis, ".ics")),
        f"{stem}.ics",
        "text/calendar",
        on_click="ignore",
        width="stretch",
    )
    right.download_button(
        "CSV",
        csv_bytes(list(frame.columns), table.rows),
        f"{stem}.csv",
        "text/csv",
        on_click="ignore",
        width="stretch",
    )


def no_court(
    world: World, entity_id: str, question: Question, newest: datetime, instrument: str
) -> pd.DataFrame:
    """Return the spans of the position had no court acted."""
    without = replace(question, without_rulings=True)
    spans = replay(world, entity_id, without, newest, instrument).spans
    return spans.loc[spans["lane"] == "position"].assign(lane="counterfactual")


def use_day(day: date) -> None:
    """Move the whole portfolio to the slider's day."""
    state.put(replace(state.desk(), as_of=day.isoformat()))


def show(analysis: Analysis | None) -> None:
    """Draw the page."""
    world = state.world()
    question = state.desk().question
    held = held_issuers(analysis) if analysis else {}
    left, middle, right = st.columns([3, 2, 2], vertical_alignment="bottom")
    with left:
        chosen = choose_issuer(world, held)
    then = middle.toggle(
        "As known on that day",
        value=True,
        key="known_then",
        help="Off: with everything known since.",
    )
    counterfactual = right.toggle("Beside it: no court", key="counterfactual")
    if chosen is None:
        return
    entity_id, instrument = chosen
    newest = world.law.newest_known
    try:
        asked = (entity_id, question, newest, instrument)
        found = remembered("replay", (world,), asked, lambda: replay(world, *asked))
        other = None
        if counterfactual:
            other = remembered("no court", (world,), asked, lambda: no_court(world, *asked))
    except AnalyzerError as error:
        st.error(str(error))
        return
    day = slider(found, question)
    state.page_url({"issuer": entity_id, "day": day.isoformat()})
    draw(
        "gantt",
        (found, other),
        None,
        lambda: charts.gantt(found, other),
        charts.gantt_words(found, day),
        charts.as_of_frame(day),
    )
    then_asked = on_day(question, day, then, newest)
    standing(world, found, then_asked, instrument)
    if day.isoformat() != state.desk().as_of:
        st.button("Use this day for the whole portfolio", on_click=use_day, args=(day,), key="use")
    with st.expander("Every event of this issuer, and the spans of the chart"):
        st.dataframe(found.events.drop(columns="id"), hide_index=True, alt="Events")
        st.dataframe(found.spans, hide_index=True, alt="Spans of the chart")
    if held:
        matrix(world, held, then_asked)
    if analysis is not None:
        deadlines(analysis)


st.title("Timeline")
if state.desk().files:
    result = status.need_result()
    if result is not None:
        show(result.analysis)
else:
    st.caption("No portfolio is loaded: any name on the lists can be looked at.")
    show(None)
