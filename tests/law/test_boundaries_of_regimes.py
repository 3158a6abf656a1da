"""Answers at the edges of each regime, by the texts: an instant, a holder, a fact."""

import itertools
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from analyzer.core.asof import AsOf, parse_instant
from analyzer.core.entities import Relation, RelationKind
from analyzer.core.events import EventKind, LegalEvent
from analyzer.core.verdict import Judgement, Key
from analyzer.law import Law, fact_value
from tests.law_world import build_law

LAW = build_law()

Facts = dict[str, str]


def judge(
    entity: str,
    act: str,
    on: str,
    *,
    known: str | None = None,
    holder: str = "us-person",
    instrument: str = "equity",
    facts: Facts | None = None,
    law: Law = LAW,
) -> Judgement:
    kinds = law.vocabulary.facts
    given = {k: fact_value(kinds.get(k, "text"), v) for k, v in (facts or {}).items()}
    key = Key.of(entity, instrument, given)
    return law.judge(key, holder, AsOf.of(on, known), (act,))


@pytest.mark.parametrize("known", [None, "2021-06-30"])
@pytest.mark.parametrize("entity", ["smic", "crrc"])
def test_the_day_of_eo_14032_answers_with_its_morning(entity: str, known: str | None) -> None:
    """A purchase before the order was public was prohibited when made (31 CFR 586.402)."""
    day = judge(entity, "buy", "2021-06-03", known=known)
    assert day.verdicts["buy"].outcome == "prohibited"
    change = next(c for c in day.changes if c.act == "buy")
    assert change.at == parse_instant("2021-06-03T14:19")
    assert (change.before, change.after) == ("prohibited", "permitted")
    for minute, outcome in (("14:18", "prohibited"), ("14:19", "permitted")):
        at = judge(entity, "buy", f"2021-06-03T{minute}", known=known)
        assert at.verdicts["buy"].outcome == outcome


def test_the_evening_of_eo_13974() -> None:
    day = judge("china-spacesat", "sell_other", "2021-01-13")
    assert day.verdicts["sell_other"].outcome == "prohibited"
    assert [c.after for c in day.changes if c.act == "sell_other"] == ["prohibited"]
    noon = judge("china-spacesat", "sell_other", "2021-01-13T12:00", known="2021-02-01")
    assert noon.verdicts["sell_other"].outcome == "permitted"
    night = judge("china-spacesat", "sell_other", "2021-01-13T20:00", known="2021-02-01")
    assert night.verdicts["sell_other"].outcome == "prohibited"


RU = {"issuer_country": "RU"}
BOND = {"instrument": "bond"}


