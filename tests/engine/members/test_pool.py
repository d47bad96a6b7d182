"""Members are divided among the engines, and leased by kind, one scenario at a time."""

from __future__ import annotations

import pytest

from harness.engine.members.enrollment import Enroller
from harness.engine.members.pool import Allocation, Pool, TooFewMembers
from harness.model.scenario import Wanted
from harness.model.target import Member
from harness.wire.client import Client
from harness.wire.retry import OutcomeUnknown
from tests.acme import Server
from tests.acme import binding as ledger_binding

ANY, SILVER, NEW = Wanted(), Wanted("silver"), Wanted(new=True)
GOLD: tuple[Member, ...] = ({"id": "1"}, {"id": "2"})
MEMBERS: tuple[Member, ...] = (*GOLD, {"id": "3", "kind": "silver"})


class Desk:
    """Enrolls members and counts them."""

    def __init__(self) -> None:
        self.made = 0

    def one(self, kind: str) -> Member:
        """Return a new member."""
        self.made += 1
        return {"id": f"new-{self.made}", "kind": kind}


def ids(members: tuple[Member, ...]) -> list[str]:
    """Return the ids of members."""
    return [member["id"] for member in members]


def test_members_are_leased_by_kind_the_least_recently_used_first() -> None:
    """What is given back goes to the end of the line."""
    pool = Pool(MEMBERS, "gold")
    with pool.lease([SILVER, ANY]) as leased:
        assert ids(leased) == ["3", "1"]
    with pool.lease([ANY]) as leased:
        assert ids(leased) == ["2"]
    with pool.lease([ANY, ANY]) as leased:
        assert ids(leased) == ["1", "2"]


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ([ANY] * 3, "the scenario needs 3 members of the kind gold; the target has 2"),
        ([Wanted("bronze")], "the scenario needs 1 member of the kind bronze; the target has 0"),
        ([NEW], "the scenario needs a new member; the binding does not enroll any"),
    ],
)
def test_what_can_never_be_leased_is_refused_immediately(wanted: list[Wanted], said: str) -> None:
    """Without enrolment the members there are must do."""
    with (
        pytest.raises(TooFewMembers, match=said),
        Pool(MEMBERS, "gold").lease(wanted),
    ):
        pass


def test_missing_and_new_members_are_enrolled() -> None:
    """Those who are there come first, unless a new member is wanted; all are leased again."""
    desk = Desk()
    pool = Pool(MEMBERS, "gold", desk.one)
    with pool.lease([NEW, ANY, SILVER, SILVER]) as leased:
        assert ids(leased) == ["new-1", "1", "3", "new-2"]
    with pool.lease([SILVER, SILVER, ANY, ANY]) as leased:
        assert ids(leased) == ["3", "new-2", "2", "new-1"]
    assert desk.made == 2


def test_a_member_with_an_unknown_outcome_is_leased_again_only_where_there_are_no_others() -> None:
    """The request may still take effect, and the next scenario would see it."""
    for desk, after in ((Desk(), ["2", "new-1"]), (None, ["2", "1"])):
        pool = Pool(GOLD, "gold", None if desk is None else desk.one)
        with pytest.raises(OutcomeUnknown), pool.lease([ANY]):
            raise OutcomeUnknown("it stayed unknown", responded=False)
        with pool.lease([ANY, ANY]) as leased:
            assert ids(leased) == after
            assert pool.in_doubt(leased) is (desk is None), "a new member is never in doubt"
            assert not pool.in_doubt(leased[:1])


def test_members_come_back_when_nobody_can_be_enrolled() -> None:
    """After a failed enrollment all members can be leased."""

    def fail(kind: str) -> Member:
        raise OSError

    pool = Pool(GOLD, "gold", fail)
    with pytest.raises(OSError), pool.lease([ANY, ANY, ANY]):  # noqa: PT011
        pass
    with pool.lease([ANY, ANY]) as leased:
        assert ids(leased) == ["1", "2"]


def test_a_target_with_enough_members_needs_no_others(
    server: Server, client: Client, enroller: Enroller
) -> None:
    """A run enrolls only missing members, of the default kind."""
    binding = client.speaker.binding
    members: tuple[Member, ...] = tuple({"id": f"m{number}"} for number in range(9))
    silver: Member = {"id": "s", "kind": "silver"}
    divided = Allocation((*members, silver), enroller)
    assert divided.for_properties(binding) == members[:2]
    assert divided.for_load(binding, 7) == members[2:]
    assert server.cards.members == []
    assert len(divided.for_load(binding, 9)) == 9
    assert len(server.cards.members) == 2
    few = Allocation(members[:3], enroller)
    assert not set(map(str, few.for_properties(binding))) & set(map(str, members))
    assert Allocation(members[:3], None).for_properties(ledger_binding()) == members[:1]
