"""Every published number of the specification is asked for by some test."""

import ast
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from analyzer.core.asof import NEW_YORK, AsOf
from analyzer.core.verdict import Key, Outcome
from analyzer.law import timeline
from analyzer.market.sessions import last_lawful_session, sessions
from analyzer.world import World

FOLDER = Path(__file__).resolve().parent
ACTS = ("buy", "hold", "sell")


def oracles(shared: Path) -> dict[str, dict[str, object]]:
    table = json.loads((shared / "models/oracles.json").read_text())["oracles"]
    return {row["id"]: row for row in table}


def test_every_oracle_is_tested(shared: Path) -> None:
    named, families = set(), set()
    for path in sorted(FOLDER.glob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef):
                named |= set(_names(function))
                families |= set(_families(function))
    missing = [
        name
        for name in oracles(shared)
        if name not in named and not name.startswith(tuple(families))
    ]
    assert missing == []


def _names(function: ast.FunctionDef) -> Iterator[str]:
    """Yield the strings of a function, and its f-strings filled with each of its constants."""
    constants = [
        node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Constant) and isinstance(node.value, str | int)
    ]
    yield from (text for text in constants if isinstance(text, str))
    for node in ast.walk(function):
        if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
            yield from (f"{node.values[0].value}{value}" for value in constants)


def _families(function: ast.FunctionDef) -> Iterator[str]:
    """Yield the prefixes by which a function takes all oracles of a kind."""
    for node in ast.walk(function):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "startswith"
            and isinstance(node.args[0], ast.Constant)
        ):
            yield str(node.args[0].value)


def test_windows_of_the_new_annex(shared: Path, world: World) -> None:
    want = oracles(shared)["cmic_windows_2021"]["expected"]
    assert isinstance(want, dict)
    known = AsOf.of("2023-01-01").known
    key = Key.of("hikvision", "equity")  # in the annex of 3 June 2021
    listed = AsOf.of("2021-06-03").start
    spans = {act: timeline(world.law, key, "us-person", known, (act,)) for act in ACTS}
    begins = {
        act: min(
            s.start
            for s in found
            if s.verdict.outcome is Outcome.PROHIBITED and s.start is not None and s.start > listed
        )
        for act, found in spans.items()
        if act != "hold"
    }
    assert (spans["hold"][-1].verdict.outcome is Outcome.PERMITTED) is want["may_hold_after"]
    assert (spans["sell"][-1].verdict.outcome is Outcome.PERMITTED) is want["may_sell_after"]
    assert begins["buy"].astimezone(NEW_YORK).date().isoformat() == want["trading_ban_from"]
    end = begins["sell"].astimezone(NEW_YORK)
    assert end.strftime("%Y-%m-%dT%H:%M") == str(want["divest_until"]).removesuffix(" ET")
    session = last_lawful_session("XNYS", end).date
    assert session.isoformat() == want["last_permitted_session_XNYS"]


def test_calendar_of_the_specification(shared: Path) -> None:
    row = oracles(shared)["xnys_calendar"]
    given, want = row["inputs"], row["expected"]
    assert isinstance(given, dict)
    assert isinstance(want, dict)
    start, end = (date.fromisoformat(given[k]) for k in ("start", "end"))
    frame = sessions("XNYS", start, end)
    assert len(frame) == want["sessions"]
    days = {d.date().isoformat(): w for d, w in zip(frame["date"], frame["weight"], strict=True)}
    short = [d for d, weight in days.items() if weight < 1 and d < "2027"]
    assert short == want["early_closes_2026"]
    assert not set(want["holidays"]) & set(days)