@pytest.mark.parametrize(
    ("entity", "act", "on", "more", "outcome"),
    [
        # EO 13959: close names before OFAC spoke to NYSE; advisers and settlement.
        ("china-mobile-limited", "buy", "2021-01-12", {"known": "2021-01-02"}, "review"),
        ("china-mobile-limited", "sell_other", "2021-01-20", {"instrument": "adr"}, "review"),
        ("china-mobile-limited", "sell_other", "2021-01-20", {"known": "2021-01-28"}, "permitted"),
        ("cnooc-limited", "sell_other", "2021-02-02", {"known": "2021-01-25"}, "review"),
        ("lukoil", "sell", "2025-11-01", {"facts": {"counterparty": "us-person"}}, "prohibited"),
        ("smic", "buy", "2022-07-01", {"holder": "us-adviser-to-non-us-fund"}, "permitted"),
        ("smic", "settle", "2022-06-06", {"facts": {"trade_placed": "2022-06-02"}}, "permitted"),
        ("smic", "settle", "2022-06-06", {"facts": {"trade_placed": "2022-06-03"}}, "review"),
        # A US citizen stays one in the service of a foreign firm, but for EO 14032.
        ("lukoil", "buy", "2025-12-01", {"holder": "non-us-employer"}, "review"),
        ("x-ru", "buy", "2023-06-01", {"holder": "non-us-employer", "facts": RU}, "review"),
        ("smic", "buy", "2022-07-01", {"holder": "non-us-employer"}, "permitted"),
        # A licence for trades placed, or contracts made, before an hour needs that hour.
        ("sovcombank", "settle", "2022-03-01", {}, "review"),
        ("sovcombank", "settle", "2022-03-01", {"facts": {"trade_placed": "2022-02-24"}}, "review"),
        ("sovcombank", "settle", "2022-03-01", {"facts": {"trade_placed": "2022-02-24T16:00"}},
         "prohibited"),
        ("vtb", "sell", "2022-03-01", {"instrument": "option"}, "review"),
        # EO 14071: what was not read is no permission.
        ("x-ru", "convert_dr", "2022-04-20", {"known": "2022-04-20", "instrument": "adr",
         "facts": RU}, "review"),
        ("x-ru", "buy", "2023-06-01", {"instrument": "otc-swap", "facts": RU}, "review"),
        ("x-de", "buy", "2022-07-01", {"facts": {"revenue_from_rf_investments": "0.45"}}, "review"),
        ("x-de", "buy", "2023-01-17", {"facts": {"revenue_from_rf_investments": "0.45"}},
         "permitted"),
        # Russian sovereign debt before, between and beside Directives 1 and 1A.
        ("russia-minfin", "buy", "2020-03-05", {**BOND, "holder": "us-financial-institution"},
         "review"),
        ("russia-minfin", "sell", "2022-03-05", {**BOND, "holder": "us-financial-institution",
         "facts": {"issued": "2022-02-02"}}, "permitted"),
        ("russia-minfin", "buy", "2022-03-05", {**BOND, "facts": {"market": "primary"}},
         "prohibited"),
        ("russia-minfin", "make_funds_available", "2022-03-01", {"instrument": "property"},
         "prohibited"),
        # Venezuela: 90 days for PdVSA, 30 for the rest; earlier bonds only if a licence names them.
        ("pdvsa", "buy", "2024-01-10", {**BOND, "facts": {"issued": "2024-01-05",
         "tenor_days": "90"}}, "permitted"),
        ("venezuela", "buy", "2024-01-10", {**BOND, "facts": {"issued": "2024-01-05",
         "tenor_days": "31"}}, "prohibited"),
        ("venezuela", "buy", "2018-01-10", {**BOND, "facts": {"issued": "2010-01-05",
         "annex_bond": "false"}}, "prohibited"),
        # United Kingdom: what Schedule 2 and the freeze list name was not read.
        ("x-ru", "buy", "2022-05-01", {"holder": "uk-person", "facts": {**RU,
         "issued": "2021-03-02"}}, "review"),
        ("x-ru", "buy", "2022-08-01", {"holder": "uk-person", "facts": {**RU,
         "issued": "2010-03-02"}}, "review"),
        ("x-ru", "buy", "2022-05-01", {"holder": "uk-person", "facts": {**RU,
         "issued": "2010-03-02"}}, "permitted"),
        ("abramovich", "hold", "2022-05-01", {"holder": "uk-person", "instrument": "property"},
         "unknown"),
        ("sberbank", "hold", "2023-05-01", {"holder": "eu-person", "instrument": "property"},
         "unknown"),
        # Licences of autumn 2018, and a bill in Missouri.
        ("rusal", "sell", "2018-11-20", {}, "review"),
        ("rusal", "sell", "2018-11-20", {"facts": {"counterparty": "us-person"}}, "prohibited"),
        ("tencent", "buy", "2025-10-01", {"holder": "missouri-retirement-system",
         "facts": {"issuer_country": "CN"}}, "unknown"),
    ],
)  # fmt: skip
def test_edge(entity: str, act: str, on: str, more: dict[str, object], outcome: str) -> None:
    found = judge(entity, act, on, **more).verdicts[act]  # type: ignore[arg-type]
    assert found.outcome == outcome, found


def listing(list_id: str, entity: str, day: str, *, undated: bool) -> LegalEvent:
    at = parse_instant(day)
    return LegalEvent(
        f"{list_id}/{entity}/{day}",
        EventKind.DESIGNATE,
        at,
        at,
        list_id=list_id,
        targets=(entity,),
        params={"undated": True} if undated else {},
    )


def with_events(events: Iterable[LegalEvent], *relations: Relation) -> Law:
    return LAW.assuming(events, relations)


def test_a_list_without_dates_moves_no_earlier_listing() -> None:
    law = with_events([listing("US-OFAC-SSI-D1", "vtb", "2016-01-05", undated=True)])
    facts = {"issued": "2015-05-05", "tenor_days": "365"}
    found = judge("vtb", "buy", "2018-06-01", instrument="bond", facts=facts, law=law)
    assert found.verdicts["buy"].outcome == "prohibited"
    assert "US-OFAC-SSI-D1/vtb/2014-07-29" in found.verdicts["buy"].because


def test_an_import_without_dates_ends_no_injunction() -> None:
    law = with_events([listing("US-DOD-1237", "xiaomi", "2021-04-01", undated=True)])
    assert judge("xiaomi", "buy", "2021-04-05", law=law).status == "suspended"


