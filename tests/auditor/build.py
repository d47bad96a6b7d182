"""Small builders of model records for the audit's tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from harness.auditor.judge import vendor_result
from harness.contract.vendor import Vendor
from harness.contract.workload import WorkloadFile
from harness.model.binding import Binding, Promises
from harness.model.exchange import Row
from harness.model.history import Attempt, Drop, Recorded, sort_attempts
from harness.model.operation import Operation, Specification
from harness.model.requirement import Requirement, Waiver
from harness.model.result import RequirementResult, RunSummary, VendorResult
from harness.model.run_header import LoadHeader, RunHeader
from harness.model.verdict import Checked, Finding, Outcome, Verdict
from harness.model.workload import Stage, Threshold, Workload
from tests import acme

MS = 1_000_000
SECOND = 1_000_000_000


def vendor(
    *requirements: Requirement,
    waivers: Iterable[Waiver] = (),
    operations: Iterable[str] = ("earn_points", "get_balance"),
    thresholds: Iterable[Threshold] = (),
) -> Vendor:
    """Return a vendor called Acme with these requirements."""
    named = {
        name: Operation(name, "POST", f"/{name}", f"Title of {name}", (), None, {}, f"page {name}")
        for name in operations
    }
    binding = Binding("acme", "Acme", (), (), {}, {}, Promises(), {}, frozenset())
    specification = Specification(named, {}, "0")
    return vendor_of(specification, binding, requirements, tuple(waivers), workloads(*thresholds))


def vendor_of(
    specification: Specification,
    binding: Binding,
    requirements: tuple[Requirement, ...],
    waivers: tuple[Waiver, ...] = (),
    known: Mapping[str, WorkloadFile] = MappingProxyType({}),
) -> Vendor:
    """Return a vendor called Acme without scenarios and targets."""
    return Vendor(
        "acme", "Acme", specification, binding, requirements, (), known, {}, waivers, "0", Path()
    )


def inferring_vendor() -> Vendor:
    """Return Acme with an inferred read, a stated requirement, a law and two inferred ones."""
    known = acme.binding()
    verbs = {name: known.verbs[name] for name in ("earn", "balance")}
    requirements = (
        requirement("ACME-IDEM-1", "scenario:idempotency"),
        requirement("LAW-FLOOR", "invariant:floor", basis="law"),
        requirement("ACME-ERR-2", "scenario:errors", basis="inferred"),
        requirement("ACME-ODD-1", "scenario:odd", basis="inferred"),
    )
    return vendor_of(acme.inferred_specification(), replace(known, verbs=verbs), requirements)


def requirement(
    identity: str, *checks: str, basis: str = "documented", excuse: str = "", level: str = "must"
) -> Requirement:
    """Return a requirement tested by these checks."""
    return Requirement(
        identity,
        f"Requirement {identity}",
        level,
        basis,
        "line 1",
        checks,
        excuse,
        "requirements.yaml:7",
    )


def waiver(requirement: str, check: str, expires: str = "2099-12-31") -> Waiver:
    """Return a waiver of a check of a requirement."""
    return Waiver(requirement, check, "J. Doe", "known", expires, "waivers.yaml:2")


def passed(check: str, subject: str = "s", count: int = 1) -> Checked:
    """Return a passed check."""
    return Checked(check, subject, Verdict.PASS, count=count)


def failed(check: str, subject: str = "s", title: str = "It broke", **more: Any) -> Checked:
    """Return a failed check with a finding."""
    finding = Finding(title, "this", "that", **more)
    return Checked(check, subject, Verdict.FAIL, "", finding)


def open_(check: str, reason: str = "no response", subject: str = "s") -> Checked:
    """Return an inconclusive check."""
    return Checked(check, subject, Verdict.INCONCLUSIVE, reason)


def moot(check: str, reason: str = "no such verb") -> Checked:
    """Return an inapplicable check."""
    return Checked(check, "s", Verdict.INAPPLICABLE, reason)


def crashed(check: str, reason: str = "ValueError: x") -> Checked:
    """Return a check in which the harness itself failed."""
    return Checked(check, "s", Verdict.ERROR, reason)


def attempt(
    identity: str = "c1",
    *,
    operation: str = "earn_points",
    source: str = "scenario:scenario",
    account: str | None = "m1",
    outcome: Outcome = Outcome.OK,
    status: int | None = 200,
    planned_ns: int = 0,
    late_ns: int = 0,
    took_ns: int | None = MS,
) -> Attempt:
    """Return a recorded attempt; `took_ns` None leaves it without an end."""
    sent_ns = planned_ns + late_ns
    return Attempt(
        id=identity,
        source=source,
        operation=operation,
        verb="earn",
        account=account,
        rows=(Row(account, 5, None),) if account is not None else (),
        entry=None,
        planned_ns=planned_ns,
        sent_ns=sent_ns,
        done_ns=None if took_ns is None else sent_ns + took_ns,
        outcome=outcome,
        status=status,
        curl=f"curl {identity}",
    )


def recorded(
    attempts: Iterable[Attempt] = (),
    *,
    headers: Iterable[RunHeader] = (),
    checked: Iterable[Checked] = (),
    violations: Iterable[tuple[str, str]] = (),
    notes: Iterable[tuple[str, str]] = (),
    drops: Iterable[Drop] = (),
    complete: bool = True,
    truncated: int = 0,
) -> Recorded:
    """Return a run as its journal would tell it."""
    return Recorded(
        tuple(headers),
        sort_attempts(attempts),
        tuple(checked),
        tuple(violations),
        tuple(notes),
        tuple(drops),
        complete,
        truncated,
    )


def load_header(**more: Any) -> RunHeader:
    """Return a load writer's header: one second of warm-up, two measured, one to cool down."""
    load = LoadHeader(
        workload="mix",
        title="Mixed",
        t0_ns=0,
        stages=(
            Stage("warm", 1, 1, 1, measure=False),
            Stage("steady", 1, 1, 2),
            Stage("cool", 1, 1, 1, measure=False),
        ),
        lateness_ms=50,
    )
    return RunHeader(load=replace(load, **more))


