"""One figure that a reader of a scenario asks for first."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One headline figure; `kind` is money, percent, bp, date, shares, number or text."""

    name: str
    kind: str
    value: float | str | None
