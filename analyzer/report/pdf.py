"""The analysis as a memo on paper: two to four pages, the same bytes for the same input."""

import io
from collections.abc import Sequence
from typing import Any

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.platypus import (
    Flowable,
    Image,
    KeepTogether,
    LongTable,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    TableStyle,
)

from analyzer.exposure import Analysis
from analyzer.report.chart import LOOKS, Chart
from analyzer.report.figures import png
from analyzer.report.memo import Memo, Part, make_memo, marked, status_cell
from analyzer.report.options import ReportOptions
from analyzer.report.paper import FONT, markup, register_fonts, styles
from analyzer.report.scenario import ScenarioReport
from analyzer.report.table import Kind, Table, shown

_MARGIN = 15 * mm
_WIDTH = A4[0] - 2 * _MARGIN
_PAGES, _ROWS = 4, (16, 10, 5)  # pages of a memo, and issuers listed until it fits
_CELL = 440  # characters; a memo is no place for a cell that fills a page
_RIGHT = frozenset({Kind.INTEGER, Kind.NUMBER, Kind.MONEY, Kind.SHARE})
_RULE = colors.HexColor("#999999")
_SHADE = colors.HexColor("#f0f0f0")


def analysis_pdf(
    analysis: Analysis,
    scenarios: Sequence[ScenarioReport] = (),
    options: ReportOptions | None = None,
) -> bytes:
    """Return the memo as PDF."""
    register_fonts()
    chosen = options or ReportOptions()
    drawn: dict[str, bytes] = {}
    for rows in _ROWS:
        memo = make_memo(analysis, scenarios, chosen, rows=rows)
        pages, data = _build(memo, chosen, drawn)
        if pages <= _PAGES:
            break
    return data


def _build(memo: Memo, options: ReportOptions, drawn: dict[str, bytes]) -> tuple[int, bytes]:
    """Return the number of pages and the document; `drawn` keeps figures for another try."""
    out = io.BytesIO()
    document = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=14 * mm,
        bottomMargin=16 * mm,
        title=memo.title[:200],
        author=options.prepared_by or "banimpact",
        subject=memo.headline,
        lang="en",
        invariant=1,
    )
    footer = _Footer(memo)
    document.build(_story(memo, drawn), onFirstPage=footer, onLaterPages=footer)
    return document.page, out.getvalue()


class _Footer:
    """Draws coverage and page number under every page; notice and coverage go where results go."""

    def __init__(self, memo: Memo) -> None:
        self.line = Paragraph(markup(memo.coverage, 240), styles()["small"])

    def __call__(self, canvas: Any, document: Any) -> None:
        _, height = self.line.wrap(_WIDTH - 20 * mm, 12 * mm)
        self.line.drawOn(canvas, _MARGIN, 13 * mm - height)
        canvas.setFont(FONT, 7)
        canvas.drawRightString(A4[0] - _MARGIN, 13 * mm - 7, f"page {document.page}")


def _story(memo: Memo, drawn: dict[str, bytes]) -> list[Flowable]:
    look = styles()
    story: list[Flowable] = [Paragraph(markup(memo.title, 200), look["title"])]
    if memo.banner:
        story.append(Paragraph(f"<b>INCOMPLETE</b>: {markup(memo.banner)}", look["alarm"]))
    story += [
        Paragraph(f"<b>{markup(memo.headline)}</b>", look["lead"]),
        Paragraph(markup(memo.coverage), look["body"]),
        Spacer(0, 2 * mm),
        _pairs([(t.name, t.value) for t in memo.tiles], strong=True),
        Spacer(0, 1.5 * mm),
        _pairs([(t.name, t.value) for t in memo.question]),
    ]
    for part in memo.parts:
        story += _part(part, drawn)
    if memo.citations:
        story.append(Paragraph("Citations", look["heading"]))
        story += [
            Paragraph(f"[{n}] {markup(_source(entry))}", look["small"])
            for n, entry in enumerate(memo.citations, start=1)
        ]
    story.append(KeepTogether(_sign_off(memo)))
    return story


def _source(entry: tuple[str, str, str]) -> str:
    ref, grade, url = entry
    return ref + (f" (grade {grade})" if grade else "") + (f" {url}" if url else "")


def _part(part: Part, drawn: dict[str, bytes]) -> list[Flowable]:
    look = styles()
    heading = Paragraph(markup(part.title), look["heading"])
    rest: list[Flowable] = [Paragraph(markup(text), look["body"]) for text in part.text]
    for item in part.body:
        rest += _figure(item, drawn) if isinstance(item, Chart) else _table(item, part.title)
    if not rest:
        return [heading]
    return [KeepTogether([heading, rest[0]]), *rest[1:]]


