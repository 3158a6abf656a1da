"""Evidence in sentences a compliance officer can sign."""

from collections.abc import Sequence

from analyzer.core.matching import MatchKind
from analyzer.resolve.book import NameHit
from analyzer.resolve.codes import CodeHit
from analyzer.resolve.names import ParsedName
from analyzer.resolve.places import Fit
from analyzer.resolve.related import Standing

_NAME_WORDS = {
    MatchKind.NAME: "official name",
    MatchKind.ALIAS: "alias",
    MatchKind.FORMER_NAME: "former name",
}


def code_evidence(hit: CodeHit, issuer: str) -> str:
    """Say whose identifier a line carries, and who says so."""
    source = hit.security.source if hit.security else ""
    where = f" ({source})" if source else ""
    if hit.kind is MatchKind.TICKER:
        return f"Ticker {hit.code} is a line of {issuer}{where}."
    return f"{hit.kind.value.upper()} {hit.code} belongs to {issuer}{where}."


def name_evidence(hit: NameHit, issuer: str, place: Fit) -> str:
    """Say which name of an issuer the printed name says, and what of the line supports it."""
    if hit.kind in _NAME_WORDS:
        how = "is" if hit.exact else "reads as" if hit.whole else "resembles"
        text = f"The name {how} the {_NAME_WORDS[hit.kind]} {hit.name!r} of {issuer}"
    else:
        text = f"The name holds every distinctive word of {hit.name!r}, a name of {issuer}"
    support = f", and {' and '.join(place.support)} fit it" if place.support else ""
    return f"{text}{support}; no identifier of the line is known."


def standing_evidence(issuer: str, standing: Standing, other: str) -> str:
    """Say how an issuer that is not listed stands to one that is."""
    source = f" ({standing.source})" if standing.source else ""
    return f"{issuer} is not listed; it is {standing.how} {other}{source}."


def disguise_evidence(parsed: ParsedName) -> str:
    """Say that a printed name does not read as it is stored."""
    return f"The printed name holds {parsed.disguise}; it was compared as it looks."


def family_evidence(names: Sequence[str]) -> str:
    """Say that a name without its legal form is that of several issuers."""
    return f"The same words name {' and '.join(names)}; an identifier is needed to tell them apart."
