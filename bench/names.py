"""Score labelled pairs of names and compare with the peers that are installed.

    python bench/names.py [PAIRS.csv]

PAIRS has the columns `holding_name, list_name, label, note`; `rel=` in the note names the relation
of the pair. The functions under test see the two names and nothing else. Prints one JSON line.
"""

import argparse
import csv
import json
from collections.abc import Callable
from pathlib import Path

from rapidfuzz import fuzz
from rapidfuzz.utils import default_process

from analyzer.resolve import load_identity, score
from analyzer.resolve.names import parse

PAIRS = Path(__file__).resolve().parents[2] / "shared" / "bench" / "company_pairs.csv"
THRESHOLD = 0.5
HARD = frozenset({"former", "alias", "acronym", "cjk", "cjk-lookalike"})
Scored = list[tuple[float, bool, str]]


def peers() -> dict[str, Callable[[str, str], float]]:
    found: dict[str, Callable[[str, str], float]] = {
        "rapidfuzz.ratio": lambda a, b: fuzz.ratio(a, b, processor=default_process) / 100,
        "rapidfuzz.token_set_ratio": lambda a, b: (
            fuzz.token_set_ratio(a, b, processor=default_process) / 100
        ),
        "rapidfuzz.token_sort_ratio": lambda a, b: (
            fuzz.token_sort_ratio(a, b, processor=default_process) / 100
        ),
        "rapidfuzz.WRatio": lambda a, b: fuzz.WRatio(a, b, processor=default_process) / 100,
    }
    try:
        from followthemoney import model
        from nomenklatura.matching import LogicV2
    except ImportError:
        return found
    found["nomenklatura.logic-v2"] = lambda a, b: (
        LogicV2.compare(_company(model, a), _company(model, b), LogicV2.default_config()).score
    )
    return found


def _company(model, name: str):
    return model.get_proxy({"id": name, "schema": "Company", "properties": {"name": [name]}})


def with_aliases() -> Callable[[str, str], float]:
    """The same function over every name of the bundled entity that has the listed name."""
    names: dict[str, list[str]] = {}
    for entity in load_identity().entities.values():
        texts = [name.text for name in entity.names]
        for text in texts:
            names.setdefault(parse(text).strict, []).extend(texts)
    return lambda a, b: max(score(a, text) for text in (b, *names.get(parse(b).strict, ())))


def f1(scored: Scored, threshold: float) -> tuple[float, float, float]:
    hits = sum(label for s, label, _ in scored if s >= threshold)
    said = sum(s >= threshold for s, _, _ in scored)
    true = sum(label for _, label, _ in scored)
    precision = hits / said if said else 1.0
    recall = hits / true if true else 1.0
    return 2 * hits / max(said + true, 1), precision, recall


def recall_at(scored: Scored, precision: float) -> float:
    """Best recall of any threshold that keeps the precision."""
    best = 0.0
    for threshold in {s for s, _, _ in scored}:
        _, p, r = f1(scored, threshold)
        best = max(best, r if p >= precision else 0.0)
    return best


def figures(scored: Scored, threshold: float | None) -> dict[str, float]:
    if threshold is None:
        threshold = max(sorted({s for s, _, _ in scored}), key=lambda t: f1(scored, t)[0])
    value, precision, recall = f1(scored, threshold)
    return {
        "f1": round(value, 4),
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "recall_at_precision_0.95": round(recall_at(scored, 0.95), 4),
        "recall_at_precision_0.99": round(recall_at(scored, 0.99), 4),
        "threshold": round(threshold, 4),
        "pairs": len(scored),
    }


def relation(note: str) -> str:
    parts = dict(p.strip().split("=", 1) for p in note.split(";") if "=" in p)
    return parts.get("rel", "")


def report(scored: Scored, threshold: float | None) -> dict[str, object]:
    whole = figures(scored, threshold)
    at = whole["threshold"]
    by_relation = {}
    for name in sorted({rel for _, _, rel in scored}):
        rows = [r for r in scored if r[2] == name]
        right = sum((s >= at) == label for s, label, _ in rows)
        by_relation[name] = {"right": right, "pairs": len(rows)}
    plain = [r for r in scored if r[2] not in HARD]
    strict = [r for r in scored if r[2] in {"same", "lookalike"}]
    return {
        **whole,
        "without_hard_relations": figures(plain, at),
        "same_versus_lookalike": figures(strict, at),
        "by_relation": by_relation,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", nargs="?", type=Path, default=PAIRS)
    parser.add_argument("--errors", action="store_true", help="list the pairs judged wrongly")
    arguments = parser.parse_args()
    with arguments.pairs.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    labels = [(r["label"] == "1", relation(r.get("note") or "")) for r in rows]

    def scored(function: Callable[[str, str], float]) -> Scored:
        values = (function(r["holding_name"], r["list_name"]) for r in rows)
        return [(v, *label) for v, label in zip(values, labels, strict=True)]

    ours = scored(score)
    if arguments.errors:
        for row, (value, label, rel) in zip(rows, ours, strict=True):
            if (value >= THRESHOLD) != label:
                print(f"{rel:14} {label:d} {value:.3f}  {row['holding_name']} | {row['list_name']}")
        return
    out = report(ours, THRESHOLD)
    out["best_f1"] = figures(ours, None)["f1"]
    aided = report(scored(with_aliases()), THRESHOLD)
    out["with_alias_data"] = {key: aided[key] for key in ("f1", "precision", "recall")}
    # peers are given the threshold that suits them best on these pairs
    out["peers"] = {name: figures(scored(function), None) for name, function in peers().items()}
    print(json.dumps({"bench": "names", **out}))


if __name__ == "__main__":
    main()
