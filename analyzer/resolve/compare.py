"""How alike two company names are, from the names alone.

The words of two names are paired; what is left over on either side decides. A word the printed
name adds makes another company of it (`Inspur Software` is not `Inspur`), unless the name is cut
off where the listed one goes on. Legal forms that exclude each other and a bare `Group` on one side
tell a parent from its listed subsidiary.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from rapidfuzz.distance import DamerauLevenshtein

from analyzer.resolve.eastern import only_sound_alike
from analyzer.resolve.names import ParsedName, parse
from analyzer.resolve.numerals import differ_in_digits, in_digits
from analyzer.resolve.script import skeleton
from analyzer.resolve.tables import abbreviations, common_words
from analyzer.resolve.wordclass import is_brand, singular, word_class

# What a word that only one name has leaves of the score, by class; one is enough to say no.
_LEFT = {None: 0.15, "everyday": 0.3, "business": 0.42, "place": 0.46}
_TAIL = 0.9  # words a cut name may have lost
_OTHER_FORM = 0.48  # legal forms that exclude each other
_OTHER_GROUP = 0.44  # a bare group word on one side only
_CUT_GROUP = 0.6  # the same where the name is cut; `China ... Group` is the parent all the same
_NOWHERE = frozenset({"international", "global", "national"})  # no place a branch would be in
_ACRONYM = 0.7
_SOUND_ALIKE = 0.4  # names in Chinese signs of one sound
_STEM, _ENDING = 8, 2  # letters that words of one stem share, and that differ at their ends
_SHORT = 6  # signs of an exchange's short name, at most
_SHORT_NAME = 0.82  # a word that an exchange's short name in Chinese leaves out
_SAME_WORDS = 0.97  # every word paired, forms compatible
_SERIES = 0.55  # funds and trusts of one series, which differ in their number
_VEHICLES = frozenset({"fund", "trust", "partner"})
_NUMBERED = re.compile(r"[ivx]+$|[a-z]{0,3}\d+[a-z]?$")

_FAMILIES = (
    frozenset({"inc", "corp", "co", "kk"}),
    frozenset({"ltd", "co", "corp", "plc", "pcl", "bhd", "pte", "pvt", "pty", "sdn", "kk"}),
    frozenset({"jsc", "pjsc", "ojsc", "cjsc", "co", "corp", "plc", "sa", "ag"}),
    frozenset({"llc", "ltd", "srl", "sarl", "gmbh"}),
    frozenset({"sa", "sab", "cv"}),
)
_GROUPS = frozenset({"group", "holding"})


def score(holding_name: str, list_name: str) -> float:
    """Return how likely a printed name is that of a listed company, in [0, 1].

    One half and above says the same company.

    Parameters
    ----------
    holding_name
        A security or issuer name as a custodian prints it.
    list_name
        A company name as a list publishes it.
    """
    return compare(parse(holding_name), parse(list_name))


def compare(holding: ParsedName, listed: ParsedName) -> float:
    """Return the likeness of two names that have been read; see `score`."""
    if not holding.core or not listed.core:
        return 0.0
    known = _as_a_whole(holding, listed)
    return _word_by_word(holding, listed) if known is None else known


def _as_a_whole(holding: ParsedName, listed: ParsedName) -> float | None:
    """Return the likeness of names that need no look at single words, else None."""
    if holding.signs and listed.signs and only_sound_alike(holding.signs, listed.signs):
        return _SOUND_ALIKE
    if holding.strict == listed.strict:
        return 1.0
    if 1 in (len(holding.core), len(listed.core)) and (
        is_acronym(holding, listed) or is_acronym(listed, holding)
    ):
        return _ACRONYM
    if holding.core == listed.core or "".join(holding.core) == "".join(listed.core):
        return _SAME_WORDS * form_factor(holding, listed, cut=holding.open_end)
    if (words := _series(holding.core)) and words == _series(listed.core):
        return _SERIES * form_factor(holding, listed)
    return None


def _word_by_word(holding: ParsedName, listed: ParsedName) -> float:
    left, right = holding.core, listed.core
    if differ_in_digits(left, right):
        left, right = in_digits(left), in_digits(right)
    if len(left) != len(right):
        left, right = _joined(left, right), _joined(right, left)
    pairs = _pair(left, right, open_end=holding.open_end)
    if not pairs:
        return 0.0
    worth = sum(_worth(right[j]) * alike for _, j, alike in pairs)
    total = sum(_worth(right[j]) for _, j, _ in pairs)
    value = _SAME_WORDS * worth / total
    extra = set(range(len(left))) - {i for i, _, _ in pairs}
    missing = set(range(len(right))) - {j for _, j, _ in pairs}
    for i in extra:
        value *= _LEFT[word_class(left[i])]
    tail = set(range(max(j for _, j, _ in pairs) + 1, len(right)))
    cut = holding.open_end and not extra and missing <= tail
    short = 0 < len(holding.sounds) <= _SHORT and not extra and any(is_brand(word) for word in left)
    for j in missing:
        if short or (holding.sounds and not extra and right[j] == "national"):
            value *= _SHORT_NAME  # 中国 alone is China and China National
        else:
            value *= _lost(right[j], cut=cut, known=total)
    return value * form_factor(holding, listed, cut=cut)


def _series(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words of a fund or trust without its number in a series; nothing for others.

    Whoever runs `Capital Partners V` runs VI: if one is listed, a person looks at the other.
    """
    if _VEHICLES.isdisjoint(words):
        return ()
    named = tuple(word for word in words if not _NUMBERED.match(word))
    return named if any(word_class(word) is None for word in named) else ()


