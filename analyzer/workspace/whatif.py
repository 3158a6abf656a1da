"""The what-if form: plain fields to a scenario file, and the scenario run on a desk.

A form is written as the YAML that `banimpact scenario` reads, and read back by the same reader:
there is one set of checks, and what was tried on screen can be kept as a file.
"""

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from analyzer.core.matching import JudgementRecord
from analyzer.ingest import Ingested, read_holdings
from analyzer.law import Law
from analyzer.market.files import FilePrices
from analyzer.scenarios import shocks
from analyzer.scenarios.read import parse_scenario
from analyzer.scenarios.run import ScenarioResult
from analyzer.scenarios.spec import Scenario
from analyzer.service import World, default_prices, run_scenario
from analyzer.workspace.beside import Ready
from analyzer.workspace.desk import Desk
from analyzer.workspace.review import with_judgements

NS_CMIC = "US-OFAC-NS-CMIC"

MOST_PATHS = 5_000  # draws a page waits for

HYPOTHESES: Mapping[str, str] = {
    "designate": "the name is put on the list",
    "delist": "the name is taken off the list",
    "suspend": "a court enjoins the designation",
    "resume": "the injunction is reversed on appeal",
    "vacate": "a court vacates the designation",
    "license": "a licence allows sales to divest until a date",
}


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One event that has not happened.

    Parameters
    ----------
    kind
        A key of `HYPOTHESES`.
    entity
        Entity id.
    on
        Date or instant it takes effect, New York.
    list_id
        The list, where a listing changes or is suspended.
    until
        End of a licence; empty for other kinds.
    name, isin
        Of an issuer that no list knows, so that the lines it issued can be found.
    """

    kind: str
    entity: str
    on: str
    list_id: str = NS_CMIC
    until: str = ""
    name: str = ""
    isin: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """What a user fills in; an empty field leaves the tool's default, which the result names.

    Parameters
    ----------
    rulings
        False leaves court rulings, and all that follows from them, out.
    window_days
        Days from listing to the end of the sale window; None keeps the rule's own.
    volume, volatility
        Shares a day, and daily volatility, assumed of every line in place of market data.
    shock
        Preset `type/severity` of a lasting price move, or empty.
    crowding
        What other holders sell beside this one, as a fraction of usual volume.
    paths, seed
        Draws of courts and markets; the same seed gives the same draws.
    waits
        Whether the form opens at the ruling that is waited for.
    ruling, targets, relief, relief_move
        A ruling that is waited for: its day, whom it would free, the chance of relief (None
        takes the base rate) and the price move on relief.
    """

    title: str
    as_of: str = ""
    hypotheses: tuple[Hypothesis, ...] = ()
    rulings: bool = True
    reading: str = ""
    window_days: int | None = None
    participation: float | None = None
    volume_multiplier: float | None = None
    spread_bp: float | None = None
    risk_aversion: float | None = None
    start: str = ""
    volume: float | None = None
    volatility: float | None = None
    crowding: float | None = None
    shock: str = ""
    ruling: str = ""
    targets: tuple[str, ...] = ()
    relief: float | None = None
    relief_move: float = 0.0
    replacement: bool = False
    paths: int | None = None
    seed: int = 7
    waits: bool = False


TEMPLATES: Mapping[str, Form] = {
    "The law as it stands": Form("The law as it stands"),
    "Had no court acted": Form("Had no court acted", rulings=False),
    "A name is added": Form("A name is added", hypotheses=(Hypothesis("designate", "", ""),)),
    "A court enjoins": Form("A court enjoins", hypotheses=(Hypothesis("suspend", "", ""),)),
    "The appeal reverses": Form(
        "The appeal reverses",
        hypotheses=(Hypothesis("suspend", "", ""), Hypothesis("resume", "", "")),
    ),
    "Licence to divest": Form("Licence to divest", hypotheses=(Hypothesis("license", "", ""),)),
    "Sixty-day window": Form("Sixty-day window", window_days=60),
    "Ten-day window": Form("Ten-day window", window_days=10),
    "Volume halves": Form("Volume halves", volume_multiplier=0.5),
    "Strict reading": Form("Strict reading", reading="strict"),
    "Lenient reading": Form("Lenient reading", reading="lenient"),
    "Sell now or wait for the ruling": Form("Sell now or wait", waits=True),
}


def issuer_of(world: World, name: str, isin: str) -> tuple[str, str, str]:
    """Return entity id, name and ISIN under which a held line can be named in a hypothesis.

    An issuer that is known goes by its own id, with name and ISIN empty; any other gets an id
    made of its ISIN or name.
    """
    found = world.resolver.look_up(isin) if isin else ()
    if len(found) == 1:
        return found[0].entity_id, "", ""
    letters = "".join(c if c.isascii() and c.isalnum() else "-" for c in (isin or name).casefold())
    return f"what-if-{letters.strip('-')}", name, isin


def shock_presets() -> tuple[str, ...]:
    """Return the presets of price moves as `type/severity`."""
    return tuple(f"{p.event_type}/{p.severity}" for p in shocks.shock_presets())


def scenario_text(form: Form, law: Law) -> str:
    """Return a form as the YAML of a scenario file."""
    body: dict[str, Any] = {"title": form.title}
    if form.as_of:
        body["as_of"] = form.as_of
    if form.hypotheses:
        rows = enumerate(form.hypotheses, start=1)
        body["events"] = [_event(h, at, law) for at, h in rows]
        issuers = {h.entity: h for h in form.hypotheses if h.name}
        if issuers:
            body["issuers"] = [_issuer(h) for h in issuers.values()]
    if not form.rulings:
        body["without_rulings"] = True
    body |= _given(reading=form.reading or None, window_days=form.window_days)
    market = _given(
        volume=form.volume,
        volatility=form.volatility,
        spread_bp=form.spread_bp,
        crowding=form.crowding,
        shock=form.shock or None,
    )
    sale = _given(
        participation=form.participation,
        volume_multiplier=form.volume_multiplier,
        risk_aversion=form.risk_aversion,
        start=form.start or None,
    )
    if form.ruling and form.targets:
        court = {"docket": "the ruling", "targets": list(form.targets), "ruling": form.ruling}
        court |= _given(relief=form.relief, relief_move=form.relief_move or None)
        body["courts"] = [court]
    if form.replacement:
        body["replacement"] = {"volatility": form.volatility or 0.02}
    if form.paths:
        body["simulate"] = {"scenarios": form.paths, "seed": form.seed}
    parts = {"market": market, "sale": sale}
    body |= {key: part for key, part in parts.items() if part}
    text: str = yaml.safe_dump(body, sort_keys=False, allow_unicode=True, width=100)
    return text


def _given(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _event(hypothesis: Hypothesis, number: int, law: Law) -> dict[str, Any]:
    kind, entity = hypothesis.kind, hypothesis.entity
    who = hypothesis.name or entity
    event: dict[str, Any] = {
        "id": f"what-if-{number}-{kind}-{entity}",
        "kind": kind,
        "effective": hypothesis.on,
        "targets": [entity],
        "text": f"Hypothesis: {HYPOTHESES.get(kind, kind)} ({who})",
    }
    if kind == "license":
        event["regime"] = _regime_of(law, hypothesis.list_id)
        event["params"] = {"acts": ["sell"], "until": hypothesis.until}
    else:
        event["list"] = hypothesis.list_id
    return event


def _regime_of(law: Law, list_id: str) -> str:
    """Return the first regime that bans on the strength of a list."""
    return next((r.id for r in law.regimes.values() if r.bans and list_id in r.lists), list_id)


def _issuer(hypothesis: Hypothesis) -> dict[str, Any]:
    row: dict[str, Any] = {"id": hypothesis.entity, "name": hypothesis.name}
    return row | ({"isins": [hypothesis.isin]} if hypothesis.isin else {})


def scenario_of(form: Form, law: Law) -> Scenario:
    """Return the scenario of a form.

    Raises
    ------
    InputError
        Listing everything that is wrong with it.
    """
    return scenario_from(scenario_text(form, law), form.title or "what-if")


def scenario_from(text: str, name: str) -> Scenario:
    """Return the scenario of a file as `banimpact scenario` reads it.

    Parameters
    ----------
    name
        Of the file, for messages and for a scenario without a title.

    Raises
    ------
    AnalyzerError
        Listing everything that is wrong with it.
    """
    return parse_scenario(text, name)


def run_form(
    world: World | Ready,
    desk: Desk,
    inputs: Sequence[Ingested],
    scenario: Scenario,
    records: Iterable[JudgementRecord] = (),
    prices: tuple[str, bytes] | None = None,
) -> ScenarioResult:
    """Run a scenario on what lies on a desk.

    Parameters
    ----------
    world
        Without decisions; `Ready` where something was read beside the holdings.
    prices
        Name and content of the user's own prices and volumes; they come before the snapshot.

    Raises
    ------
    AnalyzerError
        For a file or a word that cannot be read.
    """
    own: list[FilePrices] = []
    if prices is not None:
        with tempfile.TemporaryDirectory(prefix="banimpact-") as folder:
            path = Path(folder) / Path(prices[0]).name
            path.write_bytes(prices[1])
            own.append(FilePrices.load(path))
    funds = {fund: read_holdings(source) for fund, source in desk.constituents.items()}
    ready = world if isinstance(world, Ready) else Ready(world)
    return run_scenario(
        with_judgements(ready.world, records),
        inputs,
        scenario,
        desk.question,
        prices=default_prices(*own),
        constituents=funds,
        rates=ready.rates,
        parties=ready.parties,
        valuation_date=ready.valuation_date,
        arguments={"what_if": scenario.title},
    )
