"""A token that ends under load is renewed, and what was refused for it is sent once more."""

from __future__ import annotations

import json
import shutil
import socket
import threading
from collections import Counter
from pathlib import Path
from urllib.parse import parse_qs

from harness.engine.load.driver import run_load
from harness.model.verdict import Outcome
from tests.engine.load.runs import (
    HEADER,
    ROOT,
    VENDOR,
    Mock,
    arrived,
    declarations,
    job,
    recorded,
    target,
)
from tests.engine.load.servers import Seen, serving

LIFE = 50
"""Requests after which the server forgets a token."""


class Till:
    """A server that hands out short-lived tokens and says yes to whoever shows one."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.logins = 0
        self.left = 0

    def response(self, connection: socket.socket, seen: Seen) -> bool:
        """Serve one request."""
        head, _, body = seen.requests.pop().partition(b"\r\n\r\n")
        fields = parse_qs(body.decode())
        with self.lock:
            if b"/login " in head:
                self.logins += 1
                self.left = LIFE
                value = {"code": 200, "data": {"token": f"token-{self.logins:04}"}}
            elif fields["token"] != [f"token-{self.logins:04}"] or self.left <= 0:
                value = {"code": 401, "msg": "no"}
            else:
                self.left -= 1
                value = {"code": 200, "data": {"point": {"now": 1}}}
        data = json.dumps(value).encode()
        connection.sendall(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
            b"content-length: %d\r\n\r\n%b" % (len(data), data)
        )
        return True


def renewing(folder: Path) -> Path:
    """Return declarations of a vendor whose refusals may ask for a new token."""
    root = declarations(folder, process="uniform", seconds=2)
    (root / "contracts").unlink()
    shutil.copytree(ROOT / "contracts", root / "contracts")
    path = root / "contracts" / VENDOR / "binding.yaml"
    text = path.read_text(encoding="utf-8")
    place = "      end: logout\n"
    rule = "  - when: {body: /code, exists: true}\n"
    assert place in text
    assert rule in text
    text = text.replace(place, f"{place}      renew_on: [unauthorised]\n")
    mine = "  - when: {body: /code, one_of: [401]}\n    then: refused\n    reason: unauthorised\n"
    path.write_text(text.replace(rule, mine + rule), encoding="utf-8")
    return root


def test_requests_refused_for_an_old_token_are_sent_again_with_a_new_one(tmp_path: Path) -> None:
    """Every arrival ends well; the refused attempt and the second are both in the journal."""
    till = Till()
    root = renewing(tmp_path)
    with serving(till.response) as seen:
        ready = {
            "members": [{"id": str(n)} for n in range(24)],
            "values": {"uuid": "device", "card_id": "1"},
        }
        running = Mock(0, target(seen.base_url, ready), {"user": "someone", "password": "s3cret-1"})
        total = run_load(job(tmp_path, running, root, header=HEADER))
    attempts = arrived(recorded(tmp_path))
    refused = {attempt.id for attempt in attempts if attempt.outcome is Outcome.REFUSED}
    again = {attempt.id.removesuffix("r") for attempt in attempts if attempt.id.endswith("r")}
    assert refused
    assert refused == again
    assert till.logins >= 4
    assert total["unknown"] == 0
    outcomes = Counter(attempt.outcome for attempt in attempts if attempt.id not in refused)
    assert set(outcomes) == {Outcome.OK}
