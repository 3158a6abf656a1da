"""Chinese, Japanese and Korean names in Latin words: known words translated, the rest by sound."""

import re
from functools import cache

from analyzer.resolve.tables import hanzi_readings, hanzi_variants, hanzi_words

_HANGUL = re.compile("[\uac00-\ud7a3]")
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
    text = simple(text)
    table, longest = hanzi_words()
    found: list[tuple[str, str]] = []
    unknown = ""
    at = 0
    while at < len(text):
        size = next((n for n in range(longest, 0, -1) if text[at : at + n] in table), 0)
        if size:
            found += [*_spelled(unknown), *((w, w[0]) for w in table[text[at : at + size]])]
            unknown = ""
        else:
            unknown += text[at]
        at += size or 1
    return [*found, *_spelled(unknown)]


def _spelled(text: str) -> list[tuple[str, str]]:
    sounds = [_hangul(sign) if _HANGUL.match(sign) else _sounds().get(sign, sign) for sign in text]
    return [("".join(sounds), "".join(s[:1] for s in sounds))] if sounds else []
