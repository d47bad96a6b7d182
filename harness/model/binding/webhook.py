"""How a vendor announces changes by requests of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.model.binding.auth import Source
from harness.model.binding.enroll import EnrollStep

CHANGE_NAMES = ("reference", "entry")
"""What an announcement may name a change by: the caller's key, or the vendor's id of it."""


@dataclass(frozen=True, slots=True)
class AnnouncedEvent:
    """Which requests of the vendor tell of a change.

    `when`: conditions on such a request, as those of an outcome rule on a response.
    `effect`: credit or debit, empty where the sign of the amount says it; none where such a request
    tells of no change.
    """

    when: Mapping[str, Any]
    effect: str = ""


@dataclass(frozen=True, slots=True)
class WebhookAuth:
    """The header that proves that a request is the vendor's.

    `value`: a template, which may name `${signature}`: that of the body.
    `algorithm`, `key`: how the body is signed, the key as a template; empty where it is not.
    """

    header: str
    value: str
    algorithm: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Webhook:
    """How the vendor announces changes: one request for each, to an address that it is told.

    `events`: which requests tell of a change; the first that holds decides.
    `extract`: where reference, entry, member, amount and balance stand in such a request.
    `verbs`: the verbs whose changes are announced.
    `unit`: how much one unit is in an amount or balance.
    `register`, `unregister`: the requests that tell the vendor the address, and take it back.
    `status`, `body`: what the harness responds.
    """

    events: tuple[AnnouncedEvent, ...]
    extract: Mapping[str, Source]
    verbs: tuple[str, ...]
    unit: int = 1
    auth: WebhookAuth | None = None
    register: tuple[EnrollStep, ...] = ()
    unregister: tuple[EnrollStep, ...] = ()
    status: int = 200
    body: str = ""

    @property
    def steps(self) -> tuple[EnrollStep, ...]:
        """The requests about the address, in their order."""
        return (*self.register, *self.unregister)
