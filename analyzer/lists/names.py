"""Which known entity an entry is: by the publisher's key, a legal identifier, its official name."""

import re
import unicodedata
from collections.abc import Iterable, Mapping

from analyzer.core.entities import Entity, NameKind
from analyzer.lists.formats.publication import Entry
from analyzer.lists.roster import Edition
from analyzer.lists.spec import ListSpec

_OFFICIAL = frozenset({NameKind.PRIMARY, NameKind.ISSUER})

# Other names that say "this is the same issuer"; weak aliases and former names do not.
_SAME = frozenset({NameKind.ALIAS, NameKind.ISSUER})


def fold(name: str) -> str:
    """Return a name without case, accents, punctuation and blanks; no word is dropped."""
    plain = unicodedata.normalize("NFKD", name)
    return "".join(c for c in plain.casefold() if c.isalnum())


def slug(name: str) -> str:
    """Return a name as the readable part of an id."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-") or "unnamed"


class Directory:
    """Entities of the package by publisher's key and by official name.

    Only facts shipped with the package (and those the caller passes) identify an entry, never
    other imports: the order of imports must not matter.
    """

    def __init__(
        self,
        specs: Mapping[str, ListSpec],
        editions: Mapping[str, tuple[Edition, ...]],
        entities: Iterable[Entity] = (),
    ) -> None:
        self._keys: dict[tuple[str, str], str] = {}
        self._names: dict[str, set[str]] = {}
        self._legal: dict[str, str] = {}
        known: set[str] = set()
        for list_id, rosters in editions.items():
            space = specs[list_id].uids or list_id
            for edition in rosters:
                for row in edition.rows:
                    known.add(row.entity)
                    self._names.setdefault(fold(row.name_as_published), set()).add(row.entity)
                    if row.uid:
                        self._keys[space, row.uid] = row.entity
        for entity in entities:
            known.add(entity.id)
            self._legal |= {code: entity.id for code in (entity.lei, entity.uscc) if code}
            official = [entity.name, *(n.text for n in entity.names if n.kind in _OFFICIAL)]
            for name in official:
                self._names.setdefault(fold(name), set()).add(entity.id)
        self.known = frozenset(known)

    def entity_of(self, spec: ListSpec, entry: Entry) -> str:
        """Return the id of an entry's entity: a known one, or a new one that is always the same."""
        space = spec.uids or spec.id
        if entry.uid and (space, entry.uid) in self._keys:
            return self._keys[space, entry.uid]
        for code in (entry.lei, entry.uscc):
            if code in self._legal:
                return self._legal[code]
        named = self.named(entry.name) or self._by_other_name(entry)
        if named is not None and entry.kind == "entity":
            return named
        return f"{space.lower()}-{slug(entry.uid or entry.name)}"

    def _by_other_name(self, entry: Entry) -> str | None:
        """Return the only known entity whose official name the entry prints as another of its."""
        others = [n.text for n in entry.names if n.kind in _SAME]
        found = {key for text in others for key in self._names.get(fold(text), ())}
        return next(iter(found)) if len(found) == 1 else None

    def named(self, name: str) -> str | None:
        """Return the only known entity of an exact official name, or None."""
        found = self._names.get(fold(name), set())
        return next(iter(found)) if len(found) == 1 else None
