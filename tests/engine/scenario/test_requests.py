"""Steps that act on what earlier ones made: voids by reference or entry, uses of a coupon."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness.contract.scenario import read_scenario_file
from harness.engine.members.pool import Pool
from harness.engine.scenario.context import Environment, unique_texts
from harness.engine.scenario.runner import play
from harness.model.binding import Binding, Promises
from harness.model.exchange import Fault
from harness.model.history import Recorded
from harness.model.verdict import Checked, Verdict
from harness.wire.journal.reader import read_journal
from tests.acme import MEMBERS, NetworkFault, Server, binding, open_acme

VOID = """
format: 1
scenarios:
  - id: void
    title: A void takes the burn it names back, once
    needs: [burn, void, balance]
    members: {m: {balance_at_least: 50}}
    steps:
      - {id: burned, verb: burn, member: m, units: 7}
      - {id: kept, verb: burn, member: m, units: 2, reference: b}
      - {id: voided, verb: void, member: m, entry: burned, expect: {outcome: ok}}
      - {id: again, verb: void, member: m, entry: burned, expect: {outcome: refused, observe: true}}
    expect: {balance: {member: m, change: {effect_of: [burned, kept, voided, again]}}}
"""
USE = """
format: 1
scenarios:
  - id: use
    title: A coupon is used once
    needs: [burn, use_coupon]
    members: {m: {balance_at_least: 50}}
    steps:
      - {id: bought, verb: burn, member: m, units: 7, reference: a}
      - {id: uses, verb: use_coupon, member: m, entry: bought, concurrent: 8, expect: {count_ok: 1}}
"""
OTHER = """
format: 1
scenarios:
  - id: other
    title: What cannot be voided is not begun
    needs: [earn, void, balance]
    members: {m: {}}
    steps:
      - {id: earned, verb: earn, member: m, units: 7, reference: a}
      - {id: voided, verb: void, member: m, entry: earned, expect: {outcome: ok}}
    expect: {balance: {member: m, change: {effect_of: [earned, voided]}}}
"""


def declared() -> Binding:
    """Return the vendor's binding, with a refused second void left open."""
    return replace(binding(), promises=Promises(void_repeat="unspecified"))


PlayAcme = Callable[[str, Server], tuple[Verdict, dict[str, Checked], Recorded]]


@pytest.fixture
def play_acme(tmp_path: Path) -> PlayAcme:
    """Play a scenario of one file and return the verdict, its checks and the journal."""

    def run(text: str, server: Server) -> tuple[Verdict, dict[str, Checked], Recorded]:
        path = tmp_path / "scenario.yaml"
        path.write_text(text.strip() + "\n", encoding="utf-8")
        (scenario,) = read_scenario_file(path)
        client = open_acme(server, tmp_path / "j", declared())
        verdict = play(scenario, Environment(client, Pool(MEMBERS), unique_texts("t")))
        client.journal.close()
        recorded = read_journal(tmp_path / "j")
        return verdict, {checked.check: checked for checked in recorded.checked}, recorded

    return run


def test_a_void_names_its_burn_by_reference(play_acme: PlayAcme) -> None:
    """The burn got a reference of its own, as it cannot be sent without one; the void names it."""
    server = Server()
    verdict, checks, recorded = play_acme(VOID, server)
    assert verdict is Verdict.PASS, checks
    burn, void = (
        next(c for c in recorded.history.attempts if c.verb == verb) for verb in ("burn", "void")
    )
    assert burn.rows[0].reference is not None
    assert void.entry == burn.rows[0].reference
    assert checks["scenario:void#again"].reason == "refused (unspecified), status 200"
    assert any(
        "open question for the vendor" in text
        for about, text in recorded.notes
        if about.endswith("n")
    )


def test_a_void_that_restores_twice_is_found(play_acme: PlayAcme) -> None:
    """Two voids that are ok give the units back once, whatever their responses say."""
    server = Server("voids-again")
    verdict, checks, _ = play_acme(VOID, server)
    assert verdict is Verdict.FAIL
    finding = checks["scenario:void#balance"].finding
    assert finding is not None
    assert finding.expected == "the balance of m changes by -2"


def test_a_void_without_a_response_is_not_sent_again(play_acme: PlayAcme) -> None:
    """A second void may be refused for the first one's sake, so the scenario starts over."""
    server = Server()
    server.faults.append(NetworkFault(Fault.TIMEOUT, True, "void_points"))
    verdict, checks, _ = play_acme(VOID, server)
    assert verdict is Verdict.PASS, checks
    assert len(server.asked("use_points")) == 4


def test_a_coupon_is_what_the_burn_has_shown(play_acme: PlayAcme) -> None:
    """Eight concurrent uses name the coupon that the response showed."""
    server = Server()
    verdict, checks, _ = play_acme(USE, server)
    assert verdict is Verdict.PASS, checks
    used = {fields["coupon"] for fields in server.asked("use_coupon")}
    assert len(used) == 1
    assert used.pop().startswith("c-")


def test_a_scenario_of_what_cannot_be_voided_is_inapplicable(play_acme: PlayAcme) -> None:
    """Nothing is sent for it, so that no point is left unread."""
    server = Server()
    verdict, checks, _ = play_acme(OTHER, server)
    assert verdict is Verdict.INAPPLICABLE
    assert checks["scenario:other#voided"].reason == "void does not act on earn"
    assert not server.requests
