"""Drawings of a sale: what is left, what it costs, how it may end, which scenario hurts."""

from datetime import date
from typing import Any

import numpy as np

from analyzer.report.chart import OKABE_ITO, Chart, records
from analyzer.report.drawing import EDGE, INK, Pen, short_money, thousands


def sell_down(pen: Pen, chart: Chart) -> None:
    """Draw the value still to sell as steps, the frontier dashed, the last lawful day marked."""
    data = chart.data
    axes = pen.axes(2.9, chart.title)
    at = np.arange(len(data))
    held, sellable = (data[c].to_numpy(dtype=float) for c in ("held", "sellable"))
    axes.fill_between(at, held, step="post", color=OKABE_ITO["orange"], alpha=0.45, linewidth=0)
    axes.step(at, held, where="post", color=INK, linewidth=1.6, label="still to sell")
    axes.step(
        at,
        sellable,
        where="post",
        color=OKABE_ITO["blue"],
        linewidth=1.4,
        linestyle="--",
        label="most that the caps still let out",
    )
    left = float(chart.extra["left"])
    words = "nothing left" if left <= 0.5 else f"{short_money(left)} left"
    axes.annotate(words, (at[-1], left), xytext=(-4, 8), textcoords="offset points", ha="right")
    _window_end(axes, chart)
    _sessions(axes, list(data["session"]))
    axes.set_ylim(bottom=0.0)
    axes.set_ylabel(chart.extra["unit"])
    thousands(axes.yaxis)
    axes.grid(axis="y")
    _legend(axes)


def _window_end(axes: Any, chart: Chart) -> None:
    days = list(chart.data["session"])
    ends = chart.extra["window_ends"]
    for number, end in enumerate(ends[:4]):
        _one_end(axes, days, end, number)


def _one_end(axes: Any, days: list[str], end: date, number: int) -> None:
    lawful = sum(1 for d in days[1:] if d < end.isoformat())
    axes.axvline(lawful, color=OKABE_ITO["vermillion"], linestyle="-.", linewidth=1.2)
    axes.annotate(
        f"no sale from {end}",
        (lawful, 0.92 - 0.13 * number),
        xycoords=("data", "axes fraction"),
        xytext=(-4, 0),
        textcoords="offset points",
        ha="right",
        va="center",
        fontsize=7,
        bbox={
            "boxstyle": "square,pad=0.15",
            "facecolor": axes.get_facecolor(),
            "linewidth": 0,
            "alpha": 0.75,
        },
        zorder=5,
    )


def _sessions(axes: Any, days: list[str]) -> None:
    step = max(1, (len(days) - 1) // 6)
    chosen = list(range(0, len(days), step))
    axes.set_xticks(chosen, [days[i] for i in chosen], rotation=0, fontsize=7)
    axes.set_xlim(0, max(1, len(days) - 1) * 1.015)


def _legend(axes: Any, columns: int = 4) -> None:
    handles, labels = axes.get_legend_handles_labels()
    axes.figure.legend(handles, labels, loc="outside lower left", ncols=columns, fontsize=7)


def waterfall(pen: Pen, chart: Chart) -> None:
    """Draw cost by cause; gains hatched, the total darker."""
    data = chart.data
    axes = pen.axes(2.6, chart.title)
    top = max(float(np.abs(data[["start", "end"]].to_numpy(dtype=float)).max()), 1e-12)
    for at, row in enumerate(records(data)):
        total = row.cause == "total"
        gain = (row.end > row.start) == chart.extra["gain_is_up"]
        colour = OKABE_ITO["grey"] if total else OKABE_ITO["blue" if gain else "vermillion"]
        axes.bar(
            at,
            row.end - row.start,
            bottom=row.start,
            width=0.62,
            facecolor=colour,
            edgecolor=EDGE,
            linewidth=0.6,
            hatch="" if total else ("//" if gain else ".."),
        )
        axes.annotate(
            short_money(row.cost),
            (at, max(row.start, row.end)),
            xytext=(0, 2),
            textcoords="offset points",
            ha="center",
            fontsize=7,
        )
        if not total:
            axes.plot([at + 0.31, at + 0.69], [row.end, row.end], color=INK, linewidth=0.7)
    axes.set_xticks(range(len(data)), list(data["cause"]))
    axes.set_ylabel(chart.extra["unit"])
    axes.axhline(0.0, color=INK, linewidth=0.8)
    axes.set_ylim(top=max(0.0, float(data["end"].max())) + 0.12 * top)
    thousands(axes.yaxis)
    axes.grid(axis="y")


def fan(pen: Pen, chart: Chart) -> None:
    """Draw bands of quantiles around the median; the mean dashed."""
    data = chart.data
    axes = pen.axes(2.8, chart.title)
    at = data["session"].to_numpy(dtype=float)
    names = [c for c in data.columns if c.startswith("q")]
    for pair in range(len(names) // 2):
        low, high = names[pair], names[-1 - pair]
        axes.fill_between(
            at,
            data[low].to_numpy(dtype=float),
            data[high].to_numpy(dtype=float),
            facecolor=OKABE_ITO["sky"],
            alpha=0.25 + 0.2 * pair,
            edgecolor=EDGE,
            linewidth=0.4,
            linestyle=("--", ":", "-")[pair % 3],
            label=f"{float(low[1:]):.0%} to {float(high[1:]):.0%} of scenarios",
        )
    if len(names) % 2:
        middle = names[len(names) // 2]
        axes.plot(at, data[middle].to_numpy(dtype=float), color=INK, linewidth=1.5, label="median")
    mean = data["mean"].to_numpy(dtype=float)
    axes.plot(at, mean, color=OKABE_ITO["vermillion"], linewidth=1.2, linestyle="--", label="mean")
    axes.axhline(0.0, color=INK, linewidth=0.8)
    axes.set_xlabel(
        f"sessions from today; {chart.extra['count']:,} draws, seed {chart.extra['seed']}"
    )
    axes.set_ylabel(chart.extra["unit"])
    axes.set_xlim(at.min(), max(at.max(), at.min() + 1))
    thousands(axes.yaxis)
    axes.grid()
    _legend(axes, columns=5)


def heatmap(pen: Pen, chart: Chart) -> None:
    """Draw scenario by portfolio; every cell carries its number."""
    grid = chart.data.pivot_table(index="scenario", columns="portfolio", values="bp", sort=False)
    axes = pen.axes(1.3 + 0.4 * len(grid), chart.title)
    values = grid.to_numpy(dtype=float)
    axes.imshow(values, cmap="cividis", aspect="auto")
    spread = float(np.nanmax(values) - np.nanmin(values)) or 1.0
    for row, column in np.ndindex(*values.shape):
        value = values[row, column]
        dark = (value - np.nanmin(values)) / spread < 0.55
        axes.annotate(
            "none" if np.isnan(value) else f"{value:,.1f}",
            (column, row),
            ha="center",
            va="center",
            color=("#ffffff" if dark else EDGE) if not np.isnan(value) else INK,
        )
    axes.set_xticks(
        range(grid.shape[1]), [pen.label(str(c), i, 26) for i, c in enumerate(grid.columns)]
    )
    axes.set_yticks(range(len(grid)), [pen.label(str(n), i) for i, n in enumerate(grid.index)])
    axes.set_xlabel("basis points of net value; negative is a loss")
