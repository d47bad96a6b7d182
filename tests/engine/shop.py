"""A tiny correct ledger behind the sender's seam, with faults on request."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from threading import Lock
from typing import Any
from urllib.parse import parse_qs

import orjson

from harness.model.exchange import Fault, Request, Response
from harness.wire.transport import Leave


class Shop:
    """Serves the made-up vendor's operations; `faults` hit the next writes, in order.

    Each fault is (what the client sees, whether the request takes effect all the same).
    """

    def __init__(self) -> None:
        self.balances: dict[str, int] = {}
        self.seen: set[str] = set()
        self.faults: deque[tuple[Fault | None, bool]] = deque()
        self.dedupe = True
        self.guard = True
        self.requests: list[tuple[str, Mapping[str, list[str]]]] = []
        self._lock = Lock()

    def send(self, request: Request, leave: Leave | None = None) -> Response | Fault:
        """Handle one request as a server would."""
        if leave is not None:
            leave()
        with self._lock:
            body = parse_qs(request.body.decode())
            operation = request.path.strip("/")
            self.requests.append((operation, body))
            fault, effect = None, True
            if operation in ("earn", "burn", "bulk") and self.faults:
                fault, effect = self.faults.popleft()
            response = self._response(operation, body) if effect else {}
            if fault is not None:
                return fault
            return Response(200, {"content-type": "application/json"}, orjson.dumps(response))

    def _response(self, operation: str, body: Mapping[str, list[str]]) -> dict[str, Any]:
        if operation == "login":
            return {"code": 200, "data": {"token": "secret-token", "now": 0}}
        if operation != "open" and self.guard and body.get("token") != ["secret-token"]:
            return {"code": 402, "msg": "no such token"}
        if operation == "logout":
            return {"code": 200, "data": {"now": 0}}
        if operation == "bulk":
            return self._bulk(body)
        who = body["who"][0]
        balance = self.balances.get(who, 0)
        if operation == "info":
            return {"code": 200, "data": {"now": balance}}
        units = int(body["n"][0])
        return self._move(who, units if operation == "earn" else -units, body.get("ref", [""])[0])

    def _move(self, who: str, units: int, reference: str) -> dict[str, Any]:
        balance = self.balances.get(who, 0)
        if abs(units) > 100 or balance + units < 0 or who == "nobody":
            return {"code": 400, "msg": "no"}
        if not (reference and self.dedupe and reference in self.seen):
            self.balances[who] = balance = balance + units
        self.seen.add(reference)
        return {"code": 200, "data": {"now": balance}}

    def _bulk(self, body: Mapping[str, list[str]]) -> dict[str, Any]:
        rows = zip(body["who[]"], body["n[]"], body.get("ref[]", [""] * 99), strict=False)
        if len(body["who[]"]) > 3:
            return {"code": 400, "msg": "too many"}
        for index, (who, units, reference) in enumerate(rows):
            if self._move(who, int(units), reference)["code"] != 200:
                return {"code": 503, "msg": "stopped", "data": {"fail_at": index}}
        return {"code": 200, "data": {"now": 0}}
