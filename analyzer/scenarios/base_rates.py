"""How often a listed company came off: a handful of cases, so always an interval and the cases.

The counts are tiny and the statutes differ, so no function here returns a bare probability.
"""

import csv
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files

from scipy.special import betaincinv

from analyzer.core.entities import Grade
from analyzer.core.errors import DataError


class Prior(StrEnum):
    """Prior of the Beta posterior: uniform is Beta(1, 1), Jeffreys Beta(1/2, 1/2)."""

    UNIFORM = "uniform"
    JEFFREYS = "jeffreys"


class Pool(StrEnum):
    """Which cases are taken together; pooling across statutes is a modelling choice."""

    US_COURT = "us-court"  # decided on the merits or on an injunction, both statutes
    S1237 = "s.1237"
    S1260H = "s.1260H"
    US_OFF_LIST = "us-off-list"  # litigants off the list by any route, ruling or not
    EU_833 = "EU Reg. 833/2014"


class Stage(StrEnum):
    """What a ruling decides, in the order in which they come."""

    TRO = "tro"  # temporary restraining order
    PRELIMINARY = "preliminary"  # preliminary injunction
    MERITS = "merits"  # judgment of the first court
    APPEAL = "appeal"  # judgment on the holder's appeal


@dataclass(frozen=True, slots=True)
class Case:
    """One challenge to a listing.

    Parameters
    ----------
    filed, resolved, appealed
        ISO dates, to the precision known ("2021-01"); empty where unknown or open.
    stage
        What the ruling decided; None without a ruling.
    court_win
        Whether a court ruled for the company; None without a ruling.
    off_list
        Whether the name came off by any route; None while open.
    counted
        Whether the case enters a base rate; the note says why not.
    """

    case_id: str
    case: str
    docket: str
    statute: str
    filed: str
    resolved: str
    stage: Stage | None
    court_win: bool | None
    off_list: bool | None
    appealed: str
    counted: bool
    grade: Grade
    source_url: str
    note: str


@dataclass(frozen=True, slots=True)
class BaseRate:
    """A Beta posterior over the chance of relief, with the cases behind it.

    Parameters
    ----------
    mean, median
        Of the posterior, fractions.
    low, high
        5 % and 95 % quantiles.
    caution
        What limits the use of the number, in words.
    """

    pool: Pool
    prior: Prior
    wins: int
    decided: int
    mean: float
    low: float
    median: float
    high: float
    cases: tuple[Case, ...]
    caution: str

    def __str__(self) -> str:
        return (
            f"{self.wins} of {self.decided} ({self.pool.value}): "
            f"{self.mean:.2f} [{self.low:.2f}, {self.high:.2f}], {self.prior.value} prior"
        )


_ANSWER = {"yes": True, "no": False, "": None}
_PSEUDO = {Prior.UNIFORM: 1.0, Prior.JEFFREYS: 0.5}
_STATUTES = {
    Pool.US_COURT: ("s.1237", "s.1260H"),
    Pool.S1237: ("s.1237",),
    Pool.S1260H: ("s.1260H",),
    Pool.US_OFF_LIST: ("s.1237", "s.1260H"),
    Pool.EU_833: ("EU Reg. 833/2014",),
}


@cache
def cases() -> tuple[Case, ...]:
    """Return every known challenge, counted or not, in file order.

    Raises
    ------
    DataError
        For a word other than yes, no or nothing in an answer column; names the row.
    """
    text = files("analyzer.scenarios").joinpath("base_rates.csv").read_text(encoding="utf-8")
    found = []
    for line, row in enumerate(csv.DictReader(text.splitlines()), start=2):
        try:
            win, off, counted = (_ANSWER[row[c]] for c in ("court_win", "off_list", "counted"))
            grade = Grade(row["grade"])
            stage = Stage(row["stage"]) if row["stage"] else None
        except (KeyError, ValueError) as error:
            raise DataError(f"base_rates.csv line {line}: {error}") from None
        plain = {c: row[c] for c in ("case_id", "case", "docket", "statute", "filed", "resolved")}
        found.append(
            Case(
                **plain,
                stage=stage,
                appealed=row["appealed"],
                court_win=win,
                off_list=off,
                counted=bool(counted),
                grade=grade,
                source_url=row["source_url"],
                note=row["note"],
            )
        )
    return tuple(found)


def _known_by(when: str, day: date | None) -> bool:
    """Whether something happened by a day; what is dated to a month counts from its end."""
    rest = {4: "-12-31", 7: "-31"}.get(len(when), "")
    return day is None or (bool(when) and when + rest <= day.isoformat())


def base_rate(
    pool: Pool,
    prior: Prior = Prior.UNIFORM,
    *,
    until: date | None = None,
    stage: Stage | None = None,
) -> BaseRate:
    """Return the posterior over relief for one pool of cases.

    Parameters
    ----------
    until
        Count only cases resolved by this day, so that a question about the past is not answered
        with its own outcome; None counts all.
    stage
        Count only rulings of this stage; None counts all.

    References
    ----------
    Conjugate update of a Beta prior by counted cases: Beta(a + wins, a + losses).
    """
    answers = [
        (case, case.off_list if pool is Pool.US_OFF_LIST else case.court_win)
        for case in cases()
        if case.counted and case.statute in _STATUTES[pool] and _known_by(case.resolved, until)
        if stage is None or case.stage is stage
    ]
    return _posterior(pool, prior, [(c, bool(a)) for c, a in answers if a is not None])


def appeal_rate(pool: Pool, prior: Prior = Prior.UNIFORM, *, until: date | None = None) -> BaseRate:
    """Return the posterior over a loser's appeal: its `wins` are appeals, its cases losses.

    Only losses of which an appeal is known count: of the others it is not known that there was
    none, so the rate is, if anything, too high.
    """
    lost = [
        case
        for case in cases()
        if case.counted and case.statute in _STATUTES[pool] and case.court_win is False
        if case.appealed and _known_by(case.appealed, until)
    ]
    return _posterior(pool, prior, [(case, True) for case in lost])


def _posterior(pool: Pool, prior: Prior, decided: list[tuple[Case, bool]]) -> BaseRate:
    wins = sum(answer for _, answer in decided)
    a, b = _PSEUDO[prior] + wins, _PSEUDO[prior] + len(decided) - wins
    low, median, high = (float(betaincinv(a, b, q)) for q in (0.05, 0.5, 0.95))
    caution = f"{len(decided)} cases: use the interval, not the mean"
    if len(_STATUTES[pool]) > 1:
        caution += "; pools statutes with different standards, see them apart"
    return BaseRate(
        pool=pool,
        prior=prior,
        wins=wins,
        decided=len(decided),
        mean=a / (a + b),
        low=low,
        median=median,
        high=high,
        cases=tuple(case for case, _ in decided),
        caution=caution,
    )
