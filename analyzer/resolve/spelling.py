"""Listed words that a printed word may misspell: one letter wrong, missing, too many or swapped.

A word of either spelling is found under what is left of it without one of its letters, as in
Garbe's symmetric delete algorithm (SymSpell); the first letter is taken to be right. Kept as
hashes, since a long list has half a million such remainders.
"""

from collections.abc import Sequence

import numpy as np
from rapidfuzz.distance.DamerauLevenshtein import distance

from analyzer.resolve.wordclass import word_class

_SHORTEST = 5  # letters; in shorter words one letter makes another word


class Spellings:
    """Words that others may misspell.

    Parameters
    ----------
    words
        In the order of their codes.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self._words = words
        usable = [code for code, word in enumerate(words) if _is_usable(word)]
        owner, hashes = _remainders([words[code] for code in usable])
        order = np.argsort(hashes, kind="stable")
        self._hashes = hashes[order]
        self._codes = np.array(usable, dtype=np.int32)[owner[order]]

    def find(self, printed: Sequence[str]) -> dict[str, list[int]]:
        """Return the codes of the words that some printed words may misspell.

        Words that are spelled as many companies spell them are no misspellings.
        """
        asked = [word for word in printed if _is_usable(word) and word_class(word) is None]
        owner, hashes = _remainders(asked)
        first = np.searchsorted(self._hashes, hashes, "left")
        size = np.searchsorted(self._hashes, hashes, "right") - first
        hit = np.flatnonzero(size)
        found: dict[str, list[int]] = {}
        for at, start, count in zip(
            owner[hit].tolist(), first[hit].tolist(), size[hit].tolist(), strict=True
        ):
            word = asked[at]
            near = found.setdefault(word, [])
            near += [
                code
                for code in self._codes[start : start + count].tolist()
                if code not in near and distance(word, self._words[code], score_cutoff=1) == 1
            ]
        return {word: sorted(codes) for word, codes in found.items() if codes}


def _is_usable(word: str) -> bool:
    return len(word) >= _SHORTEST and word.isascii() and word.isalpha()


def _remainders(words: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return whose each remainder is, and its hash; a word is a remainder of itself."""
    sizes = np.array([len(word) for word in words], dtype=np.int32)
    hashes = [
        hash(left)
        for word in words
        for left in (word, *(word[:at] + word[at + 1 :] for at in range(1, len(word))))
    ]
    owner = np.repeat(np.arange(len(words), dtype=np.int32), sizes)
    return owner, np.array(hashes, dtype=np.int64)
