"""What is sent keeps to the target's limits and names what it changed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.contract.catalogue import read_catalogue
from harness.contract.vendor import Vendor
from harness.engine.load.effective import PLANNED_SHARE, EffectiveLoad, effective_load
from harness.engine.load.job import LoadFailed, LoadJob, decode_job, encode_job
from harness.engine.load.pacer import length_ns, peak
from harness.engine.load.plan import arrivals, requests_in
from harness.model.workload import InvalidRows
from tests import acme
from tests.engine.load.runs import ACME, Mock, declarations, job, target


def asked(folder: Path, **changes: Any) -> LoadJob:
    """Return a job for an address where nobody listens."""
    at = replace(target("http://127.0.0.1:1", ACME), **changes.pop("target", {}))
    server = Mock(0, at, {"user": "u-value"})
    return job(folder, server, declarations(folder, acme.TREE), vendor="acme", **changes)


def terms(made: LoadJob) -> EffectiveLoad:
    """Return the terms of the job."""
    return effective_load(made, read_catalogue(made.root, ("acme",)).vendors["acme"])


def test_the_rate_counts_concurrent_requests(tmp_path: Path) -> None:
    """100 arrivals are 112 requests a second; 56 for arrivals halve the rates, not the length."""
    made = terms(asked(tmp_path, target={"rate": 56.0 / PLANNED_SHARE}))
    assert peak(made.plan.workload.stages) == pytest.approx(50)
    assert length_ns(made.plan.workload.stages) == 2_000_000_000
    assert any("multiplied by 0.5" in note for note in made.notes)


def test_no_more_requests_are_concurrent_than_may_leave_in_a_second(tmp_path: Path) -> None:
    """The race of four becomes one of two, and the notes say so."""
    made = terms(asked(tmp_path, target={"rate": 2.0}))
    assert max(entry.concurrent for entry in made.plan.workload.mix) == 2
    assert any("race sends 2 concurrent requests and not 4" in note for note in made.notes)


def test_a_rate_that_is_high_enough_changes_nothing(tmp_path: Path) -> None:
    """No note, no scaling."""
    made = terms(asked(tmp_path, target={"rate": 500.0}))
    assert peak(made.plan.workload.stages) == 100
    assert made.notes == ()


def test_scale_stretches_the_stages(tmp_path: Path) -> None:
    """Three times the length at the same rate."""
    made = terms(asked(tmp_path, scale=3.0))
    assert length_ns(made.plan.workload.stages) == 6_000_000_000
    assert peak(made.plan.workload.stages) == 100


def test_workers_share_what_the_arrivals_leave_of_the_budget(tmp_path: Path) -> None:
    """Rate and remaining budget are divided, so that all together keep to the target's."""
    made = asked(tmp_path, workers=2, sent=40, target={"budget": 5000, "rate": 300.0})
    vendor = read_catalogue(made.root, ("acme",)).vendors["acme"]
    each = [effective_load(made, vendor, worker) for worker in range(2)]
    left = 5000 - 40 - requests_in(each[0].plan)
    own = [sum(one.concurrent for one in arrivals(each[0].plan, number, 2)) for number in range(2)]
    assert [5000 - one.taken for one in each] == [count + left // 2 for count in own]
    assert [one.target.rate for one in each] == [150.0, 150.0]


def test_a_seed_given_replaces_that_of_the_workload(tmp_path: Path) -> None:
    """Without one the workload's own holds."""
    own, other = asked(tmp_path), asked(tmp_path / "x", seed=99)
    assert (terms(own).plan.seed, terms(other).plan.seed) == (7, 99)


def test_two_workloads_of_one_run_share_no_reference(tmp_path: Path) -> None:
    """The tag of the plan holds the workload beside the run."""
    made = asked(tmp_path)
    path = made.root / "loadtests" / "made-up.yaml"
    text = path.read_text(encoding="utf-8").replace("id: made-up", "id: made-down")
    (made.root / "loadtests" / "made-down.yaml").write_text(text, encoding="utf-8")
    assert terms(made).plan.tag != terms(replace(made, workload="made-down")).plan.tag


def test_a_verb_the_vendor_lacks_is_refused(tmp_path: Path) -> None:
    """The message names it."""
    made = asked(tmp_path)
    vendor = read_catalogue(made.root, ("acme",)).vendors["acme"]
    verbs = {name: verb for name, verb in vendor.binding.verbs.items() if name != "burn"}
    poorer = replace(vendor, binding=replace(vendor.binding, verbs=verbs))
    with pytest.raises(LoadFailed, match="no burn"):
        effective_load(made, poorer)


def test_a_job_survives_its_way_to_the_child(tmp_path: Path) -> None:
    """What the child reads is what the parent wrote, but for references to secrets."""
    made = asked(tmp_path, seed=3, scale=0.5, workers=4, target={"secrets": {"user": "env:X"}})
    read, worker = decode_job(encode_job(made, 2))
    assert worker == 2
    assert read.target.secrets == {}
    assert replace(read, target=made.target) == replace(
        made, root=made.root.resolve(), journal=made.journal.resolve()
    )
    assert "u-value" not in repr(read)


def with_lengths(folder: Path, by: str = "over_max") -> tuple[LoadJob, Vendor]:
    """Return a job whose bulks have lengths around the limit, and the vendor."""
    made = asked(folder)
    path = made.root / "loadtests" / "made-up.yaml"
    text = path.read_text(encoding="utf-8")
    lengths = "rows: [1, under_limit, limit, over_limit]"
    invalid = f"invalid_rows: {{share: 0.5, by: {by}}}"
    assert "rows: 5" in text
    path.write_text(text.replace("rows: 5", f"{lengths}, {invalid}"), encoding="utf-8")
    return made, read_catalogue(made.root, ("acme",)).vendors["acme"]


def test_words_become_what_the_vendor_promises(tmp_path: Path) -> None:
    """The limit, one row less and one more; an invalid row has one unit more than allowed."""
    made, vendor = with_lengths(tmp_path)
    entry = next(one for one in effective_load(made, vendor).plan.workload.mix if one.rows)
    assert entry.rows == (1, 2, 3, 4)
    assert entry.invalid_rows == InvalidRows(0.5, "over_max", 1_001)


@pytest.mark.parametrize(
    ("changes", "by", "said"),
    [
        ({"bulk_limit": None}, "over_max", "limit of rows"),
        ({"units_max": None}, "over_max", "most of units"),
    ],
)
def test_words_that_the_vendor_gives_no_meaning_are_refused(
    tmp_path: Path, changes: dict[str, Any], by: str, said: str
) -> None:
    """Without a promise there is no number to send."""
    made, vendor = with_lengths(tmp_path, by)
    promises = replace(vendor.binding.promises, **changes)
    poorer = replace(vendor, binding=replace(vendor.binding, promises=promises))
    with pytest.raises(LoadFailed, match=said):
        effective_load(made, poorer)
