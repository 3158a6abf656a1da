"""What every drawing shares: sizes, text that can be read, marks beside colours."""

from functools import cache
from typing import Any

from analyzer.core.verdict import Status
from analyzer.report.chart import LOOKS
from analyzer.report.wording import status_words

# A page replaces these three by its own colours, for light and dark; unlikely shades keep them
# apart from the colours that carry meaning, which stay as they are.
INK, PAPER, LINE = "#1a1b1c", "#fdfdfe", "#c9cacb"
EDGE = "#000000"
WIDTH = 7.2


class Pen:
    """A figure being drawn.

    Parameters
    ----------
    exact_text
        The reader's own fonts draw the text; otherwise only glyphs of the bundled font may be
        used.
    """

    def __init__(self, figure: Any, exact_text: bool) -> None:
        self.figure = figure
        self.exact_text = exact_text

    def axes(self, height: float, title: str) -> Any:
        """Return the axes of a figure of one panel, `height` in inches."""
        self.figure.set_size_inches(WIDTH, height)
        axes = self.figure.add_subplot()
        axes.set_title(title if len(title) < 90 else title[:89] + "…")
        axes.set_axisbelow(True)
        return axes

    def label(self, text: str, number: int = 0, longest: int = 36) -> str:
        """Return text short enough for an axis and drawable here.

        A name in a script that the font lacks is replaced by its number in the table beside the
        figure: boxes instead of letters would name nobody.
        """
        line = " ".join(text.split())
        line = line if len(line) <= longest else line[: longest - 1] + "…"
        if self.exact_text or all(ord(c) in _glyphs() for c in line):
            return line
        return f"name {number + 1} in the table"


@cache
def _glyphs() -> frozenset[int]:
    from matplotlib.font_manager import FontProperties, findfont, get_font

    return frozenset(get_font(findfont(FontProperties(family="DejaVu Sans"))).get_charmap())


def status_patch(status: Status, **more: Any) -> dict[str, Any]:
    """Return fill, hatch and edge of a status."""
    look = LOOKS[status]
    return {
        "facecolor": look.colour,
        "hatch": look.hatch,
        "edgecolor": EDGE,
        "linewidth": 0.6,
    } | more


def status_legend(axes: Any, statuses: list[Status], further: list[Any], columns: int = 4) -> None:
    """Put the legend under the axes: every status in words, then other handles."""
    from matplotlib.patches import Patch

    handles = [Patch(label=status_words(s), **status_patch(s)) for s in statuses]
    axes.figure.legend(
        handles=[*handles, *further],
        loc="outside lower left",
        ncols=columns,
        fontsize=7,
        handlelength=2.2,
        handleheight=1.2,
    )


def thousands(axis: Any, digits: int = 0) -> None:
    """Write figures with thousands separators."""
    from matplotlib.ticker import FuncFormatter

    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.{digits}f}"))


def short_money(value: float) -> str:
    """Return an amount for a label inside a figure: 913.8m."""
    for size, unit in ((1e9, "bn"), (1e6, "m"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:,.1f}{unit}"
    return f"{value:,.0f}"
