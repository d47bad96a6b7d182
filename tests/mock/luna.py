"""A small client of the card company, and the scenario that shows each of its defects."""

from __future__ import annotations

import http.client
import itertools
import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

from harness.mock.defects.switches import Switches
from harness.mock.router import Setting
from harness.mock.vendors import luna
from tests.mock.client import Served

PATHS: Mapping[str, str] = {
    **{name: path for name, (path, _) in luna.OPERATIONS.items()},
    "send_info_push_one": "/sendInfoPush",
    "send_info_push_all": "/sendInfoPush",
}
TEMPLATES: Mapping[str, int] = {
    "stamps": 101,
    "cashback": 102,
    "subscription": 103,
    "coupon": 104,
    "discount": 105,
    "certificate": 106,
    "membership": 107,
    "biscuits": 108,
    "without_expiry": 109,
    "listing": 120,
    "push": 121,
    "push_even": 122,
}
NUMBERS = itertools.count(1)
FAR = 4_102_444_800


def served(*defects: str, seed: int = 0) -> Served:
    """Return a server of the card company with the defects given."""
    return Served(luna.build(Setting(Switches(defects, seed), seed, 64)))


class Till:
    """One client of a served company, with the token the server handed out."""

    def __init__(self, server: Served) -> None:
        self.server = server
        self.token = server.service.secrets["token"]
        self.values = server.service.values
        self._here = threading.local()

    def send(self, operation: str, fields: Any, token: str | None = None) -> tuple[int, str, bytes]:
        """Send a body and return status, content type and body of the response."""
        connection = getattr(self._here, "connection", None)
        if connection is None:
            connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)
            self._here.connection = connection
        headers = {"content-type": "application/json"}
        shown = self.token if token is None else token
        if shown:
            headers["x-access-token"] = shown
        connection.request("POST", "/api/v1" + PATHS[operation], json.dumps(fields), headers)
        response: http.client.HTTPResponse = connection.getresponse()
        return response.status, response.headers["content-type"], response.read()

    def call(self, operation: str, **fields: Any) -> dict[str, Any]:
        """Call an operation; a field of None is left out."""
        given = {name: value for name, value in fields.items() if value is not None}
        value = json.loads(self.send(operation, given)[2])
        assert isinstance(value, dict)
        return value

    def client(self, template: str = "cashback", **fields: Any) -> dict[str, Any]:
        """Make a client with a phone and an e-mail of his own, unless others are given."""
        number = next(NUMBERS)
        plain = {"phone": 66_000_000_000 + number, "email": f"probe{number}@luna.example"}
        names = {"sName": "Probe", "fName": f"P{number}", "idTemplate": TEMPLATES[template]}
        return {**names, **plain, **fields, **self.call("create_client", **names, **plain | fields)}

    def card(self, template: str = "cashback") -> str:
        """Make a client and his card; return its serial number."""
        user = self.client(template)["userID"]
        made = self.call("create_pass", idTemplate=TEMPLATES[template], userID=user)
        serial: str = made["serialNumber"]
        return serial

    def use(self, serial: str, action: str | None = None, **fields: Any) -> dict[str, Any]:
        """Use a card."""
        return self.call("use_pass", passSerialNumber=serial, action=action, **fields)

    def info(self, serial: str, field: str) -> Any:
        """Return one field of a card."""
        return self.call("get_pass_info", passSerialNumber=serial)[field]

    def pages(self, operation: str, **fields: Any) -> list[list[dict[str, Any]]]:
        """Return all pages of a list up to the first empty one."""
        found: list[list[dict[str, Any]]] = []
        while not found or found[-1]:
            found.append(self.call(operation, page=len(found) + 1, **fields)["rows"])
        return found[:-1]

    def messages(self, serial: str) -> list[str]:
        """Return the latest messages of a card."""
        rows = self.call("get_info_push_list", passSerialNumber=serial)["rows"]
        return [row["message"] for row in rows]

    def installed(self, template: str) -> list[str]:
        """Return the serial numbers of installed cards on the first page."""
        fields = {"idTemplate": TEMPLATES[template], "selectionMode": "PassInstalled"}
        return [
            r["serialNumber"] for r in self.call("get_template_client_passes", **fields)["rows"]
        ]


def error(value: Mapping[str, Any]) -> int:
    """Return the error of a response, 0 for none."""
    return int(value.get("error") or 0)


def taken(field: str) -> Callable[[Till], bool]:
    """A contact that is taken is error 5 with the id of who has it."""

    def probe(till: Till) -> bool:
        first = till.client()
        again = till.client(**{field: first[field]})
        return (error(again), again.get("userID")) == (5, first["userID"])

    return probe


def stamps(till: Till) -> bool:
    """Stamps raise those of now and those of ever alike."""
    card = till.card("stamps")
    till.use(card, numberStumps=3)
    return (till.info(card, "activeStamps"), till.info(card, "totalStamps")) == (3, 3)


def overdraw(till: Till) -> bool:
    """More points than there are cannot be spent, and asking changes nothing."""
    card = till.card()
    till.use(card, "accruePoints", sum=7)
    refused = error(till.use(card, "spendPoints", sum=8)) > 5
    return refused and till.info(card, "amountMoneyBonus") == 7


def accrue_alike(till: Till) -> bool:
    """Two equal accruals are two."""
    card = till.card()
    for _ in range(2):
        till.use(card, "accruePoints", sum=5)
    return bool(till.info(card, "amountMoneyBonus") == 10)


def minus(till: Till) -> bool:
    """Spending less than nothing gives nothing."""
    card = till.card()
    till.use(card, "spendPoints", sum=-5)
    return bool(till.info(card, "amountMoneyBonus") == 0)


def pages(till: Till) -> bool:
    """Pages of clients have at most ten, each once, and all of them."""
    found = till.pages("get_clients_list", idTemplate=TEMPLATES["listing"])
    ids = [row["id"] for page in found for row in page]
    return max(map(len, found)) == 10 and len(ids) == len(set(ids)) == 250


def parts(till: Till) -> bool:
    """A mass push to twenty-five goes out as ten, ten and five."""
    fields = {"pushSegment": "allClients", "idTemplate": "121", "messageText": "parts"}
    responses = [till.call("send_info_push_all", **fields, page=page) for page in (1, 2, 3, 4)]
    return [response.get("numberOfRowsSelected") for response in responses] == [10, 10, 5, 0]


def no_token(till: Till) -> bool:
    """A card is not shown without a token."""
    fields = {"passSerialNumber": till.values["installed_cashback_card"]}
    refused: dict[str, Any] = json.loads(till.send("get_pass_info", fields, token="")[2])
    return refused == {"error": 1}


PROBES: Mapping[str, Callable[[Till], bool]] = {
    "duplicate-client-phone": taken("phone"),
    "stamps-doubled": stamps,
    "page-holds-one-more": pages,
    "customers-page-overlaps": pages,
    "push-part-of-eleven": parts,
    "equal-requests-merged": accrue_alike,
    "overdraft-allowed": overdraw,
    "negative-accepted": minus,
    "one-operation-without-auth": no_token,
}
