"""The names of all known entities, and which of them a printed name says."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from analyzer.core.entities import Entity, EntityName, NameKind
from analyzer.core.matching import MatchKind
from analyzer.resolve.names import ParsedName, distinctive, is_brand, parse

_OFFICIAL = frozenset({NameKind.PRIMARY, NameKind.ISSUER})
_KINDS = {
    NameKind.PRIMARY: MatchKind.NAME,
    NameKind.ISSUER: MatchKind.NAME,
    NameKind.FORMER: MatchKind.FORMER_NAME,
}
_RANK = {MatchKind.NAME: 0, MatchKind.ALIAS: 1, MatchKind.FORMER_NAME: 2, MatchKind.PARTIAL_NAME: 3}


@dataclass(frozen=True, slots=True)
class NameHit:
    """One entity whose name the printed name says, wholly or in its distinctive words.

    `exact` is true when words and legal form are those of the name; `whole` when the issuer words
    are.
    """

    entity: str
    kind: MatchKind
    score: float
    name: str
    exact: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True)
class _Entry:
    entity: str
    name: EntityName
    parsed: ParsedName


class NameBook:
    """Names of entities by what they say."""

    def __init__(self, entities: Mapping[str, Entity]) -> None:
        self._strict: dict[str, list[_Entry]] = {}
        self._core: dict[tuple[str, ...], list[_Entry]] = {}
        self._rare: dict[str, list[tuple[frozenset[str], bool, _Entry]]] = {}
        self._texts: dict[str, list[_Entry]] = {}
        self._words: dict[str, frozenset[str]] = {}
        for entity in entities.values():
            names = entity.names or (EntityName(entity.name, NameKind.PRIMARY),)
            for name in names:
                self._add(_Entry(entity.id, name, parse(name.text)))

    def shares_word(self, parsed: ParsedName, entity: str) -> bool:
        """Say whether a name shares a distinctive word with any name of an entity.

        Names in different scripts cannot be compared and are taken to agree.
        """
        known = self._words.get(entity, frozenset())
        words = distinctive(parsed.core)
        if not known or not any(_script(w) in {_script(k) for k in known} for w in words):
            return True
        return bool(parsed.tokens & known) or any(
            w.startswith(k) or k.startswith(w)
            for w in words
            for k in known
            if min(len(w), len(k)) > 3
        )

    def _add(self, entry: _Entry) -> None:
        parsed = entry.parsed
        if not parsed.core:
            return
        self._strict.setdefault(parsed.strict, []).append(entry)
        self._core.setdefault(parsed.core, []).append(entry)
        words = distinctive(parsed.core)
        self._words[entry.entity] = self._words.get(entry.entity, frozenset()) | words
        brands = frozenset(w for w in words if is_brand(w))
        if brands or entry.name.kind is not NameKind.WEAK_ALIAS:
            needed = words if brands else frozenset(parsed.core)
            self._rare.setdefault(min(brands or needed), []).append((needed, bool(brands), entry))
        self._texts.setdefault(parsed.core[0], []).append(entry)

    def find(self, parsed: ParsedName) -> list[NameHit]:
        """Return the entities a name may mean, best first, one hit each."""
        found: dict[str, NameHit] = {}
        for hit in self._hits(parsed):
            best = found.get(hit.entity)
            if best is None or _order(hit) < _order(best):
                found[hit.entity] = hit
        return sorted(found.values(), key=lambda h: (*_order(h), h.entity))

    def _hits(self, parsed: ParsedName) -> Iterable[NameHit]:
        for entry in self._strict.get(parsed.strict, ()):
            yield _hit(entry, 1.0, exact=True)
        for entry in self._core.get(parsed.core, ()):
            yield _hit(entry, 0.95)
        if parsed.cut:
            for entry in self._texts.get(parsed.core[0], ()):
                if " ".join(entry.parsed.core).startswith(parsed.cut):
                    yield _hit(entry, 0.9)
        branded = any(is_brand(w) for w in parsed.core)
        for word in sorted(parsed.tokens):
            for needed, brand, entry in self._rare.get(word, ()):
                if needed <= parsed.tokens and (brand or not branded):
                    yield NameHit(entry.entity, MatchKind.PARTIAL_NAME, 0.7, entry.name.text)


def _hit(entry: _Entry, score: float, *, exact: bool = False) -> NameHit:
    kind = _KINDS.get(entry.name.kind, MatchKind.ALIAS)
    official = entry.name.kind in _OFFICIAL
    score -= 0.0 if official else 0.05
    return NameHit(entry.entity, kind, score, entry.name.text, exact and official, whole=True)


def _order(hit: NameHit) -> tuple[bool, float, int]:
    return (not hit.exact, -hit.score, _RANK[hit.kind])


def _script(word: str) -> str:
    return "latin" if word.isascii() else "other"
