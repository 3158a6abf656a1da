"""Security masters, GLEIF and OpenFIGI files become lines of known issuers."""

import json

import pandas as pd
import pytest

from analyzer.core.entities import Entity, EntityName, NameKind, Security
from analyzer.core.errors import InputError
from analyzer.resolve import (
    Identity,
    Resolver,
    load_gleif,
    load_openfigi,
    load_security_master,
)

LEI = "529900T8BM49AURSDO55"
OTHER_LEI = "213800D1EI4B9WTWWD28"


@pytest.fixture
def identity() -> Identity:
    acme = Entity(
        "acme",
        "Acme Rockets Ltd",
        "HK",
        lei=LEI,
        names=(EntityName("Acme Rockets Ltd", NameKind.PRIMARY),),
    )
    bolt = Entity(
        "bolt", "Bolt Steel Corp", "US", names=(EntityName("Bolt Steel Corp", NameKind.PRIMARY),)
    )
    lines = (Security("acme", "equity", isin="HK0941009539", ticker="0941", mic="XHKG"),)
    return Identity({"acme": acme, "bolt": bolt}, lines, ())


def resolve(identity: Identity, **cells):
    resolution = Resolver(identity).resolve(pd.DataFrame([cells]))
    return resolution.matches[resolution.codes[0]], resolution.findings


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_security_master_adds_lines_of_known_issuers(tmp_path, identity, suffix):
    frame = pd.DataFrame(
        {
            "Issuer": ["BOLT STEEL CORP", "Somebody Else Inc"],
            "ISIN": ["US0378331005", "US5949181045"],
            "Ticker": ["BOLT", "ELSE"],
            "MIC": ["XNYS", "XNYS"],
        }
    )
    path = tmp_path / f"master.{suffix}"
    frame.to_csv(path, index=False) if suffix == "csv" else frame.to_parquet(path)
    lines = load_security_master(path, identity)
    assert [(s.entity, s.isin, s.ticker) for s in lines] == [("bolt", "US0378331005", "BOLT")]
    match, _ = resolve(identity.extended(lines), isin="US0378331005", name="BOLT STEEL CORP COM")
    assert match.entity_id == "bolt"
    assert match.confirmed
    assert "master" in match.evidence


def test_a_reference_file_cannot_take_an_identifier_away(tmp_path, identity):
    path = tmp_path / "master.csv"
    path.write_text("entity,isin\nbolt,HK0941009539\n")
    match, findings = resolve(
        identity.extended(load_security_master(path, identity)), isin="HK0941009539"
    )
    assert match.entity_id == "acme"
    assert not match.confirmed
    assert {c.entity_id for c in match.candidates} == {"acme", "bolt"}
    assert [f.code for f in findings] == ["W403"]


def test_a_wrong_assignment_is_caught_where_names_disagree(tmp_path, identity):
    path = tmp_path / "master.csv"
    path.write_text("entity,isin\nbolt,US5949181045\n")
    match, findings = resolve(
        identity.extended(load_security_master(path, identity)),
        isin="US5949181045",
        name="PANTHER SOFTWARE INC",
    )
    assert not match.confirmed
    assert match.contradictions
    assert [f.code for f in findings] == ["W401"]


def test_a_master_that_names_no_issuer_is_refused(tmp_path, identity):
    path = tmp_path / "master.csv"
    path.write_text("isin,ticker\nUS0378331005,AAPL\n")
    with pytest.raises(InputError, match="issuer"):
        load_security_master(path, identity)


def problems(load, path, identity):
    with pytest.raises(InputError) as caught:
        load(path, identity)
    return [p.removeprefix(f"{path}") for p in caught.value.problems]


def test_every_bad_cell_of_a_master_is_named_at_once(tmp_path, identity):
    path = tmp_path / "master.csv"
    path.write_text(
        "Entity,Issuer LEI,ISIN,SEDOL\n"
        "bolt,,US0378331006,2046252\n"
        f"nobody,{LEI},US0378331005,\n"
        f",{LEI[:-1]}6,US0378331006,\n"
        "bolt,,US0378331005,2046251,surplus\n"
        "bolt,,US5949181045,\n"
    )
    assert problems(load_security_master, path, identity) == [
        ":2:ISIN: 'US0378331006' is no ISIN",
        ":2:SEDOL: '2046252' is no SEDOL",
        ":3:Entity: 'nobody' is no entity of the identity data",
        ":4:Issuer LEI: '529900T8BM49AURSDO56' is no LEI",
        ":5: more cells than headings, from 'surplus' on",
    ]


def test_bad_records_of_parquet_are_named_by_number(tmp_path, identity):
    path = tmp_path / "master.parquet"
    frame = pd.DataFrame({"entity": ["bolt", "acme"], "figi": ["BBG000BLNNH6", "BBG000BLNNH7"]})
    frame.to_parquet(path)
    assert problems(load_security_master, path, identity) == [":2:figi: 'BBG000BLNNH7' is no FIGI"]


def test_bad_isins_and_figis_of_known_issuers_are_named(tmp_path, identity):
    path = tmp_path / "isin-lei.csv"
    path.write_text(f"LEI,ISIN\n{LEI},HK0000049938\n{OTHER_LEI},nonsense\n{LEI},HK\n")
    assert problems(load_gleif, path, identity) == [
        ":2:ISIN: 'HK0000049938' is no ISIN",
        ":4:ISIN: 'HK' is no ISIN",
    ]
    path = tmp_path / "figi.json"
    bad = {"figi": "BBG000BLNNH7", "ticker": "941", "exchCode": "HK", "name": "ACME"}
    path.write_text(json.dumps([{"data": [bad]}]))
    assert problems(load_openfigi, path, identity) == [":1:figi: 'BBG000BLNNH7' is no FIGI"]


def test_gleif_pairs_isins_with_issuers_by_lei(tmp_path, identity):
    path = tmp_path / "isin-lei.csv"
    path.write_text(f"LEI,ISIN\n{LEI},HK0000049939\n{OTHER_LEI},US0378331005\n")
    lines = load_gleif(path, identity)
    assert [(s.entity, s.isin) for s in lines] == [("acme", "HK0000049939")]
    match, _ = resolve(identity.extended(lines), isin="HK0000049939")
    assert match.entity_id == "acme"


def test_openfigi_answers_add_figis(tmp_path, identity):
    path = tmp_path / "figi.json"
    answers = [
        {"data": [{"figi": "BBG000BLNNH6", "ticker": "941", "exchCode": "HK", "name": "ACME"}]},
        {"warning": "No identifier found."},
    ]
    path.write_text(json.dumps(answers))
    lines = load_openfigi(path, identity)
    assert [(s.entity, s.figi) for s in lines] == [("acme", "BBG000BLNNH6")]
    match, _ = resolve(identity.extended(lines), figi="BBG000BLNNH6")
    assert match.entity_id == "acme"


def test_openfigi_files_of_another_shape_are_refused(tmp_path, identity):
    path = tmp_path / "figi.json"
    path.write_text('{"data": 1}')
    with pytest.raises(InputError):
        load_openfigi(path, identity)
