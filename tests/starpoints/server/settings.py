"""What the server is told when it starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

TOKEN = "star-secret"
"""The one secret that opens every page, as a bearer token or as a cookie."""

HOOK_SECRET = "hook-secret"
"""The key that signs announcements."""

HABITS: Mapping[str, str] = MappingProxyType(
    {
        "atomic-bulk": "a bulk is done as a whole or not at all, and its response has one status",
        "bom": "each body begins with a byte order mark",
        "changed-key-422": "a key that is used for another request is refused with 422, not 400",
        "chunked": "bodies are chunked, with an extension on each chunk",
        "conflict-in-flight": "a repeat is refused with 409 while the first request is under way",
        "continue": "an interim response 100 precedes each response",
        "cookie": "the secret is the cookie `session`, not a bearer token",
        "cookie-login": "a login sets the cookie `session`, which opens every other page",
        "early-hints": "an interim response 103 precedes each response",
        "file-name": "the file of an upload must have a name",
        "gzip": "each body is compressed, whatever the request accepts",
        "half-points": "each balance ends in half a point",
        "html": "each page is HTML, as a portal for browsers serves it",
        "http10": "the server speaks HTTP/1.0",
        "idle-close": "a connection that is idle for 50 ms is closed",
        "job": "a bulk is done later, and its response names a job",
        "key-in-header": "the key is the header Idempotency-Key, not a field of the body",
        "late-balance": "the page of an account shows a balance of 0.4 seconds ago",
        "location": "a new account's response is 201 without a body; its header names the account",
        "no-length": "no response says how long its body is; the end of the connection does",
        "redirect": "every page is redirected to another one with 307",
        "retry-date": "Retry-After is a date, not a number of seconds",
        "thousands": "amounts and balances are texts such as 12,345",
        "late-webhook": "announcements leave 0.3 seconds after their changes",
        "webhook": "each change is announced to the address that was registered last",
        "token-login": "a bearer token comes from a login and lives for a time",
    }
)
"""Ways to differ from other servers without being wrong, each in one sentence."""

DEFECTS: Mapping[str, str] = MappingProxyType(
    {
        "announces-again": "each change is announced twice",
        "announces-nothing": "no change is announced",
        "announces-other-amount": "one point more is announced than was added or taken",
        "announces-refusals": "a refused redemption is announced as if it were done",
        "announces-unsigned": "no announcement is signed",
        "claims-rows": "rows behind a refused row are reported as done, and are not",
        "forgets-keys": "no key is remembered",
        "forgets-old-keys": "a key is forgotten after a second and a half",
        "keeps-rows": "an atomic bulk that is refused keeps the rows before the failure",
        "loses-updates": "concurrent changes of one account overwrite each other",
        "overcharges": "a reward costs 15 points more than its price",
    }
)
"""Ways to be wrong, each in one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the server behaves.

    habits           names of HABITS
    defects          names of DEFECTS
    base_path        where its pages begin, such as /api/v9
    initial_balance  the points of an account that the server knows from the start
    rate             the most requests a second, 0 without limit; the others are refused with 429
    token_uses       the requests after which a token ends; its login says an hour
    freeze_after     the number of requests after which the server stands still for 1.5 s, 0 never
    fail_after       the number of requests after which every response is 500, 0 never
    die_after        the number of requests after which the process ends, 0 never
    job_seconds      how long a job takes
    """

    habits: frozenset[str] = frozenset()
    defects: frozenset[str] = frozenset()
    base_path: str = ""
    initial_balance: int = 1000
    rate: int = 0
    token_uses: int = 1_000_000
    freeze_after: int = 0
    fail_after: int = 0
    die_after: int = 0
    job_seconds: float = 0.3

    def __post_init__(self) -> None:
        unknown = (self.habits - set(HABITS)) | (self.defects - set(DEFECTS))
        if unknown:
            raise ValueError(f"unknown habit or defect: {', '.join(sorted(unknown))}")
