"""Every arrival is decided by the workload, the seed and its number, and by nothing else."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from harness.engine.load.plan import (
    NONEXISTENT,
    REPLAY_AGE_NS,
    Plan,
    arrival,
    arrivals,
    plan_hash,
    requests_in,
)
from harness.model.workload import Arrival, InvalidRows, MixEntry, PlannedRow, Stage, Workload

MIX = (
    MixEntry("earn", "earn", 40, (1, 997)),
    MixEntry("burn", "burn", 20, (1, 499)),
    MixEntry("bulk", "bulk_earn", 5, (2, 97), rows=(6,)),
    MixEntry("replay", "earn", 15, replay=True),
    MixEntry("race", "earn", 5, (1, 997), concurrent=4),
    MixEntry("look", "balance", 15),
)
CARRIES = frozenset({"earn", "burn", "bulk_earn"})


def workload(mix: tuple[MixEntry, ...] = MIX, rate: float = 300, seconds: float = 6) -> Workload:
    """Return a made-up workload of 300 arrivals a second."""
    return Workload(
        id="made-up",
        title="Made up",
        seed=7,
        process="poisson",
        stages=(Stage("steady", rate, rate, seconds),),
        members=48,
        initial_balance=0,
        mix=mix,
        thresholds=(),
        in_flight=100,
        deadline_seconds=1,
        lateness_ms=50,
    )


def plan(seed: int = 7, members: int = 48, carries: frozenset[str] = CARRIES) -> Plan:
    """Return its plan."""
    return Plan(workload(), seed, "t", members, carries)


def named_by(planned: Arrival) -> int:
    """Return the number of the arrival for which the reference was made."""
    return int(str(planned.reference).removeprefix("tx"))


def is_replay(planned: Arrival) -> bool:
    """Say whether an arrival sends the reference of another one again."""
    return planned.reference is not None and named_by(planned) != planned.index


def test_the_same_seed_gives_the_same_arrivals() -> None:
    """Two plans made apart agree on every arrival and on their hash."""
    assert list(arrivals(plan())) == list(arrivals(plan()))
    assert plan_hash(plan()) == plan_hash(plan())


def test_another_seed_gives_another_plan() -> None:
    """The seed reaches the plan and its hash."""
    assert list(arrivals(plan(1))) != list(arrivals(plan(2)))
    assert plan_hash(plan(1)) != plan_hash(plan(2))


def test_the_tag_changes_references_but_not_the_hash() -> None:
    """Two runs of one plan share no reference and are still the same plan."""
    other = Plan(workload(), 7, "u", 48, CARRIES)
    ours = {a.reference for a in arrivals(plan()) if a.reference}
    theirs = {a.reference for a in arrivals(other) if a.reference}
    assert ours
    assert not ours & theirs
    assert plan_hash(plan()) == plan_hash(other)


def test_an_arrival_does_not_depend_on_what_was_asked_before() -> None:
    """Asked in any order, each number gives the same arrival."""
    made = plan()
    numbers = list(range(len(made.due)))
    in_order = [arrival(made, number) for number in numbers]
    random.Random(1).shuffle(numbers)
    for number in numbers:
        assert arrival(made, number) == in_order[number]


@pytest.mark.parametrize("workers", [2, 3, 5, 12])
def test_the_workers_together_send_what_one_would(workers: int) -> None:
    """Whatever the number of workers, each arrival is sent by exactly one of them."""
    made = plan()
    parts = [list(arrivals(made, worker, workers)) for worker in range(workers)]
    together = sorted((a for part in parts for a in part), key=lambda a: a.index)
    assert together == list(arrivals(made))
    assert all(parts)


def test_one_worker_owns_all_that_touches_a_member() -> None:
    """No member, not even one in a row of a bulk, is touched by two workers."""
    made = plan()
    owners: dict[int, set[int]] = {}
    for worker in range(3):
        for planned in arrivals(made, worker, 3):
            for member in {planned.member, *(row[0] for row in planned.rows)}:
                owners.setdefault(member, set()).add(worker)
    assert len(owners) == 48
    assert all(len(workers) == 1 for workers in owners.values())


def test_a_replay_repeats_an_older_earn_exactly() -> None:
    """Reference, member and units are those of an arrival at least half a second older."""
    made = plan()
    by_number = {planned.index: planned for planned in arrivals(made)}
    replays = [planned for planned in by_number.values() if is_replay(planned)]
    assert len(replays) > 100
    for replay in replays:
        old = by_number[named_by(replay)]
        assert not is_replay(old)
        assert made.workload.mix[old.mix_index].verb == "earn"
        assert (replay.reference, replay.member, replay.units) == (
            old.reference,
            old.member,
            old.units,
        )
        assert replay.due_ns - old.due_ns >= REPLAY_AGE_NS


def test_a_replay_without_anything_to_repeat_is_a_plain_request() -> None:
    """In the first half second a replay sends a reference of its own."""
    early = [
        planned
        for planned in arrivals(plan())
        if planned.due_ns < REPLAY_AGE_NS and MIX[planned.mix_index].replay
    ]
    assert early
    assert not any(map(is_replay, early))
    assert len({planned.reference for planned in early}) == len(early)


def test_a_race_sends_one_new_reference_several_times() -> None:
    """A race has its concurrent requests, anything else has one."""
    made = list(arrivals(plan()))
    assert {planned.concurrent for planned in made if MIX[planned.mix_index].concurrent > 1} == {4}
    assert {planned.concurrent for planned in made if MIX[planned.mix_index].concurrent == 1} == {1}


def test_fresh_references_never_repeat() -> None:
    """But for replays every reference, in rows too, is used by one arrival only."""
    references = []
    for planned in arrivals(plan()):
        if not is_replay(planned):
            references += [planned.reference, *(row[2] for row in planned.rows)]
    known = [reference for reference in references if reference is not None]
    assert len(known) == len(set(known))


def test_the_mix_keeps_its_weights_and_the_units_their_range() -> None:
    """Shares are within a few percent of the weights, amounts reach both ends of a wide range."""
    made = list(arrivals(plan()))
    for number, entry in enumerate(MIX):
        share = sum(planned.mix_index == number for planned in made) / len(made)
        assert share == pytest.approx(entry.weight / 100, abs=0.03)
    earned = [planned.units for planned in made if MIX[planned.mix_index].name == "earn"]
    assert 1 <= min(earned) < 60
    assert 940 < max(earned) <= 997
    rows = [row for planned in made for row in planned.rows]
    assert {2, 97} <= {row[1] for row in rows} <= set(range(2, 98))


def test_a_verb_without_references_is_neither_tagged_nor_replayed() -> None:
    """Where the request holds no reference, none is claimed in the record."""
    made = list(arrivals(plan(carries=frozenset())))
    assert all(planned.reference is None for planned in made)
    assert all(row[2] is None for planned in made for row in planned.rows)


@pytest.mark.parametrize("members", [1, 3, 7, 20])
def test_small_populations_are_served(members: int) -> None:
    """With few members every arrival still names one of them."""
    made = list(arrivals(plan(members=members)))
    assert {planned.member for planned in made} == set(range(members))
    assert all(row[0] < members for planned in made for row in planned.rows)


def test_concurrent_requests_are_counted() -> None:
    """The budget is compared with what will really leave."""
    made = plan()
    assert requests_in(made) == sum(planned.concurrent for planned in arrivals(made))
    assert isinstance(arrival(made, 0), Arrival)


def bulks(invalid: InvalidRows | None) -> list[tuple[PlannedRow, ...]]:
    """Return the rows of many bulks of 1, 9, 10 and 11 rows, some with an invalid row."""
    mix = (MixEntry("bulk", "bulk_earn", 1, (2, 97), rows=(1, 9, 10, 11), invalid_rows=invalid),)
    planned = Plan(workload(mix, rate=100, seconds=8), 7, "t", 48, CARRIES)
    return [one.rows for one in arrivals(planned)]


def test_a_bulk_has_one_of_its_lengths() -> None:
    """Each length comes about as often as the others."""
    counts = Counter(map(len, bulks(None)))
    assert set(counts) == {1, 9, 10, 11}
    assert min(counts.values()) > 0.7 * max(counts.values())


def test_some_bulks_have_one_row_that_must_fail() -> None:
    """The share is kept, the place is any, and nobody is a member."""
    invalid = bulks(InvalidRows(0.25, "unknown_member"))
    places = [[at for at, row in enumerate(rows) if row[0] == NONEXISTENT] for rows in invalid]
    assert {len(at) for at in places} == {0, 1}
    assert 0.18 < sum(map(bool, places)) / len(places) < 0.32
    assert {at[0] for at in places if at} >= set(range(9))
    over = bulks(InvalidRows(1.0, "over_max", 1_000))
    assert all(sum(row[1] == 1_000 for row in rows) == 1 for rows in over)
    assert not any(row[0] == NONEXISTENT for rows in over for row in rows)
