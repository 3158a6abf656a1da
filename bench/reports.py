"""A 10,000-line portfolio to every report format. Prints one JSON line.

Cold is the first report of a format in a fresh process, imports and fonts included; warm is the
median of the next ones. Processor time stands beside both, for a machine that others use too.
Analysis is not part of either.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time

import numpy as np
import pandas as pd

from analyzer import AsOf, Question, analyze, load_world, read_inputs

TARGETS = {".xlsx": 3.0, ".pdf": 3.0, ".html": 2.0}
FORMATS = (".xlsx", ".pdf", ".html", ".json", ".csv", ".ics", ".parquet", ".zip")


def holdings(rows: int, touched: int) -> bytes:
    """Return a CSV of made-up lines, `touched` of them of known issuers."""
    random = np.random.default_rng(7)
    known = [s for s in load_world().identity.securities if s.isin and s.instrument == "equity"]
    names = [f"MADE UP HOLDING {n:05d} CORP" for n in range(rows)]
    isins = [""] * rows
    places = random.choice(rows, touched, replace=False)
    for at, pick in zip(places, random.integers(0, len(known), touched), strict=True):
        names[at], isins[at] = known[pick].entity.upper(), known[pick].isin or ""
    quantity, price = random.integers(1, 100_000, rows), random.integers(100, 50_000, rows) / 100
    frame = pd.DataFrame(
        {
            "Name": names,
            "ISIN": isins,
            "Quantity": quantity,
            "Price": price,
            "Market value": (quantity * price).round(2),
            "Currency": "USD",
            "Holdings date": "2021-03-05",
        }
    )
    return frame.to_csv(index=False).encode()


def one(suffix: str, rows: int, touched: int, repeat: int) -> dict[str, float]:
    """Time one format in this process."""
    world = load_world()
    inputs = read_inputs([("holdings.csv", holdings(rows, touched))])
    analysis = analyze(world, inputs, Question(AsOf.of("2021-03-09")))
    times, work = [], []
    size = 0
    for _ in range(repeat + 1):
        start, busy = time.perf_counter(), time.process_time()
        from analyzer.report.files import render
        from analyzer.report.options import ReportOptions

        data = render(analysis, suffix, everything=True, options=ReportOptions(law=world.law))
        times.append(time.perf_counter() - start)
        work.append(time.process_time() - busy)
        size = len(data)
    warm = statistics.median(times[1:])
    return {
        "cold_s": round(times[0], 3),
        "cold_cpu_s": round(work[0], 3),
        "warm_s": round(warm, 3),
        "warm_cpu_s": round(statistics.median(work[1:]), 3),
        "bytes": size,
    }


def main() -> None:
    """Run every format in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--touched", type=int, default=300)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--only", choices=FORMATS)
    options = parser.parse_args()
    if options.only:
        found = one(options.only, options.rows, options.touched, options.repeat)
        print(json.dumps(found))
        return
    counts = [f"--{n}={getattr(options, n)}" for n in ("rows", "touched", "repeat")]
    results = {}
    for suffix in FORMATS:
        command = [sys.executable, __file__, "--only", suffix, *counts]
        out = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        if out.returncode:
            raise SystemExit(f"{suffix}: {out.stderr}")
        results[suffix] = json.loads(out.stdout)
    missed = [s for s, limit in TARGETS.items() if results[s]["cold_s"] > limit]
    print(
        json.dumps(
            {
                "bench": "reports",
                "rows": options.rows,
                "touched": options.touched,
                "formats": results,
                "targets_s": TARGETS,
                "missed": missed,
            }
        )
    )


if __name__ == "__main__":
    main()
