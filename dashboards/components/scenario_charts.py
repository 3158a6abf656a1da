"""Charts of scenarios on screen: the frames that the figures in files are drawn from."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from analyzer.report.chart import OKABE_ITO, Chart
from dashboards.components.charts import AXIS, bars
from dashboards.components.drawing import draw


def show(chart: Chart) -> None:
    """Draw a chart of the report with its title, its words, and its numbers under it.

    The same chart object is described once.
    """
    st.markdown(f"**{chart.title}**")
    draw(
        f"{chart.kind} {chart.title}", (chart,), None, lambda: _DRAWN[chart.kind](chart), chart.alt
    )
    if chart.kind in _SAID:
        st.caption(chart.alt)
    with st.expander("The numbers of this chart"):
        st.caption(chart.alt)
        st.dataframe(chart.data, hide_index=True, alt=chart.title)


_SAID = ("fan", "waiting")  # bands and lines that a reader cannot tell without words


def _sell_down(chart: Chart) -> Any:
    data = chart.data.loc[chart.data["session"] != "start"]
    long = data.melt("session", ["held", "sellable"], "what", "value")
    long["what"] = long["what"].map(
        {"held": "still to sell", "sellable": "the most that could still be sold"}
    )
    lines_ = (
        alt.Chart(long)
        .mark_line(strokeWidth=2)
        .encode(
            x=alt.X("session:T", title=None),
            y=alt.Y("value:Q", title=chart.extra["unit"], axis=alt.Axis(format="~s")),
            color=_two("what", "still to sell", "the most that could still be sold"),
            strokeDash=alt.StrokeDash("what:N", legend=None),
            tooltip=["session:T", "what:N", alt.Tooltip("value:Q", format=",.0f")],
        )
    )
    ends = chart.extra.get("window_ends") or ()
    layers = [lines_]
    if ends:
        rule = alt.Chart(pd.DataFrame({"at": [pd.Timestamp(str(end)) for end in ends]}))
        layers.append(
            rule.mark_rule(color=OKABE_ITO["vermillion"], strokeDash=[5, 3]).encode(
                x="at:T", tooltip=[alt.Tooltip("at:T", title="A window ends")]
            )
        )
    return alt.layer(*layers).properties(height=280)


def _two(field: str, first: str, second: str) -> alt.Color:
    colours = [OKABE_ITO["blue"], OKABE_ITO["orange"]]
    return alt.Color(
        f"{field}:N",
        scale=alt.Scale(domain=[first, second], range=colours),
        legend=alt.Legend(title=None, orient="bottom", labelLimit=300),
    )


def _waterfall(chart: Chart) -> Any:
    data = chart.data.assign(
        part=["total" if c == "total" else "part" for c in chart.data["cause"]]
    )
    return (
        alt.Chart(data)
        .mark_bar(clip=True)
        .encode(
            x=alt.X("start:Q", title=chart.extra["unit"], axis=alt.Axis(format="~s")),
            x2="end:Q",
            y=alt.Y("cause:N", sort=data["cause"].tolist(), title=None, axis=alt.Axis(**AXIS)),
            color=_two("part", "total", "part"),
            tooltip=["cause:N", alt.Tooltip("cost:Q", format=",.0f")],
        )
        .properties(height=alt.Step(26))
    )


def _fan(chart: Chart) -> Any:
    # Vega reads a dot in a field's name as a path.
    data = chart.data.rename(columns=lambda name: str(name).replace(".", "_"))
    levels = [c for c in data.columns if c.startswith("q")]
    x = alt.X("session:Q", title="session")
    bands = [
        alt.Chart(data)
        .mark_area(opacity=0.25, color=OKABE_ITO["blue"])
        .encode(x=x, y=alt.Y(f"{low}:Q", title=chart.extra["unit"]), y2=f"{high}:Q")
        for low, high in zip(levels[: len(levels) // 2], reversed(levels), strict=False)
    ]
    mean = alt.Chart(data).mark_line(color=OKABE_ITO["vermillion"], strokeDash=[5, 3])
    layers = [*bands, mean.encode(x=x, y="mean:Q")]
    return alt.layer(*layers).properties(height=280)


def _waiting(chart: Chart) -> Any:
    names = {"optimal": "best policy", "committed": "sell on schedule", "waiting": "wait"}
    long = chart.data.melt("probability", list(names), "what", "cost")
    long["what"] = long["what"].map(names)
    lines_ = (
        alt.Chart(long)
        .mark_line(strokeWidth=2)
        .encode(
            x=alt.X("probability:Q", title="chance of relief", axis=alt.Axis(format="%")),
            y=alt.Y("cost:Q", title=chart.extra["unit"], axis=alt.Axis(format="~s")),
            color=alt.Color("what:N", legend=alt.Legend(title=None, orient="bottom")),
            strokeDash=alt.StrokeDash("what:N", legend=None),
            tooltip=["what:N", "probability:Q", alt.Tooltip("cost:Q", format=",.0f")],
        )
    )
    even = chart.extra.get("break_even")
    layers = [lines_]
    if even is not None:
        rule = alt.Chart(pd.DataFrame({"at": [float(even)]}))
        layers.append(rule.mark_rule(strokeDash=[5, 3]).encode(x="at:Q"))
    return alt.layer(*layers).properties(height=280)


def _court(chart: Chart) -> Any:
    data = chart.data.assign(
        move=[
            f"{d}: {a} → {b}"
            for d, a, b in zip(
                chart.data["docket"], chart.data["source"], chart.data["target"], strict=True
            )
        ]
    )
    return _plain_bars(data, "move", "chance", "expected number of such moves", ".0%")


def _exposure(chart: Chart) -> Any:
    measure = str(chart.extra["measure"])
    data = chart.data.rename(columns={"issuer": "group"})
    return bars(data, measure, str(chart.extra["axis"]))


def _tracking(chart: Chart) -> Any:
    label, measure = chart.data.columns[0], chart.data.columns[1]
    return _plain_bars(chart.data, label, measure, "tracking error, a year", ".2%")


def _plain_bars(data: pd.DataFrame, label: str, measure: str, title: str, form: str) -> Any:
    return (
        alt.Chart(data)
        .mark_bar(color=OKABE_ITO["blue"])
        .encode(
            x=alt.X(f"{measure}:Q", title=title, axis=alt.Axis(format=form)),
            y=alt.Y(f"{label}:N", sort=data[label].tolist(), title=None, axis=alt.Axis(**AXIS)),
            tooltip=[f"{label}:N", alt.Tooltip(f"{measure}:Q", format=form)],
        )
        .properties(height=alt.Step(26))
    )


def tornado(data: pd.DataFrame, unit: str) -> Any:
    """Return low and high per driver around the base, largest swing first.

    Parameters
    ----------
    data
        driver, low, high: the figure at either end of the driver's range.
    """
    swing = (data["high"] - data["low"]).abs()
    ordered = data.assign(swing=swing).sort_values("swing", ascending=False, kind="stable")
    return (
        alt.Chart(ordered)
        .mark_bar(color=OKABE_ITO["blue"], clip=True)
        .encode(
            x=alt.X("low:Q", title=unit, scale=alt.Scale(zero=False), axis=alt.Axis(format="~s")),
            x2="high:Q",
            y=alt.Y("driver:N", sort=ordered["driver"].tolist(), title=None, axis=alt.Axis(**AXIS)),
            tooltip=[
                "driver:N",
                alt.Tooltip("low:Q", format=",.0f"),
                alt.Tooltip("high:Q", format=",.0f"),
            ],
        )
        .properties(height=alt.Step(28))
    )


_DRAWN: Mapping[str, Callable[[Chart], Any]] = {
    "exposure": _exposure,
    "sell_down": _sell_down,
    "waterfall": _waterfall,
    "fan": _fan,
    "waiting": _waiting,
    "court": _court,
    "tracking": _tracking,
}


def drawable(charts: Sequence[Chart]) -> list[Chart]:
    """Return the charts this module can draw."""
    return [chart for chart in charts if chart.kind in _DRAWN]
