"""A docket as a state machine: what a court may do, when, and with what probability.

Sessions count from 0. A holder trades in session t, then the transition `P[t]` decides the state
of session t + 1, so a ruling "before session k" is the transition k - 1.

Two beliefs are kept apart. *Market-implied* probabilities price the jumps: the expected jump is
zero, so the tool invents no alpha. A *user's view* changes the probabilities and keeps the
market's jumps; every result made with it says so.

References
----------
Competing hazards and scheduled outcomes share one inhomogeneous Markov chain. The mathematics of
a random horizon is not new (Yang, Ching, Gu and Wong 2017); its use for ban rulings is ours.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from analyzer.core.errors import QueryError

Array = NDArray[np.float64]


class CourtState(IntEnum):
    """Where a challenge to a listing stands."""

    PENDING = 0  # suit or petition open, ban in force
    ENJOINED = 1  # TRO or preliminary injunction, ban suspended
    LOST = 2  # judgment for the government, appeal possible
    APPEAL = 3  # on appeal, ban in force
    REPRIEVED = 4  # vacated or reversed by a court
    REMOVED = 5  # taken off by the agency or by settlement
    RELISTED = 6  # listed again after relief
    UPHELD = 7  # final loss
    WINDOW_END = 8  # the sale window closed with the ban in force


STATES = len(CourtState)

FREE = frozenset({CourtState.ENJOINED, CourtState.REPRIEVED, CourtState.REMOVED})
"""States in which the ban does not bind."""

_S = CourtState
MOVES: Mapping[CourtState, frozenset[CourtState]] = {
    _S.PENDING: frozenset({_S.ENJOINED, _S.LOST, _S.REPRIEVED, _S.REMOVED}),
    # An injunction that ends without a judgment leaves the case pending.
    _S.ENJOINED: frozenset({_S.REPRIEVED, _S.LOST, _S.APPEAL, _S.REMOVED, _S.PENDING}),
    _S.LOST: frozenset({_S.APPEAL, _S.UPHELD, _S.REMOVED}),
    _S.APPEAL: frozenset({_S.REPRIEVED, _S.ENJOINED, _S.UPHELD, _S.REMOVED}),
    _S.REPRIEVED: frozenset({_S.RELISTED, _S.LOST}),
    _S.REMOVED: frozenset({_S.RELISTED}),
    _S.RELISTED: frozenset({_S.PENDING, _S.REMOVED}),
    _S.UPHELD: frozenset({_S.REMOVED}),
    # A locked holding may still be freed; that a court frees it late does not reopen the past.
    _S.WINDOW_END: frozenset({_S.ENJOINED, _S.REPRIEVED, _S.REMOVED}),
}
"""Moves a hazard or ruling may make; the window end is added by date, not by chance."""


class View(StrEnum):
    """Whose probabilities a model carries."""

    MARKET = "market"
    USER = "user"
    BASE_RATE = "base-rate"


@dataclass(frozen=True, slots=True)
class Hazard:
    """A move that may happen after any session, with a constant chance per session."""

    source: CourtState
    target: CourtState
    per_session: float
    basis: str


@dataclass(frozen=True, slots=True)
class Ruling:
    """A decision on a docket in `source`; what its outcomes lack to 1 leaves the state as it is.

    Parameters
    ----------
    session
        It comes before this session; None when it may come after any, with chance
        `per_session` each.
    moves
        Price moves by state reached, fractions; they take the place of the model's jumps for
        this ruling, and may name `source` itself for a decision that changes nothing.
    """

    source: CourtState
    session: int | None
    outcomes: tuple[tuple[CourtState, float], ...]
    basis: str
    per_session: float = 0.0
    moves: tuple[tuple[CourtState, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Jump:
    """Price change on a move, a fraction of the price before (+0.08 is +8 %)."""

    source: CourtState
    target: CourtState
    fraction: float
    basis: str


@dataclass(frozen=True, slots=True)
class CourtModel:
    """One docket: chances, price jumps, and the session from which selling is barred.

    Parameters
    ----------
    docket
        Its name; also the key of its random numbers, so that adding a docket leaves the
        draws of the others unchanged.
    start
        State in session 0.
    hazards, rulings, jumps
        At most one ruling per source and session; a ruling replaces the hazards of its source
        at that transition.
    window_end
        First session in which a sale is barred while the ban binds; None when it lies beyond
        the horizon.
    view
        Whose probabilities these are.
    """

    docket: str
    start: CourtState
    hazards: tuple[Hazard, ...] = ()
    rulings: tuple[Ruling, ...] = ()
    jumps: tuple[Jump, ...] = ()
    window_end: int | None = None
    view: View = View.MARKET

    def __post_init__(self) -> None:
        for hazard in self.hazards:
            _check_move(self.docket, hazard.source, hazard.target)
        for jump in self.jumps:
            _check_move(self.docket, jump.source, jump.target)
        for ruling in self.rulings:
            _check_ruling(self.docket, ruling)
        undated = [r for r in self.rulings if r.session is None]
        for state in CourtState:
            chances = [h.per_session for h in self.hazards if h.source == state]
            chances += [r.per_session for r in undated if r.source == state]
            _check_chances(self.docket, chances)
        dates = sorted((r.source, r.session) for r in self.rulings if r.session is not None)
        if any(a == b for a, b in pairwise(dates)):
            raise QueryError(f"{self.docket}: two rulings on one state before one session")

    def sources(self) -> tuple[str, ...]:
        """Where each number comes from, in reading order."""
        bases = [hazard.basis for hazard in self.hazards]
        bases += [ruling.basis for ruling in self.rulings]
        bases += [jump.basis for jump in self.jumps]
        return tuple(dict.fromkeys(bases))


def _check_ruling(docket: str, ruling: Ruling) -> None:
    if ruling.session is not None and ruling.session < 1:
        raise QueryError(f"{docket}: a ruling before session {ruling.session} is past")
    for target, _ in ruling.outcomes:
        _check_move(docket, ruling.source, target)
    for target, _ in ruling.moves:
        if target is not ruling.source:
            _check_move(docket, ruling.source, target)
    _check_chances(docket, [p for _, p in ruling.outcomes])


def _check_move(docket: str, source: CourtState, target: CourtState) -> None:
    if target not in MOVES[source]:
        raise QueryError(f"{docket}: {source.name} cannot become {target.name}")


def _check_chances(docket: str, chances: list[float]) -> None:
    if any(not 0.0 <= p <= 1.0 for p in chances) or sum(chances) > 1.0 + 1e-12:
        raise QueryError(f"{docket}: chances {chances} are not a distribution")


def transitions(model: CourtModel, sessions: int) -> Array:
    """Return the transition matrices, shape (sessions, STATES, STATES), rows summing to 1."""
    base = np.zeros((STATES, STATES))
    for hazard in model.hazards:
        base[hazard.source, hazard.target] += hazard.per_session
    for ruling in model.rulings:
        if ruling.session is None:
            for target, chance in ruling.outcomes:
                base[ruling.source, target] += ruling.per_session * chance
    _stay(base)
    matrices = np.repeat(base[None], sessions, axis=0)
    for ruling in model.rulings:
        if ruling.session is None or ruling.session > sessions:
            continue
        row = matrices[ruling.session - 1, ruling.source]
        row[:] = 0.0
        for target, chance in ruling.outcomes:
            row[target] += chance
        row[ruling.source] += 1.0 - row.sum()
    end = model.window_end
    if end is not None and 1 <= end <= sessions:
        matrices[end - 1] = matrices[end - 1] @ _closing()
    return matrices


def _stay(matrix: Array) -> None:
    np.fill_diagonal(matrix, 0.0)
    np.fill_diagonal(matrix, 1.0 - matrix.sum(axis=1))


def _closing() -> Array:
    """Return the deterministic move of every binding state to the window end."""
    closing = np.zeros((STATES, STATES))
    for state in CourtState:
        closing[state, state if state in FREE else CourtState.WINDOW_END] = 1.0
    return closing


def occupancy(matrices: Array, start: CourtState) -> Array:
    """Return the chance of each state in sessions 0..T, shape (T + 1, STATES)."""
    chance = np.zeros((len(matrices) + 1, STATES))
    chance[0, start] = 1.0
    for t, matrix in enumerate(matrices):
        chance[t + 1] = chance[t] @ matrix
    return chance


def price_jumps(model: CourtModel, sessions: int, *, consistent: bool = True) -> Array:
    """Return jumps as fractions of the price, shape (sessions, STATES, STATES).

    With `consistent` (the default) each row is recentred so that its expectation under the
    model's own probabilities is zero; a row that is already fair is unchanged.
    """
    table = np.zeros((STATES, STATES))
    for jump in model.jumps:
        table[jump.source, jump.target] = jump.fraction
    matrices = transitions(model, sessions)
    jumps = np.broadcast_to(table, matrices.shape).copy()
    # Undated rulings first: a dated one takes their place in its session.
    for ruling in sorted(model.rulings, key=lambda r: r.session is not None):
        at = slice(None) if ruling.session is None else slice(ruling.session - 1, ruling.session)
        for target, size in ruling.moves:
            jumps[at, ruling.source, target] = size
    end = model.window_end
    if end is not None and 1 <= end <= sessions:
        # The court's move comes first, the closing of the window has no price of its own: the
        # jump into WINDOW_END is the mean over the moves that lead there.
        open_ended = transitions(replace(model, window_end=None), sessions)[end - 1]
        closing = _closing()
        moved = (open_ended * jumps[end - 1]) @ closing
        weight = open_ended @ closing
        jumps[end - 1] = np.divide(moved, weight, out=np.zeros_like(moved), where=weight > 0)
    if consistent:
        jumps -= np.einsum("tij,tij->ti", matrices, jumps)[:, :, None]
    return jumps


@dataclass(frozen=True, slots=True)
class Belief:
    """Arrays of one docket: whose probabilities, and the jumps the market prices.

    Parameters
    ----------
    matrices
        (T, STATES, STATES), probabilities of the view.
    jumps
        (T, STATES, STATES), fractions of price, fair under the *market's* probabilities.
    expected_jump
        (T, STATES): zero under the market's view; a user's view shows its alpha here.
    """

    docket: str
    start: CourtState
    view: View
    matrices: Array
    jumps: Array
    expected_jump: Array
    sources: tuple[str, ...]


def belief(
    market: CourtModel, sessions: int, *, user: CourtModel | None = None, consistent: bool = True
) -> Belief:
    """Return the arrays of a docket under the market's view, or under a user's beside it.

    Raises
    ------
    QueryError
        When the user's model is of another docket or starts elsewhere.
    """
    view = user or market
    if (view.docket, view.start) != (market.docket, market.start):
        raise QueryError(f"the view of {view.docket} does not fit the market model {market.docket}")
    jumps = price_jumps(market, sessions, consistent=consistent)
    matrices = transitions(view, sessions)
    return Belief(
        docket=market.docket,
        start=market.start,
        view=view.view,
        matrices=matrices,
        jumps=jumps,
        expected_jump=np.einsum("tij,tij->ti", matrices, jumps),
        sources=tuple(dict.fromkeys((*market.sources(), *view.sources()))),
    )


def with_relief(model: CourtModel, probability: float, *, view: View, basis: str) -> CourtModel:
    """Return the model with every ruling's chance of relief set to `probability`.

    The split among relieving outcomes, and among the others, keeps its proportions; hazards
    are left alone.

    Raises
    ------
    QueryError
        When a ruling offers no relieving outcome to carry the probability, or no other.
    """
    rulings = tuple(_with_relief(model.docket, r, probability, basis) for r in model.rulings)
    return replace(model, rulings=rulings, view=view)


def _with_relief(docket: str, ruling: Ruling, probability: float, basis: str) -> Ruling:
    relief = sum(p for state, p in ruling.outcomes if state in FREE)
    if ruling.source in FREE:  # to leave an injunction in place is relief too
        relief += 1.0 - sum(p for _, p in ruling.outcomes)
    rest = 1.0 - relief
    if (relief <= 0.0 < probability) or (rest <= 0.0 and probability < 1.0):
        raise QueryError(f"{docket}: the ruling before {ruling.session} lacks an outcome to weigh")
    up = probability / relief if relief > 0 else 0.0
    down = (1.0 - probability) / rest if rest > 0 else 0.0
    outcomes = [(state, p * (up if state in FREE else down)) for state, p in ruling.outcomes]
    # The weight of "no decision" scales with the others and stays implicit.
    return replace(ruling, outcomes=tuple(outcomes), basis=basis)


def scheduled(
    docket: str,
    session: int,
    probability: float,
    *,
    basis: str,
    relief: CourtState = CourtState.REPRIEVED,
    jumps: tuple[float, float] | None = None,
    window_end: int | None = None,
    view: View = View.MARKET,
) -> CourtModel:
    """Return a pending docket with one ruling before `session`.

    Parameters
    ----------
    probability
        Chance of relief.
    jumps
        Price moves (on relief, on loss), fractions.
    """
    start, lost = CourtState.PENDING, CourtState.LOST
    outcomes = ((relief, probability), (lost, 1.0 - probability))
    moves: Iterable[tuple[CourtState, float]] = (
        () if jumps is None else zip((relief, lost), jumps, strict=True)
    )
    return CourtModel(
        docket=docket,
        start=start,
        rulings=(Ruling(start, session, outcomes, basis),),
        jumps=tuple(Jump(start, state, size, basis) for state, size in moves),
        window_end=window_end,
        view=view,
    )


def per_session(probability: float, sessions: int) -> float:
    """Return the constant hazard that reaches `probability` within `sessions`."""
    if not (0.0 <= probability <= 1.0 and sessions >= 1):
        raise QueryError(f"no hazard gives probability {probability} within {sessions} sessions")
    return float(1.0 - (1.0 - probability) ** (1.0 / sessions))
