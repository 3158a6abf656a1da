"""What prices say about a ruling, and what a ruling must do to prices to be fair."""

from dataclasses import dataclass

from analyzer.core.errors import QueryError


@dataclass(frozen=True, slots=True)
class MarketView:
    """What a price says about a ruling: the probability that makes the two jumps fair."""

    probability: float
    jump_relief: float
    jump_loss: float
    basis: str


def market_implied(price: float, relief: float, loss: float, *, basis: str) -> MarketView:
    """Return the probability of relief implied by a price between two conditional prices.

    Parameters
    ----------
    price, relief, loss
        Price now, on relief and on loss, one currency; loss < price < relief or equal.

    Raises
    ------
    QueryError
        When the price lies outside the two: no probability explains it.

    References
    ----------
    p = (S0 - S_L) / (S_W - S_L), risk-neutral and without carry.
    """
    if not 0.0 < loss <= price <= relief or loss == relief:
        raise QueryError(f"price {price} is not between {loss} on loss and {relief} on relief")
    return MarketView(
        probability=(price - loss) / (relief - loss),
        jump_relief=relief / price - 1.0,
        jump_loss=loss / price - 1.0,
        basis=basis,
    )


def fair_loss_jump(probability: float, jump_relief: float) -> float:
    """Return the jump on loss that is fair against `jump_relief` at `probability` of relief."""
    if not 0.0 <= probability < 1.0:
        raise QueryError(f"probability {probability} leaves no loss to price")
    return -probability * jump_relief / (1.0 - probability)
