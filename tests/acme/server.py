"""The made-up vendor's server, behind the sender's seam or over a socket."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote

from harness.model.exchange import Failure, Fault, Request, Response
from harness.wire.transport import Leave
from tests.acme.cards import Cards
from tests.acme.ledger import Ledger, Received, Reply

JSON_HEADERS = {"content-type": "application/json"}
WRITES = frozenset({"add_points", "add_many", "use_points", "void_points"})


@dataclass(frozen=True)
class NetworkFault:
    """What happens to one request.

    `fault`: what the client sees; None is an empty JSON object as the response.
    `effect`: whether the request takes effect all the same.
    `operation`: the operation whose next request it hits; empty for the next write of points.
    """

    fault: Fault | None
    effect: bool
    operation: str = ""


class Server:
    """Serves every operation of the vendor, correctly unless defects are seeded.

    `faults` hit requests in order; `replies` replace the responses of an operation; `requests`
    holds what was asked, in order. Operations that are `hanging` do nothing and respond only when
    the server is `closed`.
    """

    def __init__(self, *defects: str) -> None:
        self.ledger = Ledger(frozenset(defects))
        self.cards = Cards()
        self.faults: deque[NetworkFault] = deque()
        self.replies: dict[str, Any] = {}
        self.requests: list[Received] = []
        self.hanging: frozenset[str] = frozenset()
        self.closed = threading.Event()
        self._lock = threading.Lock()

    def asked(self, operation: str) -> list[Mapping[str, Any]]:
        """Return the fields of each request of an operation, in order."""
        return [received.fields for received in self.requests if received.operation == operation]

    def send(self, request: Request, leave: Leave | None = None) -> Response | Failure:
        """Handle one request as the vendor would."""
        if leave is not None:
            leave()
        received = read_request(request.path, dict(request.headers), request.body)
        with self._lock:
            self.requests.append(received)
        if received.operation in self.hanging:
            self.closed.wait()
            return Failure(Fault.RESET)
        with self._lock:
            hit = self._fault(received.operation)
            reply = Reply(200, {}) if hit is not None and not hit.effect else self._reply(received)
        if hit is not None and hit.fault is not None:
            return Failure(hit.fault)
        return Response(reply.status, JSON_HEADERS, json.dumps(reply.value).encode())

    def _fault(self, operation: str) -> NetworkFault | None:
        if self.faults and self.faults[0].operation == operation:
            return self.faults.popleft()
        if self.faults and not self.faults[0].operation and operation in WRITES:
            return self.faults.popleft()
        return None

    def _reply(self, received: Received) -> Reply:
        if received.operation in self.replies:
            value = self.replies[received.operation]
            return Reply(200, value(received.fields) if callable(value) else value)
        return (self.cards if received.operation in Cards.OPERATIONS else self.ledger).reply(
            received
        )


def read_request(target: str, headers: Mapping[str, str], body: bytes) -> Received:
    """Return the operation and the fields that a request means."""
    path, _, query = target.partition("?")
    names = {name.lower(): value for name, value in headers.items()}
    fields: dict[str, Any] = {key: values[-1] for key, values in parse_qs(query, True).items()}
    steps = [unquote(step) for step in path.strip("/").split("/")]
    operation = OPERATIONS.get("/".join(steps), "")
    if steps[0] == "accounts":
        fields["account"] = steps[1]
        operation = "use_points" if steps[2:] == ["use"] else "read_account"
    if names.get("content-type", "").startswith("application/x-www-form"):
        for key, values in parse_qs(body.decode(), keep_blank_values=True).items():
            fields[key] = values if key.endswith("[]") else values[-1]
    elif body:
        value = json.loads(body)
        fields |= value if isinstance(value, dict) else {"": value}
    return Received(operation, fields, names)


OPERATIONS = {
    "login": "login",
    "earn": "add_points",
    "bulk": "add_many",
    "void": "void_points",
    "coupons/use": "use_coupon",
    "hours": "read_hours",
    "logout": "logout",
    "join": "join",
    "issue": "issue",
    "cards/use": "use_card",
    "cards/read": "read_card",
    "cards/list": "list_cards",
}


@contextmanager
def served(*defects: str, state: Server | None = None) -> Iterator[tuple[str, Server]]:
    """Serve the vendor on a free local port; yields its address and the server."""
    serving = state or Server(*defects)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._handle()

        def do_POST(self) -> None:
            self._handle()

        def _handle(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = tuple(self.headers.items())
            response = serving.send(Request(self.command, self.path, headers, body))
            if isinstance(response, Failure):
                self.close_connection = True
                return
            self.send_response(response.status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(response.body)))
            self.end_headers()
            self.wfile.write(response.body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", serving
    finally:
        serving.closed.set()
        server.shutdown()
        thread.join()
        server.server_close()
