"""What the server is told when it starts, and the numbers of the vendor's handbook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

CLIENT = "till-7"
"""The one client that the server knows."""

KEY = "bright-signing-key"
"""What that client signs with."""

EARN_MAX = 10_000
BURN_MAX = 1_000_000
ROWS_MAX = 50
REQUEST_ID_MAX = 64
TIME_SECONDS_MAX = 300
"""How far the time of a request may be from the server's clock."""

STALE_READS = 2
"""A server that shows stale balances does so in every so-manieth read."""

DEFECTS: Mapping[str, str] = MappingProxyType(
    {
        "no-dedupe": "no request id is remembered",
        "lost-update": "concurrent changes of one member overwrite each other",
        "overdraft": "more miles can be burned than there are",
        "batch-over-limit": "a batch of one row more than the limit is done",
        "batch-goes-on": "a batch does the rows behind the one that it stops at",
        "void-repays": "each void of a transaction pays its miles back",
        "unsigned": "a request without a signature is done",
        "any-signature": "a signature is asked for, and not compared",
        "any-time": "a request that was signed long ago is done",
        "wrong-code": "a burn of too many miles is refused with the code of an invalid field",
        "http-status": "refusals have the HTTP status 400",
        "stale-balance": "a balance is sometimes the one before the last change",
        "other-member": "an earn is sometimes credited to the member of the request before it",
        "refusal-takes": "a burn of too many miles is refused, and takes what there is",
        "same-number": "two transactions in a row have the same number",
    }
)
"""Ways to be wrong, each in one sentence."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How the server behaves: the names of its seeded defects."""

    defects: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        unknown = self.defects - set(DEFECTS)
        if unknown:
            raise ValueError(f"unknown defect: {', '.join(sorted(unknown))}")
