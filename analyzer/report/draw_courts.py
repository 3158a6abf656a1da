"""Drawings of courts and of what replaces what is sold."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from analyzer.report.chart import OKABE_ITO, Chart, records
from analyzer.report.drawing import EDGE, INK, Pen, thousands
from analyzer.scenarios.courts import CourtState


def waiting(pen: Pen, chart: Chart) -> None:
    """Draw expected cost of three policies over the probability of relief, break-even marked."""
    data = chart.data
    axes = pen.axes(2.9, chart.title)
    at = data["probability"].to_numpy(dtype=float)
    looks = (
        ("committed", "sell on a fixed schedule", OKABE_ITO["vermillion"], "--", "s"),
        ("waiting", "wait for the court", OKABE_ITO["blue"], "-.", "^"),
        ("optimal", "best policy", INK, "-", "o"),
    )
    every = max(1, len(at) // 8)
    for number, (name, words, colour, line, mark) in enumerate(looks):
        values = data[name].to_numpy(dtype=float)
        values = np.where(np.isfinite(values), values, np.nan)
        axes.plot(
            at,
            values,
            color=colour,
            linestyle=line,
            marker=mark,
            markevery=(number * every // 3, every),
            markersize=4,
            linewidth=1.5,
            label=words,
        )
    best, fixed = (data[c].to_numpy(dtype=float) for c in ("optimal", "committed"))
    axes.fill_between(
        at,
        best,
        fixed,
        where=np.isfinite(best) & np.isfinite(fixed),
        facecolor=OKABE_ITO["sky"],
        alpha=0.3,
        hatch="..",
        edgecolor=EDGE,
        linewidth=0.0,
        label="value of flexibility",
    )
    even = chart.extra["break_even"]
    if even is not None:
        axes.axvline(even, color=INK, linewidth=1.0, linestyle=":")
        axes.annotate(
            f"waiting breaks even at {even:.0%}",
            (even, 1.0),
            xytext=(3, -2),
            va="top",
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            fontsize=7,
        )
    axes.set_xlabel("probability of relief")
    axes.set_ylabel(f"expected cost, {chart.extra['unit']}")
    axes.set_xlim(float(at.min()), float(at.max()))
    thousands(axes.yaxis)
    axes.grid()
    handles, labels = axes.get_legend_handles_labels()
    axes.figure.legend(handles, labels, loc="outside lower left", ncols=4, fontsize=7)


def court(pen: Pen, chart: Chart) -> None:
    """Draw each docket left to right; the width of a line is its chance, printed on it."""
    data = chart.data
    dockets = list(dict.fromkeys(data["docket"]))
    layouts = [_columns(data.loc[data["docket"] == d]) for d in dockets]
    tall = [len({_LANES[state] for column in columns for state in column}) for columns in layouts]
    axes = pen.axes(0.5 + 0.62 * sum(tall) + 0.3 * len(dockets), chart.title)
    top = 0.0
    for docket, columns, height in zip(dockets, layouts, tall, strict=True):
        places = _places(columns, top)
        axes.annotate(pen.label(docket), (-0.32, top - 0.62), fontsize=8, fontweight="bold")
        _flows(axes, data.loc[data["docket"] == docket], places)
        for state, (x, y) in places.items():
            axes.annotate(
                state.replace("_", " "),
                (x, y),
                ha="center",
                va="center",
                zorder=5,
                bbox={"boxstyle": "round,pad=0.35", "facecolor": "#ffffff", "edgecolor": EDGE},
                color=EDGE,
            )
        top += height + 0.6
    axes.set_xlim(-0.4, max(len(c) for c in layouts) - 0.6)
    axes.set_ylim(top - 1.05, -0.9)
    axes.set_axis_off()


def _columns(flows: Any) -> list[list[str]]:
    """Return states in columns, each right of every state it follows.

    Moves against the order of the states, such as a case pending again, count for no column.
    """
    order = {state.name.casefold(): at for at, state in enumerate(CourtState)}
    moves = list(zip(flows["source"], flows["target"], strict=True))
    column = dict.fromkeys((state for move in moves for state in move), 0)
    for state in sorted(column, key=lambda name: order[name]):
        before = [column[s] for s, t in moves if t == state and order[s] < order[t]]
        column[state] = max(before, default=-1) + 1
    wide = max(column.values()) + 1
    return [[state for state in column if column[state] == x] for x in range(wide)]


_LANES: Mapping[str, int] = {
    "enjoined": 0,
    "reprieved": 0,
    "pending": 1,
    "removed": 1,
    "relisted": 1,
    "lost": 2,
    "appeal": 2,
    "upheld": 3,
    "window_end": 3,
}
"""Lane of each state: relief above, loss below, so that no move runs through a box."""


def _places(columns: list[list[str]], top: float) -> dict[str, tuple[float, float]]:
    used = sorted({_LANES[state] for column in columns for state in column})
    found = {}
    for x, column in enumerate(columns):
        for state in column:
            # States that share a lane and a column stand a little apart.
            beside = [other for other in column if _LANES[other] == _LANES[state]]
            shift = 0.5 * (beside.index(state) - (len(beside) - 1) / 2)
            found[state] = (float(x), top + used.index(_LANES[state]) + shift)
    return found


def _flows(axes: Any, flows: Any, places: dict[str, tuple[float, float]]) -> None:
    for row in records(flows):
        start, end = places[row.source], places[row.target]
        axes.annotate(
            "",
            end,
            start,
            arrowprops={
                "arrowstyle": "-|>",
                "color": INK,
                "linewidth": 0.6 + 5.0 * min(1.0, row.chance),
                "alpha": 0.75,
                "shrinkA": 26,
                "shrinkB": 30,
                "mutation_scale": 9,
                "connectionstyle": "arc3,rad=0.08",
            },
        )
        middle = (0.52 * start[0] + 0.48 * end[0], 0.52 * start[1] + 0.48 * end[1])
        axes.annotate(
            f"{row.chance:.1%}",
            middle,
            ha="center",
            va="center",
            fontsize=7,
            zorder=6,
            color=EDGE,
            bbox={"boxstyle": "square,pad=0.1", "facecolor": "#ffffff", "edgecolor": "none"},
        )


def tracking(pen: Pen, chart: Chart) -> None:
    """Draw the tracking error before and after."""
    data = chart.data
    axes = pen.axes(0.9 + 0.36 * len(data), chart.title)
    looks = {
        "before": (OKABE_ITO["grey"], ""),
        "after: optimal": (OKABE_ITO["blue"], "//"),
        "after: pro-rata": (OKABE_ITO["orange"], ".."),
        "after: cash": (OKABE_ITO["vermillion"], "xx"),
    }
    for at, row in enumerate(records(data)):
        colour, hatch = looks.get(row.basket, (OKABE_ITO["sky"], ""))
        axes.barh(
            at,
            row.tracking_error,
            height=0.65,
            facecolor=colour,
            hatch=hatch,
            edgecolor=EDGE,
            linewidth=0.6,
        )
        axes.annotate(f" {row.tracking_error:.2%}", (row.tracking_error, at), va="center")
    axes.set_yticks(range(len(data)), list(data["basket"]))
    axes.invert_yaxis()
    axes.set_xlim(left=0.0)
    axes.margins(x=0.12)
    axes.set_xlabel("per cent a year, ex ante")
    _per_cent(axes.xaxis)
    axes.grid(axis="x")


def _per_cent(axis: Any) -> None:
    from matplotlib.ticker import PercentFormatter

    axis.set_major_formatter(PercentFormatter(1.0, decimals=2))
