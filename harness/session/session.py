"""Drive the engines over one vendor and leave their journal behind."""

from __future__ import annotations

import platform
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import harness
from harness.contract.catalogue import Vendor
from harness.contract.needs import lacking, why_lacking
from harness.engine.load.driver import LoadRefused, run_load
from harness.engine.load.job import LoadJob
from harness.engine.members.allocation import Allocation
from harness.engine.members.enrollment import Enroller, NotEnrolled, enroller_of
from harness.engine.property import runner as property_engine
from harness.engine.scenario.context import Environment, unique_texts
from harness.engine.scenario.runner import play, play_order
from harness.model.finding import Checked
from harness.model.run_header import RunHeader
from harness.model.target import Target
from harness.model.verdict import Verdict
from harness.report.progress import Phase, Progress
from harness.session.settings import Settings
from harness.session.target import Opened
from harness.wire.client import Client, open_client
from harness.wire.rate_limit import BudgetSpent
from harness.wire.tokens import AuthFailed
from harness.wire.transport import Transport


@dataclass(frozen=True, slots=True)
class Drive:
    """One vendor's run in the making."""

    vendor: Vendor
    opened: Opened
    settings: Settings
    journal: Path
    progress: Progress


def drive(run: Drive) -> None:
    """Run every engine that was asked for; what stops one is journalled, never raised."""
    transport = Transport(run.opened.target.base_url, run.opened.target.deadline_seconds)
    client = open_client(
        run.vendor.binding,
        run.vendor.specification,
        run.opened.target,
        run.opened.secrets,
        transport,
        run.journal / "calls.ndjson",
        "c",
        header(run),
    )
    fresh = unique_texts(run.settings.tag)
    try:
        people = _reached(run, client, enroller_of(client, fresh))
        if people is not None:
            _engines(run, client, people, fresh)
        client.journal.close()
    except BaseException:
        # What was cut short must not be judged as if it had been all.
        client.journal.close(complete=False)
        raise
    finally:
        transport.close()


def _engines(run: Drive, client: Client, people: Allocation, fresh: Callable[[], str]) -> None:
    if "property" in run.settings.engines:
        with _guarded(run, client, "property"):
            _properties(run, client, people)
    if "scenario" in run.settings.engines:
        with _guarded(run, client, "scenario"):
            _scenarios(run, client, people, fresh)
    if "load" in run.settings.engines:
        with _guarded(run, client, "load"):
            _load(run, client, people)


def header(run: Drive) -> RunHeader:
    """Return what every journal file of the run begins with."""
    settings = run.settings
    return RunHeader(
        run=settings.run_id,
        command=settings.command,
        started=settings.started,
        vendor=run.vendor.name,
        target=run.opened.target.name,
        kind=run.opened.target.kind,
        seed=settings.seed,
        profile=settings.profile.name,
        engines=settings.engines,
        strict=settings.strict,
        partial=settings.partial,
        duplicates=settings.duplicates,
        version=harness.__version__,
        python=platform.python_version(),
        declarations=run.vendor.digest,
    )


def _reached(run: Drive, client: Client, enroller: Enroller | None) -> Allocation | None:
    """Fetch credentials and return who there is, None when nothing can be tested at all."""
    members = run.opened.target.members
    try:
        if not members and enroller is not None:
            members = (enroller.one(),)
        if not members and "balance" in run.vendor.binding.verbs:
            raise AuthFailed("the target names no members, and the scenarios need some")
        operation = next(iter(run.vendor.specification.operations.values()))
        guarded = [
            name for name in run.vendor.specification.operations if client.session.guarded(name)
        ]
        client.session.apply(
            client.speaker.sample(
                guarded[0] if guarded else operation.id,
                members[0] if members else None,
                {"fresh": "x"},
            )
        )
    except (AuthFailed, BudgetSpent, NotEnrolled) as error:
        reason = f"nothing could be tested at {run.opened.target.base_url}: {error}"
        _unmeasured(client, "target", reason)
        return None
    return Allocation(members, enroller)


