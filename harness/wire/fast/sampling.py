"""Check the responses of a load against their specification within a budget of processor time."""

from __future__ import annotations

import time
from typing import Any

from harness.check.conformance import Conformance, Violations
from harness.model.exchange import Response

_LARGE_BYTES = 8_192
_SHARE_MAX = 0.05
"""Checking large responses may take this share of the time; beyond it they are sampled."""


class SampledConformance:
    """Checks every small response, and as many of the large ones as the budget allows.

    `large` counts the large responses, `sampled` those of them that were checked.
    """

    def __init__(self, conformance: Conformance) -> None:
        self._check = conformance.check
        self._began_ns = time.monotonic_ns()
        self._spent_ns = 0
        self.large = 0
        self.sampled = 0

    def check(self, operation: str, response: Response, value: Any) -> Violations | None:
        """Return the violations of a response, None where the budget did not allow to check it."""
        if len(response.body) < _LARGE_BYTES:
            return self._check(operation, response, value)
        self.large += 1
        began = time.monotonic_ns()
        if self._spent_ns > (began - self._began_ns) * _SHARE_MAX:
            return None
        violated = self._check(operation, response, value)
        self._spent_ns += time.monotonic_ns() - began
        self.sampled += 1
        return violated
