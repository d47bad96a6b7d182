"""What a run was asked to do, as one value."""

from __future__ import annotations

import datetime
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from harness.mock.faults import DUPLICATING


@dataclass(frozen=True, slots=True)
class Profile:
    """How deep a run goes: fuzzed cases an operation, rounds of each scenario, length of the load.

    `races` are the rounds of scenarios whose requests leave at once: a server that loses points in
    a race does so now and then. `load_scale` stretches the stages of a workload.
    """

    name: str
    fuzz: int
    rounds: int
    races: int
    load_scale: float


PROFILES = {
    "ci": Profile("ci", fuzz=10, rounds=1, races=3, load_scale=1.0),
    "full": Profile("full", fuzz=60, rounds=4, races=12, load_scale=3.0),
}

SEED = 1
"""The seed of a run that was given none; its loads then have their workload's own."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The options of one invocation.

    `engines` are those to run: property, scenario, load. `workload` names one workload, empty for
    all that the vendor can run. `given_seed` replaces the seed of every workload. `partial` says
    that engines were left out on purpose.
    """

    command: str
    root: Path
    out: Path | None
    target: str
    targets_file: Path | None
    given_seed: int | None
    profile: Profile
    engines: tuple[str, ...]
    strict: bool = False
    partial: bool = False
    defects: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    workload: str = ""
    workers: int = 1
    only: str = ""
    run_id: str = field(default_factory=lambda: new_run_id())
    started: str = field(default_factory=lambda: now())

    @property
    def seed(self) -> int:
        """What the mock, the properties and the scenarios draw their chance from."""
        return SEED if self.given_seed is None else self.given_seed

    @property
    def tag(self) -> str:
        """A short text that tells this run's references from those of all others."""
        return self.run_id.rpartition("-")[2]

    @property
    def duplicates(self) -> bool:
        """Whether some requests of the run are delivered twice."""
        return any(fault.partition("=")[0] in DUPLICATING for fault in self.faults)

    @property
    def folder(self) -> Path:
        """Where the run writes."""
        return self.out if self.out is not None else Path("reports") / self.run_id


def now() -> str:
    """Return the time as ISO 8601 in UTC, to the second."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def new_run_id() -> str:
    """Return an id that sorts by time and that no other run has."""
    moment = datetime.datetime.now(datetime.UTC)
    return f"{moment:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
