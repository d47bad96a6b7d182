"""Which trials prove the harness: each defect once, and correct servers under every condition."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness import mock
from harness.mock.faults import KINDS

CLEAN, MIXED = "clean", "mixed"
# Seeds take turns at these shares of the requests, so that both calm and rough wires are tried.
RATES = (0.02, 0.05)

SEED = 1
"""What the trials of defects draw their chance from."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A mock to run the harness on, as the words of its commands, one list for each stage.

    A trial with a `defect` is over at the first stage that finds it. One without is of a correct
    server under a `condition`: clean, a kind of fault, or mixed.
    """

    vendor: str
    seed: int
    stages: tuple[tuple[str, ...], ...]
    defect: mock.Defect | None = None
    condition: str = ""

    @property
    def name(self) -> str:
        """What to call the trial in one line."""
        what = self.defect.id if self.defect else f"{self.condition}, seed {self.seed}"
        return f"{self.vendor} {what}"


def defect_trials(vendors: Iterable[str], wanted: Sequence[str], profile: str) -> tuple[Trial, ...]:
    """Return a trial for each defect of the vendors, of the `wanted` ones if any are named."""
    return tuple(
        Trial(vendor, SEED, _stages(vendor, defect, profile), defect)
        for vendor in vendors
        for defect in mock.catalogue(vendor)
        if not wanted or defect.id in wanted
    )


def _stages(vendor: str, defect: mock.Defect, profile: str) -> tuple[tuple[str, ...], ...]:
    options = ("--profile", profile, "--seed", str(SEED), "--defect", defect.id)
    stages = (("check", vendor, *options), ("load", vendor, *options))
    # What shows under load is looked for there first; the scenarios then have a say of their own.
    return stages[::-1] if defect.shows == "load" else stages


def sampled(trials: Sequence[Trial]) -> tuple[Trial, ...]:
    """Return one trial for each group and way of showing, always the same ones of a catalogue."""
    strata: dict[tuple[str, str], list[Trial]] = {}
    for trial in trials:
        if trial.defect is not None:
            strata.setdefault((trial.defect.group, trial.defect.shows), []).append(trial)
    return tuple(min(stratum, key=_lot) for _, stratum in sorted(strata.items()))


def _lot(trial: Trial) -> str:
    return hashlib.sha256(trial.name.encode()).hexdigest()


def control_trials(
    vendors: Sequence[str],
    seeds: Sequence[int],
    profile: str,
    wanted: Sequence[str] = (),
    *,
    dealt: bool,
) -> tuple[Trial, ...]:
    """Return the trials of correct servers: every seed under every condition, or the `wanted` ones.

    `dealt` gives each seed one condition in turn instead, and each vendor another one first.
    """
    names = [name for name in conditions() if not wanted or name in wanted]
    trials = []
    for at, vendor in enumerate(vendors):
        for seed in seeds:
            turn = names[(at + seed - 1) % len(names)]
            for name in (turn,) if dealt else names:
                stage = ("gate", vendor, "--profile", profile, "--seed", str(seed))
                trials.append(
                    Trial(vendor, seed, ((*stage, *_faults(name, seed)),), condition=name)
                )
    return tuple(trials)


def conditions() -> Mapping[str, str]:
    """Return the conditions a correct server is tried under, each with a sentence."""
    mixed = "every one of these befalls some requests"
    return {CLEAN: "nothing happens on the wire", **KINDS, MIXED: mixed}


def _faults(condition: str, seed: int) -> tuple[str, ...]:
    rate = RATES[seed % len(RATES)]
    if condition == CLEAN:
        return ()
    kinds = tuple(KINDS) if condition == MIXED else (condition,)
    share = int(rate / len(kinds) * 10_000) / 10_000
    return tuple(word for kind in kinds for word in ("--fault", f"{kind}={share}"))
