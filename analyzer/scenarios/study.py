"""The bundled event study of the s.1237 and NS-CMIC designations, rulings and the 2021 repeal.

Run on prices the user supplies: `python -m analyzer.scenarios.study PRICES_DIR`. The folder holds
`hk/<code>.HK.csv`, `us/<symbol>.csv`, `cn_a/<code>.csv` and `index/{HSI,GSPC}.csv`, each with a
date and a close. Only numbers are published, never the prices.
"""

import csv
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from scipy.stats import norm
from scipy.stats import t as student

from analyzer.core.errors import InputError
from analyzer.scenarios.bundled import rows
from analyzer.scenarios.event_study import (
    Abnormal,
    Cumulative,
    abnormal_returns,
    fit_market_model,
    mean_correlation,
    window_tests,
)
from analyzer.scenarios.impact import FloatArray

ESTIMATION_DAYS = 250
GAP = 11  # the estimation window ends this many sessions before the event
BEFORE, AFTER = 10, 10
WINDOWS = ((0, 0), (-1, 1), (0, 5), (-10, 10))
BENCHMARK = {"XHKG": "HSI", "XNAS": "GSPC", "XSHG": "HSI"}
EVENT_HEAD = (
    "| event | session | names | index | CAAR [0,0] | CAAR [-1,1] | CAAR [0,5] "
    "| CAAR [-10,10] | KP [0,0] | KP [-1,1] | r | rank [0,0] |"
)
NAME_HEAD = (
    "| event | name | raw | AR [0,0] | t | p | CAR [-1,1] | t | CAR [0,5] | t "
    "| CAR [-10,10] | t | beta | days |"
)
PREFERRED = {"LKCO": "LKCO_split_adjusted"}


@dataclass(frozen=True, slots=True)
class StudyEvent:
    """One event: the first session of the venue that could react, and the names it concerns."""

    event: str
    session: date
    venue: str
    kind: str
    names: tuple[str, ...]
    what: str
    source: str
    grade: str


@dataclass(frozen=True, slots=True)
class EventResult:
    """What one event did.

    Parameters
    ----------
    used, left_out
        Names measured, and names left out with the reason.
    raw
        (N,) raw return of the event session.
    windows
        Results by (first, last) session relative to the event.
    correlation
        Mean correlation of residuals between names.
    """

    event: StudyEvent
    benchmark: str
    used: tuple[str, ...]
    left_out: tuple[str, ...]
    raw: FloatArray
    beta: FloatArray
    days: FloatArray
    windows: dict[tuple[int, int], Cumulative]
    correlation: float


def study_events() -> tuple[StudyEvent, ...]:
    """Read the bundled events."""
    needed = ("event", "session", "venue", "kind", "names", "what", "source", "grade")
    return tuple(
        StudyEvent(
            row["event"],
            date.fromisoformat(row["session"]),
            row["venue"],
            row["kind"],
            tuple(row["names"].split(";")),
            row["what"],
            row["source"],
            row["grade"],
        )
        for row in rows("study_events.csv", needed)
    )