def _unmeasured(client: Client, subject: str, reason: str) -> None:
    client.journal.checked(Checked(f"measurement:{subject}", subject, Verdict.INCONCLUSIVE, reason))


@contextmanager
def _guarded(run: Drive, client: Client, engine: str) -> Iterator[None]:
    """Turn what stops an engine into a journalled verdict, so that the rest is still judged."""
    try:
        yield
    except (AuthFailed, BudgetSpent, LoadRefused, NotEnrolled) as error:
        _unmeasured(client, engine, f"the {engine} engine stopped: {error}")
    except Exception as error:
        text = "".join(traceback.format_exception(error))
        (run.journal.parent.parent / "harness-error.txt").write_text(text, encoding="utf-8")
        reason = f"the {engine} engine broke: {type(error).__name__}: {error}"
        client.journal.checked(Checked(f"measurement:{engine}", engine, Verdict.ERROR, reason))


def _properties(run: Drive, client: Client, people: Allocation) -> None:
    generated = people.for_properties(run.vendor.binding)
    with run.progress.phase(f"{run.vendor.name}: properties") as phase:
        property_engine.run(
            client,
            run.vendor,
            generated,
            seed=run.settings.seed,
            fuzz_count=run.settings.profile.fuzz,
            on_progress=lambda name, done, total: phase.advance(text=name),
        )


def _scenarios(run: Drive, client: Client, people: Allocation, fresh: Callable[[], str]) -> None:
    members = people.for_scenarios(run.vendor.binding)
    environment = Environment(client, members, fresh, run.opened.clock, run.settings.duplicates)
    wanted = [scenario for scenario in run.vendor.scenarios if run.settings.only in scenario.id]
    plays = play_order(wanted, run.settings.profile.rounds, run.settings.profile.races)
    with run.progress.phase(f"{run.vendor.name}: scenarios", len(plays)) as phase:
        for scenario in plays:
            phase.advance(text=scenario.id)
            play(scenario, environment)


def _load(run: Drive, client: Client, people: Allocation) -> None:
    workloads = [
        known
        for known in run.vendor.workloads.values()
        if run.settings.workload in ("", known.workload.id)
        and not lacking(known.needs, run.vendor.binding)
    ]
    if not workloads:
        wanted = list(run.vendor.workloads.values())
        needs = sorted({need for one in wanted for need in lacking(one.needs, run.vendor.binding)})
        _unmeasured(client, "load", f"no workload can be run: {why_lacking(needs)}")
    sent = client.channel.pace.sent
    for known in workloads:
        name = known.workload.id
        job = LoadJob(
            root=run.vendor.root,
            vendor=run.vendor.name,
            workload=name,
            target=_with_rest(run.opened.target, sent),
            secrets=run.opened.secrets,
            members=people.for_load(run.vendor.binding, known.workload.members),
            tag=f"{run.settings.tag}{name[:2]}",
            journal=run.journal,
            header=header(run),
            seed=run.settings.given_seed,
            scale=run.settings.profile.load_scale,
            workers=run.settings.workers,
        )
        with run.progress.phase(f"{run.vendor.name}: load {name}") as phase:
            sent += int(run_load(job, partial(_hear, phase)).total.get("requests", 0))


def _with_rest(target: Target, sent: int) -> Target:
    """Return the target with what of its budget is left."""
    return target if target.budget is None else replace(target, budget=max(0, target.budget - sent))


def _hear(phase: Phase, line: Mapping[str, Any]) -> None:
    phase.advance(text=_told(line))


def _told(line: Mapping[str, Any]) -> str:
    """Say one line of a load worker in the words of the terminal."""
    if line.get("k") != "second":
        return str(line.get("k", ""))
    return (
        f"second {line['second']}, {line.get('arrivals', 0)} arrivals, "
        f"p50 {line.get('p50_ms')} ms, p99 {line.get('p99_ms')} ms"
    )


def platform_text() -> str:
    """Return the interpreter and system a run was made with."""
    return f"{platform.system()} {platform.machine()}, {sys.implementation.name}"
