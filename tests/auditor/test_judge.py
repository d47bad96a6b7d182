from __future__ import annotations

import pytest

from harness.auditor.judge import run_result, worst_exit
from harness.model.requirement import Requirement, Waiver
from harness.model.verdict import Checked
from tests.auditor.build import (
    RUN,
    crashed,
    failed,
    judged,
    limit,
    load_attempts,
    load_header,
    moot,
    open_,
    passed,
    recorded,
    requirement,
    row,
    waiver,
)


@pytest.mark.parametrize(
    ("checked", "verdict", "exit_code"),
    [
        ([passed("scenario:a")], "pass", 0),
        ([moot("scenario:a")], "inconclusive", 5),
        ([moot("scenario:a"), passed("response:earn_points")], "pass", 0),
        ([open_("scenario:a"), passed("response:earn_points")], "inconclusive", 5),
        ([failed("scenario:a"), open_("scenario:a#x")], "fail", 1),
        ([crashed("scenario:a"), failed("scenario:a#x")], "error", 6),
        ([failed("scenario:a"), passed("scenario:a#x")], "fail", 1),
        ([passed("scenario:a"), failed("invariant:sums")], "fail", 1),
        ([passed("scenario:a"), failed("response:earn_points")], "fail", 1),
        ([passed("scenario:a"), open_("invariant:linear")], "inconclusive", 5),
        ([passed("scenario:a"), open_("measurement:journal")], "inconclusive", 5),
        ([], "inconclusive", 5),
        ([passed("measurement:load")], "inconclusive", 5),
        ([passed("response:earn_points")], "inconclusive", 5),
    ],
)
def test_every_rung_of_the_ladder_has_its_exit(
    checked: list[Checked], verdict: str, exit_code: int
) -> None:
    """The worst mandatory requirement decides the vendor, and the exit code follows."""
    document = judged(*checked)
    assert (document.verdict, document.exit) == (verdict, exit_code)


def test_waived_failure_is_waived_and_exits_0() -> None:
    """A failure that a live waiver accepts leaves the vendor waived."""
    document = judged(failed("scenario:a"), waivers=[waiver("R1", "scenario:a")])
    assert (document.verdict, document.exit) == ("waived", 0)
    assert row(document, "R1").verdict == "waived"
    assert row(document, "R1").reason == "J. Doe, until 2099-12-31: known"
    assert document.findings[0].verdict == "waived"
    accepted = document.findings[0].waiver
    assert accepted is not None
    assert accepted.owner == "J. Doe"
    assert "R1" in document.headline


@pytest.mark.parametrize(
    ("checked", "one"),
    [
        (passed("scenario:a"), waiver("R1", "scenario:a")),
        (passed("scenario:a"), waiver("R9", "scenario:a")),
    ],
)
def test_rotten_waiver_exits_2(checked: Checked, one: Waiver) -> None:
    """A waiver that no longer fits is an invalid declaration, not the vendor's violation."""
    document = judged(checked, waivers=[one])
    assert (document.verdict, document.exit) == ("fail", 2)
    assert "1 waiver stale: R" in document.headline
    assert document.findings[0].requirements == ()


def test_expired_waiver_lets_the_violation_count() -> None:
    """After its last day a waiver accepts nothing, and the contract violation outranks it."""
    document = judged(failed("scenario:a"), waivers=[waiver("R1", "scenario:a", "2026-05-31")])
    assert (document.verdict, document.exit) == ("fail", 1)
    assert {str(f.check) for f in document.findings} == {"scenario:a", "waiver:R1"}


def test_waiver_of_one_rule_does_not_cover_another() -> None:
    """A failure under two requirements is waived only when both are."""
    requirements = [requirement("R1", "scenario:a"), requirement("R2", "scenario:*")]
    document = judged(
        failed("scenario:a"), requirements=requirements, waivers=[waiver("R1", "scenario:a")]
    )
    assert document.verdict == "fail"
    assert row(document, "R1").verdict == "waived"
    assert row(document, "R2").verdict == "fail"
    assert document.findings[0].verdict == "fail"
    assert document.headline == "Failed: 1 requirement violated: R2."


def test_missed_threshold_exits_3() -> None:
    """A load limit that is missed fails with its own exit code."""
    run = recorded(load_attempts(100), headers=[load_header()])
    limits = [limit("response_ms_p99", at_most=1)]
    document = judged(passed("scenario:a"), run=run, thresholds=limits)
    assert (document.verdict, document.exit) == ("fail", 3)
    assert document.headline == "Failed: 1 threshold missed: response_ms_p99."


