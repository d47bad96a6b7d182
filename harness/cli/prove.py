"""The steps of `harness prove`: plan the trials, run them in parallel, write the proof."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path

import click
from rich.console import Console

from harness import mock
from harness.contract.catalogue import Catalogue, read_catalogue
from harness.contract.needs import lacking
from harness.contract.root import find_root
from harness.document.messages import Problem, counted, require_known
from harness.invariant.registry import INVARIANTS, inapplicable
from harness.model.progress import phase_of
from harness.prove.children import Children
from harness.prove.kill import families
from harness.prove.plan import (
    CONDITIONS,
    OWN_SERVER,
    Trial,
    control_trials,
    defect_trials,
    own_server_trials,
    sampled,
)
from harness.prove.proof import Scope, proof_of
from harness.prove.trial import TrialResult, run_trial
from harness.report.folder import require_writable
from harness.report.progress import ProgressDisplay
from harness.report.proof import print_proof, write_proof
from harness.report.result import canonical_json
from harness.session.options import Options, Run, installation, now
from harness.session.target import choose


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofOptions:
    """The options of `harness prove`; where no vendor, defect or condition is named, all are tried.

    `rotate` runs each seed under one condition in rotation, instead of all; `sample` tries one
    defect of each group and load level only.
    """

    command: str
    vendors: tuple[str, ...]
    defects: tuple[str, ...]
    seeds: range
    conditions: tuple[str, ...]
    rotate: bool
    sample: bool
    jobs: int
    profile: str
    no_defects: bool
    root: Path | None
    out: Path | None
    as_json: bool


def run_proof(options: ProofOptions) -> int:
    """Run every trial and write the proof; return 0 if it passed, 1 if it failed.

    It is 5 if vendors without a mock leave something that is not shown.
    An interruption is raised again once the trials before it are written.
    """
    catalogue = read_catalogue(find_root(options.root), options.vendors or None)
    vendors = [name for name in catalogue.vendors if name in mock.vendors()]
    made = Run(Options(out=options.out, command=options.command))
    require_writable(made.folder)
    without_mock = _without_mock(catalogue, options)
    served = [name for name, reason in without_mock.items() if not reason]
    trials = (*_trials(vendors, options), *own_server_trials(served, options.profile))
    if not trials and not without_mock:
        hint = "give --seeds at least 1, or leave out --no-defects"
        raise Problem("no trials selected", hint=hint)
    scope = replace(_scope(catalogue, options, len(trials)), without_mock=without_mock)
    results, interruption = _run_trials(trials, catalogue, options)
    run = {
        "id": made.id,
        "command": options.command,
        "started": made.started,
        "finished": now(),
        "seeds": len(options.seeds),
        **installation(),
    }
    document = proof_of(results, scope, run)
    write_proof(document, made.folder)
    if options.as_json:
        click.echo(canonical_json(document), nl=False)
    else:
        print_proof(document, Console())
        click.echo(f"report: {made.folder}/report.html")
    if interruption is not None:
        raise interruption
    return int(document["exit"])


def _trials(vendors: Sequence[str], options: ProofOptions) -> tuple[Trial, ...]:
    defects: tuple[Trial, ...] = ()
    if not options.no_defects:
        known = {defect.id for name in vendors for defect in mock.catalogue(name)}
        for name in options.defects:
            require_known(name, known, f"none of the vendors has a defect {name!r}")
        defects = defect_trials(vendors, options.defects, options.profile)
    if options.sample:
        defects = sampled(defects, lambda one: one.group, lambda one: one.shows)
    for name in options.conditions:
        require_known(name, CONDITIONS, f"unknown condition {name!r}")
    rotate = options.rotate or options.sample
    correct = control_trials(
        vendors, options.seeds, options.profile, options.conditions, rotate=rotate
    )
    # Correct servers take longest, most of it waiting, so they come first.
    return (*correct, *defects)


def _without_mock(catalogue: Catalogue, options: ProofOptions) -> Mapping[str, str]:
    """Return the vendors without a mock, each with the reason why its own server is not tried."""
    if options.defects or options.conditions:
        return {}  # both are asked of mocks
    found: dict[str, str] = {}
    for name, vendor in catalogue.vendors.items():
        if name not in mock.vendors():
            try:
                choose(vendor, Options())
                found[name] = ""
            except Problem as problem:
                found[name] = str(problem)
    return found


def _scope(catalogue: Catalogue, options: ProofOptions, trials: int) -> Scope:
    complete = not (options.no_defects or options.defects or options.sample)
    declared = find_root(options.root).glob("contracts/*/binding.yaml")
    if any(name not in mock.vendors() for name in catalogue.vendors):
        return Scope(options.profile, trials, complete)
    if not complete or not {path.parent.name for path in declared} <= set(catalogue.vendors):
        return Scope(options.profile, trials, complete)
    shared = {
        scenario.id
        for vendor in catalogue.vendors.values()
        for scenario in vendor.scenarios
        if "contracts/common/" in Path(scenario.place).as_posix()
        and not lacking(scenario.needs, vendor.binding)
    }
    # What no vendor at hand promises can kill no defect of theirs.
    judged = {
        name
        for one in catalogue.vendors.values()
        for name in INVARIANTS.keys() - inapplicable(one.binding).keys()
    }
    checks = [f"scenario:{name}" for name in sorted(shared)]
    checks += [f"invariant:{name}" for name in INVARIANTS if name in judged]
    return Scope(options.profile, trials, complete, tuple(checks))


def _run_trials(
    trials: Sequence[Trial], catalogue: Catalogue, options: ProofOptions
) -> tuple[list[TrialResult], KeyboardInterrupt | None]:
    """Run the trials; return the results of those that ended, and what interrupted the others."""
    display = ProgressDisplay(Console(stderr=True))
    found: list[TrialResult] = []
    children = Children()
    with (
        phase_of("trials", display.show, len(trials)) as phase,
        ThreadPoolExecutor(options.jobs) as threads,
    ):
        try:
            vendors = catalogue.vendors
            jobs = [
                threads.submit(run_trial, one, vendors[one.vendor], options.root, children)
                for one in trials
            ]
            for job in as_completed(jobs):
                one = job.result()
                found.append(one)
                phase.advance(text=one.trial.name)
                display.say(_outcome(one))
        except KeyboardInterrupt as interruption:
            display.say("interrupted; the running trials are stopped")
            return found, interruption
        finally:
            threads.shutdown(wait=False, cancel_futures=True)
            children.stop()
    return found, None


def _outcome(one: TrialResult) -> str:
    """Return the outcome of a trial in one line."""
    head = f"{one.duration_seconds:6.1f} s  {one.trial.name}: "
    checks = ", ".join(families(one.findings))
    if one.error:
        return head + one.error
    if one.trial.condition == OWN_SERVER:
        return head + (f"findings of {checks}" if checks else "no finding")
    if one.trial.defect is None and checks:
        return f"{head}FALSE POSITIVE of {checks}"
    if one.trial.defect is None:
        unknown = counted(one.counts.get("unknown", 0), "request")
        return f"{head}no false positive, {unknown} with unknown outcome"
    if one.kill is None:
        return f"{head}SURVIVED" + (f", findings only of {checks}" if checks else "")
    after = f"{counted(one.kill.requests, 'request')} and {one.kill.seconds:.1f} s"
    return f"{head}killed by {one.kill.killed_by} after {after}"
