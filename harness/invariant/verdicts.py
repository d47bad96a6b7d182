"""The verdict on one account, and how verdicts on accounts become the results of an invariant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from harness.invariant.history.segments import Ledger, Prepared
from harness.model.finding import Checked, Finding
from harness.model.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Ruling:
    """The verdict on one stretch of one account; inapplicable without a reason says nothing."""

    verdict: Verdict
    reason: str = ""
    finding: Finding | None = None


PASS = Ruling(Verdict.PASS)
SILENT = Ruling(Verdict.INAPPLICABLE)


def fail(finding: Finding) -> Ruling:
    """Return the ruling that the finding breaks the invariant."""
    return Ruling(Verdict.FAIL, finding=finding)


def undecided(reason: str) -> Ruling:
    """Return the ruling that it could not be told, and why."""
    return Ruling(Verdict.INCONCLUSIVE, reason)


def passed(check: str, count: int, subject: str = "accounts") -> Iterator[Checked]:
    """Yield one result for all subjects that passed, none if there were none."""
    if count:
        yield Checked(f"invariant:{check}", subject, Verdict.PASS, count=count)


def failed(check: str, subject: str, finding: Finding, count: int = 1) -> Checked:
    """Return the result that the subject breaks the invariant."""
    return Checked(f"invariant:{check}", subject, Verdict.FAIL, finding=finding, count=count)


def each_account(
    check: str,
    prepared: Prepared,
    explained: frozenset[str],
    rule: Callable[[Ledger], Ruling],
) -> Iterator[Checked]:
    """Yield the results of a rule on every account, those that passed as one.

    Accounts in `explained` have failed a more specific invariant already and are left out.
    """
    count = 0
    for account, unjudged in prepared.unjudged.items():
        if account not in explained:
            yield Checked(f"invariant:{check}", account, unjudged.verdict, unjudged.reason)
    for account, ledgers in prepared.ledgers.items():
        if account in explained:
            continue
        ruling = max((rule(ledger) for ledger in ledgers), key=lambda ruling: ruling.verdict.rank)
        if ruling.verdict is Verdict.PASS:
            count += 1
        elif ruling is not SILENT:
            yield Checked(
                f"invariant:{check}", account, ruling.verdict, ruling.reason, ruling.finding
            )
    yield from passed(check, count)
