"""Every row of a file is a holding, skipped or rejected, and totals are not companies."""

import pytest

from analyzer.ingest import Ingested, read_holdings

HEAD = "Name,ISIN,Ticker,Quantity,Price,Market Value,Weight\n"


def read(text: str, **options: str) -> Ingested:
    result = read_holdings(("f.csv", text.encode()), **options)  # type: ignore[arg-type]
    assert result.rows_read == result.rows_holding + result.rows_skipped + result.rows_rejected
    assert result.rows_holding == len(result.frame)
    return result


def notes(result: Ingested) -> list[tuple[int, str]]:
    return [(n.row, n.why) for n in result.skipped]


def test_preamble_blank_subtotal_total_footer() -> None:
    result = read(
        "My fund\n"
        "As of 31 December 2024\n"
        "\n"
        + HEAD
        + "Equities,,,,,,\n"
        + "Apple Inc,US0378331005,AAPL,10,10,100,40\n"
        + "Microsoft Corp,US5949181045,MSFT,5,10,50,20\n"
        + "Equities total,,,,,150,60\n"
        + "\n"
        + "TotalEnergies SE,FR0000120271,TTE,10,10,100,40\n"
        + "TOTAL,,,,,250,100\n"
        + "\n"
        + "This report is for information only.\n"
    )
    assert list(result.frame["name"]) == ["Apple Inc", "Microsoft Corp", "TotalEnergies SE"]
    assert list(result.frame["row"]) == [6, 7, 10]
    assert notes(result) == [
        (1, "preamble"),
        (2, "preamble"),
        (3, "blank"),
        (4, "heading"),
        (5, "section heading or note"),
        (8, "total or subtotal"),
        (9, "blank"),
        (11, "total or subtotal"),
        (12, "blank"),
        (13, "footer, note or disclaimer"),
    ]
    assert result.stated_total == 250
    assert str(result.date) == "2024-12-31"
    assert "W207" not in {f.code for f in result.findings}


def test_total_the_company_stays() -> None:
    result = read(HEAD + "TOTAL,FR0000120271,FP,10,10,100,50\nTotal SA,,,10,10,100,50\n")
    assert result.rows_holding == 2


def test_a_total_that_does_not_add_up_is_reported() -> None:
    result = read(HEAD + "Apple Inc,US0378331005,AAPL,10,10,100,1\nTotal,,,,,300,\n")
    assert result.stated_total == 300
    assert "W207" in {f.code for f in result.findings}


def test_an_unlabelled_total_is_no_orphan() -> None:
    body = "Apple Inc,US0378331005,AAPL,1,1,100,.4\nMicrosoft,US5949181045,MSFT,1,1,150,.6\n"
    result = read(HEAD + body + ",,,,,250,1\n")
    assert (result.rows_holding, result.rows_rejected, result.stated_total) == (2, 0, 250)


def test_an_amount_without_identity_is_rejected_with_its_row() -> None:
    result = read(HEAD + "Apple Inc,US0378331005,AAPL,1,1,100,.4\n,,,7,7,49,\n")
    assert [(n.row, n.why) for n in result.rejected] == [(3, "no usable identifier and no name")]
    assert result.rejected[0].text == ",,,7,7,49,"
    assert ("E101", 3) in {(f.code, f.row) for f in result.findings}


def test_surplus_cells_are_rejected_not_shifted() -> None:
    result = read(
        HEAD + "Apple, Inc,US0378331005,AAPL,1,1,100,.4\nMicrosoft,US5949181045,,1,1,1,1\n"
    )
    assert [n.row for n in result.rejected] == [2]
    assert ("E106", 2) in {(f.code, f.row) for f in result.findings}
    assert list(result.frame["name"]) == ["Microsoft"]


