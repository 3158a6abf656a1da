"""What the portfolio holds instead: its own long lines without those that may not be bought."""

import re
from collections.abc import Mapping, Sequence
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
    IntArray,
    Method,
    Reach,
    Rules,
    Universe,
    by_group,
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
NO_SECTOR = "not stated"
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
    countries, sectors
        Weight now, by the words behind the codes of country and of sector drift; no sectors where
        the file prints none.
    current
        The portfolio as it is, measured alike.
    """

    names: tuple[str, ...]
    value: float
    countries: Mapping[str, float]
    sectors: Mapping[str, float]
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
    at = np.flatnonzero((book.value > 0) & ~book.cash & ~book.derivative)
    reach = np.array([reach_of(book.judged[i]) for i in at], dtype=np.int64)
    words = ["the target is the portfolio itself; no line outside it is proposed"]
    words += _about_sectors(book, at)
    aside = int((~book.cash).sum()) - len(at)
    if aside:
        words.append(f"{aside} lines that are short, derivatives or without a value are left out")
    if not (reach < Reach.AFFILIATE).any():
        return "replacement: no line is left that may be bought"
    universe, countries, sectors = _universe(book, scenario, at, reach)
    rules = Rules(
        exclude_watch=asked.exclude_watch,
        sector_band=asked.sector_band,
        country_band=asked.country_band,
        turnover_limit=asked.turnover_limit,
        max_names=asked.max_names,
    )
    if asked.sector_band is not None and not sectors:
        return "replacement: sector_band needs a holdings file with a sector column"
    try:
        comparison = replace_banned(universe, rules)
    except AnalyzerError as error:
        return f"replacement: {_in_words(str(error), sectors, countries)}"
    return Substitutes(
        tuple(book.names[i] for i in at),
        float(book.value[at].sum()),
        _weights(countries, universe.country, universe.held),
        _weights(sectors, universe.sector, universe.held),
        comparison,
        measure(universe, universe.held, Method.PRO_RATA),
        tuple(words),
    )


def _weights(words: Sequence[str], codes: IntArray, weights: FloatArray) -> dict[str, float]:
    return dict(zip(words, by_group(codes, weights).tolist(), strict=False))


def _about_sectors(book: Book, at: np.ndarray) -> list[str]:
    """Say which lines take no part in sector figures as themselves."""
    without = sum(not book.sectors[i] for i in at)
    if without == len(at):
        return ["the holdings file has no sector column: sector drift is not measured"]
    if without:
        return [f"{without} lines state no sector and count as one: {NO_SECTOR}"]
    return []


def _in_words(text: str, sectors: tuple[str, ...], countries: tuple[str, ...]) -> str:
    """Put the names of groups in place of their codes."""
    named = {"sector": sectors, "country": countries}
    return re.sub(r"\b(sector|country) (\d+)\b", lambda m: f"{m[1]} {named[m[1]][int(m[2])]}", text)


def _coded(words: Sequence[str]) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return integer codes and the distinct words behind them, sorted."""
    distinct, codes = np.unique(np.array(words, dtype=object).astype(str), return_inverse=True)
    return codes.astype(np.int64), tuple(distinct.tolist())


def _universe(
    book: Book, scenario: Scenario, at: np.ndarray, reach: np.ndarray
) -> tuple[Universe, tuple[str, ...], tuple[str, ...]]:
    """Return the names that may be held, with the words behind country and sector codes."""
    weights: FloatArray = book.value[at] / book.value[at].sum()
    sigma = book.volatility(scenario.market.rest_volatility)[at]
    rho = scenario.market.correlation
    asked = scenario.replacement
    country, countries = _coded([book.countries[i] for i in at])
    sector, sectors = _coded([book.sectors[i] or NO_SECTOR for i in at])
    universe = Universe(
        target=weights,
        held=weights,
        factors=(np.sqrt(rho) * sigma)[:, None],
        idiosyncratic=np.sqrt(1.0 - rho) * sigma,
        reach=reach,
        sector=sector,
        country=country,
        cost=np.full(len(at), (asked.cost_bp if asked else 0.0) / 1e4),
    )
    return universe, countries, () if sectors == (NO_SECTOR,) else sectors
