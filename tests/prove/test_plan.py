"""Which trials a proof plans."""

from __future__ import annotations

from harness import mock
from harness.mock.faults import KINDS
from harness.prove.plan import CONDITIONS, control_trials, defect_trials, sampled


def test_every_defect_of_every_vendor_is_planned() -> None:
    """The catalogue and the plan name the same defects, each once per vendor."""
    vendors = mock.vendors()
    planned = [(t.vendor, t.defect.id) for t in defect_trials(vendors, (), "ci") if t.defect]
    assert planned == [(v, d.id) for v in vendors for d in mock.catalogue(v)]
    assert len(planned) >= 60


def test_load_comes_first_where_only_load_shows_a_defect() -> None:
    """A trial begins with the command that is most likely to end it."""
    commands = {
        t.defect.shows: t.commands[0][0] for t in defect_trials(["loga"], (), "ci") if t.defect
    }
    assert commands["load"] == "load"
    assert commands["single"] == commands["sequence"] == commands["concurrent"] == "check"


def test_a_sample_has_one_defect_of_each_stratum_and_is_always_the_same() -> None:
    """No group and no way of showing is left out, and the sample does not depend on order."""
    every = defect_trials(mock.vendors(), (), "ci")
    part = sampled(every, lambda defect: defect.group, lambda defect: defect.shows)
    known, chosen = ([one.defect for one in some if one.defect] for some in (every, part))
    assert {defect.group for defect in chosen} == {defect.group for defect in known}
    assert {defect.shows for defect in chosen} == {defect.shows for defect in known}
    assert part == sampled(every[::-1], lambda defect: defect.group, lambda defect: defect.shows)
    assert len(part) < len(every) / 10


def test_correct_servers_run_under_every_condition() -> None:
    """Each seed meets each kind of fault alone, all of them mixed, and none."""
    trials = control_trials(["loga"], [1, 2], "ci", rotate=False)
    assert len(trials) == 2 * len(CONDITIONS) == 2 * (len(KINDS) + 2)
    mixed = next(t for t in trials if t.condition == "mixed")
    words = mixed.commands[0]
    rates = [float(w.partition("=")[2]) for w in words if "=" in w]
    assert len(rates) == len(KINDS)
    assert 0.01 < sum(rates) <= 0.05
    clean = next(t for t in trials if t.condition == "clean")
    assert "--fault" not in clean.commands[0]


def test_rotated_seeds_take_the_conditions_in_turn() -> None:
    """So many seeds as conditions cover each condition once, on each vendor in another order."""
    count = len(CONDITIONS)
    trials = control_trials(["one", "two"], range(1, count + 1), "ci", rotate=True)
    for vendor in ("one", "two"):
        assert {t.condition for t in trials if t.vendor == vendor} == set(CONDITIONS)
    assert trials[0].condition != trials[count].condition


def test_only_the_wanted_conditions_are_planned() -> None:
    """One condition over many seeds is what the search for a rare false positive needs."""
    trials = control_trials(["loga"], range(21, 25), "ci", ["clean"], rotate=False)
    assert [(t.condition, t.seed) for t in trials] == [("clean", seed) for seed in (21, 22, 23, 24)]
