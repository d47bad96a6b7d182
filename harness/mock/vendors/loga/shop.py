"""A merchant's shop: its cards, members, formulas, rewards and users."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from harness.mock.auth import Tokens, md5_hex
from harness.mock.clock import Clock
from harness.mock.defects.switches import Switches
from harness.mock.ledger import Book, Entry, Limits
from harness.mock.message import Fields, Refused
from harness.mock.processor import Processor
from harness.mock.vendors.loga.desk import Desk
from harness.mock.vendors.loga.members import Member, Plastic

CARD, SECOND_CARD, FOREIGN_CARD = "1001", "1002", "2001"
MERCHANT, FOREIGN_MERCHANT = "501", "502"
LIMITS = Limits(amount_least=1, amount_most=1_000_000, rows_most=1_000, floor=0)
EXPIRES = 4_102_444_800


@dataclass(frozen=True, slots=True)
class Formula:
    """A Money-to-Point formula: points are the spending times the multiplier, rounded down."""

    id: int
    name: str
    multiplier: str

    def points(self, cost: Decimal) -> Decimal:
        """Return the points for a spending, not yet rounded."""
        return cost * Decimal(self.multiplier)


@dataclass(frozen=True, slots=True)
class Reward:
    """Something points buy; `price` is positive."""

    id: str
    name: str
    price: int


@dataclass(frozen=True, slots=True)
class Wallet:
    """What members hold besides points, a kind of credit or a coupon, with a ledger of its own."""

    id: str
    name: str
    unit: str
    book: Book


@dataclass(slots=True)
class Code:
    """A credit QR: `status` is N, U or I, `paid` says that credits were taken for it."""

    cdid: str
    amount: int
    status: str = "N"
    member: Member | None = None
    used_at: int = 0
    paid: bool = False


@dataclass(frozen=True, slots=True)
class Activity:
    """One transaction as the card's list shows it; `kind` is P, C or D, `left` what it left.

    `at` is the unix seconds it goes by, which the rows of a bulk request may give themselves.
    """

    kind: str
    entry: Entry
    member: Member
    left: int
    source: str
    remark: str
    at: int


@dataclass(slots=True)
class Card:
    """One loyalty card of a merchant: who holds it, what it offers, and the ledgers behind it.

    `quota` is how many members the merchant may still take on. `tickets` maps the serial of a
    member ticket to the level it was made for.
    """

    id: str
    name: str
    merchant: str
    formulas: Mapping[str, Formula]
    rewards: Mapping[str, Reward]
    book: Book
    credits: Mapping[str, Wallet]
    coupons: Mapping[str, Wallet]
    members: list[Member] = field(default_factory=list)
    online: dict[str, Member] = field(default_factory=dict)
    plastics: dict[str, Plastic] = field(default_factory=dict)
    bound: dict[int, Plastic] = field(default_factory=dict)
    activities: dict[int, Activity] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    tickets: dict[str, int] = field(default_factory=dict)
    posts: dict[str, str] = field(default_factory=dict)
    quota: int = 1_000_000

    def enter(self, member: Member, *, first: bool = False) -> None:
        """Take a member on, with an account in every ledger."""
        self.members.insert(0 if first else len(self.members), member)
        if member.uid:
            self.online[str(member.uid)] = member
        for wallet in (*self.credits.values(), *self.coupons.values()):
            wallet.book.open(member.account)
        self.book.open(member.account)

    def add_plastic(self, plastic: Plastic) -> None:
        """Put a plastic card into the drawer."""
        self.plastics[str(plastic.id)] = plastic

    def log(
        self,
        kind: str,
        entry: Entry,
        member: Member,
        left: int,
        source: str,
        at: int | None = None,
    ) -> None:
        """List a transaction, or list it anew where another has taken its place."""
        moment = int(entry.made_at) if at is None else at
        made = Activity(kind, entry, member, left, source, entry.note, moment)
        self.activities[entry.id] = made


@dataclass(slots=True)
class Shop:
    """All that one start of the mock holds."""

    user: str
    password: str
    uuid: str
    cards: Mapping[str, Card]
    tokens: Tokens
    processor: Processor
    switches: Switches
    clock: Clock
    desk: Desk
    batches: int = 0
    tickets: int = 0
    numbers: Callable[[], int] = field(default_factory=lambda: itertools.count(910_001).__next__)

    def authorise(self, fields: Fields) -> None:
        """Refuse a request whose token is not valid for its device."""
        token, uuid = fields.get("token"), fields.get("uuid")
        if token is None or uuid is None or self.tokens.holder(token, uuid) is None:
            raise Refused("unauthorised", "invalid token")

    def card(self, fields: Fields) -> Card:
        """Return the card a request names; Refused unless it is this merchant's."""
        card = self.cards.get(fields.need("card_id"))
        if card is None or card.merchant != MERCHANT:
            raise Refused("unknown_card", "no such card")
        return card

    def now(self) -> int:
        """Return unix seconds."""
        return int(self.clock.now())


def member_of(card: Card, fields: Fields) -> Member:
    """Return the member a request names, by exactly one of the two identifiers."""
    pcard_id, cuid = fields.get("pcard_id"), fields.get("cuid")
    if pcard_id is not None and cuid is not None:
        raise Refused("invalid", "pcard_id and cuid exclude each other")
    if pcard_id is None and cuid is None:
        raise Refused("missing", "pcard_id or cuid is required")
    if cuid is not None:
        member = card.online.get(cuid)
    else:
        plastic = card.plastics.get(pcard_id or "")
        member = None if plastic is None else plastic.holder
    if member is None:
        raise Refused("unknown_member", "no such customer")
    return member


def online_member(card: Card, fields: Fields) -> Member:
    """Return the online member a request names."""
    member = card.online.get(fields.need("cuid"))
    if member is None:
        raise Refused("unknown_member", "no such customer")
    return member


def plastic_known_as(card: Card, marks: Iterable[str | None]) -> Plastic | None:
    """Return the plastic card with one of these serials or barcodes."""
    wanted = {mark for mark in marks if mark}
    found = (one for one in card.plastics.values() if {one.serial, one.barcode} & wanted)
    return next(found, None)


def password_hash(shop: Shop) -> str:
    """Return what a client must send for the password."""
    return md5_hex(shop.password)


def names_of(members: Sequence[Member]) -> list[str]:
    """Return the accounts of members."""
    return [member.account for member in members]
