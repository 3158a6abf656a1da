"""OFAC's CSV file sets: primary, alternate names, addresses and the spilled remarks.

The files carry no header and no date; `-0-` is null; the end of the file is marked with the DOS
end-of-file character. A remark is cut at 1,000 characters and goes on in the comments file.
"""

import csv
import io
import re

from analyzer.core.entities import EntityName
from analyzer.core.errors import InputError
from analyzer.lists.formats.ofac import Draft, alias_kind, country_code
from analyzer.lists.formats.publication import Files, Oddities, Publication, windows_text

WIDTHS = {"primary": 12, "alternate": 5, "address": 6, "comments": 2}
_ROLES = (
    ("primary", re.compile(r"(?:^|_)(?:prim|sdn)\.(?:csv|pip)$", re.IGNORECASE)),
    ("alternate", re.compile(r"(?:^|_)alt\.csv$", re.IGNORECASE)),
    ("address", re.compile(r"(?:^|_)add\.csv$", re.IGNORECASE)),
    ("comments", re.compile(r"(?:^|_)comments\.csv$", re.IGNORECASE)),
)
_REMARK_LIMIT = 1000
_NULL = "-0-"
_KINDS = {"": "entity", "individual": "individual", "vessel": "vessel", "aircraft": "aircraft"}
# One stray row is a slip of the publisher; more than this share means files of different days or
# one that is cut off.
_STRAY_SHARE = 0.005


def role_of(name: str) -> str | None:
    """Return which file of the set a file name denotes."""
    base = name.rsplit("/", 1)[-1]
    return next((role for role, pattern in _ROLES if pattern.search(base)), None)


def read(files: Files) -> Publication:
    """Read a set of OFAC CSV files.

    Parameters
    ----------
    files : mapping of file name to bytes
        The primary file and any of the others, told apart by their official names.

    Raises
    ------
    InputError
        If the primary file is missing, a row has another width, a key is not a number, the file
        breaks off, or the files do not belong together.
    """
    named = _roles(files)
    odd = Oddities(named["primary"])
    for name in sorted(set(files) - set(named.values())):
        odd.note("W704", f"{name} is no file of the set and was not read")
    tables = {role: _rows(name, files[name], WIDTHS[role]) for role, name in named.items()}
    spilled = {cells[0]: cells[1] for _, cells in tables.get("comments", ())}
    drafts: dict[str, Draft] = {}
    order: list[Draft] = []
    for line, cells in tables["primary"]:
        draft = _draft(line, cells, spilled, odd, "comments" in tables)
        if draft.uid in drafts:
            odd.note(
                "W704",
                f"key {draft.uid} is that of {drafts[draft.uid].name} and of {draft.name};"
                " both are kept, the second without a key",
                line,
            )
            draft.uid = ""
        else:
            drafts[draft.uid] = draft
        order.append(draft)
    _aliases(tables.get("alternate", []), drafts, odd, named)
    _addresses(tables.get("address", []), drafts, odd, named)
    _strays(tables.get("comments", []), drafts, odd, named.get("comments", ""))
    scope = "ofac-sdn" if "sdn" in named["primary"].lower() else "ofac-consolidated"
    entries = tuple(draft.entry() for draft in order)
    return Publication("ofac-csv", scope, None, entries, findings=odd.findings())


def _roles(files: Files) -> dict[str, str]:
    named: dict[str, str] = {}
    for name in sorted(files):
        role = role_of(name)
        if role is not None and role in named:
            raise InputError(f"{named[role]} and {name}: two {role} files; give one set at a time")
        if role is not None:
            named[role] = name
    if "primary" not in named:
        raise InputError("no primary file (cons_prim.csv or sdn.csv) among the files given")
    return named


def _rows(name: str, raw: bytes, width: int) -> list[tuple[int, list[str]]]:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = windows_text(name, raw)
    reader = csv.reader(io.StringIO(text.rstrip("\x1a\r\n"), newline=""), strict=True)
    found = []
    try:
        for cells in reader:
            line = reader.line_num
            if len(cells) != width:
                raise InputError(
                    f"{name}:{line}: {len(cells)} cells where {width} are expected; the file was"
                    " edited or is cut off"
                )
            if not cells[0].strip().isdigit():
                raise InputError(
                    f"{name}:{line}: {cells[0]!r} is not an OFAC key; the published files have no"
                    " header and start every row with one"
                )
            found.append((line, ["" if (c := x.strip()) == _NULL else c for x in cells]))
    except csv.Error as error:
        raise InputError(f"{name}:{reader.line_num}: {error}; the file is cut off") from None
    if not found:
        raise InputError(f"{name}: the file has no rows")
    return found


def _draft(
    line: int, cells: list[str], spilled: dict[str, str], odd: Oddities, has_comments: bool
) -> Draft:
    uid, name, kind, programs, remarks = cells[0], cells[1], cells[2], cells[3], cells[11]
    if not name:
        raise InputError(f"{odd.file}:{line}: the entry has no name")
    if kind not in _KINDS:
        odd.note("W702", f"kind of entry {kind!r} is not understood", line)
    draft = Draft(uid, name, _KINDS.get(kind, "entity"), line=line)
    draft.tags.update(part.strip() for part in programs.split("] ["))
    if len(remarks) >= _REMARK_LIMIT and uid not in spilled:
        why = "goes on nowhere" if has_comments else "is cut and the comments file is not given"
        odd.note("W704", f"the remark of {name} {why}: identifiers may be missing", line)
    draft.remarks(remarks + spilled.get(uid, ""), odd)
    return draft


def _aliases(
    rows: list[tuple[int, list[str]]],
    drafts: dict[str, Draft],
    odd: Oddities,
    named: dict[str, str],
) -> None:
    _strays(rows, drafts, odd, named.get("alternate", ""))
    for line, (uid, _, word, name, remark) in rows:
        kind = alias_kind(word, weak=remark.lower() == "weak")
        if kind is None:
            odd.note("W702", f"kind of name {word!r} is not understood", line)
        elif uid in drafts:
            drafts[uid].names.insert(0, EntityName(name, kind))


def _addresses(
    rows: list[tuple[int, list[str]]],
    drafts: dict[str, Draft],
    odd: Oddities,
    named: dict[str, str],
) -> None:
    _strays(rows, drafts, odd, named.get("address", ""))
    for _, (uid, _, _, _, country, _) in rows:
        if uid in drafts and country and not drafts[uid].country:
            drafts[uid].country = country_code(country)


def _strays(
    rows: list[tuple[int, list[str]]], drafts: dict[str, Draft], odd: Oddities, name: str
) -> None:
    """Report rows of entries that the primary file lacks; refuse when there are many."""
    stray = sorted({cells[0] for _, cells in rows} - set(drafts))
    if len(stray) > max(1, _STRAY_SHARE * len(drafts)):
        raise InputError(
            f"{name}: {len(stray)} entries are not in {odd.file} (for example {stray[0]}); the"
            " files are not of one day, or one is cut off"
        )
    for uid in stray:
        odd.note("W704", f"{name} has rows of entry {uid}, which {odd.file} lacks")
