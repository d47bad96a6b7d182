"""What is bought costs its price."""

from __future__ import annotations

from collections.abc import Iterator

from harness.invariant.explain.diagnosis import diagnose_price
from harness.invariant.explain.finding import wrong_balance
from harness.invariant.history.segments import Segment, SegmentedHistory
from harness.invariant.rules.balances import promises_fresh_reads
from harness.invariant.search.envelope import Envelope
from harness.invariant.verdicts import Judgement, failed, passed
from harness.model.binding import Promises
from harness.model.verdict import Verdict


def judge_prices(segmented: SegmentedHistory, explained: frozenset[str]) -> Iterator[Judgement]:
    """Yield whether the purchases of each account cost their price.

    An account whose balance is wrong for another reason is left to the rules that judge balances.
    """
    prices = segmented.promises.prices
    count = 0
    for name, account in segmented.accounts.items():
        bought = any(effect.changes[0].attempt.verb in prices for effect in account.effects)
        if not bought or name in explained:
            continue
        if name in segmented.unjudged:
            yield segmented.unjudged[name]
            continue
        found = [_judge(segment, segmented.promises) for segment in segmented.segments[name]]
        worst = max(found, key=lambda one: -1 if one is None else one.verdict.rank)
        if worst is not None and worst.verdict is Verdict.FAIL:
            yield worst
        elif None not in found:
            count += 1
    yield from passed(count)


def _judge(segment: Segment, promises: Promises) -> Judgement | None:
    """Return the judgement of a segment, None where its balance is wrong for another reason."""
    envelope = Envelope(segment)
    final = envelope.last_quiescent()
    reads = segment.reads if promises_fresh_reads(promises) else [final] if final else []
    wrong = next(envelope.deviations(reads), None)
    if wrong is None:
        return Judgement(segment.account, Verdict.PASS)
    diagnosis = diagnose_price(segment, wrong, promises.prices)
    if diagnosis is None:
        return None
    return failed(segment.account, wrong_balance(envelope, wrong, diagnosis))
