"""A docket with several rulings, one after another, as the chain that every method takes.

A temporary order and a preliminary injunction suspend the ban; refused, they leave the case
pending. A judgment on the merits ends in relief or in loss, from wherever the case stands. A loser
appeals or the loss is final, one session later. After relief the name may be listed again. A
ruling of a stage that the docket is not in passes without effect.

The same arrays feed the dynamic programme, the enumeration and the draws.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from analyzer.core.errors import QueryError
from analyzer.scenarios.base_rates import BaseRate, Stage, appeal_rate, base_rate
from analyzer.scenarios.courts import (
    FREE,
    Belief,
    CourtModel,
    CourtState,
    Hazard,
    Ruling,
    View,
    belief,
    occupancy,
)
from analyzer.scenarios.implied import fair_loss_jump
from analyzer.scenarios.spec import Court

_S = CourtState
_OUTCOMES: Mapping[Stage, tuple[tuple[CourtState, CourtState, CourtState], ...]] = {
    Stage.TRO: ((_S.PENDING, _S.ENJOINED, _S.PENDING),),
    Stage.PRELIMINARY: (
        (_S.PENDING, _S.ENJOINED, _S.PENDING),
        (_S.ENJOINED, _S.ENJOINED, _S.PENDING),
    ),
    Stage.MERITS: (
        (_S.PENDING, _S.REPRIEVED, _S.LOST),
        (_S.ENJOINED, _S.REPRIEVED, _S.LOST),
    ),
    Stage.APPEAL: ((_S.APPEAL, _S.REPRIEVED, _S.UPHELD),),
}
"""By stage: the state a docket is in, where relief leads, and where refusal leads."""

_OPEN = (_S.PENDING, _S.ENJOINED, _S.APPEAL)
"""States in which the agency may still take the name off before a court decides."""


@dataclass(frozen=True, slots=True)
class Step:
    """One ruling that is waited for, with the chance that is used.

    Parameters
    ----------
    stage
        None for a ruling of which only the outcome is stated; it then decides the merits.
    day, hazard
        The day it is expected, or the chance per session that it comes.
    relief
        Chance of relief; `rate` is the base rate it comes from, if any.
    move
        Price move on relief, fraction.
    market_relief
        Chance of relief that prices imply; None where prices agree with `relief`.
    """

    stage: Stage | None
    day: date | None
    hazard: float
    relief: float
    rate: BaseRate | None
    move: float
    market_relief: float | None

    @property
    def basis(self) -> str:
        """Where the chance comes from, in words."""
        return f"base rate {self.rate}" if self.rate else "stated in the scenario"


@dataclass(frozen=True, slots=True)
class CourtPath:
    """A court of a scenario with every chance settled.

    Parameters
    ----------
    steps
        Rulings in order.
    appeal
        Chance that a loser appeals; `appeal_basis` is the base rate it comes from, if any.
        None when no appeal is modelled: a loss is then the end.
    """

    court: Court
    steps: tuple[Step, ...]
    appeal: float | None
    appeal_basis: BaseRate | None

    @property
    def single(self) -> bool:
        """Whether there is one ruling of no stated stage, from a pending docket."""
        return len(self.steps) == 1 and self.steps[0].stage is None

    @property
    def view(self) -> View:
        """Whose chances these are."""
        return View.BASE_RATE if any(step.rate for step in self.steps) else View.USER

    def belief(self, days: Sequence[date]) -> Belief:
        """Return the docket's arrays over a calendar, jumps fair at the market's chances."""
        view = self.model(days, lambda step: step.relief, self.view)
        if all(step.market_relief is None for step in self.steps):
            return belief(view, len(days))

        def implied(step: Step) -> float:
            return step.relief if step.market_relief is None else step.market_relief

        market = self.model(days, implied, View.MARKET, basis="market chance as stated")
        return belief(market, len(days), user=view)

    def model(
        self,
        days: Sequence[date],
        chance: Callable[[Step], float],
        view: View,
        *,
        basis: str = "",
    ) -> CourtModel:
        """Return the docket with a chance of relief for each ruling.

        Raises
        ------
        QueryError
            When two rulings on one state fall before one session.
        """
        rulings = [
            made
            for step in self.steps
            for made in _rulings(step, days, chance(step), basis or step.basis)
        ]
        court, stated = self.court, "as stated"
        hazards = []
        if court.removal_hazard:
            sources = _OPEN[:1] if self.single else _OPEN
            hazards += [Hazard(s, _S.REMOVED, court.removal_hazard, stated) for s in sources]
        if court.relisting_hazard:
            freed = (_S.REPRIEVED, _S.REMOVED)
            hazards += [Hazard(s, _S.RELISTED, court.relisting_hazard, stated) for s in freed]
        if self.appeal is not None:
            words = f"appeals among losses {self.appeal_basis}" if self.appeal_basis else stated
            hazards.append(Hazard(_S.LOST, _S.APPEAL, self.appeal, words))
            hazards.append(Hazard(_S.LOST, _S.UPHELD, 1.0 - self.appeal, words))
        return CourtModel(
            docket=court.docket,
            start=court.state,
            hazards=tuple(hazards),
            rulings=tuple(rulings),
            view=view,
        )

    def within(self, days: Sequence[date]) -> tuple["CourtPath", tuple[str, ...]]:
        """Leave out the rulings that no session of the calendar follows; say which."""
        kept, words = [], []
        for step in self.steps:
            if step.day is None or 1 <= bisect_left(days, step.day) < len(days):
                kept.append(step)
            else:
                words.append(f"{self.court.docket}: {step.day} is not within the sessions planned")
        return CourtPath(self.court, tuple(kept), self.appeal, self.appeal_basis), tuple(words)

    def first_session(self, days: Sequence[date]) -> int:
        """Return the index of the first session after the first dated ruling, else the end."""
        dated = [bisect_left(days, step.day) for step in self.steps if step.day is not None]
        return min(dated, default=len(days))


def court_path(court: Court, known: date) -> CourtPath:
    """Settle every chance of a court: what is stated, else the base rate known by a day."""
    steps = []
    for given in court.rulings:
        rate = None
        if given.relief is None:
            rate = base_rate(court.pool, until=known, stage=given.stage)
        steps.append(
            Step(
                given.stage,
                given.day,
                given.ruling_hazard,
                rate.mean if rate else float(given.relief or 0.0),
                rate,
                given.relief_move,
                given.market_relief,
            )
        )
    appeals = any(step.stage is Stage.APPEAL for step in steps)
    if not appeals:
        return CourtPath(court, tuple(steps), None, None)
    if court.appeal is not None:
        return CourtPath(court, tuple(steps), court.appeal, None)
    rate = appeal_rate(court.pool, until=known)
    return CourtPath(court, tuple(steps), rate.mean, rate)


def free_at_end(seen: Belief, sessions: int) -> float:
    """Return the chance that no ban binds after `sessions`."""
    return float(occupancy(seen.matrices[:sessions], seen.start)[-1, sorted(FREE)].sum())


def end_states(seen: Belief, sessions: int) -> dict[CourtState, float]:
    """Return the chance of each state after `sessions`, those that can be."""
    last = occupancy(seen.matrices[:sessions], seen.start)[-1]
    return {CourtState(int(i)): float(last[i]) for i in np.flatnonzero(last > 0)}


def _rulings(step: Step, days: Sequence[date], chance: float, basis: str) -> list[Ruling]:
    """Return a step as one ruling for each state it may find the docket in."""
    session = None if step.day is None else bisect_left(days, step.day)
    if session is not None and session > len(days):
        raise QueryError(f"{step.day} is not within the sessions")
    made = []
    for source, relief, refusal in _OUTCOMES[step.stage or Stage.MERITS]:
        outcomes = ((relief, chance), (refusal, 1.0 - chance))
        moves: tuple[tuple[CourtState, float], ...] = ()
        if step.move and chance < 1.0:
            moves = ((relief, step.move), (refusal, fair_loss_jump(chance, step.move)))
        made.append(
            Ruling(
                source,
                session,
                # What leaves the docket as it is needs no outcome.
                tuple((state, p) for state, p in outcomes if state is not source),
                basis,
                per_session=step.hazard,
                moves=moves,
            )
        )
    return made
