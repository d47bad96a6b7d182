"""One reference has one effect, however often and through whatever call it is sent."""

from __future__ import annotations

from collections.abc import Iterator

from harness.invariant.bounds import promises_fresh
from harness.invariant.effects import NOT_SENT, Attempt, is_void
from harness.invariant.envelope import Envelope, Off, last_quiet
from harness.invariant.explain import tell_finding, wrong_balance
from harness.invariant.gather import calls_of
from harness.invariant.ledger import Ledger, Prepared
from harness.invariant.pattern import repeat_pattern
from harness.invariant.ruling import failed, passed
from harness.model.finding import Checked, Finding
from harness.model.verdict import Outcome

ID = "one-effect"


def judge_one_effect(prepared: Prepared, explained: frozenset[str]) -> Iterator[Checked]:
    """Yield whether the repeated references of each account had one effect each.

    The evidence is either two answers that show different entries for one reference, or a balance
    that is off by exactly what a repeat would have moved.
    """
    if prepared.promises.repeat == "none":
        return
    repeated: dict[str, list[tuple[Attempt, ...]]] = {}
    for group in prepared.gathered.groups:
        if sum(attempt.reason != NOT_SENT for attempt in group) > 1:
            for account in {attempt.row.account for attempt in group}:
                repeated.setdefault(account, []).append(group)
    count = 0
    for account, groups in repeated.items():
        if account in explained:
            continue
        finding = _two_entries(account, groups)
        for ledger in prepared.ledgers.get(account, ()):
            finding = finding or _moved_again(prepared, ledger)
        unjudged = prepared.unjudged.get(account)
        if finding is not None:
            yield failed(ID, account, finding)
        elif unjudged is not None:
            yield Checked(f"invariant:{ID}", account, unjudged.verdict, unjudged.reason)
        else:
            count += 1
    yield from passed(ID, count)


def _two_entries(account: str, groups: list[tuple[Attempt, ...]]) -> Finding | None:
    """Return the finding that answers to one reference show different entries."""
    guilty = []
    for group in groups:
        shown: dict[str, Attempt] = {}
        for attempt in group:
            entry = attempt.call.seen.get("entry")
            if (
                attempt.outcome is Outcome.OK
                and attempt.row == group[0].row
                and attempt.row.account == account
                and entry is not None
                and len(attempt.call.rows) == 1
                and not is_void(attempt.call)
            ):
                shown.setdefault(str(entry), attempt)
        if len(shown) > 1:
            guilty.append(tuple(shown.values()))
    if not guilty:
        return None
    first = guilty[0]
    more = f", and {len(guilty) - 1} more references of the account" if len(guilty) > 1 else ""
    return tell_finding(
        "A repeated reference was answered with a new entry",
        expected="one entry for one reference",
        seen=f"{len(first)} entries for one reference{more}",
        calls=calls_of(first),
        facts=(
            f"reference {first[0].row.reference} was acknowledged as entries "
            + ", ".join(str(attempt.call.seen["entry"]) for attempt in first[:6]),
        ),
    )


def _moved_again(prepared: Prepared, ledger: Ledger) -> Finding | None:
    """Return the finding that a balance is off by what repeated references would have moved."""
    envelope = Envelope(ledger)
    for off, lasting in _offs(prepared, ledger, envelope):
        pattern = repeat_pattern(ledger, off)
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
