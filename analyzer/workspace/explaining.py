"""Why an answer is what it is, for front ends: the fold, and what single thing would turn it."""

from analyzer.core.verdict import Key, Verdict
from analyzer.exposure import Answer, Question
from analyzer.law import Flip, Step
from analyzer.service import World


def explain(
    world: World, key: Key, act: str, question: Question
) -> tuple[Verdict, tuple[Step, ...], tuple[Flip, ...]]:
    """Return the answer to one act, the fold that leads to it, and what would turn it.

    Raises
    ------
    QueryError
        For a word outside the vocabulary.
    """
    law = world.under(question)
    steps = law.explain(key, act, question.holder, question.as_of)
    verdict = law.verdict(key, act, question.holder, question.as_of)
    return verdict, steps, law.flips(key, act, question.holder, question.as_of)


def flips_of(world: World, answer: Answer) -> dict[str, tuple[Flip, ...]]:
    """Return, for each act of an answer, every single thing that would turn it."""
    if answer.judgement is None:
        return dict.fromkeys(answer.acts, ())
    law, question = world.under(answer.question), answer.question
    key = answer.judgement.key
    return {act: law.flips(key, act, question.holder, question.as_of) for act in answer.acts}
