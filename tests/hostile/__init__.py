"""Declarations as an attacker writes them: each is refused, with its place and cause."""
