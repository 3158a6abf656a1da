"""Which listed names hold which terms, and how much each term weighs: sparse arrays, both ways."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from analyzer.resolve.terms import class_factor, is_telling
from analyzer.resolve.vocabulary import Floats, Ints, collect

if TYPE_CHECKING:
    from scipy import sparse

Bools = npt.NDArray[np.bool_]

# A term brings candidates of its own when few listed names hold it, or it tells issuers apart.
_RARE, _COMMON = 100, 2000
_LEAST = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Compressed sparse rows: row `r` holds `columns[starts[r]:starts[r + 1]]`, ascending."""

    starts: Ints
    columns: Ints
    values: Floats

    def turned(self, width: int) -> "Table":
        """Return the table with rows and columns exchanged."""
        order = np.argsort(self.columns, kind="stable")
        rows = np.repeat(np.arange(len(self.starts) - 1, dtype=np.int32), np.diff(self.starts))
        return Table(_starts(self.columns, width), rows[order], self.values[order])

    def gather(self, rows: Ints) -> tuple[Ints, Ints, Floats]:
        """Return the entries of some rows, each with its position in `rows`."""
        sizes = self.starts[rows + 1] - self.starts[rows]
        ends = np.cumsum(sizes)
        owner = np.repeat(np.arange(len(rows), dtype=np.int32), sizes)
        at = np.arange(len(owner)) + (self.starts[rows] - (ends - sizes))[owner]
        return owner, self.columns[at], self.values[at]


@dataclass(frozen=True, slots=True, eq=False)
class Postings:
    """Terms of listed names.

    Parameters
    ----------
    names
        Row per listed name: the codes of its terms and their weight in it.
    terms
        Row per term: the names that hold it.
    weights, counts, leads
        Per term: its weight in a name, how many names hold it, whether it brings candidates.
    totals, leading
        Per listed name: the weight of all its terms, and of those that lead to it.
    """

    names: Table
    terms: Table
    weights: Floats
    counts: Ints
    leads: Bools
    totals: Floats
    leading: Floats

    def shared(self, rows: Ints, codes: Ints, size: int) -> tuple[Ints, Ints, Floats]:
        """Return asked name, listed name and weight of the terms each such pair shares.

        `rows` and `codes` pair each of `size` asked names with its terms. The rows ascend.
        """
        if size == 1:
            return self._shared_by_one(np.unique(codes))
        asked = _ones(rows, codes, (size, len(self.weights)))
        found = asked @ _matrix(self.terms, (len(self.weights), len(self.totals)))
        asking = np.repeat(np.arange(size, dtype=np.int32), np.diff(found.indptr))
        return asking, found.indices, found.data

    def _shared_by_one(self, codes: Ints) -> tuple[Ints, Ints, Floats]:
        weight = np.zeros(len(self.totals), dtype=np.float32)
        hits = []
        for code in codes.tolist():
            at = slice(self.terms.starts[code], self.terms.starts[code + 1])
            places = self.terms.columns[at]
            hits.append(places[weight[places] == 0])
            weight[places] += self.terms.values[at]
        found = np.concatenate(hits) if hits else np.zeros(0, dtype=np.int32)
        return np.zeros(len(found), dtype=np.int32), found, weight[found]

    def more(self, rows: Ints, codes: Ints, size: int, asking: Ints, places: Ints) -> Floats:
        """Return the weight that further terms of the asked names add to pairs already found."""
        if size == 1:
            wanted = np.zeros(len(self.weights), dtype=np.bool_)
            wanted[codes] = True
            owner, columns, values = self.names.gather(places)
            added = np.zeros(len(places), dtype=np.float32)
            held = wanted[columns]
            np.add.at(added, owner[held], values[held])
            return added
        asked = _ones(rows, codes, (size, len(self.weights)))
        held = _matrix(self.names, (len(self.totals), len(self.weights)))[places]
        return np.asarray(asked[asking].multiply(held).sum(axis=1), dtype=np.float32)


def build(texts: Sequence[str]) -> tuple[list[str], Postings]:
    """Return the terms of some listed names, in the order of their codes, and who holds them."""
    terms, found = collect(texts)
    size = len(texts)
    held = np.bincount(found.codes, minlength=len(terms)).astype(np.int32)
    factor = np.array([class_factor(term) for term in terms], dtype=np.float32)
    rarity = np.log((size + 1) / (held + 0.5)).astype(np.float32)
    weights = np.maximum(factor * rarity, _LEAST).astype(np.float32)
    telling = np.array([is_telling(term) for term in terms], dtype=np.bool_)
    leads = (held <= _RARE) | (telling & (held <= _COMMON))
    names = _summed(found.rows, found.codes, found.weights * weights[found.codes], size)
    rows = np.repeat(np.arange(size, dtype=np.int32), np.diff(names.starts))
    totals, leading = np.zeros((2, size), dtype=np.float32)
    np.add.at(totals, rows, names.values)
    np.add.at(leading, rows, names.values * leads[names.columns])
    turned = names.turned(len(terms))
    return terms, Postings(names, turned, weights, held, leads, totals, leading)


def _summed(rows: Ints, columns: Ints, values: Floats, size: int) -> Table:
    """Return the table of some entries; entries of one place are added up."""
    order = np.lexsort((columns, rows))
    rows, columns, values = rows[order], columns[order], values[order]
    first = np.flatnonzero(
        (np.diff(rows, prepend=np.int32(-1)) != 0) | (np.diff(columns, prepend=np.int32(-1)) != 0)
    )
    if len(first) < len(rows):
        values = np.add.reduceat(values, first)
    return Table(_starts(rows[first], size), columns[first], values)


def _starts(rows: Ints, size: int) -> Ints:
    """Return where each of `size` rows starts, and the end."""
    starts = np.zeros(size + 1, dtype=np.int32)
    np.cumsum(np.bincount(rows, minlength=size), out=starts[1:])
    return starts


def _matrix(table: Table, shape: tuple[int, int]) -> "sparse.csr_array":
    from scipy import sparse

    return sparse.csr_array((table.values, table.columns, table.starts), shape=shape)


def _ones(rows: Ints, codes: Ints, shape: tuple[int, int]) -> "sparse.csr_array":
    """Return the matrix that is one wherever a row holds a code."""
    from scipy import sparse

    asked = sparse.csr_array((np.ones(len(rows), dtype=np.float32), (rows, codes)), shape=shape)
    asked.sum_duplicates()
    asked.data[:] = 1
    return asked
