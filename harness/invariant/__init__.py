"""What must hold over a whole history: pure functions from calls and promises to verdicts."""
