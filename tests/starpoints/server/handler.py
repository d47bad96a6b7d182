"""HTTP: requests read from a connection, and responses written with the server's habits."""

from __future__ import annotations

import gzip
import json
import os
import threading
import time
from collections.abc import Mapping
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.starpoints.server.pages import Asked, Pages, Reply
from tests.starpoints.server.settings import Settings

FREEZE_SECONDS = 1.5
IDLE_SECONDS = 0.05
RETRY_SECONDS = 1
CHUNK = 7
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE")
PAGE = b"<!DOCTYPE html><title>Log in</title><form>Name <input name=name></form>\n"
BOM = b"\xef\xbb\xbf"


class Timing:
    """Stands still, fails or ends the process once enough requests have come."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._count = 0
        self._thaws = 0.0
        self._lock = threading.Lock()

    def pass_on(self) -> bool:
        """Count a request, hold it up while the server stands still, say whether it is served."""
        with self._lock:
            self._count += 1
            if self._count == self._settings.die_after:
                os._exit(0)
            if self._count == self._settings.freeze_after:
                self._thaws = time.monotonic() + FREEZE_SECONDS
            served = not 0 < self._settings.fail_after < self._count
        time.sleep(max(0.0, self._thaws - time.monotonic()))
        return served


class Handler(BaseHTTPRequestHandler):
    """Serves one connection; `settings`, `pages` and `timing` belong to the server."""

    settings: Settings
    pages: Pages
    timing: Timing
    wbufsize = 65_536
    server_version = "Starpoints/2"

    def handle_request(self) -> None:
        """Read a request, and write its response."""
        served = self.timing.pass_on()
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if not served:
            self._write(Reply(500, {"error": "out of order"}))
            return
        path, _, query = self.path.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._write(self.pages.reply(Asked(self.command, path, query, headers, body)))

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def _write(self, reply: Reply) -> None:
        habits = self.settings.habits
        if "html" in habits:
            reply = Reply(200, "", {"Content-Type": "text/html; charset=utf-8"})
        body = PAGE if "html" in habits else self._body(reply)
        headers = {**self._headers(reply), **reply.headers}
        if "Retry-After" in headers:
            headers["Retry-After"] = self._retry_after()
        if body and "bom" in habits:
            body = BOM + body
        if body and "gzip" in habits:
            body = gzip.compress(body)
            headers["Content-Encoding"] = "gzip"
        if "continue" in habits:
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if "early-hints" in habits:
            self.wfile.write(b"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n")
        self.send_response(reply.status)
        self._write_rest(reply.status, headers, body)

    def _body(self, reply: Reply) -> bytes:
        return b"" if reply.value is None else json.dumps(reply.value).encode()

    def _headers(self, reply: Reply) -> Mapping[str, str]:
        return {} if reply.value is None else {"Content-Type": "application/json"}

    def _retry_after(self) -> str:
        if "retry-date" in self.settings.habits:
            return formatdate(time.time() + RETRY_SECONDS, usegmt=True)
        return str(RETRY_SECONDS)

    def _write_rest(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        for name, value in headers.items():
            self.send_header(name, value)
        habits = self.settings.habits
        if status == 204:
            self.end_headers()
        elif self.command == "HEAD":
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
        elif "chunked" in habits:
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for at in range(0, len(body), CHUNK):
                part = body[at : at + CHUNK]
                self.wfile.write(b"%x;part=1\r\n%s\r\n" % (len(part), part))
            self.wfile.write(b"0\r\n\r\n")
        elif "no-length" in habits:
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body)
        else:
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)


def handler_of(settings: Settings) -> type[Handler]:
    """Return the handler of a server with these settings."""
    made: dict[str, object] = {
        "settings": settings,
        "pages": Pages(settings),
        "timing": Timing(settings),
        "timeout": IDLE_SECONDS if "idle-close" in settings.habits else None,
        "protocol_version": "HTTP/1.0" if "http10" in settings.habits else "HTTP/1.1",
    }
    made |= {f"do_{method}": Handler.handle_request for method in METHODS}
    return type("StarpointsHandler", (Handler,), made)
