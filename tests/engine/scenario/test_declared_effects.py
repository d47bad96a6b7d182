"""What a binding declares of effects, as scenarios play it: waiting, keys, lag and prices."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from harness.model.binding import Binding, Promises
from harness.model.verdict import Checked, Verdict
from harness.wire.journal.reader import read_journal
from tests.acme import Server, binding, target
from tests.engine.scenario.players import TWICE, PlayOnLedger, play_with

WAITING = """
format: 1
scenarios:
  - id: waiting
    title: Something is done in the end
    needs: [earn, balance]
    members: {m: {}}
    steps:
      - id: wait
        operation: read_hours
        until: {body: {/data/state: done}}
        within: 2s
        extract: {job: /data/id}
        expect: {outcome: ok, has: [/data/id]}
      - {id: read, verb: balance, member: m, until: {balance_change: 0}, within: 2s}
    expect: {balance: {member: m, change: 0}}
"""
SOON = "harness.engine.scenario.steps._PAUSE_SECONDS"


def states(*states: str) -> Callable[[Mapping[str, Any]], Any]:
    """Return a reply with one state after the other, and the last one for ever."""

    def turns() -> Iterator[str]:
        yield from states
        while True:
            yield states[-1]

    turn = turns()
    return lambda fields: {"code": 200, "data": {"id": "j1", "state": next(turn)}}


def test_a_step_is_sent_until_its_terms_are_met(play_on_ledger: PlayOnLedger) -> None:
    """What it expects is held against the last response; terms on balances know the start."""
    server = Server()
    server.replies["read_hours"] = states("pending", "pending", "done")
    with patch(SOON, 0.01):
        verdict, checks = play_on_ledger(WAITING, server)
    assert verdict is Verdict.PASS, checks
    assert len(server.asked("read_hours")) == 3
    assert set(checks) == {
        "scenario:waiting#wait",
        "scenario:waiting#read",
        "scenario:waiting#balance",
    }


def test_a_step_that_waits_in_vain_fails(play_on_ledger: PlayOnLedger) -> None:
    """With what the last response shows, and how often it was sent."""
    server = Server()
    server.replies["read_hours"] = states("pending")
    with patch(SOON, 0.01):
        verdict, checks = play_on_ledger(WAITING.replace("within: 2s", "within: 0.2s"), server)
    assert verdict is Verdict.FAIL
    finding = checks["scenario:waiting#wait"].finding
    assert finding is not None
    assert '/data/state is "pending"' in finding.seen
    assert any(f"x{len(server.asked('read_hours'))} " in line for line in finding.detail)


LATER = """
format: 1
scenarios:
  - id: later
    title: A plain request changes points later
    needs: [balance]
    members: {m: {}, n: {}}
    steps:
      - {id: ask, operation: logout, member: m}
      - {id: wait, operation: read_hours, until: {outcome: ok}, within: 1s}
