from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pytest

from harness.contract.scenario import read_scenario_file, read_scenarios
from harness.engine.members.pool import Pool
from harness.engine.scenario.context import Environment, unique_texts
from harness.engine.scenario.runner import ATTEMPTS, play, play_order
from harness.model.exchange import Fault
from harness.model.finding import Checked
from harness.model.run_header import RunHeader
from harness.model.scenario import Scenario
from harness.model.target import Target
from harness.model.verdict import Verdict
from harness.wire.client import open_client
from harness.wire.journal.reader import read_journal
from harness.wire.journal.writer import Writer
from harness.wire.rate_limit import BudgetSpent
from tests.engine.shop import Shop
from tests.samples import OPERATIONS, binding, specification

TWICE = """
format: 1
scenarios:
  - id: twice
    title: The same reference counts once
    needs: [earn, balance]
    members: {m: {}}
    steps:
      - id: first
        verb: earn
        member: m
        units: 5
        reference: a
        expect: {outcome: ok, balance_change: 5}
      - {id: again, verb: earn, member: m, units: 5, reference: a, expect: {outcome: as_promised}}
    expect: {balance: {member: m, change: 5}}
"""
PLAIN = """
format: 1
scenarios:
  - id: plain
    title: Without a reference both count
    needs: [earn, balance]
    members: {m: {}}
    steps:
      - {id: first, verb: earn, member: m, units: 5}
      - {id: again, verb: earn, member: m, units: 5}
    expect: {balance: {member: m, change: 10}}
"""
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
REFUSED = """
format: 1
scenarios:
  - id: refused
    title: More than the most is refused
    needs: [earn]
    members: {m: {}}
    steps:
      - {id: over, verb: earn, member: m, units: 101, reference: a, expect: {outcome: refused}}
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
RACE = """
format: 1
scenarios:
  - id: race
    title: Eight earns at once all count
    needs: [earn, balance]
    members: {m: {}}
    steps:
      - id: earns
        verb: earn
        member: m
        units: 3
        reference: fresh
        concurrent: 8
        expect: {count_ok: 8, unique: balance}
    expect: {balance: {member: m, change: {effect_of: [earns]}}}
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


def play_with(text: str, shop: Shop, folder: Path, budget: int | None = None) -> Verdict:
    """Play a scenario given as text on a shop, within a budget of requests."""
    path = folder / "scenario.yaml"
    path.write_text(text)
    context: Scenario = read_scenario_file(path)[0]
    target = Target(
        "t", "mock", "", {}, {"device": "d", "card": "9"}, ({"id": "7"}, {"id": "8"}),
        None, budget, "allow", 1.0,
    )  # fmt: skip
    client = open_client(
        binding(),
        specification(*OPERATIONS),
        target,
        {"user": "somebody"},
        shop,
        lambda redactor, told: Writer(folder / "j" / "c.ndjson", told, redactor.text),
        "c",
        RunHeader(),
    )
    verdict = play(context, Environment(client, Pool(target.members), unique_texts("t")))
    client.journal.close()
    return verdict


@pytest.fixture
def told(tmp_path: Path) -> Callable[..., tuple[Verdict, dict[str, Checked]]]:
    """Return a player of a scenario given as text, on a shop, telling verdict and checks."""

    def run(text: str, shop: Shop) -> tuple[Verdict, dict[str, Checked]]:
        verdict = play_with(text, shop, tmp_path)
        checks = {checked.check: checked for checked in read_journal(tmp_path / "j").checked}
        return verdict, checks

    return run


@pytest.mark.parametrize("text", [TWICE, PLAIN, BULK, RACE, TOKENS])
def test_scenarios_of_a_correct_shop_pass(
    told: Callable[..., tuple[Verdict, dict[str, Checked]]], text: str
) -> None:
    """Each kind of step and expectation holds where the shop is correct."""
    verdict, checks = told(text, Shop())
    assert verdict is Verdict.PASS, checks


def test_a_shop_that_forgets_references_is_told_with_expected_and_seen(
    told: Callable[..., tuple[Verdict, dict[str, Checked]]],
) -> None:
    """The finding says what the balance did, names the steps and has the calls."""
    shop = Shop()
    shop.dedupe = False
    verdict, checks = told(TWICE, shop)
    assert verdict is Verdict.FAIL
    assert checks["scenario:twice#first"].verdict is Verdict.PASS
    finding = checks["scenario:twice#balance"].finding
    assert finding is not None
    assert finding.expected == "the balance of m changes by +5"
    assert finding.seen == "it changed by +10 (from 0 to 10)"
    assert finding.place.endswith("scenario.yaml:16")
    assert len(finding.detail) == 2


@pytest.mark.parametrize("effect", [True, False], ids=["after commit", "before commit"])
@pytest.mark.parametrize("fault", [Fault.TIMEOUT, Fault.RESET, Fault.TRUNCATED])
def test_a_lost_answer_is_settled_by_the_reference(
    told: Callable[..., tuple[Verdict, dict[str, Checked]]], fault: Fault, effect: bool
) -> None:
    """Sent again with the same reference, the scenario goes on and accuses nobody."""
    shop = Shop()
    shop.faults.extend([(fault, effect), (None, True), (fault, effect)])
    verdict, checks = told(TWICE, shop)
    assert verdict is Verdict.PASS, checks


