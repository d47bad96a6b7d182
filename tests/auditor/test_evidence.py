"""What must have been seen for a pass: of a check, and of a load whose server fails at random."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.auditor.evidence import CHECKS, LOAD_RULES, supported
from harness.auditor.load_stats import figures_of, measure
from harness.model.exchange import Fault, Row
from harness.model.history import Attempt, Drop, sort_attempts
from harness.model.verdict import Outcome, Verdict
from tests.auditor.build import (
    SECOND,
    attempt,
    judged,
    limit,
    load_attempts,
    load_header,
    passed,
    recorded,
)

# One entry and each member have less than a twentieth of the traffic.
ENTRIES = (*("earn", "burn", "read") * 13, "void")
MEMBERS = tuple(f"m{number}" for number in range(30))
COUNT = 240


def traffic(count: int = COUNT) -> list[Attempt]:
    """Return requests of all entries and members over the two measured seconds."""
    return [
        replace(
            one,
            source=f"load:{ENTRIES[index % len(ENTRIES)]}",
            account=MEMBERS[index % len(MEMBERS)],
            rows=(Row(MEMBERS[index % len(MEMBERS)], 5, None),),
        )
        for index, one in enumerate(load_attempts(count))
    ]


def unserved(one: Attempt, fault: Fault) -> Attempt:
    """Return the attempt as it ends at a server that is away, or does not respond."""
    return replace(one, outcome=Outcome.UNKNOWN, status=None, fault=fault.value)


def reason_of(attempts: Iterable[Attempt], drops: Iterable[Drop] = ()) -> str:
    """Return why the load of these attempts is no valid measurement."""
    (measured,) = measure(recorded(attempts, headers=[load_header()], drops=drops))
    return measured.reason


FAULTS = st.sampled_from([Fault.UNSENT, Fault.TIMEOUT, Fault.RESET])


@st.composite
def failing(draw: st.DrawFn) -> list[Attempt]:
    """Return traffic at a server that dies, pauses, or fails some connections or all of one part.

    A tenth of the requests are lost at least, or all of one part.
    """
    fault, sent = draw(FAULTS), traffic()
    way = draw(st.sampled_from(["dies", "pauses", "connections", "entry", "member"]))
    if way == "dies":
        since = draw(st.integers(0, COUNT * 9 // 10))
        lost = set(range(since, COUNT))
    elif way == "pauses":
        since, length = draw(st.integers(0, COUNT // 2)), draw(st.integers(COUNT // 10, COUNT // 2))
        lost = set(range(since, since + length))
    elif way == "connections":
        lost = draw(st.sets(st.integers(0, COUNT - 1), min_size=COUNT // 10))
    else:
        names = [one.source if way == "entry" else one.account for one in sent]
        part = draw(st.sampled_from(sorted(set(filter(None, names)))))
        lost = {at for at, name in enumerate(names) if name == part}
    return [unserved(one, fault) if at in lost else one for at, one in enumerate(sent)]


@given(failing())
def test_no_load_on_a_failing_server_is_green(attempts: list[Attempt]) -> None:
    """Whatever fails, for whom and how, the measurement says so and the run does not pass."""
    assert reason_of(attempts)
    run = recorded(attempts, headers=[load_header()])
    document = judged(passed("scenario:a"), run=run, thresholds=[limit("response_ms_max", 10_000)])
    assert document.verdict is Verdict.INCONCLUSIVE
    assert document.exit == 5
    assert not document.loads[0].valid


@given(st.sets(st.sampled_from(MEMBERS), max_size=4), st.integers(0, 7), FAULTS)
def test_a_few_lost_requests_leave_a_load_valid(unlucky: set[str], turn: int, fault: Fault) -> None:
    """Networks lose one request in a hundred; what is measured is still the workload."""
    lost = {MEMBERS.index(name) + turn * len(MEMBERS) for name in unlucky}
    sent = [unserved(one, fault) if at in lost else one for at, one in enumerate(traffic())]
    assert reason_of(sent) == ""


def test_a_missed_threshold_of_a_server_that_serves_too_little_counts() -> None:
    """A threshold that is met despite it says nothing, one that is missed is held against it."""
    sent = [
        unserved(one, Fault.TIMEOUT) if at % 5 == 0 else one for at, one in enumerate(traffic())
    ]
    run = recorded(sent, headers=[load_header()])
    limits = [limit("unknown_share", 0.1), limit("dropped_share", 0.1)]
    document = judged(passed("scenario:a"), run=run, thresholds=limits)
    verdicts = [one.verdict for one in document.loads[0].thresholds]
    assert verdicts == [Verdict.FAIL, Verdict.INCONCLUSIVE]
    assert document.exit == 3


def test_a_missed_threshold_of_a_late_generator_counts_for_nothing() -> None:
    """What we did wrong is a finding about nobody."""
    sent = load_attempts(100, took_ms=900, late_ns=SECOND)
    run = recorded(sent, headers=[load_header()])
    document = judged(passed("scenario:a"), run=run, thresholds=[limit("response_ms_max", 10)])
    assert document.loads[0].thresholds[0].verdict is Verdict.INCONCLUSIVE
    assert document.exit == 5


def test_what_could_not_be_sent_has_a_share_of_its_own() -> None:
    """It is no request, has no response time, and no outcome of the server's."""
    sent = traffic(100)
    sent = [unserved(one, Fault.UNSENT) if at < 20 else one for at, one in enumerate(sent)]
    run = recorded(sent, headers=[load_header()])
    (measured,) = measure(run)
    figures = figures_of(measured, None)
    assert figures["unsent_share"] == 0.2
    assert figures["unknown_share"] == 0
    assert figures["error_share"] == 0.2
    (load,) = judged(passed("scenario:a"), run=run).loads
    assert (load.unsent, sum(one.unsent for one in load.mix)) == (20, 20)
    assert sum(one.requests for one in load.mix) == 80
    assert sum(one.unsent for one in load.series) == 20


