"""A scenario proves nothing where what it builds on was refused, or the server throttled it."""

from __future__ import annotations

from collections import Counter

import pytest

from harness.check.expectations.record import ScenarioRecord, StepRecord
from harness.engine.scenario.premises import why_no_race
from harness.model.binding import Promises
from harness.model.exchange import Exchange, Failure, Intent, Request, Response
from harness.model.scenario import Scenario, Step
from harness.model.verdict import Outcome, Verdict
from harness.wire.transport import Leave
from tests.acme import Server
from tests.engine.scenario.players import TWICE, PlayOnLedger

FILLED = """
format: 1
scenarios:
  - id: filled
    title: What was earned can be burned
    needs: [earn, burn, balance]
    members: {m: {}}
    steps:
      - {id: fill, verb: earn, member: m, units: 1001, reference: a}
      - {id: use, verb: burn, member: m, units: 1000, reference: b, expect: {outcome: ok}}
    expect: {balance: {member: m, change: 101}}
"""
UNNAMED = """
format: 1
scenarios:
  - id: unnamed
    title: Two changes add up
    needs: [earn, balance]
    members: {m: {}}
    steps:
      - {id: one, verb: earn, member: m, units: 1001, reference: a}
      - {id: two, verb: earn, member: m, units: 5, reference: b}
    expect: {balance: {member: m, change: 1006}}
"""
NAMED = UNNAMED.replace("change: 1006", "change: {effect_of: [one, two]}")
EXPECTED = FILLED.replace("reference: a}", "reference: a, expect: {outcome: decided}}")


class Throttling(Server):
    """Refuses the first requests of each operation for now."""

    def __init__(self, times: int, retry_after: str) -> None:
        super().__init__()
        self.times = times
        self.retry_after = retry_after
        self.refused: Counter[str] = Counter()

    def send(self, request: Request, leave: Leave | None = None) -> Response | Failure:
        """Refuse or handle one request."""
        place = request.path.partition("?")[0]
        if self.refused[place] < self.times and place != "/login":
            self.refused[place] += 1
            return Response(429, {"retry-after": self.retry_after}, b'{"code":"SLOW"}')
        return super().send(request, leave)


@pytest.mark.parametrize(
    ("text", "step"), [(FILLED, "fill"), (UNNAMED, "one")], ids=["expected", "unnamed"]
)
def test_a_refused_preparation_makes_a_scenario_inconclusive(
    text: str, step: str, play_on_ledger: PlayOnLedger
) -> None:
    """The reason names the step, the vendor's own words and a remedy, and nothing fails."""
    verdict, checks = play_on_ledger(text, Server())
    assert verdict is Verdict.INCONCLUSIVE
    for checked in checks.values():
        assert checked.finding is None
        assert f"builds on its step {step}: earn 1,001 units" in checked.reason
        assert '{"code":400,"msg":"no"}' in checked.reason
        assert "choose members and values" in checked.reason


@pytest.mark.parametrize(
    ("text", "verdict"),
    [(NAMED, Verdict.PASS), (EXPECTED, Verdict.FAIL)],
    ids=["named", "expected"],
)
def test_a_step_that_an_expectation_speaks_of_may_be_refused(
    text: str, verdict: Verdict, play_on_ledger: PlayOnLedger
) -> None:
    """The expectation decides what its refusal means."""
    assert play_on_ledger(text, Server())[0] is verdict


def test_a_server_that_throttles_is_waited_for(play_on_ledger: PlayOnLedger) -> None:
    """Each operation is refused for now at first, and the scenario passes all the same."""
    server = Throttling(2, "0")
    assert play_on_ledger(TWICE, server)[0] is Verdict.PASS
    assert max(server.refused.values()) == 2


def test_a_server_that_throttles_for_long_fails_nothing(play_on_ledger: PlayOnLedger) -> None:
    """A pause of an hour makes the scenario inconclusive immediately, with what would help."""
    server = Throttling(1, "3600")
    verdict, checks = play_on_ledger(TWICE, server)
    assert verdict is Verdict.INCONCLUSIVE
    assert all("asks to wait 3,600 seconds" in one.reason for one in checks.values())
    assert server.refused.total() < 4


@pytest.mark.parametrize(
    ("throttled", "races"),
    [((0, 0, 0), True), ((0, 1, 1), True), ((0, 0, 2), True), ((0, 1, 2), False)],
)
def test_requests_that_the_server_took_one_by_one_do_not_race(
    throttled: tuple[int, ...], races: bool
) -> None:
    """At least two were served together, or sent again together."""
    response = Response(200, {}, b"{}")
    exchanges = tuple(
        Exchange(f"c{n}", Intent("Earn"), response, Outcome.OK, throttled=times)
        for n, times in enumerate(throttled)
    )
    scenario = Scenario("s", "S", (), {}, (Step("earns", "earn", concurrent=3),), (), "")
    record = ScenarioRecord({"earns": StepRecord("earns", exchanges, None, 0)}, {}, {}, Promises())
    why = why_no_race(scenario, record)
    assert bool(why) is not races
    assert races or "did not race: the server throttled 2 of 3 concurrent requests" in why
