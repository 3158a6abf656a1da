"""Sentences of a report. Nothing here ever calls a line clear: it says what was screened."""

from collections.abc import Iterable
from dataclasses import dataclass

from analyzer.core.asof import NEW_YORK
from analyzer.core.matching import MatchKind
from analyzer.core.verdict import STATUS_MEANING, Status, Verdict
from analyzer.exposure import Analysis, EventNote, LineJudgement

NOT_ADVICE = "Not legal advice; decisions belong to the firm."

RESTRICTED = (Status.BLOCKED, Status.LOCKED, Status.SELL_WINDOW, Status.RESTRICTED)
"""Statuses under which purchases are prohibited today."""

_DECIDING = {Status.LOCKED: "sell"}
_BY_STANDING = frozenset({Status.SUSPENDED, Status.RELEASED, Status.WATCH})


def status_words(status: Status) -> str:
    """Return a status as words: `sell window`."""
    return status.value.replace("_", " ")


def restricted_lines(analysis: Analysis) -> tuple[int, float | None, float | None]:
    """Return lines, base value and weight under a prohibition; None where nothing is valued."""
    found = [analysis.totals.by_status[s] for s in RESTRICTED if s in analysis.totals.by_status]
    values = [s.market_value for s in found if s.market_value is not None]
    weights = [s.weight for s in found if s.weight is not None]
    return (
        sum(s.rows for s in found),
        sum(values) if values else None,
        sum(weights) if weights else None,
    )


def restricted_issuers(analysis: Analysis) -> int:
    """Return how many issuers are held under a prohibition."""
    return len(
        {
            answer.match.entity_id
            for answer in analysis.judged
            if answer.match is not None and answer.status in RESTRICTED
        }
    )


def headline(analysis: Analysis) -> str:
    """Return the first sentence of a report."""
    rows, value, weight = restricted_lines(analysis)
    day = f"on {analysis.question.as_of}"
    if not rows:
        return (
            f"No line among those screened is under a purchase or sale prohibition {day}; "
            f"{incomplete_words(analysis)}"
        )
    issuers = restricted_issuers(analysis)
    money = "" if value is None else f", {analysis.question.base} {value:,.2f}"
    share = "" if weight is None else f" ({weight:.2%} of net value)"
    lines = "1 line" if rows == 1 else f"{rows:,} lines"
    names = "1 issuer" if issuers == 1 else f"{issuers:,} issuers"
    verb = "is" if rows == 1 else "are"
    return f"{lines} of {names}{money}{share} {verb} under a prohibition {day}."


def incomplete_words(analysis: Analysis) -> str:
    """Return whether everything was answered, in words."""
    if analysis.coverage.complete:
        beyond = not_covered(analysis)
        return "every line was screened and nothing stands open" + (
            f"; {beyond}." if beyond else "."
        )
    return "the result is incomplete: " + "; ".join(incomplete_reasons(analysis)) + "."


def incomplete_reasons(analysis: Analysis) -> tuple[str, ...]:
    """Return why the result is not complete, most basic first; empty when it is."""
    coverage = analysis.coverage
    if coverage.complete:
        return ()
    rejected = sum(note.rows_rejected for note in analysis.inputs)
    blind = coverage.rows_total - coverage.rows_screened - rejected
    found = []
    if rejected:
        found.append(f"{_rows(rejected)} could not be read")
    if blind > 0:
        found.append(f"{_rows(blind)} not screened (funds that were not looked through)")
    if coverage.open_reviews:
        found.append(f"{_rows(coverage.open_reviews)} in review")
    if coverage.stale:
        found.append(f"the law is verified only through {coverage.verified_through}")
    if analysis.totals.unvalued_rows:
        found.append(f"{_rows(analysis.totals.unvalued_rows)} without a value")
    return tuple(found) or ("see the data issues",)


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def not_covered(analysis: Analysis) -> str:
    """Return which regimes nothing was screened against, in words; empty when there is none."""
    return "; ".join(f.message for f in analysis.findings if f.code == "W607")