def test_where_the_only_day_is_that_of_an_edition_nothing_is_counted_from_it() -> None:
    law = with_events([listing("US-OFAC-SSI-D1", "x", "2020-01-05", undated=True)])
    facts = {"issued": "2015-05-05", "tenor_days": "365"}
    found = judge("x", "buy", "2021-06-01", instrument="bond", facts=facts, law=law)
    assert found.verdicts["buy"].outcome == "review"
    assert "the day the name was listed: the list gives none" in found.verdicts["buy"].needs
    assert judge("x", "buy", "2019-06-01", law=law).verdicts["buy"].outcome == "unknown"


def test_a_dated_listing_after_a_sight_without_date_counts_nothing_either() -> None:
    sights = [
        listing("US-OFAC-SSI-D1", "x", "2018-01-05", undated=True),
        listing("US-OFAC-SSI-D1", "x", "2020-01-05", undated=False),
    ]
    facts = {"issued": "2019-05-05", "tenor_days": "365"}
    law = with_events(sights)
    found = judge("x", "buy", "2021-06-01", instrument="bond", facts=facts, law=law)
    assert found.verdicts["buy"].outcome == "review"


def test_before_an_edition_without_dates_what_its_names_own_is_unknown_too() -> None:
    owned = Relation("x-owned", RelationKind.OWNED, "x-owner", fraction=0.5)
    law = with_events([listing("US-OFAC-SDN", "x-owner", "2026-05-01", undated=True)], owned)
    assert judge("x-owned", "buy", "2026-05-02", law=law).verdicts["buy"].outcome == "prohibited"
    assert judge("x-owned", "buy", "2025-05-02", law=law).verdicts["buy"].outcome == "unknown"
    minor = replace(owned, fraction=0.1)
    law = with_events([listing("US-OFAC-SDN", "x-owner", "2026-05-01", undated=True)], minor)
    assert judge("x-owned", "buy", "2025-05-02", law=law).verdicts["buy"].outcome == "permitted"


def test_between_a_removal_and_a_new_sight_without_date_the_answer_is_unknown() -> None:
    law = with_events([listing("US-OFAC-SDN", "rusal", "2026-05-01", undated=True)])
    assert judge("rusal", "buy", "2020-05-04", law=law).verdicts["buy"].outcome == "unknown"
    assert judge("rusal", "buy", "2018-06-04", law=law).verdicts["buy"].outcome == "prohibited"


def test_a_listing_given_twice_under_one_id_keeps_its_first_source() -> None:
    again = listing("US-OFAC-SSI-D1", "sberbank", "2014-09-12", undated=False)
    law = with_events([again])
    found = judge("sberbank", "buy", "2019-03-01", facts={"issued": "2016-01-04"}, law=law)
    assert law.record.by_id[again.id].cites == ("ssi-2014-09-12",)
    assert found.verdicts["buy"] == judge(
        "sberbank", "buy", "2019-03-01", facts={"issued": "2016-01-04"}
    ).verdicts["buy"]  # fmt: skip


def test_a_regime_that_had_not_begun_released_nobody() -> None:
    found = judge("russia-minfin", "hold", "2021-07-01", instrument="bond")
    assert found.status == "watch"


def test_what_a_venue_does_says_that_it_is_not_the_law() -> None:
    found = judge("lukoil", "trade_on_venue", "2025-12-01").verdicts["trade_on_venue"]
    assert any("whether a trade is lawful" in words for words in found.conditions)


@pytest.mark.parametrize("holder", ["us-person", "uk-person"])
def test_between_two_edges_nothing_changes(holder: str) -> None:
    """What is remembered of a segment is what a law that remembers nothing answers within it."""
    known = LAW.newest_known
    compared = 0
    for entity in sorted(LAW.record.lists_of)[::6]:
        remembering, fresh = LAW.assuming(()), LAW.assuming(())
        case = remembering.case(Key(entity), holder)
        edges = remembering.edges(case, known)
        other = fresh.case(Key(entity), holder)
        for before, after in itertools.pairwise(edges):
            remembering.at(case, before, known)
            middle = before + (after - before) / 2
            assert remembering.at(case, middle, known) == fresh.at(other, middle, known), entity
            compared += 1
    assert compared > 300


def test_beyond_the_lists_a_name_no_regime_reaches_is_stale_too() -> None:
    last = LAW.horizons["US-OFAC-NS-CMIC"][1]
    within, beyond = (f"{last + timedelta(days=n):%Y-%m-%d}" for n in (0, 1))
    assert not judge("tencent", "buy", within).verdicts["buy"].stale
    late = judge("tencent", "buy", beyond).verdicts["buy"]
    assert (late.outcome, late.stale) == ("permitted", True)
    assert not judge("tencent", "buy", beyond, holder="non-us-person").verdicts["buy"].stale
