"""A probe for each group of defects of the merchant: it fails when the defect is on."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any

from tests.mock.client import Client

REFERENCES = iter(f"probe-{number:06d}" for number in range(1_000_000))


def ok(value: dict[str, Any]) -> bool:
    """Tell whether a request worked."""
    return bool(value["code"] == 200)


def rich(client: Client, points: int = 10) -> str:
    """Lend a member who has points."""
    member = client.member()
    client.earn(member, points)
    return member


def earn_twice(client: Client) -> bool:
    """One reference, one effect."""
    member, reference = client.member(), next(REFERENCES)
    client.earn(member, 5, reference=reference)
    client.earn(member, 5, reference=reference)
    return client.balance(member) == 5


def same_reference_inside(client: Client) -> bool:
    """A reference repeated within a bulk request counts once."""
    member, reference = client.member(), next(REFERENCES)
    client.bulk("add", [(member, 5, reference)] * 2)
    return client.balance(member) == 5


def overdraw(client: Client) -> bool:
    """A burn above the balance is refused without effect."""
    member = rich(client)
    return not ok(client.burn(member, 11)) and client.balance(member) == 10


def earn_is(taken: bool, point: Any, **fields: Any) -> Callable[[Client], bool]:
    """An earn of these fields is taken, or not."""
    return lambda client: ok(client.earn(client.member(), point, **fields)) is taken


def pages(client: Client) -> bool:
    """Two pages share no customer."""
    one, two = (
        [row["tel"] for row in client.call("get_customers", offset=at, limit=5)["data"]]
        for at in (0, 5)
    )
    return not set(one) & set(two)


def other_device(client: Client) -> bool:
    """A token is refused from another device."""
    return not ok(client.call("get_cards", uuid="elsewhere"))


FRESH = map(str, itertools.count(100_000))


def info(client: Client, **fields: Any) -> Any:
    """Show a customer; None when nobody is shown."""
    response = client.call("get_customer_info", **fields)
    return response["data"] if ok(response) else None


def profile_is_whole(client: Client) -> bool:
    """A level that does not exist leaves the remark as it was."""
    member = client.member()
    client.call("set_customer_profile", cuid=member, remark="new", level=999)
    return bool(info(client, cuid=member)["remark"] == "")


def blank_card(client: Client) -> str:
    """Register a plastic card and return its barcode."""
    number = next(FRESH)
    client.call("register_plastic_card", nfc=f"n{number}", barcode=f"b{number}")
    return f"b{number}"


def bind_and_unbind(client: Client) -> bool:
    """After unbinding another card can be bound."""
    member = client.member()
    client.call("bind_plastic_card", cuid=member, barcode=blank_card(client))
    client.call("unbind_plastic_card", cuid=member)
    return ok(client.call("bind_plastic_card", cuid=member, barcode=blank_card(client)))


def listed(client: Client, **fields: Any) -> list[Any]:
    """List the numbers of activities."""
    rows = client.call("get_activities", **fields)["data"]
    return [row["transaction_id"] for row in rows]


def latest(client: Client) -> bool:
    """The list holds the ten latest."""
    member = client.member()
    rows = [(member, 1, "")] * 12
    span = client.bulk("add", rows)["data"]["transaction"]
    numbers = listed(client)
    return len(numbers) == 10 and numbers[0] == span["end"]


def boards(client: Client, **fields: Any) -> dict[str, Any]:
    """List boards."""
    return client.call("helpdesk_getallboard", **fields)


def closed_boards(client: Client) -> bool:
    """An open board is not among the closed ones, whichever are open by now."""
    closed = boards(client, board_status="C")["result"]
    open_ = boards(client, board_status="N")["result"]
    return not {board["board_id"] for board in closed} & {board["board_id"] for board in open_}


PROBES: Mapping[str, Callable[[Client], bool]] = {
    "no-dedupe": earn_twice,
    "no-dedupe-in-bulk": same_reference_inside,
    "overdraft-allowed": overdraw,
    "cap-off-by-one": earn_is(False, 1_000_001),
    "customers-page-overlaps": pages,
    "token-not-bound-to-uuid": other_device,
    "profile-partly-updated": profile_is_whole,
    "unbind-does-nothing": bind_and_unbind,
    "page-holds-one-more": latest,
    "board-status-ignored": closed_boards,
}
