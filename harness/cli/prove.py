"""The steps of `harness prove`: plan the trials, run them side by side, tell what they prove."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.console import Console

import harness
from harness import mock
from harness.contract.catalogue import Catalogue, find_root
from harness.document.messages import Problem, guess
from harness.invariant.registry import INVARIANTS
from harness.prove.children import Children
from harness.prove.plan import Trial, conditions, control_trials, defect_trials, sampled
from harness.prove.proof import Scope, proof_of
from harness.prove.trial import Measured, run
from harness.report.progress import Progress
from harness.report.proof import print_proof, write_proof
from harness.report.result import canonical
from harness.run.session import platform_text
from harness.run.settings import new_run_id, now
from harness.run.steps import catalogue_of


@dataclass(frozen=True, slots=True)
class Wish:
    """What `harness prove` was asked for.

    A correct run of each of the `seeds` is made under every condition, or under one in turn where
    `dealt`. No `conditions` are all of them. `sample` takes one defect of each group and way of
    showing.
    """

    command: str
    vendors: tuple[str, ...]
    defects: tuple[str, ...]
    seeds: range
    conditions: tuple[str, ...]
    jobs: int
    profile: str
    sample: bool
    dealt: bool
    with_defects: bool
    root: Path | None
    out: Path | None
    as_json: bool


def prove(wish: Wish) -> int:
    """Run every trial and write what they prove; return 0 when all is as it must be, else 1.

    What was tried before an interruption is written, then the interruption goes on.
    """
    catalogue = catalogue_of(wish.root, wish.vendors)
    vendors = [name for name in catalogue.vendors if name in mock.vendors()]
    run_id, started = new_run_id(), now()
    folder = wish.out if wish.out is not None else Path("reports") / run_id
    trials = _trials(vendors, wish)
    scope = _scope(catalogue, wish, len(trials))
    measured, interruption = _measured(trials, catalogue, wish)
    document = proof_of(
        measured,
        scope,
        {
            "id": run_id,
            "command": wish.command,
            "started": started,
            "finished": now(),
            "seeds": len(wish.seeds),
            "version": harness.__version__,
            "python": platform.python_version(),
            "platform": platform_text(),
        },
    )
    write_proof(document, folder)
    if wish.as_json:
        click.echo(canonical(document), nl=False)
    else:
        print_proof(document, Console())
        click.echo(f"report: {folder}/report.html")
    if interruption is not None:
        raise interruption
    return int(document["exit"])


def _trials(vendors: Sequence[str], wish: Wish) -> tuple[Trial, ...]:
    broken: tuple[Trial, ...] = ()
    if wish.with_defects:
        known = {defect.id for name in vendors for defect in mock.catalogue(name)}
        for name in wish.defects:
            if name not in known:
                raise Problem(f"no vendor here has a defect {name!r}", hint=guess(name, known))
        broken = defect_trials(vendors, wish.defects, wish.profile)
    if wish.sample:
        broken = sampled(broken)
    for name in wish.conditions:
        if name not in conditions():
            raise Problem(f"no condition is called {name!r}", hint=guess(name, conditions()))
    dealt = wish.dealt or wish.sample
    correct = control_trials(vendors, wish.seeds, wish.profile, wish.conditions, dealt=dealt)
    if not correct and not broken:
        raise Problem(
            "there is nothing to try", hint="give --seeds a number, or leave out --no-defects"
        )
    # Correct servers take longest, most of it waiting, so they begin.
    return (*correct, *broken)


def _scope(catalogue: Catalogue, wish: Wish, trials: int) -> Scope:
    declared = find_root(wish.root).glob("contracts/*/binding.yaml")
    every = {path.parent.name for path in declared} <= set(catalogue.vendors)
    whole = wish.with_defects and not wish.defects and not wish.sample
    shared = {
        scenario.id
        for vendor in catalogue.vendors.values()
        for scenario in vendor.scenarios
        if "contracts/common/" in Path(scenario.place).as_posix()
    }
    needed = every and whole
    return Scope(
        wish.profile,
        trials,
        whole,
        tuple(sorted(shared)) if needed else (),
        tuple(INVARIANTS) if needed else (),
    )


def _measured(
    trials: Sequence[Trial], catalogue: Catalogue, wish: Wish
) -> tuple[list[Measured], KeyboardInterrupt | None]:
    """Make the trials; return those that are done, and what interrupted the others."""
    progress = Progress(Console(stderr=True))
    found: list[Measured] = []
    children = Children()
    with (
        progress.phase("trials", len(trials)) as phase,
        ThreadPoolExecutor(wish.jobs) as threads,
    ):
        try:
            jobs = [
                threads.submit(run, trial, catalogue.vendors[trial.vendor], wish.root, children)
                for trial in trials
            ]
            for job in as_completed(jobs):
                one = job.result()
                found.append(one)
                phase.advance(text=one.trial.name)
                progress.say(_told(one))
        except KeyboardInterrupt as interruption:
            progress.say("interrupted; the trials under way are stopped")
            return found, interruption
        finally:
            threads.shutdown(wait=False, cancel_futures=True)
            children.stop()
    return found, None


def _told(one: Measured) -> str:
    head = f"{one.took_seconds:6.1f} s  {one.trial.name}: "
    if one.error:
        return head + one.error
    if one.trial.defect is None:
        checks = ", ".join(finding["check"] for finding in one.accused)
        unknown = one.counts.get("unknown", 0)
        return head + (f"ACCUSED by {checks}" if checks else f"clear, {unknown} calls unknown")
    if one.kill is None:
        beside: dict[str, Any] = {finding["check"]: None for finding in one.accused}
        return head + "MISSED" + (f", though accused by {', '.join(beside)}" if beside else "")
    after = f"{one.kill.requests:,} requests and {one.kill.seconds:.1f} s"
    return head + f"killed by {one.kill.killer} after {after}"
