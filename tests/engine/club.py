"""A tiny club without a key against repeats: members are enrolled by two requests, of two kinds."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Any

import orjson

from harness.model.binding import (
    Binding,
    Enrollment,
    EnrollStep,
    OutcomeRule,
    Promises,
    Verb,
)
from harness.model.exchange import Fault, Request, Response
from harness.model.operation import Specification
from harness.model.run_header import RunHeader
from harness.model.target import Target
from harness.model.verdict import Outcome
from harness.wire.client import Client, open_client
from harness.wire.transport import Leave
from tests.samples import JSON, operation

OPERATIONS = ("join", "issue", "use", "get_card", "list_cards")
A_PAGE = 3

Fields = Mapping[str, Any]


class Club:
    """Serves the club's operations; `faults` hit the next requests of an operation, in order,
    and the next `refusals` who want to join may not.

    Each fault is (operation, what the client sees, whether the request takes effect all the same).
    """

    def __init__(self) -> None:
        self.members: list[Fields] = []
        self.cards: dict[str, dict[str, Any]] = {}
        self.faults: deque[tuple[str, Fault, bool]] = deque()
        self.asked: list[tuple[str, Fields]] = []
        self.refusals = 0.0
        self._lock = Lock()

    def send(self, request: Request, leave: Leave | None = None) -> Response | Fault:
        """Handle one request as a server would."""
        if leave is not None:
            leave()
        with self._lock:
            name, fields = request.path.strip("/"), orjson.loads(request.body)
            self.asked.append((name, fields))
            fault, effect = None, True
            if self.faults and self.faults[0][0] == name:
                _, fault, effect = self.faults.popleft()
            response = getattr(self, f"_{name}")(fields) if effect else {}
            if fault is not None:
                return fault
            return Response(200, {"content-type": JSON}, orjson.dumps({"code": 200, **response}))

    def _join(self, fields: Fields) -> dict[str, Any]:
        if self.refusals:
            self.refusals -= 1
            return {"code": 409}
        if any(one["phone"] == fields["phone"] for one in self.members):
            return {"code": 409}
        self.members.append(fields)
        return {"user": len(self.members)}

    def _issue(self, fields: Fields) -> dict[str, Any]:
        serial = f"card-{fields['user']}"
        self.cards[serial] = {"points": 0, "visits": 0, "plan": fields["plan"]}
        return {"serial": serial}

    def _use(self, fields: Fields) -> dict[str, Any]:
        card = self.cards[fields["card"]]
        counter = "points" if card["plan"] == 1 else "visits"
        change = fields["sum"] if fields["action"] == "add" else -fields["sum"]
        if card[counter] + change < 0:
            return {"code": 400}
        card[counter] += change
        return {}

    def _get_card(self, fields: Fields) -> dict[str, Any]:
        card = self.cards[fields["card"]]
        shown = "points" if card["plan"] == 1 else "visits"
        return {shown: card[shown]}

    def _list_cards(self, fields: Fields) -> dict[str, Any]:
        begin = A_PAGE * (fields["page"] - 1)
        return {"rows": [{"serial": serial} for serial in list(self.cards)[begin:][:A_PAGE]]}


def binding() -> Binding:
    """Return how to speak to the club: gold cards have points, silver ones visits."""
    use = {"card": "${member.id}", "sum": "${units}"}
    verbs = (
        Verb("earn", "use", {"body": {**use, "action": "add"}}, {}, "credit"),
        Verb("burn", "use", {"body": {**use, "action": "take"}}, {}, "debit"),
        Verb(
            "balance",
            "get_card",
            {"body": {"card": "${member.id}"}},
            {"balance": "/points"},
            "none",
        ),
    )
    return Binding(
        vendor="club",
        title="Club",
        auth=(),
        outcomes=(
            OutcomeRule({"fault": "any"}, Outcome.UNKNOWN),
            OutcomeRule({"body": "/code", "equals": 200}, Outcome.OK),
            OutcomeRule({"body": "/code", "exists": True}, Outcome.REFUSED, "no"),
            OutcomeRule({"always": True}, Outcome.UNKNOWN),
        ),
        verbs={verb.name: verb for verb in verbs},
        samples={"list_cards": {"body": {"page": 1}}},
        promises=Promises(),
        nonexistent={},
        sensitive=frozenset(),
        enroll=Enrollment(
            steps=(
                EnrollStep("join", {"body": {"name": "${fresh}", "phone": "${number}"}},
                           {"user": "/user"}),
                EnrollStep("issue", {"body": {"user": "${user}", "plan": "${kind.plan|number}"}},
                           {"serial": "/serial"}),
            ),
            member={"id": "${serial}", "phone": "${number}", "name": "${fresh}"},
            kinds={"gold": {"plan": "${value.gold}"}, "silver": {"plan": "2"}},
        ),
    )  # fmt: skip


def open_club(club: Club, folder: Path) -> Client:
    """Return a client of the club that journals below the folder."""
    operations = {name: operation(name, JSON) for name in OPERATIONS}
    specification = Specification("Club", operations, {"components": {}}, "0")
    target = Target("t", "mock", "", {}, {"gold": "1"}, (), None, None, "allow", 1.0)
    return open_client(
        binding(),
        specification,
        target,
        {},
        club,
        folder / "c.ndjson",
        "c",
        RunHeader(),
    )
