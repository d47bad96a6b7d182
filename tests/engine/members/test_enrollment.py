"""Members are made by declared calls, leased by kind, and scenarios go by cases and pages."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from math import inf
from pathlib import Path

import pytest

from harness.contract.scenario import read_scenario_file
from harness.engine.members.allocation import Allocation
from harness.engine.members.enrollment import Enroller, NotEnrolled, enroller_of
from harness.engine.scenario.context import Environment, unique_texts
from harness.engine.scenario.runner import play
from harness.model.exchange import Fault
from harness.model.finding import Checked
from harness.model.target import Member
from harness.model.verdict import Verdict
from harness.wire.client import Client
from harness.wire.journal.reader import read_journal
from tests.engine.club import Club, open_club
from tests.samples import binding as other_binding

COUNTERS = """
format: 1
scenarios:
  - id: counters
    title: Adding adds
    needs: [enroll]
    cases:
      gold: {kind: gold, moved: {/points: 4}}
      silver: {kind: silver, moved: {/visits: 4}}
      wrong: {kind: silver, moved: {/visits: 5}}
    members: {m: {kind: "${case.kind}"}}
    steps:
      - {id: first, operation: get_card, member: m}
      - {id: add, operation: use, member: m, send: {body: {sum: 4, action: add}}}
      - id: added
        operation: get_card
        member: m
        expect: {changed: {since: first, by: "${case.moved}"}}
"""
PAGES = """
format: 1
scenarios:
  - id: pages
    title: A list is walked to its end
    needs: [enroll]
    members: {m: {}, n: {}, o: {new: true}}
    steps:
      - id: walk
        operation: list_cards
        pagination: {parameter: page, items: /rows, page_size: 3}
        expect:
          lacks: [/rows/3]
          unique: "/rows/*/serial"
          contains: {"/rows/*/serial": ["${o.id}"]}
"""
KEYLESS = """
format: 1
scenarios:
  - id: keyless
    title: Changes without a key all count
    needs: [earn, burn, balance]
    members: {m: {balance_at_least: 10}}
    steps:
      - {id: earn, verb: earn, member: m, units: 5}
      - {id: burn, verb: burn, member: m, units: 3}
    expect: {balance: {member: m, change: {effect_of: [earn, burn]}}}
"""
HARMLESS = """
format: 1
scenarios:
  - id: harmless
    title: Twice does no harm
    needs: [enroll]
    members: {m: {kind: silver}}
    steps:
      - id: add
        operation: use
        member: m
        send: {body: {action: add}}
        idempotent: true
        expect: {outcome: ok}
"""


@pytest.fixture
def club() -> Club:
    """A club without members."""
    return Club()


@pytest.fixture
def client(club: Club, tmp_path: Path) -> Client:
    """A client of the club."""
    return open_club(club, tmp_path / "j")


@pytest.fixture
def enroller(client: Client) -> Enroller:
    """Who enrolls members of the club."""
    found = enroller_of(client, unique_texts("t"))
    assert found is not None
    return found


@pytest.fixture
def told(
    client: Client, enroller: Enroller, tmp_path: Path
) -> Callable[[str], tuple[set[Verdict], dict[str, Checked]]]:
    """Return a player of the scenarios in a text, telling their verdicts and checks."""

    def run(text: str) -> tuple[set[Verdict], dict[str, Checked]]:
        path = tmp_path / "scenario.yaml"
        path.write_text(text)
        people = Allocation((), enroller)
        environment = Environment(
            client, people.for_scenarios(client.speaker.binding), unique_texts("s")
        )
        verdicts = {play(context, environment) for context in read_scenario_file(path)}
        client.journal.close()
        return verdicts, {
            checked.check: checked for checked in read_journal(tmp_path / "j").checked
        }

    return run


def test_a_member_is_made_in_two_calls_with_values_of_its_own(
    club: Club, enroller: Enroller
) -> None:
    """What one call answers goes into the next, and each member is somebody new."""
    one, other = enroller.one(), enroller.one("silver")
    assert (one["id"], one["kind"], one["phone"]) == (
        "card-1",
        "gold",
        str(club.people[0]["phone"]),
    )
    assert (other["id"], other["kind"]) == ("card-2", "silver")
    assert one["phone"] != other["phone"]
    assert isinstance(club.people[0]["phone"], int), "the vendor was sent a number"
    assert [card["plan"] for card in club.cards.values()] == [1, 2]


@pytest.mark.parametrize("operation", ["join", "issue"])
def test_a_member_whose_call_stays_unknown_is_given_up(
    club: Club, enroller: Enroller, operation: str
) -> None:
    """Another one is made; nothing is sent again, so nobody is made twice by it."""
    club.faults.append((operation, Fault.TIMEOUT, True))
    member = enroller.one()
    assert member["id"] == "card-2"
    phones = [fields["phone"] for name, fields in club.asked if name == "join"]
    assert len(phones) == len(set(phones)) == 2


def test_a_member_who_is_refused_is_given_up(club: Club, enroller: Enroller) -> None:
    """Where a call may come twice, its repeat is refused; somebody else is made then."""
    club.refusals = 2
    assert enroller.one()["id"] == "card-1"
    phones = [fields["phone"] for name, fields in club.asked if name == "join"]
    assert len(phones) == len(set(phones)) == 3


def test_a_refusal_says_why_nobody_is_made(club: Club, enroller: Enroller) -> None:
    """The operation and its outcome are told, and an unknown kind is named."""
    club.refusals = inf
    with pytest.raises(NotEnrolled, match=r"join refused \(no\), status 200"):
        enroller.one()
    assert len(club.asked) == 3, "a server that refuses everybody is not asked for ever"
    with pytest.raises(NotEnrolled, match="a member of the kind bronze"):
        enroller.one("bronze")


def test_as_many_are_made_as_are_missing(club: Club, enroller: Enroller) -> None:
    """Those who are there stay first."""
    known: tuple[Member, ...] = ({"id": "a"}, {"id": "b"})
    assert enroller.enough(known, 1) == known
    found = enroller.enough(known, 5)
    assert found[:2] == known
    assert len({member["id"] for member in found}) == 5


def test_a_target_with_enough_members_needs_no_others(
    club: Club, client: Client, enroller: Enroller
) -> None:
    """A run enrolls only where members are missing, of the kind that the verbs speak of."""
    binding = client.speaker.binding
    members: tuple[Member, ...] = tuple({"id": f"m{number}"} for number in range(9))
    silver: Member = {"id": "s", "kind": "silver"}
    people = Allocation((*members, silver), enroller)
    assert people.for_properties(binding) == members[:2]
    assert people.for_load(binding, 7) == members[2:]
    assert club.people == []
    assert len(people.for_load(binding, 9)) == 9
    assert len(club.people) == 2
    few = Allocation(members[:3], enroller)
    assert not set(map(str, few.for_properties(binding))) & set(map(str, members))
    assert Allocation(members[:3], None).for_properties(other_binding()) == members[:1]


def test_a_scenario_is_played_for_each_case(
    told: Callable[[str], tuple[set[Verdict], dict[str, Checked]]],
) -> None:
    """Every case has a check of its own under the scenario's id, with the case as its subject."""
    verdicts, checks = told(COUNTERS)
    assert verdicts == {Verdict.PASS, Verdict.FAIL}
    assert {(c.subject, c.verdict) for c in checks.values()} == {
        ("gold", Verdict.PASS),
        ("silver", Verdict.PASS),
        ("wrong", Verdict.FAIL),
    }
    wrong = checks["scenario:counters@wrong#added"].finding
    assert wrong is not None
    assert "/visits changed by +4, from 4 to 8" in wrong.seen


