"""A chart before it is drawn: its data, its words, and what tells its parts apart.

Colours are those of Okabe and Ito (2008); each comes with a hatch and a mark, so that none has
to carry the meaning alone.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from analyzer.core.verdict import Status

OKABE_ITO: Mapping[str, str] = {
    "orange": "#E69F00",
    "sky": "#56B4E9",
    "green": "#009E73",
    "yellow": "#F0E442",
    "blue": "#0072B2",
    "vermillion": "#D55E00",
    "purple": "#CC79A7",
    "grey": "#999999",
}


@dataclass(frozen=True, slots=True)
class Look:
    """How a status looks in files: fill, hatch, mark."""

    colour: str
    hatch: str
    mark: str


LOOKS: Mapping[Status, Look] = {
    Status.BLOCKED: Look(OKABE_ITO["vermillion"], "xxx", "■"),
    Status.REVIEW: Look(OKABE_ITO["sky"], "++", "?"),
    Status.LOCKED: Look(OKABE_ITO["vermillion"], "///", "▣"),
    Status.SELL_WINDOW: Look(OKABE_ITO["orange"], "", "◔"),
    Status.RESTRICTED: Look(OKABE_ITO["yellow"], "...", "▲"),
    Status.UNKNOWN: Look("#DDDDDD", "xx", "∅"),
    Status.UPCOMING: Look(OKABE_ITO["purple"], "\\\\\\", "◷"),
    Status.SUSPENDED: Look(OKABE_ITO["blue"], "---", "◫"),
    Status.RELEASED: Look(OKABE_ITO["blue"], "oo", "○"),
    Status.WATCH: Look(OKABE_ITO["grey"], "", "◉"),
    Status.NO_MATCH: Look(OKABE_ITO["green"], "||", "·"),
}


def records(frame: pd.DataFrame) -> list[Any]:
    """Return the rows as named tuples."""
    return list(frame.itertuples(index=False))


@dataclass(frozen=True)
class Chart:
    """One figure.

    Parameters
    ----------
    kind
        Which drawing.
    name
        Unique in a report; part of file names and anchors.
    title
        Says what is seen, with the currency or unit.
    alt
        The same in words for those who do not see it, with the main figures.
    data
        Everything that is drawn, tidy.
    extra
        Scalars the drawing needs: as-of day, currency, break-even.
    """

    kind: str
    name: str
    title: str
    alt: str
    data: pd.DataFrame
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def data_hash(self) -> str:
        """SHA-256 of the data and scalars that are drawn, figures to nine significant digits."""
        text = self.data.to_csv(index=False, float_format="%.9g", lineterminator="\n")
        text += repr(sorted((k, str(v)) for k, v in self.extra.items()))
        return hashlib.sha256(text.encode()).hexdigest()
