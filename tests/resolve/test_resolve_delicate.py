"""What must never be confirmed, dropped or confused."""

import pandas as pd
import pytest

from analyzer.core.entities import Entity, EntityName, NameKind, Relation, RelationKind, Security
from analyzer.core.matching import MatchKind
from analyzer.resolve import Identity, Resolver, load_identity


@pytest.fixture(scope="module")
def resolver() -> Resolver:
    identity = load_identity()
    unlisted = {"costar-group-inc", "sensetime-group-inc", "china-railway-group", "tsmc"}
    return Resolver(identity, set(identity.entities) - unlisted)


def resolve(resolver: Resolver, **cells: str):
    resolution = resolver.resolve(pd.DataFrame([cells]))
    return resolution.matches[resolution.codes[0]], resolution.findings


FAMILIES = [
    ("CHINA TELECOM CORP LTD H", {"china-telecom-corporation-limited", "china-telecom-group"}),
    ("SENSETIME GROUP INC-CLASS B", {"sensetime-group-limited", "sensetime-group-inc"}),
    ("COSTAR GROUP CO LTD-A", {"costar-group"}),
]


@pytest.mark.parametrize(("name", "family"), FAMILIES)
@pytest.mark.parametrize("country", ["China", "Hong Kong", ""])
def test_names_that_become_identical_are_never_confirmed_without_identifier(
    resolver, name, family, country
):
    match, _ = resolve(resolver, name=name, country=country)
    assert match is not None
    assert not match.confirmed
    assert family <= {c.entity_id for c in match.candidates}
    assert "identifier is needed" in match.evidence


def test_an_identifier_settles_the_family(resolver):
    match, _ = resolve(resolver, name="CHINA TELECOM CORP LTD H", isin="CNE1000002V2")
    assert match.entity_id == "china-telecom-corporation-limited"
    assert match.confirmed


def test_a_unique_exact_official_name_needs_a_place_that_fits(resolver):
    name = "HANGZHOU HIKVISION DIGITAL TECHNOLOGY CO., LTD."
    match, _ = resolve(resolver, name=name, country="China")
    assert match.kind is MatchKind.NAME
    assert match.confirmed
    assert not resolve(resolver, name=name)[0].confirmed
    match, _ = resolve(resolver, name=name, country="Brazil")
    assert not match.confirmed
    assert match.contradictions


@pytest.mark.parametrize(
    ("cells", "word"),
    [
        ({"isin": "SA132GSGS910"}, "ISIN"),
        ({"country": "Saudi Arabia"}, "country"),
        ({"mic": "XSAU"}, "board"),
    ],
)
def test_places_that_do_not_fit_are_shown_and_prevent_confirmation(resolver, cells, word):
    match, _ = resolve(resolver, name="XIAOMI CORPORATION", **cells)
    assert not match.confirmed
    assert any(word in text for text in match.contradictions)


@pytest.mark.parametrize("name", ["DAWNING", "HIKVISION", "XIAOMI TECHNOLOGY HOLDINGS", "SUGON"])
def test_all_distinctive_words_of_a_listed_name_are_at_least_review(resolver, name):
    match, _ = resolve(resolver, name=name, country="China")
    assert match is not None
    assert not match.confirmed


def test_an_alias_or_former_name_alone_is_review():
    entity = Entity(
        "acme",
        "Acme Rockets Ltd",
        "CN",
        names=(
            EntityName("Acme Rockets Ltd", NameKind.PRIMARY),
            EntityName("Zeta Motors Ltd", NameKind.FORMER),
            EntityName("Quux Works Ltd", NameKind.ALIAS),
        ),
    )
    resolver = Resolver(Identity({"acme": entity}, (), ()))
    former, _ = resolve(resolver, name="ZETA MOTORS LTD", country="China")
    assert (former.kind, former.confirmed) == (MatchKind.FORMER_NAME, False)
    alias, _ = resolve(resolver, name="QUUX WORKS LTD", country="China")
    assert (alias.kind, alias.confirmed) == (MatchKind.ALIAS, False)
    official, _ = resolve(resolver, name="ACME ROCKETS LTD", country="China")
    assert (official.kind, official.confirmed) == (MatchKind.NAME, True)
    fuzzy, _ = resolve(resolver, name="ACMEE ROCKETTS LTD", country="China")
    assert fuzzy is None or not fuzzy.confirmed


def test_a_fund_is_not_its_holding(resolver):
    match, _ = resolve(resolver, name="XIAOMI CORPORATION", country="China", instrument="etf")
    assert not match.confirmed


