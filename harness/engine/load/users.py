"""Turn due arrivals into requests inside Locust; the one module that imports it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, cast

import gevent
from gevent.event import Event
from gevent.queue import SimpleQueue
from locust import User, constant, task
from locust.env import Environment
from locust.event import Events
from locust.exception import StopUser

from harness.check.throttling import asked_seconds
from harness.engine.load.latency import LiveFigures
from harness.engine.load.plan import NONEXISTENT, Captures, Plan, concurrent_request
from harness.model.exchange import Failure, Response
from harness.model.verdict import Outcome
from harness.model.workload import Arrival
from harness.wire.attempt import AttemptJudgement, Judge
from harness.wire.auth import AuthFailed
from harness.wire.connection.outage import Outage, ServerGone
from harness.wire.fast.credentials import Credentials
from harness.wire.fast.request import RequestBuilder
from harness.wire.journal.writer import Writer
from harness.wire.pace import BudgetSpent, Pace, Permit
from harness.wire.throttle import Throttled

_SECOND_NS = 1_000_000_000
_SLICE_SECONDS = 0.25
_BATCH = 32

Send = Callable[[bytes, Callable[[], None] | None], Response | Failure]
"""Send the bytes of a request, after the gate has opened."""


class _Gate:
    """Holds concurrent requests until each is ready to write its first byte."""

    def __init__(self, missing: int) -> None:
        self._missing = missing
        self._open = Event()

    def leave(self) -> None:
        """Count one request, ready or given up."""
        self._missing -= 1
        if self._missing <= 0:
            self._open.set()

    def wait(self) -> None:
        self._open.wait()


@dataclass
class LoadRequests:
    """Builds, sends, judges and journals the requests of one worker.

    `live` counts them, `captures` keeps what their responses show. `unknown` are those whose
    outcome stayed unknown, as (verb, arrival); `touched` the numbers of the members they were sent
    for. Until `held_until_ns` the server has asked to be left alone.
    """

    plan: Plan
    builder: RequestBuilder
    send: Send
    judge: Judge
    journal: Writer
    credentials: Credentials
    outage: Outage
    pace: Pace
    t0_ns: int
    prefix: str
    live: LiveFigures = field(default_factory=LiveFigures)
    unknown: list[tuple[str, Arrival]] = field(default_factory=list)
    touched: set[int] = field(default_factory=set)
    held_until_ns: int = 0

    def __post_init__(self) -> None:
        """Resolve what each entry of the mix sends."""
        self._mix = self.plan.workload.mix
        self._sources = [f"load:{entry.name}" for entry in self._mix]
        verbs = self.builder.writer.speaker.binding.verbs
        self._verbs = [verbs[entry.verb] for entry in self._mix]
        self.captures = Captures(self.plan)
        self.events: Any = cast(Any, Events)()
        self._fire: Callable[..., None] = self.events.request.fire

    def drop(self, arrival: Arrival, number: int) -> None:
        """Record one request of an arrival that is not sent."""
        self.live.dropped += 1
        due_ns = self.t0_ns + arrival.due_ns
        self.journal.drop(self._id(arrival, number), self._sources[arrival.mix_index], due_ns)

    def permits(self, arrival: Arrival) -> tuple[Permit, ...]:
        """Wait until the requests of an arrival may leave; none where they would be late then."""
        due = (self.t0_ns + arrival.due_ns) / _SECOND_NS
        return self.pace.permits(arrival.concurrent, due + self.plan.workload.lateness_ms / 1000)

    def perform(self, planned: Arrival, number: int, gate: _Gate | None, permit: Permit) -> None:
        """Send one request of an arrival, once more if its credentials were refused.

        `number` tells concurrent requests apart, which wait for each other at the gate. Raises
        AuthFailed when nothing was sent, BudgetSpent and ServerGone.
        """
        arrival = concurrent_request(planned, number)
        attempt_id = self._id(arrival, number)
        passed: list[bool] = []

        def ready() -> None:
            if gate is not None:
                passed.append(True)
                gate.leave()
                gate.wait()

        generation = self.credentials.generation
        try:
            judged = self._attempt(attempt_id, arrival, permit, ready)
        finally:
            if gate is not None and not passed:
                gate.leave()
        if judged.outcome is Outcome.REFUSED:
            with suppress(AuthFailed, Throttled):  # the refusal then stands; it had no effect
                if self.credentials.renew(judged.reason, generation):
                    self._attempt(f"{attempt_id}r", arrival, self.pace.permit())

    def _attempt(
        self,
        attempt_id: str,
        arrival: Arrival,
        permit: Permit,
        ready: Callable[[], None] = lambda: None,
    ) -> AttemptJudgement:
        """Make one attempt with its permit, which is given back where nothing leaves."""

        def leave() -> None:
            ready()
            permit.leave()

        try:
            return self._made(attempt_id, arrival, leave)
        finally:
            permit.give_back()

    def _made(
        self, attempt_id: str, arrival: Arrival, leave: Callable[[], None]
    ) -> AttemptJudgement:
        """Build, send, judge and journal one request."""
        entry, verb = self._mix[arrival.mix_index], self._verbs[arrival.mix_index]
        request = self.builder.build(self._sources[arrival.mix_index], verb.name, arrival)
        due_ns = self.t0_ns + arrival.due_ns
        sent_ns = time.monotonic_ns()
        self.journal.append(request.line(attempt_id, due_ns, sent_ns))
        self.live.lateness.append(sent_ns - due_ns)
        result = self.send(request.data, leave)
        done_ns = time.monotonic_ns()
        judged = self.judge.judge(verb.operation, verb, result)
        self.journal.outcome(attempt_id, done_ns, result, judged)
        self.live.done(due_ns, sent_ns, done_ns, judged.outcome)
        if judged.throttled:
            self._hold(result, done_ns)
        self.live.violating += bool(judged.violations)
        self.touched.add(arrival.member)
        self.touched.update(row[0] for row in arrival.rows if row[0] != NONEXISTENT)
        if judged.outcome is Outcome.UNKNOWN:
            self.unknown.append((entry.verb, arrival))
        elif judged.outcome is Outcome.OK:
            self.captures.keep(arrival, judged.seen)
        self._fire(
            request_type=entry.verb,
            name=entry.name,
            response_time=(done_ns - due_ns) / 1_000_000,
            response_length=len(result.body) if isinstance(result, Response) else 0,
            exception=_exception(judged, result),
        )
        self.outage.note(verb.operation, sent_ns, result, judged.outcome)
        return judged

    def _hold(self, result: Response | Failure, done_ns: int) -> None:
        """Send nothing for as long as a server that throttles asks for."""
        self.live.throttled += 1
        if isinstance(result, Response) and (asked := asked_seconds(result)) is not None:
            self.held_until_ns = max(self.held_until_ns, done_ns + round(asked * _SECOND_NS))

    def _id(self, arrival: Arrival, number: int) -> str:
        suffix = f"c{number}" if arrival.concurrent > 1 else ""
        return f"{self.prefix}{arrival.index}{suffix}"


class Dispatcher:
    """Starts each arrival of one worker at its time, in a pool of greenlets inside Locust.

    At most `in_flight` requests are open; an arrival above is dropped, and so is one that is due
    while the server asks to be left alone, or that the target's rate lets leave too late.
    `stopping` ends it early, and so do a server that is gone and a budget that is spent.
    """

    def __init__(self, requests: LoadRequests, in_flight: int) -> None:
        self._requests = requests
        self._limit = in_flight
        self._queue: Any = SimpleQueue()
        self._greenlets = 0
        self._planned: Iterator[Arrival] = iter(())
        users = [_user(self._dispatch)]
        self._environment = Environment(user_classes=users, events=requests.events)
        self._broken: BaseException | None = None
        self._ended: ServerGone | BudgetSpent | None = None
        self._finished = False
        self.stopping = False

    def run(self, planned: Iterator[Arrival]) -> None:
        """Send the arrivals at their times and wait for their ends.

        Raises what broke a request, BudgetSpent and ServerGone.
        """
        self._planned = planned
        runner = self._environment.create_local_runner()
        runner.start(1, spawn_rate=1)
        while not self._finished and self._broken is None:
            gevent.sleep(0.05)
        while self._requests.live.in_flight and self._broken is None:
            gevent.sleep(0.01)
        runner.quit()
        if (error := self._broken or self._ended) is not None:
            raise error

    def counted_by_locust(self) -> int:
        """Return how many requests Locust's own statistics have seen."""
        return int(self._environment.stats.total.num_requests)

    def _dispatch(self) -> None:
        try:
            for number, arrival in enumerate(self._planned):
                self._wait_until(self._requests.t0_ns + arrival.due_ns)
                if self.stopping or self._broken is not None:
                    break
                self._start(arrival)
                if number % _BATCH == 0:
                    # A long backlog must not keep the greenlets from their work.
                    gevent.sleep(0)
        except BudgetSpent as error:
            self._ended = error
        except Exception as error:
            self._broken = error
        finally:
            self._finished = True

    def _wait_until(self, due_ns: int) -> None:
        while not self.stopping:
            left = (due_ns - time.monotonic_ns()) / _SECOND_NS
            if left <= 0:
                return
            gevent.sleep(min(left, _SLICE_SECONDS))

    def _start(self, planned: Arrival) -> None:
        live = self._requests.live
        arrival = self._requests.captures.with_entry(planned)
        if arrival is None:
            live.idle += 1
            return
        held = self._requests.held_until_ns > time.monotonic_ns()
        over = live.in_flight + arrival.concurrent > self._limit
        permits = () if held or over else self._requests.permits(arrival)
        if not permits:
            for number in range(arrival.concurrent):
                self._requests.drop(arrival, number)
            return
        gate = _Gate(arrival.concurrent) if arrival.concurrent > 1 else None
        live.in_flight += arrival.concurrent
        for number, permit in enumerate(permits):
            if self._greenlets < live.in_flight:
                self._greenlets += 1
                gevent.spawn(self._serve)
            self._queue.put((arrival, number, gate, permit))

    def _serve(self) -> None:
        """Perform requests from the queue for ever, in one of the greenlets."""
        requests = self._requests
        while True:
            arrival, number, gate, permit = self._queue.get()
            try:
                requests.perform(arrival, number, gate, permit)
            except (AuthFailed, Throttled):
                # Without credentials nothing was sent; the next arrival tries for new ones.
                requests.drop(arrival, number)
            except (BudgetSpent, ServerGone) as error:
                # What is under way ends at its deadline.
                self._ended, self.stopping = error, True
            except Exception as error:
                self._broken = self._broken or error
            finally:
                requests.live.in_flight -= 1


def _exception(judged: AttemptJudgement, result: Response | Failure) -> Exception | None:
    if judged.outcome is not Outcome.UNKNOWN:
        return None
    if isinstance(result, Failure):
        return ConnectionError(result.cause or result.fault.value)
    return ConnectionError(str(result.status))


def _user(dispatch: Callable[[], None]) -> type[User]:
    """Return a Locust user whose one task dispatches all arrivals of the worker."""

    class DispatchingUser(User):
        wait_time = constant(0)

        @task
        def work(self) -> None:
            dispatch()
            raise StopUser

    return DispatchingUser
