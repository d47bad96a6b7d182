"""Clients that send, repeat and record requests over an unreliable network."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Generator
from typing import Any

from harness.model.exchange import Row
from harness.model.history import Attempt, History, sort_attempts
from tests.simulator.server import MS, OK, UNKNOWN, Request, Response, Server, Setting

TIMEOUT = 60 * MS

Process = Generator[int, None, None]


def _recorded(
    number: int, request: Request, sent: int, done: int | None, response: Response
) -> Attempt:
    return Attempt(
        id=f"k{number}",
        source="load:simulated",
        operation=request.verb,
        verb=request.verb,
        account=request.account,
        rows=request.rows,
        entry=request.entry,
        planned_ns=sent,
        sent_ns=sent,
        done_ns=done,
        outcome=response.outcome,
        reason=response.reason,
        status=200 if response.outcome is not UNKNOWN else None,
        seen=response.seen,
        curl=f"curl -d {number}",
    )


class Simulation:
    """Clients against one server; `run` returns the history that they recorded."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.rng = random.Random(setting.seed)
        self.server = Server(setting, self.rng)
        self.attempts: list[Attempt] = []
        self.now = 0
        self.queue: list[tuple[int, int, Callable[[], object]]] = []
        self.count = 0
        self.spent: dict[str, list[Request]] = {}
        self.booked: dict[str, list[str]] = {}
        self.coupons: dict[str, list[str]] = {}

    def at(self, instant: int, action: Callable[[], object]) -> None:
        """Do the action at the instant."""
        self.count += 1
        heapq.heappush(self.queue, (instant, self.count, action))

    def spawn(self, process: Process, instant: int) -> None:
        """Run the process from the instant on; it yields when it wants to go on."""

        def resume() -> None:
            try:
                self.at(next(process), resume)
            except StopIteration:
                return

        self.at(instant, resume)

    def run(self) -> History:
        """Play the setting to its end, all late deliveries included."""
        names = [f"m{k}" for k in range(self.setting.accounts)]
        for name in names:
            self.server.balances[name] = self.setting.start
            self.spent[name], self.booked[name] = [], []
            self.coupons[name] = [f"{name}c{k}" for k in range(3)]
            self.spawn(self._read(name), 1)
            for client in range(self.setting.clients):
                self.spawn(self._client(name, names, client), 200 * MS + self.rng.randint(0, MS))
        self._drain()
        # What is late may still arrive after these reads: only calls up to here count as certain.
        self.now += 2_000 * MS
        for name in names:
            self.spawn(self._read(name), self.now)
        self._drain()
        return sort_attempts(self.attempts)

    def _drain(self) -> None:
        while self.queue:
            self.now, _, action = heapq.heappop(self.queue)
            self.server.now = self.now
            action()

    def _read(self, name: str) -> Process:
        yield from self._send(Request("balance", name), sure=True)

    def _delay(self) -> int:
        return int(self.rng.expovariate(1 / (2 * MS))) + MS // 10

    def _send(self, request: Request, *, sure: bool = False) -> Generator[int, None, Response]:
        """Send the request, wait for the response or the timeout, and record the attempt."""
        rng, sent = self.rng, self.now
        arrives = sent + self._delay()
        serves = arrives + rng.randint(0, 4 * MS)
        responses = serves + self._delay()
        fault = "" if sure or rng.random() >= self.setting.faults else rng.choice(_FAULTS)
        if fault == "late":
            arrives += TIMEOUT + rng.randint(0, 300 * MS)
            serves = arrives + rng.randint(0, 4 * MS)
        box: list[Response] = []
        if fault != "dropped":
            peeked: list[dict[str, Any]] = []
            self.at(arrives, lambda: peeked.append(self.server.peek(request)))
            self.at(serves, lambda: box.append(self.server.serve(request, peeked[0])))
        if self.setting.duplicates and not sure and rng.random() < self.setting.duplicates:
            again = serves + rng.randint(0, 300 * MS)
            self.at(again, lambda: self.server.serve(request, self.server.peek(request)))
        lost = fault != "" or responses > sent + TIMEOUT
        done = sent + rng.randint(1, TIMEOUT // MS) * MS if fault == "reset" else sent + TIMEOUT
        yield done if lost else responses
        response = Response(UNKNOWN, "timeout") if lost else box[0]
        end = None if fault == "dropped" and rng.random() < 0.3 else self.now
        self.attempts.append(_recorded(len(self.attempts), request, sent, end, response))
        return response

    def _client(self, name: str, names: list[str], client: int) -> Process:
        for step in range(self.setting.steps):
            request = self._choose(name, names, f"{name}.{client}.{step}")
            if self.rng.random() < 0.06:
                for _ in range(self.rng.randint(1, 4)):  # a burst of duplicates
                    self.spawn(self._try(request), self.now)
            yield from self._try(request)
            yield self.now + self._delay()

    def _try(self, request: Request) -> Process:
        """Send the request; after a timeout send it again as it is, as a careful client does."""
        for _ in range(4):
            response = yield from self._send(request)
            if response.outcome is not UNKNOWN or self.rng.random() < 0.3:
                break
            yield self.now + self._delay()
        if response.outcome is OK and request.rows:
            self.spent[request.rows[0].account].append(request)
            if "entry" in response.seen:
                self.booked[request.rows[0].account].append(str(response.seen["entry"]))

    def _choose(self, name: str, names: list[str], fresh: str) -> Request:
        rng = self.rng
        kind = rng.random()
        units = rng.randint(1, self.setting.units_max)
        reference = fresh if self.setting.repeat != "none" or rng.random() < 0.5 else None
        if kind < 0.3:
            return Request("earn", name, (Row(name, units, reference),))
        if kind < 0.58:
            return Request("burn", name, (Row(name, -units, reference),))
        if kind < 0.66:
            sign = rng.choice([1, -1])
            accounts = [rng.choice([name, rng.choice(names)]) for _ in range(rng.randint(2, 5))]
            rows = tuple(
                Row(account, sign * rng.randint(1, self.setting.units_max), f"{fresh}.{k}")
                for k, account in enumerate(accounts)
            )
            return Request("bulk_earn" if sign > 0 else "bulk_burn", None, rows)
        if kind < 0.74 and self.spent[name]:
            return self._again(rng.choice(self.spent[name]))
        if kind < 0.78 and self.booked[name]:
            return Request("void", name, (), rng.choice(self.booked[name]))
        if kind < 0.81:
            return Request("use_coupon", name, (), rng.choice(self.coupons[name]))
        return Request("balance", name)

    def _again(self, request: Request) -> Request:
        """Return an request that was acknowledged before, now and then with other units."""
        if len(request.rows) == 1 and self.setting.repeat == "same" and self.rng.random() < 0.15:
            row = request.rows[0]
            return Request(
                request.verb, request.account, (Row(row.account, row.units * 2, row.reference),)
            )
        return request


_FAULTS = ("dropped", "late", "reset", "lost response")


def simulate(setting: Setting) -> History:
    """Return the history of one simulated run."""
    return Simulation(setting).run()
