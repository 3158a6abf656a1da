"""Screen many holding names against many listed entities, beside the peers that are installed.

    python bench/screen.py [--names NAMES.txt] [--listed LISTED.jsonl] [--workers 2] [--sample 40]

The clock runs from a cold index to the frame of candidates; an index found on disk is timed apart.
Memory is what the work adds to that of the loaded names: the processes together at most. Peers do
the same work on a sample of the names in the same run; their time for all names is the sample's,
scaled. Prints one JSON line.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from rapidfuzz import fuzz, process
from rapidfuzz.utils import default_process

from analyzer.core.entities import Entity, EntityName, NameKind
from analyzer.resolve import NameIndex

SHARED = Path(__file__).resolve().parents[2] / "shared" / "bench"
LOOKUPS = 2000


def load(path: Path) -> list[Entity]:
    """Entities of a JSON-lines file: id, name, aliases."""
    found = []
    with path.open(encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            names = tuple(EntityName(text, NameKind.ALIAS) for text in row["aliases"])
            found.append(Entity(row["id"], row["name"], names=names))
    return found


def memory_mb(who: int) -> float:
    """Greatest resident memory so far, of this process or of the greatest it started."""
    return resource.getrusage(who).ru_maxrss / 1024


def cpu_s() -> float:
    """Processor time so far, of this process and of those it waited for."""
    used = [resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def ours(names: list[str], entities: list[Entity], workers: int) -> dict[str, object]:
    before = memory_mb(resource.RUSAGE_SELF)
    start, cpu = time.perf_counter(), cpu_s()
    index = NameIndex(entities)
    built = time.perf_counter()
    found = index.search(names, workers=workers)
    end, used = time.perf_counter(), cpu_s() - cpu
    own = memory_mb(resource.RUSAGE_SELF) - before
    # a worker starts with the index of its parent, which is counted again here
    workers_own = max(0.0, memory_mb(resource.RUSAGE_CHILDREN) - before) * workers
    result = {
        "wall_s": round(end - start, 2),
        "index_s": round(built - start, 2),
        "cached_index_s": round(cached_index(entities), 2),
        "cpu_s": round(used, 2),
        "memory_mb": round(own + workers_own, 1),
        "workers": workers,
        "listed_names": len(index),
        "candidates": len(found),
        "alike": int((found["score"] >= 0.5).sum()),
    }
    return result | {"look_up": look_ups(index, names)} | {"retrieval": retrieval(index, entities)}


def cached_index(entities: list[Entity]) -> float:
    """Seconds to open the index when it was kept before."""
    with tempfile.TemporaryDirectory() as folder:
        NameIndex(entities, Path(folder))
        start = time.perf_counter()
        NameIndex(entities, Path(folder))
        return time.perf_counter() - start


def look_ups(index: NameIndex, names: list[str]) -> dict[str, float]:
    """Latency of one name at a time, in milliseconds, index warm and names not seen before."""
    step = max(1, len(names) // LOOKUPS)
    taken = []
    for name in names[1::step]:
        start = time.perf_counter()
        index.find(name)
        taken.append((time.perf_counter() - start) * 1000)
    p50, p99 = np.percentile(taken, [50, 99])
    return {"p50_ms": round(float(p50), 3), "p99_ms": round(float(p99), 3), "of": len(taken)}


def retrieval(index: NameIndex, entities: list[Entity]) -> dict[str, float]:
    """How often an entity ranks first for its own name, and for that name less its last word."""
    asked, right = [], []
    for entity in entities[:: max(1, len(entities) // LOOKUPS)]:
        words = entity.name.split()
        asked += [entity.name, " ".join(words[: max(2, len(words) - 1)])]
        right += [entity.id, entity.id]
    found = index.search(asked)
    best = found.groupby("query")["score"].transform("max")
    top = found[found["score"] >= best - 1e-9]
    hits = pd.Series(False, index=range(len(asked)))
    good = top[top["entity"].to_numpy() == np.array(right)[top["query"]]]
    hits[good["query"].unique()] = True
    return {
        "own_name_first": round(float(hits[::2].mean()), 4),
        "shortened_first": round(float(hits[1::2].mean()), 4),
    }


def rapidfuzz_peer(names: list[str], entities: list[Entity], sample: int) -> dict[str, float]:
    listed = [default_process(n) for e in entities for n in (e.name, *(x.text for x in e.names))]
    taken = names[:: max(1, len(names) // sample)][:sample]
    start = time.perf_counter()
    for name in taken:
        process.extractOne(default_process(name), listed, scorer=fuzz.WRatio)
    one = (time.perf_counter() - start) / len(taken)
    return {
        "sample": len(taken),
        "ms_per_name": round(one * 1000, 2),
        "all_s": round(one * len(names)),
    }


_NOMENKLATURA = """
import json, sys, time
from followthemoney import model
from nomenklatura.matching import LogicV2
names, listed = json.load(sys.stdin)
config = LogicV2.default_config()
def company(key, name):
    return model.get_proxy({"id": key, "schema": "Company", "properties": {"name": [name]}})
right = [company(str(i), n) for i, n in enumerate(listed)]
start = time.perf_counter()
for name in names:
    left = company("q", name)
    for entity in right:
        LogicV2.compare(left, entity, config)
print((time.perf_counter() - start) / len(names) / len(listed))
"""


def nomenklatura_peer(
    python: str, names: list[str], entities: list[Entity], pairs: float
) -> dict[str, object]:
    """Time logic-v2 per pair; with an ideal blocker it compares only the pairs we compare."""
    listed = [e.name for e in entities[:200]]
    sample = names[:: max(1, len(names) // 20)][:20]
    done = subprocess.run(  # noqa: S603 (the interpreter is the caller's own)
        [python, "-c", _NOMENKLATURA],
        input=json.dumps([sample, listed]),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        return {"absent": done.stderr.strip().splitlines()[-1] if done.stderr else "failed"}
    each = float(done.stdout)
    return {"us_per_pair": round(each * 1e6, 1), "same_candidates_s": round(each * pairs, 1)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--names", type=Path, default=SHARED / "holding_names_100k.txt")
    parser.add_argument("--listed", type=Path, default=SHARED / "listed_20k.jsonl")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--sample", type=int, default=40)
    parser.add_argument("--nomenklatura", default=sys.executable, help="a Python that has it")
    arguments = parser.parse_args()
    names = arguments.names.read_text(encoding="utf-8").splitlines()
    entities = load(arguments.listed)
    own = ours(names, entities, arguments.workers)
    peers = {
        "rapidfuzz.extractOne(WRatio)": rapidfuzz_peer(names, entities, arguments.sample),
        "nomenklatura.logic-v2": nomenklatura_peer(
            arguments.nomenklatura, names, entities, float(str(own["candidates"]))
        ),
    }
    result = {"bench": "screen", "names": len(names), "entities": len(entities)}
    print(json.dumps({**result, **own, "peers": peers}))


if __name__ == "__main__":
    main()
