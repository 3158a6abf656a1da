"""Entities reached because designated persons own them.

The rule is a closure on being reached, not a product of percentages: an entity owned at the
threshold is itself reached, and what it owns then counts in full (31 CFR 587.406, 589.411).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from analyzer.law.replay import Membership, Record, holds_on
from analyzer.law.spec import Ownership

Edges = dict[str, list[tuple[str, float | None]]]


@dataclass(frozen=True, slots=True)
class Owned:
    """How far designated persons own an entity.

    Parameters
    ----------
    reached
        Whether the threshold is attained, by stated fractions alone.
    possible
        Whether it would be attained if every fraction that is not stated were the whole.
    fraction
        Sum of the direct holdings of reached owners (the largest one where they do not add up).
    owners
        The reached owners themselves.
    unstated
        Owners whose fraction is not stated.
    root
        A designated person at the end of the chain, and its state on the list.
    """

    reached: bool
    possible: bool
    fraction: float
    owners: tuple[str, ...] = ()
    unstated: tuple[str, ...] = ()
    root: tuple[str, Membership] | None = None


def edges_at(
    record: Record, entity: str, at: datetime, stated: Iterable[tuple[str, float]] = ()
) -> Edges:
    """Return the owners of an entity, and theirs, at an instant.

    `stated` are direct holdings given with the question; they replace what the record says of
    the same owner.
    """
    found: Edges = {entity: [(owner, fraction) for owner, fraction in stated]}
    given = {owner for owner, _ in stated}
    waiting = [entity, *given]
    seen = set(waiting)
    day = at.date()
    while waiting:
        owned = waiting.pop()
        for relation in record.owners.get(owned, ()):
            if not holds_on(relation, day) or (owned == entity and relation.other in given):
                continue
            found.setdefault(owned, []).append((relation.other, relation.fraction))
            if relation.other not in seen:
                seen.add(relation.other)
                waiting.append(relation.other)
    return found


def owned_by(
    rule: Ownership,
    edges: Edges,
    entity: str,
    listed: Callable[[str], Membership | None],
) -> Owned | None:
    """Return how designated persons own an entity under a rule; None where nobody does.

    `listed` gives the state of a name that is listed now and not suspended, else None.
    """
    names = set(edges) | {owner for owners in edges.values() for owner, _ in owners}
    roots = {name: m for name in names - {entity} if (m := listed(name)) is not None}
    if not roots:
        return None
    sure = _closure(rule, edges, set(roots), whole=False)
    maybe = _closure(rule, edges, set(roots), whole=True)
    direct = edges.get(entity, [])
    fraction = _share(rule, direct, sure, whole=False)
    chain = tuple(owner for owner, _ in direct if owner in maybe)
    unstated = tuple(owner for owner, part in direct if part is None and owner in maybe)
    root = _root(edges, entity, roots)
    if root is None:
        return None
    return Owned(entity in sure, entity in maybe, fraction, chain, unstated, (root, roots[root]))


def _share(
    rule: Ownership, owners: list[tuple[str, float | None]], reached: set[str], *, whole: bool
) -> float:
    parts = [
        (1.0 if whole else 0.0) if part is None else part for o, part in owners if o in reached
    ]
    return (sum(parts) if rule.aggregate else max(parts, default=0.0)) if parts else 0.0


def _closure(rule: Ownership, edges: Edges, reached: set[str], *, whole: bool) -> set[str]:
    """Return the least set that contains the listed and everything they own at the threshold."""
    found = set(reached)
    grown = True
    while grown:
        grown = False
        for owned, owners in edges.items():
            if owned not in found and rule.attained(_share(rule, owners, found, whole=whole)):
                found.add(owned)
                grown = True
    return found


def _root(edges: Edges, entity: str, roots: dict[str, Membership]) -> str | None:
    """Return the nearest listed owner up the chain."""
    layer, seen = [entity], {entity}
    while layer:
        following: list[str] = []
        for owned in layer:
            for owner, _ in edges.get(owned, ()):
                if owner in roots:
                    return owner
                if owner not in seen:
                    seen.add(owner)
                    following.append(owner)
        layer = following
    return None
