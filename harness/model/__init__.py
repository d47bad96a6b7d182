"""The records every layer shares: plain, frozen, standard library only."""