"""


def test_what_comes_later_is_marked_in_the_journal(
    play_on_ledger: PlayOnLedger, tmp_path: Path
) -> None:
    """The plain request may change any member of the scenario at any time, the read none."""
    play_on_ledger(LATER, Server())
    attempts = read_journal(tmp_path / "j").history.attempts
    (ask,) = (one for one in attempts if one.operation == "logout" and one.rows)
    assert ask.lasting
    assert {row.units for row in ask.rows} == {0}
    assert len({row.account for row in ask.rows}) == 2
    assert not any(one.lasting for one in attempts if one.operation == "read_hours")


def play_promised(
    text: str, promises: Promises, server: Server, folder: Path
) -> tuple[Verdict, dict[str, Checked]]:
    """Play a scenario on a vendor with these promises."""
    return play_bound(text, replace(binding(), promises=promises), server, folder)


def play_bound(
    text: str, bound: Binding, server: Server, folder: Path, shop: str = "007"
) -> tuple[Verdict, dict[str, Checked]]:
    """Play a scenario on a vendor with this binding."""
    at = replace(target(), values={**target().values, "shop": shop})
    verdict = play_with(text, server, folder, bound, at)
    return verdict, {one.check: one for one in read_journal(folder / "j").checked}


@pytest.mark.parametrize(
    ("lifetime", "verdict"), [(None, Verdict.FAIL), (0.0, Verdict.INCONCLUSIVE)]
)
def test_a_reference_may_be_forgotten(
    tmp_path: Path, lifetime: float | None, verdict: Verdict
) -> None:
    """Then a repeat may count again, and a scenario that fails because of it decides nothing."""
    promises = Promises(repeat="same", reference_lifetime=lifetime)
    found, checks = play_promised(TWICE, promises, Server("forgets-references"), tmp_path)
    assert found is verdict
    reason = checks["scenario:twice#balance"].reason
    assert ("is remembered for 0 s" in reason) is (verdict is Verdict.INCONCLUSIVE)


def test_a_read_waits_for_a_balance_that_lags(tmp_path: Path) -> None:
    """As long as it may lag after the last change of the account."""
    promises = Promises(repeat="same", consistency="session", balance_lag=0.3)
    began = time.monotonic()
    found, checks = play_promised(TWICE, promises, Server(), tmp_path)
    assert found is Verdict.PASS, checks
    assert time.monotonic() - began >= 0.3
    history = read_journal(tmp_path / "j").history
    changes = [one for one in history.attempts if one.rows and one.done_ns]
    last = max(one.done_ns or 0 for one in changes)
    reads = [one for one in history.attempts if one.verb == "balance" and one.sent_ns > last]
    assert all(one.sent_ns - last >= 250_000_000 for one in reads)
    assert reads


LEFT_OUT = """
format: 1
scenarios:
  - id: bare
    title: A request without a reference is refused
    needs: [burn, balance]
    members: {m: {balance_at_least: 20}}
    steps:
      - id: bare
        verb: burn
        member: m
        units: 5
        reference: left_out
        expect: {outcome: decided, refused_as: reference_required}
"""


def test_a_request_may_leave_its_reference_out(tmp_path: Path) -> None:
    """The header that the binding fills with it is not sent, and no row has one."""
    server = Server()
    play_promised(LEFT_OUT, Promises(repeat="same", reference_required=400), server, tmp_path)
    (bare,) = (call.headers for call in server.requests if call.operation == "use_points")
    assert "x-key" not in bare
    attempts = read_journal(tmp_path / "j").history.attempts
    (burn,) = (one for one in attempts if one.verb == "burn")
    assert [row.reference for row in burn.rows] == [None]


REWARD = """
format: 1
scenarios:
  - id: reward
    title: A reward costs its price
    needs: [buy, burn, balance]
    members: {m: {balance_at_least: prices}}
    steps:
      - {id: bought, verb: buy, member: m, reference: a, expect: {outcome: ok}}
      - {id: shown, operation: read_hours, extract: {price: /data/price}}
      - id: more
        verb: burn
        member: m
        units_from: price
        reference: b
        expect: {outcome: refused}
    expect: {balance: {member: m, change: {effect_of: [bought, more]}}}
"""


@pytest.mark.parametrize(("price", "verdict"), [("007", Verdict.PASS), ("8", Verdict.FAIL)])
def test_a_reward_costs_the_price_of_the_target(
    tmp_path: Path, price: str, verdict: Verdict
) -> None:
    """The request does not say it; a price that a response shows may be the units of a step."""
    server = Server()
    server.replies["read_hours"] = {"code": 200, "data": {"price": "9"}}
    acme = binding()
    send = {**acme.verbs["burn"].send, "body": {"detail": {"amount": 7}}}
    buy = replace(acme.verbs["burn"], name="buy", send=send, price="${value.shop}")
    found, checks = play_bound(
        REWARD, replace(acme, verbs={**acme.verbs, "buy": buy}), server, tmp_path, price
    )
    assert found is verdict, checks
    burns = [one for one in read_journal(tmp_path / "j").history.attempts if one.rows]
    assert [row.units for one in burns if one.verb != "earn" for row in one.rows] == [
        -int(price),
        -9,
    ]
