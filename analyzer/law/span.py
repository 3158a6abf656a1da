"""The instants of a span that was asked about, and what changes within it."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from datetime import datetime

from analyzer.core.asof import AsOf
from analyzer.core.verdict import Change, Verdict


def inside(edges: list[datetime], as_of: AsOf) -> list[datetime]:
    """Return the start of the span and the edges within it."""
    first, last = bisect_right(edges, as_of.start), bisect_left(edges, as_of.end)
    return [as_of.start, *edges[first:last]]


def changes(instants: list[datetime], series: Mapping[str, list[Verdict]]) -> tuple[Change, ...]:
    """Return the outcomes that differ from one instant of the span to the next."""
    found = []
    for act, answers in series.items():
        for at, before, after in zip(instants[1:], answers, answers[1:], strict=False):
            if before.outcome is not after.outcome:
                found.append(Change(at, act, before.outcome, after.outcome))
    return tuple(found)
