"""A session as one archive to keep and to open again: the desk, what-if forms, decisions.

It is the archive of a saved analysis with two further members, so that a reader of desks alone
opens it too. Nothing in it is code.
"""

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from analyzer.core.errors import DataError
from analyzer.core.matching import JudgementRecord
from analyzer.store import judgements_from_csv, judgements_to_csv
from analyzer.workspace.archive import pack_whole, unpack_whole
from analyzer.workspace.beside import Beside
from analyzer.workspace.desk import Desk
from analyzer.workspace.whatif import Form, Hypothesis

_FORMS, _DECISIONS = "scenarios.json", "judgements.csv"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_MOST_BYTES, _MOST_MEMBERS = 500 << 20, 2_000  # unpacked; zipfile reads no more than stated


@dataclass(frozen=True)
class Session:
    """What one session holds.

    Parameters
    ----------
    forms
        The what-if variants, to be run again.
    records
        Decisions of people that counted.
    """

    desk: Desk
    beside: Beside
    forms: tuple[Form, ...] = ()
    records: tuple[JudgementRecord, ...] = ()


def pack_session(session: Session) -> bytes:
    """Return a session as one archive; equal sessions give equal bytes."""
    out = io.BytesIO(pack_whole(session.desk, session.beside))
    forms = json.dumps([asdict(form) for form in session.forms], sort_keys=True)
    members = ((_FORMS, forms), (_DECISIONS, judgements_to_csv(session.records)))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members:
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), text.encode(), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def unpack_session(name: str, content: bytes) -> Session:
    """Read a session saved earlier, or the desk of an evidence pack.

    Parameters
    ----------
    name
        Of the file, for messages.

    Raises
    ------
    AnalyzerError
        When the archive is not one of ours or is unsafe to open.
    """
    _check_size(name, content)
    desk, beside, _ = unpack_whole(content)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            there = set(archive.namelist())
            forms = json.loads(archive.read(_FORMS)) if _FORMS in there else []
            decisions = archive.read(_DECISIONS).decode() if _DECISIONS in there else ""
        read = tuple(_form(row) for row in forms)
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{name}: not a saved session: {type(error).__name__}: {error}") from None
    return Session(desk, beside, read, _records(decisions, name))


def _check_size(name: str, content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            sizes = [member.file_size for member in archive.infolist()]
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise DataError(f"{name}: not a saved session: {error}") from None
    if len(sizes) > _MOST_MEMBERS or sum(sizes) > _MOST_BYTES:
        raise DataError(f"{name}: unpacks to more than a session can hold")


def _records(text: str, name: str) -> tuple[JudgementRecord, ...]:
    return judgements_from_csv(text, f"{name}/{_DECISIONS}") if text else ()


def _form(row: Mapping[str, Any]) -> Form:
    """Return a form; a key it does not know is an error, not passed over."""
    unknown = set(row) - {f.name for f in fields(Form)}
    if unknown:
        raise ValueError(f"unknown field {min(unknown)}")
    given: dict[str, Any] = dict(row)
    given["hypotheses"] = tuple(Hypothesis(**h) for h in given.get("hypotheses", ()))
    given["targets"] = tuple(given.get("targets", ()))
    return Form(**given)
