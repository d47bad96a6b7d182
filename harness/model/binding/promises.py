"""What a vendor promises of its ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Promises:
    """What the vendor promises of its ledger; an invariant judges no further than this.

    `repeat`: the response to a repeated reference: same, ignored, refused or unspecified; none
    where references are not deduplicated.
    `bulk_limit`: the most rows of a bulk; None without limit.
    `bulk_failure`: what a bulk with a refused row does: atomic nothing, prefix the rows before it,
    each all the others.
    `index_base`: the index of the first row in a response.
    `floor`: the lowest balance; None where it may fall without limit.
    `units_max`: the most units of one earn; None without limit.
    `consistency`: the level promised for reads: conservation, serial, session or linearizable.
    `void_repeat`: the response to a second void of one entry: refused or unspecified.
    `neutral`: verbs without effect that surely move no points.
    `entry_scope`: within what the number of an entry is unique: operation or vendor.
    `balance_lag`: for how many seconds after its response a change may be missing from balances.
    `reference_lifetime`: for how many seconds a reference is remembered; None for ever.
    `repeat_stored`: whether a repeat gets the very body of the first response.
    `repeat_in_flight`, `repeat_changed`, `reference_required`: the status that refuses a repeat of
    a request under way, one of another request, a request without reference; None: no promise.
    `prices`: the verbs whose requests cost what the vendor says, each with the template of that.
    `announced_verbs`: the verbs whose changes the vendor announces, none where it has no webhook.
    `announced_by`: what an announcement names a change by, of reference and entry.
    `announced_auth`: whether an announcement proves that it is the vendor's.
    `announced`: how often each change is announced: once or at-least-once; None: no promise.
    `announced_within`: after how many seconds at most each change is announced; None: no promise.
    `announced_only`: whether nothing is announced but changes that were made.
    """

    repeat: str = "none"
    bulk_limit: int | None = None
    bulk_failure: str = "prefix"
    index_base: int = 0
    floor: int | None = 0
    units_max: int | None = None
    consistency: str = "linearizable"
    void_repeat: str = "refused"
    neutral: tuple[str, ...] = ()
    entry_scope: str = "operation"
    balance_lag: float = 0.0
    reference_lifetime: float | None = None
    repeat_stored: bool = False
    repeat_in_flight: int | None = None
    repeat_changed: int | None = None
    reference_required: int | None = None
    prices: Mapping[str, str] = field(default_factory=dict)
    announced_verbs: tuple[str, ...] = ()
    announced_by: tuple[str, ...] = ()
    announced_auth: bool = False
    announced: str | None = None
    announced_within: float | None = None
    announced_only: bool = False

    @property
    def balance_lag_ns(self) -> int:
        """`balance_lag` in nanoseconds."""
        return int(self.balance_lag * 1e9)
