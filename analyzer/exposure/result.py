"""What an analysis returns: one object that every table, file and page is drawn from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import pandas as pd

from analyzer.core.asof import AsOf
from analyzer.core.findings import Finding
from analyzer.core.matching import Candidate, Match
from analyzer.core.verdict import Change, Deadline, Judgement, Standing, Status, Verdict
from analyzer.exposure.parties import Party
from analyzer.resolve.lookthrough import FundShare


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked of a portfolio.

    Parameters
    ----------
    as_of
        The law in force when, as known when.
    holder
        A holder of the published vocabulary.
    holder_assumed
        Nobody stated the holder; a US person was assumed.
    base
        ISO 4217 currency of every total; None adds nothing across currencies.
    without_rulings
        Court events and all that follow them were left out.
    reading
        `strict` or `lenient` reading of the open questions, or empty for neither.
    """

    as_of: AsOf
    holder: str = "us-person"
    holder_assumed: bool = True
    base: str | None = None
    without_rulings: bool = False
    reading: str = ""


@dataclass(frozen=True, slots=True)
class LineJudgement:
    """The answer for every line of one security, side and set of facts.

    Parameters
    ----------
    match
        Who issued it, or None.
    status
        One word for the position.
    verdicts
        By act, with the doubt about identity already taken into account.
    judgement
        What the law says of the matched entity; None without a match.
    instrument, mic
        What the line is and where it trades, from the file or the bundled security.
    reasons
        Sentences, the deciding one first.
    elsewhere
        Holder to status, where another holder would get another answer.
    now
        The answer with everything known since, where that differs.
    via
        For a fund that was looked through: its shares in listed issuers.
    holder
        For whom the law was asked.
    counterparty
        Who stands on the other side of the contract, where a list names it; `match` is the same
        where nobody else is matched.
    apart
        Status of what the line is about, apart from its counterparty; None where none is listed.
    """

    match: Match | None
    status: Status
    verdicts: Mapping[str, Verdict]
    judgement: Judgement | None = None
    instrument: str = "equity"
    mic: str | None = None
    reasons: tuple[str, ...] = ()
    elsewhere: Mapping[str, Status] = field(default_factory=dict)
    now: "KnownNow | None" = None
    via: tuple[FundShare, ...] = ()
    holder: str = ""
    counterparty: Match | None = None
    apart: Status | None = None

    @property
    def own_status(self) -> Status:
        """The status of what the line is about, whoever its counterparty is."""
        return self.status if self.apart is None else self.apart

    @property
    def only_counterparty(self) -> bool:
        """Whether the line is matched by its counterparty alone, not by what it is about."""
        return self.counterparty is not None and self.match is self.counterparty

    @property
    def listed_name(self) -> str:
        """Who the line is matched with, said to be a counterparty where it is only that."""
        if self.match is None:
            return ""
        return (
            f"{self.match.entity} (counterparty)" if self.only_counterparty else self.match.entity
        )

    @property
    def standing(self) -> Standing:
        """Where the matched entity stands."""
        return self.judgement.standing if self.judgement else Standing()

    @property
    def changes(self) -> tuple[Change, ...]:
        """Answers that change within the day asked about."""
        return self.judgement.changes if self.judgement else ()


@dataclass(frozen=True, slots=True)
class KnownNow:
    """The answer to the same question with everything known since."""

    status: Status
    verdicts: Mapping[str, Verdict]
    known: datetime


@dataclass(frozen=True, slots=True)
class Sum:
    """Rows, base-currency value and weight of a group of lines.

    `market_value` is None when no line of the group has a base value; `weight` is a fraction of
    net value.
    """

    rows: int
    market_value: float | None
    weight: float | None


@dataclass(frozen=True, slots=True)
class Totals:
    """One portfolio, or all of them, by status."""

    rows: int
    market_value: float | None
    by_status: Mapping[Status, Sum]
    gross: float | None = None
    long: float | None = None
    short: float | None = None
    unvalued_rows: int = 0


