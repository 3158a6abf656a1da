"""Reading a scenario file: every problem at once, each with its line."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

from analyzer.core.asof import AsOf
from analyzer.core.errors import AnalyzerError, InputError
from analyzer.core.events import LegalEvent
from analyzer.core.identifiers import valid_isin, valid_lei
from analyzer.core.yamltext import LINE, parse_yaml
from analyzer.law import event_of
from analyzer.scenarios.cells import Cells
from analyzer.scenarios.court_cells import CHANCES, read_court
from analyzer.scenarios.flows import (
    BUDGET_KEYS,
    INDEX_KEYS,
    read_cash_budget,
    read_index_flow,
)
from analyzer.scenarios.lots import Lot, LotOrder, TaxRates
from analyzer.scenarios.receipts import receipt_terms
from analyzer.scenarios.schedule import Policy
from analyzer.scenarios.shocks import preset
from analyzer.scenarios.spec import (
    Closure,
    Issuer,
    LockLoss,
    LockModel,
    Market,
    ReceiptSale,
    Redemption,
    Replacement,
    Sale,
    Scenario,
    Simulation,
    Tax,
)

_POLICY = frozenset(f.name for f in fields(Policy)) - {"sources"}
_KEYS: Mapping[str, frozenset[str]] = {
    "": frozenset(
        {"title", "note", "as_of", "events", "without", "without_rulings", "reading", "window_days"}
        | {"market", "sale", "courts", "receipts", "issuers", "replacement", "redemption"}
        | {"simulate", "tax"}
    ),
    "market": frozenset(
        {"volume", "volatility", "spread_bp", "crowding", "correlation", "shock", "closures"}
        | {"forced", "rest_volatility", "settlement_days", "index_flow"}
    ),
    "sale": _POLICY
    | {"start", "blackouts", "horizon", "lock_years", "lock_loss"}
    | {"whole_lots", "board_lots", "frontier", "cash_budget", "sector_neutral"},
    "lock_loss": frozenset({"model", "volatility", "years", "dividend_yield"}),
    "courts": frozenset(
        {"docket", "targets", "ruling", "relief", "relief_move", "pool", "market_relief"}
        | {"ruling_hazard", "rulings", "state", "removal_hazard", "relisting_hazard", "appeal"}
        | {"cvar_weight", "cvar_tail"}
    ),
    "rulings": frozenset({"date", "stage", "ruling_hazard"} | CHANCES),
    "receipts": frozenset({"receipt", "until", "cancel_fee"}),
    "issuers": frozenset({"id", "name", "isins", "lei"}),
    "index_flow": INDEX_KEYS,
    "cash_budget": BUDGET_KEYS,
    "closures": frozenset({"mic", "from", "to"}),
    "blackouts": frozenset({"from", "to"}),
    "replacement": frozenset(
        {"exclude_watch", "cost_bp", "sector_band", "country_band", "turnover_limit", "max_names"}
    ),
    "redemption": frozenset({"share_of_nav", "date"}),
    "simulate": frozenset({"scenarios", "seed"}),
    "tax": frozenset({"order", "short_term", "long_term", "lots"}),
    "lots": frozenset({"line", "acquired", "shares", "unit_cost"}),
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
    reader = _Reader(name, _KEYS)
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


class _Reader(Cells):
    """Reads the parts of a scenario, one method each."""

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
            courts=tuple(c for row in body.get("courts", ()) if (c := read_court(self, row))),
            receipts=tuple(r for row in body.get("receipts", ()) if (r := self.receipt(row))),
            issuers=tuple(i for row in body.get("issuers", ()) if (i := self.issuer(row))),
            replacement=self.replacement(body),
            redemption=self.redemption(body),
            simulation=self.simulation(self.section(body, "simulate")),
            tax=self.tax(body),
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
            volume=self.numbers(row, "market", "volume"),
            volatility=self.numbers(row, "market", "volatility"),
            spread_bp=self.number(row, "market", "spread_bp", default.spread_bp, 0.0, 5_000.0),
            crowding=self.number(row, "market", "crowding", default.crowding, 0.0, 10.0),
            correlation=self.number(row, "market", "correlation", default.correlation, 0.0, 1.0),
            shock=shock,
            shock_source=source,
            shock_kind=str(row["shock"]).partition("/")[0] if source.startswith("preset") else "",
            closures=tuple(c for r in row.get("closures", ()) if (c := self.closure(r))),
            forced=self.numbers(row, "market", "forced"),
            index_flow=tuple(
                f for r in row.get("index_flow", ()) if (f := read_index_flow(self, r))
            ),
            rest_volatility=self.number(
                row, "market", "rest_volatility", default.rest_volatility, 0.0, 1.0
            ),
            settlement_days=int(
                self.number(row, "market", "settlement_days", default.settlement_days, 0.0, 30.0)
            ),
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
            lock_loss=self.lock_loss(row),
            whole_lots=bool(row.get("whole_lots", False)),
            board_lots=self.numbers(row, "sale", "board_lots"),
            cash_budget=read_cash_budget(self, row),
            sector_neutral=None
            if row.get("sector_neutral") is None
            else self.number(row, "sale", "sector_neutral", 0.0, 0.0, 1.0),
            frontier=int(self.number(row, "sale", "frontier", default.frontier, 0.0, 25.0)),
        )

    def lock_loss(self, row: dict[str, Any]) -> float | LockLoss | None:
        given = row.get("lock_loss")
        if given is None:
            return None
        if not isinstance(given, dict):
            return self.number(row, "sale", "lock_loss", 0.0, 0.0, 1.0)
        self.known(given, "lock_loss")
        section, default = "sale.lock_loss", LockLoss()
        found = LockLoss(
            self.word(given, "model", LockModel, LockModel.PUT),
            None
            if given.get("volatility") is None
            else self.number(given, section, "volatility", 0.0, 0.0, 5.0),
            self.number(given, section, "years", default.years, 0.0, 100.0),
            self.number(given, section, "dividend_yield", 0.0, 0.0, 1.0),
        )
        if found.dividend_yield and found.model is LockModel.PUT:
            self.say(given, "lock_loss.dividend_yield: the put knows no dividends; use finnerty")
        return found

    def receipt(self, row: dict[str, Any]) -> ReceiptSale | None:
        self.known(row, "receipts")
        until = self.day(row, "until")
        if until is None or "receipt" not in row:
            self.say(row, "a receipt needs receipt and until")
            return None
        if str(row["receipt"]) not in receipt_terms():
            self.say(row, f"no terms of {row['receipt']!r}; known: {', '.join(receipt_terms())}")
            return None
        fee = None
        if row.get("cancel_fee") is not None:
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
        lei = str(row.get("lei") or "")
        if lei and not valid_lei(lei):
            self.say(row, f"{lei!r} is not a valid LEI")
        return Issuer(str(row["id"]), str(row["name"]), isins, lei)

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
        names = self.limit(row, "max_names", 1.0, 1e6)
        return Replacement(
            exclude_watch=bool(row.get("exclude_watch", False)),
            cost_bp=self.number(row, "replacement", "cost_bp", 20.0, 0.0, 5_000.0),
            sector_band=self.limit(row, "sector_band", 0.0, 1.0),
            country_band=self.limit(row, "country_band", 0.0, 1.0),
            turnover_limit=self.limit(row, "turnover_limit", 0.0, 2.0),
            max_names=None if names is None else int(names),
        )

    def redemption(self, body: dict[str, Any]) -> Redemption | None:
        if body.get("redemption") is None:
            return None
        row = self.section(body, "redemption")
        self.known(row, "redemption")
        due = self.day(row, "date")
        share = self.number(row, "redemption", "share_of_nav", 0.0, 0.0, 1.0)
        if due is None or share == 0.0:
            self.say(row, "a redemption needs share_of_nav and date")
            return None
        self.stated.add("redemption.date")
        return Redemption(share, due)

    def simulation(self, row: dict[str, Any]) -> Simulation:
        self.known(row, "simulate")
        default = Simulation()
        drawn = int(self.number(row, "simulate", "scenarios", default.scenarios, 0.0, 1e6))
        if drawn == 1:
            self.say(row, "simulate.scenarios: 0 for none, else at least two")
        return Simulation(drawn, int(self.number(row, "simulate", "seed", default.seed, 0.0, 2e9)))

    def tax(self, body: dict[str, Any]) -> Tax | None:
        if body.get("tax") is None:
            return None
        row = self.section(body, "tax")
        self.known(row, "tax")
        lots: dict[str, tuple[Lot, ...]] = {}
        for given in row.get("lots", ()):
            self.known(given, "lots")
            acquired = self.day(given, "acquired")
            if acquired is None or not {"line", "shares", "unit_cost"} <= set(given):
                self.say(given, "a lot needs line, acquired, shares and unit_cost")
                continue
            shares = self.number(given, "lots", "shares", 0.0, 1e-9, 1e15)
            cost = self.number(given, "lots", "unit_cost", 0.0, 0.0, 1e12)
            line = str(given["line"])
            lots[line] = (*lots.get(line, ()), Lot(acquired, shares, cost))
        rates = TaxRates(
            self.number(row, "tax", "short_term", 0.0, 0.0, 1.0),
            self.number(row, "tax", "long_term", 0.0, 0.0, 1.0),
        )
        return Tax(lots, rates, self.word(row, "order", LotOrder, LotOrder.FIFO))
