"""Credentials are renewed once for all calls that were refused together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harness.model.exchange import Fault, Request, Response
from harness.model.run_header import RunHeader
from harness.model.target import Target
from harness.wire.client import Client, open_client
from harness.wire.fast.credentials import Credentials
from harness.wire.transport import Leave
from tests.samples import OPERATIONS, binding, specification


class Server:
    """Hands out a new token for each login."""

    def __init__(self) -> None:
        self.logins = 0

    def send(self, request: Request, leave: Leave | None = None) -> Response | Fault:
        """Answer a login; nothing else is asked here."""
        if leave is not None:
            leave()
        self.logins += 1
        body = b'{"code":200,"data":{"now":1,"token":"token-%04d"}}' % self.logins
        return Response(200, {"content-type": "application/json"}, body)


def client(tmp_path: Path, server: Any) -> Client:
    """Return a wire client that speaks to the server object."""
    target = Target(
        "t",
        "mock",
        "http://127.0.0.1:1",
        {},
        {"device": "d", "card": "1"},
        (),
        None,
        None,
        "allow",
        5.0,
    )
    return open_client(
        binding(),
        specification(*OPERATIONS),
        target,
        {"user": "user-value"},
        server,
        tmp_path / "calls.ndjson",
        "c",
        RunHeader(),
    )


def test_many_refused_together_renew_once(tmp_path: Path) -> None:
    """Calls refused with the same old token ask for one new token between them."""
    server, changes = Server(), []
    credentials = Credentials(
        client(tmp_path, server), ["earn"], {"id": "1"}, lambda: changes.append(1)
    )
    credentials.freshen()
    old = credentials.generation
    assert (server.logins, len(changes)) == (1, 1)
    assert [credentials.renew("unauthorised", old) for _ in range(5)] == [True] * 5
    assert (server.logins, len(changes)) == (2, 2)
    assert credentials.generation == old + 1


def test_another_refusal_renews_nothing(tmp_path: Path) -> None:
    """Too few points are no matter of credentials."""
    server = Server()
    credentials = Credentials(client(tmp_path, server), ["earn"], {"id": "1"}, lambda: None)
    credentials.freshen()
    assert not credentials.renew("not_enough_points", credentials.generation)
    assert server.logins == 1


def test_looking_often_costs_nothing(tmp_path: Path) -> None:
    """As long as the token holds, nothing is asked and nothing is written anew."""
    server, changes = Server(), []
    credentials = Credentials(
        client(tmp_path, server), ["earn", "bulk_earn"], {"id": "1"}, lambda: changes.append(1)
    )
    for _ in range(100):
        credentials.freshen()
    assert (server.logins, len(changes)) == (1, 1)
