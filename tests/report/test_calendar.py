"""The calendar against RFC 5545."""

import re
from typing import Any

import pytest

from analyzer.exposure import Analysis
from analyzer.report.files import render


def parse(data: bytes) -> list[dict[str, str]]:
    """Unfold and split into components; a property of an alarm inside is prefixed."""
    text = data.decode()
    assert text.endswith("END:VCALENDAR\r\n")
    assert "\n" not in text.replace("\r\n", "")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    events: list[dict[str, str]] = []
    alarm = False
    for line in text.replace("\r\n ", "").split("\r\n"):
        name, _, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            events.append({})
        elif line in ("BEGIN:VALARM", "END:VALARM"):
            alarm = line.startswith("BEGIN")
        elif events and name != "END":
            key = f"alarm {name}" if alarm else name
            assert key not in events[-1], key
            events[-1][key] = value
    return events


@pytest.fixture(scope="module")
def events(fund: Analysis) -> list[dict[str, str]]:
    return parse(render(fund, ".ics"))


def test_one_event_per_instant_and_per_session(
    events: list[dict[str, str]], fund: Analysis
) -> None:
    sessions = [d for d in fund.deadlines if d.last_session]
    assert len(events) == len(fund.deadlines) + len(sessions)
    assert len({e["UID"] for e in events}) == len(events)
    for event in events:
        assert {"UID", "DTSTAMP", "SUMMARY", "DESCRIPTION"} <= set(event)


def test_times_are_those_of_the_law(events: list[dict[str, str]]) -> None:
    found = {e["SUMMARY"]: e for e in events}
    closing = found["China Mobile Limited: window closes"]
    assert re.fullmatch(r"2022010[89]T\d{6}Z", closing["DTSTART"])
    assert "EO 13974" in closing["DESCRIPTION"]
    assert closing["alarm TRIGGER"] == "-P7D"
    session = next(e for s, e in found.items() if s.startswith("China Mobile Limited: last lawful"))
    assert re.fullmatch(r"\d{8}", session["DTSTART;VALUE=DATE"])


def test_identifiers_and_stamps_come_from_the_law_not_the_clock(
    fund: Analysis, analysed: Any
) -> None:
    stamps = {e["DTSTAMP"] for e in parse(render(fund, ".ics"))}
    assert stamps == {"20210309T050000Z"}
    later = analysed("emerging_markets_fund.csv", "2021-03-10")
    one = {e["SUMMARY"]: e["UID"] for e in parse(render(fund, ".ics"))}
    two = {e["SUMMARY"]: e["UID"] for e in parse(render(later, ".ics"))}
    common = one.keys() & two.keys()
    assert "China Mobile Limited: window closes" in common
    assert {k: one[k] for k in common} == {k: two[k] for k in common}


def test_the_coverage_line_goes_with_every_event(
    events: list[dict[str, str]], fund: Analysis
) -> None:
    escaped = fund.coverage.sentence().replace(",", "\\,").replace(";", "\\;")
    assert all(escaped in e["DESCRIPTION"] for e in events)
