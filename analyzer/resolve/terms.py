"""The terms a name is found under: its words in one spelling, and the sound of the telling ones."""

import re

from analyzer.resolve.cuts import is_line_word
from analyzer.resolve.disguise import together
from analyzer.resolve.eastern import in_signs
from analyzer.resolve.names import MAX_CHARACTERS, fold, split_cjk
from analyzer.resolve.script import latin, skeleton
from analyzer.resolve.tables import abbreviations
from analyzer.resolve.wordclass import singular, word_class

_WORDS = re.compile(r"[^\W_]+")
_INITIALS = re.compile(r"(?<![^\W_])([^\W\d_])\.(?=[^\W\d_]\.|[^\W\d_](?![^\W_]))")
_FACTOR = {None: 1.0, "everyday": 0.7, "business": 0.35, "place": 0.3}
_NUMBER = 0.2
_SOUND = 0.4  # of a word's weight goes to its consonants, which survive transliteration

Terms = tuple[tuple[str, float], ...]


def index_words(text: str) -> list[str]:
    """Return the distinct words of a name in one spelling, initials joined."""
    text = text[:MAX_CHARACTERS].lower() if text.isascii() else latin(fold(text))
    if "." in text:
        text = _INITIALS.sub(r"\1", text)
    words = _WORDS.findall(text)
    if len(words) > 2 and 1 in map(len, words):
        words = _WORDS.findall(together(text))
    return list(dict.fromkeys(words))


def index_terms(word: str) -> Terms:
    """Return the terms a word is found under, with the part of its weight each carries."""
    if is_line_word(word) or (len(word) == 1 and word.isascii()):
        return ()
    if in_signs(word):
        parts = [part for part, form in split_cjk(word) if not form]
        return tuple(term for part in parts for term in _latin_terms(part))
    return _latin_terms(word)


def _latin_terms(word: str) -> Terms:
    readings = abbreviations().get(word, ())
    if readings:
        return tuple((singular(w), 1.0 / len(readings)) for r in readings for w in r.split())
    word = singular(word)
    sound = skeleton(word) if word_class(word) is None else ""
    return ((word, 1 - _SOUND), ("~" + sound, _SOUND)) if sound else ((word, 1.0),)


def class_factor(term: str) -> float:
    """Return how much of its rarity a term counts for, by the class of the word."""
    return _NUMBER if term.isdecimal() else _FACTOR[word_class(term)]


def unlisted_factor(term: str) -> float:
    """Return the same of a term that no listed name holds; short ones are seldom names."""
    short = len(term) <= 2 and term.isascii()
    return _NUMBER if short else class_factor(term)


def is_telling(term: str) -> bool:
    """Say whether a term, however common, may bring candidates of its own."""
    return word_class(term) in {None, "everyday"}
