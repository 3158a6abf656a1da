"""The page: self-contained, safe, readable by machines and by people who do not see it."""

import re

import lxml.html
import pytest

from analyzer.exposure import Analysis
from analyzer.report.files import render
from analyzer.report.options import ReportOptions
from analyzer.report.wording import NOT_ADVICE
from analyzer.service import World


@pytest.fixture(scope="module")
def source(fund: Analysis, world: World) -> str:
    return render(fund, ".html", options=ReportOptions(law=world.law)).decode()


@pytest.fixture(scope="module")
def page(source: str) -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(source)


def test_it_loads_nothing_and_runs_nothing(source: str, page: lxml.html.HtmlElement) -> None:
    policy = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]
    assert not page.xpath("//script | //link | //iframe | //object | //embed | //img | //form")
    assert not [a for e in page.iter() for a in e.attrib if str(a).lower().startswith("on")]
    assert not re.search(r"url\((?!#)|@import", source)
    # An address to follow is not a request; everything else that could fetch is absent.
    assert not page.xpath("//*[@src]")
    assert all(str(h).startswith("#") for h in page.xpath("//svg//@href"))


def test_light_and_dark(source: str) -> None:
    assert "prefers-color-scheme:dark" in source
    assert '<meta name="color-scheme" content="light dark">' in source
    svg = source[source.index("<svg") : source.index("</svg>")]
    assert "var(--ink)" in svg
    assert "var(--paper)" in svg
    assert "#1a1b1c" not in svg


def test_figures_have_words_and_their_data(page: lxml.html.HtmlElement) -> None:
    figures = page.xpath("//figure")
    assert len(figures) == 2
    for figure in figures:
        assert figure.xpath(".//*[local-name()='svg']/@role") == ["img"]
        assert figure.xpath(".//*[local-name()='svg']/@aria-label")[0]
        assert figure.xpath(".//figcaption")[0].text_content()
        assert figure.xpath(".//details//table//tr")
    text = page.xpath("//figure//*[local-name()='text']")
    assert "Xiaomi Corporation" in {t.text_content().strip() for t in text}


def test_ids_are_unique(page: lxml.html.HtmlElement) -> None:
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))


def test_touched_lines_are_listed_and_the_others_counted(
    page: lxml.html.HtmlElement, fund: Analysis
) -> None:
    tables = {t.xpath("./caption")[0].text_content(): t for t in page.xpath("//table[caption]")}
    rows = tables["Lines"].xpath("./tbody/tr")
    untouched = int((fund.lines["status"] == "no_match").sum())
    assert len(rows) == len(fund.lines) - untouched
    assert f"{untouched} lines without a match are not shown here." in page.text_content()
    words = [c.text_content() for c in tables["Lines"].xpath(".//td[contains(@class, 's-')]")]
    assert "◔ sell window" in words


def test_everything_lists_everything(fund: Analysis) -> None:
    page = lxml.html.document_fromstring(render(fund, ".html", True).decode())
    table = next(t for t in page.xpath("//table[caption]") if t[0].text_content() == "Lines")
    assert len(table.xpath("./tbody/tr")) == len(fund.lines)


def test_coverage_stands_beside_the_result(page: lxml.html.HtmlElement, fund: Analysis) -> None:
    head = page.xpath("//header")[0].text_content()
    assert fund.coverage.sentence() in head
    assert "INCOMPLETE: 1 row in review" in head
    assert page.text_content().count(NOT_ADVICE) == 1


def test_hostile_rows_are_text(hostile: Analysis) -> None:
    source = render(hostile, ".html", True).decode()
    page = lxml.html.document_fromstring(source)
    assert not page.xpath("//script | //img | //*[@onerror]")
    text = page.text_content()
    assert "<script>alert(1)</script>" in text
    assert "小米集团 中芯国际 海康威视" in text
    assert "A" * 40_000 in text
    assert source.count("<svg") == source.count("</svg>")


def test_same_input_same_bytes(fund: Analysis, world: World) -> None:
    options = ReportOptions(law=world.law)
    assert render(fund, ".html", options=options) == render(fund, ".html", options=options)