def test_a_quote_never_closed_costs_one_row() -> None:
    body = (
        '"Apple Inc,US0378331005,AAPL,1,1,100,.4\n'
        "Microsoft,US5949181045,MSFT,1,1,150,.6\n"
        "Nvidia,US67066G1040,NVDA,1,1,50,.1\n"
    )
    result = read(HEAD + body)
    assert [n.row for n in result.rejected] == [2]
    assert list(result.frame["row"]) == [3, 4]


def test_a_half_written_last_row_is_rejected() -> None:
    body = "".join(f"Company {i},,C{i},1,1,{i},.1\n" for i in range(5))
    result = read(HEAD + body + "Nvidia,US67066G1040,NVDA,1,1,5")
    assert [(n.row, n.why) for n in result.rejected] == [(7, "the row is cut off")]
    assert "W210" in {f.code for f in result.findings}


def test_repeated_headings_are_skipped() -> None:
    row = "Apple Inc,US0378331005,AAPL,1,1,100,.4\n"
    result = read(HEAD + row + HEAD + row)
    assert notes(result) == [(1, "heading"), (3, "heading repeated")]
    assert "W204" in {f.code for f in result.findings}


def test_line_breaks_in_cells_keep_line_numbers() -> None:
    result = read(HEAD + '"Apple\nInc",US0378331005,,1,1,1,1\nMicrosoft,US5949181045,,1,1,1,1\n')
    assert list(result.frame["row"]) == [2, 4]
    assert result.frame["name"].iloc[0] == "Apple Inc"


def test_bad_identifier_keeps_the_row() -> None:
    result = read(HEAD + "Apple Inc,US0378331006,AAPL,1,1,100,.4\n")
    assert result.frame["isin"].isna().all()
    assert [(f.row, f.column) for f in result.findings if f.code == "E104"] == [(2, "ISIN")]


def test_all_problems_at_once() -> None:
    result = read(
        HEAD + "Apple Inc,US0378331006,AAPL,ten,1,100,.4\n" + ",,,7,7,49,\n"
        "Microsoft,US5949181045,MSFT,1,dear,150,.6\n"
    )
    assert {(f.code, f.row) for f in result.findings if f.code.startswith("E")} == {
        ("E104", 2),
        ("E102", 2),
        ("E101", 3),
        ("E102", 4),
    }


def test_portfolio_column_makes_portfolios() -> None:
    text = "Fund,Name,ISIN,Quantity\nA,Apple Inc,US0378331005,1\nB,Apple Inc,US0378331005,2\n"
    assert list(read(text).frame["portfolio"]) == ["A", "B"]
    assert set(read(HEAD + "Apple Inc,US0378331005,AAPL,1,1,1,1\n").frame["portfolio"]) == {"f"}


def test_mapping_overrides_headings() -> None:
    text = (
        "Wertpapier X;Kennung;Summe Y\nApple Inc;US0378331005;100,5\nMicrosoft;US5949181045;7,25\n"
    )
    result = read_holdings(
        ("f.csv", text.encode()),
        mapping={"name": "Wertpapier X", "isin": "Kennung", "market_value": "Summe Y"},
        currency="EUR",
    )
    assert list(result.frame["market_value"]) == [100.5, 7.25]
    assert set(result.frame["value_currency"]) == {"EUR"}
    assert result.mapping["isin"] == "Kennung"


def test_columns_are_found_by_content() -> None:
    result = read(
        "Bezeichnung,Spalte 7,Stück\nApple Inc,US0378331005,1\nMicrosoft,US5949181045,2\n"
    )
    assert result.guessed == ("isin",)
    assert result.mapping["isin"] == "Spalte 7"
    assert "W201" in {f.code for f in result.findings}


@pytest.mark.parametrize(
    ("cell", "side", "value"),
    [
        ("-100", "short", -100),
        ("(100)", "short", -100),
        ("100", "long", 100),
        ("100-", "short", -100),
    ],
)
def test_side_follows_the_sign(cell: str, side: str, value: float) -> None:
    frame = read(f"Name,ISIN,Market Value\nApple Inc,US0378331005,{cell}\n").frame
    assert (frame["side"].iloc[0], frame["market_value"].iloc[0]) == (side, value)


