"""Search for an order of effects that explains every response."""
