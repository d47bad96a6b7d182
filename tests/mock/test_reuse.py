"""The parts of the mock serve a vendor of another kind: JSON, path parameters, bearer tokens."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from harness.mock.auth import Tokens
from harness.mock.defects.processor import limits_for, processor_for
from harness.mock.defects.switches import Switches
from harness.mock.ledger import BURN, EARN, Book, Limits, Order
from harness.mock.message import Refused, Reply, Request, json_of
from harness.mock.router import Route, Service
from tests.mock.client import Served, concurrently


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the time it was set to."""
        return self.now


def build(switches: Switches, clock: Clock) -> Service:
    """Build a tiny vendor: issue a token, earn, burn and read at a path that names the member."""
    book = Book(["m1", "m 2"], limits_for(Limits(amount_most=100), switches))
    processor, tokens = processor_for(switches), Tokens(switches, lifetime_seconds=60, clock=clock)

    def allow(request: Request) -> None:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind != "Bearer" or tokens.holder(token) is None:
            raise Refused("unauthorised", "no token")

    async def issue(request: Request) -> Reply:
        return Reply({"access_token": tokens.issue("app"), "expires_in": 60})

    async def post(request: Request) -> Reply:
        allow(request)
        wish = json_of(request)
        kind = EARN if wish["points"] > 0 else BURN
        order = Order(request.places["member"], kind, abs(wish["points"]), wish.get("ref"))
        receipt = await processor.move(book, order)
        return Reply({"id": receipt.entry.id, "balance": receipt.balance}, status=201)

    async def read(request: Request) -> Reply:
        allow(request)
        return Reply({"balance": processor.look(book, request.places["member"])})

    def refuse(refusal: Refused) -> Reply:
        status = {"unauthorised": 401, "unknown_path": 404, "wrong_method": 405}
        value = {"error": {"reason": refusal.reason, "text": refusal.message}}
        return Reply(value, status=status.get(refusal.reason, 422), refusal=refusal)

    routes = [
        Route("issue", ("POST",), "/token", issue),
        Route("post", ("POST",), "/members/{member}/points", post),
        Route("read", ("GET",), "/members/{member}/points", read),
    ]
    places = ((("balance",),), ("error", "text"))
    return Service("/v1", routes, {}, {}, [], refuse, switches, *places)


class Caller:
    """Speaks JSON to the tiny vendor."""

    def __init__(self, server: Served) -> None:
        self._port = server.port
        self._token = self.send("POST", "/token")[1]["access_token"]

    def send(self, method: str, path: str, body: Any = None, token: str = "") -> tuple[int, Any]:
        """Send one request and return status and value."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=5)
        text = body if isinstance(body, str) else json.dumps(body)
        connection.request(method, f"/v1{path}", text, {"authorization": f"Bearer {token}"})
        response = connection.getresponse()
        value = json.loads(response.read())
        connection.close()
        return response.status, value

    def points(self, member: str, points: Any = None, ref: str | None = None) -> tuple[int, Any]:
        """Move points, or read when no points are given."""
        path = f"/members/{member}/points"
        if points is None:
            return self.send("GET", path, token=self._token)
        return self.send("POST", path, {"points": points, "ref": ref}, self._token)


@pytest.fixture
def clock() -> Clock:
    """A clock for token lifetimes."""
    return Clock()


@pytest.fixture
def caller(clock: Clock) -> Iterator[Caller]:
    """A caller of the clean tiny vendor."""
    with Served(build(Switches(), clock)) as server:
        yield Caller(server)


def test_members_in_the_path_are_told_apart(caller: Caller) -> None:
    """The path names the member, also one whose name must be encoded."""
    assert caller.points("m1", 5)[0] == 201
    assert caller.points("m%202", 7)[1]["balance"] == 7
    assert caller.points("m1")[1] == {"balance": 5}


def test_refusals_have_the_vendors_status_and_shape(caller: Caller) -> None:
    """Every kind of refusal has the vendor's status and shape."""
    assert caller.points("m1", -1)[0] == 422
    assert caller.points("nobody", 1)[1]["error"]["reason"] == "unknown_member"
    assert caller.send("POST", "/members/m1/points", "{", "")[0] == 401
    assert caller.send("POST", "/members/m1")[0] == 404
    assert caller.send("POST", "/members//points")[0] == 404
    assert caller.send("PUT", "/members/m1/points")[0] == 405


def test_body_that_is_no_json_is_refused(caller: Caller) -> None:
    """A torn body is invalid, and nothing moves."""
    status, value = caller.send("POST", "/members/m1/points", '{"points": 5', caller._token)
    assert (status, value["error"]["reason"]) == (422, "invalid")
    assert caller.points("m1")[1] == {"balance": 0}


def test_tokens_end_with_their_lifetime(caller: Caller, clock: Clock) -> None:
    """A token works until its lifetime is over."""
    clock.now = 59.9
    assert caller.points("m1")[0] == 200
    clock.now = 60
    assert caller.points("m1")[0] == 401


def counts_once(caller: Caller) -> bool:
    """A reference sent twice has one effect."""
    caller.points("m1", 5, "r")
    return bool(caller.points("m1", 5, "r")[1]["balance"] == 5)


def loses_nothing(caller: Caller) -> bool:
    """Concurrent changes all count."""
    concurrently(4, lambda _: caller.points("m1", 1))
    return bool(caller.points("m1")[1]["balance"] == 4)


@pytest.mark.parametrize(
    ("defect", "holds"),
    [
        ("no-dedupe", counts_once),
        ("lost-update", loses_nothing),
        ("overdraft-allowed", lambda caller: caller.points("m1", -1)[0] == 422),
        ("cap-off-by-one", lambda caller: caller.points("m1", 101)[0] == 422),
        ("balance-as-text", lambda caller: caller.points("m1")[1] == {"balance": 0}),
        ("refusal-without-message", lambda caller: "text" in caller.points("m1", -1)[1]["error"]),
    ],
)
def test_defects_work_for_any_vendor(defect: str, holds: Callable[[Caller], bool]) -> None:
    """Vendor-neutral defects need nothing of the vendor but its use of the shared parts."""
    for switches, expected in ((Switches(), True), (Switches([defect]), False)):
        with Served(build(switches, Clock())) as server:
            assert holds(Caller(server)) is expected