@pytest.mark.parametrize("instrument", ["option", "future", "warrant", "otc-swap"])
def test_a_derivative_belongs_to_the_issuer_of_its_underlying(resolver, instrument):
    match, _ = resolve(
        resolver, name="CALL 2021-06-18 25", underlying="XIAOMI CORP", instrument=instrument
    )
    assert match.entity_id == "xiaomi"
    match, _ = resolve(resolver, name="CALL XIAOMI CORP 2021-06-18 25", instrument=instrument)
    assert match.entity_id == "xiaomi"


def test_two_identifiers_of_two_issuers_go_to_review(resolver):
    match, findings = resolve(
        resolver, isin="KYG9830T1067", sedol="", cusip="", figi="", ticker="", name="XIAOMI CORP"
    )
    assert match.confirmed
    assert not findings
    frame = {"isin": "KYG9830T1067", "cusip": "056752108"}
    match, findings = resolve(resolver, **frame)
    assert not match.confirmed
    assert {c.entity_id for c in match.candidates} >= {"xiaomi", "baidu"}
    assert [f.code for f in findings] == ["W401"]


def test_a_cusip_finds_the_isin_that_holds_it(resolver):
    match, _ = resolve(resolver, cusip="056752108", name="BAIDU INC")
    assert (match.entity_id, match.kind, match.confirmed) == ("baidu", MatchKind.CUSIP, True)
    match, _ = resolve(resolver, cusip="05675210", name="BAIDU INC")
    assert match.entity_id == "baidu"


def test_a_code_that_fails_its_check_digit_proves_nothing(resolver):
    match, _ = resolve(resolver, isin="KYG9830T1068", name="PALM KERNEL OIL")
    assert match is None


def test_a_known_company_that_no_list_reaches_is_no_match(resolver):
    assert resolve(resolver, isin="TW0002330008", name="TAIWAN SEMICONDUCTOR")[0] is None
    assert resolve(resolver, isin="US22160N1090", name="COSTAR GROUP INC")[0] is None


def test_the_code_of_an_unlisted_company_does_not_clear_a_listed_name(resolver):
    match, findings = resolve(resolver, isin="TW0002330008", name="XIAOMI CORPORATION")
    assert (match.entity_id, match.kind, match.confirmed) == ("xiaomi", MatchKind.NAME, False)
    assert match.contradictions
    assert [f.code for f in findings] == ["W401"]
    assert {c.entity_id for c in match.candidates} == {"xiaomi", "tsmc"}


def test_a_ticker_that_the_name_denies_goes_to_review(resolver):
    match, _ = resolve(resolver, ticker="1810", mic="XHKG", name="SEERA GROUP HOLDING")
    assert not match.confirmed
    assert match.contradictions


def test_a_ticker_that_ended_goes_to_review():
    entity = Entity(
        "acme", "Acme Rockets Ltd", "CN", names=(EntityName("Acme Rockets Ltd", NameKind.PRIMARY),)
    )
    line = Security(
        "acme", "adr", ticker="ACM", mic="XNYS", until=pd.Timestamp("2021-01-11").date()
    )
    match, _ = resolve(Resolver(Identity({"acme": entity}, (line,), ())), ticker="ACM", mic="XNYS")
    assert not match.confirmed
    assert "2021-01-11" in match.contradictions[0]


def test_ownership_is_followed_upwards_to_a_listed_parent():
    names = {
        "top": "Top Group Co",
        "mid": "Middle Works Ltd",
        "low": "Lower Valley Ltd",
        "far": "Faraway Ltd",
    }
    entities = {
        key: Entity(key, name, "CN", names=(EntityName(name, NameKind.PRIMARY),))
        for key, name in names.items()
    }
    relations = (
        Relation("low", RelationKind.SUBSIDIARY, "mid", source="annual report"),
        Relation("mid", RelationKind.SUBSIDIARY, "top"),
    )
    lines = tuple(
        Security(key, "equity", isin=isin)
        for key, isin in {"low": "HK0941009539", "far": "HK0000049939"}.items()
    )
    resolver = Resolver(Identity(entities, lines, relations), {"top"})
    match, _ = resolve(resolver, isin="HK0941009539", name="LOWER VALLEY LTD")
    assert (match.entity_id, match.kind, match.confirmed) == ("low", MatchKind.AFFILIATE, True)
    assert "not listed" in match.evidence
    assert resolve(resolver, isin="HK0000049939", name="FARAWAY LTD")[0] is None


def test_every_match_states_its_evidence(resolver):
    for cells in (
        {"isin": "KYG9830T1067"},
        {"ticker": "1810", "mic": "XHKG"},
        {"name": "XIAOMI CORPORATION", "country": "China"},
        {"name": "HIKVISION"},
    ):
        match, _ = resolve(resolver, **cells)
        assert match.evidence.endswith(".")
        assert match.entity in match.evidence
        assert match.candidates[0].entity_id == match.entity_id
