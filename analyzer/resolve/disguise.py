"""Names that do not read as they are stored: hidden characters, foreign letters, letters apart.

A word that mixes Latin letters with Cyrillic or Greek ones is read as a person sees it (Unicode
Technical Standard 39, confusable detection). A word wholly in another alphabet is left alone: it is
a name in that alphabet, and is transliterated.
"""

import re
import unicodedata

# UTS 39 confusables.txt, the prototypes that are plain Latin letters; the small в к м н т τ χ are
# read as their capitals, which is how a file that was put into lower case shows them.
_CYRILLIC = (
    "АA ВB ЕE ЅS ІI ЈJ КK МM НH ОO РP СC ТT УY ҮY ХX ԚQ ԜW ӀI "
    "аa вb еe ѕs іi јj кk мm нh оo рp сc тt уy үy хx ԛq ԝw ӏl гr һh ԁd ѵv"
)
_GREEK = "ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX αa γy ιi κk νv οo ρp σo τt υu χx"
_LOOKS_LIKE = {pair[0]: pair[1] for pair in f"{_CYRILLIC} {_GREEK}".split()}
_TABLE = str.maketrans(_LOOKS_LIKE)

_WORD = re.compile(r"[^\W_]+")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
_FOREIGN = re.compile("[\u0370-\u03ff\u0400-\u052f]")
_FILLERS = frozenset("\u115f\u1160\u17b4\u17b5")  # letters without a shape
_OVERRIDES = re.compile("[\u202d\u202e]")  # these show a whole name backwards
# One sign between all: `S P A`, `X i a o m i`. Initials with stops are read with the words.
_APART = re.compile(r"(?<![^\W_])[^\W\d_]( +|[_·-])[^\W\d_](?:\1[^\W\d_])+(?![^\W_])")
_NOT_LETTERS = re.compile(r"[\W_]+")
_SET_APART = 5  # letters; fewer are initials or a legal form
_WIDE = re.compile("[\uff21-\uff3a\uff41-\uff5a]{2}")  # one alone is a share class in Chinese files


def _hidden(sign: str) -> bool:
    return unicodedata.category(sign) == "Cf" or sign in _FILLERS


def uncover(text: str) -> str:
    """Return NFKC text without characters that show nothing, each mixed word in Latin letters."""
    text = unicodedata.normalize("NFKC", text)
    text = "".join(sign for sign in text if not _hidden(sign))
    return _WORD.sub(lambda match: _read(match.group()), text)


def together(text: str) -> str:
    """Return a text with single letters in a row written as one word."""
    return _APART.sub(lambda match: _NOT_LETTERS.sub("", match.group()), text)


def _read(word: str) -> str:
    """Return a mixed word as it looks, unless one of its letters looks like no Latin one."""
    foreign = _FOREIGN.findall(word)
    if foreign and _LATIN.search(word) and all(letter in _LOOKS_LIKE for letter in foreign):
        return word.translate(_TABLE)
    return word


def disguise(text: str) -> str:
    """Say what of a name does not read as it is stored, or nothing.

    Hidden characters at the ends are leftovers of an export, save those that turn the name.
    """
    runs = [_NOT_LETTERS.sub("", match.group()) for match in _APART.finditer(text)]
    found = ["letters set apart"] if any(len(run) >= _SET_APART for run in runs) else []
    if text.isascii():
        return " and ".join(found)
    inside = text.strip("".join({sign for sign in text if _hidden(sign) or sign.isspace()}))
    if any(map(_hidden, inside)) or _OVERRIDES.search(text):
        found.append("characters that do not show")
    plain = unicodedata.normalize("NFKC", "".join(s for s in text if not _hidden(s)))
    if any(_read(word) != word for word in _WORD.findall(plain)):
        found.append("Cyrillic or Greek letters that look like Latin ones")
    if _WIDE.search(text):
        found.append("full-width letters")
    return " and ".join(found)
