"""The words of a question, and the grade of an answer's sources."""

from collections.abc import Iterable, Mapping

from analyzer.core.entities import Grade
from analyzer.core.errors import QueryError
from analyzer.core.events import Citation
from analyzer.core.verdict import Key, Verdict
from analyzer.law.replay import Record
from analyzer.law.spec import Vocabulary

_GRADES = {grade.value: rank for rank, grade in enumerate(Grade)}


def refuse_unknown(words: Vocabulary, key: Key, holder: str, acts: Iterable[str]) -> None:
    """Refuse words outside the vocabulary.

    Raises
    ------
    QueryError
        Naming the word and the ones that exist.
    """
    asked = (
        *(("act", act, words.acts) for act in acts),
        ("holder", holder, words.holders),
        ("instrument", key.instrument, words.instruments),
        *(("fact", fact, words.facts) for fact, _ in key.facts),
    )
    for what, word, known in asked:
        if word not in known:
            raise QueryError(f"unknown {what} {word!r}; known: {', '.join(known)}")


def weakest_grade(citations: Mapping[str, Citation], record: Record, verdict: Verdict) -> str:
    """Return the weakest grade among the sources a verdict rests on."""
    cites = list(verdict.cites)
    for reason in verdict.because:
        event = record.by_id.get(reason)
        if event is not None:
            cites += event.cites
    grades = [citations[c].grade.value for c in cites if c in citations]
    return max(grades, key=_GRADES.__getitem__, default="")
