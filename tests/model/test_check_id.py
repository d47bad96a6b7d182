from __future__ import annotations

import pytest

from harness.model.check_id import CheckId, Checks, covers, covers_any, includes


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
        ("scenario:a.*", "scenario:a.b.c#first", True),
        ("scenario:a.*#f*t", "scenario:a.b#first", True),
        ("scenario:a.b#x", "scenario:a.b#y", False),
        ("scenario:a.b", "scenario:a.b@low#first", True),
        ("scenario:a.b@l*", "scenario:a.b@low", True),
        ("scenario:a.b@low", "scenario:a.b", False),
        ("property:responds:*", "property:responds:earn#body", True),
        ("property:*:earn", "property:responds:earn", True),
        ("response:*", "response:earn_points", True),
        ("response:*", "property:earn_points", False),
        ("*", "invariant:one-effect", True),
        ("scenario:a?b", "scenario:axb", False),
        ("scenario:[ab]", "scenario:a", False),
        ("scenario:[ab]", "scenario:[ab]", True),
    ],
)
def test_pattern_covers_check(pattern: str, check: str, expected: bool) -> None:
    """A pattern covers a check by name and part, with * as its only wildcard."""
    assert covers(pattern, check) is expected


def test_a_part_does_not_include_the_whole() -> None:
    """A waiver of a whole scenario needs a requirement that names the whole of it."""
    assert includes("scenario:a.*", "scenario:a.b")
    assert includes("scenario:a.*#first", "scenario:a.b#first")
    assert includes("scenario:a#*", "scenario:a#*")
    assert not includes("scenario:a.b#first", "scenario:a.b")
    assert not includes("scenario:a.b", "scenario:c")


def test_any_of_no_patterns_matches_nothing() -> None:
    """Without patterns no check is covered."""
    assert not covers_any((), "scenario:a")


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("scenario:a.b", CheckId("scenario", "a.b")),
        ("scenario:a.b@low#first", CheckId("scenario", "a.b", "low", "first")),
        ("property:responds:earn#body.x", CheckId("property", "responds:earn", "", "body.x")),
        ("invariant:*", CheckId("invariant", "*")),
        ("bare", CheckId("bare", "")),
    ],
)
def test_an_id_is_read_and_written_alike(text: str, pieces: CheckId) -> None:
    """An id has its pieces, and they give the text back."""
    assert CheckId.parse(text) == pieces
    assert str(pieces) == text


def test_an_id_knows_its_family_its_operation_and_what_is_inferred() -> None:
    """The family leaves the part out; the operation stands last in a name."""
    check = CheckId.parse("property-inferred:accepts-valid:earn#body.point")
    assert check.family == "property-inferred:accepts-valid:earn"
    assert check.operation == "earn"
    assert (check.inferred, check.stated_kind) == (True, "property")
    assert not CheckId.parse("response:earn").inferred


@pytest.mark.parametrize(
    "pattern",
    ["scenario:earn.*", "scenario:earn.twice", "scenario:earn.twice@b#status", "*", "invariant"],
)
def test_the_index_finds_what_comparing_with_each_would(pattern: str) -> None:
    """In the order of the ids, each once."""
    ids = [
        "scenario:earn.twice@a",
        "scenario:earn.twice@b#status",
        "scenario:burn",
        "invariant:floor",
    ]
    found = list(Checks([*ids, *ids]).covered_by(pattern))
    assert found == [one for one in ids if covers(pattern, one)]
