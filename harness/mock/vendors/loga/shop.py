"""A merchant's shop: its cards, members, formulas, rewards and the people who may use it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import Random

from harness.mock.flawed import limits_for, teller_for
from harness.mock.flaws import Flaws
from harness.mock.guard import Tokens, md5_hex
from harness.mock.ledger import EARN, Book, Limits, Order
from harness.mock.message import Fields, Refused
from harness.mock.router import Setting
from harness.mock.teller import Teller

CARD, SECOND_CARD, FOREIGN_CARD = "1001", "1002", "2001"
MERCHANT, FOREIGN_MERCHANT = "501", "502"
LIMITS = Limits(amount_least=1, amount_most=1_000_000, rows_most=1_000, floor=0)
PLASTIC_COUNT = 6
CREATED = 1_700_000_000
EXPIRES = 4_102_444_800

_FIRST_NAMES = ("Anong", "Somchai", "สมหญิง", "Kittisak", "Malee", "ประเสริฐ", "Naree")
_LAST_NAMES = ("Srisuk", "ทองดี", "Chaiyasit", "Wongsa", "แก้วใส")
_LEVELS = {1: "Member", 2: "Silver", 3: "Gold"}


@dataclass(frozen=True, slots=True)
class Member:
    """One customer: online ones have a user id, plastic ones a card; the other is 0."""

    fname: str
    lname: str
    tel: str
    gender: str
    level: int
    created: int
    uid: int = 0
    pcard_id: int = 0

    @property
    def account(self) -> str:
        """The name of the member's account in the ledger."""
        return str(self.uid) if self.uid else f"plastic {self.pcard_id}"

    @property
    def level_text(self) -> str:
        """The name of the member's level."""
        return _LEVELS[self.level]

    @property
    def serial(self) -> str:
        """The NFC serial of a plastic card."""
        return f"04{self.pcard_id:012X}"

    @property
    def barcode(self) -> str:
        """The barcode of a plastic card."""
        return f"885{self.pcard_id:010d}"


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
class Card:
    """One loyalty card of a merchant: who holds it, what it offers, and the ledger behind it."""

    id: str
    name: str
    merchant: str
    members: Sequence[Member]
    formulas: Mapping[str, Formula]
    rewards: Mapping[str, Reward]
    book: Book
    online: Mapping[str, Member]
    plastic: Mapping[str, Member]


@dataclass(slots=True)
class Shop:
    """All that one start of the mock holds."""

    user: str
    password: str
    uuid: str
    cards: Mapping[str, Card]
    tokens: Tokens
    teller: Teller
    flaws: Flaws
    batches: int = 0
    tickets: int = 0

    def authorise(self, fields: Fields) -> None:
        """Refuse a request whose token is not good from its device."""
        token, uuid = fields.get("token"), fields.get("uuid")
        if token is None or uuid is None or self.tokens.holder(token, uuid) is None:
            raise Refused("unauthorised", "invalid token")

    def card(self, fields: Fields) -> Card:
        """Return the card a request names; Refused unless it is this merchant's."""
        card = self.cards.get(fields.need("card_id"))
        if card is None:
            raise Refused("unknown_card", "no such card")
        if card.merchant != MERCHANT:
            raise Refused("unknown_card", "no such card")
        return card


def member_of(card: Card, fields: Fields) -> Member:
    """Return the member a request names, by exactly one of the two identifiers."""
    pcard_id, cuid = fields.get("pcard_id"), fields.get("cuid")
    if pcard_id is not None and cuid is not None:
        raise Refused("invalid", "pcard_id and cuid exclude each other")
    if pcard_id is None and cuid is None:
        raise Refused("missing", "pcard_id or cuid is required")
    member = card.online.get(cuid) if cuid is not None else card.plastic.get(pcard_id or "")
    if member is None:
        raise Refused("unknown_member", "no such customer")
    return member


def open_shop(setting: Setting) -> Shop:
    """Build the shop: data by seed, credentials anew each time."""
    random = Random(f"shop {setting.seed}")
    members = _members(random, setting.members)
    limits = limits_for(LIMITS, setting.flaws)
    formulas = (Formula(1, "Every 25 Baht", "0.04"), Formula(2, "Double day", "0.08"))
    rewards = (Reward("301", "Coffee", 30), Reward("302", "Gift voucher", 500))
    cards = (
        _card(CARD, "Main card", MERCHANT, members, limits, formulas, rewards),
        _card(SECOND_CARD, "Second card", MERCHANT, members, limits),
        _card(FOREIGN_CARD, "Card of another", FOREIGN_MERCHANT, members[:3], limits),
    )
    for member in [*cards[0].online.values()][::16]:
        opening = Order(member.account, EARN, random.randrange(100, 1_000), note="opening balance")
        cards[0].book.append(opening)
    return Shop(
        user=f"staff-{secrets.token_hex(4)}@shop.example",
        password=secrets.token_urlsafe(12),
        uuid=f"device-{secrets.token_hex(6)}",
        cards={card.id: card for card in cards},
        tokens=Tokens(setting.flaws),
        teller=teller_for(setting.flaws),
        flaws=setting.flaws,
    )


def password_hash(shop: Shop) -> str:
    """Return what a client must send for the password."""
    return md5_hex(shop.password)


def _members(random: Random, count: int) -> list[Member]:
    """Return `count` online members with the plastic ones among the first of them."""
    online = [_member(random, index, uid=100_001 + index) for index in range(count)]
    plastic = [_member(random, count + i, pcard_id=900_001 + i) for i in range(PLASTIC_COUNT)]
    return online[:4] + plastic + online[4:]


def _member(random: Random, index: int, uid: int = 0, pcard_id: int = 0) -> Member:
    return Member(
        fname=random.choice(_FIRST_NAMES),
        lname=random.choice(_LAST_NAMES),
        tel=f"08{index:08d}",
        gender=random.choice("MF"),
        level=random.choice(tuple(_LEVELS)),
        created=CREATED + 3_600 * index,
        uid=uid,
        pcard_id=pcard_id,
    )


def _card(
    card_id: str,
    name: str,
    merchant: str,
    members: Sequence[Member],
    limits: Limits,
    formulas: Sequence[Formula] = (),
    rewards: Sequence[Reward] = (),
) -> Card:
    return Card(
        id=card_id,
        name=name,
        merchant=merchant,
        members=members,
        formulas={str(formula.id): formula for formula in formulas},
        rewards={reward.id: reward for reward in rewards},
        book=Book([member.account for member in members], limits, first_entry=700_001),
        online={str(member.uid): member for member in members if member.uid},
        plastic={str(member.pcard_id): member for member in members if member.pcard_id},
    )
