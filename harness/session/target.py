"""Open the server a run speaks to: start the mock, or read a real target and its secrets."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import Timer
from typing import IO, Any

from harness import mock
from harness.contract.inputs.check import faults_of_target
from harness.contract.target import read_targets, resolve_secrets
from harness.contract.validate.assumed import resolvable
from harness.contract.validate.target import misfits_of_target
from harness.contract.vendor import Vendor
from harness.document.messages import Problem, choice, refuse, require_known
from harness.document.template import fill, marks, names
from harness.engine.scenario.clock import NO_CLOCK, Clock, ClockUnavailable, WaitingClock
from harness.mock.faults import HANG_AFTER, read_rates
from harness.model.binding import Binding, SignAuth
from harness.model.target import Target
from harness.session.options import Options
from harness.wire.signing import ALGORITHMS, UnusableKey

_MOCK_START_SECONDS = 20.0
_HANGING_SECONDS = 0.5


class TargetUnavailable(Exception):
    """The server to test could not be started."""


@dataclass(frozen=True)
class Opened:
    """A target whose address and secrets are known; `clock` is how time passes on it."""

    target: Target
    secrets: Mapping[str, str]
    clock: Clock = NO_CLOCK


@contextmanager
def open_target(vendor: Vendor, options: Options) -> Iterator[Opened]:
    """Yield the target named in the options; a mock lives as long as the context."""
    target = choose(vendor, options)
    if target.kind != "mock":
        waiting = WaitingClock(target.patience_seconds) if target.clock == "wait" else NO_CLOCK
        yield Opened(target, resolve_secrets(target, os.environ), waiting)
        return
    with start_mock(vendor.name, options) as (ready, process):
        yield Opened(
            replace(
                target,
                base_url=ready["base_url"],
                deadline_seconds=_mock_deadline(target, options),
                values=ready["values"],
                members=tuple(ready["members"]),
                load="allow",
            ),
            ready["secrets"],
            MockClock(process) if ready.get("clock") else NO_CLOCK,
        )


def _mock_deadline(target: Target, options: Options) -> float:
    """Return the deadline on a mock, shorter where it is to wait for responses that never come."""
    usual = target.deadline_seconds
    return min(usual, _HANGING_SECONDS) if HANG_AFTER in options.faults else usual


@dataclass(frozen=True)
class MockClock:
    """The clock of a mock we have started: it is told over the mock's own input to move."""

    process: subprocess.Popen[str]

    def advance(self, seconds: float) -> None:
        """Move the clock of the mock; raises ClockUnavailable if it does not confirm that."""
        told, said = _stream(self.process.stdin), _stream(self.process.stdout)
        told.write(f"advance {seconds:g}\n")
        told.flush()
        reply = json.loads(said.readline() or "{}")
        if reply.get("advanced") != seconds:
            raise ClockUnavailable(
                f"the mock did not move its clock: {reply.get('error', 'it ended')}"
            )


def require_whole(vendor: Vendor, target: Target) -> None:
    """Raise Problems where a target lacks what every run needs, its secrets included."""
    if target.kind == "mock":
        return
    problems = [*faults_of_target(vendor, target), *misfits_of_target(vendor, target)]
    try:
        secrets = resolve_secrets(target, os.environ)
        problems.extend(faults_of_keys(vendor.binding, target, secrets))
    except Problem as problem:
        problems.append(problem)
    refuse(problems)


def faults_of_keys(
    binding: Binding, target: Target, secrets: Mapping[str, str]
) -> Iterator[Problem]:
    """Yield the secrets that cannot be the key which a signature needs; none is shown."""
    scope = {"secret": secrets, "value": target.values}
    for step in binding.auth:
        if not isinstance(step, SignAuth):
            continue
        # A secret that the target does not name is told as missing.
        if not all(resolvable(mark, scope) for mark in marks(step.key)):
            continue
        try:
            ALGORITHMS[step.algorithm].sign(b"", str(fill(step.key, scope)))
        except UnusableKey as error:
            named = [one for one in target.secrets if f"secret.{one}" in names(step.key)]
            variables = choice([target.secrets[one].removeprefix("env:") for one in named], "and")
            message = f"{variables or 'the key'} in the environment: {error}"
            place = target.place_of(f"secrets.{named[0]}") if named else target.place
            yield Problem(message, place)


