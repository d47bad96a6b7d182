"""Which operations only read, by their method, verb or name."""

from __future__ import annotations

import re
from collections.abc import Iterable

from harness.model.binding import READING_VERBS, Verb, reads_balance
from harness.model.operation import Operation

_READING_WORDS = frozenset(
    {"get", "list", "find", "search", "show", "read", "query", "check", "inquire", "inquiry"}
)
_WORD = re.compile(r"[a-z]+|[A-Z][a-z]*")


def only_reads(operation: Operation, verbs: Iterable[Verb]) -> bool:
    """Say whether an operation, bound by these verbs, can be requested again without harm."""
    first = _WORD.match(operation.id)
    return (
        operation.method.upper() in ("GET", "HEAD")
        or any(verb.name in READING_VERBS or reads_balance(verb.name) for verb in verbs)
        or (first is not None and first[0].lower() in _READING_WORDS)
    )
