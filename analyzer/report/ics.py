"""Deadlines as a calendar (RFC 5545): stable identifiers, no clock."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from analyzer.exposure import Analysis, LineDeadline
from analyzer.report.contract import instant
from analyzer.report.wording import NOT_ADVICE, cites

_FOLD = 75  # octets per line, RFC 5545 section 3.1


def analysis_ics(analysis: Analysis) -> bytes:
    """Return one event per published instant, and one for the last lawful session before it."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//investment-ban-analyzer//deadlines//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "X-WR-CALNAME:Investment ban deadlines",
        f"X-WR-CALDESC:{_escaped(NOT_ADVICE)}",
    ]
    stamp = _utc(analysis.question.as_of.start)
    for item in analysis.deadlines:
        lines += _events(analysis, item, stamp)
    lines.append("END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines).encode("utf-8", "replace")


def _events(analysis: Analysis, item: LineDeadline, stamp: str) -> Iterator[str]:
    deadline = item.deadline
    what = deadline.kind.replace("_", " ")
    notes = [analysis.events[i] for i in deadline.because if i in analysis.events]
    end = f"{instant(deadline.at)}, {'that minute included' if deadline.inclusive else 'exclusive'}"
    details = "\n".join(
        (
            f"{deadline.text} ({end}).",
            f"Regime {deadline.regime}. Lines held: {item.rows}.",
            f"Sources: {cites(notes)}" if notes else "Sources: see the report.",
            f"{analysis.coverage.sentence()}.",
        )
    )
    yield from (
        "BEGIN:VEVENT",
        f"UID:{_uid(item, 'instant')}",
        f"DTSTAMP:{stamp}",
        f"DTSTART:{_utc(deadline.at)}",
        f"SUMMARY:{_escaped(f'{item.entity_name}: {what}')}",
        f"DESCRIPTION:{_escaped(details)}",
        "CLASS:CONFIDENTIAL",
        "TRANSP:TRANSPARENT",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"DESCRIPTION:{_escaped(f'In seven days: {item.entity_name}, {what}')}",
        "TRIGGER:-P7D",
        "END:VALARM",
        "END:VEVENT",
    )
    if item.last_session is None:
        return
    provisional = " (provisional calendar)" if item.provisional else ""
    words = f"{item.entity_name}: last lawful session at {item.mic} before {what}{provisional}"
    yield from (
        "BEGIN:VEVENT",
        f"UID:{_uid(item, 'session')}",
        f"DTSTAMP:{stamp}",
        f"DTSTART;VALUE=DATE:{item.last_session:%Y%m%d}",
        f"DTEND;VALUE=DATE:{item.last_session + timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{_escaped(words)}",
        f"DESCRIPTION:{_escaped(details)}",
        "CLASS:CONFIDENTIAL",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    )


def _uid(item: LineDeadline, part: str) -> str:
    """Return an identifier that depends on the legal date alone, so that runs update it."""
    deadline = item.deadline
    facts = (
        deadline.entity,
        deadline.regime,
        deadline.kind,
        _utc(deadline.at),
        item.mic or "",
        part,
    )
    return f"{hashlib.sha256('|'.join(facts).encode()).hexdigest()[:32]}@banimpact"


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    kept = "".join(c for c in text if c == "\n" or c.isprintable())
    for plain in ("\\", ";", ","):
        kept = kept.replace(plain, f"\\{plain}")
    return kept.replace("\n", "\\n")


def _folded(line: str) -> str:
    """Break a line into pieces of at most 75 octets without cutting a character."""
    pieces, size = [""], 0
    for character in line:
        width = len(character.encode("utf-8", "replace"))
        if size + width > _FOLD:
            pieces.append("")
            size = 1  # the space that marks a continuation
        pieces[-1] += character
        size += width
    return "\r\n ".join(pieces)
