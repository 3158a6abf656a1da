"""What a file says beside the name must not hide a designated issuer."""

import pytest

from analyzer.core.asof import AsOf
from analyzer.exposure import Analysis, Question
from analyzer.ingest import read_holdings
from analyzer.report.contract import analysis_json
from analyzer.service import World, analyze

SMIC = "KYG8020E1199"


def analysis_of(world: World, text: str, **mapping: str) -> Analysis:
    inputs = [read_holdings(("holdings.csv", text.encode()), mapping=mapping)]
    return analyze(world, inputs, Question(AsOf.of("2021-09-01")))


def entities(analysis: Analysis) -> list[str | None]:
    matches = [analysis.judged[code].match for code in analysis.lines["judged"]]
    return [m.entity_id if m else None for m in matches]


@pytest.mark.parametrize("heads", ["Security Name,Issuer", "Name,Issuer Name", "Name,Company"])
def test_the_issuer_of_a_bond_in_its_own_column_is_screened(world: World, heads: str) -> None:
    text = f"{heads},Market Value,Currency\n0% notes 2027,SMIC,5,USD\nOther notes,Nokia,5,USD\n"
    found = analysis_of(world, text)
    assert entities(found) == ["smic", None]
    assert list(found.lines["name"]) == ["SMIC 0% notes 2027", "Nokia Other notes"]
    assert found.inputs[0].mapping["issuer"] == heads.split(",")[1]


def test_an_issuer_that_the_name_repeats_is_not_said_twice(world: World) -> None:
    text = (
        "Name,Issuer,Market Value,Currency\nXIAOMI CORP-CLASS B,Xiaomi Corp,5,USD\n,Nokia,5,USD\n"
    )
    assert list(analysis_of(world, text).lines["name"]) == ["XIAOMI CORP-CLASS B", "Nokia"]


def test_classes_under_the_heading_instrument_are_no_names(world: World) -> None:
    text = "Name,Instrument,Market Value,Currency\nNokia,Equity,5,USD\nSMIC,Bond,5,USD\n"
    assert list(analysis_of(world, text).lines["name"]) == ["Nokia", "SMIC"]


def test_a_user_may_say_which_column_is_the_issuer(world: World) -> None:
    text = "Name,Who,Market Value,Currency\nNotes,SMIC,5,USD\n"
    assert entities(analysis_of(world, text, issuer="Who")) == ["smic"]


def test_a_security_classed_as_cash_is_screened(world: World) -> None:
    text = (
        "Name,ISIN,Asset Class,Market Value,Currency\n"
        f"SMIC,{SMIC},Cash,100,USD\nUSD CASH,,Cash,5,USD\n"
    )
    found = analysis_of(world, text)
    assert entities(found) == ["smic", None]
    assert list(found.lines["status"]) == ["sell_window", "no_match"]
    assert found.lines["instrument"].iloc[1] == "cash"


def test_every_reason_of_a_doubtful_line_is_an_event_of_the_document(world: World) -> None:
    # two candidates each: the reasons of the one that does not decide are shown too
    text = "Name,Market Value,Currency\nCNOOC Finance 2013 Ltd,6,USD\nCNOOC Notes 2027,6,USD\n"
    body = analysis_json(analysis_of(world, text), everything=True)
    given = {r for p in body["positions"] for v in p["verdicts"].values() for r in v["because"]}
    assert given
    assert given <= set(body["events"])


@pytest.mark.parametrize(("second", "said"), [("70", []), ("200", ["W504"]), ("20", ["W504"])])
def test_weights_that_are_not_the_whole_are_said(
    world: World, second: str, said: list[str]
) -> None:
    found = analysis_of(world, f"Name,ISIN,Weight (%)\nSMIC,{SMIC},30\nBar,,{second}\n")
    assert [f.code for f in found.findings if f.code == "W504"] == said


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("\u202eproC imoaiX\u202c", True),  # shown as "Xiaomi Corp"
        ("\u0425iaomi Corp", True),  # a Cyrillic letter for the X
        ("Xiaom\u0456", True),
        ("\u0421\u0431\u0435\u0440\u0431\u0430\u043d\u043a", False),
        ("\u5c0f\u7c73\u96c6\u56e2", False),
        ("\u0634\u0631\u0643\u0629", False),
        ("Soci\u00e9t\u00e9 G\u00e9n\u00e9rale", False),
        ("\u03b1 Fund", False),
    ],
)
def test_a_name_in_disguise_is_said(name: str, said: bool) -> None:
    item = read_holdings(("a.csv", f"Name,Market Value\n{name},5\n".encode()))
    found = [f for f in item.findings if f.code == "W218"]
    assert bool(found) is said
    assert all(f.row == 2 and f.column == "Name" and f.message.isascii() for f in found)
