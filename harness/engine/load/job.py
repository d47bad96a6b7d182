"""What the parent asks of a load child, as the two lines it reads and the lines it answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

from harness.model.record import from_document, to_document
from harness.model.run_header import RunHeader
from harness.model.target import Member, Target
from harness.model.workload import Stage, Workload

STOPPED = 4
"""The exit code of a child that was asked to stop and did."""


@dataclass(frozen=True, slots=True)
class LoadJob:
    """One workload to run against one target, by one or more worker processes.

    `root` and `vendor` say where the declarations stand, `secrets` are the resolved values,
    `members` whose points may move. `seed` replaces the workload's (None: keep it), `scale`
    stretches its stages. `tag` starts every reference and must be new for each run. `journal` is
    the folder of the run's journal, `header` what each of its files begins with.
    """

    root: Path
    vendor: str
    workload: str
    target: Target
    secrets: Mapping[str, str] = field(repr=False)
    members: tuple[Member, ...]
    tag: str
    journal: Path
    header: RunHeader
    seed: int | None = None
    scale: float = 1.0
    workers: int = 1


def encode_job(job: LoadJob, worker: int) -> str:
    """Return the line that tells a child its job; it holds secrets and goes to its stdin only."""
    # The child needs no references to secrets, and its members are named by the job.
    target = {known.name: getattr(job.target, known.name) for known in fields(job.target)}
    target |= {"secrets": {}, "members": [], "values": dict(job.target.values)}
    told = {
        **{name: getattr(job, name) for name in ("vendor", "workload", "tag", "seed", "scale")},
        "root": str(job.root.resolve()),
        "journal": str(job.journal.resolve()),
        "target": target,
        "secrets": dict(job.secrets),
        "members": [dict(member) for member in job.members],
        "header": to_document(job.header),
        "workers": job.workers,
        "worker": worker,
    }
    return json.dumps(told)


def decode_job(line: str) -> tuple[LoadJob, int]:
    """Return the job that a line tells, and the number of the worker that reads it."""
    told = json.loads(line)
    members = tuple(told["members"])
    worker = int(told.pop("worker"))
    return (
        LoadJob(
            **{
                **told,
                "root": Path(told["root"]),
                "journal": Path(told["journal"]),
                "target": Target(**{**told["target"], "members": members}),
                "members": members,
                "header": from_document(RunHeader, told["header"]),
            }
        ),
        worker,
    )


def scaled(workload: Workload, seconds: float, rate: float) -> Workload:
    """Return the workload with its stages stretched and its rates multiplied."""
    stages = tuple(
        Stage(
            stage.name,
            stage.start * rate,
            stage.end * rate,
            stage.seconds * seconds,
            stage.measure,
        )
        for stage in workload.stages
    )
    return replace(workload, stages=stages)
