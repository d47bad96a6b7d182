"""Players of scenarios for the tests of the scenario engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.contract.scenario import read_scenario_file
from harness.engine.members.enrollment import Enroller
from harness.engine.members.pool import Allocation
from harness.engine.scenario.context import Environment, unique_texts
from harness.engine.scenario.runner import play
from harness.model.verdict import Checked, Verdict
from harness.wire.client import Client
from harness.wire.journal.reader import read_journal
from tests.acme import Server
from tests.engine.scenario.players import PlayOnClub, PlayOnLedger, play_with


@pytest.fixture
def play_on_ledger(tmp_path: Path) -> PlayOnLedger:
    """Play a scenario given as text on the ledger; return its verdict and checks."""

    def run(text: str, server: Server) -> tuple[Verdict, dict[str, Checked]]:
        verdict = play_with(text, server, tmp_path)
        checks = {checked.check: checked for checked in read_journal(tmp_path / "j").checked}
        return verdict, checks

    return run


@pytest.fixture
def play_on_club(client: Client, enroller: Enroller, tmp_path: Path) -> PlayOnClub:
    """Play all scenarios of a text on the club; return their verdicts and checks."""

    def run(text: str) -> tuple[set[Verdict], dict[str, Checked]]:
        path = tmp_path / "scenario.yaml"
        path.write_text(text)
        pool = Allocation((), enroller).for_scenarios(client.speaker.binding)
        environment = Environment(client, pool, unique_texts("s"))
        verdicts = {play(scenario, environment) for scenario in read_scenario_file(path)}
        client.journal.close()
        checked = read_journal(tmp_path / "j").checked
        return verdicts, {one.check: one for one in checked}

    return run