def test_a_list_is_walked_page_by_page(
    club: Club, told: Callable[[str], tuple[set[Verdict], dict[str, Checked]]]
) -> None:
    """The walk ends behind the last full page, which three cards fill."""
    verdicts, checks = told(PAGES)
    assert verdicts == {Verdict.PASS}, checks
    assert [fields["page"] for name, fields in club.asked if name == "list_cards"] == [1, 2]


def test_an_endless_list_is_not_walked_for_ever(
    club: Club, told: Callable[[str], tuple[set[Verdict], dict[str, Checked]]]
) -> None:
    """A list that never ends is left undecided, with the reason."""
    numbers = itertools.count()
    club._list_cards = lambda fields: {"rows": [{"serial": next(numbers)} for _ in range(3)]}  # type: ignore[method-assign]
    verdicts, checks = told(PAGES)
    assert verdicts == {Verdict.INCONCLUSIVE}
    assert "more than 200 pages" in next(iter(checks.values())).reason


def test_a_list_whose_pages_are_all_alike_fails(
    club: Club, told: Callable[[str], tuple[set[Verdict], dict[str, Checked]]]
) -> None:
    """The second page tells nothing new, so the walk ends there."""
    club._list_cards = lambda fields: {"rows": [{"serial": n} for n in range(3)]}  # type: ignore[method-assign]
    verdicts, _ = told(PAGES)
    assert verdicts == {Verdict.FAIL}


@pytest.mark.parametrize("effect", [True, False])
def test_a_scenario_without_a_key_starts_over_with_others(
    club: Club, told: Callable[[str], tuple[set[Verdict], dict[str, Checked]]], effect: bool
) -> None:
    """A change that stays unknown is not sent again; its member is read and left alone."""
    club.faults += [("use", Fault.TIMEOUT, effect)] * 2
    verdicts, checks = told(KEYLESS)
    assert verdicts == {Verdict.PASS}, checks
    used = [fields["card"] for name, fields in club.asked if name == "use"]
    assert used[:2] == ["card-1", "card-2"]
    assert set(used[2:]) == {"card-3"}
    assert [name for name, fields in club.asked if fields.get("card") == "card-1"][-1] == "get_card"


def test_a_step_that_does_no_harm_twice_is_sent_again(
    club: Club, told: Callable[[str], tuple[set[Verdict], dict[str, Checked]]]
) -> None:
    """The scenario need not start over for it."""
    club.faults.append(("use", Fault.RESET, True))
    verdicts, _ = told(HARMLESS)
    assert verdicts == {Verdict.PASS}
    assert [fields["card"] for name, fields in club.asked if name == "use"] == ["card-1", "card-1"]


def test_a_scenario_that_nobody_can_be_enrolled_for_decides_nothing(
    club: Club, told: Callable[[str], tuple[set[Verdict], dict[str, Checked]]]
) -> None:
    """It is not passed over: that nobody can join is worth knowing."""
    club.refusals = inf
    verdicts, checks = told(COUNTERS)
    assert verdicts == {Verdict.INCONCLUSIVE}
    assert "join refused" in next(iter(checks.values())).reason
