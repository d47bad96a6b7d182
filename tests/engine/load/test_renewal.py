"""A token that ends under load is renewed, and what was refused for it is sent once more."""

from __future__ import annotations

import json
import socket
import threading
from collections import Counter
from pathlib import Path

from harness.engine.load.driver import run_load
from harness.model.verdict import Outcome
from tests import acme
from tests.engine.load.runs import ACME, Mock, arrived, declarations, job, recorded, target
from tests.engine.load.servers import serving

LIFE = 50
"""Requests after which the server forgets a token."""


class TokenServer:
    """A server whose tokens end soon, and that accepts every request with a valid one.

    A request that it has refused is accepted with any later token: on a busy machine more requests
    may wait for a new token than one serves.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.refused: dict[tuple[str, bytes], str] = {}
        self.logins = 0
        self.left = 0

    def response(self, connection: socket.socket, request: bytes) -> bool:
        """Serve one request."""
        head, _, body = request.partition(b"\r\n\r\n")
        line, *headers = head.decode().lower().split("\r\n")
        token = dict(header.split(": ", 1) for header in headers).get("x-token", "")
        with self.lock:
            if "/login " in line:
                self.logins += 1
                self.left = LIFE
                value = {"code": 200, "data": {"token": f"token-{self.logins:04}"}}
            elif self.refused.get((line, body), token) != token:
                value = {"code": 200, "data": {"now": 1}}
            elif token != f"token-{self.logins:04}" or self.left <= 0:
                self.refused[line, body] = token
                value = {"code": 401, "msg": "no"}
            else:
                self.left -= 1
                value = {"code": 200, "data": {"now": 1}}
        data = json.dumps(value).encode()
        connection.sendall(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
            b"content-length: %d\r\n\r\n%b" % (len(data), data)
        )
        return True


def test_requests_refused_for_an_old_token_are_sent_again_with_a_new_one(tmp_path: Path) -> None:
    """Every arrival ends well; the refused attempt and the second are both in the journal."""
    server = TokenServer()
    root = declarations(tmp_path, acme.TREE, process="uniform", seconds=2)
    with serving(server.response) as seen:
        running = Mock(0, target(seen.base_url, ACME), acme.SECRETS)
        total = run_load(job(tmp_path, running, root, vendor="acme"))
    attempts = arrived(recorded(tmp_path))
    refused = {attempt.id for attempt in attempts if attempt.outcome is Outcome.REFUSED}
    again = {attempt.id.removesuffix("r") for attempt in attempts if attempt.id.endswith("r")}
    assert refused
    assert refused == again
    assert server.logins >= 4
    assert total["unknown"] == 0
    outcomes = Counter(attempt.outcome for attempt in attempts if attempt.id not in refused)
    assert set(outcomes) == {Outcome.OK}
