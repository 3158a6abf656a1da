"""How an imported edition lies in the user's data directory."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from analyzer.lists.events import OWN_KIND, delisting_id, designation_id
from analyzer.lists.files import as_yaml, plain_yaml, write_whole
from analyzer.lists.formats import Entry
from analyzer.lists.issuers import issuer_tables
from analyzer.lists.roster import Edition, write_roster
from analyzer.lists.spec import ListSpec

Named = Sequence[tuple[str, Entry]]


def store(
    spec: ListSpec,
    edition: Edition,
    named: Named,
    known: frozenset[str],
    provenance: Mapping[str, str],
) -> None:
    """Write an edition, its issuers and its line in `list.yml`; the last makes it count.

    Parameters
    ----------
    named
        Entity id and entry, for every entry of the file.
    known
        Ids of entities of the package.
    provenance
        `input`, `input_sha256`, `url` and `format`.
    """
    folder, day = edition.path.parent.parent, edition.date
    for name, table in issuer_tables(named, known, edition.source).items():
        write_whole(folder / "issuers" / day.isoformat() / name, table)
    if spec.own:
        notices = {"notices": _notices(spec, named, day)}
        write_whole(folder / "notices" / f"{day}.yml", as_yaml(notices))
    write_whole(edition.path, write_roster(edition.rows))
    body = _body(spec, folder, day)
    row: dict[str, Any] = {
        "date": day.isoformat(),
        "published": day.isoformat(),
        "source": edition.source,
        "sha256": edition.sha256,
        **{k: v for k, v in provenance.items() if v},
    }
    body["editions"] = sorted((*body.get("editions", ()), row), key=lambda e: str(e["date"]))
    text = as_yaml(body, "Written by the importer; the digests guard the editions.")
    write_whole(folder / "list.yml", text)


def _body(spec: ListSpec, folder: Path, day: date) -> dict[str, Any]:
    if (folder / "list.yml").exists():
        return plain_yaml(folder / "list.yml")
    body: dict[str, Any] = {
        "id": spec.id,
        "title": spec.title,
        "publisher": spec.publisher,
        "authority": spec.authority,
        "program": spec.program,
        "url": spec.url,
        "urls": list(spec.urls),
        "cadence": spec.cadence,
        "count": {"min": spec.count_min, "max": spec.count_max},
        "manual_check": {
            "last_checked": day.isoformat(),
            "interval_days": spec.interval_days,
        },
        "dated_rows": spec.dated_rows,
        "selects": {scope: sorted(tags) for scope, tags in spec.selects.items()},
        "uids": spec.uids,
        "imported": True,
        "own": spec.own,
    }
    return {k: v for k, v in body.items() if v not in ("", [], {}, False)}


def _notices(spec: ListSpec, named: Named, day: date) -> list[dict[str, Any]]:
    """Return what a user's own list says of days: when each restriction begins and ends."""
    found: list[dict[str, Any]] = []
    for key, entry in named:
        begins = entry.listed or day
        reason = f": {entry.note}" if entry.note else ""
        params: dict[str, Any] = {"list_kind": OWN_KIND}
        if entry.note:
            params["reason"] = entry.note
        if entry.acts:
            params["acts"] = list(entry.acts)
        found.append(
            {
                "id": designation_id(spec.id, key, begins),
                "kind": "designate",
                "targets": [key],
                "effective": begins.isoformat(),
                # The user's word on the past is what the user knew then.
                "known": min(begins, day).isoformat(),
                "text": f"{entry.name} is on the user's list {spec.title}{reason}",
                "params": params,
            }
        )
        if entry.until is not None:
            ends = entry.until + timedelta(days=1)
            found.append(
                {
                    "id": delisting_id(spec.id, key, ends),
                    "kind": "delist",
                    "targets": [key],
                    "effective": ends.isoformat(),
                    "known": min(ends, day).isoformat(),
                    "text": f"{entry.name} leaves the user's list {spec.title}",
                    "params": {"list_kind": OWN_KIND},
                }
            )
    return found
