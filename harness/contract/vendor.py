"""A vendor: everything that its files declare about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.contract.workload import WorkloadFile
from harness.model.binding import Binding
from harness.model.operation import Specification
from harness.model.requirement import Observed, Requirement, Waiver
from harness.model.scenario import Scenario
from harness.model.target import Target


@dataclass(frozen=True, slots=True)
class Vendor:
    """Everything declared about one vendor.

    `name`, `title`: the folder's name, and the name that reports show.
    `requirements`: its own, then the laws that concern it.
    `scenarios`: the common ones, then its own.
    `workloads`: all that exist, by id; `lacking(workload.needs, binding)` is empty for its own.
    `observed`: what it was observed to do where no document says what it must do.
    `digest`: the SHA-256 of every file behind it.
    `root`: the folder that holds `contracts/`.
    """

    name: str
    title: str
    specification: Specification
    binding: Binding
    requirements: tuple[Requirement, ...]
    scenarios: tuple[Scenario, ...]
    workloads: Mapping[str, WorkloadFile]
    targets: Mapping[str, Target]
    waivers: tuple[Waiver, ...]
    digest: str
    root: Path
    observed: tuple[Observed, ...] = ()
