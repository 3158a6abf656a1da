"""The seam between positions and law: every distinct line is judged once.

A line's question is (entity, instrument, facts, side). Positions are grouped by it with integer
codes, each group is answered by `Law.judge`, and the answers go back by code.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from analyzer.core.asof import NEW_YORK, AsOf
from analyzer.core.entities import Security
from analyzer.core.frames import of_codes
from analyzer.core.matching import Match, MatchKind
from analyzer.core.verdict import (
    STATUS_RANK,
    Judgement,
    Key,
    Outcome,
    Status,
    Verdict,
)
from analyzer.exposure.distinct import LineKind, facts_of, group_lines, kinds_of
from analyzer.exposure.funds import judge_fund
from analyzer.exposure.notes import sentences
from analyzer.exposure.parties import NOBODY, Party, party_of
from analyzer.exposure.result import KnownNow, LineJudgement, Question
from analyzer.law import ACTS, Law
from analyzer.resolve.lookthrough import FUNDS, Funds, FundView

_CODES = frozenset(
    {MatchKind.ISIN, MatchKind.CUSIP, MatchKind.SEDOL, MatchKind.FIGI, MatchKind.LEI}
)
_SHORT_ACTS = ("cover", "short")
_ELSEWHERE = ("eu-person", "uk-person")
_FREE = frozenset({Outcome.PERMITTED, Outcome.NOT_APPLICABLE})
_ALIKE = ("bond",)  # what a line may be, besides a share, when its file does not say
_INSTRUMENT = ("instrument: whether the line is a share or a bond",)


@dataclass(frozen=True)
class Judge:
    """Answers groups of lines under one law and one question; remembers what it was asked.

    Parameters
    ----------
    securities
        Bundled securities by ISIN, to know a receipt from a share.
    screened
        Words for the lists screened, for lines without a match.
    funds
        Funds whose constituents were declared.
    party
        Adviser and broker to answer for, where stated.
    """

    law: Law
    question: Question
    securities: Mapping[str, Security]
    screened: str
    funds: Funds
    party: Party = NOBODY

    def lines(
        self, holdings: pd.DataFrame, codes: np.ndarray, matches: Sequence[Match | None]
    ) -> tuple[np.ndarray, tuple[LineJudgement, ...]]:
        """Judge every row.

        Returns
        -------
        codes : ndarray of int64, shape (n,)
            Index of each row's answer.
        answers : tuple of LineJudgement
        """
        fund_of = self.funds.of_lines(holdings)
        groups, first = group_lines(holdings, codes, fund_of)
        asked: dict[tuple[Any, ...], LineJudgement] = {}
        unmatched: dict[tuple[Any, ...], int] = {}
        answers: list[LineJudgement] = []
        answer_of: list[int] = []
        distinct = (codes[first].tolist(), fund_of[first].tolist())
        known = (kinds_of(holdings, first, self.securities), facts_of(holdings, first))
        for code, fund, line, facts in zip(*distinct, *known, strict=True):
            match = matches[code]
            token = (match, line, fund, facts if match is not None else ())
            if token in unmatched:
                answer_of.append(unmatched[token])
                continue
            if match is None:
                unmatched[token] = len(answers)
            if token not in asked:
                # Only an identifier outweighs the constituents a user declared for a fund.
                sure = match is not None and match.kind in _CODES
                view = self.funds.views[fund] if fund >= 0 and not sure else None
                answer = self._answer(match, view, line, dict(facts))
                asked[token] = replace(answer, holder=self.question.holder)
            answer_of.append(len(answers))
            answers.append(asked[token])
        return of_codes(np.array(answer_of, dtype=np.int64), groups), tuple(answers)

    def as_party(self, party: Party | None) -> "Judge":
        """Return a judge that answers for a stated party, or for the holder of the question."""
        if party is None:
            return self
        question = replace(self.question, holder=party.owner, holder_assumed=False)
        return replace(self, question=question, party=party)

    def _roles(self, key: Key) -> dict[str, Verdict]:
        """Return what adviser and broker may do for the owner."""
        found = {}
        for act, holder in (("advise", self.party.adviser), ("intermediate", self.party.broker)):
            if holder is not None:
                found[act] = self.law.verdict(key, act, holder, self.question.as_of)
        return found

    def _answer(
        self,
        match: Match | None,
        view: FundView | None,
        line: LineKind,
        facts: Mapping[str, Any],
    ) -> LineJudgement:
        acts = (*ACTS, *_SHORT_ACTS) if line.short else ACTS
        if view is not None:
            return judge_fund(self.law, self.question, view, line.instrument, line.mic, acts)
        if match is None:
            return self._unmatched(line, acts)
        known = line.instrument in self.law.vocabulary.instruments
        word = line.instrument if known else "equity"
        if not match.confirmed:
            return self._doubtful(match, word, line, acts, facts)
        answer = self._confirmed(match, Key.of(match.entity_id, word, facts), line.mic, acts)
        return self._whatever(answer, match, facts, acts) if line.assumed else answer

    def _whatever(
        self, answer: LineJudgement, match: Match, facts: Mapping[str, Any], acts: tuple[str, ...]
    ) -> LineJudgement:
        """Withhold what is permitted for a share alone: the file does not say what the line is."""
        question = self.question
        for word in _ALIKE:
            key = Key.of(match.entity_id, word, facts)
            other = self.law.judge(key, question.holder, question.as_of, acts)
            worse = {
                act: replace(v, outcome=Outcome.REVIEW, basis="identity", needs=_INSTRUMENT)
                for act, v in other.verdicts.items()
                if answer.verdicts[act].outcome in _FREE and v.outcome not in _FREE
            }
            if worse:
                reason = "the file does not say what the line is: bonds would be treated otherwise"
                status = min(Status.REVIEW, answer.status, key=lambda s: STATUS_RANK[s])
                return replace(
                    answer,
                    status=status,
                    verdicts={**answer.verdicts, **worse},
                    reasons=(reason, *answer.reasons),
                )
        return answer

    def _unmatched(self, line: LineKind, acts: Sequence[str]) -> LineJudgement:
        blind = _blind(line)
        if blind:
            unknown = Verdict(Outcome.UNKNOWN, needs=(blind,))
            verdicts = dict.fromkeys(acts, unknown)
            return LineJudgement(
                None, Status.UNKNOWN, verdicts, None, line.instrument, line.mic, unknown.needs
            )
        verdict = Verdict(
            Outcome.PERMITTED, conditions=(f"no designated issuer found on {self.screened}",)
        )
        return LineJudgement(
            None, Status.NO_MATCH, dict.fromkeys(acts, verdict), None, line.instrument, line.mic
        )

    def _confirmed(
        self, match: Match, key: Key, mic: str | None, acts: tuple[str, ...]
    ) -> LineJudgement:
        question = self.question
        judgement = self.law.judge(key, question.holder, question.as_of, acts)
        status = judgement.status
        verdicts = dict(judgement.verdicts)
        reasons: tuple[str, ...] = ()
        if status is not Status.NO_MATCH:
            reasons = sentences(self.law, judgement)
        elif match.kind is MatchKind.AFFILIATE:
            status = Status.WATCH
            day = question.as_of.start.astimezone(NEW_YORK).date()
            absent = f"On {day} nothing screened reaches it: {self.screened}"
            reasons = (f"{match.evidence} {absent}",)
            verdicts = {
                act: replace(verdict, conditions=(*verdict.conditions, absent))
                if verdict.outcome is Outcome.PERMITTED
                else verdict
                for act, verdict in verdicts.items()
            }
        return LineJudgement(
            match,
            status,
            {**verdicts, **self._roles(key)},
            judgement,
            key.instrument,
            mic,
            reasons,
            self._elsewhere(key, status),
            self._now(key, judgement, acts),
        )

    def _doubtful(
        self,
        match: Match,
        instrument: str,
        line: LineKind,
        acts: tuple[str, ...],
        facts: Mapping[str, Any],
    ) -> LineJudgement:
        """Judge every candidate: what any of them may not do, nobody is told is permitted."""
        question = self.question
        ids = dict.fromkeys([match.entity_id, *(c.entity_id for c in match.candidates)])
        judged = [
            self.law.judge(Key.of(i, instrument, facts), question.holder, question.as_of, acts)
            for i in ids
        ]
        worst = min(judged, key=lambda j: STATUS_RANK[j.status])
        if worst.status is Status.NO_MATCH:
            return replace(self._unmatched(line, acts), match=match, judgement=worst)
        verdicts = {act: _undecided(match, [j.verdicts[act] for j in judged]) for act in acts}
        first = f"{match.evidence}; a person must confirm or reject the match with {match.entity}"
        reasons = (first, *match.contradictions, *sentences(self.law, worst)[1:])
        return LineJudgement(match, Status.REVIEW, verdicts, worst, instrument, line.mic, reasons)

    def _elsewhere(self, key: Key, status: Status) -> dict[str, Status]:
        if not self.question.holder_assumed:
            return {}
        found = {}
        for holder in _ELSEWHERE:
            other = self.law.judge(key, holder, self.question.as_of).status
            if other is not status:
                found[holder] = other
        return found

    def _now(self, key: Key, then: Judgement, acts: tuple[str, ...]) -> KnownNow | None:
        as_of: AsOf = self.question.as_of
        newest = self.law.newest_known
        if newest <= as_of.known:
            return None
        now = self.law.judge(key, self.question.holder, as_of.with_known(newest), acts)
        same = now.status is then.status and all(
            (now.verdicts[a].outcome, now.verdicts[a].until)
            == (then.verdicts[a].outcome, then.verdicts[a].until)
            for a in acts
        )
        return None if same else KnownNow(now.status, now.verdicts, newest)


def judge_portfolios(
    judge: Judge,
    holdings: pd.DataFrame,
    codes: np.ndarray,
    matches: Sequence[Match | None],
    parties: Mapping[str, Party],
) -> tuple[np.ndarray, tuple[LineJudgement, ...]]:
    """Judge every row for the party its portfolio belongs to.

    Returns
    -------
    codes : ndarray of int64, shape (n,)
    answers : tuple of LineJudgement
    """
    if not parties:
        return judge.lines(holdings, codes, matches)
    names = [str(name) for name in holdings["portfolio"].cat.categories]
    portfolio = holdings["portfolio"].cat.codes.to_numpy()
    party = [party_of(name, parties) for name in names]
    groups = np.zeros(len(holdings), dtype=np.int64)
    answers: list[LineJudgement] = []
    for one in dict.fromkeys(party):
        rows = np.isin(portfolio, [at for at, other in enumerate(party) if other == one])
        if not rows.any():
            continue
        found, judged = judge.as_party(one).lines(holdings.loc[rows], codes[rows], matches)
        groups[rows] = found + len(answers)
        answers += judged
    return groups, tuple(answers)


def _blind(line: LineKind) -> str:
    """Return what is missing to screen a line that nothing matched, or nothing."""
    if line.instrument in FUNDS:
        return "constituents of the fund: it was not looked through"
    if not line.nameable and line.instrument != "cash":
        return "a name: the identifiers given are on no list, and lists of identifiers are partial"
    return ""


def _undecided(match: Match, answers: Sequence[Verdict]) -> Verdict:
    """Return permission only where every candidate has it."""
    if all(a.outcome in _FREE for a in answers):
        return answers[0]
    because = tuple(dict.fromkeys(r for a in answers for r in a.because))
    return Verdict(
        Outcome.REVIEW,
        basis="identity",
        because=because,
        needs=(f"whether the issuer is {match.entity}",),
        stale=any(a.stale for a in answers),
    )
