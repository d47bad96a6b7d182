"""Small scenarios that hold on the clean mock, each failing when some defect is on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.mock.client import Client, at_once, md5

YES = {"replace_duplicate": "yes"}
REFERENCES = iter(f"probe-{number:06d}" for number in range(1_000_000))


def ok(value: dict[str, Any]) -> bool:
    """Tell whether a call worked."""
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


def burn_twice(client: Client) -> bool:
    """One reference, one effect, for burns."""
    member, reference = rich(client), next(REFERENCES)
    client.burn(member, 3, reference=reference)
    client.burn(member, 3, reference=reference)
    return client.balance(member) == 7


def earn_twice_at_once(client: Client) -> bool:
    """One reference, one effect, though sent eight times at once."""
    member, reference = client.member(), next(REFERENCES)
    at_once(8, lambda _: client.earn(member, 5, reference=reference))
    return client.balance(member) == 5


def refuse_then_retry(client: Client) -> bool:
    """A refused reference can be used."""
    member, reference = client.member(), next(REFERENCES)
    client.burn(member, 5, reference=reference)
    client.earn(member, 9)
    client.burn(member, 5, reference=reference)
    return client.balance(member) == 4


def near_references(first: str, second: str) -> Callable[[Client], bool]:
    """Two references that are nearly equal are two."""

    def probe(client: Client) -> bool:
        member, stem = client.member(), next(REFERENCES)
        client.earn(member, 5, reference=stem + first)
        client.earn(member, 5, reference=stem + second)
        return client.balance(member) == 10

    return probe


def replace_earn(client: Client) -> bool:
    """A replacement counts alone."""
    member, reference = client.member(), next(REFERENCES)
    client.earn(member, 5, reference=reference)
    client.earn(member, 8, reference=reference, **YES)
    return client.balance(member) == 8


def equal_requests(client: Client) -> bool:
    """Two equal earns without a reference are two."""
    member = client.member()
    client.earn(member, 5)
    client.earn(member, 5)
    return client.balance(member) == 10


def replace_burn_too_high(client: Client) -> bool:
    """A replacement may not overdraw."""
    member, reference = rich(client), next(REFERENCES)
    client.burn(member, 5, reference=reference)
    return not ok(client.burn(member, 11, reference=reference, **YES))


def same_reference_inside(client: Client) -> bool:
    """A reference that stands twice in a bulk counts once."""
    member, reference = client.member(), next(REFERENCES)
    client.bulk("add", [(member, 5, reference)] * 2)
    return client.balance(member) == 5


def single_then_bulk(client: Client) -> bool:
    """A bulk skips the reference of a single earn."""
    member, reference = client.member(), next(REFERENCES)
    client.earn(member, 5, reference=reference)
    client.bulk("add", [(member, 5, reference)])
    return client.balance(member) == 5


def thousand_and_one(client: Client) -> bool:
    """1,001 rows are refused without effect."""
    member = client.member()
    value = client.bulk("add", [(member, 1, "")] * 1_001)
    return not ok(value) and client.balance(member) == 0


def thousand(client: Client) -> bool:
    """1,000 rows are all applied."""
    member = client.member()
    client.bulk("add", [(member, 1, "")] * 1_000)
    return client.balance(member) == 1_000


def unequal(client: Client) -> bool:
    """Arrays of unequal length are refused."""
    member = client.member()
    arrays = {"cuid": [member] * 2, "point": ["1"] * 2, "remark": ["x"]}
    return not ok(client.call("bulk_add_point", **arrays))


def bad_row(at: int) -> Callable[[Client], bool]:
    """A bad row stops the call there, keeps the rows before and names it."""

    def probe(client: Client) -> bool:
        member = client.member()
        points: list[Any] = [1, 10, 100, 1_000]
        points[at] = "x"
        value = client.bulk("add", [(member, point, "") for point in points])
        kept = sum((1, 10, 100)[:at])
        return value.get("data") == {"fail_at": at} and client.balance(member) == kept

    return probe


def resend(client: Client) -> bool:
    """The prefix of a stopped bulk is skipped when it is sent again."""
    member, reference = client.member(), next(REFERENCES)
    client.bulk("add", [(member, 5, reference), (member, "x", "")])
    client.bulk("add", [(member, 5, reference), (member, 7, "")])
    return client.balance(member) == 12


def overspend_in_bulk(client: Client) -> bool:
    """Rows of a bulk burn see each other."""
    member = rich(client)
    client.bulk("use", [(member, 7, ""), (member, 7, "")])
    return client.balance(member) == 3


def overdraw(client: Client) -> bool:
    """A burn above the balance is refused without effect."""
    member = rich(client)
    return not ok(client.burn(member, 11)) and client.balance(member) == 10


def overdraw_at_once(client: Client) -> bool:
    """Burns at once never overdraw."""
    member = rich(client)
    at_once(8, lambda _: client.burn(member, 7))
    return client.balance(member) == 3


def burn_all(client: Client) -> bool:
    """The whole balance can be burnt."""
    return ok(client.burn(rich(client), 10))


def many_burns(client: Client) -> bool:
    """A burn that can be paid is never refused."""
    member = rich(client, 60)
    return all(ok(client.burn(member, 1)) for _ in range(60))


def change_at_once(client: Client) -> bool:
    """Of eight earns at once none is lost."""
    member = client.member()
    at_once(8, lambda _: client.earn(member, 1))
    return client.balance(member) == 8


def response_then_read(client: Client) -> bool:
    """The balance an earn answers is the one after it."""
    return bool(client.earn(client.member(), 5)["data"]["point"]["now"] == 5)


def read_own_write(client: Client) -> bool:
    """A read right after an earn sees it."""
    return client.balance(rich(client)) == 10


def many_earns(client: Client) -> bool:
    """Of 300 earns each counts once, for its own member."""
    members = [client.member() for _ in range(3)]
    for number in range(300):
        client.earn(members[number % 3], 1)
    return [client.balance(member) for member in members] == [100] * 3


def ticket(client: Client) -> bool:
    """A ticket moves nothing."""
    member = rich(client)
    client.call("create_ticket", amount=5)
    return client.balance(member) == 10


def serials(client: Client) -> bool:
    """Each of four tickets has a serial of its own."""
    return len({client.call("create_ticket", amount=5)["data"]["serial"] for _ in range(4)}) == 4


def earn_is(taken: bool, point: Any, **fields: Any) -> Callable[[Client], bool]:
    """An earn of these fields is taken, or not."""
    return lambda client: ok(client.earn(client.member(), point, **fields)) is taken


def by_formula(point: Any, cost: str, points: int) -> Callable[[Client], bool]:
    """A spending yields these points, whatever point is sent with it."""

    def probe(client: Client) -> bool:
        value = client.earn(client.member(), point, cost=cost, formula_id=1)
        return bool(value["data"]["point"]["now"] == points)

    return probe


def refusal_shape(client: Client) -> bool:
    """A refusal for a missing field is JSON with code and msg under HTTP 200."""
    response = client.send("get_rewards", {})
    media, body = response.headers["content-type"], response.read()
    return (response.status, media) == (200, "application/json") and b'"msg"' in body


def burn_shape(client: Client) -> bool:
    """A burn answers no data."""
    return "data" not in client.burn(rich(client), 5)


def balance_type(client: Client) -> bool:
    """Balances are numbers, in single and bulk answers and in reads."""
    member = client.member()
    shown = [
        client.earn(member, 5)["data"]["point"]["now"],
        client.bulk("add", [(member, 5, "")])["data"]["users"][0]["point"],
        client.bulk("use", [(member, 5, "")])["data"]["point"]["now"],
        client.call("get_customer_info", cuid=member)["data"]["point"]["now"],
    ]
    return all(isinstance(balance, int) for balance in shown)


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


def after_logout(client: Client) -> bool:
    """A token is refused after logout."""
    device = Client(client.server, "leaving").login()
    device.call("logout")
    return not ok(device.call("get_cards"))


def two_devices(client: Client) -> bool:
    """A second device does not end the first."""
    one = Client(client.server, "one").login()
    Client(client.server, "two").login()
    return ok(one.call("get_cards"))


def no_token(client: Client) -> bool:
    """Nothing of a customer is shown without a token."""
    return not ok(client.call("get_customer_info", cuid=client.member(), token=None))


def wrong_password(client: Client) -> bool:
    """A wrong password is refused."""
    user = client.server.service.secrets["user"]
    return not ok(client.call("login", user=user, **{"pass": md5("wrong")}))


def next_day(client: Client) -> bool:
    """A token is good more than a day after its login."""
    device = Client(client.server, "lasting").login()
    clock = client.server.service.clock
    assert clock is not None
    clock.advance(90_000)
    return ok(device.call("get_cards"))
