"""Charts drawn with matplotlib, which is imported when the first figure is asked for.

SVG keeps its text as text, so that it can be read aloud, searched and shown in any script; its
ink, paper and lines are style variables, so that a page may be dark. PNG is for paper.
"""

import io
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from analyzer.report.chart import Chart
from analyzer.report.drawing import INK, LINE, PAPER, Pen

# matplotlib takes some settings from one table of the process.
_ONE_AT_A_TIME = threading.Lock()
_SETTINGS: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 8.0,
    "text.parse_math": False,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.facecolor": PAPER,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 9.0,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "figure.facecolor": PAPER,
    "savefig.facecolor": PAPER,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "hatch.linewidth": 0.6,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "banimpact",
}


def svg(chart: Chart) -> str:
    """Return the chart as an SVG element with its title and description, for a page."""
    with _drawn(chart, 72.0, exact_text=True) as figure:
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return _for_page(out.getvalue(), chart)


def png(chart: Chart, dpi: int = 150) -> bytes:
    """Return the chart as PNG; the same chart gives the same bytes."""
    with _drawn(chart, dpi, exact_text=False) as figure:
        # Paper is white: the shade that a page replaces would show beside it.
        for part in (figure, *figure.get_axes()):
            part.set_facecolor("#ffffff")
        out = io.BytesIO()
        figure.savefig(out, format="png", dpi=dpi, facecolor="#ffffff", metadata={"Software": None})
    return out.getvalue()


@contextmanager
def _drawn(chart: Chart, dpi: float, exact_text: bool) -> Iterator[Any]:
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with _ONE_AT_A_TIME, rc_context(_SETTINGS):
        figure: Any = Figure(layout="constrained", dpi=dpi)
        _drawings()[chart.kind](Pen(figure, exact_text), chart)
        # Laid out here once; saving would draw everything twice to lay it out.
        figure.get_layout_engine().execute(figure)
        figure.set_layout_engine("none")
        yield figure


def _drawings() -> dict[str, Callable[[Pen, Chart], None]]:
    from analyzer.report import draw_analysis, draw_cost, draw_courts

    return {
        "exposure": draw_analysis.exposure,
        "timeline": draw_analysis.legal_timeline,
        "sell_down": draw_cost.sell_down,
        "waterfall": draw_cost.waterfall,
        "fan": draw_cost.fan,
        "heatmap": draw_cost.heatmap,
        "waiting": draw_courts.waiting,
        "court": draw_courts.court,
        "tracking": draw_courts.tracking,
    }


def _for_page(text: str, chart: Chart) -> str:
    """Make a drawing part of a page: own ids, style variables, words for those who cannot see."""
    from html import escape

    body = text[text.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r'\bid="', f'id="{chart.name}-', body)
    body = re.sub(r'((?:xlink:)?href="#|url\(#)', rf"\g<1>{chart.name}-", body)
    for colour, variable in ((INK, "--ink"), (PAPER, "--paper"), (LINE, "--line")):
        body = body.replace(colour, f"var({variable})")
    words = f"<title>{escape(chart.title)}</title><desc>{escape(chart.alt)}</desc>"
    opening = f'<svg role="img" aria-label="{escape(chart.alt, quote=True)}"'
    head, _, rest = body.partition(">")
    return f"{head.replace('<svg', opening, 1)}>{words}{rest}"
