"""Before and after the load: fund the members, resolve what is unknown, read the balances."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import TypeVar

from harness.engine.load.plan import NONEXISTENT
from harness.model.target import Member
from harness.model.verdict import Outcome
from harness.model.workload import Arrival
from harness.wire.client import Client
from harness.wire.intent import BulkRow
from harness.wire.retry import ONCE, Retry

_CONCURRENT_MAX = 8
_RESENDING = Retry(attempts=8, pauses_seconds=(0.05, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0))
Item = TypeVar("Item")


class LoadFailed(Exception):
    """The load could not be run or not be finished, so there is nothing to measure."""


@dataclass(frozen=True, slots=True)
class Population:
    """The members of one worker, by their number in the plan, with the client that asks for them.

    `stopping` says that the run is to end; `tag` starts the references of the run. `wallets` are
    what the load moves, empty for points.
    """

    client: Client
    members: Sequence[Member]
    own: Sequence[int]
    tag: str
    stopping: Callable[[], bool]
    wallets: tuple[str, ...] = ("",)

    def member(self, number: int) -> Member:
        """Return the member of this number; NONEXISTENT is one that the vendor does not know."""
        if number != NONEXISTENT:
            return self.members[number]
        return {**self.members[0], **self.client.speaker.binding.nonexistent["member"]}

    @property
    def readers(self) -> tuple[str, ...]:
        """Return the verbs that read the balances of what the load moves."""
        found = map(self.client.speaker.binding.reader_of, self.wallets)
        return tuple(verb for verb in found if verb is not None)

    @property
    def repeats(self) -> bool:
        """Say whether a reference may be sent again without moving points twice."""
        return self.client.speaker.binding.promises.repeat != "none"


def fund(population: Population, verb: str, units: int, carried: bool) -> None:
    """Give each own member the units by an earning verb; raises LoadFailed when one is refused.

    A request of unknown outcome is sent again with its reference, where that is safe: the verb's
    requests hold one (`carried`) and the vendor keeps its promise about them.
    """
    promises = population.client.speaker.binding.promises
    most = promises.units_max or units
    again = carried and population.repeats

    def one(number: int) -> None:
        left, part = units, 0
        while left > 0 and not population.stopping():
            reference = f"{population.tag}s{number}p{part}{verb.replace('_', '')}"
            send = partial(
                population.client.verb,
                verb,
                source="setup",
                member=population.members[number],
                units=min(left, most),
                reference=reference if carried else None,
                extra={"fresh": f"{reference}n"},
            )
            exchange = (_RESENDING if again else ONCE).until_known(send)
            if exchange.outcome is Outcome.REFUSED:
                reason = f" ({exchange.reason})" if exchange.reason else ""
                raise LoadFailed(f"member {number} could not be given points: refused{reason}")
            left -= most
            part += 1

    _each(one, population.own)


def read(population: Population, numbers: Iterable[int], source: str, times: int = 1) -> None:
    """Read the balances of each member so many times; an unknown response is asked for again."""

    def one(number: int) -> None:
        for turn, verb in product(range(times), population.readers):
            if population.stopping():
                return
            send = partial(
                population.client.verb,
                verb,
                source=source,
                member=population.members[number],
                extra={"fresh": f"{population.tag}b{source}{number}n{turn}"},
            )
            _RESENDING.until_known(send)

    if population.readers:
        _each(one, sorted(numbers))


def resend_unknown(population: Population, unknown: Sequence[tuple[str, Arrival]]) -> int:
    """Replay each write that may or may not have happened; return how many remain unknown.

    `unknown` are (verb, arrival); concurrent requests with one reference are replayed once.
    """
    left: list[str] = []
    by_reference = {(planned.reference, planned.rows): (verb, planned) for verb, planned in unknown}

    def one(item: tuple[str, Arrival]) -> None:
        verb, planned = item
        rows: list[BulkRow] = [
            (population.member(member), units, reference)
            for member, units, reference in planned.rows
        ]
        send = partial(
            population.client.verb,
            verb,
            source="close",
            member=population.members[planned.member],
            units=planned.units,
            reference=planned.reference,
            rows=rows or None,
            extra={"fresh": f"{population.tag}c{planned.index}"},
        )
        exchange = _RESENDING.until_known(send)
        if exchange.outcome is Outcome.UNKNOWN:
            left.append(verb)

    _each(one, list(by_reference.values()))
    return len(left)


def _each(work: Callable[[Item], None], items: Sequence[Item]) -> None:
    with ThreadPoolExecutor(_CONCURRENT_MAX) as pool:
        for _ in pool.map(work, items):
            pass
