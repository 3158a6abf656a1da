"""Write `acts.md`: what each regime says of every act, as the engine answers it.

Run from the root of the repository: `python docs/acts.py`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from analyzer.core.asof import AsOf
from analyzer.core.events import EventKind, LegalEvent
from analyzer.core.verdict import Key, Outcome, Verdict
from analyzer.law import Law, load_law_data
from analyzer.law.spec import FactTest, Regime, Version
from analyzer.lists import load_lists

PAGE = Path(__file__).resolve().parent / "acts.md"
INSTRUMENTS = ("equity", "bond")
NAME = "supposed-issuer"
_DAY = timedelta(days=1)
_HEAD = """# What each regime says of every act

Written by `docs/acts.py` from the answers of the engine; nothing here is typed by hand.

Each table asks about a supposed issuer that the version reaches, for the first kind of holder it
binds, one day into each phase, as known then, with no fact stated beyond what brings the issuer
within reach. In brackets are the sources, by their ids in `analyzer/data/authorities.yml`. What no
source says is `review`: an act is never inferred from another. A dash is an act the regime does
not govern. Facts that would settle a `review` are named by `banimpact status`.
"""


@dataclass(frozen=True)
class Moment:
    """One phase of a version: its law, the question, and the words above the column."""

    label: str
    law: Law
    as_of: AsOf
    holder: str
    facts: Mapping[str, Any]


def build() -> Law:
    """Return the law without issuers' relations, which no supposed issuer has."""
    lists = load_lists()
    return Law.of(load_law_data(), lists.events, lists.horizons)


def moments(law: Law, regime: Regime, version: Version) -> Iterator[Moment]:
    """Yield the phases in which a version reaches a supposed issuer."""
    start = law.record.by_id[version.event].effective
    after = [law.record.by_id[v.event].effective for v in regime.versions]
    end = min([t for t in after if t > start], default=regime.verified_through)
    listed = start + _DAY
    holder = _first(regime)
    facts: dict[str, Any] = {}
    supposed = law
    if version.lists or version.list_kinds:
        supposed = law.assuming([_listing(version, listed)])
    elif version.classes:
        facts = {t.fact: _value(t) for t in version.classes[0] if t.fact != "instrument"}
    if version.ban_from is None or version.window_end is None:
        at = max(listed, end - _DAY)
        yield Moment("in force", supposed, AsOf(at, at, at), holder, facts)
        return
    known = listed + _DAY
    ban, closes = version.ban_from.instant(listed), version.window_end.boundary(listed)
    for label, at in (("pending", known), ("window", ban + _DAY), ("closed", closes + _DAY)):
        yield Moment(label, supposed, AsOf(at, at, known), holder, facts)


def _first(regime: Regime) -> str:
    return "us-person" if "us-person" in regime.binds else min(regime.binds)


def _value(test: FactTest) -> Any:
    if test.op == "in":
        return test.value[0]
    return test.value if test.op == "equal" else 0.6


def _listing(version: Version, listed: datetime) -> LegalEvent:
    kinds = sorted(version.list_kinds)
    return LegalEvent(
        "supposed",
        EventKind.DESIGNATE,
        listed,
        listed,
        list_id=version.lists[0] if version.lists else "OWN-LIST",
        targets=(NAME,),
        params={"list_kind": kinds[0]} if kinds else {},
    )


def answers(regime: Regime, moment: Moment) -> dict[tuple[str, str], Verdict]:
    """Return the regime's own answer by act and instrument."""
    acts = tuple(moment.law.vocabulary.acts)
    found = {}
    for instrument in INSTRUMENTS:
        facts = dict(moment.facts)
        key = Key.of(facts.pop("entity", NAME), instrument, facts)
        judged = moment.law.judge(key, moment.holder, moment.as_of, acts)
        for act, verdict in dict(judged.by_regime).get(regime.id, {}).items():
            found[act, instrument] = verdict
    return found


def cell(verdict: Verdict | None) -> str:
    """Return one answer in words, with its sources; without one it is for a person."""
    if verdict is None:
        return "–"
    word = verdict.outcome.value.replace("_", " ")
    if not verdict.cites and verdict.outcome is not Outcome.UNKNOWN:
        return "review"
    until = " until" if verdict.until and verdict.outcome is Outcome.PERMITTED else ""
    return f"{word}{until} [{', '.join(verdict.cites)}]" if verdict.cites else word


def table(law: Law, regime: Regime, version: Version) -> list[str]:
    """Return the lines of one version's table."""
    asked = list(moments(law, regime, version))
    columns = [(m, answers(regime, m), i) for m in asked for i in INSTRUMENTS]
    holders = ", ".join(dict.fromkeys(m.holder for m in asked))
    facts = {k: v for m in asked for k, v in m.facts.items()}
    stated = "; ".join(f"{name} = {value}" for name, value in facts.items())
    since = law.record.by_id[version.event]
    lines = [
        f"### {version.id}, from {since.effective:%Y-%m-%d}",
        "",
        f"{since.text}. Holder: `{holders}`." + (f" Stated: {stated}." if stated else ""),
        "",
        "| act | " + " | ".join(f"{i}, {m.label}" for m, _, i in columns) + " |",
        "|---" * (len(columns) + 1) + "|",
    ]
    for act in law.vocabulary.acts:
        cells = [cell(found.get((act, i))) for _, found, i in columns]
        if set(cells) != {"–"}:
            lines.append(f"| `{act}` | " + " | ".join(cells) + " |")
    return [*lines, ""]


def page(law: Law) -> str:
    """Return the whole page."""
    lines = [_HEAD]
    for regime in law.regimes.values():
        lines += [f"## {regime.id}", "", f"{regime.title}.", ""]
        if not regime.binds:
            lines += [f"Bans no act. Shown as a flag: {regime.flag}.", ""]
            continue
        for version in regime.versions:
            lines += table(law, regime, version)
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(build()), encoding="utf-8")
