"""Which stored file each reason of an answer was read from, and the digest of that file."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from analyzer.core.events import LegalEvent
from analyzer.lists import Edition
from analyzer.service import World

_PACKAGE = Path(__file__).resolve().parents[1]
_LINE = re.compile(r":\d+$")


@dataclass(frozen=True, slots=True)
class Ground:
    """Where one event or rule was read.

    Parameters
    ----------
    reason
        Its id.
    text
        The list edition, or the file and line of the rules and rulings, in words.
    sha256
        Digest of that edition or file; empty when the file is no longer there.
    in_force
        For a list: its edition in force on the day asked about, where that is another one.
    in_force_sha256
        Digest of that edition.
    """

    reason: str
    text: str
    sha256: str
    in_force: str = ""
    in_force_sha256: str = ""


def grounds(world: World, reasons: Iterable[str], editions: dict[str, str]) -> dict[str, Ground]:
    """Return where each reason was read; reasons the law does not know are left out.

    Parameters
    ----------
    reasons
        Event and rule ids, as in `Verdict.because`.
    editions
        List id to the date of its edition in force, in words; empty where none is.
    """
    found = {reason: _ground(world, reason, editions) for reason in dict.fromkeys(reasons)}
    return {reason: ground for reason, ground in found.items() if ground is not None}


def _ground(world: World, reason: str, editions: dict[str, str]) -> Ground | None:
    event = world.law.record.by_id.get(reason)
    if event is None:
        where = _rule_place(world, reason)
        return Ground(reason, where, _file_digest(where)) if where else None
    edition = _edition_of(world, event)
    if edition is None or event.list_id is None:
        return Ground(reason, event.where, _file_digest(event.where))
    text = f"{event.list_id}, edition of {edition.date}"
    now = editions.get(event.list_id, "")
    if not now or now == edition.date.isoformat():
        return Ground(reason, text, edition.sha256)
    later = {e.date.isoformat(): e.sha256 for e in world.lists.editions[event.list_id]}
    return Ground(reason, text, edition.sha256, now, later.get(now, ""))


def _edition_of(world: World, event: LegalEvent) -> Edition | None:
    """Return the edition whose difference from the one before is the event."""
    return next(
        (
            edition
            for edition in world.lists.editions.get(event.list_id or "", ())
            if event.where == f"{edition.path.parent.parent.name}/editions/{edition.path.name}"
        ),
        None,
    )


def _rule_place(world: World, reason: str) -> str:
    """Return file and line of a rule; empty when the law has no such rule."""
    regime_id, _, rest = reason.partition("/")
    version_id, _, rule_id = rest.partition("/")
    regime = world.law.regimes.get(regime_id)
    return next(
        (
            rule.where
            for version in (regime.versions if regime else ())
            if version.id == version_id
            for rule in version.rules
            if rule.id == rule_id
        ),
        "",
    )


@lru_cache(maxsize=512)
def _file_digest(where: str) -> str:
    """Return the digest of a bundled file named as `file:line`."""
    name = _LINE.sub("", where)
    for folder in (_PACKAGE / "data", _PACKAGE / "lists", _PACKAGE):
        path = folder / name
        if name and path.is_file():
            return hashlib.sha256(path.read_bytes()).hexdigest()
    return ""
