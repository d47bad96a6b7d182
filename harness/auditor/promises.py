"""What a vendor's promises, or their absence, mean for whoever calls it."""

from __future__ import annotations

from collections.abc import Iterator

from harness.document.messages import counted
from harness.model.binding import Binding
from harness.model.history import Attempt, History
from harness.model.verdict import Checked, Finding, Outcome, Verdict

REPEAT = "promise:repeat"
_CALLS_SHOWN = 5


def judge_promises(history: History, binding: Binding) -> Iterator[Checked]:
    """Yield whether a change can be told from its repeat; nothing where no verb changes points."""
    moving = {name for name, verb in binding.verbs.items() if verb.sign}
    if not moving:
        return
    if binding.promises.repeat != "none":
        yield Checked(REPEAT, "changes", Verdict.PASS)
        return
    changes = [call for call in history.attempts if call.verb in moving]
    unknown = [call for call in changes if call.outcome is Outcome.UNKNOWN]
    yield Checked(REPEAT, "changes", Verdict.FAIL, finding=_without_key(changes, unknown))


def _without_key(changes: list[Attempt], unknown: list[Attempt]) -> Finding:
    share = f"{len(unknown):,} of {counted(len(changes), 'change')}"
    return Finding(
        title="A change has no idempotency key, so a retry after a timeout is unsafe",
        expected="a reference by which a change that is sent again is recognised and counts once",
        seen="no such reference is documented, so a change without a response can neither be "
        "retried nor looked up",
        attempts=tuple(call.id for call in unknown[:_CALLS_SHOWN]),
        detail=(
            f"the outcome of {share} is unknown; the audit treats their effects as optional",
            "a client must read the balance before it retries, which does not exclude a race",
        ),
    )
