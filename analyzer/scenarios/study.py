"""The bundled event study of the s.1237 and NS-CMIC designations, rulings and the 2021 repeal.

Run on prices the user supplies: `python -m analyzer.scenarios.study PRICES_DIR [INDEX]`. The folder
holds `hk/<code>.HK.csv`, `us/<symbol>.csv`, `cn_a/<code>.csv` and `index/{HSI,GSPC}.csv`, each with
a date and a close. INDEX takes the place of the local one, on the clock of each listing. Only
numbers are published, never the prices.
"""

import csv
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

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
from analyzer.scenarios.event_tests import (
    MoreTests,
    fit_trade_to_trade,
    index_on_clock,
    more_tests,
    trade_to_trade,
)
from analyzer.scenarios.impact import FloatArray

ESTIMATION_DAYS = 250
GAP = 11  # the estimation window ends this many sessions before the event
BEFORE, AFTER = 10, 10
WINDOWS = ((0, 0), (-1, 1), (0, 5), (-10, 10))
BENCHMARK = {"XHKG": "HSI", "XNAS": "GSPC", "XSHG": "HSI"}
CLOSES = {
    "XHKG": ("Asia/Hong_Kong", 16),
    "XNAS": ("America/New_York", 16),
    "XSHG": ("Asia/Shanghai", 15),
}
"""Zone and hour of the close, of venues and of the homes of indices."""
INDEX_HOME = {"HSI": "XHKG", "GSPC": "XNAS"}
MORE_WINDOWS = ((0, 0), (-1, 1))
MORE_HEAD = (
    "| event | BW [0,0] | J1 [0,0] | gen. sign [0,0] | sign p | wild p | BW [-1,1] | J1 [-1,1] "
    "| gen. sign [-1,1] | sign p | wild p |"
)
THIN_HEAD = "| event | name | sessions without a trade | trade-to-trade AR | t |"
THIN = 0.02  # share of sessions without a trade from which a name is measured from trade to trade
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
    more
        Further tests by window; thin names, their share of sessions without a trade, abnormal
        return from trade to trade and its t.
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
    more: dict[tuple[int, int], MoreTests]
    thin: tuple[tuple[str, float, float, float], ...]


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


def _instants(days: Sequence[date], venue: str) -> list[datetime]:
    zone, hour = CLOSES[venue]
    return [datetime(d.year, d.month, d.day, hour, tzinfo=ZoneInfo(zone)) for d in days]


def _market(
    venue: str, name: str, index: dict[date, float], sessions: Sequence[date]
) -> FloatArray:
    """Return the index level that each session's close could know."""
    home = INDEX_HOME[name]
    days = sorted(index)
    levels = np.array([index[day] for day in days])
    return index_on_clock(_instants(sessions, venue), _instants(days, home), levels)


def _thin(
    names: Sequence[str], levels: FloatArray, market: FloatArray, estimation: slice, at: int
) -> tuple[tuple[str, float, float, float], ...]:
    """Measure the names that often did not trade from trade to trade."""
    listed = np.maximum.accumulate(np.isfinite(levels), axis=0)[estimation]
    missing = (np.isnan(levels[estimation]) & listed).sum(axis=0) / listed.sum(axis=0)
    rows = np.flatnonzero(missing > THIN)
    if not len(rows):
        return ()
    spans = trade_to_trade(levels[:, rows], market)
    model = fit_trade_to_trade(spans.rows(estimation))
    out, scaled = model.standardised(spans.rows(slice(at, at + 1)))
    return tuple(
        (names[int(i)], float(missing[i]), float(out[0, k]), float(scaled[0, k]))
        for k, i in enumerate(rows)
    )


def run_event(event: StudyEvent, folder: Path, index_name: str = "") -> EventResult:
    """Measure one event on the user's prices.

    Sessions are those of the local index; a name without a close on the event session or with too
    short a history is left out and said so.

    Parameters
    ----------
    index_name
        Index to measure against; the local one when empty. Another is shifted by the clock.
    """
    local = BENCHMARK[event.venue]
    benchmark = index_name or local
    index = read_closes(folder / "index" / f"{local}.csv")
    prices = {name: read_closes(_price_file(folder, event.venue, name)) for name in event.names}
    traded = set().union(*prices.values())
    sessions = sorted(day for day in index if day in traded)
    if event.session not in sessions:
        raise InputError(f"{event.event}: no prices on {event.session}")
    at = sessions.index(event.session)
    first = max(at - GAP - ESTIMATION_DAYS + 1, 1)
    levels = np.array([index[day] for day in sessions])
    if benchmark != local:  # the local index is taken by its dates, another by the clock
        other = read_closes(folder / "index" / f"{benchmark}.csv")
        levels = _market(event.venue, benchmark, other, sessions)
    market = np.diff(np.log(levels), prepend=np.nan)
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
    closes = np.array([[prices[n].get(day, np.nan) for n in used] for day in sessions])
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
        {(a, b): more_tests(found, BEFORE + a, BEFORE + b) for a, b in MORE_WINDOWS},
        _thin(used, closes, levels, estimation, at),
    )


def run_study(folder: Path, index_name: str = "") -> tuple[EventResult, ...]:
    """Measure every bundled event on the prices in `folder`; see `run_event`."""
    return tuple(run_event(event, folder, index_name) for event in study_events())


def markdown(results: Sequence[EventResult]) -> str:
    """Lay out the study as Markdown tables: by event, by name, further tests, thin names."""
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
    lines += ["", MORE_HEAD, "|---|---|---|---|---|---|---|---|---|---|---|"]
    for result in results:
        cells = []
        for w in MORE_WINDOWS:
            more = result.more[w]
            statistics = (more.brown_warner, more.j1, more.generalised_sign)
            cells += [*(_number(v) for v in statistics), f"{more.sign_p:.3f}", _p(more.wild_p)]
        lines.append(f"| {result.event.event} | {' | '.join(cells)} |")
    thin = [(r.event.event, *row) for r in results for row in r.thin]
    if thin:
        lines += ["", THIN_HEAD, "|---|---|---|---|---|"]
        lines += [f"| {e} | {n} | {m:.0%} | {a:+.2%} | {t:+.2f} |" for e, n, m, a, t in thin]
    return "\n".join(lines) + "\n"


def _p(value: float) -> str:
    return f"{value:.3f}" if np.isfinite(value) else "–"


def _number(value: float) -> str:
    """Two digits, stars at 10, 5 and 1 per cent two-sided, a dash where there is no test."""
    if not np.isfinite(value):
        return "–"
    stars = sum(abs(value) >= norm.ppf(1.0 - level / 2.0) for level in (0.10, 0.05, 0.01))
    return f"{value:+.2f}{'*' * int(stars)}"


def main(arguments: Sequence[str]) -> int:
    """Print the study for a folder of prices; 2 when no folder is given."""
    indices = ("", *INDEX_HOME)
    if not 1 <= len(arguments) <= 2 or (index := [*arguments, ""][1]) not in indices:
        usage = f"usage: python -m analyzer.scenarios.study PRICES_DIR [{'|'.join(INDEX_HOME)}]"
        sys.stderr.write(f"{usage}\n")
        return 2
    try:
        sys.stdout.write(markdown(run_study(Path(arguments[0]), index)))
    except InputError as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
