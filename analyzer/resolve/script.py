"""One spelling for names written in other scripts, and the consonants that survive a spelling."""

import re
from functools import cache

# Cyrillic after BGN/PCGN, Greek after ISO 843, each letter by its usual Latin one.
_CYRILLIC = (
    "а=a б=b в=v г=g д=d е=e ё=e ж=zh з=z и=i й=y к=k л=l м=m н=n о=o п=p р=r с=s т=t у=u ф=f "
    "х=kh ц=ts ч=ch ш=sh щ=shch ъ= ы=y ь= э=e ю=yu я=ya і=i ї=i є=e ґ=g ў=u ј=j"
)
_GREEK = (
    "α=a β=v γ=g δ=d ε=e ζ=z η=i θ=th ι=i κ=k λ=l μ=m ν=n ξ=x ο=o π=p ρ=r σ=s ς=s τ=t υ=y φ=f "
    "χ=ch ψ=ps ω=o"
)
_LATIN = "ø=o æ=ae œ=oe đ=d ð=d þ=th ł=l ı=i ß=ss ə=a"  # letters no accent can be taken off
_PAIRS = f"{_CYRILLIC} {_GREEK} {_LATIN}"
_TABLE = str.maketrans({pair[0]: pair[2:] for pair in _PAIRS.split()})
_SOUNDS = {
    "sch": "s", "tch": "k", "shch": "s", "sh": "s", "ch": "k", "zh": "s", "kh": "h", "ph": "f",
    "th": "t", "ck": "k", "ts": "k", "tz": "k", "x": "ks", "q": "k", "w": "v", "c": "k", "z": "s",
}  # fmt: skip
_SOUND = re.compile("|".join(sorted(_SOUNDS, key=len, reverse=True)))
_DOUBLE = re.compile(r"(.)\1+")
_VOWELS = re.compile("[aeiouyhj]")
_LEAST = 4  # consonants that are enough to tell a name


def latin(text: str) -> str:
    """Return lower-case text with Cyrillic, Greek and Nordic letters in plain Latin ones."""
    return text if text.isascii() else text.translate(_TABLE)


@cache
def skeleton(word: str) -> str:
    """Return the consonants of a Latin word by sound, or nothing when they are too few.

    `surgutneftegaz` and `surgutneftegas` have one skeleton.
    """
    if len(word) < 6 or not word.isascii() or not word.isalpha():
        return ""
    word = _SOUND.sub(lambda match: _SOUNDS[match.group()], word)
    found = _DOUBLE.sub(r"\1", word[0] + _VOWELS.sub("", word[1:]))
    return found if len(found) >= _LEAST else ""
