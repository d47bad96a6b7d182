from __future__ import annotations

import pytest

from harness.auditor.load_stats import judge_load, measure
from harness.model.history import Drop
from harness.model.result import Quantiles
from harness.model.verdict import Verdict
from harness.model.workload import Threshold
from tests.auditor.build import SECOND, limit, load_attempts, load_header, recorded, workloads


@pytest.mark.parametrize(
    ("threshold", "verdict"),
    [
        (limit("response_ms_p99", at_most=10), Verdict.PASS),
        (limit("response_ms_p99", at_most=9.99), Verdict.FAIL),
        (limit("achieved_per_second", at_least=50), Verdict.PASS),
        (limit("achieved_per_second", at_least=51), Verdict.FAIL),
        (limit("achieved_per_second", at_most=60, at_least=40), Verdict.PASS),
        (limit("unknown_share", at_most=0), Verdict.PASS),
        (limit("response_ms_p99", at_most=1, entry="burn"), Verdict.INCONCLUSIVE),
        (limit("response_ms_p98", at_most=1), Verdict.INCONCLUSIVE),
    ],
)
def test_limit_is_kept_missed_or_unknown(threshold: Threshold, verdict: Verdict) -> None:
    """A limit passes at its bound, fails beyond it, and without samples decides nothing."""
    measured = measure(recorded(load_attempts(100), headers=[load_header()]))
    (entry,), checked = judge_load(measured, workloads(threshold))
    assert [c.verdict for c in checked] == [Verdict.PASS, verdict]
    assert [c.check for c in checked] == ["measurement:load", f"threshold:{threshold.figure}"]
    assert entry.thresholds[0].verdict is verdict
    if verdict is Verdict.FAIL:
        assert checked[1].finding is not None
        assert checked[1].finding.place == "load.yaml:9"


def test_limits_on_an_invalid_measurement_are_inconclusive() -> None:
    """Figures that may not be trusted fail nobody, however bad they look."""
    run = recorded(load_attempts(100), headers=[load_header(workers=4)])
    (entry,), checked = judge_load(measure(run), workloads(limit("response_ms_p99", at_most=1)))
    assert [c.verdict for c in checked] == [Verdict.INCONCLUSIVE, Verdict.INCONCLUSIVE]
    assert not entry.valid
    assert "only 1 of 4 workers" in entry.reason
    assert "only 1 of 4 workers" in checked[1].reason


def test_load_part_tells_rates_and_kinds() -> None:
    """The load part has offered and achieved rates, drops, and a row per mix entry."""
    attempts = [*load_attempts(100), *load_attempts(50, prefix="b", source="load:balance")]
    drops = [Drop(f"d{n}", "load:earn", SECOND) for n in range(10)]
    (entry,), _ = judge_load(measure(recorded(attempts, headers=[load_header()], drops=drops)), {})
    assert entry.arrivals == 160
    assert entry.dropped == 10
    assert entry.offered_per_second == 80
    assert entry.achieved_per_second == 75
    assert [(row.name, row.requests) for row in entry.mix] == [
        ("balance", 50),
        ("earn", 100),
    ]
    assert entry.mix[0].response_ms == Quantiles(10, 10, None, 10)
