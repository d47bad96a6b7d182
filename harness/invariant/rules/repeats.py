"""What is sent again moves nothing again: repeats of a reference, and of a void."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from harness.invariant.explain.diagnosis import repeat_pattern
from harness.invariant.explain.finding import wrong_balance
from harness.invariant.history.effects import NOT_SENT, RowAttempt, is_void
from harness.invariant.history.segments import Ledger, Prepared
from harness.invariant.rules.bounds import promises_fresh
from harness.invariant.search.envelope import Envelope, Off, last_quiet
from harness.invariant.verdicts import failed, passed
from harness.model.finding import Checked, Finding

Responses = Callable[[str, Sequence[tuple[RowAttempt, ...]]], Finding | None]


def judge_repeats(
    invariant: str,
    prepared: Prepared,
    explained: frozenset[str],
    responses: Responses,
    *,
    voids: bool,
) -> Iterator[Checked]:
    """Yield whether the repeats of each account, of voids or of all else, had one effect each.

    The evidence is what `answers` sees in the responses to them, or a balance that is off by
    exactly what a repeat would have moved.
    """
    repeated: dict[str, list[tuple[RowAttempt, ...]]] = {}
    for group in prepared.gathered.groups:
        if is_void(group[0].call) != voids:
            continue
        if sum(attempt.reason != NOT_SENT for attempt in group) > 1:
            for account in {attempt.row.account for attempt in group}:
                repeated.setdefault(account, []).append(group)
    count = 0
    for account, groups in repeated.items():
        if account in explained:
            continue
        finding = responses(account, groups)
        for ledger in prepared.ledgers.get(account, ()):
            finding = finding or _moved_again(prepared, ledger, voids=voids)
        unjudged = prepared.unjudged.get(account)
        if finding is not None:
            yield failed(invariant, account, finding)
        elif unjudged is not None:
            yield Checked(f"invariant:{invariant}", account, unjudged.verdict, unjudged.reason)
        else:
            count += 1
    yield from passed(invariant, count)


def _moved_again(prepared: Prepared, ledger: Ledger, *, voids: bool) -> Finding | None:
    """Return the finding that a balance is off by what the repeats would have moved."""
    envelope = Envelope(ledger)
    for off, lasting in _offs(prepared, ledger, envelope):
        pattern = repeat_pattern(ledger, off, voids=voids)
        if pattern is not None:
            return wrong_balance(ledger, envelope, off, lasting=lasting, pattern=pattern)
    return None


def _offs(prepared: Prepared, ledger: Ledger, envelope: Envelope) -> Iterator[tuple[Off, bool]]:
    """Yield the first wrong balance, and the first and the last one with nothing else open."""
    good = ledger.start
    found: list[Off] = []
    final = last_quiet(ledger, envelope)
    for sight in sorted(ledger.sights, key=lambda sight: sight.end_ns):
        if not promises_fresh(prepared.promises) and sight is not final:
            continue
        low, high = envelope.around(sight)
        quiet = envelope.quiet(sight)
        if low <= sight.value <= high:
            good = sight if quiet and not found else good
        elif not found or quiet:
            found.append(Off(sight, low, high, good))
    quiets = [off for off in found if envelope.quiet(off.sight)]
    for off in (*found[:1], *quiets[:1], *quiets[-1:]):
        yield off, bool(quiets) and quiets[-1].sight is final
