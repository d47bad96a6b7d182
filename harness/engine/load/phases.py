"""Before and after the load: fund the members, resolve what is unknown, read the balances."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import product
from typing import TypeVar

from harness.check.outcome import explained
from harness.document.messages import counted
from harness.engine.load.job import LoadFailed
from harness.engine.load.worker import Worker
from harness.model.verdict import Outcome
from harness.model.workload import Arrival
from harness.wire.retry import ONCE, Retry

_CONCURRENT_MAX = 8
_RESENDING = Retry(attempts=8, pauses_seconds=(0.05, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0))
Item = TypeVar("Item")
Result = TypeVar("Result")


def fund(worker: Worker) -> None:
    """Give each own member the initial balance of each wallet; raises LoadFailed if refused."""
    for wallet in worker.wallets if worker.plan.workload.initial_balance else ():
        if verb := worker.binding.earner_of(wallet):
            _each(partial(_fund, worker, verb), worker.own)


def _fund(worker: Worker, verb: str, number: int) -> None:
    units, carried = worker.plan.workload.initial_balance, verb in worker.plan.carries
    most = worker.binding.promises.units_max or units
    # A request of unknown outcome is sent again with its reference, where that is safe.
    policy = _RESENDING if carried and worker.repeats else ONCE
    for part, given in enumerate(range(0, units, most)):
        if worker.stopping():
            return
        reference = f"{worker.plan.tag}s{number}p{part}{verb.replace('_', '')}"
        send = partial(
            worker.client.verb,
            verb,
            source="setup",
            member=worker.members[number],
            units=min(units - given, most),
            reference=reference if carried else None,
            extra={"fresh": f"{reference}n"},
        )
        exchange = policy.until_known(send)
        if exchange.outcome is Outcome.REFUSED:
            text = f"member {number} could not be given {counted(units, 'unit')}"
            raise LoadFailed(
                f"{text}: {explained(exchange)}; lower initial_balance of the workload"
            )


def read(worker: Worker, numbers: Iterable[int], source: str, times: int = 1) -> None:
    """Read the balances of each member so many times; an unknown response is asked for again."""
    readers = [verb for verb in map(worker.binding.reader_of, worker.wallets) if verb is not None]

    def one(number: int) -> None:
        for turn, verb in product(range(times), readers):
            if worker.stopping():
                return
            send = partial(
                worker.client.verb,
                verb,
                source=source,
                member=worker.members[number],
                extra={"fresh": f"{worker.plan.tag}b{source}{number}n{turn}"},
            )
            _RESENDING.until_known(send)

    if readers:
        _each(one, sorted(numbers))


def resend_unknown(worker: Worker, unknown: Iterable[tuple[str, Arrival]]) -> int:
    """Replay the writes that may or may not have happened; return how many remain unknown.

    `unknown` are (verb, arrival); concurrent requests with one reference are replayed once.
    """
    writes = [each for each in unknown if worker.binding.verbs[each[0]].writes]
    safe = [
        (verb, planned)
        for verb, planned in writes
        if worker.repeats and verb in worker.plan.carries and planned.entry_from is None
    ]
    if writes and not worker.stopping():
        # What was cut off by our deadline may still be under way in the server.
        time.sleep(1.2 * worker.plan.workload.deadline_seconds)
    by_reference = {(planned.reference, planned.rows): (verb, planned) for verb, planned in safe}

    def is_unknown(item: tuple[str, Arrival]) -> bool:
        verb, planned = item
        send = partial(
            worker.client.verb,
            verb,
            source="close",
            member=worker.members[planned.member],
            units=planned.units,
            reference=planned.reference,
            rows=worker.values.rows(planned),
            extra={"fresh": f"{worker.plan.tag}c{planned.index}"},
        )
        return _RESENDING.until_known(send).outcome is Outcome.UNKNOWN

    left = _each(is_unknown, list(by_reference.values()))
    return sum(left) + len(writes) - len(safe)


def _each(work: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    with ThreadPoolExecutor(_CONCURRENT_MAX) as pool:
        return list(pool.map(work, items))
