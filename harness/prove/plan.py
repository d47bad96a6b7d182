"""The trials of a proof: each seeded defect once, and correct servers under every condition."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass

from harness import mock
from harness.mock.faults import KINDS

CLEAN, MIXED = "clean", "mixed"
CONDITIONS = (CLEAN, *KINDS, MIXED)
"""The conditions of correct servers: no network fault, each kind of them, and all kinds."""
OWN_SERVER = "own server"
"""The condition of a server that the vendor's targets name: whether it is correct is unknown."""
# Seeds alternate between these shares of faulty requests.
RATES = (0.02, 0.03)

SEED = 1
"""The random seed of the trials of defects."""


@dataclass(frozen=True, slots=True)
class Trial:
    """Commands of the harness to run on one mock, each as the list of its words.

    A trial of a `defect` ends at the first command that kills it. A trial without one is of a
    correct server under a `condition`: clean, a kind of network fault, or mixed.
    """

    vendor: str
    seed: int
    commands: tuple[tuple[str, ...], ...]
    defect: mock.Defect | None = None
    condition: str = ""

    @property
    def name(self) -> str:
        """The trial in a few words."""
        what = self.defect.id if self.defect else f"{self.condition}, seed {self.seed}"
        return f"{self.vendor} {what}"


def defect_trials(vendors: Iterable[str], wanted: Sequence[str], profile: str) -> tuple[Trial, ...]:
    """Return a trial for each defect of the vendors, of the `wanted` ones if any are named."""
    return tuple(
        Trial(vendor, SEED, _commands(vendor, defect, profile), defect)
        for vendor in vendors
        for defect in mock.catalogue(vendor)
        if not wanted or defect.id in wanted
    )


def own_server_trials(vendors: Iterable[str], profile: str) -> tuple[Trial, ...]:
    """Return one trial for each vendor on the server that its targets name."""
    words = ("--profile", profile, "--seed", str(SEED))
    return tuple(
        Trial(vendor, SEED, (("gate", vendor, *words),), condition=OWN_SERVER) for vendor in vendors
    )


def _commands(vendor: str, defect: mock.Defect, profile: str) -> tuple[tuple[str, ...], ...]:
    options = ("--profile", profile, "--seed", str(SEED), "--defect", defect.id)
    commands = (("check", vendor, *options), ("load", vendor, *options))
    # A defect that shows under load is looked for there first.
    return commands[::-1] if defect.shows == "load" else commands


def sampled(
    trials: Iterable[Trial], *strata: Callable[[mock.Defect], Hashable]
) -> tuple[Trial, ...]:
    """Return one trial of a defect for each stratum, by each of `strata`, always the same ones."""
    chosen: dict[Hashable, Trial] = {}
    for trial in sorted(trials, key=lambda trial: hashlib.sha256(trial.name.encode()).hexdigest()):
        if trial.defect is not None:
            for at, stratum in enumerate(strata):
                chosen.setdefault((at, stratum(trial.defect)), trial)
    return tuple(dict.fromkeys(chosen.values()))


def control_trials(
    vendors: Sequence[str],
    seeds: Sequence[int],
    profile: str,
    wanted: Sequence[str] = (),
    *,
    rotate: bool,
) -> tuple[Trial, ...]:
    """Return the trials of correct servers: every seed under every condition, or the `wanted` ones.

    `rotate` runs each seed under one condition in rotation instead; each vendor starts at another.
    """
    names = [name for name in CONDITIONS if not wanted or name in wanted]
    trials = []
    for at, vendor in enumerate(vendors):
        for seed in seeds:
            turn = names[(at + seed - 1) % len(names)]
            for name in (turn,) if rotate else names:
                words = ("gate", vendor, "--profile", profile, "--seed", str(seed))
                commands = ((*words, *_faults(name, seed)),)
                trials.append(Trial(vendor, seed, commands, condition=name))
    return tuple(trials)


def _faults(condition: str, seed: int) -> tuple[str, ...]:
    if condition == CLEAN:
        return ()
    kinds = tuple(KINDS) if condition == MIXED else (condition,)
    share = int(RATES[seed % len(RATES)] / len(kinds) * 10_000) / 10_000
    return tuple(word for kind in kinds for word in ("--fault", f"{kind}={share}"))
