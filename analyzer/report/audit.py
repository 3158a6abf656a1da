"""What a reader needs to reproduce a report, and what its words mean."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from analyzer.core.verdict import STATUS_MEANING, Outcome
from analyzer.exposure import Analysis
from analyzer.report.contract import instant
from analyzer.report.options import ReportOptions
from analyzer.report.scenario import ScenarioReport
from analyzer.report.table import Column, Table

_GRADES = {
    "P-full": "the primary instrument was read whole",
    "P-excerpt": "an excerpt of the primary instrument was read",
    "S": "a secondary source",
    "D": "derived from other facts",
    "M": "from memory, unverified",
}
_OUTCOMES = {
    Outcome.BLOCK_AND_REPORT: "property is blocked and reported",
    Outcome.REJECT_AND_REPORT: "the transaction is rejected and reported",
    Outcome.PROHIBITED: "the act is prohibited",
    Outcome.LICENCE_REQUIRED: "only under a licence",
    Outcome.VENUE_UNAVAILABLE: "the exchange does not trade it; not a legal answer",
    Outcome.REVIEW: "a person must decide",
    Outcome.UNKNOWN: "not verified; treat as not permitted",
    Outcome.PERMITTED_UNTIL: "an exception to a ban in force, until the instant given",
    Outcome.PERMITTED: "no rule examined prohibits the act",
    Outcome.NOT_APPLICABLE: "the act does not arise",
}


def audit_table(
    analysis: Analysis, scenarios: Sequence[ScenarioReport], options: ReportOptions
) -> Table:
    """Return tool, arguments, hashes, editions, rules, rates, parameters, seeds, judgements."""
    columns = (
        Column("kind", "Kind", meaning="what sort of fact", width=14),
        Column("what", "What", meaning="the thing", width=44),
        Column("value", "Value", meaning="its value", width=110),
    )
    rows = [
        *_question(analysis, options),
        *_inputs(analysis),
        *(
            ("list", c.id, f"edition {c.edition}, {c.rows} names, sha256 {c.sha256}")
            for c in analysis.coverage.lists
        ),
        *flatten("manifest", analysis.manifest),
        *_judgements(options),
        *_scenarios(scenarios),
        *_events(analysis),
    ]
    return Table("audit", "Audit", columns, rows)


def _question(analysis: Analysis, options: ReportOptions) -> Iterable[tuple[str, str, str]]:
    question = analysis.question
    yield ("question", "law in force on", str(question.as_of))
    yield ("question", "known", instant(question.as_of.known) or "")
    yield ("question", "holder", question.holder + _assumed(question.holder_assumed))
    yield ("question", "base currency", question.base or "none")
    yield ("question", "court rulings", "left out" if question.without_rulings else "applied")
    yield ("question", "reading of open questions", question.reading or "neither")
    yield ("question", "time zone", "America/New_York")
    for what, value in (
        ("supposed", options.supposed),
        ("prepared by", options.prepared_by),
        ("reason", options.reason),
    ):
        if value:
            yield ("question", what, value)


def _assumed(assumed: bool) -> str:
    return " (ASSUMED)" if assumed else ""


def _inputs(analysis: Analysis) -> Iterable[tuple[str, str, str]]:
    for note in analysis.inputs:
        yield ("input", note.path, f"sha256 {note.sha256}")
        yield ("input", f"{note.path}: layout", note.layout)
        yield ("input", f"{note.path}: holdings date", str(note.date or "none"))
        yield (
            "input",
            f"{note.path}: read = holdings + skipped + rejected",
            f"{note.rows_read} = {note.rows_holding} + {note.rows_skipped} + {note.rows_rejected}",
        )
        yield from flatten("mapping", note.mapping, note.path)


def _judgements(options: ReportOptions) -> Iterable[tuple[str, str, str]]:
    for r in options.judgements:
        words = f"{r.decision.value} by {r.who} at {instant(r.when)}: {r.why}"
        yield ("judgement", f"{r.security_key} / {r.entity_id}", words)


def _scenarios(scenarios: Sequence[ScenarioReport]) -> Iterable[tuple[str, str, str]]:
    for scenario in scenarios:
        for p in scenario.parameters:
            value = " ".join(filter(None, (p.value, p.unit)))
            yield ("parameter", f"{scenario.title}: {p.name}", f"{value} [{p.source}]")
        if scenario.seed is not None:
            yield ("seed", scenario.title, str(scenario.seed))


def _events(analysis: Analysis) -> Iterable[tuple[str, str, str]]:
    for key, note in analysis.events.items():
        refs = "".join(
            f" [{c['ref']}"
            + (f", grade {c['grade']}" if c.get("grade") else "")
            + "]"
            + (f" {c['url']}" if c.get("url") else "")
            for c in note.cites
        )
        yield ("event", key, f"{note.date}: {note.text}{refs}")


def flatten(kind: str, value: Any, path: str = "") -> list[tuple[str, str, str]]:
    """Return nested mappings as rows with dotted paths."""
    if isinstance(value, Mapping):
        return [
            row
            for key, inner in value.items()
            for row in flatten(kind, inner, f"{path}.{key}" if path else str(key))
        ]
    if isinstance(value, list | tuple):
        return [(kind, path, ", ".join(str(v) for v in value))]
    return [(kind, path, str(value))]


def dictionary_table(tables: Sequence[Table]) -> Table:
    """Return the meaning of every column, status, outcome and grade."""
    columns = (
        Column("where", "Where", meaning="sheet, or kind of word", width=16),
        Column("term", "Term", meaning="heading or word", width=26),
        Column("key", "Key", meaning="name in CSV and parquet", width=18),
        Column("unit", "Type", meaning="how its cells read", width=10),
        Column("meaning", "Meaning", meaning="what it says", width=90),
    )
    rows = [(t.title, c.heading, c.key, c.kind.value, c.meaning) for t in tables for c in t.columns]
    rows += [("status", s.value, s.value, "", words) for s, words in STATUS_MEANING.items()]
    rows += [("outcome", o.value, o.value, "", words) for o, words in _OUTCOMES.items()]
    rows += [("grade", name, name, "", words) for name, words in _GRADES.items()]
    return Table("dictionary", "Dictionary", columns, rows)
