"""A small client of the card company, and the scenario that shows each of its defects."""

from __future__ import annotations

import http.client
import itertools
import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

from harness.mock.defect_switches import Flaws
from harness.mock.router import Setting
from harness.mock.vendors import luna
from tests.mock.client import Served, at_once

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
    return Served(luna.build(Setting(Flaws(defects, seed), seed, 64)))


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


def steal(till: Till) -> bool:
    """An update does not take the phone of another, and tells whose it is."""
    one, other = till.client(), till.client()
    keys = ("sName", "fName", "idTemplate", "userID")
    response = till.call("update_client", **{k: one[k] for k in keys}, phone=other["phone"])
    return (error(response), response.get("userID")) == (5, other["userID"])


def updated(till: Till) -> bool:
    """An update changes both names, and the phone by which the client is found."""
    one = till.client()
    known = {key: one[key] for key in ("idTemplate", "userID")}
    phone = one["phone"] + 10**10
    names = {"sName": "New", "fName": "Newer"}
    card = till.call("create_pass", **known)["serialNumber"]
    till.call("update_client", **known, **names, phone=phone)
    shown = till.call("get_client_info", passSerialNumber=card)
    found = till.call("search_client", idTemplate=one["idTemplate"], phone=phone)
    return shown | names | {"phone": phone} == shown and found.get("userID") == one["userID"]


def no_contact(till: Till) -> bool:
    """A client needs a phone or an e-mail."""
    return error(till.client(phone=None, email=None)) == 4


def refused_as(number: int, serial: str) -> Callable[[Till], bool]:
    """A card that is named by a value of the server, or a serial, is refused with this error."""

    def probe(till: Till) -> bool:
        named = till.values.get(serial, serial)
        return error(till.call("get_pass_info", passSerialNumber=named)) == number

    return probe


def missing(till: Till) -> bool:
    """A missing parameter is error 4, as JSON under status 200."""
    status, media, body = till.send("get_pass_info", {})
    return (status, media, body) == (200, "application/json", b'{"error":4}')


def stamps(till: Till) -> bool:
    """Stamps raise those of now and those of ever alike."""
    card = till.card("stamps")
    till.use(card, numberStumps=3)
    return (till.info(card, "activeStamps"), till.info(card, "totalStamps")) == (3, 3)


def rewarded(till: Till) -> str:
    """Make a card with one reward."""
    card = till.card("stamps")
    till.use(card, numberStumps=4)
    return card


def credited(till: Till) -> bool:
    """Four stamps are a coffee."""
    return bool(till.info(rewarded(till), "unusedRewards") == 1)


def not_credited(till: Till) -> bool:
    """Three stamps are no coffee yet."""
    card = till.card("stamps")
    till.use(card, numberStumps=3)
    return bool(till.info(card, "unusedRewards") == 0)


def reward_used(till: Till) -> bool:
    """A reward is used once, and the stamps of the card's life stay."""
    card = rewarded(till)
    used = till.call("use_reward", passSerialNumber=card, numberRewards=1)
    left = (till.info(card, "unusedRewards"), till.info(card, "totalStamps"))
    return error(used) == 0 and left == (0, 4)


def overdrawn_rewards(till: Till) -> bool:
    """Two rewards cannot be used where one is."""
    card = rewarded(till)
    return error(till.call("use_reward", passSerialNumber=card, numberRewards=2)) > 5


def reward_at_once(till: Till) -> bool:
    """One reward is used by one of eight calls at once."""
    card = rewarded(till)
    fields = {"passSerialNumber": card, "numberRewards": 1}
    responses = at_once(8, lambda _: till.call("use_reward", **fields))
    return sum(error(response) == 0 for response in responses) == 1


def used_by_itself(till: Till) -> bool:
    """A biscuit is gone after the next visit."""
    card = till.card("biscuits")
    till.use(card, numberStumps=3)
    before = till.info(card, "unusedRewards")
    till.use(card, numberStumps=1)
    return (before, till.info(card, "unusedRewards")) == (1, 0)


def reward_elsewhere(till: Till) -> bool:
    """A cashback card has no rewards."""
    return error(till.call("use_reward", passSerialNumber=till.card(), numberRewards=1)) > 5


def moves(template: str, field: str, *steps: tuple[str, str, int]) -> Callable[[Till], bool]:
    """Actions move a counter by the signed amounts together; adding comes first."""

    def probe(till: Till) -> bool:
        card, sum_ = till.card(template), 0
        for action, parameter, amount in steps:
            till.use(card, action, **{parameter: abs(amount)})
            sum_ += amount
        return bool(till.info(card, field) == sum_)

    return probe


