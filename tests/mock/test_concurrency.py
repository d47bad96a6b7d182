"""What must hold on the clean mock when many clients act concurrently."""

from __future__ import annotations

from tests.mock.client import Client, concurrently


def test_concurrent_repeats_count_once(clean: Client) -> None:
    """Twenty earns with one reference have one effect and all succeed."""
    member = clean.member()
    values = concurrently(20, lambda _: clean.earn(member, 5, reference="race-1"))
    assert {value["code"] for value in values} == {200}
    assert clean.balance(member) == 5


def test_concurrent_burns_never_overdraw(clean: Client) -> None:
    """Of twenty burns that race for the points of seven, exactly seven win."""
    member = clean.member()
    clean.earn(member, 7)
    values = concurrently(20, lambda _: clean.burn(member, 1))
    assert sum(value["code"] == 200 for value in values) == 7
    assert clean.balance(member) == 0


def test_concurrent_earns_return_balances_that_form_one_chain(clean: Client) -> None:
    """The balances returned by concurrent earns are all different and end at the sum."""
    member = clean.member()
    values = concurrently(20, lambda _: clean.earn(member, 3))
    assert sorted(value["data"]["point"]["now"] for value in values) == list(range(3, 61, 3))


def test_bulk_is_seen_whole_by_others(clean: Client) -> None:
    """Reads beside a bulk call see none or all of it, as it runs at one stroke."""
    member = clean.member()

    def act(number: int) -> int:
        if number == 0:
            clean.bulk("add", [(member, 1, "")] * 500)
        return clean.balance(member)

    assert set(concurrently(8, act)) <= {0, 500}
    assert clean.balance(member) == 500


def test_members_do_not_disturb_each_other(clean: Client) -> None:
    """Parallel changes to different members end in their own sums."""
    members = [clean.member() for _ in range(12)]

    def act(number: int) -> None:
        for _ in range(5):
            clean.earn(members[number], number + 1)

    concurrently(12, act)
    assert [clean.balance(member) for member in members] == [5 * n for n in range(1, 13)]
