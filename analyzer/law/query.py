"""Asking the law: verdict, judgement, what-if.

A regime is judged by itself; the answers are then combined by severity with every reason kept.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from analyzer.core.asof import AsOf
from analyzer.core.entities import Grade, Relation
from analyzer.core.errors import QueryError
from analyzer.core.events import Citation, EventKind, LegalEvent
from analyzer.core.verdict import (
    PROHIBITIONS,
    SEVERITY,
    Change,
    Deadline,
    Judgement,
    Key,
    Outcome,
    Standing,
    Status,
    Verdict,
)
from analyzer.law.decide import decide
from analyzer.law.reach import (
    affiliations,
    boundaries,
    former,
    reaches,
    version_in_force,
)
from analyzer.law.replay import Record
from analyzer.law.spec import Phase, Regime, Via, Vocabulary
from analyzer.law.status import status_of, strictest

ACTS = ("buy", "hold", "sell")

_GRADES = {grade.value: rank for rank, grade in enumerate(Grade)}


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
    """

    record: Record
    regimes: Mapping[str, Regime]
    vocabulary: Vocabulary
    citations: Mapping[str, Citation]
    horizons: Mapping[str, tuple[datetime, datetime]]

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
        answers = [self._at(key, act, holder, t, as_of.known)[0] for t in self.instants(key, as_of)]
        return strictest(answers)

    def judge(self, key: Key, holder: str, as_of: AsOf, acts: tuple[str, ...] = ACTS) -> Judgement:
        """Return verdicts for several acts, the position status, and what changes in the day."""
        self.check_words(key, holder, acts)
        asked = tuple(dict.fromkeys((*ACTS, *acts)))
        series: dict[str, list[Verdict]] = {act: [] for act in asked}
        parts: dict[str, dict[str, Verdict]] = {}
        statuses: list[tuple[Status, Standing]] = []
        instants = self.instants(key, as_of)
        for at in instants:
            standing = self.standing(key.entity, holder, at, as_of.known)
            now: dict[str, Verdict] = {}
            for act in asked:
                whole, by_regime = self._at(key, act, holder, at, as_of.known)
                now[act] = whole
                series[act].append(whole)
                for regime_id, verdict in by_regime:
                    earlier = parts.setdefault(regime_id, {}).get(act)
                    parts[regime_id][act] = strictest([earlier, verdict] if earlier else [verdict])
            statuses.append((status_of(now, standing), standing))
        status, standing = min(statuses, key=lambda pair: list(Status).index(pair[0]))
        return Judgement(
            key,
            status,
            {act: strictest(series[act]) for act in asked},
            tuple(parts.items()),
            standing,
            _changes(instants, series),
            self.deadlines(key.entity, holder, as_of),
        )

    def standing(self, entity: str, holder: str, at: datetime, known: datetime) -> Standing:
        """Return where an entity stands at an instant, apart from any act."""
        lineage = self.vocabulary.lineage(holder)
        lists: list[str] = []
        flags: list[str] = []
        because: list[str] = []
        pending = suspended = formerly = close = False
        for regime in self.regimes.values():
            found = reaches(self.record, regime, entity, at, known)
            bound = bool(regime.binds & lineage)
            for reach in found:
                if reach.via is Via.LISTED:
                    lists.append(reach.list_id)
                if regime.bans:
                    pending |= bound and reach.phase is Phase.PENDING and not reach.suspended
                    suspended |= bound and reach.suspended
                    close |= bound and reach.via is Via.CLOSE_NAME
                else:
                    flags.append(regime.flag)
                because += reach.because
            if regime.bans and not found:
                ended = former(self.record, regime, entity, at, known)
                formerly |= bound and bool(ended)
                because += ended
                for word, reach in affiliations(self.record, regime, entity, at, known):
                    flags.append(
                        f"{word} of {reach.entity}, which is on {reach.list_id}; {regime.reach}"
                    )
                    because += reach.because
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
        lineage = self.vocabulary.lineage(holder)
        found: list[Deadline] = []
        for regime in self.regimes.values():
            if not regime.bans or not regime.binds & lineage:
                continue
            for reach in reaches(self.record, regime, entity, as_of.start, as_of.known):
                if reach.suspended:
                    continue
                if reach.ban_from is not None and reach.ban_from > as_of.start:
                    found.append(
                        Deadline(
                            entity,
                            regime.id,
                            "purchases_end",
                            reach.ban_from,
                            False,
                            "last instant before purchases are prohibited",
                            reach.because,
                        )
                    )
                if reach.window_end is not None and reach.window_end >= as_of.start:
                    found.append(
                        Deadline(
                            entity,
                            regime.id,
                            "window_closes",
                            reach.window_end,
                            reach.window_inclusive,
                            "sales to divest end; afterwards the position may be held, not sold",
                            reach.because,
                        )
                    )
        return tuple(sorted(found, key=lambda d: (d.at, d.kind)))

    def instants(self, key: Key, as_of: AsOf) -> list[datetime]:
        """Return the start of the span and every instant within it at which an answer may change."""
        if not as_of.is_day:
            return [as_of.start]
        inside = {
            t for t in self.boundaries(key.entity, as_of.known) if as_of.start < t < as_of.end
        }
        return [as_of.start, *sorted(inside)]

    def boundaries(self, entity: str, known: datetime) -> set[datetime]:
        """Return every instant at which any answer about the entity may change."""
        found: set[datetime] = set()
        for regime in self.regimes.values():
            found |= boundaries(self.record, regime, entity, known)
        found.update(e.effective for e in self.record.venue.get(entity, ()))
        return found

    # -- one instant -----------------------------------------------------------------------

    def _at(
        self, key: Key, act: str, holder: str, at: datetime, known: datetime
    ) -> tuple[Verdict, list[tuple[str, Verdict]]]:
        lineage = self.vocabulary.lineage(holder)
        if act == "trade_on_venue" and "us-exchange" not in lineage:
            verdict = self._venue(key, at, known)
            return verdict, [("venue", verdict)]
        parts: list[tuple[str, Verdict]] = []
        for regime in self.regimes.values():
            if not regime.bans:
                continue
            verdict_or_none = self._regime_at(regime, key, act, lineage, at, known)
            if verdict_or_none is not None:
                parts.append((regime.id, verdict_or_none))
        return combine([v for _, v in parts]), parts

    def _regime_at(
        self,
        regime: Regime,
        key: Key,
        act: str,
        lineage: frozenset[str],
        at: datetime,
        known: datetime,
    ) -> Verdict | None:
        found = reaches(self.record, regime, key.entity, at, known)
        answers = [
            decide(self.record, regime, reach, key, act, lineage, at, known) for reach in found
        ]
        if not found:
            ended = former(self.record, regime, key.entity, at, known)
            if ended:
                answers = [Verdict(Outcome.PERMITTED, regime=regime.id, because=ended, basis="law")]
        answers = self._questions(regime, key, act, lineage, at, known, answers)
        if not answers:
            return None
        verdict = strictest(answers)
        if regime.binds & lineage and at >= self._horizon(regime, at, known):
            verdict = replace(verdict, stale=True)
        return replace(verdict, grade=self.grade(verdict))

    def _questions(
        self,
        regime: Regime,
        key: Key,
        act: str,
        lineage: frozenset[str],
        at: datetime,
        known: datetime,
        answers: list[Verdict],
    ) -> list[Verdict]:
        """Apply the open questions of the regime that cover this act at this instant."""
        if not regime.binds & lineage:
            return answers
        for event in self.record.by_regime.get(regime.id, ()):
            if event.kind is not EventKind.UNCERTAIN or not self._open(event, at, known):
                continue
            params = event.params
            if (event.targets and key.entity not in event.targets) or (
                params.get("acts") and act not in params["acts"]
            ):
                continue
            if not event.targets and not answers:
                continue
            answers = _question(event, regime, answers)
        return answers

    def _open(self, event: LegalEvent, at: datetime, known: datetime) -> bool:
        if at < event.effective or not self.record.visible(event, known):
            return False
        end = event.params.get("until")
        for closing in self.record.closing.get(event.id, ()):
            if closing.known <= known and (
                closing.params.get("retroactive") or at >= closing.effective
            ):
                return False
        return end is None or at < end

    def _venue(self, key: Key, at: datetime, known: datetime) -> Verdict:
        """Return whether the venue trades the line: a fact about the venue, never about the law."""
        state = Verdict(Outcome.PERMITTED, basis="none")
        for event in self.record.venue.get(key.entity, ()):
            if event.kind is not EventKind.VENUE or event.effective > at:
                continue
            if not self.record.visible(event, known):
                continue
            words = event.params.get("instruments")
            if words and key.instrument not in words:
                continue
            outcome = (
                Outcome.VENUE_UNAVAILABLE
                if event.params.get("state") == "suspended"
                else Outcome.PERMITTED
            )
            state = Verdict(
                outcome,
                basis="venue",
                because=(event.id,),
                cites=event.cites,
                conditions=(event.text,),
            )
        return replace(state, grade=self.grade(state))

    def _horizon(self, regime: Regime, at: datetime, known: datetime) -> datetime:
        """Return the first instant the regime, or a list its version reads, is not verified for."""
        ends = [regime.verified_through]
        version = version_in_force(self.record, regime, at, known)
        if version is not None:
            ends += [self.horizons[name][1] for name in version.lists if name in self.horizons]
        return min(ends) + timedelta(days=1)

    # -- words -----------------------------------------------------------------------------

    def check_words(self, key: Key, holder: str, acts: Iterable[str]) -> None:
        """Refuse words outside the vocabulary.

        Raises
        ------
        QueryError
            Naming the word and the ones that exist.
        """
        words = self.vocabulary
        for act in acts:
            if act not in words.acts:
                raise QueryError(f"unknown act {act!r}; known: {', '.join(words.acts)}")
        if holder not in words.holders:
            raise QueryError(f"unknown holder {holder!r}; known: {', '.join(words.holders)}")
        if key.instrument not in words.instruments:
            raise QueryError(
                f"unknown instrument {key.instrument!r}; known: {', '.join(words.instruments)}"
            )
        for fact, _ in key.facts:
            if fact not in words.facts:
                raise QueryError(f"unknown fact {fact!r}; known: {', '.join(words.facts)}")

    def grade(self, verdict: Verdict) -> str:
        """Return the weakest grade among the sources a verdict rests on."""
        cites = list(verdict.cites)
        for reason in verdict.because:
            event = self.record.by_id.get(reason)
            if event is not None:
                cites += event.cites
        grades = [self.citations[c].grade.value for c in cites if c in self.citations]
        return max(grades, key=lambda g: _GRADES[g], default="")


