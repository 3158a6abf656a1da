"""Watching stored portfolios: what is new since the run before, and nothing else."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from analyzer.core.asof import NEW_YORK, AsOf
from analyzer.core.events import EventKind, LegalEvent
from analyzer.core.verdict import STATUS_MEANING, Status
from analyzer.exposure import Analysis, LineDeadline
from analyzer.report.contract import deadline_json, instant, money, positions_json
from analyzer.report.ics import analysis_ics
from analyzer.service import World
from analyzer.store import SavedRun, Store
from analyzer.workspace.archive import Basis, Beside, unpack_whole
from analyzer.workspace.desk import Desk

KINDS: Mapping[str, str] = {
    "listing": "a listing newly touches a line",
    "holding": "a line touched is newly held, or held no more",
    "status": "a line's status is another",
    "review": "a match waits for a person",
    "ban_begins": "purchases end soon",
    "window_closes": "the window to divest closes soon",
    "licence_ends": "a licence ends soon",
    "date_moved": "a legal date is another",
    "ruling": "a court has ruled",
    "rule": "a rule or licence has changed",
}
_DEADLINES = {
    "purchases_end": "ban_begins",
    "window_closes": "window_closes",
    "licence_ends": "licence_ends",
}
_RULES = frozenset(
    {
        EventKind.ENACT,
        EventKind.AMEND,
        EventKind.REVOKE,
        EventKind.LICENSE,
        EventKind.EXPIRE,
        EventKind.GUIDANCE,
    }
)

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing that is new about a portfolio.

    Parameters
    ----------
    kind
        A key of `KINDS`.
    portfolio, name
        The stored portfolio, and the line or issuer.
    text
        One sentence for people.
    before, after
        Statuses or instants; empty where there was, or is, none.
    at
        The legal date or the day of the event (ISO 8601); empty for none.
    market_value
        Base currency; None without a value.
    event
        Id of the event, where one is the cause.
    """

    kind: str
    portfolio: str
    name: str
    text: str
    before: str = ""
    after: str = ""
    at: str = ""
    market_value: float | None = None
    event: str = ""


@dataclass(frozen=True)
class Watched:
    """One portfolio screened again.

    Parameters
    ----------
    baseline
        Number of the run compared with; None for a first screening.
    soon
        Legal dates that the alerts are about.
    """

    portfolio: str
    desk: Desk
    beside: Beside
    analysis: Analysis
    baseline: int | None
    alerts: tuple[Alert, ...]
    soon: tuple[LineDeadline, ...] = ()


# -- what is watched ---------------------------------------------------------------------------


def newest_desk(store: Store, portfolio: str, as_of: str) -> tuple[Desk, Beside, Basis | None]:
    """Return the newest holdings of a stored portfolio, to be judged by the law as it stands.

    Raises
    ------
    DataError
        When the content of the snapshot is not an archive of ours.
    """
    saved = store.snapshots(portfolio)[0]
    desk, beside, basis = unpack_whole(store.snapshot_content(saved.id))
    plain = replace(desk, name=portfolio, as_of=as_of, known="", without_rulings=False, reading="")
    return plain, beside, basis


def baseline_of(store: Store, portfolio: str) -> SavedRun | None:
    """Return the newest run that answered for the law as it stood; None without one."""
    for run in store.runs(portfolio):
        asked = run.manifest.get("arguments", {})
        hypothetical = run.manifest.get("without_rulings") or run.manifest.get("hypotheses")
        if not hypothetical and not asked.get("reading") and not asked.get("known"):
            return run
    return None


# -- what is new -------------------------------------------------------------------------------


def alerts_of(
    world: World, portfolio: str, earlier: Row | None, analysis: Analysis, days: int
) -> tuple[tuple[Alert, ...], tuple[LineDeadline, ...]]:
    """Return what is new, and the legal dates among it.

    Parameters
    ----------
    earlier
        The JSON of the run before; None makes every touched line new.
    days
        Legal dates are reported once they are no further away than this.
    """
    alerts = [*_lines(world, portfolio, earlier, analysis)]
    dates, soon = _dates(portfolio, earlier, analysis, days)
    alerts += dates
    if earlier is not None:
        alerts += _events(world, portfolio, earlier, analysis)
    order = {kind: rank for rank, kind in enumerate(KINDS)}
    alerts.sort(key=lambda a: (order[a.kind], -abs(a.market_value or 0.0), a.at, a.name, a.text))
    return tuple(alerts), soon


