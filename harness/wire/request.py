"""Turn an operation and its values into a request ready to send."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from harness.document.pointer import split
from harness.document.template import fill, laid_over
from harness.model.binding import Place
from harness.model.exchange import Request
from harness.model.operation import Operation, Parameter
from harness.wire.message.body import body_of, pairs_of
from harness.wire.message.parameter import (
    Pair,
    as_cookie,
    as_path,
    path_text,
    query_pairs,
    text_of,
    written,
)

ENCODING = ("header", "content-encoding")
"""The parameter that names the encoding of a request's body, where an operation declares it."""

Styled = Mapping[tuple[str, str], Parameter]


@dataclass(frozen=True, slots=True)
class Draft:
    """A request whose parts are still values, so that auth and a scenario can add and take away.

    `body` is a mapping for forms, any JSON value for JSON, text or bytes for anything else, None
    for no body. A field of a multipart form that is a mapping with `content` (or `base64`) is a
    file; `filename` and `type` say how it is called and what kind of file it is.
    """

    operation: Operation
    path: Mapping[str, Any]
    query: Mapping[str, Any]
    headers: Mapping[str, Any]
    body: Any
    cookies: Mapping[str, Any] = field(default_factory=dict)


def time_at(utc_offset: str) -> datetime:
    """Return the moment in a zone given by its offset from UTC, such as `+07:00`."""
    return datetime.now(_zone(utc_offset))


@lru_cache(maxsize=16)
def _zone(utc_offset: str) -> tzinfo | None:
    return datetime.strptime(utc_offset, "%z").tzinfo


def draft(operation: Operation, send: Mapping[str, Any], scope: Mapping[str, Any]) -> Draft:
    """Fill the templates of `send` (path, query, header, cookie, body) from the scope."""
    return Draft(
        operation,
        fill(send.get("path", {}), scope),
        fill(send.get("query", {}), scope),
        fill(send.get("header", {}), scope),
        fill(send["body"], scope) if "body" in send else {} if operation.body is not None else None,
        fill(send["cookie"], scope) if "cookie" in send else {},
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
        {**base.cookies, **extra["cookie"]} if "cookie" in extra else base.cookies,
    )
    return _without(result, without) if without else result


def placed(plain: Draft, places: Iterable[Place], scope: Mapping[str, Any]) -> Draft:
    """Return the draft with the templates of the places filled from the scope, and set there."""
    headers, query, body = dict(plain.headers), dict(plain.query), plain.body
    cookies = plain.cookies
    for place in places:
        value = fill(place.value, scope)
        if place.where == "header":
            headers[place.name] = value
        elif place.where == "query":
            query[place.name] = value
        elif place.where == "cookie":
            cookies = {**cookies, place.name: value}
        elif place.where == "basic":
            headers["authorization"] = "Basic " + base64.b64encode(str(value).encode()).decode()
        else:
            body = with_field(body, place.name, value)
    return replace(plain, headers=headers, query=query, cookies=cookies, body=body)


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
    query, headers, cookies = kept(base.query), kept(base.headers), kept(base.cookies)
    return replace(base, query=query, headers=headers, cookies=cookies, body=body)


def _cut(body: Any, keys: tuple[str, ...]) -> Any:
    if not isinstance(body, Mapping) or keys[0] not in body:
        return body
    if len(keys) == 1:
        return {name: value for name, value in body.items() if name != keys[0]}
    return {**body, keys[0]: _cut(body[keys[0]], keys[1:])}


def render(draft: Draft) -> Request:
    """Write the draft as a request; the media type is the one its operation declares."""
    operation = draft.operation
    styled = operation.styled
    path = operation.path
    for name, value in draft.path.items():
        form = styled.get(("path", name)) if styled else None
        text = as_path(text_of(value)) if form is None else path_text(form, value)
        path = path.replace("{" + name + "}", text)
    query = _query(draft.query, styled) if styled else urlencode(list(pairs_of(draft.query)))
    encoding = ""
    if not styled:
        headers = [(name, text_of(value)) for name, value in draft.headers.items()]
    else:
        headers = [(name, _header(name, value, styled)) for name, value in draft.headers.items()]
        if ENCODING in styled:
            encoding = next((text for name, text in headers if name.lower() == ENCODING[1]), "")
    if draft.cookies:
        headers = _with_cookies(headers, _cookies(draft.cookies, styled))
    media_type, body = body_of(draft.body, operation.body)
    if media_type:
        headers.append(("content-type", media_type))
    target = f"{path}?{query}" if query else path
    return Request(operation.method.upper(), target, tuple(headers), body, encoding)


def _query(values: Mapping[str, Any], styled: Styled) -> str:
    pairs: list[str] = []
    for name, value in values.items():
        form = styled.get(("query", name))
        if form is None:
            pairs.append(urlencode(list(pairs_of({name: value}))))
        else:
            pairs += [f"{key}={text}" for key, text in query_pairs(form, value)]
    return "&".join(filter(None, pairs))


def _header(name: str, value: Any, styled: Styled) -> str:
    form = styled.get(("header", name.lower()))
    if form is None:
        return text_of(value)
    return ",".join(text for _, text in written(form, value, str))


def _with_cookies(headers: list[tuple[str, str]], cookies: str) -> list[tuple[str, str]]:
    """Return the headers with cookies in the one field of them that a request may have.

    They come after those of a header that was given whole (RFC 6265, 5.4).
    """
    given = [text for name, text in headers if name.lower() == "cookie" and text]
    others = [(name, text) for name, text in headers if name.lower() != "cookie"]
    return [*others, ("cookie", "; ".join([*given, cookies]))]


def _cookies(values: Mapping[str, Any], styled: Styled) -> str:
    pairs: list[Pair] = []
    for name, value in values.items():
        form = styled.get(("cookie", name))
        if form is None:
            pairs.append((name, as_cookie(text_of(value))))
        else:
            # A comma separates the items of a list.
            pairs += written(form, value, lambda text: as_cookie(text).replace(",", "%2C"))
    return "; ".join(f"{name}={text}" for name, text in pairs)
