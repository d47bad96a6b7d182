"""Each fault of the wire, and that it strikes by seed."""

from __future__ import annotations

import http.client
import json
import time

import pytest

from harness.mock.faults import KINDS, Faults, read_rates
from tests.mock.client import Client, Served, served


def suffering(server: Served, token: str, deadline_seconds: float = 5) -> Client:
    """Return a client of a server whose every response suffers a fault."""
    return Client(server, token=token, deadline_seconds=deadline_seconds)


def token_of(server: Served) -> str:
    """Take a token past the wire, as every response on it suffers."""
    grants = server.service.routes[0].handler.args[0].tokens  # type: ignore[attr-defined]
    token: str = grants.issue("tester", server.service.values["uuid"])
    return token


def balance_behind(server: Served, member: str) -> int:
    """Read the ledger past the wire."""
    shop = server.service.routes[0].handler.args[0]  # type: ignore[attr-defined]
    balance: int = shop.cards["1001"].book.balance(member)
    return balance


@pytest.mark.parametrize(("kind", "effect"), [("reset-before", 0), ("reset-after", 5)])
def test_resets_are_seen_as_resets(kind: str, effect: int) -> None:
    """A reset before leaves no effect, one after leaves it; the client sees a reset."""
    with served(faults={kind: 1}) as server:
        client = suffering(server, token_of(server))
        with pytest.raises(ConnectionResetError):
            client.earn("100002", 5)
        assert balance_behind(server, "100002") == effect


def test_hang_holds_the_response_after_the_effect() -> None:
    """No response comes within the client's patience, yet the points are there."""
    with served(faults={"hang-after": 1}) as server:
        client = suffering(server, token_of(server), deadline_seconds=0.5)
        with pytest.raises(TimeoutError):
            client.earn("100002", 5)
        assert balance_behind(server, "100002") == 5


def test_gateway_sends_html_after_the_effect() -> None:
    """HTTP 502 with an HTML body comes, yet the points are there."""
    with served(faults={"gateway-after": 1}) as server:
        client = suffering(server, token_of(server))
        fields = {"token": client.token, "uuid": client.uuid, "card_id": "1001"}
        response = client.send(
            "add_customer_point", {**fields, "cuid": "100002", "point": 5, "remark": "x"}
        )
        assert (response.status, response.headers["content-type"]) == (502, "text/html")
        assert response.read().startswith(b"<html>")
        assert balance_behind(server, "100002") == 5


def test_truncate_ends_in_the_middle_of_the_body() -> None:
    """The body ends short of its length, yet the points are there."""
    with served(faults={"truncate": 1}) as server:
        client = suffering(server, token_of(server))
        with pytest.raises(http.client.IncompleteRead):
            client.earn("100002", 5)
        assert balance_behind(server, "100002") == 5


def test_slow_sends_late() -> None:
    """The response is whole and comes at least 200 ms later."""
    with served(faults={"slow": 1}) as server:
        client = suffering(server, token_of(server))
        started = time.monotonic()
        assert client.earn("100002", 5)["code"] == 200
        assert time.monotonic() - started >= 0.2


@pytest.mark.parametrize("kind", ["duplicate", "delayed-duplicate"])
def test_duplicates_are_handled_too(kind: str) -> None:
    """An earn without a reference counts twice, one with a reference once."""
    with served(faults={kind: 1}) as server:
        client = suffering(server, token_of(server))
        now = client.earn("100002", 5)["data"]["point"]["now"]
        assert now == (10 if kind == "duplicate" else 5), "the second response comes, or the first"
        client.earn("100003", 5, reference="a")
        time.sleep(0.4)
        assert balance_behind(server, "100002") == 10
        assert balance_behind(server, "100003") == 5


def test_a_copy_of_a_refused_request_can_be_obeyed() -> None:
    """A burn that was refused takes effect when its duplicate comes after an earn."""
    with served(faults={"delayed-duplicate": 1}) as server:
        client = suffering(server, token_of(server))
        assert client.burn("100002", 5, reference="b")["code"] != 200
        client.earn("100002", 7, reference="a")
        time.sleep(0.4)
        assert balance_behind(server, "100002") == 2


def test_an_outage_refuses_connections_and_ends() -> None:
    """The request has no effect, new connections are refused, and a little later they are not."""
    with served(faults={"outage": 1}) as server:
        client = suffering(server, token_of(server))
        with pytest.raises(ConnectionResetError):
            client.earn("100002", 5)
        with pytest.raises(ConnectionRefusedError):
            suffering(server, client.token).earn("100002", 5)
        time.sleep(0.3)
        with pytest.raises(ConnectionResetError):
            suffering(server, client.token).earn("100002", 5)
        assert balance_behind(server, "100002") == 0


def test_the_server_outlives_faults() -> None:
    """With some of everything the rest of the responses are right and sums agree."""
    lasting = {"hang-after", "slow", "duplicate", "delayed-duplicate", "outage"}
    rates = dict.fromkeys(set(KINDS) - lasting, 0.1)
    with served(faults=rates, seed=3) as server:
        client = suffering(server, token_of(server))
        good = 0
        for _ in range(100):
            try:
                good += client.earn("100002", 1)["code"] == 200
            except (OSError, http.client.HTTPException, json.JSONDecodeError):
                client = suffering(server, client.token)
        assert 40 < good < 90
        assert good < balance_behind(server, "100002") < 100


def test_faults_strike_by_seed_at_their_rate() -> None:
    """The same seed draws the same faults, another seed others, at about the rate."""
    rates = {"slow": 0.2, "truncate": 0.1}
    first, again, other = (
        [faults.draw() for _ in range(5_000)]
        for faults in (Faults(rates, 1), Faults(rates, 1), Faults(rates, 2))
    )
    assert first == again != other
    assert 900 < first.count("slow") < 1_100
    assert 420 < first.count("truncate") < 580
    assert first.count(None) > 3_300


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("reset-befor=0.1", "did you mean reset-before"),
        ("zzz=0.1", "known: reset-before"),
        ("slow", "must be a number"),
        ("slow=1.5", "from 0 to 1"),
        ("slow=nan", "from 0 to 1"),
    ],
)
def test_an_invalid_fault_says_what_is_wrong(setting: str, words: str) -> None:
    """An unknown kind is guessed; a rate outside 0 to 1 is refused."""
    with pytest.raises(ValueError, match=words):
        read_rates([setting])


def test_rates_may_not_exceed_one_together() -> None:
    """Rates of faults that add up to more than 1 are refused."""
    with pytest.raises(ValueError, match="sum of all rates"):
        Faults({"slow": 0.6, "truncate": 0.6})
