"""What a job really sends, once the target's limits and the vendor's verbs have had their say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import blake2b
from math import ceil

from harness.contract.vendor import Vendor
from harness.document.messages import Problem, counted
from harness.document.template import fill
from harness.engine.load.job import LoadFailed, LoadJob
from harness.engine.load.pacer import peak
from harness.engine.load.plan import Plan, arrivals, requests_in
from harness.model.target import Member, Target
from harness.model.workload import LENGTHS, MixEntry, Workload
from harness.wire.verbs import carries_reference

_REQUESTS_A_MEMBER = 4
"""Requests that a wallet of a member costs beside the arrivals: its funding, and three reads."""
_SPARE_REQUESTS = 16

PLANNED_SHARE = 0.9
"""So much of a target's rate the arrivals use: the rest is for logins, and for what is late."""


@dataclass(frozen=True, slots=True)
class EffectiveLoad:
    """The plan of a job, the members it may touch, and what one worker may send.

    `target` is the job's with the worker's part of the rate. Of its budget `taken` requests were
    sent before, or are for the other workers. `notes` is what the reader of the report must know.
    """

    plan: Plan
    members: tuple[Member, ...]
    target: Target
    taken: int
    notes: tuple[str, ...]


def effective_load(job: LoadJob, vendor: Vendor, worker: int = 0) -> EffectiveLoad:
    """Return what a worker of the job sends; raises LoadFailed when it must not or cannot be."""
    if job.workload not in vendor.workloads:
        raise LoadFailed(f"no workload {job.workload!r} is known for this vendor")
    workload, notes = _within_rate(vendor.workloads[job.workload].workload, job)
    members = job.members[: workload.members]
    if not members:
        raise LoadFailed("the target names no members whose points may move")
    if len(members) < workload.members:
        notes.append(f"{len(members)} members share the traffic, {workload.members} were asked for")
    verbs = vendor.binding.verbs
    if missing := sorted({entry.verb for entry in workload.mix} - set(verbs)):
        raise LoadFailed(f"the vendor has no {' and no '.join(missing)}")
    for name in sorted({entry.verb for entry in workload.mix if verbs[entry.verb].price}):
        try:
            fill(verbs[name].price, {"value": job.target.values})
        except Problem as error:
            raise LoadFailed(f"the price of {name}: {error}") from None
    workload = replace(workload, mix=tuple(_entry(entry, vendor) for entry in workload.mix))
    carries = frozenset(name for name, verb in verbs.items() if carries_reference(verb))
    entry_keys = {name: verb.entry for name, verb in verbs.items() if verb.entry is not None}
    sent = {entry.verb for entry in workload.mix}
    for name in sorted(sent & entry_keys.keys()):
        if not sent & set(entry_keys[name].of):
            raise LoadFailed(f"nothing in the mix makes the entry that {name} names")
    seed = workload.seed if job.seed is None else job.seed
    # Several workloads may share the tag of their run.
    tag = job.tag + blake2b(workload.id.encode(), digest_size=2).hexdigest()
    rate = job.target.rate
    limit = None if rate is None else PLANNED_SHARE * rate
    plan = Plan(workload, seed, tag, len(members), carries, entry_keys, limit)
    wallets = {verbs[entry.verb].wallet for entry in workload.mix}
    target = replace(job.target, rate=None if rate is None else rate / job.workers)
    taken = _taken_from(worker, job, plan, len(wallets))
    return EffectiveLoad(plan, members, target, taken, tuple(notes))


def _entry(entry: MixEntry, vendor: Vendor) -> MixEntry:
    """Return the entry with what the vendor promises in the place of words."""
    promises, invalid = vendor.binding.promises, entry.invalid_rows
    if promises.bulk_limit is None and set(entry.rows) & set(LENGTHS):
        raise LoadFailed(f"{entry.name} needs a limit of rows, and the vendor promises none")
    if invalid is not None and invalid.by == "over_max":
        if promises.units_max is None:
            raise LoadFailed(f"{entry.name} needs a most of units, and the vendor promises none")
        invalid = replace(invalid, units=promises.units_max + 1)
    unknown = invalid is not None and invalid.by == "unknown_member"
    if unknown and "member" not in vendor.binding.nonexistent:
        raise LoadFailed(f"{entry.name} needs an unknown member, and the binding has none")
    limit = promises.bulk_limit or 0
    known = dict(zip(LENGTHS, (limit - 1, limit, limit + 1), strict=True))
    rows = tuple(known[rows] if isinstance(rows, str) else rows for rows in entry.rows)
    return replace(entry, rows=rows, invalid_rows=invalid)


def _within_rate(workload: Workload, job: LoadJob) -> tuple[Workload, list[str]]:
    """Return the workload stretched by the job's scale, and no faster than the target allows."""
    notes: list[str] = []
    rate, target = 1.0, job.target
    if target.rate is not None:
        limit = PLANNED_SHARE * target.rate
        workload, notes = _within_second(workload, ceil(limit / job.workers))
        weight = sum(entry.weight for entry in workload.mix)
        requests = sum(entry.weight * entry.concurrent for entry in workload.mix)
        asked = peak(workload.stages) * requests / weight
        if asked > limit:
            rate = limit / asked
            notes.append(
                f"the rates were multiplied by {rate:.3g}: the target allows {target.rate:g} "
                f"requests a second, of which {limit:g} are for arrivals, and the workload asks "
                f"for {asked:g}"
            )
    stages = tuple(
        replace(one, start=one.start * rate, end=one.end * rate, seconds=one.seconds * job.scale)
        for one in workload.stages
    )
    return replace(workload, stages=stages), notes


def _within_second(workload: Workload, most: int) -> tuple[Workload, list[str]]:
    """Return the workload with no more concurrent requests than may leave in one second."""
    notes = [
        f"{entry.name} sends {counted(most, 'concurrent request')} and not {entry.concurrent}, as "
        "the target allows no more a second"
        for entry in workload.mix
        if entry.concurrent > most
    ]
    mix = [replace(entry, concurrent=min(entry.concurrent, most)) for entry in workload.mix]
    return replace(workload, mix=tuple(mix)), notes


def _taken_from(worker: int, job: LoadJob, plan: Plan, wallets: int) -> int:
    """Return how many requests of the budget are not for one worker; raises LoadFailed."""
    budget = job.target.budget
    if budget is None:
        return job.sent
    planned = requests_in(plan)
    asked = planned + plan.members * wallets * _REQUESTS_A_MEMBER + _SPARE_REQUESTS
    if asked > budget - job.sent:
        before = f", of which {job.sent} have been sent" if job.sent else ""
        raise LoadFailed(
            f"the workload would send about {asked} requests, "
            f"and the target's budget is {budget}{before}"
        )
    if job.workers == 1:
        return job.sent
    own = sum(one.concurrent for one in arrivals(plan, worker, job.workers))
    return budget - own - (budget - job.sent - planned) // job.workers
