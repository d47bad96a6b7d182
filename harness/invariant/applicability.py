"""Judges a vendor's history by all invariants, those included that have nothing to judge by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness.contract.needs import lacking, why_lacking
from harness.invariant.registry import INVARIANTS, judge_history
from harness.model.binding import Binding
from harness.model.check_id import CheckId
from harness.model.history import History
from harness.model.verdict import Checked, Verdict


def judge_vendor(history: History, binding: Binding) -> Iterator[Checked]:
    """Yield the results of all invariants on a vendor's history.

    An invariant whose needs the vendor does not meet is inapplicable, once and with the reason,
    instead of once per account. What it finds nevertheless is reported.
    """
    reasons = inapplicable(binding)
    for name, reason in reasons.items():
        yield Checked(f"invariant:{name}", "history", Verdict.INAPPLICABLE, reason)
    for result in judge_history(history, binding.promises):
        name = CheckId.parse(result.check).name
        if result.verdict is not Verdict.INAPPLICABLE or name not in reasons:
            yield result


def inapplicable(binding: Binding) -> Mapping[str, str]:
    """Return why each invariant whose needs the vendor does not meet cannot judge it."""
    missing = {name: lacking(one.needs, binding) for name, one in INVARIANTS.items()}
    return {name: why_lacking(needs) for name, needs in missing.items() if needs}
