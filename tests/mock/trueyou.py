"""A small client of the programme with voids and coupons."""

from __future__ import annotations

import base64
import http.client
import itertools
import json
import threading
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from harness.mock.defects.switches import Switches
from harness.mock.router import Setting
from harness.mock.vendors import trueyou
from harness.mock.vendors.trueyou import access
from tests.mock.client import Served

Response = tuple[int, Any]
NUMBERS = map("trn-{}".format, itertools.count())
FORM = {"content-type": "application/x-www-form-urlencoded"}
PLAN, SECOND, FREE = "POINT-81866", "POINT-81867", "PRO-2050"


def served(*defects: str, seed: int = 0) -> Served:
    """Return a server of the programme with the defects given."""
    return Served(trueyou.build(Setting(Switches(defects, seed), seed, 400)))


class Till:
    """One client of a served programme; `member()` lends a member nobody else is given."""

    def __init__(self, server: Served) -> None:
        self.server = server
        self.values = server.service.values
        self._members = iter(server.service.members)
        self._here = threading.local()
        self.token = self.grant()[1]["access_token"]

    def member(self, points: int = 0) -> str:
        """Lend a member, with so many points more than it has."""
        number = str(next(self._members)["no"])
        if points:
            assert self.earn(number, 25 * points)[0] == 200
        return number

    def send(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Response:
        """Send a request as it is; return status and decoded body, text where it is not JSON."""
        connection = getattr(self._here, "connection", None)
        if connection is None:
            connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)
            self._here.connection = connection
        connection.request(method, path, body, dict(headers))
        response = connection.getresponse()
        raw = response.read().decode()
        try:
            return response.status, json.loads(raw)
        except ValueError:
            return response.status, raw

    def grant(self, basic: str | None = "", **fields: Any) -> Response:
        """Ask for a token."""
        secrets = self.server.service.secrets
        known = f"{secrets['client_id']}:{secrets['client_secret']}"
        encoded = base64.b64encode((basic or known).encode()).decode()
        headers = FORM if basic is None else {**FORM, "authorization": f"Basic {encoded}"}
        asked = {"grant_type": "client_credentials", **fields}
        body = urlencode({name: value for name, value in asked.items() if value is not None})
        return self.send("POST", "/uaa/oauth/token", body.encode(), headers)

    def call(
        self, name: str, token: str | None = "", project: str = access.PROJECT, **fields: Any
    ) -> Response:
        """Call an operation; a field of None is left out."""
        method, path, _ = trueyou.OPERATIONS[name]
        path = trueyou.BASE.replace("{projectId}", project) + path
        sent = {key: value for key, value in fields.items() if value is not None}
        headers = {"content-type": "application/json"}
        if token is not None:
            headers["authorization"] = f"Bearer {token or self.token}"
        if method == "GET":
            return self.send("GET", f"{path}?{urlencode(sent)}", b"", headers)
        return self.send("POST", path, json.dumps(sent).encode(), headers)

    def earn(self, member: str, amount: Any = 25, **over: Any) -> Response:
        """Earn by Baht."""
        return self.call("earn_points", **_who(member), **{**_event(), "amount": amount, **over})

    def issue(self, member: str, amount: Any = 2500, **over: Any) -> Response:
        """Earn by Satang."""
        date = "2024-05-27T02:20:30.451Z"
        known = {**_number(), "channel": "RPP", "action": "DEFAULT", "transactionDate": date}
        sent = {**_who(member), **known, "amount": amount, **over}
        return self.call("issue_points_wecampaign", **sent)

    def redeem(self, member: str, *rewards: Any, many: bool = False, **over: Any) -> Response:
        """Burn, one piece of the usual plan unless rewards are named."""
        name = "multiple_redeem" if many else "redeem_campaign"
        listed = [{"pricePlanCode": plan, "quantity": n} for plan, n in rewards or [(PLAN, 1)]]
        sent = {**_who(member), **_number(), "channel": "RPP", "rewards": listed, **over}
        return self.call(name, **sent)

    def use(self, member: str, *numbers: Any, **over: Any) -> Response:
        """Use coupons of the usual plan."""
        known = {"campaignCode": PLAN, "coupons": list(numbers)}
        return self.call("mark_used", **{**_who(member), **_number(), **known, **over})

    def void(self, kind: str, number: str, **over: Any) -> Response:
        """Void an earn or a burn."""
        return self.call(f"void_{kind}", **{"prtTrnNo": number, "channel": "RPP", **over})

    def void_issue(self, redemption: str, **over: Any) -> Response:
        """Void an earn by campaign."""
        known = {"merchantId": "0022796", "terminalId": "69000712"}
        return self.call("void_issue", **{"redemptionTxId": redemption, **known, **over})

    def card(self, member: str, **over: Any) -> Response:
        """Read a customer."""
        known = {"customerIdnNo": member, "idnType": "THAIID", "channel": "RPP"}
        return self.call("get_customer_card", **{**known, **over})

    def points(self, member: str) -> int:
        """Return a customer's points."""
        return int(self.card(member)[1]["pointBalance"])

    def change(self, member: str, act: Callable[[], Any]) -> int:
        """Return by how much something changes a customer's points."""
        before = self.points(member)
        act()
        return self.points(member) - before


def _number() -> dict[str, Any]:
    return {"trnNo": next(NUMBERS)}


def _event() -> dict[str, Any]:
    return {**_number(), "eventType": "ISSUANCE", "channel": "RPP"}


def _who(member: str) -> dict[str, Any]:
    return {"identifierType": "THAIID", "identifierNo": member}


def ok(response: Response) -> bool:
    """Tell whether a request was done."""
    return response[0] == 200


def named(response: Response, name: str, status: int = 500) -> bool:
    """Tell whether a request was refused by this name."""
    value = response[1]
    return response[0] == status and name in (value.get("error"), value.get("code"))


def coupons_of(response: Response) -> list[str]:
    """Return the numbers a redemption issued."""
    return [coupon["couponNumber"] for coupon in response[1]["issuedCoupons"]]


def bought(till: Till) -> tuple[str, str]:
    """Return a member with a coupon of its own."""
    member = till.member(1_000)
    return member, coupons_of(till.redeem(member))[0]


def narrow(till: Till, *kept: str) -> str:
    """Return a token with these scopes alone."""
    return str(till.grant(scope=" ".join(kept))[1]["access_token"])
