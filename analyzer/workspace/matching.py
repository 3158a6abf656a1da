"""A file of names against a list of entities: the best candidates for each name."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analyzer.core.entities import Entity, EntityName, NameKind
from analyzer.core.errors import InputError
from analyzer.core.matching import MatchKind
from analyzer.ingest import sniff
from analyzer.ingest.safety import load
from analyzer.resolve import NameIndex
from analyzer.resolve.names import parse

_DELIMITERS = ",;\t|"
# Headings of a column of names, likeliest first.
_NAME_HEADINGS = (
    *("name", "holding_name", "security_name", "security name", "issuer", "issuer name", "company"),
    *("entity", "entity_name", "description", "names"),
)
_ENTITY_HEADINGS = ("name", "name_as_published", "entity_name", "list_name", "primary_name")
_KINDS: Mapping[NameKind, MatchKind] = {
    NameKind.PRIMARY: MatchKind.NAME,
    NameKind.ISSUER: MatchKind.NAME,
    NameKind.FORMER: MatchKind.FORMER_NAME,
}
_WORDS = {
    MatchKind.NAME: "official name",
    MatchKind.ALIAS: "alias",
    MatchKind.FORMER_NAME: "former name",
}
_WHOLE = 0.85  # below it a candidate resembles the name and does not say it

COLUMNS = ("row", "name", "rank", "entity_id", "entity", "listed_name", "kind", "score", "evidence")


def read_names(source: Path, column: str | None = None) -> tuple[tuple[int, str], ...]:
    """Read a file of names.

    Parameters
    ----------
    source
        CSV with a heading row, or one name a line.
    column
        Heading of the names; found by itself when not given.

    Returns
    -------
    tuple
        The line each name stands on, and the name; empty cells are names too, so that every line
        is accounted for.

    Raises
    ------
    InputError
        When the file cannot be read or holds no such column.
    """
    name, text = _text(source)
    first = text.split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=first.count)
    if first.count(delimiter) == 0:
        return _lines(name, text, column)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    heading = [cell.strip() for cell in next(reader)]
    at = _position(name, heading, [column] if column else list(_NAME_HEADINGS))
    try:
        return tuple(_cells(reader, at))
    except csv.Error as error:
        raise InputError(f"{name}:{reader.line_num}: {error}") from None


def _text(source: Path) -> tuple[str, str]:
    name, data = load(source)
    text = sniff.to_utf8(data, name)[0].decode("utf-8")
    return name, text.replace("\r\n", "\n")


def _cells(reader: Any, at: int) -> Iterator[tuple[int, str]]:
    before = reader.line_num
    for row in reader:
        if row:
            yield before + 1, row[at].strip() if at < len(row) else ""
        before = reader.line_num


def _lines(name: str, text: str, column: str | None) -> tuple[tuple[int, str], ...]:
    """Read one name a line; commas are part of it."""
    lines = text.split("\n")
    first = lines[0].strip().strip('"').casefold()
    if column and first != column.casefold():
        raise InputError(f"{name}: no column {column!r}")
    start = 1 if column or first in _NAME_HEADINGS else 0
    return tuple(
        (number, line.strip().strip('"'))
        for number, line in enumerate(lines[start:], start=start + 1)
        if line.strip()
    )


def _position(name: str, heading: Sequence[str], wanted: Sequence[str]) -> int:
    folded = [cell.casefold() for cell in heading]
    for word in wanted:
        if word.casefold() in folded:
            return folded.index(word.casefold())
    if len(wanted) == 1:
        raise InputError(f"{name}: no column {wanted[0]!r}; it has {', '.join(heading)}")
    raise InputError(f"{name}: which column holds the names? It has {', '.join(heading)}")


def read_entities(source: Path) -> tuple[Entity, ...]:
    """Read entities to match against.

    Parameters
    ----------
    source
        JSON lines with `id, name, aliases`, or CSV with a column of names and, where it has them,
        `id` or `entity` and `aliases` (separated by `;` or `|`). Rows of one id are one entity.

    Raises
    ------
    InputError
        Naming file and line of a row that cannot be read.
    """
    name, text = _text(source)
    if source.suffix.lower() in {".jsonl", ".ndjson", ".json"}:
        rows = _json_rows(name, text)
    else:
        rows = _csv_rows(name, text)
    found: dict[str, Entity] = {}
    for key, label, aliases in rows:
        more = tuple(EntityName(alias, NameKind.ALIAS) for alias in aliases if alias)
        before = found.get(key)
        if before is not None:
            more = (*before.names, EntityName(label, NameKind.ALIAS), *more)
        first = before.name if before else label
        found[key] = Entity(key, first, names=tuple(dict.fromkeys(more)))
    if not found:
        raise InputError(f"{name}: no entity in it")
    return tuple(found.values())


def _json_rows(name: str, text: str) -> Iterator[tuple[str, str, list[str]]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            label, aliases = row["name"], row.get("aliases") or []
            key = row.get("id", number)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(f"{name}:{number}: {type(error).__name__}: {error}") from None
        if not isinstance(label, str) or not isinstance(aliases, list):
            raise InputError(f"{name}:{number}: a name and a list of aliases are expected")
        yield str(key), label, [str(alias) for alias in aliases]


def _csv_rows(name: str, text: str) -> Iterator[tuple[str, str, list[str]]]:
    first = text.split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    heading = [str(cell) for cell in reader.fieldnames or ()]
    labels = heading[_position(name, heading, _ENTITY_HEADINGS)]
    ids = next((h for h in heading if h.casefold() in {"id", "entity", "entity_id"}), None)
    others = next((h for h in heading if h.casefold() in {"alias", "aliases"}), None)
    for row in reader:
        label = (row[labels] or "").strip()
        if label:
            text = (row.get(others) or "") if others else ""
            aliases = [part.strip() for part in text.replace("|", ";").split(";")]
            yield (row[ids] or label) if ids else label, label, aliases


def match_names(
    names: Iterable[tuple[int, str]],
    entities: Sequence[Entity],
    *,
    minimum: float = 0.3,
    limit: int = 3,
    workers: int = 1,
    cache: Path | None = None,
) -> pd.DataFrame:
    """Return the best candidates for each name.

    Parameters
    ----------
    names
        Row and name.
    entities
        Those to be found.
    minimum, limit, workers
        As for `NameIndex.search`.
    cache
        As for `NameIndex`.

    Returns
    -------
    DataFrame
        `COLUMNS`, in order of row and rank. A name without a candidate has one row, of rank 0.
    """
    rows = list(names)
    codes, distinct = pd.factorize(np.array([name for _, name in rows], dtype=object))
    found = NameIndex(entities, cache).search(list(distinct), minimum, limit, workers)
    known = {entity.id: entity.name for entity in entities}
    kinds = [_KINDS.get(NameKind(kind), MatchKind.ALIAS) for kind in found["kind"]]
    found["entity_name"] = found["entity"].map(known)
    found["match_kind"] = [kind.value for kind in kinds]
    found["evidence"] = [
        _evidence(distinct[query], name, kind, entity, score)
        for query, name, kind, entity, score in zip(
            found["query"], found["name"], kinds, found["entity_name"], found["score"], strict=True
        )
    ]
    asked = pd.DataFrame({"row": [row for row, _ in rows], "query": codes})
    joined = asked.merge(found, on="query", how="left", sort=False)
    joined["asked"] = np.asarray(distinct, dtype=object)[joined["query"]] if len(joined) else []
    joined["rank"] = joined["rank"].fillna(0).astype("int64")
    chosen = ("row", "asked", "rank", "entity", "entity_name", "name", "match_kind", "score")
    result = joined[[*chosen, "evidence"]]
    result.columns = pd.Index(COLUMNS)
    return result.sort_values(["row", "rank"], kind="stable", ignore_index=True)


def _evidence(asked: str, listed: str, kind: MatchKind, entity: str, score: float) -> str:
    how = "resembles"
    if score >= _WHOLE:
        one, other = parse(asked), parse(listed)
        how = "is" if one.strict == other.strict else "reads as" if one.core == other.core else how
    return f"the name {how} the {_WORDS[kind]} {listed!r} of {entity}"
