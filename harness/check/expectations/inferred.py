"""Leave a term undecided that fails only where the place of a value is inferred."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from harness.check.expectations.record import ScenarioRecord, StepRecord
from harness.document.pointer import every, find
from harness.spec.provenance import provenance_at


def absent_places(
    pointers: Collection[str], step: StepRecord, scenario: ScenarioRecord
) -> tuple[str, ...]:
    """Return the pointers at which no response has anything and whose place is inferred."""
    return tuple(pointer for pointer in pointers if _is_absent(pointer, step, scenario))


def without_places(wanted: Any, places: Collection[str]) -> Any:
    """Return a term without these pointers, None if nothing of it is left.

    `wanted` is a mapping by pointer or a list of pointers; of any other form nothing is left.
    """
    if isinstance(wanted, Mapping):
        return {key: value for key, value in wanted.items() if key not in places} or None
    if isinstance(wanted, list):
        return [pointer for pointer in wanted if pointer not in places] or None
    return None


def _is_absent(pointer: str, step: StepRecord, scenario: ScenarioRecord) -> bool:
    if scenario.specification is None:
        return False
    listed, star, _ = pointer.partition("/*")
    inferred = False
    for exchange, body in zip(step.exchanges, step.bodies, strict=True):
        if every(body, pointer):
            return False
        if exchange.response is None or (star and find(body, listed, None) == []):
            # No response, or an empty list, says nothing about the place.
            continue
        operation, status = exchange.intent.operation, exchange.response.status
        known = provenance_at(scenario.specification, operation, status, pointer)
        inferred = inferred or (known is not None and known.inferred)
    return inferred
