"""Deciding, one pair or several together, and taking decisions back as one action."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from analyzer.core.matching import Decision, JudgementRecord
from analyzer.resolve import entry_hash
from analyzer.store import Store
from analyzer.workspace.decisions import standing, withdrawal
from analyzer.workspace.review import ReviewItem, State

_STANDS = {
    Decision.CONFIRM: (State.CONFIRMED, State.AUTOMATIC),
    Decision.REJECT: (State.REJECTED,),
    Decision.ESCALATE: (State.ESCALATED,),
}


def record_of(
    item: ReviewItem, decision: Decision, who: str, when: datetime, why: str
) -> JudgementRecord:
    """Return the record of a decision on one pair.

    Raises
    ------
    ValueError
        When a rejection gives no reason, or the entity is not known.
    """
    if decision is Decision.REJECT and not why.strip():
        raise ValueError("a rejection needs a reason")
    if item.entity is None:
        raise ValueError(f"{item.match.entity} is not among the known entities")
    return JudgementRecord(
        item.security_key,
        item.match.entity_id,
        decision,
        who.strip(),
        when,
        why.strip() or item.match.evidence,
        entry_hash(item.entity),
    )


def decide(
    store: Store, item: ReviewItem, decision: Decision, who: str, when: datetime, why: str
) -> JudgementRecord:
    """Record a decision on one pair.

    Raises
    ------
    ValueError
        When nobody is named, a rejection gives no reason, or the entity is not known.
    """
    record = record_of(item, decision, who, when, why)
    store.add_judgements([record], who, when)
    return record


def withdraw(store: Store, record: JudgementRecord, who: str, when: datetime) -> JudgementRecord:
    """Record that a decision is withdrawn: the pair is open again, and both facts stay."""
    undone = withdrawal(record, who, when)
    store.add_judgements([undone], who, when)
    return undone


# -- several together ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Together:
    """One decision on several pairs, before it is made.

    Parameters
    ----------
    decision, who
        What is decided, and by whom.
    items
        The pairs it will be recorded on, largest value first.
    left
        Pairs it does not touch, each with the reason.
    """

    decision: Decision
    who: str
    items: tuple[ReviewItem, ...]
    left: tuple[tuple[ReviewItem, str], ...] = ()

    @property
    def value(self) -> float | None:
        """Base-currency value at stake, each security once; None when none of them has one."""
        found = {i.security_key: i.market_value for i in self.items if i.market_value is not None}
        return sum(abs(value) for value in found.values()) if found else None

    @property
    def unvalued(self) -> int:
        """Securities without a value, which the value at stake leaves out."""
        return len({i.security_key for i in self.items if i.market_value is None})

    @property
    def rows(self) -> int:
        """Lines of the holdings they stand for, each once."""
        return len({(i.security_key, row) for i in self.items for row in i.rows})

    def holds(self, queue: Iterable[ReviewItem]) -> bool:
        """Say whether every pair still stands in the queue as it did when this was made."""
        now = {item.key: (item.state, item.entity) for item in queue}
        return all(now.get(item.key) == (item.state, item.entity) for item in self.items)


def together(items: Sequence[ReviewItem], decision: Decision, who: str) -> Together:
    """Return what one decision on several pairs would do.

    A pair is left alone that stands so decided, that the same person has decided so and that
    waits for another, and whose entity no list holds any more.
    """
    kept: list[ReviewItem] = []
    left: list[tuple[ReviewItem, str]] = []
    for item in items:
        record = item.record
        again = record is not None and record.decision is decision and _same(record.who, who)
        if item.state in _STANDS[decision]:
            left.append((item, f"stands {item.state.value} already"))
        elif item.state is State.SECOND and again:
            left.append((item, "waits for another person than you"))
        elif item.entity is None:
            left.append((item, "is not among the known entities any more"))
        else:
            kept.append(item)
    kept.sort(key=lambda i: (-abs(i.market_value or 0.0), i.key))
    return Together(decision, who.strip(), tuple(kept), tuple(left))


def _same(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()


def decide_together(
    store: Store, plan: Together, when: datetime, why: str
) -> tuple[JudgementRecord, ...]:
    """Record one decision on every pair of a plan, all or none.

    Raises
    ------
    ValueError
        When nothing is left to decide, nobody is named, or no reason is given.
    """
    if not plan.items:
        raise ValueError("nothing is left to decide")
    if not why.strip():
        raise ValueError("a decision on several matches needs a reason")
    reason = f"{why.strip()} (one of {len(plan.items)} decided together)"
    records = [record_of(item, plan.decision, plan.who, when, reason) for item in plan.items]
    store.add_judgements(records, plan.who, when)
    return tuple(records)


def take_back(
    store: Store, records: Iterable[JudgementRecord], who: str, when: datetime
) -> tuple[tuple[JudgementRecord, ...], tuple[JudgementRecord, ...]]:
    """Take decisions back as one action: each pair stands as before it, and both facts stay.

    Returns
    -------
    undone
        The records that take them back.
    overtaken
        Decisions left as they are, since somebody has decided the pair again.
    """
    mine = tuple(records)
    pairs: dict[tuple[str, str], list[JudgementRecord]] = {
        (r.security_key, r.entity_id): [] for r in mine
    }
    for record in sorted(store.judgements(superseded=True), key=lambda r: r.when):
        pairs.get((record.security_key, record.entity_id), []).append(record)
    tops = {pair: standing(history)[-1:] for pair, history in pairs.items()}
    last = [r for r in mine if r in tops[r.security_key, r.entity_id]]
    undone = tuple(withdrawal(record, who, when) for record in last)
    store.add_judgements(undone, who, when)
    return undone, tuple(r for r in mine if r not in last)