def _figure(chart: Chart, drawn: dict[str, bytes]) -> list[Flowable]:
    key = f"{chart.name} {chart.data_hash}"
    if key not in drawn:
        drawn[key] = png(chart)
    image = Image(io.BytesIO(drawn[key]))
    scale = min(_WIDTH / image.imageWidth, 100 * mm / image.imageHeight)
    image.drawWidth, image.drawHeight = image.imageWidth * scale, image.imageHeight * scale
    image.hAlign = "LEFT"
    words = Paragraph(markup(chart.alt), styles()["small"])
    return [KeepTogether([Spacer(0, 2 * mm), image, words])]


def _table(table: Table, above: str) -> list[Flowable]:
    look = styles()
    kinds = [c.kind for c in table.columns]
    head = [Paragraph(f"<b>{markup(c.heading)}</b>", look["cell"]) for c in table.columns]
    body = [
        [
            Paragraph(
                markup(_words(value, kind), _CELL), look["figure" if kind in _RIGHT else "cell"]
            )
            for value, kind in zip(row, kinds, strict=True)
        ]
        for row in table.rows
    ]
    widths = [max(7.0, float(min(c.width, 60))) for c in table.columns]
    scale = _WIDTH / sum(widths)
    flow = LongTable([head, *body], colWidths=[w * scale for w in widths], repeatRows=1)
    flow.setStyle(TableStyle([*_GRID, *_status_rules(table)]))
    title = Paragraph(f"<b>{markup(table.title)}</b>", look["caption"])
    parts: list[Flowable] = [Spacer(0, 2 * mm), flow]
    if table.title != above:
        parts.insert(1, title)
    return [*parts, Paragraph(markup(table.note), look["small"])] if table.note else parts


def _words(value: Any, kind: Kind) -> str:
    """Return a cell in words; a status goes with its mark."""
    status = status_cell(value) if isinstance(value, str) else None
    return shown(value, kind) if status is None else marked(status)


_GRID: list[tuple[Any, ...]] = [
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("LINEBELOW", (0, 0), (-1, 0), 0.8, colors.black),
    ("LINEBELOW", (0, 1), (-1, -1), 0.25, _RULE),
    ("LEFTPADDING", (0, 0), (-1, -1), 3),
    ("RIGHTPADDING", (0, 0), (-1, -1), 3),
    ("TOPPADDING", (0, 0), (-1, -1), 1.2),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 1.8),
]


def _status_rules(table: Table) -> list[tuple[Any, ...]]:
    """Return a coloured bar left of each status; the word and its mark stand beside it."""
    keys = [c.key for c in table.columns]
    if "status" not in keys:
        return []
    at = keys.index("status")
    rules: list[tuple[Any, ...]] = []
    for number, row in enumerate(table.rows, start=1):
        status = status_cell(str(row[at]))
        if status is not None:
            colour = colors.HexColor(LOOKS[status].colour)
            rules.append(("LINEBEFORE", (at, number), (at, number), 3, colour))
    return rules


def _pairs(pairs: Sequence[tuple[str, str]], strong: bool = False) -> LongTable:
    look = styles()
    rows = [
        [
            Paragraph(f"<b>{markup(name)}</b>", look["cell"]),
            Paragraph(f"<b>{markup(text, 600)}</b>" if strong else markup(text, 600), look["cell"]),
        ]
        for name, text in pairs
    ]
    flow = LongTable(rows, colWidths=[38 * mm, _WIDTH - 38 * mm])
    rules = [("BACKGROUND", (0, 0), (-1, -1), _SHADE)] if strong else []
    flow.setStyle(TableStyle([*_GRID[2:], *rules]))
    return flow


def _sign_off(memo: Memo) -> list[Flowable]:
    look = styles()
    rows = [[Paragraph(markup(name), look["cell"]), ""] for name in memo.sign_off]
    flow = LongTable(rows, colWidths=[38 * mm, _WIDTH - 38 * mm], rowHeights=[9 * mm] * len(rows))
    flow.setStyle(TableStyle([("LINEBELOW", (1, 0), (1, -1), 0.5, colors.black)]))
    return [
        Paragraph("Sign-off", look["heading"]),
        flow,
        Spacer(0, 2 * mm),
        Paragraph(markup(memo.notice), look["body"]),
    ]
