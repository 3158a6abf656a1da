"""Charts of an analysis: where the exposure is, and what the law did and will do when."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

import pandas as pd

from analyzer.core.asof import NEW_YORK
from analyzer.core.events import EventKind, LegalEvent
from analyzer.core.verdict import STATUS_RANK, Status
from analyzer.exposure import Analysis, LineJudgement
from analyzer.law import Interval, Law, timeline
from analyzer.report.chart import Chart, records
from analyzer.report.sections import exposures
from analyzer.report.wording import status_words

_SILENT = frozenset({Status.NO_MATCH, Status.RELEASED, Status.WATCH})
_MARKS = {
    EventKind.DESIGNATE: "listed",
    EventKind.DELIST: "delisted",
    EventKind.SUSPEND: "court suspends",
    EventKind.RESUME: "suspension ends",
    EventKind.VACATE: "court vacates",
    EventKind.AFFIRM: "court affirms",
    EventKind.LICENSE: "licence",
    EventKind.WITHDRAW: "withdrawn",
}
_OLDEST = timedelta(days=730)


def exposure_data(analysis: Analysis, limit: int = 15) -> pd.DataFrame:
    """Return issuer, status, value, weight and lines, most severe first.

    Parameters
    ----------
    limit
        Most bars; the rest of each status is added up in one.
    """
    keys = ["issuer", "status", "value", "weight", "lines"]
    rows = [(e.issuer, e.status.value, e.value, e.weight, e.lines) for e in exposures(analysis)]
    measured = pd.DataFrame(rows, columns=keys).astype({"value": float, "weight": float})
    frame = (
        measured.groupby(["issuer", "status"], sort=False)
        .agg(value=("value", _all), weight=("weight", _all), lines=("lines", "sum"))
        .reset_index()
    )
    frame["rank"] = frame["status"].map({s.value: r for s, r in STATUS_RANK.items()}).astype(int)
    frame["size"] = frame["value"].abs().fillna(0.0)
    frame = frame.sort_values(
        ["rank", "size", "issuer"], ascending=[True, False, True], kind="stable"
    )
    frame = frame[["issuer", "status", "value", "weight", "lines"]].reset_index(drop=True)
    if len(frame) <= limit:
        return frame
    rest = frame.iloc[limit:]
    added = (
        rest.groupby("status", sort=False)
        .agg(
            value=("value", _all),
            weight=("weight", _all),
            lines=("lines", "sum"),
            n=("issuer", "size"),
            only=("issuer", "first"),
        )
        .reset_index()
    )
    names = zip(added["n"], added["only"], added["status"], strict=True)
    added["issuer"] = [
        only if n == 1 else f"{n} more {status_words(Status(status))}" for n, only, status in names
    ]
    return pd.concat([frame.iloc[:limit], added[frame.columns]], ignore_index=True)


def _all(series: "pd.Series[float]") -> float:
    """Add up; one missing figure makes the sum missing, never smaller."""
    return float(series.sum(skipna=False))


def exposure_chart(analysis: Analysis) -> Chart | None:
    """Return the bar chart of touched issuers; None when none is touched or none is valued."""
    data = exposure_data(analysis)
    measure, unit = "value", analysis.question.base or ""
    if data["value"].isna().all():
        measure, unit = "weight", "fraction of net value"
    if data.empty or data[measure].isna().all():
        return None
    top = data.head(5)
    form = ",.0f" if measure == "value" else ".2%"
    parts = [
        f"{who}, {status_words(Status(status))}, {figure:{form}}"
        for who, status, figure in zip(top["issuer"], top["status"], top[measure], strict=True)
        if figure == figure
    ]
    alt = f"Bars of {len(data)} touched issuers by status, in {unit}. " + "; ".join(parts) + "."
    words = f"Value, {unit}" if measure == "value" else "Weight, share of net value"
    extra = {"measure": measure, "axis": words}
    title = f"Touched issuers by status ({unit})"
    return Chart("exposure", "exposure", title, alt, data, extra)


# -- the law over time -------------------------------------------------------------------------


def timeline_data(analysis: Analysis, law: Law | None, limit: int = 12) -> pd.DataFrame:
    """Return phases, events and dates ahead of the touched issuers.

    Parameters
    ----------
    law
        Replayed for every phase of an issuer; without it only today's phase is known.

    Returns
    -------
    DataFrame
        issuer, kind (`phase`, `event`, `deadline`), what, start, end; days as ISO text, an open
        end empty.
    """
    rows: list[tuple[str, str, str, str, str]] = []
    for answer in _chosen(analysis, limit):
        rows += dict.fromkeys(_track(analysis, answer, law))
    columns = ["issuer", "kind", "what", "start", "end"]
    return pd.DataFrame(rows, columns=columns)


def _chosen(analysis: Analysis, limit: int) -> list[LineJudgement]:
    """Return one answer for each confirmed issuer with a legal effect, most severe first."""
    lines = analysis.lines.assign(size=analysis.lines["market_value_base"].abs())
    sizes = lines.groupby("judged")["size"].sum()
    order = sorted(
        (
            (STATUS_RANK[a.status], -float(sizes.get(code, 0.0)), code)
            for code, a in enumerate(analysis.judged)
            if a.match is not None
            and a.match.confirmed
            and a.judgement is not None
            and a.status not in _SILENT - {Status.RELEASED}
        )
    )
    found: dict[str, LineJudgement] = {}
    for _, _, code in order:
        answer = analysis.judged[code]
        if answer.match is not None:
            found.setdefault(answer.match.entity_id, answer)
    return list(found.values())[:limit]


def _track(
    analysis: Analysis, answer: LineJudgement, law: Law | None
) -> Iterator[tuple[str, str, str, str, str]]:
    if answer.match is None or answer.judgement is None:
        return
    who = answer.match.entity
    as_of = analysis.question.as_of
    if law is None:
        yield (who, "phase", answer.status.value, as_of.day.isoformat(), "")
        for reason in answer.standing.because:
            note = analysis.events.get(reason)
            if note is not None and note.date:
                yield (who, "event", "event", note.date[:10], note.date[:10])
    else:
        key, holder = answer.judgement.key, analysis.question.holder
        found = timeline(law, key, holder, as_of.known, ("buy",))
        yield from _phases(who, found)
        reasons = {r for interval in found for r in interval.verdict.because}
        for event in _events(law, key.entity, reasons, as_of.known):
            day = _day(event.effective)
            yield (who, "event", _mark(event, law), day, day)
    for deadline in answer.judgement.deadlines:
        day = _day(deadline.at)
        yield (who, "deadline", deadline.kind.replace("_", " "), day, day)


def _phases(who: str, found: Iterable[Interval]) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield spans of one status; neighbours of the same status are joined."""
    status: Status | None = None
    start = ""
    for interval in found:
        if interval.status is status:
            continue
        edge = _day(interval.start)
        if status is not None and status not in _SILENT:
            yield (who, "phase", status.value, start, edge)
        status, start = interval.status, edge
    if status is not None and status not in _SILENT:
        yield (who, "phase", status.value, start, "")


