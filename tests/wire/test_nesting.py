"""The depth of a JSON text is found without decoding it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.wire.message.nesting import is_deeper

TEXTS = st.text('[]{}"\\ab/', max_size=6)
VALUES = st.recursive(
    TEXTS | st.none() | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=12,
)


def depth(value: Any) -> int:
    """Return how deep a value is nested, the plain way."""
    if not isinstance(value, dict | list):
        return 0
    inner = value.values() if isinstance(value, dict) else value
    return 1 + max(map(depth, inner), default=0)


@given(VALUES)
@settings(max_examples=300, deadline=None)
def test_the_depth_is_that_of_the_value(value: Any) -> None:
    """Brackets, quotes and backslashes in texts and names are none of the structure."""
    text, known = json.dumps(value).encode(), depth(value)
    for most in range(8):
        assert is_deeper(text, most) is (known > most)


@pytest.mark.parametrize(
    ("text", "deeper"),
    [
        (b"[" * 64 + b"]" * 64, False),
        (b"[" * 65 + b"]" * 65, True),
        (b'{"a":' * 500 + b"1" + b"}" * 500, True),
        (b"[" * 2_000_000, True),
        (b"[" + b"[]," * 1_000_000 + b"[]]", False),
        (b'"' + b"[" * 2_000_000 + b'"', False),
        (b'["' * 1_000_000, True),
    ],
    ids=["as deep as may be", "one more", "objects", "endless", "long", "in a text", "garbage"],
)
def test_a_long_text_takes_no_time(text: bytes, deeper: bool) -> None:
    """Nor does it take a stack, however deep it is."""
    assert is_deeper(text, 64) is deeper
