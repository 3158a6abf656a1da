"""What a report says, before it is paper or page: one content for PDF and HTML."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath

import numpy as np

from analyzer.core.verdict import Status
from analyzer.exposure import Analysis, EventNote
from analyzer.exposure.parties import Party
from analyzer.report.chart import LOOKS, Chart
from analyzer.report.charts import exposure_chart, timeline_chart
from analyzer.report.charts_scenarios import heatmap_chart, scenario_charts
from analyzer.report.contract import instant
from analyzer.report.options import ReportOptions
from analyzer.report.scenario import ScenarioReport, comparison_table, scenarios_table
from analyzer.report.sections import (
    deadlines_table,
    exposures,
    indirect_table,
    issues_table,
    known_now_table,
    status_table,
)
from analyzer.report.table import Column, Kind, Table, shown
from analyzer.report.wording import (
    NOT_ADVICE,
    RESTRICTED,
    headline,
    incomplete_reasons,
    not_covered,
    restricted_issuers,
    restricted_lines,
    status_words,
    why,
)

METHOD = (
    "Each line was read from the input file, matched with its issuer by identifier, by ticker with "
    "board or by name, and judged once against the dated rules, lists, rulings and licences in "
    "force on the day asked about, as far as they were known then. Doubtful matches are left for a "
    "person to decide. Values are the file's own, in the base currency at the rates named in the "
    "audit part of the workbook."
)
LIMITS = (
    "A line without a match is a statement about the lists and editions named here, not the law.",
    "Outside what was verified the answer is unknown, never permitted.",
    "The last lawful session comes from exchange calendars; halts on the day are not foreseen.",
    "Scenarios are suppositions with stated parameters, not forecasts.",
)


_ABREAST = 4  # scenarios that stand side by side on paper


@dataclass(frozen=True, slots=True)
class Tile:
    """One headline figure."""

    name: str
    value: str


@dataclass(frozen=True)
class Part:
    """One section: paragraphs, then tables and figures in order."""

    title: str
    text: tuple[str, ...] = ()
    body: tuple[Table | Chart, ...] = ()


@dataclass(frozen=True)
class Memo:
    """A report.

    Parameters
    ----------
    banner
        Why the result is incomplete; empty when it is complete.
    citations
        Sources in the order of the numbers in square brackets.
    """

    title: str
    headline: str
    coverage: str
    banner: str
    question: tuple[Tile, ...]
    tiles: tuple[Tile, ...]
    parts: tuple[Part, ...]
    citations: tuple[tuple[str, str, str], ...]
    sign_off: tuple[str, ...] = ("Prepared by", "Reviewed by", "Decision", "Date")
    notice: str = NOT_ADVICE


@dataclass
class _Numbering:
    """Numbers of sources, in the order of first use."""

    found: dict[str, tuple[str, str]] = field(default_factory=dict)

    def marks(self, notes: Sequence[EventNote]) -> str:
        """Return the numbers of the sources of notes: ` [1, 4]`."""
        numbers: dict[int, None] = {}
        for note in notes:
            for cite in note.cites:
                self.found.setdefault(cite["ref"], (cite.get("grade", ""), cite.get("url", "")))
                numbers.setdefault(list(self.found).index(cite["ref"]) + 1)
        return f" [{', '.join(map(str, numbers))}]" if numbers else ""

    def listed(self) -> tuple[tuple[str, str, str], ...]:
        """Return source, grade and address."""
        return tuple((ref, grade, url) for ref, (grade, url) in self.found.items())


def make_memo(
    analysis: Analysis,
    scenarios: Sequence[ScenarioReport],
    options: ReportOptions,
    *,
    rows: int | None = None,
) -> Memo:
    """Return the content of a report.

    Parameters
    ----------
    rows
        Most issuers listed, with the other tables in proportion and few figures, for paper; None
        leaves nothing out.
    """
    numbering = _Numbering()
    parts = (
        *_exposure(analysis, numbering, rows),
        *_dates(analysis, options, rows),
        *_scenarios(scenarios, rows),
        *_further(analysis, rows),
        Part("Method and limits", (METHOD, " ".join(LIMITS))),
    )
    return Memo(
        options.title or _title(analysis),
        f"Supposing {options.supposed}: {headline(analysis)}"
        if options.supposed
        else headline(analysis),
        f"{analysis.coverage.sentence()}.",
        "; ".join(incomplete_reasons(analysis)),
        _question(analysis, options),
        _tiles(analysis),
        parts,
        numbering.listed(),
    )


def _title(analysis: Analysis) -> str:
    names = list(analysis.portfolios)
    what = names[0] if len(names) == 1 else f"{len(names)} portfolios"
    return f"Investment ban exposure: {what}"


def _question(analysis: Analysis, options: ReportOptions) -> tuple[Tile, ...]:
    question = analysis.question
    assumed = " (ASSUMED: nobody stated the holder)" if question.holder_assumed else ""
    lists = "; ".join(f"{c.id} {c.edition}" for c in analysis.coverage.in_force)
    stated = "; ".join(f"{name}: {_party(p)}" for name, p in analysis.parties.items())
    rows = [
        ("Question", "What may be bought, kept or sold, and until when"),
        ("Law in force on", str(question.as_of)),
        ("As known on", instant(question.as_of.known) or ""),
        ("Supposed", options.supposed),
        ("Holder", stated or question.holder + assumed),
        ("Court rulings", "left out" if question.without_rulings else "applied"),
        ("List editions", lists or "none in force"),
        ("Not covered", not_covered(analysis)),
        (
            "Input",
            "; ".join(
                f"{PurePath(n.path).name} (sha256 {n.sha256[:12]}…)" for n in analysis.inputs
            ),
        ),
        ("Prepared by", options.prepared_by),
        ("Reason", options.reason),
    ]
    return tuple(Tile(name, value) for name, value in rows if value)


def _party(party: Party) -> str:
    """Return who stands behind a portfolio, in words."""
    parts = (
        ("owner", party.owner),
        ("adviser", party.adviser),
        ("broker", party.broker),
        ("domicile", party.domicile),
    )
    return ", ".join(f"{name} {who}" for name, who in parts if who)


def _elsewhere(analysis: Analysis) -> str:
    """Return how many lines another holder would get another answer for."""
    rows = np.bincount(analysis.lines["judged"].to_numpy(), minlength=len(analysis.judged))
    counts: dict[str, int] = {}
    for code, answer in enumerate(analysis.judged):
        for holder in answer.elsewhere:
            counts[holder] = counts.get(holder, 0) + int(rows[code])
    words = "; ".join(f"{holder}, {count:,} lines" for holder, count in sorted(counts.items()))
    return f"Another holder would get another answer for some lines: {words}." if words else ""


def _tiles(analysis: Analysis) -> tuple[Tile, ...]:
    rows, value, weight = restricted_lines(analysis)
    base = analysis.question.base
    ahead = [d for d in analysis.deadlines if d.deadline.at >= analysis.question.as_of.start]
    portfolios = {e.portfolio for e in exposures(analysis) if e.status in RESTRICTED}
    following = "none"
    if ahead:
        first = ahead[0]
        session = f", last session {first.last_session} {first.mic}" if first.last_session else ""
        what = first.deadline.kind.replace("_", " ")
        following = f"{instant(first.deadline.at)}: {what}, {first.entity_name}{session}"
    share = "" if weight is None else f" ({weight:.2%})"
    return (
        Tile(f"Under a prohibition, {base}", f"{shown(value, Kind.MONEY)}{share}"),
        Tile("Lines and issuers", f"{rows:,} / {restricted_issuers(analysis):,}"),
        Tile("Portfolios hit", f"{len(portfolios):,} of {len(analysis.portfolios):,}"),
        Tile("Lines in review", f"{analysis.coverage.open_reviews:,}"),
        Tile("Next date", following),
    )


def _exposure(analysis: Analysis, numbering: _Numbering, limit: int | None) -> Iterator[Part]:
    base = analysis.question.base
    found = exposures(analysis)
    if limit is not None:  # what is prohibited comes first where there is no room for all
        found.sort(key=lambda e: e.status not in RESTRICTED)
    rows: list[tuple[str | float | None, ...]] = []
    for item in found[:limit]:
        reason = why(analysis, item.answer)
        rows.append(
            (
                item.issuer,
                marked(item.status),
                item.portfolio,
                item.value,
                item.weight,
                (reason.sentence if limit is None else reason.because)
                + numbering.marks(reason.notes),
            )
        )
    columns: tuple[Column, ...] = (
        Column("issuer", "Issuer", width=22),
        Column("status", "Status", width=12),
        Column("portfolio", "Portfolio", width=12),
        Column("value", f"Value, {base}", Kind.MONEY, width=15),
        Column("weight", "Weight", Kind.SHARE, width=8),
        Column("why", "Why, with sources", width=50),
    )
    if len(analysis.portfolios) == 1:
        keep = [i for i, c in enumerate(columns) if c.key != "portfolio"]
        columns = tuple(columns[i] for i in keep)
        rows = [tuple(row[i] for i in keep) for row in rows]
    more = len(found) - len(rows)
    note = f"{more:,} more rows are in the workbook." if more > 0 else ""
    nothing = "" if found else f"No touched line. {analysis.coverage.sentence()}."
    text = tuple(words for words in (nothing, _elsewhere(analysis)) if words)
    table = Table("exposure", "Touched issuers, most severe first", columns, rows, note)
    chart = exposure_chart(analysis)
    body: tuple[Table | Chart, ...] = (status_table(analysis), *([chart] if chart else []))
    yield Part("Exposure", text, (*body, *([table] if rows else [])))


def _dates(analysis: Analysis, options: ReportOptions, limit: int | None) -> Iterator[Part]:
    full = deadlines_table(analysis)
    keys = ("at", "inclusive", "issuer", "what", "mic", "last_session", "session_note", "rows")
    table = full if limit is None else _short(full, keys, max(4, 5 * limit // 8))
    chart = timeline_chart(analysis, options.law)
    text = () if full.rows else ("No legal date lies ahead for the lines held.",)
    body: tuple[Table | Chart, ...] = (
        *([table] if full.rows else []),
        *([chart] if chart else []),
    )
    yield Part("Timeline and deadlines", text, body)


def _short(table: Table, keys: Sequence[str], limit: int) -> Table:
    at = [[c.key for c in table.columns].index(key) for key in keys]
    rows = [tuple(row[i] for i in at) for row in table.rows[:limit]]
    more = len(table.rows) - len(rows)
    note = f"{table.note} {more:,} more rows are in the workbook." if more > 0 else table.note
    return Table(table.key, table.title, tuple(table.columns[i] for i in at), rows, note.strip())


def _scenarios(scenarios: Sequence[ScenarioReport], limit: int | None) -> Iterator[Part]:
    if not scenarios:
        return
    heat = heatmap_chart(scenarios) if len(scenarios) > 1 and limit is None else None
    comparison = comparison_table(scenarios[: None if limit is None else _ABREAST])
    if limit is not None and len(scenarios) > _ABREAST:
        more = f"The other {len(scenarios) - _ABREAST} are in the workbook."
        comparison = replace(comparison, note=more)
    charts = [chart for scenario in scenarios for chart in scenario_charts(scenario)]
    if limit is not None:
        charts = [c for c in charts if c.kind == "sell_down"][:1]
    body: list[Table | Chart] = [comparison] if comparison.rows else []
    body += [*([heat] if heat else []), *charts]
    if limit is None:
        body.append(scenarios_table(scenarios))
    text = tuple(f"{s.title}: {s.question}" for s in scenarios)
    remarks = tuple(f"{s.title}: {words}" for s in scenarios for words in s.remarks)
    yield Part("Scenarios", (*text, *(remarks if limit is None else remarks[:3])), tuple(body))


def _further(analysis: Analysis, limit: int | None) -> Iterator[Part]:
    known = known_now_table(analysis)
    keys = [c.key for c in known.columns]
    if known.rows:
        table = known if limit is None else _short(known, keys, max(3, limit // 2))
        yield Part("Known then, known now", (), (table,))
    indirect = indirect_table(analysis)
    if indirect.rows:
        keys = [c.key for c in indirect.columns]
        table = indirect if limit is None else _short(indirect, keys, max(3, limit // 2))
        yield Part("Held through funds", (), (table,))
    if limit is None:
        yield Part("Data issues", (), (issues_table(analysis),))


def marked(status: Status) -> str:
    """Return a status as its mark and words."""
    return f"{LOOKS[status].mark} {status_words(status)}"


def status_cell(text: str) -> Status | None:
    """Return the status a cell of a status column names, with or without its mark."""
    words = text.split(" ", 1)[-1] if text[:1] in {look.mark for look in LOOKS.values()} else text
    try:
        return Status(words.replace(" ", "_"))
    except ValueError:
        return None
