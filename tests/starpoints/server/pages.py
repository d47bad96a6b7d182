"""The pages of the server: who may see them, and what they return."""

from __future__ import annotations

import threading
import time
import uuid
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

from tests.starpoints.server import extras
from tests.starpoints.server.announcer import Announcer
from tests.starpoints.server.bulk import Bulks
from tests.starpoints.server.keys import Keys
from tests.starpoints.server.ledger import Ledger
from tests.starpoints.server.refusal import Refusal, invalid, required
from tests.starpoints.server.settings import TOKEN, Settings

TOLD_SECONDS = 3600
BEARER = "Bearer "


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: its path without a query, and its headers in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """A response; without a value it has no body."""

    status: int
    value: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Pages:
    """All pages, with the ledger behind them."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.announcer = Announcer(settings)
        self.ledger = Ledger(settings, Keys(settings), self.announcer)
        self.bulks = Bulks(self.ledger)
        self._tokens: dict[str, int] = {}
        self._lately: deque[float] = deque()
        self._lock = threading.Lock()

    def reply(self, asked: Asked) -> Reply:
        """Return the response of a request."""
        try:
            return self._reply(asked)
        except Refusal as refusal:
            headers = {"Retry-After": ""} if refusal.status == 429 else {}
            return Reply(refusal.status, refusal.value, headers)

    def _reply(self, asked: Asked) -> Reply:
        if self._has("redirect") and not asked.path.startswith("/moved"):
            return Reply(307, None, {"Location": f"/moved{asked.path}"})
        path = asked.path.removeprefix("/moved")
        if not path.startswith(self.settings.base_path):
            raise invalid("NOT_FOUND", "there is no such page", 404)
        path = path.removeprefix(self.settings.base_path)
        if path == "/oauth/token" and self._has("token-login"):
            return self._login(asked)
        if path == "/session" and self._has("cookie-login"):
            return self._login(asked)
        admitted = self._admits(asked)
        self._throttle(admitted)
        if not admitted:
            raise Refusal(401, "AUTHENTICATION_ERROR", "UNAUTHORIZED", "there is no valid token")
        steps = [unquote(step) for step in path.strip("/").split("/")]
        if steps[0] == "lab":
            return self._extra(asked, steps[1:])
        if steps[:2] == ["v2", "loyalty"]:
            return self._page(asked, path, steps[2:])
        raise invalid("NOT_FOUND", "there is no such page", 404)

    def _login(self, asked: Asked) -> Reply:
        if required(extras.read_object(asked.body), "client_secret", str) != TOKEN:
            raise Refusal(401, "AUTHENTICATION_ERROR", "UNAUTHORIZED", "the secret is wrong")
        made = uuid.uuid4().hex
        self._tokens[made] = self.settings.token_uses
        if self._has("cookie-login"):
            return Reply(204, None, {"Set-Cookie": f"session={made}; Path=/; HttpOnly"})
        value = {"access_token": made, "expires_in": TOLD_SECONDS, "token_type": "bearer"}
        return Reply(200, value)

    def _admits(self, asked: Asked) -> bool:
        if self._has("cookie") or self._has("cookie-login"):
            given = extras.cookies(asked.headers).get("session", "")
        else:
            header = asked.headers.get("authorization", "")
            given = header.removeprefix(BEARER) if header.startswith(BEARER) else ""
        if self._has("cookie-login") or self._has("token-login"):
            return self._uses(given)
        return given == TOKEN

    def _uses(self, token: str) -> bool:
        with self._lock:
            left = self._tokens.get(token, 0)
            self._tokens[token] = left - 1
        return left > 0

    def _throttle(self, admitted: bool) -> None:
        if not admitted or not self.settings.rate:
            return
        with self._lock:
            now = time.monotonic()
            while self._lately and self._lately[0] < now - 1:
                self._lately.popleft()
            if len(self._lately) >= self.settings.rate:
                raise Refusal(429, "RATE_LIMIT_ERROR", "RATE_LIMITED", "slow down")
            self._lately.append(now)

    def _page(self, asked: Asked, path: str, steps: list[str]) -> Reply:
        match asked.method, steps:
            case "GET", ["accounts", name]:
                return Reply(200, self.ledger.read(name))
            case "GET", ["jobs", name]:
                return Reply(200, self.bulks.job(name))
            case "POST", ["accounts"]:
                return self._created(self.ledger.create(path, self._keyed_body(asked)))
            case "POST", ["accounts", name, "accumulate" | "adjust" | "redeem" | "rewards" as page]:
                return Reply(200, self.ledger.change(page, name, path, self._keyed_body(asked)))
            case "POST", ["webhooks"] if self._has("webhook"):
                url = required(extras.read_object(asked.body), "url", str)
                return Reply(200, self.announcer.register(url))
            case "DELETE", ["webhooks", name] if self._has("webhook"):
                return Reply(200, self.announcer.unregister(name))
            case "POST", ["bulk"]:
                return Reply(*self.bulks.send(extras.read_object(asked.body)))
            case "POST", ["events", "search"]:
                return Reply(200, self.ledger.search(extras.read_object(asked.body)))
        return self._nothing(steps[:1] in (["accounts"], ["jobs"], ["bulk"], ["events"]))

    def _created(self, value: Mapping[str, Any]) -> Reply:
        if not self._has("location"):
            return Reply(200, value)
        where = f"{self.settings.base_path}/v2/loyalty/accounts/{value['loyalty_account']['id']}"
        return Reply(201, None, {"Location": where})

    def _keyed_body(self, asked: Asked) -> dict[str, Any]:
        """Return the body with its key, which may have to be a header."""
        body = extras.read_object(asked.body)
        if not self._has("key-in-header"):
            return body
        if "idempotency_key" in body:
            raise invalid("UNKNOWN_FIELD", "idempotency_key goes into the header")
        if not asked.headers.get("idempotency-key"):
            raise invalid("MISSING_REQUIRED_PARAMETER", "the header Idempotency-Key is missing")
        return {**body, "idempotency_key": asked.headers["idempotency-key"]}

    def _extra(self, asked: Asked, steps: list[str]) -> Reply:
        match asked.method, steps:
            case "POST", ["rules"]:
                return Reply(201, extras.make_rule(extras.read_object(asked.body)))
            case "GET", ["search"]:
                pairs = parse_qsl(asked.query, keep_blank_values=True)
                return Reply(200, extras.find(pairs, asked.headers))
            case "POST", ["upload"]:
                named = self._has("file-name")
                return Reply(200, extras.upload(asked.body, asked.headers, named=named))
            case "DELETE", ["items", name] if name.isalnum():
                return Reply(204)
            case "GET" | "HEAD", ["items", name] if name.isalnum():
                return Reply(200, {"id": name})
        return self._nothing(steps[:1] in (["rules"], ["search"], ["upload"]))

    def _nothing(self, known: bool) -> Reply:
        if known:
            raise Refusal(405, "INVALID_REQUEST_ERROR", "METHOD_NOT_ALLOWED", "not this method")
        raise invalid("NOT_FOUND", "there is no such page", 404)

    def _has(self, habit: str) -> bool:
        return habit in self.settings.habits
