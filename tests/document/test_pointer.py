"""Pointers into responses and other values."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from harness.document.pointer import MISSING, find, split
from tests.document.test_reader import DOCUMENTS


def pointers(value: Any, above: str = "") -> list[tuple[str, Any]]:
    """Return every pointer into a value, with the value there."""
    found = [(above, value)]
    items: Any = ()
    if isinstance(value, dict):
        items = ((k.replace("~", "~0").replace("/", "~1"), v) for k, v in value.items())
    elif isinstance(value, list):
        items = ((str(index), item) for index, item in enumerate(value))
    for key, item in items:
        found += pointers(item, f"{above}/{key}")
    return found


@given(DOCUMENTS)
def test_every_value_is_found_by_its_pointer(value: Any) -> None:
    """Every value of a document is found by its escaped path, and nothing else is."""
    for pointer, expected in pointers(value):
        assert find(value, pointer) is expected
        if not isinstance(expected, dict):
            assert find(value, f"{pointer}/no such key", 7) == 7


def test_null_is_there_and_missing_is_not() -> None:
    """A null is a value, unlike a key that is not there."""
    assert find({"a": None}, "/a") is None
    assert find({"a": None}, "/b") is MISSING
    assert find({"a": None}, "/a/b", "x") == "x"


@pytest.mark.parametrize("part", ["-", "01", "-1", "+1", " 1", "1 ", "²", "2", "", "9" * 20])
def test_only_plain_indexes_within_a_list_lead_into_it(part: str) -> None:
    """What is no index of the list finds nothing."""
    assert find({"a": [10, 11]}, f"/a/{part}") is MISSING


def test_a_text_that_is_not_a_pointer_is_refused() -> None:
    """A pointer is empty or begins with a slash."""
    with pytest.raises(ValueError, match="'a/b' is not a JSON pointer"):
        find({}, "a/b")
    assert split("") == ()
    assert split("/") == ("",)
