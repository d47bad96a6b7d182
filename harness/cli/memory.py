"""Memory that threads have freed, for the whole process to use again."""

from __future__ import annotations

import ctypes
from contextlib import suppress

_M_ARENA_MAX = -8


def share_memory() -> None:
    """Let all threads take memory from one place, where the C library is GNU's.

    By default each thread keeps what it has freed, so that a race of requests with large responses
    takes several times the memory that it needs.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)
