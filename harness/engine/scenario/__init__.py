"""The scenario engine: declared steps, played in order."""
