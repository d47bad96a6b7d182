"""Turn an operation and its values into a request ready to send."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from harness.document.pointer import split
from harness.document.template import fill, laid_over
from harness.model.binding import Place
from harness.model.exchange import Request
from harness.model.operation import Operation

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"


@dataclass(frozen=True, slots=True)
class Draft:
    """A request whose parts are still values, so that auth and a scenario can add and take away.

    `body` is a mapping for forms, any JSON value for JSON, text or bytes for anything else, None
    for no body. A field of a multipart form that is a mapping with `base64` is a file; `type` and
    `name` say what kind of file and how it is called.
    """

    operation: Operation
    path: Mapping[str, Any]
    query: Mapping[str, Any]
    headers: Mapping[str, Any]
    body: Any


def time_at(utc_offset: str) -> datetime:
    """Return the moment in a zone given by its offset from UTC, such as `+07:00`."""
    return datetime.now(_zone(utc_offset))


@lru_cache(maxsize=16)
def _zone(utc_offset: str) -> tzinfo | None:
    return datetime.strptime(utc_offset, "%z").tzinfo


def draft(operation: Operation, send: Mapping[str, Any], scope: Mapping[str, Any]) -> Draft:
    """Fill the templates of `send` (path, query, header, body) from the scope."""
    return Draft(
        operation,
        fill(send.get("path", {}), scope),
        fill(send.get("query", {}), scope),
        fill(send.get("header", {}), scope),
        fill(send["body"], scope) if "body" in send else {} if operation.body is not None else None,
    )


def merged(base: Draft, extra: Mapping[str, Any], without: tuple[str, ...] = ()) -> Draft:
    """Return the draft with values of `extra` laid over it and the fields of `without` removed.

    A mapping within the body is laid over in its turn; anything else takes the place of what stood
    there. A field of `without` that begins with a slash is a pointer into the body.
    """
    result = Draft(
        base.operation,
        {**base.path, **extra.get("path", {})},
        {**base.query, **extra.get("query", {})},
        {**base.headers, **extra.get("header", {})},
        laid_over(base.body, extra["body"]) if "body" in extra else base.body,
    )
    return _without(result, without) if without else result


def placed(plain: Draft, places: Iterable[Place], scope: Mapping[str, Any]) -> Draft:
    """Return the draft with the templates of the places filled from the scope, and set there."""
    headers, query, body = dict(plain.headers), dict(plain.query), plain.body
    for place in places:
        value = fill(place.value, scope)
        if place.where == "header":
            headers[place.name] = value
        elif place.where == "query":
            query[place.name] = value
        elif place.where == "basic":
            headers["authorization"] = "Basic " + base64.b64encode(str(value).encode()).decode()
        else:
            body = with_field(body, place.name, value)
    return replace(plain, headers=headers, query=query, body=body)


def with_field(body: Any, name: str, value: Any) -> Any:
    """Return the body with the value in a field; a name with a slash is a pointer to it.

    Where there is no mapping to hold the field the body stays as it is.
    """
    return _set(body, split(name) if name.startswith("/") else (name,), value)


def _set(body: Any, keys: tuple[str, ...], value: Any) -> Any:
    if not isinstance(body, Mapping):
        return body
    first, *rest = keys
    if not rest:
        return {**body, first: value}
    return {**body, first: _set(body[first], tuple(rest), value)} if first in body else body


def _without(base: Draft, names: tuple[str, ...]) -> Draft:
    def kept(values: Any) -> Any:
        if not isinstance(values, Mapping):
            return values
        return {name: value for name, value in values.items() if name not in names}

    body = kept(base.body)
    for name in names:
        body = _cut(body, split(name)) if name.startswith("/") else body
    return replace(base, query=kept(base.query), headers=kept(base.headers), body=body)


def _cut(body: Any, keys: tuple[str, ...]) -> Any:
    if not isinstance(body, Mapping) or keys[0] not in body:
        return body
    if len(keys) == 1:
        return {name: value for name, value in body.items() if name != keys[0]}
    return {**body, keys[0]: _cut(body[keys[0]], keys[1:])}


def render(draft: Draft) -> Request:
    """Write the draft as a request; the media type is the one its operation declares."""
    path = draft.operation.path
    for name, value in draft.path.items():
        path = path.replace("{" + name + "}", quote(_text(value), safe=""))
    query = urlencode(list(_pairs(draft.query)))
    headers = [(name, _text(value)) for name, value in draft.headers.items()]
    media_type, body = _body(draft)
    if media_type:
        headers.append(("content-type", media_type))
    return Request(
        draft.operation.method.upper(),
        f"{path}?{query}" if query else path,
        tuple(headers),
        body,
    )


def _body(draft: Draft) -> tuple[str, bytes]:
    if draft.body is None:
        return "", b""
    media_type = draft.operation.body.media_type if draft.operation.body else "application/json"
    if isinstance(draft.body, bytes):
        return media_type, draft.body
    if media_type == FORM:
        return media_type, urlencode(list(_pairs(draft.body))).encode()
    if media_type == MULTIPART:
        return _multipart(draft.body)
    if isinstance(draft.body, str) and "json" not in media_type:
        return media_type, draft.body.encode()
    return media_type, orjson.dumps(draft.body)


def _pairs(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        if isinstance(value, list | tuple):
            yield from ((name, _text(item)) for item in value)
        else:
            yield name, _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    return orjson.dumps(value).decode() if isinstance(value, dict | list) else str(value)


def _multipart(values: Mapping[str, Any]) -> tuple[str, bytes]:
    boundary = secrets.token_hex(16)
    parts = []
    for name, value in values.items():
        head = f'content-disposition: form-data; name="{name}"'
        file: Any = {"base64": base64.b64encode(value)} if isinstance(value, bytes) else value
        if isinstance(file, Mapping) and "base64" in file:
            media_type = file.get("type", "application/octet-stream")
            head += f'; filename="{file.get("name", name)}"\r\ncontent-type: {media_type}'
            content = base64.b64decode(file["base64"])
        else:
            content = _text(value).encode()
        parts.append(f"--{boundary}\r\n{head}\r\n\r\n".encode() + content + b"\r\n")
    parts.append(f"--{boundary}--\r\n".encode())
    return f"{MULTIPART}; boundary={boundary}", b"".join(parts)