def load_attempts(count: int, *, took_ms: float = 10, **more: Any) -> list[Attempt]:
    """Return attempts planned evenly over the two measured seconds of `load_header`."""
    return [
        attempt(
            f"{more.get('prefix', 'l')}{index}",
            source=more.get("source", "load:earn"),
            planned_ns=SECOND + index * 2 * SECOND // count,
            took_ns=round(took_ms * MS),
            late_ns=more.get("late_ns", 0),
            outcome=more.get("outcome", Outcome.OK),
        )
        for index in range(count)
    ]


def workloads(*thresholds: Threshold) -> dict[str, WorkloadFile]:
    """Return the workload that `load_header` names, by its id."""
    stages = (Stage("steady", 1, 1, 2),)
    mixed = Workload("mix", "Mixed", 1, "poisson", stages, 1, 0, (), thresholds, 1, 1, 50)
    return {"mix": WorkloadFile(mixed, ())}


def limit(
    figure: str,
    at_most: float | None = None,
    at_least: float | None = None,
    entry: str | None = None,
) -> Threshold:
    """Return a threshold."""
    return Threshold(figure, entry, at_most, at_least, "load.yaml:9")


RUN = RunSummary(
    id="r1",
    command="harness gate acme",
    started="2026-01-01T00:00:00Z",
    finished="2026-01-01T00:01:00Z",
    seed=7,
    profile="full",
    version="0.1.0",
    python="3.11.7",
    platform="Linux",
)


def judged(
    *checked: Checked,
    requirements: Sequence[Requirement] = (requirement("R1", "scenario:a"),),
    waivers: Sequence[Waiver] = (),
    run: Recorded | None = None,
    thresholds: Sequence[Threshold] = (),
    **header: Any,
) -> VendorResult:
    """Judge Acme by these checks and requirements."""
    return vendor_result(
        vendor(*requirements, waivers=waivers, thresholds=thresholds),
        run if run is not None else recorded([attempt()]),
        checked,
        RunHeader(vendor="acme", target="mock", kind="mock", **header),
        today="2026-06-01",
    )


def row(document: VendorResult, identity: str) -> RequirementResult:
    """Return a requirement of a result."""
    return next(r for r in document.requirements if r.id == identity)
