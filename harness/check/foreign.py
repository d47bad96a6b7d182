"""Tell responses that come from something other than the API."""

from __future__ import annotations

from dataclasses import dataclass

from harness.check.conformance import GATEWAY_STATUSES, TOO_MANY_REQUESTS
from harness.check.extraction import redirect_place
from harness.model.exchange import Response
from harness.model.operation import Operation

UNAUTHORIZED, FORBIDDEN, PROXY_LOGIN = 401, 403, 407
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ADDRESS = "check base_url"
_PAGE = (b"<!doctype html", b"<html")


@dataclass(frozen=True, slots=True)
class Foreign:
    """Why a response is not the API's, and what can be done about it."""

    words: str
    remedy: str


def foreign_response(operation: Operation, response: Response) -> Foreign | None:
    """Return why a response is not one of the API, None where it may be.

    It is not where the specification does not declare it, and it is a redirect, a page of HTML or
    the response of a gateway or a proxy.
    """
    status = response.status
    request = f"{operation.method.upper()} {operation.path}"
    declared = operation.responses.keys() & {str(status), f"{status // 100}XX"}
    if status in _REDIRECTS and not declared:
        place = redirect_place(response) or "an unnamed place"
        return Foreign(f"{request} is redirected to {place} (status {status})", _ADDRESS)
    if status == PROXY_LOGIN:
        remedy = "a login stands in the proxy's address, http://user:password@host:port"
        return Foreign("the proxy asks for a login (status 407)", remedy)
    if status in GATEWAY_STATUSES - {TOO_MANY_REQUESTS} and not declared:
        words = f"a gateway responds to {request} (status {status})"
        return Foreign(words, "is the server behind it running?")
    if _is_page(response) and not _may_be_page(operation, status):
        words = f"{request} returns a page of HTML instead of an API's response (status {status})"
        return Foreign(words, _ADDRESS)
    return None


def _is_page(response: Response) -> bool:
    media = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return media == "text/html" or response.body.lstrip()[:14].lower().startswith(_PAGE)


def _may_be_page(operation: Operation, status: int) -> bool:
    declared = operation.under(status)
    return declared is not None and "text/html" in declared.media
