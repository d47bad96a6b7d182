"""The invariants, one module each."""
