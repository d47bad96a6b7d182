"""A small loyalty API, described once and served with or without defects."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from harness.contract.vendor import Vendor
from harness.model.binding import Binding, OutcomeRule, Place, Promises, TokenAuth, Verb
from harness.model.operation import Specification
from harness.model.target import Target
from harness.model.verdict import Outcome
from harness.spec.openapi import read_specification

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
POINTS_MAX = 1000
SECRET = "correct-horse-battery"
MEMBERS = ({"id": "m1"}, {"id": "m2"}, {"id": "m3"})


def _post(name: str, media_type: str, schema: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    response = {"type": "object", "required": ["ok"], "properties": {"ok": {"type": "boolean"}}}
    return {
        "operationId": name,
        "summary": name,
        "x-source": f"made up, {name}",
        "requestBody": {"required": True, "content": {media_type: {"schema": schema}}},
        "responses": {
            "200": {"description": "done", "content": {JSON: {"schema": response}}},
            "4XX": {"description": "refused", "content": {JSON: {"schema": response}}},
        },
        **more,
    }


_TOKEN = {"type": "string", "x-auth": True}
_POINTS = {"type": "integer", "minimum": 1, "maximum": POINTS_MAX}

DOCUMENT: Mapping[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Made up", "version": "1"},
    "paths": {
        "/login": {
            "post": _post(
                "login",
                FORM,
                {
                    "type": "object",
                    "required": ["pass", "device"],
                    "properties": {
                        "pass": {"type": "string", "minLength": 1},
                        "device": {"type": "string", "minLength": 1},
                    },
                },
            )
        },
        "/earn": {
            "post": _post(
                "earn",
                FORM,
                {
                    "type": "object",
                    "required": ["token", "points", "remark"],
                    "anyOf": [{"required": ["member"]}, {"required": ["card"]}],
                    "properties": {
                        "token": _TOKEN,
                        "member": {"type": "string", "minLength": 1},
                        "card": {"type": "string", "minLength": 1},
                        "points": _POINTS,
                        "remark": {"type": "string", "minLength": 1},
                        "reference": {"type": "string"},
                    },
                },
            )
        },
        "/members/{member}/burn": {
            "parameters": [
                {
                    "name": "member",
                    "in": "path",
                    "required": True,
                    "schema": {"type": "string", "minLength": 1},
                }
            ],
            "post": _post(
                "burn",
                JSON,
                {
                    "type": "object",
                    "required": ["detail"],
                    "properties": {
                        "detail": {
                            "type": "object",
                            "required": ["points"],
                            "properties": {"points": _POINTS, "note": {"type": "string"}},
                        }
                    },
                },
                parameters=[
                    {"name": "x-token", "in": "header", "required": True, "schema": _TOKEN},
                    {
                        "name": "X-Key",
                        "in": "header",
                        "required": True,
                        "schema": {"type": "string", "minLength": 3},
                    },
                ],
            ),
        },
        "/balance": {
            "get": {
                "operationId": "get_balance",
                "summary": "balance",
                "x-source": "made up, balance",
                "parameters": [
                    {
                        "name": "member",
                        "in": "query",
                        "required": True,
                        "schema": {"type": "string", "minLength": 1},
                    },
                    {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1}},
                    {"name": "x-token", "in": "header", "required": True, "schema": _TOKEN},
                ],
                "responses": {"default": {"description": "anything"}},
            }
        },
        "/void": {
            "post": _post(
                "void",
                FORM,
                {
                    "type": "object",
                    "required": ["token", "entry"],
                    "properties": {
                        "token": _TOKEN,
                        "entry": {"type": "string", "minLength": 1},
                        "reason": {"type": "string"},
                    },
                },
            )
        },
        "/logout": {
            "post": _post(
                "logout",
                FORM,
                {"type": "object", "required": ["token"], "properties": {"token": _TOKEN}},
            )
        },
    },
}

BINDING = Binding(
    vendor="made-up",
    title="Made up",
    auth=(
        TokenAuth(
            operation="login",
            send={"body": {"pass": "${secret.password}", "device": "${value.device}"}},
            extract={"token": "/token"},
            places=(Place("body", "token", "${token}"),),
            bound_to=("device",),
            end="logout",
            exempt=frozenset({"login", "burn", "get_balance"}),
        ),
        TokenAuth(
            operation="login",
            send={"body": {"pass": "${secret.password}", "device": "${value.device}"}},
            extract={"token": "/token"},
            places=(Place("header", "x-token", "${token}"),),
            exempt=frozenset({"login", "logout", "earn"}),
        ),
    ),
    outcomes=(
        OutcomeRule({"fault": "any"}, Outcome.UNKNOWN),
        OutcomeRule({"status": [200]}, Outcome.OK),
        OutcomeRule({"status": ["4XX"]}, Outcome.REFUSED, "invalid"),
        OutcomeRule({"status": ["5XX"]}, Outcome.UNKNOWN),
    ),
    verbs={
        "earn": Verb(
            "earn",
            "earn",
            {
                "body": {
                    "member": "${member.id}",
                    "points": "${units}",
                    "remark": "earn",
                    "reference": "${reference?}",
                }
            },
            {"balance": "/balance", "entry": "/entry"},
            "credit",
        ),
        "void": Verb(
            "void", "void", {"body": {"entry": "${entry}"}}, {"balance": "/balance"}, "none"
        ),
        "burn": Verb(
            "burn",
            "burn",
            {
                "path": {"member": "${member.id}"},
                "header": {"x-key": "${reference}"},
                "body": {"detail": {"points": "${units}"}},
            },
            {"balance": "/balance"},
            "debit",
        ),
        "balance": Verb(
            "balance",
            "get_balance",
            {"query": {"member": "${member.id}"}},
            {"balance": "/balance"},
            "none",
        ),
    },
    samples={"login": {"body": {"pass": "${secret.password}", "device": "${value.device}"}}},
    promises=Promises(repeat="same", floor=0, units_max=POINTS_MAX),
    nonexistent={},
    sensitive=frozenset({"pass", "token"}),
)


def specification(folder: Path) -> Specification:
    """Read the description as the harness reads any."""
    path = folder / "openapi.json"
    path.write_text(json.dumps(DOCUMENT), encoding="utf-8")
    return read_specification(path)


def vendor(folder: Path) -> Vendor:
    """Return the API as a vendor of a catalogue."""
    return Vendor(
        name="made-up",
        title="Made up",
        specification=specification(folder),
        binding=BINDING,
        requirements=(),
        scenarios=(),
        workloads={},
        targets={},
        waivers=(),
        digest="0",
        root=folder,
    )


def target(base_url: str) -> Target:
    """Return the served API as a target."""
    return Target(
        name="test",
        kind="mock",
        base_url=base_url,
        secrets={},
        values={"device": "d1"},
        members=MEMBERS,
        rate=None,
        budget=None,
        load="allow",
        deadline_seconds=5.0,
    )


@dataclass
class Server:
    """The ledger behind the API, the defects it has, and what was asked of it."""

    defects: frozenset[str]
    balances: dict[str, int] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)
    asked: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)
    hiccups: int = 0
    entries: dict[str, tuple[str, int]] = field(default_factory=dict)

    def response(
        self, path: str, headers: Mapping[str, str], query: Mapping[str, str], body: bytes
    ) -> tuple[int, Mapping[str, Any]]:
        """Handle one request and return status and body."""
        with self.lock:
            if path == "/login":
                return self._login(_fields(body))
            if path == "/balance":
                return self._balance(headers, query)
            if path.endswith("/burn"):
                return self._burn(path.split("/")[2], headers, body)
            fields = _fields(body)
            self.asked.append((path, fields))
            if fields.get("token") not in self.tokens:
                return 401, {"ok": False}
            if path == "/logout":
                self.tokens.discard(fields["token"])
                return 200, {"ok": True}
            return self._void(fields) if path == "/void" else self._earn(fields)

    def _void(self, fields: Mapping[str, str]) -> tuple[int, Mapping[str, Any]]:
        found = self.entries.pop(fields.get("entry", ""), None)
        if found is None:
            return 404, {"ok": False}
        return self._move(found[0], -found[1], None)

    def _login(self, fields: Mapping[str, str]) -> tuple[int, Mapping[str, Any]]:
        self.asked.append(("/login", fields))
        if fields.get("pass") != SECRET or not fields.get("device"):
            return 401, {"ok": False}
        token = f"token-{fields['device']}-{len(self.tokens)}"
        self.tokens.add(token)
        return 200, {"ok": True, "token": token}

    def _balance(
        self, headers: Mapping[str, str], query: Mapping[str, str]
    ) -> tuple[int, Mapping[str, Any]]:
        limit = query.get("limit", "1")
        if headers.get("x-token") not in self.tokens or query.get("member") not in _NAMES:
            return 401, {"ok": False}
        if not limit.isdigit() or int(limit) < 1:
            return 422, {"ok": False}
        return 200, {"ok": True, "balance": self.balances.get(query["member"], 0)}

    def _earn(self, fields: Mapping[str, str]) -> tuple[int, Mapping[str, Any]]:
        points = fields.get("points", "")
        self.hiccups += 1
        if "hiccup" in self.defects and self.hiccups % 7 == 0:
            return 500, {"ok": False}
        if "crash-on-unicode" in self.defects and not fields.get("remark", "").isascii():
            return 500, {"ok": False}
        if "refuses-most" in self.defects and points == str(POINTS_MAX):
            return 422, {"ok": False}
        if not fields.get("remark") and "remark-optional" not in self.defects:
            return 422, {"ok": False}
        known = fields.get("member") in _NAMES
        most = POINTS_MAX + ("one-too-many" in self.defects)
        if not known or not points.isdigit() or not 1 <= int(points) <= most:
            return 422, {"ok": False}
        status, response = self._move(fields["member"], int(points), fields.get("reference"))
        entry = f"e{len(self.asked)}"
        self.entries[entry] = (fields["member"], int(points))
        return status, {**response, "entry": entry}

    def _burn(
        self, member: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Mapping[str, Any]]:
        value = json.loads(body) if body else None
        self.asked.append(("/burn", {"key": headers.get("x-key"), "body": value}))
        if headers.get("x-token") not in self.tokens:
            return 401, {"ok": False}
        detail = value.get("detail") if isinstance(value, dict) else None
        points = detail.get("points") if isinstance(detail, dict) else None
        if isinstance(points, str) and "text-points" in self.defects:
            points = 1
        known = type(points) is int and 1 <= points <= POINTS_MAX and member in _NAMES
        noted = isinstance(detail, dict) and isinstance(detail.get("note", ""), str)
        if points is None or not known or not noted or len(headers.get("x-key", "")) < 3:
            return 422, {"ok": False}
        if self.balances.get(member, 0) < points:
            return 409, {"ok": False}
        return self._move(member, -points, headers["x-key"])

    def _move(self, member: str, points: int, key: str | None) -> tuple[int, Mapping[str, Any]]:
        if not key or key not in self.seen:
            self.balances[member] = self.balances.get(member, 0) + points
        if key:
            self.seen.setdefault(key, self.balances[member])
        return 200, {"ok": True, "balance": self.seen.get(key or "", self.balances[member])}


_NAMES = frozenset(member["id"] for member in MEMBERS)


def _fields(body: bytes) -> dict[str, str]:
    parsed = parse_qs(body.decode(), keep_blank_values=True)
    return {name: values[-1] for name, values in parsed.items()}


@contextmanager
def served(*defects: str) -> Iterator[tuple[str, Server]]:
    """Serve the API on a free port; yields its address and the server."""
    state = Server(frozenset(defects))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._handle()

        def do_POST(self) -> None:
            self._handle()

        def _handle(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            path, _, query = self.path.partition("?")
            names = {key.lower(): value for key, value in self.headers.items()}
            asked = {key: values[-1] for key, values in parse_qs(query, True).items()}
            status, value = state.response(path, names, asked, self.rfile.read(length))
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
