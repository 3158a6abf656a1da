"""The record as it was known at one instant, folded once and then only looked up."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from analyzer.core.asof import END_OF_TIME
from analyzer.core.events import EventKind, LegalEvent
from analyzer.law.replay import Membership, Record, fold
from analyzer.law.spec import Regime, Version


@dataclass(frozen=True, slots=True)
class Open:
    """An open question over `[start, end)`."""

    event: LegalEvent
    start: datetime
    end: datetime

    def concerns(self, entity: str, at: datetime) -> bool:
        """Whether the question is open at an instant and bears on the entity."""
        targets = self.event.targets
        return self.start <= at < self.end and (not targets or entity in targets)

    def covers(self, act: str) -> bool:
        """Whether the question bears on an act."""
        acts = self.event.params.get("acts")
        return not acts or act in acts


@dataclass(frozen=True, slots=True)
class RegimeView:
    """One regime's versions, licences and open questions, as known."""

    edges: tuple[datetime, ...]
    versions: tuple[Version | None, ...]
    licences: tuple[LegalEvent, ...]
    questions: tuple[Open, ...]

    def version(self, at: datetime) -> Version | None:
        """Return the version in force at an instant, or None."""
        found = bisect_right(self.edges, at) - 1
        return self.versions[found] if found >= 0 else None


class View:
    """What is visible of a record at one `known`. Everything in it is computed on first use.

    Parameters
    ----------
    record, regimes
        The facts and the rules.
    known
        Nothing first released after this instant is visible.

    `edges` files the instants at which an answer may change, by entity, owners and regimes;
    `segments` by regime and entity; `scenes` what one regime makes of one entity, by the first
    instant of the segment or, where no segments are filed, by the instant itself.
    """

    def __init__(self, record: Record, regimes: Mapping[str, Regime], known: datetime) -> None:
        self.record = record
        self.regimes = regimes
        self.known = known
        self._regimes: dict[str, RegimeView] = {}
        self._steps: dict[tuple[str, str], tuple[list[datetime], list[Membership]]] = {}
        self._ends: dict[str, datetime] = {}
        self.edges: dict[tuple[Any, ...], list[datetime]] = {}
        self.segments: dict[tuple[str, str], list[datetime]] = {}
        self.scenes: dict[tuple[Any, ...], Any] = {}

    def regime(self, regime_id: str) -> RegimeView:
        """Return one regime as known."""
        found = self._regimes.get(regime_id)
        if found is None:
            found = self._regimes[regime_id] = self._regime(self.regimes[regime_id])
        return found

    def _regime(self, regime: Regime) -> RegimeView:
        versions = {v.event: v for v in regime.versions}
        edges: list[datetime] = []
        states: list[Version | None] = []
        licences: list[LegalEvent] = []
        questions: list[Open] = []
        for event in self.record.by_regime.get(regime.id, ()):
            if not self.record.visible(event, self.known):
                continue
            match event.kind:
                case EventKind.ENACT | EventKind.AMEND:
                    edges.append(event.effective)
                    states.append(versions.get(event.id))
                case EventKind.REVOKE:
                    edges.append(event.effective)
                    states.append(None)
                case EventKind.LICENSE:
                    licences.append(event)
                case EventKind.UNCERTAIN:
                    questions.append(self._question(event))
        return RegimeView(tuple(edges), tuple(states), tuple(licences), tuple(questions))

    def _question(self, event: LegalEvent) -> Open:
        end = event.params.get("until") or END_OF_TIME
        for closing in self.record.closing.get(event.id, ()):
            if self.record.visible(closing, self.known):
                answered = (
                    event.effective if closing.params.get("retroactive") else closing.effective
                )
                end = min(end, answered)
        return Open(event, event.effective, end)

    def member(self, list_id: str, entity: str, at: datetime) -> Membership | None:
        """Return the entity's state on a list at an instant; None when it was never on it."""
        times, states = self.steps(list_id, entity)
        found = bisect_right(times, at) - 1
        return states[found] if found >= 0 else None

    def steps(self, list_id: str, entity: str) -> tuple[list[datetime], list[Membership]]:
        """Return the instants at which the entity's state on a list changes, and the states."""
        key = (list_id, entity)
        found = self._steps.get(key)
        if found is None:
            events = [
                e for e in self.record.listing.get(key, ()) if self.record.visible(e, self.known)
            ]
            folded = fold(list_id, events)
            found = self._steps[key] = ([at for at, _ in folded], [m for _, m in folded])
        return found

    def undated(self, list_id: str, entity: str, at: datetime) -> LegalEvent | None:
        """Return the next listing, if it begins later and nobody says since when it held.

        An imported list without dates speaks from its edition on: before it the name may or may
        not have been listed, and the listing may or may not have been public.
        """
        for event in self.record.listing.get((list_id, entity), ()):
            if event.kind is not EventKind.DESIGNATE:
                continue
            undated, public = event.params.get("undated"), event.known <= self.known
            if undated and (event.effective > at or not public):
                return event if self.record.visible(event, max(self.known, event.known)) else None
            if event.effective > at and self.record.visible(event, self.known):
                return None
        return None

    def licence_limit(self, licence: LegalEvent) -> datetime:
        """Return when a later licence, a revocation or an expiry takes a licence's place."""
        found = self._ends.get(licence.id)
        if found is None:
            ends = [
                newer.effective
                for newer in self.record.superseded_by.get(licence.id, ())
                if newer.kind is not EventKind.CORRECT and self.record.visible(newer, self.known)
            ]
            found = self._ends[licence.id] = min(ends, default=END_OF_TIME)
        return found

    def cites(self, event_ids: Iterable[str]) -> tuple[str, ...]:
        """Return the sources of some events, each once, the latest event's first."""
        found = [self.record.by_id[e].cites for e in event_ids if e in self.record.by_id]
        return tuple(dict.fromkeys(cite for cites in reversed(found) for cite in cites))
