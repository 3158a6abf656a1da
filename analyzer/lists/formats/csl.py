"""The Consolidated Screening List of trade.gov: JSON and CSV, all sources in one file."""

import json
from collections.abc import Mapping
from typing import Any

from analyzer.core.entities import EntityName, NameKind
from analyzer.core.errors import InputError
from analyzer.lists.formats.ofac import FEATURES, Draft, country_code
from analyzer.lists.formats.publication import (
    Entry,
    Oddities,
    Publication,
    csv_rows,
    decoded,
    read_date,
    surplus,
)

COLUMNS = (
    *("_id", "source", "entity_number", "type", "programs", "name", "title", "addresses"),
    *("federal_register_notice", "start_date", "end_date", "standard_order"),
    *("license_requirement", "license_policy", "call_sign", "vessel_type", "gross_tonnage"),
    *("gross_registered_tonnage", "vessel_flag", "vessel_owner", "remarks", "source_list_url"),
    *("alt_names", "citizenships", "dates_of_birth", "nationalities", "places_of_birth"),
    *("source_information_url", "ids"),
)
_FIELDS = (*COLUMNS, "id", "country", "score")
_REQUIRED = ("source", "name")
_KINDS = {
    "": "entity",
    "entity": "entity",
    "individual": "individual",
    "vessel": "vessel",
    "aircraft": "aircraft",
}


def read_json(name: str, raw: bytes) -> Publication:
    """Read the JSON file: a list of entries, or an object with `results`.

    Raises
    ------
    InputError
        If it is not whole JSON, or an entry has neither name nor source.
    """
    try:
        body = json.loads(decoded(name, raw))
    except (json.JSONDecodeError, RecursionError) as error:
        raise InputError(f"{name}: not a whole JSON document: {error}") from None
    if isinstance(body, dict):
        total, body = body.get("total"), body.get("results")
        if isinstance(body, list) and total not in (None, len(body)):
            raise InputError(f"{name}: {len(body)} entries where the document states {total}")
    if not isinstance(body, list) or not body:
        raise InputError(f"{name}: a list of entries is expected")
    odd = Oddities(name)
    entries = []
    for number, row in enumerate(body, start=1):
        _refuse_shape(row, f"{name}:{number}")
        for word in surplus(row, _FIELDS):
            odd.note("W702", f"field {word!r} is not understood", number)
        entries.append(_entry(row, number, odd, json_form=True))
    return Publication("csl-json", "csl", None, tuple(entries), findings=odd.findings())


def read_csv(name: str, raw: bytes) -> Publication:
    """Read the CSV file; its `ids` column comes as `TYPE, NUMBER` and as `NUMBER, TYPE`.

    Raises
    ------
    InputError
        If a required column is missing, a row has another width, or the file breaks off.
    """
    odd = Oddities(name)
    entries = [
        _entry(row, line, odd, json_form=False)
        for line, row in csv_rows(raw, _REQUIRED, COLUMNS, odd)
    ]
    if not entries:
        raise InputError(f"{name}: the file has no entries")
    return Publication("csl-csv", "csl", None, tuple(entries), findings=odd.findings())


def _refuse_shape(row: Any, where: str) -> None:
    """Refuse an entry whose fields are not of the published kind."""
    if not isinstance(row, dict):
        raise InputError(f"{where}: the entry is not an object")
    for field in ("addresses", "ids"):
        items = row.get(field) or []
        if not isinstance(items, list) or not all(isinstance(i, dict) for i in items):
            raise InputError(f"{where}: {field} is not a list of objects")


def _entry(row: Mapping[str, Any], line: int, odd: Oddities, *, json_form: bool) -> Entry:
    name, source = str(row.get("name") or "").strip(), str(row.get("source") or "").strip()
    if not name or not source:
        raise InputError(f"{odd.file}:{line}: the entry has no name or no source")
    word = str(row.get("type") or "")
    if word.lower() not in _KINDS:
        odd.note("W702", f"kind of entry {word!r} is not understood", line)
    key = row.get("entity_number") or row.get("id") or row.get("_id") or ""
    draft = Draft(str(key), name, _KINDS.get(word.lower(), "entity"), line=line)
    draft.tags = {source, *_many(row.get("programs"))}
    draft.names = [EntityName(text, NameKind.ALIAS) for text in _many(row.get("alt_names"))]
    draft.remarks(str(row.get("remarks") or ""), odd)
    notice = str(row.get("federal_register_notice") or "").strip()
    draft.note = "; ".join(part for part in (notice, draft.note) if part)
    pairs = _json_ids(row.get("ids")) if json_form else _csv_ids(str(row.get("ids") or ""))
    for kind, number in pairs:
        draft.feature(kind, number, odd)
    draft.country = _country(row, json_form=json_form)
    start = str(row.get("start_date") or "")
    if start and not draft.facts.get("listed"):
        draft.facts["listed"] = start
        if read_date(start) is None:
            odd.note("W702", f"start_date {start!r} is not a date", line)
    return draft.entry()


def _many(value: Any) -> list[str]:
    if value is None:
        return []
    words = value if isinstance(value, list) else str(value).split("; ")
    return [str(word).strip() for word in words if str(word).strip()]


def _country(row: Mapping[str, Any], *, json_form: bool) -> str:
    if json_form:
        given = [str(a.get("country") or "") for a in row.get("addresses") or ()]
        given.append(str(row.get("country") or ""))
    else:
        given = [a.rsplit(",", 1)[-1] for a in _many(row.get("addresses"))]
    return next((code for text in given if (code := country_code(text))), "")


def _json_ids(value: Any) -> list[tuple[str, str]]:
    return [(str(item.get("type")), str(item.get("number") or "")) for item in value or ()]


def _csv_ids(text: str) -> list[tuple[str, str]]:
    """Read `TYPE, NUMBER[, COUNTRY]` and `NUMBER, TYPE[, COUNTRY]`, told apart by known types."""
    found = []
    for piece in _many(text):
        parts = piece.split(", ")
        at = next((i for i, part in enumerate(parts) if part in FEATURES), None)
        if at is None:
            found.append((piece, ""))
        elif at == 0:
            found.append((parts[0], ", ".join(parts[1:])))
        else:
            # A country code may stand first: `CN, Unified Social Credit Code (USCC), 9111...`.
            first = at == 1 and len(parts) > 2 and country_code(parts[0])
            number = parts[at + 1 :] if first else parts[:at]
            found.append((parts[at], ", ".join(number)))
    return found
