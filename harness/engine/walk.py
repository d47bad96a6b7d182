"""How far a walk through the pages of a list has come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from harness.check.conformance import NOT_JSON, decode
from harness.check.observe import whole
from harness.document.pointer import MISSING, find
from harness.model.contract import Pages, Step
from harness.model.exchange import Exchange
from harness.model.operation import Operation
from harness.model.verdict import Outcome

PAGES_MAX = 200
"""A list with more pages is not walked: that would be a load, not a story."""


def on_page(step: Step, pages: Pages, number: int, operation: Operation) -> Step:
    """Return the step as it asks for one page, by a query value or else by a body field."""
    queried = any(p.place == "query" and p.name == pages.send for p in operation.parameters)
    part = "query" if queried else "body"
    there = step.send.get(part, {})
    fields: Mapping[str, Any] = there if isinstance(there, Mapping) else {}
    return replace(step, send={**step.send, part: {**fields, pages.send: number}})


def is_last(exchange: Exchange, pages: Pages) -> bool:
    """Say whether nothing is to be asked after this page: it is not full, or could not be had."""
    if exchange.outcome is not Outcome.OK:
        return True
    body = decode(exchange.answer) if exchange.answer is not None else NOT_JSON
    found = find(body, pages.items, MISSING)
    held = len(found) if isinstance(found, list) else whole(found)
    return held is None or held < pages.full
