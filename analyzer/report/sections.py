"""The tables of a report other than the positions: exposure, matches, deadlines, issues."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from analyzer.core.matching import JudgementRecord
from analyzer.core.verdict import STATUS_MEANING, STATUS_RANK, Status
from analyzer.exposure import Analysis, LineJudgement
from analyzer.report.contract import instant, touched
from analyzer.report.options import ReportOptions
from analyzer.report.table import Column, Kind, Table
from analyzer.report.wording import cites, why
from analyzer.resolve.counterparty import counterparty_frame
from analyzer.resolve.lines import distinct_lines
from analyzer.resolve.lines import security_key as key_of


@dataclass(frozen=True, slots=True)
class Exposure:
    """One issuer in one portfolio; `value` is None when a line has none."""

    issuer: str
    status: Status
    portfolio: str
    lines: int
    value: float | None
    weight: float | None
    answer: LineJudgement


def exposures(analysis: Analysis) -> list[Exposure]:
    """Return direct holdings by issuer, status and portfolio, most severe and largest first."""
    lines = touched(analysis)
    frame = pd.DataFrame(
        {
            "who": _issuers(analysis, lines),
            "status": lines["status"].astype(str).to_numpy(),
            "portfolio": lines["portfolio"].astype(str).to_numpy(),
            "judged": lines["judged"].to_numpy(),
            "value": lines["market_value_base"].to_numpy(dtype=float),
            "weight": lines["weight_net"].to_numpy(dtype=float),
        }
    )
    found = []
    for (who, status, portfolio), group in frame.groupby(
        ["who", "status", "portfolio"], sort=False
    ):
        value, weight = (_sum(group[name]) for name in ("value", "weight"))
        answer = analysis.judged[int(group["judged"].iloc[0])]
        names = (str(who), Status(str(status)), str(portfolio))
        found.append(Exposure(*names, len(group), value, weight, answer))
    return sorted(
        found, key=lambda e: (STATUS_RANK[e.status], -abs(e.value or 0.0), e.issuer, e.portfolio)
    )


def exposure_table(analysis: Analysis) -> Table:
    """Return issuer by portfolio: lines, value, weight and the reason; direct holdings only."""
    base = analysis.question.base
    rows: list[tuple[Any, ...]] = []
    for item in exposures(analysis):
        reason = why(analysis, item.answer)
        rows.append(
            (
                item.issuer,
                item.status.value,
                item.portfolio,
                "direct",
                item.lines,
                item.value,
                None,
                item.weight,
                ", ".join(_regimes(item.answer)),
                reason.sentence,
                reason.citation,
            )
        )
    for fund in analysis.indirect:
        words = "; ".join(f"{name} {share:.2%}" for name, share in fund.funds.items())
        bounds = (None, fund.low, fund.high, None)
        held = (fund.entity, fund.status.value, "", "indirect")
        rows.append((*held, *bounds, "", f"share of each fund: {words}", ""))
    columns = (
        Column("issuer", "Issuer", meaning="matched entity, or the line's name", width=34),
        Column("status", "Status", meaning="one word for the position", width=12),
        Column("portfolio", "Portfolio", meaning="portfolio that holds it", width=18),
        Column(
            "held",
            "Held",
            meaning="direct, or through funds and derivatives (indirect); never added",
            width=14,
        ),
        Column("lines", "Lines", Kind.INTEGER, "holding rows", 7),
        Column("value", f"Exposure, {base}", Kind.MONEY, "net value; lower bound in funds", 18),
        Column("high", f"At most, {base}", Kind.MONEY, "upper bound of what funds hold", 18),
        Column("weight", "Share of net value", Kind.SHARE, "of the portfolio", 9),
        Column("regime", "Regime", meaning="regimes that decide", width=18),
        Column("why", "Why", meaning="one sentence", width=70),
        Column("citation", "Citation", meaning="sources with grades", width=50),
    )
    note = "What funds hold of an issuer stands apart and is never added to direct holdings."
    return Table("exposure", "Exposure", columns, rows, note)


def _issuers(analysis: Analysis, lines: pd.DataFrame) -> list[str]:
    """Return the matched entity of each line, or the name it is printed with."""
    names = lines["name"].astype(object).where(lines["name"].notna(), "(no name)").tolist()
    listed = [analysis.judged[c].listed_name for c in lines["judged"].tolist()]
    return [who or str(n) for who, n in zip(listed, names, strict=True)]


def _sum(series: "pd.Series[float]") -> float | None:
    return None if bool(series.isna().any()) else float(series.sum())


def _regimes(answer: LineJudgement) -> list[str]:
    found = (v.regime for v in answer.verdicts.values() if v.regime)
    return list(dict.fromkeys(found))


def status_table(analysis: Analysis) -> Table:
    """Return rows, value and weight by status."""
    rows: list[tuple[Any, ...]] = [
        (s.value, e.rows, e.market_value, e.weight, STATUS_MEANING[s])
        for s, e in analysis.totals.by_status.items()
    ]
    rows.append(
        ("total", analysis.totals.rows, analysis.totals.market_value, None, "every holding row")
    )
    columns = (
        Column("status", "Status", meaning="one word for the position", width=26),
        Column("rows", "Rows", Kind.INTEGER, "holding rows", 20),
        Column("value", f"Exposure, {analysis.question.base}", Kind.MONEY, "net value", 20),
        Column("weight", "Share of net value", Kind.SHARE, "fraction of net value", 20),
        Column("meaning", "Meaning", meaning="what the word says", width=60),
    )
    return Table("totals", "Totals by status", columns, rows)


def indirect_table(analysis: Analysis) -> Table:
    """Return issuers held through funds, as bounds; never added to the direct value."""
    base = analysis.question.base
    columns = (
        Column("issuer", "Issuer", meaning="issuer held through funds", width=34),
        Column("status", "Status", meaning="of a direct line", width=12),
        Column("low", f"At least, {base}", Kind.MONEY, "value through funds, lower bound", 18),
        Column("high", f"At most, {base}", Kind.MONEY, "value through funds, upper bound", 18),
        Column("funds", "Funds", meaning="fund and its share in the issuer", width=50),
    )
    rows = [
        (
            item.entity,
            item.status.value,
            item.low,
            item.high,
            "; ".join(f"{fund} {share:.2%}" for fund, share in item.funds.items()),
        )
        for item in analysis.indirect
    ]
    return Table("indirect", "Held through funds", columns, rows, "Never added to direct values.")


def known_now_table(analysis: Analysis) -> Table:
    """Return the lines whose answer differs with everything known since."""
    columns = (
        Column("issuer", "Issuer", width=34, meaning="matched entity"),
        Column("then", "As known then", width=16, meaning="status with the knowledge asked for"),
        Column("now", "As known now", width=16, meaning="status with everything known since"),
        Column("rows", "Rows", Kind.INTEGER, "holding rows", 7),
        Column("known", "Known through", Kind.INSTANT, "newest knowledge in the data", 24),
    )
    counts = np.bincount(analysis.lines["judged"].to_numpy(), minlength=len(analysis.judged))
    rows = [
        (
            answer.listed_name,
            answer.status.value,
            answer.now.status.value,
            int(counts[code]),
            instant(answer.now.known),
        )
        for code, answer in enumerate(analysis.judged)
        if answer.now is not None and answer.now.status is not answer.status
    ]
    note = "Same date, two states of knowledge." if rows else "No status differs."
    return Table("known_now", "Known then, known now", columns, rows, note)


def matches_table(analysis: Analysis, options: ReportOptions) -> Table:
    """Return every candidate of every matched security, with what people decided."""
    columns = (
        Column("name", "Name in file", meaning="security as printed", width=34),
        Column("isin", "ISIN", meaning="as read", width=14),
        Column("lines", "Lines", Kind.INTEGER, "holding rows of the security", 7),
        Column("first_row", "First row", Kind.INTEGER, "where it first stands", 8),
        Column("candidate", "Candidate", meaning="entity considered", width=34),
        Column("entity_id", "Entity id", meaning="stable id of the entity", width=26),
        Column("kind", "Basis", meaning="kind of evidence", width=13),
        Column("score", "Score", Kind.NUMBER, "0 to 1, orders candidates of one kind", 8),
        Column("evidence", "Evidence", meaning="the match in words", width=60),
        Column("against", "Speaks against", meaning="facts against the match", width=40),
        Column("outcome", "Outcome", meaning="confirmed, in review or a candidate", width=12),
        Column("decision", "Decision", meaning="what a person decided", width=11),
        Column("who", "Who", meaning="who decided", width=14),
        Column("when", "When", Kind.INSTANT, "when it was decided", 24),
        Column("why", "Reason given", meaning="why it was decided", width=40),
    )
    return Table("matches", "Matches", columns, list(_match_rows(analysis, options)))


def _match_rows(analysis: Analysis, options: ReportOptions) -> Iterator[tuple[Any, ...]]:
    decided: dict[str, list[JudgementRecord]] = {}
    for record in options.judgements:
        decided.setdefault(record.security_key, []).append(record)
    matched = np.array(
        [j.match is not None and not j.only_counterparty for j in analysis.judged], dtype=bool
    )
    lines = analysis.lines
    keep = matched[lines["judged"].to_numpy()] if len(matched) else np.zeros(len(lines), dtype=bool)
    if decided:
        keep = np.ones(len(lines), dtype=bool)
    yield from _issuer_rows(analysis, lines.loc[keep], decided)
    rows, parties = counterparty_frame(lines)
    held = lines.iloc[rows]
    named = [analysis.judged[c].counterparty is not None for c in held["judged"]]
    yield from _party_rows(analysis, held.loc[named], parties.loc[named], decided)


def _issuer_rows(
    analysis: Analysis, lines: pd.DataFrame, decided: Mapping[str, list[JudgementRecord]]
) -> Iterator[tuple[Any, ...]]:
    if lines.empty:
        return
    codes, distinct = distinct_lines(lines)
    counts = np.bincount(codes, minlength=len(distinct))
    firsts = pd.Series(np.arange(len(codes))).groupby(codes).min()
    for code, first in firsts.items():
        row = lines.iloc[int(first)]
        records = {r.entity_id: r for r in decided.get(key_of(distinct[int(str(code))]), ())}
        answer = analysis.judged[int(row["judged"])]
        if answer.only_counterparty:
            answer = replace(answer, match=None)
        start = (_text(row["name"]), _text(row["isin"]), int(counts[int(str(code))]))
        for body in _candidates(answer, records):
            yield (*start, int(row["row"]), *body)


def _party_rows(
    analysis: Analysis,
    lines: pd.DataFrame,
    parties: pd.DataFrame,
    decided: Mapping[str, list[JudgementRecord]],
) -> Iterator[tuple[Any, ...]]:
    """Yield the candidates of each counterparty; `parties` names that of each line."""
    codes, distinct = distinct_lines(parties)
    for code, party in enumerate(distinct):
        mine = np.flatnonzero(codes == code)
        row = lines.iloc[int(mine[0])]
        answer = analysis.judged[int(row["judged"])]
        records = {r.entity_id: r for r in decided.get(key_of(party), ())}
        start = (f"counterparty {party.name}", None, len(mine), int(row["row"]))
        for body in _candidates(replace(answer, match=answer.counterparty), records):
            yield (*start, *body)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _candidates(
    answer: LineJudgement, records: dict[str, JudgementRecord]
) -> Iterator[tuple[Any, ...]]:
    match = answer.match
    seen = set()
    if match is not None:
        outcome = "confirmed" if match.confirmed else "in review"
        seen.add(match.entity_id)
        yield (
            match.entity,
            match.entity_id,
            match.kind.value,
            round(match.score, 4),
            match.evidence,
            "; ".join(match.contradictions),
            outcome,
            *_decision(records.get(match.entity_id)),
        )
        for other in match.candidates:
            if other.entity_id in seen:
                continue
            seen.add(other.entity_id)
            yield (
                other.entity,
                other.entity_id,
                other.kind.value,
                round(other.score, 4),
                other.evidence,
                "",
                "candidate",
                *_decision(records.get(other.entity_id)),
            )
    for entity_id, record in records.items():
        if entity_id not in seen:
            yield ("", entity_id, "", None, "", "", "not applied as a match", *_decision(record))


def _decision(record: JudgementRecord | None) -> tuple[Any, ...]:
    if record is None:
        return (None, None, None, None)
    return (record.decision.value, record.who, instant(record.when), record.why)


def deadlines_table(analysis: Analysis) -> Table:
    """Return the dates ahead, soonest first."""
    base = analysis.question.base
    columns = (
        Column("at", "At (New York)", Kind.INSTANT, "published instant", 26),
        Column("inclusive", "That minute counts", meaning="23:59 yes, 00:01 no", width=9),
        Column("issuer", "Issuer", meaning="entity it concerns", width=34),
        Column("what", "What", meaning="what ends", width=18),
        Column("text", "In words", meaning="the rule or event", width=60),
        Column("regime", "Regime", meaning="regime it stands in", width=18),
        Column("mic", "Venue", meaning="ISO 10383 market", width=8),
        Column("last_session", "Last lawful session", Kind.DAY, "at the line's own venue", 14),
        Column("session_note", "Session note", meaning="holidays, provisional", width=30),
        Column("rows", "Lines", Kind.INTEGER, "holding rows", 7),
        Column("value", f"Exposure, {base}", Kind.MONEY, "net value of the rows", 18),
        Column("citation", "Citation", meaning="sources with grades", width=50),
    )
    rows = []
    for item in analysis.deadlines:
        deadline = item.deadline
        notes = [analysis.events[i] for i in deadline.because if i in analysis.events]
        note = item.session_note + (" (provisional calendar)" if item.provisional else "")
        rows.append(
            (
                instant(deadline.at),
                deadline.inclusive,
                item.entity_name,
                deadline.kind.replace("_", " "),
                deadline.text,
                deadline.regime,
                item.mic,
                item.last_session,
                note.strip(),
                item.rows,
                item.market_value,
                cites(notes),
            )
        )
    note = "After a window closes the line may be held but not sold, unless the regime says more."
    return Table("deadlines", "Deadlines", columns, rows, note)


def issues_table(analysis: Analysis) -> Table:
    """Return findings, and every row that is not a holding with the reason."""
    columns = (
        Column("severity", "Severity", meaning="error, warning, info, rejected, skipped", width=10),
        Column("code", "Code", meaning="registered finding code", width=8),
        Column("file", "File", meaning="input file", width=24),
        Column("row", "Row", Kind.INTEGER, "place in the input", 8),
        Column("column", "Column", meaning="column of the input", width=18),
        Column("what", "What", meaning="one sentence", width=100),
    )
    rows: list[tuple[Any, ...]] = [
        (f.severity.value, f.code, f.file, f.row, f.column, f.message) for f in analysis.findings
    ]
    for note in analysis.inputs:
        for kind, found in (("rejected", note.rejected), ("skipped", note.skipped)):
            rows += [(kind, "", note.path, r.row, "", f"{r.why}: {r.text}") for r in found]
    return Table("issues", "Data issues", columns, rows)
