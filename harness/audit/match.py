"""Which check ids a pattern of a requirement or a waiver speaks of."""

from __future__ import annotations

from collections.abc import Iterable

from harness.contract.pattern import covers


def matches(pattern: str, check: str) -> bool:
    """Say whether a pattern `kind:name` or `kind:name#part` speaks of a check that was made.

    A pattern without a part covers all parts, and a check without a part, such as a scenario that
    could not be played at all, speaks for every part of its name.
    """
    return covers(pattern if "#" in check else pattern.partition("#")[0], check)


def matches_any(patterns: Iterable[str], check: str) -> bool:
    """Say whether at least one of the patterns speaks of the check."""
    return any(matches(pattern, check) for pattern in patterns)