@pytest.mark.parametrize(
    ("sent", "drops", "words"),
    [
        ([], 3, "no arrival was sent"),
        (traffic()[: COUNT // 2], COUNT // 2, "were dropped"),
        ([unserved(one, Fault.UNSENT) for one in traffic()], 0, "could not be sent"),
        ([unserved(one, Fault.RESET) for one in traffic()], 0, "got no response"),
    ],
)
def test_the_reason_names_what_became_of_the_requests(
    sent: list[Attempt], drops: int, words: str
) -> None:
    """What was not sent, dropped or left without a response is told apart."""
    dropped = [Drop(f"d{at}", "load:earn", SECOND + at) for at in range(drops)]
    assert words in reason_of(sent, dropped)


def test_a_short_silence_of_a_long_load_is_told() -> None:
    """Even where the share of what was lost is small."""
    sent = [
        attempt(f"l{at}", source="load:earn", planned_ns=SECOND + at * SECOND // 100)
        for at in range(10_000)
    ]
    quiet = range(5_000, 5_120)
    sent = [unserved(one, Fault.TIMEOUT) if at in quiet else one for at, one in enumerate(sent)]
    header = load_header(stages=(replace(load_header().load.stages[1], seconds=200),))  # type: ignore[union-attr]
    (measured,) = measure(recorded(sent, headers=[header]))
    assert "in a row got no response" in measured.reason


SUPPORTED = {
    "scenario:scenario": attempt(),
    "property:responds:earn_points": attempt(source="property:earn_points"),
    "response:earn_points": attempt(),
    "exchange-inferred:earn_points": attempt(),
    "balance-inferred:earn_points": attempt(),
    "invariant:floor": attempt(),
    "promise:repeat": attempt(),
}


@pytest.mark.parametrize("check", SUPPORTED)
def test_a_pass_without_a_response_behind_it_is_inconclusive(check: str) -> None:
    """Whichever engine says it; with a response it stands."""
    one = SUPPORTED[check]
    (kept,) = supported([passed(check)], sort_attempts([one]))
    assert kept.verdict is Verdict.PASS
    for gone in ([], [unserved(one, Fault.UNSENT)], [unserved(one, Fault.TIMEOUT)]):
        (held,) = supported([passed(check)], sort_attempts(gone))
        assert held.verdict is Verdict.INCONCLUSIVE
        assert held.reason


def test_every_kind_of_check_about_a_vendor_needs_evidence() -> None:
    """A new kind of check has to say what it rests on."""
    assert {check.partition(":")[0].removesuffix("-inferred") for check in SUPPORTED} == set(CHECKS)
    assert len(LOAD_RULES) == 9
