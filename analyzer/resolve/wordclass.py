"""Which words tell issuers apart, and which many companies share."""

import re
from functools import lru_cache

from analyzer.resolve.tables import abbreviations, common_words

_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af]")


def singular(word: str) -> str:
    """Return an English plural's singular, so that `CONSTRUCTIONS` meets `Construction`."""
    if len(word) < 5 or not word.isascii():
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


@lru_cache(maxsize=1 << 17)
def word_class(word: str) -> str | None:
    """Return `place`, `business` or `everyday` for a word many companies share, else None."""
    common = common_words()
    kind = common.get(word) or common.get(word + "s")
    return "business" if kind is None and word in abbreviations() else kind


def distinctive(words: tuple[str, ...]) -> frozenset[str]:
    """Return the words that tell one issuer from others, or the best there are.

    Places and business words are left out; a name made only of those (China Mobile) keeps its
    business words, and one of places alone keeps them all.
    """
    kinds = {w: word_class(w) for w in words}
    rare = frozenset(w for w, kind in kinds.items() if kind in {None, "everyday"} and len(w) > 1)
    if rare:
        return rare
    return frozenset(w for w, kind in kinds.items() if kind != "place") or frozenset(words)


def is_brand(word: str) -> bool:
    """Say whether one word alone points at a company: four letters or more, and not common."""
    if len(word) < 4 and not _CJK.search(word):
        return False
    return word_class(word) is None and not word.isdigit()
