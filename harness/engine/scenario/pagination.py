"""Pagination of a step: the request of one page, and which page is the last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from harness.check.conformance import NOT_JSON, decode
from harness.check.values import whole_number
from harness.document.pointer import MISSING, find
from harness.model.exchange import Exchange
from harness.model.operation import Operation
from harness.model.scenario import Pagination, Step
from harness.model.verdict import Outcome

PAGES_MAX = 200
"""The most pages that a scenario requests of one list; more would be a load."""


def on_page(step: Step, pages: Pagination, number: int, operation: Operation) -> Step:
    """Return the step with the number of a page, in the query if it is declared there."""
    queried = any(p.place == "query" and p.name == pages.parameter for p in operation.parameters)
    part = "query" if queried else "body"
    there = step.send.get(part, {})
    fields: Mapping[str, Any] = there if isinstance(there, Mapping) else {}
    return replace(step, send={**step.send, part: {**fields, pages.parameter: number}})


def is_last(received: Sequence[Exchange], pages: Pagination) -> bool:
    """Return whether the last of the received pages is the last of the list.

    It is if it is not full, if its request was not ok, or if it equals the page before: such a list
    would never end.
    """
    if received[-1].outcome is not Outcome.OK:
        return True
    found = _content(received[-1], pages)
    size = len(found) if isinstance(found, list) else whole_number(found)
    if size is None or size < pages.page_size:
        return True
    return isinstance(found, list) and len(received) > 1 and found == _content(received[-2], pages)


def _content(page: Exchange, pages: Pagination) -> Any:
    body = decode(page.response) if page.response is not None else NOT_JSON
    return find(body, pages.items, MISSING)
