"""What the company has when the mock starts: by seed, but for the token."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from random import Random

from harness.mock.defects.processor import limits_for, processor_for
from harness.mock.ledger import EARN, Book, Limits, Order
from harness.mock.router import Setting
from harness.mock.vendors.luna.company import (
    CASHBACK,
    CERTIFICATE,
    COUNTERS,
    COUPON,
    DELETED,
    DISCOUNT,
    INSTALLED,
    MEMBERSHIP,
    NOT_INSTALLED,
    OTHER,
    STAMPS,
    SUBSCRIPTION,
    Card,
    Company,
    Reward,
    Template,
)

LIMITS = Limits(amount_least=1, floor=0)
REWARD_AT, TWO_REWARDS_AT, SELF_USED_AT = 4, 8, 3
MANY_REWARDS = 5_000

_COFFEE, _CAKE = Reward("Coffee", (REWARD_AT, TWO_REWARDS_AT)), Reward("Cake", (10,))
_BISCUIT = Reward("Biscuit", (SELF_USED_AT,), used_by_itself=True)
_TEMPLATES: Mapping[str, Template] = {
    "stamps": Template(101, "Ten stamps", STAMPS, rewards=(_COFFEE, _CAKE)),
    "cashback": Template(102, "Cashback", CASHBACK),
    "subscription": Template(103, "Yoga lessons", SUBSCRIPTION, stamps_most=8, points_a_visit=5),
    "coupon": Template(104, "First visit", COUPON),
    "discount": Template(105, "Discount", DISCOUNT),
    "certificate": Template(106, "Gift", CERTIFICATE),
    "membership": Template(107, "Club", MEMBERSHIP),
    "stamps_used_by_themselves": Template(108, "Biscuits", STAMPS, rewards=(_BISCUIT,)),
    "without_expiry": Template(109, "For ever", CASHBACK, expires=False),
    "listing": Template(120, "Spring coupon", COUPON),
    "push": Template(121, "Guests", CASHBACK),
    "push_even": Template(122, "Regulars", CASHBACK),
}
_FOREIGN = Template(901, "Cashback of another", CASHBACK, company=OTHER)
# How many cards of a template are installed, not installed, deleted, and not made yet.
_CROWDS: Mapping[str, tuple[int, int, int, int]] = {
    "listing": (123, 108, 5, 14),
    "push": (25, 3, 2, 0),
    "push_even": (20, 0, 0, 0),
}
_FIRST_NAMES = ("Anna", "José", "Mia", "Zoë", "Luka", "Nora", "Ødger")
_LAST_NAMES = ("Berg", "Lindqvist", "Núñez", "Moreau", "Novák")
_SHARED_PHONE, _SHARED_EMAIL = 4_790_000_001, "shared@luna.example"


def open_company(setting: Setting) -> tuple[Company, Mapping[str, str]]:
    """Build the company and say by which values a client may know what is there."""
    switches = setting.switches
    company = Company(
        token=secrets.token_hex(16),
        templates=(*_TEMPLATES.values(), _FOREIGN),
        processor=processor_for(switches),
        books={name: Book((), limits_for(LIMITS, switches)) for name in COUNTERS},
        switches=switches,
        random=Random(f"company {setting.seed}"),
    )
    crowd = _Crowd(company, Random(f"clients {setting.seed}"))
    values = {name: str(template.id) for name, template in _TEMPLATES.items()}
    for name, counts in _CROWDS.items():
        for status, count in zip((INSTALLED, NOT_INSTALLED, DELETED, None), counts, strict=True):
            for _ in range(count):
                crowd.join(_TEMPLATES[name], status)
    guests = company.clients_of(_TEMPLATES["push"])
    uninstalled = company.card_of(guests[25])
    values |= {
        "push_uninstalled_card": "" if uninstalled is None else uninstalled.serial,
        "reward_at": str(REWARD_AT),
        "two_rewards_at": str(TWO_REWARDS_AT),
        "self_used_at": str(SELF_USED_AT),
        **crowd.known_cards(),
        **crowd.shared_contact(),
    }
    return company, values


class _Crowd:
    """Makes clients with cards, each with a phone and an e-mail of his own."""

    def __init__(self, company: Company, random: Random) -> None:
        self._company = company
        self._random = random
        self._count = 0

    def join(self, template: Template, status: str | None) -> Card | None:
        """Let a client join a template, with a card in this state or without one."""
        self._count += 1
        client = self._company.enter(
            template,
            self._random.choice(_LAST_NAMES),
            self._random.choice(_FIRST_NAMES),
            4_700_000_000 + self._count,
            f"guest{self._count}@luna.example",
        )
        client.born = f"19{self._random.randrange(50, 99)}-0{self._random.randrange(1, 9)}-15"
        return None if status is None else self._company.issue(client, status)

    def known_cards(self) -> dict[str, str]:
        """Make a card of each kind that scenarios need and cannot make themselves."""
        found = {}
        for name in ("stamps", "cashback", "subscription", "discount"):
            card = self._card(_TEMPLATES[name], INSTALLED)
            found[f"installed_{name}_card"] = card.serial
            self._use(card)
            if name == "cashback":
                card.client.extra = {"Field0": "vegetarian", "Field1": "window seat"}
                found["card_with_fields"] = card.serial
        rewarded = self._card(_TEMPLATES["stamps"], INSTALLED)
        rewarded.unused = [_COFFEE] * MANY_REWARDS
        found["rewarded_card"] = rewarded.serial
        found["deleted_card"] = self._card(_TEMPLATES["cashback"], DELETED).serial
        found["foreign_card"] = self._card(_FOREIGN, INSTALLED).serial
        return found

    def shared_contact(self) -> dict[str, str]:
        """Make a client who has two cards of the company and one of another."""
        serials = []
        for template in (_TEMPLATES["cashback"], _TEMPLATES["certificate"], _FOREIGN):
            card = self._card(template, INSTALLED)
            self._company.reach(card.client, _SHARED_PHONE, _SHARED_EMAIL)
            serials.append(card.serial)
        return {
            "shared_phone": str(_SHARED_PHONE),
            "shared_email": _SHARED_EMAIL,
            "shared_card": serials[0],
            "shared_second_card": serials[1],
            "shared_foreign_card": serials[2],
        }

    def _card(self, template: Template, status: str) -> Card:
        card = self.join(template, status)
        assert card is not None
        return card

    def _use(self, card: Card) -> None:
        """Give a card counters that differ from each other and from zero."""
        card.stamps = 13
        card.unused = [_COFFEE, _CAKE]
        for number, name in enumerate(COUNTERS):
            amount = 1_000 * (number + 1) + self._random.randrange(1, 900)
            self._company.books[name].append(Order(card.serial, EARN, amount))
