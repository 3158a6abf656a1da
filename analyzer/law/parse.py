"""Reading the words, rule tables and clocks of regimes from YAML."""

from collections.abc import Iterable, Mapping
from datetime import datetime, time
from typing import Any

from analyzer.core.asof import NEW_YORK, parse_instant
from analyzer.core.errors import DataError
from analyzer.core.verdict import Outcome
from analyzer.core.yamltext import LINE
from analyzer.law.spec import (
    CLOCK_NAMES,
    Clock,
    FactTest,
    Ownership,
    Phase,
    Question,
    Regime,
    Rule,
    Version,
    Via,
    Vocabulary,
)

_TESTS = ("gt", "ge", "lt", "le", "after", "before", "from", "in")
_MISSING = ("review", "skip", "pass")
_UNTIL = ("", "ban_from", "window_end")
_RULE_KEYS = frozenset(
    [
        "id",
        "text",
        "outcome",
        "acts",
        "phases",
        "holders",
        "instruments",
        "via",
        "lists",
        "facts",
        "missing",
        "until",
        "until_at",
        "conditions",
        "needs",
        "question",
        "report_due",
        "since",
        "before",
        "known",
        "cites",
    ]
)
_VERSION_KEYS = frozenset(
    [
        "id",
        "event",
        "lists",
        "list_kinds",
        "fallback_lists",
        "classes",
        "ownership",
        "close_names",
        "ban_from",
        "window_end",
        "initial",
        "rules",
        "rules_from",
    ]
)
_REGIME_KEYS = frozenset(
    [
        *("id", "title", "kind", "binds", "verified", "reach", "flag"),
        *("acts", "yields_to", "open_lists", "versions", "note"),
    ]
)


def vocabulary_of(body: Mapping[str, Any]) -> Vocabulary:
    """Build the words a question may use."""
    plain = {k: _plain(v) for k, v in body.items() if k != LINE}
    holders = plain["holders"]
    words = Vocabulary(
        acts=plain["acts"],
        instruments=plain["instruments"],
        groups={k: tuple(v) for k, v in plain["groups"].items()},
        holders={k: str(v["text"]) for k, v in holders.items()},
        parents={k: str(v["is"]) for k, v in holders.items() if "is" in v},
        facts={k: str(v["type"]) for k, v in plain["facts"].items()},
        trade_acts=frozenset(plain.get("trade_acts", ())),
    )
    return Vocabulary(
        words.acts,
        words.instruments,
        words.groups,
        words.holders,
        words.parents,
        words.facts,
        words.trade_acts,
        {word: words.lineage(word) for word in words.holders},
    )


def _plain(value: Any) -> Any:
    return {w: t for w, t in value.items() if w != LINE} if isinstance(value, dict) else value


def fact_value(kind: str, text: Any) -> Any:
    """Convert a fact from what a user or a file states to what rules compare.

    An edge reads `ENTITY:FRACTION`, several separated by commas, and becomes a tuple of pairs.

    Raises
    ------
    QueryError
        If a date is not a date.
    DataError
        If a number, a flag or an edge is malformed.
    """
    if kind == "date":
        return text if isinstance(text, datetime) else instant(text).astimezone(NEW_YORK)
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
    return _edges(text) if kind == "edge" else text


def stated_fact(name: str, kind: str, text: str) -> Any:
    """Return a fact a user states; a number must be able to be what it stands for.

    Raises
    ------
    QueryError, DataError
        As `fact_value`; `DataError` for a fraction outside [0, 1] or a tenor below nought.
    """
    value = fact_value(kind, text)
    limit = 1e6 if name == "tenor_days" else 1.0
    if kind == "number" and not 0 <= value <= limit:
        raise DataError(f"{name}={text} is not a number from 0 to {limit:g}")
    return value


