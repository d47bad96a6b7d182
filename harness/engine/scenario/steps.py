"""Play the steps of a scenario, alone or through a barrier, and settle what stays unknown."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from harness.check.conformance import NOT_JSON, decode
from harness.check.expectations.record import StepRecord
from harness.document.pointer import MISSING, find
from harness.engine.scenario.context import (
    Context,
    OutcomeUnknown,
    PreparedRequest,
    ScenarioInapplicable,
    ScenarioInconclusive,
    require_sent,
)
from harness.engine.scenario.pagination import PAGES_MAX, is_last, on_page
from harness.engine.scenario.requests import prepare
from harness.model.exchange import Exchange
from harness.model.scenario import Pages, Step
from harness.model.verdict import Outcome
from harness.wire.client import Gate

RESENDS_MAX = 8
# A target with a low rate lets the calls of a race get ready one after another.
_READY_SECONDS_MAX = 60
# Who has no connection by then is not waited for.
_CONNECTED_SECONDS_MAX = 0.5


def play_steps(steps: Sequence[Step], context: Context) -> list[StepRecord]:
    """Play a step, or concurrent steps together, and return a record of each.

    Raises OutcomeUnknown if an outcome cannot be settled, ScenarioInapplicable if a need is missing
    and ClockUnavailable if time would have to pass and cannot.
    """
    if steps[0].advance is not None:
        context.clock.advance(steps[0].advance)
        return [StepRecord(steps[0].name, (), None, 0, steps[0].advance)]
    if steps[0].pages is not None:
        return [_walked(steps[0], steps[0].pages, context)]
    prepared = [(step, prepare(step, context)) for step in steps]
    flat = [(step, item) for step, items in prepared for item in items]
    together = len(steps) > 1 or steps[0].concurrent > 1
    exchanges = _race(flat, context) if together else [_send(item, context) for _, item in flat]
    settled = [
        _settled(item, exchange, context)
        for (_, item), exchange in zip(flat, exchanges, strict=True)
    ]
    results: list[StepRecord] = []
    position = 0
    for step, items in prepared:
        own = tuple(settled[position : position + len(items)])
        position += len(items)
        verb = context.client.speaker.binding.verbs.get(step.verb) if step.verb else None
        rows = len(items[0].intent.rows) if items else 0
        undoes = step.entry if verb is not None and verb.undoes else None
        results.append(StepRecord(step.name, own, verb, rows, undoes=undoes))
        _capture(step, own, context)
    return results


def _walked(step: Step, pages: Pages, context: Context) -> StepRecord:
    exchanges: list[Exchange] = []
    operation = context.client.speaker.operation_of(step.verb, step.operation)
    while not exchanges or not is_last(exchanges, pages):
        if len(exchanges) == PAGES_MAX:
            raise ScenarioInconclusive(f"the list of {step.name} has more than {PAGES_MAX} pages")
        page = on_page(step, pages, pages.first + pages.by * len(exchanges), operation)
        (item,) = prepare(page, context)
        exchanges.append(_settled(item, _send(item, context), context))
    _capture(step, tuple(exchanges), context)
    return StepRecord(step.name, tuple(exchanges), None, 0)


def _send(item: PreparedRequest, context: Context, gate: Gate | None = None) -> Exchange:
    return require_sent(
        context.client.call(
            item.draft,
            item.intent,
            source=context.source,
            auth=item.auth,
            gate=gate,
            alter=item.tamper,
        )
    )


class _Lane:
    """One call's place in a race: it waits until all are ready, and again until all can leave.

    The second time every call has its connection and lacks only its last bytes, so that they reach
    the server as close together as one machine can send them.
    """

    def __init__(self, ready: threading.Barrier, connected: threading.Barrier) -> None:
        self._ready, self._connected = ready, connected
        self.is_ready = False

    def ready(self) -> None:
        self.is_ready = True
        self._ready.wait(timeout=_READY_SECONDS_MAX)

    def leave(self) -> None:
        with suppress(threading.BrokenBarrierError):
            self._connected.wait(timeout=_CONNECTED_SECONDS_MAX)


def _race(flat: Sequence[tuple[Step, PreparedRequest]], context: Context) -> list[Exchange]:
    """Send all at once; what keeps one from being ready keeps the others from waiting for it."""
    ready, connected = threading.Barrier(len(flat)), threading.Barrier(len(flat))

    def run(item: PreparedRequest) -> Exchange:
        lane = _Lane(ready, connected)
        try:
            return _send(item, context, lane)
        except BaseException:
            if not lane.is_ready:
                ready.abort()
            raise

    with ThreadPoolExecutor(max_workers=len(flat)) as threads:
        jobs = [threads.submit(run, item) for _, item in flat]
    failed = [error for job in jobs if (error := job.exception()) is not None]
    for error in failed:
        if not isinstance(error, threading.BrokenBarrierError):
            raise error
    if failed:
        text = f"{len(flat)} calls could not be made ready within {_READY_SECONDS_MAX} seconds"
        raise ScenarioInapplicable(text)
    return [job.result() for job in jobs]


def _settled(item: PreparedRequest, exchange: Exchange, context: Context) -> Exchange:
    """Return the exchange, or the first settled one of its repeats when it stayed unknown."""
    for _ in range(RESENDS_MAX):
        if exchange.outcome is not Outcome.UNKNOWN:
            return exchange
        if not item.resendable:
            raise OutcomeUnknown(
                f"{exchange.intent.operation} stayed unknown",
                answered=exchange.response is not None,
            )
        exchange = _send(item, context)
        if exchange.outcome is Outcome.REFUSED and _ambiguous(item, context):
            # The first attempt may have been applied and this refusal may mean just that.
            raise OutcomeUnknown(
                f"{exchange.intent.operation} was unknown and then refused",
                answered=exchange.response is not None,
            )
    text = f"{exchange.intent.operation} stayed unknown {RESENDS_MAX + 1} times"
    raise OutcomeUnknown(text, answered=exchange.response is not None)


def _ambiguous(item: PreparedRequest, context: Context) -> bool:
    keyed = bool(item.intent.rows) and item.auth == "normal"
    unclear = context.client.speaker.binding.promises.repeat in ("refused", "unspecified")
    return item.idempotent or (keyed and unclear)


def _capture(step: Step, exchanges: tuple[Exchange, ...], context: Context) -> None:
    first = exchanges[0] if exchanges else None
    if first is None:
        return
    context.done[step.name] = next((one for one in exchanges if one.outcome is Outcome.OK), first)
    entry = first.seen.get("entry")
    if entry is not None:
        context.variables[step.name] = str(entry)
    body = decode(first.response) if first.response is not None else NOT_JSON
    for name, pointer in step.extract.items():
        found = find(body, pointer, MISSING)
        if found is not MISSING:
            context.variables[name] = found
