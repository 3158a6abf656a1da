"""From the lines of a portfolio to the issuers that some list names."""

from collections.abc import Collection, Iterable
from copy import copy
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from analyzer.core.findings import Finding, Severity
from analyzer.core.matching import Candidate, JudgementRecord, Match, MatchKind
from analyzer.resolve.book import NameBook, NameHit
from analyzer.resolve.codes import CodeHit, CodeIndex
from analyzer.resolve.identity import Identity
from analyzer.resolve.judgements import Judgements
from analyzer.resolve.lines import FUNDS, Line, distinct_lines
from analyzer.resolve.lookup import look_up
from analyzer.resolve.places import Fit, fit, home
from analyzer.resolve.related import Ties
from analyzer.resolve.words import (
    code_evidence,
    disguise_evidence,
    family_evidence,
    name_evidence,
    standing_evidence,
)

Problems = list[tuple[str, str]]


@dataclass(frozen=True)
class Resolution:
    """Who issued each line of a frame.

    Parameters
    ----------
    codes
        int32, one per row of the frame: index into `matches`.
    matches
        One per distinct security; None where no listed issuer was found.
    findings
        Once per distinct security, at its first row.
    """

    codes: npt.NDArray[np.int32]
    matches: tuple[Match | None, ...]
    findings: tuple[Finding, ...]


