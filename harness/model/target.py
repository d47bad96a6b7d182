"""The server that a run tests: its address, secrets, members and limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil

Member = Mapping[str, str]

SECRET_CHARACTERS_MIN = 4
"""A shorter secret cannot be hidden: it stands in too many words and numbers."""


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """The certificate that the harness shows a server, as files in PEM.

    `key`: the file of its key, empty where `file` holds it too.
    `password`: a reference (`env:NAME`) to the key's password, empty where it has none.
    """

    file: str
    key: str = ""
    password: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that is read of one response; what exceeds it is left unread and proves nothing.

    `body_bytes`: bytes of the body, after its encoding is undone.
    `header_bytes`, `header_count`: bytes and number of its headers, interim ones included.
    `nesting`: levels of JSON.
    `csv_rows`: rows of a CSV file.
    """

    body_bytes: int = 4 * 2**20
    header_bytes: int = 64 * 2**10
    header_count: int = 200
    nesting: int = 64
    csv_rows: int = 50_000

    @property
    def scenario_bytes(self) -> int:
        """Bytes of all the bodies that one scenario compares."""
        return self.body_bytes

    @property
    def together_bytes(self) -> int:
        """Bytes of all the large bodies that a process receives at a time."""
        return 16 * self.body_bytes


USUAL = Limits()
"""The limits of a target that declares none."""


@dataclass(frozen=True, slots=True)
class Listening:
    """Where the harness listens for what the vendor announces.

    `listen`: host and port, port 0 for a free one; empty where it cannot listen.
    `url`: the address that the vendor is told; empty for that of `listen`.
    """

    listen: str = "127.0.0.1:0"
    url: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """One named target of a vendor; `kind` is mock, sandbox or staging.

    `base_url`: the address below which the paths of the specification are; empty for a mock.
    `secrets`: references (`env:NAME`) by name, until the run resolves them.
    `members`: accounts on which the run may move points: `id`, and what the templates name.
    `rate`, `budget`: requests per second, and in the whole run; None without limit.
    `load`: refuse, probe or allow.
    `clock`: none or wait, whether a scenario may wait for time to pass, `patience_seconds` at most.
    `delivery`: once or at-least-once, whether the way there may deliver a request a second time.
    `places`: where the file says what, by `values`, `secrets`, `members` and their parts.
    `proxy`: its address, a reference (`env:NAME`) or none; empty for that of the environment.
    `ca_file`: the certificates that are trusted; empty for those of the environment or the system.
    `outage_seconds`: without a single response for so long the run ends.
    `webhook`: where the vendor can reach the harness; None where nothing is said.
    `limits`: how much of a response is read.
    """

    name: str
    kind: str
    base_url: str = ""
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    values: Mapping[str, str] = field(default_factory=dict)
    members: tuple[Member, ...] = ()
    rate: float | None = None
    budget: int | None = None
    load: str = "refuse"
    deadline_seconds: float = 10.0
    place: str = ""
    clock: str = "none"
    patience_seconds: float = 90.0
    delivery: str = "once"
    places: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    proxy: str = ""
    ca_file: str = ""
    client_certificate: ClientCertificate | None = None
    outage_seconds: float = 10.0
    webhook: Listening | None = None
    limits: Limits = USUAL

    @property
    def together(self) -> int | None:
        """The most requests that may leave at the same moment, None without a limit."""
        return None if self.rate is None else ceil(self.rate)

    @property
    def duplicates(self) -> bool:
        """Whether some requests may be delivered twice."""
        return self.delivery != "once"

    def place_of(self, part: str) -> str:
        """Return the file and line of a part such as `values.shop`, or of the nearest around it."""
        while part and part not in self.places:
            part = part.rpartition(".")[0]
        return self.places.get(part, self.place)


@dataclass(frozen=True, slots=True)
class Input:
    """What is known of a secret, a value or a field of members that a target must name.

    `description`: what it is, what it must cost, how much of it there must be.
    `example`: a value as the vendor writes it; secrets have none.
    `used_up`: what one run uses up of it, empty for nothing.
    `not_member`: the field of members that must not have this value, empty for any may.
    `pem`: whether it is a key as PEM text.
    """

    description: str
    example: str = ""
    used_up: str = ""
    not_member: str = ""
    pem: bool = False
    place: str = ""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a target must name: `known` by name as templates write it, such as `value.shop`.

    `members`: who the members are, empty where nothing is said.
    """

    known: Mapping[str, Input]
    members: str = ""
    place: str = ""
