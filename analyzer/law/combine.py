"""Putting answers together: by severity, with every reason kept."""

from collections.abc import Sequence
from dataclasses import replace

from analyzer.core.asof import END_OF_TIME
from analyzer.core.events import LegalEvent
from analyzer.core.verdict import PROHIBITIONS, SEVERITY, Outcome, Verdict
from analyzer.law.spec import Regime


def strictest(answers: Sequence[Verdict]) -> Verdict:
    """Return the severest answer; among equals the one that ends first, then the first."""
    if len(answers) == 1:
        return answers[0]
    return min(answers, key=lambda v: (SEVERITY[v.outcome], v.until or END_OF_TIME))


def combine(answers: Sequence[Verdict]) -> Verdict:
    """Combine the answers of several regimes.

    A regime that only does not bind the holder leaves the act `permitted`; what a rule says is
    outside it stays `not_applicable`.
    """
    if not answers:
        return Verdict(Outcome.PERMITTED)
    worst = merge(answers)
    if worst.outcome is Outcome.NOT_APPLICABLE and not worst.cites:
        return replace(worst, outcome=Outcome.PERMITTED)
    return worst


def merge(answers: Sequence[Verdict]) -> Verdict:
    """Let the severest answer stand, with every reason kept.

    Conditions and needs are kept from every answer as severe as the one that stands.
    """
    worst = strictest(answers)
    if len(answers) == 1:
        return worst
    equals = [worst, *(a for a in answers if a.outcome is worst.outcome)]
    ordered = [*equals, *(a for a in answers if a.outcome is not worst.outcome)]
    return replace(
        worst,
        because=_union(ordered, "because"),
        cites=_union(equals, "cites"),
        conditions=_union(equals, "conditions"),
        needs=_union(equals, "needs"),
        questions=_union(ordered, "questions"),
        stale=any(a.stale for a in answers),
    )


def _union(answers: Sequence[Verdict], name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(item for a in answers for item in getattr(a, name)))


def ask(event: LegalEvent, regime: Regime, answers: list[Verdict]) -> list[Verdict]:
    """Return the answers as an open question leaves them.

    `review` and `unknown` take the place of a permission; a prohibition stands. `lapse` asks
    whether the ban still stands: what is permitted under it is permitted either way. A question
    that a reading answered with `permitted` is only noted.
    """
    effect = str(event.params.get("effect", "unknown"))
    if effect in ("lapse", Outcome.PERMITTED):
        return [
            replace(a, questions=(*a.questions, event.id), because=(*a.because, event.id))
            if a.outcome in PROHIBITIONS or effect != "lapse"
            else a
            for a in answers
        ]
    if any(a.outcome in PROHIBITIONS for a in answers):
        return [replace(a, questions=(*a.questions, event.id)) for a in answers]
    return [
        Verdict(
            Outcome(effect),
            regime=regime.id,
            basis="question",
            because=_union([Verdict(Outcome.REVIEW, because=(event.id,)), *answers], "because"),
            cites=event.cites,
            questions=(event.id,),
            needs=(event.text,),
        )
    ]
