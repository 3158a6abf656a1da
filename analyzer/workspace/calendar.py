"""Deadlines as a calendar file (RFC 5545)."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from analyzer.exposure import LineDeadline

_WIDTH = 73  # octets of content per line, RFC 5545 section 3.1


def deadlines_ics(deadlines: Iterable[LineDeadline], stamp: datetime) -> bytes:
    """Return legal dates as calendar events: the instant, and the last lawful session before it.

    Parameters
    ----------
    stamp
        When the file is made; the library reads no clock.
    """
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//banimpact//deadlines//EN"]
    for item in deadlines:
        lines += _event(item, stamp)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line)).encode()


def _event(item: LineDeadline, stamp: datetime) -> list[str]:
    deadline = item.deadline
    key = f"{deadline.entity}-{deadline.regime}-{deadline.kind}-{item.mic or 'no-venue'}"
    what = deadline.kind.replace("_", " ")
    session = item.last_session.isoformat() if item.last_session else item.session_note
    venue = item.mic or "venue not known"
    words = f"{deadline.text}. Last lawful session at {venue}: {session}. Held lines: {item.rows}."
    if item.provisional:
        words += " The exchange calendar is provisional."
    end = deadline.at + timedelta(minutes=1 if deadline.inclusive else 0)
    return [
        "BEGIN:VEVENT",
        f"UID:{key}-{_utc(deadline.at)}@banimpact",
        f"DTSTAMP:{_utc(stamp)}",
        f"DTSTART:{_utc(deadline.at)}",
        f"DTEND:{_utc(end)}",
        f"SUMMARY:{_text(f'{item.entity_name}: {what} ({venue})')}",
        f"DESCRIPTION:{_text(words)}",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"DESCRIPTION:{_text(f'{item.entity_name}: {what} in 30 days')}",
        "TRIGGER:-P30D",
        "END:VALARM",
        "END:VEVENT",
    ]


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(words: str) -> str:
    """Escape what RFC 5545 section 3.3.11 reserves."""
    for mark in ("\\", ";", ","):
        words = words.replace(mark, f"\\{mark}")
    return words.replace("\r", "").replace("\n", "\\n")


def _folded(line: str) -> Iterable[str]:
    """Cut a line into parts of at most 75 octets, never inside a character."""
    part = ""
    for character in line:
        if len((part + character).encode()) > _WIDTH:
            yield part
            part = " "
        part += character
    yield part
