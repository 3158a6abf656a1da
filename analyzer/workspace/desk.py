"""What lies on a user's desk: files, mappings and the question; and its analysis."""

import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from analyzer.core.asof import AsOf
from analyzer.core.dialect import Dialect
from analyzer.core.errors import DataError
from analyzer.core.matching import JudgementRecord
from analyzer.exposure import Analysis, Question
from analyzer.ingest import Ingested, read_holdings
from analyzer.service import World, analyze, load_world
from analyzer.workspace.beside import Beside, Ready
from analyzer.workspace.review import with_judgements

_HEAD = "desk.json"
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Desk:
    """Files as uploaded, and how they are to be read and judged.

    Parameters
    ----------
    name
        What the user calls it.
    files
        Name and content of each holdings file.
    mappings
        By file name: field to column heading, where the user said so.
    constituents
        By fund: name and content of the file that says what it holds.
    readings
        By file name: the words of `Dialect` the user stated.
    as_of, known
        As typed; an empty `known` is the end of the span asked about.
    holder
        A holder of the vocabulary; empty assumes a US person.
    base, currency
        Currency of totals, and of the values in the files; empty leaves both to the files.
    """

    name: str = ""
    files: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)
    mappings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    constituents: Mapping[str, tuple[str, bytes]] = field(default_factory=dict, repr=False)
    as_of: str = ""
    known: str = ""
    holder: str = ""
    base: str = ""
    currency: str = ""
    without_rulings: bool = False
    reading: str = ""
    readings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def question(self) -> Question:
        """The question as the service wants it.

        Raises
        ------
        QueryError
            For a date that cannot be read.
        """
        return Question(
            AsOf.of(self.as_of, self.known or None),
            self.holder or "us-person",
            not self.holder,
            self.base or None,
            self.without_rulings,
            self.reading,
        )


_PLAIN = ("name", "as_of", "known", "holder", "base", "currency", "without_rulings", "reading")


def pack(desk: Desk) -> bytes:
    """Return a desk as one archive; equal desks give equal bytes."""
    head: dict[str, Any] = {name: getattr(desk, name) for name in _PLAIN}
    head["files"] = [name for name, _ in desk.files]
    head["mappings"] = {name: dict(m) for name, m in sorted(desk.mappings.items())}
    if desk.readings:
        head["readings"] = {name: dict(r) for name, r in sorted(desk.readings.items())}
    funds = sorted(desk.constituents.items())
    head["constituents"] = [[fund, name] for fund, (name, _) in funds]
    members = [(f"file/{at}", data) for at, (_, data) in enumerate(desk.files)]
    members += [(f"fund/{at}", data) for at, (_, (_, data)) in enumerate(funds)]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in [(_HEAD, json.dumps(head, sort_keys=True).encode()), *members]:
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def unpack(content: bytes) -> Desk:
    """Read a desk packed earlier.

    Raises
    ------
    DataError
        When the archive is not one of ours.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            head = json.loads(archive.read(_HEAD))
            files = tuple(
                (str(name), archive.read(f"file/{at}")) for at, name in enumerate(head["files"])
            )
            funds = {
                str(fund): (str(name), archive.read(f"fund/{at}"))
                for at, (fund, name) in enumerate(head["constituents"])
            }
            plain = {name: head[name] for name in _PLAIN}
            told = {"mappings": head["mappings"], "readings": head.get("readings", {})}
            return Desk(files=files, constituents=funds, **told, **plain)
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError) as error:
        raise DataError(f"not a saved desk: {type(error).__name__}: {error}") from None


def world_of(lists_folder: Path | None) -> World:
    """Return the bundled facts together with the lists imported into a folder, if there is one."""
    if lists_folder is None or not lists_folder.is_dir():
        return load_world()
    return load_world(lists_folder)


def read_desk(desk: Desk) -> tuple[Ingested, ...]:
    """Read every holdings file on the desk.

    Raises
    ------
    InputError
        Naming the file that cannot be read, and why.
    """
    return tuple(
        read_holdings(
            (name, data),
            mapping=desk.mappings.get(name),
            currency=desk.currency or None,
            dialect=Dialect.of(name, desk.readings.get(name, {})),
        )
        for name, data in desk.files
    )


def analyze_desk(
    world: World | Ready,
    desk: Desk,
    inputs: Iterable[Ingested],
    records: Iterable[JudgementRecord] = (),
    audit_head: str = "",
    beside: Beside | None = None,
) -> Analysis:
    """Analyse what lies on the desk with people's decisions applied.

    Parameters
    ----------
    world
        Without decisions; `Ready` where something was read beside the holdings.
    inputs
        The files of the desk, read.
    records
        Decisions in effect (`effective(...).records`).
    audit_head
        Newest hash of the audit trail the decisions came from.
    beside
        What `world` was made ready with.
    """
    ready = world if isinstance(world, Ready) else Ready(world)
    decided = replace(ready, world=with_judgements(ready.world, records))
    arguments = {name: value for name in _PLAIN if (value := getattr(desk, name))}
    analysis = judge_desk(decided, desk, beside or Beside(), inputs, arguments)
    return replace(analysis, manifest={**analysis.manifest, "audit_head": audit_head or None})


def judge_desk(
    ready: Ready,
    desk: Desk,
    beside: Beside,
    inputs: Iterable[Ingested],
    arguments: Mapping[str, Any] | None = None,
) -> Analysis:
    """Analyse the files of a desk, read, in a world made ready; the manifest names all of them."""
    constituents = {fund: read_holdings(source) for fund, source in desk.constituents.items()}
    analysis = analyze(
        ready.world,
        tuple(inputs),
        desk.question,
        rates=ready.rates,
        constituents=constituents,
        parties=ready.parties,
        valuation_date=ready.valuation_date,
        arguments=arguments,
    )
    files = beside.digests()
    if not files:
        return analysis
    return replace(analysis, manifest={**analysis.manifest, "beside": files})
