"""The same fold over every instant at which an answer may change."""

from dataclasses import dataclass
from datetime import datetime

from analyzer.core.asof import AsOf
from analyzer.core.verdict import Key, Status, Verdict
from analyzer.law.query import ACTS, Law


@dataclass(frozen=True, slots=True)
class Interval:
    """One answer that holds over `[start, end)`; an open end is None."""

    act: str
    start: datetime | None
    end: datetime | None
    verdict: Verdict
    status: Status


def timeline(
    law: Law, key: Key, holder: str, known: datetime, acts: tuple[str, ...] = ACTS
) -> tuple[Interval, ...]:
    """Return, per act, the answers over all time as known at one instant.

    The first interval starts at None (no earlier boundary exists); at every instant the verdict
    equals `law.verdict` there.
    """
    edges = sorted(law.boundaries(key.entity, known))
    starts: list[datetime | None] = [None, *edges]
    probes = [datetime(1900, 1, 1, tzinfo=edges[0].tzinfo) if edges else known, *edges]
    judged = [law.judge(key, holder, AsOf(t, t, known), acts) for t in probes]
    found: list[Interval] = []
    for act in acts:
        first = 0
        for i in range(1, len(judged) + 1):
            if i < len(judged) and _same(judged[i], judged[first], act):
                continue
            end = starts[i] if i < len(starts) else None
            found.append(
                Interval(
                    act, starts[first], end, judged[first].verdicts[act], judged[first].status
                )
            )
            first = i
    return tuple(found)


def _same(one: object, other: object, act: str) -> bool:
    from analyzer.core.verdict import Judgement

    assert isinstance(one, Judgement) and isinstance(other, Judgement)  # noqa: PT018, S101
    return one.status is other.status and one.verdicts[act] == other.verdicts[act]
