"""Scenarios given as text, played on the made-up vendor."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from harness.contract.scenario import read_scenario_file
from harness.engine.members.pool import Pool
from harness.engine.scenario.context import Environment, unique_texts
from harness.engine.scenario.runner import play
from harness.model.binding import Binding
from harness.model.target import Target
from harness.model.verdict import Checked, Verdict
from tests.acme import MEMBERS, Server, open_acme

PlayOnLedger = Callable[..., tuple[Verdict, dict[str, Checked]]]
PlayOnClub = Callable[[str], tuple[set[Verdict], dict[str, Checked]]]

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
RACE = """
format: 1
scenarios:
  - id: race
    title: Eight concurrent earns all count
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
REFUSED = """
format: 1
scenarios:
  - id: refused
    title: More than the most is refused
    needs: [earn]
    members: {m: {}}
    steps:
      - {id: over, verb: earn, member: m, units: 1001, reference: a, expect: {outcome: refused}}
"""


def play_with(
    text: str,
    server: Server,
    folder: Path,
    declared: Binding | None = None,
    at: Target | None = None,
) -> Verdict:
    """Play a scenario given as text, with another binding or target where one is given."""
    path = folder / "scenario.yaml"
    path.write_text(text)
    (scenario,) = read_scenario_file(path)
    client = open_acme(server, folder / "j", declared, at)
    verdict = play(scenario, Environment(client, Pool(MEMBERS), unique_texts("t")))
    client.journal.close()
    return verdict
