"""A word misspelled by one letter still finds its issuer, for a person to look at."""

import string

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance.DamerauLevenshtein import distance

from analyzer.core.entities import Entity
from analyzer.resolve import NameIndex, Resolver, load_identity
from analyzer.resolve.spelling import Spellings

MISSPELLED = [
    ("Xioami Corporation", "xiaomi"),
    ("XIAOMY CORP CLASS B", "xiaomi"),
    ("Hangzhou Hikvison Digital Technology", "hikvision"),
    ("Semiconducter Manufacturing International Corp", "smic"),
    ("Luokong Technology Corp", "luokung"),
    ("Hauwei Technologies Co Ltd", "huawei"),
]


@pytest.fixture(scope="module")
def resolver() -> Resolver:
    return Resolver(load_identity())


@pytest.mark.parametrize(("name", "entity"), MISSPELLED)
def test_a_misspelled_name_is_for_a_person(resolver: Resolver, name: str, entity: str) -> None:
    match = resolver.resolve(pd.DataFrame([{"name": name}])).matches[0]
    assert match is not None
    assert match.entity_id == entity
    assert not match.confirmed


def test_a_misspelling_of_another_country_is_another_company(resolver: Resolver) -> None:
    cells = {"name": "AISIN CORP", "mic": "XTKS", "country": "Japan"}
    assert resolver.resolve(pd.DataFrame([cells])).matches[0] is None
    cells = {"name": "AISINO CORP", "mic": "XSHG", "country": "China"}
    assert resolver.resolve(pd.DataFrame([cells])).matches[0] is not None


def test_a_misspelled_common_word_is_found_beside_the_others() -> None:
    index = NameIndex([Entity("bank", "Meridian Construction Bank Corporation")])
    assert index.find("Meridian Constrution Bank Corp")[0].score > 0.85


words = st.text(string.ascii_lowercase[:5], min_size=3, max_size=8)


@settings(max_examples=200, deadline=None)
@given(st.lists(words, max_size=30, unique=True), st.lists(words, max_size=10, unique=True))
def test_every_word_one_letter_away_is_found_and_no_other(
    listed: list[str], printed: list[str]
) -> None:
    found = Spellings(listed).find(printed)
    for word in printed:
        near = [
            code
            for code, other in enumerate(listed)
            if min(len(word), len(other)) >= 5
            and word[0] == other[0]
            and distance(word, other) == 1
        ]
        assert found.get(word, []) == near
