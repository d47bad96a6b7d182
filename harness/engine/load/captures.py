"""Hold what answers show until a later arrival acts on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from harness.engine.load.plan import Plan
from harness.model.arrival import Arrival
from harness.model.binding import REFERENCE

KEPT_MAX = 100_000
"""Answers kept at most; the oldest are forgotten first."""


class Made:
    """What the arrivals of one worker have made, by their numbers."""

    def __init__(self, plan: Plan) -> None:
        self._verbs = [entry.verb for entry in plan.workload.mix]
        self._acts = plan.acts
        sent = {entry.verb for entry in plan.workload.mix}
        self._wanted = {
            verb
            for name, acts_on in plan.acts.items()
            if name in sent and acts_on.by != REFERENCE
            for verb in acts_on.of
        }
        self._shown: dict[int, Mapping[str, Any]] = {}

    def keep(self, arrival: Arrival, seen: Mapping[str, Any]) -> None:
        """Remember what the response to an arrival showed, where a later one may act on it."""
        if self._verbs[arrival.entry] in self._wanted:
            self._shown[arrival.index] = seen
            if len(self._shown) > KEPT_MAX:
                del self._shown[next(iter(self._shown))]

    def ready(self, arrival: Arrival) -> Arrival | None:
        """Return the arrival with the name of what it acts on, None where that was not made."""
        acts_on = self._acts.get(self._verbs[arrival.entry])
        if acts_on is None or arrival.target is not None:
            return arrival
        if arrival.acts_on is None:
            return None
        target = self._shown.get(arrival.acts_on, {}).get(acts_on.by)
        return None if target is None else replace(arrival, target=str(target))


def copy_of(arrival: Arrival, copy: int) -> Arrival:
    """Return one of the copies of an arrival that leave at once.

    Those that act on something share what they act on, and each has a reference of its own: with
    one for all they would be repeats of one call, and nothing would race.
    """
    if not copy or arrival.acts_on is None or arrival.reference is None:
        return arrival
    return replace(arrival, reference=f"{arrival.reference}c{copy}")
