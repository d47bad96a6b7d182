"""What is searched for in a text, and which part of the text is then hidden."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

HIDDEN = "***"
"""What stands in the place of a hidden value; of a masked one the last digits follow."""

_SHOWN_MAX = 4

Span = tuple[int, int]
"""Where a part of a text begins and ends."""


def itself(text: str, start: int, end: int) -> Span | None:
    """Return the span that was found."""
    return start, end


def alone(text: str, start: int, end: int) -> Span | None:
    """Return the span that was found, None where it is a part of a longer word or number."""
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    if before[-1:].isalnum() or after[:1].isalnum():
        return None
    if text[start].isdigit() and before[-1:] in (".", ",") and before[:1].isdigit():
        return None
    if text[end - 1].isdigit() and after[:1] in (".", ",") and after[1:].isdigit():
        return None
    return start, end


@dataclass(frozen=True, slots=True)
class Needle:
    """A text to search for.

    `span` takes a text and where the needle was found in it, and returns what is to be hidden; None
    where it is something else. `shown` is what then stands there.
    """

    text: str
    span: Callable[[str, int, int], Span | None] = itself
    shown: str = HIDDEN


def masked(value: str) -> str:
    """Return a personal value with its last digits alone: a third of them, and four at most."""
    shown = min(_SHOWN_MAX, sum(map(str.isdigit, value)) // 3)
    tail = value[len(value) - shown :]
    return HIDDEN + tail if tail.isdigit() else HIDDEN
