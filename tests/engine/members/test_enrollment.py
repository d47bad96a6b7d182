"""Members are enrolled by declared requests."""

from __future__ import annotations

from math import inf

import pytest

from harness.engine.members.enrollment import Enroller, NotEnrolled
from harness.model.exchange import Fault
from harness.model.target import Member
from tests.acme import NetworkFault, Server


def test_a_member_is_made_by_two_requests_with_values_of_its_own(
    server: Server, enroller: Enroller
) -> None:
    """Values of one response go into the next request, and each member is new."""
    one, other = enroller.one(), enroller.one("silver")
    assert (one["id"], one["kind"], one["phone"]) == (
        "card-1",
        "gold",
        str(server.cards.members[0]["phone"]),
    )
    assert (other["id"], other["kind"]) == ("card-2", "silver")
    assert one["phone"] != other["phone"]
    assert isinstance(server.cards.members[0]["phone"], int), "the vendor was sent a number"
    assert [card["plan"] for card in server.cards.cards.values()] == [1, 2]


@pytest.mark.parametrize("operation", ["join", "issue"])
def test_a_member_whose_request_stays_unknown_is_given_up(
    server: Server, enroller: Enroller, operation: str
) -> None:
    """Another one is made; nothing is sent again, so no member is made twice."""
    server.faults.append(NetworkFault(Fault.TIMEOUT, True, operation))
    member = enroller.one()
    assert member["id"] == "card-2"
    phones = [fields["phone"] for fields in server.asked("join")]
    assert len(phones) == len(set(phones)) == 2


def test_a_member_who_is_refused_is_given_up(server: Server, enroller: Enroller) -> None:
    """The second delivery of a duplicate is refused; another member is made then."""
    server.cards.refusals = 2
    assert enroller.one()["id"] == "card-1"
    phones = [fields["phone"] for fields in server.asked("join")]
    assert len(phones) == len(set(phones)) == 3


def test_a_refusal_says_why_no_member_is_made(server: Server, enroller: Enroller) -> None:
    """The message names the operation and its outcome, or the unknown kind."""
    server.cards.refusals = inf
    with pytest.raises(NotEnrolled, match=r"join refused \(no\), status 200"):
        enroller.one()
    assert len(server.requests) == 3, "a server that refuses everybody gets no more requests"
    with pytest.raises(NotEnrolled, match="a member of the kind bronze"):
        enroller.one("bronze")


def test_as_many_are_made_as_are_missing(server: Server, enroller: Enroller) -> None:
    """Those who are there stay first."""
    known: tuple[Member, ...] = ({"id": "a"}, {"id": "b"})
    assert enroller.enough(known, 1) == known
    found = enroller.enough(known, 5)
    assert found[:2] == known
    assert len({member["id"] for member in found}) == 5
