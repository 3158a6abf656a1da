"""Analyses that the tests of reports share."""

from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer.core.asof import AsOf
from analyzer.exposure import Analysis, Question
from analyzer.service import World, analyze, read_inputs

Make = Callable[..., Analysis]


@pytest.fixture(scope="session")
def analysed(world: World, samples: Path) -> Make:
    """Analyse a sample by name, or bytes under a name."""

    def make(name: str, day: str, data: bytes | None = None, base: str | None = None) -> Analysis:
        source = samples / name if data is None else (name, data)
        return analyze(world, read_inputs([source]), Question(AsOf.of(day), base=base))

    return make


@pytest.fixture(scope="session")
def fund(analysed: Make) -> Analysis:
    """The emerging-markets sample while the windows of March 2021 are open."""
    return analysed("emerging_markets_fund.csv", "2021-03-09")


HOSTILE_NAMES = (
    '=HYPERLINK("http://example.invalid","x")',
    "+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd",
    "-2+3+cmd|' /C calc'!A0",
    "＝1+1",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "</svg></td><!-- & &amp; ]]>",
    "小米集团 中芯国际 海康威视",
    "サムスン電子 삼성전자 주식회사",
    "Сбербанк ΕΛΛΑΔΑ שלום مرحبا हिन्दी ไทย",
    "e\u0301\u202egnp.exe\u200b\ufeff zero width",
    "🚀🇨🇳 \U0002070e \U0001f468\u200d\U0001f469\u200d\U0001f467",
    "tab\tand nbsp\u00a0and line\u2028separator",
    "$x^2$ \\frac{1}{2} %s %(x)s {0} {{}}",
    "A" * 40_000,
    "漢" * 40_000,
)


@pytest.fixture(scope="session")
def hostile(analysed: Make) -> Analysis:
    """Rows that attack a spreadsheet, a page, a font or a column, beside one restricted line."""
    rows = ["Name,ISIN,Quantity,Market value,Currency,Holdings date"]
    rows += [f'"{n.replace(chr(34), 2 * chr(34))}",,10,1000,USD,2021-03-05' for n in HOSTILE_NAMES]
    rows.append("China Mobile Ltd,HK0941009539,100,5000,USD,2021-03-05")
    return analysed("hostile.csv", "2021-03-09", "\n".join(rows).encode())