@dataclass(frozen=True, slots=True)
class ListCoverage:
    """One list the lines were screened against, in the edition in force at the date."""

    id: str
    title: str
    edition: date | None
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was, and was not, screened; `complete` only when nothing stands open."""

    rows_screened: int
    rows_total: int
    value_screened_weight: float | None
    lists: tuple[ListCoverage, ...]
    open_reviews: int
    stale: bool
    verified_through: date | None
    complete: bool

    @property
    def in_force(self) -> tuple[ListCoverage, ...]:
        """The lists with an edition in force: those that were screened against."""
        return tuple(c for c in self.lists if c.edition is not None)

    @property
    def newest(self) -> date | None:
        """The date of the newest edition."""
        return max((c.edition for c in self.lists if c.edition), default=None)

    def sentence(self) -> str:
        """Return the line that must stand beside every result."""
        left = self.rows_total - self.rows_screened
        share = (
            ""
            if self.value_screened_weight is None
            else f" ({self.value_screened_weight:.1%} of value)"
        )
        newest = f", newest {self.newest}" if self.newest else ""
        words = (
            f"{self.rows_screened:,} of {self.rows_total:,} positions{share} screened against "
            f"{len(self.in_force)} lists{newest}; {left:,} not screened"
        )
        if self.open_reviews:
            words += f"; {self.open_reviews:,} in review"
        if self.stale:
            words += f"; law as far as verified on {self.verified_through}"
        return words


@dataclass(frozen=True, slots=True)
class LineDeadline:
    """A legal date that touches held lines, with the last lawful session at their venue."""

    deadline: Deadline
    entity_name: str
    mic: str | None
    last_session: date | None
    session_note: str
    provisional: bool
    rows: int
    market_value: float | None


@dataclass(frozen=True, slots=True)
class IndirectHolding:
    """An issuer held through funds; never added to the direct value.

    Parameters
    ----------
    low, high
        Base currency; they differ by what the constituents leave out. None without a value.
    funds
        Fund key to its share in the issuer.
    """

    entity_id: str
    entity: str
    status: Status
    low: float | None
    high: float | None
    funds: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class EventNote:
    """An event or rule that a verdict rests on."""

    id: str
    date: str
    text: str
    cites: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True)
class InputNote:
    """One input file and what became of its rows."""

    path: str
    sha256: str
    layout: str
    mapping: Mapping[str, str]
    rows_read: int
    rows_holding: int
    rows_skipped: int
    rows_rejected: int
    date: date | None
    stated_total: float | None = None
    skipped: tuple[Any, ...] = ()
    rejected: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Analysis:
    """Everything that was found.

    Parameters
    ----------
    lines
        HOLDINGS and the columns of `exposure.lines.LINES`; one row per holding row.
    judged
        Answers; `lines["judged"]` indexes them.
    totals, portfolios
        Over everything, and by portfolio.
    events
        Every event and rule a verdict rests on, by id.
    questions
        Open question id to base value resting on it.
    parties
        Who stands behind each portfolio, where stated.
    """

    question: Question
    inputs: tuple[InputNote, ...]
    lines: pd.DataFrame
    judged: tuple[LineJudgement, ...]
    totals: Totals
    portfolios: Mapping[str, Totals]
    coverage: Coverage
    deadlines: tuple[LineDeadline, ...]
    events: Mapping[str, EventNote]
    questions: Mapping[str, float]
    findings: tuple[Finding, ...]
    manifest: Mapping[str, Any]
    indirect: tuple[IndirectHolding, ...] = ()
    parties: Mapping[str, Party] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What the law says of one name.

    Parameters
    ----------
    how
        The evidence by which the query found its entity.
    judgement
        None when nothing, or more than one thing, was found.
    candidates
        The entities the query may mean, when there are several.
    """

    query: str
    question: Question
    acts: tuple[str, ...]
    verdicts: Mapping[str, Verdict]
    entity: Candidate | None = None
    judgement: Judgement | None = None
    candidates: tuple[Candidate, ...] = ()
    lists: tuple[ListCoverage, ...] = ()
