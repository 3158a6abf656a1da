"""How alike two company names are, from the names alone."""

from rapidfuzz.distance import JaroWinkler

from analyzer.resolve.names import ParsedName, distinctive, parse


def score(holding_name: str, list_name: str) -> float:
    """Return how likely a printed name is that of a listed company, in [0, 1].

    Parameters
    ----------
    holding_name
        A security or issuer name as a custodian prints it.
    list_name
        A company name as a list publishes it.
    """
    return compare(parse(holding_name), parse(list_name))


def compare(holding: ParsedName, listed: ParsedName) -> float:
    """Return the likeness of two names that have been read; see `score`."""
    if holding.strict == listed.strict:
        return 1.0
    if holding.core == listed.core:
        return 0.95
    if holding.cut and " ".join(listed.core).startswith(holding.cut):
        return 0.9
    left, right = distinctive(holding.core), distinctive(listed.core)
    alike = JaroWinkler.similarity(" ".join(sorted(left)), " ".join(sorted(right)))
    return 0.6 * alike * len(left & right) / max(len(left | right), 1)
