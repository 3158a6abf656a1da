"""What a result rests on besides data: versions, thresholds in force, and where things are set."""

import platform
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any

from analyzer.core.asof import NEW_YORK
from analyzer.ingest import safety
from analyzer.market import fx, prices
from analyzer.resolve import book, lookthrough
from analyzer.service import DISTRIBUTION, World, tool_version
from analyzer.workspace import intake
from analyzer.workspace.places import cache_folder, store_folder

_FOR_EVER = 9000  # year
_REQUIREMENT = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(?:\[[^]]*\])?(?P<range>[^;]*)(?P<extra>;.*)?")


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing that is set, or fixed, and where.

    Parameters
    ----------
    what, value
        In words.
    where
        The control, variable or option that sets it; `fixed` where nothing does.
    """

    what: str
    value: str
    where: str


def choices(environment: Mapping[str, str], kept: Mapping[str, Any]) -> tuple[Setting, ...]:
    """Return what may be set, as it is now.

    Parameters
    ----------
    environment
        Variables of the process.
    kept
        What was chosen for everyone who uses the store (`load_settings`).
    """
    store = store_folder(environment)
    header = environment.get("BANIMPACT_USER_HEADER", "")
    return (
        Setting("Store", str(store), "BANIMPACT_HOME, or --store of a command"),
        Setting("Imported lists", str(store / "lists"), "with the store"),
        Setting("Indexes that can be made again", str(cache_folder(environment)), "BANIMPACT_HOME"),
        Setting(
            "Who decides",
            f"as the proxy says in {header}" if header else "as typed, else who is logged in",
            "BANIMPACT_USER_HEADER, BANIMPACT_USER, page Review",
        ),
        Setting("Four eyes", "on" if kept.get("four_eyes") else "off", "page Review; for everyone"),
        Setting("Holder, dates, base currency, rulings, open questions", "per question", "sidebar"),
        Setting(
            "How a file is read", "found, unless stated", "page Portfolio, or --map and others"
        ),
        Setting(
            "Rates, parties, ownership, own lists, securities",
            "bundled, unless given",
            "page Portfolio, or options of a command",
        ),
    )


def thresholds() -> tuple[Setting, ...]:
    """Return the thresholds in force; all are fixed in the release, so that answers agree."""
    found = (
        ("Likeness of names from which a person is asked", f"{book.ALIKE:g} of 1"),
        ("Share of a fund from which its constituents are whole", f"{lookthrough.WHOLE:.1%}"),
        ("Age from which an exchange rate is stale", f"{fx.STALE_AFTER_DAYS} days"),
        ("Age from which a price is stale", f"{prices.STALE_AFTER_SESSIONS} sessions"),
        ("Window of average volume", f"{prices.VOLUME_SESSIONS} sessions"),
        ("Window of volatility", f"{prices.VOLATILITY_SESSIONS} sessions"),
        ("Difference from a stated net value that still agrees", f"{intake.TOLERANCE:.1%}"),
        ("Largest holdings file", f"{safety.MAX_BYTES >> 20:,} MB"),
        ("Largest workbook, unpacked", f"{safety.MAX_UNPACKED >> 20:,} MB"),
    )
    return tuple(Setting(what, value, "fixed") for what, value in found)


@dataclass(frozen=True, slots=True)
class Version:
    """A part of the installation.

    Parameters
    ----------
    name, installed
        `installed` is `not installed` for an optional library that is absent.
    wanted
        Range the release asks for.
    use
        `always`, or the optional part it belongs to.
    """

    name: str
    installed: str
    wanted: str
    use: str


def versions() -> tuple[Version, ...]:
    """Return the tool, Python, and every library the tool asks for, as installed."""
    found = [
        Version(DISTRIBUTION, tool_version(), "", "always"),
        Version("Python", platform.python_version(), "", "always"),
    ]
    try:
        wanted = requires(DISTRIBUTION) or []
    except PackageNotFoundError:
        wanted = []
    for text in wanted:
        part = _REQUIREMENT.match(text)
        extra = re.search(r"extra == ['\"](\w+)", text)
        use = extra.group(1) if extra else "always"
        if part is None or part["name"] == DISTRIBUTION or use in {"dev", "e2e", "bench"}:
            continue
        found.append(Version(part["name"], _installed(part["name"]), part["range"].strip(), use))
    return tuple(found)


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def rules_at_hand(world: World) -> tuple[tuple[str, str, str], ...]:
    """Return each regime with its rule versions and the day through which it was verified.

    A policy of the user's own needs no verifying: it is applied as given.
    """
    return tuple(
        (
            regime.id,
            ", ".join(v.id for v in regime.versions),
            "as given"
            if regime.verified_through.year >= _FOR_EVER
            else regime.verified_through.astimezone(NEW_YORK).date().isoformat(),
        )
        for regime in world.law.regimes.values()
    )


def store_size(folder: Path) -> int:
    """Return the bytes of all files in the store's folder; 0 where there is none."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
