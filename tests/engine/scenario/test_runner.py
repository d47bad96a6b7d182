"""Scenarios are played until their outcomes are known, and judged."""

from __future__ import annotations

from math import inf
from pathlib import Path

import pytest

from harness.contract.scenario import read_scenarios
from harness.engine.scenario.runner import ATTEMPTS, play_order
from harness.model.exchange import Fault
from harness.model.verdict import Verdict
from tests.acme import NetworkFault, Server
from tests.engine.scenario.players import PLAIN, RACE, TWICE, PlayOnClub, PlayOnLedger

BULK = """
format: 1
scenarios:
  - id: stops
    title: A bulk stops at its invalid row
    needs: [bulk_earn, balance]
    members: {m: {}}
    steps:
      - id: bulk
        verb: bulk_earn
        member: m
        rows:
          count: limit
          each: {units: 2, reference: fresh}
          invalid_row: {at: last, by: unknown_member}
        expect: {outcome: refused, fail_index: last}
      - id: over
        verb: bulk_earn
        member: m
        rows: {count: over_limit, each: {units: 1}}
        expect: {outcome: refused}
    expect: {balance: {member: m, change: 4}}
"""
HALTED = """
format: 1
scenarios:
  - id: halted
    title: What is named before goes on to be used
    needs: [burn, balance]
    members: {m: {}}
    steps:
      - id: first
        verb: burn
        member: m
        units: 5
        reference: a
        extract: {seen: /data/now}
        expect: {outcome: ok}
      - id: again
        operation: add_points
        member: m
        send: {body: {reference: "${seen}"}}
        expect: {outcome: ok}
    expect: {balance: {member: m, change: 0}}
"""
COUNTERS = """
format: 1
scenarios:
  - id: counters
    title: Adding adds
    needs: [enroll]
    cases:
      gold: {kind: gold, moved: {/points: 4}}
      silver: {kind: silver, moved: {/visits: 4}}
      wrong: {kind: silver, moved: {/visits: 5}}
    members: {m: {kind: "${case.kind}"}}
    steps:
      - {id: first, operation: read_card, member: m}
      - {id: add, operation: use_card, member: m, send: {body: {sum: 4, action: add}}}
      - id: added
        operation: read_card
        member: m
        expect: {changed: {since: first, by: "${case.moved}"}}
"""
KEYLESS = """
format: 1
scenarios:
  - id: keyless
    title: Changes without a key all count
    needs: [earn, burn, balance]
    members: {m: {balance_at_least: 10}}
    steps:
      - {id: earn, verb: earn, member: m, units: 5}
      - {id: burn, verb: burn, member: m, units: 3}
    expect: {balance: {member: m, change: {effect_of: [earn, burn]}}}
"""


@pytest.mark.parametrize("text", [TWICE, PLAIN, BULK, RACE])
def test_scenarios_of_a_correct_server_pass(play_on_ledger: PlayOnLedger, text: str) -> None:
    """Each kind of step and expectation holds where the server is correct."""
    verdict, checks = play_on_ledger(text, Server())
    assert verdict is Verdict.PASS, checks


def test_a_server_that_forgets_references_is_found_with_expected_and_seen(
    play_on_ledger: PlayOnLedger,
) -> None:
    """The finding says what the balance did, names the steps and has the exchanges."""
    server = Server("forgets-references")
    verdict, checks = play_on_ledger(TWICE, server)
    assert verdict is Verdict.FAIL
    assert checks["scenario:twice#first"].verdict is Verdict.PASS
    finding = checks["scenario:twice#balance"].finding
    assert finding is not None
    assert finding.expected == "the balance of m changes by +5"
    assert finding.seen == "it changed by +10 (from 0 to 10)"
    assert finding.place.endswith("scenario.yaml:16")
    assert len(finding.detail) == 2


def test_a_lost_response_without_a_reference_starts_the_scenario_over(
    play_on_ledger: PlayOnLedger,
) -> None:
    """It may have taken effect or not, so nothing is concluded from that attempt."""
    server = Server()
    server.faults.append(NetworkFault(Fault.TIMEOUT, True))
    verdict, _ = play_on_ledger(PLAIN, server)
    assert verdict is Verdict.PASS
    earns = [fields["who"] for fields in server.asked("add_points")]
    assert len(earns) == 3
    assert len(set(earns)) == 2, "the second attempt has another member"


