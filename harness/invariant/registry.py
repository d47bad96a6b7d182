"""All invariants, the most specific first, and the one way to judge a history by them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from harness.invariant.history.segments import Prepared, prepare
from harness.invariant.rules.bounds import judge_bounds
from harness.invariant.rules.bulk import judge_bulk
from harness.invariant.rules.conservation import judge_conservation
from harness.invariant.rules.coupons import judge_coupon, judge_issued
from harness.invariant.rules.entries import judge_entries
from harness.invariant.rules.floor import judge_floor
from harness.invariant.rules.idempotency import judge_one_effect
from harness.invariant.rules.linearizability import judge_order
from harness.invariant.rules.voids import judge_void
from harness.model.binding import Promises
from harness.model.finding import Checked
from harness.model.history import History
from harness.model.verdict import Verdict

Judge = Callable[[Prepared, frozenset[str]], Iterator[Checked]]


@dataclass(frozen=True, slots=True)
class Invariant:
    """One rule over a whole history.

    `needs` are the verbs, the promises as `promise:name` and what answers must show as `sees:name`,
    without which it has nothing to go by. `judge` takes a prepared history and the accounts whose
    trouble is already explained.
    """

    id: str
    title: str
    needs: tuple[str, ...]
    judge: Judge

    def function(self, history: History, promises: Promises) -> Iterator[Checked]:
        """Yield the results of this invariant alone."""
        return self.judge(prepare(history, promises), frozenset())


_ALL = (
    Invariant("void-once", "An entry is voided once", ("void",), judge_void),
    Invariant("coupon-once", "A coupon is used once", ("use_coupon",), judge_coupon),
    Invariant("distinct-coupons", "Every coupon has a number of its own", (), judge_issued),
    Invariant("one-effect", "One reference has one effect", ("promise:repeat",), judge_one_effect),
    Invariant(
        "bulk-prefix",
        "A bulk call that stops at a row applies exactly the rows before it",
        ("promise:bulk_prefix", "sees:balance"),
        judge_bulk,
    ),
    Invariant(
        "distinct-entries",
        "Every acknowledged change has an entry of its own",
        ("sees:entry",),
        judge_entries,
    ),
    Invariant(
        "floor",
        "No balance falls under the floor",
        ("promise:floor", "sees:balance"),
        judge_floor,
    ),
    Invariant("conservation", "No point is lost or invented", ("balance",), judge_conservation),
    Invariant(
        "bounds",
        "Every answered balance is possible at its time",
        ("sees:balance",),
        judge_bounds,
    ),
    Invariant(
        "linearizable",
        "One order of all calls explains every response",
        ("sees:balance",),
        judge_order,
    ),
)
# In the order of judging: an account explained by one is left out by those after it.
INVARIANTS: Mapping[str, Invariant] = {invariant.id: invariant for invariant in _ALL}


def judge_history(history: History, promises: Promises) -> Iterator[Checked]:
    """Yield the results of all invariants on the history, one finding per account and root cause.

    An invariant that crashes is an error of its own and never a pass.
    """
    try:
        prepared = prepare(history, promises)
    except Exception as crash:  # whatever it is, it must not look like a pass
        yield from (_crashed(name, crash) for name in INVARIANTS)
        return
    explained: frozenset[str] = frozenset()
    for name, invariant in INVARIANTS.items():
        try:
            results = tuple(invariant.judge(prepared, explained))
        except Exception as crash:  # the others still judge
            yield _crashed(name, crash)
            continue
        yield from results
        explained |= _explained(results, prepared)


def _crashed(name: str, crash: Exception) -> Checked:
    reason = f"{type(crash).__name__}: {crash}"
    return Checked(f"invariant:{name}", "harness", Verdict.ERROR, reason)


def _explained(results: tuple[Checked, ...], prepared: Prepared) -> frozenset[str]:
    """Return the accounts whose trouble the failed results tell of."""
    return frozenset(
        result.subject
        for result in results
        if result.verdict is Verdict.FAIL and result.subject in prepared.gathered.accounts
    )
