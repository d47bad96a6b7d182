"""Steps are sent, settled where their outcome is unknown, and their values extracted."""

from __future__ import annotations

from unittest.mock import patch

import pytest

from harness.model.exchange import Fault
from harness.model.verdict import Verdict
from harness.wire.retry import Retry
from tests.acme import NetworkFault, Server
from tests.engine.scenario.players import REFUSED, TWICE, PlayOnClub, PlayOnLedger

HARMLESS = """
format: 1
scenarios:
  - id: harmless
    title: A repeat does no harm
    needs: [enroll]
    members: {m: {kind: silver}}
    steps:
      - id: add
        operation: use_card
        member: m
        send: {body: {action: add}}
        idempotent: true
        expect: {outcome: ok}
"""
TOKENS = """
format: 1
scenarios:
  - id: tokens
    title: Wrong credentials are refused everywhere
    needs: [balance, earn]
    members: {m: {}}
    steps:
      - {id: wrong, operation: every, member: m, auth: wrong, expect: {outcome: refused}}
      - {id: none, operation: every, member: m, auth: none, expect: {outcome: refused}}
    expect: {balance: {member: m, change: 0}}
"""
FORGED = """
format: 1
scenarios:
  - id: forged
    title: What is changed after the credentials were added is sent so
    needs: [earn, balance]
    members: {m: {}}
    steps:
      - id: robbed
        verb: earn
        member: m
        units: 5
        tamper: {without: [x-token]}
        expect: {outcome: refused}
      - id: robbed-again
        operation: add_points
        member: m
        tamper: {send: {header: {x-token: "x${fresh}"}}}
        expect: {outcome: refused}
    expect: {balance: {member: m, change: 0}}
"""
UNFIT = """
format: 1
scenarios:
  - id: unfit
    title: An earn counts
    needs: [earn, balance]
    members: {m: {}}
    steps:
      - {id: odd, verb: earn, member: m, raw_units: many, reference: a, expect: {outcome: ok}}
"""


@pytest.mark.parametrize("effect", [True, False], ids=["after commit", "before commit"])
@pytest.mark.parametrize("fault", [Fault.TIMEOUT, Fault.RESET, Fault.TRUNCATED])
def test_a_lost_response_is_settled_by_the_reference(
    play_on_ledger: PlayOnLedger, fault: Fault, effect: bool
) -> None:
    """Sent again with the same reference, the scenario goes on and finds nothing."""
    server = Server()
    server.faults.extend(
        [NetworkFault(fault, effect), NetworkFault(None, True), NetworkFault(fault, effect)]
    )
    verdict, checks = play_on_ledger(TWICE, server)
    assert verdict is Verdict.PASS, checks


def test_an_idempotent_step_is_sent_again(server: Server, play_on_club: PlayOnClub) -> None:
    """The scenario need not start over for it."""
    server.faults.append(NetworkFault(Fault.RESET, True, "use_card"))
    verdicts, _ = play_on_club(HARMLESS)
    assert verdicts == {Verdict.PASS}
    assert [fields["card"] for fields in server.asked("use_card")] == ["card-1", "card-1"]


def test_what_could_not_be_sent_was_not_refused(
    play_on_ledger: PlayOnLedger,
) -> None:
    """A vendor without a connection meets no requirement and violates none."""
    server = Server()
    server.faults.extend([NetworkFault(Fault.UNSENT, False)] * 1_000)
    with patch("harness.wire.channel.CONNECTING", Retry(attempts=2)):
        verdict, checks = play_on_ledger(REFUSED, server)
    assert verdict is Verdict.INCONCLUSIVE
    assert "no connection" in checks["scenario:refused#over"].reason


def test_missing_or_wrong_credentials_are_refused_by_a_correct_server(
    play_on_ledger: PlayOnLedger,
) -> None:
    """A scenario may send other credentials, or none."""
    verdict, checks = play_on_ledger(TOKENS, Server())
    assert verdict is Verdict.PASS, checks


def test_missing_guards_are_found_operation_by_operation(
    play_on_ledger: PlayOnLedger,
) -> None:
    """`every` tries each operation that should need a token."""
    server = Server("accepts-any-token")
    verdict, checks = play_on_ledger(TOKENS, server)
    assert verdict is Verdict.FAIL
    finding = checks["scenario:tokens#none"].finding
    assert finding is not None
    assert "add_points ok" in finding.seen


def test_a_step_can_tamper_with_a_signed_request(
    play_on_ledger: PlayOnLedger,
) -> None:
    """Fields are taken away and laid over after the credentials have been added."""
    server = Server()
    verdict, checks = play_on_ledger(FORGED, server)
    assert verdict is Verdict.PASS
    assert {checked.verdict for checked in checks.values()} == {Verdict.PASS}
    robbed, again = (c.headers for c in server.requests if c.operation == "add_points")
    assert "x-token" not in robbed
    assert again["x-token"].startswith("xht-")


def test_a_refused_request_that_breaks_the_specification_is_our_mistake(
    play_on_ledger: PlayOnLedger,
) -> None:
    """It is no finding, and the reason names the step and the operation."""
    verdict, checks = play_on_ledger(UNFIT, Server())
    assert verdict is Verdict.INCONCLUSIVE
    reason = checks["scenario:unfit#odd"].reason
    assert "the request of the step odd does not fit add_points" in reason
