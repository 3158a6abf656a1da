"""Names that say a listed name among other words, or in disguise, reach a person."""

import pandas as pd
import pytest

from analyzer.core.entities import NameKind
from analyzer.core.matching import MatchKind
from analyzer.resolve import Identity, Resolver, load_identity, score
from analyzer.resolve.disguise import disguise, uncover
from analyzer.resolve.names import fold, parse

UNLISTED = {"costar-group-inc", "china-railway-group", "tsmc"}
TAILS = (
    "{} Notes",
    "{} NOTES 2027",
    "{} SR UNSEC NTS DUE 15JUN2030",
    "{} GTD SUB BDS",
    "{} 4.25% 2030",
    "{} PERP",
    "{} Quux",
    "Quux {}",
    "{} Finance 2013",
)


@pytest.fixture(scope="module")
def identity() -> Identity:
    return load_identity()


@pytest.fixture(scope="module")
def resolver(identity) -> Resolver:
    return Resolver(identity, set(identity.entities) - UNLISTED)


def resolve(resolver: Resolver, **cells: str):
    resolution = resolver.resolve(pd.DataFrame([cells]))
    return resolution.matches[resolution.codes[0]]


@pytest.mark.parametrize("country", ["China", ""])
def test_no_listed_name_is_lost_among_other_words_nor_confirmed(identity, resolver, country):
    rows = [
        {"name": tail.format(name.text), "country": country}
        for entity in identity.entities.values()
        if entity.id not in UNLISTED
        for name in entity.names
        if name.kind is not NameKind.WEAK_ALIAS
        for tail in TAILS
    ]
    resolution = resolver.resolve(pd.DataFrame(rows))
    matches = [resolution.matches[code] for code in resolution.codes]
    assert len(rows) > 3000
    lost = [r["name"] for r, m in zip(rows, matches, strict=True) if m is None]
    assert lost == ["Quux EN+ Group plc"]  # two letters name nobody in the middle of a name
    assert [r["name"] for r, m in zip(rows, matches, strict=True) if m and m.confirmed] == []


@pytest.mark.parametrize(
    ("name", "entity"),
    [
        ("China Mobile Ltd Notes", "china-mobile-limited"),
        ("CHINA MOBILE LIMITED NOTES 2027", "china-mobile-limited"),
        ("China Telecom Corp Ltd Notes", "china-telecom-corporation-limited"),
        ("China Unicom Hong Kong 3.5% 2026", "china-unicom-hong-kong"),
        ("China Railway Construction Notes", "crcc"),
        ("CNOOC LTD SR NTS 3% 2030", "cnooc-limited"),
        ("HANGZHOU HIKVISION DIGITAL TECHNOLOGY CO., LTD. 3.5 06/15/27", "hikvision"),
        ("HANGZHOU HIKVISION DIGITAL TECHNOLOGY CO., LTD. NOTES", "hikvision"),
        ("HANGZHOU HIKVISION DIGITAL TECHNOLOGY CO., LTD. FRN", "hikvision"),
    ],
)
def test_the_words_of_a_bond_are_not_the_issuers(resolver, name, entity):
    match = resolve(resolver, name=name, country="China")
    assert match.entity_id == entity
    assert match.kind is not MatchKind.PARTIAL_NAME
    assert not match.confirmed


@pytest.mark.parametrize(
    ("name", "entity"),
    [("CHINA TEL CORP NTS", "china-telecom-corporation-limited"), ("CHINA RAIL CONS-H", "crcc")],
)
def test_common_words_cut_short_are_found(resolver, name, entity):
    match = resolve(resolver, name=name, country="China")
    assert entity in {c.entity_id for c in match.candidates}
    assert not match.confirmed


def test_bond_words_are_dropped_at_the_end_alone():
    assert parse("Senior Housing Notes Fund Ltd").core == ("senior", "housing", "note", "fund")
    assert parse("SUB-SEA BONDS").core == ("sub", "sea")
    assert parse("NOTES").core == ("note",)
    assert parse("GRUPO MEXICO SA DE CV").forms == parse("Grupo Mexico S.A. de C.V.").forms
    assert score("NINE DRAGONS PAPER", "Nine Dragons Paper (Holdings) Limited") >= 0.5


def test_other_words_with_a_common_name_need_a_reason_to_be_cleared(resolver):
    match = resolve(resolver, name="China Mobile Ltd Quux")
    assert match.kind is MatchKind.PARTIAL_NAME
    assert "china-mobile-limited" in {c.entity_id for c in match.candidates}
    # the board and the ISIN of another country's issuers are reasons
    assert resolve(resolver, name="China Railway Construction Quux", mic="XSAU") is None
    assert resolve(resolver, name="China Railway Construction Quux", isin="SA132GSGS910") is None
    # where a bond was issued is none, nor is a printed country
    assert resolve(
        resolver,
        name="China Railway Construction Quux",
        isin="US0378331005",
        instrument="bond",
        country="United States",
    )


