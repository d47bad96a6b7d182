"""Put one worker together: its plan, its client, its members, its journal."""

from __future__ import annotations

import gc
import math
import os
import resource
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from harness.contract.catalogue import read_catalogue
from harness.engine.load.effective import effective_load
from harness.engine.load.job import LoadFailed, LoadJob
from harness.engine.load.pacer import length_ns
from harness.engine.load.plan import arrivals, owner, plan_hash
from harness.engine.load.users import Dispatcher, LoadRequests
from harness.model.exchange import Response
from harness.model.run_header import LoadHeader, MixHeader
from harness.model.workload import Arrival
from harness.wire.attempt import SampledConformance
from harness.wire.client import open_client
from harness.wire.connection.route import route_of
from harness.wire.fast.client import LoadClient
from harness.wire.fast.credentials import Credentials
from harness.wire.fast.request import ArrivalValues, RequestBuilder, RequestWriter
from harness.wire.journal.writer import Writer

_SECOND_NS = 1_000_000_000
_FILES_MAX = 10_000


class Worker:
    """One worker of a load, ready to send.

    `own` are the numbers of its members in the plan, `wallets` what the load moves, empty for
    points. `stopping` says that the run is to end. Raises LoadFailed when it must not start.
    """

    def __init__(self, job: LoadJob, number: int, stopping: Callable[[], bool]) -> None:
        _raise_file_limit()
        vendor = read_catalogue(job.root, (job.vendor,)).vendors[job.vendor]
        effective = effective_load(job, vendor, number)
        target, workload = effective.target, effective.plan.workload
        self.job = job
        self.number = number
        self.stopping = stopping
        self.plan = plan = effective.plan
        self.members = members = effective.members
        self.notes = effective.notes
        route = route_of(target, os.environ)
        self.transport = LoadClient(route, workload.deadline_seconds, target.limits)
        self.client = client = open_client(
            vendor.binding,
            vendor.specification,
            target,
            job.secrets,
            LoadClient(route, target.deadline_seconds, target.limits),
            job.journal / f"load-{workload.id}-{number}-around.ndjson",
            f"{workload.id}.{number}.s",
            job.header,
            route.secrets,
        )
        self.pace = client.channel.pace
        self.pace.follow(effective.taken, job.full_until)
        self._began_with = effective.taken
        self.binding = binding = client.speaker.binding
        self.own = [m for m in range(plan.members) if owner(plan, m, job.workers) == number]
        self.hash = plan_hash(plan)
        self.seconds = math.ceil(length_ns(workload.stages) / _SECOND_NS)
        verbs = sorted({entry.verb for entry in workload.mix})
        self.wallets = sorted({binding.verbs[verb].wallet for verb in verbs})
        self.values = ArrivalValues(
            members, {**members[0], **binding.nonexistent.get("member", {})}
        )
        writer = RequestWriter(
            client.speaker, client.session, route, self.values, client.redactor.text
        )
        self.requests = RequestBuilder(writer, f"{plan.tag}w{number}")
        self.credentials = Credentials(client, verbs, members[0], self.requests.forget)

    @property
    def sent(self) -> int:
        """How many requests the worker has sent."""
        return self.pace.sent - self._began_with

    @property
    def repeats(self) -> bool:
        """Whether a reference may be sent again without moving points twice."""
        promises, deadline = self.binding.promises, self.plan.workload.deadline_seconds
        lifetime = promises.reference_lifetime
        known = lifetime is None or lifetime > self.seconds + 2 * deadline
        return promises.repeat != "none" and known

    def arrivals(self) -> Iterator[Arrival]:
        """Yield the worker's arrivals in order."""
        return arrivals(self.plan, self.number, self.job.workers)

    def warm_up(self) -> None:
        """Fetch credentials, compile request templates and schemas, before the clock runs."""
        self.credentials.freshen()
        self._compile_schemas()
        mix, seen = self.plan.workload.mix, set()
        for planned in self.arrivals():
            if planned.mix_index not in seen:
                seen.add(planned.mix_index)
                entry = mix[planned.mix_index]
                self.requests.build(f"load:{entry.name}", entry.verb, planned)
            if len(seen) == len(mix):
                break

    def _compile_schemas(self) -> None:
        operations, verbs = self.client.speaker.specification.operations, self.binding.verbs
        for name in {verbs[entry.verb].operation for entry in self.plan.workload.mix}:
            for status, responses in operations[name].responses.items():
                for media_type in responses.media if status.isdigit() else ():
                    empty = Response(int(status), {"content-type": media_type}, b"")
                    self.client.channel.judge.conformance.check(name, empty, None)


@dataclass(frozen=True, slots=True)
class Load:
    """The load of a worker under way.

    `began_cpu_seconds` is the processor time of the process when it was made ready.
    """

    requests: LoadRequests
    dispatcher: Dispatcher
    sampled: SampledConformance
    began_cpu_seconds: float


def open_load(worker: Worker, t0_ns: int) -> Load:
    """Open the journal of the load, whose header says when it began, and make it ready to send."""
    workload, job = worker.plan.workload, worker.job
    load = LoadHeader(
        workload=workload.id,
        title=workload.title,
        t0_ns=t0_ns,
        stages=workload.stages,
        worker=worker.number,
        workers=job.workers,
        lateness_ms=workload.lateness_ms,
        seed=worker.plan.seed,
        plan=worker.hash,
        arrivals=len(worker.plan.due),
        mix=tuple(MixHeader(entry.name, entry.verb) for entry in workload.mix),
    )
    journal = Writer(
        job.journal / f"load-{workload.id}-{worker.number}.ndjson",
        replace(worker.client.journal.header, load=load),
        worker.client.redactor.text,
        evidence_only=True,
    )
    for note in worker.notes:
        journal.note(f"load:{workload.id}", note)
    judge = worker.client.channel.judge
    sampled = SampledConformance(judge.conformance)
    requests = LoadRequests(
        worker.plan,
        worker.requests,
        worker.transport.exchange,
        replace(judge, check=sampled.check),
        journal,
        worker.credentials,
        worker.client.channel.outage,
        worker.pace,
        t0_ns,
        f"{workload.id}.{worker.number}.",
    )
    dispatcher = Dispatcher(requests, math.ceil(workload.in_flight / job.workers))
    # What exists now lives as long as the run: the collector need not traverse it again and again.
    gc.collect()
    gc.freeze()
    return Load(requests, dispatcher, sampled, time.process_time())


def close_load(worker: Worker, load: Load, complete: bool) -> None:
    """Write what the reader of the report must know, and the last lines."""
    about = f"load:{worker.plan.workload.id}"
    live, journal, sampled = load.requests.live, load.requests.journal, load.sampled
    if sampled.large > sampled.sampled:
        journal.note(
            about,
            f"{sampled.sampled} of {sampled.large} large responses were checked against "
            "their schema, as many as the budget of processor time allows",
        )
    if live.idle:
        journal.note(about, f"{live.idle} arrivals had no entry to name and sent nothing")
    counted = load.dispatcher.counted_by_locust()
    if counted != live.arrivals and complete:
        raise LoadFailed(f"Locust counted {counted} requests, the journal {live.arrivals}")
    if not complete:
        journal.note(about, "the load was stopped before its end")
    journal.close(complete)
    worker.client.journal.close()
    worker.transport.close()


def _raise_file_limit() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES_MAX if hard == resource.RLIM_INFINITY else min(_FILES_MAX, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
