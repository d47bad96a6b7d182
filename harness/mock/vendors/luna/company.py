"""The company behind the API: its templates, clients and cards, and those of another company."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from harness.mock.defects.switches import Switches
from harness.mock.ledger import Book
from harness.mock.message import Refused
from harness.mock.processor import Processor

OWN, OTHER = "own", "other"
STAMPS, CASHBACK, SUBSCRIPTION, COUPON, DISCOUNT, CERTIFICATE, MEMBERSHIP = range(7)
INSTALLED, DELETED, NOT_INSTALLED = "installed", "deleted", "not installed"
COUNTERS = ("points", "spent", "visits", "scores")


@dataclass(frozen=True, slots=True)
class Reward:
    """What stamps lead to: credited at these numbers of stamps of one round of the card."""

    name: str
    at: tuple[int, ...]
    used_by_itself: bool = False


@dataclass(frozen=True, slots=True)
class Template:
    """A kind of card of one company; `expires` says whether an expiry may be set on its cards."""

    id: int
    name: str
    type: int
    company: str = OWN
    expires: bool = True
    stamps_most: int = 10
    rewards: tuple[Reward, ...] = ()
    points_a_visit: int = 0


@dataclass(slots=True)
class Client:
    """A person as one template knows him."""

    id: int
    template: Template
    sname: str
    fname: str
    phone: int | None = None
    email: str | None = None
    born: str | None = None
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Card:
    """A client's card; its points, money, visits and scores stand in the company's books.

    `unused` are the rewards not yet used, oldest first. `ends_at` is unix seconds.
    """

    serial: str
    client: Client
    status: str = NOT_INSTALLED
    stamps: int = 0
    taken: int = 0
    unused: list[Reward] = field(default_factory=list)
    ends_at: int | None = None
    operations: list[dict[str, Any]] = field(default_factory=list)
    pushes: list[dict[str, Any]] = field(default_factory=list)

    @property
    def template(self) -> Template:
        """The template of the card."""
        return self.client.template

    @property
    def valid(self) -> bool:
        """Whether the card has not expired."""
        return self.ends_at is None or self.ends_at > time.time()


class Company:
    """All that one start of the mock holds."""

    def __init__(
        self,
        token: str,
        templates: Sequence[Template],
        processor: Processor,
        books: Mapping[str, Book],
        switches: Switches,
        random: Random,
    ) -> None:
        self.token = token
        self.templates = {template.id: template for template in templates}
        self.processor = processor
        self.books = books
        self.switches = switches
        self.clients: dict[int, Client] = {}
        self.cards: dict[str, Card] = {}
        self._random = random
        self._of_template: dict[int, list[Client]] = {number: [] for number in self.templates}
        self._of_client: dict[int, Card] = {}
        self._contacts: dict[tuple[int, int | str], Client] = {}
        self._clients = itertools.count(5_001)
        self._serials = itertools.count(100_200)
        self._numbers = itertools.count(1)

    def template(self, number: int) -> Template:
        """Return a template of the company itself; Refused when there is none."""
        template = self.templates.get(number)
        if template is None or template.company != OWN:
            raise Refused("unknown_template", "no such template")
        return template

    def client(self, number: int) -> Client:
        """Return a client of the company itself; Refused when there is none."""
        client = self.clients.get(number)
        if client is None or client.template.company != OWN:
            raise Refused("unknown_client", "no such client")
        return client

    def card(self, serial: str) -> Card:
        """Return a card of the company itself; Refused otherwise, saying which is the matter."""
        card = self.cards.get(serial)
        if card is None:
            raise Refused("unknown_card", "no card with this serial number")
        if card.template.company != OWN and not self.switches.has("foreign-card-served"):
            as_unknown = self.switches.has("foreign-card-as-unknown")
            raise Refused(
                "unknown_card" if as_unknown else "foreign_card", "the card is of another company"
            )
        return card

    def holder(self, template: Template, contact: int | str | None) -> Client | None:
        """Return the client of a template with this phone or e-mail."""
        return None if contact is None else self._contacts.get((template.id, contact))

    def clients_of(self, template: Template) -> Sequence[Client]:
        """Return the clients of a template, the oldest first."""
        return self._of_template[template.id]

    def card_of(self, client: Client) -> Card | None:
        """Return the card of a client, None before it is made."""
        return self._of_client.get(client.id)

    def cards_with(self, contact: int | str) -> Iterator[Card]:
        """Yield the cards of all templates whose client has this phone or e-mail."""
        for template in self.templates.values():
            client = self.holder(template, contact)
            card = None if client is None else self.card_of(client)
            own = template.company == OWN or self.switches.has("foreign-cards-listed")
            if card is not None and own:
                yield card

    def enter(
        self, template: Template, sname: str, fname: str, phone: int | None, email: str | None
    ) -> Client:
        """Make a client, even when another one has the contact already."""
        client = Client(next(self._clients), template, sname, fname, phone, email)
        self.clients[client.id] = client
        self._of_template[template.id].append(client)
        self.reach(client, phone, email)
        return client

    def reach(self, client: Client, phone: int | None, email: str | None) -> None:
        """Let phone and e-mail lead to a client from now on, and no others."""
        for old in (client.phone, client.email):
            if old is not None and self.holder(client.template, old) is client:
                del self._contacts[client.template.id, old]
        client.phone, client.email = phone, email
        for new in (phone, email):
            if new is not None:
                self._contacts[client.template.id, new] = client

    def issue(self, client: Client, status: str = NOT_INSTALLED) -> Card:
        """Make the card of a client."""
        last = f"{self._random.randrange(1000):03d}-{self._random.randrange(1000):03d}"
        card = Card(f"{next(self._serials)}-{last}", client, status)
        self.cards[card.serial] = card
        self._of_client[client.id] = card
        for book in self.books.values():
            book.open(card.serial)
        return card

    def stamp(self) -> dict[str, Any]:
        """Return what every entry of a history begins with: a number of its own, and the time."""
        return {"id": next(self._numbers), "date": time.strftime("%Y-%m-%d %H:%M:%S")}