def test_a_scenario_whose_responses_never_come_is_inconclusive(
    play_on_ledger: PlayOnLedger,
) -> None:
    """Silence is neither a pass nor a violation."""
    server = Server()
    server.faults.extend([NetworkFault(Fault.TIMEOUT, False)] * 10 * ATTEMPTS.attempts)
    verdict, checks = play_on_ledger(TWICE, server)
    assert verdict is Verdict.INCONCLUSIVE
    assert "stayed unknown" in checks["scenario:twice#balance"].reason


def test_a_scenario_is_given_up_when_no_response_tells_an_outcome(
    play_on_ledger: PlayOnLedger,
) -> None:
    """Bad luck passes, but a vendor that always responds so will do it again."""
    server = Server()
    server.faults.extend([NetworkFault(None, False)] * 10 * ATTEMPTS.attempts)
    verdict, checks = play_on_ledger(TWICE, server)
    assert verdict is Verdict.INCONCLUSIVE
    assert "in 5 attempts" in checks["scenario:twice#balance"].reason
    assert len(server.faults) > 5 * ATTEMPTS.attempts


def test_a_race_is_played_more_often_than_another_scenario(tmp_path: Path) -> None:
    """What a server loses only now and then is looked for in every round."""
    files = (TWICE, RACE, PLAIN)
    for number, text in enumerate(files):
        (tmp_path / f"{number}.yaml").write_text(text)
    names = [context.id for context in play_order(read_scenarios(tmp_path), rounds=1, races=3)]
    assert names == ["twice", "race", "plain", "race", "race"]


def test_a_scenario_that_cannot_go_on_is_judged_up_to_there(
    play_on_ledger: PlayOnLedger,
) -> None:
    """The refusal that ended it is a finding; the steps after it are inconclusive."""
    verdict, checks = play_on_ledger(HALTED, Server())
    assert verdict is Verdict.FAIL
    assert {check.rpartition("#")[2]: one.verdict for check, one in checks.items()} == {
        "first": Verdict.FAIL,
        "again": Verdict.INCONCLUSIVE,
        "balance": Verdict.INCONCLUSIVE,
    }
    assert "${seen}" in checks["scenario:halted#again"].reason


def test_a_scenario_that_needs_what_is_not_bound_is_inapplicable(
    play_on_ledger: PlayOnLedger,
) -> None:
    """The report says which need is missing."""
    verdict, checks = play_on_ledger(
        PLAIN.replace("[earn, balance]", "[earn, balance, bulk_burn]"), Server()
    )
    assert verdict is Verdict.INAPPLICABLE
    assert checks["scenario:plain#balance"].reason == "not there: bulk_burn"


def test_a_scenario_is_played_for_each_case(
    play_on_club: PlayOnClub,
) -> None:
    """Every case has a check of its own under the scenario's id, with the case as its subject."""
    verdicts, checks = play_on_club(COUNTERS)
    assert verdicts == {Verdict.PASS, Verdict.FAIL}
    assert {(c.subject, c.verdict) for c in checks.values()} == {
        ("gold", Verdict.PASS),
        ("silver", Verdict.PASS),
        ("wrong", Verdict.FAIL),
    }
    wrong = checks["scenario:counters@wrong#added"].finding
    assert wrong is not None
    assert "/visits changed by +4, from 4 to 8" in wrong.seen


@pytest.mark.parametrize("effect", [True, False])
def test_a_scenario_without_a_key_starts_over_with_other_members(
    server: Server, play_on_club: PlayOnClub, effect: bool
) -> None:
    """A change that stays unknown is not sent again; its member is read and not leased again."""
    server.faults += [NetworkFault(Fault.TIMEOUT, effect, "use_card")] * 2
    verdicts, checks = play_on_club(KEYLESS)
    assert verdicts == {Verdict.PASS}, checks
    used = [fields["card"] for fields in server.asked("use_card")]
    assert used[:2] == ["card-1", "card-2"]
    assert set(used[2:]) == {"card-3"}
    assert [call.operation for call in server.requests if call.fields.get("card") == "card-1"][
        -1
    ] == "read_card"


def test_a_scenario_without_members_to_enroll_is_inconclusive(
    server: Server, play_on_club: PlayOnClub
) -> None:
    """It is not left out: that no member can be enrolled is worth knowing."""
    server.cards.refusals = inf
    verdicts, checks = play_on_club(COUNTERS)
    assert verdicts == {Verdict.INCONCLUSIVE}
    assert "join refused" in next(iter(checks.values())).reason
