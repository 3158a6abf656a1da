"""A user's own lists, adopted policies, state mandates, and who is bound by what."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from analyzer.core.asof import NEW_YORK, AsOf
from analyzer.core.events import EventKind, LegalEvent
from analyzer.core.verdict import Key, Outcome, Status
from analyzer.law import Law
from tests.law_world import build_law


def restricted(**params: object) -> LegalEvent:
    day = datetime(2024, 1, 10, tzinfo=NEW_YORK)
    return LegalEvent(
        "own/acme",
        EventKind.DESIGNATE,
        day,
        day,
        list_id="own",
        targets=("acme",),
        text="restricted",
        params={"list_kind": "custom", **params},
    )


def ask(law: Law, act: str, day: str, holder: str = "us-person") -> tuple[Outcome, str]:
    verdict = law.verdict(Key("acme"), act, holder, AsOf.of(day))
    return verdict.outcome, verdict.basis


def test_own_list_is_policy_not_law() -> None:
    law = build_law().assuming([restricted(reason="house view")])
    assert ask(law, "buy", "2024-01-09") == (Outcome.PERMITTED, "none")
    assert ask(law, "buy", "2024-01-10") == (Outcome.PROHIBITED, "policy")
    verdict = law.verdict(Key("acme"), "buy", "us-person", AsOf.of("2024-02-01"))
    assert "house view" in verdict.conditions


def test_own_list_binds_everybody_and_never_goes_stale() -> None:
    law = build_law().assuming([restricted()])
    for holder in ("us-person", "eu-person", "non-us-employer", "nbim-policy"):
        verdict = law.verdict(Key("acme"), "buy", holder, AsOf.of("2029-01-01"))
        assert (verdict.outcome, verdict.stale) == (Outcome.PROHIBITED, False)


def test_own_list_names_its_acts_and_its_end() -> None:
    end = datetime(2024, 6, 1, tzinfo=NEW_YORK)
    law = build_law().assuming([restricted(acts=["buy"], until=end)])
    assert ask(law, "buy", "2024-05-31")[0] is Outcome.PROHIBITED
    assert ask(law, "sell", "2024-05-31")[0] is Outcome.PERMITTED
    assert ask(law, "buy", "2024-06-01")[0] is Outcome.PERMITTED
    assert end in law.boundaries("acme", law.newest_known)


def test_entries_with_other_acts_stand_side_by_side() -> None:
    first = restricted(acts=["buy"])
    second = LegalEvent(
        "own/acme/2",
        EventKind.DESIGNATE,
        datetime(2024, 3, 1, tzinfo=NEW_YORK),
        datetime(2024, 3, 1, tzinfo=NEW_YORK),
        list_id="own",
        targets=("acme",),
        params={"list_kind": "policy", "acts": ["sell"]},
    )
    law = build_law().assuming([first, second])
    assert ask(law, "sell", "2024-02-01")[0] is Outcome.PERMITTED
    assert ask(law, "sell", "2024-03-01")[0] is Outcome.PROHIBITED
    assert ask(law, "buy", "2024-03-01")[0] is Outcome.PROHIBITED


@pytest.mark.parametrize("holder", ["us-person", "florida-sba", "eu-person"])
def test_a_mandate_binds_only_its_own_fund(holder: str) -> None:
    verdict = build_law().verdict(Key("intellifusion"), "buy", holder, AsOf.of("2024-01-15"))
    assert verdict.outcome is Outcome.PERMITTED


def test_a_mandate_is_added_to_what_binds_every_us_person() -> None:
    law = build_law()
    assert (
        law.verdict(Key("smic"), "buy", "texas-agency", AsOf.of("2022-07-01")).outcome
        is Outcome.PROHIBITED
    )


def test_trade_regimes_never_make_an_investment_unknown() -> None:
    law = build_law()
    for name in ("intellifusion", "huawei", "tencent"):
        for act in ("buy", "hold", "sell"):
            parts = dict(law.judge(Key(name), "us-person", AsOf.of("2026-11-23"), (act,)).by_regime)
            assert not {"US-BIS-EL", "US-BIS-MEU", "US-DOD-1260H"} & parts.keys()


def test_a_permission_before_the_verified_span_is_unknown() -> None:
    law = build_law()
    regime = law.regimes["US-EO13959"]
    late = replace(regime, verified_from=datetime(2021, 10, 1, tzinfo=NEW_YORK))
    law = replace(law, regimes={**law.regimes, regime.id: late})
    sale, purchase = (
        law.verdict(Key("smic"), act, "us-person", AsOf.of("2021-09-01")) for act in ("sell", "buy")
    )
    assert sale.outcome is Outcome.UNKNOWN
    assert "verified from 2021-10-01" in sale.needs[0]
    assert purchase.outcome is Outcome.PROHIBITED


def test_beyond_the_horizon_every_answer_says_so() -> None:
    law = build_law()
    now, later = (
        law.verdict(Key("smic"), "buy", "us-person", AsOf.of(day))
        for day in ("2025-06-02", "2027-06-01")
    )
    assert (now.stale, later.stale) == (False, True)


def test_licence_ends_are_deadlines() -> None:
    deadlines = build_law().deadlines("lukoil", "us-person", AsOf.of("2025-11-01"))
    assert [(d.kind, d.at.isoformat()) for d in deadlines] == [
        ("licence_ends", "2025-11-21T00:01:00-05:00")
    ]


def test_a_bare_day_of_knowledge_ends_with_its_last_instant() -> None:
    as_of = AsOf.of("2021-02-02", "2021-01-25")
    verdict = build_law().verdict(Key("cnooc-limited", "adr"), "buy", "us-person", as_of)
    assert verdict.outcome is Outcome.REVIEW
    assert as_of.known < datetime(2021, 1, 26, tzinfo=NEW_YORK)


def test_status_of_a_blocked_name() -> None:
    judged = build_law().judge(Key("lukoil"), "us-person", AsOf.of("2025-11-22"))
    assert judged.status is Status.BLOCKED
    assert judged.verdicts["hold"].report_due


def test_a_list_without_dates_says_nothing_of_the_time_before_it() -> None:
    day = datetime(2026, 3, 2, tzinfo=NEW_YORK)
    listing = LegalEvent(
        "imported",
        EventKind.DESIGNATE,
        day,
        day,
        list_id="US-OFAC-SDN",
        targets=("acme",),
        params={"undated": True},
    )
    law = build_law().assuming([listing])
    before = law.verdict(Key("acme"), "buy", "us-person", AsOf.of("2025-01-10", "2026-04-01"))
    assert before.outcome is Outcome.UNKNOWN
    assert "2026-03-02" in before.needs[0]
    assert ask(law, "buy", "2026-03-02")[0] is Outcome.PROHIBITED
    abroad = law.verdict(Key("acme"), "buy", "eu-person", AsOf.of("2025-01-10", "2026-04-01"))
    assert abroad.outcome is Outcome.PERMITTED


def test_nothing_is_counted_from_a_day_that_is_only_the_first_sight_of_a_name() -> None:
    day = datetime(2026, 3, 2, tzinfo=NEW_YORK)
    listing = LegalEvent(
        "imported",
        EventKind.DESIGNATE,
        day,
        day,
        list_id="US-OFAC-NS-CMIC",
        targets=("acme",),
        params={"undated": True},
    )
    law, as_of = build_law().assuming([listing]), AsOf.of("2026-03-10")
    judged = law.judge(Key("acme"), "us-person", as_of)
    assert judged.verdicts["buy"].outcome is Outcome.REVIEW
    assert "the day the name was listed" in judged.verdicts["buy"].needs[0]
    assert judged.verdicts["hold"].outcome is Outcome.PERMITTED
    assert judged.deadlines == ()


def test_a_list_without_rules_is_for_a_person_never_permitted() -> None:
    day = datetime(2026, 3, 2, tzinfo=NEW_YORK)
    listing = LegalEvent(
        "foreign", EventKind.DESIGNATE, day, day, list_id="XX-FREEZE", targets=("acme",)
    )
    law = build_law().assuming([listing])
    for holder in ("us-person", "eu-person"):
        judged = law.judge(Key("acme"), holder, AsOf.of("2026-03-02"))
        assert judged.status is Status.REVIEW
        assert "XX-FREEZE" in judged.verdicts["hold"].needs[0]
    before = law.judge(Key("acme"), "us-person", AsOf.of("2026-03-01", "2026-04-01"))
    assert before.status is Status.NO_MATCH


@pytest.mark.parametrize("given", [float("nan"), None])
def test_a_fact_that_is_not_a_number_is_not_stated(given: float | None) -> None:
    key = Key.of("lukoil", "etf", {"fund_share": given})
    verdict = build_law().verdict(key, "buy", "us-person", AsOf.of("2025-12-01"))
    assert (verdict.outcome, verdict.needs) == (Outcome.REVIEW, ("fund_share",))


@pytest.mark.parametrize("given", ["2018-05-01", date(2018, 5, 1), datetime(2018, 5, 1)])  # noqa: DTZ001
def test_a_date_is_a_date_however_it_is_given(given: object) -> None:
    key = Key.of("rosneft", "bond", {"issued": given, "tenor_days": 61})
    verdict = build_law().verdict(key, "buy", "us-person", AsOf.of("2018-06-01"))
    assert verdict.outcome is Outcome.PROHIBITED


def test_which_regimes_reach_a_name() -> None:
    law = build_law()
    day = AsOf.of("2025-12-01")
    assert "US-OFAC-SDN" in law.reaching(Key("lukoil"), "us-person", day)
    assert law.reaching(Key("lukoil"), "non-us-person", day) == frozenset()
    assert law.reaching(Key("xiaomi"), "us-person", AsOf.of("2021-03-16")) == {"US-EO13959"}


def test_a_list_that_says_less_speaks_only_where_no_other_does() -> None:
    day = datetime(2014, 9, 12, tzinfo=NEW_YORK)
    listings = [
        LegalEvent(f"ssi/{name}", EventKind.DESIGNATE, day, day, None, "US-OFAC-SSI", (name,))
        for name in ("sberbank", "acme")
    ]
    law = build_law().assuming(listings)
    facts = {"issued": datetime(2018, 3, 1, tzinfo=NEW_YORK), "tenor_days": 10.0}
    known, unsaid = (
        law.verdict(Key.of(name, "bond", facts), "buy", "us-person", AsOf.of("2018-06-01"))
        for name in ("sberbank", "acme")
    )
    assert known.outcome is Outcome.PERMITTED
    assert unsaid.outcome is Outcome.REVIEW
    assert "which directive" in unsaid.needs[0]


@pytest.mark.parametrize(
    ("name", "day", "words"),
    [
        ("smic", "2021-09-01", "may be held, not sold"),
        ("china-spacesat", "2021-02-15", "possession becomes prohibited"),
        ("china-spacesat", "2021-01-12", "purchases that divest end"),
    ],
)
def test_the_end_of_the_window_says_what_follows(name: str, day: str, words: str) -> None:
    deadlines = build_law().deadlines(name, "us-person", AsOf.of(day))
    closing = next(d for d in deadlines if d.kind == "window_closes")
    assert words in closing.text