def test_a_lost_answer_without_a_reference_starts_the_scenario_over(
    told: Callable[..., tuple[Verdict, dict[str, Checked]]],
) -> None:
    """Nobody can know whether it happened, so nothing is concluded from that attempt."""
    shop = Shop()
    shop.faults.append((Fault.TIMEOUT, True))
    verdict, _ = told(PLAIN, shop)
    assert verdict is Verdict.PASS
    earns = [body["who"][0] for operation, body in shop.requests if operation == "earn"]
    assert len(earns) == 3
    assert len(set(earns)) == 2, "the second attempt has another member"


def test_a_scenario_whose_answers_never_come_is_inconclusive(
    told: Callable[..., tuple[Verdict, dict[str, Checked]]],
) -> None:
    """Silence is neither a pass nor a violation."""
    shop = Shop()
    shop.faults.extend([(Fault.TIMEOUT, False)] * 10 * ATTEMPTS.attempts)
    verdict, checks = told(TWICE, shop)
    assert verdict is Verdict.INCONCLUSIVE
    assert "stayed unknown" in checks["scenario:twice#balance"].reason


def test_a_scenario_is_given_up_when_no_answer_tells_an_outcome(
    told: Callable[..., tuple[Verdict, dict[str, Checked]]],
) -> None:
    """Bad luck passes, but a vendor that always answers so will do it again."""
    shop = Shop()
    shop.faults.extend([(None, False)] * 10 * ATTEMPTS.attempts)
    verdict, checks = told(TWICE, shop)
    assert verdict is Verdict.INCONCLUSIVE
    assert "in 5 attempts" in checks["scenario:twice#balance"].reason
    assert len(shop.faults) > 5 * ATTEMPTS.attempts


def test_what_could_not_be_sent_was_not_refused(
    told: Callable[..., tuple[Verdict, dict[str, Checked]]],
) -> None:
    """A vendor that nobody reaches keeps no rule and breaks none."""
    shop = Shop()
    shop.faults.extend([(Fault.UNSENT, False)] * 1_000)
    with patch("harness.wire.client._REACH_PAUSES_SECONDS", (0.0,)):
        verdict, checks = told(REFUSED, shop)
    assert verdict is Verdict.INCONCLUSIVE
    assert "no connection" in checks["scenario:refused#over"].reason


def test_a_race_ends_at_once_when_one_call_cannot_be_made(tmp_path: Path) -> None:
    """The others do not wait for it until a barrier breaks."""
    begun = time.monotonic()
    with pytest.raises(BudgetSpent):
        play_with(RACE, Shop(), tmp_path, budget=5)
    assert time.monotonic() - begun < 10


def test_a_race_is_run_more_often_than_another_scenario(tmp_path: Path) -> None:
    """What a server loses only now and then is looked for in every round."""
    files = (TWICE, RACE, PLAIN)
    for number, text in enumerate(files):
        (tmp_path / f"{number}.yaml").write_text(text)
    names = [context.id for context in play_order(read_scenarios(tmp_path), rounds=1, races=3)]
    assert names == ["twice", "race", "plain", "race", "race"]


def test_a_scenario_that_cannot_go_on_is_judged_as_far_as_it_came(
    told: Callable[..., tuple[Verdict, dict[str, Checked]]],
) -> None:
    """The refusal that broke it off is a finding; of what was not played nothing is said."""
    verdict, checks = told(HALTED, Shop())
    assert verdict is Verdict.FAIL
    assert {check.rpartition("#")[2]: one.verdict for check, one in checks.items()} == {
        "first": Verdict.FAIL,
        "again": Verdict.INCONCLUSIVE,
        "balance": Verdict.INCONCLUSIVE,
    }
    assert "${seen}" in checks["scenario:halted#again"].reason


def test_missing_guards_are_found_operation_by_operation(
    told: Callable[..., tuple[Verdict, dict[str, Checked]]],
) -> None:
    """`every` tries each operation that should need a token."""
    shop = Shop()
    shop.guard = False
    verdict, checks = told(TOKENS, shop)
    assert verdict is Verdict.FAIL
    finding = checks["scenario:tokens#none"].finding
    assert finding is not None
    assert "earn ok" in finding.seen


def test_a_scenario_that_needs_what_is_not_bound_is_inapplicable(
    told: Callable[..., tuple[Verdict, dict[str, Checked]]],
) -> None:
    """The report says which need is missing."""
    verdict, checks = told(PLAIN.replace("[earn, balance]", "[earn, balance, bulk_burn]"), Shop())
    assert verdict is Verdict.INAPPLICABLE
    assert checks["scenario:plain#balance"].reason == "not there: bulk_burn"


def test_a_step_can_alter_what_was_signed(
    told: Callable[..., tuple[Verdict, dict[str, Checked]]],
) -> None:
    """Fields are taken away and laid over after the credentials have been added."""
    shop = Shop()
    verdict, checks = told(FORGED, shop)
    assert verdict is Verdict.PASS
    assert {checked.verdict for checked in checks.values()} == {Verdict.PASS}
    robbed, again = (body for operation, body in shop.requests if operation == "earn")
    assert "token" not in robbed
    assert again["token"][0].startswith("xht-")
