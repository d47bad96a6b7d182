"""The server a run speaks to: its address, secrets, members and how politely to treat it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Member = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Target:
    """One named target of a vendor.

    `kind` is mock, sandbox or staging. `secrets` maps a name to its reference (`env:NAME`) until
    the run resolves it. `values` are public facts such as card ids. Each member is a mapping with
    `id` and whatever the binding's templates name. `rate` is requests per second (None: no limit),
    `budget` the most requests a run may send, `load` refuse, probe or allow. `clock` is none or
    wait: whether a scenario may wait for time to pass, `patience_seconds` at most.
    """

    name: str
    kind: str
    base_url: str
    secrets: Mapping[str, str] = field(repr=False)
    values: Mapping[str, str]
    members: tuple[Member, ...]
    rate: float | None
    budget: int | None
    load: str
    deadline_seconds: float
    place: str = ""
    clock: str = "none"
    patience_seconds: float = 90.0
