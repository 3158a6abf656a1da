"""Sessions, exchange rates, prices and volumes: what a position is worth and when it can trade."""
