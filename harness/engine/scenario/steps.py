"""Play the steps of a scenario: send, settle unknown outcomes, extract values."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from harness.check.conformance import NOT_JSON, decode
from harness.check.expectations.evaluation import evaluate
from harness.check.expectations.record import StepRecord
from harness.check.extraction import extracted
from harness.check.throttling import asked_seconds
from harness.check.values import whole_number
from harness.document.messages import counted
from harness.document.pointer import MISSING, find
from harness.engine.property.request_schema import RequestSchema
from harness.engine.scenario.barrier import send_together
from harness.engine.scenario.context import (
    Context,
    ScenarioInapplicable,
    ScenarioInconclusive,
    require_sent,
    unknown_after,
)
from harness.engine.scenario.requests import PreparedRequest, prepare_requests
from harness.model.binding import Source
from harness.model.exchange import Exchange
from harness.model.operation import Operation
from harness.model.scenario import Pagination, Step
from harness.model.verdict import Outcome, Verdict
from harness.wire.channel import Gate
from harness.wire.retry import Retry, is_known

RESENDING = Retry(attempts=8)

_PAUSE_SECONDS, _PAUSE_SECONDS_MAX = 0.1, 1.0
"""The first pause of a step that waits for something, and the longest; each is twice the last."""

PAGES_MAX = 200
"""The most pages that a scenario requests of one list; more would be a load."""


def play_steps(steps: Sequence[Step], context: Context) -> list[StepRecord]:
    """Play a step, or concurrent steps together, and return a record of each.

    Raises OutcomeUnknown if an outcome cannot be settled, ScenarioInapplicable if a need is missing
    and ClockUnavailable if time would have to pass and cannot.
    """
    first = steps[0]
    if first.advance is not None:
        context.environment.clock.advance(first.advance)
        return [StepRecord(first.name, (), None, 0, first.advance)]
    if first.pagination is not None:
        return [_paginated(first, first.pagination, context)]
    if first.until:
        return [_waiting(first, context)]
    prepared = [prepare_requests(step, context) for step in steps]
    flat = [item for items in prepared for item in items]
    if len(steps) > 1 or first.concurrent > 1:
        if unable := context.environment.why_not_together(len(flat)):
            raise ScenarioInapplicable(unable)
        sent = send_together([partial(_send, item, context) for item in flat])
    else:
        sent = [_send(item, context) for item in flat]
    ended = [_settled(*each, context) for each in zip(flat, sent, strict=True)]
    for item, exchange in zip(flat, ended, strict=True):
        context.keep(exchange)
        _require_fitting(item, exchange, context)
    settled = iter(ended)
    records = []
    for step, items in zip(steps, prepared, strict=True):
        exchanges = tuple(next(settled) for _ in items)
        verb = context.binding.verbs.get(step.verb) if step.verb else None
        rows = len(items[0].intent.rows) if items else 0
        undoes = step.entry if verb is not None and verb.undoes else None
        records.append(StepRecord(step.name, exchanges, verb, rows, undoes=undoes))
        _extract(step, exchanges, context)
    return records


def _waiting(step: Step, context: Context) -> StepRecord:
    """Send a step again until its response meets the terms, or the time for it is over.

    The pauses grow, and are as long as the server asks. What the last response shows is judged.
    """
    (item,) = prepare_requests(step, context)
    verb = context.binding.verbs.get(step.verb) if step.verb else None
    deadline, pause, asked = time.monotonic() + step.within, _PAUSE_SECONDS, 0
    while True:
        exchange, asked = _settled(item, _send(item, context), context), asked + 1
        rows = len(item.intent.rows)
        record = StepRecord(step.name, (exchange,), verb, rows, asked=asked)
        left = deadline - time.monotonic()
        if left <= 0 or _is_met(step, record, context):
            break
        asked_for = asked_seconds(exchange.response) if exchange.response is not None else None
        time.sleep(min(left, max(pause, asked_for or 0)))
        pause = min(2 * pause, _PAUSE_SECONDS_MAX)
    _extract(step, (exchange,), context)
    return record


def _is_met(step: Step, record: StepRecord, context: Context) -> bool:
    shown = context.record({step.name: record}, context.at_start)
    results = evaluate(step.name, step.until, shown)
    return all(result.verdict is Verdict.PASS for result in results)


def _require_fitting(item: PreparedRequest, exchange: Exchange, context: Context) -> None:
    """Raise ScenarioInconclusive if a request had to be refused for not fitting its operation.

    What lint cannot know, such as the fields of a new member, may make it so.
    """
    step = item.step
    if exchange.outcome is not Outcome.REFUSED or context.expected.get(step.name) != "ok":
        return
    specification = context.client.speaker.specification
    if RequestSchema(item.draft.operation, specification).is_surely_invalid(item.draft):
        name = item.draft.operation.id
        raise ScenarioInconclusive(
            f"the request of the step {step.name} does not fit {name} of the specification, and was"
            " refused: a mistake of the declarations"
        )


def _paginated(step: Step, pages: Pagination, context: Context) -> StepRecord:
    exchanges: list[Exchange] = []
    operation = context.client.speaker.operation_of(step.verb, step.operation)
    named: Any = pages.first
    while not exchanges or not _is_last(exchanges, pages):
        if len(exchanges) == PAGES_MAX:
            raise ScenarioInconclusive(f"the list of {step.name} has more than {PAGES_MAX} pages")
        if pages.next is None:
            named = pages.first + pages.step * len(exchanges)
        elif exchanges:
            before, named = named, _next_page(exchanges[-1], pages.next)
            if named == before:
                raise ScenarioInconclusive(f"a page of {step.name} names itself as the next one")
        first = pages.next is not None and not exchanges
        page = step if first else _on_page(step, pages.parameter, named, operation)
        (item,) = prepare_requests(page, context)
        exchanges.append(_settled(item, _send(item, context), context))
        context.keep(exchanges[-1])
    _extract(step, tuple(exchanges), context)
    return StepRecord(step.name, tuple(exchanges), None, 0)


def _on_page(step: Step, parameter: str, named: Any, operation: Operation) -> Step:
    """Return the step for a page, which is named in the query if it is declared there."""
    queried = any(p.place == "query" and p.name == parameter for p in operation.parameters)
    part = "query" if queried else "body"
    there = step.send.get(part, {})
    fields: Mapping[str, Any] = there if isinstance(there, Mapping) else {}
    return replace(step, send={**step.send, part: {**fields, parameter: named}})


def _next_page(page: Exchange, source: Source) -> Any:
    """Return what a page says of the next one, None if it says nothing."""
    if page.response is None:
        return None
    found = extracted(source, page.response, decode(page.response))
    nothing = found is MISSING or found is False or found in (None, "")
    return None if nothing else found


def _is_last(received: Sequence[Exchange], pages: Pagination) -> bool:
    """Return whether the last of the received pages is the last of the list.

    It is if it is not full or names no next one, if its request was not ok, or if it equals the
    page before: such a list would never end.
    """
    if received[-1].outcome is not Outcome.OK:
        return True
    if pages.next is not None:
        return _next_page(received[-1], pages.next) is None
    found = _items(received[-1], pages)
    size = len(found) if isinstance(found, list) else whole_number(found)
    if size is None or size < pages.page_size:
        return True
    return isinstance(found, list) and len(received) > 1 and found == _items(received[-2], pages)


def _items(page: Exchange, pages: Pagination) -> Any:
    body = decode(page.response) if page.response is not None else NOT_JSON
    return find(body, pages.items, MISSING)


def _send(item: PreparedRequest, context: Context, gate: Gate | None = None) -> Exchange:
    sent = time.monotonic()
    exchange = context.client.send(
        item.draft,
        item.intent,
        source=context.source,
        auth=item.step.auth,
        gate=gate,
        alter=item.tamper,
        accepts=context.reasons.get(item.step.name),
    )
    context.note_references(item.intent, sent)
    return require_sent(exchange)


def _settled(item: PreparedRequest, exchange: Exchange, context: Context) -> Exchange:
    """Return an exchange with a known outcome: the first one, or else one of its repeats."""
    if is_known(exchange):
        return exchange
    operation = exchange.intent.operation
    if not item.resendable:
        raise unknown_after(f"{operation} stayed unknown", exchange)

    def resend() -> Exchange:
        repeated = _send(item, context)
        ambiguous = _is_ambiguous(item, context) or _is_in_flight(repeated, context)
        if repeated.outcome is Outcome.REFUSED and ambiguous:
            # The first request may have been applied, and the refusal may say just that.
            raise unknown_after(f"{operation} was unknown and then refused", repeated)
        return repeated

    exchange = RESENDING.until_known(resend)
    if not is_known(exchange):
        times = counted(RESENDING.attempts + 1, "time")
        raise unknown_after(f"{operation} stayed unknown {times}", exchange)
    return exchange


def _is_in_flight(repeated: Exchange, context: Context) -> bool:
    """Return whether a repeat was refused because the first request is still under way."""
    status = context.binding.promises.repeat_in_flight
    return repeated.response is not None and repeated.response.status == status


def _is_ambiguous(item: PreparedRequest, context: Context) -> bool:
    """Return whether the refusal of a repeat may mean that the first request was applied.

    It says nothing of a step that the scenario declares to be idempotent.
    """
    keyed = bool(item.intent.rows) and item.step.auth == "normal"
    unclear = context.binding.promises.repeat in ("refused", "unspecified")
    return item.step.idempotent or (keyed and unclear)


def _extract(step: Step, exchanges: tuple[Exchange, ...], context: Context) -> None:
    """Take the entry and the values of `extract` out of the responses of a step."""
    if not exchanges:
        return
    first = exchanges[0]
    ok = (exchange for exchange in exchanges if exchange.outcome is Outcome.OK)
    context.exchanges[step.name] = next(ok, first)
    entry = first.seen.get("entry")
    if entry is not None:
        context.variables[step.name] = str(entry)
    if first.response is None:
        return
    body = decode(first.response)
    for name, source in step.extract.items():
        found = extracted(source, first.response, body)
        if found is not MISSING:
            context.variables[name] = found
