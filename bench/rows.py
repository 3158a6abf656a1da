"""A million holding rows from file to JSON, against `pandas.read_csv` on the same file.

Prints one JSON line: seconds of each, the ratio, and peak memory. Warm: the law is loaded, a small
file was analysed, and both readers read the large file once, before the clock starts.
"""

import argparse
import json
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from analyzer import AsOf, Question, analysis_json, analyze, load_world, read_inputs
from analyzer.report.contract import dumps

SAMPLE = Path(__file__).resolve().parent.parent / "sample_portfolios/emerging_markets_fund.csv"
LETTERS = np.array(list("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))


def check_digit(base: str) -> str:
    digits = [int(d) for d in "".join(str(int(c, 36)) for c in base)]
    doubled = [d * 2 if i % 2 == 0 else d for i, d in enumerate(reversed(digits))]
    return str(-sum(v // 10 + v % 10 for v in doubled) % 10)


def securities(count: int, random: np.random.Generator) -> pd.DataFrame:
    """Return distinct made-up securities with valid check digits, and fifty designated lines."""
    bases = [f"US{random.integers(10**8, 10**9):09d}" for _ in range(count)]
    names = [
        "".join(random.choice(LETTERS, 7)) + " " + "".join(random.choice(LETTERS, 6)) for _ in bases
    ]
    made = pd.DataFrame({"name": names, "isin": [b + check_digit(b) for b in bases]})
    known = load_world().identity.securities
    lines = [
        (f"LINE OF {s.entity.upper()}", s.isin)
        for s in known
        if s.isin and s.instrument == "equity"
    ]
    return pd.concat([made, pd.DataFrame(lines[:50], columns=["name", "isin"])], ignore_index=True)


def write(path: Path, rows: int, distinct: int) -> None:
    random = np.random.default_rng(7)
    lines = securities(distinct, random)
    # a thousand rows of designated lines, the others at random
    pick = random.integers(0, distinct, rows)
    touched = random.choice(rows, 1000, replace=False)
    pick[touched] = random.integers(distinct, len(lines), 1000)
    quantity = random.integers(1, 100_000, rows)
    price = random.integers(100, 50_000, rows) / 100
    pd.DataFrame(
        {
            "ISIN": lines["isin"].to_numpy()[pick],
            "Name": lines["name"].to_numpy()[pick],
            "Quantity": quantity,
            "Price": price,
            "Market Value": np.round(quantity * price, 2),
            "Currency": "USD",
        }
    ).to_csv(path, index=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--distinct", type=int, default=5_000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    world = load_world()
    question = Question(AsOf.of("2021-09-01"))
    analyze(world, read_inputs([SAMPLE]), question)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        write(path, options.rows, options.distinct)
        ours, theirs, stages = [], [], {}
        for _ in range(1 + options.runs):
            start = time.perf_counter()
            frame = pd.read_csv(path)
            theirs.append(time.perf_counter() - start)
            del frame
            start = time.perf_counter()
            inputs = read_inputs([path])
            read = time.perf_counter()
            analysis = analyze(world, inputs, question)
            judged = time.perf_counter()
            text = dumps(analysis_json(analysis))
            done = time.perf_counter()
            ours.append(done - start)
            stages = {"read": read - start, "analyze": judged - read, "json": done - judged}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
        1024 if sys.platform == "linux" else 1
    )
    print(
        json.dumps(
            {
                "bench": "rows",
                "rows": options.rows,
                "touched": len(json.loads(text)["positions"]),
                "seconds": round(statistics.median(ours[1:]), 3),
                "pandas_read_csv_seconds": round(statistics.median(theirs[1:]), 3),
                "ratio": round(statistics.median(ours[1:]) / statistics.median(theirs[1:]), 2),
                "stages": {k: round(v, 3) for k, v in stages.items()},
                "peak_mb": round(peak / 1024 if peak > 10**5 else peak),
            }
        )
    )


if __name__ == "__main__":
    main()
