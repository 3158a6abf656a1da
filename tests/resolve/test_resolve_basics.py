"""Resolution by identifier, board and name on small frames."""

import pandas as pd
import pytest

from analyzer.core.errors import DataError
from analyzer.core.matching import MatchKind
from analyzer.resolve import Identity, Resolver, load_identity


@pytest.fixture(scope="module")
def identity() -> Identity:
    return load_identity()


@pytest.fixture(scope="module")
def resolver(identity: Identity) -> Resolver:
    return Resolver(identity)


def resolve(resolver: Resolver, **cells: str):
    resolution = resolver.resolve(pd.DataFrame([cells]))
    return resolution.matches[resolution.codes[0]], resolution.findings


def test_a_bare_ticker_means_nothing(resolver):
    assert resolve(resolver, ticker="1810")[0] is None


def test_a_ticker_counts_on_its_own_board_only(resolver):
    match, _ = resolve(resolver, ticker="1810", mic="XHKG", name="XIAOMI CORP")
    assert match.entity_id == "xiaomi"
    assert match.kind is MatchKind.TICKER
    assert match.confirmed
    assert resolve(resolver, ticker="1810", mic="XSAU", name="SEERA GROUP HOLDING")[0] is None


def test_leading_zeros_are_those_of_the_board(resolver):
    match, _ = resolve(resolver, ticker="981", mic="XHKG")
    assert match.entity_id == "smic"


def test_cash_is_never_name_matched(resolver):
    assert resolve(resolver, name="XIAOMI CORP", instrument="cash")[0] is None


def test_a_valid_code_with_the_name_of_another_goes_to_review(resolver):
    match, findings = resolve(resolver, isin="KYG9830T1067", name="CHINA RAILWAY GROUP LTD")
    assert not match.confirmed
    assert match.contradictions
    assert [f.code for f in findings] == ["W401"]


def test_each_distinct_line_is_judged_once(resolver):
    frame = pd.DataFrame({"name": ["XIAOMI CORP", "APPLE INC", "XIAOMI CORP"], "country": "China"})
    resolution = resolver.resolve(frame)
    assert resolution.codes.tolist() == [0, 1, 0]
    assert len(resolution.matches) == 2
    assert resolution.matches[1] is None


def test_an_unknown_entity_in_the_data_is_refused(tmp_path):
    (tmp_path / "entities").mkdir()
    (tmp_path / "securities").mkdir()
    (tmp_path / "entities/names.csv").write_text("entity,name,kind,source,grade\nx,X,primary,s,S\n")
    (tmp_path / "entities/entities.csv").write_text("id,name,country,kind,uscc,lei\nx,X,,,,\n")
    (tmp_path / "entities/relations.csv").write_text(
        "entity,relation,other,since,until,fraction,source,grade\n"
    )
    (tmp_path / "securities/s.csv").write_text("entity,instrument,isin\ny,equity,\n")
    with pytest.raises(DataError, match=r"s\.csv:2: entity 'y'"):
        load_identity(tmp_path)
