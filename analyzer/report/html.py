"""The analysis as one self-contained page: no request leaves it, light or dark, on screen or paper.

Everything that came from outside is escaped; the page forbids itself scripts and loading.
"""

from collections.abc import Sequence
from html import escape
from pathlib import PurePath
from typing import Any

import pandas as pd

from analyzer.exposure import Analysis
from analyzer.report.chart import LOOKS, Chart
from analyzer.report.figures import svg
from analyzer.report.memo import Memo, Part, make_memo, status_cell
from analyzer.report.options import ReportOptions
from analyzer.report.page_style import STYLE
from analyzer.report.positions import positions_table
from analyzer.report.scenario import ScenarioReport
from analyzer.report.table import Column, Kind, Table, shown

_RIGHT = frozenset({Kind.INTEGER, Kind.NUMBER, Kind.MONEY, Kind.SHARE})
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_LONGEST = 50_000  # characters of one cell; what is beyond stands in JSON and CSV
_SHOWN: tuple[str, ...] = (
    "row",
    "input",
    "portfolio",
    "name",
    "isin",
    "ticker",
    "status",
    "why",
    "citation",
)
_SHOWN += ("buy", "sell", "sell_until", "hold", "quantity", "market_value", "currency")
_SHOWN += ("market_value_base", "weight", "entity", "match", "evidence")


def analysis_html(
    analysis: Analysis,
    scenarios: Sequence[ScenarioReport] = (),
    options: ReportOptions | None = None,
) -> str:
    """Return the report as one HTML file."""
    chosen = options or ReportOptions()
    memo = make_memo(analysis, scenarios, chosen)
    parts = [_part(part) for part in memo.parts]
    parts.insert(1, _positions(analysis, chosen.everything))
    body = "\n".join((_head(memo), *parts, _citations(memo), _foot(memo)))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{_text(memo.title)}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def _text(value: str) -> str:
    """Return text escaped for a page; characters a page may not hold become a replacement."""
    cut = value if len(value) <= _LONGEST else f"{value[:_LONGEST]}… [{len(value):,} characters]"
    if not cut.isprintable():
        cut = "".join(c if c >= " " or c in "\t\n" else "\ufffd" for c in cut)
        cut = cut.replace("\x7f", "\ufffd")
    return escape(cut, quote=True)


def _head(memo: Memo) -> str:
    banner = (
        f'<p class="alarm" role="alert"><strong>INCOMPLETE</strong>: {_text(memo.banner)}</p>'
        if memo.banner
        else ""
    )
    tiles = "".join(
        f"<div><dt>{_text(t.name)}</dt><dd>{_text(t.value)}</dd></div>" for t in memo.tiles
    )
    facts = "".join(
        f'<tr><th scope="row">{_text(t.name)}</th><td>{_text(t.value)}</td></tr>'
        for t in memo.question
    )
    return (
        f"<header><h1>{_text(memo.title)}</h1>{banner}"
        f'<p class="lead">{_text(memo.headline)}</p><p>{_text(memo.coverage)}</p>'
        f'<dl class="tiles">{tiles}</dl>'
        f'<table class="facts"><caption>What was asked</caption><tbody>{facts}</tbody></table>'
        "</header>\n<main>"
    )


def _part(part: Part) -> str:
    text = "".join(f"<p>{_text(words)}</p>" for words in part.text)
    body = "".join(_figure(i) if isinstance(i, Chart) else _table(i) for i in part.body)
    return f"<section><h2>{_text(part.title)}</h2>{text}{body}</section>"


def _figure(chart: Chart) -> str:
    """Return a figure with its words and, folded, the figures it is drawn from."""
    return (
        f"<figure>{svg(chart)}<figcaption>{_text(chart.alt)}</figcaption>"
        f"<details><summary>Data of this figure</summary>{_data(chart.data)}</details></figure>"
    )


def _data(frame: pd.DataFrame) -> str:
    head = "".join(f'<th scope="col">{_text(str(c).replace("_", " "))}</th>' for c in frame.columns)
    rows = "".join(
        f"<tr>{''.join(_data_cell(value) for value in row)}</tr>"
        for row in frame.itertuples(index=False, name=None)
    )
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return f'<div class="wide">{table}</div>'


def _data_cell(value: Any) -> str:
    if isinstance(value, int | float):
        return f'<td class="n">{_text(shown(value, Kind.NUMBER))}</td>'
    return f"<td>{_text(str(value))}</td>"


def _table(table: Table) -> str:
    head = "".join(
        f'<th scope="col" style="min-width:{min(c.width, 28)}ch"{_side(c.kind)}>'
        f"{_text(c.heading)}</th>"
        for c in table.columns
    )
    columns = [_cells([row[at] for row in table.rows], c) for at, c in enumerate(table.columns)]
    rows = "".join(f"<tr>{''.join(row)}</tr>" for row in zip(*columns, strict=True))
    note = f'<p class="note">{_text(table.note)}</p>' if table.note else ""
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{_text(table.title)}"><table>'
        f"<caption>{_text(table.title)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{rows}</tbody></table></div>{note}"
    )


def _cells(values: list[Any], column: Column) -> list[str]:
    """Return the cells of a column; what repeats is rendered once."""
    side, kind = _side(column.kind), column.kind
    seen: dict[Any, str] = {}
    found = []
    for value in values:
        key = (type(value), value)
        if key not in seen:
            plain = column.key != "status" or not value
            seen[key] = f"<td{side}>{_text(shown(value, kind))}</td>" if plain else _status(value)
        found.append(seen[key])
    return found


def _side(kind: Kind) -> str:
    return ' class="n"' if kind in _RIGHT else ""


def _status(value: str) -> str:
    status = status_cell(value)
    if status is None:
        return f"<td>{_text(value)}</td>"
    mark, words = LOOKS[status].mark, status.value.replace("_", " ")
    return f'<td class="s-{status.value}"><span aria-hidden="true">{mark}</span> {words}</td>'


def _positions(analysis: Analysis, everything: bool) -> str:
    full = positions_table(analysis, everything)
    at = [i for i, c in enumerate(full.columns) if c.key in _SHOWN]
    rows = [tuple(row[i] for i in at) for row in full.rows]
    # The folder of the input is the user's own; the audit part of the workbook names it.
    rows = [(PurePath(row[0]).name, *row[1:]) for row in rows]
    untouched = len(analysis.lines) - len(rows)
    note = f"{untouched:,} lines without a match are not shown here." if untouched else ""
    columns = tuple(full.columns[i] for i in at)
    return _part(Part("Positions", (), (Table("positions", "Lines", columns, rows, note),)))


def _citations(memo: Memo) -> str:
    items = "".join(
        f"<li>{_text(ref)}{f' (grade {_text(grade)})' if grade else ''}{_address(url)}</li>"
        for ref, grade, url in memo.citations
    )
    return f"<section><h2>Citations</h2><ol>{items}</ol></section>" if items else ""


def _address(url: str) -> str:
    """Return an address as text, and as a link only when it is a web address."""
    if not url:
        return ""
    if not url.startswith(("https://", "http://")):
        return f" {_text(url)}"
    return f' <a href="{_text(url)}" rel="noreferrer noopener">{_text(url)}</a>'


def _foot(memo: Memo) -> str:
    rows = "".join(f'<tr><th scope="row">{_text(n)}</th><td></td></tr>' for n in memo.sign_off)
    return (
        f'<section><h2>Sign-off</h2><table class="sign"><tbody>{rows}</tbody></table></section>'
        f"</main>\n<footer><p>{_text(memo.coverage)}</p><p>{_text(memo.notice)}</p></footer>"
    )
