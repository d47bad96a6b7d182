"""Arrivals that act on what earlier ones made: a void of a burn, a use of its coupon."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from harness.engine.load import plan as planning
from harness.engine.load.plan import (
    REPLAY_AGE_NS,
    Captures,
    Plan,
    arrivals,
    concurrent_request,
    owner,
    plan_hash,
)
from harness.model.binding import REFERENCE, EntryKey, Verb
from harness.model.workload import MixEntry, Stage, Workload
from harness.wire.auth import Session, Tokens
from harness.wire.connection.route import Route
from harness.wire.fast.request import ArrivalValues, RequestBuilder, RequestWriter
from harness.wire.redact.redactor import Redactor
from harness.wire.verbs import Speaker
from tests.acme import FORM, JSON, binding, operation, specification

MIX = (
    MixEntry("earn", "earn", 30, (1, 9)),
    MixEntry("burn", "burn", 30, (1, 9)),
    MixEntry("burn race", "burn", 5, concurrent=4),
    MixEntry("void", "void", 15),
    MixEntry("use", "use_coupon", 15),
    MixEntry("use race", "use_coupon", 5, concurrent=4),
)
CARRIES = frozenset({"earn", "burn", "use_coupon"})
ACTS = {"void": EntryKey(("burn",), REFERENCE), "use_coupon": EntryKey(("burn",), "coupon")}


def plan(seed: int = 7, entry_keys: dict[str, EntryKey] | None = None) -> Plan:
    """Return the plan of four seconds with 200 arrivals each."""
    workload = Workload(
        id="made-up",
        title="Made up",
        seed=seed,
        process="poisson",
        stages=(Stage("steady", 200, 200, 4),),
        members=24,
        initial_balance=0,
        mix=MIX,
        thresholds=(),
        in_flight=100,
        deadline_seconds=1,
        lateness_ms=50,
    )
    return Plan(workload, seed, "t", 24, CARRIES, ACTS if entry_keys is None else entry_keys)


def test_a_void_names_an_older_burn_of_its_member() -> None:
    """The burn was due long enough before, is no race, and its reference is the target."""
    made = plan()
    by_number = {arrival.index: arrival for arrival in arrivals(made)}
    voids = [a for a in by_number.values() if MIX[a.mix_index].verb == "void"]
    acting_ones = [a for a in voids if a.entry_from is not None]
    assert len(acting_ones) > 50
    for arrival in acting_ones:
        burn = by_number[arrival.entry_from if arrival.entry_from is not None else -1]
        assert MIX[burn.mix_index].name == "burn"
        assert arrival.due_ns - burn.due_ns >= REPLAY_AGE_NS
        assert (arrival.member, arrival.entry) == (burn.member, burn.reference)
    early = [a for a in voids if a.entry_from is None]
    assert all(a.due_ns < made.due[0] + 2 * REPLAY_AGE_NS for a in early), "soon there are burns"


def test_what_a_response_shows_is_not_planned() -> None:
    """The target of a use is left open, and the arrival has a reference of its own."""
    for arrival in arrivals(plan()):
        if MIX[arrival.mix_index].verb == "use_coupon":
            assert arrival.entry is None
            assert arrival.reference == f"tx{arrival.index}"


def test_each_worker_acts_on_what_it_has_made() -> None:
    """A void goes to the worker that owns the burn, so that one clock orders the two."""
    made = plan()
    every = {arrival.index: arrival for arrival in arrivals(made)}
    shared = [a for worker in range(3) for a in arrivals(made, worker, 3)]
    assert sorted(a.index for a in shared) == sorted(every)
    for arrival in shared:
        if arrival.entry_from is not None:
            burn = every[arrival.entry_from]
            assert owner(made, arrival.member, 3) == owner(made, burn.member, 3)


def test_what_verbs_act_on_is_part_of_the_plan() -> None:
    """Two plans that act on other things are two plans."""
    assert plan_hash(plan()) == plan_hash(plan())
    assert plan_hash(plan()) != plan_hash(plan(entry_keys={"void": ACTS["void"]}))


def test_a_use_waits_for_what_the_burn_has_shown() -> None:
    """Before the coupon is known there is nothing to use, after it the use names it."""
    made = plan()
    known = Captures(made)
    every = {arrival.index: arrival for arrival in arrivals(made)}
    use = next(a for a in every.values() if a.entry_from is not None and a.entry is None)
    burn = every[use.entry_from if use.entry_from is not None else -1]
    assert known.with_entry(use) is None
    known.keep(burn, {"entry": "5"})
    assert known.with_entry(use) is None, "it showed no coupon"
    known.keep(burn, {"coupon": "c-5"})
    ready = known.with_entry(use)
    assert ready == replace(use, entry="c-5")
    void = next(a for a in every.values() if a.entry is not None)
    assert known.with_entry(void) is void
    assert known.with_entry(burn) is burn


def test_only_entries_that_a_verb_may_name_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Responses of other verbs are not kept, and the oldest are dropped when there are too many."""
    monkeypatch.setattr(planning, "KEPT_MAX", 2)
    made = plan()
    known = Captures(made)
    every = list(arrivals(made))
    earn = next(a for a in every if MIX[a.mix_index].verb == "earn")
    known.keep(earn, {"coupon": "x"})
    use = next(a for a in every if a.entry_from is not None and a.entry is None)
    assert known.with_entry(replace(use, entry_from=earn.index)) is None
    burns = [a for a in every if MIX[a.mix_index].name == "burn"][:3]
    for burn in burns:
        known.keep(burn, {"coupon": f"c{burn.index}"})
    left = [known.with_entry(replace(use, entry_from=burn.index)) is not None for burn in burns]
    assert left == [False, True, True]


