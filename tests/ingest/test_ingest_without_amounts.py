"""A security whose amounts are missing is still held; a heading of classes is not a name."""

import pytest

from analyzer.ingest import Ingested, read_holdings

HEAD = "Name,Quantity,Market Value,Currency,Sector\n"


def read(text: str, **options) -> Ingested:
    result = read_holdings(("f.csv", text.encode()), **options)
    assert result.rows_read == result.rows_holding + result.rows_skipped + result.rows_rejected
    return result


def test_a_named_row_without_amounts_among_holdings_is_a_holding() -> None:
    result = read(
        HEAD
        + "Apple Inc,1,10,USD,Technology\n"
        + "Xiaomi Corp,,,,\n"
        + "Hikvision,,,USD,\n"
        + "Microsoft Corp,1,10,USD,Technology\n"
        + "China Mobile Ltd,,-,,\n"
    )
    assert list(result.frame["row"]) == [2, 3, 4, 5, 6]
    assert result.frame["market_value"].isna().tolist() == [False, True, True, False, True]
    assert [n.row for n in result.skipped] == [1]


def test_a_company_with_a_currency_is_a_holding_wherever_it_stands() -> None:
    result = read(HEAD + "Xiaomi Corp,,,USD,\n\nEQUITIES,,,,\nApple Inc,1,10,USD,\n")
    assert list(result.frame["row"]) == [2, 5]


@pytest.mark.parametrize(
    "line",
    [
        "EQUITIES,,,,",
        "Equities,,,,",
        "EQUITIES,,,USD,",
        "Common Stocks,,,USD,",
        "Information Technology,,,,",
        "HONG KONG,,,HKD,",
        "Held at Bank of Somewhere:,,,,",
        "Managed by Somebody Asset Management Ltd,,,,",
        "Source: Somebody Data Inc,,,,",
        "Subtotal,,,,",
        ",,,,",
    ],
)
def test_headings_notes_subtotals_and_blank_rows_stay_skipped(line: str) -> None:
    result = read(HEAD + f"Apple Inc,1,10,USD,\n{line}\nMicrosoft Corp,1,10,USD,\n{line}\n")
    assert list(result.frame["row"]) == [2, 4]
    assert {3, 5} <= {n.row for n in result.skipped}


def test_a_company_alone_above_the_holdings_or_after_a_blank_row_is_a_heading_or_a_note() -> None:
    result = read(HEAD + "Somebody Holding Ltd,,,,\nApple Inc,1,10,USD,\n\nSomebody Data Inc,,,,\n")
    assert list(result.frame["row"]) == [3]
    assert [(n.row, n.why) for n in result.skipped if n.why != "blank"] == [
        (1, "heading"),
        (2, "section heading or note"),
        (5, "footer, note or disclaimer"),
    ]


@pytest.mark.parametrize(
    "order", [("Instrument", "Security Name"), ("Security Name", "Instrument")]
)
def test_an_instrument_column_of_classes_is_the_asset_class(order: tuple[str, str]) -> None:
    rows = [
        ("Equity", "Xiaomi Corp", "equity"),
        ("Bond", "Xiaomi Best Time", "bond"),
        ("ETF", "Tracker", "etf"),
        ("Option", "Xiaomi Call", "option"),
    ]
    body = "".join(
        ",".join((kind, name) if order[0] == "Instrument" else (name, kind)) + ",1,10,USD\n"
        for kind, name, _ in rows
    )
    result = read(",".join(order) + ",Quantity,Market Value,Currency\n" + body)
    assert list(result.frame["name"]) == [name for _, name, _ in rows]
    assert list(result.frame["asset_class"]) == [kind for kind, _, _ in rows]
    assert list(result.frame["instrument"]) == [word for _, _, word in rows]


def test_an_instrument_column_of_names_is_the_name() -> None:
    text = "Instrument,Quantity,Market Value,Currency\nXiaomi Corp,1,10,USD\nApple Inc,1,9,USD\n"
    assert list(read(text).frame["name"]) == ["Xiaomi Corp", "Apple Inc"]
    # beside another name column too: bonds whose names are not classes
    text = "Security,Instrument,Quantity,Market Value\nA,US Treasury Bond 2030,1,10\n"
    assert read(text).frame["asset_class"].isna().all()


def test_what_the_user_mapped_stays() -> None:
    text = "Instrument,Security Name,Quantity,Market Value,Currency\nEquity,Xiaomi Corp,1,10,USD\n"
    frame = read(text, mapping={"name": "Instrument"}).frame
    assert "Equity" in frame["name"].iloc[0]
    assert frame["asset_class"].isna().all()
