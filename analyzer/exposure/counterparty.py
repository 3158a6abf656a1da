"""What a blocked counterparty makes of a line, whatever the line itself is about.

A freeze reaches every contract to which the listed person is a party: its rights under a swap are
its property. Rules on the securities of an issuer say nothing of those who merely trade with it,
so only regimes that block persons are asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from analyzer.core.asof import AsOf
from analyzer.core.matching import Match
from analyzer.core.verdict import (
    SEVERITY,
    STATUS_RANK,
    Judgement,
    Key,
    Outcome,
    Standing,
    Status,
    Verdict,
)
from analyzer.exposure.notes import sentences
from analyzer.exposure.result import KnownNow, LineJudgement, Question
from analyzer.law import ACTS, Law, combine
from analyzer.law.status import status_of
from analyzer.resolve.counterparty import Counterparties

_ROLES = frozenset({"advise", "intermediate"})  # answered for others than the holder
_QUIET = frozenset({Status.NO_MATCH, Status.WATCH, Status.RELEASED})
_ELSEWHERE = ("eu-person", "uk-person")
_PROPERTY, _CONTRACT = "property", "otc-swap"
_NOWHERE = Standing()
_FREE = frozenset({Outcome.PERMITTED, Outcome.NOT_APPLICABLE})


def judge_counterparties(
    law: Law,
    question: Question,
    groups: np.ndarray,
    judged: Sequence[LineJudgement],
    others: Counterparties,
) -> tuple[np.ndarray, tuple[LineJudgement, ...]]:
    """Return the answers with counterparties taken into account.

    Parameters
    ----------
    groups, judged
        Answer of each row, shape (n,), and the answers, before counterparties.

    Returns
    -------
    codes : ndarray of int64, shape (n,)
    answers : tuple of LineJudgement
    """
    named = np.array([match is not None for match in others.matches], dtype=bool)
    if not named.any():
        return groups, tuple(judged)
    hit = named[others.codes]
    rows, codes = others.rows[hit], others.codes[hit]
    judge = _Judge(law, question)
    pairs, back = np.unique(
        np.stack([groups[rows], codes.astype(np.int64)]), axis=1, return_inverse=True
    )
    answers = list(judged)
    place = np.empty(pairs.shape[1], dtype=np.int64)
    for at, (group, code) in enumerate(pairs.T.tolist()):
        match = others.matches[code]
        assert match is not None  # noqa: S101 (rows without one were left out)
        place[at] = len(answers)
        answers.append(judge.joined(judged[group], match))
    groups = groups.copy()
    groups[rows] = place[back.ravel()]
    return groups, tuple(answers)


@dataclass(frozen=True)
class _Judge:
    """Asks the regimes that block persons."""

    law: Law
    question: Question

    def joined(self, line: LineJudgement, match: Match) -> LineJudgement:
        """Return a line's answer with that on its counterparty."""
        as_of, acts = self.question.as_of, tuple(a for a in line.verdicts if a not in _ROLES)
        found = self._worst(match, line.holder, as_of, acts)
        joined = replace(
            line,
            match=match if line.match is None else line.match,
            counterparty=match,
            apart=line.status,
            now=self._later(line, match, acts, found),
            elsewhere=self._elsewhere(line, match, acts, found),
        )
        if found is None:
            return self._watched(joined, match)
        status, verdicts = _as_sure(match, found)
        return replace(
            joined,
            status=min(status, line.status, key=lambda s: STATUS_RANK[s]),
            verdicts=_worse(line.verdicts, verdicts),
            judgement=found if line.judgement is None else _with_dates(line.judgement, found),
            reasons=self._reasons(line, match, found),
        )

    def _watched(self, line: LineJudgement, match: Match) -> LineJudgement:
        """Say on which lists a counterparty is whose contracts no rule freezes."""
        key = Key.of(match.entity_id, _CONTRACT)
        lists = self.law.judge(key, line.holder, self.question.as_of).standing.listed_on
        if not lists or not match.confirmed:
            return line
        words = f"counterparty {match.entity} is on {', '.join(lists)}: no freeze of its contracts"
        status = min(Status.WATCH, line.status, key=lambda s: STATUS_RANK[s])
        return replace(line, status=status, reasons=(*line.reasons, words))

    def _worst(
        self, match: Match, holder: str, as_of: AsOf, acts: tuple[str, ...]
    ) -> Judgement | None:
        """Return the severest answer on those the counterparty may be, None when all are free."""
        ids = [match.entity_id]
        if not match.confirmed:
            ids += [c.entity_id for c in match.candidates]
        judged = [self._ask(key, holder, as_of, acts) for key in dict.fromkeys(ids)]
        worst = min(judged, key=lambda j: STATUS_RANK[j.status])
        return None if worst.status in _QUIET else worst

    def _ask(self, entity: str, holder: str, as_of: AsOf, acts: tuple[str, ...]) -> Judgement:
        """Judge a contract as property of the party; a licence that names contracts lifts that."""
        frozen = self._of_persons(Key.of(entity, _PROPERTY), holder, as_of, acts)
        contract = self._of_persons(Key.of(entity, _CONTRACT), holder, as_of, acts)
        verdicts = {
            act: contract.verdicts[act] if contract.verdicts[act].basis == "licence" else verdict
            for act, verdict in frozen.verdicts.items()
        }
        dates = tuple(dict.fromkeys((*frozen.deadlines, *contract.deadlines)))
        status = status_of(verdicts, _NOWHERE)
        return replace(frozen, verdicts=verdicts, status=status, deadlines=dates)

    def _of_persons(self, key: Key, holder: str, as_of: AsOf, acts: tuple[str, ...]) -> Judgement:
        """Return what the regimes that block persons say, and they alone."""
        found = self.law.judge(key, holder, as_of, acts)
        parts = [(r, v) for r, v in found.by_regime if self.law.regimes[r].kind == "blocking"]
        asked = dict.fromkeys((*ACTS, *acts))
        verdicts = {act: combine([v[act] for _, v in parts if act in v]) for act in asked}
        dates = tuple(d for d in found.deadlines if d.regime in {r for r, _ in parts})
        because = tuple(r for v in verdicts.values() for r in v.because)
        standing = Standing(because=tuple(dict.fromkeys(because)))
        return Judgement(key, found.status, verdicts, tuple(parts), standing, (), dates)

    def _later(
        self, line: LineJudgement, match: Match, acts: tuple[str, ...], found: Judgement | None
    ) -> KnownNow | None:
        """Return the answer with everything known since, where the counterparty changes it."""
        newest = self.law.newest_known
        if newest <= self.question.as_of.known:
            return line.now
        now = self._worst(match, line.holder, self.question.as_of.with_known(newest), acts)
        if now is None or (found is not None and now.status is found.status):
            return line.now
        status, verdicts = _as_sure(match, now)
        before = line.now or KnownNow(line.status, line.verdicts, newest)
        worst = min(status, before.status, key=lambda s: STATUS_RANK[s])
        return KnownNow(worst, _worse(before.verdicts, verdicts), newest)

    def _elsewhere(
        self, line: LineJudgement, match: Match, acts: tuple[str, ...], found: Judgement | None
    ) -> dict[str, Status]:
        """Return where an assumed holder's answer would differ, the counterparty included."""
        answers = dict(line.elsewhere)
        if not self.question.holder_assumed:
            return answers
        for holder in _ELSEWHERE:
            other = self._worst(match, holder, self.question.as_of, acts)
            before = answers.get(holder, line.status)
            if other is not None:
                status = other.status if match.confirmed else Status.REVIEW
                answers[holder] = min(status, before, key=lambda s: STATUS_RANK[s])
            elif found is not None:
                answers[holder] = before
        return answers

    def _reasons(self, line: LineJudgement, match: Match, found: Judgement) -> tuple[str, ...]:
        first, *rest = sentences(self.law, found)
        words = [f"counterparty {match.entity}: {first}", match.evidence, *rest]
        if not match.confirmed:
            words[0] = f"a person must confirm or reject the counterparty {match.entity}: {first}"
        ahead = STATUS_RANK[found.status] < STATUS_RANK[line.status]
        own = line.reasons
        return (*words, *own) if ahead or not match.confirmed else (*own, *words)


def _with_dates(own: Judgement, found: Judgement) -> Judgement:
    return replace(own, deadlines=tuple(dict.fromkeys((*own.deadlines, *found.deadlines))))


def _worse(one: Mapping[str, Verdict], other: Mapping[str, Verdict]) -> dict[str, Verdict]:
    """Return the severer answer to each act; the first where they are equally severe."""
    return {
        act: min((v, other[act]), key=lambda a: SEVERITY[a.outcome]) if act in other else v
        for act, v in one.items()
    }


def _as_sure(match: Match, found: Judgement) -> tuple[Status, Mapping[str, Verdict]]:
    """Return status and verdicts; for a person to decide where the counterparty is not certain."""
    if match.confirmed:
        return found.status, found.verdicts
    return Status.REVIEW, {act: _undecided(match, v) for act, v in found.verdicts.items()}


def _undecided(match: Match, verdict: Verdict) -> Verdict:
    if verdict.outcome in _FREE:
        return verdict
    needs = (f"whether the counterparty is {match.entity}",)
    return replace(verdict, outcome=Outcome.REVIEW, basis="identity", needs=needs, report_due=None)
