"""The text of the Department's s.1260H list, as taken from its PDF or the Federal Register.

Three parts: a heading, the entries with their short names in brackets, and a last section of names
that have *left*. A footnote may name an entry that the list itself omits. Which entry is whose
subsidiary is shown by indentation, which the text has lost.
"""

import re
from collections.abc import Mapping

from analyzer.core.entities import EntityName, NameKind
from analyzer.core.errors import InputError
from analyzer.lists.formats.publication import Entry, Publication

_HEADING = re.compile(r"Entities Identified as Chinese Military Companies", re.IGNORECASE)
_END = re.compile(r"^\*\s*Subsidiaries Listed with Parent Companies", re.IGNORECASE)
_REMOVED = re.compile(r"^The Following Previously Listed Entities", re.IGNORECASE)
# A number set off by two blanks: names may begin with a number too ("360 Security").
_FOOTNOTE = re.compile(r"^\d{1,2}\s{2,}\S")
_REMAINS = re.compile(
    r"^\d{1,2}\s{2,}(.+?) was previously identified as and remains", re.IGNORECASE
)
_BRACKET = re.compile(r"^(?P<name>.+?)\s*\((?P<short>(?:[^()]|\([^()]*\))+)\)$")
# Words that, in brackets at the end, belong to the name itself.
_OWN = frozenset({"limited", "group", "holdings"})


def recognises(files: Mapping[str, bytes]) -> bool:
    """Say whether the single file given is the text of a s.1260H list."""
    if len(files) != 1:
        return False
    raw = next(iter(files.values()))
    head = raw[:4000].decode("utf-8", errors="replace")
    return bool(_HEADING.search(head)) and "1260H" in head


def parse(files: Mapping[str, bytes]) -> Publication:
    """Read the text.

    Raises
    ------
    InputError
        If it is not text, has another heading, or ends before its last section.
    """
    ((name, raw),) = files.items()
    try:
        lines = raw.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise InputError(f"{name}: not UTF-8 text; extract the text of the PDF first") from None
    start = _after_heading(name, lines)
    entries: list[Entry] = []
    removed: list[str] = []
    ended = False
    section, skipping = "entries", False
    for number, line in enumerate(lines[start:], start=start + 1):
        text = line.replace("\f", "").strip()
        if not text:
            skipping = False
        elif skipping:
            continue
        elif _REMOVED.match(text):
            section, skipping, ended = "removed", True, True
        elif _END.match(text):
            section, ended = "end", True
        elif _FOOTNOTE.match(text):
            skipping = True
            if match := _REMAINS.match(text):
                entries.append(_entry(match[1], number, "named in a footnote of the list"))
        elif section == "entries":
            entries.append(_entry(text, number))
        elif section == "end":
            raise InputError(f"{name}:{number}: a section that is not understood: {text!r}")
        else:
            removed.append(_entry(text, number).name)
    if not entries or not ended:
        raise InputError(f"{name}: the text ends before the end of the list; it is cut off")
    return Publication("dod-1260h-text", "dod-1260h", None, tuple(entries), tuple(removed))


def _after_heading(name: str, lines: list[str]) -> int:
    first = next((at for at, line in enumerate(lines) if _HEADING.search(line)), None)
    if first is None:
        raise InputError(f"{name}: the heading of a s.1260H list is missing")
    return next((at for at in range(first, len(lines)) if not lines[at].strip()), len(lines))


def _entry(text: str, line: int, note: str = "") -> Entry:
    names: list[EntityName] = []
    match = _BRACKET.match(text)
    while match and match["short"].lower() not in _OWN:
        short = match["short"]
        former = re.match(r"formerly\s+(.+)", short, re.IGNORECASE)
        kind = NameKind.FORMER if former else NameKind.ALIAS
        names.insert(0, EntityName(former[1] if former else short, kind))
        text = match["name"]
        match = _BRACKET.match(text)
    return Entry(
        uid="",
        name=text.strip(),
        tags=frozenset({"s.1260H"}),
        names=tuple(names),
        note=note,
        line=line,
    )
