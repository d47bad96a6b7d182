"""The server as an HTTP/1.1 server: order, limits, garbage and closing."""

from __future__ import annotations

import json
import socket
import time

import pytest

from tests.mock.client import Client

GET_REWARDS = (
    b"POST /api/main/get_rewards HTTP/1.1\r\nhost: x\r\n"
    b"content-type: application/x-www-form-urlencoded\r\ncontent-length: 12\r\n\r\ncard_id=1001"
)


def talk(client: Client, *pieces: bytes, pause_seconds: float = 0.0) -> bytes:
    """Send pieces, stop sending, and return all that comes until the server closes."""
    address = ("127.0.0.1", client.server.port)
    with socket.create_connection(address, timeout=10) as connection:
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(pause_seconds)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while chunk := connection.recv(65_536):
            received += chunk
    return received


def statuses(received: bytes) -> list[int]:
    """Return the statuses of the responses in a stream."""
    return [int(part[:3]) for part in received.split(b"HTTP/1.1 ")[1:]]


def earn(client: Client, member: str, point: int) -> bytes:
    """Return the bytes of one earn."""
    body = (
        f"token={client.token}&uuid={client.uuid}&card_id=1001&cuid={member}&point={point}&remark=x"
    ).encode()
    head = (
        "POST /api/points/add_customer_point HTTP/1.1\r\nHost: x\r\n"
        f"Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00\x01\x02\x03\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"HELLO\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ten\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\nzz",
        b"POST / HTTP/1.1\r\nbad header line\r\n\r\n",
    ],
)
def test_garbage_gets_status_400(clean: Client, garbage: bytes) -> None:
    """What is not HTTP gets 400, the connection is closed, and the server lives on."""
    assert statuses(talk(clean, garbage)) == [400]
    assert clean.call("get_rewards")["code"] == 200


def test_garbage_after_a_request_does_not_hurt_its_response(clean: Client) -> None:
    """A good request before garbage gets its response first."""
    assert statuses(talk(clean, GET_REWARDS + b"\x00garbage\r\n\r\n")) == [200, 400]


def test_what_follows_garbage_is_ignored(clean: Client) -> None:
    """After its last response the server reads nothing more on a connection."""
    assert statuses(talk(clean, b"HELLO\r\n\r\n", GET_REWARDS, pause_seconds=0.1)) == [400]


def test_pipelined_requests_get_responses_in_order(clean: Client) -> None:
    """Many requests in one piece all get a response, each in its turn."""
    member = clean.member()
    received = talk(clean, b"".join(earn(clean, member, 1) for _ in range(200)))
    responses = [
        json.loads(part.partition(b"\r\n\r\n")[2]) for part in received.split(b"HTTP/1.1 ")[1:]
    ]
    assert [value["data"]["point"]["now"] for value in responses] == list(range(1, 201))


def test_a_request_may_come_in_pieces(clean: Client) -> None:
    """A request split anywhere, even byte by byte, is the same request."""
    pieces = [GET_REWARDS[at : at + 1] for at in range(len(GET_REWARDS))]
    assert statuses(talk(clean, *pieces)) == [200]


def test_a_chunked_body_is_read(clean: Client) -> None:
    """A body may come in chunks."""
    head, _, body = GET_REWARDS.partition(b"\r\n\r\n")
    head = head.replace(b"content-length: 12", b"transfer-encoding: chunked")
    chunks = b"5\r\n" + body[:5] + b"\r\n7\r\n" + body[5:] + b"\r\n0\r\n\r\n"
    received = talk(clean, head + b"\r\n\r\n" + chunks)
    assert b'"code":200' in received


def test_leave_to_send_a_body_is_given(clean: Client) -> None:
    """A client that expects 100-continue gets it before its body."""
    head, _, body = GET_REWARDS.partition(b"\r\n\r\n")
    received = talk(clean, head + b"\r\nexpect: 100-continue\r\n\r\n", body, pause_seconds=0.1)
    assert statuses(received) == [100, 200]


def test_connection_close_is_honoured(clean: Client) -> None:
    """After a request with connection: close the server closes, without being asked again."""
    request = GET_REWARDS.replace(b"host: x", b"host: x\r\nconnection: close")
    with socket.create_connection(("127.0.0.1", clean.server.port), timeout=5) as connection:
        connection.sendall(request)
        received = b""
        while chunk := connection.recv(65_536):
            received += chunk
    assert b"connection: close" in received
    assert statuses(received) == [200]


def test_a_body_above_the_limit_is_refused(clean: Client) -> None:
    """More than the server will hold gets 413."""
    head = b"POST /api/main/get_rewards HTTP/1.1\r\nhost: x\r\ncontent-length: 9000000\r\n\r\n"
    assert statuses(talk(clean, head, b"x" * 8_400_000)) == [413]


def test_a_head_above_the_limit_is_refused(clean: Client) -> None:
    """Headers without end get 431."""
    head = b"GET / HTTP/1.1\r\nhost: x\r\n" + b"x-filler: " + b"y" * 70_000 + b"\r\n\r\n"
    assert statuses(talk(clean, head)) == [431]


def test_an_upgrade_is_not_taken(clean: Client) -> None:
    """A client that offers another protocol gets a response in this one."""
    request = GET_REWARDS.replace(b"host: x", b"host: x\r\nconnection: upgrade\r\nupgrade: h2c")
    assert statuses(talk(clean, request)) == [200]


def test_unknown_paths_and_methods_keep_the_envelope(clean: Client) -> None:
    """404 and 405 come with code and msg; a HEAD has no body."""
    for target, method, status in (
        ("/api/main/nothing", "POST", 404),
        ("/", "GET", 404),
        ("/api/main/get_cards", "DELETE", 405),
    ):
        request = f"{method} {target} HTTP/1.1\r\nhost: x\r\n\r\n".encode()
        received = talk(clean, request)
        assert statuses(received) == [status]
        assert set(json.loads(received.partition(b"\r\n\r\n")[2])) == {"code", "msg"}
    received = talk(clean, b"HEAD /api/main/get_cards HTTP/1.1\r\nhost: x\r\n\r\n")
    assert received.endswith(b"\r\n\r\n")


def test_a_body_of_another_kind_holds_no_fields(clean: Client) -> None:
    """JSON where a form is expected is a request without fields, refused as such."""
    response = GET_REWARDS.replace(b"x-www-form-urlencoded", b"json")
    assert b'"code":400' in talk(clean, response)
