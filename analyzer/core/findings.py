"""Findings: problems reported beside a result, with file, row and column.

Every code is registered in `CODES`; a test compares the registry with the documentation.
"""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How a finding bears on the result it accompanies."""

    ERROR = "error"  # the row or file could not be used
    WARNING = "warning"  # used, but the reader must know
    INFO = "info"  # what was inferred


CODES: dict[str, str] = {
    # ingest
    "E101": "A row has no usable identifier and no name.",
    "E102": "A number could not be read.",
    "E103": "A quantity, price or value is impossible (infinite, or beyond 1e18).",
    "E104": "An identifier fails its check digit or has the wrong shape.",
    "E105": "A date could not be read.",
    "E106": "A row has more cells than the header; the surplus cannot be placed.",
    "E107": "A row is cut off.",
    "E108": "A quote is opened and never closed; the line is rejected, the rest is read.",
    "W201": "A column was found by its content rather than its heading.",
    "W202": "The file's encoding was detected, not declared.",
    "W203": "A ticker lost its leading zeros and was restored from its board.",
    "W204": "Two rows describe the same security; both are kept.",
    "W205": "The value currency was inferred.",
    "W206": "The file states values in thousands; they were multiplied by 1,000.",
    "W207": "The rows do not add up to the total the file states.",
    "W208": "An 8-character CUSIP was completed with its check digit.",
    "W209": "A cell holds a formula; it was read as text and never executed.",
    "W210": "The file looks cut off (no footer where its layout has one, or a half-written row).",
    "W211": "No holdings date in the file.",
    "W212": "Values carry no currency.",
    "W213": "No number in the file proves its decimal mark; the point was assumed.",
    "W214": "The unit of the weights was inferred from their sum.",
    "W215": "A short position was printed with an unsigned value or weight; it was signed.",
    "W216": "Two files of one name state no portfolio; the later one got a name of its own.",
    "W217": "A file was given twice: its rows count twice.",
    "W218": "A name holds direction marks, or mixes alphabets in one word; no list may find it.",
    "I301": "A layout was recognised.",
    "I302": "Columns were mapped.",
    "I303": "Lines were skipped (blank, preamble, subtotal, footer, disclaimer).",
    "I304": "A filing states its net assets.",
    "I305": "The file was read as the user states, not as it was found.",
    # identity
    "W401": "An identifier belongs to one issuer and the name to another.",
    "W402": "A published identifier is malformed at its source and is kept as published.",
    "W403": "A reference file assigns an identifier already held by another issuer.",
    # money
    "W501": "No exchange rate: the line has no base-currency value.",
    "W502": "An exchange rate older than seven days was used.",
    "W503": "The line has no market value; it is counted by rows only.",
    "W504": "Weights in the file do not sum to one.",
    "W505": "Exchange rates are taken at the as-of date because the file carries no date.",
    # coverage and law
    "W601": "Answers beyond the date through which the law was verified.",
    "W602": "A fund was not looked through.",
    "W603": "Constituents were declared for a fund that no line and no other fund names.",
    "W604": "The exchange calendar behind a date is provisional.",
    "W605": "The constituents of a fund do not account for all of it; shares are bounds.",
    "W606": "Funds hold one another.",
    "W607": "A regime that binds the holder has no list edition in force: not screened against.",
    "W608": "A line without a name, whose identifiers are on no list: it was not screened.",
    # lists
    "E701": "A list edition was refused; the previous edition stays in force.",
    "W702": "A list file holds a column, program or section that is not understood.",
    "W703": "A list entry carries an identifier that is malformed as published.",
    "W704": "List entries were set aside, with the reason.",
    "I705": "An entry was recognised as an entity already known.",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem, placed.

    Parameters
    ----------
    severity, code, message
        `code` is a key of `CODES`; `message` is one sentence with the offending value.
    file, row, column
        Where: the name of the input, the physical line or sheet row, the column heading.
    """

    severity: Severity
    code: str
    message: str
    file: str | None = None
    row: int | None = None
    column: str | None = None

    def __post_init__(self) -> None:
        """Refuse a code nobody documented."""
        if self.code not in CODES:
            raise ValueError(f"finding code {self.code!r} is not registered")

    def __str__(self) -> str:
        """Render as `file:row:column  CODE message`, the form linters print."""
        parts = (p for p in (self.file, self.row, self.column) if p is not None)
        place = ":".join(" ".join(str(p).split()) for p in parts)
        return f"{place}  {self.code} {self.message}" if place else f"{self.code} {self.message}"