def no_match_words(analysis: Analysis) -> str:
    """Return what a line without a match may say."""
    newest = analysis.coverage.newest
    lists = f"no match in {len(analysis.coverage.in_force)} lists"
    return f"{lists}, newest {newest}" if newest else lists


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a line has its status.

    Parameters
    ----------
    sentence
        What the status means for the holder, and why.
    because
        The second half alone, for where the status stands beside it.
    notes
        The events and rules it rests on.
    """

    sentence: str
    because: str = ""
    notes: tuple[EventNote, ...] = ()

    @property
    def citation(self) -> str:
        """The sources with their grades."""
        return cites(self.notes)


def why(analysis: Analysis, answer: LineJudgement) -> Reason:
    """Return why a line has its status."""
    status = answer.status
    if status is Status.NO_MATCH:
        words = no_match_words(analysis)
        return Reason(words, words)
    verdict = _deciding(answer)
    chain = _chain(analysis, answer, verdict)
    if status in (Status.REVIEW, Status.UNKNOWN) and (verdict is None or _about_facts(verdict)):
        words = _open_words(answer, verdict)
        return Reason(words, words, chain)
    if status is Status.WATCH and answer.standing.flags:
        words = "; ".join(answer.standing.flags[-2:])
        return Reason(f"{STATUS_MEANING[status]}: {words}", words, chain[:1])
    if (
        status is Status.WATCH
        and answer.match is not None
        and answer.match.kind is MatchKind.AFFILIATE
        and answer.reasons
    ):
        return Reason(answer.reasons[0], answer.reasons[0], chain)
    first = answer.reasons[0] if status is Status.REVIEW and answer.reasons else None
    start = first or STATUS_MEANING[status] + _until(verdict, status)
    # An open question is already told in the first reason; it is not told twice.
    words = "; ".join(_dated(n) for n in chain if n.text not in start)
    return Reason(f"{start}: {words}" if words else start, words or start, chain)


def _chain(
    analysis: Analysis, answer: LineJudgement, verdict: Verdict | None
) -> tuple[EventNote, ...]:
    """Return what decides: the listing and the rule, or what became of the listing since."""
    by_standing = answer.status in _BY_STANDING
    ids = answer.standing.because if by_standing else ()
    ids = ids or (verdict.because if verdict else ()) or answer.standing.because
    notes = [analysis.events[i] for i in dict.fromkeys(ids) if i in analysis.events]
    if answer.status in (Status.SUSPENDED, Status.RELEASED) and len(notes) > 2:
        since = [n for n in notes[1:] if n.date > notes[0].date]
        return (notes[0], *since[-3:])
    return tuple(notes) if len(notes) <= 2 else (notes[0], notes[-1])


def _about_facts(verdict: Verdict) -> bool:
    """Whether what is open is the identity of the issuer or a fact, not the law."""
    return verdict.basis == "identity" or not verdict.because


def _deciding(answer: LineJudgement) -> Verdict | None:
    return answer.verdicts.get(_DECIDING.get(answer.status, "buy"))


def _open_words(answer: LineJudgement, verdict: Verdict | None) -> str:
    asked = verdict is not None and verdict.basis != "identity"
    needs = "; ".join(verdict.needs) if verdict and asked else ""
    first = answer.reasons[0] if answer.reasons else STATUS_MEANING[answer.status]
    return f"{first}; needs {needs}" if needs and needs not in first else first


def _until(verdict: Verdict | None, status: Status) -> str:
    if verdict is None or verdict.until is None or status in _BY_STANDING:
        return ""
    word = "through" if verdict.until_inclusive else "until"
    return f" ({word} {verdict.until.astimezone(NEW_YORK):%Y-%m-%d %H:%M %Z})"


def _dated(note: EventNote) -> str:
    return (
        note.text
        if not note.date or note.date[:10] in note.text
        else f"{note.date[:10]}: {note.text}"
    )


def cites(notes: Iterable[EventNote]) -> str:
    """Return the sources of notes with their grades, each once."""
    found = {c["ref"]: c.get("grade", "") for note in notes for c in note.cites}
    return "; ".join(f"{ref} (grade {grade})" if grade else ref for ref, grade in found.items())
