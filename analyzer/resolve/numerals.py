"""Numbers written as words, where the other name has digits: `Brigade Forty-Four`, `Brigade 44`."""

from collections.abc import Sequence

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_VALUES = {
    **{word: value for value, word in enumerate(_ONES.split())},
    **{word: 10 * tens for tens, word in enumerate(_TENS.split(), 2)},
    "fourty": 40,
}


def in_digits(words: Sequence[str]) -> tuple[str, ...]:
    """Return words with every number in digits; a ten and the unit after it are one number."""
    found: list[str] = []
    ten = False  # the last word may still be given its unit
    for word in words:
        value = _VALUES.get(word, int(word) if word.isascii() and word.isdecimal() else None)
        if value is None:
            found.append(word)
        elif ten and 0 < value < 10:
            found[-1] = str(int(found[-1]) + value)
        else:
            found.append(str(value))
        ten = value is not None and word in _VALUES and value >= 20
    return tuple(found)


def differ_in_digits(one: Sequence[str], other: Sequence[str]) -> bool:
    """Say whether one of two names has a number in digits and the other one in words."""
    return any(
        not _VALUES.keys().isdisjoint(right) and any(word.isdecimal() for word in left)
        for left, right in ((one, other), (other, one))
    )