def test_contract_violation_outranks_a_missed_threshold() -> None:
    """Exit 1 outranks exit 3, and the headline names both."""
    run = recorded(load_attempts(100), headers=[load_header()])
    limits = [limit("response_ms_p99", at_most=1)]
    document = judged(failed("scenario:a"), run=run, thresholds=limits)
    assert document.exit == 1
    assert document.headline == (
        "Failed: 1 requirement violated: R1; 1 threshold missed: response_ms_p99."
    )


def test_invalid_measurement_exits_5() -> None:
    """A late load generator decides nothing about the vendor."""
    run = recorded(load_attempts(100, late_ns=10**9), headers=[load_header()])
    limits = [limit("response_ms_p99", at_most=1)]
    document = judged(passed("scenario:a"), run=run, thresholds=limits)
    assert (document.verdict, document.exit) == ("inconclusive", 5)
    assert "load measurement is invalid" in document.headline
    assert document.findings == ()


@pytest.mark.parametrize(
    ("strict", "verdict", "exit_code"), [(False, "pass", 0), (True, "fail", 1)]
)
def test_inferred_rule_is_observed_unless_strict(
    strict: bool, verdict: str, exit_code: int
) -> None:
    """A failed inferred requirement is an observation; with strict it is a finding."""
    requirements = [
        requirement("R1", "scenario:a", basis="inferred"),
        requirement("R2", "scenario:b"),
    ]
    document = judged(
        failed("scenario:a"), passed("scenario:b"), requirements=requirements, strict=strict
    )
    assert (document.verdict, document.exit) == (verdict, exit_code)
    assert row(document, "R1").verdict == "fail"
    assert len(document.observations) == (0 if strict else 1)
    assert len(document.findings) == (1 if strict else 0)


def test_failure_of_a_stated_and_an_inferred_requirement_is_a_finding() -> None:
    """One mandatory requirement behind a failure is enough to make it a finding."""
    requirements = [
        requirement("R1", "scenario:a", basis="inferred"),
        requirement("R2", "scenario:a", basis="law"),
    ]
    document = judged(failed("scenario:a"), requirements=requirements)
    assert document.exit == 1
    assert document.observations == ()
    assert [r.id for r in document.findings[0].requirements] == ["R1", "R2"]


def test_inferred_invariant_that_is_inconclusive_does_not_hold_up_the_vendor() -> None:
    """What only inferred requirements ask for can neither fail nor delay a verdict."""
    requirements = [
        requirement("R1", "invariant:x", basis="inferred"),
        requirement("R2", "scenario:b"),
    ]
    document = judged(open_("invariant:x"), passed("scenario:b"), requirements=requirements)
    assert document.verdict == "pass"


@pytest.mark.parametrize(
    ("check", "basis", "source"),
    [("invariant:sums", "law", ""), ("response:earn_points", "documented", "page earn_points")],
)
def test_failure_without_a_rule_is_still_a_finding(check: str, basis: str, source: str) -> None:
    """A failed check that no requirement names is told as unmapped, never lost."""
    document = judged(passed("scenario:a"), failed(check))
    (ref,) = document.findings[0].requirements
    assert (ref.id, ref.basis, ref.source) == ("UNMAPPED", basis, source)
    assert document.headline == "Failed: 1 violation: It broke."


@pytest.mark.parametrize(
    ("checked", "one", "verdict", "reason"),
    [
        ([], requirement("R1", "scenario:a"), "inconclusive", "never checked"),
        ([], requirement("R1", excuse="no such operation"), "inapplicable", "no such operation"),
        ([moot("scenario:a")], requirement("R1", "scenario:a"), "inapplicable", "no such verb"),
        ([open_("scenario:a")], requirement("R1", "scenario:a"), "inconclusive", "no response"),
        ([failed("scenario:a")], requirement("R1", "scenario:a"), "fail", "It broke"),
        (
            [passed("invariant:x")],
            requirement("R1", "scenario:a", "invariant:x"),
            "inconclusive",
            "did not run: scenario:a",
        ),
        (
            [passed("scenario:a")],
            requirement("R1", "scenario:a", "invariant:x"),
            "pass",
            "did not run: invariant:x",
        ),
        (
            [moot("scenario:a"), passed("invariant:x")],
            requirement("R1", "scenario:a", "invariant:x"),
            "pass",
            "",
        ),
        (
            [moot("scenario:a")],
            requirement("R1", "scenario:a#first", "scenario:a#again"),
            "inapplicable",
            "no such verb",
        ),
    ],
)
def test_row_says_its_verdict_and_why(
    checked: list[Checked], one: Requirement, verdict: str, reason: str
) -> None:
    """A requirement is judged by its checks; only unplayed scenarios leave it open."""
    document = judged(passed("response:earn_points"), *checked, requirements=[one])
    assert row(document, "R1").verdict == verdict
    assert row(document, "R1").reason == reason


