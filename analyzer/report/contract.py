"""The published JSON of an analysis: plain dictionaries in a stable order.

Money is a decimal string with two decimals, weights and scores are numbers, NaN is null, dates
are ISO 8601. `schema/analysis-v1.json` describes it.
"""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import orjson
import pandas as pd

from analyzer.core.asof import NEW_YORK
from analyzer.core.findings import Finding
from analyzer.core.matching import Match
from analyzer.core.verdict import Status, Verdict
from analyzer.exposure import (
    Analysis,
    Coverage,
    EventNote,
    IndirectHolding,
    InputNote,
    LineDeadline,
    LineJudgement,
    Totals,
)
from analyzer.exposure.parties import party_of

SCHEMA = "banimpact/analysis/v1"


@cache
def json_schema() -> dict[str, Any]:
    """Return the published JSON Schema of an analysis."""
    text = files("analyzer.report").joinpath("schema/analysis-v1.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def money(value: float | None) -> str | None:
    """Render money as a decimal string with two decimals; None and NaN as None."""
    if value is None or not math.isfinite(value):
        return None
    return f"{value + 0.0:.2f}"


def number(value: float | None) -> float | None:
    """Return a finite number at twelve significant digits, or None."""
    return None if value is None or not math.isfinite(value) else float(f"{value:.12g}")


def instant(moment: datetime | None) -> str | None:
    """Render an instant in New York time with its offset."""
    return None if moment is None else moment.astimezone(NEW_YORK).isoformat(timespec="minutes")


def analysis_json(analysis: Analysis, everything: bool = False) -> dict[str, Any]:
    """Return the contract of one analysis.

    Parameters
    ----------
    everything
        Also list lines without a match; otherwise only lines that are touched.
    """
    question = analysis.question
    return {
        "schema": SCHEMA,
        "as_of": str(question.as_of),
        "known": instant(question.as_of.known),
        "holder": question.holder,
        "holder_assumed": question.holder_assumed,
        "base_currency": question.base,
        "without_rulings": question.without_rulings,
        "reading": question.reading or None,
        "coverage": coverage_json(analysis.coverage),
        "inputs": [input_json(note) for note in analysis.inputs],
        "totals": totals_json(analysis.totals),
        "positions": list(positions_json(analysis, everything)),
        "portfolios": [
            {"id": name, "parties": party_json(name, analysis), "totals": totals_json(totals)}
            for name, totals in analysis.portfolios.items()
        ],
        "indirect": [indirect_json(item) for item in analysis.indirect],
        "deadlines": [deadline_json(d) for d in analysis.deadlines],
        "events": {key: event_json(note) for key, note in analysis.events.items()},
        "questions": [
            {"id": key, "market_value_base": money(value)}
            for key, value in analysis.questions.items()
        ],
        "findings": [finding_json(f) for f in analysis.findings],
        "manifest": dict(analysis.manifest),
    }


def party_json(portfolio: str, analysis: Analysis) -> dict[str, Any] | None:
    """Return who stands behind a portfolio, or None when nobody said."""
    party = party_of(portfolio, analysis.parties)
    return None if party is None else asdict(party)


def coverage_json(coverage: Coverage) -> dict[str, Any]:
    """Return what was, and was not, screened."""
    return {
        "rows_screened": coverage.rows_screened,
        "rows_total": coverage.rows_total,
        "value_screened_weight": number(coverage.value_screened_weight),
        "lists": [
            {
                "id": entry.id,
                "edition": entry.edition.isoformat() if entry.edition else None,
                "rows": entry.rows,
                "sha256": entry.sha256,
            }
            for entry in coverage.lists
        ],
        "open_reviews": coverage.open_reviews,
        "stale": coverage.stale,
        "verified_through": coverage.verified_through.isoformat()
        if coverage.verified_through
        else None,
        "complete": coverage.complete,
        "sentence": coverage.sentence(),
    }


def input_json(note: InputNote) -> dict[str, Any]:
    """Return one input file and what became of its rows."""
    return {
        "path": note.path,
        "sha256": note.sha256,
        "layout": note.layout,
        "mapping": dict(note.mapping),
        "date": note.date.isoformat() if note.date else None,
        "rows_read": note.rows_read,
        "rows_holding": note.rows_holding,
        "rows_skipped": note.rows_skipped,
        "rows_rejected": note.rows_rejected,
        "skipped": [asdict(row) for row in note.skipped],
        "rejected": [asdict(row) for row in note.rejected],
    }


def totals_json(totals: Totals) -> dict[str, Any]:
    """Return sums by status."""
    return {
        "market_value": money(totals.market_value),
        "gross": money(totals.gross),
        "long": money(totals.long),
        "short": money(totals.short),
        "rows": totals.rows,
        "rows_without_value": totals.unvalued_rows,
        "by_status": {
            status.value: {
                "rows": entry.rows,
                "market_value": money(entry.market_value),
                "weight": number(entry.weight),
            }
            for status, entry in totals.by_status.items()
        },
    }


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    """Return what the law says of one act."""
    return {
        "status": verdict.outcome.value,
        "until": instant(verdict.until),
        "until_inclusive": verdict.until_inclusive,
        "regime": verdict.regime,
        "basis": verdict.basis,
        "conditions": list(verdict.conditions),
        "needs": list(verdict.needs),
        "questions": list(verdict.questions),
        "report_due": verdict.report_due,
        "stale": verdict.stale,
        "grade": verdict.grade or None,
        "because": list(verdict.because),
    }


def match_json(match: Match | None) -> dict[str, Any] | None:
    """Return who issued a line and the evidence for it."""
    if match is None:
        return None
    return {
        "entity_id": match.entity_id,
        "entity": match.entity,
        "kind": match.kind.value,
        "score": round(match.score, 4),
        "confirmed": match.confirmed,
        "evidence": match.evidence,
        "contradictions": list(match.contradictions),
    }


def _answer_json(answer: LineJudgement) -> dict[str, Any]:
    """Return the part of a position that all lines of one answer share."""
    match = answer.match
    now = answer.now
    return {
        "status": answer.status.value,
        "match": match_json(match),
        "counterparty": match_json(answer.counterparty),
        "verdicts": {act: verdict_json(v) for act, v in answer.verdicts.items()},
        "instrument": answer.instrument,
        "holder": answer.holder,
        "flags": list(answer.standing.flags),
        "changes": [
            {"at": instant(c.at), "act": c.act, "from": c.before.value, "to": c.after.value}
            for c in answer.changes
        ],
        "candidates": [
            {
                "entity_id": c.entity_id,
                "entity": c.entity,
                "kind": c.kind.value,
                "score": round(c.score, 4),
                "evidence": c.evidence,
            }
            for c in (match.candidates if match else ())
        ],
        "elsewhere": {holder: status.value for holder, status in answer.elsewhere.items()},
        "known_now": None
        if now is None
        else {
            "known": instant(now.known),
            "status": now.status.value,
            "verdicts": {act: verdict_json(v) for act, v in now.verdicts.items()},
        },
        "via": [
            {
                "entity_id": share.match.entity_id,
                "share": number(share.low),
                "share_high": number(share.high),
                "path": list(share.path),
            }
            for share in answer.via
        ],
        "reasons": list(answer.reasons),
    }


_TEXT = (
    "name",
    "isin",
    "cusip",
    "sedol",
    "ticker",
    "mic",
    "input",
    "sheet",
    "portfolio",
    "side",
)


def touched(analysis: Analysis) -> pd.DataFrame:
    """Return lines with any status but `no_match`, and those that what is known now would touch."""
    lines = analysis.lines
    later = np.array([j.now is not None for j in analysis.judged], dtype=bool)
    keep = (lines["status"] != Status.NO_MATCH.value).to_numpy(dtype=bool)
    if later.any():
        keep = keep | later[lines["judged"].to_numpy()]
    return lines.loc[keep]


def positions_json(analysis: Analysis, everything: bool = False) -> Iterable[dict[str, Any]]:
    """Yield one dictionary per line, in input order."""
    lines = analysis.lines if everything else touched(analysis)
    needed = lines["judged"].unique().tolist()
    shared = {code: _answer_json(analysis.judged[code]) for code in needed}
    text = {name: lines[name].astype(object).where(lines[name].notna(), None) for name in _TEXT}
    columns: Mapping[str, list[Any]] = {
        **{name: series.tolist() for name, series in text.items()},
        "row": lines["row"].tolist(),
        "quantity": [number(v) for v in lines["quantity"]],
        "market_value": [money(v) for v in lines["market_value"]],
        "currency": lines["value_currency"]
        .astype(object)
        .where(lines["value_currency"].notna(), None)
        .tolist(),
        "market_value_base": [money(v) for v in lines["market_value_base"]],
        "weight": [number(v) for v in lines["weight_net"]],
        "underlying_exposure": [
            None if low is None else {"low": low, "high": high}
            for low, high in zip(
                map(money, lines["underlying_low"]),
                map(money, lines["underlying_high"]),
                strict=True,
            )
        ],
    }
    keys = list(columns)
    for code, values in zip(lines["judged"], zip(*columns.values(), strict=True), strict=True):
        yield {**dict(zip(keys, values, strict=True)), **shared[code]}


def indirect_json(item: IndirectHolding) -> dict[str, Any]:
    """Return an issuer held through funds."""
    return {
        "entity_id": item.entity_id,
        "entity": item.entity,
        "status": item.status.value,
        "market_value_base": money(item.low),
        "market_value_base_high": money(item.high),
        "funds": {fund: number(share) for fund, share in item.funds.items()},
    }


def deadline_json(item: LineDeadline) -> dict[str, Any]:
    """Return a legal date with the last lawful session at the line's venue."""
    deadline = item.deadline
    return {
        "entity_id": deadline.entity,
        "entity": item.entity_name,
        "regime": deadline.regime,
        "kind": deadline.kind,
        "at": instant(deadline.at),
        "inclusive": deadline.inclusive,
        "text": deadline.text,
        "mic": item.mic,
        "last_session": item.last_session.isoformat() if item.last_session else None,
        "session_note": item.session_note,
        "provisional": item.provisional,
        "rows": item.rows,
        "market_value_base": money(item.market_value),
        "because": list(deadline.because),
    }


def event_json(note: EventNote) -> dict[str, Any]:
    """Return an event or rule in words."""
    return {"date": note.date, "text": note.text, "cites": [dict(c) for c in note.cites]}


def finding_json(finding: Finding) -> dict[str, Any]:
    """Return one finding, placed."""
    return {
        "severity": finding.severity.value,
        "code": finding.code,
        "file": finding.file,
        "row": finding.row,
        "column": finding.column,
        "message": finding.message,
    }


def dumps(value: Any) -> str:
    """Serialise with two-space indents; NaN is null, never printed."""
    try:
        return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    except orjson.JSONEncodeError:  # text that is not Unicode, such as a broken file name
        return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
