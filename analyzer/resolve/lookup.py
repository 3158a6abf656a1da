"""What a user means who types a name or an identifier."""

from collections.abc import Mapping

from analyzer.core.entities import Entity
from analyzer.core.matching import Candidate, MatchKind
from analyzer.resolve.book import NameBook
from analyzer.resolve.codes import SCHEMES, CodeHit, CodeIndex, clean_code
from analyzer.resolve.names import parse
from analyzer.resolve.tables import board_suffixes
from analyzer.resolve.words import code_evidence

_DISTANT = 0.05  # likeness of names offered to a person when nothing is nearer
_YELLOW_KEYS = (" EQUITY", " CORP", " INDEX")  # Bloomberg writes the market sector last


def look_up(
    text: str, entities: Mapping[str, Entity], codes: CodeIndex, book: NameBook
) -> tuple[Candidate, ...]:
    """Return the entities a text may mean, best first; one means the text is unambiguous."""
    text = text.strip()
    key = text if text in entities else text.lower()
    if key in entities:
        name = entities[key].name
        return (Candidate(key, name, MatchKind.NAME, 1.0, f"{text!r} is short for {name} here"),)
    hit = _code(text, codes)
    if hit is not None:
        return tuple(
            Candidate(
                key, _name(key, entities), hit.kind, 1.0, code_evidence(hit, _name(key, entities))
            )
            for key in (hit.entity, *hit.claimed_by)
        )
    parsed = parse(text)
    hits = book.find_many([parsed])[0] or book.find_many([parsed], _DISTANT)[0]
    whole = [h for h in hits if h.exact] or [h for h in hits if h.whole] or hits
    return tuple(
        Candidate(h.entity, _name(h.entity, entities), h.kind, h.score, f"name {h.name!r}")
        for h in whole
    )


def _name(key: str, entities: Mapping[str, Entity]) -> str:
    return entities[key].name if key in entities else key


def _code(text: str, codes: CodeIndex) -> CodeHit | None:
    for kind in SCHEMES:
        code = clean_code(kind, text)
        hit = codes.find(kind, code) if code else None
        if hit is not None:
            return hit
    word = text.upper()
    for key in _YELLOW_KEYS:
        word = word.removesuffix(key)
    stem, _, suffix = word.rpartition("." if "." in word else " ")
    return codes.find_ticker(stem, board_suffixes().get(suffix)) if stem else None
