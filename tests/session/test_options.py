from __future__ import annotations

from pathlib import Path

from harness.session.options import ENGINES, SEED, Options, Run


def test_engines_keep_their_order_and_only_selects_scenarios() -> None:
    """However they are named; a selection of scenarios runs nothing else."""
    assert Options().running == ENGINES
    assert Options(engines=("load", "property")).running == ("property", "load")
    assert Options(only="earn").running == ("scenario",)
    assert Options(only="earn", engines=("load",)).running == ("load",)


def test_a_run_that_leaves_checks_out_is_partial() -> None:
    """So is one of some scenarios only."""
    assert not Options().partial
    assert not Options(engines=("load", "scenario", "property")).partial
    assert Options(engines=("property", "scenario")).partial
    assert Options(only="earn").partial


def test_the_seed_has_a_default() -> None:
    """A given one counts also where it is 0."""
    assert Options().random_seed == SEED
    assert Options(seed=0).random_seed == 0


def test_duplicates_are_told_by_the_faults() -> None:
    """Only faults that deliver a request twice count."""
    assert Options(faults={"delayed-duplicate": 0.1}).duplicates
    assert Options(faults={"duplicate": 0.1}).duplicates
    assert not Options(faults={"slow": 0.1}).duplicates


def test_a_run_has_an_id_of_its_own_and_a_folder() -> None:
    """Its tag ends the id; the folder is the given one, else below reports."""
    one, two = Run(Options()), Run(Options())
    assert one.id != two.id
    assert one.id.endswith(one.tag)
    assert one.folder == Path("reports") / one.id
    assert Run(Options(out=Path("x"))).folder == Path("x")
