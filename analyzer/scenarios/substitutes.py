"""What the portfolio holds instead: its own long lines without those that may not be bought."""

from dataclasses import dataclass

import numpy as np

from analyzer.core.errors import AnalyzerError
from analyzer.core.matching import MatchKind
from analyzer.core.verdict import Status
from analyzer.exposure import LineJudgement
from analyzer.scenarios.book import Book
from analyzer.scenarios.impact import FloatArray
from analyzer.scenarios.replacement import (
    Basket,
    Comparison,
    Method,
    Reach,
    Rules,
    Universe,
    measure,
    replace_banned,
)
from analyzer.scenarios.spec import Scenario

_BARRED = frozenset(
    {
        Status.BLOCKED,
        Status.LOCKED,
        Status.SELL_WINDOW,
        Status.RESTRICTED,
        Status.UPCOMING,
        # Where a purchase is not known to be lawful, a name is no replacement.
        Status.REVIEW,
        Status.UNKNOWN,
    }
)
_WATCHED = frozenset({Status.WATCH, Status.SUSPENDED})


@dataclass(frozen=True, slots=True)
class Substitutes:
    """The three baskets, the names they are of, and what limits the comparison.

    Parameters
    ----------
    names
        (N,) of the universe, in the order of the weights.
    value
        Of the universe, base currency.
    countries
        Words behind the codes of country drift.
    current
        The portfolio as it is, measured alike.
    """

    names: tuple[str, ...]
    value: float
    countries: tuple[str, ...]
    comparison: Comparison
    current: Basket
    messages: tuple[str, ...]


def reach_of(answer: LineJudgement) -> Reach:
    """Return how firmly a line is out of reach as a replacement."""
    if answer.status in _BARRED:
        affiliate = answer.match is not None and answer.match.kind is MatchKind.AFFILIATE
        return Reach.AFFILIATE if affiliate else Reach.DESIGNATED
    return Reach.WATCH if answer.status in _WATCHED else Reach.FREE


def substitutes(book: Book, scenario: Scenario) -> Substitutes | str | None:
    """Compare the uses of the proceeds; words where nothing is left to hold."""
    asked = scenario.replacement
    if asked is None:
        return None
    at = np.flatnonzero((book.value > 0) & ~book.cash)
    reach = np.array([reach_of(book.judged[i]) for i in at], dtype=np.int64)
    words = ["the target is the portfolio itself; no line outside it is proposed"]
    words.append("the holdings file has no sector column: sector drift is not measured")
    aside = int((~(book.value > 0) & ~book.cash).sum())
    if aside:
        words.append(f"{aside} lines that are short or without a value are left out")
    if not (reach < Reach.AFFILIATE).any():
        return "replacement: no line is left that may be bought"
    universe, countries = _universe(book, scenario, at, reach)
    rules = Rules(
        exclude_watch=asked.exclude_watch,
        country_band=asked.country_band,
        turnover_limit=asked.turnover_limit,
        max_names=asked.max_names,
    )
    try:
        comparison = replace_banned(universe, rules)
    except AnalyzerError as error:
        return f"replacement: {error}"
    return Substitutes(
        tuple(book.names[i] for i in at),
        float(book.value[at].sum()),
        countries,
        comparison,
        measure(universe, universe.held, Method.PRO_RATA),
        tuple(words),
    )


def _universe(
    book: Book, scenario: Scenario, at: np.ndarray, reach: np.ndarray
) -> tuple[Universe, tuple[str, ...]]:
    weights: FloatArray = book.value[at] / book.value[at].sum()
    sigma = book.volatility(scenario.market.rest_volatility)[at]
    rho = scenario.market.correlation
    asked = scenario.replacement
    words = sorted({book.countries[i] for i in at})
    codes = {word: n for n, word in enumerate(words)}
    universe = Universe(
        target=weights,
        held=weights,
        factors=(np.sqrt(rho) * sigma)[:, None],
        idiosyncratic=np.sqrt(1.0 - rho) * sigma,
        reach=reach,
        sector=np.zeros(len(at), dtype=np.int64),
        country=np.array([codes[book.countries[i]] for i in at], dtype=np.int64),
        cost=np.full(len(at), (asked.cost_bp if asked else 0.0) / 1e4),
    )
    return universe, tuple(words)
