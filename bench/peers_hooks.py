"""Gives Schemathesis credentials, a card and a member of the mock, so that it gets inside."""

from __future__ import annotations

import itertools
import json
import os
from pathlib import Path
from typing import Any

import schemathesis

from harness.check.conformance import decode
from harness.contract.catalogue import read_catalogue
from harness.model.binding import TokenAuth
from harness.model.exchange import Response
from harness.wire.auth import Session, Tokens
from harness.wire.connection.route import Route
from harness.wire.request import Draft, render
from harness.wire.transport import Transport
from harness.wire.verbs import Speaker

_READY = json.loads(os.environ["PEERS_READY"])
_VENDOR = read_catalogue(Path.cwd(), [_READY["vendor"]]).vendors[_READY["vendor"]]
_TURNS = itertools.count()
# With the true token these would lock every later request out.
_ENDING = {step.end for step in _VENDOR.binding.auth if isinstance(step, TokenAuth)}
_TRANSPORT = Transport(Route(_READY["base_url"]), 10)


def _ask(plain: Draft, closing: bool) -> Any:
    response = _TRANSPORT.send(render(plain))
    return decode(response) if isinstance(response, Response) else None


_SCOPE = {"value": _READY["values"], "secret": _READY["secrets"]}
_TOKENS = Tokens(_VENDOR.binding, _VENDOR.specification, _SCOPE, _ask, lambda secrets: None)
_SESSION = Session(_TOKENS)
_SPEAKER = Speaker(_VENDOR.binding, _VENDOR.specification, _READY["values"], _READY["secrets"])
_KNOWN = (
    {*_READY["values"].values(), *_READY["members"][0].values()} if _READY["members"] else set()
)


def _real(name: str) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return the path, query and body fields of an operation that name something that exists."""
    try:
        sample = _SPEAKER.sample(
            name, _READY["members"][0], {"fresh": "f", "reference": "f", "entry": "t"}
        )
    except Exception:  # an operation without a sample has nothing to lend
        return {}, {}, {}
    parts = (sample.path, sample.query, sample.body if isinstance(sample.body, dict) else {})
    path, query, body = (
        {key: value for key, value in part.items() if str(value) in _KNOWN} for part in parts
    )
    return path, query, body


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Place the credentials where the binding says, over whatever was generated there."""
    operation = _VENDOR.specification.operations.get(case.operation.definition.raw["operationId"])
    if operation is None or operation.id in _ENDING:
        return
    path, query, real = _real(operation.id)
    # Every other request keeps what was generated, so that unknown ones are tried too.
    if next(_TURNS) % 2:
        case.path_parameters = {**dict(case.path_parameters or {}), **path}
        case.query = {**dict(case.query or {}), **query}
        if isinstance(case.body, dict):
            case.body = {**case.body, **{key: real[key] for key in real if key in case.body}}
    body = case.body if isinstance(case.body, dict) else {}
    plain = Draft(operation, dict(case.path_parameters or {}), {}, {}, dict(body))
    try:
        signed = _SESSION.apply(plain)
    except Exception:  # what cannot be signed is sent as it was generated
        return
    case.query = {**dict(case.query or {}), **signed.query}
    for name, value in signed.headers.items():
        case.headers[name] = value
    if isinstance(case.body, dict) and signed.body != body:
        case.body = dict(signed.body)
