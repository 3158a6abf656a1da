"""Reading a scenario file: every problem at once, each with its line."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

from analyzer.core.asof import AsOf
from analyzer.core.errors import AnalyzerError, InputError
from analyzer.core.events import LegalEvent
from analyzer.core.identifiers import valid_isin
from analyzer.core.yamltext import LINE, parse_yaml
from analyzer.law import event_of
from analyzer.scenarios.receipts import receipt_terms
from analyzer.scenarios.schedule import Policy
from analyzer.scenarios.shocks import preset
from analyzer.scenarios.spec import (
    Closure,
    Court,
    Issuer,
    Market,
    ReceiptSale,
    Replacement,
    Sale,
    Scenario,
)

_POLICY = frozenset(f.name for f in fields(Policy)) - {"sources"}
_KEYS: Mapping[str, frozenset[str]] = {
    "": frozenset(
        {"title", "note", "as_of", "events", "without", "without_rulings", "reading", "window_days"}
        | {"market", "sale", "courts", "receipts", "issuers", "replacement"}
    ),
    "market": frozenset(
        {"volume", "volatility", "spread_bp", "crowding", "correlation", "shock", "closures"}
    ),
    "sale": _POLICY | {"start", "blackouts", "horizon", "lock_years", "lock_loss"},
    "courts": frozenset({"docket", "targets", "ruling", "relief", "relief_move"}),
    "receipts": frozenset({"receipt", "until", "cancel_fee"}),
    "issuers": frozenset({"id", "name", "isins"}),
    "closures": frozenset({"mic", "from", "to"}),
    "blackouts": frozenset({"from", "to"}),
    "replacement": frozenset({"volatility", "exclude_watch", "cost_bp"}),
}


def read_scenario(path: Path, changes: Mapping[str, str] | None = None) -> Scenario:
    """Read one scenario file.

    Parameters
    ----------
    changes
        Dotted keys to values that replace what the file states, e.g. `sale.participation`.

    Raises
    ------
    InputError
        Listing file, line and cause of everything that is wrong.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path.name}: {error}") from None
    return parse_scenario(text, path.name, changes)


def parse_scenario(text: str, name: str, changes: Mapping[str, str] | None = None) -> Scenario:
    """Read a scenario from its text; see `read_scenario`."""
    body = parse_yaml(text, name)
    if not isinstance(body, dict):
        raise InputError(f"{name}: a mapping is expected")
    for key, value in (changes or {}).items():
        _put(body, key, value, name)
    reader = _Reader(name)
    scenario = reader.scenario(body)
    if reader.problems:
        raise InputError("; ".join(reader.problems))
    return scenario


def _put(body: dict[str, Any], key: str, value: str, name: str) -> None:
    """Set a dotted key; the value is read as YAML would read it."""
    *parents, last = key.split(".")
    at: Any = body
    for part in parents:
        if isinstance(at, list) and part.isdigit() and int(part) < len(at):
            at = at[int(part)]
        elif isinstance(at, dict):
            at = at.setdefault(part, {LINE: 0})
        else:
            raise InputError(f"{name}: nothing to set at {key!r}")
    if not isinstance(at, dict):
        raise InputError(f"{name}: nothing to set at {key!r}")
    at[last] = parse_yaml(value, f"--set {key}")


