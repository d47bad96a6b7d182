"""What a request says, what a reply says, and why a request was refused."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import orjson

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"

_BOUNDARY = re.compile(r'boundary="?([^";]+)')
_NAME = re.compile(r'[ ;]name="([^"]*)"')


class Refused(Exception):
    """A request that is refused and has no effect.

    `reason` is a word every vendor shares (missing, invalid, unauthorised, not_enough_points, ...);
    the vendor turns it into its own code. `message` is for human readers.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


@dataclass(frozen=True, slots=True)
class Request:
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
    """One response: `value` is sent as JSON, or as it stands when it is text.

    `refusal` says why the response is a refusal, None when it is not one.
    """

    value: Any
    status: int = 200
    media: str = "application/json"
    refusal: Refused | None = None
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of a form: single ones by name, and arrays (sent as `name[]`) by bare name.

    `files` are the parts of a multipart form that came with a file name.
    """

    texts: Mapping[str, str]
    lists: Mapping[str, list[str]]
    files: Mapping[str, bytes] = field(default_factory=dict)

    def get(self, name: str) -> str | None:
        """Return the text of a field, None when it is absent or empty."""
        return self.texts.get(name) or None

    def need(self, name: str) -> str:
        """Return the text of a field; Refused when it is absent or empty."""
        text = self.texts.get(name)
        if not text:
            raise Refused("missing", f"{name} is required")
        return text


def form_of(request: Request) -> Fields:
    """Read the form of a request: from the query of a GET, from the body otherwise.

    A repeated single field keeps its last text. A body of another media type holds no fields.
    """
    media = request.headers.get("content-type", "")
    kind = media.partition(";")[0].strip().lower()
    files: dict[str, bytes] = {}
    pairs: list[tuple[str, str]] = []
    if request.method == "GET":
        pairs = parse_qsl(request.query, keep_blank_values=True)
    elif kind == FORM:
        pairs = parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
    elif kind == MULTIPART:
        pairs = [*_parts(request.body, media, files)]
    texts: dict[str, str] = {}
    lists: dict[str, list[str]] = {}
    for name, text in pairs:
        if name.endswith("[]"):
            lists.setdefault(name[:-2], []).append(text)
        else:
            texts[name] = text
    return Fields(texts, lists, files)


def _parts(body: bytes, media: str, files: dict[str, bytes]) -> Iterator[tuple[str, str]]:
    """Yield the text parts of a multipart body, and put those that are files into `files`."""
    boundary = _BOUNDARY.search(media)
    if boundary is None:
        raise Refused("invalid", "the body has no boundary")
    for part in body.split(b"--" + boundary[1].encode())[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        named = _NAME.search(head.decode("utf-8", "replace"))
        content = content.removesuffix(b"\r\n")
        if named is not None and b"filename=" in head:
            files[named[1]] = content
        elif named is not None:
            yield named[1], content.decode("utf-8", "replace")


def json_of(request: Request) -> Any:
    """Read the JSON body of a request; Refused when it is not JSON."""
    try:
        return orjson.loads(request.body)
    except orjson.JSONDecodeError:
        raise Refused("invalid", "the body is not JSON") from None


def body_of(reply: Reply) -> bytes:
    """Return the bytes of a reply's body."""
    if isinstance(reply.value, str):
        return reply.value.encode()
    return orjson.dumps(reply.value)
