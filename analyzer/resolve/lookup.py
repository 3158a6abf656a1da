"""What a user means who types a name or an identifier."""

from collections.abc import Mapping

from rapidfuzz.fuzz import ratio

from analyzer.core.entities import Entity
from analyzer.core.matching import Candidate, MatchKind
from analyzer.resolve.book import NameBook
from analyzer.resolve.codes import SCHEMES, CodeHit, CodeIndex, clean_code
from analyzer.resolve.names import ParsedName, parse
from analyzer.resolve.tables import board_suffixes
from analyzer.resolve.wordclass import distinctive, is_brand
from analyzer.resolve.words import code_evidence

_DISTANT = 0.05  # likeness of names offered to a person when nothing is nearer
_YELLOW_KEYS = (" EQUITY", " CORP", " INDEX")  # Bloomberg writes the market sector last

_MISSPELT = 85.0  # of 100: one letter dropped, doubled or swapped in a word of six or more
_LIKELY = 0.3  # scores below only order candidates (see `NameIndex.search`)


def look_up(
    text: str, entities: Mapping[str, Entity], codes: CodeIndex, book: NameBook
) -> tuple[Candidate, ...]:
    """Return the entities a text may mean, best first.

    `core.matching.certain` says whether they leave no doubt.
    """
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
    likely = [h for h in hits if h.score >= _LIKELY or _misspelt(parsed, parse(h.name))]
    whole = [h for h in hits if h.exact] or [h for h in hits if h.whole] or likely
    return tuple(
        Candidate(h.entity, _name(h.entity, entities), h.kind, h.score, f"name {h.name!r}")
        for h in whole
    )


def _misspelt(asked: ParsedName, name: ParsedName) -> bool:
    """Whether a distinctive word of the one is nearly, not quite, one of the other."""
    words, others = distinctive(asked.core), distinctive(name.core)
    return any(
        is_brand(word) and word not in others and ratio(word, other) >= _MISSPELT
        for word in words
        for other in others
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
