"""From holdings and matches to an analysis: judge, value, add up, and say what is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from analyzer.core.asof import NEW_YORK
from analyzer.core.entities import Security
from analyzer.core.findings import Finding, Severity
from analyzer.core.frames import HOLDINGS, INTEGER, NUMBER, TEXT, Column, FrameSpec, of_codes
from analyzer.core.matching import Match
from analyzer.core.verdict import Status
from analyzer.exposure.counterparty import judge_counterparties
from analyzer.exposure.deadlines import line_deadlines
from analyzer.exposure.derivatives import underlying_exposure
from analyzer.exposure.funds import indirect_holdings
from analyzer.exposure.judge import Judge, judge_portfolios
from analyzer.exposure.money import base_of, value_lines, weigh_lines
from analyzer.exposure.notes import because_of, event_notes
from analyzer.exposure.parties import Party, party_of
from analyzer.exposure.result import (
    Analysis,
    Coverage,
    InputNote,
    LineDeadline,
    LineJudgement,
    ListCoverage,
    Question,
)
from analyzer.exposure.totals import (
    STATUSES,
    Sums,
    sum_answers,
    sum_lines,
    sum_portfolios,
    sum_statuses,
)
from analyzer.exposure.unscreened import not_screened
from analyzer.law import Law
from analyzer.market.fx import Rates
from analyzer.resolve.counterparty import NO_COUNTERPARTIES, Counterparties
from analyzer.resolve.lookthrough import FUNDS, Funds

LINES = FrameSpec(
    "LINES",
    (
        *HOLDINGS.columns,
        Column("judged", INTEGER, "", "index of the line's answer", nullable=False),
        Column("status", TEXT, "", "one word for the position", nullable=False),
        Column("market_value_base", NUMBER, "base currency", "signed value"),
        Column("weight_net", NUMBER, "fraction of net value", "signed weight in its portfolio"),
        Column("underlying_low", NUMBER, "base currency", "lowest exposure to an underlying"),
        Column("underlying_high", NUMBER, "base currency", "highest exposure to an underlying"),
    ),
)


NO_FUNDS = Funds((), ())
_WEIGHTS_OFF = 0.02  # rounding of printed weights stays well below
_LABELS = ("name", "isin", "cusip", "sedol", "figi", "lei", "ticker")


@dataclass(frozen=True)
class Screening:
    """What the lines are judged with.

    Parameters
    ----------
    securities
        Bundled securities by ISIN.
    names
        Official names by entity id.
    lists
        Editions screened against.
    funds
        Funds whose constituents were declared.
    """

    law: Law
    securities: Mapping[str, Security]
    names: Mapping[str, str]
    lists: tuple[ListCoverage, ...]
    rates: Rates
    funds: Funds = NO_FUNDS


def assess(
    holdings: pd.DataFrame,
    codes: np.ndarray,
    matches: Sequence[Match | None],
    screening: Screening,
    question: Question,
    inputs: Sequence[InputNote],
    findings: Sequence[Finding],
    manifest: Mapping[str, Any],
    valuation_date: date | None = None,
    parties: Mapping[str, Party] | None = None,
    counterparties: Counterparties = NO_COUNTERPARTIES,
) -> Analysis:
    """Join holdings with the law.

    Parameters
    ----------
    holdings
        HOLDINGS, n rows.
    codes, matches
        Distinct security of each row, shape (n,), and who issued each.
    counterparties
        The rows that name a counterparty, and who it is.
    """
    law = screening.law
    editions = [c.edition for c in screening.lists if c.edition]
    against = f"{len(editions)} lists" + (f", newest {max(editions)}" if editions else "")
    judge = Judge(law, question, screening.securities, against, screening.funds)
    groups, judged = judge_portfolios(judge, holdings, codes, matches, parties or {})
    groups, judged = judge_counterparties(law, question, groups, judged, counterparties)
    base = base_of(holdings, question.base)
    valuation = value_lines(holdings, base, screening.rates, question.as_of.day, valuation_date)
    lines = _lines(holdings, groups, judged, valuation.values)
    screened = _screened(lines, judged)
    found = [
        *findings,
        *screening.funds.findings,
        *valuation.findings,
        *_coverage_findings(lines, judged, screened),
        *_unscreened_regimes(screening, question, judged),
        *_idle_funds(holdings, screening.funds),
    ]
    held = sum_answers(lines, len(judged))
    by_status = sum_statuses(held, judged)
    portfolios = sum_portfolios(lines, by_status)
    alone = next(iter(portfolios.values())) if len(portfolios) == 1 else None
    totals = alone or sum_lines(lines, by_status, weights=False)
    coverage = _coverage(lines, screened, screening, question, inputs)
    deadlines = line_deadlines(judged, held, screening.names)
    found += _dated_findings(coverage, deadlines)
    reasons = [r for j in judged for r in _because(j)]
    return Analysis(
        _settled(question, base, judged, [party_of(p, parties or {}) for p in portfolios]),
        tuple(inputs),
        lines,
        judged,
        totals,
        portfolios,
        coverage,
        deadlines,
        event_notes(law, reasons),
        _questions(judged, held),
        tuple(found),
        {**manifest, "rates": dict(valuation.rates)},
        indirect_holdings(lines, judged, screening.names, law, question),
        dict(parties or {}),
    )


def _dated_findings(coverage: Coverage, deadlines: Sequence[LineDeadline]) -> list[Finding]:
    """Say where the law or a calendar is not known as far as the answers reach."""
    found = []
    if coverage.stale:
        words = f"the law was verified through {coverage.verified_through}; answers may be older"
        found.append(Finding(Severity.WARNING, "W601", words))
    venues = sorted({d.mic for d in deadlines if d.provisional and d.mic})
    if venues:
        words = f"last sessions at {', '.join(venues)} rest on a provisional calendar"
        found.append(Finding(Severity.WARNING, "W604", words))
    return found


def _idle_funds(holdings: pd.DataFrame, funds: Funds) -> list[Finding]:
    """Name the constituents that no line and no other fund made use of."""
    used = {*np.unique(funds.of_lines(holdings)).tolist(), *funds.nested} if funds.views else set()
    return [
        Finding(Severity.WARNING, "W603", f"{view.key}: no line names this fund", view.key)
        for at, view in enumerate(funds.views)
        if at not in used
    ]


def _because(answer: LineJudgement) -> tuple[str, ...]:
    """Return every id a line rests on: of each candidate, issuer held and role, then and now."""
    own = because_of(answer.judgement) if answer.judgement is not None else ()
    later = answer.now.verdicts.values() if answer.now is not None else ()
    return (*own, *(r for v in (*answer.verdicts.values(), *later) for r in v.because))


def _settled(
    question: Question,
    base: str,
    judged: Sequence[LineJudgement],
    parties: Sequence[Party | None],
) -> Question:
    """Return the question with the base and the holders that were in the end asked about."""
    holders = {answer.holder for answer in judged} or {question.holder}
    assumed = question.holder_assumed and None in parties
    holder = holders.pop() if len(holders) == 1 else "by-portfolio"
    return replace(question, base=base, holder=holder, holder_assumed=assumed)


def _lines(
    holdings: pd.DataFrame, groups: np.ndarray, judged: Sequence[LineJudgement], values: np.ndarray
) -> pd.DataFrame:
    words = [status.value for status in STATUSES]
    status_of = np.array([STATUSES.index(j.status) for j in judged], dtype="int8")
    status = pd.Categorical.from_codes(
        of_codes(status_of, groups), categories=pd.Index(words, dtype="str"), validate=False
    )
    low, high = underlying_exposure(holdings, values, groups, judged)
    found = {
        "judged": groups,
        "status": status,
        "market_value_base": values,
        "weight_net": weigh_lines(holdings, values),
        "underlying_low": low,
        "underlying_high": high,
    }
    lines = holdings.assign(**{n: pd.Series(column, copy=False) for n, column in found.items()})
    return lines if list(lines.columns) == LINES.names else lines[LINES.names]


def _screened(lines: pd.DataFrame, judged: Sequence[LineJudgement]) -> np.ndarray:
    """Return which rows were screened: all but blind funds and lines nobody can name."""
    nobody = [j.match is None or j.only_counterparty for j in judged]
    unknown = [j.status is Status.UNKNOWN for j in judged]
    blind = np.array(nobody, dtype=bool) & np.array(unknown, dtype=bool)
    return ~of_codes(blind, lines["judged"].to_numpy())


def _coverage(
    lines: pd.DataFrame,
    screened: np.ndarray,
    screening: Screening,
    question: Question,
    inputs: Sequence[InputNote],
) -> Coverage:
    total = len(lines) + sum(i.rows_rejected for i in inputs)
    share = _screened_share(lines, screened)
    reviews = int((lines["status"] == Status.REVIEW.value).sum())
    through = _verified_through(screening.law, question)
    stale = through is not None and question.as_of.day > through
    valued = not lines["market_value_base"].isna().any() or not lines["weight_net"].isna().any()
    complete = bool(screened.all()) and total == len(lines) and not reviews and not stale and valued
    return Coverage(
        int(screened.sum()), total, share, screening.lists, reviews, stale, through, complete
    )


def _screened_share(lines: pd.DataFrame, screened: np.ndarray) -> float | None:
    """Return the fraction of gross value that was screened; None where values do not tell."""
    weight = lines["market_value_base"].to_numpy(dtype=float)
    if not np.isfinite(weight).all() and len(lines["portfolio"].unique()) == 1:
        weight = lines["weight_net"].to_numpy(dtype=float)
    gross = float(np.abs(weight).sum())
    if not gross or not np.isfinite(gross):
        return None
    return 1.0 if screened.all() else float(np.abs(weight[screened]).sum() / gross)


def _verified_through(law: Law, question: Question) -> date | None:
    """Return the first day at which a regime that was screened, and binds the holder, was verified.

    A regime none of whose lists is at hand was not screened; it has no say in how far the
    screening reaches.
    """
    lineage = law.vocabulary.lineage(question.holder)
    ends = []
    for regime in law.regimes.values():
        lists = [law.horizons[n][1] for n in regime.versions[-1].lists if n in law.horizons]
        if regime.bans and regime.binds & lineage and lists:
            ends += [regime.verified_through, *lists]
    return min(ends).astimezone(NEW_YORK).date() if ends else None


def _coverage_findings(
    lines: pd.DataFrame, judged: Sequence[LineJudgement], screened: np.ndarray
) -> list[Finding]:
    found: list[Finding] = []
    if not screened.all():
        fund = np.array([j.instrument in FUNDS for j in judged], dtype=bool)
        funds = of_codes(fund, lines["judged"].to_numpy())
        unseen = "a fund without constituents was not looked through"
        nameless = "no name, and identifiers that are on no list: not screened"
        found += _each(lines, ~screened & funds, "W602", unseen)
        found += _each(lines, ~screened & ~funds, "W608", nameless)
    found += _odd_weights(lines)
    missing = lines["market_value_base"].isna() & (lines["market_value"].isna())
    if bool(missing.any()) and not bool(missing.all()):
        first = lines.loc[missing].iloc[0]
        found.append(
            Finding(
                Severity.WARNING,
                "W503",
                f"{int(missing.sum())} rows have no market value and are counted by rows only",
                str(first["input"]),
                int(first["row"]),
                "market_value",
            )
        )
    return found


def _odd_weights(lines: pd.DataFrame) -> list[Finding]:
    """Name the portfolios whose weights, as printed, add up to something else than one."""
    found: list[Finding] = []
    if not lines["weight"].notna().any():
        return found
    for name, printed in lines.groupby("portfolio", observed=True)["weight"]:
        added = float(printed.sum())
        if printed.notna().any() and abs(added - 1.0) > _WEIGHTS_OFF:
            text = f"{name}: the weights the file prints add up to {added:.2%}, not to the whole"
            found.append(Finding(Severity.WARNING, "W504", text))
    return found


def _each(lines: pd.DataFrame, rows: np.ndarray, code: str, text: str) -> list[Finding]:
    """Say something of each row, of the first hundred one by one."""
    at = np.flatnonzero(rows)
    found = []
    for place in at[:100]:
        row = lines.iloc[int(place)]
        what = next((str(row[n]) for n in _LABELS if isinstance(row[n], str)), "a line")
        where = (str(row["input"]), int(row["row"]))
        found.append(Finding(Severity.WARNING, code, f"{what}: {text}", *where))
    if len(at) > len(found):
        more = f"{len(at) - len(found):,} more lines: {text}"
        found.append(Finding(Severity.WARNING, code, more))
    return found


def _unscreened_regimes(
    screening: Screening, question: Question, judged: Sequence[LineJudgement]
) -> list[Finding]:
    """Name the regimes that bind a holder asked about and whose list has no edition in force."""
    asked = {answer.holder for answer in judged if answer.holder} or {question.holder}
    text = not_screened(screening.law, screening.lists, asked, question.as_of)
    return [Finding(Severity.WARNING, "W607", text)] if text else []


def _questions(judged: Sequence[LineJudgement], held: Sums) -> dict[str, float]:
    """Return the base value of the lines whose answer rests on each open question."""
    found: dict[str, float] = {}
    for answer, value in zip(judged, held.money, strict=True):
        ids = {q for v in answer.verdicts.values() for q in v.questions}
        for name in sorted(ids):
            found[name] = found.get(name, 0.0) + float(value)
    return found


__all__ = ["LINES", "Screening", "assess"]
