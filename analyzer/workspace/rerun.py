"""Running a saved analysis again: the same bytes, or what exactly is another than it was."""

import hashlib
import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from analyzer.core.errors import DataError
from analyzer.core.matching import JudgementRecord
from analyzer.exposure import Analysis
from analyzer.report.contract import analysis_json, dumps
from analyzer.service import judgement_json, load_world, tool_version
from analyzer.store import SavedRun, Store
from analyzer.workspace.archive import (
    Basis,
    Beside,
    analyze_whole,
    basis_of,
    own_lists,
    unpack_whole,
)
from analyzer.workspace.desk import Desk
from analyzer.workspace.history import changes, results_of

# What the manifest says of the circumstances, not of the answer.
_CIRCUMSTANCES = ("arguments", "store", "audit_head")


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is another than when the run was saved.

    Parameters
    ----------
    kind
        `data` (lists, judgements), `rules`, `code` or `result`.
    what
        The file, the setting, or the line of the result.
    before, after
        Digests, versions or answers; empty where there was, or is, none.
    """

    kind: str
    what: str
    before: str
    after: str


@dataclass(frozen=True)
class Kept:
    """A saved run, read back."""

    run: SavedRun
    desk: Desk
    beside: Beside
    basis: Basis | None
    judgements: tuple[JudgementRecord, ...]
    lost: tuple[Difference, ...] = ()


@dataclass(frozen=True)
class Rerun:
    """The result of running a saved analysis again.

    Parameters
    ----------
    same
        Whether the JSON is byte for byte what was saved.
    differences
        What the run rests on, or answers, now otherwise; never empty unless `same`.
    """

    kept: Kept
    analysis: Analysis
    content: bytes
    same: bool
    differences: tuple[Difference, ...]


def run_of(store: Store, number: int) -> SavedRun:
    """Return a saved run.

    Raises
    ------
    DataError
        When the store has no run of that number.
    """
    found = next((run for run in store.runs() if run.id == number), None)
    if found is None:
        raise DataError(f"the store has no run {number}")
    return found


def kept_run(store: Store, number: int) -> Kept:
    """Read a saved run with its files and decisions.

    Raises
    ------
    DataError
        When there is no such run, or it was saved without its files.
    """
    run = run_of(store, number)
    if "snapshot" not in run.manifest:
        raise DataError(f"run {number} was saved without its files")
    desk, beside, basis = unpack_whole(store.snapshot_content(int(run.manifest["snapshot"])))
    held = {_said(judgement_json(r)): r for r in store.judgements(superseded=True)}
    applied = [dict(row) for row in run.manifest.get("judgements", ())]
    found = tuple(held[_said(row)] for row in applied if _said(row) in held)
    lost = tuple(
        Difference("data", f"judgement on {row['security']} by {row['who']}", row["decision"], "")
        for row in applied
        if _said(row) not in held
    )
    return Kept(run, desk, beside, basis, found, lost)


def _said(row: Mapping[str, str]) -> tuple[str, ...]:
    """Return what makes two printed decisions one."""
    return tuple(row[k] for k in ("security", "entity", "decision", "who", "when", "why"))


def rerun(store: Store, number: int, lists_folder: Path | None) -> Rerun:
    """Run a saved analysis again with its own files, question, list editions and decisions.

    Parameters
    ----------
    lists_folder
        Where imported lists lie; those taken up since the run are left out.

    Raises
    ------
    AnalyzerError
        When the run is not there, or its files cannot be read any more.
    """
    kept = kept_run(store, number)
    saved = store.run_results(number)
    with tempfile.TemporaryDirectory(prefix="banimpact-") as folder:
        restored = Path(folder)
        lost = list(_restored(kept.basis, lists_folder, restored))
        roots = (restored,) if kept.basis else tuple([lists_folder] if lists_folder else [])
        with own_lists(kept.beside, kept.desk.question.as_of.day) as own:
            world = load_world(*roots, *own, judgements=kept.judgements)
        analysis = analyze_whole(world, kept.desk, kept.beside, kept.run.manifest["arguments"])
    analysis = _in_its_circumstances(analysis, json.loads(saved)["manifest"])
    content = dumps(analysis_json(analysis)).encode()
    rests = [*kept.lost, *lost, *_package(kept, analysis)]
    if content == saved:
        return Rerun(kept, analysis, content, True, tuple(rests))
    answers = [*_answers(results_of(store, number), analysis)]
    found = rests + answers or [Difference("result", "fields beside the answers", "", "")]
    return Rerun(kept, analysis, content, False, tuple(found))


def _in_its_circumstances(analysis: Analysis, saved: Mapping[str, Any]) -> Analysis:
    """Return the analysis with its manifest in the saved order, circumstances as they were."""
    fresh = dict(analysis.manifest)
    ordered = {
        key: value if key in _CIRCUMSTANCES else fresh[key]
        for key, value in saved.items()
        if key in fresh or key in _CIRCUMSTANCES
    }
    added = {key: value for key, value in fresh.items() if key not in ordered}
    return replace(analysis, manifest={**ordered, **added})


def _restored(basis: Basis | None, source: Path | None, into: Path) -> Iterator[Difference]:
    """Lay out the imported lists as they were, and say which of their files are not there."""
    for name, digest in basis.imported.items() if basis else ():
        target = into / name
        target.parent.mkdir(parents=True, exist_ok=True)
        spec = basis.specs.get(name) if basis else None
        path = source / name if source else None
        content = path.read_bytes() if spec is None and path and path.is_file() else spec
        now = hashlib.sha256(content).hexdigest() if content is not None else ""
        if content is not None:
            target.write_bytes(content)
        if now != digest:
            yield Difference("data", f"imported list file {name}", digest, now)


def _package(kept: Kept, analysis: Analysis) -> Iterator[Difference]:
    """Compare the package with what it was: rules, bundled lists and data, code."""
    before = str(kept.run.manifest.get("version", ""))
    if before != tool_version():
        yield Difference("code", "version of the tool", before, tool_version())
    if kept.basis is None:
        yield from _manifests(kept.run.manifest, analysis.manifest)
        return
    old, new = kept.basis.package, basis_of(None).package
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            yield Difference(_kind(name), name, old.get(name, ""), new.get(name, ""))


def _kind(name: str) -> str:
    if name.endswith(".py"):
        return "code"
    return "rules" if name.endswith(".yml") and name.startswith("data/") else "data"


def _manifests(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    """Compare what two manifests name, for a run saved without the digests of single files."""
    if before["law_sha256"] != after["law_sha256"]:
        what = "rules, rosters and identity data"
        yield Difference("rules", what, before["law_sha256"], after["law_sha256"])
    old, new = before["editions"], after["editions"]
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            yield Difference("data", f"edition of {name}", old.get(name, ""), new.get(name, ""))


def _answers(earlier: Mapping[str, Any], analysis: Analysis) -> Iterator[Difference]:
    for change in changes(earlier, analysis):
        yield Difference("result", f"{change.what} {change.name}", change.before, change.after)


def compare(store: Store, a: int, b: int) -> tuple[Difference, ...]:
    """Return how two saved runs differ in what they rest on and in what they answer.

    Raises
    ------
    DataError
        When the store has not both.
    """
    first, second = run_of(store, a), run_of(store, b)
    found = [
        Difference("data", name, str(x), str(y))
        for name, x, y in (
            ("portfolio", first.portfolio, second.portfolio),
            ("as of", first.as_of, second.as_of),
            ("known", first.known, second.known),
        )
        if x != y
    ]
    if first.manifest.get("version") != second.manifest.get("version"):
        words = (str(r.manifest.get("version", "")) for r in (first, second))
        found.append(Difference("code", "version of the tool", *words))
    found += _manifests(first.manifest, second.manifest)
    return (*found, *_between(results_of(store, a), results_of(store, b)))


def _between(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    old, new = _lines(before), _lines(after)
    for key in dict.fromkeys((*old, *new)):
        was, now = old.get(key, ""), new.get(key, "")
        if was != now:
            yield Difference("result", key, was, now)


def _lines(body: Mapping[str, Any]) -> dict[str, str]:
    """Return the status of each touched line by portfolio, security and side."""
    found: dict[str, str] = {}
    for row in body["positions"]:
        code = row["isin"] or row["cusip"] or row["sedol"] or row["ticker"] or ""
        words = [row["portfolio"], row["name"] or "", code, row["side"] or ""]
        found[" ".join(w for w in words if w)] = row["status"]
    return found


__all__ = ["Difference", "Kept", "Rerun", "compare", "kept_run", "rerun", "run_of"]
