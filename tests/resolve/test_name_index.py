"""Searching many names: ranking, batches, order, and names nobody would print."""

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.core.entities import Entity, EntityName, NameKind
from analyzer.resolve import NameIndex, Resolver, load_identity, score

IDENTITY = load_identity()
INDEX = NameIndex(IDENTITY.entities.values())
RESOLVER = Resolver(IDENTITY)
ANY_TEXT = st.text(max_size=60) | st.sampled_from(
    [
        "XIAOMI CORP",
        "CHINA MOBILE LTD",
        "ПАО Газпром",
        "中国移动有限公司",
        "شركة الاتصالات",
        "-H",
        "...",
    ]
)


def top(frame: pd.DataFrame, query: int) -> str:
    return frame[(frame["query"] == query) & (frame["rank"] == 1)]["entity"].item()


def test_an_entity_ranks_first_for_its_own_official_name():
    entities = list(IDENTITY.entities.values())
    found = INDEX.search([e.name for e in entities])
    best = found.groupby("query")["score"].max()
    for at, entity in enumerate(entities):
        mine = found[(found["query"] == at) & (found["entity"] == entity.id)]["score"]
        assert not mine.empty, entity
        assert mine.item() == best[at], entity


@pytest.mark.parametrize(
    ("name", "entity"),
    [
        ("XIAOMI CORP-CLASS B", "xiaomi"),
        ("HANGZHOU HIKVISION DIGITAL-A", "hikvision"),
        ("HIKVISION-A", "hikvision"),
        ("CHINA RAILWAY CONSTRUCTION-H", "crcc"),
        ("CHINA RAILWAY GROUP LTD H", "china-railway-group"),
        ("SEMICONDUCTOR MANUFACTURING INTERN", "smic"),
        ("DAWNING INFORMATION INDUST-A", "dawning"),
    ],
)
def test_the_right_entity_ranks_first(name, entity):
    if entity not in IDENTITY.entities:
        entity = next(k for k in IDENTITY.entities if k.startswith(entity))
    assert INDEX.find(name)[0].entity == entity


def test_the_batch_does_not_change_the_answer():
    names = [e.name for e in IDENTITY.entities.values()] + ["XIAOMI", "", "CHINA", "???"]
    together = INDEX.search(names)
    for at, name in enumerate(names):
        rows = together[together["query"] == at]
        alone = INDEX.find(name)
        assert rows["entity"].tolist() == [c.entity for c in alone]
        assert np.allclose(rows["score"], [c.score for c in alone])


def test_processes_change_nothing():
    names = [f"{e.name} {i}" for i in range(60) for e in IDENTITY.entities.values()]
    pd.testing.assert_frame_equal(INDEX.search(names), INDEX.search(names, workers=2))


def test_the_order_of_entities_changes_nothing():
    turned = NameIndex(reversed(list(IDENTITY.entities.values())))
    names = [e.name for e in IDENTITY.entities.values()]
    one, other = INDEX.search(names), turned.search(names)
    best = one[one["rank"] == 1].merge(other[other["rank"] == 1], on="query")
    assert np.allclose(best["score_x"], best["score_y"])
    assert (best["entity_x"] == best["entity_y"]).all()


def test_no_names_and_no_entities():
    assert INDEX.search([]).empty
    assert NameIndex([]).search(["XIAOMI"]).empty
    assert list(INDEX.search([]).columns) == ["query", "rank", "entity", "name", "kind", "score"]


@given(st.lists(ANY_TEXT, max_size=6))
@settings(max_examples=150, deadline=None)
def test_any_names_are_searched_alike_in_any_order(names):
    straight = INDEX.search(names)
    turned = INDEX.search(names[::-1])
    for at in range(len(names)):
        one = straight[straight["query"] == at]
        other = turned[turned["query"] == len(names) - 1 - at]
        assert one["entity"].tolist() == other["entity"].tolist()
        assert one["score"].between(0, 1).all()


@given(ANY_TEXT, ANY_TEXT)
@settings(max_examples=300, deadline=None)
def test_any_two_names_have_a_score(one, other):
    value = score(one, other)
    assert 0 <= value <= 1
    assert value == score(one, other)


@given(ANY_TEXT, ANY_TEXT, ANY_TEXT)
@settings(max_examples=100, deadline=None)
def test_any_line_is_resolved(name, isin, ticker):
    frame = pd.DataFrame({"name": [name, "XIAOMI CORP"], "isin": [isin, ""], "ticker": ticker})
    resolution = RESOLVER.resolve(frame)
    turned = RESOLVER.resolve(frame[::-1].reset_index(drop=True))
    found = [resolution.matches[c] for c in resolution.codes]
    again = [turned.matches[c] for c in turned.codes]
    assert found == again[::-1]


@pytest.mark.parametrize(
    "name",
    [
        "A" * 10_000,
        "CHINA " * 2_000,
        "(" * 10_000,
        "中" * 10_000,
        "a.b." * 2_500,
        "1,000.00% " * 1_000,
        "LTD " * 2_500,
        "-" * 10_000,
        "\u202e\u0645" * 5_000,
        "e\u0301" * 5_000,
        "\U0001f680 " * 3_000,
    ],
)
def test_enormous_names_take_no_time(name):
    start = time.process_time()
    assert 0 <= score(name, name[::-1]) <= 1
    INDEX.find(name)
    RESOLVER.look_up(name)
    assert time.process_time() - start < 1.0


def test_equal_spellings_of_one_entity_are_one_candidate():
    twice = Entity(
        "acme",
        "Acme Rockets Ltd",
        names=(
            EntityName("Acme Rockets Ltd", NameKind.PRIMARY),
            EntityName("ACME ROCKETS LIMITED", NameKind.ALIAS),
        ),
    )
    found = NameIndex([twice]).find("Acme Rockets Limited")
    assert [(c.entity, c.score) for c in found] == [("acme", 1.0)]


def test_a_short_name_in_signs_does_not_hide_a_cut_one():
    short = Entity("short", "Spaceworks Ltd", names=(EntityName("中国卫星", NameKind.ALIAS),))
    whole = Entity("whole", "China Satellite Communications Co., Ltd.")
    others = [Entity(f"e{at}", f"China Bank {at} Ltd") for at in range(20)]
    index = NameIndex([short, whole, *others])
    assert index.find("CHINA SATELLITE COMMUNICAT-A")[0].entity == "whole"
    assert index.find("中國衛星")[0].entity == "short"
