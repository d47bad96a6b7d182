"""What a run is asked to do, as one record."""

from __future__ import annotations

import datetime
import platform
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import harness
from harness.mock.faults import DUPLICATING

ENGINES = ("property", "scenario", "load")
"""What a run can consist of, in the order in which it happens."""

SEED = 1
"""The random seed of a run that is given none; each workload then keeps its own."""


@dataclass(frozen=True, slots=True)
class Profile:
    """How thorough a run is.

    fuzz        generated requests per operation
    rounds      plays of each scenario
    races       plays of each scenario with concurrent requests, which reveals a race only sometimes
    load_scale  factor on the length of a workload's stages
    """

    fuzz: int
    rounds: int
    races: int
    load_scale: float


PROFILES = {
    "ci": Profile(fuzz=10, rounds=1, races=3, load_scale=1.0),
    "full": Profile(fuzz=60, rounds=4, races=12, load_scale=3.0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of a run.

    target        the name of the target to test; if empty the mock, else the vendor's only one
    targets_file  a targets file outside the vendor's folder
    root          the folder with contracts/, specs/ and loadtests/; None searches for it
    seed          the random seed; None is 1, and each workload's own for its load
    profile       ci or full, see PROFILES
    engines       those to run, of ENGINES
    only          run only scenarios whose id contains this text, and no other engine
    workload      the id of the one workload to run, all that the vendor can run if empty
    defects       ids of seeded defects of the mock
    faults        network faults of the mock, each with its share of the requests from 0 to 1
    strict        whether inferred requirements can fail the vendor too
    out           the folder to write to, reports/<run id> if None
    command       what the result names as the command that repeats the run
    """

    target: str = ""
    targets_file: Path | None = None
    root: Path | None = None
    seed: int | None = None
    profile: str = "ci"
    engines: tuple[str, ...] = ENGINES
    only: str = ""
    workload: str = ""
    defects: tuple[str, ...] = ()
    faults: Mapping[str, float] = field(default_factory=dict)
    strict: bool = False
    out: Path | None = None
    command: str = ""

    @property
    def random_seed(self) -> int:
        """The random seed of the mock, the properties and the scenarios."""
        return SEED if self.seed is None else self.seed

    @property
    def running(self) -> tuple[str, ...]:
        """The engines that run: scenarios alone where `only` selects some of them."""
        only = self.only and "scenario" in self.engines
        return ("scenario",) if only else tuple(e for e in ENGINES if e in self.engines)

    @property
    def partial(self) -> bool:
        """Whether checks are left out on purpose."""
        return bool(self.only) or not set(ENGINES) <= set(self.engines)

    @property
    def duplicates(self) -> bool:
        """Whether some requests are delivered twice."""
        return any(fault in DUPLICATING for fault in self.faults)


@dataclass(frozen=True, slots=True)
class Run:
    """A run with its options, its id and its start (ISO 8601 in UTC)."""

    options: Options
    id: str = field(default_factory=lambda: new_run_id())
    started: str = field(default_factory=lambda: now())

    @property
    def tag(self) -> str:
        """A short text that distinguishes the references of this run from those of all others."""
        return self.id.rpartition("-")[2]

    @property
    def folder(self) -> Path:
        """Where the run writes."""
        return self.options.out if self.options.out is not None else Path("reports") / self.id


def now() -> str:
    """Return the time as ISO 8601 in UTC, to the second."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def new_run_id() -> str:
    """Return an id that sorts by time and that no other run has."""
    moment = datetime.datetime.now(datetime.UTC)
    return f"{moment:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"


def installation() -> dict[str, str]:
    """Return the versions of the harness and of Python, and the platform: system and machine."""
    return {
        "version": harness.__version__,
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}, {sys.implementation.name}",
    }
