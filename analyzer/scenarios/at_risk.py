"""What each line of a book moves by when its market moves: value, or of a contract its underlying.

A contract moves with notional times delta. Without a delta only bounds are known, and the bound is
taken that widens the distribution of the whole: the far one where it adds to the market risk of
what is certain, the near one where it would hedge it. A bought option loses at most its value:
its exposure, whatever the bound, is cut to what its value pays for when the underlying falls to
the lowest level reported. Deeper falls exceed it by the excess only, as the sum is drawn as normal.
"""

from dataclasses import dataclass

import numpy as np

from analyzer.scenarios.book import Book
from analyzer.scenarios.impact import FloatArray

_BOUGHT = frozenset({"option", "warrant", "convertible"})


@dataclass(frozen=True, slots=True)
class AtRisk:
    """Exposure of M lines, base currency, signed.

    Parameters
    ----------
    exposure
        (M,) net of what the sale sells.
    bounded
        (M,) whether a delta is not known and a bound stands in for it.
    unsized
        (M,) whether a contract prints no notional: its value, or nothing, stands in for what it
        is exposed to, which is too little.
    """

    exposure: FloatArray
    bounded: np.ndarray
    unsized: np.ndarray

    def rest(self, book: Book, market: FloatArray, own: FloatArray) -> tuple[FloatArray, float]:
        """Collapse the lines to an exposure to the market factor, (1,), and a variance.

        Contracts and lines of one ISIN share what the factor leaves, so they net before they are
        squared.

        Parameters
        ----------
        market, own
            (M,) daily volatility from the factor and beside it.
        """
        keys = [isin or f"line {i}" for i, isin in enumerate(book.isins)]
        codes = np.unique(np.array(keys, dtype=str), return_inverse=True)[1]
        alone = np.bincount(codes, self.exposure * own, minlength=1)
        return np.array([self.exposure @ market]), float((alone**2).sum())


def at_risk(book: Book, sigma: FloatArray, deepest: float) -> AtRisk:
    """Return the exposure of every line of the book.

    Parameters
    ----------
    sigma
        (M,) daily volatility.
    deepest
        Standard deviations of one session that the lowest level reported lies below the start:
        the level's normal quantile times the root of the sessions.
    """
    value = np.nan_to_num(book.value)
    sized = book.derivative & np.isfinite(book.low) & np.isfinite(book.high)
    bounded = sized & (book.low < book.high)
    exposure = np.where(sized & ~bounded, book.low, np.where(bounded, 0.0, value - book.selling))
    lean = float(exposure @ sigma)
    wide = np.abs(book.high) >= np.abs(book.low)
    far, near = np.where(wide, (book.high, book.low), (book.low, book.high))
    exposure = np.where(bounded, np.where(far * lean >= 0.0, far, near), exposure)
    option = np.array([a.instrument in _BOUGHT for a in book.judged], dtype=bool)
    most = np.divide(value, deepest * sigma, out=np.full(len(value), np.inf), where=sigma > 0)
    capped = np.clip(exposure, -np.abs(most), np.abs(most))
    exposure = np.where(sized & option & (value > 0.0), capped, exposure)
    return AtRisk(np.asarray(exposure), bounded, book.derivative & ~sized)
