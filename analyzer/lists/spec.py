"""What a list is: who publishes it, where, how often, and what is verified about it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from analyzer.core.asof import END_OF_TIME, parse_instant, start_of_day
from analyzer.core.errors import AnalyzerError, DataError
from analyzer.core.yamltext import LINE, parse_yaml

BUNDLED = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class EditionSpec:
    """What `list.yml` says of one edition; its roster is `editions/<date>.csv` beside it.

    `sha256`, where given, must be that of the stored roster: an edited file is refused.
    """

    date: date
    published: datetime
    source: str
    cites: tuple[str, ...]
    path: Path
    precision: str = "day"
    sha256: str = ""
    partial: bool = False


@dataclass(frozen=True, slots=True)
class ListSpec:
    """One published list.

    Parameters
    ----------
    id
        The folder's name in upper case with dashes.
    publisher, authority, program
        Who publishes, under what authority, and the publisher's own tag for the list.
    url, urls
        The official page, and the official data files.
    folder
        Where `list.yml`, `editions/` and `notices.yml` are.
    also
        Further folders that carry editions of the same list (imported by the user).
    verified_from, verified_through
        The span over which the roster was verified.
    last_checked, interval_days
        When a person last looked for a newer edition, and how often one should.
    count_min, count_max
        Band within which the number of entries of the newest edition must lie.
    dated_rows
        Whether `listed` is in itself a day of publication, so that a first edition carries the
        history of the names still on it.
    selects
        By scope of a published file (`ofac-consolidated`, `csl`, ...) the tags that entries of
        this list carry in it.
    uids
        The publisher's key space, where several lists share one: the same key is the same issuer.
    cites
        Citation ids of the list as such.
    imported, own
        Whether the editions were imported by the user, and whether the list is the user's own.
    """

    id: str
    title: str
    publisher: str
    url: str
    folder: Path
    verified_from: datetime
    verified_through: datetime
    last_checked: str
    interval_days: int
    count_min: int
    count_max: int
    authority: str = ""
    program: str = ""
    urls: tuple[str, ...] = ()
    cadence: str = ""
    dated_rows: bool = False
    selects: Mapping[str, frozenset[str]] = field(default_factory=dict)
    uids: str = ""
    cites: tuple[str, ...] = ()
    editions: tuple[EditionSpec, ...] = ()
    also: tuple["ListSpec", ...] = ()
    imported: bool = False
    own: bool = False


_KEYS = frozenset(
    (
        *("id", "title", "publisher", "authority", "program", "url", "urls", "cadence", "count"),
        *("verified", "manual_check", "dated_rows", "selects", "uids", "cites", "editions"),
        *("imported", "own"),
    )
)
_EDITION_KEYS = frozenset(
    (
        *("date", "published", "precision", "source", "cites", "note", "sha256", "partial"),
        *("input", "input_sha256", "url", "format"),
    )
)


def discover(*roots: Path) -> dict[str, ListSpec]:
    """Find every list with an edition by its `list.yml`: those of the package, then the roots'.

    Parameters
    ----------
    roots : Path
        Directories whose subfolders are lists, such as the user's data directory. A list found
        again under a root adds its editions to those of the package.

    Raises
    ------
    DataError
        Naming file and line of what is malformed.
    """
    return {k: s for k, s in catalogue(*roots).items() if s.editions or s.also}


def catalogue(*roots: Path) -> dict[str, ListSpec]:
    """Find every list, also those of which no edition is stored yet; as `discover` otherwise."""
    found: dict[str, ListSpec] = {}
    for root in dict.fromkeys((BUNDLED, *(root.resolve() for root in roots))):
        for path in sorted(root.glob("*/list.yml")):
            spec = read_spec(path)
            found[spec.id] = _joined(found[spec.id], spec) if spec.id in found else spec
    return found


def _joined(first: ListSpec, second: ListSpec) -> ListSpec:
    """Return the first list with the editions of the second beside its own."""
    if not first.editions and not first.also:
        return replace(second, also=(second,), editions=(), folder=first.folder)
    return replace(
        first,
        also=(*first.also, second),
        verified_from=min(first.verified_from, second.verified_from),
        verified_through=max(first.verified_through, second.verified_through),
        last_checked=max(first.last_checked, second.last_checked),
    )


def list_id_of(folder: str) -> str:
    """Return the list id a folder name stands for: `us_dod_1237` is `US-DOD-1237`."""
    return folder.upper().replace("_", "-")


def folder_of(list_id: str) -> str:
    """Return the folder name of a list id."""
    return list_id.lower().replace("-", "_")


def read_spec(path: Path) -> ListSpec:
    """Read one `list.yml`.

    Raises
    ------
    DataError
        For unknown keys, missing keys, bad dates, or an id that is not the folder's name.
    """
    where = f"{path.parent.name}/list.yml"
    body = parse_yaml(path.read_text(encoding="utf-8"), where)
    if not isinstance(body, dict):
        raise DataError(f"{where}: a mapping is expected")
    _refuse_unknown(body, _KEYS, where)
    if body.get("id") != list_id_of(path.parent.name):
        raise DataError(
            f"{where}: id {body.get('id')!r} is not the folder's name"
            f" ({list_id_of(path.parent.name)!r} is expected)"
        )
    try:
        return _spec(body, path.parent, where)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DataError(f"{where}: {type(error).__name__}: {error}") from None
    except DataError:
        raise
    except AnalyzerError as error:
        raise DataError(f"{where}: {error}") from None


def _refuse_unknown(body: Mapping[str, Any], known: frozenset[str], where: str) -> None:
    surplus = sorted(set(body) - known - {LINE})
    if surplus:
        raise DataError(f"{where}:{body[LINE]}: unknown key: {', '.join(surplus)}")


def _spec(body: Mapping[str, Any], folder: Path, where: str) -> ListSpec:
    checked, count = body["manual_check"], body["count"]
    editions = tuple(_edition(row, folder, where) for row in body.get("editions", ()))
    days = [e.date for e in editions]
    if len(set(days)) != len(days):
        raise DataError(f"{where}: an edition date appears twice")
    since, through = _verified(body, editions)
    return ListSpec(
        id=body["id"],
        title=str(body["title"]),
        publisher=str(body["publisher"]),
        url=str(body.get("url", "")),
        folder=folder,
        verified_from=since,
        verified_through=through,
        last_checked=str(checked["last_checked"]),
        interval_days=int(checked["interval_days"]),
        count_min=int(count["min"]),
        count_max=int(count["max"]),
        authority=str(body.get("authority", "")),
        program=str(body.get("program", "")),
        urls=tuple(str(u) for u in body.get("urls", ())),
        cadence=str(body.get("cadence", "")),
        dated_rows=bool(body.get("dated_rows", False)),
        selects={
            scope: frozenset(map(str, tags))
            for scope, tags in body.get("selects", {}).items()
            if scope != LINE
        },
        uids=str(body.get("uids", "")),
        cites=tuple(body.get("cites", ())),
        editions=tuple(sorted(editions, key=lambda e: e.date)),
        imported=bool(body.get("imported", False)),
        own=bool(body.get("own", False)),
    )


def _verified(
    body: Mapping[str, Any], editions: tuple[EditionSpec, ...]
) -> tuple[datetime, datetime]:
    """Return the span stated; an imported list speaks from its editions, one without has none."""
    if "verified" in body:
        stated = body["verified"]
        return parse_instant(str(stated["from"])), parse_instant(str(stated["through"]))
    return horizon(
        [e.date for e in editions],
        int(body["manual_check"]["interval_days"]),
    )


def horizon(days: Iterable[date], interval_days: int) -> tuple[datetime, datetime]:
    """Return the span over which a run of editions tells the roster without a gap.

    Between two editions further apart than `interval_days` names may have come and gone unseen,
    so the span begins after the last such gap.
    """
    ordered = sorted(days)
    if not ordered:
        return END_OF_TIME, END_OF_TIME
    first = ordered[-1]
    for day in reversed(ordered):
        if (first - day).days > interval_days:
            break
        first = day
    return start_of_day(first), start_of_day(ordered[-1])


def _edition(row: Mapping[str, Any], folder: Path, where: str) -> EditionSpec:
    _refuse_unknown(row, _EDITION_KEYS, where)
    published = str(row["published"])
    return EditionSpec(
        date=date.fromisoformat(str(row["date"])),
        published=parse_instant(published),
        source=str(row["source"]),
        cites=tuple(row.get("cites", ())),
        path=folder / "editions" / f"{row['date']}.csv",
        precision=str(
            row.get("precision", "day" if len(published) == len("2021-06-03") else "minute")
        ),
        sha256=str(row.get("sha256", "")),
        partial=bool(row.get("partial", False)),
    )
