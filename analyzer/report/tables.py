"""An analysis, an answer and a timeline as terminal tables."""

import math
from collections.abc import Iterable, Mapping
from datetime import date, datetime

from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from analyzer.core.asof import NEW_YORK
from analyzer.core.verdict import STATUS_MEANING, Status, Verdict
from analyzer.exposure import Analysis
from analyzer.report.contract import touched

# Each status has a mark as well as a colour: neither alone has to carry the meaning.
STATUS_STYLE: Mapping[Status, tuple[str, str]] = {
    Status.BLOCKED: ("■", "bold red"),
    Status.REVIEW: ("?", "bold yellow"),
    Status.LOCKED: ("▣", "bold red"),
    Status.SELL_WINDOW: ("◔", "yellow"),
    Status.RESTRICTED: ("▲", "yellow"),
    Status.UNKNOWN: ("∅", "bold magenta"),
    Status.UPCOMING: ("◷", "magenta"),
    Status.SUSPENDED: ("◫", "blue"),
    Status.RELEASED: ("○", "blue"),
    Status.WATCH: ("◉", "dim"),
    Status.NO_MATCH: ("·", "dim"),
}


def status_text(status: Status) -> Text:
    """Return a status with its mark, in its colour."""
    mark, style = STATUS_STYLE[status]
    return Text(f"{mark} {status.value}", style=style)


def moment(at: datetime | None, inclusive: bool = False) -> str:
    """Render an instant in New York time; `+` marks a minute that still counts."""
    if at is None:
        return ""
    local = at.astimezone(NEW_YORK)
    return f"{local:%Y-%m-%d %H:%M}" + ("+" if inclusive else "")


def money(value: float | None) -> str:
    """Render money with thousands separators; a dash where there is none."""
    return "—" if value is None or math.isnan(value) else f"{value:,.2f}"


def percent(weight: float | None) -> str:
    """Render a fraction as per cent."""
    return "—" if weight is None or math.isnan(weight) else f"{weight:.2%}"


def verdict_words(verdict: Verdict) -> str:
    """Render an outcome with its end."""
    words = verdict.outcome.value.replace("_", " ")
    if verdict.until is not None:
        joint = "" if words.endswith("until") else " until"
        words = f"{words}{joint} {moment(verdict.until, verdict.until_inclusive)}"
    return words


def analysis_table(analysis: Analysis, limit: int = 40) -> RenderableType:
    """Return the whole answer for a terminal."""
    question = analysis.question
    assumed = " (assumed)" if question.holder_assumed else ""
    rulings = ", court rulings left out" if question.without_rulings else ""
    title = Text(
        f"As of {question.as_of}, known {moment(question.as_of.known)}, "
        f"holder {question.holder}{assumed}{rulings}",
        style="bold",
    )
    parts: list[RenderableType] = [title, _totals(analysis)]
    lines = touched(analysis)
    if len(lines):
        parts.append(_positions(analysis, limit))
    if analysis.deadlines:
        parts.append(_deadlines(analysis))
    return Group(*parts)


def _totals(analysis: Analysis) -> Table:
    table = Table(box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)
    table.add_column("Status")
    table.add_column("Rows", justify="right")
    table.add_column(f"Value, {analysis.question.base}", justify="right")
    table.add_column("Weight", justify="right")
    table.add_column("Meaning")
    totals = analysis.totals
    for status, entry in totals.by_status.items():
        table.add_row(
            status_text(status),
            f"{entry.rows:,}",
            money(entry.market_value),
            percent(entry.weight),
            STATUS_MEANING[status],
        )
    table.add_section()
    table.add_row("total", f"{totals.rows:,}", money(totals.market_value), "", "")
    return table


def _positions(analysis: Analysis, limit: int) -> Table:
    lines = touched(analysis)
    rank = {status.value: at for at, status in enumerate(Status)}
    order = lines["status"].map(rank).astype(int)
    lines = lines.assign(_rank=order, _size=lines["market_value_base"].abs()).sort_values(
        ["_rank", "_size", "row"], ascending=[True, False, True]
    )
    shown = lines.head(limit)
    more = f" (first {limit} of {len(lines):,}; -o FILE.xlsx has all)" if len(lines) > limit else ""
    table = Table(box=box.SIMPLE_HEAD, title=f"Touched lines{more}", title_justify="left")
    for name in ("Row", "Name", "Status", "Buy", "Sell to divest", "Hold"):
        table.add_column(name, justify="right" if name == "Row" else "left")
    table.add_column(f"Value, {analysis.question.base}", justify="right")
    table.add_column("Weight", justify="right")
    columns = ("judged", "row", "name", "market_value_base", "weight_net")
    for code, line, name, value, weight in zip(*(shown[c].tolist() for c in columns), strict=True):
        answer = analysis.judged[code]
        table.add_row(
            str(line),
            escape(str(name)),
            status_text(answer.status),
            verdict_words(answer.verdicts["buy"]),
            verdict_words(answer.verdicts["sell"]),
            verdict_words(answer.verdicts["hold"]),
            money(value),
            percent(weight),
        )
    return table


def _deadlines(analysis: Analysis) -> Table:
    table = Table(box=box.SIMPLE_HEAD, title="Dates ahead", title_justify="left")
    for name in ("At (New York)", "Issuer", "What", "Venue", "Last lawful session", "Rows"):
        table.add_column(name)
    for item in analysis.deadlines:
        deadline = item.deadline
        session = str(item.last_session) if item.last_session else item.session_note
        if item.provisional:
            session += " (provisional)"
        table.add_row(
            moment(deadline.at, deadline.inclusive),
            escape(item.entity_name),
            deadline.kind.replace("_", " "),
            item.mic or "—",
            session,
            str(item.rows),
        )
    return table


def verdicts_table(verdicts: Mapping[str, Verdict], notes: Mapping[str, str]) -> Table:
    """Return the answers for one name, each with the chain it rests on."""
    table = Table(box=box.SIMPLE_HEAD, show_lines=True)
    for name in ("Act", "Answer", "Because"):
        table.add_column(name)
    for act, verdict in verdicts.items():
        chain = [notes.get(reason, reason) for reason in verdict.because]
        words = "\n".join([*verdict.conditions, *(f"needs: {n}" for n in verdict.needs), *chain])
        table.add_row(act, verdict_words(verdict), escape(words))
    return table


def timeline_table(rows: Iterable[tuple[str, date | None, date | None, str, Status]]) -> Table:
    """Return intervals per act: act, from, to, answer, status."""
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("Act", "From", "To", "Answer", "Position"):
        table.add_column(name)
    for act, start, end, answer, status in rows:
        table.add_row(act, str(start or "—"), str(end or "—"), answer, status_text(status))
    return table
