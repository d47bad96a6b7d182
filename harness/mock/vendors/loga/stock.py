"""What a shop holds when it opens: data by seed, credentials anew each time."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Sequence
from dataclasses import replace
from random import Random

from harness.mock.auth import Tokens
from harness.mock.clock import Clock
from harness.mock.defects.processor import limits_for, processor_for
from harness.mock.ledger import EARN, Book, Limits, Order
from harness.mock.router import Setting
from harness.mock.vendors.loga.desk import Board, Desk
from harness.mock.vendors.loga.members import LEVELS, Member, Plastic
from harness.mock.vendors.loga.shop import (
    CARD,
    FOREIGN_CARD,
    FOREIGN_MERCHANT,
    LIMITS,
    MERCHANT,
    SECOND_CARD,
    Card,
    Code,
    Formula,
    Reward,
    Shop,
    Wallet,
    names_of,
)

PLASTIC_COUNT = 6
BLANK_BARCODE = "8859999999999"
CREATED = 1_700_000_000
BOARD_COUNT = 12
DAY_SECONDS = 86_400
COUPONS_OF_EACH = {"401": 6, "402": 3}
SCANNED, POOR = "scanned0000000001", "scanned0000000002"
STRANGER = "100000000001"

_FIRST_NAMES = ("Anong", "Somchai", "สมหญิง", "Kittisak", "Malee", "ประเสริฐ", "Naree")
_LAST_NAMES = ("Srisuk", "ทองดี", "Chaiyasit", "Wongsa", "แก้วใส")
_FORMULAS = (Formula(1, "Every 25 Baht", "0.04"), Formula(2, "Double day", "0.08"))
_REWARDS = (Reward("301", "Coffee", 30), Reward("302", "Gift voucher", 500))
_CREDITS = (("701", "Wallet", "Baht"), ("702", "Washes", "times"))
_COUPONS = (("401", "Ten per cent off"), ("402", "Welcome drink"))


def open_shop(setting: Setting) -> Shop:
    """Build the shop; of its times only the life of tokens goes by the clock that can be moved.

    The others follow the clock of the client, which names dates such as today by it.
    """
    life = DAY_SECONDS if setting.switches.has("token-ends-after-a-day") else None
    tokens = Tokens(setting.switches, lifetime_seconds=life, clock=setting.clock.steady)
    setting = replace(setting, clock=Clock())
    random = Random(f"shop {setting.seed}")
    members = _members(random, setting.members)
    limits = limits_for(LIMITS, setting.switches)
    cards = (
        _card(setting, CARD, "Main card", MERCHANT, members, limits, rich=True),
        _card(setting, SECOND_CARD, "Second card", MERCHANT, members, limits),
        _card(setting, FOREIGN_CARD, "Card of another", FOREIGN_MERCHANT, members[:3], limits),
    )
    main = cards[0]
    for member in [*main.online.values()][::16]:
        opening = Order(member.account, EARN, random.randrange(100, 1_000), note="opening balance")
        entry = main.book.append(opening)
        main.log("P", entry, member, entry.units, "")
    scanner = main.members[0]
    main.codes[SCANNED] = Code("701", 15, "U", scanner, CREATED)
    main.codes[POOR] = Code("701", 900_000, "I", scanner, CREATED)
    main.posts["5001"] = "Opening hours"
    return Shop(
        user=f"staff-{secrets.token_hex(4)}@shop.example",
        password=secrets.token_urlsafe(12),
        uuid=f"device-{secrets.token_hex(6)}",
        cards={card.id: card for card in cards},
        tokens=tokens,
        processor=processor_for(setting.switches),
        switches=setting.switches,
        clock=setting.clock,
        desk=_desk(setting, [*main.online.values()]),
    )


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
        level=random.choice(tuple(LEVELS)),
        created=CREATED + 3_600 * index,
        uid=uid,
        pcard_id=pcard_id,
    )


def _card(
    setting: Setting,
    card_id: str,
    name: str,
    merchant: str,
    members: Sequence[Member],
    limits: Limits,
    *,
    rich: bool = False,
) -> Card:
    """Return a card; a `rich` one has formulas, rewards, credits and coupons too."""
    accounts = names_of(members)
    # Points have the highest numbers, so that none of theirs looks old beside the others.
    first = itertools.count(900_000_001, -100_000_000)

    def book(limits: Limits) -> Book:
        return Book(accounts, limits, first_entry=next(first), clock=setting.clock.now)

    points = book(limits)
    credits = [Wallet(id_, kind, unit, book(limits)) for id_, kind, unit in _CREDITS if rich]
    coupons = [Wallet(id_, kind, "coupon", book(LIMITS)) for id_, kind in _COUPONS if rich]
    card = Card(
        id=card_id,
        name=name,
        merchant=merchant,
        formulas={str(formula.id): formula for formula in _FORMULAS if rich},
        rewards={reward.id: reward for reward in _REWARDS if rich},
        book=points,
        credits={wallet.id: wallet for wallet in credits},
        coupons={wallet.id: wallet for wallet in coupons},
    )
    for member in members:
        card.enter(member)
        if member.pcard_id:
            serial, barcode = f"04{member.pcard_id:012X}", f"885{member.pcard_id:010d}"
            card.add_plastic(Plastic(member.pcard_id, serial, barcode, member))
        for coupon in coupons:
            coupon.book.append(Order(member.account, EARN, COUPONS_OF_EACH[coupon.id]))
    if rich:
        card.add_plastic(Plastic(900_999, "04FFFFFFFFFFFF", BLANK_BARCODE))
    return card


def _desk(setting: Setting, members: Sequence[Member]) -> Desk:
    """Return the helpdesk with boards of some members, the older half of them unread."""
    desk = Desk(setting.switches, setting.clock)
    for number, member in enumerate(members[:BOARD_COUNT]):
        card_id = SECOND_CARD if number == 0 else CARD
        board = desk.open(card_id, member.uid, member.username, (member.fname, member.tel))
        made = desk.say(board, "C", member.uid, member.username, f"Question {number}")
        made.timestamp = board.created = board.updated = CREATED + 60 * number
        if number % 2:
            made.read_at = made.timestamp + 30
    return desk


def board_of(shop: Shop) -> Board:
    """Return a board of the main card that a client may use."""
    return next(board for board in shop.desk.boards.values() if board.card_id == CARD)
