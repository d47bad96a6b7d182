"""Members are divided among generated requests, scenarios and load."""

from __future__ import annotations

from harness.engine.members.allocation import Allocation
from harness.engine.members.enrollment import Enroller
from harness.model.target import Member
from harness.wire.client import Client
from tests.acme import Server
from tests.acme import binding as ledger_binding


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
