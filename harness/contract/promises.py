"""Sets of promises that stand together in a published document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_EXTENDS = "extends"

SETS: Mapping[str, Mapping[str, Any]] = {
    "idempotency-key-draft": {
        "repeat": "same",
        "repeat_stored": True,
        "reference_required": 400,
        "repeat_in_flight": 409,
        "repeat_changed": 422,
    },
}
"""The promises of each set by its name: those of the IETF draft on the Idempotency-Key header."""


def with_set(promises: Mapping[str, Any]) -> dict[str, Any]:
    """Return promises together with those of the set that they extend; their own come first."""
    own = {key: value for key, value in promises.items() if key != _EXTENDS}
    return {**SETS.get(promises.get(_EXTENDS, ""), {}), **own}
