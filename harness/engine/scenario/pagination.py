"""How far a walk through the pages of a list has come."""

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
"""A list with more pages is not walked: that would be a load, not a scenario."""


def on_page(step: Step, pages: Pagination, number: int, operation: Operation) -> Step:
    """Return the step as it asks for one page, by a query value or else by a body field."""
    queried = any(p.place == "query" and p.name == pages.parameter for p in operation.parameters)
    part = "query" if queried else "body"
    there = step.send.get(part, {})
    fields: Mapping[str, Any] = there if isinstance(there, Mapping) else {}
    return replace(step, send={**step.send, part: {**fields, pages.parameter: number}})


def is_last(walked: Sequence[Exchange], pages: Pagination) -> bool:
    """Say whether nothing is to be asked after the last of these pages.

    It is not full, or could not be had, or is the one before once more: such a list never ends.
    """
    if walked[-1].outcome is not Outcome.OK:
        return True
    found = _held(walked[-1], pages)
    held = len(found) if isinstance(found, list) else whole_number(found)
    if held is None or held < pages.page_size:
        return True
    return isinstance(found, list) and len(walked) > 1 and found == _held(walked[-2], pages)


def _held(page: Exchange, pages: Pagination) -> Any:
    body = decode(page.response) if page.response is not None else NOT_JSON
    return find(body, pages.items, MISSING)
