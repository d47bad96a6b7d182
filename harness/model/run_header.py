"""What every journal file of a run begins with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.model.workload import Stage


@dataclass(frozen=True, slots=True)
class MixHeader:
    """An entry of a workload's mix: its name, and the verb it sends."""

    name: str
    verb: str


@dataclass(frozen=True, slots=True)
class LoadHeader:
    """The load that a journal file is of.

    `t0_ns`: when the load began, on the monotonic clock of the writer's machine.
    `stages`: as they ran, stretched by the profile.
    `worker`, `workers`: the number of the writer's process, and how many there are.
    `lateness_ms`: the p99 lateness above which the measurement is invalid.
    `plan`, `arrivals`: a digest of the arrivals, and how many there are over all workers.
    """

    workload: str
    t0_ns: int
    stages: tuple[Stage, ...]
    lateness_ms: float
    title: str = ""
    worker: int = 0
    workers: int = 1
    seed: int = 0
    plan: str = ""
    arrivals: int = 0
    mix: tuple[MixHeader, ...] = ()


@dataclass(frozen=True, slots=True)
class RunHeader:
    """How a run was made, so that its journal can be judged without anything else of it.

    `strict`, `partial`: whether inferred requirements count; whether engines were left out.
    `duplicates`: whether some requests were delivered twice on purpose.
    `declarations`: a digest of the vendor's files.
    `route`: what is unusual on the way to the server: a proxy, certificates.
    `rate`, `budget`: the most requests a second, and in the run, None without a limit.
    `media`, `auth`: by operation, the body's media type and the places of credentials.
    `variables`: for each shell variable in `auth`, a line that sets it or says what it is.
    """

    run: str = ""
    command: str = ""
    started: str = ""
    vendor: str = ""
    target: str = ""
    kind: str = ""
    seed: int = 0
    profile: str = ""
    engines: tuple[str, ...] = ()
    strict: bool = False
    partial: bool = False
    duplicates: bool = False
    version: str = ""
    python: str = ""
    declarations: str = ""
    base_url: str = ""
    media: Mapping[str, str] = field(default_factory=dict)
    auth: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    load: LoadHeader | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    route: tuple[str, ...] = ()
    rate: float | None = None
    budget: int | None = None
