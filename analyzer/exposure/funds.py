"""Funds that were looked through: judged by every listed issuer they hold.

A regime says what share of a fund counts; the line answers with the strictest of its issuers.
The fund itself counts once in the totals, under its own status; what it holds is `indirect`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from analyzer.core.verdict import STATUS_RANK, Judgement, Key, Outcome, Status, Verdict
from analyzer.exposure.notes import sentences
from analyzer.exposure.result import IndirectHolding, LineJudgement, Question
from analyzer.law import Law, combine
from analyzer.resolve.lookthrough import FUNDS, FundShare, FundView

_FREE = frozenset({Outcome.PERMITTED, Outcome.NOT_APPLICABLE})
_QUIET = frozenset({Status.NO_MATCH, Status.WATCH, Status.RELEASED, Status.SUSPENDED})


def judge_fund(
    law: Law,
    question: Question,
    view: FundView,
    instrument: str,
    mic: str | None,
    acts: tuple[str, ...],
) -> LineJudgement:
    """Return the answer of a fund line from the shares the fund holds.

    A share known only within bounds is asked at both; where the answers differ the act is
    unknown. What the constituents leave out makes a permission unknown, never a prohibition.
    """
    word = instrument if instrument in FUNDS else "etf"
    together = _together(law, question, view.shares, word)
    judged = [
        (share, _bounds(law, question, share, fractions, word, acts))
        for share, fractions in zip(view.shares, together, strict=True)
    ]
    verdicts = {act: _strictest(judged, act) for act in acts}
    status, deciding = _status(judged)
    reasons = _reasons(law, view, judged)
    if not view.whole:
        rest = f"constituents for the other {1 - view.coverage:.2%} of {view.key}"
        unknown = Verdict(Outcome.UNKNOWN, needs=(rest,))
        verdicts = {
            act: replace(unknown, because=v.because) if v.outcome in _FREE else v
            for act, v in verdicts.items()
        }
        if status in _QUIET:
            status, reasons = Status.UNKNOWN, (f"unknown: needs {rest}", *reasons)
    return LineJudgement(None, status, verdicts, deciding, word, mic, reasons, via=view.shares)


_Judged = tuple[FundShare, tuple[Judgement, Judgement]]


def _together(
    law: Law, question: Question, shares: Sequence[FundShare], word: str
) -> list[tuple[float, float]]:
    """Return, per issuer, the lowest and highest share of all that one regime reaches with it.

    Four blocked issuers at 20 % each make a fund 80 % blocked: thresholds count the issuers of
    a regime together. What the constituents leave out is added once, and an issuer that is not
    certain counts for the highest only. Of several regimes the largest sum is taken.
    """
    reach = [
        law.reaching(Key.of(s.match.entity_id, word), question.holder, question.as_of)
        for s in shares
    ]
    found = []
    for own, regimes in zip(shares, reach, strict=True):
        low, high = own.low, own.high
        for regime in regimes:
            peers = [s for s, other in zip(shares, reach, strict=True) if regime in other]
            sure = sum(s.low for s in peers if s is own or s.match.confirmed)
            low = max(low, sure)
            high = max(high, min(1.0, sum(s.low for s in peers) + own.high - own.low))
        found.append((low, max(low, high)))
    return found


def _bounds(
    law: Law,
    question: Question,
    share: FundShare,
    fractions: tuple[float, float],
    word: str,
    acts: tuple[str, ...],
) -> tuple[Judgement, Judgement]:
    """Judge the lowest and the highest share the fund may have."""

    def at(fraction: float) -> Judgement:
        key = Key.of(share.match.entity_id, word, {"fund_share": fraction})
        return law.judge(key, question.holder, question.as_of, acts)

    low, high = fractions
    least = at(low)
    return least, least if high == low else at(high)


def _strictest(judged: Sequence[_Judged], act: str) -> Verdict:
    """Combine the answers of the issuers held; those no regime speaks of add nothing."""
    answers = [_between(share, low, high, act) for share, (low, high) in judged]
    return combine([a for a in answers if a.regime is not None or a.outcome not in _FREE])


def _between(share: FundShare, low: Judgement, high: Judgement, act: str) -> Verdict:
    """Return the answer for a share, doubtful where its identity or its size is."""
    first, second = low.verdicts[act], high.verdicts[act]
    if first.outcome is not second.outcome:
        words = f"the fund's share in {share.match.entity} ({share.low:.2%} to {share.high:.2%})"
        return replace(first, outcome=Outcome.UNKNOWN, needs=(words,))
    if not share.match.confirmed and first.outcome not in _FREE:
        words = f"whether a constituent is {share.match.entity}"
        return replace(first, outcome=Outcome.REVIEW, basis="identity", needs=(words,))
    return first


def _status(judged: Sequence[_Judged]) -> tuple[Status, Judgement | None]:
    """Return the severest status among the issuers held, and the judgement behind it."""
    found: list[tuple[Status, Judgement]] = []
    for share, (low, high) in judged:
        status = min(low.status, high.status, key=lambda s: STATUS_RANK[s])
        if low.status is not high.status:
            status = Status.UNKNOWN
        elif not share.match.confirmed and status is not Status.NO_MATCH:
            status = Status.REVIEW
        found.append((status, low))
    return min(found, key=lambda pair: STATUS_RANK[pair[0]], default=(Status.NO_MATCH, None))


def _reasons(law: Law, view: FundView, judged: Sequence[_Judged]) -> tuple[str, ...]:
    dated = f" as of {view.date}" if view.date else ""
    found = []
    for share, (low, _) in judged:
        if low.status is Status.NO_MATCH:
            continue
        path = " > ".join(share.path)
        bound = f" to {share.high:.2%}" if share.high > share.low else ""
        found.append(f"{path} holds {share.match.entity}: {share.low:.2%}{bound}{dated}")
        found += sentences(law, low)[:2]
    return tuple(dict.fromkeys(found))


def indirect_holdings(
    lines: pd.DataFrame,
    judged: Sequence[LineJudgement],
    names: Mapping[str, str],
    law: Law,
    question: Question,
) -> tuple[IndirectHolding, ...]:
    """Add up, by issuer, what fund lines hold; the largest first."""
    if not any(answer.via for answer in judged):
        return ()
    values = lines["market_value_base"].to_numpy(dtype=float)
    codes = lines["judged"].to_numpy()
    finite = np.isfinite(values)
    money = np.bincount(codes, np.where(finite, values, 0.0), len(judged))
    valued = np.bincount(codes, finite, len(judged)) > 0
    found: dict[str, dict[str, tuple[float | None, float | None, float]]] = {}
    for code, answer in enumerate(judged):
        for share in answer.via:
            value = float(money[code]) if valued[code] else None
            low = None if value is None else value * share.low
            high = None if value is None else value * share.high
            per_fund = found.setdefault(share.match.entity_id, {})
            before = per_fund.get(share.path[0], (None, None, share.low))
            per_fund[share.path[0]] = (_plus(before[0], low), _plus(before[1], high), share.low)
    out = []
    for entity, per_fund in found.items():
        key = Key.of(entity, "equity")
        status = law.judge(key, question.holder, question.as_of).status
        if status is Status.NO_MATCH:
            continue
        low, high = None, None
        for one, other, _ in per_fund.values():
            low, high = _plus(low, one), _plus(high, other)
        shares = {fund: share for fund, (_, _, share) in per_fund.items()}
        out.append(IndirectHolding(entity, names.get(entity, entity), status, low, high, shares))
    return tuple(sorted(out, key=lambda h: (-(h.low or 0.0), h.entity_id)))


def _plus(one: float | None, other: float | None) -> float | None:
    if one is None or other is None:
        return one if other is None else other
    return one + other
