"""The TrueYou programme: its customers, price plans, places, coupons and the ledger of points."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any

from harness.mock.defects.processor import processor_for
from harness.mock.defects.switches import Switches
from harness.mock.ledger import EARN, Book, Limits, Order
from harness.mock.message import Refused
from harness.mock.processor import Processor
from harness.mock.router import Setting
from harness.mock.vendors.trueyou.access import Desk

CHANNELS = ("RPP", "O2OMER")
PLAN, SECOND_PLAN, FREE_PLAN = "POINT-81866", "POINT-81867", "PRO-2050"
MANY_PLAN, FAILING_PLAN = "POINT-81868", "POINT-81869"
PARTNER, OTHER_PARTNER = "0022796", "1100001"
LOCATION, SHARED_LOCATION, BONUS_LOCATION = "00001", "00050", "00153"
TERMINAL = "69000712"
CAMPAIGN, BONUS_CAMPAIGN = "POINT-A", "POINT-B"
SPARE = 2
"""Customers who are nobody's members: one who cannot redeem, and a guest who can."""
BAHT_A_POINT = 25
SATANG_A_POINT = 100 * BAHT_A_POINT
USES_OF_MANY = 3

# Upstream trouble that a caller cannot cause, each behind a name of its own.
FAILING_ACTION = "UNAVAILABLE"
FAILING_REDEMPTIONS: Mapping[str, tuple[str, str]] = {
    "900001": ("redemption_error", "the redemption cannot be read"),
    "900002": ("redemption_empty", "the redemption has no action"),
    "900003": ("upstream", "Resource with id '900003' not found"),
    "900004": ("upstream", "Invalid channel parameter"),
}

LOCATIONS: Mapping[str, tuple[str, ...]] = {
    LOCATION: (PARTNER,),
    SHARED_LOCATION: (PARTNER, OTHER_PARTNER),
    BONUS_LOCATION: (OTHER_PARTNER,),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """A price plan: what one costs in points, and how often its coupon can be used."""

    code: str
    price: int
    uses: int = 1


PLANS: Mapping[str, Plan] = {
    plan.code: plan
    for plan in (
        Plan(PLAN, 100),
        Plan(SECOND_PLAN, 50),
        Plan(FREE_PLAN, 0),
        Plan(MANY_PLAN, 10, uses=USES_OF_MANY),
        Plan(FAILING_PLAN, 10),
    )
}


@dataclass(frozen=True, slots=True)
class Customer:
    """One customer, known by an identifier of each type; `account` is its name in the ledger."""

    account: str
    numbers: Mapping[str, str]
    name: str
    grade: str
    member: bool = True


@dataclass(slots=True)
class Coupon:
    """One issued coupon."""

    number: str
    plan: Plan
    account: str
    used: int = 0
    void: bool = False


@dataclass(slots=True)
class Issue:
    """An earn that went by a campaign; `entry` is None when it came to no points."""

    entry: int | None
    account: str
    void: bool = False


@dataclass(slots=True)
class Programme:
    """All that one start of the mock holds.

    `coupons_of` holds those that a redemption issued, by the id of its entry; `issued` the ids of
    entries that went by a campaign. `responses` are those to the transactions done, by kind and
    number, for a repeat.
    """

    desk: Desk
    customers: Mapping[tuple[str, str], Customer]
    book: Book
    processor: Processor
    switches: Switches
    coupons: dict[str, Coupon] = field(default_factory=dict)
    coupons_of: dict[int, list[Coupon]] = field(default_factory=dict)
    issues: dict[str, Issue] = field(default_factory=dict)
    issued: set[int] = field(default_factory=set)
    responses: dict[str, dict[str, Any]] = field(default_factory=dict)
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(4001))

    def customer(self, fields: Mapping[str, Any]) -> Customer:
        """Return the customer a request names; Refused when there is none."""
        found = self.customers.get((fields["identifierType"], fields["identifierNo"]))
        if found is None:
            raise Refused("unknown_member", "no such identifier")
        return found

    def check_channel(self, channel: str) -> None:
        """Refuse a channel that was not given out."""
        if channel not in CHANNELS and not self.switches.has("channel-not-checked"):
            raise Refused("invalid_channel", "no such channel")

    def check_place(self, partner: str | None, location: str | None, terminal: str | None) -> None:
        """Refuse a place that is not known, or shared by several partners without naming one."""
        if partner is not None and partner not in (PARTNER, OTHER_PARTNER):
            raise Refused("invalid", "no such partner")
        if location is not None:
            owners = LOCATIONS.get(location)
            if owners is None:
                raise Refused("invalid", "no such location")
            if (
                len(owners) > 1
                and partner is None
                and not self.switches.has("ambiguous-location-accepted")
            ):
                raise Refused("missing", "the location is shared, so the partner is required")
        if terminal not in (None, TERMINAL) and partner is None and location is None:
            raise Refused("invalid", "no such terminal")

    def issue_coupon(self, plan: Plan, account: str, entry: int) -> Coupon:
        """Make a coupon with a number that no other has."""
        number = f"{plan.code.rpartition('-')[2]}{next(self.numbers):010d}"
        if self.coupons and self.switches.strikes("coupon-number-repeats", 97):
            number = next(reversed(self.coupons))
        coupon = Coupon(number, plan, account)
        self.coupons[number] = coupon
        self.coupons_of.setdefault(entry, []).append(coupon)
        return coupon


def open_programme(setting: Setting) -> Programme:
    """Build the programme: data by seed, credentials anew each time."""
    random = Random(f"programme {setting.seed}")
    customers = [_customer(random, index) for index in range(setting.members + SPARE)]
    least = -1_000_000_000 if setting.switches.has("negative-accepted") else 1
    book = Book(
        [customer.account for customer in customers],
        Limits(amount_least=least),
        first_entry=700_001,
        clock=setting.clock.now,
    )
    for customer in (*customers[:SPARE], *customers[SPARE::4]):
        for years in range(1, 1 + random.randrange(1, 4)):
            points = random.randrange(1_000, 9_000)
            book.append(Order(customer.account, EARN, points, expires=expiry(years)))
    return Programme(
        desk=Desk(setting.switches, setting.clock),
        customers={
            (kind, number): customer
            for customer in customers
            for kind, number in customer.numbers.items()
        },
        book=book,
        processor=processor_for(setting.switches),
        switches=setting.switches,
    )


def expiry(years: int = 2) -> int:
    """Return the unix seconds at which points end: with the year that comes so many years on."""
    year = datetime.now(UTC).year + years
    return int(datetime(year, 12, 31, tzinfo=UTC).timestamp())


def _customer(random: Random, index: int) -> Customer:
    """Return one customer; its numbers end with its place in the list."""
    return Customer(
        account=f"account-{index:05d}",
        numbers={
            "THAIID": f"1{random.randrange(10**6):06d}{index:06d}",
            "TMH": f"08{index:08d}",
            "TRUECARD": f"79{random.randrange(10**7):07d}{index:07d}",
            "PERSONAL": f"P{random.randrange(10**5):05d}{index:05d}",
            "TRUEID": f"{random.randrange(10**6):06d}{index:06d}",
        },
        name=f"SAMPLE CUSTOMER {index}",
        grade=random.choice("WYOGPBAV"),
        member=index != 0,
    )
