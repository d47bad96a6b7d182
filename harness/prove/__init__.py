"""Mutation testing of the harness: seeded defects must be killed, without false positives."""