class Resolver:
    """Resolves securities to the issuers that lists name, or that are related to one.

    Parameters
    ----------
    identity
        Entities, securities and relations.
    listed
        Ids of the entities named on any list; None takes every entity as listed. An entity that
        is not listed is reported only as an affiliate or a close name of one that is.
    judgements
        Decisions of people, applied to the security and entity they are about.
    """

    def __init__(
        self,
        identity: Identity,
        listed: Collection[str] | None = None,
        judgements: Iterable[JudgementRecord] = (),
    ) -> None:
        self._entities = identity.entities
        self._listed = frozenset(identity.entities if listed is None else listed)
        self._codes = CodeIndex(identity.entities, identity.securities)
        self._book = NameBook(identity.entities)
        self._ties = Ties(identity.relations, self._listed)
        self._judgements = Judgements(judgements, identity.entities)
        self._homes = {
            key: home(entity, self._codes.lines.get(key, ()))
            for key, entity in identity.entities.items()
        }

    def with_judgements(self, records: Iterable[JudgementRecord]) -> "Resolver":
        """Return a resolver that applies other decisions; the indices are shared."""
        other = copy(self)
        other._judgements = Judgements(records, self._entities)  # noqa: SLF001 (its own class)
        return other

    def resolve(self, frame: pd.DataFrame) -> Resolution:
        """Judge each distinct security of a holdings frame once.

        Parameters
        ----------
        frame
            HOLDINGS, or any frame with some of its identifying columns.
        """
        codes, lines = distinct_lines(frame)
        matches: list[Match | None] = []
        findings = []
        for line, names in zip(lines, self._book.find_many([x.parsed for x in lines]), strict=True):
            match, problems = self.judge(line, names)
            matches.append(match)
            for code, message in problems:
                findings.append(Finding(Severity.WARNING, code, message, line.file, line.row))
        return Resolution(codes, tuple(matches), tuple(findings))

    def judge(self, line: Line, names: list[NameHit]) -> tuple[Match | None, Problems]:
        """Return the match of one line and what is wrong with it, as finding code and message."""
        if line.instrument == "cash":
            return None, []
        hits = [h for kind, code in line.codes if (h := self._codes.find(kind, code)) is not None]
        ticker = self._codes.find_ticker(line.ticker, line.mic)
        problems: Problems = []
        if hits:
            match, problems = self._by_code(line, hits, names)
        elif ticker is not None:
            match = self._by_ticker(line, ticker, names)
        else:
            match = self._by_name(line, names)
        return self._judgements.apply(line, match), problems

    def look_up(self, text: str) -> tuple[Candidate, ...]:
        """Return the entities a typed name or identifier may mean, best first.

        Entity id, ISIN, CUSIP, SEDOL, FIGI, LEI, ticker with board (`1810 HK`, `1810.HK`) or
        name. One candidate means the text is unambiguous.
        """
        return look_up(text, self._entities, self._codes, self._book)

    # -- evidence of each kind -------------------------------------------------------------

    def _by_code(
        self, line: Line, hits: list[CodeHit], names: list[NameHit]
    ) -> tuple[Match | None, Problems]:
        best, *others = hits
        problems: Problems = []
        against = [self._said(hit) for hit in others if hit.entity != best.entity]
        if against:
            problems.append(("W401", f"{self._said(best)}; {'; '.join(against)}"))
        for claimant in best.claimed_by:
            text = f"a reference file assigns {best.code} to {self._name(claimant)} as well"
            problems.append(("W403", f"{self._said(best)}; {text}"))
            against.append(text)
        dispute = self._name_dispute(line, best.entity, names)
        if dispute:
            problems.append(("W401", f"{self._said(best)}; {dispute}"))
            against.append(dispute)
        involved = [best.entity, *(h.entity for h in others), *best.claimed_by]
        involved += [h.entity for h in names if against and h.whole]
        return self._match(best, against, list(dict.fromkeys(involved))), problems

    def _by_ticker(self, line: Line, hit: CodeHit, names: list[NameHit]) -> Match | None:
        against = []
        known = hit.security.isin if hit.security else None
        if line.isin and known and line.isin != known:
            against.append(f"the line's ISIN is {line.isin}, that ticker's is {known}")
        if hit.security and hit.security.until:
            against.append(f"the ticker was last used by the issuer on {hit.security.until}")
        dispute = self._name_dispute(line, hit.entity, names)
        if dispute:
            against.append(dispute)
        involved = [hit.entity, *(h.entity for h in names if against and h.whole)]
        return self._match(hit, against, list(dict.fromkeys(involved)))

    def _name_dispute(self, line: Line, entity: str, names: list[NameHit]) -> str | None:
        """Say in what way the printed name speaks against the issuer of an identifier."""
        if not line.parsed.core or any(h.entity == entity and h.whole for h in names):
            return None
        for hit in names:
            if hit.exact and hit.entity != entity:
                return f"the name {line.name!r} is that of {self._name(hit.entity)}"
        if self._book.shares_word(line.parsed, entity):
            return None
        return f"the name {line.name!r} shares no word with a known name of the issuer"

    def _match(self, hit: CodeHit, against: list[str], involved: list[str]) -> Match | None:
        """Return the match of a line whose issuer an identifier names."""
        relevant = [e for e in involved if e in self._listed or self._ties.standing(e)]
        if not relevant:
            return None
        entity = hit.entity
        kind: MatchKind = hit.kind
        score = 1.0 if hit.kind is not MatchKind.TICKER else 0.98
        text = code_evidence(hit, self._name(entity))
        if against and entity not in relevant:
            entity, kind, score = relevant[0], MatchKind.NAME, 0.5
            text = f"{text} The line also points to {self._name(entity)}."
        confirmed = not against
        candidates = tuple(
            Candidate(e, self._name(e), hit.kind, 1.0, code_evidence(hit, self._name(e)))
            if e == hit.entity
            else Candidate(e, self._name(e), MatchKind.NAME, 0.5, "; ".join(against))
            for e in dict.fromkeys((entity, *involved))
        )
        if entity not in self._listed:
            standing = self._ties.standing(entity)
            if standing is not None:
                kind = MatchKind.CLOSE_NAME if standing.close_name else MatchKind.AFFILIATE
                confirmed = confirmed and not standing.close_name
                text += " " + standing_evidence(
                    self._name(entity), standing, self._name(standing.other)
                )
        return Match(
            entity, self._name(entity), kind, score, confirmed, text, tuple(against), candidates
        )

    def _by_name(self, line: Line, hits: list[NameHit]) -> Match | None:
        """Return the match of a line that only its name speaks for."""
        fits = {h.entity: fit(line, self._homes.get(h.entity, frozenset())) for h in hits}
        whole = [h for h in hits if h.whole]
        own = [h for h in hits if h.exact and fits[h.entity].support]
        if (
            len(own) == 1
            and not self._concerns(own[0].entity)
            and not fits[own[0].entity].contradictions
        ):
            return None  # the name of a known issuer that no list reaches, where it belongs
        relevant = [
            h
            for h in hits
            if self._concerns(h.entity, whole=h.whole)
            and not (h.added and (whole or fits[h.entity].excluded))
            and not (fits[h.entity].excluded and self._only_resembles(line, h))
        ]
        if not relevant:
            return None
        best = relevant[0]
        place = fits[best.entity]
        family = list(dict.fromkeys(h.entity for h in whole))
        confirmed = (
            best.exact
            and family == [best.entity]
            and bool(place.support)
            and not place.contradictions
            and line.instrument not in FUNDS
        )
        match = self._named(best, confirmed, place, family, relevant)
        if not line.parsed.disguise:
            return match
        return replace(match, evidence=f"{match.evidence} {disguise_evidence(line.parsed)}")

    def _only_resembles(self, line: Line, hit: NameHit) -> bool:
        """Say whether a name is spelled otherwise than every name of an entity (Aisin, Aisino)."""
        return not (hit.whole or self._book.says_word(line.parsed, hit.entity))

    def _named(
        self,
        best: NameHit,
        confirmed: bool,
        place: Fit,
        family: list[str],
        hits: list[NameHit],
    ) -> Match:
        text = name_evidence(best, self._name(best.entity), place)
        if len(family) > 1:
            text += " " + family_evidence([self._name(e) for e in family])
        candidates = tuple(
            Candidate(h.entity, self._name(h.entity), h.kind, h.score, f"name {h.name!r}")
            for h in hits
        )
        match = Match(
            best.entity,
            self._name(best.entity),
            best.kind,
            best.score,
            confirmed,
            text,
            place.contradictions,
            candidates,
        )
        standing = None if best.entity in self._listed else self._ties.standing(best.entity)
        if standing is None:
            return match
        kind = MatchKind.CLOSE_NAME if standing.close_name else MatchKind.AFFILIATE
        more = standing_evidence(match.entity, standing, self._name(standing.other))
        return replace(
            match,
            kind=kind,
            confirmed=confirmed and not standing.close_name,
            evidence=f"{text} {more}",
        )

    def _concerns(self, entity: str, *, whole: bool = True) -> bool:
        """Say whether an entity is listed or, where its whole name is said, tied to one that is."""
        return entity in self._listed or (whole and self._ties.standing(entity) is not None)

    def _name(self, entity: str) -> str:
        known = self._entities.get(entity)
        return known.name if known else entity

    def _said(self, hit: CodeHit) -> str:
        return f"{hit.kind.value.upper()} {hit.code} belongs to {self._name(hit.entity)}"
