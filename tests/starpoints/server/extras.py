"""Further pages: composed schemas, styles of parameters, uploads, responses without a body."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping, Sequence
from email.message import Message
from email.parser import BytesParser
from typing import Any

from jsonschema import Draft202012Validator

from tests.starpoints.server.refusal import invalid

FLAT = {
    "type": "object",
    "required": ["kind", "points"],
    "properties": {
        "kind": {"const": "flat"},
        "points": {"type": "integer", "minimum": 1, "maximum": 1000},
    },
}
RATE = {
    "type": "object",
    "required": ["kind", "percent"],
    "properties": {
        "kind": {"const": "rate"},
        "percent": {"type": "integer", "minimum": 1, "maximum": 100},
    },
}
BASE = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 40},
        "note": {"type": ["string", "null"], "maxLength": 20},
        "pin": {"type": "string", "pattern": "^[0-9]{4}$"},
    },
}
RULE = Draft202012Validator({"allOf": [BASE, {"oneOf": [FLAT, RATE]}]})
SHOWN = ("name", "note", "kind", "points", "percent")
WHOLE = re.compile(r"-?\d{1,6}")
AT_MOST_3 = {"type": "array", "maxItems": 3}
SEARCH = Draft202012Validator(
    {
        "properties": {
            "status": {**AT_MOST_3, "items": {"enum": ["new", "done"]}},
            "ids": {**AT_MOST_3, "items": {"minimum": -9, "maximum": 9}},
            "filter": {"additionalProperties": {"minimum": 0, "maximum": 999}},
        }
    }
)


def make_rule(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the rule that a body describes; what is for writing only is left out."""
    error = next(RULE.iter_errors(body), None)
    if error is not None:
        raise invalid("INVALID_VALUE", error.message[:80])
    kept = {name: value for name, value in body.items() if name in SHOWN}
    return {**kept, "id": uuid.uuid4().hex}


def find(pairs: Sequence[tuple[str, str]], headers: Mapping[str, str]) -> dict[str, Any]:
    """Return what a search was asked for: lists, an object, a header and a cookie."""
    asked: dict[str, Any] = {}
    for name, value in pairs:
        if name == "status":
            asked.setdefault("status", []).append(value)
        elif name == "ids":
            if "ids" in asked or not all(map(WHOLE.fullmatch, value.split(","))):
                raise invalid("INVALID_VALUE", "ids must be whole numbers with commas")
            asked["ids"] = [int(text) for text in value.split(",")]
        elif name in ("filter[from]", "filter[to]"):
            if not WHOLE.fullmatch(value):
                raise invalid("INVALID_VALUE", f"{name} must be a whole number")
            asked.setdefault("filter", {})[name[7:-1]] = int(value)
        elif name.partition("[")[0] in ("ids", "filter", "status"):
            raise invalid("INVALID_VALUE", f"there is no parameter {name}")
    error = next(SEARCH.iter_errors(asked), None)
    if error is not None:
        raise invalid("INVALID_VALUE", error.message[:80])
    if headers.get("x-lang", "th") not in ("th", "en"):
        raise invalid("INVALID_VALUE", "X-Lang must be th or en")
    shop = cookies(headers).get("shop", "")
    if not re.fullmatch(r"[a-z]{2,8}", shop):
        raise invalid("MISSING_REQUIRED_PARAMETER", "the cookie shop is missing")
    return {"found": 0, "seen": asked, "shop": shop}


def upload(body: bytes, headers: Mapping[str, str], *, named: bool) -> dict[str, Any]:
    """Take a file of lines and a note; `named` asks for a file name."""
    kind = headers.get("content-type", "")
    if not kind.startswith("multipart/form-data"):
        raise invalid("UNSUPPORTED", "expected multipart/form-data", 415)
    whole = BytesParser().parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    parts = {_name(part): part for part in whole.walk() if not part.is_multipart()}
    if not {"file", "note"} <= set(parts):
        raise invalid("MISSING_REQUIRED_PARAMETER", "a file and a note are needed")
    note = parts["note"].get_payload(decode=True)
    if not isinstance(note, bytes) or not 1 <= len(note.decode()) <= 20:
        raise invalid("INVALID_VALUE", "the note is too long or empty")
    if named and not parts["file"].get_filename():
        raise invalid("MISSING_REQUIRED_PARAMETER", "the file has no name")
    return {"lines": 1}


def cookies(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the cookies of a request."""
    pairs = (text.strip().partition("=") for text in headers.get("cookie", "").split(";"))
    return {name: value for name, _, value in pairs if name}


def read_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object of a body; refuse the request if it holds none."""
    try:
        value = json.loads(body or b"null", parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise invalid("BAD_REQUEST", "the body is not JSON") from None
    if not isinstance(value, dict):
        raise invalid("BAD_REQUEST", "the body is not an object")
    return value


def _refuse_constant(text: str) -> None:
    raise ValueError(text)


def _name(part: Message) -> str:
    return str(part.get_param("name", header="content-disposition"))
