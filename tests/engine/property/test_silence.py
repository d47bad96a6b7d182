"""An operation that never responds is left alone after a few requests."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from harness.engine.property.baseline import Case
from harness.engine.property.runner import run_properties
from harness.engine.property.sender import UNANSWERED_MAX, Silence, Unanswered
from harness.engine.property.verdicts import judge_unsent
from harness.model.exchange import Exchange, Failure, Fault, Intent, Response
from harness.model.verdict import Checked, Outcome, Verdict
from harness.wire.connection.route import Route
from harness.wire.journal.reader import read_journal
from harness.wire.transport import Transport
from tests.acme import MEMBERS, open_acme, operation, served, specification, target
from tests.acme import vendor as acme

HANGS, GATEWAY = Failure(Fault.TIMEOUT), Response(504, {}, b"")
RESPONDS, UNSENT = Response(200, {}, b"{}"), Failure(Fault.UNSENT)
JUST_BEFORE = (HANGS,) * (UNANSWERED_MAX - 1)
REASON = f"{UNANSWERED_MAX} requests of use_points in a row had no response"


def note(results: Iterable[Response | Failure]) -> None:
    """Note these results of an operation, one after the other."""
    silence = Silence()
    for result in results:
        silence.note(Exchange("p1", Intent("use_points"), result, Outcome.UNKNOWN))


@pytest.mark.parametrize(
    "results",
    [(*JUST_BEFORE, HANGS), (*JUST_BEFORE, GATEWAY), (*JUST_BEFORE, UNSENT, HANGS)],
    ids=["hangs", "gateway", "unsent between"],
)
def test_some_requests_in_a_row_without_a_response_are_enough(
    results: Iterable[Response | Failure],
) -> None:
    """The response of a gateway is none of the vendor's; a request that never left says nothing."""
    with pytest.raises(Unanswered, match=REASON):
        note(results)


def test_a_response_between_begins_anew() -> None:
    """Network faults hit single requests, whose operation goes on."""
    note((*JUST_BEFORE, RESPONDS, *JUST_BEFORE, UNSENT, UNSENT))


def test_an_operation_that_hangs_is_stopped(tmp_path: Path) -> None:
    """It gets so many requests and no more, and each of its checks says why it was not made."""
    declared = replace(acme(), specification=specification("use_points"))
    with served() as (base_url, server):
        server.hanging = frozenset({"use_points"})
        transport = Transport(Route(base_url), 0.2)
        client = open_acme(transport, tmp_path / "j", at=target(base_url))
        run_properties(client, declared, MEMBERS, 1, 6, lambda *progress: None)
        client.journal.close()
        transport.close()
        assert len(server.asked("use_points")) == UNANSWERED_MAX
    checked = read_journal(tmp_path / "j").checked
    assert {one.verdict for one in checked} == {Verdict.INCONCLUSIVE}
    reasons: dict[str, str] = {}
    for one in checked:
        reasons[one.check] = f"{reasons.get(one.check, '')}{one.reason}."
    responds = reasons.pop("property:responds:use_points")
    assert responds.startswith("no case received a response.")
    assert responds.endswith(f" generated requests not sent: {REASON}.")
    assert "property:rejects-invalid:use_points#detail.amount" in reasons
    assert set(reasons.values()) == {f"not checked: {REASON}."}


def test_what_was_checked_before_it_hung_stands() -> None:
    """A check with a verdict keeps it; whether the operation responds is open."""
    made = [Checked("property:accepts-valid:earn", "earn", Verdict.PASS)]
    left = [
        Case((), 0, True, True, "example", "an example", ""),
        Case((), 0, False, True, "incorrect_type", "a wrong type", "amount"),
        Case((), 0, False, False, "incorrect_type", "one that is not judged", "remark"),
    ]
    found = list(judge_unsent(operation("earn"), made, left, True, "it hangs"))
    assert [(one.check, one.subject, one.reason) for one in found] == [
        ("property:responds:earn", "earn", "3 generated requests not sent: it hangs"),
        ("property:rejects-invalid:earn#amount", "amount", "not checked: it hangs"),
    ]
