"""Say of an invariant that can see nothing at a vendor that it did not judge, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness.contract.needs import lacking, why_lacking
from harness.invariant.registry import INVARIANTS, judge_history
from harness.model.binding import Binding
from harness.model.check_id import CheckId
from harness.model.finding import Checked
from harness.model.history import History
from harness.model.verdict import Verdict

SUBJECT = "history"


def judge_seen(history: History, binding: Binding) -> Iterator[Checked]:
    """Yield the results of all invariants on a vendor's history, also of those that see nothing.

    Such an invariant is inapplicable, once and with the reason, in place of what it says of each
    account. What it finds all the same is told, for evidence is evidence.
    """
    blind = unseen(binding)
    for name, reason in blind.items():
        yield Checked(f"invariant:{name}", SUBJECT, Verdict.INAPPLICABLE, reason)
    for result in judge_history(history, binding.promises):
        name = CheckId.parse(result.check).name
        if result.verdict is not Verdict.INAPPLICABLE or name not in blind:
            yield result


def unseen(binding: Binding) -> Mapping[str, str]:
    """Return the invariants that have nothing to go by at a vendor, with the reason of each."""
    missing = {name: lacking(rule.needs, binding) for name, rule in INVARIANTS.items()}
    return {name: why_lacking(needs) for name, needs in missing.items() if needs}
