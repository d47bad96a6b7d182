"""Counter-based random numbers: every random choice is a pure function of the seed and a number."""

from __future__ import annotations

import struct
from collections.abc import Callable
from hashlib import blake2b

_UNPACK = struct.Struct("<8Q").unpack
_PACK = struct.Struct("<Q").pack
_FRACTION = 2.0**-53

RandomWords = Callable[[int], tuple[int, ...]]
"""Number to eight independent words of 64 bits."""


def random_words(seed: int, purpose: str) -> RandomWords:
    """Return the words of one purpose; two purposes of one seed share nothing.

    Nothing is remembered between calls, so the order and the process that asks do not matter.
    """
    start = blake2b(key=seed.to_bytes(16, "little", signed=True), person=purpose.encode())

    def words(number: int) -> tuple[int, ...]:
        state = start.copy()
        state.update(_PACK(number))
        return _UNPACK(state.digest())

    return words


def fraction(word: int) -> float:
    """Return a number from 0 (included) to 1 (excluded)."""
    return (word >> 11) * _FRACTION


def below(word: int, bound: int) -> int:
    """Return a whole number from 0 to bound - 1; the bias of 64 bits is beyond measuring."""
    return word * bound >> 64
