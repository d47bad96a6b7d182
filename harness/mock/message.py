"""What a request says, what a reply says, and why a request was refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import orjson

FORM = "application/x-www-form-urlencoded"


class Refused(Exception):
    """A request that is answered with a refusal and has no effect.

    `reason` is a word every vendor shares (missing, invalid, unauthorised, not_enough_points, ...);
    the vendor turns it into its own code. `message` is for people.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


@dataclass(frozen=True, slots=True)
class Call:
    """One request as it arrived; header names are lower case, `places` are the path parameters."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    keep_alive: bool = True
    places: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: `value` is sent as JSON, or as it stands when it is text.

    `refusal` says why the answer is a refusal, None when it is not one.
    """

    value: Any
    status: int = 200
    media: str = "application/json"
    refusal: Refused | None = None
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of a form: single ones by name, and arrays (sent as `name[]`) by bare name."""

    texts: Mapping[str, str]
    lists: Mapping[str, list[str]]

    def get(self, name: str) -> str | None:
        """Return the text of a field, None when it is absent or empty."""
        return self.texts.get(name) or None

    def need(self, name: str) -> str:
        """Return the text of a field; Refused when it is absent or empty."""
        text = self.texts.get(name)
        if not text:
            raise Refused("missing", f"{name} is required")
        return text


def form_of(call: Call) -> Fields:
    """Read the form of a request: from the query of a GET, from the body otherwise.

    A single field sent twice keeps its last text. A body of another media type holds no fields.
    """
    if call.method == "GET":
        encoded = call.query
    elif call.headers.get("content-type", "").partition(";")[0].strip().lower() == FORM:
        encoded = call.body.decode("utf-8", "replace")
    else:
        encoded = ""
    texts: dict[str, str] = {}
    lists: dict[str, list[str]] = {}
    for name, text in parse_qsl(encoded, keep_blank_values=True):
        if name.endswith("[]"):
            lists.setdefault(name[:-2], []).append(text)
        else:
            texts[name] = text
    return Fields(texts, lists)


def json_of(call: Call) -> Any:
    """Read the JSON body of a request; Refused when it is not JSON."""
    try:
        return orjson.loads(call.body)
    except orjson.JSONDecodeError:
        raise Refused("invalid", "the body is not JSON") from None


def body_of(reply: Reply) -> bytes:
    """Return the bytes of a reply's body."""
    if isinstance(reply.value, str):
        return reply.value.encode()
    return orjson.dumps(reply.value)
