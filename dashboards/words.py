"""How values, statuses and answers are written on every page."""

import math
from collections.abc import Mapping
from datetime import datetime

from analyzer.core.asof import NEW_YORK
from analyzer.core.verdict import Outcome, Status
from analyzer.report.chart import LOOKS, OKABE_ITO
from analyzer.report.wording import status_words

# The mark and the word carry the meaning; the colour repeats it. The pause sign is drawn as a
# picture by some systems, so the page has its own.
MARKS: Mapping[Status, str] = {**{s: look.mark for s, look in LOOKS.items()}, Status.SUSPENDED: "Ⅱ"}
# Files tell two statuses of one colour apart by hatching; on screen one of each pair is a tint.
COLOURS: Mapping[Status, str] = {
    **{s: look.colour for s, look in LOOKS.items()},
    Status.BLOCKED: "#A84300",
    Status.RELEASED: "#8CBFE0",
}
_BADGES: Mapping[Status, str] = {
    Status.BLOCKED: "red",
    Status.REVIEW: "blue",
    Status.LOCKED: "red",
    Status.SELL_WINDOW: "orange",
    Status.RESTRICTED: "yellow",
    Status.UNKNOWN: "gray",
    Status.UPCOMING: "violet",
    Status.SUSPENDED: "blue",
    Status.RELEASED: "blue",
    Status.WATCH: "gray",
    Status.NO_MATCH: "green",
}

# Answers in charts; `permitted` is a pale grey so that what is not stands out.
ANSWERS: Mapping[str, tuple[str, str]] = {
    Outcome.BLOCK_AND_REPORT.value: (OKABE_ITO["vermillion"], "■"),
    Outcome.REJECT_AND_REPORT.value: (OKABE_ITO["vermillion"], "◧"),
    Outcome.PROHIBITED.value: (OKABE_ITO["vermillion"], "✕"),
    Outcome.LICENCE_REQUIRED.value: (OKABE_ITO["purple"], "§"),
    Outcome.VENUE_UNAVAILABLE.value: (OKABE_ITO["grey"], "⌀"),
    Outcome.REVIEW.value: (OKABE_ITO["sky"], "?"),
    Outcome.UNKNOWN.value: ("#8A8A8A", "∅"),
    Outcome.PERMITTED_UNTIL.value: (OKABE_ITO["orange"], "◔"),
    Outcome.PERMITTED.value: ("#C9D6D0", "✓"),
    Outcome.NOT_APPLICABLE.value: ("#DDDDDD", "–"),
}


def status_label(status: Status | str) -> str:
    """Return a status with its mark: `◔ sell window`."""
    found = Status(status)
    return f"{MARKS[found]} {status_words(found)}"


def badge(status: Status | str) -> str:
    """Return a status as a coloured badge in markdown."""
    found = Status(status)
    return f":{_BADGES[found]}-badge[{status_label(found)}]"


def answer_label(outcome: str) -> str:
    """Return an outcome with its mark: `✕ prohibited`."""
    return f"{ANSWERS[outcome][1]} {outcome.replace('_', ' ')}"


def money(value: float | None) -> str:
    """Return money with thousands separators, or a dash; missing is never 0."""
    return "—" if value is None or math.isnan(value) else f"{value:,.0f}"


def percent(weight: float | None) -> str:
    """Return a fraction as per cent, or a dash."""
    return "—" if weight is None or math.isnan(weight) else f"{weight:.2%}"


def moment(at: datetime | None, inclusive: bool = False) -> str:
    """Return an instant in New York time."""
    if at is None:
        return ""
    local = at.astimezone(NEW_YORK)
    return f"{local:%Y-%m-%d %H:%M}" + (" (that minute counts)" if inclusive else "")


def plain(text: str) -> str:
    """Return text from a file so that markdown does not read it as markup."""
    for mark in "\\`*_{}[]<>()#+-.!|~$:":
        text = text.replace(mark, f"\\{mark}")
    return text
