"""The page: pick or upload a portfolio, choose a date, see what is touched and why."""

import os
from datetime import date, datetime
from pathlib import Path

import altair as alt
import pandas as pd
import streamlit as st

from analyzer.core.asof import NEW_YORK, AsOf
from analyzer.core.errors import AnalyzerError
from analyzer.core.verdict import STATUS_MEANING, Status
from analyzer.exposure import Analysis, Question
from analyzer.report.contract import positions_json
from analyzer.report.files import render
from analyzer.report.tables import STATUS_STYLE, verdict_words
from analyzer.service import World, analyze, load_world, read_inputs

# Okabe-Ito colours; the mark and the word beside them carry the same meaning.
COLOURS = {
    Status.BLOCKED: "#D55E00",
    Status.LOCKED: "#D55E00",
    Status.REVIEW: "#56B4E9",
    Status.SELL_WINDOW: "#E69F00",
    Status.RESTRICTED: "#F0E442",
    Status.UNKNOWN: "#000000",
    Status.UPCOMING: "#CC79A7",
    Status.SUSPENDED: "#0072B2",
    Status.RELEASED: "#0072B2",
    Status.WATCH: "#999999",
    Status.NO_MATCH: "#009E73",
}


@st.cache_resource
def world() -> World:
    """Return the bundled law and lists; they never change while the page runs."""
    return load_world()


@st.cache_data(max_entries=8, scope="session", show_spinner="Judging every line ...")
def judged(name: str, content: bytes, as_of: str, without_rulings: bool) -> Analysis:
    """Return the analysis of one file; kept for this session only."""
    inputs = read_inputs([(name, content)])
    question = Question(AsOf.of(as_of), without_rulings=without_rulings)
    return analyze(world(), inputs, question, arguments={"page": "exposure"})


def samples() -> dict[str, Path]:
    """Return the sample portfolios by name."""
    here = Path(__file__).resolve().parent
    folder = next(
        (f for f in (here.parent / "sample_portfolios", here.parent / "_samples") if f.is_dir()),
        here,
    )
    kinds = {".csv", ".xlsx", ".json", ".txt"}
    return {p.name: p for p in sorted(folder.iterdir()) if p.suffix in kinds}


def chosen_file() -> tuple[str, bytes] | None:
    """Return name and content of the file to analyse."""
    upload = st.sidebar.file_uploader(
        "Holdings file", type=["csv", "tsv", "txt", "xlsx", "xls", "json", "parquet", "xml"]
    )
    if upload is not None:
        return upload.name, upload.getvalue()
    given = os.environ.get("BANIMPACT_FILE")
    if given and Path(given).is_file():
        return Path(given).name, Path(given).read_bytes()
    found = samples()
    name = st.sidebar.selectbox("or a sample", list(found), index=min(1, len(found) - 1))
    return (name, found[name].read_bytes()) if name else None


def status_frame(analysis: Analysis) -> pd.DataFrame:
    """Return totals by status for the table and the chart."""
    return pd.DataFrame(
        [
            {
                "Status": f"{STATUS_STYLE[status][0]} {status.value}",
                "Rows": entry.rows,
                "Value": entry.market_value,
                "Weight": entry.weight,
                "Meaning": STATUS_MEANING[status],
                "colour": COLOURS[status],
            }
            for status, entry in analysis.totals.by_status.items()
        ]
    )


def status_chart(frame: pd.DataFrame, base: str) -> alt.Chart:
    """Return bars of weight by status, in order of severity."""
    axis = alt.Axis(format="%", title="Weight, fraction of net value")
    chart: alt.Chart = (
        alt.Chart(frame)
        .mark_bar(stroke="#333333", strokeWidth=0.5)
        .encode(
            x=alt.X("Weight:Q", axis=axis),
            y=alt.Y("Status:N", sort=frame["Status"].tolist(), title=None),
            color=alt.Color("colour:N", scale=None),
            tooltip=["Status", "Rows", alt.Tooltip("Value", format=",.2f", title=f"Value, {base}")],
        )
        .properties(height=36 * max(len(frame), 3))
    )
    return chart


def touched_frame(analysis: Analysis) -> pd.DataFrame:
    """Return the touched lines with their answers and the first reason."""
    judgements = analysis.judged
    codes = analysis.lines["judged"].to_numpy()
    keep = analysis.lines["status"] != Status.NO_MATCH.value
    rows = []
    for row, code in zip(positions_json(analysis), codes[keep.to_numpy()], strict=True):
        answer = judgements[code]
        rows.append(
            {
                "Row": row["row"],
                "Name": row["name"],
                "Status": f"{STATUS_STYLE[answer.status][0]} {answer.status.value}",
                "Buy": verdict_words(answer.verdicts["buy"]),
                "Sell to divest": verdict_words(answer.verdicts["sell"]),
                "Hold": verdict_words(answer.verdicts["hold"]),
                "Value": None
                if row["market_value_base"] is None
                else float(row["market_value_base"]),
                "Weight": row["weight"],
                "Why": " · ".join(row["reasons"]),
            }
        )
    return pd.DataFrame(rows)


def show(analysis: Analysis) -> None:
    """Draw the result."""
    base = str(analysis.question.base)
    coverage = analysis.coverage
    (st.success if coverage.complete else st.warning)(
        ("" if coverage.complete else "Incomplete: ") + coverage.sentence()
    )
    frame = status_frame(analysis)
    left, right = st.columns([3, 2])
    with left:
        st.subheader("Exposure by status")
        st.altair_chart(status_chart(frame, base), width="stretch")
    with right:
        st.subheader("The same numbers")
        st.dataframe(
            frame.drop(columns="colour"),
            hide_index=True,
            column_config={
                "Value": st.column_config.NumberColumn(f"Value, {base}", format="localized"),
                "Weight": st.column_config.NumberColumn(format="percent"),
            },
        )
    st.subheader("Touched lines")
    lines = touched_frame(analysis)
    if lines.empty:
        st.info(f"No line matches the lists screened. {coverage.sentence()}")
    else:
        st.dataframe(
            lines,
            hide_index=True,
            column_config={
                "Value": st.column_config.NumberColumn(f"Value, {base}", format="localized"),
                "Weight": st.column_config.NumberColumn(format="percent"),
            },
        )
    st.download_button("Download workbook", render(analysis, ".xlsx"), "exposure.xlsx")
    st.caption("Not legal advice; decisions belong to the firm.")


def main() -> None:
    """Draw the page."""
    st.set_page_config(page_title="Investment ban impact", page_icon="⚖️", layout="wide")
    st.title("What do I hold, and what may I still do with it?")
    file = chosen_file()
    as_of = st.sidebar.date_input(
        "As of", date(2021, 3, 9), date(2020, 1, 1), datetime.now(NEW_YORK).date()
    )
    without = st.sidebar.toggle("Leave out court rulings")
    if file is None:
        st.info("Upload a holdings file, or pick a sample.")
        return
    try:
        show(judged(file[0], file[1], as_of.isoformat(), without))
    except AnalyzerError as error:
        st.error(str(error))


main()
