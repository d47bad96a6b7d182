"""A recorded request as a shell command that repeats it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from harness.model.run_header import RunHeader
from harness.wire.attempt import ALTERED
from harness.wire.journal.writer import BODIES
from harness.wire.redact.needle import HIDDEN
from harness.wire.request import with_field

_CUT = re.compile(r"… \(\d+ bytes\)\Z")
_GAP = "zqgapqz"
_VARIABLE = re.compile(r"\$\{?([A-Za-z_]\w*)", re.ASCII)


@dataclass(slots=True)
class _Command:
    """The parts of a command as they are found: arguments, a query, remarks behind it."""

    parts: list[str]
    query: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def curl_line(header: RunHeader, invoke: Mapping[str, Any], folder: str = "") -> str:
    """Return a shell line that repeats a recorded request, with its headers and its body.

    Credentials stand as shell variables, which `RunHeader.variables` explain. A body that a line
    cannot hold is read from the file that keeps it; `folder` is the journal's name in the run's
    folder, from where the command is then to be run.
    """
    method, path, body = invoke["request"]
    media_type = header.media.get(invoke["operation"], "")
    command = _Command(["curl -sS", "--head" if method == "HEAD" else f"-X {method}"])
    mode = invoke.get("auth", "normal")
    for place in header.auth.get(invoke["operation"], ()) if mode != "none" else ():
        body = _placed(place, command, media_type, body, bool(invoke.get("body_file")))
    headers = dict(invoke.get("headers", {}))
    for name in [name for name in headers if name.lower() == "content-encoding"]:
        # The journal keeps the body as it is before that.
        command.remarks.append(f"without content-encoding {headers.pop(name)}")
    told = {name.lower() for name in headers}
    command.parts += [f"-H {shlex.quote(_header(*each))}" for each in headers.items()]
    if body:
        if media_type and "urlencoded" not in media_type and "content-type" not in told:
            command.parts.append(f"-H {shlex.quote('content-type: ' + media_type)}")
        command.parts.append(_data(invoke, body, folder, command))
    if mode not in ("normal", "none"):
        signed = "signed before it was changed to this"
        command.remarks.append(signed if mode == ALTERED else f"with {mode} credentials")
    if HIDDEN in f"{path}{body}{headers}":
        command.remarks.append(f"{HIDDEN} stands for a value that is hidden")
    for pair in command.query:
        path += f"{'&' if '?' in path else '?'}{pair}"
    remarks = f"  # {', '.join(command.remarks)}" if command.remarks else ""
    address = header.base_url.rstrip("/") or "$BASE_URL"
    return f'{" ".join(command.parts)} "{address}{path}"{remarks}'


def variables_in(command: str) -> Iterator[str]:
    """Yield the names of the shell variables that a command reads, each once."""
    yield from dict.fromkeys(_VARIABLE.findall(command))


def _header(name: str, value: str) -> str:
    # curl takes a header without a value for one that is not to be sent.
    return f"{name}: {value}" if value else f"{name};"


def _data(invoke: Mapping[str, Any], body: str, folder: str, command: _Command) -> str:
    if kept := invoke.get("body_file"):
        command.remarks.append("in the run's folder")
        path = "/".join(part for part in (folder, BODIES, kept) if part)
        return f"--data-binary {shlex.quote('@' + path)}"
    if _CUT.search(body):
        command.remarks.append("the body is cut here")
    return f"--data-raw {_quoted(body)}"


def _placed(place: str, command: _Command, media_type: str, body: str, in_file: bool) -> str:
    """Add a credential, `where:name=value`, to a command; return the body, which may hold it."""
    where, _, rest = place.partition(":")
    name, _, value = rest.partition("=")
    value = value or "$" + variable_name(name)
    match where:
        case "header":
            command.parts.append(f'-H "{name}: {value}"')
        case "cookie":
            command.parts.append(f'-b "{name}={value}"')
        case "basic":
            login = value if ":" in value else ""
            command.parts.append(f'-u "{login}"' if login else f'-H "authorization: {value}"')
        case "query":
            command.query.append(f"{name}={value}")
        case "body" if "json" not in media_type:
            command.parts.append(f'--data-urlencode "{name}={value}"')
        case "body":
            filled = "" if in_file else _with_json_field(body, name, value)
            if not filled:
                command.remarks.append(f"add {name} to the body")
            return filled or body
    return body


def _with_json_field(body: str, name: str, value: str) -> str:
    """Return a JSON body with a credential in a field, empty where that cannot be written."""
    try:
        fields = orjson.loads(body or "{}")
    except orjson.JSONDecodeError:
        return ""
    filled = with_field(fields, name, f"{_GAP}{value}{_GAP}")
    return "" if filled == fields else orjson.dumps(filled).decode()


def _quoted(body: str) -> str:
    """Return a body as a shell word; variables between gaps are read by the shell."""
    pieces = body.split(_GAP)
    if len(pieces) == 1:
        return shlex.quote(body)
    return "".join(
        f'"{piece}"' if number % 2 else shlex.quote(piece) for number, piece in enumerate(pieces)
    )


def variable_name(text: str) -> str:
    """Return the shell variable that stands for a value of this name."""
    return "".join(sign if sign.isascii() and sign.isalnum() else "_" for sign in text).upper()
