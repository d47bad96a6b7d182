from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from harness.model.exchange import Response
from harness.wire.auth import AuthFailed, Session, Tokens
from harness.wire.request import Draft, draft
from tests.acme import specification, token_in_body

SPECIFICATION = specification()
LOGIN = {"user": "u", "pass": hashlib.md5(b"p").hexdigest()}


class Vendor:
    """Hands out numbered tokens and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []
        self.learnt: list[str] = []
        self.response: Any = None

    def ask(self, plain: Draft, closing: bool) -> Response:
        """Respond to a token operation."""
        self.asked.append((plain.operation.id, plain.body))
        value = self.response or {"data": {"token": f"token-{len(self.asked)}"}}
        return Response(200, {}, json.dumps(value).encode())

    def session(self) -> Session:
        """Return a session with this vendor."""
        scope = {
            "value": {"device": "d1", "shop": "9"},
            "secret": {"user": "u", "password": "p"},
        }
        return Session(Tokens(token_in_body(), SPECIFICATION, scope, self.ask, self.learnt.extend))


def sent(session: Session, operation: str, mode: str = "normal") -> Any:
    """Return the body that would leave."""
    return session.apply(draft(SPECIFICATION.operations[operation], {}, {}), mode).body


def test_a_token_is_fetched_once_placed_and_kept_secret() -> None:
    """Two requests share one login, and the redactor learns the token."""
    vendor = Vendor()
    session = vendor.session()
    assert sent(session, "add_points") == {"token": "token-1", "device": "d1"}
    assert sent(session, "use_points") == {"token": "token-1", "device": "d1"}
    assert vendor.asked == [("login", {**LOGIN, "device": "d1"})]
    assert vendor.learnt == ["token-1"]


def test_exempt_operations_carry_no_token() -> None:
    """An operation that needs no token does not fetch one."""
    vendor = Vendor()
    assert sent(vendor.session(), "read_hours") == {}
    assert vendor.asked == []


def test_bad_credentials_are_bad_in_one_way_only() -> None:
    """Wrong, foreign and ended tokens each differ from a good one in what they say."""
    vendor = Vendor()
    session = vendor.session()
    good = sent(session, "add_points")
    wrong = sent(session, "add_points", "wrong")
    assert wrong["device"] == "d1"
    assert wrong["token"] != good["token"]
    assert sent(session, "add_points", "foreign") == {"token": "token-2", "device": "d1"}
    assert sent(session, "add_points", "none") == {}
    ended = sent(session, "add_points", "ended")
    assert ended == {"token": "token-3", "device": "d1-ended"}
    assert vendor.asked[1:] == [
        ("login", {**LOGIN, "device": "d1-foreign"}),
        ("login", {**LOGIN, "device": "d1-ended"}),
        ("logout", {"token": "token-3", "device": "d1-ended"}),
    ]
    assert sent(session, "add_points") == good, "the run's own token lives on"


def test_renewal_fetches_a_new_token() -> None:
    """After a refusal that asks for it the next request logs in again."""
    vendor = Vendor()
    session = vendor.session()
    sent(session, "add_points")
    assert session.renews_on("unauthorised")
    assert not session.renews_on("unspecified")
    session.tokens.renew()
    assert sent(session, "add_points")["token"] == "token-2"


def test_a_response_without_a_token_is_an_auth_failure() -> None:
    """Nothing is placed where nothing was captured."""
    vendor = Vendor()
    vendor.response = {"data": {}}
    with pytest.raises(AuthFailed, match="/data/token"):
        sent(vendor.session(), "add_points")


def test_two_requests_refused_with_one_token_renew_it_once() -> None:
    """The second would otherwise throw away the token that the first has just been given."""
    vendor = Vendor()
    session = vendor.session()
    sent(session, "add_points")
    used = session.tokens.generation
    session.tokens.renew(used)
    assert sent(session, "add_points")["token"] == "token-2"
    session.tokens.renew(used)
    assert sent(session, "add_points")["token"] == "token-2"
