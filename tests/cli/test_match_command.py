"""Names from a file against a list: every name answered, the best candidate first."""

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from analyzer.cli import banimpact
from analyzer.core.entities import Entity
from analyzer.core.errors import InputError
from analyzer.workspace.matching import match_names, read_entities, read_names


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(banimpact, [str(w) for w in words], catch_exceptions=True)


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    rows = [
        {"id": "a", "name": "Zenith Shipbuilding Corporation", "aliases": ["ZSC Yards"]},
        {"id": "b", "name": "Meridian Aerospace Company Limited", "aliases": []},
    ]
    path = tmp_path / "list.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


def names_file(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_candidates_carry_kind_score_and_evidence(tmp_path: Path, listed: Path) -> None:
    file = names_file(
        tmp_path / "n.csv",
        "id;Security Name\n1;ZENITH SHIPBUILDING CORP\n2;ZSC YARDS\n3;Bakery Ltd\n",
    )
    result = run("match", file, "--against", listed, "--format", "json")
    assert result.exit_code == 0, result.exception
    found = json.loads(result.stdout)
    assert [row["row"] for row in found["matches"]] == [2, 3, 4]
    first, alias, none = (row["candidates"] for row in found["matches"])
    assert (first[0]["entity_id"], first[0]["kind"]) == ("a", "name")
    assert first[0]["score"] > 0.9
    assert "Zenith Shipbuilding Corporation" in first[0]["evidence"]
    assert (alias[0]["entity_id"], alias[0]["kind"]) == ("a", "alias")
    assert none == []
    assert "2 with a candidate, 1 without" in result.stderr


def test_csv_keeps_every_name_and_defuses_formulas(tmp_path: Path, listed: Path) -> None:
    file = names_file(tmp_path / "n.csv", "name\n=HYPERLINK(1)\nMeridian Aerospace Co., Ltd.\n")
    text = run("match", file, "--against", listed, "--format", "csv").stdout
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["row"] for row in rows] == ["2", "3"]
    assert rows[0]["name"] == "'=HYPERLINK(1)"
    assert rows[1]["entity_id"] == "b"


def test_against_a_csv_and_against_everything_known(tmp_path: Path) -> None:
    roster = names_file(
        tmp_path / "roster.csv", "entity,name_as_published\nx,Xiaomi Corporation\nx,Mi Corp\n"
    )
    assert [(e.id, len(e.names)) for e in read_entities(roster)] == [("x", 1)]
    file = names_file(tmp_path / "n.txt", "Xiaomi Corp\n")
    for more, wanted in ((("--against", roster), "x"), ((), "xiaomi")):
        found = json.loads(run("match", file, *more, "--format", "json").stdout)
        assert found["matches"][0]["candidates"][0]["entity_id"] == wanted


def test_the_index_of_a_long_list_is_kept_unless_told_not_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("BANIMPACT_HOME", str(home))
    rows = [json.dumps({"id": f"e{at}", "name": f"Zenith {at} Shipbuilding"}) for at in range(5000)]
    roster = names_file(tmp_path / "long.jsonl", "\n".join(rows) + "\n")
    file = names_file(tmp_path / "n.txt", "Zenith 17 Shipbuilding Ltd\n")
    command = ("match", file, "--against", roster, "--format", "json")
    plain = run(*command, "--no-cache").stdout
    assert not home.exists()
    assert json.loads(plain)["matches"][0]["candidates"][0]["entity_id"] == "e17"
    assert [run(*command).stdout, run(*command).stdout] == [plain, plain]
    assert len(list((home / "cache").glob("*.index"))) == 1


def test_one_name_a_line_keeps_its_commas(tmp_path: Path) -> None:
    file = names_file(tmp_path / "n.csv", "name\nAcme, Inc.\n\nBolt, Ltd.\n")
    assert read_names(file) == ((2, "Acme, Inc."), (4, "Bolt, Ltd."))


def test_quoted_cells_over_several_lines_keep_their_row(tmp_path: Path) -> None:
    file = names_file(tmp_path / "n.csv", 'name,x\n"Acme\nInc",1\nBolt,2\n')
    assert read_names(file) == ((2, "Acme\nInc"), (4, "Bolt"))


@pytest.mark.parametrize(
    ("text", "column", "said"),
    [
        ("a,b\n1,2\n", None, "which column holds the names"),
        ("a,b\n1,2\n", "c", "no column 'c'"),
        ("Acme\n", "c", "no column 'c'"),
    ],
)
def test_a_missing_column_is_named(tmp_path: Path, text: str, column: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_names(names_file(tmp_path / "n.csv", text), column)


@pytest.mark.parametrize("text", ["{", '{"id": 1}', '{"id": 1, "name": 2}', "[]"])
def test_a_broken_list_names_its_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match=r"list\.jsonl:1"):
        read_entities(names_file(tmp_path / "list.jsonl", text + "\n"))


@given(st.lists(st.text(min_size=1, max_size=12), max_size=8))
def test_no_name_is_lost_or_doubled(names: list[str]) -> None:
    entities = (Entity("a", "Zenith Shipbuilding"), Entity("b", "Meridian Aerospace"))
    found = match_names(list(enumerate(names)), entities, minimum=0.0, limit=2)
    assert sorted(set(found["row"])) == list(range(len(names)))
    assert not found.duplicated(["row", "rank"]).any()
    firsts = found.loc[found["rank"] <= 1]
    assert len(firsts) == len(names)
    assert found["score"].dropna().between(0, 1).all()