def read_closes(path: Path) -> dict[date, float]:
    """Read dates and closes of one file, whatever its header; rows without a close are dropped.

    Raises
    ------
    InputError
        If the file is missing or has no date and close columns.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such price file")
    table = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    head = [cell.strip().lower() for cell in table[0]] if table else []
    close = head.index("adj close") if "adj close" in head else -1
    close = head.index("close") if close < 0 and "close" in head else close
    if close < 0:
        raise InputError(f"{path}: no close column")
    found = {}
    for row in table[1:]:
        try:
            value = float(row[close])
            when = date.fromisoformat(row[0][:10])
        except (ValueError, IndexError):
            continue
        if value > 0.0:
            found[when] = value
    return found


def _price_file(folder: Path, venue: str, name: str) -> Path:
    stem = PREFERRED.get(name, name)
    part = {"XHKG": f"hk/{stem}.HK.csv", "XNAS": f"us/{stem}.csv"}.get(venue, f"cn_a/{stem}.csv")
    return folder / part


def _log_returns(closes: dict[date, float], sessions: Sequence[date]) -> FloatArray:
    """Log returns on the given sessions; NaN where a session or the one before has no close."""
    level = np.array([closes.get(day, np.nan) for day in sessions])
    return np.asarray(np.diff(np.log(level), prepend=np.nan))


def run_event(event: StudyEvent, folder: Path) -> EventResult:
    """Measure one event on the user's prices.

    Sessions are those of the benchmark; a name without a close on the event session or with too
    short a history is left out and said so.
    """
    benchmark = BENCHMARK[event.venue]
    index = read_closes(folder / "index" / f"{benchmark}.csv")
    prices = {name: read_closes(_price_file(folder, event.venue, name)) for name in event.names}
    traded = set().union(*prices.values())
    sessions = sorted(day for day in index if day in traded)
    if event.session not in sessions:
        raise InputError(f"{event.event}: no prices on {event.session}")
    at = sessions.index(event.session)
    first = max(at - GAP - ESTIMATION_DAYS + 1, 1)
    market = _log_returns(index, sessions)
    table = np.column_stack([_log_returns(prices[name], sessions) for name in event.names])
    estimation, window = slice(first, at - GAP + 1), slice(at - BEFORE, at + AFTER + 1)
    enough = np.isfinite(table[estimation]).sum(axis=0) >= 100
    there = np.isfinite(table[at])
    used = tuple(n for n, ok in zip(event.names, enough & there, strict=True) if ok)
    left = tuple(
        f"{n}: {'history too short' if not e else 'no return on the day'}"
        for n, e, ok in zip(event.names, enough, enough & there, strict=True)
        if not ok
    )
    if not used:
        raise InputError(f"{event.event}: no name can be measured ({'; '.join(left)})")
    kept = table[:, enough & there]
    model = fit_market_model(kept[estimation], market[estimation])
    found: Abnormal = abnormal_returns(model, kept[window], market[window])
    return EventResult(
        event,
        benchmark,
        used,
        left,
        np.expm1(kept[at]),
        model.beta,
        model.days,
        {(a, b): window_tests(found, BEFORE + a, BEFORE + b) for a, b in WINDOWS},
        mean_correlation(model),
    )


def run_study(folder: Path) -> tuple[EventResult, ...]:
    """Measure every bundled event on the prices in `folder`."""
    return tuple(run_event(event, folder) for event in study_events())


def markdown(results: Sequence[EventResult]) -> str:
    """Lay out the study as two Markdown tables: by event and by name."""
    lines = [
        EVENT_HEAD,
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for result in results:
        caar = [f"{float(result.windows[w].tests.mean[0]):+.2%}" for w in WINDOWS]
        day, three = result.windows[0, 0].tests, result.windows[-1, 1].tests
        lines.append(
            f"| {result.event.event} | {result.event.session} | {len(result.used)} "
            f"| {result.benchmark} | {' | '.join(caar)} "
            f"| {_number(day.kolari_pynnonen[0])} | {_number(three.kolari_pynnonen[0])} "
            f"| {_number(result.correlation)} | {_number(day.rank[0])} |"
        )
    lines += [
        "",
        NAME_HEAD,
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for result in results:
        for i, name in enumerate(result.used):
            cells = []
            for w in WINDOWS:
                found = result.windows[w]
                cells.append(f"{found.car[i]:+.2%} | {found.t[i]:+.2f}")
                if w == (0, 0):
                    p = 2.0 * float(student.sf(abs(found.t[i]), result.days[i] - 2.0))
                    cells.append(f"{p:.3f}")
            lines.append(
                f"| {result.event.event} | {name} | {result.raw[i]:+.2%} | {' | '.join(cells)} "
                f"| {result.beta[i]:.2f} | {result.days[i]:.0f} |"
            )
    return "\n".join(lines) + "\n"


def _number(value: float) -> str:
    """Two digits, stars at 10, 5 and 1 per cent two-sided, a dash where there is no test."""
    if not np.isfinite(value):
        return "–"
    stars = sum(abs(value) >= norm.ppf(1.0 - level / 2.0) for level in (0.10, 0.05, 0.01))
    return f"{value:+.2f}{'*' * int(stars)}"


def main(arguments: Sequence[str]) -> int:
    """Print the study for a folder of prices; 2 when no folder is given."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m analyzer.scenarios.study PRICES_DIR\n")
        return 2
    try:
        sys.stdout.write(markdown(run_study(Path(arguments[0]))))
    except InputError as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
