"""Many names against many entities: which entities each name may mean, best first.

An inverted index from words to names, held as sparse arrays. Words are weighed by how few listed
names hold them and by their class; the few names of greatest shared weight are then compared word
by word. The result for a name does not depend on the other names of the batch.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import log

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from analyzer.core.entities import Entity, EntityName, NameKind
from analyzer.resolve.compare import compare
from analyzer.resolve.forks import in_processes
from analyzer.resolve.names import MAX_CHARACTERS, OPEN_WIDTH, fold, is_line_word, parse, split_cjk
from analyzer.resolve.script import latin, skeleton
from analyzer.resolve.tables import abbreviations
from analyzer.resolve.wordclass import singular, word_class

_WORDS = re.compile(r"[^\W_]+")
_INITIALS = re.compile(r"(?<![^\W_])([^\W\d_])\.(?=[^\W\d_]\.|[^\W\d_](?![^\W_]))")
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_FACTOR = {None: 1.0, "everyday": 0.7, "business": 0.35, "place": 0.3}
_NUMBER = 0.2
# A word brings candidates of its own when few listed names hold it, or it tells issuers apart.
_RARE, _COMMON = 100, 2000
_KNOWN = 0.5  # of the weight of a name of common words must be listed for it to be searched
_CHUNK = 2048
_REMEMBERED = 1 << 18  # words
_KEPT = 6  # names compared word by word, per name searched
_EQUAL = 60  # when they share the same terms
# Two names are compared word by word when so much of their weight is shared, and not much less
# than the likeliest name shares.
_LIKE, _NEAR = 0.35, 0.85
_FAR = 0.75  # of the likeliest, below which a name is not even a candidate
_LEAST_SHARED = 0.4  # of the lesser weight, by the words that bring candidates
_SOUND = 0.4  # of a word's weight goes to its consonants, which survive transliteration

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]
_NO_INTS = np.zeros(0, dtype=np.int32)


@dataclass(frozen=True, slots=True)
class _Word:
    """A word as the index knows it: its terms, their weight, and that weight if none is listed."""

    codes: list[int]
    weights: list[float]
    weight: float
    unlisted: float


@dataclass(frozen=True)
class NameCandidate:
    """One listed name a printed name may say."""

    entity: str
    name: str
    kind: NameKind
    score: float


def index_terms(word: str) -> tuple[tuple[str, float], ...]:
    """Return the terms a word is found under, with the part of its weight each carries."""
    if is_line_word(word) or (len(word) == 1 and word.isascii()):
        return ()
    if _CJK.search(word):
        parts = [part for part, form in split_cjk(word) if not form]
        return tuple(term for part in parts for term in _latin_terms(part))
    return _latin_terms(word)


def _latin_terms(word: str) -> tuple[tuple[str, float], ...]:
    readings = abbreviations().get(word, ())
    if readings:
        return tuple((singular(w), 1.0 / len(readings)) for r in readings for w in r.split())
    word = singular(word)
    sound = skeleton(word) if word_class(word) is None else ""
    return ((word, 1 - _SOUND), ("~" + sound, _SOUND)) if sound else ((word, 1.0),)


class _Terms(dict[str, tuple[tuple[str, float], ...]]):
    """Terms by word, worked out once per distinct word."""

    def __missing__(self, word: str) -> tuple[tuple[str, float], ...]:
        found = self[word] = index_terms(word)
        return found


def index_words(text: str) -> list[str]:
    """Return the distinct words of a name in one spelling, initials joined."""
    text = text[:MAX_CHARACTERS].lower() if text.isascii() else latin(fold(text))
    if "." in text:
        text = _INITIALS.sub(r"\1", text)
    return list(dict.fromkeys(_WORDS.findall(text)))


class NameIndex:
    """Names of entities, ready to be searched.

    Parameters
    ----------
    entities
        Those to be found, each under every name it has.
    """

    def __init__(self, entities: Iterable[Entity]) -> None:
        self._entities: list[str] = []
        self._names: list[EntityName] = []
        terms = _Terms()
        self._codes: dict[str, int] = {}
        self._known: dict[str, _Word] = {}
        counts: list[int] = []
        columns: list[int] = []
        parts: list[float] = []
        for entity in entities:
            for name in dict.fromkeys(_names(entity)):
                before = len(columns)
                words = index_words(name.text)
                for term, part in [t for w in words for t in terms[w]] or [(w, 1.0) for w in words]:
                    columns.append(self._codes.setdefault(term, len(self._codes)))
                    parts.append(part)
                counts.append(len(columns) - before)
                self._entities.append(entity.id)
                self._names.append(name)
        self._ids = np.unique(np.array(self._entities, dtype=object), return_inverse=True)[1]
        self._weigh(np.array(columns, dtype=np.int32))
        shape = (len(self._names), len(self._codes))
        rows = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
        values = np.array(parts, dtype=np.float32) * self._weights[columns]
        matrix = sparse.csr_array((values, (rows, columns)), shape=shape)
        self._totals = np.asarray(matrix.sum(axis=1), dtype=np.float32)
        self._leading = np.asarray(matrix @ self._leads.astype(np.float32), dtype=np.float32)
        self._matrix = matrix
        self._postings = sparse.csr_array(matrix.T)

    def __len__(self) -> int:
        return len(self._names)

    def _weigh(self, columns: Ints) -> None:
        """Weigh each term by class and rarity, and say which bring candidates of their own."""
        self._counts = counts = np.bincount(columns, minlength=len(self._codes))
        classes = [word_class(term) for term in self._codes]
        factor = np.array([_FACTOR[c] for c in classes], dtype=np.float32)
        factor[[term.isdecimal() for term in self._codes]] = _NUMBER
        self._unknown = log(len(self._names) + 1)
        rarity = np.log((len(self._names) + 1) / (counts + 0.5)).astype(np.float32)
        self._weights = np.maximum(factor * rarity, 0.05).astype(np.float32)
        telling = np.array([c is None or c == "everyday" for c in classes], dtype=np.bool_)
        self._leads = (counts <= _RARE) | (telling & (counts <= _COMMON))

    def search(
        self, names: Sequence[str], minimum: float = 0.0, limit: int = 3, workers: int = 1
    ) -> pd.DataFrame:
        """Return the entities each name may mean.

        Parameters
        ----------
        names
            Names as printed, in any script.
        minimum
            Candidates with a lower score are left out. Candidates below 0.3 share a word with the
            name and no more; their scores only order them.
        limit
            At most so many entities per name, besides those that tie for the first place.
        workers
            Processes to share the work among, where the system can fork.

        Returns
        -------
        DataFrame
            Key `(query, rank)`: `query` (int64, position in `names`), `rank` (int64 from 1),
            `entity` (id), `name` (the listed name that fits best), `kind`, `score` in [0, 1].
        """
        starts = range(0, len(names), _CHUNK)
        tasks = [(names[at : at + _CHUNK], at, minimum, limit) for at in starts]
        parts = in_processes(lambda task: self._found(*task), tasks, workers)
        parts.append((_NO_INTS, _NO_INTS, _NO_INTS, np.zeros(0, dtype=np.float32)))
        asked, ranks, places = (np.concatenate([p[i] for p in parts]) for i in range(3))
        scores = np.concatenate([p[3] for p in parts])
        return pd.DataFrame(
            {
                "query": asked.astype(np.int64),
                "rank": ranks.astype(np.int64),
                "entity": pd.Series([self._entities[p] for p in places.tolist()], dtype="str"),
                "name": pd.Series([self._names[p].text for p in places.tolist()], dtype="str"),
                "kind": pd.Series(
                    [self._names[p].kind.value for p in places.tolist()], dtype="str"
                ),
                "score": scores.astype(np.float64),
            }
        )

    def find(self, name: str, minimum: float = 0.0, limit: int = 3) -> list[NameCandidate]:
        """Return the entities one name may mean, best first."""
        _, _, places, scores = self._found([name], 0, minimum, limit)
        return [
            NameCandidate(self._entities[p], self._names[p].text, self._names[p].kind, s)
            for p, s in zip(places.tolist(), scores.tolist(), strict=True)
        ]

    def _found(
        self, names: Sequence[str], start: int, minimum: float, limit: int
    ) -> tuple[Ints, Ints, Ints, Floats]:
        """Return name, rank, place and score of every candidate of a chunk of names."""
        rows, places, likeness = self._likely(names)
        scores = np.minimum(0.29, 0.29 * likeness).astype(np.float32)
        best = _best(rows, likeness, len(names))
        near = (likeness >= _LIKE) & (likeness >= _NEAR * best[rows])
        for at in np.flatnonzero(near).tolist():
            value = compare(parse(names[rows[at]]), parse(self._names[places[at]].text))
            scores[at] = max(value, scores[at])
        order = np.lexsort((places, -likeness, -scores, self._ids[places], rows))
        rows, places, likeness, scores = _take(order, rows, places, likeness, scores)
        first = np.flatnonzero(_starts(rows, self._ids[places]) & (scores >= minimum))
        rows, places, likeness, scores = _take(first, rows, places, likeness, scores)
        order = np.lexsort((self._ids[places], -likeness, -scores, rows))
        rows, places, scores = rows[order], places[order], scores[order]
        ranks = np.arange(len(rows)) - np.searchsorted(rows, rows) + 1
        equal = scores >= _best(rows, scores, len(names))[rows]
        kept = (ranks <= limit) | equal
        return rows[kept] + start, ranks[kept].astype(np.int32), places[kept], scores[kept]

    def _likely(self, names: Sequence[str]) -> tuple[Ints, Ints, Floats]:
        """Return the likeliest places of each name, at most two of an entity, and their likeness.

        Likeness is the weight of the shared terms over that of all terms of either name.
        """
        rows, columns, weights, totals = self._read(names)
        leads = self._leads[columns]
        lonely = np.bincount(rows[leads], minlength=len(names)) == 0
        lonely &= np.bincount(rows, weights, len(names)) >= _KNOWN * totals
        leads |= self._rarest(rows, columns, lonely[rows])
        leading = np.bincount(rows[leads], weights[leads], len(names))
        asked = self._asked(rows[leads], columns[leads], len(names))
        rest = self._asked(rows[~leads], columns[~leads], len(names))
        shared = sparse.csr_array(asked @ self._postings)
        asking = np.repeat(np.arange(len(names), dtype=np.int32), np.diff(shared.indptr))
        places, weight = shared.indices, shared.data
        held = np.where(lonely[asking], self._totals[places], self._leading[places])
        kept = weight >= _LEAST_SHARED * np.minimum(leading[asking], held)
        asking, places, weight = asking[kept], places[kept], weight[kept]
        kept = self._possible(asking, places, weight, totals, totals - leading)
        asking, places, weight = asking[kept], places[kept], weight[kept]
        weight = weight + rest[asking].multiply(self._matrix[places]).sum(axis=1)
        both = totals[asking] + self._totals[places]
        likeness = (weight / np.maximum(both - weight, 1e-6)).astype(np.float32)
        best = _best(asking, likeness, len(names))[asking]
        kept = likeness >= _FAR * best
        return self._foremost(asking[kept], places[kept], likeness[kept], best[kept])

    def _rarest(
        self, rows: Ints, columns: Ints, among: npt.NDArray[np.bool_]
    ) -> npt.NDArray[np.bool_]:
        """Mark the two rarest terms of each row, for names made of common words alone."""
        at = np.flatnonzero(among)
        at = at[np.lexsort((columns[at], self._counts[columns[at]], rows[at]))]
        first = np.searchsorted(rows[at], rows[at])
        marked = np.zeros(len(rows), dtype=np.bool_)
        marked[at[np.arange(len(at)) - first < 2]] = True
        return marked

    def _foremost(
        self, rows: Ints, places: Ints, likeness: Floats, best: Floats
    ) -> tuple[Ints, Ints, Floats]:
        """Keep the likeliest places of each row, at most two of one entity, and all equal ones."""
        order = np.argsort(rows * 4.0 - likeness, kind="stable")
        rows, places, likeness, best = _take(order, rows, places, likeness, best)
        rank = np.arange(len(rows)) - np.searchsorted(rows, rows)
        kept = np.flatnonzero((rank < 2 * _KEPT) | ((likeness >= 0.999 * best) & (rank < _EQUAL)))
        rows, places, likeness, best = _take(kept, rows, places, likeness, best)
        order = np.lexsort((places, -likeness, self._ids[places], rows))
        rows, places, likeness, best = _take(order, rows, places, likeness, best)
        owner = self._ids[places]
        third = np.zeros(len(rows), dtype=np.bool_)
        third[2:] = (rows[2:] == rows[:-2]) & (owner[2:] == owner[:-2])
        left = np.flatnonzero(~third)
        return rows[left], places[left], likeness[left]

    def _possible(
        self, rows: Ints, places: Ints, weight: Floats, totals: Floats, rest: Floats
    ) -> npt.NDArray[np.bool_]:
        """Mark the pairs that the words still uncounted could bring near the likeliest of a row."""
        both = totals[rows] + self._totals[places]
        least = weight / np.maximum(both - weight, 1e-6)
        more = np.minimum(rest[rows], self._totals[places] - weight)
        most = (weight + more) / np.maximum(both - weight - more, 1e-6)
        possible: npt.NDArray[np.bool_] = most >= _FAR * _best(rows, least, len(totals))[rows]
        return possible

    def _read(self, names: Sequence[str]) -> tuple[Ints, Ints, Floats, Floats]:
        """Return row, code and weight of every known term, and the weight of each whole name.

        The last word of a long name, when nobody is listed under it, may be cut off and weighs
        nothing.
        """
        counts: list[int] = []
        columns: list[int] = []
        weights: list[float] = []
        totals: list[float] = []
        known = self._known
        for name in names:
            before = len(columns)
            total = last = 0.0
            words = index_words(name)
            for word in words:
                held = known.get(word) or self._learn(word)
                columns += held.codes
                weights += held.weights
                total += held.weight
                last = held.unlisted if held.weight else last
            if len(columns) == before and not total:
                columns += [self._codes[word] for word in words if word in self._codes]
                weights += [float(self._weights[code]) for code in columns[before:]]
                total = sum(weights[before:])
            counts.append(len(columns) - before)
            totals.append(total - last if len(name) >= OPEN_WIDTH else total)
        rows = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
        return (
            rows,
            np.array(columns, dtype=np.int32),
            np.array(weights, dtype=np.float32),
            np.array(totals, dtype=np.float32),
        )

    def _learn(self, word: str) -> "_Word":
        """Look a word up once; the words of ever new names are not kept for ever."""
        if len(self._known) > _REMEMBERED:
            self._known.clear()
        codes: list[int] = []
        weights: list[float] = []
        unlisted = 0.0
        for term, part in index_terms(word):
            code = self._codes.get(term)
            if code is None:
                unlisted += part * self._unknown * _factor(term)
            else:
                codes.append(code)
                weights.append(part * float(self._weights[code]))
        whole = sum(weights) + unlisted
        held = self._known[word] = _Word(codes, weights, whole, 0.0 if codes else unlisted)
        return held

    def _asked(self, rows: Ints, columns: Ints, size: int) -> sparse.csr_array:
        ones = np.ones(len(rows), dtype=np.float32)
        asked = sparse.csr_array((ones, (rows, columns)), shape=(size, len(self._codes)))
        asked.sum_duplicates()
        asked.data[:] = 1
        return asked


def _take(
    at: npt.NDArray[np.intp], rows: Ints, places: Ints, likeness: Floats, scores: Floats
) -> tuple[Ints, Ints, Floats, Floats]:
    return rows[at], places[at], likeness[at], scores[at]


def _best(rows: Ints, likeness: Floats, size: int) -> Floats:
    """Return the greatest likeness of each row; `rows` ascend."""
    best = np.zeros(size, dtype=np.float32)
    if len(rows):
        starts = np.flatnonzero(np.diff(rows, prepend=-1))
        best[rows[starts]] = np.maximum.reduceat(likeness, starts)
    return best


def _starts(rows: Ints, owners: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
    """Mark the first of every run of equal pairs."""
    first = np.ones(len(rows), dtype=np.bool_)
    first[1:] = (rows[1:] != rows[:-1]) | (owners[1:] != owners[:-1])
    return first


def _factor(term: str) -> float:
    """Return the class factor of a term no listed name holds."""
    short = len(term) <= 2 and term.isascii()
    return _NUMBER if term.isdecimal() or short else _FACTOR[word_class(term)]


def _names(entity: Entity) -> Iterator[EntityName]:
    yield EntityName(entity.name, NameKind.PRIMARY)
    yield from entity.names
