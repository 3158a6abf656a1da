"""What every front end calls: load the world once, ask it questions.

Front ends hold no law and no arithmetic, and only they read the clock: every date here is an
argument.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analyzer.core.asof import AsOf
from analyzer.core.dialect import Dialect
from analyzer.core.errors import InputError, QueryError
from analyzer.core.frames import stack
from analyzer.core.matching import Candidate, certain
from analyzer.core.verdict import Key, Outcome, Verdict
from analyzer.exposure import Analysis, Answer, InputNote, Question, Screening, assess
from analyzer.exposure.assess import NO_FUNDS
from analyzer.exposure.parties import Party
from analyzer.exposure.unscreened import not_screened, nothing_found
from analyzer.ingest import Ingested, read_holdings, told_apart
from analyzer.law import Interval, Law, stated_fact, timeline
from analyzer.manifest import DISTRIBUTION, judgement_json, manifest, tool_version
from analyzer.market.files import SnapshotPrices
from analyzer.market.fx import Rates
from analyzer.market.prices import PriceBook, PriceProvider
from analyzer.resolve.counterparty import resolve_counterparties
from analyzer.resolve.lookthrough import look_through
from analyzer.world import World, load_world, with_supposed

if TYPE_CHECKING:
    from analyzer.scenarios.run import ScenarioResult
    from analyzer.scenarios.spec import Scenario


# -- portfolios ------------------------------------------------------------------------------


def read_inputs(
    sources: Sequence[Path | tuple[str, bytes]],
    mapping: Mapping[str, str] | None = None,
    currency: str | None = None,
    dialect: Mapping[str, str] | None = None,
) -> tuple[Ingested, ...]:
    """Read holdings files.

    Parameters
    ----------
    dialect
        How they are written, in the words of `Dialect`, where it is stated.

    Raises
    ------
    InputError
        Naming the file that cannot be read as holdings, and why.
    """
    told = dialect or {}
    return tuple(
        read_holdings(
            source,
            mapping=mapping,
            currency=currency,
            dialect=Dialect.of(source[0] if isinstance(source, tuple) else str(source), told),
        )
        for source in sources
    )


def constituent_files(declared: Sequence[str]) -> dict[str, Path]:
    """Return the files that say what funds hold.

    Parameters
    ----------
    declared
        `FUND=FILE`, or a folder whose files are named by fund.

    Raises
    ------
    InputError
        For a text that is neither.
    """
    files: dict[str, Path] = {}
    for text in declared:
        key, equals, name = text.partition("=")
        if equals and Path(name).is_file():
            if key.casefold() in map(str.casefold, files):
                raise InputError(f"constituents of {key} are given twice")
            files[key] = Path(name)
        elif Path(text).is_dir():
            files |= {path.stem: path for path in sorted(Path(text).iterdir()) if path.is_file()}
        else:
            raise InputError(f"{text!r} is neither FUND=FILE of a file that exists nor a folder")
    return files


def read_constituents(declared: Sequence[str]) -> dict[str, Ingested]:
    """Read what funds hold; as `constituent_files`, and `InputError` for an unreadable file."""
    return {key: read_holdings(path) for key, path in constituent_files(declared).items()}


def analyze(
    world: World,
    inputs: Sequence[Ingested],
    question: Question,
    *,
    rates: Rates | None = None,
    valuation_date: date | None = None,
    constituents: Mapping[str, Ingested] | None = None,
    parties: Mapping[str, Party] | None = None,
    arguments: Mapping[str, Any] | None = None,
) -> Analysis:
    """Answer what is held, what may be done with it, and by when.

    Parameters
    ----------
    rates
        Exchange rates; the ECB history alone when not given.
    valuation_date
        Day of rates for files that carry no date; the as-of date when not given.
    constituents
        What funds hold, by the ticker, ISIN or name of the fund.
    parties
        Who stands behind each portfolio; `*` for those not named.
    arguments
        What the user asked, for the manifest.
    """
    inputs = told_apart(inputs)
    holdings = stack([item.frame for item in inputs])
    resolution = world.resolver.resolve(holdings)
    others = resolve_counterparties(holdings, world.resolver)
    lists = world.coverage(question.as_of)
    funds = {key: item.frame for key, item in (constituents or {}).items()}
    screening = Screening(
        world.under(question),
        world.securities,
        world.names,
        lists,
        rates or Rates.load(),
        look_through(funds, world.resolver) if funds else NO_FUNDS,
    )
    read = [f for item in inputs for f in item.findings]
    findings = [*world.lists.findings, *read, *resolution.findings, *others.findings]
    return assess(
        holdings,
        resolution.codes,
        resolution.matches,
        screening,
        question,
        [_note(item) for item in inputs],
        findings,
        {
            **manifest(world, question, lists, arguments or {}),
            "constituents": {key: item.sha256 for key, item in (constituents or {}).items()},
        },
        valuation_date,
        parties,
        others,
    )


def _note(item: Ingested) -> InputNote:
    return InputNote(
        item.path,
        item.sha256,
        item.layout,
        item.mapping,
        item.rows_read,
        item.rows_holding,
        item.rows_skipped,
        item.rows_rejected,
        item.date,
        item.stated_total,
        item.skipped,
        item.rejected,
    )


# -- what if ---------------------------------------------------------------------------------


def default_prices(*first: PriceProvider) -> PriceBook:
    """Return the chain of prices: what the user gave, then the bundled snapshot."""
    return PriceBook((*first, SnapshotPrices()))


def run_scenario(
    world: World,
    inputs: Sequence[Ingested],
    scenario: "Scenario",
    question: Question,
    *,
    prices: PriceBook | None = None,
    **options: Any,
) -> "ScenarioResult":
    """Run one scenario on holdings; see `run_scenarios`."""
    return run_scenarios(world, inputs, (scenario,), question, prices=prices, **options)[0]


def run_scenarios(
    world: World,
    inputs: Sequence[Ingested],
    scenarios: "Iterable[Scenario]",
    question: Question,
    *,
    prices: PriceBook | None = None,
    **options: Any,
) -> "list[ScenarioResult]":
    """Run scenarios on holdings; those under one law on one day share one analysis.

    Parameters
    ----------
    question
        A scenario's own as-of, reading and rulings win over it.
    prices
        Where volume and volatility come from; the bundled snapshot when not given.
    options
        As for `analyze`: rates, valuation_date, constituents, parties, arguments.
    """
    # Scenarios bring in the solvers; a command that only analyses does without them.
    from analyzer.scenarios.run import run as run_law_scenario

    chain = prices or default_prices()
    made: dict[str, tuple[Analysis, Law]] = {}
    results = []
    for scenario in scenarios:
        if scenario.law_key not in made:
            made[scenario.law_key] = _analyze_under(world, inputs, scenario, question, options)
        results.append(run_law_scenario(*made[scenario.law_key], scenario, chain))
    return results


def _analyze_under(
    world: World,
    inputs: Sequence[Ingested],
    scenario: "Scenario",
    question: Question,
    options: Mapping[str, Any],
) -> tuple[Analysis, Law]:
    from analyzer.scenarios.run import law_under

    law = law_under(world.law, scenario)
    as_of = AsOf.of(scenario.as_of) if scenario.as_of else question.as_of
    asked = replace(question, as_of=as_of, without_rulings=False, reading="")
    if question.without_rulings and not scenario.without_rulings:
        law = law.without_rulings()
    if question.reading and not scenario.reading:
        law = law.reading(question.reading)
    invented = {i.id: (i.name, i.isins, i.lei) for i in scenario.issuers}
    supposed = {t for event in scenario.events for t in event.targets}
    there = with_supposed(replace(world, law=law), invented, supposed, scenario.where)
    return analyze(there, inputs, asked, **options), law


# -- single names ----------------------------------------------------------------------------


def ask(
    world: World,
    query: str,
    question: Question,
    *,
    acts: tuple[str, ...] = ("buy", "hold", "sell"),
    instrument: str = "equity",
    facts: Mapping[str, str] | None = None,
) -> Answer:
    """Answer for one name, identifier or entity id.

    Raises
    ------
    QueryError
        For a word outside the vocabulary or a fact that cannot be read.
    """
    law = world.under(question)
    key_facts = read_facts(law, facts or {})
    law.check_words(Key.of("", instrument, key_facts), question.holder, acts)
    lists = world.coverage(question.as_of)
    if not query.strip():
        raise QueryError("an empty name: give a name, an identifier or the id of an entity")
    found = world.resolver.look_up(query)
    if not found:
        left = not_screened(law, lists, (question.holder,), question.as_of)
        words = (nothing_found(lists), left) if left else (nothing_found(lists),)
        verdict = Verdict(Outcome.PERMITTED, conditions=words)
        return Answer(query, question, acts, dict.fromkeys(acts, verdict), lists=lists)
    one = certain(found)
    if one is None:
        verdict = Verdict(Outcome.REVIEW, basis="identity", needs=("which entity is meant",))
        return Answer(
            query, question, acts, dict.fromkeys(acts, verdict), candidates=found, lists=lists
        )
    key = Key.of(one.entity_id, instrument, key_facts)
    judgement = law.judge(key, question.holder, question.as_of, acts)
    verdicts = {act: judgement.verdicts[act] for act in acts}
    return Answer(query, question, acts, verdicts, one, judgement, lists=lists)


def key_of(
    world: World,
    query: str,
    instrument: str = "equity",
    facts: Mapping[str, str] | None = None,
) -> tuple[Candidate, Key]:
    """Return the one entity a query means, with the key to ask the law.

    Raises
    ------
    QueryError
        When the query finds nothing, or several entities, or a fact cannot be read.
    """
    found = world.resolver.look_up(query)
    if not found:
        raise QueryError(f"{query!r} finds no entity on the lists known")
    one = certain(found)
    if one is None:
        names = "; ".join(f"{c.entity} ({c.entity_id})" for c in found[:8])
        raise QueryError(f"{query!r} may mean: {names}; name one by its id")
    key_facts = read_facts(world.law, facts or {})
    return one, Key.of(one.entity_id, instrument, key_facts)


def read_facts(law: Law, facts: Mapping[str, str]) -> dict[str, Any]:
    """Read facts a user states as text into what rules compare.

    Raises
    ------
    QueryError
        For a fact outside the vocabulary.
    """
    kinds = law.vocabulary.facts
    unknown = sorted(set(facts) - set(kinds))
    if unknown:
        raise QueryError(f"unknown fact {', '.join(unknown)}; known: {', '.join(kinds)}")
    return {name: stated_fact(name, kinds[name], text) for name, text in facts.items()}


def timeline_of(
    world: World,
    query: str,
    question: Question,
    known: datetime,
    acts: tuple[str, ...] = ("buy", "hold", "sell"),
    instrument: str = "equity",
) -> tuple[Candidate, tuple[Interval, ...]]:
    """Return the answers over all time for one name.

    Raises
    ------
    QueryError
        When the query finds nothing, or several entities.
    """
    found, key = key_of(world, query, instrument)
    return found, timeline(world.under(question), key, question.holder, known, acts)


__all__ = [
    "DISTRIBUTION",
    "World",
    "analyze",
    "ask",
    "constituent_files",
    "default_prices",
    "judgement_json",
    "key_of",
    "load_world",
    "manifest",
    "read_constituents",
    "read_facts",
    "read_inputs",
    "run_scenario",
    "run_scenarios",
    "timeline_of",
    "tool_version",
]
