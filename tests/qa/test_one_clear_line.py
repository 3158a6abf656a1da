"""What a user gets wrong is said in one line, with exit code 2 and no traceback."""

import sys
from pathlib import Path

import pytest

from analyzer.cli import main
from analyzer.core.errors import InputError
from analyzer.exposure.parties import read_parties
from analyzer.ingest import read_holdings
from analyzer.service import World, constituent_files

HOLDING = "Name,ISIN,Market Value,Currency\nSMIC,KYG8020E1199,100,USD\n"


def refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str
) -> str:
    monkeypatch.setattr(sys, "argv", ["banimpact", *words])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
    return capsys.readouterr().err.strip().splitlines()[-1]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("status", " "), "empty name"),
        (("status", "smic", "--fact", "fund_share=2"), "fund_share=2"),
        (("status", "smic", "--fact", "fund_share=-0.1"), "fund_share=-0.1"),
        (("status", "smic", "--fact", "tenor_days=nan"), "tenor_days=nan"),
        (("status", "smic", "--fact", "tenor_days=-5"), "tenor_days=-5"),
        (("status", "smic", "--as-of", "9999-12-31"), "9999-12-31"),
        (("timeline", "smic", "--known", "0001-01-01"), "0001-01-01"),
    ],
)
def test_a_question_that_means_nothing(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    says: str,
) -> None:
    assert says in refused(monkeypatch, capsys, *words)


def test_a_report_that_cannot_be_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "g.csv"
    file.write_text(HOLDING)
    out = tmp_path / "missing" / "x.json"
    line = refused(monkeypatch, capsys, "analyze", str(file), "-o", str(out))
    assert line == f"banimpact: {out}: cannot be written (No such file or directory)"


def test_parties_in_another_encoding_or_shape(world: World, tmp_path: Path) -> None:
    file = tmp_path / "parties.yml"
    file.write_bytes(b"\xff\xfea\x00")
    with pytest.raises(InputError, match=r"parties\.yml: not a text in UTF-8"):
        read_parties(file, world.law.vocabulary)
    file.write_text("fund: {owner: [us-person]}\n")
    with pytest.raises(InputError, match=r"parties\.yml:1:owner"):
        read_parties(file, world.law.vocabulary)


def test_constituents_of_one_fund_given_twice(tmp_path: Path) -> None:
    file = tmp_path / "g.csv"
    file.write_text(HOLDING)
    with pytest.raises(InputError, match="constituents of fxi are given twice"):
        constituent_files([f"FXI={file}", f"fxi={file}"])


@pytest.mark.parametrize("amount", ["99999999999999999999.5", "1.5e19", "9.5e+27"])
def test_an_amount_beyond_belief_is_left_out_and_said(amount: str) -> None:
    # a column of plain numbers reaches the reader as memory that may not be written
    rows = "".join(f"Foo {n},{n}.5\n" for n in range(50))
    item = read_holdings(("a.csv", f"Name,Shares\nBar,{amount}\n{rows}".encode()))
    assert [(f.row, f.column) for f in item.findings if f.code == "E103"] == [(2, "Shares")]
    assert item.frame["quantity"].isna().sum() == 1
    assert item.rows_holding == 51
