"""The review queue: which matches a person must decide, on what evidence, and what was decided.

Decisions are facts: nothing is edited or deleted. To undo is to record that the decision is
withdrawn, which puts the pair back into the queue.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from analyzer.core.entities import Entity
from analyzer.core.matching import Decision, JudgementRecord, Match
from analyzer.core.verdict import Status
from analyzer.exposure import Analysis
from analyzer.resolve import entry_hash, security_key
from analyzer.resolve.counterparty import (
    Counterparties,
    counterparty_frame,
    resolve_counterparties,
)
from analyzer.resolve.lines import Line, distinct_lines
from analyzer.resolve.resolver import Resolution
from analyzer.service import World
from analyzer.workspace.decisions import standing, taken_back


class State(StrEnum):
    """Where a pair of security and entity stands in the queue."""

    OPEN = "open"
    ESCALATED = "escalated"
    SECOND = "awaiting second person"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    AUTOMATIC = "confirmed by identifier"


@dataclass(frozen=True, slots=True)
class Effective:
    """Decisions that count, and those that wait for a second person.

    Parameters
    ----------
    records
        The latest decision on each pair that takes effect.
    waiting
        Under four eyes: decisions that one person alone has made.
    history
        Every decision, oldest first, those overtaken and those taken back too.
    """

    records: tuple[JudgementRecord, ...]
    waiting: tuple[JudgementRecord, ...] = ()
    history: tuple[JudgementRecord, ...] = ()


@dataclass(frozen=True)
class ReviewItem:
    """One security and the entity it may belong to.

    Parameters
    ----------
    security_key, match, line
        The security, the best candidate as matched before any decision, the line as read.
    entity
        The candidate's entry; None when the lists no longer hold it.
    rows, market_value, portfolios
        Lines of the holdings, their value in base currency (None without any), where they lie.
    state, record
        Where it stands, and the latest decision on it.
    """

    security_key: str
    match: Match
    line: Line
    entity: Entity | None
    rows: tuple[int, ...]
    market_value: float | None
    portfolios: tuple[str, ...]
    state: State
    record: JudgementRecord | None = None

    @property
    def key(self) -> str:
        """An identifier of the pair."""
        return f"{self.security_key} {self.match.entity_id}"


def effective(history: Iterable[JudgementRecord], four_eyes: bool = False) -> Effective:
    """Return the decisions that count.

    Parameters
    ----------
    history
        All decisions, superseded ones too.
    four_eyes
        A confirmation or rejection counts once two people have made it with no other decision
        in between. One taken back leaves those before it as they stood.
    """
    pairs: dict[tuple[str, str], list[JudgementRecord]] = {}
    everything = tuple(sorted(history, key=lambda r: r.when))
    for record in everything:
        pairs.setdefault((record.security_key, record.entity_id), []).append(record)
    counted: list[JudgementRecord] = []
    waiting: list[JudgementRecord] = []
    for everyone in pairs.values():
        records = (standing(everyone) if four_eyes else ()) or tuple(everyone)
        last = records[-1]
        alone = last.decision is not Decision.ESCALATE and len(_agreed(records)) < 2
        (waiting if four_eyes and alone else counted).append(last)
    return Effective(tuple(counted), tuple(waiting), everything)


def _agreed(records: Sequence[JudgementRecord]) -> set[str]:
    """Return who made the latest decision, with nothing else decided in between."""
    last = records[-1]
    people = set()
    for record in reversed(records):
        if (record.decision, record.entry_hash) != (last.decision, last.entry_hash):
            break
        people.add(record.who.casefold())
    return people


def with_judgements(world: World, records: Iterable[JudgementRecord]) -> World:
    """Return the world with people's decisions applied to matches."""
    decisions = tuple(records)
    resolver = world.resolver.with_judgements(decisions)
    return replace(world, resolver=resolver, judgements=decisions)


@dataclass(frozen=True)
class Undecided:
    """What the data alone says of the lines of an analysis, before any decision.

    Parameters
    ----------
    lines
        Their issuers.
    asked, rows
        Counterparties to be matched, and the line each stands on.
    parties
        The issuers of these.
    """

    lines: Resolution
    asked: pd.DataFrame
    rows: Any
    parties: Counterparties


def undecided(world: World, analysis: Analysis) -> Undecided:
    """Match the lines of an analysis without decisions; the costly half of a review queue."""
    lines = analysis.lines
    rows, asked = counterparty_frame(lines)
    return Undecided(
        world.resolver.resolve(lines), asked, rows, resolve_counterparties(lines, world.resolver)
    )


def review_queue(
    world: World, analysis: Analysis, decisions: Effective, raw: Undecided | None = None
) -> tuple[ReviewItem, ...]:
    """Return every matched security with where its review stands, largest open value first.

    Parameters
    ----------
    world
        Without decisions applied: the queue shows what the data alone says, and where a
        rejection has put the next candidate in its place, that one too.
    analysis
        The lines and their values.
    raw
        `undecided(world, analysis)`, where it was made before.
    """
    lines, raw = analysis.lines, raw or undecided(world, analysis)
    now, other = raw.lines, raw.parties
    if decisions.records:
        resolver = with_judgements(world, decisions.records).resolver
        now, other = resolver.resolve(lines), resolve_counterparties(lines, resolver)
    found = {item.key: item for item in _items(world, lines, lines, (raw.lines, now), decisions)}
    both = raw.parties, other
    for item in _items(world, raw.asked, lines.iloc[raw.rows], both, decisions):
        found.setdefault(item.key, item)
    order = {state: rank for rank, state in enumerate(State)}
    return tuple(sorted(found.values(), key=lambda i: (order[i.state], *_by_value(i))))


