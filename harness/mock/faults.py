"""Faults of the wire: what may happen to a request or its response, how often, by seed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from random import Random

RESET_BEFORE = "reset-before"
RESET_AFTER = "reset-after"
HANG_AFTER = "hang-after"
GATEWAY_AFTER = "gateway-after"
TRUNCATE = "truncate"
SLOW = "slow"
DUPLICATE = "duplicate"
DELAYED_DUPLICATE = "delayed-duplicate"
OUTAGE = "outage"

KINDS: Mapping[str, str] = {
    RESET_BEFORE: "the connection is reset before the request is handled",
    RESET_AFTER: "the request takes effect, then the connection is reset",
    HANG_AFTER: "the request takes effect, then no response comes",
    GATEWAY_AFTER: "the request takes effect, then a gateway sends 502 in HTML",
    TRUNCATE: "the request takes effect, then the response ends in the middle of its body",
    SLOW: "the request takes effect, then the response comes late",
    DUPLICATE: "a duplicate is handled too, as from a retrying proxy; its response is the one sent",
    DELAYED_DUPLICATE: "the response is sent, and a duplicate of the request is handled later",
    OUTAGE: "the connection is reset before the request is handled, and new ones are refused",
}

# Under these a server handles duplicates of some requests.
DUPLICATING = frozenset({DUPLICATE, DELAYED_DUPLICATE})


class Faults:
    """Draws the fault of each request, if any; the same seed draws the same faults."""

    def __init__(self, rates: Mapping[str, float], seed: int = 0) -> None:
        if sum(rates.values()) > 1:
            raise ValueError("the sum of all rates must not exceed 1")
        self._rates = tuple(rates.items())
        self._random = Random(f"faults {seed}")

    def draw(self) -> str | None:
        """Return the kind of fault for the next request, None for none."""
        if not self._rates:
            return None
        point = self._random.random()
        for kind, rate in self._rates:
            if point < rate:
                return kind
            point -= rate
        return None


def read_rates(settings: Iterable[str]) -> dict[str, float]:
    """Read texts of the form KIND=RATE, a rate being a share from 0 to 1.

    ValueError says what is wrong, and guesses the kind that was meant.
    """
    rates: dict[str, float] = {}
    for setting in settings:
        kind, _, text = setting.partition("=")
        if kind not in KINDS:
            close = difflib.get_close_matches(kind, KINDS, 1)
            hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(KINDS)}"
            raise ValueError(f"no such fault {kind!r}; {hint}")
        try:
            rate = float(text)
        except ValueError:
            rate = -1.0
        if not 0 <= rate <= 1:
            raise ValueError(f"the rate of {kind} must be a number from 0 to 1, not {text!r}")
        rates[kind] = rate
    return rates
