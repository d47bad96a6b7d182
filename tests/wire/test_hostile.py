"""Whatever a server sends, both clients read no more of it than the limits allow, and say why."""

from __future__ import annotations

import itertools
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import orjson
import pytest

from harness.document.characters import visible
from harness.model.exchange import Failure, Fault, Request, Response
from harness.model.target import Limits
from harness.model.verdict import Outcome
from harness.wire.attempt import AttemptJudgement, outcome_line
from harness.wire.connection.cause import SLOW, UNCONNECTED, exceeded
from harness.wire.connection.route import Proxy, Route
from harness.wire.fast.client import LoadClient
from harness.wire.redact.redactor import Redactor
from harness.wire.transport import Transport
from tests.engine.load.servers import read_request
from tests.wire.hostile.acts import ACTS, CHUNKED, TEXTS, Hostile, whole
from tests.wire.hostile.server import Act, playing, sends

LIMITS = Limits(body_bytes=2**14, header_bytes=2**12, header_count=40, nesting=16, csv_rows=100)
POST = Request("POST", "/earn", (("content-type", "application/json"),), b'{"n": 5}')
CLIENTS: dict[str, type[Transport] | type[LoadClient]] = {"check": Transport, "load": LoadClient}
BOTH = pytest.mark.parametrize("client", CLIENTS)
DEADLINE = 0.4


@contextmanager
def speaking(
    client: str, act: Act, deadline: float = 20.0, limits: Limits = LIMITS
) -> Iterator[Transport | LoadClient]:
    """Yield a client of a server that does this to each connection."""
    with playing(act) as address:
        transport = CLIENTS[client](Route(address), deadline, limits)
        yield transport
        transport.close()


@BOTH
@pytest.mark.parametrize("hostile", ACTS, ids=lambda one: one.name)
def test_a_hostile_server_is_a_response_or_a_fault(hostile: Hostile, client: str) -> None:
    """Within the deadline, and a limit that it exceeds is named."""
    deadline = DEADLINE if hostile.fault is Fault.TIMEOUT else 20.0
    with speaking(client, hostile.play, deadline) as transport:
        result = transport.send(POST)
    if hostile.fault is None:
        assert isinstance(result, Response), result
        assert result.body == hostile.body
        return
    fault, said = hostile.fault, hostile.limit or hostile.cause
    if client == "check" and hostile.by_library is not None:
        fault, said = hostile.by_library
    cause = exceeded(LIMITS, said) if fault is Fault.OVERSIZED else said
    assert result == Failure(fault, cause)


@BOTH
def test_bytes_behind_a_response_reach_no_later_request(client: str) -> None:
    """A server, or something on the way, may send a response that nobody has asked for."""
    numbers = itertools.count()

    def act(connection: socket.socket) -> None:
        while read_request(connection) is not None:
            number = next(numbers)
            connection.sendall(whole(b"%d" % number) + whole(b'"forged"') * (number == 1))

    with speaking(client, act) as transport:
        results = [transport.send(POST) for _ in range(4)]
    bodies = [one.body for one in results if isinstance(one, Response)]
    assert bodies == [b"0", b"1", b"2", b"3"]


@BOTH
def test_a_request_that_is_never_read_ends_at_the_deadline(client: str) -> None:
    """It is too long for what the system holds on the way."""
    request = Request("POST", "/earn", (), bytes(64 * 2**20))
    released = threading.Event()

    def act(connection: socket.socket) -> None:
        connection.sendall(whole(b"{}"))
        released.wait(20)

    with speaking(client, act, DEADLINE) as transport:
        assert transport.send(request) == Failure(Fault.TIMEOUT, SLOW)
        released.set()


def test_large_bodies_have_a_bound_together() -> None:
    """Each is below the limit of one, and none of them ends while the others come in."""
    ended, failed = threading.Event(), threading.Event()
    results: list[Response | Failure] = []

    def act(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(CHUNKED + b"80000\r\n" + b" " * 2**19 + b"\r\n")
        ended.wait(20)
        connection.sendall(b"0\r\n\r\n")

    limits = Limits(body_bytes=2**20)
    with speaking("check", act, limits=limits) as transport:

        def send() -> None:
            results.append(transport.send(POST))
            if isinstance(results[-1], Failure):
                failed.set()

        threads = [threading.Thread(target=send) for _ in range(40)]
        for thread in threads:
            thread.start()
        assert failed.wait(20)
        ended.set()
        for thread in threads:
            thread.join(20)
        failures = [one for one in results if isinstance(one, Failure)]
        assert set(failures) == {Failure(Fault.OVERSIZED, exceeded(limits, "together_bytes"))}
        assert 0 < len(failures) < len(results) == 40
        assert isinstance(transport.send(POST), Response), "their room is free again"


@BOTH
@pytest.mark.parametrize("proxied", [False, True], ids=["TLS", "a tunnel"])
def test_a_connection_that_drips_is_made_by_the_deadline_or_not(client: str, proxied: bool) -> None:
    """Each byte comes in time, and all of them do not."""
    begin = b"HTTP/1.1 200 OK\r\n" if proxied else b"\x16\x03\x03\x40\x00"
    with playing(sends(begin, again=b"x", pause=0.05)) as address:
        port = int(address.rpartition(":")[2])
        proxy = Proxy("127.0.0.1", port, "a test") if proxied else None
        route = Route(address.replace("http:", "https:"), proxy, ssl.create_default_context())
        result = CLIENTS[client](route, DEADLINE, LIMITS).send(POST)
    assert result == Failure(Fault.UNSENT, UNCONNECTED)


@pytest.mark.parametrize("hostile", TEXTS, ids=lambda one: one.name)
def test_a_text_stands_in_the_journal_without_invisible_characters(hostile: Hostile) -> None:
    """A terminal that shows the file obeys nothing of it; it means what the server sent."""
    judged = AttemptJudgement(Outcome.UNKNOWN, None, {})
    line = outcome_line("i1", 1, Response(200, {}, hostile.body), judged, Redactor((), ()).text)
    assert visible(line.decode()) == line.decode()
    told = orjson.loads(line)["response"]
    assert hostile.body.decode(errors="replace").startswith(told.partition("…")[0])
