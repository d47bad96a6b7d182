"""HTTP: every response has the status 200, and a code in its body says what came of the request."""

from __future__ import annotations

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.brightmiles.server.ledger import Ledger, Value
from tests.brightmiles.server.refusal import INVALID, NO_PAGE, OK, Refusal
from tests.brightmiles.server.settings import Settings
from tests.brightmiles.server.signature import verify

BALANCE = "/v1/members/"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")


class Handler(BaseHTTPRequestHandler):
    """Serves one connection; `settings` and `ledger` belong to the server."""

    settings: Settings
    ledger: Ledger
    wbufsize = 65_536
    protocol_version = "HTTP/1.1"
    server_version = "Brightmiles/1"

    def handle_request(self) -> None:
        """Read a request, and write its response."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status = 200
        try:
            value: Value = {"code": OK, "message": "done", "data": self._data(body)}
        except Refusal as refusal:
            value = refusal.value
            status = 400 if "http-status" in self.settings.defects else 200
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else data)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def _data(self, body: bytes) -> Value:
        headers = {name.lower(): value for name, value in self.headers.items()}
        verify(self.settings, self.command, self.path, headers, body)
        path, _, _ = self.path.partition("?")
        if self.command == "GET" and path.startswith(BALANCE):
            return self.ledger.balance(path.removeprefix(BALANCE))
        pages: dict[str, Callable[[Value], Value]] = {
            "/v1/members": self.ledger.enroll,
            "/v1/miles/earn": self.ledger.earn,
            "/v1/miles/burn": self.ledger.burn,
            "/v1/miles/void": self.ledger.void,
            "/v1/miles/batch": self.ledger.batch,
        }
        if self.command != "POST" or path not in pages:
            raise Refusal(NO_PAGE, "there is no such page")
        return pages[path](_object(body))


def handler_of(settings: Settings) -> type[Handler]:
    """Return the handler of a server with these settings."""
    made: dict[str, object] = {"settings": settings, "ledger": Ledger(settings)}
    made |= {f"do_{method}": Handler.handle_request for method in METHODS}
    return type("BrightmilesHandler", (Handler,), made)


def _object(body: bytes) -> Value:
    try:
        value = json.loads(body)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Refusal(INVALID, "the body is no JSON object")
    return value