def visit_points(till: Till) -> bool:
    """A visit gives five points, and spending takes them."""
    card = till.card("subscription")
    till.use(card, "addStamps", numberStumps=2)
    till.use(card, "spendPoints", sum=3)
    return bool(till.info(card, "numberScores") == 7)


def overdraw(till: Till) -> bool:
    """More points than there are cannot be spent, and asking changes nothing."""
    card = till.card()
    till.use(card, "accruePoints", sum=7)
    refused = error(till.use(card, "spendPoints", sum=8)) > 5
    return refused and till.info(card, "amountMoneyBonus") == 7


def overdraw_at_once(till: Till) -> bool:
    """Eight spendings at once do not overdraw."""
    card = till.card()
    till.use(card, "accruePoints", sum=3)
    at_once(8, lambda _: till.use(card, "spendPoints", sum=1))
    return bool(till.info(card, "amountMoneyBonus") == 0)


def accrue_at_once(till: Till) -> bool:
    """Eight accruals at once all count."""
    card = till.card()
    at_once(8, lambda number: till.use(card, "accruePoints", sum=number + 1))
    return bool(till.info(card, "amountMoneyBonus") == 36)


def accrue_alike(till: Till) -> bool:
    """Two equal accruals are two."""
    card = till.card()
    for _ in range(2):
        till.use(card, "accruePoints", sum=5)
    return bool(till.info(card, "amountMoneyBonus") == 10)


def many_accruals(till: Till) -> bool:
    """Six hundred accruals all reach their card, once."""
    cards = [till.card() for _ in range(3)]
    for number in range(600):
        till.use(cards[number % 3], "accruePoints", sum=number + 1)
    found = [till.info(card, "amountMoneyBonus") for card in cards]
    return found == [sum(range(first + 1, 601, 3)) for first in range(3)]


def minus(till: Till) -> bool:
    """Spending less than nothing gives nothing."""
    card = till.card()
    till.use(card, "spendPoints", sum=-5)
    return bool(till.info(card, "amountMoneyBonus") == 0)


def expired(till: Till) -> bool:
    """A card that has ended is not listed as valid."""
    card = till.installed("listing")[5]
    till.use(card, "setExpirationDate", expiryDate=1_600_000_000)
    gone = card not in till.installed("listing")
    till.use(card, "setExpirationDate", expiryDate=FAR)
    return gone and card in till.installed("listing")


def coupon_expires(till: Till) -> bool:
    """A coupon takes an expiry."""
    return error(till.use(till.card("coupon"), "setExpirationDate", expiryDate=FAR)) == 0


def bare_fields(till: Till) -> bool:
    """Fields that nobody filled in are not shown."""
    return "Field0" not in till.call("get_client_info", passSerialNumber=till.card())


def no_card(till: Till) -> bool:
    """A phone without a card has none."""
    fields = {"idTemplate": TEMPLATES["coupon"], "phone": till.client("coupon")["phone"]}
    return bool(till.call("check_pass_exists_by_phone", **fields)["result"] == 0)


def company_only(till: Till) -> bool:
    """The cards of a phone are those of the company."""
    rows = till.call("get_client_passes_by_phone", phone=int(till.values["shared_phone"]))["rows"]
    own = {till.values["shared_card"], till.values["shared_second_card"]}
    return {row["serialNumber"] for row in rows} == own


def pages(till: Till) -> bool:
    """Pages of clients have at most ten, each once, and all of them."""
    found = till.pages("get_clients_list", idTemplate=TEMPLATES["listing"])
    ids = [row["id"] for page in found for row in page]
    return max(map(len, found)) == 10 and len(ids) == len(set(ids)) == 250


def no_page(till: Till) -> bool:
    """Without a page the first one comes."""
    return error(till.call("get_clients_list", idTemplate=TEMPLATES["listing"])) == 0


def latest_first(till: Till) -> bool:
    """The latest operation stands first."""
    card = till.card()
    for amount in (3, 5):
        till.use(card, "accruePoints", sum=amount)
    rows = till.call("get_pass_operations", passSerialNumber=card)["rows"]
    return [row["amount"] for row in rows] == [5, 3]


def states(till: Till) -> bool:
    """No client is in two states."""
    modes = ("PassNotCreated", "PassInstalled", "passNotInstalled", "passDeleted")
    fields = {"idTemplate": TEMPLATES["listing"]}
    ids = [
        row["id"]
        for mode in modes
        for page in till.pages("get_template_client_passes", selectionMode=mode, **fields)
        for row in page
    ]
    return len(ids) == len(set(ids))