def _lost(word: str, *, cut: bool, known: float) -> float:
    """Return what a listed word that the printed name lacks leaves of the score."""
    kind = word_class(word)
    if not cut or known < 2 or (kind == "place" and word not in _NOWHERE):
        return _LEFT[kind]
    return _TAIL


def _worth(word: str) -> float:
    kind = word_class(word)
    return 3.0 if kind is None else 2.0 if kind == "everyday" else 1.0


def is_acronym(short: ParsedName, long: ParsedName) -> bool:
    """Say whether one name is the initials of the other, with or without its legal forms."""
    if len(short.core) != 1:
        return False
    word = short.core[0]
    if long.sounds and len(word) > 2 and word == long.sounds:
        return True  # BYD is bi-ya-di
    if len(long.core) < 2:
        return False
    if not 3 <= len(word) <= 6 or not word.isalpha() or not word.isascii():
        return False
    core = "".join(w[0] for w in long.core)
    if word == core:
        return True
    if frozenset(short.forms) - _GROUPS or word[0] != core[0]:
        return False  # `CNOOC Ltd` is a company of its own, not the Corporation its name spells
    last = [form for form in long.forms if form not in _GROUPS]
    spelled = [core + end for form in last for end in (form, form[0])]
    for initials in long.initials:
        # of `Co., Ltd.` the first word is often kept (CRCC), the rest seldom
        spelled += [initials[:at] for at in range(len(core), len(initials) + 1)]
        spelled += [initials[: len(initials) - len(last)] + form for form in last]
    return word in spelled