def plain_fact(kind: str, given: Any) -> Any:
    """Return a fact as rules compare it, whatever a frame or a caller holds: NaN is not stated.

    Raises
    ------
    QueryError, DataError
        As `fact_value`.
    """
    if given is None or given != given:
        return None
    if isinstance(given, datetime):
        return given if given.tzinfo else given.replace(tzinfo=NEW_YORK)
    return fact_value(kind, given)


def _edges(value: Any) -> tuple[tuple[str, float], ...]:
    pairs = (
        [p.strip().rpartition(":")[::2] for p in value.split(",")]
        if isinstance(value, str)
        else value
    )
    found = []
    for owner, share in pairs:
        try:
            fraction = float(share)
        except (TypeError, ValueError):
            fraction = -1.0
        if not owner or not 0 <= fraction <= 1:
            raise DataError(f"{value!r} is not ENTITY:FRACTION with a fraction from 0 to 1")
        found.append((str(owner), fraction))
    return tuple(found)


def instant(value: Any, at: time = time()) -> datetime:
    """Read a date or an instant as YAML gives it."""
    return parse_instant(str(value), at=at)


def _maybe(value: Any) -> datetime | None:
    return None if value is None else instant(value)


def clock_of(row: Mapping[str, Any] | None) -> Clock | None:
    """Build a clock that counts days from a listing."""
    if row is None:
        return None
    at = time.fromisoformat(str(row.get("at", "00:00")))
    return Clock(at, int(row["days"]), None, bool(row.get("inclusive")))


def tests_of(row: Mapping[str, Any], words: Vocabulary, where: str) -> tuple[FactTest, ...]:
    """Build the conditions on facts of one row.

    Raises
    ------
    DataError
        For a fact or a test that does not exist.
    """
    tests = []
    for fact, given in row.items():
        if fact == LINE:
            continue
        kind = "text" if fact in ("instrument", "entity") else words.facts.get(fact)
        if kind is None:
            raise DataError(f"{where}: unknown fact {fact!r}")
        conditions = given if isinstance(given, dict) else {"equal": given}
        for op, value in conditions.items():
            if op == LINE:
                continue
            if op not in (*_TESTS, "equal"):
                raise DataError(f"{where}: unknown test {op!r} of fact {fact!r}")
            if op == "in":
                wanted: Any = tuple(value)
            else:
                wanted = value if value in CLOCK_NAMES else fact_value(kind, value)
            tests.append(FactTest(fact, op, wanted))
    return tuple(tests)


def known_words(
    given: Iterable[str], known: Iterable[str], where: str, what: str
) -> frozenset[str]:
    """Return the words as a set, refusing those that do not exist.

    Raises
    ------
    DataError
        Naming the words and the place.
    """
    words = frozenset(given)
    unknown = sorted(words - frozenset(known))
    if unknown:
        raise DataError(f"{where}: unknown {what}: {', '.join(unknown)}")
    return words


def _keys(row: Mapping[str, Any], allowed: frozenset[str], where: str) -> None:
    known_words((k for k in row if k != LINE), allowed, where, "key")


def _rule(row: Mapping[str, Any], label: str, words: Vocabulary) -> Rule:
    where = f"{label}:{row[LINE]}"
    _keys(row, _RULE_KEYS, where)
    missing, until = str(row.get("missing", "review")), str(row.get("until", ""))
    known_words((missing,), _MISSING, where, "reading of a missing fact")
    known_words((until,), _UNTIL, where, "clock")
    instruments = words.expand(tuple(row.get("instruments", ())))
    return Rule(
        id=str(row["id"]),
        text=str(row["text"]),
        outcome=Outcome(row["outcome"]),
        acts=known_words(row.get("acts", ()), words.acts, where, "act"),
        phases=frozenset(Phase(p) for p in row.get("phases", ())),
        holders=known_words(row.get("holders", ()), words.holders, where, "holder"),
        instruments=known_words(instruments, words.instruments, where, "instrument"),
        via=frozenset(Via(v) for v in row.get("via", ())),
        lists=frozenset(row.get("lists", ())),
        facts=tests_of(row.get("facts", {}), words, where),
        missing=missing,
        until=until,
        conditions=tuple(row.get("conditions", ())),
        needs=tuple(row.get("needs", ())),
        question=str(row.get("question", "")),
        report_due=str(row.get("report_due", "")),
        until_at=_maybe(row.get("until_at")),
        since=_maybe(row.get("since")),
        before=_maybe(row.get("before")),
        known=_maybe(row.get("known")),
        cites=tuple(row.get("cites", ())),
        where=where,
    )


