"""How much of a run was done: attempts, checks, requirements and accounts, counted."""

from __future__ import annotations

from collections.abc import Sequence

from harness.auditor.requirements import EXECUTED, JudgedRequirement, is_mandatory
from harness.model.check_id import CheckId
from harness.model.history import History
from harness.model.result import AccountCounts, Counts
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


def count_run(
    history: History,
    results: Sequence[Checked],
    judged: Sequence[JudgedRequirement],
    *,
    strict: bool,
) -> Counts:
    """Return what was sent, checked and decided."""
    outcomes = [attempt.outcome for attempt in history.attempts]
    executed = [result for result in results if is_evidence(result)]
    checks = [CheckId.parse(result.check) for result in executed]
    mandatory = [
        one
        for one in judged
        if is_mandatory(one.requirement, strict=strict) and one.verdict is not Verdict.INAPPLICABLE
    ]
    return Counts(
        requests=len(outcomes),
        ok=outcomes.count(Outcome.OK),
        refused=outcomes.count(Outcome.REFUSED),
        unknown=outcomes.count(Outcome.UNKNOWN),
        checks=sum(result.count for result in executed),
        scenarios=len({check.name for check in checks if check.kind == "scenario"}),
        requirements=len(judged),
        requirements_checked=sum(one.executed for one in judged),
        mandatory=len(mandatory),
        mandatory_checked=sum(one.executed for one in mandatory),
    )


def count_accounts(results: Sequence[Checked], history: History) -> AccountCounts:
    """Return how many accounts the invariants judged; a violated one is not also inconclusive.

    An invariant tells of its consistent accounts in one check on the subject `accounts`, of the
    others by name, and leaves out those another has failed already; results on references or
    entries are not about accounts.
    """
    known = frozenset(history.accounts())
    named: dict[Verdict, set[str]] = {Verdict.FAIL: set(), Verdict.INCONCLUSIVE: set()}
    consistent: dict[str, int] = {}
    others: dict[str, set[str]] = {}
    for result in results:
        if CheckId.parse(result.check).kind != "invariant":
            continue
        if result.verdict is Verdict.PASS and result.subject == "accounts":
            consistent[result.check] = consistent.get(result.check, 0) + result.count
        elif result.verdict in named and result.subject in known:
            named[result.verdict].add(result.subject)
            others.setdefault(result.check, set()).add(result.subject)
    violated = named[Verdict.FAIL]
    inconclusive = named[Verdict.INCONCLUSIVE] - violated
    judged = max(
        len(violated | inconclusive),
        *(
            consistent.get(check, 0) + len(others.get(check, set()) | violated)
            for check in {*consistent, *others}
        ),
        0,
    )
    return AccountCounts(
        judged=judged,
        consistent=judged - len(violated) - len(inconclusive),
        violated=len(violated),
        inconclusive=len(inconclusive),
    )
