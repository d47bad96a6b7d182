"""Refusals: the status and the error list of a request that is not done."""

from __future__ import annotations

from typing import Any, TypeVar

T = TypeVar("T")


class Refusal(Exception):
    """A request is refused; `value` is the body of the response."""

    def __init__(self, status: int, category: str, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.value = {"errors": [{"category": category, "code": code, "detail": detail}]}


def invalid(code: str, detail: str, status: int = 400) -> Refusal:
    """Return the refusal of an invalid request."""
    return Refusal(status, "INVALID_REQUEST_ERROR", code, detail)


def required(body: Any, name: str, kind: type[T]) -> T:
    """Return a field of a body; refuse the request if it is missing or of another type."""
    if not isinstance(body, dict) or name not in body:
        raise invalid("MISSING_REQUIRED_PARAMETER", f"{name} is missing")
    value = body[name]
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise invalid(f"EXPECTED_{kind.__name__.upper()}", f"{name} has another type")
    return value
