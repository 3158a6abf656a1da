"""The memo as PDF, read back."""

import io
from pathlib import Path

import pypdf
import pytest

from analyzer.core.asof import AsOf
from analyzer.exposure import Analysis, Question
from analyzer.report.chart import LOOKS
from analyzer.report.files import render
from analyzer.report.memo import make_memo
from analyzer.report.options import ReportOptions
from analyzer.report.paper import markup, register_fonts
from analyzer.report.wording import NOT_ADVICE
from analyzer.service import World, analyze, read_inputs


def text_of(data: bytes) -> tuple[int, str]:
    reader = pypdf.PdfReader(io.BytesIO(data))
    return len(reader.pages), " ".join(" ".join(p.extract_text() for p in reader.pages).split())


@pytest.fixture(scope="module")
def memo(fund: Analysis, world: World) -> tuple[int, str]:
    return text_of(render(fund, ".pdf", options=ReportOptions(law=world.law)))


def test_two_to_four_pages_with_every_part(memo: tuple[int, str]) -> None:
    pages, text = memo
    assert 2 <= pages <= 4
    for heading in ("Exposure", "Timeline and deadlines", "Method and limits", "Citations"):
        assert heading in text, heading
    for line in ("Prepared by", "Reviewed by", "Decision", "Date"):
        assert line in text, line
    assert text.count(NOT_ADVICE) == 1


def test_headline_coverage_and_sources(memo: tuple[int, str], fund: Analysis) -> None:
    pages, text = memo
    assert "9 lines of 9 issuers, USD 7,737,900.00 (16.33% of net value)" in text
    assert text.count(fund.coverage.sentence()) == pages + 1  # once under each page
    assert "INCOMPLETE: 1 row in review" in text
    assert "EO 13974, 86 FR 4875 (19 Jan 2021)" in text
    assert "China Mobile Limited is on the OFAC NS-CCMC list from 2021-01-08" in text


def test_every_restricted_issuer_of_a_short_list_is_named(
    memo: tuple[int, str], fund: Analysis
) -> None:
    restricted = {j.match.entity for j in fund.judged if j.match and j.status == "sell_window"}
    assert len(restricted) == 9
    for name in restricted:
        assert name.split(" ")[0] in memo[1]


def test_the_numbers_in_brackets_are_those_of_the_citations(fund: Analysis) -> None:
    found = make_memo(fund, (), ReportOptions(), rows=16)
    rows = next(p for p in found.parts if p.title == "Exposure").body[-1].rows  # type: ignore[union-attr]
    by_name = {row[0]: row[-1] for row in rows}
    numbers = by_name["China Mobile Limited"].rsplit("[", 1)[1].rstrip("]").split(", ")
    refs = [found.citations[int(n) - 1][0] for n in numbers]
    assert "EO 13974, 86 FR 4875 (19 Jan 2021)" in refs
    assert "OFAC NS-CCMC listings of 8 Jan 2021" in refs


def test_hostile_rows_are_printed_not_run(hostile: Analysis) -> None:
    pages, text = text_of(render(hostile, ".pdf"))
    assert pages <= 4
    assert "China Mobile" in text


@pytest.mark.parametrize(
    ("text", "fonts"),
    [
        ("Plain & <b>", ["Plain &amp; &lt;b&gt;"]),
        ("中芯国际", ['<font name="STSong-Light">中芯国际</font>']),
        ("삼성", ['<font name="HYSMyeongJo-Medium">삼성</font>']),
        ("Сбербанк Ελλάδα", ["Сбербанк Ελλάδα"]),
        ("🚀", ["\ufffd"]),
    ],
)
def test_each_script_is_set_in_a_font_that_has_it(text: str, fonts: list[str]) -> None:
    register_fonts()
    assert markup(text) == "".join(fonts)


def test_chinese_issuer_names_can_be_read_back(world: World, samples: Path, fund: Analysis) -> None:
    inputs = read_inputs([samples / "emerging_markets_fund.csv"])
    options = ReportOptions(title="小米集团 memo")
    again = analyze(world, inputs, Question(AsOf.of("2021-03-09")))
    assert "小米集团" in text_of(render(again, ".pdf", options=options))[1]


def test_a_cut_says_how_long_the_whole_is() -> None:
    register_fonts()
    assert markup("x" * 500, 10) == "x" * 10 + "… [500 characters; whole in the workbook or JSON]"


def test_the_mark_of_every_status_is_printable() -> None:
    register_fonts()
    for look in LOOKS.values():
        assert markup(look.mark) == look.mark


def test_same_input_same_bytes(fund: Analysis, world: World) -> None:
    options = ReportOptions(law=world.law)
    assert render(fund, ".pdf", options=options) == render(fund, ".pdf", options=options)
