"""Checking the sentences of a lawyer against the engine."""

from collections.abc import Iterable

from analyzer.core.asof import AsOf, parse_instant
from analyzer.core.errors import AnalyzerError
from analyzer.core.verdict import Key
from analyzer.law.load import Expectation
from analyzer.law.parse import fact_value
from analyzer.law.query import Law


def failed_expectations(law: Law, expectations: Iterable[Expectation]) -> tuple[str, ...]:
    """Return one line per expectation the law does not meet: file, line, name, difference.

    Parameters
    ----------
    law
        The law they are asked of, with every list.
    expectations
        From regimes and dockets.
    """
    stripped: Law | None = None
    failures: list[str] = []
    for one in expectations:
        asked = law
        if one.without_rulings:
            stripped = stripped or law.without_rulings()
            asked = stripped
        if one.reading:
            asked = asked.reading(one.reading)
        try:
            problem = _difference(asked, one)
        except AnalyzerError as error:
            problem = str(error)
        if problem:
            failures.append(f"{one.where}: {one.name}: {problem}")
    return tuple(failures)


def key_of(law: Law, one: Expectation) -> Key:
    """Return the key an expectation asks about."""
    kinds = law.vocabulary.facts
    facts = {name: fact_value(kinds.get(name, "text"), given) for name, given in one.facts}
    return Key.of(one.target, one.instrument, facts)


def _difference(law: Law, one: Expectation) -> str:
    judgement = law.judge(key_of(law, one), one.holder, AsOf.of(one.on, one.known), (one.act,))
    verdict = judgement.verdicts[one.act]
    found: list[str] = []
    if verdict.outcome != one.outcome:
        found.append(f"{one.act} is {verdict.outcome}, expected {one.outcome}")
    if one.until is not None and verdict.until != parse_instant(one.until):
        found.append(f"until {verdict.until}, expected {one.until}")
    if one.status is not None and judgement.status != one.status:
        found.append(f"status {judgement.status}, expected {one.status}")
    return "; ".join(found)
