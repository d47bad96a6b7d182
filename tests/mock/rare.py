"""Probes of what is rare, late or shown in a narrow moment only; each holds on the clean mock."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from tests.mock.client import Client, at_once
from tests.mock.probes import REFERENCES, bad_row, ok, rich


def twice_at_once(client: Client) -> bool:
    """One reference, one effect, though sent sixteen times at once."""
    member, reference = client.member(), next(REFERENCES)
    at_once(16, lambda _: client.earn(member, 5, reference=reference))
    return client.balance(member) == 5


def other_amount(client: Client) -> bool:
    """A known reference with another amount moves nothing."""
    member, reference = client.member(), next(REFERENCES)
    client.earn(member, 5, reference=reference)
    client.earn(member, 7, reference=reference)
    return client.balance(member) == 5


def thrice(client: Client) -> bool:
    """One reference, one effect, though sent three times."""
    member, reference = client.member(), next(REFERENCES)
    for _ in range(3):
        client.earn(member, 5, reference=reference)
    return client.balance(member) == 5


def later(client: Client) -> bool:
    """A reference is known a little more than a second later."""
    member, reference = client.member(), next(REFERENCES)
    client.earn(member, 5, reference=reference)
    time.sleep(1.1)
    client.earn(member, 5, reference=reference)
    return client.balance(member) == 5


def after_ten_thousand(client: Client) -> bool:
    """A reference is known after 10,000 later changes."""
    member, other, reference = client.member(), client.member(), next(REFERENCES)
    client.earn(member, 5, reference=reference)
    for _ in range(10):
        client.bulk("add", [(other, 1, "")] * 1_000)
    client.earn(member, 5, reference=reference)
    return client.balance(member) == 5


def full_bulk(client: Client) -> bool:
    """Of 1,000 rows none is lost."""
    member = client.member()
    client.bulk("add", [(member, 1, "")] * 1_000)
    return client.balance(member) == 1_000


def five_hundred(client: Client) -> bool:
    """Of 500 earns each goes to its own member."""
    member = client.member()
    for _ in range(500):
        client.earn(member, 1)
    return client.balance(member) == 500


def balances_add_up(count: int) -> Callable[[Client], bool]:
    """Each of so many earns answers a whole number, one more than the one before."""

    def probe(client: Client) -> bool:
        member = client.member()
        shown = [client.earn(member, 1)["data"]["point"]["now"] for _ in range(count)]
        return shown == list(range(1, count + 1))

    return probe


def reads_agree(client: Client) -> bool:
    """Of 60 reads each shows what was earned, and the last as much as the first."""
    member = rich(client, 60)
    return all(client.balance(member) == 60 for _ in range(60))


def quiet_afterwards(client: Client) -> bool:
    """A second after 200 earns the balance is what they add up to."""
    member = client.member()
    for _ in range(200):
        client.earn(member, 1)
    time.sleep(1.2)
    return client.balance(member) == 200


def refused_burns(client: Client) -> bool:
    """Of 100 burns those that are done take points, and no other."""
    member = rich(client, 100)
    done = sum(ok(client.burn(member, 1)) for _ in range(100))
    return client.balance(member) == 100 - done


def above_the_cap(client: Client) -> bool:
    """A balance may rise above what one earn may give."""
    member = client.member()
    client.earn(member, 1_000_000)
    client.earn(member, 1_000_000)
    return client.balance(member) == 2_000_000


def read_at_once(client: Client) -> bool:
    """A read right after an earn sees it."""
    return client.balance(rich(client)) == 10


PROBES: Mapping[str, Callable[[Client], bool]] = {
    "dedupe-window-5ms": twice_at_once,
    "dedupe-needs-equal-amount": other_amount,
    "dedupe-on-one-node": thrice,
    "reference-forgotten-after-1s": later,
    "reference-forgotten-after-10000": after_ten_thousand,
    "bulk-loses-last-row-of-limit": full_bulk,
    "bulk-undoes-first-row": bad_row(2),
    "bulk-undoes-row-before-failure": bad_row(2),
    "neighbour-credited-1-in-500": five_hundred,
    "balance-wrong-1-in-50": balances_add_up(50),
    "balance-wrong-1-in-300": balances_add_up(300),
    "balance-text-1-in-300": balances_add_up(300),
    "stale-read-1-in-50": reads_agree,
    "read-takes-point-1-in-50": reads_agree,
    "applied-after-answer": read_at_once,
    "doubled-later-1-in-200": quiet_afterwards,
    "refused-yet-applied-1-in-100": refused_burns,
    "balance-stops-at-cap": above_the_cap,
}
