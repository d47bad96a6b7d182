"""Steps that act on what earlier ones made: voids by reference or entry, uses of a coupon."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import parse_qs

import orjson
import pytest

from harness.contract.scenario import read_scenario_file
from harness.engine.members.pool import Pool
from harness.engine.scenario.context import Environment, unique_texts
from harness.engine.scenario.runner import play
from harness.model.binding import REFERENCE, Binding, EntryKey, Promises, Verb
from harness.model.exchange import Fault, Request, Response
from harness.model.history import Recorded
from harness.model.run_header import RunHeader
from harness.model.target import Target
from harness.model.verdict import Checked, Verdict
from harness.wire.client import open_client
from harness.wire.journal.reader import read_journal
from harness.wire.transport import Leave
from tests.samples import binding, specification

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


class Till:
    """Burns by reference, voids by it, and issues a coupon with each burn.

    `lost` hits the next void after it took effect.
    """

    def __init__(self) -> None:
        self.points = 0
        self.burned: dict[str, int] = {}
        self.coupons: set[str] = set()
        self.lost: list[Fault] = []
        self.forgets_voids = False
        self.asked: list[tuple[str, dict[str, list[str]]]] = []
        self._lock = Lock()

    def send(self, request: Request, leave: Leave | None = None) -> Response | Fault:
        """Handle one request as a server would."""
        if leave is not None:
            leave()
        with self._lock:
            operation, body = request.path.strip("/"), parse_qs(request.body.decode())
            self.asked.append((operation, body))
            value = getattr(self, operation)(body)
            if operation == "void" and self.lost:
                return self.lost.pop()
            return Response(200, {"content-type": "application/json"}, orjson.dumps(value))

    def login(self, body: Any) -> Any:
        """Give a token."""
        return {"code": 200, "data": {"token": "secret-token", "now": 0}}

    def info(self, body: Any) -> Any:
        """Show the points."""
        return {"code": 200, "data": {"now": self.points}}

    def earn(self, body: Any) -> Any:
        """Add points."""
        self.points += int(body["n"][0])
        return {"code": 200, "data": {"now": self.points}}

    def burn(self, body: Any) -> Any:
        """Take points and issue a coupon."""
        units, reference = int(body["n"][0]), body["ref"][0]
        self.points -= units
        self.burned[reference] = units
        self.coupons.add(f"c-{reference}")
        return {"code": 200, "data": {"now": self.points, "coupon": f"c-{reference}"}}

    def void(self, body: Any) -> Any:
        """Give the points of a burn back."""
        keep = self.forgets_voids
        units = self.burned.get(body["of"][0]) if keep else self.burned.pop(body["of"][0], None)
        if units is None:
            return {"code": 404, "msg": "no such burn"}
        self.points += units
        return {"code": 200, "data": {"now": self.points}}

    def use(self, body: Any) -> Any:
        """Use a coupon up."""
        if body["coupon"][0] not in self.coupons:
            return {"code": 409, "msg": "used"}
        self.coupons.discard(body["coupon"][0])
        return {"code": 200, "data": {"now": self.points}}


def declared() -> Binding:
    """Return the binding of the till; its burns need a reference and are not deduplicated."""
    known = binding()
    who = {"who": "${member.id}", "n": "${units}", "ref": "${reference}"}
    burn = Verb("burn", "burn", {"body": who}, {"coupon": "/data/coupon"}, "debit")
    void = Verb(
        "void",
        "void",
        {"body": {"of": "${entry}"}},
        {},
        "none",
        entry=EntryKey(("burn",), REFERENCE),
    )
    use = Verb(
        "use_coupon",
        "use",
        {"body": {"coupon": "${entry}"}},
        {},
        "none",
        entry=EntryKey(("burn",), "coupon"),
    )
    verbs = {**known.verbs, "burn": burn, "void": void, "use_coupon": use}
    return replace(known, verbs=verbs, promises=Promises(void_repeat="unspecified"))


PlayOnTill = Callable[[str, Till], tuple[Verdict, dict[str, Checked], Recorded]]


@pytest.fixture
def play_on_till(tmp_path: Path) -> PlayOnTill:
    """Play a scenario of one file and return the verdict, its checks and the journal."""

    def run(text: str, till: Till) -> tuple[Verdict, dict[str, Checked], Recorded]:
        path = tmp_path / "scenario.yaml"
        path.write_text(text.strip() + "\n", encoding="utf-8")
        (context,) = read_scenario_file(path)
        target = Target(
            "t", "mock", "", {}, {"device": "d", "card": "9"}, ({"id": "7"},),
            None, None, "allow", 1.0,
        )  # fmt: skip
        client = open_client(
            declared(),
            specification("login", "logout", "open", "earn", "burn", "bulk", "info", "void", "use"),
            target,
            {"user": "tester"},
            till,
            tmp_path / "j" / "c.ndjson",
            "c",
            RunHeader(),
        )
        verdict = play(context, Environment(client, Pool(target.members), unique_texts("t")))
        client.journal.close()
        recorded = read_journal(tmp_path / "j")
        return verdict, {checked.check: checked for checked in recorded.checked}, recorded

    return run


def test_a_void_names_its_burn_by_reference(play_on_till: PlayOnTill) -> None:
    """The burn got a reference of its own, as it cannot be sent without one; the void names it."""
    till = Till()
    verdict, checks, recorded = play_on_till(VOID, till)
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


def test_a_void_that_restores_twice_is_found(play_on_till: PlayOnTill) -> None:
    """Two voids that are ok give the units back once, whatever their responses say."""
    till = Till()
    till.forgets_voids = True
    verdict, checks, _ = play_on_till(VOID, till)
    assert verdict is Verdict.FAIL
    finding = checks["scenario:void#balance"].finding
    assert finding is not None
    assert finding.expected == "the balance of m changes by -2"


def test_a_void_without_a_response_is_not_sent_again(play_on_till: PlayOnTill) -> None:
    """A second void may be refused for the first one's sake, so the scenario starts over."""
    till = Till()
    till.lost.append(Fault.TIMEOUT)
    verdict, checks, _ = play_on_till(VOID, till)
    assert verdict is Verdict.PASS, checks
    assert [operation for operation, _ in till.asked].count("burn") == 4


def test_a_coupon_is_what_the_burn_has_shown(play_on_till: PlayOnTill) -> None:
    """Eight concurrent uses name the coupon that the response showed."""
    till = Till()
    verdict, checks, _ = play_on_till(USE, till)
    assert verdict is Verdict.PASS, checks
    used = {body["coupon"][0] for operation, body in till.asked if operation == "use"}
    assert len(used) == 1
    assert used.pop().startswith("c-")


def test_a_scenario_of_what_cannot_be_voided_is_inapplicable(play_on_till: PlayOnTill) -> None:
    """Nothing is sent for it, so that no point is left unread."""
    till = Till()
    verdict, checks, _ = play_on_till(OTHER, till)
    assert verdict is Verdict.INAPPLICABLE
    assert checks["scenario:other#voided"].reason == "void does not act on earn"
    assert not till.asked
