"""Ownership edges and securities of the user's own."""

from pathlib import Path

import pytest

from analyzer.core.asof import AsOf
from analyzer.core.errors import InputError
from analyzer.core.verdict import Outcome
from analyzer.exposure import Question
from analyzer.extend import with_edges, with_securities
from analyzer.ingest import read_holdings
from analyzer.service import analyze, ask
from analyzer.world import World

QUESTION = Question(AsOf.of("2022-06-15"))


def edges(folder: Path, *rows: str) -> Path:
    path = folder / "edges.csv"
    path.write_text("owner,owned,fraction,from,to,source\n" + "\n".join(rows), encoding="utf-8")
    return path


def test_a_subsidiary_of_a_blocked_owner_is_blocked(world: World, tmp_path: Path) -> None:
    path = edges(tmp_path, "vtb,Example Leasing LLC,60%,,,annual report")
    answer = ask(with_edges(world, path), "Example Leasing LLC", QUESTION)
    assert answer.entity is not None
    assert answer.verdicts["hold"].outcome is Outcome.BLOCK_AND_REPORT
    assert ask(world, "Example Leasing LLC", QUESTION).entity is None


def test_a_minority_holding_alone_is_not_blocked(world: World, tmp_path: Path) -> None:
    path = edges(tmp_path, "vtb,Example Leasing LLC,0.3,,,annual report")
    answer = ask(with_edges(world, path), "Example Leasing LLC", QUESTION)
    assert answer.verdicts["hold"].outcome is not Outcome.BLOCK_AND_REPORT


def test_edges_never_change_ns_cmic(world: World, tmp_path: Path) -> None:
    path = edges(tmp_path, "smic,Example Fab Co,100%,,,annual report")
    answer = ask(with_edges(world, path), "Example Fab Co", QUESTION)
    assert answer.verdicts["buy"].outcome is Outcome.PERMITTED


def test_every_bad_row_is_named(world: World, tmp_path: Path) -> None:
    path = edges(tmp_path, "vtb,A LLC,1.7,,,x", ",B LLC,0.5,,,x", "vtb,C LLC,0.5,yesterday,,x")
    with pytest.raises(InputError) as caught:
        with_edges(world, path)
    assert caught.value.problems == (
        "edges.csv:2:fraction: '1.7' is not between 0 and 1",
        "edges.csv:3:owner: empty",
        "edges.csv:4:from: 'yesterday' is not a date",
    )


def test_a_security_master_names_the_issuer_of_a_line(world: World, tmp_path: Path) -> None:
    master = tmp_path / "master.csv"
    master.write_text(
        "isin,issuer\nXS0000000009,Semiconductor Manufacturing International Corporation\n"
    )
    holdings = read_holdings(
        ("h.csv", b"isin,name,market value,currency\nXS0000000009,Note 5%,100,USD\n")
    )
    known = analyze(with_securities(world, master), [holdings], QUESTION)
    assert known.judged[0].match is not None
    assert known.judged[0].match.entity_id == "smic"
    assert analyze(world, [holdings], QUESTION).judged[0].match is None
