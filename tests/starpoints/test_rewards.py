"""Rewards at the vendor's price: the request names the reward, and the price is what it costs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.running import harness
from tests.starpoints.project import (
    BINDING,
    SPECIFICATION,
    TARGETS,
    VENDOR,
    WORKLOAD,
    Ended,
    Project,
)
from tests.starpoints.server.ledger import PRICES

SEARCH_PATH = "  /v2/loyalty/events/search:\n"
REWARD_PATH = """\
  /v2/loyalty/accounts/{account_id}/rewards:
    parameters:
      - {$ref: "#/components/parameters/AccountId"}
    post:
      operationId: BuyReward
      x-source: handbook, Rewards
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [idempotency_key, reward]
              properties:
                idempotency_key: {$ref: "#/components/schemas/Key"}
                reward: {type: string}
      responses:
        "200":
          description: the event that it made
          content:
            application/json:
              schema:
                type: object
                required: [event, balance]
                properties:
                  balance: {type: integer}
                  event: {$ref: "#/components/schemas/Event"}
        default: {$ref: "#/components/responses/Errors"}
"""
BUY = {
    "operation": "BuyReward",
    "effect": "debit",
    "price": "${value.coffee_price}",
    "send": {
        "path": {"account_id": "${member.id}"},
        "body": {"idempotency_key": "${reference}", "reward": "coffee"},
    },
    "extract": {"entry": "/event/id", "balance": "/balance"},
}
PURCHASES = "  - {name: reward, verb: buy, weight: 25}\n"


def declare_rewards(project: Project, price: object = PRICES["coffee"]) -> None:
    """Declare how a reward is bought, what the target says it costs, and a load that buys it."""
    project.edit(SPECIFICATION, SEARCH_PATH, f"{REWARD_PATH}{SEARCH_PATH}")
    binding = project.read(BINDING)
    binding["verbs"]["buy"] = BUY
    project.write(BINDING, binding)
    project.edit(TARGETS, "location: L1", f'location: L1, coffee_price: "{price}"')
    project.edit(WORKLOAD, "needs: [earn,", "needs: [buy, earn,")
    project.edit(WORKLOAD, "  - {name: read,", f"{PURCHASES}  - {{name: read,")


def purchases(run: Ended) -> list[dict[str, Any]]:
    """Return the purchases of a run, with their outcomes."""
    return [one for one in run.outcomes("BuyReward") if one.get("verb") == "buy"]


def test_a_reward_costs_its_price(project: Project) -> None:
    """In a scenario and under load; every purchase counts as its price."""
    declare_rewards(project)
    lint = project.lint()
    assert lint.exit == 0, lint.output
    project.serve()
    run = project.check("--only", "rewards.")
    run.passed()
    assert run.verdicts()["LAW-PRICE"] == "pass"
    assert len(purchases(run)) == 2
    load = project.load()
    load.passed()
    assert load.verdicts()["LAW-CONSERVATION"] == "pass"
    bought = purchases(load)
    assert {row[1] for one in bought for row in one["rows"]} == {-PRICES["coffee"]}
    assert sum(one["outcome"] == "ok" for one in bought) > 10


@pytest.mark.parametrize("scenario", [True, False], ids=["scenario", "load"])
def test_another_price_is_found(project: Project, scenario: bool) -> None:
    """Under its own law, which names the cost, the price, and the value that says the price."""
    declare_rewards(project)
    project.serve(defect="overcharges")
    run = project.check("--only", "rewards.") if scenario else project.load()
    assert run.exit == 1, run.output
    assert "LAW-PRICE" in run.violated()
    (found,) = [one for one in run.findings if one["check"] == "invariant:price"]
    assert found["title"] == "The verb buy moved 135 units instead of its price of 120"
    assert any("${value.coffee_price}" in line for line in found["detail"])


@pytest.mark.parametrize(
    ("price", "says"),
    [
        ("free", "targets.yaml:7: the target local: the value 'coffee_price' is the price of buy;"),
        ("", "targets.yaml:7: the target local: no value 'coffee_price'"),
    ],
    ids=["no-number", "missing"],
)
def test_a_target_says_what_rewards_cost(project: Project, price: str, says: str) -> None:
    """A price that is no number is told before anything is sent; without one nothing is bought."""
    declare_rewards(project, price)
    targets = ("--targets", str(project.root / TARGETS))
    lint = harness("lint", VENDOR, *targets, "--root", str(project.root), env=project.env)
    assert says in lint.stdout + lint.stderr
    project.serve()
    run = project.check("--only", "rewards.")
    assert (run.exit == 2) is bool(price), run.output
    assert not run.folder.exists() or not purchases(run)
