"""What a run found: the records of result.json, which every report reads and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from harness.model.check_id import CheckId
from harness.model.requirement import Waiver
from harness.model.verdict import Verdict

RESULT_FORMAT = 1
"""The format of result.json. Within a format keys are added; none goes or changes its meaning."""


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Milliseconds; None where too few requests stand behind a figure (p99 needs 100)."""

    p50: float | None
    p90: float | None
    p99: float | None
    max: float | None


@dataclass(frozen=True, slots=True)
class MixResult:
    """What one entry of a workload's mix measured.

    name         the entry's name
    requests     attempts sent in measured stages, by outcome in ok, refused and unknown
    response_ms  from the planned moment to the end: what a member waits
    service_ms   from sending to the end: what the server takes
    """

    name: str
    requests: int
    ok: int
    refused: int
    unknown: int
    response_ms: Quantiles
    service_ms: Quantiles


@dataclass(frozen=True, slots=True)
class SecondResult:
    """One measured second, counted from the start of the load: arrivals by outcome, quantiles."""

    second: int
    arrivals: int
    ok: int
    refused: int
    unknown: int
    p50_ms: float | None
    p99_ms: float | None


@dataclass(frozen=True, slots=True)
class ThresholdResult:
    """A threshold and its figure.

    figure    the name of the figure, such as response_ms_p99
    entry     the entry of the mix, None for all traffic
    at_most   the highest value that meets the threshold, None if there is none
    at_least  the lowest
    value     what was measured, None where too few requests stand behind it
    verdict   pass (met), fail (missed) or inconclusive
    """

    figure: str
    entry: str | None
    at_most: float | None
    at_least: float | None
    value: float | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What one workload measured.

    workload, title       its id and its sentence
    valid, reason         whether the figures can be trusted, and why not
    seconds               the measured time
    arrivals, dropped     arrivals due in it, and those never sent
    offered_per_second    arrivals due a second
    achieved_per_second   responses a second
    lateness_ms           how late the generator was: from the planned moment to sending
    mix, series           figures by entry of the mix and by second
    thresholds            in declared order
    """

    workload: str
    title: str
    valid: bool
    reason: str
    seconds: float
    arrivals: int
    dropped: int
    offered_per_second: float | None
    achieved_per_second: float | None
    lateness_ms: Quantiles
    mix: tuple[MixResult, ...]
    series: tuple[SecondResult, ...]
    thresholds: tuple[ThresholdResult, ...]


@dataclass(frozen=True, slots=True)
class CheckResult:
    """A check behind a requirement: its verdict, and how often it came to a decision.

    A count of 0 with an inconclusive verdict is a pattern of the requirement that matched no check.
    """

    check: CheckId
    verdict: Verdict
    count: int


@dataclass(frozen=True, slots=True)
class RequirementResult:
    """A requirement with its verdict.

    id, title      as declared
    level          must, should or may
    basis, source  how it is known (see model.requirement.BASES) and where it is stated
    verdict        the worst of its checks, waivers applied
    reason         why it did not pass, or what did not run
    checks         sorted by id, then the patterns that matched nothing
    """

    id: str
    title: str
    level: str
    basis: str
    source: str
    verdict: Verdict
    reason: str
    checks: tuple[CheckResult, ...]


@dataclass(frozen=True, slots=True)
class RequirementReference:
    """The requirement a finding belongs to."""

    id: str
    title: str
    basis: str
    source: str


@dataclass(frozen=True, slots=True)
class FindingResult:
    """A violation, or an observation on an inferred requirement; like ones are one with a count.

    id              a digest of check, subject and title: the same in every run that shows it
    check, subject  which check found it, and on what: an account, an operation, a step
    title           one sentence
    expected, seen  what was expected and what was seen
    requirements    those it violates, declared order; empty for a threshold, waiver or measurement
    verdict         fail or waived
    waiver          the waiver that accepts it, None unless waived
    place           file:line of the declaration
    attempts        journal ids of the attempts that prove it, five at most
    curl            commands that repeat them, without secrets
    detail          further lines: a timeline, a minimal set of facts
    count           how often it was seen
    """

    id: str
    check: CheckId
    subject: str
    title: str
    expected: str
    seen: str
    requirements: tuple[RequirementReference, ...]
    verdict: Verdict
    waiver: Waiver | None
    place: str
    attempts: tuple[str, ...]
    curl: tuple[str, ...]
    detail: tuple[str, ...]
    count: int


@dataclass(frozen=True, slots=True)
class OperationCoverage:
    """How often an operation was requested, by outcome, and how many requirements that tests."""

    operation: str
    title: str
    requests: int
    ok: int
    refused: int
    unknown: int
    requirements: int


@dataclass(frozen=True, slots=True)
class AccountCounts:
    """Accounts the invariants judged: each is consistent, violated or inconclusive."""

    judged: int
    consistent: int
    violated: int
    inconclusive: int


@dataclass(frozen=True, slots=True)
class Counts:
    """How much was done.

    requests                  attempts sent, by outcome in ok, refused and unknown
    checks, scenarios         checks that came to a decision, scenarios that ran
    requirements              declared, with those that a check decided in requirements_checked
    mandatory                 applicable requirements that can fail the vendor, likewise
    """

    requests: int
    ok: int
    refused: int
    unknown: int
    checks: int
    scenarios: int
    requirements: int
    requirements_checked: int
    mandatory: int
    mandatory_checked: int


@dataclass(frozen=True, slots=True)
class VendorResult:
    """One vendor's part.

    vendor, title        the vendor's folder name and its name for people
    target, kind         which server responded: the target's name; mock, sandbox or staging
    strict, partial      whether inferred requirements count; whether engines were left out
    verdict, exit        the verdict and its exit code
    headline             the verdict in one sentence
    requirements         every one, in declared order
    findings             violations that count, failed before waived
    observations         deviations from what is inferred: open questions for the vendor
    coverage             every operation, sorted
    loads                one per workload, sorted
    notes                what else a reader should know
    """

    vendor: str
    title: str
    target: str
    kind: str
    strict: bool
    partial: bool
    verdict: Verdict
    exit: int
    headline: str
    counts: Counts
    requirements: tuple[RequirementResult, ...]
    findings: tuple[FindingResult, ...]
    observations: tuple[FindingResult, ...]
    coverage: tuple[OperationCoverage, ...]
    accounts: AccountCounts
    loads: tuple[LoadResult, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunSummary:
    """Which run it was.

    id, command        its id and the command that repeats it, empty for a run by import
    started, finished  ISO 8601 in UTC
    seed, profile      the random seed and the depth: ci or full
    version            of the harness; `python` and `platform` of the machine that judged
    """

    id: str
    command: str
    started: str
    finished: str
    seed: int
    profile: str
    version: str
    python: str
    platform: str


@dataclass(frozen=True, slots=True)
class Result:
    """What a run found: the worst verdict of its vendors, its exit code, and a part for each.

    exit  0 passed, 1 requirement violated, 2 invalid declaration, 3 threshold missed,
          5 inconclusive, 6 the harness failed
    """

    run: RunSummary
    verdict: Verdict
    exit: int
    headline: str
    vendors: tuple[VendorResult, ...]
    format: int = RESULT_FORMAT