def parts(till: Till) -> bool:
    """A mass push to twenty-five goes out as ten, ten and five."""
    fields = {"pushSegment": "allClients", "idTemplate": "121", "messageText": "parts"}
    responses = [till.call("send_info_push_all", **fields, page=page) for page in (1, 2, 3, 4)]
    return [response.get("numberOfRowsSelected") for response in responses] == [10, 10, 5, 0]


def uninstalled(till: Till) -> bool:
    """A card that is not installed gets nothing."""
    card = till.card()
    fields = {"pushSegment": "oneClient", "passSerialNumber": card, "messageText": "hello"}
    till.call("send_info_push_one", **fields)
    return till.messages(card) == []


def variables(till: Till) -> bool:
    """Variables stand for client and card."""
    card = till.values["installed_cashback_card"]
    shown = till.call("get_pass_info", passSerialNumber=card)
    name = till.call("get_client_info", passSerialNumber=card)["fName"]
    message = "{{clientFName}} {{passPoints}} {{passPersent}} {{passTotalStamps}}{{odd}}"
    fields = {"pushSegment": "oneClient", "passSerialNumber": card, "messageText": message}
    till.call("send_info_push_one", **fields)
    points, rate = shown["amountMoneyBonus"], shown["currentPersentBonus"]
    return till.messages(card)[0] == f"{name} {points} {rate} {{{{odd}}}}"


def no_token(till: Till) -> bool:
    """A card is not shown without a token."""
    fields = {"passSerialNumber": till.values["installed_cashback_card"]}
    return json.loads(till.send("get_pass_info", fields, token="")[2]) == {"error": 1}


_VISITS = ("addStamps", "numberStumps", 3)
PROBES: Mapping[str, Callable[[Till], bool]] = {
    "client-phone-twice": taken("phone"),
    "client-email-twice": taken("email"),
    "taken-without-id": taken("phone"),
    "update-takes-contact": steal,
    "update-of-first-name-only": updated,
    "contact-not-needed": no_contact,
    "unknown-card-done": refused_as(2, "000000-000-000"),
    "foreign-card-served": refused_as(3, "foreign_card"),
    "foreign-card-as-unknown": refused_as(3, "foreign_card"),
    "missing-as-invalid": missing,
    "wrong-envelope-on-error": missing,
    "error-500-on-missing-field": missing,
    "stamps-doubled": stamps,
    "reward-for-any-stamp": not_credited,
    "reward-not-credited": credited,
    "reward-not-written-off": reward_used,
    "lifetime-stamps-fall": reward_used,
    "rewards-overdrawn": overdrawn_rewards,
    "reward-race": reward_at_once,
    "auto-reward-stays": used_by_itself,
    "reward-on-any-card": reward_elsewhere,
    "total-only-rises": moves(
        "discount",
        "amountMoneySpentTotal",
        ("increaseTotalSpentSum", "sum", 12),
        ("reduceTotalSpentSum", "sum", -5),
    ),
    "visits-not-taken": moves(
        "subscription", "activeStamps", _VISITS, ("takeStamps", "numberStumps", -2)
    ),
    "visit-without-points": visit_points,
    "expiry-ignored": expired,
    "expiry-refused-on-coupons": coupon_expires,
    "fields-always-shown": bare_fields,
    "existence-always-yes": no_card,
    "foreign-cards-listed": company_only,
    "page-holds-one-more": pages,
    "customers-page-overlaps": pages,
    "next-page-skips-one": pages,
    "page-must-be-given": no_page,
    "oldest-first": latest_first,
    "states-overlap": states,
    "push-part-of-eleven": parts,
    "push-count-stays-full": parts,
    "push-number-refused": parts,
    "push-reaches-uninstalled": uninstalled,
    "push-variables-raw": variables,
    "push-variables-swapped": variables,
    "equal-requests-merged": accrue_alike,
    "overdraft-allowed": overdraw,
    "refused-burn-applied": overdraw,
    "overdraft-race": overdraw_at_once,
    "lost-update": accrue_at_once,
    "stale-read": moves("cashback", "amountMoneyBonus", ("accruePoints", "sum", 7)),
    "wrong-member-credited": many_accruals,
    "acked-not-applied": many_accruals,
    "double-apply-1-in-200": many_accruals,
    "negative-accepted": minus,
    "one-operation-without-auth": no_token,
}
