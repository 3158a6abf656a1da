"""Likeness of names, from the names alone, on labelled pairs and on what tells issuers apart."""

import csv
from pathlib import Path

import pytest

from analyzer.resolve import score
from analyzer.resolve.names import parse

HARD = {"former", "alias", "acronym", "cjk", "cjk-lookalike"}
SAME = 0.5


def scored(path: Path) -> list[tuple[float, bool, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [
            (
                score(row["holding_name"], row["list_name"]),
                row["label"] == "1",
                row["note"].split(";")[0].removeprefix("rel="),
            )
            for row in csv.DictReader(file)
        ]


def f1(rows: list[tuple[float, bool, str]]) -> float:
    said = sum(value >= SAME for value, _, _ in rows)
    true = sum(label for _, label, _ in rows)
    hits = sum(label for value, label, _ in rows if value >= SAME)
    return 2 * hits / (said + true)


def recall_at(rows: list[tuple[float, bool, str]], precision: float) -> float:
    true = sum(label for _, label, _ in rows)
    best = 0.0
    for threshold, _, _ in rows:
        chosen = [label for value, label, _ in rows if value >= threshold]
        if sum(chosen) >= precision * len(chosen):
            best = max(best, sum(chosen) / true)
    return best


def test_labelled_company_pairs(shared):
    rows = scored(shared / "bench/company_pairs.csv")
    assert f1(rows) >= 0.92
    assert f1([r for r in rows if r[2] not in HARD]) >= 0.96
    plain = [r for r in rows if r[2] in {"same", "lookalike"}]
    assert f1(plain) >= 0.985
    assert recall_at(plain, 0.99) >= 0.95


def test_organisation_names_in_many_languages():
    rows = scored(Path(__file__).parent / "organisation_names.csv")
    assert f1(rows) >= 0.94


@pytest.mark.parametrize(
    ("holding", "listed"),
    [
        ("CHINA RAILWAY GROUP LTD H", "China Railway Construction Corporation Limited"),
        ("CRRC CORP LTD H", "CRCC"),
        ("CHINA NATIONAL NUCLEAR POWER LTD A", "China General Nuclear Power Corporation"),
        ("COSTAR GROUP INC", "Costar Group Co., Ltd."),
        ("SENSETIME GROUP INC-CLASS B", "SenseTime Group Limited"),
        ("CHINA TELECOM CORP LTD H", "China Telecom Group Co., Ltd."),
        ("CNOOC LTD", "China National Offshore Oil Corporation"),
        ("TENCENT MUSIC ENTERTAINMENT GROUP", "Tencent Holdings Limited"),
        ("SEERA GROUP HOLDING", "Xiaomi Corporation"),
        ("Avicanna Inc.", "AVIC"),
    ],
)
def test_different_companies_score_below_one_half(holding, listed):
    assert score(holding, listed) < SAME


@pytest.mark.parametrize(
    "name",
    [
        "XIAOMI CORP-CLASS B",
        "XIAOMI CORP CL B",
        "XIAOMI CORP. CL.B",
        "Xiaomi Corp., Ser. B",
        "XIAOMI CORP - UNSPON ADR",
        "XIAOMI CORP SPONSORED ADR REPRESENTING 5",
        "XIAOMI CORP 3.375 04/29/2030",
        "XIAOMI CORP 2.875% 14/07/2031 144A",
        "XIAOMI CORP. B DL-,0000025",
        "Xiaomi Corporation",
        "xiaomi corporation",
        "XIAOMI  CORP  ",
    ],
)
def test_wording_of_the_line_is_not_part_of_the_name(name):
    assert score(name, "Xiaomi Corporation") >= 0.9


@pytest.mark.parametrize(
    ("name", "underlying"),
    [
        ("CALL XIAOMI CORP 2021-06-18 25", "xiaomi"),
        ("XIAOMI CORP JUN21 C25", "xiaomi"),
        ("XIAOMI CORP WTS 2022", "xiaomi"),
        ("EQUITY SWAP XIAOMI CORP", "xiaomi"),
        ("XIAOMI CORP FUT DEC21", "xiaomi"),
    ],
)
def test_wording_of_a_derivative_is_not_part_of_the_underlying(name, underlying):
    assert parse(name, derivative=True).core == (underlying,)


@pytest.mark.parametrize(
    ("cut", "name"),
    [
        (
            "SEMICONDUCTOR MANUFACTURING INTERN",
            "Semiconductor Manufacturing International Corporation",
        ),
        ("HANGZHOU HIKVISION DIGITAL TECHNOL", "Hangzhou Hikvision Digital Technology Co., Ltd."),
        ("CHINA COMMUNICATIONS CONSTRUCTIONS", "China Communications Construction Company Limited"),
        ("AVIC JONHON OPTRONIC TECHNOLOGY LT", "AVIC Jonhon Optronic Technology Co., Ltd."),
    ],
)
def test_a_name_cut_by_the_custodian_is_the_whole_name(cut, name):
    assert score(cut, name) >= 0.85


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ПАО Газпром", "PJSC Gazprom"),
        ("华为技术有限公司", "Huawei Technologies Co. Ltd."),
        ("騰訊控股有限公司", "腾讯控股有限公司"),
        ("삼성전자 주식회사", "Samsung Electronics Co Ltd"),
        ("トヨタ自動車株式会社", "Toyota Motor Corporation"),
        ("中国移动有限公司", "China Mobile Limited"),
        ("Türkiye İş Bankası A.Ş.", "Turkiye Is Bankasi AS"),
        ("Luokong Technology Corp", "Luokung Technology Corporation"),
    ],
)
def test_scripts_and_spellings_meet(one, other):
    assert score(one, other) >= 0.7
    assert score(other, one) >= 0.7


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Orlen Polska Sp. z o.o.", "Orlen Polska"),
        ("Societatea cu Răspundere Limitată CONPET", "CONPET SRL"),
        ("SartoriusAG", "Sartorius AG"),
        ("Sartorius Aktiengeselschaft", "Sartorius AG"),
        ("UNITED ENGINE BUILDERS JOINT STOCK COMPAN", "United Engine Builders JSC"),
        ("U.S. Xpress Enterprises", "United States Xpress Enterprises"),
        ("1st Capital Bancorp", "First Capital Bancorp"),
        ("Plant Twenty-Six JSC", "Plant 26 JSC"),
        ("Agriculture Bank of Kenya Limited", "Agricultural Bank of Kenya Limited"),
        ("S P A R Holdings", "SPAR Holdings"),
    ],
)
def test_general_spellings_of_one_organisation(one, other):
    assert score(one, other) >= SAME
    assert score(other, one) >= SAME


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('ООО "ВЕГ" ОБЩЕСТВО "СЕВЕРНЫЙ ЗАВОД БАЙ"', 'ООО "ВЕГ" ОБЩЕСТВО "СЕВЕРНЫЙ ЗАВОД БАЙКАЛ"'),
        ("Plant Twenty-Six JSC", "Plant 27 JSC"),
        ("AlphaSA Robotics", "Alpha SA"),
    ],
)
def test_what_only_looks_like_another_spelling(one, other):
    assert score(one, other) < SAME


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Oakmere Capital Partners VI", "Oakmere Capital Partners VII L.P."),
        ("OAKMERE MORTGAGE LOAN TRUST 2005-2", "Oakmere Mortgage Loan Trust 2004-1"),
        ("Oakmere Offshore Fund, Ltd.", "Oakmere Offshore Fund II, Ltd."),
    ],
)
def test_funds_of_one_series_are_looked_at_by_a_person(one: str, other: str) -> None:
    assert SAME <= score(one, other) < 0.7
    assert SAME <= score(other, one) < 0.7


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("China Railway No.3 Engineering Group", "China Railway No.5 Engineering Group"),
        ("Oakmere Fund II", "Elmsworth Fund II"),
        ("Global Fund I", "Global Fund II"),
    ],
)
def test_other_numbers_tell_companies_apart(one: str, other: str) -> None:
    assert score(one, other) < SAME
