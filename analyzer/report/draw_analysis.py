"""Drawings of an analysis: exposure bars, and the law over time."""

from collections import Counter
from datetime import date
from typing import Any

import numpy as np

from analyzer.core.verdict import Status
from analyzer.report.chart import OKABE_ITO, Chart, records
from analyzer.report.drawing import EDGE, INK, Pen, short_money, status_legend, status_patch
from analyzer.report.wording import status_words

_EVENTS: dict[str, tuple[str, str]] = {
    "listed": ("v", OKABE_ITO["vermillion"]),
    "listed (no ban)": ("1", INK),
    "delisted": ("^", OKABE_ITO["green"]),
    "court suspends": ("D", OKABE_ITO["blue"]),
    "suspension ends": ("d", OKABE_ITO["orange"]),
    "court vacates": ("s", OKABE_ITO["blue"]),
    "court affirms": ("P", OKABE_ITO["orange"]),
    "licence": ("o", OKABE_ITO["sky"]),
    "withdrawn": ("X", OKABE_ITO["grey"]),
    "event": ("*", OKABE_ITO["grey"]),
}
_DATES: dict[str, str] = {"purchases end": "<", "window closes": "|", "licence ends": ">"}


def exposure(pen: Pen, chart: Chart) -> None:
    """Draw bars by issuer, most severe status first."""
    data, measure = chart.data, chart.extra["measure"]
    axes = pen.axes(1.5 + 0.24 * len(data), chart.title)
    values = data[measure].to_numpy(dtype=float)
    statuses = [Status(s) for s in data["status"]]
    for at, (value, status) in enumerate(zip(values, statuses, strict=True)):
        axes.barh(at, 0.0 if np.isnan(value) else value, height=0.7, **status_patch(status))
        axes.annotate(
            f" {_figure(value, measure)}  {status_words(status)} ",
            (0.0 if np.isnan(value) else value, at),
            va="center",
            ha="left" if not value < 0 else "right",
            fontsize=7,
        )
    axes.set_yticks(range(len(data)), [pen.label(n, i) for i, n in enumerate(data["issuer"])])
    axes.invert_yaxis()
    axes.grid(axis="x")
    axes.axvline(0.0, color=INK, linewidth=0.8)
    axes.set_xlabel(chart.extra["axis"])
    axes.margins(x=0.22)
    _money_axis(axes, measure)
    status_legend(axes, list(dict.fromkeys(statuses)), [], columns=6)


def _figure(value: float, measure: str) -> str:
    if np.isnan(value):
        return "no value"
    return short_money(value) if measure == "value" else f"{value:.2%}"


def _money_axis(axes: Any, measure: str) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: _figure(v, measure)))


def legal_timeline(pen: Pen, chart: Chart) -> None:
    """Draw one track per issuer: phases as bars, events and dates ahead as marks."""
    data = chart.data
    issuers = list(dict.fromkeys(data["issuer"]))
    axes = pen.axes(1.9 + 0.34 * len(issuers), chart.title)
    first, last = chart.extra["first"], chart.extra["last"]
    statuses = _phases(axes, data.loc[data["kind"] == "phase"], issuers, first, last)
    seen = _marks(axes, data.loc[data["kind"] != "phase"], issuers, first, last)
    late = chart.extra["as_of"] - first > 0.75 * (last - first)
    axes.axvline(chart.extra["as_of"], color=INK, linestyle="--", linewidth=1.2)
    axes.annotate(
        f"as of {chart.extra['as_of']}",
        (chart.extra["as_of"], 1.0),
        xycoords=("data", "axes fraction"),
        xytext=(-3, -1) if late else (3, -1),
        textcoords="offset points",
        ha="right" if late else "left",
        va="top",
        fontsize=7,
    )
    axes.set_xlim(first, last)
    axes.set_ylim(len(issuers) - 0.5, -0.9)
    axes.set_yticks(range(len(issuers)), [pen.label(n, i) for i, n in enumerate(issuers)])
    axes.grid(axis="x")
    _days(axes)
    status_legend(axes, statuses, [_handle(name) for name in seen], columns=5)


def _phases(axes: Any, phases: Any, issuers: list[str], first: date, last: date) -> list[Status]:
    seen: dict[Status, None] = {}
    for row in records(phases):
        start = max(_read(row.start, first), first)
        end = min(_read(row.end, last), last)
        if end <= start:
            continue
        status = Status(row.what)
        seen.setdefault(status)
        axes.barh(
            issuers.index(row.issuer), end - start, left=start, height=0.42, **status_patch(status)
        )
    return list(seen)


def _read(day: str, otherwise: date) -> date:
    return date.fromisoformat(day) if day else otherwise


def _marks(axes: Any, marks: Any, issuers: list[str], first: date, last: date) -> list[str]:
    seen: dict[str, None] = {}
    stacked: Counter[tuple[str, str]] = Counter()
    for row in records(marks):
        day = date.fromisoformat(row.start)
        if not first <= day <= last:
            continue
        seen.setdefault(row.what)
        track = issuers.index(row.issuer)
        shift = 0.0
        if row.kind != "deadline":
            # several events of one day stand one above the other
            shift = -0.3 - 0.17 * stacked[row.issuer, row.start]
            stacked[row.issuer, row.start] += 1
        axes.plot(
            [day], [track + shift], linestyle="none", zorder=4, clip_on=False, **_mark(row.what)
        )
    return [name for name in (*_EVENTS, *_DATES) if name in seen]


def _mark(name: str) -> dict[str, Any]:
    if name in _DATES:
        return {
            "marker": _DATES[name],
            "markersize": 12 if _DATES[name] == "|" else 6,
            "markeredgewidth": 2.4 if _DATES[name] == "|" else 0.6,
            "markerfacecolor": "#ffffff",
            "markeredgecolor": INK if _DATES[name] == "|" else EDGE,
        }
    shape, colour = _EVENTS[name]
    return {
        "marker": shape,
        "markersize": 5.5,
        "markerfacecolor": colour,
        "markeredgecolor": EDGE,
        "markeredgewidth": 0.5,
    }


def _handle(name: str) -> Any:
    from matplotlib.lines import Line2D

    look = _mark(name) | {"markersize": 7}
    return Line2D([], [], linestyle="none", label=name, **look)


def _days(axes: Any) -> None:
    from matplotlib import dates

    library: Any = dates  # its classes carry no annotations
    locator = library.AutoDateLocator(minticks=4, maxticks=9)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(library.ConciseDateFormatter(locator))