def _key(row: Row) -> str:
    code = row["isin"] or row["cusip"] or row["sedol"] or row["ticker"] or row["name"]
    return f"{row['portfolio']} {code} {row['side']}"


def _lines(
    world: World, portfolio: str, earlier: Row | None, analysis: Analysis
) -> Iterator[Alert]:
    rows = list(positions_json(analysis))
    before = {_key(row): row for row in earlier["positions"]} if earlier else {}
    held = [note.sha256 for note in analysis.inputs]
    same = earlier is not None and sorted(i["sha256"] for i in earlier["inputs"]) == sorted(held)
    known = _known(earlier)
    now: dict[str, Row] = {}
    for row in rows:
        now.setdefault(_key(row), row)
    for key in dict.fromkeys((*before, *now)):
        old, new = before.get(key), now.get(key)
        was, status = (str(r["status"]) if r else "" for r in (old, new))
        if was == status:
            continue
        listed = old is None and (earlier is None or same or _listed_since(world, new, known))
        yield _line_alert(portfolio, old, new, listed=listed, same=same)


def _line_alert(
    portfolio: str, old: Row | None, new: Row | None, *, listed: bool, same: bool
) -> Alert:
    row = new or old or {}
    name = str(row.get("name") or "")
    was, status = (str(r["status"]) if r else "" for r in (old, new))
    value = float(new["market_value_base"]) if new and new["market_value_base"] else None
    issuer = row["match"]["entity"] if row.get("match") else "no issuer"
    if new is None:
        kind = "status" if same else "holding"
        text = "touched no more" if same else "touched before, not among the holdings now"
    else:
        kind = "listing" if listed else "holding" if old is None else "status"
        kind = "review" if status == Status.REVIEW.value else kind
        reasons = row["reasons"][:2] or [STATUS_MEANING[Status(status)]]
        text = f"{issuer}: {'; '.join(reasons)}"
    return Alert(kind, portfolio, name, text, was, status, "", value)


def _known(earlier: Row | None) -> datetime | None:
    return datetime.fromisoformat(earlier["known"]) if earlier and earlier["known"] else None


def _listed_since(world: World, row: Row | None, known: datetime | None) -> bool:
    """Say whether the issuer of a line was put on a list after an instant."""
    entity = row["match"]["entity_id"] if row and row["match"] else None
    return known is not None and any(
        event.kind is EventKind.DESIGNATE and entity in event.targets and event.known > known
        for event in world.law.record.events
    )


def _dates(
    portfolio: str, earlier: Row | None, analysis: Analysis, days: int
) -> tuple[list[Alert], tuple[LineDeadline, ...]]:
    """Return the legal dates that have come near, or have moved."""
    span = timedelta(days=days)
    end = analysis.question.as_of.start + span
    old = {_date_key(row): row for row in earlier["deadlines"]} if earlier else {}
    seen = _horizon(earlier, span) if earlier else None
    alerts, soon = [], []
    for item in analysis.deadlines:
        row = deadline_json(item)
        was = old.get(_date_key(row))
        moved = was is not None and was["at"] != row["at"]
        came_near = item.deadline.at <= end and (
            was is None or moved or seen is None or datetime.fromisoformat(was["at"]) > seen
        )
        if not (moved or came_near):
            continue
        kind = "date_moved" if moved else _DEADLINES[item.deadline.kind]
        alerts.append(_date_alert(portfolio, kind, item, str(was["at"]) if was and moved else ""))
        soon.append(item)
    return alerts, tuple(soon)


def _date_key(row: Row) -> tuple[str, ...]:
    return (row["entity_id"], row["regime"], row["kind"], row["mic"] or "")


def _horizon(earlier: Row, span: timedelta) -> datetime:
    """Return the instant up to which the run before would have reported legal dates."""
    return AsOf.of(str(earlier["as_of"])).start + span


def _date_alert(portfolio: str, kind: str, item: LineDeadline, before: str) -> Alert:
    at = instant(item.deadline.at) or ""
    last = f"; last session at {item.mic} {item.last_session}" if item.last_session else ""
    text = f"{item.deadline.text} ({item.deadline.regime}, {at}{last})"
    return Alert(kind, portfolio, item.entity_name, text, before, at, at, item.market_value, "")


