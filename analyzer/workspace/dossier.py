"""What is known of a match, for a person to judge: names token by token, listings, owners."""

import unicodedata
from dataclasses import dataclass
from datetime import date

from analyzer.service import World
from analyzer.workspace.review import ReviewItem

_DEPTH = 4  # owners of owners


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact about the listed entity.

    Parameters
    ----------
    label, text
        What it is, in words.
    url
        Where it can be read; empty without one.
    """

    label: str
    text: str
    url: str = ""


def compared(one: str, other: str) -> tuple[tuple[tuple[str, bool], ...], ...]:
    """Return the words of two names, each with whether the other name has it too.

    Case, accents and punctuation do not count; a word that stands twice in one name and once in
    the other is matched once.
    """
    first, second = one.split(), other.split()
    return _marked(first, second), _marked(second, first)


def _marked(words: list[str], others: list[str]) -> tuple[tuple[str, bool], ...]:
    left = [_bare(word) for word in others]
    found = []
    for word in words:
        bare = _bare(word)
        there = not bare or bare in left
        if bare in left:
            left.remove(bare)
        found.append((word, there))
    return tuple(found)


def _bare(word: str) -> str:
    parts = unicodedata.normalize("NFKD", word.casefold())
    return "".join(c for c in parts if c.isalnum())


def facts(world: World, item: ReviewItem, day: date) -> tuple[Fact, ...]:
    """Return the listings of the entity as of a day, and who owns it."""
    return (*_listings(world, item.match.entity_id, day), *_owners(world, item, day))


def _listings(world: World, entity: str, day: date) -> list[Fact]:
    found = []
    for list_id, spec in world.lists.specs.items():
        editions = [e for e in world.lists.editions[list_id] if e.date <= day]
        if not editions:
            continue
        newest = editions[-1]
        for row in (r for r in newest.rows if r.entity == entity):
            since = f", listed {row.listed}" if row.listed else ""
            text = f"{row.name_as_published}{since} (edition of {newest.date})"
            found.append(Fact(spec.title, text, spec.url))
    return found


def _owners(world: World, item: ReviewItem, day: date) -> list[Fact]:
    """Return the chain of owners, nearest first; each entity once."""
    found, level, seen = [], [item.match.entity_id], {item.match.entity_id}
    for _ in range(_DEPTH):
        above = []
        for entity in level:
            for relation in world.law.record.related.get(entity, ()):
                since, until = relation.since or date.min, relation.until or date.max
                if relation.fraction is None or not since <= day < until:
                    continue
                names = (world.names.get(key, key) for key in (entity, relation.other))
                mine, owner = names
                text = f"{mine}: {relation.fraction:.1%} held by {owner}"
                found.append(Fact("Owner", f"{text} ({relation.source or relation.grade.value})"))
                if relation.other not in seen:
                    seen.add(relation.other)
                    above.append(relation.other)
        level = above
    return found
