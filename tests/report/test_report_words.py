"""Sentences: never a bare all-clear, always the coverage, the reason and its source."""

import re
from dataclasses import replace
from typing import Any

import pytest

from analyzer.core.verdict import Status
from analyzer.exposure import Analysis
from analyzer.report.files import render
from analyzer.report.table import Kind, shown
from analyzer.report.wording import (
    NOT_ADVICE,
    RESTRICTED,
    headline,
    incomplete_reasons,
    why,
)

APPLE = b"Name,ISIN,Quantity,Market value,Currency\nApple Inc,US0378331005,10,1000,USD\n"


def test_nothing_found_is_said_with_what_was_screened(analysed: Any) -> None:
    analysis = analysed("apple.csv", "2021-03-09", APPLE)
    words = headline(analysis)
    assert words.startswith("No line among those screened is under a purchase or sale prohibition")
    assert "every line was screened and nothing stands open; not screened against" in words
    page = render(analysis, ".html").decode()
    assert analysis.coverage.sentence() in page


@pytest.mark.parametrize("suffix", [".html", ".csv", ".ics", ".json"])
def test_no_format_calls_a_line_clear(suffix: str, fund: Analysis) -> None:
    text = render(fund, suffix, everything=True).decode("utf-8-sig")
    assert not re.search(r"\bclear(ed)?\b|\bmust divest\b|\bsafe to\b", text, re.IGNORECASE)


def test_the_notice_stands_once(fund: Analysis) -> None:
    assert render(fund, ".html").decode().count(NOT_ADVICE) == 1
    calendar = render(fund, ".ics").decode().replace("\r\n ", "").replace("\\", "")
    assert calendar.count(NOT_ADVICE) == 1


def test_every_restricted_line_has_a_sentence_and_a_source(fund: Analysis) -> None:
    found = [j for j in fund.judged if j.status in RESTRICTED]
    assert found
    for answer in found:
        reason = why(fund, answer)
        assert len(reason.sentence) > 40
        assert "(grade " in reason.citation


def test_a_suspension_names_the_court_and_a_release_what_became_of_it(analysed: Any) -> None:
    for day, status, words in (
        ("2021-04-01", Status.SUSPENDED, "Preliminary injunction"),
        ("2021-05-27", Status.RELEASED, "vacates the designation"),
    ):
        analysis = analysed("emerging_markets_fund.csv", day)
        answer = next(j for j in analysis.judged if j.match and j.match.entity_id == "xiaomi")
        assert answer.status is status
        reason = why(analysis, answer)
        assert words in reason.sentence
        assert "1:21-cv-00280" in reason.citation


def test_an_affiliate_is_told_why_it_is_not_reached(fund: Analysis) -> None:
    answer = next(j for j in fund.judged if j.status is Status.WATCH)
    assert "the regime reaches only names it lists" in why(fund, answer).sentence


def test_a_fund_that_was_not_looked_through_says_so(analysed: Any) -> None:
    analysis = analysed("fund_of_funds.csv", "2021-09-01")
    answer = next(j for j in analysis.judged if j.status is Status.UNKNOWN)
    assert why(analysis, answer).sentence == "constituents of the fund: it was not looked through"
    assert "3 rows not screened (funds that were not looked through)" not in incomplete_reasons(
        analysis
    )
    assert "4 rows not screened (funds that were not looked through)" in incomplete_reasons(
        analysis
    )


def test_regimes_that_were_not_screened_stand_on_the_first_page(analysed: Any) -> None:
    analysis = analysed("apple.csv", "2021-03-09", APPLE)
    missing = [f.message for f in analysis.findings if f.code == "W607"]
    assert missing
    head = render(analysis, ".html").decode().split("<main>")[0]
    assert missing[0] in head
    words = render(analysis, ".csv", everything=True).decode()
    assert f"no match in {len(analysis.coverage.in_force)} lists, newest 2021-03-09" in words


def test_each_cause_of_incompleteness_is_named(fund: Analysis) -> None:
    coverage = replace(fund.coverage, stale=True, complete=False, open_reviews=0)
    note = replace(fund.inputs[0], rows_rejected=2)
    worse = replace(
        fund,
        coverage=replace(coverage, rows_total=coverage.rows_total + 2),
        inputs=(note,),
        totals=replace(fund.totals, unvalued_rows=1),
    )
    assert incomplete_reasons(worse) == (
        "2 rows could not be read",
        f"the law is verified only through {coverage.verified_through}",
        "1 row without a value",
    )
    whole = replace(fund, coverage=replace(fund.coverage, complete=True))
    assert incomplete_reasons(whole) == ()


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (None, Kind.MONEY, "—"),
        (float("nan"), Kind.SHARE, "—"),
        (None, Kind.TEXT, ""),
        (-0.0, Kind.MONEY, "0.00"),
        (1234567.891, Kind.MONEY, "1,234,567.89"),
        (0.01234, Kind.SHARE, "1.23%"),
        (12.5, Kind.NUMBER, "12.5"),
        (100.0, Kind.NUMBER, "100"),
        (1.5e-9, Kind.NUMBER, "1.5e-09"),
        (True, Kind.TEXT, "yes"),
        (1234, Kind.INTEGER, "1,234"),
    ],
)
def test_figures_read_as_people_write_them(value: Any, kind: Kind, text: str) -> None:
    assert shown(value, kind) == text