class _Reader:
    """Collects problems while it reads, so that a user sees them all."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.problems: list[str] = []
        self.stated: set[str] = set()

    def say(self, row: Mapping[str, Any], words: str) -> None:
        self.problems.append(f"{self.name}:{row.get(LINE, 0)}: {words}")

    def scenario(self, body: dict[str, Any]) -> Scenario:
        self.known(body, "")
        as_of = body.get("as_of")
        if as_of is not None:
            self.guard(body, "as_of", lambda: AsOf.of(str(as_of)))
        if "title" not in body:
            self.say(body, "a title is missing")
        reading = str(body.get("reading", ""))
        if reading not in ("", "strict", "lenient"):
            self.say(body, f"reading {reading!r} is neither strict nor lenient")
        return Scenario(
            title=str(body.get("title", "")),
            note=str(body.get("note", "")).strip(),
            as_of=None if as_of is None else str(as_of),
            events=self.events(body.get("events", ()), as_of),
            without=tuple(str(i) for i in body.get("without", ())),
            without_rulings=bool(body.get("without_rulings", False)),
            reading=reading,
            window_days=int(self.number(body, "", "window_days", 0.0, 0.0, 36_500.0)) or None,
            market=self.market(self.section(body, "market")),
            sale=self.sale(self.section(body, "sale")),
            courts=tuple(c for row in body.get("courts", ()) if (c := self.court(row))),
            receipts=tuple(r for row in body.get("receipts", ()) if (r := self.receipt(row))),
            issuers=tuple(i for row in body.get("issuers", ()) if (i := self.issuer(row))),
            replacement=self.replacement(body),
            stated=frozenset(self.stated),
            where=self.name,
        )

    # -- parts -----------------------------------------------------------------------------

    def events(self, rows: Iterable[Any], as_of: object) -> tuple[LegalEvent, ...]:
        """Read hypothetical events; they are known when the question is asked."""
        found = []
        for row in rows:
            given = dict(row)
            given.setdefault("known", as_of or row.get("effective"))
            given.setdefault("text", "hypothetical event of a scenario")
            try:
                found.append(event_of(given, self.name, given.get("regime")))
            except AnalyzerError as error:
                self.problems.append(str(error))
        return tuple(found)

    def market(self, row: dict[str, Any]) -> Market:
        self.known(row, "market")
        shock, source = self.shock(row)
        default = Market()
        return Market(
            volume=self.numbers(row, "volume"),
            volatility=self.numbers(row, "volatility"),
            spread_bp=self.number(row, "market", "spread_bp", default.spread_bp, 0.0, 5_000.0),
            crowding=self.number(row, "market", "crowding", default.crowding, 0.0, 10.0),
            correlation=self.number(row, "market", "correlation", default.correlation, 0.0, 1.0),
            shock=shock,
            shock_source=source,
            closures=tuple(c for r in row.get("closures", ()) if (c := self.closure(r))),
        )

    def shock(self, row: dict[str, Any]) -> tuple[float | None, str]:
        given = row.get("shock")
        if given is None:
            return None, ""
        if isinstance(given, str):
            event_type, _, severity = given.partition("/")
            try:
                found = preset(event_type, severity or "base")
            except AnalyzerError as error:
                self.say(row, str(error))
                return None, ""
            cases = ", ".join(case.case for case in found.cases)
            return found.value, f"preset {given}: {found.basis} ({cases})"
        return self.number(row, "market", "shock", 0.0, -1.0, 10.0), self.name

    def sale(self, row: dict[str, Any]) -> Sale:
        self.known(row, "sale")
        stated = {k: row[k] for k in sorted(_POLICY & set(row))}
        for key in stated:
            self.stated.add(f"sale.{key}")
            if key != "model":
                stated[key] = self.number(row, "sale", key, 0.0, 0.0, 1e12)
        sources = dict.fromkeys(stated, self.name)
        default = Sale()
        return Sale(
            policy=Policy(**{"model": "sqrt", **stated, "sources": sources}),
            start=self.day(row, "start"),
            blackouts=tuple(b for r in row.get("blackouts", ()) if (b := self.span(r))),
            horizon=int(self.number(row, "sale", "horizon", default.horizon, 1.0, 2_600.0)),
            lock_years=self.number(row, "sale", "lock_years", default.lock_years, 0.0, 100.0),
            lock_loss=None
            if row.get("lock_loss") is None
            else self.number(row, "sale", "lock_loss", 0.0, 0.0, 1.0),
        )

    def court(self, row: dict[str, Any]) -> Court | None:
        self.known(row, "courts")
        ruling = self.day(row, "ruling")
        if ruling is None or not row.get("docket") or not row.get("targets"):
            self.say(row, "a court needs docket, targets and the day of the ruling")
            return None
        relief = row.get("relief")
        return Court(
            str(row["docket"]),
            tuple(str(t) for t in row["targets"]),
            ruling,
            None if relief is None else self.number(row, "courts", "relief", 0.0, 0.0, 1.0),
            self.number(row, "courts", "relief_move", 0.0, -1.0, 10.0),
        )

    def receipt(self, row: dict[str, Any]) -> ReceiptSale | None:
        self.known(row, "receipts")
        until = self.day(row, "until")
        if until is None or "receipt" not in row or "cancel_fee" not in row:
            self.say(row, "a receipt needs receipt, until and cancel_fee")
            return None
        if str(row["receipt"]) not in receipt_terms():
            self.say(row, f"no terms of {row['receipt']!r}; known: {', '.join(receipt_terms())}")
            return None
        fee = self.number(row, "receipts", "cancel_fee", 0.0, 0.0, 1e6)
        return ReceiptSale(str(row["receipt"]), until, fee)

    def issuer(self, row: dict[str, Any]) -> Issuer | None:
        self.known(row, "issuers")
        if not row.get("id") or not row.get("name"):
            self.say(row, "an issuer needs id and name")
            return None
        isins = tuple(str(code) for code in row.get("isins", ()))
        for code in isins:
            if not valid_isin(code):
                self.say(row, f"{code!r} is not a valid ISIN")
        return Issuer(str(row["id"]), str(row["name"]), isins)

    def closure(self, row: dict[str, Any]) -> Closure | None:
        self.known(row, "closures")
        start = self.day(row, "from")
        if start is None or not row.get("mic"):
            self.say(row, "a closure needs mic and from")
            return None
        return Closure(str(row["mic"]), start, self.day(row, "to"))

    def span(self, row: dict[str, Any]) -> tuple[date, date] | None:
        self.known(row, "blackouts")
        start, end = self.day(row, "from"), self.day(row, "to")
        if start is None or end is None or end < start:
            self.say(row, "a blackout needs from and to, in order")
            return None
        return start, end

    def replacement(self, body: dict[str, Any]) -> Replacement | None:
        if body.get("replacement") is None:
            return None
        row = self.section(body, "replacement")
        self.known(row, "replacement")
        if "volatility" not in row:
            self.say(row, "a replacement needs the daily volatility of lines without a source")
        return Replacement(
            self.number(row, "replacement", "volatility", 0.02, 0.0, 1.0),
            bool(row.get("exclude_watch", False)),
            self.number(row, "replacement", "cost_bp", 20.0, 0.0, 5_000.0),
        )

    # -- cells -----------------------------------------------------------------------------

    def section(self, body: dict[str, Any], key: str) -> dict[str, Any]:
        row = body.get(key)
        if row is None:
            return {}
        if not isinstance(row, dict):
            self.say(body, f"{key} must be a mapping")
            return {}
        return row

    def known(self, row: Mapping[str, Any], section: str) -> None:
        for key in row:
            if key != LINE and key not in _KEYS[section]:
                place = f" in {section}" if section else ""
                self.say(
                    row, f"unknown key {key!r}{place}; known: {', '.join(sorted(_KEYS[section]))}"
                )

    def guard(self, row: Mapping[str, Any], key: str, read: Callable[[], object]) -> None:
        try:
            read()
        except AnalyzerError as error:
            self.say(row, f"{key}: {error}")

    def number(
        self,
        row: Mapping[str, Any],
        section: str,
        key: str,
        default: float,
        low: float,
        high: float,
    ) -> float:
        """Return a number within bounds; a problem is noted and the default returned."""
        if key not in row:
            return default
        self.stated.add(f"{section}.{key}")
        try:
            value = float(row[key])
        except (TypeError, ValueError):
            self.say(row, f"{section}.{key} {row[key]!r} is not a number")
            return default
        if not low <= value <= high:
            self.say(row, f"{section}.{key} {value:g} is not between {low:g} and {high:g}")
            return default
        return value

    def numbers(self, row: Mapping[str, Any], key: str) -> dict[str, float]:
        given = row.get(key) or {}
        if not isinstance(given, dict):
            given = {"*": given}
        found = {}
        for name in given:
            if name != LINE:
                found[str(name)] = self.number(given, f"market.{key}", name, 0.0, 1e-12, 1e15)
        return found

    def day(self, row: Mapping[str, Any], key: str) -> date | None:
        if row.get(key) is None:
            return None
        try:
            return date.fromisoformat(str(row[key]))
        except ValueError:
            self.say(row, f"{key} {row[key]!r} is not a date")
            return None