def _events(world: World, portfolio: str, earlier: Row, analysis: Analysis) -> Iterator[Alert]:
    """Yield rulings and rules that bear on what is held and were not there before."""
    known, now = _known(earlier), analysis.question.as_of.known
    # Data of a later release may hold rulings that were public before: they are new to the user.
    updated = earlier["manifest"].get("law_sha256") != analysis.manifest["law_sha256"]
    held = {a.match.entity_id: a.match.entity for a in analysis.judged if a.match is not None}
    for event in world.law.record.events:
        bears = event.id in analysis.events
        ruling = bool(event.court) and (bears or _about(event, held))
        rule = event.kind in _RULES and bears
        if not (ruling or rule) or event.known > now or event.id in earlier["events"]:
            continue
        late = known is not None and event.known > known
        if late or (ruling and bears and updated):
            names = ", ".join(held[t] for t in event.targets if t in held)
            day = event.effective.astimezone(NEW_YORK).date().isoformat()
            kind = "ruling" if ruling else "rule"
            yield Alert(kind, portfolio, names, event.text, at=day, event=event.id)


def _about(event: LegalEvent, held: Mapping[str, str]) -> bool:
    return any(target in held for target in event.targets)


# -- as text, JSON and a calendar --------------------------------------------------------------


def alert_json(alert: Alert) -> dict[str, Any]:
    """Return one alert."""
    return {
        "kind": alert.kind,
        "meaning": KINDS[alert.kind],
        "portfolio": alert.portfolio,
        "name": alert.name,
        "text": alert.text,
        "before": alert.before or None,
        "after": alert.after or None,
        "at": alert.at or None,
        "market_value_base": money(alert.market_value),
        "event": alert.event or None,
    }


def watched_json(watched: Iterable[Watched], as_of: str, days: int) -> dict[str, Any]:
    """Return what was watched and what is new."""
    found = list(watched)
    return {
        "schema": "banimpact/monitor/v1",
        "as_of": as_of,
        "days": days,
        "portfolios": [
            {
                "portfolio": one.portfolio,
                "baseline_run": one.baseline,
                "base_currency": one.analysis.question.base,
                "coverage": one.analysis.coverage.sentence(),
                "alerts": len(one.alerts),
            }
            for one in found
        ],
        "alerts": [alert_json(alert) for one in found for alert in one.alerts],
    }


def watched_text(watched: Iterable[Watched], as_of: str) -> str:
    """Return what is new in plain words: a subject line, then a line each."""
    found = list(watched)
    count = sum(len(one.alerts) for one in found)
    news = f"{count} new" if count else "nothing new"
    lines = [f"Investment bans, {as_of}: {news} in {len(found)} portfolios"]
    for one in found:
        since = f"since run {one.baseline}" if one.baseline else "first screening"
        lines += ["", f"{one.portfolio} ({since})"]
        for alert in one.alerts:
            change = (
                f" [{alert.before or 'none'} -> {alert.after or 'none'}]" if _turn(alert) else ""
            )
            worth = ""
            if alert.market_value is not None:
                worth = f" ({one.analysis.question.base} {alert.market_value:,.2f})"
            day = f"{alert.at}: " if alert.event else ""
            lines.append(f"- {alert.kind}: {alert.name or 'all'}{worth}{change} {day}{alert.text}")
        if not one.alerts:
            lines.append("- nothing new")
        lines.append(f"  {one.analysis.coverage.sentence()}")
    return "\n".join((*lines, "", "Not legal advice.", ""))


def _turn(alert: Alert) -> bool:
    return bool(alert.before or alert.after) and not alert.at


def watched_ics(watched: Iterable[Watched]) -> bytes:
    """Return the legal dates among what is new as one calendar."""
    head, events, tail = b"", [], b""
    for one in watched:
        text = analysis_ics(replace(one.analysis, deadlines=one.soon))
        first, mark, rest = text.partition(b"BEGIN:VEVENT\r\n")
        body, end, _ = (mark + rest).rpartition(b"END:VCALENDAR\r\n")
        if not mark:
            first, body = text.removesuffix(b"END:VCALENDAR\r\n"), b""
        head, tail = head or first, end or b"END:VCALENDAR\r\n"
        events.append(body)
    return head + b"".join(events) + tail