def test_partial_run_does_not_count_what_it_left_out() -> None:
    """A run that leaves checks out on purpose passes on what it checked, and says so."""
    requirements = [
        requirement("R1", "scenario:a"),
        requirement("R2", "threshold:x"),
        requirement("R3", "scenario:b", "response:*"),
    ]
    checked = [passed("scenario:a"), passed("response:earn_points")]
    document = judged(*checked, requirements=requirements, partial=True)
    assert (document.verdict, document.exit) == ("pass", 0)
    assert row(document, "R2").verdict == "inconclusive"
    assert row(document, "R2").reason == "left out of this run"
    assert row(document, "R3").verdict == "pass"
    assert document.headline == (
        "Passed: 2 of 3 mandatory requirements hold, 1 left out of this run."
    )
    assert judged(*checked, requirements=requirements).verdict == "inconclusive"


def test_like_failures_are_one_finding_with_a_count() -> None:
    """Failures of one check that differ only in ids are told once, with the first few subjects."""
    many = [
        failed("invariant:sums", f"m{n}", attempts=(f"c{n}",), curl=(f"curl {n}",))
        for n in range(9)
    ]
    document = judged(*many, failed("invariant:sums", "m1", "It leaked"))
    first, second = document.findings
    assert (first.count, second.count) == (9, 1)
    assert first.subject == "m0"
    assert first.detail == ("Also: m1, m2, m3, m4, m5 and 3 more",)
    assert first.attempts == tuple(f"c{n}" for n in range(5))
    assert len(first.curl) == 3
    again = judged(failed("invariant:sums", "m77"))
    assert again.findings[0].id == first.id


def test_numbers_tell_findings_apart_but_for_invariants() -> None:
    """Two statuses are two findings; two amounts that an invariant misses are one."""
    requirements = [requirement("R1", "property:*")]
    statuses = [failed("property:responds:x", f"status {status}") for status in (404, 500)]
    amounts = [failed("invariant:sums", n, f"{n} points too few") for n in ("3", "41", "1,000")]
    assert len(judged(*statuses, requirements=requirements).findings) == 2
    assert len(judged(*amounts).findings) == 1


def test_order_of_the_checks_does_not_change_the_document() -> None:
    """The document is the same in whichever order the journal tells its checks."""
    checked = [failed("scenario:a#x"), failed("invariant:y"), passed("scenario:a#z"), open_("q:r")]
    checked += [failed("invariant:y", f"m{n}", attempts=(f"c{n}",)) for n in range(4)]
    checked += [open_("invariant:z", f"because {n}") for n in range(4)]
    assert judged(*checked) == judged(*reversed(checked))


@pytest.mark.parametrize(
    ("checks", "verdict", "exit_code"),
    [
        ([], "inconclusive", 5),
        ([passed("scenario:a")], "pass", 0),
        ([passed("scenario:a"), failed("scenario:a")], "fail", 1),
        ([failed("scenario:a"), crashed("scenario:a")], "error", 6),
        ([open_("scenario:a"), failed("scenario:a")], "fail", 1),
        ([open_("scenario:a"), passed("scenario:a")], "inconclusive", 5),
    ],
)
def test_run_takes_the_worst_of_its_vendors(
    checks: list[Checked], verdict: str, exit_code: int
) -> None:
    """A run is as bad as its worst vendor, and no vendor at all is no decision."""
    document = run_result([judged(check) for check in checks], RUN)
    assert (document.verdict, document.exit) == (verdict, exit_code)
    assert document.headline.endswith(".")


def test_exit_codes_are_ranked() -> None:
    """6 outranks 1, which outranks 2, 3, 5 and 0."""
    ranked = [6, 1, 2, 3, 5, 0]
    assert [worst_exit(set(ranked[index:])) for index in range(len(ranked))] == ranked


def test_a_part_of_a_run_that_checked_nothing_asked_for_is_not_green() -> None:
    """That responses on the way to an inapplicable scenario conform was not the question."""
    checked = (moot("scenario:a"), passed("response:earn_points"))
    document = judged(*checked, partial=True)
    assert (document.verdict, document.exit) == ("inconclusive", 5)
    assert "no mandatory requirement was checked" in document.headline
    assert judged(*checked, passed("threshold:p"), partial=True).exit == 0
