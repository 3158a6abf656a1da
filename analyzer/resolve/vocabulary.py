"""The words of names as codes of terms, and how much each word weighs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log

import numpy as np
import numpy.typing as npt

from analyzer.resolve.names import OPEN_WIDTH
from analyzer.resolve.spelling import Spellings
from analyzer.resolve.terms import Terms, index_terms, index_words, unlisted_factor

_REMEMBERED = 1 << 18  # words

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Word:
    """A word as it is known here: its terms, their weight, and that weight if none is listed."""

    codes: list[int]
    weights: list[float]
    weight: float
    unlisted: float


@dataclass(frozen=True, slots=True, eq=False)
class TermsOfNames:
    """Entries of names in a row: which name, which term, with which weight or part of it."""

    rows: Ints
    codes: Ints
    weights: Floats


def collect(texts: Sequence[str]) -> tuple[list[str], TermsOfNames]:
    """Return every term of some listed names, and which name holds which.

    The weights are parts of the weight of a term. A name of nothing but line words is found under
    these.
    """
    words = _placed(texts)
    codes: dict[str, int] = {}
    sizes: list[int] = []
    columns: list[int] = []
    parts: list[float] = []
    for word in words.distinct:
        terms = index_terms(word)
        sizes.append(len(terms))
        for term, part in terms:
            columns.append(codes.setdefault(term, len(codes)))
            parts.append(part)
    found = _spread(words, sizes, columns, parts)
    bare = np.flatnonzero(np.bincount(found.rows, minlength=len(texts)) == 0).tolist()
    more = [
        (row, codes.setdefault(word, len(codes)))
        for row in bare
        for word in index_words(texts[row])
    ]
    return list(codes), _joined(found, more, [1.0] * len(more))


class Vocabulary:
    """The terms of listed names, with their weight.

    Parameters
    ----------
    terms
        In the order of their codes.
    weights
        Of each term.
    size
        How many names are listed.
    """

    def __init__(self, terms: Iterable[str], weights: Floats, size: int) -> None:
        self._codes = {term: code for code, term in enumerate(terms)}
        self._spellings = Spellings(list(self._codes))
        self._weights = weights.tolist()
        self._rarity = log(size + 1)  # of a term that nobody is listed under
        self._known: dict[str, _Word] = {}

    def read(self, names: Sequence[str]) -> tuple[TermsOfNames, Floats]:
        """Return the known terms of each name, and the weight of each whole name.

        The last word of a long name, when nobody is listed under it, may be cut off and weighs
        nothing.
        """
        words = _placed(names)
        if len(self._known) + len(words.distinct) > _REMEMBERED:
            self._known.clear()  # the words of ever new names are not kept for ever
        self._learn([word for word in words.distinct if word not in self._known])
        held = [self._known[word] for word in words.distinct]
        found = _spread(
            words,
            [len(word.codes) for word in held],
            [code for word in held for code in word.codes],
            [weight for word in held for weight in word.weights],
        )
        worth = np.array([word.weight for word in held], dtype=np.float64)[words.at]
        totals = np.bincount(words.rows, worth, len(names))
        bare = np.flatnonzero(totals == 0).tolist()
        last = np.zeros(len(names), dtype=np.float64)
        heavy = worth > 0
        unlisted = np.array([word.unlisted for word in held], dtype=np.float64)
        last[words.rows[heavy]] = unlisted[words.at[heavy]]  # of the words of a name the last stays
        last[[len(name) < OPEN_WIDTH for name in names]] = 0
        whole = (totals - last).astype(np.float32)
        more = [
            (row, self._codes[word])
            for row in bare
            for word in index_words(names[row])
            if word in self._codes
        ]
        if not more:
            return found, whole
        weights = [self._weights[code] for _, code in more]
        np.add.at(whole, [row for row, _ in more], np.array(weights, dtype=np.float32))
        return _joined(found, more, weights), whole

    def _learn(self, words: Sequence[str]) -> None:
        """Look words up once."""
        terms = {word: index_terms(word) for word in words}
        strange = [t for parts in terms.values() for t, _ in parts if t not in self._codes]
        near = self._spellings.find(list(dict.fromkeys(strange)))
        for word, parts in terms.items():
            self._known[word] = self._word(parts, near)

    def _word(self, parts: Terms, near: Mapping[str, list[int]]) -> _Word:
        """Weigh a word by its terms, or by the listed terms that it may misspell."""
        codes: list[int] = []
        weights: list[float] = []
        whole = unlisted = 0.0
        for term, part in parts:
            code = self._codes.get(term)
            found = near.get(term, []) if code is None else [code]
            if not found:
                unlisted += part * self._rarity * unlisted_factor(term)
                continue
            codes += found
            weights += [part * self._weights[code] for code in found]
            whole += max(weights[-len(found) :])
        return _Word(codes, weights, whole + unlisted, 0.0 if codes else unlisted)


@dataclass(frozen=True, slots=True, eq=False)
class _Words:
    """Words of names in a row: whose each is, and its place among the distinct ones."""

    rows: Ints
    at: Ints
    distinct: list[str]


def _placed(texts: Sequence[str]) -> _Words:
    sizes: list[int] = []
    at: list[int] = []
    places: dict[str, int] = {}
    for text in texts:
        words = index_words(text)
        sizes.append(len(words))
        at += [places.setdefault(word, len(places)) for word in words]
    rows = np.repeat(np.arange(len(texts), dtype=np.int32), np.array(sizes, dtype=np.int32))
    return _Words(rows, np.array(at, dtype=np.int32), list(places))


def _spread(
    words: _Words, sizes: Sequence[int], codes: Sequence[int], weights: Sequence[float]
) -> TermsOfNames:
    """Return the entries of every name from those of its words, which stand in a row."""
    held = np.array(sizes, dtype=np.int32)
    starts = np.cumsum(held) - held
    size = held[words.at]
    ends = np.cumsum(size)
    entry = np.arange(ends[-1] if len(ends) else 0)
    entry += np.repeat(starts[words.at] - (ends - size), size)
    return TermsOfNames(
        np.repeat(words.rows, size),
        np.array(codes, dtype=np.int32)[entry],
        np.array(weights, dtype=np.float32)[entry],
    )


def _joined(
    found: TermsOfNames, more: Sequence[tuple[int, int]], weights: Sequence[float]
) -> TermsOfNames:
    """Return the entries with some more of name and code; the names ascend."""
    rows = np.concatenate([found.rows, np.array([row for row, _ in more], dtype=np.int32)])
    order = np.argsort(rows, kind="stable")
    codes = np.concatenate([found.codes, np.array([code for _, code in more], dtype=np.int32)])
    values = np.concatenate([found.weights, np.array(weights, dtype=np.float32)])
    return TermsOfNames(rows[order], codes[order], values[order])
