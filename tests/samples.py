"""Small made-up declarations that the tests share."""

from __future__ import annotations

from harness.model.binding import (
    Binding,
    OutcomeRule,
    Place,
    Promises,
    RowsForm,
    TokenAuth,
    Verb,
)
from harness.model.operation import Body, Operation, Responses, Specification
from harness.model.verdict import Outcome

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"

ENVELOPE = {
    "oneOf": [
        {
            "type": "object",
            "required": ["code", "data"],
            "properties": {
                "code": {"const": 200},
                "data": {
                    "type": "object",
                    "required": ["now"],
                    "properties": {"now": {"type": "integer"}},
                },
            },
        },
        {
            "type": "object",
            "required": ["code", "msg"],
            "properties": {"code": {"not": {"const": 200}}, "msg": {"type": "string"}},
        },
    ]
}


def operation(name: str, media_type: str = FORM, path: str = "") -> Operation:
    """Return an operation that responses with the envelope under status 200."""
    return Operation(
        id=name,
        method="POST",
        path=path or f"/{name}",
        title=name,
        parameters=(),
        body=Body(media_type, True, {"type": "object"}),
        responses={"200": Responses("200", {JSON: ENVELOPE})},
        source="made up",
    )


def specification(*names: str) -> Specification:
    """Return a specification of form operations with these names."""
    operations = {name: operation(name) for name in names}
    return Specification("Made up", operations, {"components": {}}, "0")


OUTCOMES = (
    OutcomeRule({"fault": ["unsent"]}, Outcome.REFUSED, "not_sent"),
    OutcomeRule({"fault": "any"}, Outcome.UNKNOWN),
    OutcomeRule({"body": "/code", "one_of": [200, "200"]}, Outcome.OK),
    OutcomeRule({"body": "/code", "equals": 503}, Outcome.REFUSED, "stopped_at_row"),
    OutcomeRule({"body": "/code", "equals": 401}, Outcome.REFUSED, "unauthorised"),
    OutcomeRule({"body": "/code", "exists": True}, Outcome.REFUSED, "unspecified"),
    OutcomeRule({"always": True}, Outcome.UNKNOWN, "unreadable"),
)


def binding() -> Binding:
    """Return a binding with a device-bound token and earn, burn, bulk and balance."""
    body = {"who": "${member.id}", "n": "${units}", "ref": "${reference?}"}
    columns = {"who[]": "${member.id}", "n[]": "${units}", "ref[]": "${reference?}"}
    token = TokenAuth(
        operation="login",
        send={"body": {"user": "${secret.user}", "device": "${value.device}"}},
        extract={"token": "/data/token"},
        places=(Place("body", "token", "${token}"), Place("body", "device", "${value.device}")),
        renew_on=frozenset({"unauthorised"}),
        bound_to=("device",),
        end="logout",
        exempt=frozenset({"login", "open"}),
    )
    verbs = (
        Verb("earn", "earn", {"body": body}, {"balance": "/data/now"}, "credit"),
        Verb("burn", "burn", {"body": body}, {}, "debit"),
        Verb(
            "bulk_earn",
            "bulk",
            {"body": {"card": "${value.card}"}},
            {"fail_index": "/data/fail_at"},
            "credit",
            rows=RowsForm(columns=columns),
        ),
        Verb(
            "balance", "info", {"body": {"who": "${member.id}"}}, {"balance": "/data/now"}, "none"
        ),
    )
    return Binding(
        vendor="made-up",
        title="Made up",
        auth=(token,),
        outcomes=OUTCOMES,
        verbs={verb.name: verb for verb in verbs},
        samples={"logout": {}},
        promises=Promises(repeat="ignored", bulk_limit=3, units_max=100),
        nonexistent={"member": {"id": "nobody"}},
        sensitive=frozenset({"token", "tel"}),
    )


OPERATIONS = ("login", "logout", "open", "earn", "burn", "bulk", "info")
