"""The names of all known entities, and which of them a printed name says."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from analyzer.core.entities import Entity, EntityName, NameKind
from analyzer.core.matching import MatchKind
from analyzer.resolve.compare import compare, form_factor
from analyzer.resolve.index import NameIndex
from analyzer.resolve.names import ParsedName, parse
from analyzer.resolve.wordclass import distinctive, is_brand, word_class

_OFFICIAL = frozenset({NameKind.PRIMARY, NameKind.ISSUER})
_KINDS = {
    NameKind.PRIMARY: MatchKind.NAME,
    NameKind.ISSUER: MatchKind.NAME,
    NameKind.FORMER: MatchKind.FORMER_NAME,
}
_RANK = {MatchKind.NAME: 0, MatchKind.ALIAS: 1, MatchKind.FORMER_NAME: 2, MatchKind.PARTIAL_NAME: 3}
_LETTERS = 2  # of a name so short that it says something only where a printed name begins
ALIKE = 0.5  # a likeness that is worth a person's look


@dataclass(frozen=True, slots=True)
class NameHit:
    """One entity whose name the printed name says, wholly or in its distinctive words.

    `exact` is true when words and legal form are those of the name; `whole` when the issuer words
    are. `added` is true of a name of common words that the printed name says among others
    (`China Mobile Foo`): a line of another company where the rest of the line says so.
    """

    entity: str
    kind: MatchKind
    score: float
    name: str
    exact: bool = False
    whole: bool = False
    added: bool = False


@dataclass(frozen=True, slots=True)
class _Entry:
    entity: str
    name: EntityName
    parsed: ParsedName


class NameBook:
    """Names of entities by what they say."""

    def __init__(self, entities: Mapping[str, Entity]) -> None:
        self._entities = entities
        self._index: NameIndex | None = None
        self._strict: dict[str, list[_Entry]] = {}
        self._core: dict[tuple[str, ...], list[_Entry]] = {}
        self._rare: dict[str, list[tuple[frozenset[str], bool, _Entry]]] = {}
        self._common: dict[str, list[tuple[frozenset[str], _Entry]]] = {}
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

    def says_word(self, parsed: ParsedName, entity: str) -> bool:
        """Say whether a name holds a distinctive word of an entity, letter by letter."""
        return bool(parsed.tokens & self._words.get(entity, frozenset()))

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
            everyday = any(word_class(word) == "everyday" for word in words)
            telling = words if brands or everyday else frozenset(parsed.core)
            self._rare.setdefault(min(brands or telling), []).append((telling, bool(brands), entry))
            if not brands:
                core = frozenset(parsed.core)
                self._common.setdefault(max(core, key=len), []).append((core, entry))
        self._texts.setdefault(parsed.core[0], []).append(entry)

    def find(self, parsed: ParsedName) -> list[NameHit]:
        """Return the entities a name says wholly or in its distinctive words, best first."""
        return _ranked(self._hits(parsed))

    def find_many(self, names: Sequence[ParsedName], minimum: float = ALIKE) -> list[list[NameHit]]:
        """Return for each name what `find` does, and the entities whose name it resembles."""
        if self._index is None:
            self._index = NameIndex(self._entities.values())
        found = self._index.search([" ".join(n.text.split()) for n in names], minimum=minimum)
        alike: dict[int, list[NameHit]] = {}
        for at, entity, name, kind, value in zip(
            found["query"],
            found["entity"],
            found["name"],
            found["kind"],
            found["score"],
            strict=True,
        ):
            kinds = _KINDS.get(NameKind(kind), MatchKind.ALIAS)
            alike.setdefault(at, []).append(NameHit(entity, kinds, min(value, 0.89), name))
        return [
            _ranked([*self._hits(parsed), *alike.get(at, ())]) for at, parsed in enumerate(names)
        ]

    def _hits(self, parsed: ParsedName) -> Iterable[NameHit]:
        for entry in self._strict.get(parsed.strict, ()):
            yield _whole(parsed, entry, exact=True)
        for entry in self._core.get(parsed.core, ()):
            yield _whole(parsed, entry)
        if parsed.cut:
            for entry in self._texts.get(parsed.core[0], ()):
                if " ".join(entry.parsed.core).startswith(parsed.cut):
                    yield _whole(parsed, entry)
        for word in sorted(parsed.tokens):
            for telling, brand, entry in self._rare.get(word, ()):
                if entry.parsed.signs and not parsed.signs:
                    continue  # the sound of Chinese signs is many a Latin word: `zhongxin`, `jian`
                if telling <= parsed.tokens and (brand or _adds_nothing(parsed, entry.parsed)):
                    value = min(compare(parsed, entry.parsed), 0.49)
                    yield NameHit(entry.entity, MatchKind.PARTIAL_NAME, value, entry.name.text)
            for core, entry in self._common.get(word, ()):
                if core <= parsed.tokens and _leads(parsed, entry.parsed):
                    value = min(compare(parsed, entry.parsed), 0.49)
                    yield NameHit(
                        entry.entity, MatchKind.PARTIAL_NAME, value, entry.name.text, added=True
                    )


def _leads(parsed: ParsedName, listed: ParsedName) -> bool:
    """Say whether a listed name, if it is one of two letters, begins the printed name."""
    return len("".join(listed.core)) > _LETTERS or parsed.core[0] == listed.core[0]


def _adds_nothing(parsed: ParsedName, listed: ParsedName) -> bool:
    """Say whether a name of everyday words says only what the listed name says.

    With a word of its own (`Star Bulk Carriers`, `Align Technology`) it names another company.
    """
    own = frozenset(parsed.core) - frozenset(listed.core)
    if any(word_class(word) == "everyday" for word in parsed.core):
        return not own and form_factor(parsed, listed) >= ALIKE
    return not any(word_class(word) in {None, "everyday"} for word in own)


def _ranked(hits: Iterable[NameHit]) -> list[NameHit]:
    found: dict[str, NameHit] = {}
    for hit in hits:
        best = found.get(hit.entity)
        if best is None or _order(hit) < _order(best):
            found[hit.entity] = hit
    return sorted(found.values(), key=lambda h: (*_order(h), h.entity))


def _whole(parsed: ParsedName, entry: _Entry, *, exact: bool = False) -> NameHit:
    kind = _KINDS.get(entry.name.kind, MatchKind.ALIAS)
    official = entry.name.kind in _OFFICIAL
    value = compare(parsed, entry.parsed) - (0.0 if official else 0.02)
    exact = exact and official and not parsed.debt and not parsed.disguise
    return NameHit(entry.entity, kind, value, entry.name.text, exact=exact, whole=True)


def _order(hit: NameHit) -> tuple[bool, bool, bool, float, int]:
    return (not hit.exact, not hit.whole, hit.added, -hit.score, _RANK[hit.kind])


def _script(word: str) -> str:
    return "latin" if word.isascii() else "other"