def choose(vendor: Vendor, options: Options) -> Target:
    """Return the vendor's target of the wanted name, from a private file first if one is given.

    Without a name it is the first of the private file, else the mock, else the vendor's only
    target. Raises Problem for an unknown name, for none where there are several targets, and for a
    mock that the package does not have.
    """
    targets = dict(vendor.targets)
    name = options.target
    if options.targets_file is not None:
        private = read_targets(options.targets_file, vendor.name)
        targets |= private
        name = name or next(iter(private))
    name = name or _default(vendor)
    known = ", ".join(sorted(targets))
    require_known(name, targets, f"{vendor.name} has no target {name!r}, only {known}")
    target = targets[name]
    if target.kind != "mock" and (options.defects or options.faults):
        raise Problem(
            f"seeded defects and network faults work on the mock; {name} is a {target.kind}"
        )
    if target.kind == "mock" and vendor.name not in mock.vendors():
        message = f"the package has no mock of {vendor.name}, so the target {name} has no server"
        raise Problem(message, target.place, _ADD_SERVER)
    return target


_ADD_SERVER = "declare a server there, with kind: staging and its base_url"


def _default(vendor: Vendor) -> str:
    """Return the name of the target that is tested where none is named."""
    if vendor.name in mock.vendors() and "mock" in vendor.targets:
        return "mock"
    servers = [name for name, target in vendor.targets.items() if target.kind != "mock"]
    if len(servers) == 1:
        return servers[0]
    place = next(iter(vendor.targets.values())).place
    if not servers:
        message = f"{vendor.name} has neither a mock in the package nor a server among its targets"
        raise Problem(message, place, _ADD_SERVER)
    message = f"{vendor.name} has {len(servers)} targets and no mock: {choice(servers, 'and')}"
    raise Problem(message, place, f"name one of them, such as --target {servers[0]}")


def parse_faults(texts: Sequence[str]) -> dict[str, float]:
    """Return the wire faults of `KIND=RATE` texts, each with its share of the requests."""
    try:
        return read_rates(texts)
    except ValueError as error:
        raise Problem(f"fault: {error}") from None


@contextmanager
def start_mock(
    vendor: str, options: Options
) -> Iterator[tuple[dict[str, Any], subprocess.Popen[str]]]:
    """Start the mock in a process of its own, yield what its ready line says, and the process."""
    command = mock.command(
        vendor, defects=options.defects, faults=options.faults, seed=options.random_seed
    )
    pipe = subprocess.PIPE
    # In a group of its own, so that Ctrl-C reaches the harness alone and it ends the mock in order.
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, process_group=0
    ) as process:
        try:
            yield _ready(process), process
        finally:
            _stream(process.stdin).close()
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()


def _ready(process: subprocess.Popen[str]) -> dict[str, Any]:
    watchdog = Timer(_MOCK_START_SECONDS, process.kill)
    watchdog.start()
    try:
        line = _stream(process.stdout).readline()
    finally:
        watchdog.cancel()
    try:
        ready: dict[str, Any] = json.loads(line)
    except ValueError:
        process.kill()
        said = _stream(process.stderr).read().strip().splitlines()
        raise TargetUnavailable(
            f"the mock did not start: {said[-1] if said else 'no reason'}"
        ) from None
    return ready


def _stream(stream: IO[str] | None) -> IO[str]:
    if stream is None:
        raise TargetUnavailable("the mock's streams are not connected")
    return stream
