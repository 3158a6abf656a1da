"""Decisions of people, applied to the line and entity they are about until the entry changes."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace

from analyzer.core.entities import Entity
from analyzer.core.matching import Decision, JudgementRecord, Match
from analyzer.resolve.lines import Line, security_key


def entry_hash(entity: Entity) -> str:
    """Return 16 hexadecimal digits that change whenever the entity's entry does."""
    names = sorted(f"{name.kind}={name.text}" for name in entity.names)
    entry = "\n".join(
        (entity.id, entity.name, entity.country, entity.lei or "", entity.uscc or "", *names)
    )
    return hashlib.sha256(entry.encode()).hexdigest()[:16]


class Judgements:
    """The latest decision on each pair of security and entity."""

    def __init__(self, records: Iterable[JudgementRecord], entities: Mapping[str, Entity]) -> None:
        self._entities = entities
        self._by_security: dict[str, dict[str, JudgementRecord]] = {}
        for record in sorted(records, key=lambda r: (r.when, r.entity_id)):
            self._by_security.setdefault(record.security_key, {})[record.entity_id] = record

    def apply(self, line: Line, match: Match | None) -> Match | None:
        """Return the match as people decided; a rejected entity gives way to the next candidate."""
        if not self._by_security:
            return match
        records = self._by_security.get(security_key(line), {})
        for record in records.values():
            match = self._apply(record, match)
        return match

    def _apply(self, record: JudgementRecord, match: Match | None) -> Match | None:
        entity = self._entities.get(record.entity_id)
        said = f"{record.who} on {record.when:%Y-%m-%d}: {record.why}"
        about = match is not None and match.entity_id == record.entity_id
        if entity is None or entry_hash(entity) != record.entry_hash:
            if match is None or not about:
                return match
            note = f"An earlier decision lapsed because the entry changed ({said})."
            return replace(match, evidence=f"{match.evidence} {note}")
        if record.decision is Decision.REJECT:
            return _rejected(match, record.entity_id, said)
        if match is None:
            return None
        if record.decision is Decision.CONFIRM:
            match = match if about else _promoted(match, record.entity_id)
            if match.entity_id != record.entity_id:
                return match
            return replace(match, confirmed=True, evidence=f"{match.evidence} Confirmed by {said}.")
        if not about:
            return match
        return replace(match, confirmed=False, evidence=f"{match.evidence} Escalated by {said}.")


def _promoted(match: Match, entity: str) -> Match:
    """Return the match with another of its candidates in first place."""
    for best in match.candidates:
        if best.entity_id == entity:
            return replace(
                match,
                entity_id=entity,
                entity=best.entity,
                kind=best.kind,
                score=best.score,
                evidence=best.evidence,
            )
    return match


def _rejected(match: Match | None, entity: str, said: str) -> Match | None:
    """Return the match without the rejected entity, or None when nobody else is left."""
    if match is None:
        return None
    left = tuple(c for c in match.candidates if c.entity_id != entity)
    if match.entity_id != entity:
        return replace(match, candidates=left)
    if not left:
        return None
    best = left[0]
    evidence = f"{best.evidence} {match.entity} was rejected by {said}."
    return Match(best.entity_id, best.entity, best.kind, best.score, False, evidence, (), left)
