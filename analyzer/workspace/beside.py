"""What an analysis reads beside the holdings: rates, parties, lists, ownership, securities."""

import hashlib
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import date
from pathlib import Path
from typing import Any

from analyzer.core.errors import AnalyzerError, InputError
from analyzer.exposure.parties import Party, read_parties
from analyzer.extend import with_edges, with_securities
from analyzer.lists import import_file
from analyzer.market.fx import Rates
from analyzer.service import World, load_world

File = tuple[str, bytes]

# Role of a file: what it is, in words.
ROLES: Mapping[str, str] = {
    "rates": "Exchange rates",
    "parties": "Parties of the portfolios",
    "own_lists": "Lists of your own",
    "edges": "Ownership",
    "securities": "Securities and issuers",
}
_SINGLE = ("rates", "parties")
_PLACE = re.compile(
    r"(?P<file>[^:]+?)(?::(?P<row>\d+))?(?::(?P<column>[^:\s][^:]*))?: (?P<what>.+)", re.DOTALL
)


@dataclass(frozen=True)
class Beside:
    """What an analysis reads beside the files on the desk.

    Parameters
    ----------
    valuation_date
        Day of exchange rates (ISO 8601); empty leaves it to the files.
    rates, parties
        Name and content of the user's rates, and of the file that says whose portfolios they are.
    own_lists, edges, securities
        Lists, ownership edges and securities for this analysis alone.
    """

    valuation_date: str = ""
    rates: File | None = field(default=None, repr=False)
    parties: File | None = field(default=None, repr=False)
    own_lists: tuple[File, ...] = field(default=(), repr=False)
    edges: tuple[File, ...] = field(default=(), repr=False)
    securities: tuple[File, ...] = field(default=(), repr=False)

    def files(self) -> tuple[tuple[str, File], ...]:
        """Return every file with the part it plays, in one order."""
        found: list[tuple[str, File]] = []
        for role in (f.name for f in fields(self) if f.name in ROLES):
            held = getattr(self, role)
            many = held if role not in _SINGLE else (held,) if held is not None else ()
            found += [(role, file) for file in many]
        return tuple(found)

    def with_file(self, role: str, file: File) -> "Beside":
        """Return this with one more file; one of the same name, or the only one, gives way."""
        if role in _SINGLE:
            return _changed(self, role, file)
        kept = tuple(f for f in getattr(self, role) if f[0] != file[0])
        return _changed(self, role, (*kept, file))

    def without(self, role: str, name: str) -> "Beside":
        """Return this without one file."""
        if role in _SINGLE:
            return _changed(self, role, None)
        return _changed(self, role, tuple(f for f in getattr(self, role) if f[0] != name))

    def digests(self) -> dict[str, list[dict[str, str]]]:
        """Return name and SHA-256 of every file by its role, for the manifest."""
        found: dict[str, list[dict[str, str]]] = {}
        for role, (name, data) in self.files():
            row = {"name": name, "sha256": hashlib.sha256(data).hexdigest()}
            found.setdefault(role, []).append(row)
        return found


def _changed(beside: Beside, role: str, value: Any) -> Beside:
    change: dict[str, Any] = {role: value}
    return replace(beside, **change)


@dataclass(frozen=True)
class Ready:
    """What lies beside the holdings, read: the world it extends, rates and parties."""

    world: World
    rates: Rates = field(default_factory=Rates)
    parties: Mapping[str, Party] = field(default_factory=dict)
    valuation_date: date | None = None


def prepared(world: World, beside: Beside) -> Ready:
    """Read everything beside the holdings but lists, which `world` already holds.

    Raises
    ------
    InputError
        With everything that is wrong with any of the files.
    """
    problems: list[str] = []
    rates, parties = Rates.load(), dict[str, Party]()
    with tempfile.TemporaryDirectory(prefix="banimpact-") as folder:
        for role, path in _laid_out(beside, Path(folder)):
            try:
                if role == "rates":
                    rates = Rates.load(path)
                elif role == "parties":
                    parties = read_parties(path, world.law.vocabulary)
                elif role == "securities":
                    world = with_securities(world, path)
                else:
                    world = with_edges(world, path)
            except AnalyzerError as error:
                problems += causes(error, path.parent)
    day = _day(beside.valuation_date, problems)
    if problems:
        raise InputError(*problems)
    return Ready(world, rates, parties, day)


def _laid_out(beside: Beside, folder: Path) -> Iterator[tuple[str, Path]]:
    """Write files under their own names, which messages repeat; edges may name new securities."""
    read = [(role, file) for role, file in beside.files() if role != "own_lists"]
    for at, (role, file) in enumerate(sorted(read, key=lambda found: found[0] == "edges")):
        yield role, placed(file, folder / str(at))


def placed(file: File, folder: Path) -> Path:
    """Write a file under its own name into a new folder."""
    folder.mkdir()
    path = folder / (Path(file[0]).name or "file")
    path.write_bytes(file[1])
    return path


def causes(error: AnalyzerError, folder: Path) -> tuple[str, ...]:
    """Return what an error says, cause by cause, without the folder a file was laid out in."""
    found = error.problems if isinstance(error, InputError) else (str(error),)
    return tuple(text.replace(f"{folder}/", "") for text in found)


def _day(text: str, problems: list[str]) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        problems.append(f"{text!r} is not a date")
        return None


# -- lists for one analysis ----------------------------------------------------------------------


@contextmanager
def own_lists(beside: Beside, day: date) -> Iterator[tuple[Path, ...]]:
    """Give the folders of the lists that are for this analysis alone.

    Parameters
    ----------
    day
        Taken for the date of a list that states none.

    Raises
    ------
    InputError
        Naming every list that cannot be read, and why.
    """
    problems: list[str] = []
    with tempfile.TemporaryDirectory(prefix="banimpact-") as folder:
        into = Path(folder) / "lists"
        for number, file in enumerate(beside.own_lists):
            path = placed(file, Path(folder) / str(number))
            try:
                import_file(path, into, accept_loss=True)
            except InputError:
                try:
                    import_file(path, into, modified=day, accept_loss=True)
                except AnalyzerError as error:
                    problems += causes(error, path.parent)
        if problems:
            raise InputError(*problems)
        yield (into,) if beside.own_lists else ()


def world_beside(world: World, beside: Beside, day: date, imported: Path | None = None) -> Ready:
    """Return a world with everything beside it: lists, ownership, securities, rates, parties.

    Parameters
    ----------
    world
        The bundled facts with the imported lists; taken as it is where no list is added.
    day
        Taken for the date of a list that states none.
    imported
        Where imported lists lie.

    Raises
    ------
    InputError
        With everything that is wrong with any of the files.
    """
    problems: list[str] = []
    try:
        with own_lists(beside, day) as own:
            if own:
                world = load_world(*((imported,) if imported else ()), *own)
    except AnalyzerError as error:
        problems += causes(error, Path())
    try:
        ready = prepared(world, beside)
    except InputError as error:
        raise InputError(*problems, *error.problems) from None
    if problems:
        raise InputError(*problems)
    return ready


def where(problem: str) -> tuple[str, str, str, str]:
    """Return file, row, column and cause of a problem; empty where it names none."""
    found = _PLACE.fullmatch(problem)
    if found is None:
        return "", "", "", problem
    return found["file"], found["row"] or "", found["column"] or "", found["what"]
