"""The property engine: generated valid and invalid requests of every operation."""
