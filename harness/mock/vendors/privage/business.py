"""A business with its members, its points, its coupon sets and what may speak for it."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from harness.mock.auth import Tokens
from harness.mock.clock import Clock
from harness.mock.defects.processor import processor_for
from harness.mock.defects.switches import Switches
from harness.mock.ledger import EARN, Book, Entry, Limits, Order
from harness.mock.message import Refused
from harness.mock.processor import Processor
from harness.mock.router import Setting

ACCESS_SECONDS = 3_600
EXCHANGE_SECONDS = 60
VALUE_PER_POINT = 25
LIMITS = Limits(amount_least=1, amount_most=1_000_000_000, floor=0)
SPEND = 250

AUTO, IMPORT, GENERATE = "AUTO_GENERATE", "IMPORT", "GENERATE"
PENDING, GIVEN, USED, VOIDED = "PENDING", "GIVEN", "USED", "VOIDED"
STATIC_CODE = "WELCOME-BACK"
_POOL = 400

_FIRST_NAMES = ("Anong", "Somchai", "สมหญิง", "Kittisak", "Malee", "ประเสริฐ", "Naree")
_LAST_NAMES = ("Srisuk", "ทองดี", "Chaiyasit", "Wongsa", "แก้วใส")


@dataclass(frozen=True, slots=True)
class Member:
    """One member with one card, whose number is the name of the account in the ledger."""

    id: str
    phone_number: str
    card_no: str
    first_name: str
    last_name: str
    birthday: str
    gender: str


@dataclass(slots=True)
class Transaction:
    """One add or burn; `stamp` is when it was made in unix milliseconds.

    `entry` is None where it came to no points. `points` is never below zero, `kind` says the side.
    """

    id: str
    kind: str
    member: Member
    points: int
    stamp: int
    ref_id: str
    ref_no: str | None
    value: float | None = None
    entry: Entry | None = None
    voided: bool = False


@dataclass(frozen=True, slots=True)
class CouponSet:
    """A set of coupons; `type` says where its coupons come from."""

    id: str
    name: str
    type: str
    description: str | None = None


@dataclass(slots=True)
class Coupon:
    """One coupon: in the pool of its set, given to a member, used, or taken back permanently."""

    id: str
    code: str
    set: CouponSet
    status: str = PENDING
    static_code: str | None = None
    member: Member | None = None
    given_stamp: int | None = None
    used_stamp: int | None = None


@dataclass(slots=True)
class Business:
    """All that one start of the mock holds.

    `exchange` maps an exchange token to the moment its life ends, in steady seconds, `refresh` a
    refresh token to the access token that came with it last.
    """

    api_key: str
    api_secret: str
    management_token: str
    members: Sequence[Member]
    cards: Mapping[str, Member]
    by_id: Mapping[str, Member]
    book: Book
    processor: Processor
    tokens: Tokens
    switches: Switches
    clock: Clock
    random: Random
    sets: dict[str, CouponSet] = field(default_factory=dict)
    coupons: dict[str, Coupon] = field(default_factory=dict)
    by_code: dict[str, Coupon] = field(default_factory=dict)
    pools: dict[str, list[Coupon]] = field(default_factory=dict)
    given: dict[str, list[Coupon]] = field(default_factory=dict)
    transactions: list[Transaction] = field(default_factory=list)
    by_uuid: dict[str, Transaction] = field(default_factory=dict)
    by_ref_no: dict[str, list[Transaction]] = field(default_factory=dict)
    by_ref_id: dict[str, Transaction] = field(default_factory=dict)
    exchange: dict[str, float] = field(default_factory=dict)
    refresh: dict[str, str] = field(default_factory=dict)
    last_code: str = ""

    def stamp(self) -> int:
        """Return the present in unix milliseconds."""
        return int(self.clock.now() * 1000)

    def new_id(self) -> str:
        """Return a UUID nobody has seen."""
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def holder(self, phone_number: str, card_no: str) -> Member:
        """Return the member whose phone and card these are; Refused unless both fit."""
        member = self.cards.get(card_no)
        if member is None or member.phone_number != phone_number:
            raise Refused("unknown_member", "member or card not found")
        return member

    def record(self, made: Transaction) -> None:
        """Keep a transaction under each of its names."""
        self.transactions.append(made)
        self.by_uuid[made.id] = made
        self.by_ref_id[made.ref_id] = made
        if made.ref_no is not None:
            self.by_ref_no.setdefault(made.ref_no, []).append(made)


def open_business(setting: Setting) -> Business:
    """Build the business: data by seed, credentials anew each time."""
    random = Random(f"business {setting.seed}")
    members = [_member(random, index) for index in range(setting.members)]
    switches, clock = setting.switches, setting.clock
    endless = switches.has("expired-token-accepted")
    business = Business(
        api_key=f"key-{secrets.token_hex(8)}",
        api_secret=secrets.token_urlsafe(24),
        management_token=f"manager.{secrets.token_urlsafe(24)}",
        members=members,
        cards={member.card_no: member for member in members},
        by_id={member.id: member for member in members},
        book=Book((m.card_no for m in members), LIMITS, first_entry=1, clock=clock.now),
        processor=processor_for(switches),
        tokens=Tokens(
            switches, lifetime_seconds=None if endless else ACCESS_SECONDS, clock=clock.steady
        ),
        switches=switches,
        clock=clock,
        random=Random(f"numbers {setting.seed} {secrets.token_hex(8)}"),
    )
    for member in members[::16]:
        amount = random.randrange(100, 1_000)
        business.book.append(Order(member.card_no, EARN, amount, note="opening balance"))
    for name, kind in (
        ("Birthday", AUTO),
        ("Printed leaflet", IMPORT),
        ("Made in stock", GENERATE),
    ):
        _stock(business, random, CouponSet(str(uuid.UUID(int=random.getrandbits(128))), name, kind))
    return business


def _stock(business: Business, random: Random, made: CouponSet) -> None:
    business.sets[made.id] = made
    if made.type == AUTO:
        return
    pool = []
    for _ in range(_POOL):
        coupon = Coupon(business.new_id(), f"{made.type[0]}{random.getrandbits(40):010X}", made)
        coupon.static_code = STATIC_CODE if made.type == IMPORT else None
        business.coupons[coupon.id] = business.by_code[coupon.code] = coupon
        pool.append(coupon)
    business.pools[made.id] = pool


def _member(random: Random, index: int) -> Member:
    return Member(
        id=str(uuid.UUID(int=random.getrandbits(128), version=4)),
        phone_number=f"08{index:08d}",
        card_no=f"{700_001 + index}",
        first_name=random.choice(_FIRST_NAMES),
        last_name=random.choice(_LAST_NAMES),
        birthday=f"19{random.randrange(60, 99)}-0{random.randrange(1, 9)}-1{random.randrange(9)}",
        gender=random.choice("MF"),
    )
