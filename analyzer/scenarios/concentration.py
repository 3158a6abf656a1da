"""How concentrated the long book is, before the sale and after it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analyzer.scenarios.book import Book
from analyzer.scenarios.impact import FloatArray


def herfindahl(weights: FloatArray) -> float:
    """Sum of squared weights, fractions of one (the Herfindahl-Hirschman index)."""
    return float(np.sum(np.asarray(weights) ** 2))


def effective_number(weights: FloatArray) -> float:
    """Return the number of equal positions with the same concentration."""
    return 1.0 / herfindahl(weights)


@dataclass(frozen=True, slots=True)
class Concentration:
    """Herfindahl index and effective number, of issuers and of sectors.

    `sectors` and `sector_index` are None where the file prints no sector.
    """

    issuer_index: float
    issuers: float
    sector_index: float | None
    sectors: float | None


def concentration(book: Book) -> tuple[Concentration, Concentration] | None:
    """Return the concentration of long lines before and after the sale; None without any.

    Lines of one listed issuer count together, any other line by itself. Cash and derivatives are
    left out; the proceeds are not invested again.
    """
    long = (book.value > 0) & ~book.cash & ~book.derivative
    after = np.maximum(book.value - book.selling, 0.0)
    if not long.any() or not (after[long] > 0).any():
        return None
    at = np.flatnonzero(long)
    issuers = [
        answer.match.entity_id if answer.match and answer.match.confirmed else f"line {i}"
        for i, answer in zip(at.tolist(), (book.judged[i] for i in at), strict=True)
    ]
    sectors = [book.sectors[i] for i in at]
    return (
        _measure(book.value[at], issuers, sectors),
        _measure(after[at], issuers, sectors),
    )


def _measure(values: FloatArray, issuers: Sequence[str], sectors: Sequence[str]) -> Concentration:
    by_issuer = _weights(values, issuers)
    by_sector = _weights(values, sectors) if any(sectors) else None
    return Concentration(
        herfindahl(by_issuer),
        effective_number(by_issuer),
        None if by_sector is None else herfindahl(by_sector),
        None if by_sector is None else effective_number(by_sector),
    )


def _weights(values: FloatArray, names: Sequence[str]) -> FloatArray:
    codes = np.unique(np.array(names, dtype=str), return_inverse=True)[1]
    sums = np.bincount(codes, values)
    return np.asarray(sums / sums.sum())
