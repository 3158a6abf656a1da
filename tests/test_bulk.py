"""Positions in parquet: every row counted, sums independent of files and executor."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analyzer.bulk import STATUSES, BulkScreen, merge, screen_file, screen_files
from analyzer.core.asof import AsOf
from analyzer.core.errors import InputError
from analyzer.exposure import Question
from analyzer.ingest import read_holdings
from analyzer.service import analyze
from analyzer.world import World

ISINS = ["KYG8020E1199", "KYG9830T1067", "KR7005930003", "US0378331005"]


@pytest.fixture(scope="module")
def screen(world: World) -> BulkScreen:
    return BulkScreen(world, Question(AsOf.of("2021-09-01")))


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    random = np.random.default_rng(3)
    paths = []
    for at in range(3):
        frame = pd.DataFrame(
            {
                "Fund": random.choice(["B", "A", "C"], 500),
                "ISIN": random.choice([*ISINS, None], 500),
                "market_value": np.where(random.random(500) < 0.05, np.nan, random.random(500)),
            }
        )
        paths.append(tmp_path / f"{at}.parquet")
        frame.to_parquet(paths[-1])
    return paths


def test_every_row_is_counted_once(screen: BulkScreen, files: list[Path]) -> None:
    sums = screen_files(files, screen)
    whole = pd.concat([pd.read_parquet(p) for p in files])
    assert sums.rows.sum() == len(whole)
    assert sums.unvalued == whole["market_value"].isna().sum()
    assert sums.value.sum() == pytest.approx(whole["market_value"].sum())
    by_fund = whole.groupby("Fund")["market_value"].sum()
    assert list(sums.funds) == list(by_fund.index)
    assert sums.value.sum(axis=1) == pytest.approx(by_fund.to_numpy())


def test_statuses_are_those_of_the_row_by_row_path(
    world: World, screen: BulkScreen, tmp_path: Path
) -> None:
    path = tmp_path / "one.parquet"
    pd.DataFrame({"fund": "F", "isin": ISINS, "mv": [1.0, 2.0, 4.0, 8.0]}).to_parquet(path)
    frame = screen_file(path, screen).frame().set_index("status")["market_value"]
    text = "isin,market value,currency\n" + "\n".join(
        f"{code},{value},USD" for code, value in zip(ISINS, (1, 2, 4, 8), strict=True)
    )
    analysis = analyze(world, [read_holdings(("one.csv", text.encode()))], screen.question)
    expected = {s.value: e.market_value for s, e in analysis.totals.by_status.items()}
    assert frame.to_dict() == expected


def test_the_executor_and_the_order_of_files_do_not_matter(
    screen: BulkScreen, files: list[Path]
) -> None:
    serial = screen_files(files, screen)
    with ThreadPoolExecutor(2) as pool:
        parallel = screen_files(reversed(files), screen, pool.map)
    assert serial.funds == parallel.funds
    assert (serial.value == parallel.value).all()
    assert (serial.rows == parallel.rows).all()


def test_merge_is_associative(screen: BulkScreen, files: list[Path]) -> None:
    a, b, c = (screen_file(path, screen) for path in files)
    left, right = merge(merge(a, b), c), merge(a, merge(b, c))
    assert left.funds == right.funds
    assert left.value == pytest.approx(right.value, rel=1e-12)


def test_missing_columns_are_named(screen: BulkScreen, tmp_path: Path) -> None:
    path = tmp_path / "bad.parquet"
    pd.DataFrame({"isin": ISINS}).to_parquet(path)
    with pytest.raises(InputError, match=r"bad.parquet: no column for portfolio, market_value"):
        screen_file(path, screen)
    (tmp_path / "text.parquet").write_text("not parquet")
    with pytest.raises(InputError, match=r"text.parquet"):
        screen_file(tmp_path / "text.parquet", screen)
    with pytest.raises(InputError, match="no files"):
        screen_files([], screen)


def test_statuses_are_in_the_published_order() -> None:
    assert [s.value for s in STATUSES][:3] == ["blocked", "review", "locked"]
