"""Charts on screen: the data and the words of `analyzer.report`, drawn by Altair and ECharts.

What a chart shows is what the figures in the files show, since both draw the same frames.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import altair as alt
import pandas as pd

from analyzer.core.verdict import Status
from analyzer.report.chart import OKABE_ITO
from analyzer.report.wording import status_words
from analyzer.workspace import Replay
from dashboards.words import ANSWERS, COLOURS, MARKS, answer_label, status_label

_WIDE = 0.12  # of the width: what a bar needs to hold its words
LABELS = 130  # pixels left of the timeline, so that the slider above it lines up
AS_OF = "as_of"
AXIS: dict[str, Any] = {"labelLimit": 220, "titleFontWeight": "normal"}
_STATUS_COLOUR = alt.Color(
    "shown:N",
    scale=alt.Scale(domain=[status_label(s) for s in Status], range=[COLOURS[s] for s in Status]),
    legend=None,
)


# -- exposure ------------------------------------------------------------------------------------


def _tiles(data: pd.DataFrame, measure: str) -> list[tuple[Status, pd.DataFrame]]:
    """Return the tiles of each status, in the order in which they are drawn."""
    frame = data.loc[data[measure].notna() & (data[measure] != 0)]
    return [(Status(str(word)), part) for word, part in frame.groupby("status", sort=False)]


def tile_at(data: pd.DataFrame, measure: str, index: int) -> tuple[str, str]:
    """Return group and status of the tile with a number; a whole status has no group.

    ECharts numbers the nodes of a tree from its root, each before its children.
    """
    at = 0
    for status, part in _tiles(data, measure) if index > 0 else ():
        at += 1
        if index == at:
            return "", status.value
        if index <= at + len(part):
            return str(part["group"].iloc[index - at - 1]), status.value
        at += len(part)
    return "", ""


def treemap(data: pd.DataFrame, measure: str, unit: str) -> dict[str, Any]:
    """Return an ECharts option: status, then group, sized by value; patterns besides colours."""
    nodes = []
    for found, part in _tiles(data, measure):
        leaves = [
            {"name": str(group), "value": abs(float(size))}
            for group, size in zip(part["group"], part[measure], strict=True)
        ]
        colour = COLOURS[found]
        nodes.append(
            {"name": status_label(found), "children": leaves, "itemStyle": {"color": colour}}
        )
    return {
        "aria": {"enabled": True, "decal": {"show": True, "decals": _DECALS}},
        "tooltip": {"valueFormatter": "percent" if measure == "weight" else "localized"},
        "series": [
            {
                "type": "treemap",
                "name": unit,
                "data": nodes,
                "roam": False,
                "nodeClick": False,
                "selectedMode": "single",
                "select": {"itemStyle": {"borderColor": "#111111", "borderWidth": 3}},
                "cursor": "pointer",
                "breadcrumb": {"show": False},
                "label": _LABEL,
                "upperLabel": {**_LABEL, "height": 26},
                "levels": [{"upperLabel": {"show": False}}, {}],
                "itemStyle": {"borderColor": "#9A9A9A", "borderWidth": 1, "gapWidth": 1},
                "top": 0,
                "bottom": 0,
                "left": 0,
                "right": 0,
            }
        ],
    }


_NAME = {"color": "#111", "fontSize": 12, "backgroundColor": "rgba(255,255,255,0.82)"}
_LABEL: dict[str, Any] = {
    "show": True,
    "overflow": "truncate",
    "formatter": "{name|{b}}",
    "rich": {"name": {**_NAME, "padding": [3, 5], "borderRadius": 2}},
}
_PALE = "rgba(255,255,255,0.35)"
_DECALS: list[dict[str, Any]] = [
    {"color": _PALE, "dashArrayX": [1, 0], "dashArrayY": [2, 6], "rotation": -0.785},
    {
        "color": _PALE,
        "symbol": "circle",
        "dashArrayX": [[8, 8], [0, 8, 8, 0]],
        "dashArrayY": [6, 0],
        "symbolSize": 0.7,
    },
    {"color": _PALE, "dashArrayX": [1, 0], "dashArrayY": [2, 6], "rotation": 0.785},
    {"color": _PALE, "dashArrayX": [1, 0], "dashArrayY": [3, 5]},
    {
        "color": _PALE,
        "symbol": "triangle",
        "dashArrayX": [[9, 9], [0, 9, 9, 0]],
        "dashArrayY": [7, 2],
        "symbolSize": 0.7,
    },
]


def bars(data: pd.DataFrame, measure: str, unit: str) -> Any:
    """Return sorted bars of groups by status; a click picks one."""
    frame = data.assign(
        shown=[status_label(s) for s in data["status"]],
        label=[
            f"{MARKS[Status(s)]} {g}" for g, s in zip(data["group"], data["status"], strict=True)
        ],
    )
    form = ".1%" if measure == "weight" else ",.0f"
    chosen = alt.selection_point(name="bar", fields=["group", "status"])
    return (
        alt.Chart(frame)
        .mark_bar(stroke="#555", strokeWidth=0.5, cursor="pointer")
        .encode(
            x=alt.X(f"{measure}:Q", title=unit, axis=alt.Axis(format=form, **AXIS)),
            y=alt.Y("label:N", sort=frame["label"].tolist(), title=None, axis=alt.Axis(**AXIS)),
            color=_STATUS_COLOUR,
            opacity=alt.condition(chosen, alt.value(1.0), alt.value(0.35)),
            tooltip=[
                alt.Tooltip("group:N", title="Group"),
                alt.Tooltip("shown:N", title="Status"),
                alt.Tooltip("lines:Q", title="Lines"),
                alt.Tooltip(f"{measure}:Q", format=form, title=unit),
            ],
        )
        .add_params(chosen)
        .properties(height=alt.Step(24))
    )


def heat(data: pd.DataFrame, across: str, measure: str, unit: str) -> Any:
    """Return group by `across` in cividis; the number in each cell is the legend."""
    form = {"weight": ".1%", "bp": ",.0f"}.get(measure, ",.3s")
    x = alt.X(f"{across}:N", title=None, axis=alt.Axis(labelAngle=0, **AXIS))
    y = alt.Y("group:N", title=None, axis=alt.Axis(**AXIS))
    cells = (
        alt.Chart(data)
        .mark_rect(stroke="#fff")
        .encode(
            x=x,
            y=y,
            color=alt.Color(f"{measure}:Q", scale=alt.Scale(scheme="cividis"), legend=None),
            tooltip=["group:N", f"{across}:N", alt.Tooltip(f"{measure}:Q", title=unit)],
        )
    )
    middle = float(data[measure].max() + data[measure].min()) / 2
    text = (
        alt.Chart(data)
        .mark_text(fontSize=12)
        .encode(
            x=x,
            y=y,
            text=alt.Text(f"{measure}:Q", format=form),
            color=alt.condition(
                f"datum['{measure}'] > {middle}", alt.value("#000"), alt.value("#fff")
            ),
        )
    )
    return (cells + text).properties(height=alt.Step(32))


# -- the law over time ---------------------------------------------------------------------------

_LANES = {
    "position": "position",
    "buy": "buy",
    "sell": "sell to divest",
    "hold": "hold",
    "counterfactual": "position, no court",
}


def gantt(found: Replay, other: pd.DataFrame | None = None) -> Any:
    """Return the answers for one issuer as bars, its events as ticks, and a rule at `AS_OF`.

    Parameters
    ----------
    other
        Spans of the position had no court acted, to stand beneath.
    """
    spans = found.spans if other is None else pd.concat([found.spans, other], ignore_index=True)
    frame = spans.assign(shown=[_answer(a) for a in spans["answer"]])
    frame["lane"] = [_LANES[lane] for lane in frame["lane"]]
    lanes = [name for name in _LANES.values() if name in set(frame["lane"])]
    answers = list(dict.fromkeys(frame["shown"]))
    colours = {_answer(a): _answer_colour(a) for a in spans["answer"]}
    left = alt.Axis(minExtent=LABELS, maxExtent=LABELS, **AXIS)
    y = alt.Y("lane:N", sort=lanes, title=None, axis=left)
    axis = alt.Axis(format="%Y-%m", tickCount=8, labelOverlap=True, **AXIS)
    ends = [_date_time(found.first), _date_time(found.last)]
    bars_ = (
        alt.Chart(frame)
        .mark_bar(stroke="#666", strokeWidth=0.5, height=20, clip=True)
        .encode(
            x=alt.X("start:T", title=None, axis=axis, scale=alt.Scale(domain=ends, nice=False)),
            x2="end:T",
            y=y,
            color=alt.Color(
                "shown:N",
                scale=alt.Scale(domain=answers, range=[colours[a] for a in answers]),
                legend=alt.Legend(
                    title=None, orient="bottom", columns=5, labelLimit=240, symbolStrokeWidth=0
                ),
            ),
            tooltip=[
                alt.Tooltip("lane:N", title="What"),
                alt.Tooltip("shown:N", title="Answer"),
                alt.Tooltip("words:N", title="In words"),
                alt.Tooltip("start:T", format="%Y-%m-%d %H:%M", title="From"),
                alt.Tooltip("end:T", format="%Y-%m-%d %H:%M", title="To"),
            ],
        )
    )
    ticks = (
        alt.Chart(found.events.assign(lane=lanes[0]))
        .mark_point(shape="triangle-down", filled=True, size=70, color="#8A8A8A", yOffset=-16)
        .encode(
            x="at:T",
            y=y,
            tooltip=[
                alt.Tooltip("at:T", format="%Y-%m-%d %H:%M", title="On"),
                alt.Tooltip("text:N", title="Event"),
            ],
        )
    )
    rule = (
        alt.Chart(alt.NamedData(AS_OF))
        .mark_rule(strokeDash=[5, 3], strokeWidth=2, color=OKABE_ITO["vermillion"])
        .encode(x="at:T", tooltip=[alt.Tooltip("label:N", title="As of")])
    )
    words = _bar_words(frame, y, colours, _WIDE * (found.last - found.first).days)
    return (bars_ + words + ticks + rule).properties(height=alt.Step(34))


def _bar_words(frame: pd.DataFrame, y: Any, colours: Mapping[str, str], least: float) -> Any:
    """Return the answer in each bar that lasts long enough to hold it, legible on its colour.

    Parameters
    ----------
    least
        Days.
    """
    wide = frame.loc[(frame["end"] - frame["start"]) > pd.Timedelta(days=least)]
    dark = [answer for answer, colour in colours.items() if _dark(colour)]
    return (
        alt.Chart(wide)
        .mark_text(align="left", dx=6, fontSize=11, clip=True)
        .encode(
            x="start:T",
            y=y,
            text="shown:N",
            color=alt.condition(
                alt.FieldOneOfPredicate("shown", dark), alt.value("#fff"), alt.value("#111")
            ),
        )
    )


def as_of_frame(day: date) -> dict[str, pd.DataFrame]:
    """Return the frame that `gantt` names: the day of its rule."""
    return {AS_OF: pd.DataFrame({"at": [pd.Timestamp(day)], "label": [day.isoformat()]})}


def _date_time(day: date) -> alt.DateTime:
    return alt.DateTime(year=day.year, month=day.month, date=day.day)


def _answer(word: str) -> str:
    return answer_label(word) if word in ANSWERS else status_label(word)


def _answer_colour(word: str) -> str:
    return ANSWERS[word][0] if word in ANSWERS else COLOURS[Status(word)]


def _dark(colour: str) -> bool:
    """Say whether white words stand out more on a colour than black ones (relative luminance)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] < 0.179


def gantt_words(found: Replay, day: date) -> str:
    """Return the chart in words, for those who do not see it."""
    stays = found.spans.loc[found.spans["lane"] == "position"]
    parts = [
        f"{status_words(Status(str(r.answer)))} from {r.start:%Y-%m-%d}"
        for r in stays.itertuples(index=False)
    ]
    return f"Legal timeline of {found.entity}, dashed line at {day}: " + "; ".join(parts) + "."
