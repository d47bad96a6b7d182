"""How much of a run was done: attempts, checks, requirements and accounts, counted."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence

from harness.auditor.evidence import was_sent
from harness.auditor.requirements import EXECUTED, is_mandatory, was_checked
from harness.contract.vendor import Vendor
from harness.model.check_id import CheckId, Checks
from harness.model.history import Attempt, History
from harness.model.result import AccountCounts, Counts, OperationCoverage, RequirementResult
from harness.model.verdict import Checked, Outcome, Verdict

# These tell about the run or the declarations, so they are no evidence that anything was checked.
_NO_EVIDENCE = frozenset({"measurement", "waiver", "promise"})


def is_evidence(result: Checked) -> bool:
    """Say whether a result shows that something of the vendor was checked."""
    return (
        result.verdict in EXECUTED
        and result.count > 0
        and CheckId.parse(result.check).kind not in _NO_EVIDENCE
    )


def by_outcome(attempts: Iterable[Attempt]) -> dict[str, int]:
    """Return how many sent attempts had each outcome, by its name: ok, refused, unknown."""
    counter = Counter(attempt.outcome for attempt in attempts)
    return {outcome.value: counter[outcome] for outcome in Outcome}


def count_run(
    history: History,
    results: Sequence[Checked],
    requirements: Sequence[RequirementResult],
    *,
    strict: bool,
) -> Counts:
    """Return what was sent, checked and decided."""
    sent = [attempt for attempt in history.attempts if was_sent(attempt)]
    executed = [result for result in results if is_evidence(result)]
    checks = [CheckId.parse(result.check) for result in executed]
    mandatory = [
        one
        for one in requirements
        if is_mandatory(one, strict=strict) and one.verdict is not Verdict.INAPPLICABLE
    ]
    return Counts(
        requests=len(sent),
        **by_outcome(sent),
        checks=sum(result.count for result in executed),
        scenarios=len({check.name for check in checks if check.kind == "scenario"}),
        requirements=len(requirements),
        requirements_checked=sum(map(was_checked, requirements)),
        mandatory=len(mandatory),
        mandatory_checked=sum(map(was_checked, mandatory)),
        unsent=len(history.attempts) - len(sent),
    )


def count_accounts(results: Sequence[Checked], history: History) -> AccountCounts:
    """Return how many accounts the invariants judged; a violated one is not also inconclusive.

    An invariant tells of its consistent accounts in one check on the subject `accounts`, of the
    others by name, and leaves out those another has failed already; results on references or
    entries are not about accounts.
    """
    known = frozenset(history.accounts())
    named: dict[Verdict, set[str]] = {Verdict.FAIL: set(), Verdict.INCONCLUSIVE: set()}
    consistent: Counter[str] = Counter()
    others: dict[str, set[str]] = defaultdict(set)
    for result in results:
        if CheckId.parse(result.check).kind != "invariant":
            continue
        if result.verdict is Verdict.PASS and result.subject == "accounts":
            consistent[result.check] += result.count
        elif result.verdict in named and result.subject in known:
            named[result.verdict].add(result.subject)
            others[result.check].add(result.subject)
    violated = named[Verdict.FAIL]
    inconclusive = named[Verdict.INCONCLUSIVE] - violated
    judged = max(
        len(violated | inconclusive),
        *(consistent[check] + len(others[check] | violated) for check in {*consistent, *others}),
        0,
    )
    return AccountCounts(
        judged=judged,
        consistent=judged - len(violated) - len(inconclusive),
        violated=len(violated),
        inconclusive=len(inconclusive),
    )


def coverage(
    vendor: Vendor, history: History, made: Collection[str] = ()
) -> tuple[OperationCoverage, ...]:
    """Return one entry per operation of the specification, sorted by its id.

    `made` are the ids of the checks made. `requirements` counts those tested by requests to the
    operation: their checks are a scenario that sent one, a property of the operation, or the
    conformance of its responses.
    """
    sent: dict[str, list[Attempt]] = defaultdict(list)
    for attempt in filter(was_sent, history.attempts):
        sent[attempt.operation].append(attempt)
    entries = []
    for operation, declared in sorted(vendor.specification.operations.items()):
        sources = {attempt.source for attempt in sent[operation]}
        checks = Checks(sources | {check for check in made if _is_of(check, operation)})
        tested = sum(
            any(any(checks.covered_by(pattern)) for pattern in requirement.checks)
            for requirement in vendor.requirements
        )
        entries.append(
            OperationCoverage(
                operation=operation,
                title=declared.title,
                requests=len(sent[operation]),
                **by_outcome(sent[operation]),
                requirements=tested,
            )
        )
    return tuple(entries)


def _is_of(check: str, operation: str) -> bool:
    """Say whether a check names the operation, as `property:responds:<operation>#<part>` does."""
    known = CheckId.parse(check)
    return known.stated_kind in ("response", "property") and known.operation == operation
