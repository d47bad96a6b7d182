"""The engines of a run on one vendor, which write its journal."""

from __future__ import annotations

import os
import platform
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import harness
from harness.contract.inputs.names import names_of_verbs, value_needs
from harness.contract.needs import lacking, why_lacking
from harness.contract.target import short_secrets
from harness.contract.vendor import Vendor
from harness.contract.workload import WorkloadFile
from harness.document.characters import visible
from harness.document.messages import counted
from harness.document.private import write_private
from harness.engine.load.driver import LoadCrashed, LoadRefused, run_load
from harness.engine.load.job import LoadJob
from harness.engine.members.enrollment import Enroller, NotEnrolled, enroller_of
from harness.engine.members.pool import Allocation
from harness.engine.property import runner as property_engine
from harness.engine.scenario.context import Environment, unique_texts
from harness.engine.scenario.runner import play, play_order
from harness.model.check_id import GONE, UNREACHED, UNTESTED
from harness.model.progress import OnProgress, Phase, phase_of
from harness.model.run_header import RunHeader
from harness.model.verdict import Checked, Verdict
from harness.session.options import PROFILES, Options, Profile, Run
from harness.session.reach import Reach, Unreached
from harness.session.target import Opened
from harness.session.webhook import OpenedWebhook, announced, open_webhook
from harness.wire.auth import AuthFailed
from harness.wire.client import Client, open_client
from harness.wire.connection.outage import ServerGone
from harness.wire.connection.route import Route, route_of
from harness.wire.pace import BudgetSpent, Pace
from harness.wire.throttle import Throttled
from harness.wire.transport import Transport


@dataclass(frozen=True, slots=True)
class VendorRun:
    """The part of a run that tests one vendor; `journal` is the folder of the vendor's journal."""

    vendor: Vendor
    opened: Opened
    made: Run
    journal: Path
    on_progress: OnProgress

    @property
    def options(self) -> Options:
        """The options of the run."""
        return self.made.options

    @property
    def duplicates(self) -> bool:
        """Whether some requests may be delivered twice: by faults of the mock, or on the way."""
        return self.options.duplicates or self.opened.target.duplicates

    @property
    def profile(self) -> Profile:
        """How thorough the run is."""
        return PROFILES[self.options.profile]


def run_engines(run: VendorRun) -> None:
    """Run every engine that was asked for; what stops one is journalled, never raised."""
    hook, opened = open_webhook(run.vendor, run.opened)
    try:
        _run_engines(replace(run, opened=opened), hook)
    finally:
        hook.close()


def _run_engines(run: VendorRun, hook: OpenedWebhook) -> None:
    target, route = run.opened.target, route_of(run.opened.target, os.environ)
    transport = Transport(route, target.deadline_seconds, target.limits)
    client = open_client(
        run.vendor.binding,
        run.vendor.specification,
        target,
        run.opened.secrets,
        transport,
        run.journal / "calls.ndjson",
        "c",
        replace(header(run), route=route.said),
        route.secrets,
    )
    for problem in short_secrets(target, run.opened.secrets):
        client.journal.note("target", problem.message)
    fresh = unique_texts(run.made.tag)
    try:
        _reach_and_test(run, client, route, fresh, hook)
        client.journal.close()
    except BaseException:
        # What was cut short must not be judged as if it had been all.
        client.journal.close(complete=False)
        raise
    finally:
        transport.close()


def _reach_and_test(
    run: VendorRun, client: Client, route: Route, fresh: Callable[[], str], hook: OpenedWebhook
) -> None:
    """Run the engines if the server can be reached, until it is gone; journal what stops them."""
    try:
        allocation = _reached(run, client, route, enroller_of(client, fresh))
        with announced(hook, client, run.journal, run.opened.target.patience_seconds):
            _engines(run, client, allocation, fresh)
    except Unreached as error:
        _stopped(client, UNREACHED, str(error))
    except ServerGone as error:
        _stopped(client, GONE, str(error))
    except (AuthFailed, BudgetSpent, NotEnrolled, Throttled) as error:
        reason = f"nothing could be tested at {route.address}: {error}"
        _stopped(client, UNTESTED, reason)


def _engines(
    run: VendorRun, client: Client, allocation: Allocation, fresh: Callable[[], str]
) -> None:
    engines: Mapping[str, Callable[[VendorRun, Client, Allocation], None]] = {
        "property": _properties,
        "scenario": partial(_scenarios, fresh=fresh),
        "load": _load,
    }
    for name in run.options.running:
        with _guarded(run, client, name):
            engines[name](run, client, allocation)


def header(run: VendorRun) -> RunHeader:
    """Return what every journal file of the run begins with."""
    options = run.options
    return RunHeader(
        run=run.made.id,
        command=options.command,
        started=run.made.started,
        vendor=run.vendor.name,
        target=run.opened.target.name,
        kind=run.opened.target.kind,
        seed=options.random_seed,
        profile=options.profile,
        engines=options.running,
        strict=options.strict,
        partial=options.partial,
        duplicates=run.duplicates,
        version=harness.__version__,
        python=platform.python_version(),
        declarations=run.vendor.digest,
        rate=run.opened.target.rate,
        budget=run.opened.target.budget,
    )


