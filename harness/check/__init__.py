"""Pure judgements of one exchange: its outcome, its conformance, what it shows."""
