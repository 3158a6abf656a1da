"""Time the law engine: timelines of every bundled entity, one warm status, 10,000 distinct keys."""

import csv
import json
import time
from collections.abc import Callable

from analyzer.core.asof import AsOf
from analyzer.core.entities import Relation, RelationKind
from analyzer.core.verdict import Key
from analyzer.law import Law, load_law_data, timeline
from analyzer.law.load import DATA
from analyzer.lists import load_lists

HOLDER = "us-person"
INSTRUMENTS = ("equity", "adr", "bond", "etf", "option", "mutual-fund")


def fresh_law() -> tuple[Law, list[str]]:
    """Return a law nothing was asked of yet, and the ids of the bundled entities."""
    data, lists = load_law_data(), load_lists()
    with (DATA / "entities" / "relations.csv").open(encoding="utf-8", newline="") as file:
        relations = tuple(
            Relation(row["entity"], RelationKind(row["relation"]), row["other"])
            for row in csv.DictReader(file)
        )
    with (DATA / "entities" / "entities.csv").open(encoding="utf-8", newline="") as file:
        entities = [row["id"] for row in csv.DictReader(file)]
    law = Law.of(data, lists.events, lists.horizons, relations)
    return law, entities


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Return wall and processor time of one run."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - processor


def main() -> None:
    """Print one JSON line."""
    law, entities = fresh_law()
    known = law.newest_known
    timelines = seconds(lambda: [timeline(law, Key(e), HOLDER, known) for e in entities])
    as_of = AsOf.of("2022-02-14")
    key = Key("smic")
    law.judge(key, HOLDER, as_of)
    status = min(seconds(lambda: law.judge(key, HOLDER, as_of))[0] for _ in range(50))
    grid = [
        Key.of(e, instrument, {"fund_share": share / 100})
        for e in entities
        for instrument in INSTRUMENTS
        for share in range(6)
    ][:10_000]
    keys = seconds(lambda: [law.judge(k, HOLDER, as_of) for k in grid])
    print(
        json.dumps(
            {
                "bench": "law",
                "entities": len(entities),
                "timelines_s": round(timelines[0], 3),
                "timelines_cpu_s": round(timelines[1], 3),
                "status_warm_ms": round(status * 1000, 3),
                "keys": len(grid),
                "keys_s": round(keys[0], 3),
                "keys_cpu_s": round(keys[1], 3),
            }
        )
    )


if __name__ == "__main__":
    main()
