from __future__ import annotations

import pytest

from harness.audit.match import matches, matches_any


@pytest.mark.parametrize(
    ("pattern", "check", "expected"),
    [
        ("scenario:a.b", "scenario:a.b", True),
        ("scenario:a.b", "scenario:a.b#first", True),
        ("scenario:a.b#first", "scenario:a.b#first", True),
        ("scenario:a.b#first", "scenario:a.b#again", False),
        ("scenario:a.b#first", "scenario:a.b", True),
        ("scenario:a.b", "scenario:a.bc", False),
        ("scenario:a.b", "scenario:axb", False),
        ("scenario:a.*", "scenario:a.b#first", True),
        ("scenario:a.*#f*t", "scenario:a.b#first", True),
        ("answer:*", "answer:earn_points", True),
        ("answer:*", "property:earn_points", False),
        ("*", "invariant:one-effect", True),
        ("scenario:a?b", "scenario:axb", False),
        ("scenario:[ab]", "scenario:a", False),
        ("scenario:[ab]", "scenario:[ab]", True),
    ],
)
def test_pattern_covers_check(pattern: str, check: str, expected: bool) -> None:
    """A pattern covers a check by name and part, with * as its only wildcard."""
    assert matches(pattern, check) is expected


def test_any_of_no_patterns_matches_nothing() -> None:
    """Without patterns no check is covered."""
    assert not matches_any((), "scenario:a")
