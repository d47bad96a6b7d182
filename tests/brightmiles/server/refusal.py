"""Refusals: the code and the message of a request that is not done."""

from __future__ import annotations

from typing import Any, TypeVar

T = TypeVar("T")

OK = "0000"
UNSIGNED = "1001"
OLD = "1002"
NO_PAGE = "1004"
INVALID = "2001"
NO_MEMBER = "2002"
TOO_FEW_MILES = "2003"
KNOWN_REQUEST = "2004"
NO_TRANSACTION = "2005"
VOIDED = "2006"
TOO_MANY_ROWS = "2007"
STOPPED = "3001"


class Refusal(Exception):
    """A request is refused; `value` is the body of the response."""

    def __init__(self, code: str, message: str, **data: object) -> None:
        super().__init__(message)
        self.code = code
        self.value = {"code": code, "message": message} | ({"data": data} if data else {})


def required(body: Any, name: str, kind: type[T]) -> T:
    """Return a field of a body; refuse the request if it is missing or of another type."""
    if not isinstance(body, dict) or name not in body:
        raise Refusal(INVALID, f"{name} is missing")
    value = body[name]
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise Refusal(INVALID, f"{name} has another type")
    return value
