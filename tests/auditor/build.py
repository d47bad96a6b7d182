"""Small builders of model records for the audit's tests."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from harness.model.binding import Binding, Promises
from harness.model.exchange import Row
from harness.model.history import Attempt, Drop, Recorded, sort_attempts
from harness.model.operation import Operation, Specification
from harness.model.requirement import Requirement, Waiver
from harness.model.run_header import LoadHeader, RunHeader
from harness.model.verdict import Checked, Finding, Outcome, Verdict
from harness.model.workload import Stage, Threshold, Workload

MS = 1_000_000
SECOND = 1_000_000_000


@dataclass(frozen=True)
class Vendor:
    """A vendor as the audit sees it."""

    name: str
    title: str
    specification: Specification
    binding: Binding
    requirements: tuple[Requirement, ...]
    waivers: tuple[Waiver, ...] = ()


def vendor(
    *requirements: Requirement,
    waivers: Iterable[Waiver] = (),
    operations: Iterable[str] = ("earn_points", "get_balance"),
) -> Vendor:
    """Return a vendor called Acme with these rules."""
    named = {
        name: Operation(name, "POST", f"/{name}", f"Title of {name}", (), None, {}, f"page {name}")
        for name in operations
    }
    binding = Binding("acme", "Acme", (), (), {}, {}, Promises(), {}, frozenset())
    specification = Specification("Acme", named, {}, "0")
    return Vendor("acme", "Acme", specification, binding, requirements, tuple(waivers))


def rule(
    identity: str, *checks: str, basis: str = "documented", excuse: str = "", level: str = "must"
) -> Requirement:
    """Return a requirement tested by these checks."""
    return Requirement(
        identity, f"Rule {identity}", level, basis, "line 1", checks, excuse, "rules.yaml:7"
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


def call(
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
    """Return a recorded call; `took_ns` None leaves it without an end."""
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
    calls: Iterable[Attempt] = (),
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
        sort_attempts(calls),
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


def load_calls(count: int, *, took_ms: float = 10, **more: Any) -> list[Attempt]:
    """Return calls planned evenly over the two measured seconds of `load_header`."""
    return [
        call(
            f"{more.get('prefix', 'l')}{index}",
            source=more.get("source", "load:earn"),
            planned_ns=SECOND + index * 2 * SECOND // count,
            took_ns=round(took_ms * MS),
            late_ns=more.get("late_ns", 0),
            outcome=more.get("outcome", Outcome.OK),
        )
        for index in range(count)
    ]


def workload(*thresholds: Threshold) -> Workload:
    """Return the workload that `load_header` names."""
    return Workload(
        "mix", "Mixed", 1, "poisson", (Stage("steady", 1, 1, 2),), 1, 0, (), thresholds, 1, 1, 50
    )


def limit(
    figure: str,
    at_most: float | None = None,
    at_least: float | None = None,
    entry: str | None = None,
) -> Threshold:
    """Return a threshold."""
    return Threshold(figure, entry, at_most, at_least, "load.yaml:9")
