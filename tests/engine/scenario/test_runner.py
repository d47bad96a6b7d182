"""Scenarios are played until their outcomes are known, and judged."""

from __future__ import annotations

from math import inf
from pathlib import Path

import pytest

from harness.contract.scenario import read_scenarios
from harness.engine.scenario.runner import ATTEMPTS, play_order
from harness.model.exchange import Fault
from harness.model.verdict import Verdict
from tests.engine.club import Club
from tests.engine.scenario.players import PLAIN, RACE, TWICE, PlayOnClub, PlayOnShop
from tests.engine.shop import Shop

BULK = """
format: 1
scenarios:
  - id: stops
    title: A bulk stops at its bad row
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
    needs: [earn, balance]
    members: {m: {}}
    steps:
      - id: first
        verb: earn
        member: m
        units: 101
        reference: a
        extract: {seen: /data/now}
        expect: {outcome: ok}
      - id: again
        operation: earn
        member: m
        send: {body: {ref: "${seen}"}}
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
      - {id: first, operation: get_card, member: m}
      - {id: add, operation: use, member: m, send: {body: {sum: 4, action: add}}}
      - id: added
        operation: get_card
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
def test_scenarios_of_a_correct_shop_pass(play_on_shop: PlayOnShop, text: str) -> None:
    """Each kind of step and expectation holds where the shop is correct."""
    verdict, checks = play_on_shop(text, Shop())
    assert verdict is Verdict.PASS, checks


def test_a_shop_that_forgets_references_is_found_with_expected_and_seen(
    play_on_shop: PlayOnShop,
) -> None:
    """The finding says what the balance did, names the steps and has the exchanges."""
    shop = Shop()
    shop.dedupe = False
    verdict, checks = play_on_shop(TWICE, shop)
    assert verdict is Verdict.FAIL
    assert checks["scenario:twice#first"].verdict is Verdict.PASS
    finding = checks["scenario:twice#balance"].finding
    assert finding is not None
    assert finding.expected == "the balance of m changes by +5"
    assert finding.seen == "it changed by +10 (from 0 to 10)"
    assert finding.place.endswith("scenario.yaml:16")
    assert len(finding.detail) == 2


def test_a_lost_response_without_a_reference_starts_the_scenario_over(
    play_on_shop: PlayOnShop,
) -> None:
    """It may have taken effect or not, so nothing is concluded from that attempt."""
    shop = Shop()
    shop.faults.append((Fault.TIMEOUT, True))
    verdict, _ = play_on_shop(PLAIN, shop)
    assert verdict is Verdict.PASS
    earns = [body["who"][0] for operation, body in shop.requests if operation == "earn"]
    assert len(earns) == 3
    assert len(set(earns)) == 2, "the second attempt has another member"


def test_a_scenario_whose_responses_never_come_is_inconclusive(
    play_on_shop: PlayOnShop,
) -> None:
    """Silence is neither a pass nor a violation."""
    shop = Shop()
    shop.faults.extend([(Fault.TIMEOUT, False)] * 10 * ATTEMPTS.attempts)
    verdict, checks = play_on_shop(TWICE, shop)
    assert verdict is Verdict.INCONCLUSIVE
    assert "stayed unknown" in checks["scenario:twice#balance"].reason


def test_a_scenario_is_given_up_when_no_response_tells_an_outcome(
    play_on_shop: PlayOnShop,
) -> None:
    """Bad luck passes, but a vendor that always responds so will do it again."""
    shop = Shop()
    shop.faults.extend([(None, False)] * 10 * ATTEMPTS.attempts)
    verdict, checks = play_on_shop(TWICE, shop)
    assert verdict is Verdict.INCONCLUSIVE
    assert "in 5 attempts" in checks["scenario:twice#balance"].reason
    assert len(shop.faults) > 5 * ATTEMPTS.attempts


def test_a_race_is_played_more_often_than_another_scenario(tmp_path: Path) -> None:
    """What a server loses only now and then is looked for in every round."""
    files = (TWICE, RACE, PLAIN)
    for number, text in enumerate(files):
        (tmp_path / f"{number}.yaml").write_text(text)
    names = [context.id for context in play_order(read_scenarios(tmp_path), rounds=1, races=3)]
    assert names == ["twice", "race", "plain", "race", "race"]


def test_a_scenario_that_cannot_go_on_is_judged_up_to_there(
    play_on_shop: PlayOnShop,
) -> None:
    """The refusal that ended it is a finding; the steps after it are inconclusive."""
    verdict, checks = play_on_shop(HALTED, Shop())
    assert verdict is Verdict.FAIL
    assert {check.rpartition("#")[2]: one.verdict for check, one in checks.items()} == {
        "first": Verdict.FAIL,
        "again": Verdict.INCONCLUSIVE,
        "balance": Verdict.INCONCLUSIVE,
    }
    assert "${seen}" in checks["scenario:halted#again"].reason


def test_a_scenario_that_needs_what_is_not_bound_is_inapplicable(
    play_on_shop: PlayOnShop,
) -> None:
    """The report says which need is missing."""
    verdict, checks = play_on_shop(
        PLAIN.replace("[earn, balance]", "[earn, balance, bulk_burn]"), Shop()
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
    club: Club, play_on_club: PlayOnClub, effect: bool
) -> None:
    """A change that stays unknown is not sent again; its member is read and not leased again."""
    club.faults += [("use", Fault.TIMEOUT, effect)] * 2
    verdicts, checks = play_on_club(KEYLESS)
    assert verdicts == {Verdict.PASS}, checks
    used = [fields["card"] for name, fields in club.asked if name == "use"]
    assert used[:2] == ["card-1", "card-2"]
    assert set(used[2:]) == {"card-3"}
    assert [name for name, fields in club.asked if fields.get("card") == "card-1"][-1] == "get_card"


def test_a_scenario_without_members_to_enroll_is_inconclusive(
    club: Club, play_on_club: PlayOnClub
) -> None:
    """It is not left out: that no member can be enrolled is worth knowing."""
    club.refusals = inf
    verdicts, checks = play_on_club(COUNTERS)
    assert verdicts == {Verdict.INCONCLUSIVE}
    assert "join refused" in next(iter(checks.values())).reason
