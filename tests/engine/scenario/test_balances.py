"""What a member holds besides points is an account apart, in scenarios and for the audit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.contract.scenario import read_scenario_file
from harness.document.messages import Problems
from harness.engine.members.pool import Pool
from harness.engine.scenario.context import Environment, unique_texts
from harness.engine.scenario.runner import play
from harness.invariant.registry import judge_history
from harness.model.binding import Binding, Verb
from harness.model.verdict import Verdict
from harness.wire.journal.reader import read_journal
from harness.wire.verbs import Speaker, of_target
from tests.acme import MEMBERS, Server, binding, open_acme, specification
from tests.engine.scenario.players import TWICE, PlayOnLedger

STARS = """
format: 1
scenarios:
  - id: stars
    title: Stars are no points
    needs: [earn_star, burn_star, star_balance, earn, balance]
    members: {m: {}}
    steps:
      - {id: stars, verb: earn_star, member: m, units: 9}
      - {id: points, verb: earn, member: m, units: 4, reference: a}
      - {id: read, verb: star_balance, member: m, expect: {balance_change: 9}}
      - {id: over, verb: burn_star, member: m, units: over_balance, expect: {outcome: refused}}
      - {id: all, verb: burn_star, member: m, units: whole_balance}
    expect:
      balance:
        - {member: m, wallet: star, change: {effect_of: [stars, over, all]}}
        - {member: m, change: {effect_of: [points]}}
"""


def with_stars() -> Binding:
    """Return the binding of a vendor whose members hold stars besides points."""
    plain = binding()
    who, seen = "${member.id}-star", {"balance": "/data/now"}
    earn = {"body": {"who": who, "amount": "${units}", "remark": "stars"}}
    burn = {**plain.verbs["burn"].send, "path": {"account": who}}
    stars = (
        Verb("earn_star", "add_points", earn, seen, "credit", wallet="star"),
        Verb("burn_star", "use_points", burn, {}, "debit", wallet="star"),
        Verb(
            "star_balance",
            "read_account",
            {"path": {"account": who}},
            seen,
            "none",
            wallet="star",
        ),
    )
    return replace(plain, verbs={**plain.verbs, **{verb.name: verb for verb in stars}})


def test_a_wallet_is_read_and_judged_apart(tmp_path: Path) -> None:
    """A scenario tells the balances of both, and the audit knows two accounts of one member."""
    (tmp_path / "scenario.yaml").write_text(STARS)
    declared = with_stars()
    client = open_acme(Server(), tmp_path / "j", declared)
    context = read_scenario_file(tmp_path / "scenario.yaml")[0]
    verdict = play(context, Environment(client, Pool(MEMBERS), unique_texts("t")))
    client.journal.close()
    recorded = read_journal(tmp_path / "j")
    assert verdict is Verdict.PASS, [checked for checked in recorded.checked if checked.finding]
    assert set(recorded.history.accounts()) == {"m1", "m1/star"}
    judged = [*judge_history(recorded.history, declared.promises)]
    assert {one.verdict for one in judged} == {Verdict.PASS}
    kept = next(one for one in judged if one.check == "invariant:conservation")
    assert kept.count == 2


def test_a_scenario_about_a_wallet_needs_its_reader(tmp_path: Path) -> None:
    """Without a verb that reads the wallet the scenario says nothing, and is refused."""
    text = STARS.replace("star_balance, ", "")
    lines = [line for line in text.splitlines() if "read" not in line]
    (tmp_path / "scenario.yaml").write_text("\n".join(lines))
    with pytest.raises(Problems, match="balance of a wallet"):
        read_scenario_file(tmp_path / "scenario.yaml")


def test_the_item_of_a_list_is_found_by_a_value_of_the_target() -> None:
    """The target says which item is meant; where it does not, no balance is seen."""
    form = {"list": "/kinds", "where": {"id": "${value.kind}"}, "balance": "left"}
    verb = Verb("star_balance", "read_account", {}, {"balance": form}, "none", wallet="star")
    plain = replace(binding(), verbs={"star_balance": verb})
    found = of_target(plain, {"kind": "7"}).verbs["star_balance"]
    assert found.extract == {"balance": {**form, "where": {"id": "7"}}}
    assert of_target(plain, {}).verbs["star_balance"].extract == {}


def test_a_request_about_something_else_is_not_the_verb() -> None:
    """A body that names another card than the target's is not read as an earn."""
    verb = Verb("earn", "add_points", {"body": {"card": "${value.card}", "who": "${member.id}",
                                                "amount": "${units}"}}, {}, "credit")  # fmt: skip
    declared = replace(binding(), verbs={"earn": verb})
    speaker = Speaker(declared, specification(), {"card": "9"}, {})
    plain, _ = speaker.verb("earn", {"id": "7"}, 5)
    assert speaker.intent_of(plain).rows[0].units == 5
    other = speaker.overlay(plain, {"body": {"card": "8"}}, (), {})
    assert speaker.intent_of(other).verb is None


@pytest.mark.parametrize(
    ("response", "verdict", "reason", "reads"),
    [
        (
            {"code": 200, "data": {}},
            Verdict.INCONCLUSIVE,
            "no balance can be read in the response of read_account: nothing stands at /data/now",
            3,
        ),
        (
            {"code": 404, "msg": "no"},
            Verdict.INCONCLUSIVE,
            "the balance of a member cannot be read: read_account refused (unspecified), "
            'status 200: {"code":404,"msg":"no"}',
            1,
        ),
    ],
)
def test_a_balance_that_is_never_shown_leaves_the_scenario_undecided(
    play_on_ledger: PlayOnLedger,
    response: dict[str, Any],
    verdict: Verdict,
    reason: str,
    reads: int,
) -> None:
    """Three responses without one are enough, and so is one refusal."""
    server = Server()
    server.replies["read_account"] = response
    seen, checks = play_on_ledger(TWICE, server)
    assert seen is verdict
    assert checks["scenario:twice#balance"].reason == reason
    assert len(server.asked("read_account")) == reads
