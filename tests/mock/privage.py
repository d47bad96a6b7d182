"""A small client of the programme with exchange tokens, receipts and given coupons."""

from __future__ import annotations

import http.client
import itertools
import json
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

from harness.mock.defects.switches import Switches
from harness.mock.router import Setting
from harness.mock.vendors import privage
from tests.mock.client import Served

Response = tuple[int, Any]
FRESH = map("fresh-{}".format, itertools.count())


def served(*defects: str, seed: int = 0) -> Served:
    """Return a server of the programme with the defects given."""
    return Served(privage.build(Setting(Switches(defects, seed), seed, 400)))


class Shop:
    """One client of a served programme; `member()` lends a member nobody else is given."""

    def __init__(self, server: Served) -> None:
        self.server = server
        self.values = server.service.values
        self.secrets = server.service.secrets
        # Every sixteenth member has points from the start.
        self._members = (m for i, m in enumerate(server.service.members) if i % 16)
        self._here = threading.local()
        self.token = self.access()[1]["access_token"]

    def later(self, seconds: float) -> None:
        """Let time pass."""
        assert self.server.service.clock is not None
        self.server.service.clock.advance(seconds)

    def member(self, points: int = 0) -> dict[str, str]:
        """Lend a member, with so many points."""
        member = {key: str(value) for key, value in next(self._members).items()}
        if points:
            assert ok(self.earn(member, points))
        return member

    def call(self, name: str, token: str | None = "", /, **fields: Any) -> Response:
        """Call an operation; a field of the path is put there, and one of None is left out."""
        bare = name.removesuffix("_v1")
        made = privage.OPEN.get(name) or privage.CONNECT[bare]
        prefix = "" if name in privage.OPEN else privage.GENERATIONS[name[len(bare) :]]
        path = prefix + made.path
        sent = {key: value for key, value in fields.items() if value is not None}
        for key in [key for key in sent if f"{{{key}}}" in path]:
            path = path.replace(f"{{{key}}}", quote(sent.pop(key), safe=""))
        headers = {"content-type": "application/json"}
        if token is not None:
            headers["authorization"] = f"Bearer {token or self.token}"
        body = json.dumps(sent) if made.method == "POST" else None
        if body is None and sent:
            path = f"{path}?{urlencode(sent)}"
        connection = getattr(self._here, "connection", None)
        if connection is None:
            connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)
            self._here.connection = connection
        connection.request(made.method, path, body, headers)
        response = connection.getresponse()
        raw = response.read().decode()
        try:
            return response.status, json.loads(raw)
        except ValueError:
            return response.status, raw

    def access(self, **over: Any) -> Response:
        """Ask for an access token by key and secret."""
        known = {key: self.secrets[key] for key in ("api_key", "api_secret")}
        return self.call("get_access_token", None, **{**known, **over})

    def exchange(self, token: str = "") -> str:
        """Return a fresh exchange token."""
        known = {"business_code": "example", "addon_id": "addon-1"}
        token = token or self.secrets["management_token"]
        status, value = self.call("generate_exchange_token", token, **known)
        return str(value["exchange_token"]) if status == 201 else ""

    def trade(self, exchange: str) -> Response:
        """Trade an exchange token for an access token."""
        return self.call("exchange_access_token", None, exchange_token=exchange)

    def renew(self, refresh: str, token: str | None = None) -> Response:
        """Trade a refresh token for an access token."""
        return self.call("renew_access_token", token, refresh_token=refresh)

    def earn(self, member: dict[str, str], points: Any = 5, **over: Any) -> Response:
        """Add points as they are."""
        return self.call("add_point", **{**_card(member), "method": 2, "points": points, **over})

    def spend(self, member: dict[str, str], value: Any = 250, **over: Any) -> Response:
        """Add the points that a value is worth."""
        return self.call("add_point", **{**_card(member), "method": 1, "value": value, **over})

    def burn(self, member: dict[str, str], points: Any = 5, **over: Any) -> Response:
        """Spend points."""
        return self.call("burn_point", **{**_card(member), "points": points, **over})

    def void(self, value: Any) -> Response:
        """Void the transaction of a response by its id."""
        return self.call("void_transaction_by_id", transactionUuid=value["transaction_id"])

    def give(self, member: dict[str, str], kind: str = "coupon_set_id", **over: Any) -> Response:
        """Give a coupon of a set."""
        known = {"coupon_set_id": self.values[kind], "member_id": member["member_id"]}
        return self.call("give_coupon", **{**known, **over})

    def coupon(self, member: dict[str, str], kind: str = "coupon_set_id") -> dict[str, str]:
        """Give a coupon of a set and return it."""
        value: dict[str, str] = self.give(member, kind)[1]["data"][0]
        return value

    def use(self, coupon: dict[str, str]) -> Response:
        """Use a coupon."""
        return self.call("mark_use_coupon", code=coupon["code"])

    def points(self, member: dict[str, str]) -> int:
        """Read a member's points."""
        value = self.call("get_profile", card_no=member["id"])[1]
        return int(value["data"][0]["cards"][0]["points"])

    def change(self, member: dict[str, str], act: Callable[[], Any]) -> int:
        """Return by how much something changes a member's points."""
        before = self.points(member)
        act()
        return self.points(member) - before

    def rows(self, name: str, size: int = 1_000, **fields: Any) -> list[dict[str, Any]]:
        """Return what stands on all pages of a list, as it comes."""
        first = self.call(name, page=1, size=size, **fields)[1]
        found = list(first["data"])
        for page in range(2, first["pagination"]["total_pages"] + 1):
            found += self.call(name, page=page, size=size, **fields)[1]["data"]
        return found

    def pages(self, name: str, size: int, **fields: Any) -> list[str]:
        """Return the ids of what stands on all pages of a list."""
        return [str(row["id"]) for row in self.rows(name, size, **fields)]


def _card(member: dict[str, str]) -> dict[str, str]:
    return {"phone_number": member["phone_number"], "card_no": member["id"]}


def ok(response: Response) -> bool:
    """Tell whether a request was done."""
    return response[0] in (200, 201)
