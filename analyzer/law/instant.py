"""The law of one key at one instant: what reaches it, where it stands, what each act may do."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from analyzer.core.asof import END_OF_TIME
from analyzer.core.events import Citation, LegalEvent
from analyzer.core.verdict import Key, Outcome, Standing, Status, Verdict
from analyzer.law.combine import ask, combine, merge
from analyzer.law.decide import Asked, Rows, decide
from analyzer.law.reach import Reach, affiliations, former, reaches, undated_listings
from analyzer.law.replay import Membership
from analyzer.law.spec import Phase, Regime, Via
from analyzer.law.status import status_of
from analyzer.law.venue import venue_at
from analyzer.law.view import Open, View
from analyzer.law.words import weakest_grade

_FREE = frozenset({Outcome.PERMITTED, Outcome.PERMITTED_UNTIL})

Parts = list[tuple[str, Verdict]]


@dataclass(frozen=True, slots=True)
class Case:
    """What is asked about, with every fact stated or on record, and the regimes that may bear.

    `lineage` is the holder and everything it is a case of. Each regime comes with whether it
    binds the holder, and whether an affiliate of the entity is on one of its lists. `unread` are
    lists that name the entity and that no regime reads. From `screened_to` on, the lists at hand of
    the regimes that bind the holder are no longer verified.
    """

    key: Key
    lineage: frozenset[str]
    facts: Mapping[str, Any]
    regimes: tuple[tuple[Regime, bool, bool], ...]
    unread: tuple[str, ...] = ()
    screened_to: datetime = END_OF_TIME


@dataclass(slots=True)
class Setting:
    """What does not depend on the case: sources, horizons, and what was already worked out.

    `read` are the lists that a regime, or the user's own policy, reads.
    """

    trade_acts: frozenset[str]
    citations: Mapping[str, Citation]
    horizons: Mapping[str, tuple[datetime, datetime]]
    regimes: tuple[Regime, ...] = ()
    read: frozenset[str | None] = frozenset()
    rows: Rows = field(default_factory=dict)
    finished: dict[tuple[Verdict, bool], Verdict] = field(default_factory=dict)
    ends: dict[tuple[str, str], datetime] = field(default_factory=dict)
    screened: dict[frozenset[str], datetime] = field(default_factory=dict)

    def finish(self, view: View, verdict: Verdict, *, stale: bool) -> Verdict:
        """Return a verdict with the weakest grade among its sources, and whether it is stale."""
        found = self.finished.get((verdict, stale))
        if found is None:
            if len(self.finished) >= _FINISHED:
                self.finished.clear()
            grade = weakest_grade(self.citations, view.record, verdict)
            found = replace(verdict, grade=grade, stale=stale or verdict.stale)
            self.finished[verdict, stale] = found
        return found

    def screened_to(self, lineage: frozenset[str]) -> datetime:
        """Return the first instant a list at hand, of a regime that binds, is not verified for."""
        found = self.screened.get(lineage)
        if found is None:
            ends = [
                self.horizon(regime, regime.versions[-1].id, regime.versions[-1].lists)
                for regime in self.regimes
                if regime.bans
                and not regime.personal
                and not regime.binds.isdisjoint(lineage)
                and any(name in self.horizons for name in regime.versions[-1].lists)
            ]
            found = self.screened[lineage] = min(ends, default=END_OF_TIME)
        return found

    def horizon(self, regime: Regime, version_id: str, lists: tuple[str, ...]) -> datetime:
        """Return the first instant the regime, or a list its version reads, is not verified for."""
        found = self.ends.get((regime.id, version_id))
        if found is None:
            ends = [self.horizons[name][1] for name in lists if name in self.horizons]
            found = min([regime.verified_through, *ends]) + timedelta(days=1)
            self.ends[regime.id, version_id] = found
        return found


_FINISHED = 50_000
_SCENES = 50_000


@dataclass(frozen=True, slots=True)
class Scene:
    """One regime at one instant: its reaches, or the events that ended an earlier one.

    `near` are designated affiliates that do not bring it within reach; `asked` the open questions
    that concern the entity; `undated` its listings that may have begun before they say.
    """

    regime: Regime
    bound: bool
    near: tuple[tuple[str, Reach], ...]
    found: tuple[Reach, ...]
    ended: tuple[str, ...]
    asked: tuple[Open, ...]
    undated: tuple[LegalEvent, ...]


@dataclass(frozen=True, slots=True)
class At:
    """The law of one key at one instant: verdict per act, per regime too, standing, status."""

    verdicts: Mapping[str, Verdict]
    by_regime: Mapping[str, Mapping[str, Verdict]]
    standing: Standing
    status: Status


class Instant:
    """One case at one instant, as known.

    Parameters
    ----------
    setting, view, case
        The sources, the record as known, and what is asked about.
    at
        The instant.
    """

    def __init__(self, setting: Setting, view: View, case: Case, at: datetime) -> None:
        self.setting = setting
        self.view = view
        self.case = case
        self.at = at
        self.scenes = [self._scene(*one) for one in case.regimes]
        reached = {s.regime.id for s in self.scenes if s.found}
        self.heard = [s for s in self.scenes if s.regime.yields_to.isdisjoint(reached)]
        states = (view.member(name, case.key.entity, at) for name in case.unread)
        self.unread = [m for m in states if m is not None and m.listed is not None]

    def _scene(self, regime: Regime, bound: bool, affiliated: bool) -> Scene:
        # Facts matter to classes and to owners stated with the question, to nothing else here.
        if regime.by_class or self.case.facts.get("owner"):
            return self._stage(regime, bound, affiliated)
        entity = self.case.key.entity
        start: datetime | None = self.at
        edges = self.view.segments.get((regime.id, entity))
        if edges:
            # Between two edges nothing about the name changes; `None` stands before the first.
            place = bisect_right(edges, self.at)
            start = edges[place - 1] if place else None
        key = (regime.id, entity, bound, start)
        found: Scene | None = self.view.scenes.get(key)
        if found is None:
            if len(self.view.scenes) >= _SCENES:
                self.view.scenes.clear()
            found = self.view.scenes[key] = self._stage(regime, bound, affiliated)
        return found

    def _stage(self, regime: Regime, bound: bool, affiliated: bool) -> Scene:
        entity, facts, at = self.case.key.entity, self.case.facts, self.at
        found = tuple(reaches(self.view, regime, entity, at, facts))
        ended = () if found or not regime.bans else former(self.view, regime, entity, at)
        near: tuple[tuple[str, Reach], ...] = ()
        if affiliated and not found:
            near = tuple(affiliations(self.view, regime, entity, at, facts))
        questions = self.view.regime(regime.id).questions if bound else ()
        asked = tuple(q for q in questions if q.concerns(entity, at)) if questions else ()
        return Scene(regime, bound, near, found, ended, asked, self._undated(regime, bound, found))

    def _undated(
        self, regime: Regime, bound: bool, found: tuple[Reach, ...]
    ) -> tuple[LegalEvent, ...]:
        entity = self.case.key.entity
        if not bound or found or not self.view.record.undated:
            return ()
        version = self.view.regime(regime.id).version(self.at)
        if version is None:
            return ()
        return undated_listings(self.view, version, entity, self.at, self.case.facts)

    def judge(self, acts: Iterable[str]) -> At:
        """Return the verdicts for some acts (buy, hold and sell among them), and the status."""
        verdicts: dict[str, Verdict] = {}
        parts: dict[str, dict[str, Verdict]] = {}
        for act in dict.fromkeys(acts):
            verdicts[act], by_regime = self.answer(act)
            for regime_id, verdict in by_regime:
                parts.setdefault(regime_id, {})[act] = verdict
        standing = self.standing()
        return At(verdicts, parts, standing, status_of(verdicts, standing))

    def standing(self) -> Standing:
        """Return where the entity stands, apart from any act."""
        lists: list[str] = []
        flags: list[str] = []
        because: list[str] = []
        pending = suspended = formerly = close = False
        for scene in self.scenes:
            regime, bound = scene.regime, scene.bound and scene.regime.bans
            for reach in scene.found:
                if reach.via is Via.LISTED:
                    lists.append(reach.list_id)
                pending |= bound and reach.phase is Phase.PENDING and not reach.suspended
                suspended |= bound and reach.suspended
                close |= bound and reach.via is Via.CLOSE_NAME
                if not regime.bans:
                    flags.append(f"{regime.flag} ({reach.note})" if reach.note else regime.flag)
                because += reach.because if reach.via is not Via.CLASS else ()
            formerly |= bound and bool(scene.ended)
            if not scene.found:
                tail = f"; {regime.reach}" if regime.reach else ""
                for words, reach in scene.near:
                    flags.append(f"{words} {reach.entity}, which is on {reach.list_id}{tail}")
                    because += reach.because
                because += scene.ended
        for member in self.unread:
            lists.append(member.list_id)
            flags.append(f"on {member.list_id}: no bundled rule reads this list")
            because += member.because
        return Standing(
            tuple(dict.fromkeys(lists)),
            tuple(dict.fromkeys(flags)),
            pending,
            suspended,
            formerly,
            tuple(dict.fromkeys(because)),
            close,
        )

    def answer(self, act: str) -> tuple[Verdict, Parts]:
        """Return what all regimes together say of one act, and each by itself."""
        case, parts = self.case, Parts()
        venue_only = act == "trade_on_venue" and "us-exchange" not in case.lineage
        if venue_only:
            state = venue_at(self.view, case.key, self.at)
            parts.append(("venue", self.setting.finish(self.view, state, stale=False)))
        for scene in self.heard:
            regime = scene.regime
            if not regime.governs(act, self.setting.trade_acts) or (
                venue_only and regime.kind != "venue"
            ):
                continue
            verdict = self._regime(scene, act)
            if verdict is not None:
                parts.append((regime.id, verdict))
        if act not in self.setting.trade_acts and not venue_only:
            parts += [(member.list_id, _ruleless(member)) for member in self.unread]
        verdict = combine([v for _, v in parts])
        if verdict.outcome in _FREE and self.at >= case.screened_to and not verdict.stale:
            # That no list names it is verified no further than the lists are.
            verdict = replace(verdict, stale=True)
        return verdict, parts

    def _regime(self, scene: Scene, act: str) -> Verdict | None:
        regime, case = scene.regime, self.case
        asked = Asked(case.key, act, case.lineage, scene.bound, self.at, case.facts)
        rows = self.setting.rows
        answers = [decide(self.view, regime, reach, asked, rows) for reach in scene.found]
        if scene.ended:
            answers = [
                Verdict(
                    Outcome.PERMITTED,
                    regime=regime.id,
                    basis=regime.basis,
                    because=scene.ended,
                    cites=self.view.cites(scene.ended),
                )
            ]
        if scene.undated:
            answers.append(_unsaid(regime, scene.undated))
        for question in scene.asked:
            if question.covers(act) and (question.event.targets or answers):
                answers = ask(question.event, regime, answers)
        if not answers:
            return None
        verdict, stale = merge(answers), False
        if scene.bound:
            if self.at < regime.verified_from and verdict.outcome in _FREE:
                words = f"{regime.id} is verified from {regime.verified_from:%Y-%m-%d} only"
                verdict = replace(verdict, outcome=Outcome.UNKNOWN, needs=(words,))
            version = self.view.regime(regime.id).version(self.at)
            name, lists = (version.id, version.lists) if version is not None else ("", ())
            stale = self.at >= self.setting.horizon(regime, name, lists)
        return self.setting.finish(self.view, verdict, stale=stale)


def _ruleless(member: Membership) -> Verdict:
    """Return the answer for a name on a list whose rules are not bundled."""
    return Verdict(
        Outcome.REVIEW,
        because=member.because,
        needs=(f"what {member.list_id} bars: no rules for it are bundled",),
    )


def _unsaid(regime: Regime, listings: tuple[LegalEvent, ...]) -> Verdict:
    """Return the answer for a name that a list without dates names only later."""
    since = min(event.effective for event in listings)
    return Verdict(
        Outcome.UNKNOWN,
        regime=regime.id,
        because=tuple(event.id for event in listings),
        needs=(f"since when the name is listed: the list says so only as of {since:%Y-%m-%d}",),
    )
