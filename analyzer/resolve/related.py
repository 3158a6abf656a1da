"""How a known issuer stands to the listed ones when it is not listed itself."""

from collections.abc import Iterable
from dataclasses import dataclass

from analyzer.core.entities import Relation, RelationKind

_OWNED = frozenset({RelationKind.SUBSIDIARY, RelationKind.ASSOCIATE})
_WORDS = {
    RelationKind.SUBSIDIARY: "a subsidiary of",
    RelationKind.ASSOCIATE: "an associate of",
    RelationKind.PARENT: "the parent of",
    RelationKind.CLOSE_NAME: "close in name to",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """The tie between an issuer and a listed one: `how` reads "a subsidiary of"."""

    other: str
    how: str
    close_name: bool
    source: str


class Ties:
    """Relations, asked from either end."""

    def __init__(self, relations: Iterable[Relation], listed: frozenset[str]) -> None:
        self._listed = listed
        self._of: dict[str, list[Relation]] = {}
        self._different: set[frozenset[str]] = set()
        for relation in relations:
            if relation.kind is RelationKind.NOT_SAME:
                self._different.add(frozenset((relation.entity, relation.other)))
                continue
            self._of.setdefault(relation.entity, []).append(relation)
            turned = _turn(relation)
            if turned is not None:
                self._of.setdefault(relation.other, []).append(turned)

    def different(self, one: str, other: str) -> bool:
        """Say whether two issuers are recorded as confusable and not the same."""
        return frozenset((one, other)) in self._different

    def standing(self, entity: str) -> Standing | None:
        """Return the nearest tie to a listed issuer; closeness of names before ownership.

        Ownership is followed upwards through issuers that are not listed.
        """
        for relation in self._of.get(entity, ()):
            if relation.kind is RelationKind.CLOSE_NAME and relation.other in self._listed:
                return _standing(relation)
        seen, layer = {entity}, [entity]
        while layer:
            above: list[str] = []
            for at in layer:
                for relation in self._of.get(at, ()):
                    if relation.kind is RelationKind.CLOSE_NAME or relation.other in seen:
                        continue
                    if relation.other in self._listed:
                        return _standing(relation)
                    if relation.kind in _OWNED:
                        seen.add(relation.other)
                        above.append(relation.other)
            layer = above
        return None


def _turn(relation: Relation) -> Relation | None:
    """Return the relation as the other issuer sees it, where that has a name of its own."""
    if relation.kind is RelationKind.SUBSIDIARY:
        kind = RelationKind.PARENT
    elif relation.kind is RelationKind.PARENT:
        kind = RelationKind.SUBSIDIARY
    else:
        return None
    return Relation(relation.other, kind, relation.entity, source=relation.source)


def _standing(relation: Relation) -> Standing:
    close = relation.kind is RelationKind.CLOSE_NAME
    return Standing(relation.other, _WORDS[relation.kind], close, relation.source)
