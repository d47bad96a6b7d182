"""What a run is said to leave on the target."""

from __future__ import annotations

from dataclasses import replace

from harness.dossier.side_effects import side_effects
from harness.model.history import Attempt, History
from harness.model.verdict import Outcome
from tests.auditor.build import attempt, inferring_vendor


def read(identity: str, account: str, balance: int) -> Attempt:
    """Return a balance that was read."""
    made = attempt(identity, operation="read_account", account=account)
    return replace(made, verb="balance", rows=(), seen={"balance": balance})


def test_balances_that_differ_at_the_end_are_counted_and_summed() -> None:
    """The first and the last balance of each member count, and one that is the same does not."""
    read_in_order = (("m1", 10), ("m2", 5), ("m1", 99), ("m1", 30), ("m2", 5), ("m3", 7), ("m3", 4))
    history = History(tuple(read(f"c{n}", *one) for n, one in enumerate(read_in_order)))
    found = side_effects(inferring_vendor(), history)
    assert (found["members"], found["changed"], found["points"]) == (3, 2, 17)


def test_only_requests_that_changed_something_or_may_have_are_listed() -> None:
    """Reads and refusals leave nothing; an unknown outcome may have."""
    history = History(
        (
            attempt("a"),
            attempt("b", outcome=Outcome.UNKNOWN),
            attempt("c", outcome=Outcome.REFUSED),
            read("d", "m1", 10),
        )
    )
    renamed = History(
        tuple(
            replace(one, operation="add_points") if one.operation == "earn_points" else one
            for one in history.attempts
        )
    )
    assert side_effects(inferring_vendor(), renamed)["operations"] == [
        {"operation": "add_points", "title": "Add points", "done": 1, "unknown": 1}
    ]


def test_a_run_that_only_read_leaves_nothing() -> None:
    """No member, no change, no operation."""
    found = side_effects(inferring_vendor(), History(()))
    assert found == {"members": 0, "changed": 0, "points": 0, "operations": []}
