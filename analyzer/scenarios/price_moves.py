"""The stated price move beside the structural one, line by line.

A preset is a range chosen from cases; the structural move follows from how much barred holders
must sell against what trades. Neither is an estimate; a reader sees both.
"""

from dataclasses import dataclass

import numpy as np

from analyzer.core.verdict import Status
from analyzer.scenarios.book import Book
from analyzer.scenarios.impact import FloatArray, SigmaRet
from analyzer.scenarios.selldown import SellDown, stated
from analyzer.scenarios.shocks import Shock, ShockCase, shock_presets, structural_shock
from analyzer.scenarios.spec import Scenario

_QUIET = frozenset({Status.NO_MATCH, Status.WATCH, Status.RELEASED})


@dataclass(frozen=True, slots=True)
class LineMove:
    """One line: the stated move, the structural one, and what the latter is made of.

    Parameters
    ----------
    value
        What moves, base currency: the value held; of a derivative its exposure to the underlying,
        at the bound that loses more.
    stated, structural
        Returns; None where nothing is stated, or volume or volatility is not known.
    forced, volume
        Shares that barred holders must sell, and shares per session.
    basis
        Where `forced` comes from.
    """

    name: str
    value: float
    stated: float | None
    structural: float | None
    forced: float | None
    volume: float | None
    basis: str


@dataclass(frozen=True, slots=True)
class PriceMoves:
    """Lines hit, the loss of the stated move, and the presets around it with their cases.

    `loss` is in base currency, negative for a gain, None where no move is stated.
    """

    lines: tuple[LineMove, ...]
    loss: float | None
    presets: tuple[Shock, ...]
    cases: tuple[ShockCase, ...]


def price_moves(book: Book, built: SellDown | None, scenario: Scenario) -> PriceMoves:
    """Return both moves on the names the events are about, or on all that are touched."""
    about = {target for event in scenario.events for target in event.targets}
    hit = [
        i
        for i, answer in enumerate(book.judged)
        if answer.match is not None
        and not answer.only_counterparty
        and (answer.match.entity_id in about or (not about and answer.own_status not in _QUIET))
    ]
    move = scenario.market.shock
    lines = tuple(_line(book, i, built, scenario) for i in hit)
    presets = _presets(scenario)
    cases = {case.case: case for shock in presets for case in shock.cases}
    loss = None if move is None else float(np.nansum([-move * line.value for line in lines]))
    return PriceMoves(lines, loss, presets, tuple(cases.values()))


def _presets(scenario: Scenario) -> tuple[Shock, ...]:
    """Return all severities of the preset the scenario names."""
    kind = scenario.market.shock_kind
    if not kind:
        return ()
    return tuple(shock for shock in shock_presets() if shock.event_type == kind)


def _line(book: Book, at: int, built: SellDown | None, scenario: Scenario) -> LineMove:
    answer, market = book.judged[at], scenario.market
    volume, sigma = float(book.volume[at]), float(book.sigma[at])
    known = np.isfinite(volume) and np.isfinite(sigma) and volume > 0
    entity = answer.match.entity_id if answer.match else ""
    forced, basis = stated(market.forced, book.isins[at], entity), "stated in the scenario"
    if forced is None:
        forced = float(book.shares[at])
        basis = "this holding alone"
        if market.crowding and known:
            forced += market.crowding * volume * _sessions(built, book.isins[at])
            basis = "this holding and what others sell beside it through the window"
    index = sum(f.shares for f in market.index_flow if f.line in (book.isins[at], entity))
    if index:
        forced, basis = forced + index, f"{basis}, and index funds"
    ready = known and np.isfinite(forced) and forced > 0 and not book.derivative[at]
    structural = (
        structural_shock(forced, volume, SigmaRet(sigma), scenario.sale.policy.sqrt_y)
        if ready
        else None
    )
    return LineMove(
        book.names[at],
        _exposed(book, at, market.shock),
        market.shock,
        structural,
        forced if ready else None,
        volume if known else None,
        basis if ready else "volume, volatility or quantity is not known",
    )


def _exposed(book: Book, at: int, move: float | None) -> float:
    """Return what the move bears on.

    Of a derivative the bound that loses more by it; a bought option loses at most its value.
    """
    value = float(book.value[at])
    if not book.derivative[at]:
        return value
    low, high = float(book.low[at]), float(book.high[at])
    if not move:
        return high
    bound = low if move > 0 else high
    if low < high and value > 0.0 and -move * bound > value:
        return -value / move
    return bound


def _sessions(built: SellDown | None, isin: str) -> float:
    """Return the full sessions in which others can sell the line before its window closes."""
    if built is None:
        return 0.0
    weights: FloatArray = built.when.open_weight * built.when.legal_weight
    found = [row.sum() for p, row in zip(built.positions, weights, strict=True) if p.isin == isin]
    return float(found[0]) if found else 0.0