def _reached(run: VendorRun, client: Client, route: Route, enroller: Enroller | None) -> Allocation:
    """Return who there is at a server that responds; raises Unreached and NotEnrolled."""
    members = run.opened.target.members
    reach = Reach(client, run.opened.target, route, not members and enroller is not None)
    reach.require()
    if not members and enroller is not None:
        members = (reach.member(enroller),)
    if not members and "balance" in run.vendor.binding.verbs:
        raise NotEnrolled("the target names no members, and the scenarios need some")
    return Allocation(members, enroller)


def _unmeasured(client: Client, subject: str, reason: str) -> None:
    _stopped(client, f"measurement:{subject}", reason, subject)


def _stopped(client: Client, check: str, reason: str, subject: str = "run") -> None:
    client.journal.checked(Checked(check, subject, Verdict.INCONCLUSIVE, reason))


@contextmanager
def _guarded(run: VendorRun, client: Client, engine: str) -> Iterator[None]:
    """Turn what stops an engine into a journalled check, so that the rest is still judged."""
    try:
        yield
    except (AuthFailed, BudgetSpent, LoadRefused, NotEnrolled, Throttled) as error:
        _unmeasured(client, engine, f"the {engine} engine stopped: {error}")
    except ServerGone:
        raise
    except Exception as error:
        text = "".join(traceback.format_exception(error))
        path = run.journal.parent.parent / "harness-error.txt"
        write_private(path, visible(client.redactor.text(text)))
        reason = f"the {engine} engine failed: {type(error).__name__}: {error}"
        client.journal.checked(Checked(f"measurement:{engine}", engine, Verdict.ERROR, reason))


def _properties(run: VendorRun, client: Client, allocation: Allocation) -> None:
    generated = allocation.for_properties(run.vendor.binding)
    with phase_of(f"{run.vendor.name}: properties", run.on_progress) as phase:
        property_engine.run_properties(
            client,
            run.vendor,
            generated,
            seed=run.options.random_seed,
            fuzz_count=run.profile.fuzz,
            on_progress=lambda name, done, total: phase.advance(text=name),
        )


def _scenarios(
    run: VendorRun, client: Client, allocation: Allocation, *, fresh: Callable[[], str]
) -> None:
    members = allocation.for_scenarios(run.vendor.binding)
    environment = Environment(client, members, fresh, run.opened.clock, run.duplicates)
    wanted = [scenario for scenario in run.vendor.scenarios if run.options.only in scenario.id]
    plays = play_order(wanted, run.profile.rounds, run.profile.races)
    with phase_of(f"{run.vendor.name}: scenarios", run.on_progress, len(plays)) as phase:
        for scenario in plays:
            phase.advance(text=scenario.id)
            play(scenario, environment)


def _load(run: VendorRun, client: Client, allocation: Allocation) -> None:
    workloads = [
        known
        for known in run.vendor.workloads.values()
        if run.options.workload in ("", known.workload.id) and not _lacking(run, known)
    ]
    if not run.vendor.workloads and len(run.options.running) > 1:
        client.journal.note("load", "not run, as loadtests/ declares no workload")
    elif not workloads:
        wanted = run.vendor.workloads.values()
        needs = sorted({need for one in wanted for need in _lacking(run, one)})
        _unmeasured(client, "load", f"no workload can be run: {why_lacking(needs)}")
    pace = client.channel.pace
    for known in workloads:
        name = known.workload.id
        job = LoadJob(
            root=run.vendor.root,
            vendor=run.vendor.name,
            workload=name,
            target=run.opened.target,
            secrets=run.opened.secrets,
            members=allocation.for_load(run.vendor.binding, known.workload.members),
            tag=f"{run.made.tag}{name[:2]}",
            journal=run.journal,
            header=header(run),
            seed=run.options.seed,
            scale=run.profile.load_scale,
            sent=pace.sent,
            full_until=pace.free_at,
        )
        with phase_of(f"{run.vendor.name}: load {name}", run.on_progress) as phase:
            _run_load(job, pace, phase)


def _run_load(job: LoadJob, pace: Pace, phase: Phase) -> None:
    """Run a load, and count in the run's pace what its processes send."""
    sent = [job.sent]

    def hear(line: Mapping[str, Any]) -> None:
        if line.get("event") == "sent":
            sent.append(line["requests"])
        else:
            phase.advance(text=_progress_text(line))

    try:
        run_load(job, hear)
    except LoadCrashed:
        # Nobody knows how many requests have left.
        sent.append(job.target.budget or 0)
        raise
    finally:
        pace.follow(sum(sent))


def _lacking(run: VendorRun, known: WorkloadFile) -> tuple[str, ...]:
    """Return what a workload needs that the vendor, or the target's values, do not have."""
    binding = run.vendor.binding
    asked = value_needs(names_of_verbs(known.needs, binding), known.needs)
    return lacking((*known.needs, *asked), binding, run.opened.target.values)


def _progress_text(line: Mapping[str, Any]) -> str:
    """Return one line of a load worker in the words of the terminal."""
    text = str(line.get("event", ""))
    if text != "second":
        return text
    return (
        f"second {line['second']}, {counted(line.get('arrivals', 0), 'arrival')}, "
        f"p50 {line.get('p50_ms')} ms, p99 {line.get('p99_ms')} ms"
    )
