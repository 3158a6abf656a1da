"""Reading regimes, dockets and authorities into rules and events."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from pathlib import Path
from typing import Any

from analyzer.core.entities import Grade
from analyzer.core.errors import AnalyzerError, DataError
from analyzer.core.events import Citation, EventKind, LegalEvent
from analyzer.core.yamltext import LINE, parse_yaml
from analyzer.law.parse import (
    clock_of,
    instant,
    question_of,
    regime_of,
    tests_of,
    vocabulary_of,
)
from analyzer.law.spec import Question, Regime, Vocabulary

DATA = Path(__file__).resolve().parent.parent / "data"

_COURT_CLOCK = time(16, 0)
_COURT_KINDS = frozenset({EventKind.SUSPEND, EventKind.RESUME, EventKind.VACATE, EventKind.AFFIRM})


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
    reading: str = ""
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
    questions: Mapping[str, Question] = field(default_factory=dict)
    entity_facts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


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
        regime = regime_of(_read(path), _label(path, root), vocabulary)
        if regime.id != folder.name:
            raise DataError(f"{_label(path, root)}: id {regime.id!r} is not the folder's name")
        regimes[regime.id] = regime
        for name in ("events.yml", "expect.yml"):
            if (folder / name).exists():
                body, label = _read(folder / name), _label(folder / name, root)
                events += _events(body, label, vocabulary, regime=regime.id)
                expectations += _expectations(body, label)
    for path in sorted((root / "dockets").glob("*.yml")):
        body, label = _read(path), _label(path, root)
        if body.get("id") != path.stem:
            raise DataError(f"{label}: id {body.get('id')!r} is not the file's name")
        court = path.stem if body.get("kind") == "court" else None
        events += _events(body, label, vocabulary, court=court)
        expectations += _expectations(body, label)
    return LawData(
        vocabulary,
        regimes,
        tuple(events),
        citations,
        tuple(expectations),
        _questions(root / "questions.yml"),
        _entity_facts(root / "entities" / "entities.csv"),
    )


def _label(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def _read(path: Path) -> dict[str, Any]:
    body = parse_yaml(path.read_text(encoding="utf-8"), path.name)
    if not isinstance(body, dict):
        raise DataError(f"{path.name}: a mapping is expected")
    return body


def load_vocabulary(path: Path) -> Vocabulary:
    """Read the words a question may use."""
    return vocabulary_of(_read(path))


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


def _questions(path: Path) -> dict[str, Question]:
    if not path.exists():
        return {}
    return {
        key: question_of(key, row, path.name) for key, row in _read(path).items() if key != LINE
    }


def _entity_facts(path: Path) -> dict[str, dict[str, Any]]:
    """Return what the bundled entities say of themselves, under the names of facts."""
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {
            row["id"]: {"issuer_country": row["country"]}
            for row in csv.DictReader(file)
            if row["country"]
        }


_EVENT_KEYS = frozenset(
    [
        "id",
        "kind",
        "effective",
        "known",
        "regime",
        "list",
        "targets",
        "text",
        "cites",
        "params",
        "supersedes",
        "follows",
        "precision",
        "note",
    ]
)


def _events(
    body: Mapping[str, Any],
    label: str,
    words: Vocabulary,
    regime: str | None = None,
    court: str | None = None,
) -> list[LegalEvent]:
    return [event_of(row, label, regime, court, words) for row in body.get("events", ())]


def event_of(
    row: Mapping[str, Any],
    label: str,
    regime: str | None = None,
    court: str | None = None,
    words: Vocabulary | None = None,
) -> LegalEvent:
    """Read one event; with the vocabulary, the conditions of a licence on facts too.

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
        effective = instant(row["effective"], at)
        return LegalEvent(
            id=str(row["id"]),
            kind=kind,
            effective=effective,
            known=instant(row["known"], at),
            regime=None if row.get("list") else row.get("regime", regime),
            list_id=row.get("list"),
            targets=tuple(row.get("targets", ())),
            text=str(row["text"]),
            cites=tuple(row.get("cites", ())),
            params=_params(row.get("params", {}), words, where),
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


def _params(row: Mapping[str, Any], words: Vocabulary | None, where: str) -> dict[str, Any]:
    params = {k: v for k, v in row.items() if k != LINE}
    for name in ("until", "listed_from"):
        if name in params and not isinstance(params[name], datetime):
            params[name] = instant(params[name])
    if "until_after_listing" in params:
        params["until_after_listing"] = clock_of(params["until_after_listing"])
    if words is None and "facts" in params:
        raise DataError(f"{where}: a condition on facts needs the vocabulary")
    if words is not None:
        if "facts" in params:
            params["facts"] = tests_of(params["facts"], words, where)
        if "instruments" in params:
            params["instruments"] = sorted(words.expand(tuple(params["instruments"])))
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
