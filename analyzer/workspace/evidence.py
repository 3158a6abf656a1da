"""One run as a pack of evidence: inputs, law, lists, decisions, reports and their digests.

What was decided must be shown years later (31 CFR 501.601 asks for records to be kept ten years
since March 2025), when neither this release nor the user's folders may be at hand.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from analyzer.report.contract import dumps
from analyzer.report.files import render
from analyzer.store import AuditEntry, Store, judgements_to_csv
from analyzer.workspace.archive import pack_whole
from analyzer.workspace.rerun import Difference, Rerun, rerun

_EPOCH = (1980, 1, 1, 0, 0, 0)
_PACKAGE = Path(__file__).resolve().parent.parent
_REPORTS = (".csv", ".xlsx", ".ics")


def evidence_pack(store: Store, number: int, lists_folder: Path | None) -> bytes:
    """Return a zip archive that proves one run; the same run gives the same bytes.

    Parameters
    ----------
    lists_folder
        Where imported lists lie.

    Raises
    ------
    AnalyzerError
        When the run is not in the store or was saved without its files.
    """
    again = rerun(store, number, lists_folder)
    saved = store.run_results(number)
    members = dict(_members(store, again, saved, lists_folder))
    members["README.txt"] = _readme(number, again, members).encode()
    sums = "".join(
        f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(members.items())
    )
    members["SHA256SUMS"] = sums.encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(members.items()):
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _members(
    store: Store, again: Rerun, saved: bytes, lists_folder: Path | None
) -> Iterator[tuple[str, bytes]]:
    kept = again.kept
    run = kept.run
    parameters: dict[str, Any] = {
        "run": run.id,
        "portfolio": run.portfolio,
        "as_of": run.as_of,
        "known": run.known,
        "saved_by": run.who,
        "saved_at": run.at.isoformat(),
        "manifest": dict(run.manifest),
    }
    yield "parameters.json", _json(parameters)
    yield "reports/analysis.json", saved
    if again.same:
        for suffix in _REPORTS:
            yield f"reports/analysis{suffix}", render(again.analysis, suffix, everything=True)
    yield "differences.json", _json({"same": again.same, "found": _rows(again.differences)})
    yield "desk.zip", pack_whole(kept.desk, kept.beside, kept.basis)
    for at, (name, data) in enumerate(kept.desk.files):
        yield f"inputs/{at:02}_{Path(name).name}", data
    for at, (_, (name, data)) in enumerate(sorted(kept.desk.constituents.items())):
        yield f"inputs/constituents/{at:02}_{Path(name).name}", data
    single = {"rates", "parties"}
    for at, (role, (name, data)) in enumerate(kept.beside.files()):
        number = "" if role in single else f"{at:02}_"
        yield f"inputs/{role.removeprefix('own_')}/{number}{Path(name).name}", data
    yield "judgements.csv", judgements_to_csv(kept.judgements).encode()
    yield from _law()
    yield from _lists(again, lists_folder)
    yield "audit.json", _json({"entries": [_entry(entry) for entry in _trail(store, run.id)]})


def _law() -> Iterator[tuple[str, bytes]]:
    """Yield every rule, docket, roster, identity file and line of code of this release."""
    for path in sorted(_PACKAGE.rglob("*")):
        if path.suffix in {".yml", ".csv"} and path.is_file():
            yield f"law/{path.relative_to(_PACKAGE).as_posix()}", path.read_bytes()
        elif path.suffix == ".py" and "__pycache__" not in path.parts:
            yield f"code/{path.relative_to(_PACKAGE).as_posix()}", path.read_bytes()


def _lists(again: Rerun, folder: Path | None) -> Iterator[tuple[str, bytes]]:
    """Yield the imported list files the run rested on, as far as they are what they were."""
    basis = again.kept.basis
    if basis is None:
        return
    for name, digest in sorted(basis.imported.items()):
        spec = basis.specs.get(name)
        path = folder / name if folder else None
        data = path.read_bytes() if spec is None and path and path.is_file() else spec
        if data is not None and hashlib.sha256(data).hexdigest() == digest:
            yield f"lists/{name}", data


def _trail(store: Store, run: int) -> tuple[AuditEntry, ...]:
    """Return the trail up to the entry of a run: what came later is no part of it."""
    trail = store.audit_trail()
    for at, entry in enumerate(trail, start=1):
        if entry.action == "runs" and json.loads(entry.details)["id"] == run:
            return trail[:at]
    return trail


def _entry(entry: AuditEntry) -> dict[str, Any]:
    return {
        "sequence": entry.sequence,
        "at": entry.at,
        "who": entry.who,
        "action": entry.action,
        "details": json.loads(entry.details),
        "previous": entry.previous,
        "hash": entry.hash,
    }


def _rows(differences: tuple[Difference, ...]) -> list[dict[str, str]]:
    return [
        {"kind": d.kind, "what": d.what, "before": d.before, "after": d.after} for d in differences
    ]


def _json(value: Mapping[str, Any]) -> bytes:
    return f"{dumps(value)}\n".encode()


def _readme(number: int, again: Rerun, members: Mapping[str, bytes]) -> str:
    run = again.kept.run
    verdict = (
        "Running the analysis again when this pack was made gave the saved JSON, byte for byte."
        if again.same
        else "Running the analysis again when this pack was made gave another result; what differs"
        " stands in differences.json, and reports/analysis.json is what was saved."
    )
    return "\n".join(
        (
            f"Evidence of run {number}: portfolio {run.portfolio}, as of {run.as_of},",
            f"as known on {run.known}; saved by {run.who} at {run.at.isoformat()}.",
            "",
            verdict,
            "",
            "inputs/           the holdings files and all that was read beside them, as given",
            "parameters.json   the question and the manifest of the run",
            "reports/          the result as saved, and reports drawn from it",
            "judgements.csv    the decisions of people that were applied",
            "law/, code/       rules, rulings, rosters, identity data and code of the release",
            "                  that made this pack; differences.json names what changed since",
            "lists/            the imported list editions the run rested on",
            "audit.json        the store's trail up to this run",
            "desk.zip          the same as a saved desk, to be opened by the app",
            "SHA256SUMS        digests of every file here: sha256sum -c SHA256SUMS",
            "",
            f"{len(members) + 2} files. Not legal advice.",
            "",
        )
    )
