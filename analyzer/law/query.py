"""Asking the law: verdict, judgement, what-if.

A regime is judged by itself; the answers are then combined by severity with every reason kept.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from analyzer.core.asof import END_OF_TIME, AsOf
from analyzer.core.entities import Relation
from analyzer.core.errors import QueryError
from analyzer.core.events import Citation, EventKind, LegalEvent
from analyzer.core.verdict import (
    STATUS_RANK,
    Deadline,
    Judgement,
    Key,
    Standing,
    Verdict,
)
from analyzer.law.combine import strictest
from analyzer.law.deadlines import deadlines_of
from analyzer.law.explain import Flip, Step, explain, flips, market_events
from analyzer.law.instant import At, Case, Instant, Setting
from analyzer.law.load import LawData
from analyzer.law.parse import plain_fact
from analyzer.law.reach import boundaries
from analyzer.law.reading import read_events, read_regimes
from analyzer.law.replay import Record
from analyzer.law.span import changes, inside, strictest_parts
from analyzer.law.spec import FactTest, Question, Regime, Vocabulary
from analyzer.law.view import View
from analyzer.law.words import refuse_unknown, weakest_grade

ACTS = ("buy", "hold", "sell")

_VIEWS = 16


@dataclass
class _Memory:
    """What one `Law` has already worked out; derived from it alone, never shared."""

    views: dict[datetime, View] = field(default_factory=dict)
    regimes: dict[str, frozenset[str]] = field(default_factory=dict)
    affiliates: dict[str, frozenset[str]] = field(default_factory=dict)
    chosen: dict[frozenset[str], tuple[Regime, ...]] = field(default_factory=dict)
    classes: set[tuple[str, tuple[FactTest, ...]]] | None = None
    setting: Setting | None = None


@dataclass(frozen=True)
class Law:
    """All rules and events, ready to be asked.

    Parameters
    ----------
    record
        Every event and relation, indexed.
    regimes
        Rule versions by regime id.
    vocabulary
        The words a question may use.
    citations
        Sources by id.
    horizons
        For each list, the span over which its roster was verified.
    questions
        Open questions by id.
    entity_facts
        What is on record of an entity, under the names of facts; a stated fact overrides it.
    chosen
        The reading chosen for open questions: `strict`, `lenient`, or empty for none.
    """

    record: Record
    regimes: Mapping[str, Regime]
    vocabulary: Vocabulary
    citations: Mapping[str, Citation]
    horizons: Mapping[str, tuple[datetime, datetime]]
    questions: Mapping[str, Question] = field(default_factory=dict)
    entity_facts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    chosen: str = ""
    _memory: _Memory = field(default_factory=_Memory, init=False, repr=False, compare=False)

    @classmethod
    def of(
        cls,
        data: LawData,
        listings: Iterable[LegalEvent] = (),
        horizons: Mapping[str, tuple[datetime, datetime]] | None = None,
        relations: Iterable[Relation] = (),
    ) -> "Law":
        """Build the law from what the law folder holds and what the lists and issuers add.

        Parameters
        ----------
        data
            Rules, events, sources, open questions and facts about issuers.
        listings, horizons
            Events of the lists, and the span over which each was verified.
        relations
            Ownership and other relations between issuers.
        """
        return cls(
            Record((*data.events, *listings), tuple(relations)),
            data.regimes,
            data.vocabulary,
            data.citations,
            horizons or {},
            data.questions,
            data.entity_facts,
        )

    # -- what-if ---------------------------------------------------------------------------

    def assuming(
        self, events: Iterable[LegalEvent] = (), relations: Iterable[Relation] = ()
    ) -> "Law":
        """Return the law as it would be with further events and relations."""
        record = Record((*self.record.events, *events), (*self.record.relations, *relations))
        return replace(self, record=record)

    def without_rulings(self) -> "Law":
        """Return the law as it would be had no court acted, and nothing followed from it."""
        kept = tuple(e for e in self.record.events if e.court is None)
        return replace(self, record=Record(kept, self.record.relations))

    def without(self, event_ids: Iterable[str]) -> "Law":
        """Return the law as it would be without some events and all that follow from them."""
        dropped = frozenset(event_ids)
        kept = tuple(e for e in self.record.events if e.id not in dropped)
        return replace(self, record=Record(kept, self.record.relations))

    def reading(self, name: str) -> "Law":
        """Return the law with every open question answered as a strict or lenient reader would.

        Raises
        ------
        QueryError
            If the name is neither `strict` nor `lenient`.
        """
        if name not in ("strict", "lenient"):
            raise QueryError(f"unknown reading {name!r}; known: strict, lenient")
        events = read_events(self.record.events, self.questions, name)
        return replace(
            self,
            record=Record(events, self.record.relations),
            regimes=read_regimes(self.regimes, self.questions, name),
            chosen=name,
        )

    @property
    def newest_known(self) -> datetime:
        """The latest first-release instant in the data."""
        return max(e.known for e in self.record.events)

    # -- questions -------------------------------------------------------------------------

    def verdict(self, key: Key, act: str, holder: str, as_of: AsOf) -> Verdict:
        """Return what all regimes together say of one act; the strictest of the day asked about.

        Raises
        ------
        QueryError
            If the act, holder or instrument is not in the vocabulary.
        """
        self.check_words(key, holder, (act,))
        case, view = self.case(key, holder), self.view(as_of.known)
        instants = (Instant(self.setting, view, case, t) for t in self._instants(case, as_of))
        return strictest([instant.answer(act)[0] for instant in instants])

    def judge(self, key: Key, holder: str, as_of: AsOf, acts: tuple[str, ...] = ACTS) -> Judgement:
        """Return verdicts for several acts, the position status, and what changes in the day."""
        self.check_words(key, holder, acts)
        asked = tuple(dict.fromkeys((*ACTS, *acts)))
        case, view = self.case(key, holder), self.view(as_of.known)
        instants = self._instants(case, as_of)
        stages = [Instant(self.setting, view, case, t) for t in instants]
        judged = [stage.judge(asked) for stage in stages]
        if len(judged) == 1:
            one = judged[0]
            parts = tuple(one.by_regime.items())
            ahead = deadlines_of(stages[0])
            return Judgement(key, one.status, one.verdicts, parts, one.standing, (), ahead)
        worst = min(judged, key=lambda j: STATUS_RANK[j.status])
        series = {act: [j.verdicts[act] for j in judged] for act in asked}
        return Judgement(
            key,
            worst.status,
            {act: strictest(answers) for act, answers in series.items()},
            strictest_parts(judged),
            worst.standing,
            changes(instants, series),
            deadlines_of(stages[0]),
        )

    def at(self, case: Case, at: datetime, known: datetime, acts: tuple[str, ...] = ACTS) -> At:
        """Return everything at one instant. The words are not checked here."""
        return Instant(self.setting, self.view(known), case, at).judge((*ACTS, *acts))

    def standing(self, entity: str, holder: str, at: datetime, known: datetime) -> Standing:
        """Return where an entity stands at an instant, apart from any act."""
        case = self.case(Key(entity), holder)
        return Instant(self.setting, self.view(known), case, at).standing()

    def reaching(self, key: Key, holder: str, as_of: AsOf) -> frozenset[str]:
        """Return the regimes that bind the holder and reach the key at any instant of the span.

        A fund's share counts all its issuers that one regime reaches, together.
        """
        case, view = self.case(key, holder), self.view(as_of.known)
        instants = (Instant(self.setting, view, case, t) for t in self._instants(case, as_of))
        return frozenset(
            scene.regime.id
            for instant in instants
            for scene in instant.scenes
            if scene.bound and scene.found
        )

    def explain(self, key: Key, act: str, holder: str, as_of: AsOf) -> tuple[Step, ...]:
        """Return the fold step by step: each event, what it changed, its sources."""
        return explain(self, key, act, holder, as_of)

    def flips(self, key: Key, act: str, holder: str, as_of: AsOf) -> tuple[Flip, ...]:
        """Return every single event, fact, reading or instant that would turn the answer."""
        return flips(self, key, act, holder, as_of)

    def market_events(self, entity: str, known: datetime) -> tuple[LegalEvent, ...]:
        """Return what venues and index providers did to an issuer: never legal dates."""
        return market_events(self, entity, known)

    def deadlines(self, entity: str, holder: str, as_of: AsOf) -> tuple[Deadline, ...]:
        """Return the dates still ahead at the start of the span asked about."""
        case, view = self.case(Key(entity), holder), self.view(as_of.known)
        return deadlines_of(Instant(self.setting, view, case, as_of.start))

    def instants(self, key: Key, as_of: AsOf) -> list[datetime]:
        """Return the start of the span and every instant within it where an answer may change."""
        facts = self.facts(key)
        return inside(self._edges(key, facts, self.candidates(key, facts), as_of.known), as_of)

    def _instants(self, case: Case, as_of: AsOf) -> list[datetime]:
        if not as_of.is_day:
            return [as_of.start]
        return inside(self.edges(case, as_of.known), as_of)

    def boundaries(self, entity: str, known: datetime) -> set[datetime]:
        """Return every instant at which any answer about the entity may change, for any holder."""
        return self.boundaries_of(Key(entity), known)

    def boundaries_of(self, key: Key, known: datetime) -> set[datetime]:
        """Return every instant at which any answer about the key may change, for any holder."""
        facts = self.facts(key)
        return set(self._edges(key, facts, self.candidates(key, facts), known))

    def edges(self, case: Case, known: datetime) -> list[datetime]:
        """Return, in order, the instants at which an answer to the case may change."""
        return self._edges(case.key, case.facts, tuple(r for r, _, _ in case.regimes), known)

    def _edges(
        self, key: Key, facts: Mapping[str, Any], regimes: tuple[Regime, ...], known: datetime
    ) -> list[datetime]:
        # Of the facts only `owner` brings further names, and with them further instants.
        view = self.view(known)
        filed = (key.entity, facts.get("owner"), *(r.id for r in regimes))
        found = view.edges.get(filed)
        if found is None:
            instants: set[datetime] = set()
            for regime in regimes:
                own = boundaries(view, regime, key.entity, facts, self._horizons(regime))
                if not facts.get("owner"):
                    view.segments[regime.id, key.entity] = sorted(own)
                instants |= own
            for name in self.record.lists_of.get(key.entity, ()):
                instants.update(view.steps(name, key.entity)[0])
            venue = self.record.venue.get(key.entity, ())
            instants.update(e.effective for e in venue if e.kind is EventKind.VENUE)
            instants.update(map(self.setting.screened_to, self.vocabulary.lineages.values()))
            instants.discard(END_OF_TIME)
            found = view.edges[filed] = sorted(instants)
        return found

    # -- one instant -----------------------------------------------------------------------

    @property
    def setting(self) -> Setting:
        """What does not depend on the case."""
        memory = self._memory
        if memory.setting is None:
            trade, regimes = self.vocabulary.trade_acts, tuple(self.regimes.values())
            own = {e.list_id for found in self.record.policies.values() for e in found}
            read = frozenset(own.union(*(regime.lists for regime in regimes)))
            memory.setting = Setting(trade, self.citations, self.horizons, regimes, read)
        return memory.setting

    def view(self, known: datetime) -> View:
        """Return the record as known at an instant, folded once."""
        views = self._memory.views
        found = views.get(known)
        if found is None:
            if len(views) >= _VIEWS:
                views.clear()
            found = views[known] = View(self.record, self.regimes, known)
        return found

    def case(self, key: Key, holder: str) -> Case:
        """Return a key with its facts, and the regimes that can bear on it."""
        lineage, facts = self.vocabulary.lineage(holder), self.facts(key)
        owned = bool(facts.get("owner"))
        affiliates = self._memory.affiliates
        regimes = []
        for regime in self.candidates(key, facts):
            bound = not regime.binds.isdisjoint(lineage)
            if bound or not regime.personal:
                affiliated = owned or regime.id in affiliates.get(key.entity, ())
                regimes.append((regime, bound, affiliated))
        named = self.record.lists_of.get(key.entity, ())
        unread = tuple(name for name in named if name not in self.setting.read)
        return Case(key, lineage, facts, tuple(regimes), unread, self.setting.screened_to(lineage))

    def facts(self, key: Key) -> dict[str, Any]:
        """Return what is on record of the entity, overridden by what the key states."""
        kinds = self.vocabulary.facts
        return {
            **self.entity_facts.get(key.entity, {}),
            "entity": key.entity,
            "instrument": key.instrument,
            **{name: plain_fact(kinds.get(name, "text"), given) for name, given in key.facts},
        }

    def candidates(self, key: Key, facts: Mapping[str, Any]) -> tuple[Regime, ...]:
        """Return the regimes that can bear on a key at all, in the order of the data."""
        names = (key.entity, *(owner for owner, _ in facts.get("owner") or ()))
        memory = self._memory
        found: set[str] = set()
        for name in names:
            known = memory.regimes.get(name)
            if known is None:
                known = memory.regimes[name] = self._candidates(name)
            found |= known
        if memory.classes is None:
            memory.classes = {
                (r.id, tests)
                for r in self.regimes.values()
                for v in r.versions
                for tests in v.classes
            }
        for regime_id, tests in memory.classes:
            if all(test.holds(facts) for test in tests):
                found.add(regime_id)
        bearing = frozenset(found)
        chosen = memory.chosen.get(bearing)
        if chosen is None:
            chosen = tuple(r for r in self.regimes.values() if r.id in bearing)
            memory.chosen[bearing] = chosen
        return chosen

    def _candidates(self, entity: str) -> frozenset[str]:
        record = self.record
        others = {r.other for r in record.related.get(entity, ())}
        others |= {owner for name in (entity, *others) for owner in record.upstream(name)}
        near = {list_id for name in others for list_id in record.lists_of.get(name, ())}
        lists = near.union(record.lists_of.get(entity, ()))
        kinds = {e.params["list_kind"] for e in record.policies.get(entity, ())}
        asked = record.asked_of.get(entity, set())
        regimes = self.regimes.values()
        self._memory.affiliates[entity] = frozenset(
            r.id for r in regimes if not near.isdisjoint(r.lists)
        )
        return frozenset(
            r.id
            for r in regimes
            if r.id in asked
            or not lists.isdisjoint(r.lists)
            or (kinds and any(kinds & v.list_kinds for v in r.versions))
        )

    def _horizons(self, regime: Regime) -> set[datetime]:
        """Return every instant at which the regime or one of its lists stops being verified."""
        lists = (name for name in regime.lists if name in self.horizons)
        ends = [regime.verified_through, *(self.horizons[name][1] for name in lists)]
        return {end + timedelta(days=1) for end in ends}

    def check_words(self, key: Key, holder: str, acts: Iterable[str]) -> None:
        """Refuse words outside the vocabulary.

        Raises
        ------
        QueryError
            Naming the word and the ones that exist.
        """
        refuse_unknown(self.vocabulary, key, holder, acts)

    def grade(self, verdict: Verdict) -> str:
        """Return the weakest grade among the sources a verdict rests on."""
        return weakest_grade(self.citations, self.record, verdict)
