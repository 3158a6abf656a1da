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
    Change,
    Deadline,
    Judgement,
    Key,
    Outcome,
    Standing,
    Status,
    Verdict,
)
from analyzer.law.combine import ask, combine, merge, strictest
from analyzer.law.deadlines import deadlines_of
from analyzer.law.decide import Asked, Rows, decide
from analyzer.law.reach import Reach, affiliations, boundaries, former, reaches
from analyzer.law.reading import read_events, read_regimes
from analyzer.law.replay import Record
from analyzer.law.spec import Phase, Question, Regime, Via, Vocabulary
from analyzer.law.status import status_of
from analyzer.law.venue import venue_at
from analyzer.law.view import View
from analyzer.law.words import refuse_unknown, weakest_grade

ACTS = ("buy", "hold", "sell")

_FREE = frozenset({Outcome.PERMITTED, Outcome.PERMITTED_UNTIL})
_VIEWS = 32


@dataclass
class _Memory:
    """What one `Law` has already worked out; derived from it alone, never shared."""

    views: dict[datetime, View] = field(default_factory=dict)
    rows: Rows = field(default_factory=dict)
    regimes: dict[str, tuple[Regime, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class At:
    """The law of one key at one instant: verdict per act, per regime too, standing, status."""

    verdicts: Mapping[str, Verdict]
    by_regime: Mapping[str, Mapping[str, Verdict]]
    standing: Standing
    status: Status


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
        view = self.view(as_of.known)
        return strictest(
            [self._answer(view, key, act, holder, t)[0] for t in self.instants(key, as_of)]
        )

    def judge(self, key: Key, holder: str, as_of: AsOf, acts: tuple[str, ...] = ACTS) -> Judgement:
        """Return verdicts for several acts, the position status, and what changes in the day."""
        self.check_words(key, holder, acts)
        asked = tuple(dict.fromkeys((*ACTS, *acts)))
        instants = self.instants(key, as_of)
        judged = [self.at(key, holder, t, as_of.known, asked) for t in instants]
        worst = min(judged, key=lambda j: STATUS_RANK[j.status])
        series = {act: [j.verdicts[act] for j in judged] for act in asked}
        parts: dict[str, dict[str, Verdict]] = {}
        for one in judged:
            for regime_id, verdicts in one.by_regime.items():
                mine = parts.setdefault(regime_id, {})
                for act, verdict in verdicts.items():
                    mine[act] = strictest([mine[act], verdict]) if act in mine else verdict
        return Judgement(
            key,
            worst.status,
            {act: strictest(answers) for act, answers in series.items()},
            tuple(parts.items()),
            worst.standing,
            _changes(instants, series),
            self._deadlines(key, holder, as_of),
        )

    def at(
        self, key: Key, holder: str, at: datetime, known: datetime, acts: tuple[str, ...] = ACTS
    ) -> At:
        """Return everything at one instant. The words are not checked here."""
        view = self.view(known)
        standing = self._standing(view, key, holder, at)
        verdicts: dict[str, Verdict] = {}
        parts: dict[str, dict[str, Verdict]] = {}
        for act in dict.fromkeys((*ACTS, *acts)):
            verdicts[act], by_regime = self._answer(view, key, act, holder, at)
            for regime_id, verdict in by_regime:
                parts.setdefault(regime_id, {})[act] = verdict
        return At(verdicts, parts, standing, status_of(verdicts, standing))

    def standing(self, entity: str, holder: str, at: datetime, known: datetime) -> Standing:
        """Return where an entity stands at an instant, apart from any act."""
        return self._standing(self.view(known), Key(entity), holder, at)

    def _standing(self, view: View, key: Key, holder: str, at: datetime) -> Standing:
        lineage = self.vocabulary.lineage(holder)
        facts = self.facts(key)
        lists: list[str] = []
        flags: list[str] = []
        because: list[str] = []
        pending = suspended = formerly = close = False
        for regime in self.candidates(key, facts):
            found = reaches(view, regime, key.entity, at, facts)
            bound = bool(regime.binds & lineage)
            for reach in found:
                if reach.via is Via.LISTED and reach.list_id:
                    lists.append(reach.list_id)
                if regime.bans:
                    pending |= bound and reach.phase is Phase.PENDING and not reach.suspended
                    suspended |= bound and reach.suspended
                    close |= bound and reach.via is Via.CLOSE_NAME
                else:
                    flags.append(f"{regime.flag} ({reach.note})" if reach.note else regime.flag)
                because += reach.because if reach.via is not Via.CLASS else ()
            if not found:
                for words, reach in affiliations(view, regime, key.entity, at, facts):
                    flags.append(f"{words} {reach.entity}, which is on {reach.list_id}")
                    because += reach.because
            if regime.bans and not found:
                ended = former(view, regime, key.entity, at)
                formerly |= bound and bool(ended)
                because += ended
        return Standing(
            tuple(dict.fromkeys(lists)),
            tuple(dict.fromkeys(flags)),
            pending,
            suspended,
            formerly,
            tuple(dict.fromkeys(because)),
            close,
        )

    def deadlines(self, entity: str, holder: str, as_of: AsOf) -> tuple[Deadline, ...]:
        """Return the dates still ahead at the start of the span asked about."""
        return self._deadlines(Key(entity), holder, as_of)

    def _deadlines(self, key: Key, holder: str, as_of: AsOf) -> tuple[Deadline, ...]:
        view, facts = self.view(as_of.known), self.facts(key)
        lineage = self.vocabulary.lineage(holder)
        found: list[Deadline] = []
        for regime in self.candidates(key, facts):
            if regime.bans and regime.binds & lineage:
                found += deadlines_of(view, regime, key.entity, as_of.start, facts)
        return tuple(sorted(found, key=lambda d: (d.at, d.kind)))

    def instants(self, key: Key, as_of: AsOf) -> list[datetime]:
        """Return the start of the span and every instant within it where an answer may change."""
        if not as_of.is_day:
            return [as_of.start]
        inside = {t for t in self.boundaries_of(key, as_of.known) if as_of.start < t < as_of.end}
        return [as_of.start, *sorted(inside)]

    def boundaries(self, entity: str, known: datetime) -> set[datetime]:
        """Return every instant at which any answer about the entity may change."""
        return self.boundaries_of(Key(entity), known)

    def boundaries_of(self, key: Key, known: datetime) -> set[datetime]:
        """Return every instant at which any answer about the key may change."""
        view, facts = self.view(known), self.facts(key)
        found: set[datetime] = set()
        for regime in self.candidates(key, facts):
            found |= view.edges(
                (regime.id, key),
                lambda r=regime: boundaries(view, r, key.entity, facts, self._horizons(r)),  # type: ignore[misc]
            )
        found.update(
            e.effective for e in self.record.venue.get(key.entity, ()) if e.kind is EventKind.VENUE
        )
        found.discard(END_OF_TIME)
        return found

    # -- one instant -----------------------------------------------------------------------

    def view(self, known: datetime) -> View:
        """Return the record as known at an instant, folded once."""
        views = self._memory.views
        found = views.get(known)
        if found is None:
            if len(views) >= _VIEWS:
                views.clear()
            found = views[known] = View(self.record, self.regimes, known)
        return found

    def facts(self, key: Key) -> dict[str, Any]:
        """Return what is on record of the entity, overridden by what the key states."""
        return {
            **self.entity_facts.get(key.entity, {}),
            "entity": key.entity,
            "instrument": key.instrument,
            **dict(key.facts),
        }

    def candidates(self, key: Key, facts: Mapping[str, Any]) -> tuple[Regime, ...]:
        """Return the regimes that can bear on a key at all, in the order of the data."""
        owners = tuple(owner for owner, _ in facts.get("owner") or ())
        names = (key.entity, *owners)
        found: dict[str, Regime] = {}
        for name in names:
            known = self._memory.regimes.get(name)
            if known is None:
                known = self._memory.regimes[name] = self._candidates(name)
            found.update((r.id, r) for r in known)
        return tuple(
            r
            for r in self.regimes.values()
            if r.id in found
            or any(all(t.holds(facts) for t in tests) for v in r.versions for tests in v.classes)
        )

    def _candidates(self, entity: str) -> tuple[Regime, ...]:
        record = self.record
        names = {entity, *(r.other for r in record.related.get(entity, ()))}
        names |= {owner for name in tuple(names) for owner in record.upstream(name)}
        lists = {list_id for name in names for list_id in record.lists_of.get(name, ())}
        kinds = {e.params["list_kind"] for e in record.policies.get(entity, ())}
        asked = record.asked_of.get(entity, set())
        return tuple(
            regime
            for regime in self.regimes.values()
            if regime.id in asked
            or any(lists & set(v.lists) or kinds & v.list_kinds for v in regime.versions)
        )

    def _answer(
        self, view: View, key: Key, act: str, holder: str, at: datetime
    ) -> tuple[Verdict, list[tuple[str, Verdict]]]:
        lineage = self.vocabulary.lineage(holder)
        facts = self.facts(key)
        parts: list[tuple[str, Verdict]] = []
        if act == "trade_on_venue" and "us-exchange" not in lineage:
            state = venue_at(view, key, at)
            parts.append(("venue", replace(state, grade=self.grade(state))))
        venue_only = bool(parts)
        for regime in self.candidates(key, facts):
            if not regime.governs(act, self.vocabulary.trade_acts) or (
                venue_only and regime.kind != "venue"
            ):
                continue
            bound = bool(regime.binds & lineage)
            if (regime.personal and not bound) or self._yields(view, regime, key, at, facts):
                continue
            asked = Asked(key, act, lineage, bound, at, facts)
            verdict = self._regime_at(view, regime, asked)
            if verdict is not None:
                parts.append((regime.id, verdict))
        return combine([v for _, v in parts]), parts

    def _yields(
        self, view: View, regime: Regime, key: Key, at: datetime, facts: Mapping[str, Any]
    ) -> bool:
        return any(
            reaches(view, self.regimes[other], key.entity, at, facts)
            for other in regime.yields_to
            if other in self.regimes
        )

    def _regime_at(self, view: View, regime: Regime, asked: Asked) -> Verdict | None:
        entity, at = asked.key.entity, asked.at
        found: list[Reach] = reaches(view, regime, entity, at, asked.facts)
        answers = [decide(view, regime, reach, asked, self._memory.rows) for reach in found]
        if not found:
            ended = former(view, regime, entity, at)
            if ended:
                answers = [Verdict(Outcome.PERMITTED, regime=regime.id, because=ended, basis="law")]
        if asked.bound:
            for question in view.regime(regime.id).questions:
                if question.asks(entity, asked.act, at) and (question.event.targets or answers):
                    answers = ask(question.event, regime, answers)
        if not answers:
            return None
        verdict = merge(answers)
        if asked.bound:
            if at < regime.verified_from and verdict.outcome in _FREE:
                verdict = replace(
                    verdict,
                    outcome=Outcome.UNKNOWN,
                    needs=(f"{regime.id} is verified from {regime.verified_from:%Y-%m-%d} only",),
                )
            if at >= self._horizon(view, regime, at):
                verdict = replace(verdict, stale=True)
        return replace(verdict, grade=self.grade(verdict))

    def _horizon(self, view: View, regime: Regime, at: datetime) -> datetime:
        """Return the first instant the regime, or a list its version reads, is not verified for."""
        version = view.regime(regime.id).version(at)
        lists = version.lists if version is not None else ()
        ends = [self.horizons[name][1] for name in lists if name in self.horizons]
        return min([regime.verified_through, *ends]) + timedelta(days=1)

    def _horizons(self, regime: Regime) -> set[datetime]:
        """Return every instant at which the regime or one of its lists stops being verified."""
        lists = {name for v in regime.versions for name in v.lists if name in self.horizons}
        ends = [regime.verified_through, *(self.horizons[name][1] for name in lists)]
        return {end + timedelta(days=1) for end in ends}

    # -- words -----------------------------------------------------------------------------

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


def _changes(instants: list[datetime], series: Mapping[str, list[Verdict]]) -> tuple[Change, ...]:
    found = []
    for act, answers in series.items():
        for at, before, after in zip(instants[1:], answers, answers[1:], strict=False):
            if before.outcome is not after.outcome:
                found.append(Change(at, act, before.outcome, after.outcome))
    return tuple(found)
