"""Whether the country, board and ISIN of a line fit an issuer."""

from collections.abc import Iterable
from dataclasses import dataclass

from analyzer.core.entities import Entity, Security
from analyzer.resolve.lines import Line
from analyzer.resolve.tables import boards

# Chinese issuers are incorporated in the mainland, Hong Kong or an offshore centre and list in
# Hong Kong or on the mainland; files print any of these as their country.
_CHINESE = frozenset({"CN", "HK", "MO", "KY", "BM", "VG"})
_NEUTRAL = frozenset({"XS", "EU"})  # international securities and euro-area programmes
_RECEIPTS = frozenset({"adr", "gdr"})
_BONDS = frozenset({"bond", "convertible"})


@dataclass(frozen=True, slots=True)
class Fit:
    """What speaks for and against an issuer in the places of a line.

    `excluded` is true where the board or the ISIN is that of issuers of another country. A printed
    country alone excludes nobody (files print incorporation or risk), nor does the ISIN of a bond,
    which is of the place of issue.
    """

    support: tuple[str, ...]
    contradictions: tuple[str, ...]
    excluded: bool = False


def home(entity: Entity, securities: Iterable[Security]) -> frozenset[str]:
    """Return the countries an issuer's own lines may state."""
    found = {entity.country} if entity.country else set()
    for security in securities:
        if security.instrument in _RECEIPTS:
            continue
        if security.isin:
            found.add(security.isin[:2])
        board = boards().get(security.mic or "")
        if board is not None and board.reach != "international":
            found.add(board.country)
    found -= _NEUTRAL
    return frozenset(found | _CHINESE) if found & {"CN", "HK"} else frozenset(found)


def fit(line: Line, countries: frozenset[str]) -> Fit:
    """Weigh country, board and ISIN prefix of a line against an issuer's countries."""
    if not countries:
        return Fit((), ())
    support, against = [], []
    excluded = False
    receipt = line.parsed.depositary or line.instrument in _RECEIPTS
    if line.country in countries:
        support.append(f"country {line.country}")
    elif line.country:
        against.append(f"the line's country {line.country} is not the issuer's")
    board = boards().get(line.mic or "")
    if board is not None and board.country in countries:
        support.append(f"board {line.mic}")
    elif board is not None and board.reach == "local" and not receipt:
        against.append(f"board {line.mic} lists local issuers of {board.country}")
        excluded = True
    prefix = (line.isin or "")[:2]
    if prefix in countries:
        support.append(f"ISIN prefix {prefix}")
    elif prefix and prefix not in _NEUTRAL and not receipt:
        against.append(f"ISIN {line.isin} is of {prefix}, not of the issuer's country")
        excluded |= line.instrument not in _BONDS
    return Fit(tuple(support), tuple(against), excluded)
