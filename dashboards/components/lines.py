"""Lines as a table, and the card that says why one of them stands as it does."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from analyzer.core.verdict import STATUS_MEANING
from analyzer.exposure import Analysis, LineJudgement
from analyzer.report.tables import verdict_words
from analyzer.workspace import Ground, grounds, line_table
from dashboards import state
from dashboards.memory import remembered
from dashboards.words import badge, moment, money, percent, plain, status_label

_SHOWN = 5_000


def config(base: str | None) -> dict[str, Any]:
    """Return how the columns of money and weight are written."""
    return {
        "Value": st.column_config.NumberColumn(f"Value, {base}", format="localized"),
        "Weight": st.column_config.NumberColumn("Weight", format="percent"),
        "Buy": st.column_config.TextColumn(width=140),
        "Row": st.column_config.NumberColumn("Row", format="%d", width="small"),
    }


def lines(analysis: Analysis, at: Any, key: str) -> int | None:
    """Draw lines and return the position of the one that is selected.

    Parameters
    ----------
    at
        Positions in `analysis.lines`.
    """
    if not len(at):
        st.info("No line here.")
        return None
    table = remembered(f"table {key}", (analysis, at), None, lambda: _table(analysis, at))
    if len(at) > _SHOWN:
        st.caption(f"The first {_SHOWN:,} of {len(at):,} lines; an export has all.")
    event = st.dataframe(
        table,
        hide_index=True,
        key=key,
        on_select="rerun",
        selection_mode="single-row",
        column_config=config(analysis.question.base),
        alt=f"{len(table)} lines with status and answers; select one to see why",
    )
    rows = event["selection"]["rows"]
    return int(at[rows[0]]) if rows and rows[0] < len(table) else None


def _table(analysis: Analysis, at: Any) -> pd.DataFrame:
    table = line_table(analysis, at[:_SHOWN])
    table["Status"] = [status_label(s) for s in table["Status"]]
    return _without_empty(table)


def _without_empty(table: pd.DataFrame) -> pd.DataFrame:
    """Drop text columns that say nothing, and the file where there is but one."""
    drop = [c for c in ("ISIN", "Ticker", "Next date") if not table[c].astype(bool).any()]
    drop += [] if table["Days left"].notna().any() else ["Days left"]
    drop += [c for c in ("File", "Portfolio") if len(set(table[c])) == 1]
    return table.drop(columns=drop)


def reason_card(analysis: Analysis, at: int) -> None:
    """Draw why one line stands as it does: evidence, answers, chain of events, sources."""
    line = analysis.lines.iloc[at]
    answer = analysis.judged[int(line["judged"])]
    with st.container(border=True):
        left, right = st.columns([3, 2])
        with left:
            st.markdown(f"**{plain(str(line['name']))}** {badge(answer.status)}")
            st.caption(plain(_in_words(answer)))
            value = money(line["market_value_base"])
            st.caption(
                f"{plain(str(line['input']))}, row {int(line['row'])}; {value} "
                f"{analysis.question.base}, {percent(line['weight_net'])} of net value; "
                f"holder {answer.holder or analysis.question.holder}"
            )
        with right:
            _match(answer)
        _verdicts(answer)
        _chain(analysis, answer)
        _besides(answer)


def _in_words(answer: LineJudgement) -> str:
    """Return what the status word means, and the deciding sentence; each thing once."""
    meaning = STATUS_MEANING[answer.status]
    reason = next((words for words in answer.reasons if words != meaning), "")
    both = reason if reason.startswith(meaning) else f"{meaning}. {reason}".strip()
    return both[:1].upper() + both[1:]


def _match(answer: LineJudgement) -> None:
    match = answer.match
    if match is None:
        st.caption("No issuer on the lists screened was found for this line.")
        return
    state = "confirmed" if match.confirmed else "in review"
    st.markdown(
        f"Issuer: **{plain(match.entity)}** ({match.kind.value.replace('_', ' ')}, {state})"
    )
    st.caption(plain(match.evidence))
    for words in match.contradictions:
        st.caption(f"Speaks against it: {plain(words)}")


def _verdicts(answer: LineJudgement) -> None:
    rows = [
        {
            "Act": act.replace("_", " "),
            "Answer": verdict_words(verdict),
            "Regime": verdict.regime or "",
            "Basis": verdict.basis,
            "Conditions": "; ".join(verdict.conditions),
            "Needs": "; ".join(verdict.needs),
            "Grade of sources": verdict.grade,
            "Verified": "beyond what was verified" if verdict.stale else "yes",
        }
        for act, verdict in answer.verdicts.items()
    ]
    table = pd.DataFrame(rows)
    empty = [c for c in ("Conditions", "Needs") if not table[c].astype(bool).any()]
    st.dataframe(table.drop(columns=empty), hide_index=True, alt="Answer for each act")


def _chain(analysis: Analysis, answer: LineJudgement) -> None:
    ids = [*answer.standing.because, *(r for v in answer.verdicts.values() for r in v.because)]
    notes = [analysis.events[i] for i in dict.fromkeys(ids) if i in analysis.events]
    if not notes:
        return
    editions = {x.id: x.edition.isoformat() if x.edition else "" for x in analysis.coverage.lists}
    read = grounds(state.world(), [note.id for note in notes], editions)
    st.markdown("**Because**")
    for note in sorted(notes, key=lambda n: n.date):
        sources = "; ".join(
            f"[{plain(c['ref'])}]({c['url']}) ({c.get('grade', '')})"
            if c.get("url")
            else f"{plain(c['ref'])} ({c.get('grade', '')})"
            for c in note.cites
        )
        st.markdown(
            f"- {note.date}: {plain(note.text)}  \n  :gray[{sources}]{_read_in(read, note.id)}"
        )
    _snapshots([read[note.id] for note in notes if note.id in read])


def _read_in(read: Mapping[str, Ground], reason: str) -> str:
    """Return the list edition or file of a reason with the head of its digest, as a line."""
    ground = read.get(reason)
    if ground is None:
        return ""
    digest = f" :gray[· SHA-256] `{ground.sha256[:12]}…`" if ground.sha256 else ""
    return f"  \n  :gray[{plain(ground.text)}]{digest}"


def _snapshots(found: list[Ground]) -> None:
    """Draw the digests in full, and the editions in force where those are others."""
    if not found:
        return
    rows: dict[str, str] = {}
    for ground in found:
        rows[ground.text] = ground.sha256 or "no longer there"
        if ground.in_force:
            newer = f"{ground.text.partition(',')[0]}, edition of {ground.in_force}, in force"
            rows[newer] = ground.in_force_sha256
    with st.expander("Snapshots behind this answer"):
        st.dataframe(
            [{"Read in": text, "SHA-256": digest} for text, digest in rows.items()],
            hide_index=True,
            alt=f"{len(rows)} list editions and files, each with its SHA-256",
        )


def _besides(answer: LineJudgement) -> None:
    for words in answer.standing.flags:
        st.caption(f"◉ {plain(words)}")
    changes = [
        f"at {moment(change.at)} {change.act.replace('_', ' ')} goes from "
        f"{change.before.value.replace('_', ' ')} to {change.after.value.replace('_', ' ')}"
        for change in answer.changes
    ]
    if changes:
        st.caption("Within the day: " + "; ".join(changes))
    if answer.now is not None and answer.now.status is not answer.status:
        st.caption(
            f"With everything known since ({moment(answer.now.known)}): "
            f"{status_label(answer.now.status)}"
        )
    others = [f"{who}: {status_label(word)}" for who, word in answer.elsewhere.items()]
    if others:
        st.caption("Elsewhere, for " + "; for ".join(others))
    for share in answer.via:
        path = " › ".join(share.path)
        st.caption(f"Holds {share.low:.2%} of {plain(share.match.entity)} ({plain(path)})")
