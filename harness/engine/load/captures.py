"""Keep what responses show until a later arrival names it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from harness.engine.load.plan import Plan
from harness.model.binding import REFERENCE
from harness.model.workload import Arrival

KEPT_MAX = 100_000
"""Responses kept at most; the oldest are forgotten first."""


class Captures:
    """What the responses to the arrivals of one worker have shown, by their numbers."""

    def __init__(self, plan: Plan) -> None:
        self._verbs = [entry.verb for entry in plan.workload.mix]
        self._entry_keys = plan.entry_keys
        sent = {entry.verb for entry in plan.workload.mix}
        self._wanted = {
            verb
            for name, key in plan.entry_keys.items()
            if name in sent and key.by != REFERENCE
            for verb in key.of
        }
        self._shown: dict[int, Mapping[str, Any]] = {}

    def keep(self, arrival: Arrival, seen: Mapping[str, Any]) -> None:
        """Remember what the response to an arrival showed, where a later one may name it."""
        if self._verbs[arrival.mix_index] in self._wanted:
            self._shown[arrival.index] = seen
            if len(self._shown) > KEPT_MAX:
                del self._shown[next(iter(self._shown))]

    def with_entry(self, arrival: Arrival) -> Arrival | None:
        """Return the arrival with the entry that it names, None where there is none."""
        key = self._entry_keys.get(self._verbs[arrival.mix_index])
        if key is None or arrival.entry is not None:
            return arrival
        if arrival.entry_from is None:
            return None
        entry = self._shown.get(arrival.entry_from, {}).get(key.by)
        return None if entry is None else replace(arrival, entry=str(entry))


def concurrent_request(arrival: Arrival, number: int) -> Arrival:
    """Return the arrival as one of its concurrent requests sends it.

    Those that name an entry share it, and each has a reference of its own: with one reference they
    would be repeats of one request, and nothing would race.
    """
    if not number or arrival.entry_from is None or arrival.reference is None:
        return arrival
    return replace(arrival, reference=f"{arrival.reference}c{number}")