def _joined(words: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    """Return words with two neighbours joined where the other name writes them as one."""
    if len(words) < 2:
        return words
    known = set(other)
    for i in range(len(words) - 1):
        one = singular(words[i] + words[i + 1])
        if one in known:
            return (*words[:i], one, *words[i + 2 :])
    return words


def _pair(
    left: tuple[str, ...], right: tuple[str, ...], *, open_end: bool
) -> list[tuple[int, int, float]]:
    """Pair words of two names, the likest first, each word once."""
    found = []
    last = len(left) - 1 if open_end else -1
    equal = set(left) & set(right)
    for i, one in enumerate(left):
        if one in equal:
            found.append((-1.0, 0, i, right.index(one)))
            continue
        for j, other in enumerate(right):
            if other in equal or one[0] != other[0]:
                continue
            alike = word_likeness(one, other)
            if not alike and i == last > 0 and len(one) > 1 and other.startswith(one):
                alike = 0.93
            if alike:
                found.append((-alike, abs(i - j), i, j))
    pairs: list[tuple[int, int, float]] = []
    used_left: set[int] = set()
    used_right: set[int] = set()
    for negative, _, i, j in sorted(found):
        if i not in used_left and j not in used_right:
            used_left.add(i)
            used_right.add(j)
            pairs.append((i, j, -negative))
    return pairs


@lru_cache(maxsize=1 << 16)
def word_likeness(one: str, other: str) -> float:
    """Return how likely two words are one word, or 0: equal, abbreviated or misspelled."""
    if one == other:
        return 1.0
    for short, long in ((one, other), (other, one)):
        if any(long in (reading, reading + "s") for reading in abbreviations().get(short, ())):
            return 0.97
        if is_shortened(short, long):
            return 0.93
    if is_inflected(one, other):
        return 0.93
    shorter = min(len(one), len(other))
    if shorter < 5 or one[0] != other[0] or one.isdigit() or other.isdigit():
        return 0.0
    if word_class(one) is None and skeleton(one) == skeleton(other) != "":
        return 0.88
    allowed = 1 if shorter < 9 else 2
    distance = DamerauLevenshtein.distance(one, other, score_cutoff=allowed)
    if distance > allowed or (word_class(one) is not None and word_class(other) is not None):
        return 0.0
    return 0.9 if shorter > 6 else 0.8


def is_inflected(one: str, other: str) -> bool:
    """Say whether two words many companies share are of one stem: `agriculture`, `agricultural`."""
    stem = min(len(one), len(other)) - _ENDING
    if stem < _STEM or abs(len(one) - len(other)) > _ENDING or one[:stem] != other[:stem]:
        return False
    return word_class(one) == word_class(other) == "business"


def is_shortened(short: str, long: str) -> bool:
    """Say whether one word is the other cut off: a beginning that is not a word of its own."""
    if len(short) < 2 or len(short) >= len(long) or not long.startswith(short):
        return False
    if short in common_words() or short + "s" in common_words():
        return False
    return word_class(long) == "business"


def form_factor(holding: ParsedName, listed: ParsedName, *, cut: bool = False) -> float:
    """Return what legal forms and group words leave of the score."""
    one, other = _family(holding.forms), _family(listed.forms)
    if one and other and not _compatible(one, other):
        return _OTHER_FORM
    group, listed_group = "group" in holding.forms, "group" in listed.forms
    if group == listed_group:
        return 1.0 if ("holding" in holding.forms) == ("holding" in listed.forms) else 0.9
    if listed.bracketed or holding.bracketed:
        return 0.9
    if cut and listed.core[0] != "china":
        return _CUT_GROUP
    short = holding.sounds and any(is_brand(word) for word in holding.core)
    if short and holding.forms in {(), ("group",)}:
        return 0.75  # short names in Chinese say group or leave it out as they like
    if not holding.forms and not cut:
        return 0.75 if len(holding.core) == 1 and is_brand(holding.core[0]) else _OTHER_GROUP
    return _OTHER_GROUP


def _family(forms: Sequence[str]) -> frozenset[str]:
    """Return the forms that decide: `co` and `corp` give way to a more telling one."""
    own = frozenset(forms) - _GROUPS
    return own - {"co", "corp"} or own - {"co"} or own


def _compatible(one: frozenset[str], other: frozenset[str]) -> bool:
    return not one.isdisjoint(other) or any(
        not (f.isdisjoint(one) or f.isdisjoint(other)) for f in _FAMILIES
    )
