"""Legal dates that touch held lines, with the last lawful session at the line's own venue."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache

from analyzer.core.verdict import Deadline
from analyzer.exposure.result import LineDeadline, LineJudgement
from analyzer.exposure.totals import Sums
from analyzer.market.sessions import Session, last_lawful_session


def line_deadlines(
    judged: Sequence[LineJudgement],
    held: Sums,
    names: Mapping[str, str],
) -> tuple[LineDeadline, ...]:
    """Return the dates ahead for every held issuer and venue, soonest first.

    Parameters
    ----------
    held
        Sums over the lines of each answer.
    """
    rows, valued, money = held.rows, held.valued, held.money
    found: dict[tuple[Deadline, str | None], list[float]] = {}
    for code, answer in enumerate(judged):
        if answer.judgement is None or not rows[code] or not _is_certain(answer):
            continue
        for deadline in answer.judgement.deadlines:
            sums = found.setdefault((deadline, answer.mic), [0, 0.0, 0])
            sums[0] += int(rows[code])
            sums[1] += float(money[code])
            sums[2] += int(valued[code])
    # Most issuers share their dates, and a calendar is slow to ask.
    session = cache(last_lawful_session)
    out = [_line_deadline(d, mic, sums, names, session) for (d, mic), sums in found.items()]
    return tuple(sorted(out, key=lambda d: (d.deadline.at, d.deadline.entity, d.mic or "")))


def _is_certain(answer: LineJudgement) -> bool:
    """Whether the match may be relied on; a doubtful one has no dates until a person decides."""
    return answer.match is not None and answer.match.confirmed


def _line_deadline(
    deadline: Deadline,
    mic: str | None,
    sums: Sequence[float],
    names: Mapping[str, str],
    last_session: Callable[[str, datetime, bool], Session],
) -> LineDeadline:
    name = names.get(deadline.entity, deadline.entity)
    value = float(sums[1]) if sums[2] else None
    if mic is None:
        return LineDeadline(
            deadline, name, None, None, "venue not known", False, int(sums[0]), value
        )
    session = last_session(mic, deadline.at, deadline.inclusive)
    return LineDeadline(
        deadline,
        name,
        mic,
        session.date,
        session.note,
        session.provisional,
        int(sums[0]),
        value,
    )
