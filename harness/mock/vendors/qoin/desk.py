"""A client's desk: its key, its members, the tickets of its commands and the points they gave."""

from __future__ import annotations

import base64
import binascii
import secrets
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from random import Random
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from harness.mock.auth import md5_hex
from harness.mock.defects.processor import processor_for
from harness.mock.defects.switches import Switches
from harness.mock.ledger import EARN, Book, Limits, Order
from harness.mock.message import Refused
from harness.mock.processor import Processor
from harness.mock.router import Setting

KEY_BITS = 1024
SIGNED_KEYS = (
    "trxId",
    "refference",
    "memberId",
    "memberName",
    "userFromStatus",
    "userId",
    "userIdShare",
    "deviceType",
    "installId",
    "data",
)
PLATFORM_TIME = timezone(timedelta(hours=7), "WIB")
FIRST_MEMBER, FIRST_USER = 2_001, 90_001

_NAMES = ("Agung", "Fares", "Siti", "Putri", "Bayu", "Dewi", "Rizky")


@dataclass(frozen=True, slots=True)
class Member:
    """One member of the client's programme, who is a user of the platform too."""

    member_id: int
    user_id: int
    name: str
    qtag: str


@dataclass(slots=True)
class Desk:
    """All that one start of the mock holds.

    `book` keeps points by user id. `seen` are signatures that were valid, `numbers` the transaction
    numbers of commands; `counts`, `slots` and `slot` are what defective tickets are counted with.
    """

    private_key: rsa.RSAPrivateKey
    public_key: rsa.RSAPublicKey
    members: Mapping[int, Member]
    book: Book
    processor: Processor
    switches: Switches
    counts: Counter[str] = field(default_factory=Counter)
    last_ticket: str = ""
    slots: dict[int, str] = field(default_factory=dict)
    slot: int = 0
    seen: set[str] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)

    def verify(self, data: Mapping[str, Any]) -> None:
        """Refuse a payload whose signature is not the client's own over it."""
        text = data["signature"]
        if self.switches.has("signature-ignored"):
            return
        if self.switches.has("signature-replayable") and text in self.seen:
            return
        keys = list(SIGNED_KEYS)
        if self.switches.has("signature-keys-unsorted"):
            keys.sort(key=list(data).index)
        signed = orjson.dumps({key: data[key] for key in keys if key in data})
        try:
            signature = base64.b64decode(text, validate=True)
            self.public_key.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
        except (binascii.Error, ValueError, InvalidSignature):
            raise Refused("unauthorised", "Invalid signature") from None
        self.seen.add(text)

    async def ticket(self, action: str) -> str:
        """Return the ticket of one more command."""
        if self.switches.has("ticket-counter-per-action"):
            self.counts[action] += 1
            return self.slots.setdefault(self.counts[action], _new_ticket())
        if self.switches.has("ticket-race"):
            slot = self.slot
            await self.switches.pause()
            self.slot = slot + 1
            return self.slots.setdefault(slot, _new_ticket())
        if not self.last_ticket or not self.switches.strikes("ticket-repeats", 100):
            self.last_ticket = _new_ticket()
        return self.last_ticket

    async def give(self, user: int, points: int, key: str) -> None:
        """Give a user points, once under a key; who is no user, or none at all, gets none."""
        account = str(user)
        if points > 0 and account in self.book.accounts:
            await self.processor.move(self.book, Order(account, EARN, points, reference=key))


def idempotency_keys(body: bytes) -> tuple[str, ...]:
    """Return the keys that a body, known to be UTF-8, may have on a day about now."""
    now = datetime.now(PLATFORM_TIME)
    days = (now, now - timedelta(days=1), now + timedelta(days=1))
    return tuple(md5_hex(f"{body.decode()}{day:%Y-%m-%d}") for day in days)


def open_desk(setting: Setting) -> Desk:
    """Build the desk: members by seed, a new pair of keys each time."""
    random = Random(f"desk {setting.seed}")
    members = {
        FIRST_MEMBER + index: Member(
            FIRST_MEMBER + index,
            FIRST_USER + index,
            random.choice(_NAMES),
            f"Q{random.randrange(10**6):06d}",
        )
        for index in range(setting.members)
    }
    private_key = rsa.generate_private_key(65_537, KEY_BITS)
    return Desk(
        private_key=private_key,
        public_key=private_key.public_key(),
        members=members,
        book=Book((str(member.user_id) for member in members.values()), Limits()),
        processor=processor_for(setting.switches),
        switches=setting.switches,
    )


def private_pem(desk: Desk) -> str:
    """Return the key that the platform hands to its client."""
    return desk.private_key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def _new_ticket() -> str:
    return f"{secrets.token_hex(4)}-{uuid.uuid4()}"
