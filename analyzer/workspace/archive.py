"""Keeping an analysis whole: the desk, what was read beside it, and what it all rested on.

The archive of a desk gets further members, which a reader of desks alone passes over.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from analyzer.core.errors import DataError
from analyzer.exposure import Analysis
from analyzer.report.contract import analysis_json, dumps, instant
from analyzer.service import World
from analyzer.store import Run, Snapshot, Store
from analyzer.workspace.beside import Beside, File, own_lists, prepared
from analyzer.workspace.desk import Desk, judge_desk, pack, read_desk, unpack

_HEAD = "beside.json"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_PACKAGE = Path(__file__).resolve().parent.parent
_FACTS = frozenset({".yml", ".csv", ".py", ".parquet"})


@dataclass(frozen=True)
class Basis:
    """What an analysis rested on, by content.

    Parameters
    ----------
    package
        SHA-256 of every rule, list, data and code file of the package, by path.
    imported
        SHA-256 of every file of the imported lists, by path under their folder.
    specs
        The `list.yml` of each imported list as it was; the editions it names never change.
    """

    package: Mapping[str, str] = field(default_factory=dict)
    imported: Mapping[str, str] = field(default_factory=dict)
    specs: Mapping[str, bytes] = field(default_factory=dict, repr=False)


def basis_of(lists_folder: Path | None) -> Basis:
    """Return what an analysis made now rests on."""
    package = _digests(_PACKAGE, _FACTS)
    if lists_folder is None or not lists_folder.is_dir():
        return Basis(package)
    imported = _digests(lists_folder, frozenset({".yml", ".csv"}))
    specs = {
        path.relative_to(lists_folder).as_posix(): path.read_bytes()
        for path in sorted(lists_folder.glob("*/list.yml"))
    }
    return Basis(package, imported, specs)


def _digests(root: Path, suffixes: frozenset[str]) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.suffix in suffixes and path.is_file()
    }


# -- as one archive ----------------------------------------------------------------------------


def pack_whole(desk: Desk, beside: Beside, basis: Basis | None = None) -> bytes:
    """Return a desk with everything beside it as one archive; equal parts give equal bytes."""
    files = beside.files()
    head: dict[str, Any] = {
        "valuation_date": beside.valuation_date,
        "files": [[role, name] for role, (name, _) in files],
    }
    members = [(f"beside/{at}", data) for at, (_, (_, data)) in enumerate(files)]
    if basis is not None:
        head |= {"package": dict(basis.package), "imported": dict(basis.imported)}
        members += [(f"lists/{name}", data) for name, data in sorted(basis.specs.items())]
    out = io.BytesIO(pack(desk))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, data in [(_HEAD, json.dumps(head, sort_keys=True).encode()), *members]:
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def unpack_whole(content: bytes) -> tuple[Desk, Beside, Basis | None]:
    """Read an archive; one of a desk alone has nothing beside it and no basis.

    Raises
    ------
    DataError
        When the archive is not one of ours.
    """
    desk = unpack(content)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            if _HEAD not in names:
                return desk, Beside(), None
            head = json.loads(archive.read(_HEAD))
            files: dict[str, list[File]] = {}
            for at, (role, name) in enumerate(head["files"]):
                files.setdefault(role, []).append((str(name), archive.read(f"beside/{at}")))
            specs = {n.removeprefix("lists/"): archive.read(n) for n in names if n[:6] == "lists/"}
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError) as error:
        raise DataError(f"not a saved analysis: {type(error).__name__}: {error}") from None
    beside = Beside(
        str(head["valuation_date"]),
        next(iter(files.get("rates", ())), None),
        next(iter(files.get("parties", ())), None),
        tuple(files.get("own_lists", ())),
        tuple(files.get("edges", ())),
        tuple(files.get("securities", ())),
    )
    if "package" not in head:
        return desk, beside, None
    return desk, beside, Basis(head["package"], head["imported"], specs)


# -- analysing what was kept -------------------------------------------------------------------


def analyze_whole(
    world: World, desk: Desk, beside: Beside, arguments: Mapping[str, Any] | None = None
) -> Analysis:
    """Analyse a desk with what is beside it.

    Parameters
    ----------
    world
        With the imported lists, the analysis's own ones, and the decisions in effect.

    Raises
    ------
    AnalyzerError
        For a file or a word that cannot be read.
    """
    inputs = read_desk(desk)
    return judge_desk(prepared(world, beside), desk, beside, inputs, arguments)


# -- in the store ------------------------------------------------------------------------------


def snapshot_of(desk: Desk, beside: Beside, basis: Basis | None = None) -> Snapshot:
    """Return a portfolio as the store keeps it: read once, so that its rows are counted.

    Raises
    ------
    InputError
        Naming the file that cannot be read as holdings, and why.
    """
    inputs = read_desk(desk)
    return Snapshot(
        portfolio=desk.name or "portfolio",
        date=next((item.date for item in inputs if item.date), None),
        file=" + ".join(item.path for item in inputs),
        file_sha256="+".join(item.sha256 for item in inputs),
        rows=sum(item.rows_holding for item in inputs),
        content=pack_whole(desk, beside, basis),
    )


def save_whole(
    store: Store,
    desk: Desk,
    beside: Beside,
    basis: Basis,
    analysis: Analysis,
    who: str,
    when: datetime,
) -> int:
    """Save an analysis with everything that makes it, and return the number of the run."""
    number = store.save_snapshot(snapshot_of(desk, beside, basis), who, when)
    question = analysis.question
    run = Run(
        portfolio=desk.name or "portfolio",
        as_of=str(question.as_of),
        known=instant(question.as_of.known) or "",
        manifest={**analysis.manifest, "snapshot": number},
        results=dumps(analysis_json(analysis)).encode(),
    )
    return store.save_run(run, who, when)


__all__ = [
    "Basis",
    "Beside",
    "analyze_whole",
    "basis_of",
    "own_lists",
    "pack_whole",
    "save_whole",
    "snapshot_of",
    "unpack_whole",
]
