"""What may happen and what it costs: shocks, impact, sell-down, rulings, replacement."""
