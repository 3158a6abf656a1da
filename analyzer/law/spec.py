"""Regimes as data: dated rule versions, their clocks, and their decision tables.

A rule version is a table read from top to bottom; the first row whose conditions all hold
answers. What no row answers is `review`: an act without authority is never inferred from
another act.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any

from analyzer.core.asof import NEW_YORK
from analyzer.core.verdict import Outcome


class Phase(StrEnum):
    """Where an instant lies against a designation's clocks."""

    PENDING = "pending"  # listed, the ban not yet begun
    WINDOW = "window"  # the ban has begun, divestment is still open
    CLOSED = "closed"  # the divestment window has closed
    ACTIVE = "active"  # in force, and the version knows no window


class Via(StrEnum):
    """Why an entity is reached."""

    LISTED = "listed"
    OWNED = "owned"
    CLOSE_NAME = "close_name"
    CLASS = "class"  # facts about the issuer or the security, no list


@dataclass(frozen=True, slots=True)
class Clock:
    """An instant counted from the listing date, or fixed.

    Days are calendar days with no weekend roll; `at` is New York wall time. When `inclusive`,
    the stated minute still belongs to the earlier span.
    """

    at: time = time()
    days: int | None = None
    fixed: datetime | None = None
    inclusive: bool = False

    def instant(self, listed: datetime) -> datetime:
        """Return the stated instant for a name listed at `listed`."""
        if self.fixed is not None:
            return self.fixed
        day = listed.astimezone(NEW_YORK).date() + timedelta(days=self.days or 0)
        return datetime.combine(day, self.at, NEW_YORK)

    def boundary(self, listed: datetime) -> datetime:
        """Return the first instant of the later span."""
        end = self.instant(listed)
        return end + timedelta(minutes=1) if self.inclusive else end


def _within_day(given: Any, value: Any) -> bool:
    """Whether a bare day is compared with an hour of that day: nothing follows from it."""
    return (
        isinstance(given, datetime)
        and isinstance(value, datetime)
        and given.astimezone(NEW_YORK).time() == time()
        and value.astimezone(NEW_YORK).time() != time()
        and given.astimezone(NEW_YORK).date() == value.astimezone(NEW_YORK).date()
    )


CLOCK_NAMES = ("listed", "ban_from", "window_end")


