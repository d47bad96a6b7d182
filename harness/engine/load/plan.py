"""What each arrival sends, by workload, seed and number alone, but for what only responses show."""

from __future__ import annotations

import hashlib
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import accumulate
from typing import Any

from harness.engine.load.pacer import due_times, length_ns, spaced
from harness.engine.load.rng import RandomWords, below, fraction, random_words
from harness.model.binding import REFERENCE, EntryKey
from harness.model.workload import Arrival, InvalidRows, MixEntry, PlannedRow, Workload

REPLAY_AGE_NS = 500_000_000
"""A replay repeats what was due at least this long before it, so that it is no race."""

KEPT_MAX = 100_000
"""Responses whose values are kept at most; the oldest are forgotten first."""

_SHARDS_MAX = 16
_SHARD_MEMBERS_MIN = 4
_SEARCH_STEPS = 64
_INVALID_ROW = (1 << 20) - 1

NONEXISTENT = -1
"""The number of a member that the vendor does not know."""


@dataclass(slots=True)
class Plan:
    """Everything that decides the arrivals of a run; the same values give the same arrivals.

    `tag` starts every reference, so that two runs never share one. `members` is at least one.
    `carries` are the verbs whose requests hold a reference: others are sent without, and are never
    replayed. `entry_keys` says by what the verbs that name an earlier entry name it. `rate` is the
    most requests a second that it may plan, None without a limit.
    """

    workload: Workload
    seed: int
    tag: str
    members: int
    carries: frozenset[str]
    entry_keys: Mapping[str, EntryKey] = field(default_factory=dict)
    rate: float | None = None
    due: array[int] = field(init=False)
    limits: tuple[float, ...] = field(init=False)
    words: RandomWords = field(init=False)
    row_words: RandomWords = field(init=False)

    def __post_init__(self) -> None:
        """Fix the due times and the shares of the mix, and seed the random words."""
        reached = list(accumulate(entry.weight for entry in self.workload.mix))
        self.limits = (*(weight / reached[-1] for weight in reached[:-1]), 1.0)
        self.words = random_words(self.seed, "arrival")
        self.row_words = random_words(self.seed, "row")
        self.due = due_times(self.workload.stages, self.workload.process, self.seed)
        if self.rate is not None:
            end_ns = length_ns(self.workload.stages)
            self.due = spaced(self.due, partial(_size, self), self.rate, end_ns)

    @property
    def shards(self) -> int:
        """How many groups the members fall into; a bulk stays within one group."""
        return max(1, min(_SHARDS_MAX, self.members // _SHARD_MEMBERS_MIN))


def arrival(plan: Plan, index: int) -> Arrival:
    """Return arrival number `index`, whatever was asked before and by whom."""
    words = plan.words(index)
    number = _entry(plan, words[0])
    entry = plan.workload.mix[number]
    if entry.replay:
        repeated = _repeated(plan, index, entry.verb, words[4])
        if repeated is not None:
            old = _fresh(plan, repeated, plan.words(repeated))
            return replace(old, index=index, due_ns=plan.due[index], mix_index=number, concurrent=1)
    return _fresh(plan, index, words)


def arrivals(plan: Plan, worker: int = 0, workers: int = 1) -> Iterator[Arrival]:
    """Yield the arrivals of one worker in order; all workers together send each exactly once."""
    for index in range(len(plan.due)):
        planned = arrival(plan, index)
        if owner(plan, planned.member, workers) == worker:
            yield planned


def owner(plan: Plan, member: int, workers: int) -> int:
    """Return the worker that sends everything for a member, so that one clock orders it."""
    return member % plan.shards % workers


def plan_hash(plan: Plan) -> str:
    """Return the digest of all that decides the arrivals, but for the tag of the run."""
    digest = hashlib.sha256(plan.due.tobytes())
    mix = [
        (e.name, e.verb, e.weight, e.units, e.rows, e.replay, e.concurrent, e.invalid_rows)
        for e in plan.workload.mix
    ]
    carries = sorted(plan.carries & {entry.verb for entry in plan.workload.mix})
    entry_keys = sorted(
        (verb, plan.entry_keys[verb])
        for verb in {e.verb for e in plan.workload.mix} & plan.entry_keys.keys()
    )
    digest.update(repr((plan.seed, plan.members, carries, mix, entry_keys)).encode())
    return digest.hexdigest()[:16]


def requests_in(plan: Plan) -> int:
    """Return how many requests the arrivals send together."""
    if all(entry.concurrent == 1 for entry in plan.workload.mix):
        return len(plan.due)
    return sum(_size(plan, index) for index in range(len(plan.due)))


def _size(plan: Plan, index: int) -> int:
    """Return how many requests an arrival sends."""
    return plan.workload.mix[_entry(plan, plan.words(index)[0])].concurrent


def _entry(plan: Plan, word: int) -> int:
    return bisect_right(plan.limits, fraction(word))


def _fresh(plan: Plan, index: int, words: tuple[int, ...]) -> Arrival:
    number = _entry(plan, words[0])
    entry = plan.workload.mix[number]
    key = plan.entry_keys.get(entry.verb)
    old = None if key is None else _entry_source(plan, index, key.of, words[5])
    member = below(words[1], plan.members) if old is None else old.member
    reference = f"{plan.tag}x{index}" if entry.verb in plan.carries else None
    named = old is not None and key is not None and key.by == REFERENCE
    return Arrival(
        index,
        plan.due[index],
        number,
        member,
        _amount(entry, words[2]),
        reference,
        _rows(plan, index, entry, member, words[3]) if entry.rows else (),
        entry.concurrent,
        entry_from=None if old is None else old.index,
        entry=old.reference if old is not None and named else None,
    )


def _amount(entry: MixEntry, word: int) -> int:
    # Spread over the whole range: a lost or doubled effect then shows which one it was.
    lowest, highest = entry.units
    return lowest + below(word, highest - lowest + 1)


def _rows(plan: Plan, index: int, entry: MixEntry, first: int, word: int) -> tuple[PlannedRow, ...]:
    """Return the rows of a bulk: members of one shard, so that one worker owns them all."""
    count = int(entry.rows[below(word, len(entry.rows))])
    shard = range(first % plan.shards, plan.members, plan.shards)
    rows: list[PlannedRow] = []
    for row in range(count):
        words = plan.row_words((index << 20) + row)
        reference = f"{plan.tag}x{index}r{row}" if entry.verb in plan.carries else None
        member = first if row == 0 else shard[below(words[0], len(shard))]
        rows.append((member, _amount(entry, words[1]), reference))
    if entry.invalid_rows is not None:
        _make_invalid(rows, entry.invalid_rows, plan.row_words((index << 20) + _INVALID_ROW))
    return tuple(rows)


def _make_invalid(rows: list[PlannedRow], invalid: InvalidRows, words: tuple[int, ...]) -> None:
    """Make a row fail, if this bulk is one of those that shall."""
    if fraction(words[0]) >= invalid.share:
        return
    at = below(words[1], len(rows))
    member, units, reference = rows[at]
    known = invalid.by != "unknown_member"
    rows[at] = (member, invalid.units, reference) if known else (NONEXISTENT, units, reference)


def _repeated(plan: Plan, index: int, verb: str, word: int) -> int | None:
    """Return an older arrival that sent the verb with a reference of its own, None without one."""
    if verb not in plan.carries:
        return None
    return _older(plan, index, word, lambda entry: entry.verb == verb and not entry.replay)


def _entry_source(plan: Plan, index: int, verbs: Sequence[str], word: int) -> Arrival | None:
    """Return an older arrival that makes what one of the verbs makes, None without one."""
    number = _older(plan, index, word, lambda entry: entry.verb in verbs and entry.is_plain)
    return None if number is None else _fresh(plan, number, plan.words(number))


def _older(plan: Plan, index: int, word: int, fits: Callable[[MixEntry], bool]) -> int | None:
    """Return an arrival with one row, old enough to have a response, whose entry fits."""
    known = bisect_right(plan.due, plan.due[index] - REPLAY_AGE_NS, 0, index)
    if known == 0:
        return None
    start = below(word, known)
    around = (
        *range(start, max(-1, start - _SEARCH_STEPS), -1),
        *range(start + 1, known)[:_SEARCH_STEPS],
    )
    mix = plan.workload.mix
    entries = ((number, mix[_entry(plan, plan.words(number)[0])]) for number in around)
    return next((number for number, entry in entries if not entry.rows and fits(entry)), None)


class Captures:
    """What the responses to the arrivals of one worker have shown, by their numbers."""

    def __init__(self, plan: Plan) -> None:
        self._verbs = [entry.verb for entry in plan.workload.mix]
        self._entry_keys = plan.entry_keys
        self._wanted = {
            verb
            for name, key in plan.entry_keys.items()
            if name in self._verbs and key.by != REFERENCE
            for verb in key.of
        }
        self._shown: dict[int, Mapping[str, Any]] = {}

    def keep(self, arrival: Arrival, seen: Mapping[str, Any]) -> None:
        """Remember what the response to an arrival showed, where a later one may name it."""
        if self._verbs[arrival.mix_index] in self._wanted:
            self._shown[arrival.index] = seen
            if len(self._shown) > KEPT_MAX:
                del self._shown[next(iter(self._shown))]

    def with_entry(self, arrival: Arrival) -> Arrival | None:
        """Return the arrival with the entry that it names, None where there is none."""
        key = self._entry_keys.get(self._verbs[arrival.mix_index])
        if key is None or arrival.entry is not None:
            return arrival
        if arrival.entry_from is None:
            return None
        entry = self._shown.get(arrival.entry_from, {}).get(key.by)
        return None if entry is None else replace(arrival, entry=str(entry))


def concurrent_request(arrival: Arrival, number: int) -> Arrival:
    """Return the arrival as one of its concurrent requests sends it.

    Those that name an entry share it, and each has a reference of its own: with one reference they
    would be repeats of one request, and nothing would race.
    """
    if not number or arrival.entry_from is None or arrival.reference is None:
        return arrival
    return replace(arrival, reference=f"{arrival.reference}c{number}")