def test_concurrent_uses_have_references_of_their_own() -> None:
    """They share the coupon; concurrent requests of any other kind are repeats of one."""
    every = list(arrivals(plan()))
    use = next(a for a in every if a.concurrent > 1 and a.entry_from is not None)
    requests = [concurrent_request(use, number) for number in range(4)]
    assert len({one.reference for one in requests}) == 4
    assert {one.entry_from for one in requests} == {use.entry_from}
    burn = next(a for a in every if MIX[a.mix_index].name == "burn race")
    assert {concurrent_request(burn, number).reference for number in range(4)} == {burn.reference}


VOIDS = {
    "form": Verb("form", "form", {"body": {"of": "${entry}"}}, {}, "none", entry=ACTS["void"]),
    "json": Verb(
        "json",
        "json",
        {"body": {"of": ["${entry}"], "ref": "${reference}"}},
        {},
        "none",
        entry=ACTS["use_coupon"],
    ),
}


def builder() -> RequestBuilder:
    """Return the request builder of a vendor with two verbs that act on something."""
    known = replace(binding(), verbs=VOIDS, auth=())
    made = {"form": operation("form", FORM), "json": operation("json", JSON)}
    spec = replace(specification(), operations=made)
    speaker = Speaker(known, spec, {}, {})
    scope: dict[str, Any] = {"value": {}, "secret": {}}
    session = Session(Tokens(known, spec, scope, lambda *_: None, lambda texts: None))
    redactor = Redactor((), ())
    values = ArrivalValues([{"id": "m1"}], {"id": "m1"})
    writer = RequestWriter(speaker, session, Route("http://h/"), values, redactor.text)
    return RequestBuilder(writer, "tag")


@pytest.mark.parametrize("name", sorted(VOIDS))
@pytest.mark.parametrize("target", ["c1", 'c "1" & ä'])
def test_an_entry_is_sent_and_journalled(name: str, target: str) -> None:
    """The request names it, and so does the journal's line, by which the audit knows the void."""
    made = builder()
    use = next(a for a in arrivals(plan()) if a.entry_from is not None and a.entry is None)
    arrival = replace(use, member=0, entry=target)
    for again in range(2):
        written = made.build("load:x", name, replace(arrival, reference=f"r{again}"))
        _, _, body = written.data.partition(b"\r\n\r\n")
        if name == "json":
            assert json.loads(body) == {"of": [target], "ref": f"r{again}"}
        line: dict[str, Any] = json.loads(written.line("i", 1, 2))
        assert (line["entry"], line["account"], line["verb"]) == (target, "m1", name)
        assert line["operation"] == name
        assert "rows" not in line
    assert [compiled is not None for compiled in made.compiled.values()] == [True]
