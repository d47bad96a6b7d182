"""A small client of the signed commands, and the scenario that shows each of their defects."""

from __future__ import annotations

import base64
import hashlib
import http.client
import itertools
import json
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from harness.mock.defects.switches import Switches
from harness.mock.router import Setting
from harness.mock.vendors import qoin
from tests.mock.client import Served

SIGNED = (
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
LINES: Mapping[str, dict[str, Any]] = {
    "transactionreferral": {"product_id": 10},
    "productsku": {"product_code": "T30H"},
}
ACTIONS = [
    "transaction",
    "luckydraw",
    "register",
    "registerreferral",
    "transactionreferral",
    "dailycheckin",
    "productsku",
]
DATED = ("registerreferral", "dailycheckin", "productsku")
MOMENT = "2024-04-30 10:30:00"
JAKARTA = timezone(timedelta(hours=7))
REFERENCES = map("ref-{}".format, itertools.count())

Response = tuple[int, dict[str, Any]]


def served(*defects: str, seed: int = 0) -> Served:
    """Return a server of the signed commands with the defects given."""
    return Served(qoin.build(Setting(Switches(defects, seed), seed, 64)))


class Sender:
    """One client of a served desk, with the key the server handed out."""

    def __init__(self, server: Served) -> None:
        self.server = server
        pem = server.service.secrets["private_key"].encode()
        key = serialization.load_pem_private_key(pem, None)
        assert isinstance(key, rsa.RSAPrivateKey)
        self.key = key
        self.members = list(server.service.members)
        self._here = threading.local()

    def data(self, action: str = "transaction", **over: Any) -> dict[str, Any]:
        """Return an unsigned payload; a field of None is left out."""
        member = self.members[0]
        line = {"trxAmount": 10_000, "trxDate": MOMENT, **LINES.get(action, {})}
        plain = {
            "trxId": 0,
            "refference": next(REFERENCES),
            "memberId": int(member["id"]),
            "memberName": member["name"],
            "userFromStatus": 0,
            "userId": int(member["user_id"]),
            "userIdShare": 0,
            "deviceType": "android",
            "installId": "S21+",
            "data": [line],
            **({"memberQtagPhone": member["qtag"]} if action == "registerreferral" else {}),
            **over,
        }
        return {name: value for name, value in plain.items() if value is not None}

    def sign(self, data: Mapping[str, Any]) -> str:
        """Return the signature of a payload."""
        signed = {name: data[name] for name in SIGNED if name in data}
        text = json.dumps(signed, separators=(",", ":"), ensure_ascii=False)
        made = self.key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
        return base64.b64encode(made).decode()

    def command(
        self, action: str = "transaction", data: Any = None, **envelope: Any
    ) -> dict[str, Any]:
        """Return a whole command, signed; a field of the envelope that is None is left out."""
        data = self.data(action) if data is None else data
        if isinstance(data, dict) and "signature" not in data:
            data = {**data, "signature": self.sign(data)}
        plain = {
            "Subject": "loyalty",
            "SubjectType": "reward",
            "SubjectIdentifier": "task",
            "Action": action,
            "ResourceType": "null",
            "Resource": "null",
            "ResourceId": "null",
            "Data": data,
            **envelope,
        }
        return {name: value for name, value in plain.items() if value is not None}

    def post(self, command: Any, key: str | None = "") -> Response:
        """Send a body with its Idempotency-Key, another one, or none; return the response."""
        connection = getattr(self._here, "connection", None)
        if connection is None:
            connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)
            self._here.connection = connection
        body = json.dumps(command, ensure_ascii=False).encode()
        headers = {"content-type": "application/json"}
        if key is not None:
            headers["Idempotency-Key"] = key or idempotency_key(body)
        connection.request("POST", "/saas/requestin", body, headers)
        response = connection.getresponse()
        raw = response.read()
        if response.headers["content-type"] != "application/json":
            return response.status, {"text": raw.decode()}
        value = json.loads(raw)
        assert isinstance(value, dict)
        return response.status, value

    def send(self, action: str = "transaction", data: Any = None, **envelope: Any) -> Response:
        """Send a command, whole but for what is given."""
        return self.post(self.command(action, data, **envelope))

    def points(self, member: int = 0) -> int:
        """Return the points a member has, which no command tells."""
        desk = self.server.service.routes[0].handler.args[0]  # type: ignore[attr-defined]
        balance: int = desk.book.balance(self.members[member]["user_id"])
        return balance


def idempotency_key(body: bytes) -> str:
    """Return the MD5 of a body with the platform's date."""
    today = f"{datetime.now(JAKARTA):%Y-%m-%d}".encode()
    return hashlib.md5(body + today, usedforsecurity=False).hexdigest()


def ok(response: Response) -> bool:
    """Tell whether a command was processed."""
    status, value = response
    return status == 200 and value.get("Status") == "success"


def failed(response: Response) -> bool:
    """Tell whether a command was refused in the words of the documents."""
    status, value = response
    return (
        400 <= status < 500
        and value.get("Status") == "failed"
        and value.get("StatusCode") == status
        and bool(value.get("Message"))
        and value.get("Data", "") is None
    )


def lines(*over: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return lines of a transaction."""
    return [{"trxAmount": 1_000, "trxDate": MOMENT, **one} for one in over]


def taken(**data: Any) -> Callable[[Sender], bool]:
    """Return the scenario that a transaction with these values is processed."""
    return lambda sender: ok(sender.send(data=sender.data(**data)))


def own_tickets_of_actions(sender: Sender) -> bool:
    """Commands of different actions have tickets of their own."""
    responses = [sender.send(action) for action in ACTIONS]
    return len({value["TicketId"] for _, value in responses}) == len(ACTIONS)


def any_signature(sender: Sender) -> bool:
    """A dummy is refused."""
    return failed(sender.send(data={**sender.data(), "signature": "sssss"}))


def numbers_as_text(sender: Sender) -> bool:
    """All ids and amounts may be text."""
    member = sender.members[0]
    texts = dict.fromkeys(("trxId", "userFromStatus", "userIdShare"), "0")
    ids = {"memberId": member["id"], "userId": member["user_id"]}
    return ok(sender.send(data=sender.data(**texts, **ids, data=lines({"trxAmount": "1000"}))))


def zero_twice(sender: Sender) -> bool:
    """Two commands with the number 0 are two."""
    return ok(sender.send()) and ok(sender.send())


PROBES: Mapping[str, Callable[[Sender], bool]] = {
    "ticket-counter-per-action": own_tickets_of_actions,
    "signature-ignored": any_signature,
    "numeric-text-refused": numbers_as_text,
    "single-line-refused": taken(data=lines({})[0]),
    "number-as-idempotency-key": zero_twice,
}
