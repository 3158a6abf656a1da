"""The same fold over every instant at which an answer may change."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from analyzer.core.verdict import Key, Status, Verdict
from analyzer.law.instant import At
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

    Raises
    ------
    QueryError
        If a word is not in the vocabulary.
    """
    law.check_words(key, holder, acts)
    case = law.case(key, holder)
    edges = law.edges(case, known)
    starts: list[datetime | None] = [None, *edges]
    before = edges[0] - timedelta(days=1) if edges else known
    judged = [law.at(case, t, known, acts) for t in (before, *edges)]
    found: list[Interval] = []
    for act in acts:
        first = 0
        for i in range(1, len(judged) + 1):
            if i < len(judged) and _same(judged[i], judged[first], act):
                continue
            end = starts[i] if i < len(starts) else None
            verdict, status = judged[first].verdicts[act], judged[first].status
            found.append(Interval(act, starts[first], end, verdict, status))
            first = i
    return tuple(found)


def _same(one: At, other: At, act: str) -> bool:
    return one.status is other.status and one.verdicts[act] == other.verdicts[act]
