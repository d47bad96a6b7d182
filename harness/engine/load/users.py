"""Turn due arrivals into calls inside Locust; the one module that imports it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import gevent
from gevent.event import Event
from gevent.queue import SimpleQueue
from locust import User, constant, task
from locust.env import Environment
from locust.exception import StopUser

from harness.engine.load.captures import Made, copy_of
from harness.engine.load.latency import Live
from harness.engine.load.plan import NOBODY, Plan
from harness.model.arrival import Arrival
from harness.model.binding import Verb
from harness.model.exchange import Fault, Response
from harness.model.verdict import Outcome
from harness.model.workload import MixEntry
from harness.wire.fast.credentials import Credentials
from harness.wire.fast.request import BuiltRequest, RequestBuilder
from harness.wire.journal.writer import Writer
from harness.wire.judgement import Judge, Judgement
from harness.wire.tokens import AuthFailed

_SECOND_NS = 1_000_000_000
_SLICE_SECONDS = 0.25
_BATCH = 32

Exchange = Callable[[bytes, Callable[[], None] | None], Response | Fault]
"""Send the bytes of a request once, after the gate has opened."""


class _Gate:
    """Holds the copies of a race until each is ready to write its first byte."""

    def __init__(self, copies: int) -> None:
        self._missing = copies
        self._open = Event()

    def leave(self) -> None:
        """Count one copy, ready or given up."""
        self._missing -= 1
        if self._missing <= 0:
            self._open.set()

    def wait(self) -> None:
        self._open.wait()


class Sending:
    """One worker's arrivals on their way; everything it needs is given, so that it only sends."""

    def __init__(
        self,
        plan: Plan,
        requests: RequestBuilder,
        exchange: Exchange,
        judge: Judge,
        verbs: Mapping[str, Verb],
        journal: Writer,
        credentials: Credentials,
        t0_ns: int,
        prefix: str,
        in_flight: int,
    ) -> None:
        self._mix = plan.workload.mix
        self._requests = requests
        self._exchange = exchange
        self._judge = judge
        self._verbs = [verbs[entry.verb] for entry in self._mix]
        self._journal = journal
        self._credentials = credentials
        self._t0_ns = t0_ns
        self._prefix = prefix
        self._limit = in_flight
        self._queue: Any = SimpleQueue()
        self._callers = 0
        self._sources = [f"load:{entry.name}" for entry in self._mix]
        self._made = Made(plan)
        self._planned: Iterator[Arrival] = iter(())
        self._environment = Environment(user_classes=[_user(self._dispatch)])
        self._fire: Callable[..., None] = self._environment.events.request.fire
        self.live = Live()
        self.unknown: list[tuple[str, Arrival]] = []
        self.touched: set[int] = set()
        self.broken: BaseException | None = None
        self.stopping = False
        self.finished = False

    def run(self, planned: Iterator[Arrival]) -> None:
        """Send the arrivals at their times and wait for their ends; raises what broke a call."""
        self._planned = planned
        runner = self._environment.create_local_runner()
        runner.start(1, spawn_rate=1)
        while not self.finished and self.broken is None:
            gevent.sleep(0.05)
        while self.live.in_flight and self.broken is None:
            gevent.sleep(0.01)
        runner.quit()
        if self.broken is not None:
            raise self.broken

    def counted_by_locust(self) -> int:
        """Return how many requests Locust's own statistics have seen."""
        return int(self._environment.stats.total.num_requests)

    def _dispatch(self) -> None:
        try:
            for number, arrival in enumerate(self._planned):
                self._wait_until(self._t0_ns + arrival.due_ns)
                if self.stopping or self.broken is not None:
                    break
                self._begin(arrival)
                if number % _BATCH == 0:
                    # A long backlog must not keep the callers from their work.
                    gevent.sleep(0)
        except Exception as error:
            self.broken = error
        finally:
            self.finished = True

    def _wait_until(self, due_ns: int) -> None:
        while not self.stopping:
            left = (due_ns - time.monotonic_ns()) / _SECOND_NS
            if left <= 0:
                return
            gevent.sleep(min(left, _SLICE_SECONDS))

    def _begin(self, planned: Arrival) -> None:
        live = self.live
        arrival = self._made.ready(planned)
        if arrival is None:
            live.idle += 1
            return
        if live.in_flight + arrival.copies > self._limit:
            for copy in range(arrival.copies):
                self._drop(arrival, copy)
            return
        gate = _Gate(arrival.copies) if arrival.copies > 1 else None
        live.in_flight += arrival.copies
        for copy in range(arrival.copies):
            if self._callers < live.in_flight:
                self._callers += 1
                gevent.spawn(self._call)
            self._queue.put((arrival, copy, gate))

    def _drop(self, arrival: Arrival, copy: int) -> None:
        self.live.dropped += 1
        due_ns = self._t0_ns + arrival.due_ns
        self._journal.drop(self._id(arrival, copy), self._sources[arrival.entry], due_ns)

    def _call(self) -> None:
        """Serve arrivals for ever: one of a pool of greenlets that grows as it is needed."""
        while True:
            arrival, copy, gate = self._queue.get()
            try:
                self._perform(arrival, copy, gate)
            except AuthFailed:
                # Without credentials nothing has left; the next arrival tries for new ones.
                self._drop(arrival, copy)
            except Exception as error:
                self.broken = self.broken or error
            finally:
                self.live.in_flight -= 1

    def _perform(self, planned: Arrival, copy: int, gate: _Gate | None) -> None:
        arrival = copy_of(planned, copy)
        entry = self._mix[arrival.entry]
        call_id = self._id(arrival, copy)
        ready: Callable[[], None] | None = None
        if gate is not None:
            passed: list[bool] = []

            def ready() -> None:
                passed.append(True)
                gate.leave()
                gate.wait()

        generation = self._credentials.generation
        try:
            written = self._requests.build(self._sources[arrival.entry], entry.verb, arrival)
            judged = self._once(call_id, entry, arrival, written, ready)
        finally:
            if gate is not None and not passed:
                gate.leave()
        if judged.outcome is Outcome.REFUSED:
            self._again(call_id, arrival, judged, generation)

    def _again(self, call_id: str, arrival: Arrival, judged: Judgement, generation: int) -> None:
        """Send a call once more if it was refused for its credentials; it had no effect."""
        entry = self._mix[arrival.entry]
        with suppress(AuthFailed):  # the refusal then stands
            if self._credentials.renew(judged.reason, generation):
                written = self._requests.build(self._sources[arrival.entry], entry.verb, arrival)
                self._once(f"{call_id}r", entry, arrival, written, None)

    def _once(
        self,
        call_id: str,
        entry: MixEntry,
        arrival: Arrival,
        written: BuiltRequest,
        gate: Callable[[], None] | None,
    ) -> Judgement:
        due_ns = self._t0_ns + arrival.due_ns
        sent_ns = time.monotonic_ns()
        self._journal.append(written.line(call_id, due_ns, sent_ns))
        self.live.lateness.append(sent_ns - due_ns)
        result = self._exchange(written.data, gate)
        done_ns = time.monotonic_ns()
        verb = self._verbs[arrival.entry]
        judged = self._judge.judge(verb.operation, verb, result)
        self._journal.outcome(call_id, done_ns, result, judged)
        self.live.done(due_ns, sent_ns, done_ns, judged.outcome)
        self.live.breaching += bool(judged.violations)
        self.touched.add(arrival.member)
        self.touched.update(row[0] for row in arrival.rows if row[0] != NOBODY)
        if judged.outcome is Outcome.UNKNOWN:
            self.unknown.append((entry.verb, arrival))
        elif judged.outcome is Outcome.OK:
            self._made.keep(arrival, judged.seen)
        self._fire(
            request_type=entry.verb,
            name=entry.name,
            response_time=(done_ns - due_ns) / 1_000_000,
            response_length=len(result.body) if isinstance(result, Response) else 0,
            exception=_exception(judged, result),
        )
        return judged

    def _id(self, arrival: Arrival, copy: int) -> str:
        suffix = f"c{copy}" if arrival.copies > 1 else ""
        return f"{self._prefix}{arrival.index}{suffix}"


def _exception(judged: Judgement, result: Response | Fault) -> Exception | None:
    if judged.outcome is not Outcome.UNKNOWN:
        return None
    return ConnectionError(result.value if isinstance(result, Fault) else str(result.status))


def _user(dispatch: Callable[[], None]) -> type[User]:
    """Return a Locust user whose one task dispatches all arrivals of the worker."""

    class Dispatcher(User):
        wait_time = constant(0)

        @task
        def work(self) -> None:
            dispatch()
            raise StopUser

    return Dispatcher
