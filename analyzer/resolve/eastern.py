"""Chinese, Japanese and Korean names in Latin words: known words translated, the rest by sound."""

import re
from functools import cache

from analyzer.resolve.tables import hanzi_readings, hanzi_variants, hanzi_words
from analyzer.resolve.wordclass import word_class

_TOWNS = "市省县区"  # the kind of place the word before names: 深圳市大疆 is Dajiang of Shenzhen
_HANGUL = re.compile("[\uac00-\ud7a3]")
_SIGNS = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af]")
_KANA = re.compile("[\u3040-\u30ff]")
# Revised Romanization: first, middle and last sound of a syllable, in the order Unicode has them.
_HANGUL_SOUNDS = (
    "g kk n d tt r m b pp s ss  j jj ch k t p h",
    "a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i",
    " k k k n n n t l k m l l l p l m p p t t ng t t k t p t",
)
_INITIAL, _VOWEL, _FINAL = (sounds.split(" ") for sounds in _HANGUL_SOUNDS)
_ROMAJI = (
    "a=アァ i=イィ u=ウゥ e=エェ o=オォ ka=カ ki=キ ku=ク ke=ケ ko=コ sa=サ "
    "shi=シ su=ス se=セ so=ソ ta=タ chi=チ tsu=ツ te=テ to=ト na=ナ "
    "ni=ニ nu=ヌ ne=ネ no=ノ ha=ハ hi=ヒ fu=フ he=ヘ ho=ホ ma=マ mi=ミ "
    "mu=ム me=メ mo=モ ya=ヤ yu=ユ yo=ヨ ra=ラ ri=リ ru=ル re=レ ro=ロ "
    "wa=ワ wo=ヲ n=ン ga=ガ gi=ギ gu=グ ge=ゲ go=ゴ za=ザ ji=ジ zu=ズ "
    "ze=ゼ zo=ゾ da=ダ de=デ do=ド ba=バ bi=ビ bu=ブ be=ベ bo=ボ pa=パ "
    "pi=ピ pu=プ pe=ペ po=ポ vu=ヴ"
)


@cache
def _sounds() -> dict[str, str]:
    pairs = [pair.split("=") for pair in _ROMAJI.split()]
    kana = {sign: sound for sound, signs in pairs for sign in signs}
    return hanzi_readings() | kana | {"ー": "", "ッ": ""}


def _hangul(sign: str) -> str:
    place = ord(sign) - 0xAC00
    return _INITIAL[place // 588] + _VOWEL[place % 588 // 28] + _FINAL[place % 28]


def in_signs(text: str) -> bool:
    """Say whether a text holds Chinese, Japanese or Korean signs."""
    return not text.isascii() and _SIGNS.search(text) is not None


def simple(text: str) -> str:
    """Return Chinese text in simplified signs and hiragana as katakana."""
    text = text.translate(hanzi_variants())
    if not _KANA.search(text):
        return text
    return "".join(chr(ord(c) + 96) if "\u3041" <= c <= "\u3096" else c for c in text)


def words(text: str) -> list[tuple[str, str]]:
    """Return the Latin words of a name written without spaces, each with its syllables' initials.

    Known words are translated, longest first; what is left between them is spelled by sound, and a
    sign without a known sound stands as it is.
    """
    table, _ = hanzi_words()
    found: list[tuple[str, str]] = []
    parts = _parts(simple(text))
    for at, part in enumerate(parts):
        if part in table:
            found += [(word, word[0]) for word in table[part]]
            continue
        of_place = at and part[0] in _TOWNS and _is_place(table[parts[at - 1]])
        found.append(_spelled(part[1:] or part if of_place else part))
    return found


def _is_place(words: tuple[str, ...]) -> bool:
    return all(word_class(word) == "place" for word in words)


def _parts(text: str) -> list[str]:
    """Part a text into known words, longest first, and what is left between them."""
    table, longest = hanzi_words()
    found: list[str] = []
    at = unknown = 0
    while at < len(text):
        size = next((n for n in range(longest, 0, -1) if text[at : at + n] in table), 0)
        if size:
            found += [text[unknown:at], text[at : at + size]]
            unknown = at + size
        at += size or 1
    return [part for part in (*found, text[unknown:]) if part]


def _spelled(text: str) -> tuple[str, str]:
    sounds = [_hangul(sign) if _HANGUL.match(sign) else _sounds().get(sign, sign) for sign in text]
    return "".join(sounds), "".join(s[:1] for s in sounds)


def only_sound_alike(one: str, other: str) -> bool:
    """Say whether names of one sound are written otherwise: 中芯 is not 中信, both are `zhongxin`.

    Signs that translate to words are left aside.
    """
    table, _ = hanzi_words()
    left, right = (
        "".join(part for part in _parts(simple(text)) if part not in table) for text in (one, other)
    )
    return left != right and _spelled(left) == _spelled(right)