def combine(answers: list[Verdict]) -> Verdict:
    """Combine the answers of several regimes: the severest stands, every reason is kept."""
    if not answers:
        return Verdict(Outcome.PERMITTED)
    worst = strictest(answers)
    if worst.outcome is Outcome.NOT_APPLICABLE:
        worst = replace(worst, outcome=Outcome.PERMITTED)
    others = [a for a in answers if a is not worst]
    because = dict.fromkeys([*worst.because, *(r for a in others for r in a.because)])
    return replace(
        worst,
        because=tuple(because),
        questions=tuple(
            dict.fromkeys([*worst.questions, *(q for a in others for q in a.questions)])
        ),
        stale=any(a.stale for a in answers),
    )


def _question(event: LegalEvent, regime: Regime, answers: list[Verdict]) -> list[Verdict]:
    """Return the answers as an open question leaves them.

    `review` and `unknown` take the place of a permission; a prohibition stands. `lapse` asks
    whether the ban still stands: what is permitted under it is permitted either way.
    """
    effect = str(event.params.get("effect", "unknown"))
    noted = {"questions": (event.id,)}
    if effect == "lapse":
        return [
            replace(a, **noted, because=(*a.because, event.id))  # type: ignore[arg-type]
            if a.outcome in PROHIBITIONS
            else a
            for a in answers
        ]
    asked = Verdict(
        Outcome(effect),
        regime=regime.id,
        basis="question",
        because=(event.id,),
        cites=event.cites,
        questions=(event.id,),
        needs=(event.text,),
    )
    if any(a.outcome in PROHIBITIONS for a in answers):
        return [replace(a, **noted) for a in answers]  # type: ignore[arg-type]
    reasons = tuple(dict.fromkeys([event.id, *(r for a in answers for r in a.because)]))
    return [replace(asked, because=reasons)]


def _changes(instants: list[datetime], series: Mapping[str, list[Verdict]]) -> tuple[Change, ...]:
    found = []
    for act, answers in series.items():
        for at, before, after in zip(instants[1:], answers, answers[1:], strict=False):
            if before.outcome is not after.outcome:
                found.append(Change(at, act, before.outcome, after.outcome))
    return tuple(found)


__all__ = ["ACTS", "SEVERITY", "Law", "combine"]
