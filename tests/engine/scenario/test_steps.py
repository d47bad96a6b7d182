"""Steps are sent, settled where their outcome is unknown, and their values extracted."""

from __future__ import annotations

from unittest.mock import patch

import pytest

from harness.model.exchange import Fault
from harness.model.verdict import Verdict
from harness.wire.retry import Retry
from tests.engine.club import Club
from tests.engine.scenario.players import REFUSED, TWICE, PlayOnClub, PlayOnShop
from tests.engine.shop import Shop

HARMLESS = """
format: 1
scenarios:
  - id: harmless
    title: A repeat does no harm
    needs: [enroll]
    members: {m: {kind: silver}}
    steps:
      - id: add
        operation: use
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
        tamper: {without: [token]}
        expect: {outcome: refused}
      - id: robbed-again
        operation: earn
        member: m
        tamper: {send: {body: {token: "x${fresh}"}}}
        expect: {outcome: refused}
    expect: {balance: {member: m, change: 0}}
"""


@pytest.mark.parametrize("effect", [True, False], ids=["after commit", "before commit"])
@pytest.mark.parametrize("fault", [Fault.TIMEOUT, Fault.RESET, Fault.TRUNCATED])
def test_a_lost_response_is_settled_by_the_reference(
    play_on_shop: PlayOnShop, fault: Fault, effect: bool
) -> None:
    """Sent again with the same reference, the scenario goes on and finds nothing."""
    shop = Shop()
    shop.faults.extend([(fault, effect), (None, True), (fault, effect)])
    verdict, checks = play_on_shop(TWICE, shop)
    assert verdict is Verdict.PASS, checks


def test_an_idempotent_step_is_sent_again(club: Club, play_on_club: PlayOnClub) -> None:
    """The scenario need not start over for it."""
    club.faults.append(("use", Fault.RESET, True))
    verdicts, _ = play_on_club(HARMLESS)
    assert verdicts == {Verdict.PASS}
    assert [fields["card"] for name, fields in club.asked if name == "use"] == ["card-1", "card-1"]


def test_what_could_not_be_sent_was_not_refused(
    play_on_shop: PlayOnShop,
) -> None:
    """A vendor without a connection meets no requirement and violates none."""
    shop = Shop()
    shop.faults.extend([(Fault.UNSENT, False)] * 1_000)
    with patch("harness.wire.channel.CONNECTING", Retry(attempts=2)):
        verdict, checks = play_on_shop(REFUSED, shop)
    assert verdict is Verdict.INCONCLUSIVE
    assert "no connection" in checks["scenario:refused#over"].reason


def test_missing_or_wrong_credentials_are_refused_by_a_correct_shop(
    play_on_shop: PlayOnShop,
) -> None:
    """A scenario may send other credentials, or none."""
    verdict, checks = play_on_shop(TOKENS, Shop())
    assert verdict is Verdict.PASS, checks


def test_missing_guards_are_found_operation_by_operation(
    play_on_shop: PlayOnShop,
) -> None:
    """`every` tries each operation that should need a token."""
    shop = Shop()
    shop.guard = False
    verdict, checks = play_on_shop(TOKENS, shop)
    assert verdict is Verdict.FAIL
    finding = checks["scenario:tokens#none"].finding
    assert finding is not None
    assert "earn ok" in finding.seen


def test_a_step_can_tamper_with_a_signed_request(
    play_on_shop: PlayOnShop,
) -> None:
    """Fields are taken away and laid over after the credentials have been added."""
    shop = Shop()
    verdict, checks = play_on_shop(FORGED, shop)
    assert verdict is Verdict.PASS
    assert {checked.verdict for checked in checks.values()} == {Verdict.PASS}
    robbed, again = (body for operation, body in shop.requests if operation == "earn")
    assert "token" not in robbed
    assert again["token"][0].startswith("xht-")
