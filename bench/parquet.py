"""Fifty million positions of ten thousand funds in parquet, on one core.

Prints one JSON line: seconds and peak memory, beside the same totals by a plain pandas merge on
one file, scaled to all.
"""

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from rows import check_digit

from analyzer import AsOf, Question, load_world
from analyzer.bulk import BulkScreen, screen_files


def write(folder: Path, rows: int, files: int, funds: int, distinct: int) -> list[Path]:
    random = np.random.default_rng(11)
    bases = [f"US{n:09d}" for n in random.choice(10**9, distinct, replace=False)]
    made = [base + check_digit(base) for base in bases]
    known = [s.isin for s in load_world().identity.securities if s.isin]
    isins = np.array(known[:100] + made, dtype=object)
    names = np.array([f"F{n:05d}" for n in range(funds)], dtype=object)
    paths = []
    each = rows // files
    for at in range(files):
        path = folder / f"part{at:03d}.parquet"
        frame = pd.DataFrame(
            {
                "fund": pd.Categorical.from_codes(random.integers(0, funds, each), names),
                "isin": pd.Categorical.from_codes(random.integers(0, len(isins), each), isins),
                "market_value": np.round(random.random(each) * 1e5, 2),
            }
        )
        frame.to_parquet(path)
        paths.append(path)
    return paths


def naive(path: Path, table: pd.DataFrame) -> float:
    start = time.perf_counter()
    frame = pd.read_parquet(path).astype({"fund": str, "isin": str})
    frame.merge(table, on="isin").groupby(["fund", "status"])["market_value"].sum()
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000_000)
    parser.add_argument("--files", type=int, default=50)
    parser.add_argument("--funds", type=int, default=10_000)
    parser.add_argument("--distinct", type=int, default=60_000)
    options = parser.parse_args()
    world = load_world()
    with tempfile.TemporaryDirectory() as folder:
        paths = write(Path(folder), options.rows, options.files, options.funds, options.distinct)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        start = time.perf_counter()
        screen = BulkScreen(world, Question(AsOf.of("2021-09-01")))
        sums = screen_files(paths, screen)
        seconds = time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        isins = pd.read_parquet(paths[0], columns=["isin"])["isin"].cat.categories
        status = screen.statuses(list(isins))
        slow = naive(paths[0], pd.DataFrame({"isin": list(isins), "status": status}))
    if int(sums.rows.sum()) != options.rows // options.files * options.files:
        raise SystemExit("rows were lost")
    print(
        json.dumps(
            {
                "bench": "parquet",
                "rows": options.rows,
                "funds": len(sums.funds),
                "seconds": round(seconds, 2),
                "peak_mb": round(peak),
                "mb_before": round(before),
                "pandas_merge_seconds_scaled": round(slow * options.files, 1),
                "ratio": round(slow * options.files / seconds, 1),
            }
        )
    )


if __name__ == "__main__":
    main()