@dataclass(frozen=True, slots=True)
class FactTest:
    """A condition on one fact: `equal`, `gt`, `ge`, `lt`, `le`, `after`, `before`, `from`, `in`.

    A date may be compared with one of the designation's own instants, by the names of
    `CLOCK_NAMES`. `after` is strict; `from` includes the instant itself.
    """

    fact: str
    op: str
    value: Any

    def holds(self, facts: Mapping[str, Any]) -> bool | None:
        """Return whether the fact satisfies the test; None when the fact is not stated."""
        given = facts.get(self.fact)
        value = facts.get(self.value) if self.value in CLOCK_NAMES else self.value
        if given is None or value is None or _within_day(given, value):
            return None
        match self.op:
            case "equal":
                return bool(given == value)
            case "in":
                return bool(given in value)
            case "gt" | "after":
                return bool(given > value)
            case "ge" | "from":
                return bool(given >= value)
            case "lt" | "before":
                return bool(given < value)
            case _:
                return bool(given <= value)


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of a decision table; an empty condition always holds.

    Parameters
    ----------
    until
        `ban_from`, `window_end`, or empty; `until_at` is a fixed instant instead.
    missing
        What an unstated fact means: `review` asks for it; `skip` lets the next row answer and
        names the fact among `needs`; `pass` lets the next row answer silently.
    lists
        Lists whose names the row speaks of, where a version reads several.
    question
        Id of the open question the row turns on.
    since, before, known
        Span in which the row speaks, and the first instant it was public (a guidance version).
    """

    id: str
    text: str
    outcome: Outcome
    acts: frozenset[str] = frozenset()
    phases: frozenset[Phase] = frozenset()
    holders: frozenset[str] = frozenset()
    instruments: frozenset[str] = frozenset()
    via: frozenset[Via] = frozenset()
    lists: frozenset[str] = frozenset()
    facts: tuple[FactTest, ...] = ()
    missing: str = "review"
    until: str = ""
    conditions: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    question: str = ""
    report_due: str = ""
    until_at: datetime | None = None
    since: datetime | None = None
    before: datetime | None = None
    known: datetime | None = None
    cites: tuple[str, ...] = ()
    where: str = ""

    def speaks(self, at: datetime, known: datetime) -> bool:
        """Whether the row is in force and public."""
        return (
            (self.since is None or at >= self.since)
            and (self.before is None or at < self.before)
            and (self.known is None or known >= self.known)
        )

    def covers(self, act: str, phase: Phase, via: Via, instrument: str, list_id: str) -> bool:
        """Whether act, phase, reach, list and instrument are all within the row."""
        return (
            (not self.acts or act in self.acts)
            and (not self.lists or list_id in self.lists)
            and (not self.phases or phase in self.phases)
            and (via in self.via if self.via else via is not Via.CLOSE_NAME)
            and (not self.instruments or instrument in self.instruments)
        )

    def binds(self, lineage: frozenset[str], bound: bool) -> bool:
        """Whether the row speaks of this holder; a row without holders speaks of all bound."""
        return bool(self.holders & lineage) if self.holders else bound


@dataclass(frozen=True, slots=True)
class Ownership:
    """When an entity owned by designated persons is itself reached.

    Parameters
    ----------
    threshold
        Fraction owned directly by persons who are themselves reached.
    strict
        Whether the fraction must exceed the threshold rather than attain it.
    aggregate
        Whether the holdings of several reached owners add up.
    control
        Whether control, stated as the fact `controlled`, is enough.
    """

    threshold: float
    strict: bool = False
    aggregate: bool = True
    control: bool = False

    def attained(self, fraction: float) -> bool:
        """Whether a fraction reaches the threshold (sums of decimals, so within 1e-9)."""
        if self.strict:
            return fraction > self.threshold + 1e-9
        return fraction >= self.threshold - 1e-9


@dataclass(frozen=True, slots=True)
class Question:
    """An open question of law: what a strict and a lenient reader would answer, and why.

    `strict` and `lenient` are outcomes of the acts it covers; `scope` names what a reading
    changes beyond the rows and events that carry its id (`vacatur`, `injunction`).
    """

    id: str
    text: str
    strict: Outcome
    lenient: Outcome
    cites: tuple[str, ...] = ()
    scope: str = ""
    where: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """One dated version of a regime's rules.

    Parameters
    ----------
    event
        Id of the enact or amend event that brings it in force.
    lists
        Ids of the lists whose names it reaches.
    fallback_lists
        Lists that speak only of names none of `lists` names (a published list that says less).
    list_kinds
        Kinds of list (`custom`, `policy`) whose names it reaches, whatever their ids.
    classes
        Alternatives, each a conjunction of tests on facts; one that holds is a reach of its own.
    ownership
        When entities owned by the listed ones are reached too.
    ban_from, window_end
        Clocks; None where the version has none.
    initial_before, initial_ban_from, initial_window_end
        Names listed before this instant run on these clocks instead.
    close_names
        Whether a name that closely matches a listed one is reached.
    """

    id: str
    event: str
    lists: tuple[str, ...]
    rules: tuple[Rule, ...]
    ban_from: Clock | None = None
    window_end: Clock | None = None
    initial_before: datetime | None = None
    initial_ban_from: Clock | None = None
    initial_window_end: Clock | None = None
    close_names: bool = False
    list_kinds: frozenset[str] = frozenset()
    fallback_lists: tuple[str, ...] = ()
    classes: tuple[tuple[FactTest, ...], ...] = ()
    ownership: Ownership | None = None

    def clocks(self, listed: datetime) -> tuple[Clock | None, Clock | None]:
        """Return the ban and window clocks of a name listed at `listed`."""
        if self.initial_before is not None and listed < self.initial_before:
            return self.initial_ban_from, self.initial_window_end
        return self.ban_from, self.window_end


@dataclass(frozen=True, slots=True)
class Regime:
    """One body of rules: who is bound, by what versions, verified over which span.

    `open_lists` are those without a bundled edition: the user imports them, or single dated facts
    about them stand among the events. `acts` limits it to some acts; a name reached by a regime in
    `yields_to` is judged there only.
    `lists` are those any version reads, `by_class` whether any reaches a class by facts, `bans`
    whether the regime can prohibit a securities transaction at all.
    """

    id: str
    title: str
    kind: str
    binds: frozenset[str]
    verified_from: datetime
    verified_through: datetime
    versions: tuple[Version, ...]
    flag: str = ""
    reach: str = ""
    last_checked: str = ""
    interval_days: int = 0
    acts: frozenset[str] = frozenset()
    yields_to: frozenset[str] = frozenset()
    open_lists: frozenset[str] = frozenset()
    where: str = ""
    lists: tuple[str, ...] = field(init=False)
    by_class: bool = field(init=False)
    bans: bool = field(init=False)

    def __post_init__(self) -> None:
        """Gather what all versions read."""
        names = sorted({n for v in self.versions for n in (*v.lists, *v.fallback_lists)})
        object.__setattr__(self, "lists", tuple(names))
        object.__setattr__(self, "by_class", any(v.classes for v in self.versions))
        object.__setattr__(self, "bans", self.kind != "watch")

    @property
    def personal(self) -> bool:
        """Whether it concerns only those who name themselves: a state's fund, a policy's user."""
        return self.kind in ("policy", "state_mandate")

    @property
    def basis(self) -> str:
        """What a verdict of this regime rests on: law, or a policy someone adopted."""
        return "policy" if self.kind == "policy" else "law"

    def governs(self, act: str, trade_acts: frozenset[str]) -> bool:
        """Whether the regime answers for an act; trade acts only where it names them."""
        if self.acts:
            return act in self.acts
        return self.bans and act not in trade_acts


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words a question may use; holders know what they are a case of."""

    acts: Mapping[str, str]
    instruments: Mapping[str, str]
    groups: Mapping[str, tuple[str, ...]]
    holders: Mapping[str, str]
    parents: Mapping[str, str]
    facts: Mapping[str, str]
    trade_acts: frozenset[str] = frozenset()
    lineages: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def lineage(self, holder: str) -> frozenset[str]:
        """Return the holder and everything it is a case of."""
        found = self.lineages.get(holder)
        if found is None:
            words = [holder]
            while words[-1] in self.parents:
                words.append(self.parents[words[-1]])
            found = frozenset(words)
        return found

    def expand(self, words: tuple[str, ...]) -> frozenset[str]:
        """Replace instrument groups by their members."""
        out: set[str] = set()
        for word in words:
            out.update(self.groups.get(word, (word,)))
        return frozenset(out)