def test_a_company_known_by_its_whole_name_is_not_the_one_it_holds(resolver):
    assert resolve(resolver, name="CHINA RAILWAY GROUP LTD", country="China") is None
    assert resolve(resolver, name="CoStar Group Inc", isin="US22160N1090") is None
    assert resolve(resolver, name="Taiwan Semiconductor Manufacturing Co", country="Taiwan") is None


@pytest.mark.parametrize(
    ("name", "entity", "why"),
    [
        ("\u0425iaomi Corporation", "xiaomi", "look like Latin"),
        ("Xia\u200bomi Corporation", "xiaomi", "do not show"),
        ("Xia\u00adomi Corporation", "xiaomi", "do not show"),
        ("Xia\u2066omi Corporation", "xiaomi", "do not show"),
        ("\u202eXiaomi Corporation", "xiaomi", "do not show"),
        ("\uff38\uff49\uff41\uff4f\uff4d\uff49 Corporation", "xiaomi", "full-width"),
        ("\u03a7iaomi Corporation", "xiaomi", "look like Latin"),
        ("\u0421NOOC Limited", "cnooc-limited", "look like Latin"),
        ("\u041d\u0406KVISION", "hikvision", "look like Latin"),
        ("HIKVISI\u041eN", "hikvision", "look like Latin"),
        ("China \u041cob\u0456le Limited", "china-mobile-limited", "look like Latin"),
    ],
)
def test_a_name_in_disguise_is_read_as_it_looks_and_says_so(resolver, name, entity, why):
    match = resolve(resolver, name=name, country="China")
    assert match.entity_id == entity
    assert not match.confirmed
    assert why in match.evidence


def test_an_honest_name_is_not_called_disguised(resolver):
    for name in ("Xiaomi Corporation", "\u5c0f\u7c73\u96c6\u56e2", "\u4e07\u79d1\uff21", "Nestlé"):
        assert disguise(name) == ""
    assert disguise("\ufeffXiaomi Corporation\u200e") == ""
    assert resolve(resolver, name="\ufeffXiaomi Corporation", country="China").confirmed


def test_a_word_wholly_in_another_alphabet_is_transliterated_not_read_by_its_looks():
    assert uncover("РОСНЕФТЬ") == "РОСНЕФТЬ"
    assert disguise("НОВАТЭК ПАО Ltd") == ""
    assert parse("РОСНЕФТЬ").core == ("rosneft",)
    # one letter that looks like no Latin one: a mixed word, not a disguised one
    assert uncover("Яndex") == "Яndex"
    assert fold("Х\u200biaomi") == "xiaomi"


@pytest.mark.parametrize(
    ("name", "entity"),
    [
        ("X i a o m i", "xiaomi"),
        ("X-I-A-O-M-I CORP", "xiaomi"),
        ("H U A W E I", "huawei"),
        ("CH MOBILE LTD", "china-mobile-limited"),
        ("CH COMMUNICATIONS CONST", "cccc"),
        ("CHN TELECOM CORP LTD-H", "china-telecom-corporation-limited"),
        ("小米集团-Ｗ", "xiaomi"),
        ("小米集團", "xiaomi"),
        ("華為", "huawei"),
        ("海康威視", "hikvision"),
        ("杭州海康威视数字技术股份有限公司", "hikvision"),
        ("中芯國際", "smic"),
        ("中国海油", "cnooc-limited"),
        ("中國中車", "crrc"),
        ("大疆", "dji"),
        ("云从科技", "cloudwalk"),
        ("禾赛科技", "hesai"),
    ],
)
def test_a_name_alone_in_another_spelling_goes_to_review(resolver, name, entity):
    match = resolve(resolver, name=name)
    assert match is not None
    assert entity in {candidate.entity_id for candidate in match.candidates}
    assert not match.confirmed


@pytest.mark.parametrize(
    "name", ["NESTLE CH", "SWISSCOM CH", "CH ROBINSON WORLDWIDE", "MOBILE CH", "A B C"]
)
def test_other_uses_of_the_same_letters_are_no_match(resolver, name):
    match = resolve(resolver, name=name)
    assert match is None


def test_chinese_names_of_one_sound_are_two_names():
    assert score("中信国际", "中芯国际") < 0.5
    assert score("中芯國際", "中芯国际") >= 0.9
    assert score("Zhongxin International", "中芯国际") >= 0.9


def test_letters_set_apart_are_said_in_the_evidence(resolver):
    match = resolve(resolver, name="X i a o m i")
    assert "letters set apart" in match.evidence
