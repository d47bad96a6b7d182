"""A made-up vendor with every form of request, for the tests of the request builder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from harness.model.binding import Binding, Place, RowsForm, StaticAuth, Verb
from harness.model.exchange import Intent, Request, Response
from harness.model.operation import Body, Parameter, Specification
from harness.model.target import Member
from harness.model.workload import Arrival, PlannedRow
from harness.wire.attempt import invoke_line
from harness.wire.auth import Session, Tokens
from harness.wire.connection.route import Route
from harness.wire.fast.request import ArrivalValues, RequestBuilder, RequestWriter
from harness.wire.message.body import MULTIPART
from harness.wire.message.encoding import encoded
from harness.wire.message.framing import framed, request_head
from harness.wire.redact.redactor import Redactor
from harness.wire.request import render
from harness.wire.verbs import Speaker
from tests.acme import FORM, JSON, operation, specification, token_in_body

ADDRESS = "http://127.0.0.1:8080/api"
VALUES = {"shop": "7 & 7", "device": "d%1"}
SECRETS = {"user": "staff@shop.example", "password": "p4ß", "key": "k3y-éß"}
ROWS = {"member.id": "${member.id}", "n": "${units}", "note": "so % said", "ref": "${reference?}"}

VERBS = {
    "form": Verb(
        "form",
        "form",
        {"body": {"who": "${member.id}", "n": "${units}", "ref": "${reference?}", "say": "a%b c"}},
        {},
        "credit",
    ),
    "json": Verb(
        "json",
        "json",
        {
            "body": {
                "who": {"id": "${member.id}"},
                "n": "${units}",
                "t": "${units}.00 ${fresh}",
                "ref": "${reference?}",
                "x": ["${reference?}", 1, None],
            }
        },
        {},
        "debit",
        unit=100,
    ),
    "signed": Verb(
        "signed",
        "json",
        {"body": {"who": "${member.id}", "n": "${units}", "ref": "${reference?}"}},
        {},
        "debit",
        unit=-100,
    ),
    "path": Verb(
        "path",
        "path",
        {"path": {"who": "${member.id}", "n": "${units}"}, "query": {"ref": "${reference?}"}},
        {},
        "credit",
    ),
    "header": Verb(
        "header",
        "json",
        {
            "header": {"Idempotency-Key": "${reference}", "X-Once": "${fresh}"},
            "body": {"n": "${units}"},
        },
        {},
        "credit",
    ),
    "cookie": Verb(
        "cookie",
        "json",
        {"cookie": {"who": "${member.id}", "ref": "${reference}"}, "body": {"n": "${units}"}},
        {},
        "credit",
    ),
    "styled": Verb(
        "styled",
        "styled",
        {
            "query": {
                "ids": ["${member.id}", "${reference?}"],
                "filter": {"n": "${units}", "ref": "${reference?}"},
                "raw": "${member.id}",
            }
        },
        {},
        "credit",
    ),
    "coded": Verb(
        "coded",
        "coded",
        {"header": {"Content-Encoding": "gzip"}, "body": {"who": "${member.id}", "n": "${units}"}},
        {},
        "credit",
    ),
    "look": Verb("look", "json", {"body": {"who": "${member.id}"}}, {"balance": "/b"}, "none"),
    "dated": Verb("dated", "json", {"body": {"at": "${now|date}"}}, {}, "credit"),
    "hashed": Verb("hashed", "json", {"body": {"who": "${reference|md5-hex}"}}, {}, "credit"),
    "files": Verb(
        "files", "files", {"body": {"who": "${member.id}", "n": "${units}"}}, {}, "credit"
    ),
    "bulk_form": Verb(
        "bulk_form",
        "form",
        {"body": {"card": "${value.shop}"}},
        {},
        "credit",
        rows=RowsForm(columns={f"{name}[]": text for name, text in ROWS.items()}),
    ),
    "bulk_columns": Verb(
        "bulk_columns",
        "json",
        {"body": {"batch": "${reference}", "tail": True}},
        {},
        "credit",
        unit=10,
        rows=RowsForm(columns=ROWS),
    ),
    "bulk_list": Verb(
        "bulk_list",
        "json",
        {"body": {"a": 1}},
        {},
        "debit",
        rows=RowsForm(at="/data/items", each=ROWS),
    ),
}
COMPILED = sorted(set(VERBS) - {"dated", "hashed", "files", "coded"})
STYLED = (
    Parameter("ids", "query", True, {"type": "array"}, explode=False),
    Parameter("filter", "query", True, {"type": "object"}, style="deepObject"),
)
CODED = Parameter("Content-Encoding", "header", False, {"enum": ["gzip"]})


def spec() -> Specification:
    """Return the operations of the made-up vendor."""
    made = specification("login", "logout", "read_hours")
    path = replace(operation("path", path="/who/{who}/n/{n}"), body=None)
    files = replace(operation("files"), body=Body(MULTIPART, True, {}))
    mine = {
        "styled": replace(
            path, id="styled", path="/styled", styled={("query", one.name): one for one in STYLED}
        ),
        "coded": replace(
            operation("coded", JSON),
            styled={("header", "content-encoding"): CODED},
        ),
        "form": operation("form", FORM),
        "json": operation("json", JSON, "/j/s"),
        "path": path,
        "files": files,
    }
    return replace(made, operations={**made.operations, **mine})


class Vendor:
    """A made-up vendor whose token can be changed; it counts how often it was asked for."""

    def __init__(
        self,
        members: list[Member],
        auth: tuple[Any, ...] | None = None,
        verbs: Mapping[str, Verb] = VERBS,
    ) -> None:
        self.members = members
        self.token = "token-0000"
        self.asked = 0
        self.binding: Binding = replace(token_in_body(), verbs=verbs)
        static = StaticAuth(
            (Place("query", "key", "${secret.key}"), Place("header", "X-Key", "${secret.user}"))
        )
        self.binding = replace(
            self.binding, auth=(*self.binding.auth, static) if auth is None else auth
        )
        self.redactor = Redactor(SECRETS.values(), {"token", "tel"})
        self.speaker = Speaker(self.binding, spec(), VALUES, SECRETS)
        scope = {"value": VALUES, "secret": SECRETS}
        self.session = Session(Tokens(self.binding, spec(), scope, self._ask, self.redactor.learn))
        writer = RequestWriter(
            self.speaker,
            self.session,
            Route(ADDRESS),
            ArrivalValues(members, members[0]),
            self.redactor.text,
        )
        self.requests = RequestBuilder(writer, "tag")

    def _ask(self, *_: Any) -> Response:
        self.asked += 1
        return Response(200, {}, json.dumps({"data": {"token": self.token}}).encode())

    def full(self, name: str, planned: Arrival, fresh: str) -> tuple[Request, bytes, Intent]:
        """Return the bare request, the sent bytes and the intent as the wire makes them."""
        rows = [(self.members[m], units, ref) for m, units, ref in planned.rows] or None
        plain, intent = self.speaker.verb(
            name,
            self.members[planned.member],
            planned.units,
            planned.reference,
            rows,
            {"fresh": fresh},
        )
        request = render(self.session.apply(plain))
        data = framed(request_head(request, Route(ADDRESS)), encoded(request))
        return render(plain), data, intent


def planned(
    name: str, units: int, reference: str | None, rows: int = 3, member: int = 0
) -> Arrival:
    """Return an arrival of the verb, with rows if it is a bulk."""
    bulk: tuple[PlannedRow, ...] = ()
    if VERBS[name].rows is not None:
        bulk = tuple(
            ((member + n) % 2, units + n, f"{reference}{n}" if reference else None)
            for n in range(rows)
        )
    return Arrival(5, 0, 0, member, units, reference, bulk)


def has_template(vendor: Vendor, name: str) -> bool:
    """Say whether the verb has a template."""
    return {
        verb: compiled is not None for (_, verb, _), compiled in vendor.requests.compiled.items()
    }[name]


def compare(vendor: Vendor, name: str, arrival: Arrival) -> None:
    """Compare what the builder makes with what the wire renders."""
    written = vendor.requests.build("load:x", name, arrival)
    bare, data, intent = vendor.full(name, arrival, f"tagf{vendor.requests.count}")
    assert written.data == data
    assert json.loads(written.line("id-1", 12, 34)) == json.loads(
        invoke_line("id-1", "load:x", intent, bare, 12, 34, vendor.redactor.text)
    )