def _items(
    world: World,
    asked: pd.DataFrame,
    lines: pd.DataFrame,
    matched: tuple[Resolution | Counterparties, Resolution | Counterparties],
    decisions: Effective,
) -> list[ReviewItem]:
    """Return the pairs of a frame that was resolved without decisions, and with them.

    Parameters
    ----------
    asked, lines
        What was resolved, and the holding each row of it belongs to.
    """
    raw, now = matched
    _, securities = distinct_lines(asked)
    latest = {(r.security_key, r.entity_id): r for r in decisions.records}
    waiting = {(r.security_key, r.entity_id): r for r in decisions.waiting}
    groups: dict[tuple[str, str], list[tuple[int, Match]]] = {}
    for code in np.unique(raw.codes).tolist():
        key = security_key(securities[code])
        for match in _stages(raw.matches[code], now.matches[code], key, latest):
            groups.setdefault((key, match.entity_id), []).append((code, match))
    found = []
    for pair, members in groups.items():
        code, match = members[0]
        entity = world.identity.entities.get(pair[1])
        record = waiting.get(pair) or latest.get(pair)
        mine = lines.loc[np.isin(raw.codes, [code for code, _ in members])]
        found.append(
            ReviewItem(
                pair[0],
                match,
                securities[code],
                entity,
                tuple(mine["row"].tolist()),
                _value(mine),
                tuple(sorted(set(mine["portfolio"].astype(str)))),
                _state(match, entity, record, pair in waiting),
                record,
            )
        )
    return found


def _by_value(item: ReviewItem) -> tuple[float, float, str]:
    return -abs(item.market_value or 0.0), -item.match.score, item.key


_ORDERS: Mapping[str, Callable[[ReviewItem], Any]] = {
    "value at stake": _by_value,
    "score": lambda item: (-item.match.score, *_by_value(item)),
    "name": lambda item: (item.line.name.casefold(), item.key),
}
ORDERS = tuple(_ORDERS)


def ordered(items: Iterable[ReviewItem], by: str) -> tuple[ReviewItem, ...]:
    """Return pairs in one of `ORDERS`; by value at stake, ties go by score."""
    return tuple(sorted(items, key=_ORDERS[by]))


def _stages(
    raw: Match | None,
    now: Match | None,
    key: str,
    latest: Mapping[tuple[str, str], JudgementRecord],
) -> list[Match]:
    """Return the match as found, the candidates decided since, and the one that now stands."""
    if raw is None:
        return []
    found = {raw.entity_id: raw}
    for candidate in raw.candidates:
        if (key, candidate.entity_id) in latest and candidate.entity_id not in found:
            found[candidate.entity_id] = replace(
                raw,
                entity_id=candidate.entity_id,
                entity=candidate.entity,
                kind=candidate.kind,
                score=candidate.score,
                confirmed=False,
                evidence=candidate.evidence,
                contradictions=(),
            )
    if now is not None:
        found.setdefault(now.entity_id, now)
    return list(found.values())


def _value(lines: pd.DataFrame) -> float | None:
    values = lines["market_value_base"].dropna()
    return float(values.sum()) if len(values) else None


def _state(
    match: Match, entity: Entity | None, record: JudgementRecord | None, waiting: bool
) -> State:
    lapsed = record is None or entity is None or entry_hash(entity) != record.entry_hash
    if record is None or lapsed or taken_back(record):
        return State.AUTOMATIC if match.confirmed else State.OPEN
    if waiting:
        return State.SECOND
    if record.decision is Decision.REJECT:
        return State.REJECTED
    return State.CONFIRMED if record.decision is Decision.CONFIRM else State.ESCALATED


def history_of(item: ReviewItem, decisions: Effective) -> tuple[JudgementRecord, ...]:
    """Return every decision on one pair, oldest first."""
    pair = item.security_key, item.match.entity_id
    return tuple(r for r in decisions.history if (r.security_key, r.entity_id) == pair)


def evidence(item: ReviewItem) -> tuple[tuple[str, str, str], ...]:
    """Return rows of label, what the file says, what the list says."""
    entity, line = item.entity, item.line
    codes: Mapping[str, str] = {kind.value: code for kind, code in line.codes}
    names = "; ".join(n.text for n in entity.names) if entity else ""
    board = f"{line.ticker}@{line.mic}" if line.ticker and line.mic else line.ticker or ""
    return (
        ("Name", line.name, entity.name if entity else item.match.entity),
        ("Other names", "", names),
        ("ISIN", codes.get("isin", ""), ""),
        ("CUSIP", codes.get("cusip", ""), ""),
        ("SEDOL", codes.get("sedol", ""), ""),
        ("LEI", codes.get("lei", ""), (entity.lei or "") if entity else ""),
        ("Ticker and board", board, ""),
        ("Country", line.country or "", entity.country if entity else ""),
        ("Instrument", line.instrument, ""),
    )


def legal_questions(analysis: Analysis) -> tuple[tuple[int, tuple[str, ...]], ...]:
    """Return answers in review for a legal reason: index into `judged`, what settles it."""
    found = []
    for at, answer in enumerate(analysis.judged):
        sure = answer.match is not None and answer.match.confirmed
        if answer.status is Status.REVIEW and sure:
            needs = dict.fromkeys(n for v in answer.verdicts.values() for n in v.needs)
            found.append((at, tuple(needs) or answer.reasons[:1]))
    return tuple(found)
