"""Credentials as variables of a shell, and where their values come from."""

from __future__ import annotations

import json
import re
import shlex
from functools import partial
from typing import Any

from harness.check.extraction import described
from harness.document.pointer import split
from harness.document.template import Mark, marks, pieces
from harness.model.binding import AuthStep, Binding, Place, SignAuth, StaticAuth, TokenAuth
from harness.model.operation import Specification
from harness.model.target import Target
from harness.wire.journal.curl import variable_name
from harness.wire.request import draft, render

_ENVIRONMENT = "env:"
_OPEN, _CLOSE = "zq", "qz"
_MARK = f"{_OPEN}{{}}{_CLOSE}"
_SIGNATURE = "signature"


def shell_places(
    binding: Binding, specification: Specification, target: Target
) -> dict[str, tuple[str, ...]]:
    """Return the places of credentials by operation, as where:name=value in double quotes."""
    places = {
        name: tuple(
            f"{place.where}:{place.name}={_text(place.value, target)}"
            for step in binding.auth
            if name not in step.exempt
            for place in step.places
        )
        for name in specification.operations
    }
    return {name: found for name, found in places.items() if found}


def shell_variables(
    binding: Binding, specification: Specification, target: Target
) -> dict[str, str]:
    """Return for each variable of `shell_places` how to set it, as a line of a shell."""
    known: dict[str, str] = {}
    for step in binding.auth:
        known |= _secrets([place.value for place in step.places], target, binding.vendor)
        if isinstance(step, TokenAuth):
            known |= _secrets(step.send, target, binding.vendor)
            known |= _tokens(step, binding, specification, target)
        for place in step.places:
            known |= {
                _variable(mark, target): f"# ${_variable(mark, target)}: {_made(step, mark)}"
                for mark in marks(place.value)
                if mark.name in (_SIGNATURE, "now", "fresh")
            }
    if target.kind == "mock":
        start = f"harness mock {binding.vendor} --port 8080"
        options = "with the --seed, --defect and --fault of the run"
        known["BASE_URL"] = f"BASE_URL=http://127.0.0.1:8080  # after: {start} ({options})"
    return known


def _text(template: str, target: Target) -> str:
    """Return a template in double quotes of a shell; values of the target are written out."""
    text = ""
    for piece in reversed(pieces(template)):
        if isinstance(piece, str):
            text = _escaped(piece) + text
            continue
        head, _, name = piece.name.partition(".")
        variable = _variable(piece, target)
        if head == "value" and piece.encoding is None and name in target.values:
            text = _escaped(target.values[name]) + text
        elif text[:1].isalnum() or text[:1] == "_":
            text = f"${{{variable}}}{text}"
        else:
            text = f"${variable}{text}"
    return text


def _escaped(text: str) -> str:
    return "".join(f"\\{sign}" if sign in '\\"$`' else sign for sign in text)


def _variable(mark: Mark, target: Target) -> str:
    head, _, name = mark.name.partition(".")
    reference = target.secrets.get(name, "") if head == "secret" else ""
    known = reference.removeprefix(_ENVIRONMENT) or variable_name(name or head)
    return f"{known}_{variable_name(mark.encoding)}" if mark.encoding else known


def _secrets(template: Any, target: Target, vendor: str) -> dict[str, str]:
    known = {}
    for mark in marks(template):
        head, _, name = mark.name.partition(".")
        if head != "secret":
            continue
        variable = _variable(mark, target)
        form = f", written as {mark.encoding}" if mark.encoding else ""
        where = (
            f"which harness mock {vendor} prints"
            if target.kind == "mock"
            else f"of the target {target.name}"
        )
        known[variable] = f"# ${variable}: the secret {name} {where}{form}"
    return known


def _made(step: AuthStep, mark: Mark) -> str:
    if isinstance(step, SignAuth) and mark.name == _SIGNATURE:
        return f"a signature ({step.algorithm}) of each request, which curl does not make"
    return "the time of each request" if mark.name == "now" else "a new text for each request"


def _tokens(
    step: TokenAuth, binding: Binding, specification: Specification, target: Target
) -> dict[str, str]:
    """Return how to get the values of a token's response."""
    command = _login(step, binding, specification, target)
    known = {}
    for name, source in step.extract.items():
        variable, at = variable_name(name), described(source)
        words = f"{at} in the response of {step.operation}"
        if command and isinstance(source, str):
            known[variable] = f"{variable}=$({command} | jq -r {shlex.quote(_jq(at))})  # {words}"
        else:
            known[variable] = f"# ${variable}: {words}"
    return known


def _login(step: TokenAuth, binding: Binding, specification: Specification, target: Target) -> str:
    """Return the command that asks for a token, empty where a shell cannot write its request."""
    found = [mark for mark in marks(step.send) if not mark.name.startswith("value.")]
    if any(not mark.name.startswith("secret.") or mark.encoding for mark in found):
        return ""
    variables = {mark.name.partition(".")[2]: _variable(mark, target) for mark in found}
    secrets = {name: _MARK.format(variable) for name, variable in variables.items()}
    scope = {"secret": secrets, "value": target.values}
    request = render(draft(specification.operations[step.operation], step.send, scope))
    shell = partial(_with_variables, variables=list(variables.values()))
    parts = [f"curl -sS -X {request.method}"]
    for other in binding.auth:
        if isinstance(other, StaticAuth) and step.operation not in other.exempt:
            parts += [option for place in other.places if (option := _option(place, target))]
    parts += [f"-H {shell(f'{name}: {value}')}" for name, value in request.headers]
    if request.body:
        parts.append(f"--data-raw {shell(request.body.decode(errors='replace'))}")
    base = '"$BASE_URL"' if target.kind == "mock" else shlex.quote(target.base_url.rstrip("/"))
    return f"{' '.join(parts)} {base}{shell(request.path)}"


def _option(place: Place, target: Target) -> str:
    """Return the option of curl that sets a place in the head of a request, empty for others."""
    text = _text(place.value, target)
    if place.where == "basic":
        return f'-u "{text}"'
    return f'-H "{place.name}: {text}"' if place.where == "header" else ""


def _with_variables(text: str, variables: list[str]) -> str:
    """Return a text as a shell word in which secrets are read from variables."""
    marked = "|".join(re.escape(_MARK.format(variable)) for variable in variables)
    pieces = re.split(f"({marked})", text) if marked else [text]
    return "".join(
        f'"${piece.removeprefix(_OPEN).removesuffix(_CLOSE)}"' if number % 2 else shlex.quote(piece)
        for number, piece in enumerate(pieces)
        if piece
    )


def _jq(pointer: str) -> str:
    steps = split(pointer)
    return "." + "".join(f"[{s}]" if s.isdigit() else f"[{json.dumps(s)}]" for s in steps)