def test_unsigned_shorts_get_their_sign() -> None:
    frame = read("Name,Side,Quantity,Market Value\nApple Inc,Short,10,100\n").frame
    assert (frame["quantity"].iloc[0], frame["market_value"].iloc[0]) == (-10, -100)


def test_lots_of_a_summed_position_count_once() -> None:
    result = read(
        "Symbol,Description,Quantity,PositionValue,LevelOfDetail\n"
        "AAPL,APPLE INC,10,100,SUMMARY\nAAPL,APPLE INC,4,40,LOT\nAAPL,APPLE INC,6,60,LOT\n"
    )
    assert result.frame["market_value"].sum() == 100
    assert [n.row for n in result.skipped] == [1, 3, 4]


def test_thousands_are_multiplied_and_reported() -> None:
    result = read('Name,CUSIP,Value ($000)\nApple Inc,037833100,"1,234"\n')
    assert result.frame["market_value"].iloc[0] == 1_234_000
    assert "W206" in {f.code for f in result.findings}


def test_weights_only() -> None:
    percent = read("Ticker,Name,Weight\n700 HK,Tencent,60\n1810 HK,Xiaomi,40\n")
    assert list(percent.frame["weight"]) == [0.6, 0.4]
    assert list(percent.frame["ticker"]) == ["0700", "1810"]
    fraction = read("Ticker,Name,Weight\n700 HK,Tencent,0.6\n1810 HK,Xiaomi,0.4\n")
    assert list(fraction.frame["weight"]) == [0.6, 0.4]
    signs = read("Ticker,Name,Weight\n700 HK,Tencent,0.6%\n1810 HK,Xiaomi,0.4%\n")
    assert list(signs.frame["weight"]) == [0.006, 0.004]


def test_a_last_row_cut_in_its_first_cell_is_rejected() -> None:
    body = "".join(f"Company {i},,C{i},1,1,{i},.1\n" for i in range(5))
    result = read(HEAD + body + "Nvid")
    assert [(n.row, n.why) for n in result.rejected] == [(7, "the row is cut off")]
    assert ("E107", 7) in {(f.code, f.row) for f in result.findings}


def test_both_ways_of_reading_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    body = "".join(
        f"Company {i},US0378331005,C{i},{i},1.5,{i}.25,.1\n" + ("\n" if i % 7 == 0 else "")
        for i in range(50)
    )
    text = "My fund\n" + HEAD + body + "Equities\n" + body + "\nFor information only.\n"
    fast = read(text)
    monkeypatch.setattr("analyzer.ingest.text._fast", lambda *_: None)
    slow = read(text)
    assert slow.frame.equals(fast.frame)
    assert slow.skipped == fast.skipped
    assert slow.rows_read == fast.rows_read == len(text.splitlines())


def test_clean_files_take_the_fast_way(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*_: object) -> None:
        raise AssertionError("read line by line")

    monkeypatch.setattr("analyzer.ingest.text.read_records", slow)
    rows = "".join(f'"Company, {i}",US0378331005,C{i},{i},1.5,{i}.25,.1\r\n' for i in range(50))
    result = read("My fund\r\n\r\n" + HEAD.replace("\n", "\r\n") + rows + "\r\nNo offer.\r\n")
    assert result.rows_holding == 50


def test_a_cell_beyond_the_readers_limit_costs_one_line() -> None:
    rows = "".join(f"Company {i},US0378331005,C{i},{i},1.5,{i}.25,.1\n" for i in range(6000))
    result = read(HEAD + '"Open,US0378331005,O,1,1,1,1\n' + rows)
    assert [n.row for n in result.rejected] == [2]
    assert result.rows_holding == 6000
