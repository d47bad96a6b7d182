from __future__ import annotations

from typing import Any

import pytest

from harness.wire.auth import Session
from harness.wire.request import Draft, draft
from harness.wire.tokens import AuthFailed
from tests.samples import OPERATIONS, binding, specification

SPECIFICATION = specification(*OPERATIONS)


class Vendor:
    """Hands out numbered tokens and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []
        self.learnt: list[str] = []
        self.response: Any = None

    def ask(self, plain: Draft, closing: bool) -> Any:
        """Answer a token operation."""
        self.asked.append((plain.operation.id, plain.body))
        return self.response or {"data": {"token": f"token-{len(self.asked)}"}}

    def session(self) -> Session:
        """Return a session with this vendor."""
        return Session(
            binding(),
            SPECIFICATION,
            {"device": "d1", "card": "9"},
            {"user": "u"},
            self.ask,
            self.learnt.extend,
        )


def sent(session: Session, operation: str, mode: str = "normal") -> Any:
    """Return the body that would leave."""
    return session.apply(draft(SPECIFICATION.operations[operation], {}, {}), mode).body


def test_a_token_is_fetched_once_placed_and_kept_secret() -> None:
    """Two requests share one login, and the redactor learns the token."""
    vendor = Vendor()
    session = vendor.session()
    assert sent(session, "earn") == {"token": "token-1", "device": "d1"}
    assert sent(session, "burn") == {"token": "token-1", "device": "d1"}
    assert vendor.asked == [("login", {"user": "u", "device": "d1"})]
    assert vendor.learnt == ["token-1"]


def test_exempt_operations_carry_no_token() -> None:
    """An operation that needs no token does not fetch one."""
    vendor = Vendor()
    assert sent(vendor.session(), "open") == {}
    assert vendor.asked == []


def test_bad_credentials_are_bad_in_one_way_only() -> None:
    """Wrong, foreign and ended tokens each differ from a good one in what they say."""
    vendor = Vendor()
    session = vendor.session()
    good = sent(session, "earn")
    wrong = sent(session, "earn", "wrong")
    assert wrong["device"] == "d1"
    assert wrong["token"] != good["token"]
    assert sent(session, "earn", "foreign") == {"token": "token-2", "device": "d1"}
    assert sent(session, "earn", "none") == {}
    ended = sent(session, "earn", "ended")
    assert ended == {"token": "token-3", "device": "d1-ended"}
    assert vendor.asked[1:] == [
        ("login", {"user": "u", "device": "d1-foreign"}),
        ("login", {"user": "u", "device": "d1-ended"}),
        ("logout", {"token": "token-3", "device": "d1-ended"}),
    ]
    assert sent(session, "earn") == good, "the run's own token lives on"


def test_renewal_fetches_a_new_token() -> None:
    """After a refusal that asks for it the next request logs in again."""
    vendor = Vendor()
    session = vendor.session()
    sent(session, "earn")
    assert session.renews_on("unauthorised")
    assert not session.renews_on("unspecified")
    session.renew()
    assert sent(session, "earn")["token"] == "token-2"


def test_an_answer_without_a_token_is_an_auth_failure() -> None:
    """Nothing is placed where nothing was captured."""
    vendor = Vendor()
    vendor.response = {"data": {}}
    with pytest.raises(AuthFailed, match="/data/token"):
        sent(vendor.session(), "earn")


def test_two_requests_refused_with_one_token_renew_it_once() -> None:
    """The second would otherwise throw away the token that the first has just been given."""
    vendor = Vendor()
    session = vendor.session()
    sent(session, "earn")
    used = session.generation
    session.renew(used)
    assert sent(session, "earn")["token"] == "token-2"
    session.renew(used)
    assert sent(session, "earn")["token"] == "token-2"
