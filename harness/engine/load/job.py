"""What the parent asks of a load child, and the line that says it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.model.record import from_document, to_document
from harness.model.run_header import RunHeader
from harness.model.target import Member, Target

SERVER_GONE, STOPPED = 3, 4
"""Exit codes of a child whose server stopped responding, and of one that was asked to stop."""


class LoadFailed(Exception):
    """The load could not be run or not be finished, so there is nothing to measure."""


@dataclass(frozen=True, slots=True)
class LoadJob:
    """One workload to run against one target, by one or more worker processes.

    `root` and `vendor` say where the declarations stand, `secrets` are the resolved values,
    `members` whose points may move. `seed` replaces the workload's (None: keep it), `scale`
    stretches its stages. `tag` starts every reference and must be new for each run. `journal` is
    the folder of the run's journal, `header` what each of its files begins with. The run has sent
    `sent` requests before, and until `full_until`, a moment of the monotonic clock, no more may
    leave.
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
    sent: int = 0
    full_until: float = 0.0


def encode_job(job: LoadJob, worker: int) -> str:
    """Return the line that gives a child its job; it holds secrets and goes to its stdin only."""
    # The child needs no references to secrets, and its members are named by the job.
    target = replace(job.target, secrets={}, members=())
    return json.dumps(
        {
            **to_document(replace(job, target=target)),
            "root": str(job.root.resolve()),
            "journal": str(job.journal.resolve()),
            "worker": worker,
        }
    )


def decode_job(line: str) -> tuple[LoadJob, int]:
    """Return the job that a line holds, and the number of the worker that reads it."""
    document = json.loads(line)
    worker = int(document.pop("worker"))
    members = tuple(document["members"])
    document |= {
        "root": Path(document["root"]),
        "journal": Path(document["journal"]),
        "target": replace(from_document(Target, document["target"]), members=members),
        "members": members,
        "header": from_document(RunHeader, document["header"]),
    }
    return LoadJob(**document), worker