def _ownership(row: Mapping[str, Any] | None) -> Ownership | None:
    if row is None:
        return None
    return Ownership(
        float(row["threshold"]),
        bool(row.get("strict", False)),
        bool(row.get("aggregate", True)),
        bool(row.get("control", False)),
    )


def _version(
    row: Mapping[str, Any],
    label: str,
    words: Vocabulary,
    tables: Mapping[str, tuple[Rule, ...]],
) -> Version:
    where = f"{label}:{row[LINE]}"
    _keys(row, _VERSION_KEYS, where)
    initial = row.get("initial")
    inherited = tables[row["rules_from"]] if "rules_from" in row else ()
    return Version(
        id=str(row["id"]),
        event=str(row["event"]),
        lists=tuple(row.get("lists", ())),
        rules=(*(_rule(r, label, words) for r in row.get("rules", ())), *inherited),
        ban_from=clock_of(row.get("ban_from")),
        window_end=clock_of(row.get("window_end")),
        initial_before=_maybe(initial["listed_before"]) if initial else None,
        initial_ban_from=Clock(fixed=instant(initial["ban_from"])) if initial else None,
        initial_window_end=Clock(
            fixed=instant(initial["window_end"]), inclusive=bool(initial.get("inclusive"))
        )
        if initial
        else None,
        close_names=bool(row.get("close_names")),
        list_kinds=frozenset(row.get("list_kinds", ())),
        fallback_lists=tuple(row.get("fallback_lists", ())),
        classes=tuple(tests_of(c, words, where) for c in row.get("classes", ())),
        ownership=_ownership(row.get("ownership")),
    )


def regime_of(body: Mapping[str, Any], label: str, words: Vocabulary) -> Regime:
    """Build one regime. A version may take over the table of an earlier one (`rules_from`).

    Raises
    ------
    DataError
        Naming file and line of what is malformed.
    """
    try:
        _keys(body, _REGIME_KEYS, label)
        verified = body["verified"]
        versions: list[Version] = []
        tables: dict[str, tuple[Rule, ...]] = {}
        for row in body["versions"]:
            versions.append(_version(row, label, words, tables))
            tables[versions[-1].id] = versions[-1].rules
        return Regime(
            id=str(body["id"]),
            title=str(body["title"]),
            kind=str(body["kind"]),
            binds=known_words(body["binds"], words.holders, label, "holder"),
            verified_from=instant(verified["from"]),
            verified_through=instant(verified["through"]),
            versions=tuple(versions),
            flag=str(body.get("flag", "")),
            reach=str(body.get("reach", "")),
            last_checked=str(verified.get("last_checked", "")),
            interval_days=int(verified.get("interval_days", 0)),
            acts=known_words(body.get("acts", ()), words.acts, label, "act"),
            yields_to=frozenset(body.get("yields_to", ())),
            open_lists=frozenset(body.get("open_lists", ())),
            where=label,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"{label}: {type(error).__name__}: {error}") from None


def question_of(key: str, row: Mapping[str, Any], label: str) -> Question:
    """Build one open question.

    Raises
    ------
    DataError
        Naming file and line of what is malformed.
    """
    where = f"{label}:{row[LINE]}"
    try:
        return Question(
            key,
            str(row["text"]),
            Outcome(row["strict"]),
            Outcome(row["lenient"]),
            tuple(row.get("cites", ())),
            str(row.get("scope", "")),
            where,
        )
    except (KeyError, ValueError) as error:
        raise DataError(f"{where}: {type(error).__name__}: {error}") from None
