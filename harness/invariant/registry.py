"""The table of all invariants, the most specific first, and how they judge a history."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from harness.contract.needs import lacking, why_lacking
from harness.invariant.history.segments import SegmentedHistory, segment_history
from harness.invariant.rules.announcements import (
    judge_announcements,
    told_in_time,
    told_once,
    told_truly,
    told_with_proof,
)
from harness.invariant.rules.balances import judge_bounds, judge_conservation, judge_floor
from harness.invariant.rules.bulk import judge_bulk
from harness.invariant.rules.entries import judge_coupon_numbers, judge_coupon_uses, judge_entries
from harness.invariant.rules.linearizability import judge_linearizability
from harness.invariant.rules.prices import judge_prices
from harness.invariant.rules.repeats import judge_references, judge_voids
from harness.invariant.verdicts import Judgement
from harness.model.binding import Binding, Promises
from harness.model.history import History
from harness.model.verdict import Checked, Verdict


@dataclass(frozen=True, slots=True)
class Invariant:
    """One rule over a whole history.

    id        the name in check ids: `invariant:ID`
    needs     verbs, promises as `promise:NAME` and values that responses show as `sees:NAME`,
              without which it is inapplicable
    judge     the rule: a pure function of the history and of the accounts whose violation a more
              specific invariant has explained already
    """

    id: str
    needs: tuple[str, ...]
    judge: Callable[[SegmentedHistory, frozenset[str]], Iterator[Judgement]]


_INVARIANTS = (
    Invariant("void-once", ("void",), judge_voids),
    Invariant("coupon-once", ("use_coupon",), judge_coupon_uses),
    Invariant("distinct-coupons", (), judge_coupon_numbers),
    Invariant("one-effect", ("promise:repeat",), judge_references),
    *(
        Invariant(f"bulk-{how}", (f"promise:bulk_{how}", "sees:balance"), partial(judge_bulk, how))
        for how in ("prefix", "each", "atomic")
    ),
    Invariant("price", ("promise:price", "sees:balance"), judge_prices),
    Invariant("distinct-entries", ("sees:entry",), judge_entries),
    Invariant("floor", ("promise:floor", "sees:balance"), judge_floor),
    Invariant("conservation", ("balance",), judge_conservation),
    Invariant("bounds", ("sees:balance",), judge_bounds),
    Invariant("linearizable", ("sees:balance",), judge_linearizability),
    *(
        Invariant(name, (need,), partial(judge_announcements, rule))
        for name, need, rule in (
            ("announced", "promise:announced_within", told_in_time),
            ("announced-once", "promise:announced_once", told_once),
            ("announced-truly", "promise:webhook", told_truly),
            ("announced-authentic", "promise:announced_auth", told_with_proof),
        )
    ),
)
INVARIANTS: Mapping[str, Invariant] = {invariant.id: invariant for invariant in _INVARIANTS}
"""Each invariant by its id, in the order of judging."""


def judge_vendor(history: History, binding: Binding) -> Iterator[Checked]:
    """Yield the results of all invariants on a vendor's history.

    An invariant whose needs the vendor does not meet is inapplicable, once and with the reason,
    instead of once per account. What it finds nevertheless is reported.
    """
    reasons = {f"invariant:{name}": reason for name, reason in inapplicable(binding).items()}
    for check, reason in reasons.items():
        yield Checked(check, "history", Verdict.INAPPLICABLE, reason)
    for result in judge_history(history, binding.promises):
        if result.verdict is not Verdict.INAPPLICABLE or result.check not in reasons:
            yield result


def inapplicable(binding: Binding) -> Mapping[str, str]:
    """Return why each invariant whose needs the vendor does not meet cannot judge it."""
    missing = {name: lacking(one.needs, binding) for name, one in INVARIANTS.items()}
    return {name: why_lacking(needs) for name, needs in missing.items() if needs}


def judge_history(history: History, promises: Promises) -> Iterator[Checked]:
    """Yield the results of all invariants on the history, one finding per account and root cause.

    An invariant that crashes is an error of its own and never a pass.
    """
    try:
        segmented = segment_history(history, promises)
    except Exception as crash:  # whatever it is, it must not look like a pass
        yield from (_crashed(name, crash) for name in INVARIANTS)
        return
    explained: set[str] = set()
    for name, invariant in INVARIANTS.items():
        try:
            judgements = tuple(invariant.judge(segmented, frozenset(explained)))
        except Exception as crash:  # the others still judge
            yield _crashed(name, crash)
            continue
        for one in judgements:
            yield Checked(
                f"invariant:{name}", one.subject, one.verdict, one.reason, one.finding, one.count
            )
            if one.verdict is Verdict.FAIL and one.subject in segmented.accounts:
                explained.add(one.subject)


def _crashed(name: str, crash: Exception) -> Checked:
    reason = f"{type(crash).__name__}: {crash}"
    return Checked(f"invariant:{name}", "harness", Verdict.ERROR, reason)
