"""Prices kept on disk: asked once, merged, written whole, damaged files survived."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analyzer.market.cache import CachedPrices, merge_bars, write_atomically
from analyzer.market.prices import BARS, Bars, Failure, Listing, PriceStatus, bar_frame
from analyzer.market.series import quotes_from_bars

XIAOMI, SMIC = Listing("1810", "XHKG"), Listing("0981", "XHKG")
DAY = date(2021, 1, 14)


def bars_of(key: str, closes: dict[str, float], fetched: str = "2021-02-01") -> pd.DataFrame:
    return bar_frame(
        pd.DataFrame(
            {
                "security": key,
                "date": pd.to_datetime(list(closes)),
                "close": list(closes.values()),
                "volume": 1e6,
                "currency": "HKD",
                "source": f"live, fetched {fetched}",
                "fetched_at": pd.Timestamp(fetched),
            }
        )
    )


@dataclass
class Live:
    """A live source that answers from a table, or fails for all."""

    frames: dict[str, pd.DataFrame]
    failure: Failure | None = None
    asked: list[str] = field(default_factory=list)
    name: str = "live"

    def bars(self, listings: Sequence[Listing], start: date, end: date) -> Bars:
        self.asked += [f"{listing.key}@{start}..{end}" for listing in listings]
        unknown = self.failure or Failure(PriceStatus.NOT_FOUND, "unknown")
        there = [] if self.failure else [k.key for k in listings if k.key in self.frames]
        parts = [BARS.empty(), *(self.frames[key] for key in there)]
        failures = {item.key: unknown for item in listings if item.key not in there}
        return Bars(pd.concat(parts, ignore_index=True), failures)

    def quotes(self, listings: Sequence[Listing], day: date) -> pd.DataFrame:
        return quotes_from_bars(self.bars(listings, day, day), listings, day)


def test_second_question_does_not_reach_the_source(tmp_path: Path) -> None:
    live = Live({XIAOMI.key: bars_of(XIAOMI.key, {"2021-01-14": 32.65})})
    cached = CachedPrices(tmp_path / "new" / "folder", live)
    first = cached.quotes([XIAOMI], DAY)
    second = cached.quotes([XIAOMI], DAY)
    assert len(live.asked) == 1
    pd.testing.assert_frame_equal(first, second)
    row = second.iloc[0]
    assert (row["close"], row["status"]) == (32.65, "ok")
    assert row["fetched_at"] == pd.Timestamp("2021-02-01")
    offline = CachedPrices(tmp_path / "new" / "folder", label="live")
    assert offline.quotes([XIAOMI], DAY)["close"].tolist() == [32.65]
    assert offline.name == "cache of live"


def test_unknown_listing_is_asked_again_and_keeps_its_reason(tmp_path: Path) -> None:
    live = Live({XIAOMI.key: bars_of(XIAOMI.key, {"2021-01-14": 32.65})})
    cached = CachedPrices(tmp_path, live)
    for _ in range(2):
        frame = cached.quotes([SMIC, XIAOMI], DAY)
        assert frame["security"].tolist() == [SMIC.key, XIAOMI.key]
        assert frame["status"].tolist() == ["not_found", "ok"]
        assert frame["reason"].iloc[0] == "unknown"
    assert [asked.partition("@")[0] for asked in live.asked] == [SMIC.key, XIAOMI.key, SMIC.key]


def test_dead_network_leaves_a_stale_close_and_says_both(tmp_path: Path) -> None:
    live = Live({XIAOMI.key: bars_of(XIAOMI.key, {"2020-12-01": 26.0})})
    CachedPrices(tmp_path, live).quotes([XIAOMI], date(2020, 12, 1))
    live.failure = Failure(PriceStatus.NETWORK, "no route")
    row = CachedPrices(tmp_path, live).quotes([XIAOMI], DAY).iloc[0]
    assert (row["close"], row["status"]) == (26.0, "stale")
    assert "2020-12-01" in row["reason"]
    assert "no route" in row["reason"]
    gone = CachedPrices(tmp_path, live).quotes([SMIC], DAY).iloc[0]
    assert (gone["status"], gone["reason"]) == ("network", "no route")


def test_cache_without_a_source_says_what_it_lacks(tmp_path: Path) -> None:
    row = CachedPrices(tmp_path).quotes([XIAOMI], DAY).iloc[0]
    assert row["status"] == "not_found"
    assert "cache" in row["reason"]


def test_later_fetch_wins_but_nothing_never_replaces_a_number() -> None:
    old = bars_of("A:XHKG", {"2021-01-13": 1.0, "2021-01-14": 2.0}, "2021-02-01")
    new = bars_of("A:XHKG", {"2021-01-14": 2.5, "2021-01-15": 3.0}, "2021-03-01")
    new["volume"] = np.nan
    for first, second in ((old, new), (new, old)):
        merged = merge_bars(first, second)
        assert merged["close"].tolist() == [1.0, 2.5, 3.0]
        assert merged["volume"].tolist()[:2] == [1e6, 1e6]
        assert BARS.problems(merged) == []


def test_damaged_file_is_fetched_anew(tmp_path: Path) -> None:
    live = Live({XIAOMI.key: bars_of(XIAOMI.key, {"2021-01-14": 32.65})})
    cached = CachedPrices(tmp_path, live)
    cached.quotes([XIAOMI], DAY)
    (path,) = tmp_path.glob("*.parquet")
    path.write_bytes(path.read_bytes()[:100])
    assert "damaged" in CachedPrices(tmp_path, label="live").quotes([XIAOMI], DAY)["reason"][0]
    assert cached.quotes([XIAOMI], DAY)["close"].tolist() == [32.65]
    assert len(live.asked) == 2


def test_interrupted_write_leaves_the_old_file_and_no_litter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.parquet"
    frame = bars_of("A:XHKG", {"2021-01-14": 2.0})
    write_atomically(frame, path)

    def broken(self: pd.DataFrame, target: str, **_: object) -> None:
        Path(target).write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(pd.DataFrame, "to_parquet", broken)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(frame, path)
    assert [p.name for p in tmp_path.iterdir()] == ["x.parquet"]
    assert pd.read_parquet(path)["close"].tolist() == [2.0]
