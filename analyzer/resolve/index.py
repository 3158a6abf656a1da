"""Many names against many entities: which entities each name may mean, best first.

An inverted index from words to names (`postings`). Words are weighed by how few listed names hold
them and by their class; the few names of greatest shared weight are then compared word by word.
The result for a name does not depend on the other names of the batch.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from analyzer.core.entities import Entity, EntityName, NameKind
from analyzer.resolve.compare import compare
from analyzer.resolve.eastern import in_signs
from analyzer.resolve.forks import in_processes
from analyzer.resolve.names import parse
from analyzer.resolve.postings import Bools, Postings, build
from analyzer.resolve.stored import index_key, load_index, save_index
from analyzer.resolve.vocabulary import Floats, Ints, Vocabulary

_KNOWN = 0.5  # of the weight of a name of common words must be listed for it to be searched
_CHUNK = 2048
_FEW = 256  # names, searched one by one sooner than the sparse matrices of a batch are loaded
_KEPT = 6  # names compared word by word, per name searched
_EQUAL = 60  # when they share the same terms
# Two names are compared word by word when so much of their weight is shared, and not much less
# than the likeliest name shares.
_LIKE, _NEAR = 0.35, 0.85
_FAR = 0.75  # of the likeliest, below which a name is not even a candidate
_LEAST_SHARED = 0.4  # of the lesser weight, by the words that bring candidates

_WORTH_KEEPING = 5000  # names; fewer are indexed before a file is read

_NO_INTS = np.zeros(0, dtype=np.int32)


@dataclass(frozen=True)
class NameCandidate:
    """One listed name a printed name may say."""

    entity: str
    name: str
    kind: NameKind
    score: float


class NameIndex:
    """Names of entities, ready to be searched.

    Parameters
    ----------
    entities
        Those to be found, each under every name it has.
    cache
        Folder where the index of a long list is kept and found again; see `stored`.
    """

    def __init__(self, entities: Iterable[Entity], cache: Path | None = None) -> None:
        self._entities: list[str] = []
        self._names: list[EntityName] = []
        for entity in entities:
            names = list(dict.fromkeys(_names(entity)))
            self._names += names
            self._entities += [entity.id] * len(names)
        self._texts = [name.text for name in self._names]
        self._western = np.array([not in_signs(text) for text in self._texts], dtype=np.bool_)
        rank = {key: at for at, key in enumerate(sorted(set(self._entities)))}
        self._ids = np.array([rank[key] for key in self._entities], dtype=np.int64)
        terms, self._postings = _indexed(self._texts, cache)
        self._words = Vocabulary(terms, self._postings.weights, len(self._texts))

    def __len__(self) -> int:
        return len(self._names)

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
        size = _CHUNK if len(names) > _FEW else 1
        starts = range(0, len(names), size)
        tasks = [(names[at : at + size], at, minimum, limit) for at in starts]
        workers = min(workers, 1 + len(names) // _CHUNK)
        parts = in_processes(lambda task: self._found(*task), tasks, workers)
        parts.append((_NO_INTS, _NO_INTS, _NO_INTS, np.zeros(0, dtype=np.float32)))
        asked, ranks, places = (np.concatenate([p[i] for p in parts]) for i in range(3))
        scores = np.concatenate([p[3] for p in parts])
        return pd.DataFrame(
            {
                "query": asked.astype(np.int64),
                "rank": ranks.astype(np.int64),
                "entity": pd.Series([self._entities[p] for p in places.tolist()], dtype="str"),
                "name": pd.Series([self._texts[p] for p in places.tolist()], dtype="str"),
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
        best = self._likeliest(rows, places, likeness, len(names))
        near = (likeness >= _LIKE) & (likeness >= _NEAR * best[rows])
        pairs = zip(rows[near].tolist(), places[near].tolist(), strict=True)
        values = [compare(parse(names[row]), parse(self._texts[place])) for row, place in pairs]
        scores[near] = np.maximum(scores[near], np.array(values, dtype=np.float32))
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
        size = len(names)
        found, totals = self._words.read(names)
        rows, columns, weights = found.rows, found.codes, found.weights
        leads = self._postings.leads[columns]
        lonely = np.bincount(rows[leads], minlength=size) == 0
        lonely &= np.bincount(rows, weights, size) >= _KNOWN * totals
        if lonely.any():
            leads |= self._rarest(rows, columns, lonely[rows])
        leading = np.bincount(rows[leads], weights[leads], size)
        asking, places, weight = self._postings.shared(rows[leads], columns[leads], size)
        whole = self._postings.totals[places]
        held = np.where(lonely[asking], whole, self._postings.leading[places])
        kept = weight >= _LEAST_SHARED * np.minimum(leading[asking], held)
        kept[kept] = self._possible(
            asking[kept], places[kept], weight[kept], totals, totals - leading
        )
        asking, places, weight, whole = asking[kept], places[kept], weight[kept], whole[kept]
        rest = ~leads
        weight = weight + self._postings.more(rows[rest], columns[rest], size, asking, places)
        both = totals[asking] + whole
        likeness = (weight / np.maximum(both - weight, 1e-6)).astype(np.float32)
        best = self._likeliest(asking, places, likeness, size)[asking]
        kept = likeness >= _FAR * best
        return self._foremost(asking[kept], places[kept], likeness[kept], best[kept])

    def _rarest(self, rows: Ints, columns: Ints, among: Bools) -> Bools:
        """Mark the two rarest terms of each row, for names made of common words alone."""
        at = np.flatnonzero(among)
        at = at[np.lexsort((columns[at], self._postings.counts[columns[at]], rows[at]))]
        first = np.searchsorted(rows[at], rows[at])
        marked = np.zeros(len(rows), dtype=np.bool_)
        marked[at[np.arange(len(at)) - first < 2]] = True
        return marked

    def _foremost(
        self, rows: Ints, places: Ints, likeness: Floats, best: Floats
    ) -> tuple[Ints, Ints, Floats]:
        """Keep the likeliest places of each row, at most two of one entity, and all equal ones."""
        order = np.lexsort((places, -likeness, rows))
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
    ) -> Bools:
        """Mark the pairs that the words still uncounted could bring near the likeliest of a row."""
        whole = self._postings.totals[places]
        both = totals[rows] + whole
        least = weight / np.maximum(both - weight, 1e-6)
        more = np.minimum(rest[rows], whole - weight)
        most = (weight + more) / np.maximum(both - weight - more, 1e-6)
        possible: Bools = most >= _FAR * self._likeliest(rows, places, least, len(totals))[rows]
        return possible

    def _likeliest(self, rows: Ints, places: Ints, likeness: Floats, size: int) -> Floats:
        """Return the greatest likeness of each row, of names in Chinese signs if of no others.

        Such names are short: what they translate to would leave no room for a longer name.
        """
        best = _best(rows, likeness, size)
        western = self._western[places]
        if western.all():
            return best
        other = _best(rows[western], likeness[western], size)
        return np.where(other > 0, other, best)


def _indexed(texts: Sequence[str], folder: Path | None) -> tuple[Sequence[str], Postings]:
    """Return the terms of some names and who holds them, from the folder where it is worth it."""
    if folder is None or len(texts) < _WORTH_KEEPING:
        return build(texts)
    key = index_key(texts)
    found = load_index(folder, key)
    if found is None:
        found = build(texts)
        save_index(folder, key, *found)
    return found


def _take(
    at: npt.NDArray[np.intp], rows: Ints, places: Ints, likeness: Floats, scores: Floats
) -> tuple[Ints, Ints, Floats, Floats]:
    return rows[at], places[at], likeness[at], scores[at]


def _best(rows: Ints, likeness: Floats, size: int) -> Floats:
    """Return the greatest likeness of each row; `rows` ascend."""
    best = np.zeros(size, dtype=np.float32)
    if len(rows):
        starts = np.concatenate(([0], 1 + (rows[1:] != rows[:-1]).nonzero()[0]))
        best[rows[starts]] = np.maximum.reduceat(likeness, starts)
    return best


def _starts(rows: Ints, owners: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
    """Mark the first of every run of equal pairs."""
    first = np.ones(len(rows), dtype=np.bool_)
    first[1:] = (rows[1:] != rows[:-1]) | (owners[1:] != owners[:-1])
    return first


def _names(entity: Entity) -> Iterator[EntityName]:
    yield EntityName(entity.name, NameKind.PRIMARY)
    yield from entity.names
