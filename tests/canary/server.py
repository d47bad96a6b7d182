"""A correct points server that says all it knows, with secrets in bodies, headers and errors."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import product
from typing import Any
from urllib.parse import quote

from tests.starpoints.server.extras import cookies, read_object
from tests.starpoints.server.pages import Asked, Pages, Reply
from tests.starpoints.server.refusal import Refusal
from tests.starpoints.server.settings import TOKEN, Settings
from tests.wire.redact.coats import COATS

HEADERS = ("X-Api-Key", "X-Signature", "X-Seal")
_GAP = "@canary-{}@"
_IN_BODY = 3


class Canaries:
    """Hands out secrets in coats, each in turn; `given` are those that were, by name and coat."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self.given: set[tuple[str, str]] = set()
        self._lock = threading.Lock()
        self._turns = list(product(secrets, COATS))
        self._next = 0
        self._secrets = secrets

    def take(self) -> str:
        """Return the next secret in its coat."""
        with self._lock:
            name, coat = turn = self._turns[self._next % len(self._turns)]
            self._next += 1
            self.given.add(turn)
        return COATS[coat](self._secrets[name])


class Server(ThreadingHTTPServer):
    """The server; `issued` are the token and the cookie that its login gives."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, canaries: Canaries, password: str, issued: tuple[str, str]) -> None:
        self.canaries, self.password, self.issued = canaries, password, issued
        self.pages = Pages(Settings())
        super().__init__(("127.0.0.1", 0), _Handler)

    def reply(self, asked: Asked) -> Reply:
        """Return the response of the login, or of a page to whoever shows every credential."""
        try:
            return self._reply(asked)
        except Refusal as refusal:
            return Reply(refusal.status, refusal.value)

    def _reply(self, asked: Asked) -> Reply:
        token, cookie = self.issued
        if asked.path == "/oauth/token":
            if read_object(asked.body).get("client_secret") != self.password:
                raise _refused("the secret is wrong")
            return Reply(
                200,
                {"access_token": token, "expires_in": 3600},
                {"Set-Cookie": f"session={cookie}; Path=/"},
            )
        shown = (asked.headers.get("authorization"), cookies(asked.headers).get("session"))
        if shown != (f"Bearer {token}", cookie) or any(
            not asked.headers.get(name.lower()) for name in HEADERS
        ):
            raise _refused("there is no valid token")
        headers = {**asked.headers, "authorization": f"Bearer {TOKEN}"}
        return self.pages.reply(Asked(asked.method, asked.path, asked.query, headers, asked.body))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65_536
    server: Server

    def handle_request(self) -> None:
        asked_body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path, _, query = self.path.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.server.reply(Asked(self.command, path, query, headers, asked_body))
        body, take = b"", self.server.canaries.take
        if reply.value is not None:
            signed = [headers[name.lower()] for name in HEADERS if name.lower() in headers]
            body = _planted(reply.value, [take() for _ in range(_IN_BODY)], signed).encode()
        self.send_response(reply.status, quote(take(), safe="")[:200])
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("X-Debug", quote(take(), safe="")[:1000])
        self.send_header("Content-Type", "application/json")
        if reply.status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


for _method in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"):
    setattr(_Handler, f"do_{_method}", _Handler.handle_request)


@contextmanager
def serving(server: Server) -> Iterator[int]:
    """Serve on a free local port, which is yielded."""
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _refused(detail: str) -> Refusal:
    return Refusal(401, "AUTHENTICATION_ERROR", "UNAUTHORIZED", detail)


def _planted(value: Any, canaries: list[str], signed: list[str]) -> str:
    """Return a body with a secret in a field of its own, a known one, an id and an error's text."""
    gaps = [_GAP.format(number) for number in range(len(canaries))]
    value = {**value, "debug": f"got {gaps[0]}, {signed}"}
    if "errors" in value:
        value["errors"] = [{**one, "detail": f"no: {gaps[1]}"} for one in value["errors"]]
    if "loyalty_account" in value:
        # A finding says what stands in the place of the number.
        value["loyalty_account"] = {**value["loyalty_account"], "lifetime_points": gaps[1]}
    if "event" in value:
        value["event"] = {**value["event"], "id": f"{value['event']['id']}-{gaps[2]}"}
    text = json.dumps(value)
    for gap, canary in zip(gaps, canaries, strict=True):
        text = text.replace(gap, canary if _is_json(canary) else json.dumps(canary)[1:-1])
    return text


def _is_json(text: str) -> bool:
    """Say whether a text can stand in a JSON string as it is."""
    try:
        return isinstance(json.loads(f'"{text}"'), str)
    except ValueError:
        return False
