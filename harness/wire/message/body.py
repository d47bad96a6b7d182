"""Bodies of requests in the media type that their operation declares."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote_plus, urlencode

import orjson

from harness.model.operation import Body, FieldEncoding, Parameter
from harness.wire.message.parameter import Pair, text_of, written

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"

_PLAIN = FieldEncoding()
_FILE_TYPE = "application/octet-stream"


def body_of(body: Any, declared: Body | None) -> tuple[str, bytes]:
    """Return the Content-Type and the bytes of a body, both empty for None.

    See `Draft` for what stands for a body in each media type.
    """
    if body is None:
        return "", b""
    media_type = declared.media_type if declared else "application/json"
    if isinstance(body, bytes):
        return media_type, body
    fields = declared.fields if declared else {}
    if media_type == FORM:
        return media_type, _form(body, fields).encode()
    if media_type == MULTIPART:
        return _multipart(body, fields)
    if isinstance(body, str) and "json" not in media_type:
        return media_type, body.encode()
    return media_type, orjson.dumps(body)


def pairs_of(values: Mapping[str, Any]) -> Iterator[Pair]:
    """Yield the values of a form or a query by name; a list makes one pair for each item."""
    for name, value in values.items():
        if isinstance(value, list | tuple):
            yield from ((name, text_of(item)) for item in value)
        else:
            yield name, text_of(value)


def file_content(value: Any) -> str | bytes | None:
    """Return the content of a file of a multipart form, None for any other value."""
    if isinstance(value, bytes):
        return value
    if not isinstance(value, Mapping) or not {"content", "base64"} & set(value):
        return None
    if "base64" in value:
        return base64.b64decode(value["base64"])
    content: str | bytes = value["content"]
    return content


def with_content(file: Mapping[str, Any], content: Any) -> dict[str, Any]:
    """Return a file with another content, named and typed as before."""
    return {**{name: item for name, item in file.items() if name != "base64"}, "content": content}


def _form(values: Mapping[str, Any], fields: Mapping[str, FieldEncoding]) -> str:
    if not any(field.style for field in fields.values()):
        return urlencode(list(pairs_of(values)))
    pairs: list[str] = []
    for name, value in values.items():
        field = fields.get(name, _PLAIN)
        if field.style:
            form = Parameter(name, "query", False, {}, style=field.style, explode=field.explode)
            pairs += [f"{key}={text}" for key, text in written(form, value, quote_plus)]
        else:
            pairs.append(urlencode(list(pairs_of({name: value}))))
    return "&".join(filter(None, pairs))


def _multipart(values: Mapping[str, Any], fields: Mapping[str, FieldEncoding]) -> tuple[str, bytes]:
    boundary = secrets.token_hex(16)
    data = b"".join(
        f"--{boundary}\r\n".encode() + part
        for name, value in values.items()
        for item in (value if isinstance(value, list | tuple) else [value])
        for part in [_part(name, item, fields.get(name, _PLAIN).media_type)]
    )
    return f"{MULTIPART}; boundary={boundary}", data + f"--{boundary}--\r\n".encode()


def _part(name: str, value: Any, media_type: str) -> bytes:
    head = f'content-disposition: form-data; name="{_quoted(name)}"'
    content = file_content(value)
    if content is not None:
        file = value if isinstance(value, Mapping) else {}
        head += f'; filename="{_quoted(str(file.get("filename", name)))}"'
        media_type = file.get("type", media_type) or _FILE_TYPE
    elif isinstance(value, Mapping):
        media_type = media_type or "application/json"
    if media_type:
        head += f"\r\ncontent-type: {media_type}"
    data = text_of(value) if content is None else content
    return (
        f"{head}\r\n\r\n".encode() + (data if isinstance(data, bytes) else data.encode()) + b"\r\n"
    )


def _quoted(name: str) -> str:
    """Return a name as browsers write it between quotes."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
