"""When a line can be sold: its venue's sessions, the law's bars, the venue's own suspensions."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache

import numpy as np

from analyzer.core.events import EventKind
from analyzer.core.verdict import PROHIBITIONS, Key
from analyzer.law import Law, timeline
from analyzer.market.sessions import last_lawful_session, sessions
from analyzer.scenarios.impact import FloatArray
from analyzer.scenarios.spec import Closure, Sale

HOME_MIC = "XNYS"
"""Sessions of lines whose venue is not known."""

Span = tuple[datetime, datetime | None]


def barred_spans(law: Law, key: Key, holder: str, known: datetime, start: datetime) -> list[Span]:
    """Return the spans from `start` on in which the law bars the sale; an open end is None."""
    found = timeline(law, key, holder, known, ("sell",))
    return [
        (max(s.start or start, start), s.end)
        for s in found
        if s.verdict.outcome in PROHIBITIONS and (s.end is None or s.end > start)
    ]


def suspended_spans(law: Law, key: Key, mic: str, known: datetime) -> list[Span]:
    """Return the spans in which the venue itself does not trade the line, as known then."""
    found: list[Span] = []
    since: datetime | None = None
    for event in sorted(law.record.venue.get(key.entity, ()), key=lambda e: e.effective):
        words = event.params.get("instruments")
        if (
            event.kind is not EventKind.VENUE
            or event.params.get("mic") != mic
            or (words and key.instrument not in words)
            or not law.record.visible(event, known)
        ):
            continue
        if event.params.get("state") == "suspended":
            since = since or event.effective
        elif since is not None:
            found.append((since, event.effective))
            since = None
    return found if since is None else [*found, (since, None)]


def horizon_end(start: date, horizon: int) -> date:
    """Return a day by which `horizon` sessions have passed at any venue."""
    return start + timedelta(days=int(horizon * 1.6) + 10)


@lru_cache(maxsize=512)
def _traded(mic: str, start: date, end: date) -> tuple[Mapping[date, float], bool]:
    """Return the weight of each session of a venue, and whether one is provisional."""
    frame = sessions(mic or HOME_MIC, start, end)
    days = frame["date"].to_numpy(dtype="datetime64[D]").astype(object)
    weights = frame["weight"].to_numpy(dtype=float).tolist()
    return dict(zip(days, weights, strict=True)), bool(frame["provisional"].any())


def union_sessions(mics: Iterable[str], start: date, end: date) -> tuple[tuple[date, ...], bool]:
    """Return the sessions of all venues together, and whether any is provisional."""
    found = [_traded(mic, start, end) for mic in sorted(set(mics))]
    return tuple(sorted(set().union(*(days for days, _ in found)))), any(p for _, p in found)


def open_weights(
    mics: Sequence[str], days: Sequence[date], closures: Sequence[Closure]
) -> FloatArray:
    """Return each line's share of a full session, (N, T): 0 where its venue is closed."""
    weights = np.zeros((len(mics), len(days)))
    for mic in set(mics):
        traded, _ = _traded(mic, days[0], days[-1])
        row = np.array([traded.get(day, 0.0) for day in days])
        for closure in closures:
            if closure.mic == mic:
                row[_within(days, closure.start, closure.end)] = 0.0
        weights[[i for i, m in enumerate(mics) if m == mic]] = row
    return weights


def _within(days: Sequence[date], start: date, end: date | None) -> list[bool]:
    return [start <= d and (end is None or d < end) for d in days]


def shut(row: FloatArray, days: Sequence[date], mic: str, spans: Iterable[Span]) -> None:
    """Set to 0, in place, every session of a row (T,) that is not over before its span begins.

    A session cut short by the span is not planned: its close may come too late.
    """
    for begin, end in spans:
        first = last_lawful_session(mic or HOME_MIC, begin)
        after = first.date - timedelta(days=1) if first.partial else first.date
        until = None if end is None else last_lawful_session(mic or HOME_MIC, end).date
        row[[d > after and (until is None or d <= until) for d in days]] = 0.0


def black_out(weights: FloatArray, days: Sequence[date], sale: Sale) -> None:
    """Set to 0, in place, the days (N, T) on which the holder does not sell."""
    for begin, end in sale.blackouts:
        weights[:, [begin <= d <= end for d in days]] = 0.0
