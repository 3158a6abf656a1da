"""The instants of a span that was asked about, and what changes within it."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from datetime import datetime

from analyzer.core.asof import AsOf
from analyzer.core.verdict import Change, Verdict
from analyzer.law.combine import strictest
from analyzer.law.instant import At


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


def strictest_parts(judged: Iterable[At]) -> tuple[tuple[str, Mapping[str, Verdict]], ...]:
    """Return, per regime and act, the strictest answer of the span."""
    parts: dict[str, dict[str, Verdict]] = {}
    for one in judged:
        for regime_id, verdicts in one.by_regime.items():
            mine = parts.setdefault(regime_id, {})
            for act, verdict in verdicts.items():
                mine[act] = strictest([mine[act], verdict]) if act in mine else verdict
    return tuple(parts.items())
