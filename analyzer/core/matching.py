"""The result of asking who issued a security, and what people have decided about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class MatchKind(StrEnum):
    """The evidence a match rests on, strongest first."""

    ISIN = "isin"
    CUSIP = "cusip"
    SEDOL = "sedol"
    FIGI = "figi"
    LEI = "lei"
    TICKER = "ticker"  # ticker together with its board
    NAME = "name"  # unique official name, compatible country or board
    ALIAS = "alias"
    FORMER_NAME = "former_name"
    PARTIAL_NAME = "partial_name"  # holds every distinctive word of a listed name
    CLOSE_NAME = "close_name"  # a known issuer whose name closely matches a listed one
    AFFILIATE = "affiliate"  # a known issuer related to a listed one, itself not listed


@dataclass(frozen=True, slots=True)
class Candidate:
    """One entity a security might belong to."""

    entity_id: str
    entity: str
    kind: MatchKind
    score: float
    evidence: str


CERTAIN = 0.9  # what whole names score; parts of names and misspellings stay below


def certain(candidates: Sequence[Candidate]) -> Candidate | None:
    """Return the only candidate when an identifier or a whole name found it, else None."""
    if len(candidates) != 1 or candidates[0].score < CERTAIN:
        return None
    return candidates[0]


@dataclass(frozen=True, slots=True)
class Match:
    """The best candidate, whether it may be relied on, and why.

    Parameters
    ----------
    entity_id, entity
        Identifier and official name of the matched entity.
    kind, score
        Evidence class and a number in [0, 1] that orders candidates of one class.
    confirmed
        False sends the line to review.
    evidence
        One sentence a compliance officer can sign.
    contradictions
        Facts of the line that speak against the match (ISIN country, board, other issuer).
    candidates
        All entities considered, best first, including the match itself.
    """

    entity_id: str
    entity: str
    kind: MatchKind
    score: float
    confirmed: bool
    evidence: str
    contradictions: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = ()


class Decision(StrEnum):
    """What a person decided about a security and an entity."""

    CONFIRM = "confirm"  # the security is the entity's
    REJECT = "reject"  # it is not
    ESCALATE = "escalate"  # someone else must decide; the line stays in review


@dataclass(frozen=True, slots=True)
class JudgementRecord:
    """One decision: about which security and entity, by whom, when and why.

    Parameters
    ----------
    security_key
        The security as `analyzer.resolve.security_key` names it: `isin:...`, else the next
        strongest identifier, else ticker with board, else the name as read.
    entity_id
        The entity the decision is about.
    entry_hash
        `analyzer.resolve.entry_hash` of the entity when the decision was made. The decision
        lapses when the entity's entry has another hash.
    """

    security_key: str
    entity_id: str
    decision: Decision
    who: str
    when: datetime
    why: str
    entry_hash: str