def _events(law: Law, entity: str, reasons: set[str], known: datetime) -> list[LegalEvent]:
    wanted = [
        e
        for e in law.record.events
        if e.kind in _MARKS and e.known <= known and (entity in e.targets or e.id in reasons)
    ]
    return sorted(wanted, key=lambda e: e.order)


def _mark(event: LegalEvent, law: Law) -> str:
    """Return the word for an event; a list that bans nothing is told from one that does."""
    word = _MARKS[event.kind]
    banning = {
        name
        for regime in law.regimes.values()
        if regime.bans
        for version in regime.versions
        for name in version.lists
    }
    quiet = word == "listed" and event.list_id is not None and event.list_id not in banning
    return "listed (no ban)" if quiet else word


def _day(moment: datetime | None) -> str:
    return "" if moment is None else moment.astimezone(NEW_YORK).date().isoformat()


def timeline_chart(analysis: Analysis, law: Law | None = None) -> Chart | None:
    """Return the Gantt chart of the affected issuers; None when there is none."""
    data = timeline_data(analysis, law)
    if data.empty:
        return None
    as_of = analysis.question.as_of.day
    first, last = span(data, as_of)
    issuers = list(dict.fromkeys(data["issuer"]))
    ahead = data.loc[data["kind"] == "deadline"].sort_values("start", kind="stable").head(4)
    dates = "; ".join(f"{row.issuer}: {row.what} {row.start}" for row in records(ahead))
    alt = (
        f"Legal timeline of {len(issuers)} issuers from {first} to {last}, dashed line at {as_of}. "
        f"{'Next dates: ' + dates if dates else 'No dates ahead'}."
    )
    extra = {"as_of": as_of, "first": first, "last": last}
    return Chart(
        "timeline", "timeline", "What the law did and will do, by issuer", alt, data, extra
    )


def span(data: pd.DataFrame, as_of: date) -> tuple[date, date]:
    """Return the first and last day shown; at most two years back, always past the as-of day."""
    days = [date.fromisoformat(d) for d in [*data["start"], *data["end"]] if d]
    first = max(min([*days, as_of]), as_of - _OLDEST)
    last = max([*days, as_of])
    return first - timedelta(days=20), min(last, as_of + _OLDEST) + timedelta(days=60)
