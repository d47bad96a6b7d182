"""A server is reached before any check: connected to, logged in to once, and read from."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from harness.engine.members.enrollment import Enroller, NotEnrolled
from harness.model.binding import Binding
from harness.model.exchange import Failure, Fault, Request, Response
from harness.model.history import REACH
from harness.model.target import USUAL
from harness.session import reach as session_reach
from harness.session.reach import Reach, Unreached
from harness.wire.auth import AuthFailed
from harness.wire.connection.cause import exceeded
from harness.wire.connection.route import Route
from harness.wire.journal.reader import read_journal
from harness.wire.retry import Retry
from harness.wire.transport import Leave
from tests.acme import Server, club_binding, open_acme, target

HTML = Response(200, {"content-type": "text/html"}, b"<html>Log in</html>")
Reply = Response | Failure


@dataclass
class Responding:
    """Sends everything to the vendor's server, but what `replies` has for an operation's path."""

    replies: Mapping[str, Reply]
    server: Server = field(default_factory=Server)
    paths: list[str] = field(default_factory=list)

    def send(self, request: Request, leave: Leave | None = None) -> Reply:
        """Return the reply of the path, else the server's."""
        self.paths.append(request.path.partition("?")[0])
        for path, reply in self.replies.items():
            if self.paths[-1].startswith(path):
                return reply
        return self.server.send(request, leave)


@pytest.fixture
def route() -> Iterator[Route]:
    """Yield the way to a port on which something listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield Route(f"http://127.0.0.1:{server.getsockname()[1]}")


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the pauses between attempts."""
    monkeypatch.setattr(session_reach, "READING", Retry(attempts=3))


def require(
    route: Route, folder: Path, declared: Binding | None = None, **replies: Reply
) -> Responding:
    """Reach a server that replies so to `login`, `accounts` and so on; return what was sent."""
    sender = Responding({f"/{path}": reply for path, reply in replies.items()})
    to = replace(target(route.base_url), secrets={"password": "env:ACME_PASSWORD"})
    client = open_acme(sender, folder, declared, to)
    try:
        Reach(client, to, route).require()
    finally:
        client.journal.close()
    return sender


def status(number: int, **headers: str) -> Response:
    """Return a response in JSON."""
    return Response(number, {"content-type": "application/json", **headers}, b"{}")


def test_a_server_is_logged_in_to_once_and_read_from(route: Route, tmp_path: Path) -> None:
    """One login, one read; the read is no evidence and says so."""
    sender = require(route, tmp_path)
    assert sender.paths == ["/login", "/accounts/m1"]
    sent = read_journal(tmp_path).history.attempts
    assert [one.source for one in sent] == ["auth", REACH]


def test_a_port_on_which_nothing_listens_is_told(tmp_path: Path) -> None:
    """The address, the cause and what to do; no request was sent."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(Unreached) as raised:
        require(Route(f"http://127.0.0.1:{port}"), tmp_path)
    assert str(raised.value) == (
        f"cannot connect to 127.0.0.1:{port}: connection refused; is it running?"
    )
    assert read_journal(tmp_path).history.attempts == ()


@pytest.mark.parametrize(
    ("replies", "words"),
    [
        ({"login": status(401)}, r"refuses the credentials: login has status 401; check ACME_PASS"),
        ({"login": status(403)}, r"refuses the credentials: login has status 403"),
        ({"login": status(400)}, r"cannot log in at 127.0.0.1:\d+: login .*status 400; check ACME"),
        ({"login": HTML}, r"is not the API: POST /login returns a page of HTML"),
        ({"login": status(308, location="/v2/login")}, r"is redirected to /v2/login"),
        ({"accounts": status(401)}, r"refuses the credentials: read_account has status 401"),
        ({"accounts": HTML}, r"is not the API: GET /accounts.* a page of HTML"),
        (
            {"login": Failure(Fault.RESET, "the server reset the connection")},
            r"no response from 127.0.0.1:\d+ to login: the server reset the connection",
        ),
        (
            {"accounts": Failure(Fault.OVERSIZED, exceeded(USUAL, "nesting"))},
            r"a response that is not read, from .* to read_account: JSON nested more than 64 "
            r"levels deep \(limits.nesting of the target\); raise `limits: {nesting: …}` if the",
        ),
        (
            {"login": Failure(Fault.OVERSIZED, exceeded(USUAL, "header_count"))},
            r"to login: more than 200 headers .*; raise `limits: {header_count: …}` if the API",
        ),
        ({"accounts": status(502)}, r"a gateway responds to GET /accounts.*; is the server behind"),
    ],
)
def test_what_is_not_the_api_or_refuses_the_login_is_told(
    route: Route, tmp_path: Path, replies: dict[str, Reply], words: str
) -> None:
    """One sentence with the cause and what to do about it."""
    with pytest.raises(Unreached, match=words):
        require(route, tmp_path, None, **replies)


def test_a_refused_login_is_not_repeated(route: Route, tmp_path: Path) -> None:
    """Not now, and not by whatever asks for a token later: the account might be locked."""
    sender = Responding({"/login": status(401)})
    client = open_acme(sender, tmp_path, at=target(route.base_url))
    with pytest.raises(Unreached):
        Reach(client, target(), route).require()
    plain, _ = client.speaker.verb("balance", target().members[0], extra={"fresh": "x"})
    with pytest.raises(AuthFailed, match="401"):
        client.session.apply(plain)
    client.journal.close()
    assert sender.paths == ["/login"]


def test_a_gateway_that_fails_for_a_moment_is_passed(route: Route, tmp_path: Path) -> None:
    """The read is repeated after a response that is none of the vendor's."""
    replies: Iterator[Reply] = iter([status(502), Failure(Fault.RESET), status(200)])
    server = Responding({})
    send: Callable[..., Any] = server.send

    def reply(request: Request, leave: Leave | None = None) -> Reply:
        return next(replies) if request.path.startswith("/accounts") else send(request, leave)

    server.send = reply  # type: ignore[method-assign]
    client = open_acme(server, tmp_path, at=target(route.base_url))
    Reach(client, target(), route).require()
    client.journal.close()


def test_a_member_that_is_refused_by_the_api_is_not_unreached(route: Route, tmp_path: Path) -> None:
    """A page of HTML is; a refusal in the vendor's own form is for the checks to judge."""
    refusal = Response(200, {"content-type": "application/json"}, json.dumps({"code": 9}).encode())
    for number, (reply, error) in enumerate([(refusal, NotEnrolled), (HTML, Unreached)]):
        folder = tmp_path / str(number)
        sender = Responding({"/join": reply, "/issue": reply})
        client = open_acme(sender, folder, club_binding(), target(route.base_url))
        enrollment = client.speaker.binding.enroll
        assert enrollment is not None
        with pytest.raises(error):
            Reach(client, target(), route).member(Enroller(client, enrollment, lambda: "f1"))
        client.journal.close()


def test_a_page_about_nobody_is_left_to_the_enrolment(route: Route, tmp_path: Path) -> None:
    """An API that words errors as a page is one all the same where it enrols a member."""
    sender = Responding({"/accounts": HTML})
    client = open_acme(sender, tmp_path, at=target(route.base_url))
    nobody = replace(target(route.base_url), members=())
    with pytest.raises(Unreached, match="page of HTML"):
        Reach(client, nobody, route).require()
    Reach(client, nobody, route, enrolls=True).require()
    with pytest.raises(Unreached, match="page of HTML"):
        Reach(client, target(route.base_url), route, enrolls=True).require()
    client.journal.close()
