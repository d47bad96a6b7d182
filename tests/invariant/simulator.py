"""A points server with clients, a bad network and seeded defects, all in simulated time."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any

from harness.model.binding import Promises
from harness.model.exchange import Row
from harness.model.history import Call, History, sort_calls
from harness.model.verdict import Outcome

MS = 1_000_000
TIMEOUT = 60 * MS
OK, REFUSED, UNKNOWN = Outcome.OK, Outcome.REFUSED, Outcome.UNKNOWN


@dataclass(frozen=True)
class Ask:
    """What a client asks of the server."""

    verb: str
    account: str | None
    rows: tuple[Row, ...] = ()
    target: str | None = None


@dataclass(frozen=True)
class Reply:
    """What the server answers."""

    outcome: Outcome
    reason: str | None = None
    seen: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Setting:
    """One situation to simulate: what goes wrong, and how a correct server happens to behave."""

    seed: int
    defect: str = ""
    repeat: str = "same"
    faults: float = 0.03
    accounts: int = 10
    clients: int = 4
    steps: int = 15
    silent: bool = False  # writes answer no balance
    remembers: bool = False  # refusals are given again
    units_max: int = 60
    start: int = 100
    strength: float = 1.0

    @property
    def promises(self) -> Promises:
        """The promises that a correct server keeps in this situation."""
        return Promises(repeat=self.repeat)


class Server:
    """Keeps balances; `peek` is what it looks at first, `serve` what it does a little later."""

    def __init__(self, setting: Setting, rng: random.Random) -> None:
        self.setting = setting
        self.rng = rng
        self.balances: dict[str, int] = {}
        self.before: dict[str, tuple[int, int]] = {}  # the last balance, and until when it was
        self.now = 0
        self.stored: dict[str, tuple[Outcome, str | None, int, str]] = {}
        self.entries: dict[str, Row] = {}
        self.voided: set[str] = set()
        self.used: set[str] = set()

    def _broken(self, defect: str) -> bool:
        return self.setting.defect == defect and self.rng.random() < self.setting.strength

    def peek(self, ask: Ask) -> dict[str, Any]:
        """Look at what racing defects will act upon without looking again."""
        return {
            "balances": {row.account: self.balances[row.account] for row in ask.rows},
            "known": {row.reference for row in ask.rows if row.reference in self.stored},
            "voided": ask.target in self.voided,
            "used": ask.target in self.used,
        }

    def serve(self, ask: Ask, peeked: dict[str, Any]) -> Reply:
        """Do what is asked at one instant; only a defect acts on what was peeked."""
        if ask.verb == "balance":
            assert ask.account is not None
            shown = None
            if ask.account in self.before and self._broken("stale read"):
                old, until = self.before[ask.account]
                shown = old if self.now - until < 30 * MS else None
            return Reply(
                OK, None, {"balance": self.balances[ask.account] if shown is None else shown}
            )
        if ask.verb == "use_coupon":
            taken = peeked["used"] if self._broken("double coupon") else ask.target in self.used
            self.used.add(str(ask.target))
            return Reply(REFUSED, "already_used") if taken else Reply(OK)
        if ask.verb == "void":
            return self._void(ask, peeked)
        if len(ask.rows) > 1:
            return self._bulk(ask, peeked)
        outcome, reason, balance, entry = self._move(ask.rows[0], peeked, bulk=False)
        if outcome is not OK:
            return Reply(outcome, reason)
        seen: dict[str, Any] = {"entry": entry}
        if not self.setting.silent:
            seen["balance"] = balance
        return Reply(OK, None, seen)

    def _void(self, ask: Ask, peeked: dict[str, Any]) -> Reply:
        target = str(ask.target)
        gone = peeked["voided"] if self._broken("double void") else target in self.voided
        if gone:
            return Reply(REFUSED, "already_voided")
        row = self.entries[target]
        if self.balances[row.account] < row.units:
            return Reply(REFUSED, "not_enough_points")
        self.voided.add(target)
        if self.setting.defect != "void without effect":
            self._set(row.account, self.balances[row.account] - row.units)
        return Reply(
            OK, None, {} if self.setting.silent else {"balance": self.balances[row.account]}
        )

    def _bulk(self, ask: Ask, peeked: dict[str, Any]) -> Reply:
        balances: dict[str, int] = {}
        stopped: tuple[int, str | None] | None = None
        for index, row in enumerate(ask.rows):
            outcome, reason, balance, _ = self._move(row, peeked, bulk=True)
            if outcome is REFUSED and reason == "duplicate":
                outcome, balance = OK, self.balances[row.account]
            if outcome is OK:
                balances[row.account] = balance
            elif stopped is None:
                stopped = (index, reason)
                if not self._broken("bulk not prefix"):
                    break
        if stopped is not None:
            return Reply(REFUSED, stopped[1], {"fail_index": stopped[0]})
        return Reply(OK, None, {} if self.setting.silent else {"balances": balances})

    def _move(
        self, row: Row, peeked: dict[str, Any], *, bulk: bool
    ) -> tuple[Outcome, str | None, int, str]:
        known = self._known(row, peeked, bulk=bulk)
        if known is not None:
            return known
        balance = self.balances[row.account]
        if self._broken("lost update"):
            balance = peeked["balances"][row.account]
        funds = peeked["balances"][row.account] if self._broken("overdraft race") else balance
        lacking = funds + row.units < 0 and row.units < 0 and not self._broken("overdraft")
        if row.units < 0 and self.setting.defect == "spurious refusal" and self.rng.random() < 0.05:
            lacking = True
        if lacking:
            if self._broken("refused but applied"):
                self._set(row.account, balance + row.units)
            answer = (REFUSED, "not_enough_points", balance, "")
            if self.setting.remembers and row.reference is not None:
                self.stored[row.reference] = answer
            return answer
        if not (self.setting.defect == "acked but lost" and self.rng.random() < 0.05):
            self._set(row.account, balance + row.units)
        return self._book(row, balance + row.units)

    def _known(
        self, row: Row, peeked: dict[str, Any], *, bulk: bool
    ) -> tuple[Outcome, str | None, int, str] | None:
        """Return the answer to a reference that was seen before, None if it is new."""
        known = self.stored.get(row.reference) if row.reference is not None else None
        if known is None or self.setting.repeat == "none" or self._broken("no dedupe"):
            return None
        if self._broken("dedupe race") and row.reference not in peeked["known"]:
            return None
        if bulk and self._broken("bulk doubles on resend"):
            return None
        outcome, _, balance, entry = known
        if outcome is REFUSED:
            return known
        if self._broken("new entry on replay"):
            entry = f"e{len(self.entries) + 1}"
            self.entries[entry] = row
        how = self.setting.repeat
        if how == "unspecified":
            how = self.rng.choice(["same", "ignored", "refused", "odd"])
        if how == "refused":
            return REFUSED, "duplicate", balance, entry
        shown = {"same": balance, "odd": self.rng.randint(0, 500)}.get(
            how, self.balances[row.account]
        )
        return OK, None, shown, entry

    def _book(self, row: Row, balance: int) -> tuple[Outcome, str | None, int, str]:
        entry = f"e{len(self.entries) + 1}"
        if self.setting.defect == "shared entries" and self.rng.random() < 0.05 and self.entries:
            entry = self.rng.choice(list(self.entries))
        self.entries[entry] = row
        if row.reference is not None:
            self.stored[row.reference] = (OK, None, balance, entry)
        return OK, None, balance, entry

    def _set(self, account: str, balance: int) -> None:
        self.before[account] = (self.balances[account], self.now)
        self.balances[account] = balance


Process = Generator[int, None, None]


class Simulation:
    """Clients against one server; `run` returns the history that they recorded."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.rng = random.Random(setting.seed)
        self.server = Server(setting, self.rng)
        self.calls: list[Call] = []
        self.now = 0
        self.queue: list[tuple[int, int, Callable[[], None]]] = []
        self.count = 0
        self.spent: dict[str, list[Ask]] = {}
        self.booked: dict[str, list[str]] = {}
        self.coupons: dict[str, list[str]] = {}

    def at(self, instant: int, action: Callable[[], None]) -> None:
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
            self.spawn(self._look(name), 1)
            for client in range(self.setting.clients):
                self.spawn(self._client(name, names, client), 200 * MS + self.rng.randint(0, MS))
        self._drain()
        # What is late may still arrive after these reads: only calls up to here count as certain.
        self.now += 2_000 * MS
        for name in names:
            self.spawn(self._look(name), self.now)
        self._drain()
        return sort_calls(self.calls)

    def _drain(self) -> None:
        while self.queue:
            self.now, _, action = heapq.heappop(self.queue)
            self.server.now = self.now
            action()

    def _look(self, name: str) -> Process:
        yield from self._call(Ask("balance", name), sure=True)

    def _delay(self) -> int:
        return int(self.rng.expovariate(1 / (2 * MS))) + MS // 10

    def _call(self, ask: Ask, *, sure: bool = False) -> Generator[int, None, Reply]:
        """Send the ask, wait for the answer or the timeout, and record what was seen of it."""
        rng, sent = self.rng, self.now
        arrives = sent + self._delay()
        serves = arrives + rng.randint(0, 4 * MS)
        answers = serves + self._delay()
        fault = "" if sure or rng.random() >= self.setting.faults else rng.choice(_FAULTS)
        if fault == "late":
            arrives += TIMEOUT + rng.randint(0, 300 * MS)
            serves = arrives + rng.randint(0, 4 * MS)
        box: list[Reply] = []
        if fault != "dropped":
            peeked: list[dict[str, Any]] = []
            self.at(arrives, lambda: peeked.append(self.server.peek(ask)))
            self.at(serves, lambda: box.append(self.server.serve(ask, peeked[0])))
        lost = fault != "" or answers > sent + TIMEOUT
        done = sent + rng.randint(1, TIMEOUT // MS) * MS if fault == "reset" else sent + TIMEOUT
        yield done if lost else answers
        reply = Reply(UNKNOWN, "timeout") if lost else box[0]
        self._record(
            ask, sent, None if fault == "dropped" and rng.random() < 0.3 else self.now, reply
        )
        return reply

    def _record(self, ask: Ask, sent: int, done: int | None, reply: Reply) -> None:
        number = len(self.calls)
        self.calls.append(
            Call(
                id=f"k{number}",
                source="load:simulated",
                operation=ask.verb,
                verb=ask.verb,
                account=ask.account,
                rows=ask.rows,
                target=ask.target,
                planned_ns=sent,
                sent_ns=sent,
                done_ns=done,
                outcome=reply.outcome,
                reason=reply.reason,
                status=200 if reply.outcome is not UNKNOWN else None,
                seen=reply.seen,
                curl=f"curl -d {number}",
            )
        )

    def _client(self, name: str, names: list[str], client: int) -> Process:
        for step in range(self.setting.steps):
            ask = self._choose(name, names, f"{name}.{client}.{step}")
            if self.rng.random() < 0.06:
                for _ in range(self.rng.randint(1, 4)):  # a burst of copies
                    self.spawn(self._try(ask), self.now)
            yield from self._try(ask)
            yield self.now + self._delay()

    def _try(self, ask: Ask) -> Process:
        """Send the ask; after a timeout send it again as it is, as a careful client does."""
        for _ in range(4):
            reply = yield from self._call(ask)
            if reply.outcome is not UNKNOWN or self.rng.random() < 0.3:
                break
            yield self.now + self._delay()
        if reply.outcome is OK and ask.rows:
            self.spent[ask.rows[0].account].append(ask)
            if "entry" in reply.seen:
                self.booked[ask.rows[0].account].append(str(reply.seen["entry"]))

    def _choose(self, name: str, names: list[str], fresh: str) -> Ask:
        rng = self.rng
        kind = rng.random()
        units = rng.randint(1, self.setting.units_max)
        reference = fresh if self.setting.repeat != "none" or rng.random() < 0.5 else None
        if kind < 0.3:
            return Ask("earn", name, (Row(name, units, reference),))
        if kind < 0.58:
            return Ask("burn", name, (Row(name, -units, reference),))
        if kind < 0.66:
            sign = rng.choice([1, -1])
            accounts = [rng.choice([name, rng.choice(names)]) for _ in range(rng.randint(2, 5))]
            rows = tuple(
                Row(account, sign * rng.randint(1, self.setting.units_max), f"{fresh}.{k}")
                for k, account in enumerate(accounts)
            )
            return Ask("bulk_earn" if sign > 0 else "bulk_burn", None, rows)
        if kind < 0.74 and self.spent[name]:
            return self._again(rng.choice(self.spent[name]))
        if kind < 0.78 and self.booked[name]:
            return Ask("void", name, (), rng.choice(self.booked[name]))
        if kind < 0.81:
            return Ask("use_coupon", name, (), rng.choice(self.coupons[name]))
        return Ask("balance", name)

    def _again(self, ask: Ask) -> Ask:
        """Return an ask that was acknowledged before, now and then with other units."""
        if len(ask.rows) == 1 and self.setting.repeat == "same" and self.rng.random() < 0.15:
            row = ask.rows[0]
            return Ask(ask.verb, ask.account, (Row(row.account, row.units * 2, row.reference),))
        return ask


_FAULTS = ("dropped", "late", "reset", "lost answer")


def simulate(setting: Setting) -> History:
    """Return the history of one simulated run."""
    return Simulation(setting).run()
