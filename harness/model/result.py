"""What a run found: the records of result.json, whose schema describes every key."""

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
    """What one entry of a workload's mix measured in measured stages, in attempts by outcome.

    `throttled` ones were refused for now; they are in `requests` and in no other figure.
    """

    name: str
    requests: int
    ok: int
    refused: int
    unknown: int
    response_ms: Quantiles
    service_ms: Quantiles
    throttled: int = 0
    unsent: int = 0


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
    unsent: int = 0


@dataclass(frozen=True, slots=True)
class ThresholdResult:
    """A threshold of one entry of the mix (None: of all traffic), with the figure it limits."""

    figure: str
    entry: str | None
    at_most: float | None
    at_least: float | None
    value: float | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What one workload measured; `reason` says why the figures are not valid."""

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
    throttled: int = 0
    unsent: int = 0


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
    """A requirement as declared, with the worst verdict of its checks, waivers applied."""

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

    `repeat` are the lines of a shell before those of `curl`: the command of the harness, and the
    variables that `curl` reads.
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
    repeat: tuple[str, ...] = ()


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
    """How much was done; `mandatory` are the applicable requirements that can fail the vendor.

    `requests` were sent; `unsent` could not be, as no connection was made.
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
    unsent: int = 0


@dataclass(frozen=True, slots=True)
class VendorResult:
    """One vendor's part; `coverage` and `loads` are sorted, `requirements` in declared order.

    `route` says what is unusual on the way to the server: a proxy, certificates. `rate` and
    `budget` are the most requests that the target allows, a second and in the run.
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
    route: tuple[str, ...] = ()
    rate: float | None = None
    budget: int | None = None


@dataclass(frozen=True, slots=True)
class RunSummary:
    """Which run it was, on which machine it was judged, and the command that repeats it."""

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
    """What a run found: the worst verdict of its vendors, its exit code, and a part for each."""

    run: RunSummary
    verdict: Verdict
    exit: int
    headline: str
    vendors: tuple[VendorResult, ...]
    format: int = RESULT_FORMAT
