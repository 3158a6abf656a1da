"""Reading regimes, dockets and authorities into rules and events."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from typing import Any

from analyzer.core.asof import NEW_YORK, parse_instant
from analyzer.core.entities import Grade
from analyzer.core.errors import AnalyzerError, DataError
from analyzer.core.events import Citation, EventKind, LegalEvent
from analyzer.core.verdict import Outcome
from analyzer.core.yamltext import LINE, parse_yaml
from analyzer.law.spec import Clock, FactTest, Phase, Regime, Rule, Version, Via, Vocabulary

DATA = Path(__file__).resolve().parent.parent / "data"

_COURT_CLOCK = time(16, 0)
_COURT_KINDS = frozenset(
    {EventKind.SUSPEND, EventKind.RESUME, EventKind.VACATE, EventKind.AFFIRM}
)
_TESTS = ("gt", "ge", "lt", "le", "after", "before", "in")


@dataclass(frozen=True, slots=True)
class Expectation:
    """A sentence a lawyer can check: on this day, of this name, this act answers so."""

    name: str
    on: str
    target: str
    act: str
    outcome: str
    known: str | None = None
    holder: str = "us-person"
    instrument: str = "equity"
    until: str | None = None
    status: str | None = None
    without_rulings: bool = False
    facts: tuple[tuple[str, Any], ...] = ()
    where: str = ""


@dataclass(frozen=True, slots=True)
class LawData:
    """Everything the law folder holds."""

    vocabulary: Vocabulary
    regimes: Mapping[str, Regime]
    events: tuple[LegalEvent, ...]
    citations: Mapping[str, Citation]
    expectations: tuple[Expectation, ...]


def load_law_data(root: Path = DATA) -> LawData:
    """Read `vocabulary.yml`, `authorities.yml`, `regimes/*/` and `dockets/*.yml` under `root`.

    Raises
    ------
    DataError
        Naming file and line of the first fact that is malformed.
    """
    vocabulary = load_vocabulary(root / "vocabulary.yml")
    citations = _citations(root / "authorities.yml")
    regimes: dict[str, Regime] = {}
    events: list[LegalEvent] = []
    expectations: list[Expectation] = []
    for folder in sorted(p.parent for p in (root / "regimes").glob("*/regime.yml")):
        path = folder / "regime.yml"
        regime = _regime(_read(path), _label(path, root), vocabulary)
        if regime.id != folder.name:
            raise DataError(f"{_label(path, root)}: id {regime.id!r} is not the folder's name")
        regimes[regime.id] = regime
        for name in ("events.yml", "expect.yml"):
            if (folder / name).exists():
                body, label = _read(folder / name), _label(folder / name, root)
                events += _events(body, label, regime=regime.id)
                expectations += _expectations(body, label)
    for path in sorted((root / "dockets").glob("*.yml")):
        body, label = _read(path), _label(path, root)
        if body.get("id") != path.stem:
            raise DataError(f"{label}: id {body.get('id')!r} is not the file's name")
        court = path.stem if body.get("kind") == "court" else None
        events += _events(body, label, court=court)
        expectations += _expectations(body, label)
    return LawData(vocabulary, regimes, tuple(events), citations, tuple(expectations))


def _label(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def _read(path: Path) -> dict[str, Any]:
    body = parse_yaml(path.read_text(encoding="utf-8"), path.name)
    if not isinstance(body, dict):
        raise DataError(f"{path.name}: a mapping is expected")
    return body


def load_vocabulary(path: Path) -> Vocabulary:
    """Read the words a question may use."""
    body = _read(path)
    plain = {k: {w: t for w, t in v.items() if w != LINE} for k, v in body.items() if k != LINE}
    holders = plain["holders"]
    vocabulary = Vocabulary(
        acts=plain["acts"],
        instruments=plain["instruments"],
        groups={k: tuple(v) for k, v in plain["groups"].items()},
        holders={k: str(v["text"]) for k, v in holders.items()},
        parents={k: str(v["is"]) for k, v in holders.items() if "is" in v},
        facts={k: str(v["type"]) for k, v in plain["facts"].items()},
    )
    lineages = {word: vocabulary.lineage(word) for word in vocabulary.holders}
    return Vocabulary(
        vocabulary.acts,
        vocabulary.instruments,
        vocabulary.groups,
        vocabulary.holders,
        vocabulary.parents,
        vocabulary.facts,
        lineages,
    )


def _citations(path: Path) -> dict[str, Citation]:
    found = {}
    for key, row in _read(path).items():
        if key == LINE:
            continue
        found[key] = Citation(
            key,
            str(row["ref"]),
            str(row.get("url", "")),
            str(row.get("copy", "")),
            Grade(row.get("grade", "S")),
        )
    return found


def _clock_time(text: str) -> time:
    return time.fromisoformat(str(text))


def _clock(row: Mapping[str, Any] | None) -> Clock | None:
    if row is None:
        return None
    return Clock(
        _clock_time(row.get("at", "00:00")), int(row["days"]), None, bool(row.get("inclusive"))
    )


def _instant(value: Any, at: time = time()) -> datetime:
    return parse_instant(str(value), at=at)


def _maybe(value: Any) -> datetime | None:
    return None if value is None else _instant(value)


def fact_value(kind: str, text: Any) -> Any:
    """Convert a fact from what a user or a file states to what rules compare.

    Raises
    ------
    QueryError
        If a date is not a date.
    DataError
        If a number or a flag is neither.
    """
    if kind == "date":
        return _instant(text).astimezone(NEW_YORK)
    if kind == "number":
        try:
            return float(text)
        except (TypeError, ValueError):
            raise DataError(f"{text!r} is not a number") from None
    if kind == "flag":
        if isinstance(text, bool):
            return text
        if str(text).lower() in ("true", "yes", "1", "false", "no", "0"):
            return str(text).lower() in ("true", "yes", "1")
        raise DataError(f"{text!r} is neither true nor false")
    return text


def _tests(row: Mapping[str, Any], vocabulary: Vocabulary, where: str) -> tuple[FactTest, ...]:
    tests = []
    for fact, given in row.items():
        if fact == LINE:
            continue
        if fact not in vocabulary.facts:
            raise DataError(f"{where}: unknown fact {fact!r}")
        kind = vocabulary.facts[fact]
        if not isinstance(given, dict):
            tests.append(FactTest(fact, "equal", fact_value(kind, given)))
            continue
        for op, value in given.items():
            if op == LINE:
                continue
            if op not in _TESTS:
                raise DataError(f"{where}: unknown test {op!r} of fact {fact!r}")
            wanted = tuple(value) if op == "in" else fact_value(kind, value)
            tests.append(FactTest(fact, op, wanted))
    return tuple(tests)


def _known_words(given: Iterable[str], known: Iterable[str], where: str, what: str) -> frozenset[str]:
    words = frozenset(given)
    unknown = sorted(words - frozenset(known))
    if unknown:
        raise DataError(f"{where}: unknown {what}: {', '.join(unknown)}")
    return words


def _rule(row: Mapping[str, Any], label: str, vocabulary: Vocabulary) -> Rule:
    where = f"{label}:{row[LINE]}"
    instruments = vocabulary.expand(tuple(row.get("instruments", ())))
    return Rule(
        id=str(row["id"]),
        text=str(row["text"]),
        outcome=Outcome(row["outcome"]),
        acts=_known_words(row.get("acts", ()), vocabulary.acts, where, "act"),
        phases=frozenset(Phase(p) for p in row.get("phases", ())),
        holders=_known_words(row.get("holders", ()), vocabulary.holders, where, "holder"),
        instruments=_known_words(instruments, vocabulary.instruments, where, "instrument"),
        via=frozenset(Via(v) for v in row.get("via", ())),
        facts=_tests(row.get("facts", {}), vocabulary, where),
        missing=str(row.get("missing", "review")),
        until=str(row.get("until", "")),
        conditions=tuple(row.get("conditions", ())),
        needs=tuple(row.get("needs", ())),
        question=str(row.get("question", "")),
        report_due=str(row.get("report_due", "")),
        since=_maybe(row.get("since")),
        before=_maybe(row.get("before")),
        known=_maybe(row.get("known")),
        cites=tuple(row.get("cites", ())),
        where=where,
    )


def _version(row: Mapping[str, Any], label: str, vocabulary: Vocabulary) -> Version:
    initial = row.get("initial")
    return Version(
        id=str(row["id"]),
        event=str(row["event"]),
        lists=tuple(row.get("lists", ())),
        rules=tuple(_rule(r, label, vocabulary) for r in row.get("rules", ())),
        ban_from=_clock(row.get("ban_from")),
        window_end=_clock(row.get("window_end")),
        initial_before=_maybe(initial["listed_before"]) if initial else None,
        initial_ban_from=Clock(fixed=_instant(initial["ban_from"])) if initial else None,
        initial_window_end=Clock(
            fixed=_instant(initial["window_end"]), inclusive=bool(initial.get("inclusive"))
        )
        if initial
        else None,
        close_names=bool(row.get("close_names")),
    )


def _regime(body: Mapping[str, Any], label: str, vocabulary: Vocabulary) -> Regime:
    try:
        verified = body["verified"]
        return Regime(
            id=str(body["id"]),
            title=str(body["title"]),
            kind=str(body["kind"]),
            binds=_known_words(body["binds"], vocabulary.holders, label, "holder"),
            verified_from=_instant(verified["from"]),
            verified_through=_instant(verified["through"]),
            versions=tuple(_version(v, label, vocabulary) for v in body["versions"]),
            flag=str(body.get("flag", "")),
            reach=str(body.get("reach", "")),
            last_checked=str(verified.get("last_checked", "")),
            interval_days=int(verified.get("interval_days", 0)),
            where=label,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"{label}: {type(error).__name__}: {error}") from None


_EVENT_KEYS = frozenset(
    "id kind effective known regime list targets text cites params supersedes follows precision"
    " note".split()
)


def _events(
    body: Mapping[str, Any], label: str, regime: str | None = None, court: str | None = None
) -> list[LegalEvent]:
    return [event_of(row, label, regime, court) for row in body.get("events", ())]


def event_of(
    row: Mapping[str, Any], label: str, regime: str | None = None, court: str | None = None
) -> LegalEvent:
    """Read one event.

    Raises
    ------
    DataError
        Naming file and line for an unknown key, a bad date or a missing field.
    """
    where = f"{label}:{row.get(LINE, 0)}"
    surplus = sorted(set(row) - _EVENT_KEYS - {LINE})
    if surplus:
        raise DataError(f"{where}: unknown key: {', '.join(surplus)}")
    try:
        kind = EventKind(row["kind"])
        at = _COURT_CLOCK if court and kind in _COURT_KINDS else time()
        effective = _instant(row["effective"], at)
        return LegalEvent(
            id=str(row["id"]),
            kind=kind,
            effective=effective,
            known=_instant(row["known"], at),
            regime=None if row.get("list") else row.get("regime", regime),
            list_id=row.get("list"),
            targets=tuple(row.get("targets", ())),
            text=str(row["text"]),
            cites=tuple(row.get("cites", ())),
            params=_params(row.get("params", {})),
            supersedes=tuple(row.get("supersedes", ())),
            follows=row.get("follows"),
            court=court,
            precision=str(row.get("precision", _precision(row["effective"]))),
            where=where,
        )
    except (KeyError, TypeError, ValueError, AnalyzerError) as error:
        raise DataError(f"{where}: {type(error).__name__}: {error}") from None


def _precision(text: Any) -> str:
    return "day" if len(str(text)) == len("2021-05-25") else "minute"


def _params(row: Mapping[str, Any]) -> dict[str, Any]:
    params = {k: v for k, v in row.items() if k != LINE}
    for name in ("until", "listed_from"):
        if name in params and not isinstance(params[name], datetime):
            params[name] = _instant(params[name])
    if "until_after_listing" in params:
        params["until_after_listing"] = _clock(params["until_after_listing"])
    return params


def _expectations(body: Mapping[str, Any], label: str) -> list[Expectation]:
    rows = []
    for row in body.get("expect", ()):
        given = {k: v for k, v in row.items() if k != LINE}
        facts = given.pop("facts", {})
        given["facts"] = tuple(sorted((k, v) for k, v in facts.items() if k != LINE))
        try:
            rows.append(Expectation(**given, where=f"{label}:{row[LINE]}"))
        except TypeError as error:
            raise DataError(f"{label}:{row[LINE]}: {error}") from None
    return rows
