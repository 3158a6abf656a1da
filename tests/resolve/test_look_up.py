"""What a typed name or identifier means."""

import pytest

from analyzer.resolve import Resolver, load_identity


@pytest.fixture(scope="module")
def resolver() -> Resolver:
    return Resolver(load_identity())


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        ("xiaomi", "xiaomi"),
        ("Xiaomi Corporation", "xiaomi"),
        ("KYG9830T1067", "xiaomi"),
        ("kyg9830t1067", "xiaomi"),
        ("1810 HK", "xiaomi"),
        ("1810.HK", "xiaomi"),
        ("1810 HK Equity", "xiaomi"),
        ("002415.SZ", "hikvision"),
        ("601186.SS", "crcc"),
        ("0941.HK", "china-mobile-limited"),
        ("941 HK", "china-mobile-limited"),
        ("China Mobile Limited", "china-mobile-limited"),
        ("Semiconductor Manufacturing International Corporation", "smic"),
    ],
)
def test_one_candidate_means_unambiguous(resolver, text, entity):
    found = resolver.look_up(text)
    assert [c.entity_id for c in found] == [entity]
    assert found[0].evidence


@pytest.mark.parametrize("text", ["1810", "", "   ", "1810 AB", "Zzyzx Quarry", "KYG9830T1068"])
def test_nothing_known_means_no_candidate(resolver, text):
    assert resolver.look_up(text) == ()


def test_a_name_of_a_family_brings_the_family(resolver):
    found = {c.entity_id for c in resolver.look_up("China Telecom")}
    assert {"china-telecom-corporation-limited", "china-telecom-group"} <= found


def test_a_misspelling_still_finds_its_entity(resolver):
    assert resolver.look_up("Hangzou Hikvision Digital Technology")[0].entity_id == "hikvision"


def test_a_misspelt_brand_alone_is_found(resolver):
    assert resolver.look_up("Hikvison Digital")[0].entity_id == "hikvision"
